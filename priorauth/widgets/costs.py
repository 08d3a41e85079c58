"""Cost estimator: a plan, what the patient has paid so far, a price -> what she owes, step by step, and which help she may use."""

from __future__ import annotations

import ipywidgets as widgets

from priorauth import costs, data, verification
from priorauth.facts import cite
from priorauth.widgets import base

START = {"price": 1840.55, "met": 1300.0, "spent": 1300.0, "copay": 75.0}


def _sum(label: str, value: float) -> widgets.BoundedFloatText:
    layout = widgets.Layout(width="22em", max_width="100%")
    return widgets.BoundedFloatText(description=label, value=value, min=0, max=1_000_000, step=0.01, style=base.WIDE, layout=layout)  # fmt: skip


def steps(one: costs.Line, plan: costs.Terms) -> list[tuple[str, str, str]]:
    """The steps of one claim line: what, dollars, how."""
    most = "no maximum" if plan.oop_max is None else f"maximum {costs.dollars(plan.oop_max)}"
    rest = one.allowed - one.from_deductible
    return [
        ("1. Deductible", costs.dollars(one.from_deductible), "what is left of it, at most the price"),
        (
            "2. Coinsurance",
            costs.dollars(one.from_coinsurance),
            f"{float(plan.coinsurance):.0%} of {costs.dollars(rest)}",
        ),
        ("3. Cut by the maximum", costs.dollars(one.cut_by_maximum), most),
        ("The patient owes", costs.dollars(one.owes), "steps 1 and 2, less step 3"),
        ("The plan pays", costs.dollars(one.plan_pays), "the price less that"),
    ]


class CostEstimator(base.Tool):
    """The tool itself. Numbers are typed; the button works them out, the other one puts in the next claim line."""

    def __init__(self) -> None:
        self.plans = {row["plan_id"]: row for row in verification.records(data.load("plans"))}
        self.plan = base.choice("Plan", [(row["name"], key) for key, row in self.plans.items()])
        self.price = _sum("Allowed amount, $", START["price"])
        self.met = _sum("Deductible paid so far, $", START["met"])
        self.spent = _sum("Out of pocket so far, $", START["spent"])
        self.copay = _sum("Copay of a drug fill, $", START["copay"])
        self.card = widgets.Checkbox(description="The patient has a maker's copay card", indent=False, style=base.WIDE)
        self.go = base.button("Work it out", "Show the steps and what the patient owes")
        self.next = base.button("Carry over to the next line", "Add this line to what has been paid so far", slow=True)
        self.line: costs.Line | None = None
        terms = [self._terms(row) for row in self.plans.values()]
        super().__init__(
            "Cost estimator",
            "Choose a plan, type the sums, then press Work it out. Providers are in network.",
            [self.plan, self.price, self.met, self.spent, self.copay, self.card, widgets.HBox([self.go, self.next])],
            base.table(["Plan", "Deductible", "Coinsurance", "Maximum", "Copay card"], terms, "The terms of each plan")
            + f"<p>Half a cent is rounded up, once a line, when the coinsurance is worked out. "
            f"Federal programs and copay cards: {base.text(cite('copay-coupons-federal-programs'))}.</p>",
        )
        self.go.on_click(lambda _: self._work())
        self.next.on_click(lambda _: self._carry())
        self.show(self._page()[0])

    def _terms(self, row: dict) -> tuple[str, ...]:
        plan = costs.terms(row)
        most = "none" if plan.oop_max is None else costs.dollars(plan.oop_max)
        card = "allowed by law" if costs.card_allowed(row["line_of_business"]) else "not allowed"
        return row["name"], costs.dollars(plan.deductible), f"{float(plan.coinsurance):.0%}", most, card

    def _page(self) -> tuple[str, str]:
        row = self.plans[self.plan.value]
        plan = costs.terms(row)
        if plan.deductible < costs.money(self.met.value):
            self.met.value = float(plan.deductible)
        self.line = costs.line(self.price.value, plan, self.met.value, self.spent.value)
        fill = costs.fill(self.copay.value, self.copay.value, row["line_of_business"], self.card.value)
        drug = f"A fill: copay {costs.dollars(fill.copay)}, card {costs.dollars(fill.card_pays)}, patient {costs.dollars(fill.patient_pays)}. {fill.why}"  # fmt: skip
        html = base.table(["Step", "Dollars", "How"], steps(self.line, plan), f"One claim line in {row['name']}")
        sentence = f"The patient owes {costs.dollars(self.line.owes)} of {costs.dollars(self.line.allowed)}. {drug}"
        return html + base.panel(f"<p>{base.text(drug)}</p>"), sentence

    def _work(self) -> None:
        if not self.price.value:
            problem = "Type the allowed amount first, in dollars, such as 640.25."
            self.show(base.panel(f"<p>{problem}</p>"))
            self.say(problem)
            return
        html, sentence = self._page()
        self.show(html)
        self.say(sentence)

    def _carry(self) -> None:
        if not self.price.value:
            self._work()
            return
        self._page()
        self.met.value, self.spent.value = float(self.line.deductible_met), float(self.line.oop_met)
        self.say(
            f"Carried over: {costs.dollars(self.line.deductible_met)} of the deductible and "
            f"{costs.dollars(self.line.oop_met)} out of pocket so far. Type the next allowed amount."
        )


def cost_estimator() -> CostEstimator:
    """Open the estimator."""
    return CostEstimator()
