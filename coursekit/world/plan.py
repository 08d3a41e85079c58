"""The plan of a world: for every request its line, kind, channel, time, outcome and the mistake it carries.

Everything here is drawn as whole columns and calibrated (see rates.py); the records are then written to fit (see cases.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .clock import DAY, LAST_DAY, NOW
from .draws import lognormal, quota, shuffled, systematic
from .items import BY_CODE
from .payers import NO_PA, PLANS
from .rates import rate

DRUG = "pharmacy_drug"
MULTI_UNIT = (
    "therapy_pt_ot_st",
    "home_health",
    "inpatient_admission",
    "post_acute_facility",
    "behavioral_health",
    "medical_benefit_drug",
    "other",
)
THERAPY_CATEGORIES = ("advanced_imaging", "outpatient_procedure", "dme")
ELECTRONIC = ("x12_278", "fhir_pas", "epa_script", "payer_portal", "web_form")

#: Requests that never get a decision on the merits: fault -> (count per 6,000 requests, result)
CLOSED = {
    "duplicate_voided": 66, "withdrawn": 54, "E16": 90, "E4": 30, "E5": 32, "E6": 28, "E7": 30, "E8": 34, "E17": 34, "notification": 26, "referral": 26, "draft": 24,
}  # fmt: skip
#: Faults that came to light after sending and were put right: count per 6,000
MENDED = {"E9": 34, "E10": 32, "E11": 30, "E12": 34, "E8": 16, "E14": 24, "E15": 20, "E33": 24, "E6": 10}
#: Root causes behind each coded reason: (root, share)
ROOTS = {
    "criteria_not_met": (("not_met", 0.42), ("E32", 0.22), ("E31", 0.24), ("E2", 0.12)),
    "criteria_not_met:drug": (("not_met", 0.22), ("E27", 0.34), ("E32", 0.16), ("E31", 0.16), ("E29", 0.12)),
    "insufficient_documentation": (("E1", 0.34), ("E2", 0.16), ("E24", 0.18), ("E25", 0.14), ("E33", 0.08), ("E20", 0.10)),
    "insufficient_documentation:drug": (("E1", 0.26), ("E2", 0.16), ("E24", 0.18), ("E25", 0.14), ("E29", 0.16), ("E20", 0.10)),
    "conservative_care_not_tried": (("E3", 1.0),),
    "step_therapy_not_met": (("E3", 0.62), ("E26", 0.28), ("E32", 0.10)),
    "not_covered_benefit": (("E28", 1.0),),
    "non_formulary_or_excluded": (("E28", 0.5), ("not_listed", 0.5)),
    "wrong_code_or_setting": (("E14", 0.6), ("E9", 0.4)),
    "out_of_network": (("E15", 1.0),),
    "duplicate_or_already_authorized": (("E16", 1.0),),
    "not_eligible": (("E7", 1.0),),
    "quantity_limit": (("E13", 1.0),),
    "other": (("E12", 1.0),),
}  # fmt: skip


@dataclass
class Plan:
    """Columns of length n, in order of submission. Minutes count from 2026-01-01; `twin` is the row a duplicate copies (-1: none)."""

    line: np.ndarray
    plan: np.ndarray
    category: np.ndarray
    channel: np.ndarray
    expedited: np.ndarray
    complete: np.ndarray
    submitted: np.ndarray
    outcome: np.ndarray
    reason: np.ndarray
    fault: np.ndarray
    auto: np.ndarray
    hours: np.ndarray
    late: np.ndarray
    second_level: np.ndarray
    twin: np.ndarray


def _arrivals(rng: np.random.Generator, n: int) -> np.ndarray:
    """Minutes of submission: more on Mondays and in January, mostly in office hours."""
    days = np.arange(LAST_DAY + 1)
    weekday = np.array(list(rate("arrival_weekday").values()))[(days + 3) % 7]
    weight = weekday * np.where(days < 31, rate("january_factor"), 1.0)
    weight[0] *= 0.1
    weight[LAST_DAY] = 0.3
    edges = np.cumsum(weight) / weight.sum()
    day = np.searchsorted(edges, (np.arange(n) + rng.random(n)) / n, side="right").clip(0, LAST_DAY)
    u, v = rng.random(n), rng.random(n)
    office = 8 * 60 + 600 * np.where(u < 0.35, 0.2 + 0.2 * v, np.where(u < 0.65, 0.6 + 0.2 * v, v))
    kind = rng.random(n)
    minute = np.where(
        kind < 0.92,
        office,
        np.where(kind < 0.98, 18 * 60 + 240 * v, np.where(v < 0.25, 22 * 60 + 480 * v, 480 * (v - 0.25) / 0.75)),
    )
    at = day * DAY + minute.astype(int)
    return np.minimum(at, NOW - 5 - (v * 600).astype(int) * (day == LAST_DAY) // 4)


def _lines(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Category, line and plan of every request. Original Medicare only asks for equipment and outpatient procedures."""
    category = quota(rng, n, rate("service_category_mix"))
    mix = rate("line_of_business_mix")
    line = np.empty(n, dtype=object)
    tm = round(n * mix["traditional_medicare"] / 100)
    order = shuffled(rng, n)
    drugs = order[category[order] == DRUG][: round(tm * 0.38)]
    others = order[(category[order] == "dme") | (category[order] == "outpatient_procedure")][: tm - len(drugs)]
    line[drugs] = line[others] = "traditional_medicare"
    rest = np.flatnonzero(line == None)  # noqa: E711
    line[rest] = quota(rng, len(rest), {k: v for k, v in mix.items() if k != "traditional_medicare"})
    plan = np.empty(n, dtype=object)
    plan[drugs], plan[others] = "PLN-12", "PLN-11"
    for name in mix:
        if name != "traditional_medicare":
            where = np.flatnonzero(line == name)
            plan[where] = quota(rng, len(where), {k: p[14] for k, p in PLANS.items() if p[2] == name})
    return category, line, plan


