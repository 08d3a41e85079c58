"""A specific denial reason, part by part: what was asked, which criterion, what the record shows, what would change it.

`build` puts the parts into plain sentences; `review_parts` says which part is missing or does not fit the reference review.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from priorauth import casefile, data, first_review, policies
from priorauth.clocks import appeal_window
from priorauth.criteria import NOT_MET
from priorauth.denial_audit import notice
from priorauth.first_review import NONE
from priorauth.policies import as_day

#: What is wrong with the row that stands for a criterion, or that there is none: the words of section 10.4, and the
#: sentence about a row (`what`) that is `age` days old.
FAULTS = {
    "too_old": "{what} was {age} days old when the request was sent.",
    "not_signed": "{what} is not signed.",
    "too_short": "{what} shows a shorter time than the policy asks for.",
    "value": "{what} does not show what the policy asks for.",
    "nothing": "We read every page that came, and none of them speaks to this.",
}
#: Fault -> what would change the answer.
STEPS = {
    "too_old": "Your clinic can send a newer one.",
    "not_signed": "The clinician can sign it and send it again.",
    "too_short": "Your clinic can ask again when the time is complete, or show another way that the policy allows.",
    "value": "Your clinic can tell our doctor why this care is right for you all the same.",
    "nothing": "Your clinic can send the page that shows it.",
}
#: Line -> (level of the first appeal, how the notice names it).
FIRST_APPEAL = {
    "medicare_advantage": ("reconsideration", "a reconsideration"),
    "medicaid_managed": ("plan_appeal", "a plan appeal"),
    "commercial": ("internal_appeal", "an internal appeal"),
}
LINES = {
    "medicare_advantage": "Medicare Advantage",
    "medicaid_managed": "Medicaid managed care",
    "commercial": "employer plan",
}
#: Practice denials of the tool; none of them is in a graded item.
PRACTICE = ("REQ-000245", "REQ-003187", "REQ-001084")
VAGUE = ("not medically necessary", "criteria not met", "does not meet guidelines", "insufficient information")


@dataclass(frozen=True)
class Parts:
    """What a writer chose: a criterion, a row, a fault, a next step (each "" if nothing was chosen), and the rights."""

    criterion: str = ""
    row: str = ""
    fault: str = ""
    step: str = ""
    appeal: bool = False
    fast: bool = False
    copy: bool = False


@dataclass(frozen=True)
class Denied:
    """A denied request as the notice needs it."""

    request_id: str
    plan: str
    line: str
    service: str
    criteria: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, str, str, str], ...]  # id, day, kind, words
    sent: date
    case: str
    decided: str  # who decided, and on which day
    notice_day: date  # the date on the notice, from which the appeal is counted
    sheet: str


@cache
def denied(request_id: str) -> Denied:
    """A denied request with its policy and desk. LookupError if it was not denied."""
    row = casefile.request(request_id)
    if row["decision"] != "denied":
        raise LookupError(f"{request_id} was not denied, so there is no reason to write.")
    plan = data.load("plans").set_index("plan_id").loc[row["plan_id"]]
    _, tree = casefile.tree_of(row)
    told = notice(request_id)
    name, line = str(plan["name"]), str(plan["line_of_business"])
    dated = f"  Date on the notice: {in_words(as_day(told['sent']))} ({name}, {LINES.get(line, line)})"
    return Denied(
        request_id,
        name,
        line,
        first_review.service_name(row["code"]),
        tuple((leaf["id"], policies.sentence(leaf)) for leaf in policies.leaves(tree)),
        tuple((r[0], r[2], r[1], r[4]) for r in first_review.desk_rows(request_id)),
        casefile.day_of(row),
        str(row["case_ref"]),
        f"{_decider(request_id, told['decided by'])} decided this on {in_words(as_day(row['decided_at']))}.",
        as_day(told["sent"]),
        first_review.sheet(request_id).replace("\n", f"\n{dated}\n", 1),
    )


def in_words(day: date) -> str:
    """A date as a notice writes it."""
    return f"{day:%B} {day.day}, {day.year}"


def _decider(request_id: str, role: str) -> str:
    """Who denied, as the patient reads it: by name where the log has one."""
    who = "a physician of the plan" if role == "plan physician reviewer" else f"a {role}"
    events = data.load("events")
    read = events[(events["request_id"] == request_id) & (events["event"] == "second_level_review")]["detail"]
    if len(read) and "physician" in role:
        return f"{read.iloc[-1].removesuffix(' reads the case.')}, {who},"
    return who[0].upper() + who[1:]


def fault_of(request_id: str) -> str:
    """What is wrong with the deciding row of a request, as one of FAULTS; "" if its criteria are met."""
    found, tree = first_review.judged(request_id)
    told = first_review.reviewed(found, tree)
    if told.decision == first_review.APPROVE:
        return ""
    if told.row == NONE:
        return "nothing"
    kind = next(leaf["kind"] for leaf in policies.leaves(tree) if leaf["id"] == told.criterion)
    if found.of(told.criterion).verdict == NOT_MET:
        return "too_short" if kind in ("therapy", "drug_trial") else "value"
    return "not_signed" if "not signed" in told.why else "too_old"


def last_day(line: str, notice_day: date) -> str:
    """The last day to ask for the first appeal, in words. Where the rule counts from the real receipt, the day on the
    notice stands for it, and the sentence says so."""
    level, name = FIRST_APPEAL[line]
    due = appeal_window(line, level, notice_date=notice_day, received_on=None if line != "commercial" else notice_day)
    told = f"You can ask for {name} until {in_words(due.last_day)}"
    if line != "commercial":
        return f"{told}."
    return f"{told}, or for {(due.last_day - notice_day).days} days from the day you received this notice, if that ends later."


def _seen(case: Denied, parts: Parts) -> str:
    """What the desk showed, with its numbers and days; "" as long as row or fault are not chosen."""
    rows = {key: (day, kind, words) for key, day, kind, words in case.rows}
    if parts.fault == "nothing":
        return FAULTS["nothing"]
    if parts.row not in rows or not parts.fault:
        return ""
    asks = casefile.request(case.request_id)
    leaf = next((x for x in policies.leaves(casefile.tree_of(asks)[1]) if x["id"] == parts.criterion), {})
    day, kind, words = rows[parts.row]
    if parts.fault == "too_short" and kind == "treatment":
        course = next(r for r in first_review.packet_chart(asks).therapy if r["therapy_id"] == parts.row)
        start, end = as_day(course["start"]), case.sent
        if course["end"] is not None and course["end"] == course["end"]:
            end = min(as_day(course["end"]), end)
        needed = f" The policy asks for {leaf['min_days']}." if "min_days" in leaf else ""
        what = f"{(end - start).days + 1} days of {course['kind'].replace('_', ' ')}"
        return f"Your record shows {what}, from {in_words(start)} to {in_words(end)}.{needed}"
    what = f"The {'result' if kind in ('lab', 'study') else kind} of {in_words(as_day(day))}"
    what += f" ({words})" if kind in ("lab", "study") else ""
    limit = (
        f" The policy allows {leaf['lookback_days']}." if parts.fault == "too_old" and "lookback_days" in leaf else ""
    )
    return FAULTS[parts.fault].format(what=what, age=(case.sent - as_day(day)).days) + limit


def build(request_id: str, parts: Parts) -> list[tuple[str, str]]:
    """(part, sentence) of the notice in order; a part that was not chosen has an empty sentence."""
    case = denied(request_id)
    asked = dict(case.criteria)
    help_line = f"Questions, or help with an appeal: call member services and name case {case.case}."
    rights = [
        f"{last_day(case.line, case.notice_day)} {help_line}" if parts.appeal else "",
        "If waiting could harm you, you or your clinician can ask for a fast answer." if parts.fast else "",
        "You can have a free copy of the policy and of our papers." if parts.copy else "",
    ]
    return [
        ("Decision", f"We cannot approve this yet: {case.service}. {case.decided}"),
        ("Criterion", f"Our policy asks for this: {asked[parts.criterion]}" if parts.criterion in asked else ""),
        ("What we saw", _seen(case, parts)),
        ("What would change it", STEPS.get(parts.step, "")),
        ("How to appeal", rights[0]),
        ("Fast answer", rights[1]),
        ("Free copy", rights[2]),
    ]


def review_parts(request_id: str, parts: Parts) -> list[tuple[str, str]]:
    """(part, what to mend) for everything that is missing or does not fit; an empty list means that it can go out."""
    right = first_review.first_level(request_id)
    fault = fault_of(request_id)
    found = [(name, "It is missing.") for name, sentence in build(request_id, parts) if not sentence]
    missing = {name for name, _ in found}
    if "Criterion" not in missing and parts.criterion != right.criterion:
        found.append(("Criterion", "Another criterion keeps this request from being met."))
    if "What we saw" not in missing:
        if parts.fault != fault:
            found.append(("What we saw", "That is not what is wrong. Compare age, signature, length and value."))
        elif parts.row != right.row and fault != "nothing":
            found.append(("What we saw", "Another row speaks to this criterion."))
    if "What would change it" not in missing and parts.step != fault:
        found.append(("What would change it", "This step does not mend what is wrong."))
    return found


def is_vague(reason: str) -> bool:
    """Whether a reason is one of the sentences that fit every denial and help with none."""
    return reason.lower().strip(" .") in VAGUE
