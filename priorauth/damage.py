"""Finding the first fault in a damaged data file and naming it: column and row. Only used when a file is not as shipped."""

from __future__ import annotations

import csv
import io
from datetime import datetime

from .tables.base import Column, Table


def first_fault(table: Table, raw: bytes) -> str:
    """One sentence on the first thing in the file that breaks the table's description, or "" if nothing does.

    Rows are counted as a spreadsheet shows them: the header is row 1.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "it is not UTF-8 text (was it saved by a spreadsheet?)."
    rows = csv.reader(io.StringIO(text, newline=""))
    header = next(rows, [])
    if header != table.names:
        missing = [n for n in table.names if n not in header]
        extra = [n for n in header if n not in table.names]
        if missing:
            return f"column {missing[0]!r} is missing from the header."
        return f"the header has an unknown column {extra[0]!r}." if extra else "its columns are in another order."
    key_at = table.names.index(table.key) if table.key else None
    seen: dict[str, int] = {}
    for n, row in enumerate(rows, start=2):
        if len(row) != len(header):
            return f"row {n} has {len(row)} cells, not {len(header)}."
        for column, cell in zip(table.columns, row, strict=True):
            fault = _cell_fault(column, cell)
            if fault:
                return f"column {column.name!r}, row {n}: {fault}"
        if key_at is not None:
            if row[key_at] in seen:
                return f"column {table.key!r}, row {n}: {row[key_at]!r} is already in row {seen[row[key_at]]}."
            seen[row[key_at]] = n
    return ""


def _cell_fault(column: Column, cell: str) -> str:
    if cell == "":
        return "" if column.null else "the cell is empty."
    if column.allowed and cell not in column.allowed:
        return f"{cell!r} is not one of the allowed values."
    try:
        if column.kind == "int":
            int(cell)
        elif column.kind == "float":
            float(cell)
        elif column.kind == "date":
            datetime.strptime(cell, "%Y-%m-%d")
        elif column.kind == "datetime":
            datetime.strptime(cell, "%Y-%m-%d %H:%M")
        elif column.kind == "bool" and cell not in ("True", "False"):
            raise ValueError
    except ValueError:
        return f"{cell!r} is not a {'true/false value' if column.kind == 'bool' else {'int': 'whole number', 'float': 'number'}.get(column.kind, column.kind)}."
    return ""
