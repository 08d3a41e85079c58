"""Time inside the generator: whole minutes and whole days since 2026-01-01, and their text forms."""

from __future__ import annotations

from datetime import date, timedelta

DAY = 1440
HOUR = 60
EPOCH = date(2026, 1, 1)
FIRST_DAY, LAST_DAY = 0, 272  # 2026-01-01 .. 2026-09-30
NOW = 272 * DAY + 8 * HOUR  # 2026-09-30 08:00
TODAY_DAY = 272

_TEXT: dict[int, str] = {}


def day_text(day: int) -> str:
    """Day number as YYYY-MM-DD."""
    text = _TEXT.get(day)
    if text is None:
        text = _TEXT[day] = (EPOCH + timedelta(days=day)).isoformat()
    return text


def minute_text(minute: int) -> str:
    """Minute number as YYYY-MM-DD HH:MM."""
    d, m = divmod(minute, DAY)
    return f"{day_text(d)} {m // 60:02d}:{m % 60:02d}"


def short_day(day: int) -> str:
    """Day number as M/D/YY, the way charts write it."""
    d = EPOCH + timedelta(days=day)
    return f"{d.month}/{d.day}/{d.year % 100:02d}"


def day_of(text: str) -> int:
    """YYYY-MM-DD to its day number."""
    return (date.fromisoformat(text) - EPOCH).days


def weekday(day: int) -> int:
    """0 is Monday. 2026-01-01 was a Thursday."""
    return (day + 3) % 7


def office_time(minute: int) -> int:
    """The same or the next moment in office hours (weekdays 08:00-17:30)."""
    d, m = divmod(minute, DAY)
    if m >= 17 * 60 + 30:
        d, m = d + 1, 8 * 60 + (m % 47)
    elif m < 8 * 60:
        m = 8 * 60 + (m % 47)
    while weekday(d) > 4:
        d += 1
        m = 8 * 60 + (m % 47)
    return d * DAY + m
