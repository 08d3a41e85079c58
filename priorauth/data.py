"""Reading the course's records: `data.load("requests")`, `data.cases("m01-c2")`, `data.policies()`, `data.TODAY`.

Ids and codes stay text. An empty cell is a missing value; the text "NA" is not. Files are in `datasets/` of the course folder, or in the folder that the
environment variable PRIORAUTH_DATA names.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from . import days, schema, shown
from .learner import learner_id
from .variants import Pool, draw, salt

#: "Now" in the course. Never the clock of the computer.
TODAY = pd.Timestamp("2026-09-30 08:00")

_HERE = Path(__file__).resolve().parents[1] / "datasets"
_TRUE_FALSE = {"True": True, "False": False}


class DataError(Exception):
    """A data file is missing, damaged or unknown; the message says what to do."""


def folder() -> Path:
    """The folder with the data files."""
    named = os.environ.get("PRIORAUTH_DATA")
    return Path(named) if named else _HERE


def load(name: str) -> pd.DataFrame:
    """One table as a DataFrame, a fresh copy each time, rows in file order.

    Raises DataError (one sentence) for an unknown table, a missing file, or a file that was edited or damaged.
    """
    path = _path(name)
    return _read(name, path, _stamp(path)).copy()


def _path(name: str) -> Path:
    try:
        return folder() / f"{schema.table(name).name}.csv"
    except KeyError as e:
        raise DataError(e.args[0]) from None


def rows(name: str, tables: Mapping[str, pd.DataFrame] | None = None, /, **wanted: Any) -> list[dict[str, Any]]:
    """Rows of a table as plain dicts, those whose columns hold the values in `wanted`, in file order.

    `data.rows("notes", member_id="MBR-000012")` is `table[table["member_id"] == ...].to_dict("records")`, but goes by
    an index that is made once. With `tables`, rows of those instead of the course's own. Raises DataError as `load`.
    """
    if tables is not None:
        found = tables[name]
        for column, value in wanted.items():
            found = found[found[column] == value]
        return found.to_dict("records")
    path = _path(name)
    return _indexed(name, path, _stamp(path)).find(**wanted)


def load_all() -> dict[str, pd.DataFrame]:
    """Every table that has a file, by name."""
    names = [t.name for t in schema.TABLES.values() if not t.optional or (folder() / f"{t.name}.csv").exists()]
    return {name: load(name) for name in names}


def cases(item_id: str, learner: str | None = None) -> list[str]:
    """Ids of the records that a graded item uses, in the order in which it shows them.

    Where the item has variants, these are the records of `learner` (without one: of the learner who works here, by
    `priorauth.learner`; "": of nobody, the first ones).
    """
    who = learner_id() if learner is None else learner
    return draw(places(item_id), item_id, who, salt())


def pool(item_id: str) -> list[str]:
    """Ids of all records that a graded item uses in any of its variants. Lessons and tools keep clear of them."""
    return [record for place in places(item_id) for record in place]


def places(item_id: str) -> Pool:
    """For each place of a graded item the records that can stand there; one where the item has no variants."""
    found: dict[int, list[str]] = {}
    for row in rows("casework", item_id=item_id):
        found.setdefault(row["position"], []).append(row["record_id"])
    if not found:
        raise DataError(f"No records are listed for item {item_id!r}. Item ids look like m01-c1.")
    return [found[position] for position in sorted(found)]


def policies(policy_id: str | None = None) -> list[dict]:
    """Every version of every coverage policy, or of one policy, as plain Python data."""
    path = folder() / "policies.json"
    return copy.deepcopy([p for p in _policies(path, _stamp(path)) if policy_id in (None, p["policy_id"])])


def policy(policy_id: str, on: object = None) -> dict:
    """The version of a policy in force on a date (the newest version if `on` is left out)."""
    versions = policies(policy_id)
    if not versions:
        raise DataError(f"There is no policy {policy_id!r}. Policy ids look like POL-101.")
    if on is None:
        return max(versions, key=lambda p: p["version"])
    when = days.text(on)
    for p in versions:
        if p["effective_from"] <= when and (not p["effective_to"] or when <= p["effective_to"]):
            return p
    raise DataError(f"No version of policy {policy_id} was in force on {when}.")


def _restore(name: str) -> str:
    return f"To get the original back, run: git checkout -- datasets/{name}"


def _stamp(path: Path) -> tuple[int, int]:
    try:
        s = path.stat()
    except OSError:
        raise DataError(f"The data file {path} is missing. {_restore(path.name)}") from None
    return s.st_mtime_ns, s.st_size


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise DataError(f"The data file {path} is missing. {_restore(path.name)}") from None


@lru_cache(maxsize=4)
def _checksums(path: Path, stamp: tuple[int, int]) -> dict[str, str]:
    return json.loads(path.read_text(encoding="utf-8"))


def digest(raw: bytes) -> str:
    """SHA-256 of a text file, the same whether its lines end in LF or CRLF."""
    return hashlib.sha256(raw.replace(b"\r\n", b"\n")).hexdigest()


def _edited(name: str, raw: bytes) -> str:
    """A sentence if the file is not the one that was shipped, else an empty string."""
    sums = folder() / "checksums.json"
    if not sums.exists():
        return ""
    want = _checksums(sums, _stamp(sums)).get(name)
    if want is None or want == digest(raw):
        return ""
    return f"The data file {name} was changed after it was made, so answers would not fit it. {_restore(name)}"


@lru_cache(maxsize=4)
def _policies(path: Path, stamp: tuple[int, int]) -> list[dict]:
    raw = _bytes(path)
    problem = _edited(path.name, raw)
    try:
        return [p for p in json.loads(raw)["policies"] if p["policy_id"]]
    except (ValueError, KeyError, TypeError):
        raise DataError(problem or f"{path.name} cannot be read. {_restore(path.name)}") from None


@lru_cache(maxsize=64)
def _read(name: str, path: Path, stamp: tuple[int, int]) -> pd.DataFrame:
    raw = _bytes(path)
    table = schema.TABLES[name]
    sums = folder() / "checksums.json"
    shipped = sums.exists() and name + ".csv" in _checksums(sums, _stamp(sums))
    if shipped and not _edited(path.name, raw):
        return _parse(table, raw)
    from .damage import first_fault

    fault = first_fault(table, raw)
    if fault:
        raise DataError(f"{path.name} is damaged: {fault} {_restore(path.name)}")
    if shipped:
        raise DataError(_edited(path.name, raw))
    return _parse(table, raw)


class _Indexed:
    """A table with an index for each column that is asked for. A row is made when it is first wanted."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.arrays = {c: frame[c].array for c in frame}
        self.size = len(frame)
        self.places: dict[str, dict[Any, list[int]]] = {}
        self.rows: dict[int, dict[str, Any]] = {}

    def find(self, **wanted: Any) -> list[dict[str, Any]]:
        places: Iterable[int] = range(self.size)
        if wanted:
            column = next(iter(wanted))
            if column not in self.places:
                index = self.places[column] = {}
                for place, held in enumerate(self.arrays[column].tolist()):
                    index.setdefault(held, []).append(place)
            places = self.places[column].get(wanted.pop(column), ())
        rows = (self._row(place) for place in places)
        return [dict(row) for row in rows if all((row[c] == v) is True for c, v in wanted.items())]

    def _row(self, place: int) -> dict[str, Any]:
        if place not in self.rows:
            self.rows[place] = {c: _plain(values[place]) for c, values in self.arrays.items()}
        return self.rows[place]


