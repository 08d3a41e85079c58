"""The evidence for one request: its policy, the chart of the person, what was sent, and all of it as one table.

Rows of five tables of the chart (`notes`, `fills`, `labs`, `imaging`, `therapy`) become lines of one table, each with its id,
its day and its words, so that a criterion can be matched with a row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from priorauth import data, policies
from priorauth.criteria import TABLES, Asked, Chart, Review, review
from priorauth.policies import NoPolicy, Tree, as_day

if TYPE_CHECKING:
    import pandas as pd

DAY_OF = {
    "notes": "service_date",
    "fills": "filled_on",
    "labs": "collected_on",
    "imaging": "done_on",
    "therapy": "start",
}
KIND = {"notes": "note", "fills": "fill", "labs": "lab", "imaging": "study", "therapy": "treatment"}
Tables = Mapping[str, "pd.DataFrame"]


def request(request_id: str, tables: Tables | None = None) -> dict[str, Any]:
    """A request with its first line: the columns of both. LookupError if there is no such request."""
    found = data.rows("requests", tables, request_id=request_id)
    if not found:
        raise LookupError(f"There is no request {request_id!r}. Request ids look like REQ-000123.")
    first = data.rows("request_lines", tables, request_id=request_id, line_no=1)
    return {**found[0], **(first[0] if first else {})}


def day_of(row: Mapping[str, Any]) -> date:
    """The day that counts for policy and look-back: the day on which the request was sent; for a draft, today."""
    sent = row["submitted_at"]
    return as_day(data.TODAY if sent is None or sent != sent else sent)


def chart_of(member_id: str, tables: Tables | None = None) -> Chart:
    """Every row of a person's chart."""
    rows = {name: data.rows(name, tables, member_id=member_id) for name in TABLES}
    person = data.rows("members", tables, member_id=member_id)
    return Chart(**rows, birth_date=as_day(person[0]["birth_date"]) if person else None)


def sent_ids(request_id: str, tables: Tables | None = None) -> set[str]:
    """Ids of the chart rows of which a readable copy is in the packet."""
    mine = data.rows("attachments", tables, request_id=request_id, quality="readable")
    return {doc["source_id"] for doc in mine if doc["source_id"] == doc["source_id"]}


def packet_of(chart: Chart, sent: set[str]) -> Chart:
    """The part of a chart that was sent. Fills stay, because the payer paid for them and has its own list."""
    rows = {n: [r for r in getattr(chart, n) if r[key] in sent] for n, key in TABLES.items() if n != "fills"}
    return Chart(**rows, fills=chart.fills, birth_date=chart.birth_date)


def asked(row: Mapping[str, Any], tables: Tables | None = None) -> Asked:
    """What a request says of itself. The use counts as accepted if it is in the drug's label; otherwise it stays open,
    and Module 6 shows the way on."""
    who = data.rows("providers", tables, npi=row["requesting_npi"])
    label = data.rows("drugs", tables, drug_id=row["code"])
    code = str(row["icd10"])
    in_label = label and any(code.startswith(c) for c in str(label[0]["label_icd10"]).split(";"))
    use = (True, str(row["code"])) if in_label else None
    specialty = str(who[0]["specialty"]) if who else ""
    return Asked(day_of(row), code, str(row["line_id"]), specialty, str(row["requesting_npi"]), use)


def tree_of(row: Mapping[str, Any], renewal: bool | None = None, tables: Tables | None = None) -> tuple[dict, Tree]:
    """Policy version and criteria for a request; for a renewal its renewal criteria. NoPolicy where the list names none."""
    found = policies.find(str(row["plan_id"]), str(row["code"]), day_of(row), tables)
    if found.policy is None:
        raise NoPolicy(f"The list of {row['plan_id']} names no policy for {row['code']}.")
    wants = row["request_type"] == "renewal" if renewal is None else renewal
    return found.policy, policies.tree_for(found.policy, wants)


