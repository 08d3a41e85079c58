"""Module 2: which records its items use, and the true answers, over the tables of the world and the public stories.

The functions `m02_c1` to `m02_c8` make the cases. The other public functions make the known wrong answers that
`items.yaml` names; their first argument is the world's tables (`TABLES` in the expressions there).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from decimal import ROUND_DOWN, Decimal
from typing import Any

import pandas as pd

from coursekit.casework import Case, kinds, like
from coursekit.casework.module_02_coded import DOORS, DRUG_ORDERS, PHARMACY, TWO_COVERS
from priorauth import costs, coverage, routing, stories, verification

Tables = dict[str, pd.DataFrame]
Rows = list[dict[str, Any]]


def _once(function: Callable[[Tables], Any]) -> Callable[[Tables], Any]:
    """Work a thing out once for the tables of a world; they are kept, so that their identity stays theirs."""
    kept: list[Any] = [None, None]

    def wrapped(tables: Tables) -> Any:
        if kept[0] is not tables:
            kept[:] = [tables, function(tables)]
        return kept[1]

    return wrapped


def _shuffled(things: Iterable[str], item_id: str) -> list[str]:
    mixed = list(things)
    random.Random(item_id).shuffle(mixed)
    return mixed


def _plans(tables: Tables) -> dict[str, dict[str, Any]]:
    return {row["plan_id"]: row for row in tables["plans"].to_dict("records")}


# --- c1: cover on the day -------------------------------------------------------------------------------------------------


def _covers(order: str) -> Rows:
    return [row for row in stories.rows("desk_covers") if row["order"] == order]


def _active(order: dict[str, Any]) -> Rows:
    return [row for row in _covers(order["order"]) if coverage.holds(row, order["day"])]


def m02_c1(world: Any) -> Case:
    """Twelve orders: drug plans, ended and coming covers, two payers whose recorded rank is right or wrong."""
    plans, key = _plans(world.tables), {}
    for row in stories.rows("desk_orders"):
        found = coverage.status(_covers(row["order"]), plans, row["plan_id"], row["day"], row["order"] in PHARMACY)
        key[row["order"]] = [found.verdict, found.coverage_id]
    return Case(records=list(key), key=key)


def _named(order: dict[str, Any], cover: dict[str, Any]) -> list[str]:
    same = cover["plan_id"] == order["plan_id"]
    return [coverage.RIGHT_PLAN if same else coverage.OTHER_PLAN, cover["coverage_id"]]


def by_recorded_rank() -> dict[str, list[str]]:
    """Of the covers that are active on the day, the one that the clinic recorded as rank 1."""
    return {
        order["order"]: _named(order, min(_active(order), key=lambda c: c["rank"]))
        for order in stories.rows("desk_orders")
    }


def as_on_the_form() -> dict[str, list[str]]:
    """The plan on the form is right, with its row, whatever the dates and the rules say."""
    return {
        order["order"]: _named(order, next(c for c in _covers(order["order"]) if c["plan_id"] == order["plan_id"]))
        for order in stories.rows("desk_orders")
    }


def any_cover_will_do() -> dict[str, list[str]]:
    """The plan on the form if it is active, else any other active one, whatever it pays for."""
    found = {}
    for order in stories.rows("desk_orders"):
        active = sorted(_active(order), key=lambda c: c["plan_id"] != order["plan_id"])
        found[order["order"]] = _named(order, active[0])
    return found


# --- c2 to c4: stories of two covers, drug orders and doors ------------------------------------------------------------------


def m02_c2(world: Any) -> Case:
    """Ten people with two covers: the rule, and the letter of the cover that pays first."""
    key = {}
    for row in stories.rows("two_covers"):
        a, b = TWO_COVERS[row["case"]]
        first, rule = coverage.first_payer([a, b])
        key[row["case"]] = [rule, "A" if first is a else "B"]
    return Case(records=list(key), key=key)


def m02_c3(world: Any) -> Case:
    """Ten drug orders: the rule, and the benefit that pays for the drug."""
    key = {}
    for row in stories.rows("drug_orders"):
        rule = routing.benefit_rule(*DRUG_ORDERS[row["order"]])
        key[row["order"]] = [rule, routing.benefit_of(rule)]
    return Case(records=list(key), key=key)


def m02_c4(world: Any) -> Case:
    """Eight orders: the payer that takes the request, and the benefit."""
    plans, key = _plans(world.tables), {}
    for row in stories.rows("doors"):
        covers, what = DOORS[row["order"]]
        plan = plans[coverage.first_payer(covers)[0]["plan_id"]]
        drug = isinstance(what, tuple)
        benefit = routing.benefit_of(routing.benefit_rule(*what)) if drug else routing.MEDICAL
        key[row["order"]] = [routing.destination(plan, "medical_benefit_drug" if drug else what, benefit), benefit]
    return Case(records=list(key), key=key)


# --- c5: the network on a new day ----------------------------------------------------------------------------------------------


def network_on(tables: Tables, day: str = "new_day") -> dict[str, str]:
    """How the plan looks at the provider of each visit on its first or its new day."""
    plans, directory = _plans(tables), stories.rows("directory")
    return {
        row["visit"]: coverage.network_status(plans[row["plan_id"]], directory, row["npi"], row[day])
        for row in stories.rows("put_off")
    }


def m02_c5(world: Any) -> Case:
    """Eight visits that were put off: contracts that end before, on and after the new day, or begin after it."""
    key = network_on(world.tables)
    return Case(records=list(key), key=key)


def plan_or_number_misread(tables: Tables) -> dict[str, str]:
    """A row of the same provider in any plan puts him into the network."""
    rows, right = stories.rows("directory"), network_on(tables)
    names = {row["visit"]: (row["npi"], row["new_day"]) for row in stories.rows("put_off")}
    return {
        visit: coverage.IN if any(r["npi"] == npi and coverage.holds(r, day) for r in rows) else right[visit]
        for visit, (npi, day) in names.items()
    }


# --- c6: visits that were moved --------------------------------------------------------------------------------------------------


@_once
def _asked(tables: Tables) -> Rows:
    """Requests with a day of service and their first line, except those that the lesson shows."""
    lines = tables["request_lines"]
    first = lines[lines["line_no"] == 1][["request_id", "code", "pos"]]
    found = tables["requests"].merge(first, on="request_id")
    found = found[found["service_date"].notna() & ~found["request_id"].isin(verification.readers())]
    return found.sort_values("request_id").to_dict("records")


def _pick(item: str, pool: Rows, kinds: list[tuple[int, Callable[[dict], bool]]], differ: str) -> Rows:
    """For each kind as many rows as wanted, each member once, if possible each value of `differ` once."""
    chosen: Rows = []
    for number, (count, fits) in enumerate(kinds, start=1):
        for _ in range(count):
            taken = {row["member_id"] for row in chosen}
            some = [row for row in pool if row["member_id"] not in taken and fits(row)]
            if not some:
                raise LookupError(f"No request fits kind {number} of {item}.")
            seen = [row[differ] for row in chosen]
            chosen.append(min(some, key=lambda row: (seen.count(row[differ]), row["request_id"])))
    return chosen


def _move(case: dict[str, Any], pa_list: dict[tuple[str, str], Rows]) -> dict[str, Any] | None:
    """The rules before and after a move, and the change."""
    move = routing.moved(case["service_date"], case["pos"])
    rules = pa_list.get((case["plan_id"], case["code"]), [])
    before = routing.rule_for(rules, case["plan_id"], case["code"], move.first_day)
    after = routing.rule_for(rules, case["plan_id"], case["code"], move.new_day)
    if before is None or after is None:
        return None
    word = routing.change(routing.wanted(before, move.first_place), routing.wanted(after, move.new_place))
    return {"word": word, "before": before["rule_id"], "after": after["rule_id"], "move": move, "rule": after}


@_once
def _rules(tables: Tables) -> dict[tuple[str, str], Rows]:
    found: dict[tuple[str, str], Rows] = {}
    for row in tables["pa_list"].to_dict("records"):
        found.setdefault((row["plan_id"], row["code"]), []).append(row)
    return found


def m02_c6(world: Any) -> Case:
    """Nine moved visits: the new day, the new place or neither changes what the plan wants; beside each others like it."""
    rules = _rules(world.tables)
    pool = []
    for row in _asked(world.tables):
        lists = rules.get((row["plan_id"], row["code"]), [])
        special = len(lists) > 1 or any(isinstance(r["exempt_pos"], str) for r in lists)
        visit = row["benefit"] == "medical" and isinstance(row["pos"], str)
        if special and visit:
            found = _move(row, rules)
            if found is not None and {found["rule"]["requirement"]} <= {"pa", "none"}:
                pool.append(row | found)

    def two(row: dict) -> bool:
        return len(rules[row["plan_id"], row["code"]]) > 1

    wanted = [
        (3, lambda r: r["word"] == "now needed"),
        (2, lambda r: r["word"] == "no longer needed" and r["before"] != r["after"]),
        (1, lambda r: r["word"] == "no longer needed" and r["before"] == r["after"]),
        (1, lambda r: r["word"] == "needed as before" and two(r)),
        (1, lambda r: r["word"] == "needed as before" and not two(r) and r["move"].first_place != r["move"].new_place),
        (1, lambda r: r["word"] == "not needed as before"),
    ]
    right = {row["request_id"]: [row["word"], row["after"]] for row in pool}
    shown = _shuffled([row["request_id"] for row in _pick("m02-c6", pool, wanted, "code")], "m02-c6")
    slips = [make(world.tables, list(right)) for make in (day_ignored, place_ignored, exempt_unread)]
    lists = {row["request_id"]: two(row) for row in pool}
    alike = kinds(right, *slips)
    places = like(shown, right, lambda r: (lists[r], alike[r]), right)
    return Case(records=shown, key={r: right[r] for place in places for r in place}, pool=places)


def _changed(
    tables: Tables, records: list[str], day: bool = True, place: bool = True, exempt: bool = True
) -> dict[str, list[str]]:
    """The verdict with the new day, the new place or the exempt places left out of account."""
    rules, wrong = _rules(tables), {}
    cases = {row["request_id"]: row for row in _asked(tables)}
    for key in records:
        case = cases[key]
        move = routing.moved(case["service_date"], case["pos"])
        mine = rules[case["plan_id"], case["code"]]
        before = routing.rule_for(mine, case["plan_id"], case["code"], move.first_day)
        after = routing.rule_for(mine, case["plan_id"], case["code"], move.new_day if day else move.first_day)
        places = (move.first_place, move.new_place if place else move.first_place) if exempt else ("", "")
        word = routing.change(routing.wanted(before, places[0]), routing.wanted(after, places[1]))
        wrong[key] = [word, after["rule_id"]]
    return {key: wrong[key] for key in records}


def day_ignored(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """The rule of the first day is still taken for the new day."""
    return _changed(tables, records, day=False)


def place_ignored(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """The new day is looked up, the new place is not."""
    return _changed(tables, records, place=False)


def exempt_unread(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """The column exempt_pos is not read at all."""
    return _changed(tables, records, exempt=False)


# --- c7: what three patients owe ----------------------------------------------------------------------------------------------------


def owed(
    tables: Tables,
    price: str = "allowed",
    in_order: bool = True,
    capped: bool = True,
    deductible: bool = True,
    cards: str = "by law",
    half_up: bool = True,
) -> dict[str, float]:
    """Dollars for each line, with one of the rules changed. `cards`: by law, always, never."""
    plans = {row["plan_id"]: row for row in tables["plans"].to_dict("records")}
    found: dict[str, float] = {}
    planned = stories.rows("claim_lines")
    for patient in stories.rows("patients"):
        plan = plans[patient["plan_id"]]
        terms = costs.terms(plan)
        if not capped:
            terms = costs.Terms(terms.deductible, terms.coinsurance, None)
        met, spent = costs.money(patient["deductible_met"]), costs.money(patient["oop_met"])
        met = met if deductible else terms.deductible
        mine = [row for row in planned if row["patient"] == patient["patient"]]
        for row in sorted(mine, key=lambda r: r["date"]) if in_order else mine:
            if row["copay"]:
                line_of_business = {"by law": plan["line_of_business"], "always": "commercial", "never": "medicaid_managed"}  # fmt: skip
                paid = costs.fill(row["copay"], row["copay"], line_of_business[cards], bool(row["makers_card"])).patient_pays  # fmt: skip
                spent += paid
            else:
                one = costs.line(row[price], terms, met, spent)
                met, spent, paid = one.deductible_met, one.oop_met, one.owes
                if not half_up and not one.cut_by_maximum:
                    share = (one.allowed - one.from_deductible) * terms.coinsurance
                    paid = one.from_deductible + share.quantize(Decimal("0.01"), ROUND_DOWN)
            found[row["line"]] = float(paid)
    return {row["line"]: found[row["line"]] for row in planned}


def m02_c7(world: Any) -> Case:
    """Eleven planned claim lines of three patients, in dollars and cents."""
    key = owed(world.tables)
    return Case(records=list(key), key=key)


# --- c8: two conditions ---------------------------------------------------------------------------------------------------------------


def m02_c8(world: Any) -> Case:
    """Checks that found nobody and were answered on the day of service or later."""
    return Case(records=[], key=checks(world.tables))


def checks(
    tables: Tables, answer: str | None = "not_found", came: str | None = "answered_at", either: bool = False
) -> int:
    """Rows of `eligibility` with this answer whose moment `came` is on the day of service or later; or either of both."""
    table = tables["eligibility"]
    every = pd.Series(True, index=table.index)
    says = table["answer"] == answer if answer else every
    late = table[came] >= table["service_date"] if came else every
    return int((says | late).sum() if either else (says & late).sum())
