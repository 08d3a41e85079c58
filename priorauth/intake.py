"""The intake desk of a payer: a request as it came in, beside what the plan has on file, on one sheet.

Nothing is judged here. A reader compares who asks with who is covered, what is asked with the list, and this request
with the ones before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from priorauth import data
from priorauth.policies import PLACES

if TYPE_CHECKING:
    import pandas as pd

Tables = Mapping[str, "pd.DataFrame"]
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


def day(value: Any) -> str:
    """A date as text; "open" where there is none."""
    return OPEN if value is None or value != value else f"{value:%Y-%m-%d}"


def state_at(row: Mapping[str, Any], moment: Any) -> str:
    """What had become of a request at a moment: its decision, or open."""
    return str(row["decision"]) if row["decided_at"] == row["decided_at"] and row["decided_at"] <= moment else OPEN


def sheet(request_id: str, tables: Tables | None = None) -> Sheet:
    """The intake sheet of one request. LookupError if there is no such request or nobody has received it."""
    found = data.rows("requests", tables, request_id=request_id)
    if not found or found[0]["received_at"] != found[0]["received_at"]:
        raise LookupError(f"No payer has received a request {request_id!r}.")
    row = found[0]
    line = data.rows("request_lines", tables, request_id=request_id)[0]
    plans = _plans(tables)
    person = data.rows("members", tables, member_id=row["member_id"])[0]
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
            f"{c['coverage_id']}: {person['first_name']} {person['last_name']}, "
            f"born {day(person['birth_date'])}, card {c['card_id']}, {plans[c['plan_id']]}, "
            f"{day(c['start'])} to {day(c['end'])}"
            for c in data.rows("coverage", tables, member_id=row["member_id"])
        )),
        ("List", tuple(
            f"{r['rule_id']}: {r['requirement']}, decided by {r['destination_id'] if r['destination_id'] == r['destination_id'] else 'nobody'}, "
            f"{day(r['effective_from'])} to {day(r['effective_to'])}, "
            f"nothing needed at {r['exempt_pos'] if r['exempt_pos'] == r['exempt_pos'] else '-'}"
            for r in data.rows("pa_list", tables, plan_id=row["plan_id"], code=line["code"])
        )),
        ("Before", tuple(_before(row, plans, tables))),
        ("Papers", tuple(
            f"{d['doc_id']}: {d['kind']}, {d['pages']} page(s), {d['quality']}"
            for d in data.rows("attachments", tables, request_id=request_id)
        )),
    )  # fmt: skip
    return Sheet(request_id, blocks)


def _plans(tables: Tables | None) -> dict[str, str]:
    """The name of each plan."""
    return {plan["plan_id"]: plan["name"] for plan in data.rows("plans", tables)}


def _before(row: Mapping[str, Any], plans: Mapping[str, str], tables: Tables | None) -> list[str]:
    """Requests of the same person that this payer's plan received earlier, with their state at this moment."""
    mine = data.rows("requests", tables, member_id=row["member_id"])
    mine = [other for other in mine if other["received_at"] < row["received_at"]]
    told = []
    for other in sorted(mine, key=lambda r: (r["received_at"], r["request_id"])):
        asked = data.rows("request_lines", tables, request_id=other["request_id"])[0]
        told.append(
            f"{other['request_id']}: {asked['code']}, {day(asked['start_date'])} to {day(asked['end_date'])}, "
            f"{plans[other['plan_id']]}, {state_at(other, row['received_at'])}"
        )
    return told
