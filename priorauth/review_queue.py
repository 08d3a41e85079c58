"""The practice queue of the review bench: six requests with their clock, and how a review compares with the reference."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from priorauth import casefile, data, first_review, metrics, policies
from priorauth.first_review import APPROVE, PEND, REFER, Reviewed
from priorauth.worklist import due_of

#: Real requests of Bluestem's plans, none of them in a graded item: two of each verdict.
PRACTICE = ("REQ-001084", "REQ-001849", "REQ-000245", "REQ-001782", "REQ-003187", "REQ-002781")
#: Worked example of the lesson: one of two ways says no, and the other one is open.
EXAMPLE = "REQ-000706"
VERDICTS = {
    APPROVE: "approve: every criterion is met",
    REFER: "refer: a usable row says no, so a physician decides",
    PEND: "pend: something is not shown, so ask",
}


@dataclass(frozen=True)
class Waiting:
    """One request of the queue: what is asked, its clock, and what may be chosen for it."""

    request_id: str
    plan: str
    asks: str
    received: str
    due: str
    rule: str
    criteria: tuple[tuple[str, str], ...]  # id, words
    rows: tuple[tuple[str, str], ...]  # id, words
    sheet: str


@cache
def waiting(request_id: str) -> Waiting:
    """A request as it stood in the queue on the day on which it came."""
    every = metrics.with_plans().merge(data.load("plans")[["plan_id", "drug_rules"]], on="plan_id")
    row = every[every["request_id"] == request_id].to_dict("records")[0]
    asked = casefile.request(request_id)
    _, tree = casefile.tree_of(asked)
    due = due_of({**row, "info_asked_at": None, "info_sent_at": None})
    return Waiting(
        request_id,
        row["plan"],
        f"{asked['code']}, {first_review.service_name(asked['code'])}",
        f"{row['received_at']:%Y-%m-%d %H:%M}",
        "no known clock" if due is None else f"{due.at:%Y-%m-%d %H:%M}",
        "" if due is None else f"{due.rule_words} {due.citation}",
        tuple((leaf["id"], policies.sentence(leaf)) for leaf in policies.leaves(tree)),
        tuple((r[0], f"{r[2]}, {r[4]}") for r in first_review.desk_rows(request_id)),
        first_review.sheet(request_id),
    )


@cache
def reference(request_id: str) -> Reviewed:
    """The reference review, from the packet as it was sent."""
    return first_review.first_level(request_id)


def compare(request_id: str, decision: str, criterion: str, row: str) -> tuple[bool, str]:
    """Whether a review agrees with the reference in all three, and a sentence that helps where it does not."""
    right = reference(request_id)
    if decision != right.decision:
        return False, MISREAD[decision, right.decision]
    if criterion != right.criterion:
        return False, {
            APPROVE: "The verdict is right. An approval rests on all criteria together, so write all.",
            REFER: "The verdict is right, but another criterion says no.",
            PEND: "The verdict is right, but another criterion is open.",
        }[decision]
    if row != right.row:
        what = "the newest row that the approval rests on" if decision == APPROVE else "the row that speaks to it"
        return False, f"Verdict and criterion are right. Name {what}, or none if nothing does."
    return True, f"This agrees with the reference review. {right.why}"


MISREAD = {
    (APPROVE, PEND): "Not yet. Look at age and signature of the rows, and at whether they are there at all.",
    (APPROVE, REFER): "Not yet. A usable row misses what the policy asks for. Compare the numbers.",
    (PEND, APPROVE): "Nothing that is needed is open. Where the policy says any one of these, one way is enough.",
    (PEND, REFER): "Asking again brings nothing. A usable row is on the desk, and it says no.",
    (
        REFER,
        APPROVE,
    ): "The criteria are met, and you may approve. Where the policy says any one of these, one way is enough.",
    (REFER, PEND): "No usable row says no. Something is missing, too old or not signed, so ask for it first.",
}
