"""The exception clock in words: which clock a drug request has, and what a prescriber's statement does to it.

All numbers and rules are those of `priorauth.clocks`, read through `priorauth.due_clock`; this module puts the ways
beside each other: no statement, the statement at a moment, and what the fourteen days mean.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from priorauth import calendars, data
from priorauth.clock_table import clock_rows, number, read_moment
from priorauth.clocks import clock_key
from priorauth.due_clock import EVENTS, Reading, Step, read_clock

NOW = "2026-09-30 08:00"
#: Rule book for drugs -> words. The names are those of `plans.drug_rules`.
BOOKS = {"part_d": "Part D", "medicaid": "Medicaid", "qhp": "Marketplace plan", "employer": "Employer plan"}
ASKS = {
    "initial": "PA: the criteria are met",
    "formulary_exception": "exception: the drug is not on the list",
    "step_exception": "exception to a step",
    "quantity_exception": "exception to a limit",
    "tiering_exception": "exception to the tier (price)",
    "payment": "money back for a drug already bought",
}


def key_of(book: str, ask: str) -> tuple[str, str]:
    """(line, kind) of the clock table for a rule book and what is asked."""
    if ask == "payment":
        return book, "payment"
    return clock_key(book, "pharmacy_drug", ask, book)


def asks_of(book: str) -> list[str]:
    """What the clock can be read for in a rule book. Only Part D has a clock for payment in the course."""
    return [ask for ask in ASKS if any(key_of(book, ask) == row[:2] for row in clock_rows())]


def speeds_of(book: str, ask: str) -> list[str]:
    """`standard` and `expedited`, as far as this clock has them."""
    return [u for u in ("standard", "expedited") if (*key_of(book, ask), u) in clock_rows()]


@dataclass(frozen=True)
class Clock:
    """A drug request's clock read in two ways.

    now: with the statement as it stands. without: if no statement ever comes. ends_waiting: end of the wait for a
    statement, or None where the clock does not wait. steps: what happened, in order. next_action: what the desk does.
    sentence: what the tool says.
    """

    now: Reading
    without: Reading
    ends_waiting: datetime | None
    steps: list[Step]
    next_action: str
    sentence: str

    @property
    def waits(self) -> bool:
        return self.ends_waiting is not None


def read(book: str, ask: str, speed: str, received: str, statement: str = "", now: str = NOW) -> Clock:
    """The clock of a drug request. Moments are text such as "2026-09-14 10:51"; an empty statement has not come.

    Raises ClockError, with one sentence, for anything that cannot be computed.
    """
    line, kind = key_of(book, ask)
    as_is = read_clock(line, kind, speed, received, {"statement_at": statement}, now)
    without = read_clock(line, kind, speed, received, {}, now)
    row = clock_rows()[line, kind, speed]
    if row.get("from") != "statement":
        said = f"This clock starts with the request and waits for no statement. {_due(as_is)}"
        return Clock(as_is, without, None, as_is.steps, as_is.next_action, said)
    wait = row["without_statement"]
    start = read_moment(received, calendars.PLAN_ZONE)[0]
    ends = calendars.add_days(start, number(wait, "wait")).replace(tzinfo=None)
    given = read_moment(statement, calendars.PLAN_ZONE)[0].replace(tzinfo=None) if statement.strip() else None
    steps = list(as_is.steps)
    if given is None or given > ends:
        after = [replace(s, effect="Nothing: the wait had ended.") if s.what == EVENTS["statement_at"] else s for s in steps[1:]]  # fmt: skip
        steps = [steps[0], Step(f"{ends:%a %Y-%m-%d %H:%M}", "No statement came in time", "The wait ends, and the clock starts."), *after]  # fmt: skip
    if given is None:
        said = f"No statement yet. The wait ends {_moment(ends)}. {_due(as_is)}"
    elif given > ends:
        said = f"The statement came after the wait had ended ({_moment(ends)}), so it moves nothing. {_due(as_is)}"
    elif given <= start.replace(tzinfo=None):
        said = f"The statement was there when the request came, so the clock starts with the request. {_due(as_is)}"
    else:
        said = f"The statement starts the clock. {_due(as_is)}"
    action = as_is.next_action
    if ends < read_moment(now, calendars.PLAN_ZONE)[0].replace(tzinfo=None) and not as_is.late and (given is None or given > ends):  # fmt: skip
        action = "See that the reviewer has the statement before the plan decides; the clock runs on." if given else "Get the statement to the plan today: it moves the clock no more, but the reviewer reads it."  # fmt: skip
    return Clock(as_is, without, ends, steps, action, said)


def _moment(at: datetime) -> str:
    return f"{at:%A, %B} {at.day}, {at:%H:%M}"


def _due(reading: Reading) -> str:
    return f"Due {_moment(reading.due)}. {reading.left}"


# --- the opening case ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    """A request for an exception that waits for a statement on TODAY. `str()` of it is what the notebook prints."""

    request_id: str
    patient: str
    plan: str
    drug: str
    asks: str
    received: str
    formulary_row: str

    def __str__(self) -> str:
        lines = (
            f"Patient:   {self.patient} (invented)",
            f"Plan:      {self.plan}, drugs under Part D",
            f"Drug:      {self.drug}",
            f"Reject:    70, drug not covered (formulary row {self.formulary_row})",
            f"Request:   {self.request_id}, {self.asks}, standard",
            f"Received:  {self.received}",
            "Statement: none",
            "Decision:  none",
        )
        return "\n".join(lines)


@cache
def waiting_case() -> Waiting:
    """The opening case: the oldest open Part D request for a drug off the list that has no statement. DataError if none."""
    rows = data.load("requests").merge(data.load("plans"), on="plan_id").merge(data.load("members"), on="member_id")
    lines = data.load("request_lines").query("line_no == 1")[["request_id", "code"]]
    rows = rows.merge(lines, on="request_id").merge(
        data.load("formulary")[["plan_id", "drug_id", "status", "formulary_id"]],
        left_on=["plan_id", "code"],
        right_on=["plan_id", "drug_id"],
    )
    fits = (
        (rows["drug_rules"] == "part_d")
        & (rows["request_type"] == "formulary_exception")
        & (rows["status"] == "not_on_formulary")
        & (rows["urgency"] == "standard")
        & rows["statement_at"].isna()
        & rows["decided_at"].isna()
        & rows["received_at"].notna()
    )
    if not fits.any():
        raise data.DataError("No exception waits for a statement in these data, so Module 9 has no opening case.")
    row = rows[fits].sort_values("received_at").iloc[0]
    drugs = data.load("drugs").set_index("drug_id")
    return Waiting(
        request_id=row["request_id"],
        patient=f"{'Ms' if row['sex'] == 'F' else 'Mr.'} {row['last_name']}",
        plan=row["name"],
        drug=f"{drugs.loc[row['code'], 'brand_name']} ({row['code']})",
        asks="exception for a drug that is not on the list",
        received=f"{row['received_at']:%Y-%m-%d %H:%M}",
        formulary_row=row["formulary_id"],
    )
