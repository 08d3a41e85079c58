"""Charts as an authorization desk reads them: rows under tabs, and a search through all of them.

A chart comes from the tables of the synthetic world (`from_tables`) or from the course's own thick charts (`charts`).
Pharmacy printouts, a packet and claims of earlier treatment stand in the same file, `chart_cases.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    import pandas as pd

#: The tabs of a chart in their order: what a clinic's system calls it, and what stands there.
TABS = {
    "visits": "Visit notes",
    "telephone": "Telephone notes",
    "letters": "Letters from outside",
    "problems": "Problem list",
    "medications": "Medication list",
    "fills": "Pharmacy fills",
    "results": "Labs and measurements",
    "imaging": "Imaging and tests",
    "therapy": "Therapy",
    "orders": "Orders",
}


@dataclass(frozen=True)
class Row:
    """A line of a chart. `signed` is a day, "not signed", or "-" where no signature is needed."""

    row_id: str
    tab: str
    day: str
    who: str
    signed: str
    text: str


@dataclass(frozen=True)
class Chart:
    """One person's chart: who it is, what is asked for, and its rows, newest first in each tab."""

    chart_id: str
    patient: str
    asks: str
    rows: tuple[Row, ...]

    def tab(self, name: str) -> list[Row]:
        """The rows under a tab. ValueError for a tab that no chart has."""
        if name not in TABS:
            raise ValueError(f"A chart has no tab {name!r}; tabs are {', '.join(TABS)}.")
        return [row for row in self.rows if row.tab == name]

    def search(self, words: str) -> list[Row]:
        """Rows that hold every one of the words, in any place, whole or as the beginning of a word.

        A day such as 9/16 or 9/16/2026 also finds 2026-09-16.
        """
        wanted = words.lower().split()
        return [row for row in self.rows if wanted and all(_holds(row, word) for word in wanted)]


def _holds(row: Row, word: str) -> bool:
    everything = f"{row.row_id} {row.day} {row.who} {row.text}".lower()
    ways = [re.escape(word)]
    if found := re.fullmatch(r"(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d\d))?", word):
        month, day, year = found.groups()
        ways.append(rf"{(year or '').rjust(4, '.')}-{month:0>2}-{day:0>2}(?!\d)")
    return re.search(rf"(?<![a-z0-9])(?:{'|'.join(ways)})", everything) is not None


def _sorted(rows: list[Row]) -> tuple[Row, ...]:
    order = list(TABS)
    newest_first = sorted(rows, key=lambda r: (r.day, r.row_id), reverse=True)
    return tuple(sorted(newest_first, key=lambda r: order.index(r.tab)))


@cache
def cases() -> Mapping[str, Any]:
    """All of `chart_cases.yaml`: charts, packet, claims, claim_fills, printouts."""
    return yaml.safe_load((Path(__file__).parent / "chart_cases.yaml").read_text(encoding="utf-8"))


def charts(*names: str) -> list[Chart]:
    """The course's own charts, all or those named. ValueError for an unknown name."""
    known = {entry["id"]: entry for entry in cases()["charts"]}
    for name in names:
        if name not in known:
            raise ValueError(f"There is no chart {name!r}; charts are {', '.join(known)}.")
    return [_own(known[name]) for name in (names or known)]


def _own(entry: dict[str, Any]) -> Chart:
    rows = [
        Row(row_id, tab, str(day), who, str(signed) or "not signed", text)
        for row_id, tab, day, who, signed, text in entry["rows"]
    ]
    return Chart(entry["id"], entry["patient"], entry["asks"], _sorted(rows))


