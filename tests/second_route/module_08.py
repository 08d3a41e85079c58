"""Module 8 by the second route: each key again, in plain Python, from the public CSV rows and message files only.

`tables` maps a table name to its rows as `csv.DictReader` gives them (all text, empty cells are ""); `records` are the
ids that learners see. Nothing here knows the world's truth, the code that made the keys, or the course's clocks.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from world_route import leaf_status, policies

Tables = dict[str, list[dict[str, str]]]
MESSAGES = Path(__file__).resolve().parents[2] / "datasets" / "messages"
NOW = datetime(2026, 9, 30, 8, 0)


def _one(rows: list[dict[str, str]], **wanted: str) -> dict[str, str]:
    (found,) = (r for r in rows if all(r[k] == v for k, v in wanted.items()))
    return found


# --- c1 -----------------------------------------------------------------------------------------------------------------


def m08_c1(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """Form, call-back number, readable pages, one case number, and the row that shows each criterion, in this order."""
    answer = {}
    for key in records:
        request = _one(tables["requests"], request_id=key)
        packet = [d for d in tables["attachments"] if d["request_id"] == key]
        paper_form = "drug_form" if request["category"] == "pharmacy_drug" else "service_form"
        unreadable = [d["doc_id"] for d in packet if d["quality"] != "readable"]
        elsewhere = [d["doc_id"] for d in packet if d["case_ref"] != request["case_ref"]]
        if request["channel"] in ("fax", "mail_or_email", "web_form") and request["form"] != paper_form:
            answer[key] = ["wrong_form", key]
        elif not request["contact_phone"]:
            answer[key] = ["no_call_back", key]
        elif unreadable:
            answer[key] = ["unreadable", *unreadable]
        elif elsewhere:
            answer[key] = ["split", *elsewhere]
        else:
            left_out = _left_out(tables, request, {d["source_id"] for d in packet})
            answer[key] = ["left_out", left_out] if left_out else ["clean", key]
    return answer


def _left_out(tables: Tables, request: dict[str, str], sent: set[str]) -> str:
    """The chart row that would meet a criterion of the policy that the packet does not meet; empty if there is none."""
    policy = next(p for p in policies() if (p["policy_id"], str(p["version"])) == (request["policy_id"], request["policy_version"]))  # fmt: skip
    ids = {"notes": "note_id", "labs": "lab_id", "imaging": "study_id", "therapy": "therapy_id"}
    chart = [r[i] for t, i in ids.items() for r in tables[t] if r["member_id"] == request["member_id"]]
    for leaf in policy["criteria"]["all"]:
        if leaf["kind"] in ("note", "lab", "study", "therapy") and not leaf_status(leaf, request, sent):
            (proof,) = (row for row in chart if leaf_status(leaf, request, {row}))
            return proof
    return ""


# --- c2 -----------------------------------------------------------------------------------------------------------------


def m08_c2(tables: Tables, records: list[str]) -> dict[str, object]:
    """From the order in the task: omalizumab 375 mg, 6 visits, Harbor Advantage HMO, in the office from October 12."""
    plan = _one(tables["plans"], name="Harbor Advantage HMO")
    rule = _one(tables["pa_list"], plan_id=plan["plan_id"], code="J2357", effective_to="")
    payer = _one(tables["payers"], payer_id=rule["destination_id"])
    unit = float(_one(tables["hcpcs"], code="J2357")["unit_quantity"])
    takes = payer["channels"].split(";")
    return {
        "destination_id": payer["payer_id"],
        "channel": "x12_278" if "x12_278" in takes else "payer_portal" if "payer_portal" in takes else "fax",
        "request_type": "renewal",
        "urgency": "standard",
        "code": "J2357",
        "units": 375 / unit * 6,
        "icd10": "J45.50",
        "place": "11",
        "first_day": "2026-10-12",
        "response_note": "N3",
        "order": "O2",
        "call_back": "555-0161",
    }


# --- c3 -----------------------------------------------------------------------------------------------------------------


def m08_c3(tables: Tables, records: list[str]) -> dict[str, list[object]]:
    """Cut the raw message at its own separators; HCR, REF*NT and the first SV1 say it all."""
    words = {"A1": "approved_in_full", "A2": "approved_in_part", "A6": "modified", "A4": "pended", "A3": "not_approved", "CT": "call_payer"}  # fmt: skip
    answer = {}
    for key in records:
        text = (MESSAGES / f"{key}_278_response.x12").read_text(encoding="utf-8")
        segments = [s.strip().split(text[3]) for s in text.split(text[105])]
        hcr = next(s for s in segments if s[0] == "HCR")
        case = next(s[2] for s in segments if s[:2] == ["REF", "NT"])
        sv1 = next(s for s in segments if s[0] == "SV1")
        yes = hcr[1] in ("A1", "A2", "A6")
        answer[key] = [words[hcr[1]], int(sv1[4]) if yes else 0, hcr[2] if yes else case]
        row = _one(tables["requests"], request_id=key)
        assert (row["decision_code"], row["case_ref"]) == (hcr[1], case), key
    return answer


# --- c6 and c8 ------------------------------------------------------------------------------------------------------------


def _at(cell: str) -> datetime | None:
    return datetime.strptime(cell, "%Y-%m-%d %H:%M") if cell else None


def _due(request: dict[str, str], plan: dict[str, str]) -> datetime | None:
    """The payer's last moment, by the rules of section 8.5, written out again."""
    received, fast = _at(request["received_at"]), request["urgency"] == "expedited"
    line = plan["line_of_business"]
    if request["category"] == "pharmacy_drug":
        rules = plan["drug_rules"]
        if line == "other":
            return None if rules != "employer" else _employer(request, received, fast)
        if rules == "part_d":
            hours = 24 if fast else 72
            if request["request_type"].endswith("_exception"):
                backstop = received + timedelta(days=14, hours=hours)
                statement = _at(request["statement_at"])
                return min(max(statement, received) + timedelta(hours=hours), backstop) if statement else backstop
            return received + timedelta(hours=hours)
        if rules == "medicaid":
            return received + timedelta(hours=24)
        return _employer(request, received, fast)
    if line in ("commercial", "marketplace_qhp"):
        return _employer(request, received, fast)
    if line == "medicare_advantage" and request["category"] == "medical_benefit_drug":
        return received + timedelta(hours=24 if fast else 72)
    if line in ("medicare_advantage", "medicaid_managed"):
        return received + (timedelta(hours=72) if fast else timedelta(days=7))
    if line == "traditional_medicare":  # received on business days of September: five of them never pass seven days
        assert not fast and received.weekday() < 5
        return received + timedelta(days=7)
    return None


