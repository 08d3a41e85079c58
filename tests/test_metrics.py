"""The public metrics: each figure again in plain Python, what the switches do, and the rates beside their targets."""

from __future__ import annotations

import csv
import itertools
import statistics
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from coursekit.world.rates import rate
from priorauth import data, metrics, posted
from priorauth.facts import fact
from priorauth.metrics import Definitions

ROOT = Path(__file__).resolve().parents[1]
DRUGS = {"pharmacy_drug", "medical_benefit_drug"}


def _rows(name: str) -> list[dict[str, str]]:
    with (ROOT / "datasets" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _plain(plan: str, chosen: Definitions) -> dict[tuple[int, str], tuple[Any, int]]:
    """The shares and times of a plan without pandas: (element, name) -> (value, bottom number)."""
    ends = {"approved", "denied", "partly_approved"}
    if chosen.withdrawn == "in_total":
        ends |= {"withdrawn", "dismissed"}
    if chosen.partials == "left_out":
        ends -= {"partly_approved"}
    mine = [
        r
        for r in _rows("requests")
        if r["plan_id"] == plan and r["decision"] in ends and r["request_type"] not in ("notification", "referral")
    ]
    if chosen.drugs == "left_out":
        mine = [r for r in mine if r["category"] not in DRUGS]
    turned, decided = set(), set()
    for a in _rows("appeals"):
        if a["kind"] != "peer_to_peer" and a["outcome"] in ("overturned", "partly_overturned", "upheld"):
            decided.add(a["request_id"])
            if a["outcome"] != "upheld":
                turned.add(a["request_id"])
    found: dict[tuple[int, str], tuple[Any, int]] = {}
    for speed, (yes, no, time) in {"standard": (2, 3, 8), "expedited": (6, 7, 9)}.items():
        group = [r for r in mine if r["urgency"] == speed]
        good = {"approved"} | ({"partly_approved"} if chosen.partials == "approved" else set())
        bad = {"denied"} | ({"partly_approved"} if chosen.partials == "denied" else set())
        ids = {r["request_id"] for r in group}
        denied = sum(r["decision"] in bad for r in group)
        found[yes, "approved"] = (sum(r["decision"] in good for r in group), len(group))
        found[no, "denied"] = (denied, len(group))
        if speed == "standard":
            bottom = {"appeals": len(ids & decided), "denials": denied, "requests": len(group)}[chosen.appeals_of]
            found[4, "appeal"] = (len(ids & turned), bottom)
        start = "received_at" if chosen.starts == "receipt" else "submitted_at"
        hours = [
            (datetime.fromisoformat(r["decided_at"]) - datetime.fromisoformat(r[start])).total_seconds() / 3600
            for r in group
            if r["decision"] in ("approved", "denied", "partly_approved")
        ]
        found[time, "average"] = (statistics.mean(hours), len(hours))
        found[time, "median"] = (statistics.median(hours), len(hours))
    return found


EVERY = [Definitions(*chosen) for chosen in itertools.product(*(choices for _, choices in metrics.SWITCHES.values()))]


@pytest.mark.parametrize("plan", ["PLN-05", "PLN-06", "PLN-08", "PLN-10"])
def test_every_figure_by_a_second_route(plan: str) -> None:
    """All 72 combinations of the switches, for four reports."""
    everything = metrics.with_plans()
    mine = everything[everything["plan_id"] == plan]
    assert len(EVERY) == 3 * 2 * 2 * 3 * 2
    seen = 0
    for chosen in EVERY:
        wanted = _plain(plan, chosen)
        for metric in metrics.report(mine, chosen):
            word = next((w for e, w in wanted if e == metric.element and w in metric.name), None)
            if word is None:
                assert metric.element in (1, 5)
                continue
            value, of = wanted[metric.element, word]
            assert metric.of == of, (chosen, metric)
            if metric.part is None:
                assert metric.value == pytest.approx(value, abs=0.051)
            else:
                assert metric.part == value and metric.value == metrics.share(value, of)
            seen += 1
    print(f"{plan}: {seen} figures agree")
    assert seen == len(EVERY) * 9


def test_nine_elements_in_the_order_of_the_fact() -> None:
    listed = fact("cms0057-metrics-list")
    assert listed.value["elements"] == 9 and listed.gradable
    made = metrics.report(metrics.with_plans())
    assert sorted({m.element for m in made}) == list(range(1, 10))
    words = ["items", "approved", "denied", "appeal", "extended", "approved", "denied", "time", "time"]
    for metric in made:
        assert words[metric.element - 1] in metric.name.lower()
    assert [m.name.split(",")[0] for m in made if m.element in (6, 7, 9)] == ["Expedited"] * 4


def test_rates_by_line_meet_their_targets(capsys: pytest.CaptureFixture[str]) -> None:
    """Partial approvals as denials, as the sources of the targets count them; drugs left out."""
    table, targets = metrics.by_line(metrics.with_plans()), rate("denial_rate_non_drug_by_lob")
    table = table.assign(target=pd.Series(targets))
    with capsys.disabled():
        print("\n" + table.to_string())
    assert set(table.index) == set(targets)
    assert ((table["denied_pct"] - table["target"]).abs() < 1).all()
    assert (table["denied_pct"] >= table["denied_pct_partials_approved"]).all()
    shares = table["denied_pct"] * table["decided"] / 100
    assert (shares.round() >= table["partly"]).all()


def test_a_partial_approval_moves_both_shares_by_the_same() -> None:
    mine = metrics.with_plans()
    mine = mine[mine["plan_id"] == "PLN-05"]
    one = {m.name: m for m in metrics.report(mine)}
    two = {m.name: m for m in metrics.report(mine, Definitions(partials="approved"))}
    gained = two["Standard, approved"].part - one["Standard, approved"].part
    assert gained == one["Standard, denied"].part - two["Standard, denied"].part > 0
    assert one["Standard, median time"] == two["Standard, median time"]


def test_what_never_counts() -> None:
    kept = metrics.counted(metrics.with_plans())
    assert not set(kept["category"]) & DRUGS and not set(kept["request_type"]) & {"notification", "referral"}
    assert set(kept["decision"]) == set(metrics.DECIDED) and (kept["hours"] >= 0).all()
    longer = metrics.counted(metrics.with_plans(), Definitions(withdrawn="in_total"))
    assert set(longer["result"]) == {"approved", "denied", "neither"}
    assert longer.loc[longer["result"] == "neither", "hours"].isna().all()


def test_the_list_is_that_of_the_day() -> None:
    rules = data.load("pa_list")
    march, today = (
        set(metrics.listed(["PLN-02"], rules, pd.Timestamp(d))["code"]) for d in ("2026-03-01", "2026-09-30")
    )
    assert "SURG-ACL" not in march and "SURG-ACL" in today
    with_drugs = metrics.listed(["PLN-02"], rules, drugs=True)
    assert len(with_drugs) > len(today) and not {c for c in today if c.startswith(("DRG", "J", "Q"))}


def test_an_extended_review_would_be_counted() -> None:
    """The synthetic year has none, so one is written into a copy of the log, under the name that `lifecycle` knows."""
    from priorauth.lifecycle import EVENTS

    assert "extended" in EVENTS
    mine = metrics.counted(metrics.with_plans())
    yes, no = (mine[mine["result"] == r]["request_id"].iloc[0] for r in ("approved", "denied"))
    log = pd.DataFrame({"request_id": [yes, no, yes], "event": ["extended", "extended", "approved"]})
    tables = {n: data.load(n) for n in ("appeals", "pa_list")} | {"events": log}
    made = {m.element: m for m in metrics.report(metrics.with_plans(), tables=tables)}
    assert made[5].words == "50 % (1 of 2)"


def test_nothing_to_divide_by() -> None:
    nobody = metrics.with_plans().iloc[:0]
    made = {m.name: m for m in metrics.report(nobody)}
    assert made["Standard, denied"].value is None and "no such request" in made["Standard, denied"].words
    assert made["Expedited, median time"].value is None
    assert made["Approved after an extended review"].of == 0


def test_a_wrong_choice_is_refused_in_a_sentence() -> None:
    with pytest.raises(
        metrics.MetricError, match="partials cannot be 'maybe'; it is one of denied, approved, left_out"
    ):
        Definitions(partials="maybe")
    assert len(Definitions().words()) == len(metrics.SWITCHES) and all(w.endswith(".") for w in Definitions().words())


def test_posted_tables_hold_what_the_facts_say() -> None:
    rows = posted.tables()
    assert len(rows) == 5 and all(fact(i).gradable and fact(i).year == 2025 for r in rows for i in r.sources)
    first = rows[0]
    assert (first.requests, first.denied, first.appeals) == ("990", "15.4 %", "37 of 93")
    for row in rows:  # the printed share follows from the printed counts
        found = fact(row.sources[0]).value
        assert found["denied_pct"] == pytest.approx(100 * found["denied"] / found["requests"], abs=0.06)
        assert found["approved"] + found["denied"] == found["requests"]
        assert found["overturned_pct"] == pytest.approx(100 * found["appeals_overturned"] / found["appeals"], abs=0.6)
    assert len(posted.sources()) == sum(len(r.sources) for r in rows)
