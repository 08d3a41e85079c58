"""Counting time the way the clocks need it: clock hours, calendar days, months and federal business days.

Plan time is the local time of the course's plans, US Central (America/Chicago). A time without a zone is plan time.
Hours are real hours: across the night of a clock change, 24 hours later is another time on the wall.
Days are wall-clock days: seven calendar days after Friday 16:20 is the next Friday 16:20.
"""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

PLAN_ZONE = "America/Chicago"
LAST_MINUTE = time(23, 59)
HOLIDAY_FILE = Path(__file__).parent / "facts" / "tables" / "federal_holidays.csv"


class CalendarError(ValueError):
    """A date or time that cannot be counted with. The message is one sentence."""


def to_moment(value: object, zone: str = PLAN_ZONE) -> tuple[datetime, bool]:
    """Read a point in time: (aware datetime in ``zone``, whether a time of day was given).

    Takes text as people type it ("2026-09-11 16:20", "9/11/26 4:20 PM"; see `priorauth.days`), a datetime, a date, or a
    pandas Timestamp. CalendarError for anything else.
    """
    if isinstance(value, str):
        from priorauth.days import as_moment  # only when it is used: importing the clocks stays cheap

        try:
            value, has_time = as_moment(value)
        except ValueError as problem:
            raise CalendarError(f"{str(problem)[:-1]}; write it like '2026-09-11 16:20'.") from None
    else:
        has_time = isinstance(value, datetime)
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    # pandas writes a missing time as NaT: an instance of datetime whose year is not a number
    if not isinstance(value, datetime) or value.year != value.year:
        raise CalendarError(f"{value!r} is not a date or time; write it like '2026-09-11 16:20'.")
    plain = datetime.combine(value.date(), value.time())  # a pandas Timestamp becomes a plain datetime here
    if value.tzinfo is None:
        return settle(plain.replace(fold=value.fold, tzinfo=ZoneInfo(zone))), has_time
    return value.astimezone(ZoneInfo(zone)) if type(value) is datetime else _convert(value, zone), has_time


def _convert(value: datetime, zone: str) -> datetime:
    """A plain datetime from a datetime subclass (pandas Timestamp) that has a zone."""
    offset = value.utcoffset() or timedelta()
    plain = datetime.combine(value.date(), value.time()) - offset
    return plain.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))


def to_date(value: object) -> date:
    """Read a calendar date. CalendarError if it is none."""
    return to_moment(value)[0].date()


def settle(moment: datetime) -> datetime:
    """A wall time that the spring clock change skips becomes the first minute after the gap; others stay."""
    back = moment.astimezone(UTC).astimezone(moment.tzinfo)
    if back.replace(tzinfo=None) == moment.replace(tzinfo=None):
        return moment
    return back.replace(minute=0, second=0, microsecond=0)  # US zones jump from 02:00 to 03:00


def add_hours(moment: datetime, hours: float) -> datetime:
    """Real hours later, nights, weekends and clock changes included."""
    return (moment.astimezone(UTC) + timedelta(hours=hours)).astimezone(moment.tzinfo)


def add_days(moment: datetime, days: int) -> datetime:
    """The same wall-clock time ``days`` calendar days later."""
    return settle(moment.replace(fold=0) + timedelta(days=days)) if days else moment


def add_months(day: date, months: int) -> date:
    """The same day number ``months`` later; where that day does not exist, the first day of the month after."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    if day.day <= calendar.monthrange(year, month)[1]:
        return date(year, month, day.day)
    return date(year + month // 12, month % 12 + 1, 1)


@lru_cache(maxsize=1)
def federal_holidays() -> dict[date, str]:
    """Day -> name, for the years in the file."""
    import csv

    with HOLIDAY_FILE.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(line for line in lines if not line.startswith("#"))
        return {date.fromisoformat(row["day"]): row["holiday"] for row in rows}


def is_business_day(day: date) -> bool:
    """Monday to Friday and no federal holiday. CalendarError outside the years of the holiday list."""
    first, last = min(federal_holidays()).year, max(federal_holidays()).year
    if not first <= day.year <= last:
        raise CalendarError(f"The list of federal holidays runs from {first} to {last}; {day} is outside.")
    return day.weekday() < 5 and day not in federal_holidays()


def next_business_day(day: date) -> date:
    """``day`` itself if it is a business day, else the first one after it."""
    while not is_business_day(day):
        day += timedelta(days=1)
    return day


def add_business_days(moment: datetime, days: int) -> datetime:
    """The same wall-clock time ``days`` business days later; the day of receipt does not count.

    What arrives on a weekend or holiday has no minute of a business day. It gets ``days`` full business days, to the
    last minute of the last one, so that what arrives later is never due earlier.
    """
    day, arrived_on_business_day = moment.date(), is_business_day(moment.date())
    for _ in range(days):
        day = next_business_day(day + timedelta(days=1))
    wall = moment.time() if arrived_on_business_day else LAST_MINUTE
    return settle(datetime.combine(day, wall, moment.tzinfo))


def end_of_day(day: date, zone: str = PLAN_ZONE) -> datetime:
    """The last minute of a day."""
    return datetime.combine(day, LAST_MINUTE, ZoneInfo(zone))
