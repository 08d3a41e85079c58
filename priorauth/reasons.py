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

#: What is wrong with the row that stands for a criterion, or that there is none. The words of section 10.4.
FAULTS = {
    "too_old": "is older than the policy allows",
    "not_signed": "is not signed",
    "too_short": "lasted a shorter time than the policy asks for",
    "value": "has a result that the policy does not accept",
    "nothing": "nothing that we received speaks to it",
}
#: Fault -> what would change the answer.
STEPS = {
    "too_old": "Your clinic can send a newer one.",
    "not_signed": "The clinician can sign it and send it again.",
    "too_short": "You can ask again when the time is complete, or your clinic can show another way that the policy allows.",
    "value": "Your clinic can tell our doctor why this care is right for you all the same.",
    "nothing": "Your clinic can send the page that shows it.",
}
#: Line -> (level of the first appeal, how the notice names it).
FIRST_APPEAL = {
    "medicare_advantage": ("reconsideration", "a reconsideration"),
    "medicaid_managed": ("plan_appeal", "a plan appeal"),
    "commercial": ("internal_appeal", "an internal appeal"),
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
    return Denied(
        request_id,
        str(plan["name"]),
        str(plan["line_of_business"]),
        first_review.service_name(row["code"]),
        tuple((leaf["id"], policies.sentence(leaf)) for leaf in policies.leaves(tree)),
        tuple((r[0], r[2], r[1], r[4]) for r in first_review.desk_rows(request_id)),
        as_day(notice(request_id)["sent"]),
        first_review.sheet(request_id),
    )


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
    """The last day to ask for the first appeal, in words; receipt of the notice is taken to be its own day where the
    rule counts from the real receipt."""
    level, name = FIRST_APPEAL[line]
    due = appeal_window(line, level, notice_date=notice_day, received_on=None if line != "commercial" else notice_day)
    at = due.last_day
    return f"You can ask for {name} until {at:%B} {at.day}, {at.year}."


def build(request_id: str, parts: Parts) -> list[tuple[str, str]]:
    """(part, sentence) of the notice in order; a part that was not chosen has an empty sentence."""
    case = denied(request_id)
    rows = {key: (day, kind, words) for key, day, kind, words in case.rows}
    asked = dict(case.criteria)
    if parts.fault == "nothing":
        shown = "We looked at every page that came, and nothing that we received speaks to it."
    elif parts.row in rows and parts.fault:
        day, kind, words = rows[parts.row]
        what = f"the note of {day}" if kind == "note" else f"this {kind} of {day}: {words}"
        shown = f"We looked at {what}. It {FAULTS[parts.fault]}."
    else:
        shown = ""
    rights = [
        last_day(case.line, case.notice_day) if parts.appeal else "",
        "If waiting could harm you, you or your clinician can ask for a fast answer." if parts.fast else "",
        "You can have a free copy of the policy and of our papers." if parts.copy else "",
    ]
    return [
        ("Decision", f"We cannot approve this yet: {case.service}."),
        ("Criterion", f"Our policy asks for this: {asked[parts.criterion]}" if parts.criterion in asked else ""),
        ("What we saw", shown),
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
