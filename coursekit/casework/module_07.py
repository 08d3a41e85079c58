"""Module 7: which records its items use, and the true answers, with pandas and `priorauth.criteria` over the tables of the world.

Requests are chosen by what the world's truth says of their criteria; the answers are judged again from the chart by the
learner's own functions, and must agree with the truth. The other public functions make the known wrong answers that
`items.yaml` names; their first argument is the world's tables (`TABLES` in the expressions there).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd

from coursekit.casework import Case
from priorauth import criteria, evidence, policies, therapy
from priorauth.criteria import MET, NOT_MET, NOT_SHOWN
from priorauth.policies import as_day, leaves

Tables = dict[str, pd.DataFrame]
NONE = "none"
#: Policies of which a second version, with another number of days, came into force in 2026.
TWO_VERSIONS = ("POL-101", "POL-121", "POL-301", "POL-308")


def _shuffled(things: Iterable[str], item_id: str) -> list[str]:
    mixed = list(things)
    random.Random(item_id).shuffle(mixed)
    return mixed


def _first(found: list[str], what: str) -> str:
    if not found:
        raise LookupError(f"no request fits: {what}")
    return found[0]


def _truth(world: Any) -> pd.DataFrame:
    """One row for each judged request: policy, version, its statuses as text such as "C1:met C2:not_shown"."""
    rows = world.truth["criteria"]
    rows = rows.assign(pair=rows["criterion"] + ":" + rows["status"])
    return rows.groupby("request_id").agg(
        policy_id=("policy_id", "first"), version=("version", "first"), statuses=("pair", " ".join)
    )


def _spread(rows: pd.DataFrame) -> pd.DataFrame:
    """The same rows in a drawn order, so that the requests of an item lie all over the year."""
    return rows.set_index("request_id").loc[_shuffled(rows["request_id"], "m07")].reset_index()


def _rests_on_the_day(request_id: str, tables: Tables) -> bool:
    """Whether a plan that counts supply in hand would come to another verdict; such requests are not used."""
    row = evidence.request(request_id, tables)
    _, tree = evidence.tree_of(row, tables=tables)
    chart, ask = evidence.chart_of(row["member_id"], tables), evidence.asked(row, tables)
    ahead = criteria.Asked(**{**vars(ask), "supply_in_hand": True})
    both = [{f.criterion: f.verdict for f in criteria.review(tree, chart, a).findings} for a in (ask, ahead)]
    return both[0] != both[1]


# --- c1: policy and version ---------------------------------------------------------------------------------------------


def _days_asked(policy: dict[str, Any]) -> int:
    """Days of treatment or of a drug trial that a policy version asks for."""
    return next(leaf["min_days"] for leaf in leaves(policy["criteria"]) if leaf["kind"] in ("therapy", "drug_trial"))


def _dated(tables: Tables) -> pd.DataFrame:
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
    return _spread(rows.drop_duplicates("request_id").sort_values("request_id"))


def _policy_answer(policy_id: str, version: int) -> list[Any]:
    policy = next(p for p in policies.versions(policy_id) if p["version"] == version)
    return [policy_id, version, _days_asked(policy)]


def m07_c1(world: Any) -> Case:
    """Eight requests: up to five whose order, sending and service fall under different versions, then others on which
    no policy was noted."""
    rows = _dated(world.tables)
    late = rows[rows["by_submitted_at"] != rows["by_service_date"]]
    early = rows[rows["by_submitted_at"] != rows["by_ordered_at"]]
    same = rows[~rows["noted"] & (rows["by_submitted_at"] == rows["by_service_date"]) & (rows["by_submitted_at"] == rows["by_ordered_at"])]
    chosen: list[str] = list(early.drop_duplicates("policy_id")["request_id"][:2])
    chosen += [r for r in late.drop_duplicates("policy_id")["request_id"] if r not in chosen][:3]
    for policy_id in TWO_VERSIONS[::-1] * 2:
        for version in (2, 1):
            fits = same[(same["policy_id"] == policy_id) & (same["by_submitted_at"] == version)]
            fits = fits[~fits["request_id"].isin(chosen)]
            if len(chosen) < 8 and len(fits):
                chosen.append(fits.iloc[0]["request_id"])
    if len(chosen) < 8:
        raise LookupError("fewer than eight requests without a noted policy")
    shown = _shuffled(chosen, "m07-c1")
    table = rows.set_index("request_id").loc[shown]
    key = {r: _policy_answer(row["policy_id"], row["by_submitted_at"]) for r, row in table.iterrows()}
    return Case(records=shown, key=key)


def version_by(tables: Tables, records: list[str], column: str) -> dict[str, list[Any]]:
    """The version of another day: that of the order or that of the service."""
    rows = _dated(tables).set_index("request_id").loc[records]
    return {r: _policy_answer(row["policy_id"], row[f"by_{column}"]) for r, row in rows.iterrows()}


def newest_version(tables: Tables, records: list[str]) -> dict[str, list[Any]]:
    """The version of today for all."""
    rows = _dated(tables).set_index("request_id").loc[records]
    return {r: _policy_answer(row["policy_id"], 2) for r, row in rows.iterrows()}


def days_of_the_other(model: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Right version, with the days of the other one."""
    return {r: [p, v, _policy_answer(p, 3 - v)[2]] for r, (p, v, _) in model.items()}


