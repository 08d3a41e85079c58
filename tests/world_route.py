"""A second route to the planted mistakes: plain Python over the public CSV rows and policies.json, no pandas, no truth, no generator."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

DATA = Path(__file__).resolve().parents[1] / "datasets"
TODAY = "2026-09-30 08:00"


@lru_cache(maxsize=64)
def rows(name: str) -> list[dict[str, str]]:
    """All rows of a table as text."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


@lru_cache(maxsize=64)
def by(name: str, key: str) -> dict[str, list[dict[str, str]]]:
    """Rows grouped by a column."""
    out: dict[str, list[dict[str, str]]] = {}
    for r in rows(name):
        out.setdefault(r[key], []).append(r)
    return out


@lru_cache(maxsize=1)
def policies() -> list[dict]:
    return json.loads((DATA / "policies.json").read_text(encoding="utf-8"))["policies"]


def policy_for(code: str, day: str) -> dict | None:
    """The version in force on a day of the policy that lists a code."""
    for p in policies():
        if code in p["codes"] and p["effective_from"] <= day and (not p["effective_to"] or day <= p["effective_to"]):
            return p
    return None


def rule_for(plan: str, code: str, day: str) -> dict[str, str] | None:
    """The plan's list entry for a code on a day."""
    for r in by("pa_list", "code").get(code, []):
        if r["plan_id"] == plan and r["effective_from"] <= day and (not r["effective_to"] or day <= r["effective_to"]):
            return r
    return None


def line1(request_id: str) -> dict[str, str]:
    return next(x for x in by("request_lines", "request_id")[request_id] if x["line_no"] == "1")


def asked_day(r: dict[str, str]) -> str:
    return (r["submitted_at"] or TODAY)[:10]


def days(a: str, b: str) -> int:
    """Days from a to b."""
    return (date.fromisoformat(b) - date.fromisoformat(a)).days


def _run(fills: list[dict[str, str]], gap: int) -> tuple[int, str]:
    """Longest run in days and its last fill."""
    best, start, end, last = (0, ""), "", "", ""
    for f in sorted(fills, key=lambda f: f["filled_on"]):
        if end and days(end, f["filled_on"]) <= gap:
            end = (date.fromisoformat(max(end, f["filled_on"])) + timedelta(days=int(f["days_supply"]))).isoformat()
        else:
            start, end = (
                f["filled_on"],
                (date.fromisoformat(f["filled_on"]) + timedelta(days=int(f["days_supply"]))).isoformat(),
            )
        last = f["filled_on"]
        if days(start, end) > best[0]:
            best = (days(start, end), last)
    return best


ACCEPTED = {
    "AHFS-DI": {"supportive"},
    "DRUGDEX": {"Class I", "Class IIa", "Class IIb"},
    "NCCN": {"category 1", "category 2A"},
    "Clinical Pharmacology": {"supportive"},
    "Lexi-Drugs": {"Off-Label, Evidence Level A"},
}


def supported(drug_id: str, code: str, rules: str) -> bool:
    """Labelled, or listed where the program looks."""
    drug = next(d for d in rows("drugs") if d["drug_id"] == drug_id)
    if code.startswith(tuple(drug["label_icd10"].split(";"))):
        return True
    for x in by("compendium", "drug_id").get(drug_id, []):
        narrow = rules in ("part_d", "medicaid") and drug["anticancer"] == "False"
        if x["superseded"] == "True" or (narrow and x["compendium"] not in ("AHFS-DI", "DRUGDEX")):
            continue
        if code.startswith(tuple(x["icd10"].split(";"))) and x["level"] in ACCEPTED[x["compendium"]]:
            return True
    return False


def leaf_status(leaf: dict, r: dict[str, str], sent: set[str] | None, fresh: bool = True, signed: bool = True) -> bool:
    """Is a criterion met? `sent`: only these documents count (fills always do). `fresh`/`signed` False: ignore look-back / signature."""
    member, day, line = r["member_id"], asked_day(r), line1(r["request_id"])
    kind, back = leaf["kind"], leaf.get("lookback_days", 0) if fresh else 100_000
    ok = lambda key: sent is None or key in sent  # noqa: E731
    if kind == "diagnosis":
        return line["icd10"].startswith(tuple(leaf["icd10"]))
    if kind == "compendium":
        rules = next(p for p in rows("plans") if p["plan_id"] == r["plan_id"])["drug_rules"]
        return supported(line["code"], line["icd10"], rules)
    if kind == "prescriber":
        return by("providers", "npi")[r["requesting_npi"]][0]["specialty"] in leaf["specialties"]
    if kind == "note":
        for n in by("notes", "member_id").get(member, []):
            if (
                n["kind"] in leaf["note_kinds"]
                and any(w in n["text"].lower() for w in leaf["words"])
                and ok(n["note_id"])
            ):
                if (n["signed_at"] or not signed) and 0 <= days(n["service_date"], day) <= back:
                    return True
        return False
    if kind == "lab":
        mine = sorted(
            (
                x
                for x in by("labs", "member_id").get(member, [])
                if x["test"] == leaf["test"] and x["collected_on"] <= day and ok(x["lab_id"])
            ),
            key=lambda x: x["collected_on"],
        )
        if not mine or days(mine[-1]["collected_on"], day) > back:
            return False
        v = float(mine[-1]["value"])
        return (
            v >= leaf["value"]
            if leaf["op"] == ">="
            else v <= leaf["value"]
            if leaf["op"] == "<="
            else v < leaf["value"]
        )
    if kind == "study":
        mine = sorted(
            (
                x
                for x in by("imaging", "member_id").get(member, [])
                if x["study"] == leaf["study"] and x["done_on"] <= day and ok(x["study_id"])
            ),
            key=lambda x: x["done_on"],
        )
        return bool(mine) and days(mine[-1]["done_on"], day) <= back and mine[-1]["finding"] in leaf["findings"]
    if kind == "therapy":
        for x in by("therapy", "member_id").get(member, []):
            end = min(x["end"] or day, day)
            if (
                x["kind"] in leaf["therapy"]
                and x["directed_by"] == "provider"
                and days(x["start"], end) >= leaf["min_days"]
                and days(end, day) <= back
                and x["outcome"] in ("no_improvement", "ongoing")
                and ok(x["therapy_id"])
            ):
                return True
        return False
    for drug in leaf["drugs"]:
        length, last = _run(
            [f for f in by("fills", "member_id").get(member, []) if f["drug_id"] == drug and f["filled_on"] <= day],
            leaf["max_gap_days"],
        )
        if length >= leaf["min_days"] and days(last, day) <= back:
            return True
    return False


def tree_met(tree: dict, *args) -> bool:
    if "all" in tree:
        return all(tree_met(n, *args) for n in tree["all"])
    if "any" in tree:
        return any(tree_met(n, *args) for n in tree["any"])
    return leaf_status(tree, *args)


def criteria(r: dict[str, str]) -> dict | None:
    """The tree that applies to a request: renewal criteria for renewals; None if none applies."""
    p = policy_for(line1(r["request_id"])["code"], asked_day(r))
    if p is None or r["request_type"] in ("notification", "referral") or r["request_type"].endswith("_exception"):
        return None
    return p["renewal_criteria"] if r["request_type"] == "renewal" else p["criteria"]


def packet(request_id: str) -> set[str]:
    """Source ids of the readable documents sent."""
    return {
        d["source_id"]
        for d in by("attachments", "request_id").get(request_id, [])
        if d["quality"] == "readable" and d["source_id"]
    }
