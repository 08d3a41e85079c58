"""When an answer is due, and until when an appeal may be filed.

The rules stand in ``facts/clocks.yaml``; every number is read from the fact that the row names.

How the course counts (conventions, stated here once):

* Hours run from the minute of receipt, through nights, weekends and holidays.
* N calendar days end at the same minute N days after receipt. That is the careful reading: nobody who keeps it is late.
  If only a date of receipt is known, the limit is the end of the Nth day after it.
* Business days count only where a row says so. The day of receipt does not count.
* A filing window ends with the last minute of its last day. The day that starts it does not count.
* A time without a zone is local plan time (America/Chicago), and so is the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from . import calendars as cal
from .clock_table import (
    ClockError,
    Due,
    clock_rows,
    filing_rows,
    find_line,
    finish,
    is_missing,
    number,
    pick,
    read_moment,
    table,
)
from .facts import cite, fact

__all__ = ["ClockError", "Due", "appeal_window", "clock_key", "clock_rows", "due_at", "filing_rows"]

EVENTS = ("statement_at", "extended_at", "info_asked_at", "info_received_at")


def due_at(
    line: str,
    request_kind: str,
    urgency: str,
    received_at: object,
    events: Mapping[str, object] | None = None,
    zone: str = cal.PLAN_ZONE,
) -> Due:
    """The latest moment at which the payer's answer is on time.

    line, request_kind, urgency: names of the clock table, such as "medicare_advantage", "part_b_drug", "standard".
    received_at: text, date, datetime or pandas Timestamp, in local plan time unless it carries a zone.
    events: moments that move the clock, any of
        statement_at       the prescriber's supporting statement arrived (exceptions)
        extended_at        the plan sent an extension notice
        info_asked_at      the plan asked for missing information
        info_received_at   the answer to that arrived
      Events that do not move this clock are ignored: in Medicare Advantage and Medicaid a question stops nothing.
    zone: the zone in which days are counted.
    Raises ClockError for an unknown line, kind, urgency or event, a receipt before the rule was in force,
    an extension where the rule has none, or moments in the wrong order.
    """
    rows = clock_rows()
    line = find_line(line, {key[0] for key in rows})
    pick("kind of request", request_kind, sorted({k for at, k, _ in rows if at == line}), line)
    pick(f"urgency (for {request_kind})", urgency, [u for at, k, u in rows if (at, k) == (line, request_kind)], line)
    row = rows[line, request_kind, urgency]
    received, has_time = read_moment(received_at, zone)
    keep_zone = getattr(received_at, "tzinfo", None) is not None
    if not has_time and row["counts"] == "hours":
        raise ClockError("This clock runs in hours, so it needs the time of receipt, like '2026-09-11 16:20'.")
    since = fact(row["fact"]).effective_from
    if since and received.date() < date.fromisoformat(since):
        raise ClockError(f"The rule {cite(row['fact'])} applies from {since}; the request came on {received.date()}.")
    happened = _happened(events, received, zone)
    at, words, used = _base(row, received, has_time, happened)
    at, words, used = _moved(row, at, words, used, received, happened)
    return finish(at, words, used, keep_zone)


def _happened(events: Mapping[str, object] | None, received: datetime, zone: str) -> dict[str, datetime]:
    unknown = [name for name in events or {} if name not in EVENTS]
    if unknown:
        raise ClockError(f"'{unknown[0]}' is not an event of the clocks; there are {', '.join(EVENTS)}.")
    moments = {name: read_moment(value, zone)[0] for name, value in (events or {}).items() if not is_missing(value)}
    for name, moment in moments.items():
        if name != "statement_at" and moment < received:
            raise ClockError(f"'{name}' ({moment:%Y-%m-%d %H:%M}) lies before the receipt of the request.")
    return moments


def _base(row: dict, received: datetime, has_time: bool, happened: dict) -> tuple[datetime, str, list[str]]:
    """The deadline before anything stretches it, its rule in words, and the facts used."""
    n = number(row)
    start = received
    if row.get("from") == "statement":
        wait = row["without_statement"]
        backstop = cal.add_hours(cal.add_days(received, number(wait, "wait")), number(wait, "then"))
        # a statement that came with the request starts the clock with the request
        statement = max(happened["statement_at"], received) if "statement_at" in happened else None
        if statement is None or cal.add_hours(statement, n) > backstop:
            words = f"{number(wait, 'then')} hours after the end of {number(wait, 'wait')} calendar days without the"
            return backstop, f"{words} prescriber's supporting statement", [wait["fact"], row["fact"]]
        start = statement
    words = row["rule"].format(n=n, latest=number(row, "latest") if "latest" in row else "")
    if row["counts"] == "hours":
        return cal.add_hours(start, n), words, [row["fact"]]
    if not has_time:  # only a date is known: the limit is the end of the last day
        start = start.replace(hour=cal.LAST_MINUTE.hour, minute=cal.LAST_MINUTE.minute)
    if row["counts"] == "calendar days":
        return cal.add_days(start, n), words, [row["fact"]]
    at = _business(start, n)
    if "latest" in row:
        at = min(at, cal.add_days(start, number(row, "latest")))
    return at, words, [row["fact"]]


def _business(start: datetime, n: int) -> datetime:
    try:
        return cal.add_business_days(start, n)
    except cal.CalendarError as problem:
        raise ClockError(str(problem)) from None


def _moved(
    row: dict, at: datetime, words: str, used: list[str], received: datetime, happened: dict
) -> tuple[datetime, str, list[str]]:
    """The deadline after an extension notice or a question for missing information."""
    missing, asked, answered = row.get("missing_information"), happened.get("info_asked_at"), None
    if missing and asked:
        answered = happened.get("info_received_at")
        if answered and answered < asked:
            raise ClockError("The information arrived before it was asked for; check the two moments.")
    if missing and asked and "decide_hours" in missing:  # urgent claim
        if asked > cal.add_hours(received, number(missing, "ask_hours")):
            return at, words, used  # asked too late: the ordinary limit stands
        closes = cal.add_hours(asked, number(missing, "answer_hours"))
        hours = number(missing, "decide_hours")
        at = cal.add_hours(min(answered or closes, closes), hours)
        words = f"{hours} hours after the missing information came, or after the time to supply it ended"
        return at, words, [*used, missing["fact"]]
    extended = happened.get("extended_at") or (asked if missing else None)
    if not extended:
        return at, words, used
    if "extension" not in row:
        raise ClockError(f"This clock has no extension that the course can confirm {cite(row['fact'])}.")
    if extended > at:
        raise ClockError(
            f"The extension notice came after the time was up ({at:%Y-%m-%d %H:%M}), so it does not count."
        )
    days = number(row["extension"])
    at, used = cal.add_days(at, days), [*used, row["extension"]["fact"]]
    words = f"{words}, plus {days} days of extension"
    if missing and asked:
        closes = cal.add_days(asked, number(missing, "answer_days"))
        at += min(answered or closes, closes) - asked
        words, used = f"{words}, plus the time that the plan waited for information", [*used, missing["fact"]]
    return cal.settle(at), words, used


def appeal_window(
    line: str,
    level: str,
    notice_date: object = None,
    received_on: object = None,
    effective_on: object = None,
) -> Due:
    """The last minute of the last day on which this appeal may be filed.

    notice_date: the date on the notice. received_on: the day it was received, where that can be shown.
    effective_on: the day a cut takes effect (only to keep benefits going in Medicaid).
    Where the rule presumes receipt some days after the notice date, ``received_on`` replaces the presumption.
    Raises ClockError for an unknown line or level, a missing date, or a level at which nobody files.
    """
    rows = filing_rows()
    line = find_line(line, {key[0] for key in rows})
    pick("appeal level", level, [at for where, at in rows if where == line], line)
    row = rows[line, level]
    if "not_filed" in row:
        raise ClockError(f"{row['not_filed']} {cite(row['fact'])}.")
    notice, received, effective = (
        None if is_missing(value) else _day(value) for value in (notice_date, received_on, effective_on)
    )
    if notice and received and received < notice:
        raise ClockError("The notice cannot have been received before its own date; check the two dates.")
    used, words = [row["fact"]], row["rule"].format(n=number(row))
    if row["from"] == "notice":
        start = notice
    elif received or row["from"] == "receipt":
        start = received
    else:
        start = None
        if notice:
            days = number(row["presumed"])
            start, used = notice + timedelta(days=days), [*used, row["presumed"]["fact"]]
            words = f"{words}, which is presumed {days} days after the date on the notice"
    if start is None:
        need = "the day on which the notice was received" if row["from"] == "receipt" else "the date on the notice"
        raise ClockError(f"This window needs {need} {cite(row['fact'])}.")
    last = cal.add_months(start, number(row)) if row["counts"] == "months" else start + timedelta(days=number(row))
    if row.get("or_effective_date") and effective:
        last = max(last, effective)
    if row.get("rolls"):
        last = _rolled(last)
    return finish(cal.end_of_day(last), words, used, keep_zone=False)


def _rolled(day: date) -> date:
    try:
        return cal.next_business_day(day)
    except cal.CalendarError as problem:
        raise ClockError(str(problem)) from None


def _day(value: object) -> date:
    return read_moment(value, cal.PLAN_ZONE)[0].date()


def clock_key(line_of_business: str, category: str, request_type: str, drug_rules: str = "none") -> tuple[str, str]:
    """(line, kind of request) of the clock table for a row of ``requests`` and its plan.

    A pharmacy drug follows the plan's drug rules (Part D, Medicaid, employer, marketplace), everything else the
    line of business. A drug paid by the medical benefit is a Part B drug in Medicare Advantage.
    """
    line = line_of_business
    if category == "pharmacy_drug":
        line = {"none": line}.get(drug_rules, drug_rules)
        line = table()["aliases"].get(line, line)
        exception = request_type.endswith("_exception")
        if line == "part_d":
            return line, "drug_exception" if exception else "drug"
        # the formulary rule of marketplace plans is for drugs that are not listed, not for step or quantity limits
        if line in ("marketplace_qhp", "individual_market") and request_type == "formulary_exception":
            return line, "drug_exception"
        return line, "drug"
    line = table()["aliases"].get(line, line)
    if line == "medicare_advantage":
        return line, "part_b_drug" if category == "medical_benefit_drug" else "service"
    if line == "traditional_medicare":
        return line, "dmepos_list" if category == "dme" else "outpatient_list"
    return line, "service"
