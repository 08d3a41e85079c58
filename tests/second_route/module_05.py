"""Module 5 by the second route: each key again, in plain Python, from the public CSV rows and policies.json only.

Whether a code can be billed comes from the code list of the package simple-icd-10-cm, and not from the extract that
learners get: a code is billable if the list has it and no longer code that begins with it.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import math
from pathlib import Path

Tables = dict[str, list[dict[str, str]]]
ROOT = Path(__file__).resolve().parents[2]
# Confirmed billing units, written out again on purpose from the fact base: code -> size of one unit.
UNIT = {"J0178": 1, "J0585": 1, "J0897": 1, "J1745": 10, "J2350": 1, "J2357": 5, "J2506": 0.5, "J9263": 0.5, "J9271": 1}


def _by_id(rows: list[dict[str, str]], column: str) -> dict[str, dict[str, str]]:
    return {row[column]: row for row in rows}


@functools.cache
def _listed() -> list[str]:
    place = Path(next(iter(importlib.util.find_spec("simple_icd_10_cm").submodule_search_locations)))
    return sorted((place / "data" / "code-list-April-2026.txt").read_text().split())


def _billable(code: str) -> bool:
    bare = code.replace(".", "")
    return bare in _listed() and not any(c.startswith(bare) and c != bare and "-" not in c for c in _listed())


def _diagnoses(node: object) -> list[str]:
    if isinstance(node, list):
        return [code for part in node for code in _diagnoses(part)]
    if not isinstance(node, dict):
        return []
    own = list(node["icd10"]) if node.get("kind") == "diagnosis" else []
    return own + [code for value in node.values() for code in _diagnoses(value)]


def _entry(code: str, listed: list[str]) -> str:
    return max((e for e in listed if code.startswith(e)), key=len, default="")


def m05_c3(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """Can the code be sent, is it on the list, and which entry of the list is that of the order's diagnosis."""
    policies = json.loads((ROOT / "datasets" / "policies.json").read_text(encoding="utf-8"))["policies"]
    lines, requests = _by_id(tables["request_lines"], "line_id"), _by_id(tables["requests"], "request_id")
    orders = _by_id(tables["orders"], "order_id")
    answer = {}
    for line_id in records:
        sent = lines[line_id]["icd10"]
        request = requests[lines[line_id]["request_id"]]
        (policy,) = (
            p
            for p in policies
            if p["policy_id"] == request["policy_id"] and str(p["version"]) == request["policy_version"]
        )
        listed = _diagnoses(policy["criteria"])
        verdict = "cannot be sent" if not _billable(sent) else "supports" if _entry(sent, listed) else "not on the list"
        answer[line_id] = [verdict, _entry(orders[request["order_id"]]["icd10"], listed)]
    return answer


def m05_c4(tables: Tables, records: list[str]) -> dict[str, float]:
    """Vials up, units up for each visit, whole units of the vials less the units given."""
    vials = {row["code"]: row["vial_size"] for row in tables["hcpcs"]}
    orders = _by_id(tables["orders"], "order_id")
    answer = {}
    for order_id in records:
        order = orders[order_id]
        dose, unit, size = float(order["dose"]), UNIT[order["hcpcs"]], float(vials[order["hcpcs"]])
        given = math.ceil(dose / unit)
        in_vials = math.floor(math.ceil(dose / size) * size / unit)
        answer[f"{order_id} units"] = given * int(order["administrations"])
        answer[f"{order_id} thrown away"] = in_vials - given
    return answer


def m05_c6(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """The order's words against the label, then the partner column against all codes of the request."""
    requests, orders = _by_id(tables["requests"], "request_id"), _by_id(tables["orders"], "order_id")
    partner = {row["code"]: row["partner_code"] for name in ("services", "hcpcs") for row in tables[name]}
    answer = {}
    for request_id in records:
        lines = sorted(
            (r for r in tables["request_lines"] if r["request_id"] == request_id), key=lambda r: r["line_no"]
        )
        sent = [row["code"] for row in lines]
        words = orders[requests[request_id]["order_id"]]["order_text"].lower()
        needs = partner[sent[0]]
        meant = ""
        if "w/o contrast" in words:
            method = "MRI" if "mri" in words else "CT"
            part = next(
                p
                for w, p in (("l-spine", "LSPINE"), ("knee", "KNEE"), ("chest", "CHEST"), ("brain", "BRAIN"))
                if w in words
            )
            meant = f"IMG-{method}-{part}"
        if meant and meant != sent[0]:
            answer[request_id] = ["wrong code", meant]
        elif needs and needs not in sent:
            answer[request_id] = ["partner missing", needs]
        else:
            answer[request_id] = ["complete", needs or sent[0]]
    return answer


def m05_c8(tables: Tables, records: list[str]) -> int:
    """Lines with a dose whose units are fewer than one dose needs."""
    size = {row["code"]: float(row["unit_quantity"]) for row in tables["hcpcs"]}
    return sum(
        float(row["units_asked"]) < float(row["dose"]) / size[row["code"]]
        for row in tables["request_lines"]
        if row["dose"] and row["code"] in size
    )
