"""Module 10: which records its items use, and the true answers.

Intake (`m10_c1`), first-level reviews (`m10_c2`), audit of denials (`m10_c3`), timeliness (`m10_c4`), vague reasons
(`m10_c5`), the public figures (`m10_c6`) and hidden causes (`m10_c7`). The rules stand in `module_10_intake`,
`module_10_reviews` and `module_10_figures`. The other public functions make the known wrong answers of `items.yaml`.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pandas as pd

from coursekit.casework import Case, like, once
from coursekit.casework.module_10_figures import (  # noqa: F401 - names for the expressions in items.yaml
    as_frame,
    contract_table,
    sample,
    swapped,
    timeliness,
)
from coursekit.casework.module_10_intake import ACCEPT, DUPLICATE, NOT_NEEDED, REJECT, ROUTE, Tables, desk
from coursekit.casework.module_10_reviews import MAY_DENY, PAYER, VAGUE, causes, reviews
from priorauth import first_review, policies
from priorauth.criteria import NOT_MET
from priorauth.denial_audit import LOGGED, OPENING
from priorauth.review_queue import EXAMPLE, PRACTICE

#: Requests that the lesson shows; no item uses them.
SHOWN = {OPENING, LOGGED, EXAMPLE, *PRACTICE}


def _shuffled(things: Iterable[str], item_id: str) -> list[str]:
    mixed = sorted(things)
    random.Random(item_id).shuffle(mixed)
    return mixed


def _pick(rows: pd.DataFrame, wanted: int, what: str, taken: Iterable[str] = ()) -> list[str]:
    """The first requests by lot that nothing else uses; LookupError if there are too few."""
    free = [r for r in _shuffled(rows["request_id"], what) if r not in SHOWN and r not in set(taken)]
    if len(free) < wanted:
        raise LookupError(f"{len(free)} requests fit {what}, and {wanted} are needed.")
    return free[:wanted]


# --- c1: intake -----------------------------------------------------------------------------------------------------------


def m10_c1(world: Any) -> Case:
    """Fifteen requests at the intake desk. Accepted ones look wrong at first sight: an earlier request for the same code,
    two covers, a rule that changed.

    Beside each stand others that were chosen for the same reason, each of another member, and of no other item here.
    """
    rows = desk(world.tables)
    rows = rows[(rows["wrong"] <= 1) & (rows["papers"] <= 4) & (rows["before"] <= 4) & (rows["covers"] <= 2)]
    right = rows[rows["verdict"] == ACCEPT]
    reasons: dict[str, str] = {}  # request -> why it was chosen
    others: dict[str, str] = {}  # request -> why it can stand in

    def take(fits: pd.DataFrame, wanted: int, what: str) -> None:
        reasons.update(dict.fromkeys(_pick(fits, wanted, what, reasons), what))
        others.update({r: others.get(r, what) for r in _shuffled(fits["request_id"], what)})

    take(right[(right["before"] >= 2) & (right["papers"] >= 2)], 2, "accepted after others")
    take(right[(right["rules"] == 2) & (right["before"] >= 1)], 1, "accepted under two rules")
    take(right[(right["covers"] == 2) & (right["before"] >= 1)], 1, "accepted with two covers")
    take(rows[rows["why"] == "identity"], 2, "identity")
    take(rows[rows["why"] == "page"], 1, "page")
    take(rows[rows["why"] == "form"], 1, "form")
    take(rows[rows["verdict"] == REJECT], 2, "cover")
    take(rows[(rows["verdict"] == DUPLICATE) & (rows["before"] >= 2)], 2, "duplicates")
    take(rows[rows["verdict"] == ROUTE], 2, "routed")
    take(rows[(rows["verdict"] == NOT_NEEDED)], 1, "not needed")
    member = world.tables["requests"].set_index("request_id")["member_id"]
    covers = world.tables["coverage"]
    twice = covers.duplicated(["member_id", "plan_id"], keep=False)  # two rows could be named as the one that decides
    # A sheet tells of a member's earlier requests, so each member comes once.
    known = {member[r] for r in reasons} | set(covers.loc[twice, "member_id"])
    used = SHOWN.union(*(item(world).records for item in (m10_c2, m10_c3, m10_c5, m10_c7)))
    many = Counter(others.values())
    free = [r for r in others if r not in used and member[r] not in known]
    free.sort(key=lambda r: many[others[r]])  # stable: the rare reasons choose first among a member's requests
    free = list({member[r]: r for r in reversed(free)}.values())[::-1]
    pool = like(_shuffled(reasons, "m10-c1"), free, (others | reasons).get)
    table = rows.set_index("request_id").loc[[r for place in pool for r in place]]
    key = {r: [row["verdict"], row["evidence"]] for r, row in table.iterrows()}
    return Case(records=[place[0] for place in pool], key=key, pool=pool)


def any_earlier_is_a_duplicate(tables: Tables, model: dict[str, list[str]]) -> dict[str, list[str]]:
    """Whoever asked before is taken for a duplicate."""
    before = {r["request_id"]: r["last_before"] for r in desk(tables).to_dict("records")}
    return {k: [DUPLICATE, before[k]] if v[0] == ACCEPT and before[k] else v for k, v in model.items()}


def as_if(model: dict[str, list[str]], verdict: str, instead: str) -> dict[str, list[str]]:
    """One verdict in place of another, with the same row."""
    return {k: [instead, v[1]] if v[0] == verdict else v for k, v in model.items()}


# --- c2: first-level reviews -------------------------------------------------------------------------------------------------


@once
def m10_c2(world: Any) -> Case:
    """Ten requests of Bluestem's plans: four approvals, three that go to a physician, three that are pended."""
    rows = reviews(world)
    rows = rows[(rows["payer_id"] == PAYER) & rows["clear"] & (rows["root_cause"] != "E32")]
    rows = rows[~rows["request_id"].isin(_vague(world))]
    good, no, ask = (rows[rows["verdict"] == v] for v in (first_review.APPROVE, first_review.REFER, first_review.PEND))
    chosen: list[str] = []
    wanted = (
        (good[good["one_way"] & (good["category"] != "pharmacy_drug")], 1, "approve by one way"),
        (good[(good["desk"] >= 5) & (good["category"] == "pharmacy_drug") & good["one_way"]], 1, "approve a drug"),
        (good[(good["desk"] >= 5) & ~good["one_way"] & (good["category"] != "pharmacy_drug")], 2, "approve"),
        (no[no["kind"] == "therapy"], 1, "refer for treatment"),
        (no[no["kind"] == "drug_trial"], 1, "refer for a trial"),
        (no[no["kind"].isin(("study", "diagnosis"))], 1, "refer for a study"),
        (ask[(ask["row"] != "none") & (ask["kind"] == "note")], 1, "pend for a signature"),
        (ask[(ask["row"] != "none") & (ask["kind"] == "lab") & (ask["desk"] >= 4)], 1, "pend for an old result"),
        (ask[(ask["row"] == "none") & ask["one_way"] & (ask["desk"] >= 3)], 1, "pend for the other way"),
    )  # fmt: skip
    for fits, count, what in wanted:
        chosen += _pick(fits, count, what, chosen)
    shown = _shuffled(chosen, "m10-c2")
    table = rows.set_index("request_id").loc[shown]
    return Case(records=shown, key={r: [x["verdict"], x["criterion"], x["row"]] for r, x in table.iterrows()})


