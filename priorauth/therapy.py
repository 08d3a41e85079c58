"""How long a treatment lasted, from the fills of a pharmacy.

The course's rule (section 4.5), every part of it written down so that two people count the same:

1. A fill covers its own day and the days after it: `days_supply` days in all, the first one included.
2. An early refill is carried over: its days begin when the days of the fill before it have run out.
3. A gap is the number of days without supply between two fills. Up to `allowed_gap` days it breaks nothing; one day
   more, and a new run begins.
4. The length of a run is counted on the calendar: last day minus first day, plus one. Small gaps count as part of it.
5. Nothing counts after the day of the request (`until`). That day itself counts.

Plans write their own numbers, and some of them drop rule 2; so both are arguments.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from priorauth.days import as_day

GAP = 14  # days, the course's allowed gap where a policy names none


@dataclass(frozen=True)
class Fill:
    """One fill: its id, the day of the fill, and how many days it lasts (1 or more)."""

    fill_id: str
    filled_on: date
    days_supply: int

    def __post_init__(self) -> None:
        if self.days_supply < 1:
            raise ValueError(f"{self.fill_id}: a fill lasts one day or more, not {self.days_supply}.")


@dataclass(frozen=True)
class Run:
    """An unbroken run of treatment: first and last day (both belong to it), fills in order, days without supply."""

    first: date
    last: date
    fill_ids: tuple[str, ...]
    days_without: int

    @property
    def days(self) -> int:
        """Calendar days from the first to the last, both included."""
        return (self.last - self.first).days + 1

    @property
    def days_covered(self) -> int:
        """Days of the run with supply in hand."""
        return self.days - self.days_without


@dataclass(frozen=True)
class Line:
    """One line of the working: a fill, the days that it covers, and the gap before it (0 if there is none)."""

    fill_id: str
    filled_on: date
    covers_from: date
    covers_to: date
    gap_before: int
    run: int  # number of the run, from 1


def fills_of(rows: Iterable[Mapping[str, Any]]) -> list[Fill]:
    """Fills from rows with `fill_id`, `filled_on` (date, Timestamp or "2026-05-01") and `days_supply`."""
    return [Fill(str(r["fill_id"]), as_day(r["filled_on"]), int(r["days_supply"])) for r in rows]


def working(
    fills: Iterable[Fill], allowed_gap: int = GAP, carry_over: bool = True, until: date | None = None
) -> list[Line]:
    """Each fill with the days that it covers, in order of time. Fills after `until`, the day of the request, are
    left out; the days of an earlier one may reach beyond it."""
    if allowed_gap < 0:
        raise ValueError(f"An allowed gap is 0 days or more, not {allowed_gap}.")
    lines: list[Line] = []
    end: date | None = None
    for fill in sorted(fills, key=lambda f: (f.filled_on, f.fill_id)):
        if until is not None and fill.filled_on > until:
            continue
        begins = fill.filled_on
        if end is not None and carry_over and begins <= end:
            begins = end + timedelta(days=1)
        ends = begins + timedelta(days=fill.days_supply - 1)
        gap = max(0, (begins - end).days - 1) if end is not None else 0
        run = 1 if not lines else lines[-1].run + (gap > allowed_gap)
        lines.append(Line(fill.fill_id, fill.filled_on, begins, ends, gap, run))
        end = ends if end is None else max(end, ends)
    return lines


def runs(
    fills: Iterable[Fill], allowed_gap: int = GAP, carry_over: bool = True, until: date | None = None
) -> list[Run]:
    """The unbroken runs, in order of time. Days after `until` do not count."""
    found: list[Run] = []
    lines = working(fills, allowed_gap, carry_over, until)
    for number in dict.fromkeys(line.run for line in lines):
        mine = [line for line in lines if line.run == number]
        last = max(line.covers_to for line in mine)
        if until is not None:
            last = min(last, until)
        without = sum(line.gap_before for line in mine[1:])
        found.append(Run(mine[0].covers_from, last, tuple(line.fill_id for line in mine), without))
    return found


def longest(
    fills: Iterable[Fill], allowed_gap: int = GAP, carry_over: bool = True, until: date | None = None
) -> Run | None:
    """The longest run; of two equally long ones the later. None without fills."""
    return max(runs(fills, allowed_gap, carry_over, until), key=lambda r: (r.days, r.first), default=None)
