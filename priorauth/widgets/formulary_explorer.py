"""Formulary explorer: what a plan's formulary says of a drug, and which request an order needs."""

from __future__ import annotations

import ipywidgets as widgets

from priorauth import data, formulary, sig
from priorauth.policies import NoPolicy, drug_name
from priorauth.widgets import base


class FormularyExplorer(base.Tool):
    """The tool itself: plan and drug show the row; directions, quantity and days supply show the way."""

    def __init__(self, plan_id: str, drug_id: str) -> None:
        plans = data.load("plans")
        named = [
            (f"{r.plan_id} {r.name}", r.plan_id) for r in plans.itertuples(index=False) if formulary.drugs(r.plan_id)
        ]
        self.plan = base.choice("Plan", named)
        self.drug = base.choice("Drug", [(f"{d} {drug_name(d)}", d) for d in formulary.drugs(plan_id)])
        self.plan.value, self.drug.value = plan_id, drug_id
        self.directions = widgets.Text(
            description="Directions", value="2 tabs PO BID", continuous_update=False, style=base.WIDE
        )
        self.quantity = widgets.BoundedIntText(description="Quantity", value=120, min=1, max=9999, style=base.WIDE)
        self.days = widgets.BoundedIntText(description="Days supply", value=30, min=1, max=365, style=base.WIDE)
        self.check = base.button("Check the order", "Say which request this order needs")
        super().__init__(
            "Formulary explorer",
            "Choose plan and drug to see the rules; type an order and press Check the order to see which request it needs.",
            [self.plan, self.drug, self.directions, self.quantity, self.days, self.check],
            _everything(),
        )
        self.plan.observe(lambda _: self._look(), names="value")
        self.drug.observe(lambda _: self._look(), names="value")
        self.check.on_click(lambda _: self._check())
        self.show(self._rules_html())

    @property
    def entry(self) -> dict[str, object]:
        """The formulary row of the chosen plan and drug."""
        return formulary.entry(self.plan.value, self.drug.value)

    def _rules_html(self, way: str = "") -> str:
        rows = formulary.rules(self.entry)
        title = f"<p><strong>{base.text(self.drug.label)}</strong> in {base.text(self.plan.label)}, row {base.text(self.entry['formulary_id'])}</p>"
        return base.panel(title + base.definition_list(rows) + way)

    def _look(self) -> None:
        self.show(self._rules_html())
        rules = formulary.rules(self.entry)
        self.say(f"{drug_name(self.drug.value)}: {rules[0][1]}. {len(rules) - 1} more lines below.")

    def _check(self) -> None:
        try:
            way, why = formulary.path(self.entry, self.directions.value, self.quantity.value, self.days.value)
        except (sig.SigError, ValueError, NoPolicy) as problem:
            self.show(self._rules_html())
            self.say(str(problem))
            return
        self.show(self._rules_html(base.definition_list([("This order needs", way), ("Why", why)])))
        self.say(f"This order needs: {way}. {why}")


def _everything() -> str:
    """Every rule of every formulary: a drug, what is said of it, and the plans that say so."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for row in data.load("formulary").itertuples(index=False):
        told = "; ".join(f"{what}: {rule}" for what, rule in formulary.rules(formulary.entry(row.plan_id, row.drug_id)))
        words = told if row.status != "covered" else told.split(", copay")[0] + told[told.index("; Prior") :]
        grouped.setdefault((drug_name(row.drug_id), words), []).append(row.plan_id)
    rows = [(drug, words, ", ".join(plans)) for (drug, words), plans in grouped.items()]
    return base.table(["Drug", "Rules", "Plans"], rows, "All formularies, copays left out")


def formulary_explorer(plan_id: str = "PLN-06", drug_id: str = "DRG-116") -> FormularyExplorer:
    """Open the explorer at a plan and a drug."""
    return FormularyExplorer(plan_id, drug_id)