def table(name: str) -> pd.DataFrame:
    """A list of `chart_cases.yaml` as a DataFrame with days as dates.

    `packet` (pages), `prescriptions`, `claims`, `claim_fills`, or the name of a patient with a printout, such as "P1"; `printouts` puts
    all graded printouts into one table.
    """
    import pandas as pd

    data = cases()
    if name == "prescriptions":
        columns = ["prescription", "sig", "quantity", "refills", "days_on_the_request"]
        return pd.DataFrame(data["prescriptions"], columns=columns)
    if name == "packet":
        return pd.DataFrame(data["packet"]["pages"]).astype({"dated": "datetime64[us]", "signed": str})
    if name == "claims":
        return pd.DataFrame(data["claims"]).astype({"day": "datetime64[us]"})
    if name == "claim_fills":
        columns = ["fill", "note", "filled_on", "label", "days_supply"]
        return pd.DataFrame(data["claim_fills"], columns=columns).astype({"filled_on": "datetime64[us]"})
    found = [
        p for p in data["printouts"] if p["patient"] == name or (name == "printouts" and p["patient"] != "Example")
    ]
    if not found:
        raise ValueError(f"There is no table {name!r}.")
    rows = [
        (p["patient"], p["drug"], p["asked"], *fill)
        for p in found
        for fill in p["fills"]
    ]  # fmt: skip
    columns = ["patient", "drug", "asked", "fill", "filled_on", "label", "days_supply", "status"]
    return pd.DataFrame(rows, columns=columns).astype({"asked": "datetime64[us]", "filled_on": "datetime64[us]"})


def from_tables(member_id: str, tables: Mapping[str, pd.DataFrame], asks: str = "") -> Chart:
    """A member's chart from the tables members, providers, notes, problems, fills, labs, imaging, therapy and orders.

    ValueError if there is no such member.
    """
    people = tables["members"].set_index("member_id")
    if member_id not in people.index:
        raise ValueError(f"There is no member {member_id}. Member ids look like MBR-000123.")
    names = tables["providers"].set_index("npi")["name"]
    person = people.loc[member_id]
    rows: list[Row] = []
    for name, tab, to_row in _READERS:
        mine = tables[name][tables[name]["member_id"] == member_id]
        rows += [Row(*to_row(r, names)[:1], tab, *to_row(r, names)[1:]) for r in mine.to_dict("records")]
    patient = f"{person['first_name']} {person['last_name']}, born {str(person['birth_date'])[:10]}"
    return Chart(member_id, patient, asks, _sorted(rows))


def _who(npi: Any, names: Any) -> str:
    return str(names.get(npi, npi)) if npi == npi and npi is not None else "no author"


def _day(value: Any) -> str:
    return str(value)[:10] if value == value and value is not None else ""


def _words(value: Any) -> str:
    return str(value).replace("_", " ")


_READERS = (
    ("notes", "visits", lambda r, n: (
        r["note_id"], _day(r["service_date"]), _who(r["author_npi"], n), _day(r["signed_at"]) or "not signed",
        f"{_words(r['kind']).capitalize()}. {r['text']}")),
    ("problems", "problems", lambda r, n: (
        r["problem_id"], _day(r["noted_on"]), "problem list", "-",
        f"{r['icd10']} {r['description']}; noted {_day(r['noted_on'])}, last reviewed {_day(r['reviewed_on'])}")),
    ("fills", "fills", lambda r, n: (
        r["fill_id"], _day(r["filled_on"]), "pharmacy", "-",
        f"{r['drug_name']}, #{r['quantity']}, {r['days_supply']} days")),
    ("labs", "results", lambda r, n: (
        r["lab_id"], _day(r["collected_on"]), "laboratory", "-", f"{r['test']} {r['value']:g} {r['unit']}")),
    ("imaging", "imaging", lambda r, n: (
        r["study_id"], _day(r["done_on"]), "reading clinician", "-", f"{r['study']}: {r['impression']}")),
    ("therapy", "therapy", lambda r, n: (
        r["therapy_id"], _day(r["start"]), f"{r['directed_by']}-directed", "-",
        f"{_words(r['kind'])}, {_day(r['start'])} to {_day(r['end']) or 'today'}, {r['visits']} visits, {_words(r['outcome'])}")),
    ("orders", "orders", lambda r, n: (
        r["order_id"], _day(r["ordered_at"]), _who(r["orderer_npi"], n), _day(r["signed_at"]) or "not signed",
        f"{r['order_text']}" + (f". {r['sig']}, RF {r['refills']}" if isinstance(r["sig"], str) else ""))),
)  # fmt: skip
TABLES = ("members", "providers", *(name for name, _, _ in _READERS))