def judged(
    request_id: str, renewal: bool | None = None, packet: bool = False, tables: Tables | None = None
) -> tuple[Review, Tree]:
    """A request against its policy, with the whole chart or with the packet only."""
    row = request(request_id, tables)
    _, tree = tree_of(row, renewal, tables)
    chart = chart_of(str(row["member_id"]), tables)
    if packet:
        chart = packet_of(chart, sent_ids(request_id, tables))
    return review(tree, chart, asked(row, tables)), tree


# --- the chart as one table ---------------------------------------------------------------------------------------------------


def _day(value: Any) -> str:
    return str(as_day(value)) if value is not None and value == value else "still running"


WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "notes": lambda r: f"{r['kind'].replace('_', ' ')}: {r['text']}",
    "fills": lambda r: f"{r['drug_name']} ({r['drug_id']}), {r['quantity']} for {r['days_supply']} days",
    "labs": lambda r: f"{r['test']} {r['value']:g} {r['unit']}",
    "imaging": lambda r: f"{r['study']}, finding {r['finding'].replace('_', ' ')}: {r['impression']}",
    "therapy": lambda r: (
        f"{r['kind'].replace('_', ' ')} from {_day(r['start'])} to {_day(r['end'])}, "
        f"directed by {r['directed_by']}, {r['outcome'].replace('_', ' ')}"
    ),
}


def _signed(name: str, row: Mapping[str, Any]) -> str:
    if name != "notes":
        return ""
    known = row["signed_at"] == row["signed_at"] and row["signed_at"] is not None
    return "yes" if known else "no"


def lines(chart: Chart, until: date, kinds: Sequence[str] = tuple(TABLES)) -> list[tuple[str, str, str, str, str]]:
    """(id, kind, day, signed, words) of every row up to a day, the newest first within each kind."""
    found = []
    for name in kinds:
        mine = [r for r in getattr(chart, name) if as_day(r[DAY_OF[name]]) <= until]
        mine.sort(key=lambda r, n=name: (as_day(r[DAY_OF[n]]), r[TABLES[n]]), reverse=True)
        found += [(r[TABLES[name]], KIND[name], _day(r[DAY_OF[name]]), _signed(name, r), WORDS[name](r)) for r in mine]
    return found


def table(request_id: str, kinds: Sequence[str] = tuple(TABLES)) -> pd.DataFrame:
    """The chart behind a request as one table: row, kind, day, signed, in the packet, what it says; up to the day of
    the request. For a treatment the day is its first one."""
    import pandas as pd

    row = request(request_id)
    sent = sent_ids(request_id)
    found = [
        (request_id, *line[:4], "yes" if line[0] in sent else "no", line[4])
        for line in lines(chart_of(str(row["member_id"])), day_of(row), kinds)
    ]
    return pd.DataFrame(found, columns=["request_id", "row", "kind", "day", "signed", "in_packet", "says"])


def card(request_ids: Sequence[str]) -> pd.DataFrame:
    """What some requests ask for: plan, code, diagnosis, day sent, and the policy in force on it."""
    import pandas as pd

    rows = []
    for request_id in request_ids:
        row = request(request_id)
        policy, _ = tree_of(row, renewal=False)
        version = f"{policy['policy_id']} version {policy['version']}"
        rows.append((request_id, row["plan_id"], row["code"], row["icd10"], str(day_of(row)), version))
    return pd.DataFrame(rows, columns=["request_id", "plan_id", "code", "icd10", "day", "policy"])


def criteria_table(request_ids: Sequence[str], renewal: bool = False, skip: Sequence[str] = ()) -> pd.DataFrame:
    """The criteria of some requests in words, one line each; criteria of the kinds in `skip` are left out."""
    import pandas as pd

    rows = []
    for request_id in request_ids:
        _, tree = tree_of(request(request_id), renewal)
        kinds = {leaf["id"]: leaf["kind"] for leaf in policies.leaves(tree)}
        rows += [
            (request_id, line.criterion, line.words)
            for line in policies.checklist(tree)
            if line.criterion and kinds[line.criterion] not in skip
        ]
    return pd.DataFrame(rows, columns=["request_id", "criterion", "asks_for"])
