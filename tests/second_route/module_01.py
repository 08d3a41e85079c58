"""Module 1 by the second route: each key again, in plain Python, from the public CSV rows only.

`tables` maps a table name to its rows as `csv.DictReader` gives them (all text, empty cells are ""); `records` are the
ids that learners see. Nothing here knows the world's truth or the code that made the keys.
"""

from __future__ import annotations

Tables = dict[str, list[dict[str, str]]]

# Written out again on purpose, from the table in section 1.4, so that a slip in the course's own table is found.
STATE_AFTER = {
    "order_written": "draft",
    "submitted": "submitted",
    "received": "received",
    "auto_review": "in_review",
    "first_level_review": "in_review",
    "second_level_review": "in_review",
    "info_received": "in_review",
    "pended": "pended",
    "approved": "approved",
    "partly_approved": "partly_approved",
    "denied": "denied",
    "dismissed": "dismissed",
    "no_action_needed": "closed",
    "withdrawn": "withdrawn",
    "voided": "withdrawn",
    "appeal_filed": "appeal_open",
    "appeal_overturned": "overturned",
    "reversed_after_p2p": "overturned",
    "appeal_upheld": "upheld",
    "appeal_dismissed": "upheld",
    "expired": "expired",
}


def _by_id(rows: list[dict[str, str]], column: str) -> dict[str, dict[str, str]]:
    return {row[column]: row for row in rows}


def m01_c3(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """The last event up to the end of May 15, 2026 that changes the state."""
    answer = {}
    for request_id in records:
        log = [row for row in tables["events"] if row["request_id"] == request_id and row["at"] < "2026-05-16"]
        log = [row for row in log if row["event"] in STATE_AFTER]
        last = max(log, key=lambda row: (row["at"], row["event_id"]))
        answer[request_id] = [STATE_AFTER[last["event"]], last["event_id"]]
    return answer


def m01_c4(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """The one rule of plan and code whose dates hold the day of service; an exempt place needs nothing."""
    requests = _by_id(tables["requests"], "request_id")
    answer = {}
    for request_id in records:
        request = requests[request_id]
        (line,) = (r for r in tables["request_lines"] if r["request_id"] == request_id and r["line_no"] == "1")
        day = request["service_date"]
        (rule,) = (
            rule
            for rule in tables["pa_list"]
            if rule["plan_id"] == request["plan_id"]
            and rule["code"] == line["code"]
            and rule["effective_from"] <= day <= (rule["effective_to"] or "9999-12-31")
        )
        exempt = line["pos"] and line["pos"] in rule["exempt_pos"].split(";")
        answer[request_id] = ["none" if exempt else rule["requirement"], rule["rule_id"]]
    return answer


def m01_c5(tables: Tables, records: list[str]) -> int:
    """Faxed rows whose moment of receipt is in March or April."""
    return sum(r["channel"] == "fax" and r["received_at"][:7] in ("2026-03", "2026-04") for r in tables["requests"])


def m01_c6(tables: Tables, records: list[str]) -> float:
    """Approved in full, of the drug requests received in August and approved, partly approved or denied."""
    august = [
        row["decision"]
        for row in tables["requests"]
        if row["received_at"].startswith("2026-08") and row["category"] == "pharmacy_drug"
    ]
    approved = august.count("approved")
    return round(100 * approved / (approved + august.count("partly_approved") + august.count("denied")), 1)
