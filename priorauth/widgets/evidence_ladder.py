"""Evidence ladder: choose a program and a kind of drug, and climb from the label down to what counts for nothing."""

from __future__ import annotations

import ipywidgets as widgets

from priorauth import evidence
from priorauth.facts import cite
from priorauth.widgets import base


def _card(rungs: list[tuple[evidence.Rung, str]], current: int) -> str:
    rows = [(number, rung.name, worth) for number, (rung, worth) in enumerate(rungs, start=1)]
    rung, worth = rungs[current]
    facts = [("Evidence", rung.name), ("Worth", worth), ("Why", rung.why), ("Source", "; ".join(map(cite, rung.facts)))]
    return base.table(["Rung", "Evidence", "Worth"], rows, "The ladder", current) + base.panel(
        base.definition_list(facts)
    )


class EvidenceLadder(base.Tool):
    """The tool itself."""

    def __init__(self) -> None:
        self.position = 0
        self.setting = base.choice("Program and drug", [(words, key) for key, words in evidence.SETTINGS.items()])
        self.up = base.button("Up", "Go to the stronger evidence above this one")
        self.down = base.button("Down", "Go to the weaker evidence below this one")
        headers = ["Evidence", *evidence.SETTINGS.values(), "Why"]
        rows = [(r.name, *(r.worth[key] for key in evidence.SETTINGS), r.why) for r in evidence.RUNGS]
        super().__init__(
            "Evidence ladder",
            "Choose a program and a kind of drug, then use Down and Up.",
            [self.setting, widgets.HBox([self.up, self.down])],
            base.table(headers, rows, "The whole ladder"),
        )
        self.setting.observe(lambda _: self._go_to(self.position), names="value")
        self.up.on_click(lambda _: self._step(-1))
        self.down.on_click(lambda _: self._step(+1))
        self.show(_card(evidence.ladder(self.setting.value), 0))

    def _step(self, by: int) -> None:
        wanted = self.position + by
        if wanted < 0:
            self.say("This is the top of the ladder. Use Down.")
        elif wanted >= len(evidence.RUNGS):
            self.say("This is the foot of the ladder. Use Up, or choose another program.")
        else:
            self._go_to(wanted)

    def _go_to(self, position: int) -> None:
        self.position = position
        rungs = evidence.ladder(self.setting.value)
        rung, worth = rungs[position]
        self.show(_card(rungs, position))
        self.say(f"Rung {position + 1} of {len(rungs)}, {evidence.SETTINGS[self.setting.value]}: {rung.name}: {worth}.")


def evidence_ladder() -> EvidenceLadder:
    """Open the ladder."""
    return EvidenceLadder()