def old_and_unsigned_pass(model: dict[str, list[str]]) -> dict[str, list[str]]:
    """Any row about the criterion counts as proof."""
    return {k: ["approve", "all", v[2]] if v[0] == "pend" and v[2] != "none" else v for k, v in model.items()}


def denied_at_the_desk(model: dict[str, list[str]]) -> dict[str, list[str]]:
    """What is not shown is taken for a no."""
    return {k: ["refer", *v[1:]] if v[0] == "pend" else v for k, v in model.items()}


def asked_again(model: dict[str, list[str]]) -> dict[str, list[str]]:
    """What a usable row denies is asked for once more."""
    return {k: ["pend", *v[1:]] if v[0] == "refer" else v for k, v in model.items()}


def one_way_lost(tables: Tables, model: dict[str, list[str]]) -> dict[str, list[str]]:
    """One way of several says no, and that is taken for the whole."""
    told = {}
    for request_id, answer in model.items():
        found, tree = first_review.judged(request_id, tables)
        leaves = {leaf["id"]: leaf for leaf in policies.leaves(tree)}
        lost = [f for f in found.findings if f.verdict == NOT_MET]
        if answer[0] == "pend" and lost:
            name = lost[0].criterion
            answer = ["refer", name, first_review.stands_for(leaves[name], lost[0])]
        told[request_id] = answer
    return told


# --- c3: audit of denials ---------------------------------------------------------------------------------------------------

STANDS, OVERTURN, WRONG_DECIDER = "stands", "overturn", "wrong_decider"


def _audited(world: Any) -> pd.DataFrame:
    """Denials that name a criterion which stands for something: audit verdict and the row that proves it."""
    rows = reviews(world)
    rows = rows[(rows["decision"] == "denied") & rows["named"].notna() & rows["clear"] & (rows["desk"] <= 7)]
    made = []
    for row in rows.to_dict("records"):
        if row["named"] not in row["verdicts"]:
            continue
        verdict, proof = row["verdicts"][row["named"]]
        if row["decided_by_role"] not in MAY_DENY:
            made.append((row["request_id"], WRONG_DECIDER, row["notice_id"], row["kind"], verdict))
        elif row["verdict"] == first_review.APPROVE and verdict == "met":
            made.append((row["request_id"], OVERTURN, proof, row["category"], verdict))
        elif row["verdict"] != first_review.APPROVE and row["criterion"] == row["named"]:
            made.append((row["request_id"], STANDS, proof, row["kind"], verdict))
    return pd.DataFrame(made, columns=["request_id", "audit", "proof", "kind", "verdict"])


