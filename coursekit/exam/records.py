"""The public records as plain rows, and small helpers that turn them into the text of a question."""

from __future__ import annotations

import csv
import datetime as dt
import functools
from collections.abc import Iterable, Sequence
from pathlib import Path

from coursekit.items import ROOT

Row = dict[str, str]


class Records:
    """Rows of the tables in `datasets/` as text, found by id or by a column."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._found: dict[tuple[str, str], dict[str, list[Row]]] = {}

    @functools.cache  # noqa: B019  one object for each folder, kept for the life of the process
    def rows(self, table: str) -> list[Row]:
        """All rows of a table, in file order; empty cells are empty texts."""
        with (self.folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def where(self, table: str, column: str, value: str) -> list[Row]:
        """Rows with this value in a column, in file order."""
        key = (table, column)
        if key not in self._found:
            index: dict[str, list[Row]] = {}
            for row in self.rows(table):
                index.setdefault(row[column], []).append(row)
            self._found[key] = index
        return self._found[key].get(value, [])

    def one(self, table: str, column: str, value: str) -> Row:
        """The first row with this value. Raises `LookupError` if there is none."""
        found = self.where(table, column, value)
        if not found:
            raise LookupError(f"{table} has no row with {column} {value!r}")
        return found[0]

    def request(self, request_id: str) -> Row:
        """A request with the columns of its first line and of its plan."""
        row = self.one("requests", "request_id", request_id)
        line = next((r for r in self.where("request_lines", "request_id", request_id) if r["line_no"] == "1"), {})
        return {**self.one("plans", "plan_id", row["plan_id"]), **line, **row}

    def log(self, request_id: str) -> list[Row]:
        """The events of a request in order of time."""
        return sorted(self.where("events", "request_id", request_id), key=lambda r: (r["at"], r["event_id"]))

    def patient(self, member_id: str) -> str:
        """`Ms Alvarez` or `Mr Reed`."""
        row = self.one("members", "member_id", member_id)
        return f"{'Ms' if row['sex'] == 'F' else 'Mr'} {row['last_name']}"

    def payer(self, payer_id: str) -> str:
        return self.one("payers", "payer_id", payer_id)["name"]

    def what(self, row: Row) -> str:
        """What a request line asks for, in words."""
        code = row["code"]
        if code.startswith("DRG-"):
            return self.one("drugs", "drug_id", code)["brand_name"]
        for table, column in (("services", "description"), ("hcpcs", "label")):
            found = self.where(table, "code", code)
            if found:
                return found[0][column]
        return code


@functools.lru_cache(maxsize=4)
def records(folder: Path = ROOT / "datasets") -> Records:
    return Records(folder)


def table(rows: Iterable[Sequence[object]], *heads: str) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join(lines + ["| " + " | ".join(str(c) or "-" for c in row) + " |" for row in rows])


def date(text: str) -> dt.date:
    """A date from `2026-05-03` or `2026-05-03 14:00`."""
    return dt.date.fromisoformat(text[:10])


def moment(text: str) -> dt.datetime:
    """A moment from `2026-05-03 14:00`."""
    return dt.datetime.fromisoformat(text)


def day(value: str | dt.date) -> str:
    """`May 3, 2026`."""
    when = date(value) if isinstance(value, str) else value
    return f"{when:%B} {when.day}, {when.year}"


def stamp(value: str | dt.datetime) -> str:
    """`May 3, 2026, 14:05`."""
    when = moment(value) if isinstance(value, str) else value
    return f"{day(when.date())}, {when:%H:%M}"


def iso(when: dt.datetime | dt.date) -> str:
    """`2026-05-03 14:05`, or `2026-05-03` for a date."""
    return f"{when:%Y-%m-%d %H:%M}" if isinstance(when, dt.datetime) else when.isoformat()


def hours(first: str, last: str) -> float:
    """Hours between two moments, to one decimal."""
    return round((moment(last) - moment(first)).total_seconds() / 3600, 1)


def later(value: str, days: int) -> str:
    """A date some days later (or earlier), as text."""
    return (date(value) + dt.timedelta(days=days)).isoformat()


def sentence(words: str) -> str:
    """The words with a capital letter at the beginning and a point at the end."""
    return words[:1].upper() + words[1:].rstrip(".") + "."
