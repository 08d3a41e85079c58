"""The plan of a world: for every request its line, kind, channel, time, outcome and the mistake it carries.

Everything here is drawn as whole columns and calibrated (see rates.py); the records are then written to fit (see cases.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .clock import DAY, NOW
from .draws import lognormal, quota, shuffled, systematic
from .hours import next_open, sending_time
from .items import BY_CODE
from .payers import EXEMPT_POS, NO_PA, PLANS
from .rates import rate
from .reasons import DRUG, give_reasons, pick
from .rhythm import arrivals, hours_to_decision

MULTI_UNIT = (
    "therapy_pt_ot_st",
    "home_health",
    "inpatient_admission",
    "post_acute_facility",
    "behavioral_health",
    "medical_benefit_drug",
    "other",
)
ELECTRONIC = ("x12_278", "fhir_pas", "epa_script", "payer_portal", "web_form")

#: Requests that never get a decision on the merits: fault -> (count per 6,000 requests, result)
CLOSED = {
    "duplicate_voided": 66, "withdrawn": 54, "E16": 90, "E4": 30, "E5": 32, "E6": 28, "E7": 30, "E8": 34, "E17": 34, "E17x": 22, "notification": 26, "referral": 26, "draft": 24,
}  # fmt: skip
#: Faults that came to light after sending and were put right: count per 6,000
MENDED = {"E9": 34, "E10": 32, "E11": 30, "E12": 38, "E8": 16, "E14": 34, "E15": 20, "E33": 24, "E6": 10}


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


def _count(per_6000: float, n: int) -> int:
    return round(per_6000 * n / 6000)


def make_plan(rng: np.random.Generator, n: int) -> Plan:
    """Draw and calibrate `n` requests."""
    submitted = np.sort(arrivals(rng, n), kind="stable")
    category, line, plan = _lines(rng, n)
    channel = _channels(rng, category, plan)
    submitted = np.array([sending_time(a, c) for a, c in zip(submitted.tolist(), channel, strict=True)])
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
        rows = pick(rng, free, allowed, _count(CLOSED[name], n))
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
    exempt = {(p, BY_CODE[c].category) for p, c in EXEMPT_POS}
    at_exempt = np.array([(p, c) in exempt for p, c in zip(plan, category, strict=True)])
    close("E17x", at_exempt, "no_action", "E17x")
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
    give_reasons(rng, outcome, reason, fault, category, complete, plan, submitted)
    okay = (outcome == "approved") & free
    for name, per in MENDED.items():
        allowed = {
            "E9": every, "E10": np.isin(category, ["advanced_imaging"]), "E11": np.isin(category, ["dme", "outpatient_procedure", "medical_benefit_drug"]) & ~ffs,
            "E12": drug | (category == "medical_benefit_drug"), "E14": np.isin(category, ["medical_benefit_drug", "outpatient_procedure"]) & ~ffs,
            "E15": normal & ~drug & np.isin(category, ["advanced_imaging", "outpatient_procedure", "medical_benefit_drug"]),
        }.get(name, every)  # fmt: skip
        rows = pick(rng, okay, allowed & ~complete & (outcome == "approved"), _count(per, n))
        fault[rows] = name
    # approved as if it were needed, at a place for which the list wants nothing: harmless, and still no request was needed
    rows = pick(rng, okay, at_exempt & complete & (outcome == "approved") & (fault == ""), _count(14, n))
    fault[rows] = "E17x"
    auto_ok = np.isin(channel, ELECTRONIC) & complete & (fault == "") & np.isin(outcome, ["approved"])
    p_auto = (
        rate("auto_decision_share")
        / 100
        * (np.isin(channel, ELECTRONIC) & complete & pool).sum()
        / max(1, auto_ok.sum())
    )
    auto = np.zeros(n, dtype=bool)
    hours = hours_to_decision(rng, drug, channel, expedited, complete)
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
        rows = pick(rng, denied.copy(), denied & allowed, count)
        outcome[rows] = "partly_approved"


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
        submitted[i] = next_open(submitted[i], "clinic")
    order = np.argsort(submitted, kind="stable")
    place = np.empty(n, dtype=int)
    place[order] = np.arange(n)
    p.submitted = submitted
    fields = {k: v[order] for k, v in vars(p).items()}
    fields["twin"] = np.where(fields["twin"] >= 0, place[fields["twin"]], -1)
    return Plan(**fields)


__all__ = ["CLOSED", "MENDED", "Plan", "make_plan"]
