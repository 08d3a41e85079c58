"""Module 5: which records its items use, and the true answers, with pandas over the tables of the world.

The functions `m05_c3`, `m05_c4`, `m05_c6` and `m05_c8` make the cases; the other items are invented stories in
`items.yaml`. The other public functions make the known wrong answers that `items.yaml` names.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pandas as pd

from coursekit.casework import Case
from priorauth import codes, data, pairs, units

SUPPORTS, OFF, NEVER = "supports", "not on the list", "cannot be sent"
COMPLETE, MISSING, WRONG = "complete", "partner missing", "wrong code"


def _shuffled(things: Iterable[str], item_id: str) -> list[str]:
    mixed = list(things)
    random.Random(item_id).shuffle(mixed)
    return mixed


# --- c1: notes -> codes ---------------------------------------------------------------------------------------------------


def coded(model: dict[str, str], changed: dict[str, str]) -> dict[str, str]:
    """The right answer with the codes of some notes changed; their categories change along."""
    wrong = dict(model)
    for note, code in changed.items():
        wrong[f"{note} code"] = code
        wrong[f"{note} category"] = code[:3]
    return wrong


# --- c3: diagnosis and policy -----------------------------------------------------------------------------------------------


def _first_lines(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """First lines with their order and the policy version of the request; one row a line."""
    lines = tables["request_lines"]
    asked = lines[lines["line_no"] == 1].merge(
        tables["requests"][["request_id", "order_id", "policy_id", "policy_version", "service_date"]], on="request_id"
    )
    orders = tables["orders"][["order_id", "order_text", "dx_text", "icd10", "hcpcs", "dose", "administrations"]]
    return asked.merge(orders, on="order_id", suffixes=("", "_order"))


def _with_lists(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    rows = _first_lines(tables)
    rows = rows[rows["policy_id"].notna()]
    lists = {(p["policy_id"], p["version"]): pairs.diagnosis_list(p) for p in data.policies()}
    rows = rows.assign(
        listed=[lists[i, int(v)] for i, v in zip(rows["policy_id"], rows["policy_version"], strict=True)]
    )
    return rows[rows["listed"].str.len() >= 3]


def judge(code: str, listed: list[str]) -> str:
    """Whether a code can be sent at all, and then whether the policy's list holds it."""
    if not codes.status(code).billable:
        return NEVER
    return SUPPORTS if pairs.entry_for(code, listed) else OFF


def m05_c3(world: Any) -> Case:
    """Eight lines: three whose code is off the list, two that cannot be sent, three that support; eight services."""
    rows = _with_lists(world.tables).sort_values("line_id", ascending=False)
    rows = rows.assign(
        verdict=[judge(c, some) for c, some in zip(rows["icd10"], rows["listed"], strict=True)],
        entry=[pairs.entry_for(c, some) for c, some in zip(rows["icd10_order"], rows["listed"], strict=True)],
    )
    rows = rows[rows["entry"] != ""]
    rows = rows.assign(exact=rows["entry"] == rows["icd10_order"])
    key: dict[str, list[str]] = {}
    used: set[str] = set()
    for verdict, count in ((OFF, 3), (NEVER, 2), (SUPPORTS, 3)):
        fits = rows[rows["verdict"] == verdict].sort_values(["exact", "line_id"], ascending=[True, False])
        for _, row in fits.iterrows():
            if count and row["policy_id"] not in used:
                used.add(row["policy_id"])
                key[row["line_id"]] = [verdict, row["entry"]]
                count -= 1
        if count:
            raise LookupError(f"Too few lines that are {verdict!r} for m05-c3.")
    shown = _shuffled(key, "m05-c3")
    return Case(records=shown, key={line: key[line] for line in shown})


def list_ignored(model: dict[str, list[str]]) -> dict[str, list[str]]:
    """Every code that can be sent is taken to support the service."""
    return {line: [SUPPORTS if verdict == OFF else verdict, entry] for line, (verdict, entry) in model.items()}


def release_ignored(tables: dict[str, pd.DataFrame], model: dict[str, list[str]]) -> dict[str, list[str]]:
    """Codes are compared with the list only: what begins like an entry supports, everything else is off."""
    rows = _with_lists(tables).set_index("line_id")
    return {
        line: [SUPPORTS if pairs.entry_for(rows["icd10"][line], rows["listed"][line]) else OFF, entry]
        for line, (_, entry) in model.items()
    }


