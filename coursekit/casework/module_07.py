"""Module 7: which records its items use, and the true answers, with pandas and `priorauth.criteria` over the tables of the world.

Requests are chosen by what the world's truth says of their criteria; the answers are judged again from the chart by the
learner's own functions, and must agree with the truth. The other public functions make the known wrong answers that
`items.yaml` names; their first argument is the world's tables (`TABLES` in the expressions there).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coursekit.casework import Case, like, once
from coursekit.casework.module_07_answers import (
    ASK,
    FAILED,
    FIRST,
    NONE,
    OTHER,
    RENEWED,
    RESULT,
    SEND,
    SIGN,
    TWO_VERSIONS,
    UNPROVED,
    Tables,
    cells_of,
    dated,
    fills_by_member,
    gap_of,
    own_fills,
    policy_answer,
    renewal_of,
    rests_on_the_day,
    shuffled,
    step_of,
    stepped,
    truth_of,
    year_of,
)  # fmt: skip
from priorauth import casefile
from priorauth.criteria import MET, NOT_MET, NOT_SHOWN
from priorauth.policies import as_day


def _first(found: list[str], what: str) -> str:
    if not found:
        raise LookupError(f"no request fits: {what}")
    return found[0]


# --- c1: policy and version ---------------------------------------------------------------------------------------------


@once
def m07_c1(world: Any) -> Case:
    """Eight requests: two sent under another version than ordered, four served under another version than sent, then
    others on which no policy was noted."""
    rows = dated(world.tables)
    late = rows[rows["by_submitted_at"] != rows["by_service_date"]]
    early = rows[rows["by_submitted_at"] != rows["by_ordered_at"]]
    same = rows[
        ~rows["noted"]
        & (rows["by_submitted_at"] == rows["by_service_date"])
        & (rows["by_submitted_at"] == rows["by_ordered_at"])
    ]
    late = late.sort_values("noted", kind="stable").groupby("policy_id").head(2)
    chosen: list[str] = list(early["request_id"][:2])
    chosen += [r for r in late["request_id"] if r not in chosen][:4]
    for policy_id in TWO_VERSIONS[::-1] * 2:
        for version in (2, 1):
            fits = same[(same["policy_id"] == policy_id) & (same["by_submitted_at"] == version)]
            fits = fits[~fits["request_id"].isin(chosen)]
            if len(chosen) < 8 and len(fits):
                chosen.append(fits.iloc[0]["request_id"])
    if len(chosen) < 8:
        raise LookupError("fewer than eight requests without a noted policy")
    shown = shuffled(chosen, "m07-c1")
    table = rows.set_index("request_id").loc[shown]
    key = {r: policy_answer(row["policy_id"], row["by_submitted_at"]) for r, row in table.iterrows()}
    return Case(records=shown, key=key)


def version_by(tables: Tables, records: list[str], column: str) -> dict[str, list[Any]]:
    """The version of another day: that of the order or that of the service."""
    rows = dated(tables).set_index("request_id").loc[records]
    return {r: policy_answer(row["policy_id"], row[f"by_{column}"]) for r, row in rows.iterrows()}


def newest_version(tables: Tables, records: list[str]) -> dict[str, list[Any]]:
    """The version of today for all."""
    rows = dated(tables).set_index("request_id").loc[records]
    return {r: policy_answer(row["policy_id"], 2) for r, row in rows.iterrows()}


def days_of_the_other(model: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Right version, with the days of the other one."""
    return {r: [p, v, policy_answer(p, 3 - v)[2]] for r, (p, v, _) in model.items()}


# --- c2: the matrix ---------------------------------------------------------------------------------------------------------

#: Three requests by policy, and how their criteria come out; the first that exists is taken.
MATRIX = (
    (("POL-121", "C1:met C2:met C3:not_shown C4:met"), ("POL-121", "C1:met C2:met C3:met C4:not_shown")),
    (("POL-326", "C1:met C2:met C3:not_met C4:not_shown"), ("POL-312", "C1:met C2:met C3:not_met")),
    (("POL-301", "C1:met C2:not_met C3:not_shown C4:met"), ("POL-308", "C1:met C2:not_met C3:not_shown C4:met")),
)


def _like(world: Any, choices: tuple[tuple[str, str], ...], version: int | None = None) -> list[str]:
    truth = truth_of(world)
    for policy_id, statuses in choices:
        fits = truth[(truth["policy_id"] == policy_id) & (truth["statuses"] == statuses)]
        if version:
            fits = fits[fits["version"].astype(int) == version]
        found = [r for r in shuffled(sorted(fits.index), "m07-c2") if not rests_on_the_day(r, world.tables)]
        if found:
            return found
    return []


