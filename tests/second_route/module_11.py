"""Module 11 by the second route: each key again, in plain Python, from the public CSV rows only.

`tables` maps a table name to its rows as `csv.DictReader` gives them (all text, empty cells are ""); `records` are the
ids that learners see. Nothing here knows the world's truth, the code that made the keys, or the course's clocks.
"""

from __future__ import annotations

from collections import Counter

from world_route import days, leaf_status, policies

Tables = dict[str, list[dict[str, str]]]
DECIDED = ("overturned", "partly_overturned", "upheld")


def _one(rows: list[dict[str, str]], **wanted: str) -> dict[str, str]:
    (found,) = (r for r in rows if all(r[k] == v for k, v in wanted.items()))
    return found


# --- c1 -----------------------------------------------------------------------------------------------------------------


def m11_c1(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """The contract, then the log, then packet and chart; each criterion is judged by one row alone, and all must agree."""
    answer = {}
    for key in records:
        request = _one(tables["requests"], request_id=key)
        notice = _one(tables["notices"], request_id=key, kind="denial")
        code = _one(tables["request_lines"], request_id=key, line_no="1")["code"]
        if not notice["criterion"]:
            row = _one(tables["exclusions"], plan_id=request["plan_id"], code=code)
            answer[key] = ["excluded", row["exclusion_id"]]
            continue
        policy = next(p for p in policies() if (p["policy_id"], str(p["version"])) == (request["policy_id"], request["policy_version"]))  # fmt: skip
        leaf = next(c for c in policy["criteria"]["all"] if c.get("id") == notice["criterion"])
        sent = {d["source_id"] for d in tables["attachments"] if d["request_id"] == key and d["quality"] == "readable"}
        log = [e for e in tables["events"] if e["request_id"] == key]
        answer[key] = _cause(tables, request, leaf, sent, log)
    return answer


def _cause(tables: Tables, request: dict, leaf: dict, sent: set[str], log: list[dict[str, str]]) -> list[str]:
    names = {"note": ("notes", "note_id"), "lab": ("labs", "lab_id"), "study": ("imaging", "study_id"), "therapy": ("therapy", "therapy_id")}  # fmt: skip
    table, key = names[leaf["kind"]]
    chart = [r[key] for r in tables[table] if r["member_id"] == request["member_id"]]
    usable = [row for row in chart if leaf_status(leaf, request, {row})]
    if set(usable) & sent:
        denied = next(e["at"] for e in log if e["event"] == "denied")
        late = [e["event_id"] for e in log if e["event"] == "record_filed" and e["at"] > denied]
        unread = [e["event_id"] for e in log if "0 attachments opened" in e["detail"]]
        if late:
            return ["filed_late", *late]
        return ["not_opened", *unread] if unread else ["overlooked", *usable]
    if usable:
        return ["left_out", *usable]
    unsigned = [row for row in chart if leaf_status(leaf, request, {row}, signed=False)]
    if unsigned:
        return ["not_signed", *unsigned]
    if leaf["kind"] != "therapy":
        old = [row for row in chart if leaf_status(leaf, request, {row}, fresh=False)]
        if old:
            return ["too_old", *old]
    return ["not_met", *_says_no(tables, request, leaf)]


def _says_no(tables: Tables, request: dict, leaf: dict) -> list[str]:
    """The row of the right kind up to the day of sending: the treatment, or the latest result."""
    day = request["submitted_at"][:10]
    if leaf["kind"] == "therapy":
        return [t["therapy_id"] for t in tables["therapy"] if t["member_id"] == request["member_id"] and t["kind"] in leaf["therapy"] and t["start"] <= day]  # fmt: skip
    table, key, dated, what = {"lab": ("labs", "lab_id", "collected_on", "test"), "study": ("imaging", "study_id", "done_on", "study")}[leaf["kind"]]  # fmt: skip
    mine = [r for r in tables[table] if r["member_id"] == request["member_id"] and r[what] == leaf[what] and r[dated] <= day]  # fmt: skip
    last = max(mine, key=lambda r: r[dated])
    assert days(last[dated], day) <= leaf["lookback_days"]
    return [last[key]]


# --- c6 and c7 ------------------------------------------------------------------------------------------------------------


def m11_c6(tables: Tables, records: list[str]) -> dict[str, object]:
    """Appeals without calls, by the line whose rules govern; percent of the decided ones where there are eight."""
    plans = {p["plan_id"]: p for p in tables["plans"]}
    requests = {r["request_id"]: r for r in tables["requests"]}
    drug_lines = {"employer": "commercial", "medicaid": "medicaid_managed", "qhp": "marketplace_qhp"}
    filed: Counter[str] = Counter()
    decided: Counter[str] = Counter()
    won: Counter[str] = Counter()
    for a in tables["appeals"]:
        if a["kind"] == "peer_to_peer":
            continue
        request = requests[a["request_id"]]
        plan = plans[request["plan_id"]]
        line = plan["line_of_business"]
        if request["category"] == "pharmacy_drug" and plan["drug_rules"] != "none":
            line = drug_lines.get(plan["drug_rules"], plan["drug_rules"])
        filed[line] += 1
        decided[line] += a["outcome"] in DECIDED
        won[line] += a["outcome"] in DECIDED[:2]
    rows = [[n, filed[n], decided[n], won[n], round(100 * won[n] / decided[n], 1)] for n in sorted(filed) if decided[n] >= 8]  # fmt: skip
    return {"columns": ["line", "filed", "decided", "won", "percent"], "rows": rows}


def m11_c7(tables: Tables, records: list[str]) -> dict[str, object]:
    """Coded reasons of denied requests that are no pharmacy drugs, with a running total."""
    denied = [r for r in tables["requests"] if r["decision"] == "denied" and r["category"] != "pharmacy_drug"]
    counts = Counter(r["reason_code"] for r in denied).most_common()
    rows, total = [], 0
    for reason, n in counts:
        total += n
        rows.append([reason, n, round(100 * n / len(denied), 1), round(100 * total / len(denied), 1)])
    return {"columns": ["reason_code", "denials", "percent", "running"], "rows": rows}
