"""Module 10, reviews: what the packets of the world's judged requests come to, and the log behind a denial.

Judged with the learner's own functions; a request is used only where the world's truth agrees, and where nothing hangs on
a reading that real plans handle differently (supply in hand, uses outside the label).
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from coursekit.casework import once
from coursekit.casework.module_10_intake import PAYER, Tables, by
from priorauth import casefile, criteria, first_review, policies
from priorauth.criteria import MET

#: Rows on a desk that a reader can take in.
LONGEST_DESK = 9
MAY_DENY = ("plan physician reviewer", "PBM physician reviewer", "vendor physician reviewer")
VAGUE = ("Criteria not met.", "Does not meet guidelines.", "Not medically necessary.", "Insufficient information.")


def _one(row: Any, tables: Tables) -> dict[str, Any] | None:
    """The review of one request as a flat row; None where it cannot be used."""
    asks = casefile.request(row.request_id, tables)
    try:
        _, tree = casefile.tree_of(asks, tables=tables)
    except policies.NoPolicy:
        return None
    chart, ask = first_review.packet_chart(asks, tables), casefile.asked(asks, tables)
    found = criteria.review(tree, chart, ask)
    leaves = {leaf["id"]: leaf for leaf in policies.leaves(tree)}
    kinds = {name: leaf["kind"] for name, leaf in leaves.items()}
    if any(kinds[f.criterion] == "compendium" and f.verdict != MET for f in found.findings):
        return None
    if (found.verdict == MET) != (str(row.packet_met) == "True"):
        return None
    if "drug_trial" in kinds.values():  # some plans also count the supply in hand; it must change nothing
        ahead = criteria.review(tree, chart, criteria.Asked(**{**vars(ask), "supply_in_hand": True}))
        if [f.verdict for f in ahead.findings] != [f.verdict for f in found.findings]:
            return None
    desk = casefile.lines(chart, casefile.day_of(asks))
    if len(desk) > LONGEST_DESK:
        return None
    deciding = first_review.deciding(found, tree)
    reviewed = first_review.reviewed(found, tree)
    return {
        "request_id": row.request_id,
        "verdict": reviewed.decision,
        "criterion": reviewed.criterion,
        "row": reviewed.row,
        "why": reviewed.why,
        "clear": not _tied(found, kinds) if found.verdict == MET else len(deciding) == 1,
        "kind": kinds.get(reviewed.criterion, ""),
        "one_way": any("any" in branch for branch in policies.branches(tree)),
        "desk": len(desk),
        "kinds_on_desk": len({line[1] for line in desk}),
        "root_cause": row.root_cause,
        "met": {
            f.criterion: first_review.stands_for(leaves[f.criterion], f) for f in found.findings if f.verdict == MET
        },
        "verdicts": {f.criterion: (f.verdict, first_review.stands_for(leaves[f.criterion], f)) for f in found.findings},
    }


def _tied(found: criteria.Review, kinds: dict[str, str]) -> bool:
    """Whether two rows are the newest that an approval rests on, or there is none."""
    shown = [f for f in found.findings if f.verdict == MET and f.evidence]
    days = [f.dated for f in shown if f.dated and kinds[f.criterion] not in first_review.ON_FORM]
    return not days or days.count(max(days)) > 1


@once
def reviews(world: Any) -> pd.DataFrame:
    """One row for each judged request whose packet can be reviewed: the reference review, its plan and its notice.

    Bluestem's own plans, and every request that the truth calls a reviewer's mistake.
    """
    tables = world.tables
    requests = tables["requests"][["request_id", "plan_id", "category", "decision", "request_type", "submitted_at"]]
    requests = requests.merge(tables["plans"][["plan_id", "payer_id"]], on="plan_id")
    judged = world.truth["requests"][["request_id", "root_cause", "packet_met"]].merge(requests, on="request_id")
    judged = judged[judged["packet_met"].astype(str).isin(("True", "False")) & judged["submitted_at"].notna()]
    judged = judged[(judged["payer_id"] == PAYER) | (judged["root_cause"] == "E32")]
    judged = judged[(judged["root_cause"] != "E29") & (judged["request_type"] == "initial")]
    rows = pd.DataFrame([r for r in (_one(x, tables) for x in judged.itertuples()) if r])
    notices = tables["notices"][tables["notices"]["kind"] == "denial"].drop_duplicates("request_id")
    notices = notices.rename(columns={"criterion": "named"})
    return rows.merge(requests.drop(columns=["request_type", "submitted_at"]), on="request_id").merge(
        notices[["request_id", "notice_id", "reason_text", "named", "decided_by_role"]], how="left"
    )


CAUSES = ("not_opened", "filed_late", "answered_late", "read")


@once
def causes(tables: Tables) -> pd.DataFrame:
    """One row for each denial whose log tells how the pages were handled: cause and the event that proves it.

    not_opened: the first review opened nothing. filed_late: the clinic's answer came in time, and was filed with the case
    after the decision. answered_late: the answer came after the day that the payer had set. read: opened, in time.
    """
    requests = tables["requests"].set_index("request_id")
    notices = tables["notices"][tables["notices"]["kind"] == "denial"].set_index("request_id")
    made = []
    for request_id, log in by(tables["events"], "request_id").items():
        row = requests.loc[request_id]
        if row["decision"] != "denied" or request_id not in notices.index:
            continue
        named = {}
        for event in log:
            named.setdefault(event["event"], event)
        review, answer = named.get("first_level_review"), named.get("info_sent")
        if review is None or "second_level_review" not in named:
            continue
        if "0 attachments" in review["detail"]:
            cause, proof = "not_opened", review
        elif "record_filed" in named and answer is not None and named["record_filed"]["at"] > named["denied"]["at"]:
            late = answer["at"] > row["info_due_at"]
            cause, proof = ("answered_late", answer) if late else ("filed_late", named["record_filed"])
        elif answer is not None and pd.notna(row["info_due_at"]) and answer["at"] > row["info_due_at"]:
            cause, proof = "answered_late", answer
        elif (answer is None) == ("info_asked" not in named) and (answer is None or "info_received" in named):
            cause, proof = "read", review
        else:
            continue
        made.append((request_id, cause, proof["event_id"], row["reason_code"], len(log), answer is not None))
    return pd.DataFrame(made, columns=["request_id", "cause", "event_id", "reason_code", "events", "answered"])
