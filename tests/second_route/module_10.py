"""Module 10 by the second route: each key again, in plain Python, from the public files only.

`tables` maps a table name to its rows as `csv.DictReader` gives them; `records` are the ids that learners see. The single
criteria are judged by the second route of Module 7, which knows neither the world's truth nor the course's own functions.
"""

from __future__ import annotations

import statistics
from datetime import datetime

from second_route.module_07 import _judge, _leaves, _policy, _request

Tables = dict[str, list[dict[str, str]]]
Row = dict[str, str]
PHYSICIAN = "physician reviewer"
DECISIONS = ("approved", "partly_approved", "denied")
DRUGS = ("pharmacy_drug", "medical_benefit_drug")


def _by_id(rows: list[Row], column: str) -> dict[str, Row]:
    return {row[column]: row for row in rows}


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _hours(row: Row, start: str = "received_at") -> float:
    return (_at(row["decided_at"]) - _at(row[start])).total_seconds() / 3600


# --- c1 -------------------------------------------------------------------------------------------------------------------


def _first_line(tables: Tables, request_id: str) -> Row:
    return next(r for r in tables["request_lines"] if r["request_id"] == request_id and r["line_no"] == "1")


def m10_c1(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """The six checks of the desk, one after the other."""
    requests, people = _by_id(tables["requests"], "request_id"), _by_id(tables["members"], "member_id")
    return {key: _intake(tables, requests[key], people[requests[key]["member_id"]]) for key in records}


def _intake(tables: Tables, row: Row, person: Row) -> list[str]:
    line, visit = _first_line(tables, row["request_id"]), row["service_date"]
    (cover,) = (c for c in tables["coverage"] if c["member_id"] == row["member_id"] and c["plan_id"] == row["plan_id"])
    on_file = (f"{person['first_name']} {person['last_name']}", person["birth_date"], cover["card_id"])
    if (row["name_sent"], row["birth_date_sent"], row["card_id_sent"]) != on_file:
        return ["pend", cover["coverage_id"]]
    if not cover["start"] <= visit <= (cover["end"] or "9999"):
        return ["reject", cover["coverage_id"]]
    for other in tables["requests"]:
        if other["member_id"] != row["member_id"] or other["plan_id"] != row["plan_id"]:
            continue
        if not other["received_at"] or other["received_at"] >= row["received_at"]:
            continue
        known = bool(other["decided_at"]) and other["decided_at"] <= row["received_at"]
        asked = _first_line(tables, other["request_id"])
        overlap = asked["start_date"] <= line["end_date"] and line["start_date"] <= asked["end_date"]
        if asked["code"] == line["code"] and overlap and (not known or "approved" in other["decision"]):
            return ["duplicate", other["request_id"]]
    (rule,) = (
        r
        for r in tables["pa_list"]
        if r["plan_id"] == row["plan_id"]
        and r["code"] == line["code"]
        and r["effective_from"] <= visit <= (r["effective_to"] or "9999")
    )
    if rule["requirement"] == "none" or line["pos"] in rule["exempt_pos"].split(";"):
        return ["not_needed", rule["rule_id"]]
    if rule["destination_id"] != "PAY-01":
        return ["route", rule["rule_id"]]
    if row["form"] not in ("service_form", "x12_278", "fhir_pas", "portal_entry", "phone_script"):
        return ["pend", row["request_id"]]
    bad = [
        d["doc_id"]
        for d in tables["attachments"]
        if d["request_id"] == row["request_id"] and d["quality"] != "readable"
    ]
    return ["pend", bad[0]] if bad else ["accept", rule["rule_id"]]


# --- c2, c3, c5 -------------------------------------------------------------------------------------------------------------


def _desk(tables: Tables, request_id: str) -> tuple[Row, dict, set[str]]:
    row = _request(tables, request_id)
    sent = {
        d["source_id"]
        for d in tables["attachments"]
        if d["request_id"] == request_id and d["quality"] == "readable" and d["source_id"]
    }
    return row, _policy(tables, row)["criteria"], sent


def _verdicts(tables: Tables, request_id: str) -> tuple[dict, dict[str, tuple[str, str, str]]]:
    row, tree, sent = _desk(tables, request_id)
    specialty = _by_id(tables["providers"], "npi")[row["requesting_npi"]]["specialty"]
    found = {}
    for leaf in _leaves(tree):
        if leaf["kind"] == "diagnosis":
            good = row["icd10"].startswith(tuple(leaf["icd10"]))
            found[leaf["id"]] = ("met" if good else "not met", row["line_id"], "")
        elif leaf["kind"] == "prescriber":
            found[leaf["id"]] = ("met" if specialty in leaf["specialties"] else "not met", "", "")
        elif leaf["kind"] == "compendium":
            found[leaf["id"]] = ("met", "", "")  # the task says that the use is accepted
        else:
            found[leaf["id"]] = _judge(tables, row, leaf, sent)
    return tree, found


def _whole(tree: dict, found: dict[str, tuple[str, str, str]]) -> str:
    if "kind" in tree:
        return found[tree["id"]][0]
    parts = [_whole(branch, found) for branch in tree.get("all", tree.get("any"))]
    order = ["not met", "not shown", "met"] if "all" in tree else ["met", "not shown", "not met"]
    return min(parts, key=order.index)


def _needed(tree: dict, found: dict[str, tuple[str, str, str]]) -> list[dict]:
    """The leaves that keep a tree from being met."""
    if _whole(tree, found) == "met":
        return []
    if "kind" in tree:
        return [tree]
    return [leaf for branch in tree.get("all", tree.get("any")) for leaf in _needed(branch, found)]


def _days(tables: Tables) -> dict[str, str]:
    """Row of a chart -> the day that counts for its age."""
    columns = {
        "notes": ("note_id", "service_date"), "labs": ("lab_id", "collected_on"), "imaging": ("study_id", "done_on"),
        "fills": ("fill_id", "filled_on"), "therapy": ("therapy_id", "end"),
    }  # fmt: skip
    return {r[key]: r[day] or "9999" for table, (key, day) in columns.items() for r in tables[table]}


def m10_c2(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """Approve, refer or pend, with the criterion and the row."""
    days, answer = _days(tables), {}
    for key in records:
        tree, found = _verdicts(tables, key)
        whole = _whole(tree, found)
        if whole == "met":
            rows = [row for verdict, row, _ in found.values() if verdict == "met" and row in days]
            answer[key] = ["approve", "all", max(rows, key=days.__getitem__)]
            continue
        (leaf,) = (x for x in _needed(tree, found) if found[x["id"]][0] == whole)
        answer[key] = [{"not met": "refer", "not shown": "pend"}[whole], leaf["id"], found[leaf["id"]][1]]
    return answer


def m10_c3(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """Who denied, and whether the named criterion was met on the desk."""
    answer = {}
    for key in records:
        (notice,) = (n for n in tables["notices"] if n["request_id"] == key and n["kind"] == "denial")
        verdict, row, _ = _verdicts(tables, key)[1][notice["criterion"]]
        if not notice["decided_by_role"].endswith(PHYSICIAN):
            answer[key] = ["wrong_decider", notice["notice_id"]]
        else:
            answer[key] = ["overturn" if verdict == "met" else "stands", row]
    return answer


def m10_c5(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """What is wrong, the criterion, the row."""
    answer = {}
    for key in records:
        tree, found = _verdicts(tables, key)
        whole = _whole(tree, found)
        (leaf,) = (x for x in _needed(tree, found) if found[x["id"]][0] == whole)
        _, row, why = found[leaf["id"]]
        long = "too_short" if leaf["kind"] in ("therapy", "drug_trial") else "value"
        word = "nothing" if row == "none" else {"old": "too_old", "unsigned": "not_signed", "": long}[why]
        answer[key] = [word, leaf["id"], row]
    return answer


# --- c4, c6, c7 -------------------------------------------------------------------------------------------------------------


def m10_c4(tables: Tables, records: list[str]) -> dict[str, list]:
    """Decisions, late ones and the share on time, line by line."""
    lines = {p["plan_id"]: p["line_of_business"] for p in tables["plans"]}
    groups: dict[str, list[bool]] = {}
    for row in tables["requests"]:
        if row["request_id"] in set(records):
            line = lines[row["plan_id"]]
            limit = 72 if row["urgency"] == "expedited" else 360 if line == "commercial" else 168
            groups.setdefault(line, []).append(_hours(row) > limit)
    rows = [[g, len(x), sum(x), 100 - 100 * sum(x) / len(x)] for g, x in sorted(groups.items())]
    return {"columns": ["line_of_business", "decisions", "late", "on_time_pct"], "rows": rows}


def m10_c6(tables: Tables, records: list[str]) -> dict[str, list]:
    """Shares and times of Bluestem Medicare PPO, without drugs, notifications and referrals."""
    (plan,) = (p["plan_id"] for p in tables["plans"] if p["name"] == "Bluestem Medicare PPO")
    rows = []
    for urgency in ("expedited", "standard"):
        mine = [
            r
            for r in tables["requests"]
            if r["plan_id"] == plan and r["urgency"] == urgency and r["decision"] in DECISIONS
            and r["category"] not in DRUGS and r["request_type"] not in ("notification", "referral")
        ]  # fmt: skip
        hours = [_hours(r) for r in mine]
        no = sum(r["decision"] == "denied" for r in mine)
        less = sum(r["decision"] != "approved" for r in mine)
        n = len(mine)
        rows.append([urgency, n, 100 * less / n, 100 * no / n, statistics.mean(hours), statistics.median(hours)])
    columns = ["urgency", "requests", "denied_pct", "denied_pct_b", "average_hours", "median_hours"]
    return {"columns": columns, "rows": rows}


def m10_c7(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """The four causes from top to bottom."""
    requests, answer = _by_id(tables["requests"], "request_id"), {}
    for key in records:
        log = [e for e in tables["events"] if e["request_id"] == key]
        first = {e["event"]: e for e in reversed(log)}
        review, reply = first["first_level_review"], first["info_sent"]
        filed = first.get("record_filed")
        if "0 attachments opened" in review["detail"]:
            answer[key] = ["not_opened", review["event_id"]]
        elif reply["at"][:10] > requests[key]["info_due_at"][:10]:
            answer[key] = ["answered_late", reply["event_id"]]
        elif filed and filed["at"] > first["denied"]["at"]:
            answer[key] = ["filed_late", filed["event_id"]]
        else:
            answer[key] = ["read", review["event_id"]]
    return answer
