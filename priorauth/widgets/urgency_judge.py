"""Urgency judge: what is asked for, who says that it cannot wait, and what that person says; verdict and source."""

from __future__ import annotations

from priorauth import urgency
from priorauth.widgets import base


def _card(asked: str, who: str, said: str) -> str:
    found = urgency.judge(asked, who, said)
    facts = [
        ("Verdict", found.verdict),
        ("What it means", found.means),
        ("Answer due", found.clock),
        ("Why", found.why),
        ("Your next step", found.next_step),
        ("Source", found.source),
    ]
    return base.panel(base.definition_list(facts))


class UrgencyJudge(base.Tool):
    """The tool itself; it starts with the request of the opening case."""

    def __init__(self) -> None:
        self.asked = base.choice("Plan and request", [(name, code) for code, (name, _, _) in urgency.ASKED.items()])
        self.who = base.choice("Who says it", [(words, code) for code, words in urgency.WHO.items()])
        self.said = base.choice("What is said", [(words, code) for code, words in urgency.SAID.items()])
        self.asked.value, self.who.value, self.said.value = "employer", "desk", "calendar"
        columns = ["Plan and request", "Must expedite", "The plan decides", "Answer due when it is fast"]
        whole = base.table(columns, urgency.summary(), "Who can make it fast, and by saying what; all else is standard")
        super().__init__(
            "Urgency judge",
            "Set the three lists to what the record says. The verdict stands below, with its reason and source.",
            [self.asked, self.who, self.said],
            whole,
        )
        for control in (self.asked, self.who, self.said):
            control.observe(lambda _: self._judge(), names="value")
        self.show(_card(self.asked.value, self.who.value, self.said.value))

    def _judge(self) -> None:
        found = urgency.judge(self.asked.value, self.who.value, self.said.value)
        self.show(_card(self.asked.value, self.who.value, self.said.value))
        self.say(f"Verdict: {found.verdict}. Answer due: {found.clock}. {found.next_step}")


def urgency_judge() -> UrgencyJudge:
    """Open the urgency judge."""
    return UrgencyJudge()
