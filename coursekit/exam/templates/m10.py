"""Module 10: the payer's desk: timeliness, metrics, and where a first reviewer has to stop."""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterator

from coursekit.exam.records import Records, Row, hours, iso, stamp, table
from coursekit.exam.templates import Draft, template
from coursekit.exam.templates.m07 import _judged_requests
from coursekit.exam.templates.m08 import KINDS, LINES, due_of
from priorauth import casefile, policies
from priorauth.criteria import MET, NOT_MET, NOT_SHOWN


def _numbers(w: Records) -> Iterator[str]:
    yield from (str(n) for n in range(60))


def _sample(w: Records, record: str, wanted: int, odd: bool) -> list[tuple[Row, str, str, str]]:
    """Decided requests with line, kind and due moment; among them some late ones."""
    dice = random.Random(f"decided {record}")
    rows = [r for r in w.rows("requests") if r["decided_at"] and r["received_at"] and not r["info_asked_at"] and not r["statement_at"] and not r["request_type"].endswith("_exception")]  # fmt: skip
    found: list[tuple[Row, str, str, str]] = []
    for r in dice.sample(rows, 500):
        full = w.request(r["request_id"])
        known = due_of(full)
        if known and known[0] in LINES and known[1] in KINDS:
            late = r["decided_at"] > iso(known[2].at)
            if late == (odd and len(found) < 2) or (not odd and not late):
                found.append((full, known[0], known[1], iso(known[2].at)))
        if len(found) == wanted:
            break
    return sorted(found, key=lambda f: f[0]["request_id"])


@template(
    "t10a", "How many were late?", "10.6", "M10.5", "numeric", _numbers, tasks=(14, 27), errors=("E20",), minutes=4
)
def late(w: Records, record: str) -> Draft | None:
    rows = _sample(w, record, 6, odd=int(record) % 3 != 0)
    if len(rows) < 6:
        return None
    right = sum(r["decided_at"] > due for r, _, _, due in rows)
    took = [hours(r["received_at"], r["decided_at"]) for r, *_ in rows]
    wrong = [
        (sum(t > 72 for t in took), "You took 72 hours for all. Line, kind and urgency have clocks of their own."),
        (sum(t > 168 for t in took), "You took 7 days for all. Line, kind and urgency have clocks of their own."),
        (sum(t > 24 for t in took), "You took 24 hours for all."),
        (sum(hours(r["submitted_at"], r["decided_at"]) > 72 for r, *_ in rows), "You counted from sending."),
        (6 - right, "Those are the answers in time."),
        (right + 1, "One answer lies close to its limit and still in time."),
    ]  # fmt: skip
    shown = [
        (LINES[line], KINDS[kind], r["urgency"], stamp(r["received_at"]), stamp(r["decided_at"]))
        for r, line, kind, _ in rows
    ]
    return Draft(
        f"Six decisions. Nothing was missing, and no time was extended.\n\n{table(shown, 'Line', 'What', 'Urgency', 'Received', 'Decided')}\n\nHow many of them were late?",
        right, wrong, explain="Late: " + ("; ".join(f"due {stamp(due)}" for r, _, _, due in rows if r["decided_at"] > due) or "none of them") + ".",
    )  # fmt: skip


def _group(w: Records, plan: str, urgency: str) -> dict[str, int]:
    count: dict[str, int] = {}
    for row in w.where("requests", "plan_id", plan):
        if (
            row["urgency"] == urgency
            and row["category"] != "pharmacy_drug"
            and row["decision"] in ("approved", "partly_approved", "denied")
        ):
            count[row["decision"]] = count.get(row["decision"], 0) + 1
    return count


@template(
    "t10b",
    "One metric, two definitions",
    "10.7",
    "M10.6",
    "numeric",
    lambda w: [
        f"{p['plan_id']} {u} {d}" for p in w.rows("plans") for u in ("standard", "expedited") for d in ("yes", "no")
    ],
    tasks=(28,),
)
def metric(w: Records, record: str) -> Draft | None:  # fmt: skip
    plan, urgency, counted = record.split()
    n = _group(w, plan, urgency)
    full, part, no = (n.get(k, 0) for k in ("approved", "partly_approved", "denied"))
    if min(full, part, no) < 1 or full + part + no < 20:
        return None
    total = full + part + no

    def percent(top: int, base: int) -> float:
        return round(100 * top / base, 1)

    right = percent(full + (part if counted == "yes" else 0), total)
    wrong = [
        (
            percent(full + (0 if counted == "yes" else part), total),
            "You used the other definition of an approval in part.",
        ),
        (percent(full, full + no), "You dropped the approvals in part from the base."),
        (percent(no, total), "That is the share of denials."),
        (percent(part + no, total), "That is the share that was cut or denied."),
        (percent(full + part, full + part + no + part), "You counted some requests twice."),
    ]
    words_ = "counts as approved" if counted == "yes" else "does not count as approved"
    return Draft(
        f"{w.one('plans', 'plan_id', plan)['name']}, {urgency} requests for items and services, drugs left out:\n\n"
        f"{table([('approved', full), ('partly approved', part), ('denied', no)], 'Decision', 'Requests')}\n\n"
        f"In this report an approval in part {words_}. What share was approved? Give percent with one decimal.",
        right, wrong, explain=f"{full + (part if counted == 'yes' else 0)} of {total}.", compare={"tolerance": 0.1, "unit": "%"},
    )  # fmt: skip


