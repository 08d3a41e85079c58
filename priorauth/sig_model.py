"""What directions on a prescription come to: amounts, words, and marks that are easily misread."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from priorauth import sig_words as w


class SigError(ValueError):
    """Directions that cannot be read. The message says which words, and what to do about them."""


@dataclass(frozen=True)
class Part:
    """A piece of the directions: its text, what kind of piece it is, and what it means in words."""

    text: str
    kind: str  # verb, dose, route, frequency, as needed, duration, maximum, note, taper
    meaning: str


@dataclass(frozen=True)
class Misreading:
    """A mark that is easily misread."""

    mark: str
    may_be_read_as: str
    write: str
    official: bool  # on The Joint Commission's "Do Not Use" list


def error_prone(text: str) -> tuple[Misreading, ...]:
    """The error-prone marks in a text, in the order of the course's table."""
    return tuple(Misreading(*entry[1:]) for entry in w.ERROR_PRONE if re.search(entry[0], text))


@dataclass(frozen=True)
class Sig:
    """Directions as amounts. Amounts are in `unit`; "most" means the largest that the directions allow."""

    text: str
    parts: tuple[Part, ...]
    unit: str
    route: str
    frequency: str  # in words
    most_at_once: Fraction
    most_times_a_day: int
    most_in_a_day: Fraction
    per_day: Fraction | None  # the most over a long time, for days supply; None for a taper
    as_needed: bool = False
    days: int | None = None  # how long, if the directions say so
    taper: bool = False
    doses: tuple[Sig, ...] = ()  # each dose by itself, where the directions give several for one day
    total: Fraction | None = None  # amount for the whole course, where every step has its length

    @property
    def warnings(self) -> tuple[Misreading, ...]:
        """The error-prone marks in the text."""
        return error_prone(self.text)

    def days_supply(self, quantity: float | Fraction) -> int:
        """Whole days that `quantity` (in `unit`) lasts at most use. SigError where the amount changes on the way."""
        if self.per_day is None:
            raise SigError(f'"{self.text}" changes on the way, so no single daily amount counts. Add up its steps.')
        if quantity < 0:
            raise ValueError(f"A quantity is 0 or more; {quantity} is not.")
        return int(Fraction(quantity) / self.per_day)


def plural(unit: str, amount: Fraction) -> str:
    if amount <= 1 or unit in ("mL", "mg", "mcg", "g", ""):
        return unit
    return {"patch": "patches", "suppository": "suppositories"}.get(unit, unit + "s")


def show(amount: Fraction) -> str:
    """A number as people write it: 12, 0.5, 1/3."""
    if amount.denominator == 1:
        return str(amount.numerator)
    decimal = f"{float(amount):.4f}".rstrip("0")
    return decimal if Fraction(decimal) == amount else f"{amount.numerator}/{amount.denominator}"
