"""Working hours: when people act. Systems act at any hour; people at a clinic, a payer or at home do not."""

from __future__ import annotations

from .clock import DAY, weekday

#: Desk -> (opens, closes) on weekdays, in minutes of the day. Patients phone and write until the evening.
OPEN = {"clinic": (450, 1110), "payer": (420, 1140), "patient": (450, 1200)}
#: Some payers staff Saturday morning for answers that are due within three days.
SATURDAY = (480, 840)
#: People send by portal, web form or message also in the evening and at the weekend.
EVENING = (450, 1320)
ELECTRONIC = ("x12_278", "fhir_pas", "epa_script", "payer_portal", "web_form")


def hours_on(day: int, desk: str, quick: bool = False) -> tuple[int, int] | None:
    """Opening and closing minute of a desk on a day; None if it is closed. `quick`: a request with a short clock."""
    wd = weekday(day)
    if wd < 5:
        return OPEN[desk]
    return SATURDAY if wd == 5 and quick and desk == "payer" else None


def is_open(at: int, desk: str, quick: bool = False) -> bool:
    """Is somebody at this desk at this minute?"""
    span = hours_on(at // DAY, desk, quick)
    return span is not None and span[0] <= at % DAY <= span[1]


def next_open(at: int, desk: str, quick: bool = False, spread: int = 90) -> int:
    """The same moment, or one soon after the desk opens next."""
    if is_open(at, desk, quick):
        return at
    day = at // DAY
    span = hours_on(day, desk, quick)
    if span is None or at % DAY > span[1]:
        day += 1
        while (span := hours_on(day, desk, quick)) is None:
            day += 1
    return day * DAY + span[0] + 3 + (at * 7 % spread if spread else 0)


def last_open(at: int, desk: str, quick: bool = False, spread: int = 90) -> int:
    """The same moment, or one shortly before the desk closed last."""
    if is_open(at, desk, quick):
        return at
    day = at // DAY
    span = hours_on(day, desk, quick)
    if span is None or at % DAY < span[0]:
        day -= 1
        while (span := hours_on(day, desk, quick)) is None:
            day -= 1
    return day * DAY + span[1] - 3 - (at * 7 % spread if spread else 0)


def place(at: int, desk: str, low: int, high: int, quick: bool = False, early: bool = False) -> int:
    """A moment with somebody at the desk, strictly between `low` and `high`: the nearer of the next one and the last one before, if it fits.

    `early`: the one before comes first. If the desk is closed all that time, `at` itself comes back.
    """
    first, then = next_open(at, desk, quick), last_open(at, desk, quick)
    if then > low and (early or at - then < first - at):
        first, then = then, first
    for option in (first, then, next_open(low + 1, desk, quick, 0), last_open(high - 1, desk, quick, 0)):
        if low < option < high:
            return option
    return at


def sending_time(at: int, channel: str) -> int:
    """When a person really sends: by message, portal or web form also in the evening, by fax, phone and mail in office hours.

    The share of requests before 08:00 and after 18:00 stays as it was drawn.
    """
    day, m = divmod(at, DAY)
    if channel in ELECTRONIC:
        return at if EVENING[0] <= m <= EVENING[1] else day * DAY + (450 + m % 30 if m < EVENING[0] else 1200 + m % 120)
    if weekday(day) < 5:
        return at if 450 <= m <= 1110 else day * DAY + (450 + m % 30 if m < 450 else 1080 + m % 30)
    return (next_open if m % 3 == 0 else last_open)(at, "clinic")
