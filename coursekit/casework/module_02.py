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

from coursekit.casework import Case
from priorauth import costs, coverage, routing, stories, verification
from priorauth.coverage import day_of

Tables = dict[str, pd.DataFrame]
Rows = list[dict[str, Any]]
NEW_DAY = "2026-10-20"  # c5: all visits are put off to this day
QUARTER = "2026-07-01"  # c8: checks that were asked from this day on


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


_desk = _once(verification.desk_of)


@_once
def _asked(tables: Tables) -> Rows:
    """Requests with a day of service and their first line, except those that the lesson shows."""
    lines = tables["request_lines"]
    first = lines[lines["line_no"] == 1][["request_id", "code", "pos"]]
    found = tables["requests"].merge(first, on="request_id")
    found = found[found["service_date"].notna() & ~found["request_id"].isin(verification.readers())]
    return found.sort_values("request_id").to_dict("records")


def _named(tables: Tables, records: list[str]) -> dict[str, dict[str, Any]]:
    return {row["request_id"]: row for row in _asked(tables) if row["request_id"] in records}


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


# --- c1: cover on the day -------------------------------------------------------------------------------------------------


def _verdict(case: dict[str, Any], desk: verification.Desk) -> coverage.Verdict:
    mine, pharmacy = desk.coverage[case["member_id"]], case["benefit"] == "pharmacy"
    return coverage.status(mine, desk.plans, case["plan_id"], case["service_date"], pharmacy)


def m02_c1(world: Any) -> Case:
    """Twelve requests: moved, ended, ended beside a drug plan, two covers with a wrong and a right order, and plain ones."""
    desk = _desk(world.tables)
    pool = [row | {"found": _verdict(row, desk)} for row in _asked(world.tables)]

    def covers(row: dict) -> Rows:
        return desk.coverage[row["member_id"]]

    def first(row: dict) -> dict:
        return next(c for c in covers(row) if c["coverage_id"] == row["found"].coverage_id)

    def dual(row: dict, wrong: bool) -> bool:
        return bool(row["found"].rule) and (first(row)["rank"] == 2) is wrong

    kinds = [
        (3, lambda r: r["found"].verdict == coverage.OTHER_PLAN),
        (1, lambda r: r["found"].verdict == coverage.NO_COVER and len(covers(r)) == 2),
        (2, lambda r: r["found"].verdict == coverage.NO_COVER and len(covers(r)) == 1),
        (1, lambda r: dual(r, True) and r["found"].rule == "R1"),
        (1, lambda r: dual(r, True) and r["found"].rule in ("R3", "R4")),
        (1, lambda r: dual(r, True) and r["found"].rule == "R6"),
        (1, lambda r: dual(r, False) and r["found"].rule == "R5"),
        (1, lambda r: r["benefit"] == "pharmacy" and r["plan_id"] == "PLN-12" and r["found"].verdict == coverage.RIGHT_PLAN),
        (1, lambda r: r["found"].verdict == coverage.RIGHT_PLAN and len(covers(r)) == 1 and r["benefit"] == "medical"),
    ]  # fmt: skip
    key = {
        row["request_id"]: [row["found"].verdict, row["found"].coverage_id]
        for row in _pick("m02-c1", pool, kinds, "plan_id")
    }
    shown = _shuffled(key, "m02-c1")
    return Case(records=shown, key={r: key[r] for r in shown})


def by_recorded_rank(tables: Tables, records: list[str], model: dict) -> dict[str, list[str]]:
    """Where two covers are active, the one that the clinic recorded as rank 1."""
    desk, wrong = _desk(tables), dict(model)
    for key, case in _named(tables, records).items():
        active = [
            c
            for c in desk.coverage[case["member_id"]]
            if coverage.holds(c, case["service_date"])
            and coverage.pays_for(desk.plans[c["plan_id"]], case["benefit"] == "pharmacy")
        ]
        if len(active) > 1:
            top = min(active, key=lambda c: c["rank"])
            wrong[key] = [
                coverage.RIGHT_PLAN if top["plan_id"] == case["plan_id"] else coverage.OTHER_PLAN,
                top["coverage_id"],
            ]
    return wrong


