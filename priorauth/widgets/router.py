"""Benefit router: who gives a drug, where, where it comes from, which plan -> benefit, door, form, and why."""

from __future__ import annotations

from typing import Any

from priorauth import data, routing, verification
from priorauth.widgets import base

FORMS = {
    "pharmacy": "the drug form: package number (NDC), quantity, days supply",
    "medical": "the service form: HCPCS code, billing units, place of service",
}
#: What else the router sends on its way: words -> category of `requests`.
SERVICES = {
    "advanced imaging, such as an MRI": "advanced_imaging",
    "home equipment, such as a wheelchair": "dme",
    "surgery": "outpatient_procedure",
}
DRUG = "a drug"


def answer(plan: dict[str, Any], payers: dict[str, str], kind: str, giver: str, place: str, source: str) -> list[tuple[str, str]]:  # fmt: skip
    """Benefit, rule, door, form and reason, in words. ValueError with a sentence where it does not fit together."""
    if kind != DRUG:
        door = payers[routing.destination(plan, SERVICES[kind], routing.MEDICAL)]
        why = "This plan hands such requests to another company." if door != payers[plan["payer_id"]] else "The plan keeps such requests itself."  # fmt: skip
        return [("Benefit", "medical"), ("Door", door), ("Form", FORMS["medical"]), ("Why", why)]
    rule = routing.benefit_rule(giver, place, source)
    _, benefit, why = routing.BENEFITS[rule]
    if rule == "B1":
        return [("Benefit", benefit), ("Rule", rule), ("Door", "none for the drug; ask about the stay"), ("Why", why)]
    door = payers[routing.destination(plan, "medical_benefit_drug", benefit)]
    return [("Benefit", benefit), ("Rule", rule), ("Door", door), ("Form", FORMS[benefit]), ("Why", why)]


class BenefitRouter(base.Tool):
    """The tool itself: five lists; every change shows and says the way."""

    def __init__(self) -> None:
        self.plans = {row["plan_id"]: row for row in verification.records(data.load("plans"))}
        payers = data.load("payers")
        self.payers = dict(zip(payers["payer_id"], payers["name"], strict=True))
        self.kind = base.choice("What is asked for", [(words, words) for words in (DRUG, *SERVICES)])
        self.giver = base.choice("Who gives it", _shown(routing.GIVERS))
        self.place = base.choice("Where", _shown(routing.PLACES))
        self.source = base.choice("Where the drug comes from", _shown(routing.SOURCES))
        self.plan = base.choice("Plan", [(row["name"], key) for key, row in self.plans.items()])
        self.giver.value, self.place.value, self.source.value = "staff", "clinic", "stock"
        self.lists = [self.kind, self.giver, self.place, self.source, self.plan]
        rules = [(rule, what, benefit, why) for rule, (what, benefit, why) in routing.BENEFITS.items()]
        doors = [(row["name"], *self._doors(row)) for row in self.plans.values()]
        super().__init__(
            "Benefit router",
            "Change any of the five lists. The way is shown and said at once.",
            self.lists,
            base.table(["Rule", "What happens", "Benefit for the drug", "Why"], rules, "The six rules for drugs")
            + base.table(["Plan", "Pharmacy drugs", "Imaging", "Equipment", "Other"], doors, "The doors of each plan"),
        )
        for one in self.lists:
            one.observe(lambda _: self._go(), names="value")
        self.show(self._page()[0])

    def _doors(self, plan: dict[str, Any]) -> list[str]:
        ways = [("", routing.PHARMACY), ("advanced_imaging", routing.MEDICAL), ("dme", routing.MEDICAL), ("", routing.MEDICAL)]  # fmt: skip
        found = []
        for category, benefit in ways:
            try:
                found.append(self.payers[routing.destination(plan, category, benefit)])
            except ValueError:
                found.append("not covered here")
        return found

    def _page(self) -> tuple[str, str]:
        try:
            pairs = answer(
                self.plans[self.plan.value], self.payers, self.kind.value, self.giver.value, self.place.value, self.source.value
            )  # fmt: skip
        except ValueError as problem:
            return base.panel(f"<p>{base.text(problem)}</p>"), str(problem)
        told = dict(pairs)
        rule = f" by rule {told['Rule']}" if "Rule" in told else ""
        return base.panel(
            base.definition_list(pairs)
        ), f"{told['Benefit'].capitalize()} benefit{rule}. Door: {told['Door']}."

    def _go(self) -> None:
        html, sentence = self._page()
        self.show(html)
        self.say(sentence)


def _shown(words: dict[str, str]) -> list[tuple[str, str]]:
    return [(text, key) for key, text in words.items()]


def benefit_router() -> BenefitRouter:
    """Open the router."""
    return BenefitRouter()