def _times(w: Records, record: str, n: int) -> list[Row]:
    dice = random.Random(f"times {record} {n}")
    rows = [r for r in w.rows("requests") if r["decided_at"] and r["received_at"] and r["urgency"] == "standard" and r["category"] != "pharmacy_drug"]  # fmt: skip
    return sorted(dice.sample(rows, n), key=lambda r: r["request_id"])


def _shown(rows: list[Row]) -> str:
    return table([(r["request_id"], stamp(r["submitted_at"]), stamp(r["received_at"]), stamp(r["decided_at"])) for r in rows], "Request", "Sent", "Received", "Decided")  # fmt: skip


@template("t10c", "The average time", "10.7", "M10.6", "numeric", _numbers, tasks=(28,), minutes=3)
def average(w: Records, record: str) -> Draft | None:
    rows = _times(w, record, 4)
    took = [hours(r["received_at"], r["decided_at"]) / 24 for r in rows]
    right = round(statistics.mean(took), 1)
    wrong = [
        (round(statistics.median(took), 1), "That is the median."),
        (
            round(statistics.mean(hours(r["submitted_at"], r["decided_at"]) / 24 for r in rows) + 0.0, 1),
            "You counted from sending.",
        ),
        (round(right * 24, 1), "That is the average in hours."),
        (round(sum(took), 1), "That is the sum."),
        (round((max(took) + min(took)) / 2, 1), "That is the middle between the longest and the shortest."),
        (round(right * 3, 1), "You took working hours for days."),
    ]
    return Draft(
        f"Four standard requests:\n\n{_shown(rows)}\n\nA public report wants the average time from receipt to decision. How many days is it (24 hours are a day)? Give one decimal.",
        right, wrong, explain="Add the four times from receipt to decision and divide by four.", compare={"tolerance": 0.1, "unit": "days"},
    )  # fmt: skip


@template("t10d", "The median time", "10.7", "M10.6", "numeric", _numbers, tasks=(28,), minutes=3)
def median(w: Records, record: str) -> Draft | None:
    rows = _times(w, record, 5)
    took = [hours(r["received_at"], r["decided_at"]) for r in rows]
    right = round(statistics.median(took), 1)
    wrong = [
        (round(statistics.mean(took), 1), "That is the average."),
        (round(took[2], 1), "You took the third row as it stands. Sort by the time first."),
        (round((max(took) + min(took)) / 2, 1), "That is the middle between the longest and the shortest."),
        (round(right / 24, 1), "That is the median in days."),
        (sorted(took)[1], "You took the second of the sorted times."),
        (sorted(took)[3], "You took the fourth of the sorted times."),
    ]
    return Draft(
        f"Five standard requests:\n\n{_shown(rows)}\n\nHow many hours is the median time from receipt to decision? Give one decimal.",
        right, wrong, explain="Sort the five times; the third one is the median.", compare={"tolerance": 0.1, "unit": "hours"},
    )  # fmt: skip


_STEPS = {
    MET: ("Approve: the policy is met", "Something that the policy needs is not met or not shown."),
    NOT_SHOWN: ("Pend and ask for what is not shown", "What is needed is shown, or a page would not help any more."),
    NOT_MET: ("Pass it on to a physician who may deny", "Nothing that is needed is shown to be missing for good."),
}  # fmt: skip


@template(
    "t10e",
    "What may the first reviewer do?",
    "10.2",
    "M10.2",
    "single",
    lambda w: list(_judged_requests()),
    tasks=(26,),
    errors=("E32",),
    minutes=2.5,
)
def may_do(w: Records, record: str) -> Draft | None:
    try:
        found, tree = casefile.judged(record)
    except policies.NoPolicy:
        return None
    lines = [(line.criterion, line.words) for line in policies.checklist(tree)]
    verdicts = {f.criterion: f.verdict for f in found.findings}
    if len(verdicts) < 3 or len(set(verdicts.values())) < 2:
        return None
    shown = [(c or "", text, verdicts.get(c or "", "")) for c, text in lines]
    wrong = [v for k, v in _STEPS.items() if k != found.verdict]
    wrong.append(
        (
            "Deny: not every line is met",
            "A first reviewer may not deny on the merits, and the logic of the policy counts, not the number of lines.",
        )
    )
    return Draft(
        f"First review. The policy, with a verdict on each criterion from the whole chart:\n\n{table(shown, 'Criterion', 'Text', 'Verdict')}\n\nWhat may the first reviewer, a nurse, do now?",
        _STEPS[found.verdict][0], wrong, f"Right. As a whole the policy comes out as {found.verdict}.",
    )  # fmt: skip
