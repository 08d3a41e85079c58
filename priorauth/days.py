"""A day as people type it: one reader for every tool and function that takes a day.

>>> from priorauth import days
>>> days.as_day("9/28/26"), days.text("September 28, 2026")
(datetime.date(2026, 9, 28), '2026-09-28')
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from priorauth import answers

HOW = "Write the day as 2026-09-28."
FIRST_YEAR = 1900  # a day before it is a slip of the keys, such as 0026-09-28
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*")  # a moment as tables and messages write it, with its zone


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
        found = date.min
    if found.year < FIRST_YEAR:
        raise ValueError(f"{_what(value)} {HOW}")
    return found


def text(value: Any) -> str:
    """The day as `2026-09-28`. ValueError as for `as_day`."""
    return as_day(value).isoformat()


def _what(value: Any) -> str:
    """What is the matter with a value that is no day."""
    words = "" if value is None or value != value else " ".join(str(value).split())
    if not words:
        return "A day is missing."
    return f'"{words if len(words) <= 40 else words[:37] + "..."}" is not a day.'