@once
def m10_c3(world: Any) -> Case:
    """Twelve denials, five of them wrong: three in which the proof lay on the desk, two by someone who may not deny."""
    rows = _audited(world)
    used = set(m10_c2(world).records) | set(_vague(world))
    rows = rows[~rows["request_id"].isin(used)]
    turn, stand = rows[rows["audit"] == OVERTURN], rows[rows["audit"] == STANDS]
    shown_row = stand["proof"] != "none"
    chosen: list[str] = []
    wanted = (
        (turn[turn["kind"] == "pharmacy_drug"], 1, "overturn a drug"),
        (turn[turn["kind"] != "pharmacy_drug"], 2, "overturn a service"),
        (rows[rows["audit"] == WRONG_DECIDER], 2, "wrong decider"),
        (stand[shown_row & (stand["verdict"] == "not met")], 3, "stands with a no"),
        (stand[shown_row & (stand["verdict"] == "not shown")], 2, "stands with an unusable row"),
        (stand[~shown_row], 2, "stands with nothing"),
    )
    for fits, count, what in wanted:
        chosen += _pick(fits, count, what, chosen)
    shown = _shuffled(chosen, "m10-c3")
    table = rows.set_index("request_id").loc[shown]
    return Case(records=shown, key={r: [x["audit"], x["proof"]] for r, x in table.iterrows()})


def decider_overlooked(tables: Tables, model: dict[str, list[str]]) -> dict[str, list[str]]:
    """Who signed is not looked at: the row on the desk decides."""
    denials = tables["notices"][tables["notices"]["kind"] == "denial"].set_index("request_id")["criterion"]
    told = {}
    for request_id, answer in model.items():
        if answer[0] == WRONG_DECIDER:
            found, tree = first_review.judged(request_id, tables)
            leaf = next(x for x in policies.leaves(tree) if x["id"] == denials[request_id])
            answer = [OVERTURN, first_review.stands_for(leaf, found.of(leaf["id"]))]
        told[request_id] = answer
    return told


# --- c4 and c6: figures -----------------------------------------------------------------------------------------------------


def m10_c4(world: Any) -> Case:
    """200 decisions: how many, how many late, and the share on time, by line."""
    return Case(records=sorted(sample(world.tables)["request_id"]), key=timeliness(world.tables))


def m10_c6(world: Any) -> Case:
    """Shares and times of Bluestem Medicare PPO, partial approvals counted both ways."""
    return Case(records=[], key=contract_table(world.tables))


# --- c5: vague reasons ------------------------------------------------------------------------------------------------------


def _fault(row: dict[str, Any]) -> str:
    if row["row"] == "none":
        return "nothing"
    if row["verdict"] == first_review.REFER:
        return {"therapy": "too_short", "drug_trial": "too_short"}.get(row["kind"], "value")
    return "not_signed" if "not signed" in row["why"] else "too_old"


@once
def _vague(world: Any) -> list[str]:
    """Denials with a reason that says nothing: all whose deciding row can be named, and two with no row."""
    rows = reviews(world)
    rows = rows[rows["clear"] & (rows["verdict"] != first_review.APPROVE) & (rows["payer_id"] == PAYER)]
    rows = rows[rows["reason_text"].isin(VAGUE)]
    named = list(rows[rows["row"] != "none"]["request_id"])[:4]
    silent = rows[(rows["row"] == "none") & (rows["desk"] >= 3) & (rows["kind"].isin(("note", "lab")))]
    return named + _pick(silent, 2, "vague and silent")


@once
def m10_c5(world: Any) -> Case:
    """Vague reasons: the criterion, the row, and what is wrong with it."""
    shown = _shuffled(_vague(world), "m10-c5")
    rows = {r["request_id"]: r for r in reviews(world).to_dict("records")}
    return Case(records=shown, key={r: [_fault(rows[r]), rows[r]["criterion"], rows[r]["row"]] for r in shown})


# --- c7: hidden causes --------------------------------------------------------------------------------------------------------


@once
def m10_c7(world: Any) -> Case:
    """Nine logs behind denials: the pages were not opened, were filed late, came late, or were read."""
    rows = causes(world.tables)
    wanted = (
        (rows[(rows["cause"] == "not_opened") & rows["answered"]], 2, "not opened"),
        (rows[rows["cause"] == "filed_late"], 2, "filed late"),
        (rows[rows["cause"] == "answered_late"], 2, "answered late"),
        (rows[(rows["cause"] == "read") & rows["answered"] & (rows["reason_code"] == "criteria_not_met")], 3, "read"),
    )  # fmt: skip
    chosen: list[str] = []
    for fits, count, what in wanted:
        chosen += _pick(fits, count, what, chosen)
    shown = _shuffled(chosen, "m10-c7")
    table = rows.set_index("request_id").loc[shown]
    return Case(records=shown, key={r: [x["cause"], x["event_id"]] for r, x in table.iterrows()})


def taken_at_its_word(tables: Tables, model: dict[str, list[str]]) -> dict[str, list[str]]:
    """The first review says that the criteria were compared, so every file was read."""
    events = tables["events"]
    first = events[events["event"] == "first_level_review"].groupby("request_id")["event_id"].first()
    return {k: ["read", first[k]] for k in model}