def _channels(rng: np.random.Generator, category: np.ndarray, plan: np.ndarray) -> np.ndarray:
    """Channel of every request; one that the payer does not take becomes its portal or fax."""
    n = len(category)
    channel = np.empty(n, dtype=object)
    drug = category == DRUG
    channel[drug] = quota(rng, int(drug.sum()), rate("channel_mix_drug"))
    channel[~drug] = quota(rng, int((~drug).sum()), rate("channel_mix_medical"))
    swap = (~drug) & (plan == "PLN-11") & np.isin(channel, ["phone", "fhir_pas"])
    channel[swap] = "payer_portal"
    vendor = (
        np.array([PLANS[p][7] is not None for p in plan])
        & (category == "advanced_imaging")
        & (channel == "mail_or_email")
    )
    channel[vendor] = "payer_portal"
    return channel


def _adverse(
    rng: np.random.Generator,
    pool: np.ndarray,
    category: np.ndarray,
    line: np.ndarray,
    plan: np.ndarray,
    complete: np.ndarray,
) -> np.ndarray:
    """Which requests of the pool are denied at first, in full or in part: factors multiplied, then rescaled to the line means."""
    by_category, by_line, factor = (
        rate("denial_rate_by_category"),
        rate("denial_rate_non_drug_by_lob"),
        rate("completeness_factor"),
    )
    p = np.array([by_category[c] / 100 for c in category])
    drug = category == DRUG
    p = np.where(drug, p, p * np.array([by_line[x] for x in line]) / 9.5)
    p = p * np.where(complete, factor["complete"], factor["incomplete"]) * np.array([PLANS[x][15] for x in plan])
    hit = np.zeros(len(category), dtype=bool)
    cells = [(pool & drug, by_category[DRUG] / 100)] + [
        (pool & ~drug & (line == name), target / 100) for name, target in by_line.items()
    ]
    for cell, target in cells:
        where = np.flatnonzero(cell)
        if not len(where):
            continue
        q = np.clip(p[where], 0.005, 0.75)
        for _ in range(20):
            q = np.clip(q * (target / q.mean()), 0.002, 0.85)
        order = shuffled(rng, len(where))
        order = order[np.argsort(category[where][order], kind="stable")]
        hit[where] = systematic(rng, q, order)
    return hit