# --- c2: the matrix ---------------------------------------------------------------------------------------------------------

#: Three requests by policy, and how their criteria come out; the first that exists is taken.
MATRIX = (
    (("POL-121", "C1:met C2:met C3:not_shown C4:met"), ("POL-121", "C1:met C2:met C3:met C4:not_shown")),
    (("POL-326", "C1:met C2:met C3:not_met C4:not_shown"), ("POL-312", "C1:met C2:met C3:not_met")),
    (("POL-301", "C1:met C2:not_met C3:not_shown C4:met"), ("POL-308", "C1:met C2:not_met C3:not_shown C4:met")),
)
GIVEN = ("diagnosis", "compendium", "prescriber")  # criteria that the request itself answers


def _like(world: Any, choices: tuple[tuple[str, str], ...], version: int | None = None) -> list[str]:
    truth = _truth(world)
    for policy_id, statuses in choices:
        fits = truth[(truth["policy_id"] == policy_id) & (truth["statuses"] == statuses)]
        if version:
            fits = fits[fits["version"].astype(int) == version]
        found = [r for r in _shuffled(sorted(fits.index), "m07-c2") if not _rests_on_the_day(r, world.tables)]
        if found:
            return found
    return []


def evidence_id(leaf: dict[str, Any], finding: criteria.Finding, chart: criteria.Chart) -> str:
    """The one id that stands for a finding: of a run of fills the last fill; of several rows the newest; else "none"."""
    if not finding.evidence:
        return NONE
    return finding.evidence[-1] if leaf["kind"] == "drug_trial" else finding.evidence[0]


def _cells(request_id: str, tables: Tables) -> dict[str, list[str]]:
    """The matrix of one request: "REQ-... C2" -> [verdict, evidence id], without the criteria that the request answers."""
    row = evidence.request(request_id, tables)
    found, tree = evidence.judged(request_id, tables=tables)
    chart = evidence.chart_of(row["member_id"], tables)
    return {
        f"{request_id} {leaf['id']}": [found.of(leaf["id"]).verdict, evidence_id(leaf, found.of(leaf["id"]), chart)]
        for leaf in leaves(tree)
        if leaf["kind"] not in GIVEN
    }


def m07_c2(world: Any) -> Case:
    """Three requests with three criteria each, or nearly: met, not met, and not shown for two different reasons."""
    chosen = [_first(_like(world, choices), choices[0][0]) for choices in MATRIX]
    key = {cell: answer for r in chosen for cell, answer in _cells(r, world.tables).items()}
    return Case(records=chosen, key=key, candidates=list(key))


def no_look_back(tables: Tables, model: dict[str, list[str]]) -> dict[str, list[str]]:
    """Rows that are too old count as met."""
    return {k: [MET, v[1]] if v[0] == NOT_SHOWN and v[1] != NONE else v for k, v in model.items()}


def two_words_only(model: dict[str, list[str]]) -> dict[str, list[str]]:
    """What is not shown is called not met."""
    return {k: [NOT_MET if v[0] == NOT_SHOWN else v[0], v[1]] for k, v in model.items()}


def short_is_enough(model: dict[str, list[str]]) -> dict[str, list[str]]:
    """Any fill counts as a trial."""
    return {k: [MET, v[1]] if v[0] == NOT_MET else v for k, v in model.items()}


def first_fill(tables: Tables, model: dict[str, list[str]]) -> dict[str, list[str]]:
    """The first fill of a run stands for it instead of the last."""
    fills = tables["fills"].set_index("fill_id")
    wrong = dict(model)
    for cell, (verdict, row) in model.items():
        if row.startswith("FIL"):
            mine = fills[(fills["member_id"] == fills.loc[row, "member_id"]) & (fills["drug_id"] == fills.loc[row, "drug_id"])]
            wrong[cell] = [verdict, mine["filled_on"].idxmin()]
    return wrong


# --- c3: what closes the gap ---------------------------------------------------------------------------------------------------

SEND, SIGN, RESULT, ASK, OTHER = (
    "send the page", "get a signature", "get a new result", "ask the clinician", "no page will help",
)  # fmt: skip


