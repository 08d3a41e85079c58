"""Billing units: from a dose to HCPCS units, the vials it takes, what is thrown away, and codes that have ended.

>>> from priorauth import units
>>> units.for_dose(350, 10)
35
>>> units.plan(350, 10, [100]).thrown_away
5

A dose that is no whole number of units is rounded up for each visit, before the visits are multiplied.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

from priorauth import days

TABLE = Path(__file__).parent / "facts" / "tables" / "hcpcs_units.csv"
MOST_VIALS = 60
MOST_SIZES = 50
MOST_STEPS = 500_000  # mixtures of vials that are tried for one dose: a second or so
LARGEST = 1_000_000  # a dose or size above it is a slip of the keys
TOO_MANY = "These sizes have too many mixtures to try. Name only the sizes that you can get."
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(/\d+)?")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(,\d{3})+(\.\d*)?")


@dataclass(frozen=True)
class Drug:
    """A HCPCS code with its billing unit. `ended_on` is its last day ("" if active), `replaced_by` the code after it."""

    code: str
    label: str
    unit: Fraction
    measure: str
    ended_on: str = ""
    replaced_by: str = ""
    status_as_of: str = ""

    @property
    def unit_words(self) -> str:
        return f"{number(self.unit)} {self.measure}"


@dataclass(frozen=True)
class Plan:
    """One visit: vials as (size, count), units given, units thrown away."""

    vials: tuple[tuple[Fraction, int], ...]
    given: int
    thrown_away: int

    @property
    def total(self) -> int:
        """Units in all vials that are opened."""
        return self.given + self.thrown_away

    @property
    def vials_words(self) -> str:
        return " + ".join(f"{count} x {number(size)}" for size, count in self.vials)


def number(value: Fraction | float) -> str:
    """A number as people write it: 10, 0.5, 1,200."""
    return f"{float(value):,.6f}".rstrip("0").rstrip(".")


@cache
def drugs() -> dict[str, Drug]:
    """Every drug code of the fact base by code."""
    lines = [row for row in TABLE.read_text(encoding="utf-8").splitlines() if not row.startswith("#")]
    return {
        row["code"]: Drug(
            row["code"],
            row["label"],
            Fraction(row["unit_quantity"]),
            row["unit_measure"],
            row["ended_on"],
            row["replaced_by"],
            row["status_as_of"],
        )
        for row in csv.DictReader(lines)
    }


def amount(value: object) -> Fraction:
    """A dose or size above 0 as an exact number, also from text such as "1,200". ValueError with one sentence."""
    text = str(value).strip()
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    try:
        if not _NUMBER.fullmatch(text):
            raise ValueError
        found = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"{value!r} is not a number. Write a dose such as 350 or 0.5.") from None
    if found <= 0:
        raise ValueError("A dose or a size must be more than 0.")
    if found > LARGEST:
        raise ValueError(f"A dose or a size must not be more than {LARGEST:,}.")
    return found


def sizes_in(text: str) -> list[str]:
    """The sizes in a text such as "50; 100" or "50, 100". ValueError for a comma that may also mark a thousand."""
    if re.search(r"\d,\d{3}(?!\d)", text):
        raise ValueError(
            f"In {text.strip()!r} a comma may part two sizes or mark a thousand. "
            "Put a semicolon or a blank between sizes, and no comma within a number."
        )
    return [size for size in re.split(r"[;,\s]+", text) if size]


def for_dose(dose: object, unit: object) -> int:
    """Units for one dose, rounded up to a whole number. Dose and unit are in the same measure."""
    return math.ceil(amount(dose) / amount(unit))


def for_order(dose: object, unit: object, visits: int) -> int:
    """Units for all visits of an order: rounded up for each visit, then multiplied."""
    if visits < 1:
        raise ValueError("An order needs at least one visit.")
    return for_dose(dose, unit) * visits


def fewest_waste(dose: object, sizes: Iterable[object]) -> tuple[tuple[Fraction, int], ...]:
    """The single-dose vials that hold the dose with the least left over, then the fewest vials; (size, count) pairs."""
    need = amount(dose)
    known = sorted({amount(size) for size in sizes}, reverse=True)
    if not known:
        raise ValueError("Name at least one size of vial.")
    if need / known[0] > MOST_VIALS:
        raise ValueError(f"This dose takes more than {MOST_VIALS} vials of the largest size. Check dose and measure.")
    scale = math.lcm(need.denominator, *(size.denominator for size in known))
    whole = [int(size * scale) for size in known]
    steps = 0

    @cache
    def fill(left: int, at: int) -> tuple[int, int, tuple[int, ...]]:
        """The best way to hold `left` with the sizes from `at` on: what is left over, number of vials, their counts."""
        nonlocal steps
        size = whole[at]
        enough = max(0, -(-left // size))
        if at == len(whole) - 1:
            return enough * size - left, enough, (enough,)
        steps += enough + 1
        if steps > MOST_STEPS:
            raise ValueError(TOO_MANY)
        ways = ((count, fill(left - count * size, at + 1)) for count in range(enough + 1))
        return min((over, count + more, (count, *counts)) for count, (over, more, counts) in ways)

    if len(known) > MOST_SIZES:
        raise ValueError(TOO_MANY)
    counts = fill(int(need * scale), 0)[2]
    return tuple((size, count) for size, count in zip(known, counts, strict=True) if count)


def plan(dose: object, unit: object, sizes: Iterable[object]) -> Plan:
    """One visit with single-dose vials of these sizes: vials with the least left over, units given and thrown away.

    Units thrown away are the whole units in the vials less the units given, so nothing is counted twice.
    """
    vials = fewest_waste(dose, sizes)
    held = sum((size * count for size, count in vials), Fraction(0))
    given = for_dose(dose, unit)
    return Plan(vials, given, max(0, math.floor(held / amount(unit)) - given))


def units_words(count: int) -> str:
    """A number of units in words, `1 unit` or `22 units`."""
    return f"{count} unit{'' if count == 1 else 's'}"


def line_words(visit: Plan) -> str:
    """Which modifier the claim carries for single-dose vials under Part B (facts jw-jz-required, jw-jz-meaning)."""
    if visit.thrown_away:
        return f"{units_words(visit.given)} on one line, {visit.thrown_away} on a second line with JW"
    return f"{units_words(visit.given)} on one line with JZ"


def in_force(code: str, on: object) -> tuple[bool, str]:
    """Whether a code may be used on a day, and a sentence.

    KeyError with a sentence for a code not in the fact base, ValueError with one for a day that cannot be read.
    """
    if code not in drugs():
        raise KeyError(f"The fact base has no billing unit for {code}.")
    drug, day = drugs()[code], days.text(on)
    if not drug.ended_on:
        return True, f"{code} is active (seen in the {drug.status_as_of})."
    if day <= drug.ended_on:
        return True, f"{code} may be used on {day}; its last day is {drug.ended_on}."
    after = drugs()[drug.replaced_by]
    return False, (
        f"{code} ended on {drug.ended_on}. {after.code} took its place, and its unit is {after.unit_words}, "
        f"not {drug.unit_words}."
    )
