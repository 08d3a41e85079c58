"""Reading an exam question as a learner does: its tables, dates and amounts, from the text alone."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

Table = list[dict[str, str]]
DAY = timedelta(days=1)


def tables(text: str) -> list[Table]:
    """Every Markdown table of a text, as rows by column head."""
    found: list[Table] = []
    for block in re.findall(r"(?:^\|.*\|$\n?)+", text, re.MULTILINE):
        lines = [[c.strip() for c in line.strip().strip("|").split(" | ")] for line in block.strip().splitlines()]
        heads = [h.strip(" |") for h in lines[0]]
        found.append([dict(zip(heads, (c.strip(" |") for c in row), strict=True)) for row in lines[2:]])
    return found


def day(text: str) -> date:
    return datetime.strptime(re.search(r"[A-Z][a-z]+ \d+, \d{4}", text)[0], "%B %d, %Y").date()


def days(text: str) -> list[date]:
    return [datetime.strptime(x, "%B %d, %Y").date() for x in re.findall(r"[A-Z][a-z]+ \d+, \d{4}", text)]


def at(text: str) -> datetime:
    return datetime.strptime(re.search(r"[A-Z][a-z]+ \d+, \d{4}, \d\d:\d\d", text)[0], "%B %d, %Y, %H:%M")


def moments(text: str) -> list[datetime]:
    return [datetime.strptime(x, "%B %d, %Y, %H:%M") for x in re.findall(r"[A-Z][a-z]+ \d+, \d{4}, \d\d:\d\d", text)]


def hours(first: datetime, last: datetime) -> float:
    return round((last - first).total_seconds() / 3600, 1)


def holds(row: dict[str, str], when: date) -> bool:
    """Whether a row with From and To holds a day."""
    return day(row["From"]) <= when and (row["To"] in ("-", "") or when <= day(row["To"]))


def numbers(text: str) -> list[float]:
    return [float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


def runs(rows: Table, until: date, gap: int = 14) -> int:
    """Days of the longest run of fills (columns Filled on, Days supply) up to a day."""
    best, first, free = 0, None, None
    for row in sorted(rows, key=lambda r: day(r["Filled on"])):
        start = day(row["Filled on"])
        if start > until:
            continue
        if free is not None and start < free:
            start = free
        if free is None or (start - free).days > gap:
            first = start
        free = start + int(row["Days supply"]) * DAY
        best = max(best, (min(free - DAY, until) - first).days + 1)
    return best


CLOCKS = {
    ("Medicare Advantage", "an item or service that needs PA"): (168, 72), ("Medicare Advantage", "a Part B drug"): (72, 24),
    ("Medicare Part D", "a drug from a pharmacy"): (72, 24), ("Medicaid managed care", "an item or service that needs PA"): (168, 72),
    ("Medicaid managed care", "a drug from a pharmacy"): (24, 24), ("an employer plan", "an item or service that needs PA"): (360, 72),
    ("an employer plan", "a drug from a pharmacy"): (360, 72), ("a Marketplace plan", "an item or service that needs PA"): (360, 72),
    ("a Marketplace plan", "a drug from a pharmacy"): (360, 72), ("a Marketplace plan", "an exception for a drug"): (72, 24),
    ("Original Medicare", "a service on the hospital outpatient list"): (168, 0), ("Original Medicare", "an item on the equipment list"): (168, 0),
}  # fmt: skip


def due(line: str, what: str, urgency: str, received: datetime, statement: datetime | None = None) -> datetime:
    """The payer's last moment by section 8.5; local time, so that clock changes count as real hours."""
    fast = urgency == "expedited"
    if (line, what) == ("Medicare Part D", "an exception for a drug"):
        n = 24 if fast else 72
        backstop = after(received + timedelta(days=14), n)
        return min(after(max(statement, received), n), backstop) if statement else backstop
    standard, urgent = CLOCKS[line, what]
    n = urgent if fast else standard
    if line == "Original Medicare" and (fast or received.weekday() > 4):
        raise LookupError("business days")
    return received + timedelta(days=n // 24) if n >= 168 else after(received, n)


def after(start: datetime, n: int) -> datetime:
    """Hours later; the night of March 8, 2026 has one hour less."""
    end = start + timedelta(hours=n)
    return end + timedelta(hours=1) if start < datetime(2026, 3, 8, 2) <= end else end


WINDOWS = {
    "Medicare Advantage": ("reconsideration", 60, True), "Medicare Part D": ("redetermination", 60, True), "Original Medicare": ("redetermination", 120, True),
    "Medicaid managed care": ("appeal to the plan", 60, False), "an employer plan": ("internal appeal", 180, None), "a Marketplace plan": ("internal appeal", 180, None),
}  # fmt: skip


def last_day(line: str, notice: date, received: date | None) -> date:
    """The last day to file the first level. Medicare presumes receipt after five days; Medicaid counts from the notice."""
    _, n, medicare = WINDOWS[line]
    if medicare is False:
        return notice + n * DAY
    start = received or (notice + 5 * DAY if medicare else None)
    return start + n * DAY
