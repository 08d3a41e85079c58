"""The appeal ladder in words: which level, until when, who decides, by when, and what a missed deadline does.

Filing windows and decision times are those of `priorauth.clocks`; this module only says them and puts them in order.
What the sources leave in doubt is said to be in doubt, and no date is made from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from priorauth import calendars as cal
from priorauth.clock_table import ClockError, filing_rows, number
from priorauth.clocks import appeal_window, clock_rows, due_at
from priorauth.facts import cite

#: Line -> (name in words, what can be in dispute). The same names as in the clock table.
LINES = {
    "medicare_advantage": ("Medicare Advantage", ("service", "part_b_drug", "payment")),
    "part_d": ("Part D (pharmacy drug)", ("drug", "payment")),
    "traditional_medicare": ("Original Medicare", ("service",)),
    "medicaid_managed": ("Medicaid managed care", ("service", "drug")),
    "commercial": ("Employer plan", ("service", "drug", "payment")),
    "marketplace_qhp": ("Marketplace plan", ("service", "drug", "payment")),
}
MATTERS = {
    "service": "an item or service",
    "part_b_drug": "a drug given in the office (Part B drug)",
    "drug": "a drug from the pharmacy",
    "payment": "payment for care that was given",
}
SPEEDS = {"standard": "standard", "expedited": "expedited (urgent)"}


@dataclass(frozen=True)
class Rung:
    """One level of a ladder. `late_payer` is (sentence, fact) about a payer that misses its own deadline."""

    level: str
    name: str
    decider: str
    decides: bool  # whether the clock table has a decision time for this level under this name
    late_payer: tuple[str, str] | None = None
    after: str = ""


_OUTSIDE = "an independent review organization, outside the plan"
_HEARING = "an administrative law judge, if the amount in dispute is high enough"
_EMPLOYER = (
    Rung("internal_appeal", "Internal appeal", "the plan, by somebody other than the first reviewer", True,
         None, "An upheld denial opens the external review, which must be asked for."),
    Rung("external_review", "External review", _OUTSIDE, True, None, "The organization's decision ends the ladder."),
)  # fmt: skip
#: Line -> its rungs from the bottom up, as far as the course can confirm them.
LADDERS: dict[str, tuple[Rung, ...]] = {
    "medicare_advantage": (
        Rung("reconsideration", "Reconsideration", "the plan, by somebody new; a physician with fitting expertise where medical need is in dispute", True,
             ("Counts as an upheld denial, and the plan must send the file to the independent reviewer", "ma-reconsideration-missed-deadline"),
             "If any part of the denial is upheld, the plan itself sends the file to the independent reviewer."),
        Rung("ire_reconsideration", "Independent review", "the independent review entity", False, None, "After it comes the hearing."),
        Rung("alj_hearing", "Hearing", _HEARING, False),
    ),
    "part_d": (
        Rung("redetermination", "Redetermination", "the plan, by somebody new; a physician with fitting expertise where medical need is in dispute", True,
             ("Counts as a denial, and the plan must send the file to the independent reviewer within 24 hours", "partd-redetermination-missed-deadline"),
             "An upheld denial is NOT sent on by the plan. The member or the prescriber must ask."),
        Rung("ire_reconsideration", "Independent review", "the independent review entity", False, None, "After it comes the hearing."),
        Rung("alj_hearing", "Hearing", _HEARING, False),
    ),
    "traditional_medicare": (
        Rung("redetermination", "Redetermination", "the Medicare administrative contractor (MAC)", True, None, "After it comes the second contractor."),
        Rung("qic_reconsideration", "Reconsideration", "a second contractor, the qualified independent contractor (QIC)", False, None, "After it comes the hearing."),
        Rung("alj_hearing", "Hearing", _HEARING, False),
    ),
    "medicaid_managed": (
        Rung("plan_appeal", "Plan appeal", "the plan", True,
             ("The member need not wait any longer and may go straight to a state fair hearing", "mcd-appeal-deemed-exhaustion"),
             "After the plan's letter comes the state fair hearing, which must be asked for."),
        Rung("keep_benefits", "Keep the benefits going meanwhile", "the plan, on the member's request", False, None,
             "It only keeps what was already authorized. The appeal itself is filed beside it."),
        Rung("state_fair_hearing", "State fair hearing", "the state", False),
    ),
    "commercial": _EMPLOYER,
    "marketplace_qhp": _EMPLOYER,
}  # fmt: skip
#: Who may file, as far as the course can confirm it.
_NAMED = "For everybody else, read what the notice says, and get the paper signed before you file."
_MEMBER = "The member, or somebody whom the member named in writing."
#: What a missed filing day does. No source of the course settles the exceptions, so none is promised.
TOO_LATE = "A late appeal can be dismissed unread. Ask the payer in writing whether it accepts a good reason, and look for a new request instead."


@dataclass(frozen=True)
class Place:
    """Where a case stands on the ladder."""

    rung: Rung
    files: bool
    last_day: date | None
    rule: str
    sources: tuple[str, ...]
    left: int | None
    decision: str
    decide_by: datetime | None
    if_payer_late: str
    ahead: str = ""  # that the notice lies after the day of the story

    @property
    def sentence(self) -> str:
        """What a desk needs in one or two sentences."""
        if not self.files:
            return f"{self.rung.name}. {self.rule}"
        if self.last_day is None:
            return f"{self.rung.name}: {self.rule}"
        when = f"{self.last_day:%A, %B} {self.last_day.day}, {self.last_day.year}"
        days = self.left or 0
        rest = (
            "One day is left."
            if days == 1
            else f"{days} days are left."
            if days > 0
            else "That is today."
            if days == 0
            else f"That was {-days} days ago."
        )
        end = (
            ""
            if self.decide_by is None
            else f" If it is filed now, the decision is due {self.decide_by:%B} {self.decide_by.day}, {self.decide_by:%Y, %H:%M}."
        )
        return f"{self.rung.name}: file by {when}. {rest}{self.ahead or end}"


def who_files(line: str) -> str:
    """Who may file on a line, as far as the course can confirm it."""
    if line == "part_d":
        return f"{_MEMBER} Also the prescriber, without being named {cite('partd-prescriber-may-appeal')}. {_NAMED}"
    return f"{_MEMBER} {_NAMED}"


def rungs(line: str) -> tuple[Rung, ...]:
    """The levels of a line from the bottom up. ClockError for a line without a confirmed ladder."""
    if line not in LADDERS:
        raise ClockError(f"The course has no confirmed ladder for '{line}'; it has {', '.join(LADDERS)}.")
    return LADDERS[line]


def rung_of(line: str, level: str) -> Rung:
    """One level of a line. ClockError that names the levels, if there is none of this name."""
    for rung in rungs(line):
        if rung.level == level:
            return rung
    raise ClockError(f"{LINES[line][0]} has no level '{level}'; it has {', '.join(r.level for r in rungs(line))}.")


def decision_kind(line: str, level: str, matter: str) -> str | None:
    """Name of the decision clock of a level; None where the course has no confirmed time."""
    if level == "external_review":
        return "external_review"
    kind = f"appeal_{matter}"
    return kind if rung_of(line, level).decides and (line, kind, "standard") in clock_rows() else None


def place(
    line: str,
    level: str,
    matter: str = "service",
    speed: str = "standard",
    notice_date: str = "",
    received_on: str = "",
    effective_on: str = "",
    now: str = "2026-09-30 08:00",
) -> Place:
    """The last filing day of a level, who decides, and by when if it is filed at `now`. Dates are text like 2026-08-12.

    Raises ClockError in one sentence for what cannot be computed.
    """
    rung = rung_of(line, level)
    today = datetime.fromisoformat(now)
    kind = decision_kind(line, level, matter)
    decision, decide_by, used = "no time that the course can confirm", None, []
    if kind:
        have = [s for s in SPEEDS if (line, kind, s) in clock_rows()]
        if speed not in have:
            raise ClockError(f"{LINES[line][0]}: {MATTERS.get(matter, matter)} has only the {have[0]} track here.")
        due = due_at(line, kind, speed, now)
        decision, decide_by, used = due.rule_words, due.at, [due.citation]
    late = "no rule that the course can confirm"
    if rung.late_payer:
        late = f"{rung.late_payer[0]} {cite(rung.late_payer[1])}."
    row = filing_rows()[line, level]
    if "not_filed" in row:
        words = f"{row['not_filed']} {cite(row['fact'])}."
        return Place(rung, False, None, words, (cite(row["fact"]),), None, decision, None, late)
    window = appeal_window(line, level, notice_date or None, received_on or None, effective_on or None)
    ahead = ""
    if any(day and cal.to_date(day) > today.date() for day in (notice_date, received_on)):
        ahead, decide_by = f" Check the date: this notice lies after today, {today:%Y-%m-%d}.", None
    sources = tuple(dict.fromkeys([cite(f) for f in window.fact_ids] + used))
    return Place(rung, True, window.last_day, window.rule_words, sources, (window.last_day - today.date()).days, decision, decide_by, late, ahead)  # fmt: skip


@cache
def all_rows() -> tuple[tuple[str, ...], ...]:
    """The whole ladder in words: line, level, filing window, who decides, what follows, source."""
    rows = []
    for line, ladder in LADDERS.items():
        for rung in ladder:
            row = filing_rows()[line, rung.level]
            words = row["not_filed"] if "not_filed" in row else row["rule"].format(n=number(row))
            if row.get("from") == "presumed receipt":
                words += f"; received is presumed {number(row['presumed'])} days after the date on it"
            rows.append((LINES[line][0], rung.name, words, rung.decider, rung.after or "-", cite(row["fact"])))
    return tuple(rows)


def times() -> list[tuple[str, str, str, str, str]]:
    """Every decision time: line, matter, standard, expedited, source."""
    rows = []
    for line, (name, matters) in LINES.items():
        kinds = [(MATTERS[m], f"appeal_{m}") for m in matters]
        kinds += [("external review", "external_review")] if line in ("commercial", "marketplace_qhp") else []
        for words, kind in kinds:
            cells = [clock_rows().get((line, kind, s)) for s in SPEEDS]
            said = ["-" if c is None else f"{number(c)} {'hours' if c['counts'] == 'hours' else 'days'}" for c in cells]
            sources = " ".join(dict.fromkeys(cite(c["fact"]) for c in cells if c))
            rows.append((name, words, *said, sources))
    return rows
