"""Drug in hand while the answer is not: the transition fill of Part D and the emergency supply of Medicaid.

The numbers come from the facts `partd-transition-fill`, `partd-transition-notice` and `mcd-drug-72-hour-emergency-supply`.
Conventions of the course: the first day of cover is day 1, so the window of 90 days ends 89 days later; a month's supply
is 30 days in all its plans; a prescription for fewer days is filled as written.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from priorauth import calendars
from priorauth.facts import cite, fact

MONTH = 30  # days, the month's supply of the course's plans
TRANSITION, EMERGENCY, NEITHER = "transition fill", "emergency supply", "neither"


@dataclass(frozen=True)
class Supply:
    """What the patient can have now: verdict, days, units, why, and what follows from it."""

    verdict: str
    days: int
    units: int
    why: str
    then: str


def window_ends(first_day: date) -> date:
    """The last day of the transition window; the first day of cover is day 1."""
    return first_day + timedelta(days=int(fact("partd-transition-fill").number("days")) - 1)


def day_number(first_day: date, day: date) -> int:
    """Which day of cover a day is, from 1."""
    return (day - first_day).days + 1


def emergency_days() -> int:
    """Days of an emergency supply in Medicaid."""
    return int(fact("mcd-drug-72-hour-emergency-supply").number("supply_hours")) // 24


def restricted(row: Mapping[str, Any]) -> bool:
    """Whether a transition fill is for such a drug: not listed, or with PA or a step; an excluded drug is not."""
    return row["status"] == "not_on_formulary" or (row["status"] == "covered" and bool(row["pa"] or row["step_drugs"]))


def check(
    book: str,
    row: Mapping[str, Any],
    first_day: date,
    day: date,
    per_day: float,
    days: int,
    had_one: bool = False,
    emergency: bool = False,
) -> Supply:
    """What can be dispensed on `day`. `book` is the plan's rule book for drugs, `row` the drug's formulary row.

    first_day: first day of cover in this plan without a break. days: days that the prescription is written for.
    ValueError where the day lies before the cover, or a number is below 1.
    """
    if day < first_day:
        raise ValueError(f"The cover begins on {first_day}, and the claim is of {day}: check eligibility first.")
    if days < 1 or per_day <= 0:
        raise ValueError("The prescription needs a daily amount and a number of days.")
    if row["status"] == "excluded":
        return _neither("The contract leaves this drug out, so neither rule covers it.")
    if not restricted(row):
        return _neither("The plan asks for no PA and no step for this drug, so look at the reject code again.")
    if book == "part_d":
        return _transition(first_day, day, per_day, days, had_one)
    if book == "medicaid":
        if not emergency:
            return _neither("Nothing in the record makes it an emergency. Press for the answer, which is due in a day.")
        few = min(days, emergency_days())
        why = f"An emergency, and the PA is pending {cite('mcd-drug-72-hour-emergency-supply')}."
        return Supply(EMERGENCY, few, math.ceil(per_day * few - 1e-9), why, "The PA goes on; the supply decides nothing.")  # fmt: skip
    return _neither("Transition fills are a rule of Part D, and the emergency supply is one of Medicaid. Ask this plan what it offers.")  # fmt: skip


def _transition(first_day: date, day: date, per_day: float, days: int, had_one: bool) -> Supply:
    number, ends = day_number(first_day, day), window_ends(first_day)
    if day > ends:
        return _neither(f"Day {number} of cover; the window ended on {ends}.")
    if had_one:
        return _neither("The one transition fill for this drug was given already.")
    few = min(days, MONTH)
    notice = calendars.add_business_days(calendars.to_moment(day, calendars.PLAN_ZONE)[0], _notice_days()).date()
    then = f"The plan sends a written notice by {notice} {cite('partd-transition-notice')}. Ask for the determination today."  # fmt: skip
    if days < MONTH:
        then = f"More fills may follow, up to {MONTH} days in all. {then}"
    why = f"Day {number} of cover in a new plan; the window runs to {ends} {cite('partd-transition-fill')}."
    return Supply(TRANSITION, few, math.ceil(per_day * few - 1e-9), why, then)


def _notice_days() -> int:
    return int(fact("partd-transition-notice").number("business_days"))


def _neither(why: str) -> Supply:
    return Supply(NEITHER, 0, 0, why, "The determination is the way; ask for it today.")
