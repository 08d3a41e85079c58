"""What all kinds of messages share: the error, and dates, numbers and names in the two spellings (tables, messages)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any


class MessageError(Exception):
    """A message cannot be read or written. The text is one sentence: which segment or field, and what to do."""

    def __init__(self, text: str) -> None:
        super().__init__(" ".join(text.split()))  # a line break in a damaged value must not break the sentence


def day8(day: str) -> str:
    """2026-03-04 -> 20260304."""
    return day[:10].replace("-", "")


def day(text: str, where: str) -> str:
    """20260304 -> 2026-03-04. `where` names the element for the error."""
    try:
        return datetime.strptime(text, "%Y%m%d").strftime("%Y-%m-%d")
    except ValueError:
        raise MessageError(f"{where} holds {text!r}, which is not a date: write it as 20260304.") from None


def hour4(moment: str) -> str:
    """2026-03-04 09:30 -> 0930."""
    return moment[11:16].replace(":", "")


def moment(date8: str, time4: str, where: str) -> str:
    """20260304 and 0930 -> 2026-03-04 09:30."""
    try:
        return datetime.strptime(date8 + time4, "%Y%m%d%H%M").strftime("%Y-%m-%d %H:%M")
    except ValueError:
        raise MessageError(
            f"{where} holds {date8!r} and {time4!r}, which are not a date and a time: write 20260304 and 0930."
        ) from None


def days(text: str, where: str) -> tuple[str, str]:
    """20260304-20260601 (or one date) -> first and last day."""
    first, _, last = text.partition("-")
    return day(first, where), day(last or first, where)


def number(value: float | int | None) -> str:
    """A number as messages write it: 1500, 0.2, 12.5; nothing for a missing one."""
    return (
        "" if value is None else f"{value:g}" if isinstance(value, float) and value != int(value) else str(int(value))
    )


def whole(text: str, where: str) -> int:
    """Text -> whole number."""
    if not re.fullmatch(r"-?\d+", text):
        raise MessageError(f"{where} holds {text!r}, which is not a whole number: write digits only.")
    return int(text)


def amount(text: str, where: str) -> float:
    """Text -> number that may have decimals."""
    if not re.fullmatch(r"-?(\d+(\.\d*)?|\.\d+)", text):
        raise MessageError(
            f"{where} holds {text!r}, which is not a number: write digits and a point, such as 1500 or 0.2."
        )
    return float(text)


def two_names(name: str) -> tuple[str, str]:
    """A name as (last, first): the last word is the last name."""
    first, _, last = name.rpartition(" ")
    return last, first


def one_name(last: str, first: str) -> str:
    """The name back in one piece."""
    return f"{first} {last}".strip()


def drop_empty(data: Any) -> Any:
    """The same data without None, empty text, empty lists and empty dicts, at any depth (0 and False stay)."""
    if isinstance(data, dict):
        made = {k: drop_empty(v) for k, v in data.items()}
        return {k: v for k, v in made.items() if v not in (None, "", [], {})}
    if isinstance(data, list):
        return [v for v in map(drop_empty, data) if v not in (None, "", [], {})]
    return data
