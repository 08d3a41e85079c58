"""Stays day by day: an invented level-of-care sheet, three stays of the lesson, and what a reviewer says of each day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from priorauth import stories

#: Line of the sheet -> what the chart of the day must show.
SHEET = {
    "H1": "Hospital: a medicine or a fluid runs into a vein on that day.",
    "H2": "Hospital: oxygen of 2 L or more, and more than the patient uses at home.",
    "H3": "Hospital: a reading out of range: temperature 38.3 or more, pulse at rest above 120, or upper blood pressure below 90.",
    "H4": "Hospital: the day of an operation, or the day after it.",
    "T1": "Rehabilitation: 180 minutes of therapy or more, given and not only planned.",
}
#: Day of a lesson's stay -> (line of the sheet, or nothing; why).
LESSON: dict[str, tuple[str, str]] = {
    "X1-1": ("", "Observation comes before the inpatient order, so it is no day of the stay."),
    "X1-2": ("H1", "Heparin runs by vein."),
    "X1-3": ("H1", "Heparin ran until 22:00; part of the day is enough."),
    "X1-4": ("", "A line that stays in carries nothing, and waiting for a test is no reason for a hospital bed."),
    "X1-5": ("H2", "3 L of oxygen, and none at home. After a day that did not count, this one counts again."),
    "X1-6": ("", "Tablets, no oxygen. The patient waits for her ride."),
    "X2-1": ("T1", "185 minutes, so the level is met. But the plan heard of the stay too late to pay this day."),
    "X2-2": ("T1", "180 minutes, so the level is met. But the plan heard of the stay on the next day only."),
    "X2-3": ("T1", "80, 70 and 30 are 180 minutes, and notice came on this day."),
    "X2-4": ("", "200 minutes were planned, and 120 were given."),
    "X2-5": ("T1", "185 minutes."),
    "X2-6": ("", "60 minutes."),
    "X3-1": ("H4", "The day of the operation."),
    "X3-2": ("H4", "The day after the operation."),
    "X3-3": ("", "Two days after the operation; tablets, and 37.4 is in range."),
    "X3-4": ("H3", "38.4 is 38.3 or more."),
    "X3-5": ("", "The dose was ordered, and it never ran."),
}


@dataclass(frozen=True)
class Day:
    """A day of a stay: what the chart says, whether it is covered, the line of the sheet, and why."""

    day_id: str
    date: str
    chart: str
    covered: bool
    line: str
    why: str


@dataclass(frozen=True)
class Stay:
    """A stay with its moments and its days, in order."""

    name: str
    kind: str
    head: tuple[tuple[str, str], ...]
    days: tuple[Day, ...]
    late: bool

    @property
    def covered(self) -> int:
        """How many days are covered."""
        return sum(d.covered for d in self.days)

    @property
    def first_missing(self) -> str:
        """The first day from the inpatient order on that is not covered; empty if all are."""
        order = dict(self.head)["Inpatient order"][:10]
        return next((d.day_id for d in self.days if not d.covered and d.date >= order), "")


@cache
def lesson_stays() -> tuple[Stay, ...]:
    """The stays of the lesson, read by the sheet and by the contract."""
    return tuple(_read(row) for row in stories.rows("lesson_stays"))


def _read(row: dict) -> Stay:
    order, told = (datetime.fromisoformat(row[c]) for c in ("inpatient_order", "plan_told"))
    late = told > order + timedelta(hours=row["tell_within"])
    first = f"{(told if late else order):%Y-%m-%d}"
    hours = (told - order).total_seconds() / 3600
    days = []
    for d in stories.rows("lesson_stay_days"):
        if d["stay"] == row["stay"]:
            line, why = LESSON[d["day_id"]]
            days.append(Day(d["day_id"], d["day"], d["chart"], bool(line) and d["day"] >= first, line, why))
    head = (
        ("Kind", row["kind"]),
        ("Arrived", row["arrived"]),
        ("Inpatient order", row["inpatient_order"]),
        ("Plan told", f"{row['plan_told']}, {hours:g} hours after the order; the contract allows {row['tell_within']}"),
        ("Left", row["left"]),
    )
    return Stay(row["stay"], row["kind"], head, tuple(days), late)
