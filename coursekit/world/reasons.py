"""Coded reasons and root causes of denials."""

from __future__ import annotations

import numpy as np

from .clock import DAY
from .draws import quota, shuffled
from .rates import rate

DRUG = "pharmacy_drug"


THERAPY_CATEGORIES = ("advanced_imaging", "outpatient_procedure", "dme")


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


def pick(rng: np.random.Generator, free: np.ndarray, allowed: np.ndarray, count: int) -> np.ndarray:
    """Up to `count` rows that are free and allowed; they are no longer free afterwards."""
    rows = np.flatnonzero(free & allowed)
    chosen = rows[shuffled(rng, len(rows))][:count]
    free[chosen] = False
    return chosen


def give_reasons(
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
            rows = pick(rng, free, limits.get(name, np.ones(len(category), dtype=bool)), counts[name])
            reason[rows] = name
            roots = ROOTS.get(f"{name}:drug" if drug_side else name, ROOTS.get(name, ()))
            fault[rows] = quota(rng, len(rows), dict(roots)) if len(rows) else fault[rows]
        left = np.flatnonzero(free)
        reason[left], fault[left] = "criteria_not_met", "not_met"
    partial = outcome == "partly_approved"
    reason[partial] = np.where(category[partial] == DRUG, "quantity_limit", "criteria_not_met")
