"""Transition and emergency fill checker: plan, drug, days and need -> what the pharmacy may give before a decision."""

from __future__ import annotations

from datetime import date

import ipywidgets as widgets

from priorauth import data, formulary, rejects, supply
from priorauth.days import as_day
from priorauth.facts import cite
from priorauth.policies import drug_name
from priorauth.sig import SigError
from priorauth.widgets import base
from priorauth.widgets.fields import number_field, text_field

EXAMPLE = {"plan": "PLN-07", "drug": "DRG-104", "first": "2026-06-10", "day": "2026-09-01", "directions": "1 tab PO TID", "days": 60}  # fmt: skip


def card(found: supply.Supply, first: date) -> str:
    """A finding as finished HTML."""
    facts = [
        ("Verdict", found.verdict),
        ("Now", f"{found.units} units, {found.days} days" if found.days else "nothing by these two rules"),
        ("Why", found.why),
        ("Then", found.then),
        ("Window of a transition fill", f"{first} to {supply.window_ends(first)}, both included"),
    ]
    return base.panel(base.definition_list(facts))


def all_rules() -> str:
    """Both rules and the way to judge, as finished HTML."""
    rows = [
        ("rule book", "neither Part D nor Medicaid", "neither; ask what the contract offers"),
        ("drug", "excluded", "neither"),
        ("Medicaid", "an emergency, PA pending", f"emergency supply of {supply.emergency_days()} days {cite('mcd-drug-72-hour-emergency-supply')}"),
        ("Medicaid", "no emergency", "neither; the answer is due in a day"),
        ("Part D", f"day {supply.window_ends(date(2026, 1, 1)).timetuple().tm_yday + 1} of cover or later", "neither"),
        ("Part D", "this drug was given as a transition fill before", "neither"),
        ("Part D", "new in the plan; not listed, PA or step", f"transition fill, {supply.MONTH} days at most in these plans {cite('partd-transition-fill')}"),
    ]  # fmt: skip
    return base.table(["Look at", "If", "Then"], rows, "Both rules")


class SupplyChecker(base.Tool):
    """The tool itself. It opens on the example of the lesson."""

    def __init__(self) -> None:
        plans = data.load("plans")
        self.books = dict(zip(plans["plan_id"], plans["drug_rules"], strict=True))
        named = plans[plans["drug_rules"] != "none"][["plan_id", "name"]].itertuples(index=False)
        self.plan = base.choice("Plan", [(f"{name} ({key})", key) for key, name in named])
        self.plan.value = EXAMPLE["plan"]
        self.drug = base.choice("Drug", [(f"{drug_name(d)} ({d})", d) for d in formulary.drugs(EXAMPLE["plan"])])
        self.drug.value = EXAMPLE["drug"]
        self.first = text_field("First day of cover in this plan", EXAMPLE["first"], "2026-06-10")
        self.day = text_field("Day of the claim", EXAMPLE["day"], "2026-09-01")
        self.directions = text_field("Directions", EXAMPLE["directions"], "1 tab PO BID")
        self.days = number_field("Days", EXAMPLE["days"], 1, 365)
        self.had = self._box("This plan gave a transition fill of this drug before")
        self.emergency = self._box("The record describes an emergency, and PA is pending")
        self.go = base.button("Check", "See what the pharmacy may give now")
        super().__init__(
            "Transition and emergency fill checker",
            "Choose plan and drug, write the two days (year-month-day) and the prescription, and check.",
            [self.plan, self.drug, self.first, self.day, self.directions, self.days, self.had, self.emergency, self.go],
            all_rules(),
        )
        self.go.on_click(lambda _: self.tell())
        self.show(card(self.found(), as_day(self.first.value)))

    @staticmethod
    def _box(label: str) -> widgets.Checkbox:
        return widgets.Checkbox(description=label, value=False, indent=False, layout=widgets.Layout(width="auto"))

    def found(self) -> supply.Supply:
        """What stands in the controls, checked. ValueError or SigError with a sentence for what cannot be read."""
        return supply.check(
            self.books[self.plan.value],
            formulary.entry(self.plan.value, self.drug.value),
            as_day(self.first.value),
            as_day(self.day.value),
            rejects.per_day(self.directions.value),
            self.days.value,
            self.had.value,
            self.emergency.value,
        )

    def tell(self) -> None:
        """Show and say what the pharmacy may give, or what cannot be read."""
        try:
            found, first = self.found(), as_day(self.first.value)
        except (ValueError, SigError) as problem:
            self.show(base.panel(f"<p>{base.text(problem)}</p>"))
            self.say(str(problem))
            return
        self.show(card(found, first))
        amount = f" {found.units} units for {found.days} days." if found.days else ""
        self.say(f"{found.verdict[:1].upper()}{found.verdict[1:]}.{amount} {found.why}")


def supply_checker() -> SupplyChecker:
    """Open the checker."""
    return SupplyChecker()
