"""Module 4: which records its items use, and the true answers.

c6 stands on the tables of the world; c2, c4 and c5 on the prescriptions, claims and printouts of
`priorauth/chart_cases.yaml`, which learners see as tables. The other items are stories in `items.yaml`. The public functions make the known wrong answers
that `items.yaml` names; their first argument is the world's tables (`TABLES` in the expressions there) or the key.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd

from coursekit.casework import Case, kinds, like
from priorauth import chart, therapy
from priorauth.sig import parse

# --- c2: quantity, days supply, refills ------------------------------------------------------------------------------


def _verdict(asked: int, right: int) -> str:
    return "fits" if asked == right else "too long" if asked > right else "too short"


def _answers(days_of: Callable[[dict], int], records: list[str] | None = None) -> dict[str, list]:
    """Verdict, days of a fill and of all fills, with `days_of` as the way to count the days of a fill; all or some."""
    answer = {}
    table = chart.table("prescriptions")
    for row in table[table["prescription"].isin(records or table["prescription"])].to_dict("records"):
        days = days_of(row)
        verdict = _verdict(row["days_on_the_request"], days)
        answer[row["prescription"]] = [verdict, days, days * (row["refills"] + 1)]
    return answer


def m04_c2(world: Any) -> Case:
    """Nine invented prescriptions: each verdict, each kind of directions once, and different refills.

    Beside each stand its sisters with the same last digit: the same kind of directions, verdict and traps.
    """
    key = _answers(lambda r: parse(r["sig"]).days_supply(r["quantity"]))
    shown = [name for name in key if len(name) == len("RX1")]
    alike = kinds(key, request_believed(list(key)), dose_days_counted(list(key)))
    places = like(shown, key, lambda r: (r[-1], alike[r]), key)
    return Case(records=shown, key={r: key[r] for place in places for r in place}, pool=places)


def request_believed(records: list[str]) -> dict[str, list]:
    """The days of the request taken as they stand."""
    return _answers(lambda r: r["days_on_the_request"], records)


def first_fill_forgotten(model: dict[str, list]) -> dict[str, list]:
    """Refills counted as all the fills there are."""
    refills = chart.table("prescriptions").set_index("prescription")["refills"]
    return {name: [v, days, days * int(refills[name])] for name, (v, days, _) in model.items()}


def dose_days_counted(records: list[str]) -> dict[str, list]:
    """The quantity divided by what is taken on one day, as if every day were such a day."""
    return _answers(lambda r: int(r["quantity"] / parse(r["sig"]).most_in_a_day), records)


def turned(model: dict[str, list]) -> dict[str, list]:
    """Too long and too short the wrong way round."""
    other = {"too long": "too short", "too short": "too long", "fits": "fits"}
    return {k: [other[v[0]], *v[1:]] for k, v in model.items()}


# --- c4: what the note claims, and what the fills show ------------------------------------------------------------------

#: What each note says, read by the author: brand, months of 30 days, month of the stop. The rest is counted.
CLAIMS = {
    "N1": ("DRG-103", 3, "2026-05"), "N2": ("DRG-105", 6, "2026-05"), "N3": ("DRG-118", 4, "2026-06"),
    "N4": ("DRG-120", 3, "2026-04"), "N5": ("DRG-106", 3, "2026-07"), "N6": ("DRG-114", 3, "2026-07"),
    "N7": ("DRG-111", 2, "2026-06"), "N8": ("DRG-107", 4, "2026-06"), "N9": ("DRG-127", 5, "2026-07"),
}  # fmt: skip


def _claim_fills(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    drugs = tables["drugs"]
    ids = dict(zip(drugs["brand_name"], drugs["drug_id"], strict=True))
    ids |= dict(zip(drugs["generic_name"], drugs["drug_id"], strict=True))
    fills = chart.table("claim_fills")
    return fills.assign(drug_id=fills["label"].map(ids)).sort_values("filled_on")


def m04_c4(world: Any) -> Case:
    """Nine notes: do the fills bear out the claim? The last fill of the drug proves it, or the note where there is none."""
    fills = _claim_fills(world.tables)
    key: dict[str, list[str]] = {}
    for note, (drug, months, stopped) in CLAIMS.items():
        mine = fills[(fills["note"] == note) & (fills["drug_id"] == drug)]
        if mine.empty:
            key[note] = ["no fill", note]
            continue
        last = mine.iloc[-1]
        rows = mine.rename(columns={"fill": "fill_id"}).to_dict("records")
        run = therapy.longest(therapy.fills_of(rows))
        assert run is not None
        if f"{last['filled_on']:%Y-%m}" > stopped:
            verdict = "goes on"
        else:
            verdict = "agrees" if run.days >= 30 * months else "shorter"
        key[note] = [verdict, last["fill"]]
    return Case(records=list(key), key=key)


def note_believed(tables: dict[str, pd.DataFrame], model: dict[str, list[str]]) -> dict[str, list[str]]:
    """Every claim taken as true."""
    return {note: ["agrees", proof] for note, (_, proof) in model.items()}


def one_name_only(tables: dict[str, pd.DataFrame], model: dict[str, list[str]]) -> dict[str, list[str]]:
    """Only fills under the name that the note uses (all notes use brand names)."""
    brands = tables["drugs"].set_index("drug_id")["brand_name"]
    fills = _claim_fills(tables)
    wrong = {}
    for note, (drug, months, stopped) in CLAIMS.items():
        mine = fills[(fills["note"] == note) & (fills["label"] == brands[drug])]
        if mine.empty:
            wrong[note] = ["no fill", note]
        elif f"{mine.iloc[-1]['filled_on']:%Y-%m}" > stopped:
            wrong[note] = ["goes on", mine.iloc[-1]["fill"]]
        else:
            enough = mine["days_supply"].sum() >= 30 * months
            wrong[note] = ["agrees" if enough else "shorter", mine.iloc[-1]["fill"]]
    return wrong


def any_drug(tables: dict[str, pd.DataFrame], model: dict[str, list[str]]) -> dict[str, list[str]]:
    """Where the drug was never filled, the last fill of whatever drug is taken for it."""
    fills = _claim_fills(tables)
    wrong = dict(model)
    for note, (verdict, _) in model.items():
        if verdict == "no fill":
            wrong[note] = ["agrees", fills[fills["note"] == note].iloc[-1]["fill"]]
    return wrong


# --- c5: the longest run ------------------------------------------------------------------------------------------------


def _longest(
    names: list[str],
    allowed_gap: int = therapy.GAP,
    carry_over: bool = True,
    cut: bool = True,
    returned: bool = False,
    other_drugs: bool = False,
    whole: bool = False,
) -> dict[str, list]:
    """Longest run of each patient, with parts of the rule switched off."""
    table = chart.table("printouts")
    answer = {}
    for name in names:
        mine = table[table["patient"] == name]
        asked: date = mine["asked"].iloc[0].date()
        brand, generic = mine["drug"].iloc[0].rstrip(")").split(" (")
        if not other_drugs:
            mine = mine[mine["label"].isin([brand, generic])]
        if not returned:
            mine = mine[mine["status"] == "picked up"]
        fills = therapy.fills_of(mine.rename(columns={"fill": "fill_id"}).to_dict("records"))
        if whole:
            allowed_gap = 10_000
        run = therapy.longest(fills, allowed_gap, carry_over, asked if cut else None)
        assert run is not None
        answer[name] = [run.days, run.fill_ids[0]]
    return answer


def m04_c5(world: Any) -> Case:
    """Six printouts: days of the longest run, and the fill with which it begins."""
    names = list(dict.fromkeys(chart.table("printouts")["patient"]))
    return Case(records=names, key=_longest(names))


def rule_broken(records: list[str], **switches: Any) -> dict[str, list]:
    """The longest runs with a part of the rule switched off, such as `carry_over=False`."""
    return _longest(records, **switches)


def supplies_added(records: list[str]) -> dict[str, list]:
    """Days supply of the run's fills added up, without the small gaps."""
    table = chart.table("printouts").set_index("fill")["days_supply"]
    wrong = {}
    for name, (_, first) in _longest(records).items():
        mine = chart.table(name)
        fills = therapy.fills_of(
            mine[(mine["status"] == "picked up")].rename(columns={"fill": "fill_id"}).to_dict("records")
        )
        run = next(r for r in therapy.runs(fills) if first in r.fill_ids)
        wrong[name] = [int(sum(table[f] for f in run.fill_ids)), first]
    return wrong


# --- c6: how old are the results? -----------------------------------------------------------------------------------------

ASKED = pd.Timestamp("2026-06-15")


def m04_c6(world: Any) -> Case:
    """HbA1c results that were there on ASKED: how many are more than 180 days old, and how many are not."""
    return Case(records=[], key=result_ages(world.tables))


def result_ages(
    tables: dict[str, pd.DataFrame],
    test: str | None = "HbA1c",
    more_than: int = 180,
    until: pd.Timestamp = ASKED,
    later: bool = False,
) -> dict[str, int]:
    """The two figures with a condition changed; `later` keeps samples taken after the day."""
    labs = tables["labs"]
    some = labs[labs["test"] == test] if test else labs
    age = (until - some["collected_on"]).dt.days
    age = age if later else age[age >= 0]
    return {"too old": int((age > more_than).sum()), "still good": int((age <= more_than).sum())}