def as_named(tables: Tables, records: list[str], model: dict) -> dict[str, list[str]]:
    """The plan that the request names is right, with its row, whatever the dates say."""
    desk, wrong = _desk(tables), {}
    for key, case in _named(tables, records).items():
        row = next(c for c in desk.coverage[case["member_id"]] if c["plan_id"] == case["plan_id"])
        wrong[key] = [coverage.RIGHT_PLAN, row["coverage_id"]]
    return {key: wrong[key] for key in model}


def any_cover_will_do(tables: Tables, records: list[str], model: dict) -> dict[str, list[str]]:
    """Any row that is active on the day counts, even a drug plan for a service."""
    desk, wrong = _desk(tables), dict(model)
    for key, case in _named(tables, records).items():
        active = [c for c in desk.coverage[case["member_id"]] if coverage.holds(c, case["service_date"])]
        if model[key][0] == coverage.NO_COVER and active:
            wrong[key] = [coverage.OTHER_PLAN, active[0]["coverage_id"]]
        elif case["plan_id"] == "PLN-12":
            medical = [c for c in active if c["plan_id"] == "PLN-11"]
            wrong[key] = [coverage.OTHER_PLAN, medical[0]["coverage_id"]] if medical else model[key]
    return wrong


def newest_row(tables: Tables, records: list[str], model: dict) -> dict[str, list[str]]:
    """The right verdict, proved by the row that began last."""
    desk, wrong = _desk(tables), {}
    for key, case in _named(tables, records).items():
        rows = sorted(desk.coverage[case["member_id"]], key=lambda c: (day_of(c["start"]), c["coverage_id"]))
        wrong[key] = [model[key][0], rows[-1]["coverage_id"]]
    return {key: wrong[key] for key in model}


# --- c2 and c3: stories of two covers, and of drug orders --------------------------------------------------------------------

_EMPTY = {"basis": None, "employer_size": None, "holder_birth_date": None, "start": None, "months": None}


def m02_c2(world: Any) -> Case:
    """Ten people with two covers: the rule, and the letter of the cover that pays first."""
    key = {}
    for row in stories.rows("two_covers"):
        a, b = _EMPTY | row["a"], _EMPTY | row["b"]
        first, rule = coverage.first_payer([a, b])
        key[row["case"]] = [rule, "A" if first is a else "B"]
    return Case(records=list(key), key=key)


def m02_c3(world: Any) -> Case:
    """Ten drug orders: the rule, and the benefit that pays for the drug."""
    key = {}
    for row in stories.rows("drug_orders"):
        rule = routing.benefit_rule(row["giver"], row["place"], row["source"])
        key[row["order"]] = [rule, routing.benefit_of(rule)]
    return Case(records=list(key), key=key)


# --- c4: the right door -------------------------------------------------------------------------------------------------------


def _door(case: dict[str, Any], desk: verification.Desk) -> dict[str, Any] | None:
    """The rule of the plan that pays first on the day, if it wants PA."""
    verdict = _verdict(case, desk)
    if verdict.verdict == coverage.NO_COVER:
        return None
    cover = next(c for c in desk.coverage[case["member_id"]] if c["coverage_id"] == verdict.coverage_id)
    rule = routing.rule_for(desk.pa_list, cover["plan_id"], case["code"], case["service_date"])
    return rule if rule is not None and routing.wanted(rule, case["pos"]) == "pa" else None


