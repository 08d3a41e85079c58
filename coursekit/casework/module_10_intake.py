"""Module 10, the intake desk: what is right for a request that Bluestem received, from the tables of the world."""

from __future__ import annotations

from typing import Any

import pandas as pd

from coursekit.casework import once
from priorauth.intake import OPEN, state_at

PAYER = "PAY-01"
PAPER = ("fax", "mail_or_email")
ACCEPT, PEND, REJECT, DUPLICATE, ROUTE, NOT_NEEDED = "accept", "pend", "reject", "duplicate", "route", "not_needed"
Tables = dict[str, pd.DataFrame]


def by(table: pd.DataFrame, column: str) -> dict[str, list[dict[str, Any]]]:
    """Rows of a table as plain dicts, grouped by a column."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in table.to_dict("records"):
        rows.setdefault(row[column], []).append(row)
    return rows


def _within(day: Any, start: Any, end: Any) -> bool:
    return start <= day and (pd.isna(end) or day <= end)


@once
def desk(tables: Tables) -> pd.DataFrame:
    """One row for each request that Bluestem received: verdict, evidence, `why`, and what may mislead a reader."""
    lines, covers = by(tables["request_lines"], "request_id"), by(tables["coverage"], "member_id")
    people = {m["member_id"]: m for m in tables["members"].to_dict("records")}
    rules, papers = by(tables["pa_list"], "code"), by(tables["attachments"], "request_id")
    earlier = by(tables["requests"], "member_id")
    made = []
    for row in tables["requests"].to_dict("records"):
        if row["destination_id"] != PAYER or pd.isna(row["received_at"]) or pd.isna(row["service_date"]):
            continue
        line = lines[row["request_id"]][0]
        mine = covers.get(row["member_id"], [])
        listed = [r for r in rules.get(line["code"], []) if r["plan_id"] == row["plan_id"]]
        if line["line_no"] != 1 or pd.isna(line["start_date"]) or pd.isna(line["end_date"]) or not mine or not listed:
            continue
        before = [
            (o, lines[o["request_id"]][0]) for o in earlier[row["member_id"]] if o["received_at"] < row["received_at"]
        ]
        packet = papers.get(row["request_id"], [])
        if any(d["kind"] in ("other_member_document", "whole_chart") for d in packet):
            continue  # another slip than those of the desk
        if row["request_type"] in ("notification", "referral") or any(pd.isna(b[1]["start_date"]) for b in before):
            continue
        facts = (row, line, mine, people[row["member_id"]], listed, before, packet)
        verdict, evidence, why = judge(*facts)
        made.append(
            {
                "request_id": row["request_id"],
                "verdict": verdict,
                "evidence": evidence,
                "why": why,
                "wrong": faults(*facts),
                "covers": len(mine),
                "rules": len(listed),
                "before": len(before),
                "last_before": before[-1][0]["request_id"] if before else "",
                "papers": len(packet),
                "category": row["category"],
                "request_type": row["request_type"],
            }
        )
    return pd.DataFrame(made)


def checks(row: Any, line: Any, mine: list, person: Any, listed: list, before: list, packet: list) -> list[tuple]:
    """Every check of the desk that fails, in its order: (verdict, evidence, why)."""
    found = []
    own = [c for c in mine if c["plan_id"] == row["plan_id"]] or mine
    cover = max(own, key=lambda c: c["start"])
    name = f"{person['first_name']} {person['last_name']}"
    if (
        row["name_sent"] != name
        or row["birth_date_sent"] != person["birth_date"]
        or row["card_id_sent"] != cover["card_id"]
    ):
        found.append((PEND, cover["coverage_id"], "identity"))
    on_day = [c for c in own if c["plan_id"] == row["plan_id"] and _within(row["service_date"], c["start"], c["end"])]
    if not on_day:
        found.append((REJECT, cover["coverage_id"], "cover"))
    for other, asked in before:
        overlap = asked["start_date"] <= line["end_date"] and line["start_date"] <= asked["end_date"]
        alive = state_at(other, row["received_at"]) in (OPEN, "approved", "partly_approved")
        if asked["code"] == line["code"] and overlap and alive and other["plan_id"] == row["plan_id"]:
            found.append((DUPLICATE, other["request_id"], "seen before"))
    rule = next(
        (r for r in listed if _within(row["service_date"], r["effective_from"], r["effective_to"])), None
    ) or max(listed, key=lambda r: r["effective_from"])
    exempt = [] if pd.isna(rule["exempt_pos"]) else str(rule["exempt_pos"]).split(";")
    if rule["requirement"] == "none" or line["pos"] in exempt:
        found.append((NOT_NEEDED, rule["rule_id"], "list"))
    elif rule["destination_id"] != PAYER:
        found.append((ROUTE, rule["rule_id"], "list"))
    if row["channel"] in PAPER and row["form"] != "service_form":
        found.append((PEND, row["request_id"], "form"))
    found += [(PEND, d["doc_id"], "page") for d in packet if d["quality"] != "readable"]
    return [*found, (ACCEPT, rule["rule_id"], "whole")]


def judge(*facts: Any) -> tuple[str, str, str]:
    """The first check that fails decides."""
    return checks(*facts)[0]


def faults(*facts: Any) -> int:
    """How many checks fail; an item uses requests with one at most, so that the order of the checks decides nothing
    that a reader could not see."""
    return len(checks(*facts)) - 1
