"""Module 7 by the second route: each key again, in plain Python, from the public files only.

`tables` maps a table name to its rows as `csv.DictReader` gives them; `records` are the ids that learners see. The policies
come from datasets/policies.json. Nothing here knows the world's truth or the code that made the keys.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

Tables = dict[str, list[dict[str, str]]]
Row = dict[str, str]
POLICIES = json.loads((Path(__file__).parents[2] / "datasets" / "policies.json").read_text(encoding="utf-8"))[
    "policies"
]
TODAY = "2026-09-30"
NEW_LIMITS = {"DRG-101": 4, "DRG-108": 1, "DRG-110": 1, "DRG-115": 1}  # from the letter in the task


def _by_id(rows: list[Row], column: str) -> dict[str, Row]:
    return {row[column]: row for row in rows}


def _request(tables: Tables, request_id: str) -> Row:
    request = _by_id(tables["requests"], "request_id")[request_id]
    (line,) = (r for r in tables["request_lines"] if r["request_id"] == request_id and r["line_no"] == "1")
    return {**request, **line, "day": (request["submitted_at"] or TODAY)[:10]}


def _policy(tables: Tables, row: Row) -> dict:
    """The version in force on the day sent, of the policy that the plan's list names for the code on that day."""
    (rule,) = (
        r
        for r in tables["pa_list"]
        if r["plan_id"] == row["plan_id"]
        and r["code"] == row["code"]
        and r["effective_from"] <= row["day"] <= (r["effective_to"] or "9999")
    )
    (policy,) = (
        p
        for p in POLICIES
        if p["policy_id"] == rule["policy_id"] and p["effective_from"] <= row["day"] <= (p["effective_to"] or "9999")
    )
    return policy


def _leaves(tree: dict) -> list[dict]:
    if "kind" in tree:
        return [tree]
    return [leaf for branch in tree.get("all", tree.get("any")) for leaf in _leaves(branch)]


def _old(row_day: str, day: str) -> int:
    return (date.fromisoformat(day) - date.fromisoformat(row_day[:10])).days


def _mine(tables: Tables, name: str, row: Row, column: str, sent: set[str] | None = None, key: str = "") -> list[Row]:
    found = [r for r in tables[name] if r["member_id"] == row["member_id"] and r[column][:10] <= row["day"]]
    if sent is not None:
        found = [r for r in found if r[key] in sent]
    return sorted(found, key=lambda r: (r[column], r[next(iter(r))]))


def _runs(fills: list[Row], day: str) -> list[tuple[int, str, str]]:
    """(days, last fill id, last fill day) of each run: a gap of up to 14 days breaks nothing, nothing counts after `day`."""
    found: list[list] = []
    for fill in fills:
        begins = date.fromisoformat(fill["filled_on"])
        if found and (begins - found[-1][1]).days - 1 <= 14:
            begins = max(begins, found[-1][1] + timedelta(days=1))
        else:
            found.append([begins, begins, "", ""])
        end = begins + timedelta(days=int(fill["days_supply"]) - 1)
        found[-1][1:] = [end, fill["fill_id"], fill["filled_on"]]
    end = date.fromisoformat(day)
    return [((min(last, end) - first).days + 1, fill, when) for first, last, fill, when in found]


def _judge(tables: Tables, row: Row, leaf: dict, sent: set[str] | None = None) -> tuple[str, str, str]:
    """(verdict, row id, why it cannot be used) of one criterion that the chart must answer."""
    kind, day = leaf["kind"], row["day"]
    if kind in ("lab", "study"):
        name, when, what, key = (
            ("labs", "collected_on", "test", "lab_id") if kind == "lab" else ("imaging", "done_on", "study", "study_id")
        )
        rows = [r for r in _mine(tables, name, row, when, sent, key) if r[what] == leaf[what]]
        if not rows:
            return "not shown", "none", ""
        last = rows[-1]
        if _old(last[when], day) > leaf["lookback_days"]:
            return "not shown", last[key], "old"
        if kind == "study":
            return ("met" if last["finding"] in leaf["findings"] else "not met"), last[key], ""
        value, limit = float(last["value"]), leaf["value"]
        good = {">=": value >= limit, "<=": value <= limit, "<": value < limit}[leaf["op"]]
        return ("met" if good else "not met"), last[key], ""
    if kind == "therapy":
        rows = [r for r in _mine(tables, "therapy", row, "start", sent, "therapy_id") if r["kind"] in leaf["therapy"]]
        for r in rows[::-1]:
            end = min(r["end"] or day, day)
            long = _old(r["start"], end) + 1 >= leaf["min_days"] and _old(end, day) <= leaf["lookback_days"]
            if long and r["directed_by"] == "provider" and r["outcome"] in ("no_improvement", "ongoing"):
                return "met", r["therapy_id"], ""
        return ("not met", rows[-1]["therapy_id"], "") if rows else ("not shown", "none", "")
    if kind == "drug_trial":
        runs = []
        for drug in leaf["drugs"]:
            fills = [r for r in _mine(tables, "fills", row, "filled_on") if r["drug_id"] == drug]
            runs += _runs(fills, day)
        if not runs:
            return "not shown", "none", ""
        for days, fill, when in runs:
            if days >= leaf["min_days"] and _old(when, day) <= leaf["lookback_days"]:
                return "met", fill, ""
        return "not met", max(runs)[1], ""
    assert kind == "note"
    says = [
        r
        for r in _mine(tables, "notes", row, "service_date", sent, "note_id")
        if r["kind"] in leaf["note_kinds"] and any(w in r["text"].lower() for w in leaf["words"])
    ]
    for r in says[::-1]:
        if r["signed_at"] and r["author_npi"] and _old(r["service_date"], day) <= leaf["lookback_days"]:
            return "met", r["note_id"], ""
    if not says:
        return "not shown", "none", ""
    return (
        "not shown",
        says[-1]["note_id"],
        "old" if _old(says[-1]["service_date"], day) > leaf["lookback_days"] else "unsigned",
    )


