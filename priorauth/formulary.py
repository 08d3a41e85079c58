"""A plan's formulary: what it says of a drug, and which way an order goes past its limits.

The course's rule for a quantity limit (section 7.4): first the directions, the quantity and the days supply must fit each
other; then the units that the directions need in the limit's days, rounded up, are compared with the limit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from priorauth import data, sig
from priorauth.policies import NoPolicy, drug_name

if TYPE_CHECKING:
    pass

WITHIN, EXCEPTION, QUERY = "within the limit", "quantity exception", "query the prescriber"


@dataclass(frozen=True)
class Order:
    """An order against a limit: the way to go, the units that the directions need in the limit's days, and why."""

    path: str
    needed: int
    why: str


def entry(plan_id: str, drug_id: str) -> dict[str, Any]:
    """The row of a drug in a plan's formulary; missing values are None. NoPolicy where there is none."""
    found = data.rows("formulary", plan_id=plan_id, drug_id=drug_id)
    if not found:
        raise NoPolicy(f"{plan_id} has no formulary row for {drug_id}. It may have no drug benefit.")
    return {k: None if v is None or v != v else v for k, v in found[0].items()}


def drugs(plan_id: str) -> list[str]:
    """The drugs that a plan's formulary names."""
    return sorted(row["drug_id"] for row in data.rows("formulary", plan_id=plan_id))


def rules(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A formulary row in words: (what, rule)."""
    if row["status"] == "excluded":
        return [("Status", "excluded: the plan's contract leaves this drug out, and no exception changes that")]
    if row["status"] == "not_on_formulary":
        return [("Status", "not on the formulary: ask for a formulary exception")]
    names = " or ".join(drug_name(d) for d in (row["step_drugs"] or "").split(";") if d)
    return [
        ("Status", f"covered, tier {row['tier']}, copay ${row['copay']}"),
        ("Prior authorization", f"yes, by {row['policy_id']}" if row["pa"] else "no"),
        (
            "Step therapy",
            f"{row['step_days']} days in a row of {names}, last fill within {row['step_lookback']} days"
            if names
            else "none",
        ),
        (
            "Quantity limit",
            f"{row['quantity_limit']} unit{'' if row['quantity_limit'] == 1 else 's'} in {row['per_days']} days"
            if row["quantity_limit"]
            else "none",
        ),
    ]


def against_limit(directions: str, quantity: int, days_supply: int, limit: int, per_days: int) -> Order:
    """An order against a quantity limit. Directions that cannot be read, or change on the way, raise sig.SigError."""
    if min(quantity, days_supply, limit, per_days) < 1:
        raise ValueError("Quantity, days supply, limit and its days are each 1 or more.")
    daily = sig.parse(directions).per_day
    if daily is None:
        raise sig.SigError(f'"{directions}" changes on the way, so no single daily amount counts. Add up its steps.')
    needed, fits = math.ceil(daily * per_days), math.ceil(daily * days_supply)
    if quantity != fits:
        why = f"The directions need {fits} in {days_supply} days, and the order says {quantity}."
        return Order(QUERY, needed, f"{why} The prescriber says which of them is right.")
    if needed > limit:
        return Order(EXCEPTION, needed, f"The directions need {needed} in {per_days} days, and the limit is {limit}.")
    return Order(WITHIN, needed, f"The directions need {needed} in {per_days} days, and {limit} are allowed.")


def path(row: Mapping[str, Any], directions: str, quantity: int, days_supply: int) -> tuple[str, str]:
    """Which request an order needs under a formulary row, and why."""
    if row["status"] == "excluded":
        return (
            "no request",
            "The contract leaves this drug out. Tell the prescriber, and look for another drug or assistance.",
        )
    if row["status"] == "not_on_formulary":
        return (
            "formulary exception",
            "The drug is not on the list, so the prescriber must say why the listed drugs will not do.",
        )
    if row["quantity_limit"]:
        order = against_limit(directions, quantity, days_supply, int(row["quantity_limit"]), int(row["per_days"]))
        if order.path != WITHIN:
            return order.path, order.why
        within = order.why
    else:
        within = "The plan sets no limit."
    if row["pa"]:
        return "prior authorization", f"{within} The criteria are in {row['policy_id']}."
    return "nothing", f"{within} The plan asks for no authorization."
