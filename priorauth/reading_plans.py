"""Requests that Module 7 shows: its opening case and its worked examples, found by rule among the records.

A rule and not an id is written down here, so the text stays true when the records are made anew. No request of a graded
task is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import TYPE_CHECKING

from priorauth import casefile, data, formulary, policies
from priorauth.criteria import MET, NOT_MET, NOT_SHOWN, Finding
from priorauth.shown import FOLD

if TYPE_CHECKING:
    import pandas as pd

GRADED = ("m07-c1", "m07-c2", "m07-c3", "m07-c4", "m07-c7")


@dataclass(frozen=True)
class Opening:
    """A draft that waits for somebody to read the plan. `str()` of it is the text that the notebook prints."""

    request_id: str
    patient: str
    plan: str
    asks_for: str
    policy: str

    def __str__(self) -> str:
        lines = (
            f"Draft:    {self.request_id}, for {self.patient} (invented)",
            f"Plan:     {self.plan}",
            f"Asks for: {self.asks_for}",
            f"Policy:   {self.policy}",
        )
        return "\n".join(lines)

    def model_answer(self) -> ModelAnswer:
        """The matrix of this draft and what follows, folded in a notebook."""
        return ModelAnswer(self.request_id)


@dataclass(frozen=True)
class ModelAnswer:
    """A finished matrix that opens on click."""

    request_id: str

    def _rows(self) -> list[str]:
        found, tree = casefile.judged(self.request_id)
        kinds = {leaf["id"]: leaf["kind"] for leaf in policies.leaves(tree)}
        rows = [f"{f.criterion}: {f.verdict}. {f.why} Row: {_one_row(kinds[f.criterion], f)}." for f in found.findings]
        end = {
            MET: "The request can go today. What is not shown is a second way that nobody needs.",
            NOT_SHOWN: f"The request waits for {', '.join(found.open)}.",
            NOT_MET: f"No page will help with {', '.join(found.open)}.",
        }
        return [*rows, end[found.verdict]]

    def __repr__(self) -> str:
        return "\n".join(self._rows())

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{escape(row)}</li>" for row in self._rows())
        return f"<details><summary style='{FOLD}'>Open the model answer</summary><ul>{items}</ul></details>"


def _one_row(kind: str, finding: Finding) -> str:
    """The one row that stands for a finding: of a run of fills the last one."""
    if kind not in ANSWERED_BY:
        return "the request itself"
    if not finding.evidence:
        return "none"
    return finding.evidence[-1 if kind == "drug_trial" else 0]


def _taken() -> set[str]:
    """The requests of graded tasks; none while they are still being chosen."""
    taken: set[str] = set()
    for item in GRADED:
        try:
            taken |= set(data.cases(item))
        except data.DataError:
            continue
    return taken


def _requests(code: str, states: tuple[str, ...]) -> Iterator[str]:
    rows = data.load("requests").merge(data.load("request_lines").query("line_no == 1"), on="request_id")
    fits = (rows["code"] == code) & rows["state"].isin(states) & (rows["request_type"] == "initial")
    taken = _taken()
    yield from (r for r in rows.loc[fits, "request_id"] if r not in taken)


def first_like(choices: list[tuple[str, tuple[str, ...], Callable[[dict[str, Finding]], bool]]]) -> str:
    """The first request for which a rule holds: (code, states, rule over its findings). LookupError if there is none."""
    for code, states, rule in choices:
        for request_id in _requests(code, states):
            found, _ = casefile.judged(request_id)
            if rule({f.criterion: f for f in found.findings}):
                return request_id
    raise LookupError("No request fits any of the rules.")


@cache
def opening_id() -> str:
    """A draft for a step drug that may go although one criterion is not shown."""

    def ready(found: dict[str, Finding]) -> bool:
        return found["C2"].verdict == MET and found["C3"].verdict == NOT_SHOWN

    everywhere = ("draft", "received", "in_review", "approved")
    return first_like([("DRG-101", ("draft",), ready), ("DRG-108", ("draft",), ready), ("DRG-101", everywhere, ready)])


def opening_case() -> Opening:
    """The opening case of Module 7."""
    request_id = opening_id()
    row = casefile.request(request_id)
    policy, _ = casefile.tree_of(row)
    people, plans = data.load("members").set_index("member_id"), data.load("plans").set_index("plan_id")
    person = people.loc[row["member_id"]]
    title = "Ms" if person["sex"] == "F" else "Mr"
    return Opening(
        request_id,
        f"{title} {person['last_name']}",
        f"{row['plan_id']}, {plans.loc[row['plan_id'], 'name']}",
        f"{policies.drug_name(row['code'])}, {row['code']}",
        f"{policy['policy_id']} version {policy['version']}, {policies.dates(policy)}",
    )


@cache
def stale_example() -> str:
    """A denied request whose only gap is a result that was too old."""

    def stale(found: dict[str, Finding]) -> bool:
        gaps = [f for f in found.values() if f.verdict != MET]
        return len(gaps) == 1 and gaps[0].verdict == NOT_SHOWN and bool(gaps[0].evidence)

    states = ("denied", "upheld", "overturned")
    return first_like([("E0601", states, stale), ("SURG-TKA", states, stale), ("IMG-CT-CHEST", states, stale)])


@cache
def short_example() -> str:
    """A denied request with treatment that was too short or not directed by a provider."""

    def short(found: dict[str, Finding]) -> bool:
        return found["C2"].verdict == NOT_MET

    states = ("denied", "upheld", "overturned")
    return first_like([(code, states, short) for code in ("IMG-MRI-LSPINE", "IMG-MRI-KNEE", "SURG-SCS-TRIAL")])


def examples() -> list[str]:
    """The requests of the worked matrix: the opening case, one with an old result, one with short treatment."""
    return [opening_id(), stale_example(), short_example()]


# --- tables for the tasks --------------------------------------------------------------------------------------------------

#: Kind of criterion -> the table of the chart that can answer it.
ANSWERED_BY = {"note": "notes", "lab": "labs", "study": "imaging", "therapy": "therapy", "drug_trial": "fills"}


def requests_in(cells: list[str]) -> list[str]:
    """The requests of cells such as "REQ-000123 C2", each once."""
    return list(dict.fromkeys(cell.split()[0] for cell in cells))


def charts(request_ids: list[str]) -> pd.DataFrame:
    """The charts behind some requests, one under the other, without the column of the packet."""
    import pandas as pd

    tables = [casefile.table(r) for r in request_ids]
    return pd.concat(tables, ignore_index=True).drop(columns="in_packet")


def dates_of(request_ids: list[str]) -> pd.DataFrame:
    """Plan, code and three dates of some requests: ordered, sent, and the first day of service."""
    import pandas as pd

    orders = data.load("orders").set_index("order_id")
    rows = []
    for r in request_ids:
        row = casefile.request(r)
        ordered = policies.as_day(orders.loc[row["order_id"], "ordered_at"])
        rows.append(
            (r, row["plan_id"], row["code"], ordered, casefile.day_of(row), policies.as_day(row["service_date"]))
        )
    return pd.DataFrame(rows, columns=["request_id", "plan_id", "code", "ordered", "sent", "service"])


def open_criteria(request_ids: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """For some requests the criterion that the packet leaves open, and the rows of the chart that could answer it."""
    import pandas as pd

    asks, rows = [], []
    for r in request_ids:
        found, tree = casefile.judged(r, packet=True)
        leaf = next(x for x in policies.leaves(tree) if x["id"] in found.open and x["kind"] in ANSWERED_BY)
        asks.append((r, str(casefile.day_of(casefile.request(r))), leaf["id"], policies.sentence(leaf)))
        rows.append(casefile.table(r, [ANSWERED_BY[leaf["kind"]]]))
    shown = pd.concat(rows, ignore_index=True)
    shown.loc[shown["kind"] == "fill", "in_packet"] = ""
    return pd.DataFrame(asks, columns=["request_id", "sent", "criterion", "asks_for"]), shown


def step_rules(request_ids: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """For some drug requests the step of the plan's formulary, and the fills of the step drugs up to the day sent."""
    import pandas as pd

    rules, fills = [], []
    for r in request_ids:
        row = casefile.request(r)
        entry = formulary.entry(row["plan_id"], row["code"])
        rules.append(
            (r, row["code"], str(casefile.day_of(row)), entry["step_drugs"], entry["step_days"], entry["formulary_id"])
        )
        chart = casefile.chart_of(row["member_id"])
        mine = [f for f in chart.fills if f["drug_id"] in entry["step_drugs"].split(";")]
        mine = [f for f in mine if policies.as_day(f["filled_on"]) <= casefile.day_of(row)]
        fills += [(r, f["fill_id"], f["drug_id"], policies.as_day(f["filled_on"]), f["days_supply"]) for f in mine]
    head = ["request_id", "asked", "sent", "step_drugs", "days_needed", "formulary_row"]
    shown = pd.DataFrame(fills, columns=["request_id", "row", "drug_id", "filled_on", "days_supply"])
    return pd.DataFrame(rules, columns=head), shown.sort_values(
        ["request_id", "drug_id", "filled_on"], ignore_index=True
    )


def renewal_rows(request_ids: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """For some drug requests drug, day sent and renewal criterion, and the fills, notes and results of the year before."""
    import pandas as pd

    asks, rows = [], []
    for r in request_ids:
        row = casefile.request(r)
        _, tree = casefile.tree_of(row, renewal=True)
        leaf = next(x for x in policies.leaves(tree) if x["kind"] in ("note", "lab"))
        name, day = policies.drug_name(row["code"]), casefile.day_of(row)
        asks.append((r, row["code"], name, str(day), policies.sentence(leaf)))
        mine = casefile.table(r, ["fills", "notes", "labs"])
        rows.append(mine[mine["day"] >= str(day.replace(year=day.year - 1))])
    head = ["request_id", "code", "drug", "sent", "renewal_criterion"]
    return pd.DataFrame(asks, columns=head), pd.concat(rows, ignore_index=True).drop(columns="in_packet")
