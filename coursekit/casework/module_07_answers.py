"""The answers of Module 7 for single requests: policy and version, matrix, gap, step, renewal.

They are judged from the tables of the world with the learner's own functions; `module_07.py` chooses the requests.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pandas as pd

from coursekit.casework import once
from priorauth import casefile, criteria, policies, therapy
from priorauth.criteria import MET, NOT_MET, NOT_SHOWN
from priorauth.policies import as_day, leaves

Tables = dict[str, pd.DataFrame]
NONE = "none"
#: Policies of which a second version, with another number of days, came into force in 2026.
TWO_VERSIONS = ("POL-101", "POL-121", "POL-301", "POL-308")


def shuffled(things: Iterable[str], item_id: str) -> list[str]:
    mixed = list(things)
    random.Random(item_id).shuffle(mixed)
    return mixed


@once
def truth_of(world: Any) -> pd.DataFrame:
    """One row for each judged request: policy, version, its statuses as text such as "C1:met C2:not_shown"."""
    rows = world.truth["criteria"]
    rows = rows.assign(pair=rows["criterion"] + ":" + rows["status"])
    return rows.groupby("request_id").agg(
        policy_id=("policy_id", "first"), version=("version", "first"), statuses=("pair", " ".join)
    )


def spread(rows: pd.DataFrame) -> pd.DataFrame:
    """The same rows in a drawn order, so that the requests of an item lie all over the year."""
    return rows.set_index("request_id").loc[shuffled(rows["request_id"], "m07")].reset_index()


def rests_on_the_day(request_id: str, tables: Tables) -> bool:
    """Whether a plan that counts supply in hand would come to another verdict; such requests are not used."""
    row = casefile.request(request_id, tables)
    _, tree = casefile.tree_of(row, tables=tables)
    chart, ask = casefile.chart_of(row["member_id"], tables), casefile.asked(row, tables)
    ahead = criteria.Asked(**{**vars(ask), "supply_in_hand": True})
    both = [{f.criterion: f.verdict for f in criteria.review(tree, chart, a).findings} for a in (ask, ahead)]
    return both[0] != both[1]


def days_asked(policy: dict[str, Any]) -> int:
    """Days of treatment or of a drug trial that a policy version asks for."""
    return next(leaf["min_days"] for leaf in leaves(policy["criteria"]) if leaf["kind"] in ("therapy", "drug_trial"))


@once
def dated(tables: Tables) -> pd.DataFrame:
    """First requests under a policy with two versions, with the three dates that a reader may mix up; `noted` where
    the payer wrote down which version it used."""
    requests, lines, orders = tables["requests"], tables["request_lines"], tables["orders"]
    first = lines[lines["line_no"] == 1][["request_id", "code", "icd10"]]
    rows = requests[requests["submitted_at"].notna() & requests["service_date"].notna()]
    rows = rows.merge(first, on="request_id").merge(orders[["order_id", "ordered_at"]], on="order_id")
    listed = tables["pa_list"][["plan_id", "code", "policy_id"]].dropna().drop_duplicates(["plan_id", "code"])
    rows = rows.assign(noted=rows["policy_id"].notna()).drop(columns="policy_id").merge(listed, on=["plan_id", "code"])
    rows = rows[rows["policy_id"].isin(TWO_VERSIONS) & (rows["request_type"] == "initial")]
    for name in ("ordered_at", "submitted_at", "service_date"):
        pairs = zip(rows["policy_id"], rows[name], strict=True)
        rows[f"by_{name}"] = [policies.in_force(p, d)["version"] for p, d in pairs]
    return spread(rows.drop_duplicates("request_id").sort_values("request_id"))


def policy_answer(policy_id: str, version: int) -> list[Any]:
    policy = next(p for p in policies.versions(policy_id) if p["version"] == version)
    return [policy_id, version, days_asked(policy)]


GIVEN = ("diagnosis", "compendium", "prescriber")  # criteria that the request itself answers


def evidence_id(leaf: dict[str, Any], finding: criteria.Finding, chart: criteria.Chart) -> str:
    """The one id that stands for a finding: of a run of fills the last fill; of several rows the newest; else "none"."""
    if not finding.evidence:
        return NONE
    return finding.evidence[-1] if leaf["kind"] == "drug_trial" else finding.evidence[0]


def cells_of(request_id: str, tables: Tables) -> dict[str, list[str]]:
    """The matrix of one request: "REQ-... C2" -> [verdict, evidence id], without the criteria that the request answers."""
    row = casefile.request(request_id, tables)
    found, tree = casefile.judged(request_id, tables=tables)
    chart = casefile.chart_of(row["member_id"], tables)
    return {
        f"{request_id} {leaf['id']}": [found.of(leaf["id"]).verdict, evidence_id(leaf, found.of(leaf["id"]), chart)]
        for leaf in leaves(tree)
        if leaf["kind"] not in GIVEN
    }


SEND, SIGN, RESULT, ASK, OTHER = (
    "send the page", "get a signature", "get a new result", "ask the clinician", "no page will help",
)  # fmt: skip


def gap_of(request_id: str, tables: Tables) -> tuple[str, str, str] | None:
    """(criterion, next step, row) where exactly one criterion that the chart must answer is open; None elsewhere."""
    row = casefile.request(request_id, tables)
    try:
        found, tree = casefile.judged(request_id, tables=tables)
    except policies.NoPolicy:
        return None
    seen, _ = casefile.judged(request_id, packet=True, tables=tables)
    chart = casefile.chart_of(row["member_id"], tables)
    kinds = {leaf["id"]: leaf for leaf in leaves(tree)}
    still = [c for c in seen.open if kinds[c]["kind"] not in GIVEN]
    if len(still) != 1:
        return None
    leaf = kinds[still[0]]
    finding = found.of(leaf["id"])
    named = evidence_id(leaf, finding, chart)
    if finding.verdict == MET:
        return leaf["id"], SEND, named
    if finding.verdict == NOT_MET:
        return leaf["id"], OTHER, named
    if named == NONE:
        return leaf["id"], ASK, NONE
    note = next((n for n in chart.notes if n["note_id"] == named), None)
    too_old = "days old" in finding.why
    return leaf["id"], (SIGN if note is not None and not too_old else RESULT), named


Fills = dict[str, list[dict[str, Any]]]


@once
def fills_by_member(tables: Tables) -> Fills:
    """Member id -> rows of her fills."""
    found: Fills = {}
    for row in tables["fills"].to_dict("records"):
        found.setdefault(row["member_id"], []).append(row)
    return found


@once
def stepped(tables: Tables) -> pd.DataFrame:
    """First requests for drugs with a step in the plan's formulary, on days when policy and formulary ask for the same."""
    requests, lines = tables["requests"], tables["request_lines"]
    first = lines[lines["line_no"] == 1][["request_id", "code"]]
    rows = requests[requests["request_type"].isin(("initial", "step_exception")) & requests["submitted_at"].notna()]
    rows = rows.drop(columns="policy_id").merge(first, on="request_id")
    rows = rows.merge(tables["formulary"], left_on=["plan_id", "code"], right_on=["plan_id", "drug_id"])
    rows = rows[rows["step_drugs"].notna() & (rows["status"] == "covered")]
    same = [
        days_asked(policies.in_force(p, d)) == days
        for p, d, days in zip(rows["policy_id"], rows["submitted_at"], rows["step_days"], strict=True)
    ]
    return rows[same].sort_values("request_id").set_index("request_id")


