"""The catalog tables: payers, plans, lists, formulary, drugs, compendium, providers, networks. Fixed, the same for every world."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from . import payers as P
from .clock import day_of
from .draws import Picker, generator
from .drugs import DRUGS, HCPCS, LISTINGS, NEVER_COVERED, SERVICES
from .items import BY_CODE, ITEMS, VERSIONS
from .providers import add_providers, phone

Rows = list[dict[str, Any]]
CATALOG_SEED = 20260101


@dataclass
class Catalog:
    """The catalog tables and the look-ups that the generator needs."""

    tables: dict[str, Rows] = field(default_factory=dict)
    rules: dict[tuple[str, str], list[dict]] = field(default_factory=dict)
    formulary: dict[tuple[str, str], dict] = field(default_factory=dict)
    clinicians: dict[str, list[str]] = field(default_factory=dict)
    places: dict[str, list[str]] = field(default_factory=dict)
    outside: list[str] = field(default_factory=list)
    ended: dict[tuple[str, str], int] = field(default_factory=dict)
    specialty: dict[str, str] = field(default_factory=dict)
    outside_in: set[tuple[str, str]] = field(default_factory=set)

    def rule(self, plan: str, code: str, day: str) -> dict | None:
        """The list entry of a plan for a code on a day (YYYY-MM-DD)."""
        for r in self.rules.get((plan, code), ()):
            if r["effective_from"] <= day and (r["effective_to"] is None or day <= r["effective_to"]):
                return r
        return None


def destination(plan: str, category: str, benefit: str) -> str:
    """Who takes a request of this category for this plan."""
    p = P.PLANS[plan]
    if plan == "PLN-11":
        return "PAY-10" if category == "dme" else "PAY-09"
    if benefit == "pharmacy":
        return p[6]
    if category == "advanced_imaging" and p[7]:
        return p[7]
    return p[0]


def _payers_and_plans(cat: Catalog) -> None:
    cat.tables["payers"] = [
        {
            "payer_id": i,
            "name": n,
            "kind": k,
            "channels": ch,
            "phone": phone(10 + j),
            "fax": phone(40 + j),
            "edi_id": f"XJ{j:03d}",
            "p2p_window": w,
        }
        for j, (i, (n, k, ch, w)) in enumerate(P.PAYERS.items())
    ]
    cat.tables["plans"] = [
        {
            "plan_id": i, "payer_id": p[0], "name": p[1], "line_of_business": p[2], "product": p[3], "funding": p[4], "drug_rules": p[5], "pbm_id": p[6],
            "imaging_vendor_id": p[7], "referral_required": p[8], "oon_cover": p[9], "deductible": p[10], "coinsurance": p[11], "oop_max": p[12],
            "bin": p[13][0], "pcn": p[13][1], "rx_group": p[13][2],
        }
        for i, p in P.PLANS.items()
    ]  # fmt: skip


def _codes(cat: Catalog) -> None:
    cat.tables["services"] = [
        {
            "code": c,
            "description": s[0],
            "category": s[1],
            "unit": s[2],
            "usual_pos": s[3],
            "partner_code": s[4],
            "list_price": s[5],
        }
        for c, s in sorted(SERVICES.items())
    ]
    for category, (code, words) in NEVER_COVERED.items():
        cat.tables["services"].append(
            {
                "code": code,
                "description": words,
                "category": category,
                "unit": "item",
                "usual_pos": "11",
                "partner_code": None,
                "list_price": 300,
            }
        )
    cat.tables["services"].sort(key=lambda r: r["code"])
    cat.tables["hcpcs"] = [
        {"code": c, "label": h[0], "category": h[1], "unit_quantity": h[2], "unit_measure": h[3], "vial_size": h[4] if h[1] == "medical_benefit_drug" else None,
         "partner_code": h[5], "ended_on": h[6], "list_price": h[7]}
        for c, h in sorted(HCPCS.items())
    ]  # fmt: skip
    shapes = ((4, 4, 2), (5, 3, 2), (5, 4, 1))
    rows = []
    for j, (i, d) in enumerate(DRUGS.items()):
        a, b, c = shapes[j % 3]
        ndc = f"{9000 + j if a == 4 else 90000 + j:0{a}d}-{(37 * j + 101) % 10**b:0{b}d}-{(j % 9) + 1:0{c}d}"
        rows.append({
            "drug_id": i, "brand_name": d[0], "generic_name": d[1], "drug_class": d[2], "route": d[3], "form": d[4], "strength": d[5], "strength_unit": d[6],
            "ndc": ndc, "package_size": d[7], "self_administered": d[8], "specialty": d[9], "anticancer": d[10], "label_indications": d[11],
            "label_icd10": d[12], "excluded_use": d[13], "alternatives": d[14], "copay_card": d[15], "unit_price": d[16],
        })  # fmt: skip
    cat.tables["drugs"] = rows
    cat.tables["compendium"] = [
        {
            "listing_id": f"LST-{n:04d}",
            "compendium": c,
            "drug_id": d,
            "indication": ind,
            "icd10": icd,
            "level": lv,
            "dated": dt,
            "superseded": s,
        }
        for n, (c, d, ind, icd, lv, dt, s) in enumerate(LISTINGS, 1)
    ]


def _leaf(tree: dict, kind: str) -> dict | None:
    for n in tree.get("all", []) + tree.get("any", []):
        if n.get("kind") == kind:
            return n
        if "kind" not in n and (found := _leaf(n, kind)):
            return found
    return None


def _formulary(cat: Catalog) -> None:
    rows: Rows = []
    for plan, p in P.PLANS.items():
        if p[5] == "none":
            continue
        for drug, d in DRUGS.items():
            item = BY_CODE.get(drug)
            status = "covered"
            if d[13] == "weight_loss":
                status = "covered" if plan in P.COVERS_WEIGHT_LOSS else "excluded"
            elif d[13]:
                status = "excluded"
            elif plan in P.OFF_FORMULARY.get(drug, ()):
                status = "not_on_formulary"
            covered = status == "covered"
            pa = bool(item) and status != "excluded" and (plan, drug) not in P.NO_PA
            trial = _leaf(VERSIONS[item.policy_id][-1]["criteria"], "drug_trial") if item and pa else None
            generic = item is None
            tier = None if not covered else 1 if generic else 5 if d[9] else 3 if len(drug) % 2 else 4
            if covered and drug in ("DRG-101", "DRG-116", "DRG-113"):
                tier = 3
            elif covered and drug in ("DRG-104", "DRG-115", "DRG-119", "DRG-121", "DRG-102"):
                tier = 4
            ql = {"DRG-113": (9, 30), "DRG-101": (4, 28), "DRG-102": (4, 28)}.get(
                drug, (d[7] * (1 if d[4] in ("pen", "syringe", "inhaler", "tube") else 1), 30 if d[3] == "oral" else 28)
            )
            row = {
                "formulary_id": f"FRM-{len(rows) + 1:04d}", "plan_id": plan, "drug_id": drug, "status": status, "benefit": "pharmacy", "tier": tier, "pa": pa,
                "step_drugs": ";".join(trial["drugs"]) if trial else None, "step_days": trial["min_days"] if trial else None,
                "step_lookback": trial["lookback_days"] if trial else None, "quantity_limit": ql[0] if covered and not generic else None,
                "per_days": ql[1] if covered and not generic else None,
                "copay": None if not covered else ({1: 4, 3: 47, 4: 100, 5: 250}[tier] if p[5] == "part_d" else {1: 1, 3: 3, 4: 3, 5: 3}[tier] if p[5] == "medicaid" else {1: 10, 3: 40, 4: 75, 5: 180}[tier]),
                "policy_id": item.policy_id if item and pa else None,
            }  # fmt: skip
            rows.append(row)
            cat.formulary[plan, drug] = row
    cat.tables["formulary"] = rows


def _pa_list(cat: Catalog) -> None:
    rows: Rows = []

    def add(
        plan: str, system: str, code: str, need: str, category: str, benefit: str, start: str, end: str | None
    ) -> None:
        item = BY_CODE.get(code)
        row = {
            "rule_id": f"RUL-{len(rows) + 1:04d}", "plan_id": plan, "code_system": system, "code": code, "requirement": need, "benefit": benefit,
            "destination_id": None if need == "none" else destination(plan, category, benefit), "policy_id": item.policy_id if item and need == "pa" else None,
            "exempt_pos": P.EXEMPT_POS.get((plan, code)), "effective_from": start, "effective_to": end,
        }  # fmt: skip
        rows.append(row)
        cat.rules.setdefault((plan, code), []).append(row)

    everything = [("SERVICE", c, s[1]) for c, s in SERVICES.items()] + [
        ("HCPCS", c, h[1]) for c, h in HCPCS.items() if h[6] is None
    ]
    for plan, p in P.PLANS.items():
        if plan != "PLN-12":
            for system, code, category in everything:
                if code == "VISIT-SPECIALIST":
                    need = "referral" if p[8] else "none"
                elif code == "ADM-MEDICAL" and plan in P.NOTIFY_ADMISSION:
                    need = "notification"
                elif plan == "PLN-11":
                    need = "pa" if code in P.FFS_PA else "none"
                else:
                    need = "none" if (plan, code) in P.NO_PA or code in ("E0143", "A0425", "IMG-GUIDE") else "pa"
                change = P.CHANGED.get((plan, code))
                if change:
                    last, old, new = change
                    nxt = _next_day(last)
                    add(plan, system, code, old, category, "medical", "2025-01-01", last)
                    add(plan, system, code, new, category, "medical", nxt, None)
                else:
                    add(plan, system, code, need, category, "medical", "2025-01-01", None)
        if p[5] == "none":
            continue
        for drug in (i.code for i in ITEMS["pharmacy_drug"]):
            if cat.formulary[plan, drug]["status"] == "excluded":
                continue
            change = P.CHANGED.get((plan, drug))
            if change:
                last, old, new = change
                add(plan, "DRUG", drug, old, "pharmacy_drug", "pharmacy", "2025-01-01", last)
                add(plan, "DRUG", drug, new, "pharmacy_drug", "pharmacy", _next_day(last), None)
            else:
                add(
                    plan,
                    "DRUG",
                    drug,
                    "pa" if cat.formulary[plan, drug]["pa"] else "none",
                    "pharmacy_drug",
                    "pharmacy",
                    "2025-01-01",
                    None,
                )
    cat.tables["pa_list"] = rows


def _next_day(text: str) -> str:
    from .clock import day_text

    return day_text(day_of(text) + 1)


def _exclusions(cat: Catalog) -> None:
    cat.tables["exclusions"] = [
        {
            "exclusion_id": f"EXC-{n:03d}",
            "plan_id": plan,
            "code": code,
            "wording": f"The plan never pays for {words}, whatever the medical need.",
        }
        for n, (plan, (code, words)) in enumerate(
            ((p, e) for p in P.PLANS if p != "PLN-12" for e in NEVER_COVERED.values()), 1
        )
    ]


def build_catalog() -> Catalog:
    """The catalog of the world; always the same."""
    cat = Catalog()
    draw = Picker(generator(CATALOG_SEED, 1), 512)
    _payers_and_plans(cat)
    _codes(cat)
    _formulary(cat)
    _pa_list(cat)
    add_providers(cat, draw)
    _exclusions(cat)
    return cat
