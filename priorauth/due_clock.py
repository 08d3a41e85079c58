"""The due-date clock in words: what starts it, what moves it, when it ends, and what the desk does then.

The numbers and rules are those of `priorauth.clocks`; this module only says them. Times are plan time (US Central).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from priorauth.calendars import PLAN_ZONE
from priorauth.clock_table import clock_rows, number, read_moment, table
from priorauth.clocks import ClockError, due_at
from priorauth.facts import cite, fact

LINES = {
    "medicare_advantage": "Medicare Advantage",
    "part_d": "Part D (Medicare's drug plans)",
    "traditional_medicare": "Original Medicare",
    "medicaid_managed": "Medicaid managed care",
    "medicaid_ffs": "Medicaid paid by the state",
    "chip_managed": "CHIP managed care",
    "chip_ffs": "CHIP paid by the state",
    "commercial": "Employer plan",
    "individual_market": "Individual market",
    "marketplace_qhp": "Marketplace plan",
    "tricare": "TRICARE",
    "va": "VA community care",
    "integrated_dsnp": "Integrated plan for Medicare and Medicaid (D-SNP)",
    "other": "Another program",
}
KINDS = {
    "service": "item or service",
    "service_without_pa": "item or service that needs no PA",
    "part_b_drug": "Part B drug (given in the office or clinic)",
    "post_stabilization": "care after an emergency, patient stable",
    "drug": "pharmacy drug",
    "drug_exception": "exception for a pharmacy drug",
    "payment": "payment for a drug already bought",
    "outpatient_list": "service on the hospital outpatient list",
    "dmepos_list": "equipment on the DMEPOS list",
    "ambulance": "repeated ambulance rides, not urgent",
    "wiser": "service of the WISeR model",
    "concurrent_extension": "going on with a running urgent treatment",
    "post_service": "care already given",
    "appeal_service": "first appeal: item or service",
    "appeal_part_b_drug": "first appeal: Part B drug",
    "appeal_drug": "first appeal: pharmacy drug",
    "appeal_payment": "first appeal: payment",
    "external_review": "external review",
}
EVENTS = {
    "statement_at": "Prescriber's statement arrived",
    "info_asked_at": "Payer asked for more",
    "info_received_at": "Payer got the answer",
    "extended_at": "Payer sent an extension notice",
}
#: Line -> fact that says what a missed deadline means for a first decision. Only what the sources settle.
MISSED = {
    "medicare_advantage": "ma-missed-deadline-is-denial",
    "part_d": "partd-missed-deadline-auto-forward",
    "medicaid_managed": "mcd-mco-untimely-is-denial",
}


@dataclass(frozen=True)
class Step:
    """Something that happened, and what it does to this clock."""

    when: str
    what: str
    effect: str


@dataclass(frozen=True)
class Reading:
    """A clock read at a moment: the deadline, how it came about, and what to do."""

    due: datetime
    steps: list[Step]
    rule: str
    sources: list[str]
    late: bool
    left: str
    next_action: str
    notes: list[str]

    @property
    def sentence(self) -> str:
        """The reading in one or two sentences."""
        return f"Due {self.due:%A, %B} {self.due.day}, {self.due:%Y, %H:%M}. {self.left} Next: {self.next_action}"


def kinds_of(line: str) -> list[str]:
    """Kinds of request that have a clock in a line, in the order of KINDS; empty where the course has no clock."""
    have = {kind for where, kind, _ in clock_rows() if where == line}
    return [kind for kind in KINDS if kind in have]


def urgencies_of(line: str, kind: str) -> list[str]:
    """`standard` and `expedited`, as far as this kind has them."""
    return [u for u in ("standard", "expedited") if (line, kind, u) in clock_rows()]


def no_clock(line: str) -> str:
    """Why the course has no clock for a line, as a sentence."""
    return f"The course has no confirmed clock for {LINES[line]}: {table()['no_clock'][line]}. Ask the plan, and write down what it says."


def _said(problem: str) -> str:
    """A sentence of the clocks with the names of events in words."""
    for name, words in EVENTS.items():
        problem = problem.replace(name, words)
    return problem


def _span(hours: float) -> str:
    """A length of time in words: minutes below two hours, hours below four days, else days."""
    if hours < 2:
        return f"{round(hours * 60)} minutes"
    return f"{int(hours)} hours" if hours < 96 else f"{int(hours // 24)} days"


def _hours_between(start: datetime, end: datetime) -> float:
    zone = ZoneInfo(PLAN_ZONE)
    return (end.replace(tzinfo=zone).timestamp() - start.replace(tzinfo=zone).timestamp()) / 3600


def _effects(row: Mapping, name: str, happened: Mapping[str, str]) -> str:
    """What one event does to the clock of a row of the table."""
    missing = row.get("missing_information")
    if name == "statement_at":
        if row.get("from") == "statement":
            return "The clock starts here, or with the request if the statement came first."
        return "Nothing: this clock does not wait for a statement."
    if name == "extended_at":
        if "extension" in row:
            return f"{number(row['extension'])} calendar days more {cite(row['extension']['fact'])}."
        return "No extension that the course can confirm for this clock."
    if not missing:
        return "Nothing: in this line a question does not move the clock."
    if "decide_hours" in missing:
        hours = [number(missing, k) for k in ("ask_hours", "answer_hours", "decide_hours")]
        if name == "info_asked_at":
            return f"Asked within {hours[0]} hours, this gives at least {hours[1]} hours to answer {cite(missing['fact'])}."
        return f"The payer decides within {hours[2]} hours from here."
    if name == "info_asked_at":
        days = number(missing, "answer_days")
        return (
            f"The payer takes its extension, and the clock stands still for up to {days} days {cite(missing['fact'])}."
        )
    return "The clock runs on." if "info_asked_at" in happened else "Nothing: nobody had asked."


def read_clock(
    line: str,
    kind: str,
    urgency: str,
    received_at: str,
    events: Mapping[str, str] | None = None,
    now: str = "2026-09-30 08:00",
) -> Reading:
    """The clock of a request, read at `now`. Moments are text such as "2026-09-11 16:20"; an empty one did not happen.

    Raises ClockError, with one sentence, for anything that cannot be computed.
    """
    if line in table()["no_clock"]:
        raise ClockError(no_clock(line))
    if not received_at.strip():
        raise ClockError("The moment when the payer received the request is missing; write it like '2026-09-11 16:20'.")
    happened = {name: text.strip() for name, text in (events or {}).items() if text and text.strip()}
    try:
        due = due_at(line, kind, urgency, received_at, happened)
    except ClockError as problem:
        raise ClockError(_said(str(problem))) from None
    row = clock_rows()[line, kind, urgency]
    received, today = read_moment(received_at, PLAN_ZONE)[0], read_moment(now, PLAN_ZONE)[0]
    waits = row.get("from") == "statement"
    start = "The request is in; the clock waits for the statement." if waits else "The clock starts."
    steps = [(received, Step(f"{received:%a %Y-%m-%d %H:%M}", "Payer received the request", start))]
    for name, text in happened.items():
        at = read_moment(text, PLAN_ZONE)[0]
        steps.append((at, Step(f"{at:%a %Y-%m-%d %H:%M}", EVENTS[name], _effects(row, name, happened))))
    hours = _hours_between(today.replace(tzinfo=None), due.at)
    late = hours < 0
    left = f"It is {_span(-hours)} late." if late else f"{_span(hours).capitalize()} are left."
    left += "".join(f" Check the date: '{step.what}' lies after now." for at, step in steps if at > today)
    return Reading(
        due.at,
        [step for _, step in sorted(steps, key=lambda pair: pair[0])],
        due.rule_words,
        list(dict.fromkeys(cite(f) for f in due.fact_ids)),
        late,
        left,
        _next(line, kind, row, late, happened),
        _notes(row, received, due.at, due.fact_ids),
    )


def _next(line: str, kind: str, row: Mapping, late: bool, happened: Mapping[str, str]) -> str:
    if late:
        said = ""
        if line in MISSED and kind in ("service", "drug", "drug_exception", "part_b_drug"):
            said = f" A missed deadline counts as a denial here {cite(MISSED[line])}."
        return f"Call the payer today, and ask for the decision and its date.{said}"
    if row.get("from") == "statement" and "statement_at" not in happened:
        return "Ask the prescriber for the statement; until it comes, the payer may wait."
    if "info_asked_at" in happened and "info_received_at" not in happened:
        return "Send what was asked for, and get its receipt confirmed."
    return "Wait, and look again one working day before it is due."


def _notes(row: Mapping, received: datetime, due: datetime, fact_ids: tuple[str, ...]) -> list[str]:
    """What a reader would wonder about: clock change, business days, doubts of the sources."""
    notes = []
    before, after = received.utcoffset(), due.replace(tzinfo=ZoneInfo(PLAN_ZONE)).utcoffset()
    if before != after:
        spring = after > before
        how = (
            "Hours are real hours, so the time on the wall moves"
            if row["counts"] == "hours"
            else "Days end at the same time on the wall"
        )
        notes.append(f"The clocks {'go forward' if spring else 'go back'} in between. {how}.")
    if row["counts"] == "business days":
        notes.append("Weekends and federal holidays do not count, and neither does the day of receipt.")
    notes += [f"In doubt: {fact(f).note}" for f in fact_ids if fact(f).note and "One text only" in fact(f).note]
    return notes


def all_rows() -> list[tuple[str, str, str, str, str, str]]:
    """The whole table in words: line, kind, urgency, rule, what makes it longer, citation. Lines without a clock too."""
    rows = []
    for line, label in LINES.items():
        if line in table()["no_clock"]:
            rows.append((label, "-", "-", "no confirmed clock", table()["no_clock"][line], "-"))
        for kind in kinds_of(line):
            for urgency in urgencies_of(line, kind):
                row = clock_rows()[line, kind, urgency]
                used = row["without_statement"]["fact"] if "without_statement" in row else row["fact"]
                words = row["rule"].format(n=number(row), latest=number(row, "latest") if "latest" in row else "")
                rows.append((label, KINDS[kind], urgency, words, _longer(row), cite(row["fact"]) + ("" if used == row["fact"] else " " + cite(used))))  # fmt: skip
    return rows


def _longer(row: Mapping) -> str:
    parts = []
    if "without_statement" in row:
        wait = row["without_statement"]
        parts.append(f"without a statement: {number(wait, 'wait')} days, then {number(wait, 'then')} hours")
    if "extension" in row:
        parts.append(f"{number(row['extension'])} days, after a notice")
    missing = row.get("missing_information")
    if missing and "answer_days" in missing:
        parts.append(f"stands still while it waits for information, up to {number(missing, 'answer_days')} days")
    if missing and "decide_hours" in missing:
        parts.append(f"incomplete: {number(missing, 'answer_hours')} hours to answer, {number(missing, 'decide_hours')} to decide")  # fmt: skip
    return "; ".join(parts) or "no"