@once
def m07_c2(world: Any) -> Case:
    """Three requests with three criteria each, or nearly: met, not met, and not shown for two different reasons."""
    chosen = [_first(_like(world, choices), choices[0][0]) for choices in MATRIX]
    key = {cell: answer for r in chosen for cell, answer in cells_of(r, world.tables).items()}
    return Case(records=list(key), key=key)


def no_look_back(model: dict[str, list[str]]) -> dict[str, list[str]]:
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
            mine = fills[
                (fills["member_id"] == fills.loc[row, "member_id"]) & (fills["drug_id"] == fills.loc[row, "drug_id"])
            ]
            wrong[cell] = [verdict, mine["filled_on"].idxmin()]
    return wrong


# --- c3: what closes the gap ---------------------------------------------------------------------------------------------------


@once
def m07_c3(world: Any) -> Case:
    """Nine requests with one open criterion each: two of each kind of gap, one that only the clinician can answer."""
    errors = world.truth["errors"]
    wanted = {SEND: ("E1", 2), SIGN: ("E25", 2), RESULT: ("E24", 2), ASK: ("E2", 1), OTHER: ("E3", 2)}
    key: dict[str, list[str]] = {}
    for step, (error, number) in wanted.items():
        used: set[str] = set()
        for request_id in shuffled(sorted(errors.loc[errors["error"] == error, "request_id"].unique()), "m07-c3"):
            if len(used) == number:
                break
            gap = gap_of(request_id, world.tables)
            code = casefile.request(request_id, world.tables)["code"]
            if gap and gap[1] == step and code not in used and not rests_on_the_day(request_id, world.tables):
                used.add(code)
                key[request_id] = [gap[1], gap[2]]
        if len(used) < number:
            raise LookupError(f"too few requests for {step}")
    shown = shuffled(key, "m07-c3")
    return Case(records=shown, key={r: key[r] for r in shown})


# --- c4: step therapy -----------------------------------------------------------------------------------------------------------

EMPTY = 12  # requests without any fill that can stand in; the world has hundreds


def m07_c4(world: Any) -> Case:
    """Eight drugs with a step: three with fills enough, runs cut by a gap, runs too short, and two without any fill.

    Beside each stand others with the same verdict and the same traps, on which the same mistakes go wrong. No two steps that
    are met have runs of the same length. Drafts are left to the lesson, and other items' requests to these items.
    """
    rows, fills = stepped(world.tables), fills_by_member(world.tables)

    def few(r: str) -> bool:
        """Whether the fills can be counted by hand."""
        row = rows.loc[r]
        mine = [f for f in fills.get(row["member_id"], []) if f["drug_id"] in row["step_drugs"].split(";")]
        return sum(as_day(f["filled_on"]) <= as_day(row["submitted_at"]) for f in mine) <= 6

    chosen: dict[str, list[Any]] = {}
    codes: dict[str, int] = {}
    judged = {}
    for r in shuffled(rows.index, "m07-c4"):
        answer, traps = step_of(rows, fills, r)
        if few(r) and (answer[0] == MET) == (step_of(rows, fills, r, until=None)[0][0] == MET):
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
    used = {r.split()[0] for item in (m07_c1, m07_c2, m07_c3, m07_c7) for r in item(world).records}
    lengths = {days for verdict, days in chosen.values() if verdict == MET}
    others: list[str] = []
    empty = 0
    for r, ((verdict, days), _) in judged.items():
        if r in used or r in chosen or rows.loc[r, "state"] == "draft":
            continue
        empty += verdict == NOT_SHOWN
        if (verdict == MET and days in lengths) or (verdict == NOT_SHOWN and empty > EMPTY):
            continue
        lengths |= {days} if verdict == MET else set()
        others.append(r)
    right = {r: judged[r][0] for r in [*chosen, *others]}
    mistakes = [
        steps_with(world.tables, list(right), until=None),
        days_dispensed(world.tables, list(right)),
        steps_with(world.tables, list(right), gap=999),
        steps_with(world.tables, list(right), gap=0),
    ]
    kinds = {
        r: (answer[0], frozenset(judged[r][1]), *(wrong[r] == answer for wrong in mistakes))
        for r, answer in right.items()
    }
    pool = like(shuffled(chosen, "m07-c4"), others, kinds.get, right)
    return Case(records=[place[0] for place in pool], key={r: right[r] for place in pool for r in place}, pool=pool)


