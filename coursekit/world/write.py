"""Rows to files: CSV by the schema, JSON, checksums."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from priorauth import schema
from priorauth.data import digest

from .clock import day_text, minute_text


def cell(value: Any, kind: str) -> str:
    """A value as the text of a CSV cell."""
    if value is None:
        return ""
    if kind == "date":
        return value if isinstance(value, str) else day_text(value)
    if kind == "datetime":
        return value if isinstance(value, str) else minute_text(value)
    if kind == "float":
        text = f"{value:.4f}".rstrip("0").rstrip(".")
        return text if text not in ("", "-0") else "0"
    if kind == "bool":
        return "True" if value else "False"
    return str(value)


def table_text(name: str, rows: list[dict[str, Any]]) -> str:
    """A whole table as CSV text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    columns = schema.TABLES[name].columns
    writer.writerow([c.name for c in columns])
    spec = [(c.name, c.kind) for c in columns]
    writer.writerows([[cell(r.get(n), k) for n, k in spec] for r in rows])
    return out.getvalue()


def truth_text(rows: list[dict[str, Any]]) -> str:
    """A truth table as CSV text, columns in the order of the first row."""
    out = io.StringIO()
    names = list(rows[0]) if rows else ["record_id"]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    for r in rows:
        writer.writerow([_truth_cell(n, r.get(n)) for n in names])
    return out.getvalue()


def _truth_cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name == "due_at" and not isinstance(value, str):
        return minute_text(value)
    return str(value)


def policies_text(policies: list[dict[str, Any]]) -> str:
    """policies.json."""
    body = ",\n".join(json.dumps(p, ensure_ascii=False) for p in policies)
    return f'{{"banner": {json.dumps(schema.BANNER)},\n"policies": [\n{body}\n]}}\n'


def save(path: Path, text: str) -> str:
    """Write text with LF line ends if it changed; return its digest."""
    raw = text.encode("utf-8")
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_bytes() != raw:
        tmp = path.with_suffix(path.suffix + ".tmp")
        tmp.write_bytes(raw)
        tmp.replace(path)
    return digest(raw)