def m02_c4(world: Any) -> Case:
    """Ten requests: members who moved, carve-outs, contractors, the wrong PBM, and some that went to the right door."""
    desk = _desk(world.tables)
    errors = world.truth["errors"]
    sent_wrong = set(errors[errors["error"] == "E5"]["record_id"])
    used = set(m02_c1(world).records)
    moved = {r["request_id"] for r in _asked(world.tables) if _verdict(r, desk).verdict == coverage.OTHER_PLAN}
    pool = [r for r in _asked(world.tables) if r["request_id"] not in used]
    few = [r for r in pool if r["request_id"] in sent_wrong | moved]
    few += [r for r in pool if r["decision"] == "approved" and r["request_id"] not in sent_wrong | moved][:60]
    ready = [r | {"rule": rule} for r in few if (rule := _door(r, desk)) is not None]

    def wrong(row: dict) -> bool:
        return row["destination_id"] != row["rule"]["destination_id"]

    def line(row: dict) -> str:
        return desk.plans[row["plan_id"]]["line_of_business"]

    kinds = [
        (3, lambda r: r["request_id"] in moved and wrong(r)),
        (1, lambda r: r["request_id"] in moved and r["category"] == "advanced_imaging"),
        (1, lambda r: r["request_id"] in sent_wrong and r["category"] == "advanced_imaging" and line(r) != "medicare_advantage"),
        (1, lambda r: r["request_id"] in sent_wrong and r["category"] == "pharmacy_drug"),
        (1, lambda r: r["request_id"] in sent_wrong and r["category"] == "dme" and line(r) == "traditional_medicare"),
        (1, lambda r: r["request_id"] in sent_wrong and r["destination_id"] == "PAY-09" and line(r) == "medicare_advantage"),
        (1, lambda r: not wrong(r) and r["request_id"] not in moved and r["category"] == "advanced_imaging" and r["plan_id"] in ("PLN-01", "PLN-06", "PLN-08", "PLN-14")),
        (1, lambda r: not wrong(r) and r["request_id"] not in moved and r["category"] == "medical_benefit_drug" and isinstance(desk.plans[r["plan_id"]]["imaging_vendor_id"], str)),
    ]  # fmt: skip
    key = {
        row["request_id"]: [row["rule"]["destination_id"], row["rule"]["rule_id"]]
        for row in _pick("m02-c4", ready, kinds, "category")
    }
    shown = _shuffled(key, "m02-c4")
    return Case(records=shown, key={r: key[r] for r in shown})


def as_sent(tables: Tables, records: list[str], model: dict) -> dict[str, list[str]]:
    """The door to which it was sent, with the right row."""
    cases = _named(tables, records)
    return {key: [cases[key]["destination_id"], model[key][1]] for key in model}


def door_of_the_named_plan(tables: Tables, records: list[str], model: dict) -> dict[str, list[str]]:
    """The door and the row of the plan that the request names, though the member has left it."""
    pa_list = tables["pa_list"].to_dict("records")
    wrong = dict(model)
    for key, case in _named(tables, records).items():
        rule = routing.rule_for(pa_list, case["plan_id"], case["code"], case["service_date"])
        if rule is not None and isinstance(rule["destination_id"], str):
            wrong[key] = [rule["destination_id"], rule["rule_id"]]
    return wrong


def the_insurer(tables: Tables, records: list[str], model: dict) -> dict[str, list[str]]:
    """The insurer of the plan takes everything."""
    payers = tables["plans"].set_index("plan_id")["payer_id"]
    plans = tables["pa_list"].set_index("rule_id")["plan_id"]
    return {key: [payers[plans[rule]], rule] for key, (_, rule) in model.items()}


# --- c5: the network on a new day ----------------------------------------------------------------------------------------------


def _network(case: dict[str, Any], desk: verification.Desk, day: Any) -> str:
    return coverage.network_status(desk.plans[case["plan_id"]], desk.networks, case["rendering_npi"], day)


