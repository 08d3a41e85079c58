"""History timeline 1965-2027: choose an era, step through its milestones, see date, words and source."""

from __future__ import annotations

import ipywidgets as widgets

from priorauth import timeline
from priorauth.facts import cite
from priorauth.widgets import base


def _card(milestones: list[timeline.Milestone], current: int) -> str:
    """The picture (a strip of years) and the chosen milestone as finished HTML."""
    shown = milestones[current]
    cells = []
    for year in sorted({milestone.year for milestone in milestones}):
        here = year == shown.year
        label, mark = (f"<strong>&#9660; {year}</strong>", ' aria-current="step"') if here else (str(year), "")
        cells.append(f'<li style="border: 1px solid {base.LINE}; padding: 2px 8px;"{mark}>{label}</li>')
    strip = (
        f'<p style="color: {base.INK}; margin: 4px 0;">The arrow marks where you are</p>'
        f'<ol style="list-style: none; display: flex; flex-wrap: wrap; gap: 2px; margin: 0; padding: 0; color: {base.INK};">'
        f"{''.join(cells)}</ol>"
    )
    facts = [("When", shown.when), ("What", shown.title), ("In short", shown.words), ("Source", cite(shown.fact))]
    return strip + base.panel(base.definition_list(facts))


class HistoryTimeline(base.Tool):
    """The tool itself. `era` starts it in one era of `timeline.ERAS`."""

    def __init__(self, era: str = "start") -> None:
        self.milestones = timeline.of_era(era)
        self.position = 0
        eras = [(words, key) for key, words in timeline.ERAS.items()] + [("all of it", "all")]
        self.era = base.choice("Era", eras)
        self.era.value = era
        self.back = base.button("Back", "Go to the milestone before this one")
        self.next = base.button("Next", "Go to the milestone after this one")
        everything = base.table(
            ["When", "What", "In short", "Source"],
            [(m.when, m.title, m.words, cite(m.fact)) for m in timeline.MILESTONES],
            "All milestones",
        )
        super().__init__(
            "History timeline",
            "Choose an era, then use Back and Next.",
            [widgets.HBox([self.era, self.back, self.next], layout=widgets.Layout(flex_flow="row wrap"))],
            everything,
        )
        self.era.observe(self._change_era, names="value")
        self.back.on_click(lambda _: self._step(-1))
        self.next.on_click(lambda _: self._step(+1))
        self.show(_card(self.milestones, self.position))

    def _change_era(self, change: dict) -> None:
        self.milestones = timeline.of_era(change["new"])
        self.position = 0
        self._update()

    def _step(self, by: int) -> None:
        wanted = self.position + by
        if not 0 <= wanted < len(self.milestones):
            end = "first" if by < 0 else "last"
            self.say(f"This is the {end} milestone of the era. Choose another era to go on.")
            return
        self.position = wanted
        self._update()

    def _update(self) -> None:
        shown = self.milestones[self.position]
        self.show(_card(self.milestones, self.position))
        self.say(f"Milestone {self.position + 1} of {len(self.milestones)}: {shown.when}, {shown.title}.")


def history_timeline(era: str = "start") -> HistoryTimeline:
    """Open the timeline in one era: start, managed, rules, clocks or all."""
    return HistoryTimeline(era)
