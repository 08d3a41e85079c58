"""The intake desk of a payer: a request as it came in, beside what the plan has on file, on one sheet.

Nothing is judged here. A reader compares who asks with who is covered, what is asked with the list, and this request
with the ones before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from priorauth import data
from priorauth.policies import PLACES

if TYPE_CHECKING:
    import pandas as pd

NAMES = ("requests", "request_lines", "members", "coverage", "plans", "pa_list", "attachments", "payers")
WIDTH = 100  # characters of a line of the sheet
#: What the world of the course writes into `decision`, as the desk sees it at the moment of receipt.
OPEN = "open"


@dataclass(frozen=True)
class Sheet:
    """Blocks of the sheet: title -> lines. `str()` of it is what the notebook prints."""

    request_id: str
    blocks: tuple[tuple[str, tuple[str, ...]], ...]

    def __str__(self) -> str:
        parts = [self.request_id]
        for title, lines in self.blocks:
            for line in lines or ("nothing",):
                parts += wrap(
                    f"{title:<9}{line}", WIDTH, initial_indent="  ", subsequent_indent=" " * 13, break_on_hyphens=False
                )
                title = ""
        return "\n".join(parts)


@cache
def _all(name: str) -> pd.DataFrame:
    return data.load(name)


def _rows(table: pd.DataFrame, **wanted: str) -> list[dict[str, Any]]:
    for column, value in wanted.items():
        table = table[table[column] == value]
    return table.to_dict("records")


def day(value: Any) -> str:
    """A date as text; "open" where there is none."""
    return OPEN if value is None or value != value else f"{value:%Y-%m-%d}"


def state_at(row: Mapping[str, Any], moment: Any) -> str:
    """What had become of a request at a moment: its decision, or open."""
    return str(row["decision"]) if row["decided_at"] == row["decided_at"] and row["decided_at"] <= moment else OPEN


def sheet(request_id: str, tables: Mapping[str, pd.DataFrame] | None = None) -> Sheet:
    """The intake sheet of one request. LookupError if there is no such request or nobody has received it."""
    get = _all if tables is None else tables.__getitem__
    found = _rows(get("requests"), request_id=request_id)
    if not found or found[0]["received_at"] != found[0]["received_at"]:
        raise LookupError(f"No payer has received a request {request_id!r}.")
    row = found[0]
    line = _rows(get("request_lines"), request_id=request_id)[0]
    plans = get("plans").set_index("plan_id")["name"]
    people = get("members").set_index("member_id")
    place = f"{line['pos']} {PLACES.get(line['pos'], '')}".strip() if line["pos"] == line["pos"] else "none"
    blocks = (
        ("Came", (
            f"{row['received_at']:%Y-%m-%d %H:%M} by {row['channel']}, form {row['form']}, case {row['case_ref']}",
        )),
        ("Asks", (
            f"{line['code']} for {line['icd10']}, {day(line['start_date'])} to {day(line['end_date'])}, place {place}, "
            f"first visit {day(row['service_date'])}",
        )),
        ("Says", (
            f"{row['name_sent']}, born {day(row['birth_date_sent'])}, card {row['card_id_sent']}, {plans[row['plan_id']]}",
        )),
        ("On file", tuple(
            f"{c['coverage_id']}: {people.loc[c['member_id'], 'first_name']} {people.loc[c['member_id'], 'last_name']}, "
            f"born {day(people.loc[c['member_id'], 'birth_date'])}, card {c['card_id']}, {plans[c['plan_id']]}, "
            f"{day(c['start'])} to {day(c['end'])}"
            for c in _rows(get("coverage"), member_id=row["member_id"])
        )),
        ("List", tuple(
            f"{r['rule_id']}: {r['requirement']}, decided by {r['destination_id'] if r['destination_id'] == r['destination_id'] else 'nobody'}, "
            f"{day(r['effective_from'])} to {day(r['effective_to'])}, "
            f"nothing needed at {r['exempt_pos'] if r['exempt_pos'] == r['exempt_pos'] else '-'}"
            for r in _rows(get("pa_list"), plan_id=row["plan_id"], code=line["code"])
        )),
        ("Before", tuple(_before(row, get))),
        ("Papers", tuple(
            f"{d['doc_id']}: {d['kind']}, {d['pages']} page(s), {d['quality']}"
            for d in _rows(get("attachments"), request_id=request_id)
        )),
    )  # fmt: skip
    return Sheet(request_id, blocks)


def _before(row: Mapping[str, Any], get: Any) -> list[str]:
    """Requests of the same person that this payer's plan received earlier, with their state at this moment."""
    mine = get("requests")
    mine = mine[(mine["member_id"] == row["member_id"]) & (mine["received_at"] < row["received_at"])]
    lines, plans = get("request_lines"), get("plans").set_index("plan_id")["name"]
    told = []
    for other in mine.sort_values(["received_at", "request_id"]).to_dict("records"):
        asked = _rows(lines, request_id=other["request_id"])[0]
        told.append(
            f"{other['request_id']}: {asked['code']}, {day(asked['start_date'])} to {day(asked['end_date'])}, "
            f"{plans[other['plan_id']]}, {state_at(other, row['received_at'])}"
        )
    return told