def m02_c5(world: Any) -> Case:
    """Ten visits that were put off: contracts that ended since, providers who were never in, and some that are in."""
    desk = _desk(world.tables)
    names = set(world.tables["providers"]["npi"])
    pool = [r for r in _asked(world.tables) if isinstance(r["rendering_npi"], str) and r["rendering_npi"] in names]
    ending = {(n["plan_id"], n["npi"]) for n in desk.networks if day_of(n["end"])}
    errors = world.truth["errors"]
    outside = set(errors[errors["error"] == "E15"]["record_id"])
    used = set(m02_c1(world).records) | set(m02_c4(world).records)
    close = [r for r in pool if (r["plan_id"], r["rendering_npi"]) in ending or r["request_id"] in outside]
    close += [r for r in pool if r["category"] == "advanced_imaging" or r["plan_id"] == "PLN-11"][:150]
    few = [r for r in {r["request_id"]: r for r in close}.values() if r["request_id"] not in used]
    ready = [r | {"new": _network(r, desk, NEW_DAY), "old": _network(r, desk, r["service_date"])} for r in few]

    def ended(row: dict) -> bool:
        return row["old"] == coverage.IN != row["new"]

    kinds = [
        (2, lambda r: ended(r) and r["new"] == coverage.OUT_PAID),
        (1, lambda r: ended(r) and r["new"] == coverage.OUT_UNPAID),
        (1, lambda r: r["request_id"] in outside and r["new"] == coverage.OUT_PAID),
        (2, lambda r: r["request_id"] in outside and r["new"] == coverage.OUT_UNPAID),
        (3, lambda r: r["new"] == coverage.IN),
        (1, lambda r: r["new"] == coverage.NO_NETWORK),
    ]
    key = {row["request_id"]: row["new"] for row in _pick("m02-c5", ready, kinds, "rendering_npi")}
    shown = _shuffled(key, "m02-c5")
    return Case(records=shown, key={r: key[r] for r in shown})


def network_on_first_day(tables: Tables, records: list[str]) -> dict[str, str]:
    """The network on the first day of the visit, not on the new one."""
    desk, cases = _desk(tables), _named(tables, records)
    return {key: _network(cases[key], desk, cases[key]["service_date"]) for key in records}


# --- c6: visits that were moved --------------------------------------------------------------------------------------------------


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
    """Nine moved visits: the new day, the new place or neither changes what the plan wants."""
    rules = _rules(world.tables)
    used = set(m02_c1(world).records) | set(m02_c4(world).records) | set(m02_c5(world).records)
    pool = []
    for row in _asked(world.tables):
        lists = rules.get((row["plan_id"], row["code"]), [])
        special = len(lists) > 1 or any(isinstance(r["exempt_pos"], str) for r in lists)
        visit = row["benefit"] == "medical" and isinstance(row["pos"], str)
        if special and visit and row["request_id"] not in used:
            found = _move(row, rules)
            if found is not None and {found["rule"]["requirement"]} <= {"pa", "none"}:
                pool.append(row | found)

    def two(row: dict) -> bool:
        return len(rules[row["plan_id"], row["code"]]) > 1

    kinds = [
        (3, lambda r: r["word"] == "now needed"),
        (2, lambda r: r["word"] == "no longer needed" and r["before"] != r["after"]),
        (1, lambda r: r["word"] == "no longer needed" and r["before"] == r["after"]),
        (1, lambda r: r["word"] == "needed as before" and two(r)),
        (1, lambda r: r["word"] == "needed as before" and not two(r) and r["move"].first_place != r["move"].new_place),
        (1, lambda r: r["word"] == "not needed as before"),
    ]
    key = {row["request_id"]: [row["word"], row["after"]] for row in _pick("m02-c6", pool, kinds, "code")}
    shown = _shuffled(key, "m02-c6")
    return Case(records=shown, key={r: key[r] for r in shown})


def _changed(
    tables: Tables, records: list[str], day: bool = True, place: bool = True, exempt: bool = True
) -> dict[str, list[str]]:
    """The verdict with the new day, the new place or the exempt places left out of account."""
    rules, wrong = _rules(tables), {}
    for key, case in _named(tables, records).items():
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
    """Checks of the third quarter that found nobody."""
    return Case(records=[], key=checks(world.tables))


def checks(tables: Tables, answer: str | None = "not_found", since: str | None = QUARTER, either: bool = False) -> int:
    """Rows of `eligibility` with both conditions, one of them, or either."""
    table = tables["eligibility"]
    says = table["answer"] == answer if answer else pd.Series(True, index=table.index)
    late = table["asked_at"] >= since if since else pd.Series(True, index=table.index)
    return int((says | late).sum() if either else (says & late).sum())
