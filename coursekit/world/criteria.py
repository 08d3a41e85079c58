"""Policy criteria against a chart: each leaf is met, not_met (evidence says no) or not_shown (no usable evidence), with the rows that prove it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ACCEPTED = {
    "AHFS-DI": ("supportive",), "DRUGDEX": ("Class I", "Class IIa", "Class IIb"), "NCCN": ("category 1", "category 2A"),
    "Clinical Pharmacology": ("supportive",), "Lexi-Drugs": ("Off-Label, Evidence Level A",),
}  # fmt: skip


@dataclass
class Chart:
    """A member's evidence, days as day numbers. Only rows passed in count, so a packet can be judged as well as a chart."""

    birth_day: int
    notes: list[dict[str, Any]] = field(default_factory=list)
    fills: list[dict[str, Any]] = field(default_factory=list)
    labs: list[dict[str, Any]] = field(default_factory=list)
    imaging: list[dict[str, Any]] = field(default_factory=list)
    therapy: list[dict[str, Any]] = field(default_factory=list)


Result = tuple[str, list[str]]


def longest_run(fills: list[tuple[int, int, str]], gap: int) -> tuple[int, list[str], int]:
    """Days of the longest run of fills (day, days supply, id), allowing `gap` days between end and next fill; its ids; its last fill day."""
    best: tuple[int, list[str], int] = (0, [], -(10**6))
    start = end = last = None
    ids: list[str] = []
    for when, supply, fid in sorted(fills):
        if end is not None and when - end <= gap:
            end, last = max(end, when) + supply, when
            ids.append(fid)
        else:
            start, end, last, ids = when, when + supply, when, [fid]
        if end - start > best[0]:
            best = (end - start, list(ids), last)
    return best


def supported(
    drug: str, code: str, listings: list[dict[str, Any]], label: str, part_d: bool, anticancer: bool
) -> tuple[bool, str]:
    """Is the use labelled or supported by the compendia that count? Part D uses other than cancer: only AHFS-DI and DRUGDEX. Returns verdict and proof."""
    if any(code.startswith(p) for p in label.split(";")):
        return True, "label"
    for row in listings:
        if row["drug_id"] != drug or row["superseded"] or not any(code.startswith(p) for p in row["icd10"].split(";")):
            continue
        if part_d and not anticancer and row["compendium"] not in ("AHFS-DI", "DRUGDEX"):
            continue
        if row["level"] in ACCEPTED[row["compendium"]]:
            return True, row["listing_id"]
    return False, ""


def _note(leaf: dict, chart: Chart, today: int) -> Result:
    old: list[str] = []
    for n in chart.notes:
        text = n["text"].lower()
        if n["kind"] not in leaf["note_kinds"] or not any(w in text for w in leaf["words"]):
            continue
        if n["signed_at"] is not None and n["author_npi"] and 0 <= today - n["service_date"] <= leaf["lookback_days"]:
            return "met", [n["note_id"]]
        old.append(n["note_id"])
    return "not_shown", old


def leaf_result(leaf: dict, chart: Chart, ask: dict[str, Any]) -> Result:
    """Judge one leaf. `ask`: day, icd10, specialty, drug, listing (bool from `supported`)."""
    kind, today = leaf["kind"], ask["day"]
    if kind == "diagnosis":
        return ("met" if any(ask["icd10"].startswith(p) for p in leaf["icd10"]) else "not_met"), []
    if kind == "compendium":
        return ("met" if ask["listing"] else "not_met"), []
    if kind == "prescriber":
        return ("met" if ask["specialty"] in leaf["specialties"] else "not_met"), []
    if kind == "age":
        return ("met" if today - chart.birth_day >= leaf["min_years"] * 365.25 else "not_met"), []
    if kind == "note":
        return _note(leaf, chart, today)
    if kind == "lab":
        rows = sorted(
            (r for r in chart.labs if r["test"] == leaf["test"] and r["collected_on"] <= today),
            key=lambda r: (r["collected_on"], r["lab_id"]),
        )
        if not rows or today - rows[-1]["collected_on"] > leaf["lookback_days"]:
            return "not_shown", [r["lab_id"] for r in rows[-1:]]
        v, limit = rows[-1]["value"], leaf["value"]
        good = {">=": v >= limit, "<=": v <= limit, "<": v < limit}[leaf["op"]]
        return ("met" if good else "not_met"), [rows[-1]["lab_id"]]
    if kind == "study":
        rows = sorted(
            (r for r in chart.imaging if r["study"] == leaf["study"] and r["done_on"] <= today),
            key=lambda r: (r["done_on"], r["study_id"]),
        )
        if not rows or today - rows[-1]["done_on"] > leaf["lookback_days"]:
            return "not_shown", [r["study_id"] for r in rows[-1:]]
        return ("met" if rows[-1]["finding"] in leaf["findings"] else "not_met"), [rows[-1]["study_id"]]
    if kind == "therapy":
        return _therapy(leaf, chart, today)
    return _trial(leaf, chart, today)


def _therapy(leaf: dict, chart: Chart, today: int) -> Result:
    seen: list[str] = []
    for r in chart.therapy:
        if r["kind"] not in leaf["therapy"]:
            continue
        seen.append(r["therapy_id"])
        end = today if r["end"] is None else min(r["end"], today)
        long_enough = end - r["start"] >= leaf["min_days"] and today - end <= leaf["lookback_days"]
        if long_enough and r["directed_by"] == "provider" and r["outcome"] in ("no_improvement", "ongoing"):
            return "met", [r["therapy_id"]]
    return ("not_met" if seen else "not_shown"), seen


def _trial(leaf: dict, chart: Chart, today: int) -> Result:
    seen: list[str] = []
    for drug in leaf["drugs"]:
        mine = [
            (r["filled_on"], r["days_supply"], r["fill_id"])
            for r in chart.fills
            if r["drug_id"] == drug and r["filled_on"] <= today
        ]
        days, ids, last = longest_run(mine, leaf["max_gap_days"])
        if days >= leaf["min_days"] and today - last <= leaf["lookback_days"]:
            return "met", ids
        seen += [m[2] for m in mine]
    return ("not_met" if seen else "not_shown"), seen


def judge(tree: dict, chart: Chart, ask: dict[str, Any]) -> tuple[bool, list[tuple[str, str, list[str]]]]:
    """Judge a whole tree: (met?, [(leaf id, result, evidence ids), ...])."""
    if "kind" in tree:
        status, ids = leaf_result(tree, chart, ask)
        return status == "met", [(tree["id"], status, ids)]
    parts = [judge(n, chart, ask) for n in tree.get("all", tree.get("any", []))]
    rows = [r for p in parts for r in p[1]]
    return (all if "all" in tree else any)(p[0] for p in parts), rows


def leaves(tree: dict) -> list[dict]:
    """All leaves of a tree, in order."""
    if "kind" in tree:
        return [tree]
    return [leaf for n in tree.get("all", tree.get("any", [])) for leaf in leaves(n)]


__all__ = ["Chart", "judge", "leaf_result", "leaves", "longest_run", "supported"]
