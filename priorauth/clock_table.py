"""The clock table as it stands in ``facts/clocks.yaml``, and the deadline that is made from it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from . import calendars as cal
from .facts import FOLDER, cite, fact


class ClockError(ValueError):
    """The course cannot compute this clock. The message is one sentence that says why."""


@dataclass(frozen=True)
class Due:
    """A deadline with its reason.

    ``at`` is a plain datetime: local plan time without a zone, unless the receipt was given with a zone.
    ``fact_id`` names the main fact, ``fact_ids`` every fact used. ``gradable`` is true if all of them are.
    """

    at: datetime
    rule_words: str
    fact_id: str
    citation: str
    gradable: bool
    fact_ids: tuple[str, ...]

    @property
    def last_day(self) -> date:
        """The calendar day of the deadline."""
        return self.at.date()


@lru_cache(maxsize=1)
def table() -> dict[str, Any]:
    """The file as it stands: decisions, appeals, aliases, no_clock."""
    import yaml  # here, so that importing the package stays cheap

    text = (FOLDER / "clocks.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@lru_cache(maxsize=1)
def clock_rows() -> dict[tuple[str, str, str], dict[str, Any]]:
    """(line, kind, urgency) -> row of the decision-clock table."""
    return {
        (line, kind, urgency): row
        for row in table()["decisions"]
        for line in row["lines"]
        for kind in row["kinds"]
        for urgency in row["urgency"]
    }


@lru_cache(maxsize=1)
def filing_rows() -> dict[tuple[str, str], dict[str, Any]]:
    """(line, level) -> row of the table of filing windows."""
    return {(line, row["level"]): row for row in table()["appeals"] for line in row["lines"]}


def find_line(name: str, known: set[str]) -> str:
    """The table's name of a line of business. ClockError if the course has no clock for it."""
    line = table()["aliases"].get(str(name).strip().lower(), str(name).strip().lower())
    if line in table()["no_clock"]:
        raise ClockError(f"The course has no confirmed clock for '{line}': {table()['no_clock'][line]}.")
    if line not in known:
        raise ClockError(f"'{name}' is not a line of business; the course knows {', '.join(sorted(known))}.")
    return line


def pick(what: str, name: str, choices: list[str], line: str) -> None:
    """ClockError that names the choices, unless ``name`` is one of them."""
    if name not in choices:
        near = difflib.get_close_matches(str(name), choices, n=1, cutoff=0.6)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise ClockError(f"For {line} there is no {what} '{name}'; there is {', '.join(choices)}.{hint}")


def number(ref: Mapping[str, Any], field: str = "field") -> int:
    """The number that a row points to with its ``fact`` and the given field."""
    return int(fact(ref["fact"]).number(ref[field]))


def finish(at: datetime, words: str, fact_ids: list[str], keep_zone: bool) -> Due:
    """The Due of a moment; the first fact is the main one."""
    main = fact(fact_ids[0])
    return Due(
        at=at if keep_zone else at.replace(tzinfo=None),
        rule_words=words,
        fact_id=main.id,
        citation=cite(main.id),
        gradable=all(fact(used).gradable for used in fact_ids),
        fact_ids=tuple(dict.fromkeys(fact_ids)),
    )


def read_moment(value: object, zone: str) -> tuple[datetime, bool]:
    """As calendars.to_moment, with a ClockError."""
    try:
        return cal.to_moment(value, zone)
    except cal.CalendarError as problem:
        raise ClockError(str(problem)) from None


def is_missing(value: object) -> bool:
    """None, an empty text, or one of pandas' missing values (NaN does not equal itself)."""
    return value is None or type(value).__name__ in ("NaTType", "NAType") or value == "" or value != value