CHART = ("lab", "study", "therapy", "drug_trial", "note")


def m07_c1(tables: Tables, records: list[str]) -> dict[str, list]:
    """Policy, version and days asked for, by the day sent."""
    answer = {}
    for request_id in records:
        policy = _policy(tables, _request(tables, request_id))
        days = [leaf["min_days"] for leaf in _leaves(policy["criteria"]) if "min_days" in leaf]
        answer[request_id] = [policy["policy_id"], policy["version"], days[0]]
    return answer


def m07_c2(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """Verdict and row for each criterion that the chart must answer."""
    answer = {}
    for request_id in dict.fromkeys(cell.split()[0] for cell in records):
        row = _request(tables, request_id)
        for leaf in _leaves(_policy(tables, row)["criteria"]):
            if leaf["kind"] in CHART:
                answer[f"{request_id} {leaf['id']}"] = list(_judge(tables, row, leaf)[:2])
    return answer


def _open(tables: Tables, row: Row, tree: dict, sent: set[str]) -> list[dict]:
    """The criteria for the chart that keep a tree from being met by what was sent."""
    if "kind" in tree:
        known = tree["kind"] not in CHART or _judge(tables, row, tree, sent)[0] == "met"
        return [] if known else [tree]
    parts = [_open(tables, row, branch, sent) for branch in tree.get("all", tree.get("any"))]
    if "any" in tree and [] in parts:
        return []
    return [leaf for part in parts for leaf in part]


def m07_c3(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """The next step for the one criterion that the packet leaves open."""
    answer = {}
    for request_id in records:
        row = _request(tables, request_id)
        sent = {
            d["source_id"]
            for d in tables["attachments"]
            if d["request_id"] == request_id and d["quality"] == "readable" and d["source_id"]
        }
        (leaf,) = _open(tables, row, _policy(tables, row)["criteria"], sent)
        verdict, named, why = _judge(tables, row, leaf)
        step = {"met": "send the page", "not met": "no page will help"}.get(verdict)
        step = step or {"old": "get a new result", "unsigned": "get a signature", "": "ask the clinician"}[why]
        answer[request_id] = [step, named]
    return answer


def m07_c4(tables: Tables, records: list[str]) -> dict[str, list]:
    """The step of the formulary against the longest run of one step drug."""
    answer = {}
    for request_id in records:
        row = _request(tables, request_id)
        (rule,) = (f for f in tables["formulary"] if f["plan_id"] == row["plan_id"] and f["drug_id"] == row["code"])
        days = 0
        for drug in rule["step_drugs"].split(";"):
            fills = [r for r in _mine(tables, "fills", row, "filled_on") if r["drug_id"] == drug]
            days = max([days, *(run[0] for run in _runs(fills, row["day"]))])
        verdict = "not shown" if not days else "met" if days >= int(rule["step_days"]) else "not met"
        answer[request_id] = [verdict, days]
    return answer


def m07_c7(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """Own fills make it a renewal; then the renewal criterion that the chart must answer."""
    answer = {}
    for request_id in records:
        row = _request(tables, request_id)
        own = [r for r in _mine(tables, "fills", row, "filled_on") if r["drug_id"] == row["code"]]
        if not own:
            answer[request_id] = ["first criteria", "none", "none"]
            continue
        (leaf,) = (x for x in _leaves(_policy(tables, row)["renewal_criteria"]) if x["kind"] in CHART)
        verdict, named, _ = _judge(tables, row, leaf)
        last = max(own, key=lambda r: r["filled_on"])["fill_id"]
        answer[request_id] = [f"renewal, {verdict}", last, named if verdict in ("met", "not met") else "none"]
    return answer


def m07_c8(tables: Tables, records: list[str]) -> int:
    """Lines of PLN-06 that ask for more than the letter allows."""
    mine = {r["request_id"] for r in tables["requests"] if r["plan_id"] == "PLN-06"}
    return sum(
        r["request_id"] in mine and r["code"] in NEW_LIMITS and int(r["units_asked"]) > NEW_LIMITS[r["code"]]
        for r in tables["request_lines"]
    )
