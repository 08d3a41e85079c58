"""The clinic's own logs: eligibility checks, calls, questions to clinicians."""

from __future__ import annotations

from .case import Case
from .catalog import Catalog
from .clock import DAY, NOW, short_day
from .draws import Picker
from .hours import next_open, place
from .names import PAYER_PEOPLE
from .store import Store

QUESTIONS = (
    "When did treatment start and end, and who directed it?", "What was the result of the last test, and on which day?", "Which drugs were tried, for how long, and why were they stopped?", "Please sign the visit note.",
    "Which side is affected?",
)  # fmt: skip
LEADING = (
    "Please write that therapy failed so that it gets approved.",
    "Can you add that the pain is severe? The plan wants that.",
    "Please date the note last month.",
)


def write_desk(cases: list[Case], store: Store, draw: Picker, cat: Catalog) -> None:
    """Eligibility, calls, queries for a part of the requests."""
    del cat
    for c in cases:
        if c.outcome != "draft" and (c.fault in ("E7", "E8") or draw.chance(0.10)):
            _eligibility(c, store, draw)
        if c.outcome == "draft" or c.submitted > NOW:
            continue
        if (c.asked is not None and draw.chance(0.25)) or draw.chance(0.03):
            _call(c, store, draw)
        if c.fault in ("E2", "E25", "E3", "E9") and draw.chance(0.3) or draw.chance(0.012):
            asked = place(min(c.submitted + draw.between(60, 2 * DAY), NOW - 30), "clinic", c.submitted - DAY, NOW)
            lead = draw.chance(0.15)
            answered = asked + draw.between(60, 3 * DAY) if draw.chance(0.8) else None
            if answered:
                answered = next_open(answered, "clinic")
            if answered and answered > NOW:
                answered = None
            q = store.add("queries", "query_id", request_id=c.request_id, asked_at=asked, to_npi=c.requester, question=draw.one(LEADING if lead else QUESTIONS), answered_at=answered,
                          answer="Will add to the chart." if answered else None)  # fmt: skip
            if lead:
                store.truth.setdefault("leading_queries", []).append({"query_id": q})


def _eligibility(c: Case, store: Store, draw: Picker) -> None:
    asked = c.submitted - draw.between(30, 2 * DAY)
    asked = place(asked, "clinic", c.submitted - 4 * DAY, c.submitted)
    answered = asked + draw.below(3)
    if draw.chance(0.08):
        answered = c.submitted + draw.between(30, DAY)
    if answered > NOW:
        answered = asked + 1
    row = c.person["coverage"]
    start, end = row["start"], row["end"]
    active = c.service >= start and (end is None or c.service <= end)
    answer = (
        "active" if active else "active_other_plan" if str(c.person.get("e7", "")).startswith("moved") else "inactive"
    )
    if c.fault == "E8":
        answer = "not_found"
    found = answer != "not_found"
    store.add("eligibility", "check_id", request_id=c.request_id, member_id=c.member, plan_id=c.plan, service_date=c.service, asked_at=asked, answered_at=answered, answer=answer,
              cover_from=start if found else None, cover_to=end if found else None, auth_needed=c.fault != "E17" if answer == "active" else None)  # fmt: skip


DEFECTS = ("no_time", "no_staff", "no_reference", "no_name", "no_request", "vague")


def _call(c: Case, store: Store, draw: Picker) -> None:
    at = min((c.asked or c.received) + draw.between(30, 1200), NOW - 30)
    at = place(at, "clinic", c.received, NOW)
    words = draw.one((
        f"Status asked. In review, answer due {short_day((c.due or at) // DAY)}.", "Receipt confirmed, clinical review under way.", f"Plan wants records by {short_day((c.info_due or at) // DAY)}; told fax number.",
        "Asked for the missing item list; will send today.", "Left call-back number; nurse will call.",
    ))  # fmt: skip
    row = {
        "request_id": c.request_id,
        "at": at,
        "staff": c.log.staff,
        "payer_id": c.sent_to or c.destination,
        "spoke_with": draw.one(PAYER_PEOPLE[c.sent_to or c.destination][2]),
        "reference_number": f"R{c.n * 11 + 500:06d}",
        "summary": words,
    }
    defect = ""
    if draw.chance(0.16):
        defect = draw.one(DEFECTS)
        if defect == "vague":
            row["summary"] = draw.one(("Called.", "ok", "spoke w/ them, all good"))
        else:
            row[
                {
                    "no_time": "at",
                    "no_staff": "staff",
                    "no_reference": "reference_number",
                    "no_name": "spoke_with",
                    "no_request": "request_id",
                }[defect]
            ] = None
    made = store.add("call_log", "call_id", **row)
    if defect:
        store.truth.setdefault("log_defects", []).append({"call_id": made, "defect": defect})


__all__ = ["write_desk"]