def _gap(request_id: str, tables: Tables) -> tuple[str, str, str] | None:
    """(criterion, next step, row) where exactly one criterion that the chart must answer is open; None elsewhere."""
    row = evidence.request(request_id, tables)
    try:
        found, tree = evidence.judged(request_id, tables=tables)
    except policies.NoPolicy:
        return None
    seen, _ = evidence.judged(request_id, packet=True, tables=tables)
    chart = evidence.chart_of(row["member_id"], tables)
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


def m07_c3(world: Any) -> Case:
    """Nine requests with one open criterion each: two of each kind of gap, one that only the clinician can answer."""
    errors = world.truth["errors"]
    wanted = {SEND: ("E1", 2), SIGN: ("E25", 2), RESULT: ("E24", 2), ASK: ("E2", 1), OTHER: ("E3", 2)}
    key: dict[str, list[str]] = {}
    for step, (error, number) in wanted.items():
        used: set[str] = set()
        for request_id in _shuffled(sorted(errors.loc[errors["error"] == error, "request_id"].unique()), "m07-c3"):
            if len(used) == number:
                break
            gap = _gap(request_id, world.tables)
            code = evidence.request(request_id, world.tables)["code"]
            if gap and gap[1] == step and code not in used and not _rests_on_the_day(request_id, world.tables):
                used.add(code)
                key[request_id] = [gap[1], gap[2]]
        if len(used) < number:
            raise LookupError(f"too few requests for {step}")
    shown = _shuffled(key, "m07-c3")
    return Case(records=shown, key={r: key[r] for r in shown})


# --- c4: step therapy -----------------------------------------------------------------------------------------------------------


Fills = dict[str, list[dict[str, Any]]]


def _fills_by_member(tables: Tables) -> Fills:
    """Member id -> rows of her fills."""
    found: Fills = {}
    for row in tables["fills"].to_dict("records"):
        found.setdefault(row["member_id"], []).append(row)
    return found