def _plain(value: Any) -> Any:
    """A cell as pandas gives it in `to_dict`: Python's own numbers, None for a missing whole number."""
    return value.item() if isinstance(value, np.generic) else None if value is pd.NA else value


@lru_cache(maxsize=64)
def _indexed(name: str, path: Path, stamp: tuple[int, int]) -> _Indexed:
    return _Indexed(_read(name, path, stamp))


def _parse(table: schema.Table, raw: bytes) -> pd.DataFrame:
    """Bytes of a good file into a DataFrame."""
    import io

    dtypes = {c.name: "float64" if c.kind == "float" else "str" for c in table.columns}
    for c in table.columns:
        if c.kind == "int":
            dtypes[c.name] = "Int64" if c.null else "int64"
    frame = pd.read_csv(io.BytesIO(raw), dtype=dtypes, keep_default_na=False, na_values=[""], encoding="utf-8")
    for c in table.columns:
        if c.kind == "date":
            frame[c.name] = pd.to_datetime(frame[c.name], format="%Y-%m-%d")
        elif c.kind == "datetime":
            frame[c.name] = pd.to_datetime(frame[c.name], format="%Y-%m-%d %H:%M")
        elif c.kind == "bool":
            values = frame[c.name].map(_TRUE_FALSE)
            frame[c.name] = values.astype("boolean") if c.null else values.astype(bool)
    return frame


shown.as_html("pandas", "DataFrame", shown.table)
