"""What a patient owes: deductible, coinsurance, out-of-pocket maximum, copay, and help from a drug's maker. Exact to the cent.

All sums are `decimal.Decimal`, US dollars. The rule of the course: one claim line at a time, in order of service; only the
coinsurance is rounded, once a line, half a cent up. Real plans say in their contracts how they round.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Amount = Decimal | int | str | float
CENT = Decimal("0.01")

#: Lines of business that the government pays for, in whole or in part, in the sense of 42 U.S.C. 1320a-7b(f).
FEDERAL_LINES = frozenset({"medicare_advantage", "medicaid_managed", "traditional_medicare"})


def money(value: Amount) -> Decimal:
    """Dollars and cents, half a cent up: 31.245 becomes 31.25. ValueError for a negative or unreadable sum."""
    try:
        found = Decimal(str(value)).quantize(CENT, ROUND_HALF_UP)
    except ArithmeticError:
        raise ValueError(f"{value!r} is not a sum of money.") from None
    if not found.is_finite() or found < 0:
        raise ValueError(f"{value!r} is not a sum of money that somebody owes.")
    return found


def dollars(value: Amount) -> str:
    """`$1,234.50`."""
    return f"${money(value):,}"


@dataclass(frozen=True)
class Terms:
    """What a plan asks of its members in a year. `oop_max` None: no maximum."""

    deductible: Decimal
    coinsurance: Decimal
    oop_max: Decimal | None


def terms(plan: Mapping[str, Any]) -> Terms:
    """The terms in a row of `plans`. A maximum of 0 in the table means that there is none."""
    most = money(plan["oop_max"])
    return Terms(money(plan["deductible"]), Decimal(str(plan["coinsurance"])), most if most else None)


@dataclass(frozen=True)
class Line:
    """One claim line worked out: its parts, and where the patient stands after it."""

    allowed: Decimal
    from_deductible: Decimal
    from_coinsurance: Decimal
    cut_by_maximum: Decimal
    owes: Decimal
    plan_pays: Decimal
    deductible_met: Decimal
    oop_met: Decimal


def line(allowed: Amount, plan: Terms, deductible_met: Amount = 0, oop_met: Amount = 0) -> Line:
    """What the patient owes for one in-network claim line of the medical benefit.

    First the deductible that is left, then coinsurance on the rest, and never more than is left of the maximum. The
    deductible counts toward the maximum. ValueError for negative sums.
    """
    price, met, spent = money(allowed), money(deductible_met), money(oop_met)
    first = min(price, max(Decimal(0), plan.deductible - met))
    share = money((price - first) * plan.coinsurance)
    whole = first + share
    left = whole if plan.oop_max is None else max(Decimal(0), plan.oop_max - spent)
    owes = min(whole, left)
    return Line(price, first, share, whole - owes, owes, price - owes, met + min(first, owes), spent + owes)


def lines(allowed: Iterable[Amount], plan: Terms, deductible_met: Amount = 0, oop_met: Amount = 0) -> list[Line]:
    """Several claim lines in order of service; each starts where the one before it ended."""
    found: list[Line] = []
    met, spent = money(deductible_met), money(oop_met)
    for one in allowed:
        found.append(line(one, plan, met, spent))
        met, spent = found[-1].deductible_met, found[-1].oop_met
    return found


def card_allowed(line_of_business: str) -> bool:
    """Whether a maker's copay card may be used: not where the government pays (Medicare, Medicaid, TRICARE)."""
    return line_of_business not in FEDERAL_LINES


@dataclass(frozen=True)
class Fill:
    """A fill at the pharmacy: the copay, what the maker's card takes, what the patient pays."""

    copay: Decimal
    card_pays: Decimal
    patient_pays: Decimal
    why: str


def fill(
    copay: Amount, price: Amount, line_of_business: str, has_card: bool = False, least: Amount = 10, card_left: Amount = 3000
) -> Fill:  # fmt: skip
    """What a patient pays for one fill: the copay of the tier, or the price if that is lower, less what a card takes.

    `least` is what the card leaves to the patient, `card_left` what it may still pay this year (invented terms).
    """
    owed = min(money(copay), money(price))
    if not has_card:
        return Fill(owed, Decimal(0), owed, "No copay card.")
    if not card_allowed(line_of_business):
        return Fill(owed, Decimal(0), owed, "The card may not be used: a federal program pays for the drug.")
    taken = min(max(Decimal(0), owed - money(least)), money(card_left))
    return Fill(owed, taken, owed - taken, "The maker's card pays part of the copay.")