def steps_with(tables: Tables, records: list[str], **how: Any) -> dict[str, list[Any]]:
    """The answers with one rule changed."""
    rows, fills = stepped(tables), fills_by_member(tables)
    return {r: step_of(rows, fills, r, **how)[0] for r in records}


def days_dispensed(tables: Tables, records: list[str]) -> dict[str, list[Any]]:
    """All days supply of the step drugs added up, gaps and order ignored."""
    rows, fills, wrong = stepped(tables), tables["fills"], {}
    for r in records:
        row = rows.loc[r]
        mine = fills[(fills["member_id"] == row["member_id"]) & (fills["filled_on"] <= row["submitted_at"])]
        days = int(mine.loc[mine["drug_id"].isin(row["step_drugs"].split(";")), "days_supply"].sum())
        wrong[r] = [NOT_SHOWN if not days else MET if days >= row["step_days"] else NOT_MET, days]
    return wrong


# --- c7: renewal or first request ----------------------------------------------------------------------------------------------


@once
def m07_c7(world: Any) -> Case:
    """Eight drug requests: renewals called renewals and first requests, with and without a response, and true first
    ones of people who fill other drugs."""
    errors, requests = world.truth["errors"], world.tables["requests"].set_index("request_id")
    late = sorted(errors.loc[errors["error"] == "E29", "request_id"].unique())
    hidden = [r for r in late if requests.loc[r, "request_type"] == "initial"]
    open_ = [r for r in late if requests.loc[r, "request_type"] == "renewal"]
    truth = truth_of(world)
    drugs = requests[requests["category"] == "pharmacy_drug"]
    good = [r for r in truth.index[truth["statuses"] == "R1:met R2:met"] if r in drugs.index]
    first = [
        r for r in truth.index[truth["statuses"].str.startswith("C1:met C2:met")]
        if r in drugs.index and drugs.loc[r, "state"] == "approved" and drugs.loc[r, "request_type"] == "initial"
    ]  # fmt: skip
    key: dict[str, list[str]] = {}
    for pool, number, labels in (
        (hidden, 1, (FAILED,)),
        (hidden, 1, (UNPROVED,)),
        (open_, 1, (UNPROVED,)),
        (good, 3, (RENEWED,)),
        (first, 2, (FIRST,)),
    ):
        policies_used: set[str] = set()
        for r in shuffled(pool, "m07-c7"):
            if len(policies_used) == number:
                break
            year = year_of(world.tables, r)
            if r in key or sum(year.values()) > 16 or not year["fills"]:
                continue
            answer = renewal_of(world.tables, r)
            if truth.loc[r, "policy_id"] not in policies_used and answer[0] in labels:
                policies_used.add(truth.loc[r, "policy_id"])
                key[r] = answer
        if len(policies_used) < number:
            raise LookupError("too few renewals")
    shown = shuffled(key, "m07-c7")
    return Case(records=shown, key={r: key[r] for r in shown})


def first_own_fill(tables: Tables, model: dict[str, list[str]]) -> dict[str, list[str]]:
    """The first fill of the drug itself instead of the last."""
    return {
        r: v if v[1] == NONE else [v[0], own_fills(tables, casefile.request(r, tables))["fill_id"].iloc[0], v[2]]
        for r, v in model.items()
    }


# --- c8: new limits ------------------------------------------------------------------------------------------------------------

#: The invented letter of the plan in the text of m07-c8; the test compares the two.
NEW_LIMITS = {"DRG-101": 4, "DRG-108": 1, "DRG-110": 1, "DRG-115": 1}
PLAN = "PLN-06"


def over_new_limit(
    tables: Tables, limits: dict[str, int] | None = None, plan: str | None = PLAN, at_limit: bool = False
) -> int:
    """Requests of a plan that ask for more than the letter allows, with one condition changed."""
    new = NEW_LIMITS if limits is None else limits
    rows = tables["requests"].merge(tables["request_lines"], on="request_id")
    if plan:
        rows = rows[rows["plan_id"] == plan]
    rows = rows[rows["code"].isin(new)]
    limit = rows["code"].map(new)
    over = rows[(rows["units_asked"] >= limit) if at_limit else (rows["units_asked"] > limit)]
    return len(over)


def m07_c8(world: Any) -> Case:
    """How many requests of one plan asked for more than its new limits."""
    return Case(records=[], key=over_new_limit(world.tables))
