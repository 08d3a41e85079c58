"""Reject-to-request guide: a rejected claim and its formulary row -> what comes next, the row that proves it, and why."""

from __future__ import annotations

import ipywidgets as widgets

from priorauth import data, formulary, rejects
from priorauth.policies import drug_name
from priorauth.sig import SigError
from priorauth.widgets import base
from priorauth.widgets.fields import number_field, text_field

EXAMPLE = {"code": "75", "directions": "1 tab PO QD", "quantity": 30, "days": 30}
#: What can come next -> what to bring.
BRING = {
    rejects.PA: "the proof for each criterion of the policy",
    rejects.STEP: "the prescriber's word on every drug of the step",
    rejects.QUANTITY: "the prescriber's word on the allowed amount",
    rejects.FORMULARY: "the prescriber's word on every listed drug for the condition",
    rejects.NOTHING: "news for the prescriber: another drug, or assistance",
    rejects.MEND: "a call to the pharmacy with both papers in hand",
    rejects.QUERY: "an open question",
    rejects.WAIT: "the day on which the last fill runs out",
    rejects.OVERRIDE: "old and new directions, for the pharmacy",
    "call the plan": "claim, prescription and formulary row",
}
ROWS = [
    ("any", "the claim differs from the prescription", rejects.MEND),
    ("any", "directions, quantity and days do not fit each other", rejects.QUERY),
    ("70", "the drug is excluded", rejects.NOTHING),
    ("70", "the drug is not on the list", rejects.FORMULARY),
    ("75", "an approval covers this day, and its number is not on the claim", rejects.MEND),
    ("75", "a step, and no run of its drug is long and recent enough", rejects.STEP),
    ("75", "no step, or the step is done", rejects.PA),
    ("76", "the directions need more than the limit", rejects.QUANTITY),
    ("79", "the same daily amount as in the last fill", rejects.WAIT),
    ("79", "more a day, over the limit", rejects.QUANTITY),
    ("79", "more a day, within the limit", rejects.OVERRIDE),
    ("88", "another drug clashes", rejects.QUERY),
]


def card(advice: rejects.Advice, rules: list[tuple[str, str]]) -> str:
    """An advice with the formulary row that it rests on, as finished HTML."""
    facts = [("Next", advice.ask), ("Proof", advice.proof), ("Bring", BRING[advice.ask])]
    looked = base.table(["Look", "Seen"], enumerate(advice.looked, start=1), "The way there")
    return base.panel(base.definition_list(facts)) + looked + base.table(["What", "Rule"], rules, "The formulary row")


class RejectGuide(base.Tool):
    """The tool itself. It opens on one plan and drug with code 75."""

    def __init__(self, plan_id: str, drug_id: str) -> None:
        plans = data.load("plans")
        named = plans[plans["drug_rules"] != "none"][["plan_id", "name"]].itertuples(index=False)
        self.plan = base.choice("Plan", [(f"{name} ({key})", key) for key, name in named])
        self.drug = base.choice("Drug", [(f"{drug_name(d)} ({d})", d) for d in formulary.drugs(plan_id)])
        self.plan.value, self.drug.value = plan_id, drug_id
        self.code = base.choice("Code", [(f"{code}: {rejects.labels()[code]}", code) for code in rejects.CODES])
        self.code.value = EXAMPLE["code"]
        self.directions = text_field("Directions", EXAMPLE["directions"], "1 tab PO BID")
        self.quantity = number_field("Quantity", EXAMPLE["quantity"], 1, 999)
        self.days = number_field("Days", EXAMPLE["days"], 1, 365)
        self.same = self._box("The claim says what the prescription says", True)
        self.approved = self._box("Our log has an approval for this drug and day", False)
        self.run = number_field("Days of the step drug in a row, recent enough", 0, 0, 999)
        self.run.layout.width = "420px"
        self.earlier = number_field("Units a day in the last fill of this drug (0: none)", 0, 0, 99)
        self.earlier.layout.width = "420px"
        self.go = base.button("Show the way", "Go from the reject to what comes next")
        whole = base.table(["Code", "What you see", "Next"], ROWS, "From reject to request")
        controls = [self.plan, self.drug, self.code, self.directions, self.quantity, self.days]
        super().__init__(
            "Reject-to-request guide",
            "Choose plan, drug and code, say what the papers show, and press the button.",
            [*controls, self.same, self.approved, self.run, self.earlier, self.go],
            whole,
        )
        self.go.on_click(lambda _: self.tell())
        self.show(card(self.advice(), formulary.rules(self.row())))

    @staticmethod
    def _box(label: str, value: bool) -> widgets.Checkbox:
        return widgets.Checkbox(description=label, value=value, indent=False, layout=widgets.Layout(width="auto"))

    def row(self) -> dict:
        """The formulary row of what is chosen."""
        return formulary.entry(self.plan.value, self.drug.value)

    def advice(self) -> rejects.Advice:
        """What comes next for what stands in the controls. SigError for directions that cannot be read."""
        slip = rejects.Slip(
            self.code.value,
            rejects.per_day(self.directions.value),
            self.quantity.value,
            self.days.value,
            self.same.value,
            self.approved.value,
            self.run.value,
            self.earlier.value,
        )
        return rejects.guide(slip, self.row())

    def tell(self) -> None:
        """Show and say what comes next, or what cannot be read."""
        try:
            advice = self.advice()
        except SigError as problem:
            self.show(base.panel(f"<p>{base.text(problem)}</p>"))
            self.say(str(problem))
            return
        self.show(card(advice, formulary.rules(self.row())))
        self.say(f"{advice.ask[:1].upper()}{advice.ask[1:]}. {advice.why} Proof: {advice.proof}.")


def reject_guide(plan_id: str, drug_id: str) -> RejectGuide:
    """Open the guide on a plan and a drug."""
    return RejectGuide(plan_id, drug_id)
