"""Truth that needs the whole chart: every criterion of every decided request judged, as the chart stands and as the packet shows it."""

from __future__ import annotations

from typing import Any

from . import payers as P
from .catalog import Catalog
from .clock import DAY, NOW, day_text, minute_text
from .criteria import Chart, judge, supported
from .drugs import DRUGS
from .items import BY_CODE, policy_on
from .store import Store

KINDS = ("notes", "fills", "labs", "imaging", "therapy")
KEY = {"notes": "note_id", "fills": "fill_id", "labs": "lab_id", "imaging": "study_id", "therapy": "therapy_id"}


def charts(store: Store) -> dict[str, Chart]:
    """Member id -> chart."""
    out = {m["member_id"]: Chart(m["birth_date"]) for m in store.tables["members"]}
    for kind in KINDS:
        for row in store.tables[kind]:
            getattr(out[row["member_id"]], kind).append(row)
    return out


def packet_of(chart: Chart, sources: set[str]) -> Chart:
    """Only what was sent. Fills stay: the payer has its own claims."""
    part = Chart(chart.birth_day, fills=chart.fills)
    for kind in ("notes", "labs", "imaging", "therapy"):
        setattr(part, kind, [r for r in getattr(chart, kind) if r[KEY[kind]] in sources])
    return part


def question(row: dict[str, Any], line: dict[str, Any], cat: Catalog) -> dict[str, Any]:
    """What `judge` needs to know of a request."""
    drug = line["code"]
    day = (row["submitted_at"] or NOW) // DAY
    ask = {
        "day": day,
        "icd10": line["icd10"],
        "specialty": cat.specialty.get(row["requesting_npi"], ""),
        "drug": drug,
        "listing": False,
    }
    if drug in DRUGS:
        d = DRUGS[drug]
        rules = P.PLANS[row["plan_id"]][5]
        ask["listing"] = supported(
            drug, line["icd10"], cat.tables["compendium"], d[12], rules in ("part_d", "medicaid"), d[10]
        )[0]
    return ask


def due_text(row: dict[str, Any]) -> tuple[str, bool]:
    """When the answer is due by the course's own clock (priorauth.clocks), as text, and whether all its facts may be graded; ("", False) where it has no clock."""
    from priorauth.clocks import ClockError, clock_key, due_at

    plan = P.PLANS[row["plan_id"]]
    if row["received_at"] is None or row["request_type"] in ("notification", "referral"):
        return "", False
    events = {
        k: minute_text(row[c])
        for k, c in (
            ("statement_at", "statement_at"),
            ("info_asked_at", "info_asked_at"),
            ("info_received_at", "info_sent_at"),
        )
        if row.get(c) is not None
    }
    try:
        line, kind = clock_key(plan[2], row["category"], row["request_type"], plan[5])
        due = due_at(line, kind, row["urgency"], minute_text(row["received_at"]), events)
    except ClockError:
        return "", False
    return due.at.strftime("%Y-%m-%d %H:%M"), due.gradable


def finish_truth(store: Store, cat: Catalog) -> None:
    """Fill truth["criteria"] (one row per criterion) and the columns `criteria_met`, `packet_met` of truth["requests"]."""
    chart_of = charts(store)
    lines = {r["request_id"]: r for r in store.tables["request_lines"] if r["line_no"] == 1}
    sent: dict[str, set[str]] = {}
    for d in store.tables["attachments"]:
        if d["source_id"] and d["quality"] == "readable":
            sent.setdefault(d["request_id"], set()).add(d["source_id"])
    rows = {r["request_id"]: r for r in store.tables["requests"]}
    for t in store.truth["requests"]:
        t["criteria_met"] = t["packet_met"] = None
        row, line = rows[t["request_id"]], lines.get(t["request_id"])
        t["due_at"], t["due_gradable"] = due_text(row)
        decided = minute_text(row["decided_at"]) if row["decided_at"] is not None else ""
        t["late"] = bool(t["due_at"] and decided > t["due_at"])
        item = BY_CODE.get(t["right_code"])
        if (
            line is None
            or item is None
            or t["root_cause"] in ("E28", "E16")
            or row["request_type"]
            in (
                "notification",
                "referral",
                "quantity_exception",
                "tiering_exception",
                "formulary_exception",
                "step_exception",
            )
        ):
            continue
        policy = policy_on(item.policy_id, day_text((row["submitted_at"] or NOW) // DAY))
        renewal = row["request_type"] == "renewal"
        tree = policy["renewal_criteria"] if renewal else policy["criteria"]
        ask = question(row, line, cat)
        chart = chart_of[row["member_id"]]
        met, parts = judge(tree, chart, ask)
        t["criteria_met"] = met
        if row["decision"] in ("denied", "partly_approved") or row["decision"] is None:
            t["packet_met"] = judge(tree, packet_of(chart, sent.get(t["request_id"], set())), ask)[0]
        for leaf, status, ids in parts:
            store.truth["criteria"].append(
                {
                    "request_id": t["request_id"],
                    "policy_id": policy["policy_id"],
                    "version": policy["version"],
                    "criterion": leaf,
                    "status": status,
                    "evidence": ";".join(ids[:4]),
                }
            )


__all__ = ["charts", "finish_truth", "judge", "packet_of", "question"]
