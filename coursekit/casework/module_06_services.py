"""Module 6, coverage documents: which text governs a service, with the known wrong answers that `items.yaml` names (m06-c6)."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pandas as pd

from coursekit.casework import Case, kinds, like
from coursekit.casework.module_06_rules import documents, governing
from priorauth import references

ALIKE = 4  # requests of a kind; with fewer, neighbors would have the same one too often


def _services(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Every request with the code of its first line and its plan's line of business."""
    lines = tables["request_lines"]
    rows = tables["requests"].merge(lines[lines["line_no"] == 1][["request_id", "code"]], on="request_id")
    return rows.merge(tables["plans"][["plan_id", "line_of_business"]], on="plan_id")


def _of(tables: dict[str, pd.DataFrame], records: list[str]) -> pd.DataFrame:
    return _services(tables).set_index("request_id").loc[records]


def m06_c6(world: Any) -> Case:
    """Ten requests for services: two under an NCD, three under an LCD, five under the plan's own policy.

    Beside each stand others under a text of the same kind, for which the same hasty readings go wrong.
    """
    rows = _services(world.tables)
    rows = rows[rows["policy_id"].notna() & rows["service_date"].notna()].sort_values("request_id")
    rows = rows[~((rows["code"] == "IMG-PET-CT") & (rows["policy_id"] != "POL-105"))]
    # the code, the line of business, the text that governs, and the document that a hasty reader takes
    wanted = (
        ("SURG-SCS-TRIAL", "medicare_advantage", "NCD-901", ""), ("IMG-PET-CT", "medicare_advantage", "NCD-902", ""),
        ("IMG-PET-CT", "medicare_advantage", "", "LCD-906"), ("IMG-PET-CT", "commercial", "", "NCD-902"),
        ("SURG-BLEPH", "medicare_advantage", "LCD-901", "LCD-904"), ("SURG-BLEPH", "medicare_advantage", "", "LCD-904"),
        ("SURG-FACET-INJ", "medicare_advantage", "LCD-903", ""), ("SURG-FACET-INJ", "medicare_advantage", "LCD-905", ""),
        ("SURG-FACET-INJ", "medicaid_managed", "", "LCD-905"), ("GEN-PANEL-BRCA", "medicare_advantage", "", "LCD-902"),
    )  # fmt: skip
    found: list[list[tuple[Any, list[str]]]] = []
    for code, line, doc, trap in wanted:
        fits = rows[(rows["code"] == code) & (rows["line_of_business"] == line)]
        some = [(r, governing(line, code, r.service_date, r.policy_id)) for r in fits.itertuples()]
        some = [(r, text) for r, text in some if text[1] == (doc or r.policy_id) and (not trap or trap in _hasty(r))]
        found.append(some)
    right = {r.request_id: text for some in found for r, text in some}
    slips = [document_by(world.tables, list(right), right, slip) for slip in ("dates", "area", "line")]
    slips += [document_of_the_code(world.tables, list(right)), plan_policy_for_all(world.tables, list(right))]
    alike = kinds(right, *slips)
    sizes = Counter(alike.values())
    chosen: list[str] = []
    plans: list[str] = []
    for (code, *_), some in zip(wanted, found, strict=True):
        free = [r for r, _ in some if r.request_id not in chosen]
        if not free:
            raise LookupError(f"No request for {code} fits m06-c6.")
        row = min(free, key=lambda r: (sizes[alike[r.request_id]] < ALIKE, plans.count(r.plan_id), r.request_id))
        plans.append(row.plan_id)
        chosen.append(row.request_id)
    shown = list(chosen)
    random.Random("m06-c6").shuffle(shown)
    places = like(shown, right, alike.get, right)
    return Case(records=shown, key={r: right[r] for place in places for r in place}, pool=places)


def _hasty(row: Any) -> set[str]:
    """Documents that one would take with one question left out."""
    at = (row.line_of_business, row.code, row.service_date)
    return {doc for skip in ("line", "dates", "area") for _, doc in documents(*at, skip=skip)}


def document_of_the_code(tables: dict[str, pd.DataFrame], records: list[str]) -> dict[str, list[str]]:
    """The newest NCD or LCD of the code, whatever its dates and area and whatever the plan."""
    newest = references.shelf("documents").sort_values("effective_from").drop_duplicates("code", keep="last")
    newest = newest.set_index("code")
    rows = _of(tables, records)
    return {k: [newest.loc[r["code"], "kind"], newest.loc[r["code"], "doc_id"]] for k, r in rows.iterrows()}


def plan_policy_for_all(tables: dict[str, pd.DataFrame], records: list[str]) -> dict[str, list[str]]:
    """The plan's own policy for everything."""
    return {k: ["plan policy", r["policy_id"]] for k, r in _of(tables, records).iterrows()}


def document_by(tables: dict[str, pd.DataFrame], records: list[str], model: dict, slip: str) -> dict[str, list[str]]:
    """One slip only: the dates, the area or the line of business is not looked at."""
    wrong = dict(model)
    for key, row in _of(tables, records).iterrows():
        found = documents(row["line_of_business"], row["code"], row["service_date"], skip=slip)
        others = [list(doc) for doc in found if list(doc) != model[key]]
        if others:
            wrong[key] = others[-1]
    return wrong