def _pick(rng: np.random.Generator, free: np.ndarray, allowed: np.ndarray, count: int) -> np.ndarray:
    """Up to `count` rows that are free and allowed; they are no longer free afterwards."""
    rows = np.flatnonzero(free & allowed)
    chosen = rows[shuffled(rng, len(rows))][:count]
    free[chosen] = False
    return chosen


def _count(per_6000: float, n: int) -> int:
    return round(per_6000 * n / 6000)


def make_plan(rng: np.random.Generator, n: int) -> Plan:
    """Draw and calibrate `n` requests."""
    submitted = np.sort(_arrivals(rng, n), kind="stable")
    category, line, plan = _lines(rng, n)
    channel = _channels(rng, category, plan)
    drug = category == DRUG
    by = rate("expedited_by_category")
    expedited = systematic(rng, np.array([by.get(c, by["rest"]) / 100 for c in category]))
    share = rate("initial_completeness")
    complete_p = np.array([share[c] / 100 for c in channel])
    complete = systematic(rng, np.clip(complete_p * (rate("completeness_overall") / 100 / complete_p.mean()), 0, 0.99))
    outcome = np.full(n, "", dtype=object)
    reason = np.full(n, "", dtype=object)
    fault = np.full(n, "", dtype=object)
    twin = np.full(n, -1)
    free = np.ones(n, dtype=bool)
    every = np.ones(n, dtype=bool)
    ffs = plan == "PLN-11"
    normal = ~ffs & (plan != "PLN-12")

    def close(name: str, allowed: np.ndarray, result: str, tag: str) -> np.ndarray:
        rows = _pick(rng, free, allowed, _count(CLOSED[name], n))
        outcome[rows], fault[rows] = result, tag
        return rows

    close("draft", submitted > NOW - 6 * DAY, "draft", "")
    close(
        "notification",
        (category == "inpatient_admission") & np.isin(plan, ["PLN-03", "PLN-06", "PLN-13"]),
        "no_action",
        "notification",
    )
    close(
        "referral", (category == "other") & np.isin(plan, [k for k, p in PLANS.items() if p[8]]), "approved", "referral"
    )
    free_of_pa = {(p, BY_CODE[c].category) for p, c in NO_PA}
    close("E17", np.array([(p, c) in free_of_pa for p, c in zip(plan, category, strict=True)]), "no_action", "E17")
    close("E4", normal & np.isin(category, [DRUG, "medical_benefit_drug"]), "dismissed", "E4")
    close(
        "E5",
        ffs
        | np.isin(line, ["medicare_advantage"])
        | ((category == "advanced_imaging") & np.isin(plan, ["PLN-02", "PLN-05", "PLN-07", "PLN-10"])),
        "dismissed",
        "E5",
    )
    close("E6", every, "dismissed", "E6")
    close("E7", every, "dismissed", "E7")
    close("E8", every, "dismissed", "E8")
    close("withdrawn", every, "withdrawn", "")
    for name, result in (("duplicate_voided", "withdrawn"), ("E16", "dismissed")):
        weight = (rng.random(n) < 0.5) | (category == "advanced_imaging") | (channel == "fax")
        close(
            name,
            weight
            & np.isin(
                category, ["advanced_imaging", "dme", "outpatient_procedure", "therapy_pt_ot_st", DRUG, "home_health"]
            )
            & ~ffs
            & (submitted > 6 * DAY),
            result,
            "E16",
        )
    pool = free.copy()
    adverse = _adverse(rng, pool, category, line, plan, complete)
    outcome[pool] = np.where(adverse[pool], "denied", "approved")
    _partials(rng, outcome, category, n)
    _reasons(rng, outcome, reason, fault, category, complete, plan, submitted)
    okay = (outcome == "approved") & free
    for name, per in MENDED.items():
        allowed = {
            "E9": every, "E10": np.isin(category, ["advanced_imaging"]), "E11": np.isin(category, ["dme", "outpatient_procedure", "medical_benefit_drug"]) & ~ffs,
            "E12": drug | (category == "medical_benefit_drug"), "E14": np.isin(category, ["medical_benefit_drug", "outpatient_procedure"]) & ~ffs,
            "E15": normal & ~drug & np.isin(category, ["advanced_imaging", "outpatient_procedure", "medical_benefit_drug"]),
        }.get(name, every)  # fmt: skip
        rows = _pick(rng, okay, allowed & ~complete & (outcome == "approved"), _count(per, n))
        fault[rows] = name
    auto_ok = np.isin(channel, ELECTRONIC) & complete & (fault == "") & np.isin(outcome, ["approved"])
    p_auto = (
        rate("auto_decision_share")
        / 100
        * (np.isin(channel, ELECTRONIC) & complete & pool).sum()
        / max(1, auto_ok.sum())
    )
    auto = np.zeros(n, dtype=bool)
    hours = _hours(rng, drug, channel, expedited, complete)
    for side, able in ((~drug, auto_ok & ~drug), (drug, auto_ok & drug & (hours < 2.5))):
        rows = np.flatnonzero(able)
        want = p_auto * (auto_ok & side).sum() / max(1, len(rows))
        auto[rows] = systematic(
            rng, np.full(len(rows), min(want, 1.0)) * np.where(expedited[rows] & ~drug[rows], 0.7, 1.0)
        )
    quick = lognormal(rng, *rate("hours_standard")["auto"], n)
    hours = np.where(auto & ~drug, quick, hours)
    late = np.zeros(n, dtype=bool)
    rows = np.flatnonzero(pool & ~auto & ~np.isin(fault, ["E20"]))
    late[rows] = systematic(rng, np.full(len(rows), rate("late_decision_share") / 100))
    second = (outcome == "denied") | (outcome == "partly_approved")
    rows = np.flatnonzero(~second & pool & ~auto)
    second[rows] = systematic(rng, np.full(len(rows), 0.04))
    made = Plan(
        line,
        plan,
        category,
        channel,
        expedited,
        complete,
        submitted,
        outcome,
        reason,
        fault,
        auto,
        hours,
        late,
        second,
        twin,
    )
    return _pair_twins(rng, made)


