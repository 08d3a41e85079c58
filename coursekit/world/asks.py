"""What a request asks for: the item, its diagnosis, dose and units, the requester and the place, and what its mistake changes."""

from __future__ import annotations

from . import payers as P
from .case import Case
from .catalog import Catalog, destination
from .clock import day_text, weekday
from .criteria import leaves
from .draws import Picker
from .drugs import DRUGS, NEVER_COVERED, OFF_LABEL_BAD, OFF_LABEL_GOOD, SERVICES
from .items import BY_CODE, EXCLUDED_RX, ITEMS, VERSIONS, Item, partner, policy_on, units_for

NEVER_DX = {"dme": ("R26.2", "trouble walking"), "outpatient_procedure": ("L57.0", "sun-damaged skin"), "therapy_pt_ot_st": ("M54.2", "neck pain"), "home_health": ("I50.22", "chronic heart failure"),
            "advanced_imaging": ("R53.83", "tiredness"), "genetic_lab": ("Z80.3", "family history of breast cancer")}  # fmt: skip
WRONG_TEST = {
    "IMG-MRI-LSPINE": "IMG-CT-LSPINE",
    "IMG-MRI-BRAIN": "IMG-MRI-BRAIN-C",
    "IMG-MRI-CSPINE": "IMG-MRI-LSPINE",
    "IMG-CT-CHEST": "IMG-PET-CT",
    "IMG-MRI-KNEE": "IMG-MRI-LSPINE",
}
RENEWABLE = {i.code for items in ITEMS.values() for i in items if VERSIONS[i.policy_id][-1]["renewal_criteria"]}
HAS = {
    kind: {i.code for items in ITEMS.values() for i in items if any(x["kind"] == kind for x in leaves(VERSIONS[i.policy_id][-1]["criteria"]))}
    for kind in ("therapy", "drug_trial", "lab", "study", "note", "prescriber")
}  # fmt: skip
EVIDENCED = HAS["therapy"] | HAS["lab"] | HAS["study"] | HAS["note"] | HAS["drug_trial"]


def _wanted(case: Case) -> set[str] | None:
    """Codes that can carry the case's mistake; None if any can."""
    f = case.fault
    if f == "E3":
        return HAS["therapy"] if case.reason == "conservative_care_not_tried" else HAS["drug_trial"]
    if f in ("E26",):
        return HAS["drug_trial"]
    if f == "E32" and case.reason == "step_therapy_not_met":
        return HAS["drug_trial"]
    if f in ("E24",):
        return HAS["lab"] | HAS["study"] | {"K0856", "K0823"}
    if f == "E25":
        return HAS["note"]
    if f in ("E1", "E20"):
        return HAS["lab"] | HAS["study"] | HAS["note"] | HAS["therapy"]
    if f in ("E2", "E31", "not_met"):
        return EVIDENCED - ({"DRG-113"} if f == "not_met" else set())
    if f == "E29":
        return RENEWABLE - {"DRG-102"}
    if f == "E27":
        return set(OFF_LABEL_BAD)
    if f == "E11":
        return {c for c in BY_CODE if partner(c)}
    if f == "E14":
        return {
            c
            for c in BY_CODE
            if VERSIONS[BY_CODE[c].policy_id][-1]["site_of_care"]
            and BY_CODE[c].category in ("medical_benefit_drug", "outpatient_procedure")
        }
    if f == "E10":
        return set(WRONG_TEST)
    return None


