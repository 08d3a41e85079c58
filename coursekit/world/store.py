"""Rows under construction: one list of dicts per table, ids that count up, a chunk number that keeps ids apart."""

from __future__ import annotations

from typing import Any

#: table -> prefix of its ids
PREFIX = {
    "members": "MBR", "coverage": "COV", "eligibility": "ELG", "notes": "NOTE", "problems": "PRB", "fills": "FIL", "labs": "LAB", "imaging": "STU", "therapy": "THR",
    "orders": "ORD", "queries": "QRY", "requests": "REQ", "request_lines": "LIN", "attachments": "DOC", "pages": "PAG", "events": "EVT", "notices": "NTC",
    "appeals": "APL", "authorizations": "AUT", "claims": "CLM", "pharmacy_claims": "RXC", "referrals": "RFL", "appointments": "APT", "call_log": "CAL",
    "stays": "STY", "stay_days": "STD", "disclosures": "DSC", "incidents": "INC",
}  # fmt: skip
#: Ids of chunk k start at k times this.
CHUNK_SPAN = 1_000_000


class Store:
    """Collects rows. `add` returns the new id; `truth` takes what learners must not see."""

    def __init__(self, chunk: int = 0) -> None:
        self.base = chunk * CHUNK_SPAN
        self.tables: dict[str, list[dict[str, Any]]] = {t: [] for t in PREFIX}
        self.truth: dict[str, list[dict[str, Any]]] = {"errors": [], "criteria": [], "requests": []}

    def next_id(self, table: str) -> str:
        """The id that the next row of the table gets."""
        return f"{PREFIX[table]}-{self.base + len(self.tables[table]) + 1:06d}"

    def add(self, table: str, key: str, **row: Any) -> str:
        """Append a row; `key` is the name of its id column."""
        rows = self.tables[table]
        row[key] = made = f"{PREFIX[table]}-{self.base + len(rows) + 1:06d}"
        rows.append(row)
        return made

    def error(self, kind: str, table: str, record: str, request: str | None, done: str, right: str = "") -> None:
        """Record a planted error: type, where, what was done, what would be right."""
        self.truth["errors"].append(
            {"error": kind, "table": table, "record_id": record, "request_id": request, "done": done, "right": right}
        )