def _partials(rng: np.random.Generator, outcome: np.ndarray, category: np.ndarray, n: int) -> None:
    """Two percent of requests are approved in part; they come out of the adverse ones."""
    want = _count(rate("partial_approval_share") * 60, n)
    denied = outcome == "denied"
    for allowed, count in ((np.isin(category, MULTI_UNIT), want // 2), (category == DRUG, want - want // 2)):
        rows = _pick(rng, denied.copy(), denied & allowed, count)
        outcome[rows] = "partly_approved"


def _reasons(
    rng: np.random.Generator,
    outcome: np.ndarray,
    reason: np.ndarray,
    fault: np.ndarray,
    category: np.ndarray,
    complete: np.ndarray,
    plan: np.ndarray,
    submitted: np.ndarray,
) -> None:
    """Coded reason and root cause of every denial, in the calibrated shares, each only where it can occur."""
    for drug_side in (False, True):
        side = (outcome == "denied") & ((category == DRUG) == drug_side)
        total = int(side.sum())
        mix = rate("denial_reason_mix_drug" if drug_side else "denial_reason_mix_non_drug")
        labels = quota(rng, total, mix)
        counts = {k: int((labels == k).sum()) for k in mix}
        free = side.copy()
        ffs = np.isin(plan, ["PLN-11", "PLN-12"])
        limits = {
            "insufficient_documentation": ~complete, "conservative_care_not_tried": np.isin(category, THERAPY_CATEGORIES), "out_of_network": ~ffs & np.isin(category, ["advanced_imaging", "outpatient_procedure", "medical_benefit_drug"]),
            "duplicate_or_already_authorized": np.isin(category, ["advanced_imaging", "dme", "outpatient_procedure", "therapy_pt_ot_st"]) & ~ffs & (submitted > 6 * DAY),
            "wrong_code_or_setting": np.isin(category, ["outpatient_procedure", "medical_benefit_drug"]) & ~ffs,
            "not_covered_benefit": np.isin(category, ["dme", "outpatient_procedure", "therapy_pt_ot_st", "home_health", "advanced_imaging", "genetic_lab"]) & ~ffs,
        }  # fmt: skip
        first = [k for k in limits if k in counts]
        for name in first + [k for k in counts if k not in limits]:
            rows = _pick(rng, free, limits.get(name, np.ones(len(category), dtype=bool)), counts[name])
            reason[rows] = name
            roots = ROOTS.get(f"{name}:drug" if drug_side else name, ROOTS.get(name, ()))
            fault[rows] = quota(rng, len(rows), dict(roots)) if len(rows) else fault[rows]
        left = np.flatnonzero(free)
        reason[left], fault[left] = "criteria_not_met", "not_met"
    partial = outcome == "partly_approved"
    reason[partial] = np.where(category[partial] == DRUG, "quantity_limit", "criteria_not_met")


def _hours(
    rng: np.random.Generator,
    drug: np.ndarray,
    channel: np.ndarray,
    expedited: np.ndarray,
    complete: np.ndarray,
) -> np.ndarray:
    """Hours from receipt to decision before any limit is looked at."""
    n = len(drug)
    std, exp = rate("hours_standard"), rate("hours_expedited")
    hours = np.where(expedited, lognormal(rng, *exp["manual"], n), lognormal(rng, *std["manual"], n))
    quick = rng.random(n)
    for name, rows in (
        ("hours_drug_electronic", np.isin(channel, ["epa_script", "web_form"])),
        ("hours_drug_manual", np.isin(channel, ["fax", "phone"])),
    ):
        r = rate(name)
        values = np.where(quick < r["fast_share"], lognormal(rng, *r["fast"], n), lognormal(rng, *r["slow"], n))
        hours = np.where(drug & rows, values, hours)
    delay = rate("incomplete_request_delay")
    return np.where(complete, hours, hours + lognormal(rng, delay["median_h"], delay["sigma"], n))


def _pair_twins(rng: np.random.Generator, p: Plan) -> Plan:
    """Every duplicate gets the request that it repeats, shortly before it, then rows are put back into order of time."""
    n = len(p.plan)
    dup = p.fault == "E16"
    able = (
        (p.outcome != "draft")
        & ~dup
        & np.isin(p.fault, ["", "not_met", "E1", "E2"])
        & np.isin(p.outcome, ["approved", "denied"])
    )
    taken = np.zeros(n, dtype=bool)
    submitted = p.submitted.copy()
    draws = rng.random((n, 2))
    for i in np.flatnonzero(dup):
        like = able & ~taken & (p.category == p.category[i]) & (p.submitted < NOW - 9 * DAY)
        same = np.flatnonzero(like & (p.plan == p.plan[i]))
        rows = same if len(same) else np.flatnonzero(like)
        if not len(rows):
            p.fault[i], p.outcome[i], p.reason[i] = "", "withdrawn", ""
            continue
        j = rows[np.argmin(np.abs(p.submitted[rows] - p.submitted[i]))]
        taken[j] = True
        p.twin[i], p.plan[i], p.line[i] = j, p.plan[j], p.line[j]
        submitted[i] = min(p.submitted[j] + int(90 + draws[i, 0] * 4 * DAY), NOW - 60)
        if p.channel[i] == p.channel[j]:
            p.channel[i] = "phone" if p.channel[i] == "fax" else "fax"
    order = np.argsort(submitted, kind="stable")
    place = np.empty(n, dtype=int)
    place[order] = np.arange(n)
    p.submitted = submitted
    fields = {k: v[order] for k, v in vars(p).items()}
    fields["twin"] = np.where(fields["twin"] >= 0, place[fields["twin"]], -1)
    return Plan(**fields)


__all__ = ["CLOSED", "MENDED", "Plan", "make_plan"]