def categories(tables: dict[str, pd.DataFrame], model: dict[str, list[str]]) -> dict[str, list[str]]:
    """The order's category is named in place of the entry of the list."""
    rows = _with_lists(tables).set_index("line_id")
    return {line: [verdict, rows["icd10_order"][line]] for line, (verdict, _) in model.items()}


# --- c4: units -----------------------------------------------------------------------------------------------------------


def _drug_orders(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Orders of drugs with a confirmed billing unit, each with the unit, the usual vial and what its request asked."""
    known = tables["hcpcs"][tables["hcpcs"]["code"].isin(list(units.drugs()))]
    known = known[known["vial_size"].notna() & known["ended_on"].isna()]
    orders = tables["orders"].merge(known, left_on="hcpcs", right_on="code")
    lines = tables["request_lines"].merge(tables["requests"][["request_id", "order_id"]], on="request_id")
    lines = lines[lines["line_no"] == 1][["order_id", "units_asked"]].drop_duplicates("order_id", keep=False)
    return orders.merge(lines, on="order_id")


def _worked(row: Any) -> tuple[int, int]:
    """Units for all visits, and units thrown away at one visit."""
    visit = units.plan(row["dose"], row["unit_quantity"], [row["vial_size"]])
    return visit.given * int(row["administrations"]), visit.thrown_away


def _per_visit(row: Any) -> int:
    return units.for_dose(row["dose"], row["unit_quantity"])


def m05_c4(world: Any) -> Case:
    """Eight drug orders: all kinds of dose that leave something over, a broken unit, and as many wrong requests as there are."""
    rows = _drug_orders(world.tables).sort_values("order_id")
    worked = [_worked(row) for _, row in rows.iterrows()]
    rows = rows.assign(need=[w[0] for w in worked], waste=[w[1] for w in worked])
    rows = rows.assign(wrong=rows["need"] != rows["units_asked"], broken=rows["dose"] % rows["unit_quantity"] > 0)
    rows = rows.assign(half=rows["unit_quantity"] < 1)
    ranked = rows.sort_values(["wrong", "broken", "order_id"], ascending=[False, False, True])
    ranked = ranked.drop_duplicates(["hcpcs", "dose"])
    ranked = ranked.assign(turn=ranked.groupby([ranked["waste"] > 0, "hcpcs"]).cumcount())
    ranked = ranked.sort_values(["turn", "wrong", "broken"], ascending=[True, False, False], kind="stable")
    left, none, small = ranked["waste"] > 0, ~(ranked["waste"] > 0) & ~ranked["half"], ranked["half"]
    chosen = [row for fits, n in ((left, 4), (none, 3), (small, 1)) for _, row in ranked[fits].head(n).iterrows()]
    if len(chosen) < 6:
        raise LookupError("Too few drug orders for m05-c4.")
    by_id = {row["order_id"]: row for row in chosen}
    shown = _shuffled(by_id, "m05-c4")
    key: dict[str, int] = {}
    for order_id in shown:
        need, waste = _worked(by_id[order_id])
        key |= {f"{order_id} units": need, f"{order_id} thrown away": waste}
    return Case(records=shown, key=key, candidates=list(key))


def units_changed(tables: dict[str, pd.DataFrame], records: list[str], how: str) -> dict[str, int]:
    """Wrong sums. `how`: vials (counted in vials), one visit, rounded late, asked (what the request says), mg."""
    rows = _drug_orders(tables).set_index("order_id")
    wrong: dict[str, int] = {}
    for order_id in records:
        row = rows.loc[order_id]
        visits = int(row["administrations"])
        visit = units.plan(row["dose"], row["unit_quantity"], [row["vial_size"]])
        vials = sum(count for _, count in visit.vials)
        left = vials * row["vial_size"] - row["dose"]
        sums = {
            "vials": (vials * visits, 0),
            "one visit": (visit.given, visit.thrown_away),
            "with waste": (visit.total * visits, visit.thrown_away),
            "all visits": (visit.given * visits, visit.thrown_away * visits),
            "rounded late": (-(-int(row["dose"] * visits * 2) // int(row["unit_quantity"] * 2)), visit.thrown_away),
            "asked": (int(row["units_asked"]), visit.thrown_away),
            "milligrams": (int(row["dose"] * visits), int(left)),
        }[how]
        wrong |= {f"{order_id} units": sums[0], f"{order_id} thrown away": sums[1]}
    return wrong


# --- c6: pairs of codes, and the right test ----------------------------------------------------------------------------------


#: What the order's words mean -> the service label. Only orders that say so unmistakably are used.
ORDERED = {
    "MRI L-spine w/o contrast": "IMG-MRI-LSPINE",
    "MRI knee w/o contrast": "IMG-MRI-KNEE",
    "CT chest w/o contrast": "IMG-CT-CHEST",
    "MRI brain w/o contrast": "IMG-MRI-BRAIN",
}


def _packets(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One row a request with an order: words of the order, first code, all codes, verdict, code that proves it."""
    partner = pairs.partners(tables["services"], tables["hcpcs"])
    lines = tables["request_lines"]
    every = lines.groupby("request_id")["code"].agg(list)
    rows = _first_lines(tables)[["request_id", "code", "order_text", "hcpcs"]]
    rows = rows.assign(every=rows["request_id"].map(every))
    found = []
    for _, row in rows.iterrows():
        meant = ORDERED.get(row["order_text"])
        needs = partner.get(row["code"])
        if meant and meant != row["code"]:
            found.append((WRONG, meant))
        elif needs and needs not in row["every"]:
            found.append((MISSING, needs))
        elif meant or needs:
            found.append((COMPLETE, needs or row["code"]))
        else:
            found.append(("", ""))
    rows = rows.assign(verdict=[f[0] for f in found], proof=[f[1] for f in found])
    return rows[rows["verdict"] != ""]


def m05_c6(world: Any) -> Case:
    """Ten requests: three wrong tests, four missing partners, three complete ones; as many codes as there are."""
    rows = _packets(world.tables).sort_values("request_id")
    key: dict[str, list[str]] = {}
    for verdict, count in ((WRONG, 3), (MISSING, 4), (COMPLETE, 3)):
        fits = rows[rows["verdict"] == verdict]
        fits = fits.assign(turn=fits.groupby(["code", "proof"]).cumcount()).sort_values(["turn", "request_id"])
        if verdict == COMPLETE:  # first those with a partner that is there
            fits = fits.assign(single=fits["every"].str.len() == 1).sort_values(["turn", "single", "request_id"])
        if len(fits) < count:
            raise LookupError(f"Too few requests that are {verdict!r} for m05-c6.")
        key |= {row["request_id"]: [verdict, row["proof"]] for _, row in fits.head(count).iterrows()}
    shown = _shuffled(key, "m05-c6")
    return Case(records=shown, key={request: key[request] for request in shown})


def partners_ignored(tables: dict[str, pd.DataFrame], model: dict[str, list[str]]) -> dict[str, list[str]]:
    """What is asked for is taken as complete."""
    first = _packets(tables).set_index("request_id")["code"]
    return {r: [COMPLETE, first[r]] if v == MISSING else [v, c] for r, (v, c) in model.items()}


def words_ignored(tables: dict[str, pd.DataFrame], model: dict[str, list[str]]) -> dict[str, list[str]]:
    """The order's words are not compared with the label."""
    first = _packets(tables).set_index("request_id")["code"]
    return {r: [COMPLETE, first[r]] if v == WRONG else [v, c] for r, (v, c) in model.items()}


def sent_codes(tables: dict[str, pd.DataFrame], model: dict[str, list[str]]) -> dict[str, list[str]]:
    """Right verdicts, each with the code that was sent."""
    first = _packets(tables).set_index("request_id")["code"]
    return {r: [v, first[r]] for r, (v, _) in model.items()}


# --- c8: merge -----------------------------------------------------------------------------------------------------------


def m05_c8(world: Any) -> Case:
    """Lines that ask for fewer units than one dose needs."""
    return Case(records=[], key=short_lines(world.tables))


def short_lines(tables: dict[str, pd.DataFrame], how: str = "right") -> int:
    """The count, or one with a slip: times (multiplied by the unit), milligrams (no unit), more, differ, all."""
    joined = tables["request_lines"].merge(tables["hcpcs"], on="code")
    one = {"times": joined["dose"] * joined["unit_quantity"], "milligrams": joined["dose"]}.get(
        how, joined["dose"] / joined["unit_quantity"]
    )
    asked = joined["units_asked"]
    kept = {"more": asked > one, "differ": asked != one, "all": asked > 0, "equal": asked == one}.get(how, asked < one)
    return int(kept.sum())
