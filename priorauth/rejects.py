"""From a rejected pharmacy claim to what the desk asks for: the course's order of looking, and the row that proves it.

The steps are those of section 9.1. Two things come before the code: does the claim say what the prescription says, and
do directions, quantity and days of the prescription fit each other? The meaning of the codes is the fact
`ncpdp-rejects`; the steps are conventions of the course.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from priorauth import sig
from priorauth.facts import FOLDER

CODES = ("70", "75", "76", "79", "88")
PA, STEP, QUANTITY, FORMULARY, TIERING = (
    "prior authorization",
    "step exception",
    "quantity exception",
    "formulary exception",
    "tiering exception",
)
NOTHING, MEND, QUERY, WAIT, OVERRIDE = (
    "no request",
    "mend the claim",
    "query the prescriber",
    "wait",
    "ask for an override",
)


@dataclass(frozen=True)
class Slip:
    """What the desk knows about a rejected claim.

    per_day: units a day that the directions mean. run_days: longest run of the step drug inside its look-back, in days.
    earlier_per_day: units a day of the last fill of the same drug, 0 if there was none. approved: our log has an
    approval for this drug and day. same_claim: claim and prescription agree in drug, quantity and days.
    """

    code: str
    per_day: float
    quantity: int
    days: int
    same_claim: bool = True
    approved: bool = False
    run_days: int = 0
    earlier_per_day: float = 0


@dataclass(frozen=True)
class Advice:
    """What to do, which row proves it, and why; `looked` is the way there, one look a line."""

    ask: str
    proof: str
    why: str
    looked: tuple[str, ...]


@cache
def labels() -> dict[str, str]:
    """Reject code -> its meaning in the course's words."""
    with (FOLDER / "tables" / "pharmacy_rejects.csv").open(encoding="utf-8") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return {row["code"]: row["label"] for row in rows}


def needed(per_day: float, days: int) -> int:
    """Units that the directions need in so many days, rounded up."""
    return math.ceil(per_day * days - 1e-9)


def per_day(directions: str) -> float:
    """Units a day that directions mean. SigError where they cannot be read or change on the way."""
    amount = sig.parse(directions).per_day
    if amount is None:
        raise sig.SigError(f'"{directions}" changes on the way, so no single daily amount counts.')
    return float(amount)


def guide(slip: Slip, row: Mapping[str, Any]) -> Advice:
    """The way from a reject to a request, by the formulary row of the drug in the plan."""
    looked: list[str] = []

    def found(ask: str, proof: str, why: str) -> Advice:
        return Advice(ask, proof, why, (*looked, why))

    if not slip.same_claim:
        return found(MEND, "the claim", "The claim does not say what the prescription says.")
    looked.append("The claim says what the prescription says.")
    fits = needed(slip.per_day, slip.days)
    if slip.quantity != fits:
        return found(QUERY, "the prescription", f"The directions need {fits} in {slip.days} days, and the prescription says {slip.quantity}.")  # fmt: skip
    looked.append(f"Directions, quantity and days fit each other: {fits} in {slip.days} days.")
    return _BY_CODE[slip.code](slip, row, found, looked)


def _not_covered(slip: Slip, row: Mapping[str, Any], found: Any, looked: list[str]) -> Advice:
    if row["status"] == "excluded":
        return found(NOTHING, "the formulary row", "The contract leaves this drug out, and no exception brings it in.")
    if row["status"] == "not_on_formulary":
        return found(FORMULARY, "the formulary row", "The drug is not on the list.")
    return found("call the plan", "the formulary row", "The list covers this drug, so ask the plan why it says no.")


def _needs_yes(slip: Slip, row: Mapping[str, Any], found: Any, looked: list[str]) -> Advice:
    if slip.approved:
        return found(MEND, "the row of our log", "There is an approval for this drug and day, and its number is not on the claim.")  # fmt: skip
    looked.append("Our log has no approval for this drug and day.")
    if row["step_drugs"]:
        days = int(row["step_days"])
        if slip.run_days < days:
            return found(STEP, "the formulary row", f"The plan wants {days} days in a row of the step drug, and the fills show {slip.run_days}.")  # fmt: skip
        return found(PA, "the last fill of the run", f"The step is done: {slip.run_days} days, and {days} are asked for.")  # fmt: skip
    return found(PA, "the formulary row", "The plan wants its yes first, and it asks for no step.")


def _too_much(slip: Slip, row: Mapping[str, Any], found: Any, looked: list[str]) -> Advice:
    if row["quantity_limit"] and needed(slip.per_day, int(row["per_days"])) > int(row["quantity_limit"]):
        most, days = int(row["quantity_limit"]), int(row["per_days"])
        return found(QUANTITY, "the prescription", f"The directions need {needed(slip.per_day, days)} in {days} days, and {most} are allowed.")  # fmt: skip
    return found("call the plan", "the formulary row", "The order is within the limit, so ask the plan what it counted.")  # fmt: skip


def _too_soon(slip: Slip, row: Mapping[str, Any], found: Any, looked: list[str]) -> Advice:
    if slip.per_day <= slip.earlier_per_day:
        return found(WAIT, "the last fill of this drug", "The dose is the same, and the last fill still lasts.")
    looked.append(f"The dose went up, from {slip.earlier_per_day:g} to {slip.per_day:g} a day.")
    if row["quantity_limit"] and needed(slip.per_day, int(row["per_days"])) > int(row["quantity_limit"]):
        return found(QUANTITY, "the prescription", "The new dose is over the limit.")
    return found(OVERRIDE, "the prescription", "The new dose is within the limit; the pharmacy asks for an override for the change.")  # fmt: skip


def _safety(slip: Slip, row: Mapping[str, Any], found: Any, looked: list[str]) -> Advice:
    return found(QUERY, "the fill that clashes", "A safety stop is settled between pharmacist and prescriber; no determination lifts it.")  # fmt: skip


_BY_CODE = {"70": _not_covered, "75": _needs_yes, "76": _too_much, "79": _too_soon, "88": _safety}