def _employer(request: dict[str, str], received: datetime, fast: bool) -> datetime:
    """72 hours; or 15 days, and after a question 15 more and the time of waiting, at most 45 days."""
    asked, sent = _at(request["info_asked_at"]), _at(request["info_sent_at"])
    if fast:
        assert asked is None
        return received + timedelta(hours=72)
    if asked is None:
        return received + timedelta(days=15)
    limit = asked + timedelta(days=45)
    return received + timedelta(days=30) + (min(sent or limit, limit) - asked)


def _open(tables: Tables) -> list[tuple[dict[str, str], str, datetime | None, datetime | None]]:
    """(request, line of the clock, due, answer by) of every request that the payer has and has not decided."""
    plans = {p["plan_id"]: p for p in tables["plans"]}
    found = []
    for r in tables["requests"]:
        if r["state"] in ("received", "in_review", "pended") and not r["decided_at"] and r["received_at"]:
            plan = plans[r["plan_id"]]
            line = plan["line_of_business"]
            if r["category"] == "pharmacy_drug":
                rules = {"employer": "commercial", "medicaid": "medicaid_managed", "qhp": "marketplace_qhp"}
                line = rules.get(plan["drug_rules"], plan["drug_rules"])
            waits = r["state"] == "pended" and not r["info_sent_at"]
            found.append((r, line, _due(r, plan), _at(r["info_due_at"]) if waits else None))
    return found


def m08_c6(tables: Tables, records: list[str]) -> list[str]:
    """The earlier of the two moments decides."""
    act_by = {r["request_id"]: min(m for m in (due, by) if m) for r, _, due, by in _open(tables) if r["request_id"] in records}  # fmt: skip
    assert len(act_by) == len(set(act_by.values())) == 15
    return sorted(records, key=act_by.__getitem__)


def m08_c8(tables: Tables, records: list[str]) -> dict[str, object]:
    """Counts by line: open, due before now, due from now until Friday noon, question not answered."""
    table: dict[str, list[int]] = {}
    for _, line, due, by in _open(tables):
        row = table.setdefault(line, [0, 0, 0, 0])
        row[0] += 1
        row[1] += due is not None and due < NOW
        row[2] += due is not None and NOW <= due <= NOW + timedelta(hours=52)
        row[3] += by is not None
    return {"columns": ["line", "open", "overdue", "due_friday", "waiting_for_us"], "rows": [[k, *v] for k, v in sorted(table.items())]}  # fmt: skip