def choose_item(case: Case, cat: Catalog, draw: Picker, sex: str) -> None:
    """Set item, code, policy, kind of request and benefit."""
    day = day_text(case.day)
    if case.fault == "referral":
        case.code, case.system, case.kind, case.dx = "VISIT-SPECIALIST", "SERVICE", "referral", ("R07.9", "chest pain")
        return
    if case.fault == "notification":
        case.item = BY_CODE["ADM-MEDICAL"]
        case.kind = "notification"
        _take(case, case.item, draw)
        return
    if case.fault == "not_listed" and all(
        cat.formulary[case.plan, i.code]["status"] != "not_on_formulary" for i in ITEMS[case.category]
    ):
        case.fault = "E28"
    if case.fault == "E28":
        _excluded(case, cat, draw)
        return
    if case.cast:
        _take(case, BY_CODE["IMG-MRI-LSPINE"], draw)
        return
    if case.fault == "E17x" and _exempt(case, cat, draw):
        return
    want = _wanted(case)
    pool = [i for i in ITEMS[case.category] if not (i.sex and sex and i.sex != sex)]
    if case.plan == "PLN-11":
        pool = [i for i in pool if i.code in P.FFS_PA]
    if case.fault == "E17":
        fits = [i for i in pool if (r := cat.rule(case.plan, i.code, day)) is not None and r["requirement"] == "none"]
    else:
        fits = [i for i in pool if _needs_pa(case, i, cat, day)]
    if case.fault == "not_listed" or case.variant == "formulary":
        fits = [i for i in pool if cat.formulary[case.plan, i.code]["status"] == "not_on_formulary"] or fits
    elif case.drug_side:
        fits = [i for i in fits if cat.formulary[case.plan, i.code]["status"] == "covered"] or fits
    if want is not None:
        narrowed = [i for i in fits if i.code in want]
        if not narrowed:
            free = P.EXEMPT_POS
            narrowed = [i for i in pool if i.code in want and i.pos not in free.get((case.plan, i.code), "").split(";")]
        if narrowed:
            fits = narrowed
        else:
            case.fault = "not_met" if case.outcome == "denied" else ""
    if not fits:
        fits = pool
        if case.fault == "E17":
            case.fault, case.outcome = "", "withdrawn"
    total, x = sum(i.weight for i in fits), draw.u()
    for i in fits:
        x -= i.weight / total
        if x < 0:
            break
    _take(case, i, draw)
    if case.fault == "" and case.drug and case.outcome == "approved" and i.code in OFF_LABEL_GOOD and draw.chance(0.06):
        case.dx = draw.one(OFF_LABEL_GOOD[i.code])
    if case.fault == "E27":
        case.dx = draw.one(OFF_LABEL_BAD[i.code])


def _exempt(case: Case, cat: Catalog, draw: Picker) -> bool:
    """An item that is on the plan's list, at a place for which the list wants nothing; True if there is one (mistake E17)."""
    fits = []
    for item in ITEMS[case.category]:
        places, rule = P.EXEMPT_POS.get((case.plan, item.code), ""), cat.rule(case.plan, item.code, day_text(case.day))
        sites = VERSIONS[item.policy_id][-1]["site_of_care"]
        fits += [(item, p) for p in places.split(";") if p in sites and rule and rule["requirement"] == "pa"]
    case.fault = "E17" if fits else ""
    if not fits:
        case.outcome = "withdrawn" if case.outcome == "no_action" else case.outcome
        return False
    item, case.given_pos = draw.one(fits)
    case.variant = "exempt"
    _take(case, item, draw)
    return True


def _needs_pa(case: Case, item: Item, cat: Catalog, day: str) -> bool:
    rule = cat.rule(case.plan, item.code, day)
    if rule is None or rule["requirement"] != "pa":
        return False
    return not (rule["exempt_pos"] and item.pos in rule["exempt_pos"].split(";"))


def _take(case: Case, item: Item, draw: Picker) -> None:
    case.item, case.code, case.system = item, item.code, item.system
    case.dx = draw.one(item.dx)
    case.policy = policy_on(item.policy_id, day_text(case.day))
    case.benefit = "pharmacy" if item.system == "DRUG" else "medical"


def _excluded(case: Case, cat: Catalog, draw: Picker) -> None:
    if case.category == "pharmacy_drug":
        options = [e for e in EXCLUDED_RX if cat.formulary[case.plan, e[0]]["status"] == "excluded"]
        code, case.dx, case.specialty = draw.one(options)
        case.code, case.system, case.benefit = code, "DRUG", "pharmacy"
    else:
        case.code, case.dx, case.system = NEVER_COVERED[case.category][0], NEVER_DX[case.category], "SERVICE"


def set_type(case: Case, cat: Catalog, draw: Picker) -> None:
    """Initial, renewal or exception."""
    if case.kind in ("notification", "referral") or case.item is None:
        return
    can_renew = case.code in RENEWABLE and case.fault in ("", "E1", "E24", "E2")
    if case.drug:
        listed = cat.formulary[case.plan, case.code]["status"] == "covered"
        if not listed:
            case.kind = "formulary_exception"
        elif case.outcome == "partly_approved":
            case.kind = "quantity_exception"
        elif case.fault == "" and case.outcome in ("approved", "withdrawn") and case.dx[0] != "":
            x = draw.u()
            tier = cat.formulary[case.plan, case.code]["tier"]
            case.kind = (
                _other_exception(case, tier)
                if case.await_statement
                else "quantity_exception"
                if x < 0.035
                else "step_exception"
                if x < 0.06 and case.code in HAS["drug_trial"]
                else "tiering_exception"
                if x < 0.075 and tier in (3, 4)
                else "initial"
            )
    if case.fault == "E29":
        case.variant = "as_initial" if case.drug and draw.chance(0.5) else "no_response"
        case.kind, case.renewal = ("initial", False) if case.variant == "as_initial" else ("renewal", True)
    elif can_renew and case.kind == "initial" and not case.drug and draw.chance(0.22) and case.fault == "":
        case.kind, case.renewal = "renewal", True
    elif can_renew and case.kind == "initial" and case.drug and draw.chance(0.16) and case.fault == "":
        case.kind, case.renewal = "renewal", True


