"""Module 5 by the second route: the key of its task over the tables again, in plain Python, from the public CSV rows only."""

from __future__ import annotations

Tables = dict[str, list[dict[str, str]]]


def m05_c8(tables: Tables, records: list[str]) -> int:
    """Lines with a dose whose units are fewer than one dose needs."""
    size = {row["code"]: float(row["unit_quantity"]) for row in tables["hcpcs"]}
    return sum(
        float(row["units_asked"]) < float(row["dose"]) / size[row["code"]]
        for row in tables["request_lines"]
        if row["dose"] and row["code"] in size
    )
