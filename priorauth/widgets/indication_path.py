"""Indication decision path: choose a use and a program, and see every step to the verdict."""

from __future__ import annotations

from priorauth import compendia, references
from priorauth.facts import cite
from priorauth.widgets import base


def _card(decision: compendia.Decision) -> str:
    """The steps and the verdict as finished HTML."""
    rows = [
        (number, step.question, step.answer, cite(step.fact) if step.fact else "-")
        for number, step in enumerate(decision.steps, start=1)
    ]
    asks = decision.verdict == compendia.ASK
    end = [
        ("Verdict", decision.verdict),
        ("Listing to ask about" if asks else "Proof", decision.proof or "nothing to name"),
        ("In words", compendia.VERDICTS[decision.verdict]),
        ("Rule", decision.citation or "-"),
    ]
    return base.table(["Step", "Question", "Answer", "Source"], rows, "The path") + base.panel(
        base.definition_list(end)
    )


class IndicationPath(base.Tool):
    """The tool itself, over the uses of the lesson."""

    def __init__(self) -> None:
        self.uses = {row.name: row for row in references.shelf("worked").set_index("name", drop=False).itertuples()}
        self.use = base.choice(
            "Use", [(f"{row.name}, {row.day:%B} {row.day.day}", name) for name, row in self.uses.items()]
        )
        self.program = base.choice("Program", [(name, name) for name in compendia.PROGRAMS])
        self.program.value = "Medicaid"
        rows = []
        for name in self.uses:
            for program in compendia.PROGRAMS:
                made = self.decide(name, program)
                rows.append((name, program, made.verdict, made.proof or "-", made.citation or "-"))
        super().__init__(
            "Indication decision path",
            "Choose a use and a program, and read the steps from the top.",
            [self.use, self.program],
            base.table(["Use", "Program", "Verdict", "Proof", "Rule"], rows, "Every use under every program"),
        )
        for control in (self.use, self.program):
            control.observe(lambda _: self._walk(), names="value")
        self.show(_card(self.decide(self.use.value, self.program.value)))

    def decide(self, use: str, program: str) -> compendia.Decision:
        """The path for one use of the lesson."""
        row = self.uses[use]
        return compendia.decide(program, row.drug_id, row.icd10, row.day)

    def _walk(self) -> None:
        made = self.decide(self.use.value, self.program.value)
        self.show(_card(made))
        word = "Listing to ask about" if made.verdict == compendia.ASK else "Proof"
        proof = f" {word}: {made.proof}." if made.proof else ""
        self.say(f"{self.use.value}, {self.program.value}: {made.verdict}, after {len(made.steps)} steps.{proof}")


def indication_path() -> IndicationPath:
    """Open the decision path."""
    return IndicationPath()