def _other_exception(case: Case, tier: int) -> str:
    """An exception for a listed drug."""
    return (
        "step_exception"
        if case.code in HAS["drug_trial"]
        else "tiering_exception"
        if tier in (3, 4)
        else "quantity_exception"
    )


def set_people(case: Case, cat: Catalog, draw: Picker) -> None:
    """Requester, renderer and place of service, in network on the day unless the case is about that."""
    item = case.item
    spec = item.specialty if item else case.specialty or "family medicine"
    if case.code in HAS["prescriber"] and case.policy:
        for leaf in leaves(case.policy["criteria"]):
            if leaf["kind"] == "prescriber":
                spec = draw.one(leaf["specialties"])
    case.specialty = spec
    case.requester = draw.one(cat.clinicians[spec])
    pos = item.pos if item else SERVICES[case.code][3] if case.code in SERVICES else "11"
    if case.policy and case.policy["site_of_care"]:
        sites = case.policy["site_of_care"]
        if pos not in sites:
            pos = sites[0]
        elif case.category == "advanced_imaging" and "49" in sites and draw.chance(0.35):
            pos = "49"
        elif case.category == "medical_benefit_drug" and len(sites) > 1 and draw.chance(0.3):
            pos = draw.one(sites)
    sites = case.policy["site_of_care"] if case.policy else ()
    if case.plan == "PLN-11" and case.category == "outpatient_procedure" and (not sites or "22" in sites):
        pos = "22"
    case.pos = pos
    if case.fault == "E14":
        case.pos = (
            "22"
            if "22" not in case.policy["site_of_care"]
            else "11"
            if "11" not in case.policy["site_of_care"]
            else "21"
        )
    if case.drug:
        case.renderer = cat.places["pharmacy"][2 if DRUGS[case.code][9] else draw.below(2)]
        return
    exempt = P.EXEMPT_POS.get((case.plan, case.code), "").split(";")
    if case.variant == "exempt":
        case.pos, case.given_pos = case.given_pos, ""
    elif case.pos in exempt and case.fault != "E14":
        case.pos = next((p for p in sites if p not in exempt), case.pos)
    options = [case.requester] if case.pos == "11" else cat.places.get(case.pos, cat.places["22"])
    if case.pos == "12":
        options = (
            cat.places["12"][:1] if case.category in ("home_health", "medical_benefit_drug") else cat.places["12"][1:]
        )
    case.renderer = draw.one(options)
    if case.fault == "E15":
        open_now = [n for n in cat.outside if (case.plan, n) not in cat.outside_in]
        case.renderer = draw.one(open_now)


def in_network(case: Case, cat: Catalog) -> bool:
    """Is the renderer in network on the service date?"""
    end = cat.ended.get((case.plan, case.renderer))
    return end is None or case.service <= end


def set_units(case: Case, cat: Catalog, draw: Picker) -> None:
    """Dose, units, days supply, dates of service."""
    item, urgent = case.item, case.expedited
    case.service = case.day + (draw.between(0, 3) if urgent else draw.between(4, 24))
    if case.category == "inpatient_admission":
        case.service = case.day - draw.below(2) if urgent else case.day + draw.between(3, 14)
    if case.fault == "notification":
        case.service = case.day
    elif case.category not in ("inpatient_admission", "post_acute_facility") and weekday(case.service) > 4:
        case.service += 7 - weekday(case.service)
    length = case.policy["approval_days"] if case.policy else 60
    case.start, case.end = case.service, case.service + length - 1
    if case.drug:
        d = DRUGS[case.code]
        case.units, case.supply = d[18], d[19]
        case.service = case.start = case.day
        case.end = case.start + length - 1
        if case.fault == "E13" or case.kind == "quantity_exception":
            case.units = d[18] * 2 if case.fault != "E13" or draw.chance(0.6) else d[18] + max(1, d[18] // 3)
    elif item and item.doses:
        case.dose = draw.one(item.doses)
        case.units = units_for(case.code, case.dose[0]) * case.dose[2]
    elif item:
        case.units = draw.one(item.units)
    if case.category in ("inpatient_admission", "post_acute_facility") and item:
        case.end = case.start + case.units - 1
    case.destination = destination(case.plan, case.category, case.benefit)


__all__ = ["WRONG_TEST", "choose_item", "in_network", "set_people", "set_type", "set_units"]