def step_of(rows: pd.DataFrame, fills: Fills, request_id: str, **how: Any) -> tuple[list[Any], set[str]]:
    """([verdict, days of the longest run], traps) of a step. `how`: gap, until, to change one rule."""
    row = rows.loc[request_id]
    day = as_day(row["submitted_at"])
    mine = [f for f in fills.get(row["member_id"], []) if as_day(f["filled_on"]) <= day]
    until = how.get("until", day)
    best: therapy.Run | None = None
    traps: set[str] = set()
    for drug in row["step_drugs"].split(";"):
        some = therapy.fills_of(f for f in mine if f["drug_id"] == drug)
        found = therapy.runs(some, how.get("gap", 14), until=until)
        traps |= {"gap"} if len(found) > 1 else set()
        traps |= {"small gap"} if any(r.days_without for r in found) else set()
        for run in found:
            best = run if best is None or run.days > best.days else best
    if best is None:
        return [NOT_SHOWN, 0], traps
    traps |= {"ahead"} if until == day and best.last == day else set()
    return [MET if best.days >= row["step_days"] else NOT_MET, best.days], traps


FIRST, RENEWED, FAILED, UNPROVED = "first criteria", "renewal, met", "renewal, not met", "renewal, not shown"


def own_fills(tables: Tables, row: dict[str, Any]) -> pd.DataFrame:
    fills = tables["fills"]
    mine = (fills["member_id"] == row["member_id"]) & (fills["drug_id"] == row["code"])
    return fills[mine & (fills["filled_on"] <= pd.Timestamp(casefile.day_of(row)))].sort_values("filled_on")


def renewal_of(tables: Tables, request_id: str) -> list[str]:
    """[which criteria and how they come out, last fill of the drug itself, row that decides the renewal criterion]."""
    row = casefile.request(request_id, tables)
    own = own_fills(tables, row)
    if own.empty:
        return [FIRST, NONE, NONE]
    found, tree = casefile.judged(request_id, renewal=True, tables=tables)
    finding = found.of(next(leaf["id"] for leaf in leaves(tree) if leaf["kind"] in ("note", "lab")))
    label = {MET: RENEWED, NOT_MET: FAILED}.get(finding.verdict, UNPROVED)
    return [label, own["fill_id"].iloc[-1], NONE if label == UNPROVED else finding.evidence[0]]


def year_of(tables: Tables, request_id: str) -> dict[str, int]:
    """How many fills, notes and results of the year before a request its task would show."""
    row = casefile.request(request_id, tables)
    day = pd.Timestamp(casefile.day_of(row))
    found = {}
    for name, column in (("fills", "filled_on"), ("notes", "service_date"), ("labs", "collected_on")):
        table = tables[name]
        mine = table["member_id"] == row["member_id"]
        found[name] = int((mine & (table[column] <= day) & (table[column] >= day - pd.Timedelta(days=366))).sum())
    return found
