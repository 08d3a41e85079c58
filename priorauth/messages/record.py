"""All rows that belong to one request, as plain Python data: what messages are written from.

Dates are text as in the CSV files (2026-03-04, 2026-03-04 09:30), whole numbers are int, a missing value is None.
"""

from __future__ import annotations

from typing import Any

from .. import schema
from .base import MessageError

Row = dict[str, Any]


def plain(kind: str, value: Any) -> Any:
    """One value of a table (from pandas or from a CSV row) as plain Python data. `kind` is a kind of column in priorauth.schema."""
    if value is None or value != value or value == "" or str(value) in ("NaT", "<NA>"):
        return None
    if kind == "int":
        return int(value)
    if kind == "float":
        return float(value)
    if kind == "bool":
        return str(value) == "True"
    text = str(value)
    return text[:10] if kind == "date" else text[:16] if kind == "datetime" else text


def plain_row(table: str, row: Any) -> Row:
    """One row as a plain dict in the column order of the schema."""
    return {c.name: plain(c.kind, row[c.name]) for c in schema.TABLES[table].columns}


def rows(tables: Any, table: str, **wanted: str) -> list[Row]:
    """Rows of a table whose columns have these values. `tables` maps names to DataFrames or to lists of dicts."""
    source = tables[table]
    if isinstance(source, list):
        found = [r for r in source if all(r[k] == v for k, v in wanted.items())]
    else:
        mask = None
        for k, v in wanted.items():
            hit = source[k] == v
            mask = hit if mask is None else mask & hit
        found = (source if mask is None else source[mask.fillna(False)]).to_dict("records")
    return [plain_row(table, r) for r in found]


def first(tables: Any, table: str, **wanted: Any) -> Row | None:
    """The first such row, or None (also where a wanted value is None)."""
    if any(v is None for v in wanted.values()):
        return None
    return next(iter(rows(tables, table, **wanted)), None)


def gather(tables: Any, request_id: str) -> Row:
    """Everything that a message about the request may say.

    Keys: request, lines, member, plan, payer (who runs the plan), destination (who decides), requester, rendering, coverage, attachments,
    authorization (or None), eligibility, drugs, formulary, fills, other_plans. Raises MessageError if there is no such request.
    """
    request = first(tables, "requests", request_id=request_id)
    if request is None:
        raise MessageError(f"There is no request {request_id!r} in the tables: ids look like REQ-000123.")
    plan = first(tables, "plans", plan_id=request["plan_id"])
    lines = sorted(rows(tables, "request_lines", request_id=request_id), key=lambda r: r["line_no"])
    coverage = rows(tables, "coverage", member_id=request["member_id"])
    drug_ids = [x["code"] for x in lines if x["code_system"] == "DRUG"]
    formulary = {d: first(tables, "formulary", plan_id=plan["plan_id"], drug_id=d) for d in drug_ids}
    steps = [s for f in formulary.values() if f for s in (f["step_drugs"] or "").split(";") if s]
    return {
        "request": request,
        "lines": lines,
        "member": first(tables, "members", member_id=request["member_id"]),
        "plan": plan,
        "payer": first(tables, "payers", payer_id=plan["payer_id"]),
        "destination": first(tables, "payers", payer_id=request["destination_id"]),
        "requester": first(tables, "providers", npi=request["requesting_npi"]),
        "rendering": first(tables, "providers", npi=request["rendering_npi"]),
        "coverage": coverage,
        "pcps": {c["pcp_npi"]: first(tables, "providers", npi=c["pcp_npi"]) for c in coverage if c["pcp_npi"]},
        "other_plans": {c["plan_id"]: first(tables, "plans", plan_id=c["plan_id"]) for c in coverage},
        "attachments": rows(tables, "attachments", request_id=request_id),
        "authorization": first(tables, "authorizations", request_id=request_id),
        "eligibility": rows(tables, "eligibility", request_id=request_id),
        "drugs": {d: first(tables, "drugs", drug_id=d) for d in [*drug_ids, *steps]},
        "formulary": formulary,
        "fills": [f for s in steps for f in rows(tables, "fills", member_id=request["member_id"], drug_id=s)],
    }


def cover_for(record: Row, plan_id: str, on: str) -> Row | None:
    """The member's cover in a plan on a day; if there was none on that day, the latest span in that plan."""
    spans = [c for c in record["coverage"] if c["plan_id"] == plan_id]
    for c in spans:
        if c["start"] <= on and (c["end"] is None or on <= c["end"]):
            return c
    return max(spans, key=lambda c: c["start"], default=None)