def _stepped(tables: Tables) -> pd.DataFrame:
    """First requests for drugs with a step in the plan's formulary, on days when policy and formulary ask for the same."""
    requests, lines = tables["requests"], tables["request_lines"]
    first = lines[lines["line_no"] == 1][["request_id", "code"]]
    rows = requests[requests["request_type"].isin(("initial", "step_exception")) & requests["submitted_at"].notna()]
    rows = rows.drop(columns="policy_id").merge(first, on="request_id")
    rows = rows.merge(tables["formulary"], left_on=["plan_id", "code"], right_on=["plan_id", "drug_id"])
    rows = rows[rows["step_drugs"].notna() & (rows["status"] == "covered")]
    same = [
        _days_asked(policies.in_force(p, d)) == days
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


def m07_c4(world: Any) -> Case:
    """Eight drugs with a step: four with fills enough, runs cut by a gap, runs too short, and two without any fill."""
    rows, fills = _stepped(world.tables), _fills_by_member(world.tables)
    chosen: dict[str, list[Any]] = {}
    codes: dict[str, int] = {}
    judged = {}
    for r in _shuffled(rows.index, "m07-c4"):
        answer, traps = step_of(rows, fills, r)
        if (answer[0] == MET) == (step_of(rows, fills, r, until=None)[0][0] == MET):
            judged[r] = (answer, traps)
    wanted: list[tuple[Callable[[list[Any], set[str]], bool], int]] = [
        (lambda a, t: a[0] == NOT_MET and "gap" in t, 2),
        (lambda a, t: a[0] == NOT_MET and "ahead" in t, 1),
        (lambda a, t: a[0] == MET and "ahead" in t and "small gap" in t, 2),
        (lambda a, t: a[0] == MET and "small gap" in t, 1),
        (lambda a, t: a[0] == NOT_SHOWN, 2),
    ]
    for fits, number in wanted:
        for limit in (1, 2):
            for r, (answer, traps) in judged.items():
                code = rows.loc[r, "code"]
                if number and r not in chosen and fits(answer, traps) and codes.get(code, 0) < limit:
                    chosen[r] = answer
                    codes[code] = codes.get(code, 0) + 1
                    number -= 1
        if number:
            raise LookupError("too few requests with a step")
    shown = _shuffled(chosen, "m07-c4")
    return Case(records=shown, key={r: chosen[r] for r in shown})


def steps_with(tables: Tables, records: list[str], **how: Any) -> dict[str, list[Any]]:
    """The answers with one rule changed."""
    rows, fills = _stepped(tables), _fills_by_member(tables)
    return {r: step_of(rows, fills, r, **how)[0] for r in records}


def days_dispensed(tables: Tables, records: list[str]) -> dict[str, list[Any]]:
    """All days supply of the step drugs added up, gaps and order ignored."""
    rows, fills, wrong = _stepped(tables), tables["fills"], {}
    for r in records:
        row = rows.loc[r]
        mine = fills[(fills["member_id"] == row["member_id"]) & (fills["filled_on"] <= row["submitted_at"])]
        days = int(mine.loc[mine["drug_id"].isin(row["step_drugs"].split(";")), "days_supply"].sum())
        wrong[r] = [NOT_SHOWN if not days else MET if days >= row["step_days"] else NOT_MET, days]
    return wrong


# --- c7: renewal or first request ----------------------------------------------------------------------------------------------

FIRST, RENEWED, UNPROVED = "first criteria", "renewal, met", "renewal, not shown"


def _own_fills(tables: Tables, row: dict[str, Any]) -> pd.DataFrame:
    fills = tables["fills"]
    mine = (fills["member_id"] == row["member_id"]) & (fills["drug_id"] == row["code"])
    return fills[mine & (fills["filled_on"] <= pd.Timestamp(evidence.day_of(row)))].sort_values("filled_on")


def renewal_of(tables: Tables, request_id: str) -> list[str]:
    """[which criteria and how they come out, last fill of the drug itself, row that shows the response]."""
    row = evidence.request(request_id, tables)
    own = _own_fills(tables, row)
    if own.empty:
        return [FIRST, NONE, NONE]
    found, tree = evidence.judged(request_id, renewal=True, tables=tables)
    finding = found.of(next(leaf["id"] for leaf in leaves(tree) if leaf["kind"] in ("note", "lab")))
    proof = finding.evidence[0] if finding.verdict == MET else NONE
    return [RENEWED if finding.verdict == MET else UNPROVED, own["fill_id"].iloc[-1], proof]


def m07_c7(world: Any) -> Case:
    """Eight drug requests: renewals called renewals and first requests, with and without a response, and true first ones."""
    errors, requests = world.truth["errors"], world.tables["requests"].set_index("request_id")
    late = sorted(errors.loc[errors["error"] == "E29", "request_id"].unique())
    hidden = [r for r in late if requests.loc[r, "request_type"] == "initial"]
    open_ = [r for r in late if requests.loc[r, "request_type"] == "renewal"]
    truth = _truth(world)
    drugs = requests[requests["category"] == "pharmacy_drug"]
    good = [r for r in truth.index[truth["statuses"] == "R1:met R2:met"] if r in drugs.index]
    first = [
        r for r in truth.index[truth["statuses"].str.startswith("C1:met C2:met")]
        if r in drugs.index and drugs.loc[r, "state"] == "approved" and drugs.loc[r, "request_type"] == "initial"
    ]  # fmt: skip
    key: dict[str, list[str]] = {}
    for pool, number, labels in ((hidden, 2, (UNPROVED, RENEWED)), (open_, 1, (UNPROVED,)), (good, 3, (RENEWED,)), (first, 2, (FIRST,))):
        policies_used: set[str] = set()
        for r in _shuffled(pool, "m07-c7"):
            if len(policies_used) == number:
                break
            answer = renewal_of(world.tables, r)
            if truth.loc[r, "policy_id"] not in policies_used and answer[0] in labels:
                policies_used.add(truth.loc[r, "policy_id"])
                key[r] = answer
        if len(policies_used) < number:
            raise LookupError("too few renewals")
    shown = _shuffled(key, "m07-c7")
    return Case(records=shown, key={r: key[r] for r in shown})


# --- c8: new limits ------------------------------------------------------------------------------------------------------------

#: The invented letter of the plan in the text of m07-c8; the test compares the two.
NEW_LIMITS = {"DRG-104": 30, "DRG-108": 1, "DRG-113": 6, "DRG-116": 60, "DRG-119": 1}
PLAN = "PLN-06"


def over_new_limit(
    tables: Tables, limits: dict[str, int] | None = None, plan: str | None = PLAN, at_limit: bool = False, persons: bool = False
) -> int:
    """Requests of a plan that ask for more than the letter allows, with one condition changed."""
    new = NEW_LIMITS if limits is None else limits
    rows = tables["requests"].merge(tables["request_lines"], on="request_id")
    if plan:
        rows = rows[rows["plan_id"] == plan]
    rows = rows[rows["code"].isin(new)]
    limit = rows["code"].map(new)
    over = rows[(rows["units_asked"] >= limit) if at_limit else (rows["units_asked"] > limit)]
    return int(over["member_id"].nunique() if persons else len(over))


def m07_c8(world: Any) -> Case:
    """How many requests of one plan asked for more than its new limits."""
    return Case(records=[], key=over_new_limit(world.tables))
