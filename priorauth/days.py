"""A day as people type it: one reader for every tool and function that takes a day.

>>> from priorauth import days
>>> days.as_day("9/28/26"), days.text("September 28, 2026")
(datetime.date(2026, 9, 28), '2026-09-28')
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from priorauth import answers

HOW = "Write the day as 2026-09-28."
FIRST_YEAR, LAST_YEAR = 1900, 2100  # a day outside is a slip of the keys, such as 0026-09-28
YEARS = f"between {FIRST_YEAR} and {LAST_YEAR}"
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*")  # a moment as tables and messages write it, with its zone
# What `fromisoformat` may read: no week dates, and a part of a second only behind seconds.
_PLAIN_ISO = re.compile(r"\d{4}-?\d\d-?\d\d([T ]\d\d(:?\d\d(:?\d\d([.,]\d+)?)?(Z|[+-]\d\d(:?\d\d(:?\d\d)?)?)?)?)?")
_POINT = re.compile(r"(?<=[T ])(\d{1,2})\.(\d\d)(?=$|\s*[AaPp])")  # 16.20 as people write 16:20


def as_day(value: Any) -> date:
    """The day of a date, a datetime, a Timestamp, or of text in any spelling that answers may have.

    So 2026-09-28, 9/28/2026, 9/28/26 and "September 28, 2026" are one day, with a time of day behind it or without.
    ValueError with one sentence for anything else: a day that was not understood is never counted with.
    """
    if isinstance(value, str) and _ISO.fullmatch(value):
        value = value[:10]
    try:
        found = answers.as_datetime(answers.plain(value)).date()
    except answers.Unreadable:
        raise ValueError(f"{_what(value, 'day')} {HOW}") from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError(f"{_what(value, f'day {YEARS}')} {HOW}")
    return found


def as_moment(value: str) -> tuple[datetime, bool]:
    """The moment in text, and whether it holds a time of day: ISO with or without a zone, or any spelling of `as_day`.

    A time may follow as 16:20, 16.20, 4:20 PM or 4:20pm. ValueError with one sentence for anything else.
    """
    typed = _POINT.sub(r"\1:\2", value.strip())
    try:
        if not _PLAIN_ISO.fullmatch(typed):
            raise ValueError
        found, timed = datetime.fromisoformat(typed), len(typed) > len("2026-09-28")
    except ValueError:
        try:
            found, timed = answers.as_datetime(typed), ":" in typed
        except answers.Unreadable:
            raise ValueError(_what(value, "date or time")) from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError(_what(value, f"day {YEARS}"))
    return found, timed


def text(value: Any) -> str:
    """The day as `2026-09-28`. ValueError as for `as_day`."""
    return as_day(value).isoformat()


def _what(value: Any, wanted: str) -> str:
    """What is the matter with a value that is not what is wanted."""
    words = "" if value is None or value != value else " ".join(str(value).split())
    if not words:
        return f"A {wanted} is missing."
    return f'"{words if len(words) <= 40 else words[:37] + "..."}" is not a {wanted}.'
