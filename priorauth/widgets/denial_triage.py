"""Denial triage: what the records show, whether a call can still be had, and what follows."""

from __future__ import annotations

from priorauth import triage
from priorauth.widgets import base

TITLE = "Denial triage"


def card(advice: triage.Advice) -> str:
    """An advice as finished HTML."""
    pairs = [
        ("Kind of denial", advice.kind),
        ("Next step", f"{advice.step}: {triage.STEPS[advice.step]}."),
        ("Why", advice.why),
        *(("Also", words) for words in advice.also),
    ]
    return base.panel(base.definition_list(pairs))


class DenialTriage(base.Tool):
    """The tool itself. It starts with a page that the reviewer missed."""

    def __init__(self) -> None:
        self.cause = base.choice("The records show", [(f"{c}: {w}", c) for c, w in triage.FOUND.items()])
        self.call = base.choice("A call can still be had", [(w, c) for c, w in triage.CALLS.items()])
        self.given = base.choice("The care", [("is still to come", False), ("was given already", True)])
        self.harm = base.choice("Waiting could do serious harm, in a clinician's words", [("no", False), ("yes", True)])
        steps = base.table(["Step", "What it is"], triage.STEPS.items(), "The six steps")
        causes = base.table(
            ["Cause", "Kind", "What you see", "Step"], triage.all_rows(), "Every cause, with an open call window"
        )
        super().__init__(
            TITLE,
            "Choose what the records show, whatever the notice says, and read the next step.",
            [self.cause, self.call, self.given, self.harm],
            steps + causes,
        )
        for control in (self.cause, self.call, self.given, self.harm):
            control.observe(lambda _: self._tell(), names="value")
        self.show(card(self.advice()))

    def advice(self) -> triage.Advice:
        """What follows from the controls."""
        return triage.triage(self.cause.value, self.call.value, self.given.value, self.harm.value)

    def _tell(self) -> None:
        advice = self.advice()
        self.show(card(advice))
        self.say(f"{advice.sentence} {' '.join(advice.also[1:])}".strip())


def denial_triage() -> DenialTriage:
    """Open the denial triage."""
    return DenialTriage()
