"""Invented coverage policies: criteria trees, look-backs, site rules, renewal criteria, approval lengths.

A leaf is {"id", "kind", "say", ...}. `coursekit.world.criteria` reads the same trees. A node is {"all": [...]} or {"any": [...]}.
"""

from __future__ import annotations

from typing import Any

Node = dict[str, Any]


def every(*nodes: Node) -> Node:
    """All of these."""
    return {"all": list(nodes)}


def either(*nodes: Node) -> Node:
    """Any one of these."""
    return {"any": list(nodes)}


def _leaf(kind: str, say: str, **more: Any) -> Node:
    return {"kind": kind, "say": say, **more}


def dx(*codes: str) -> Node:
    return _leaf("diagnosis", "Diagnosis on the policy's list: " + ", ".join(codes), icd10=list(codes))


def age(least: int) -> Node:
    return _leaf("age", f"At least {least} years old on the day of the request", min_years=least)


def specialist(*names: str) -> Node:
    return _leaf("prescriber", "Ordered by " + " or ".join(names), specialties=list(names))


def therapy(days: int, lookback: int, *kinds: str) -> Node:
    words = " or ".join(k.replace("_", " ") for k in kinds)
    say = f"At least {days} days of {words}, directed by a provider, ended or still running within {lookback} days before the request, without improvement"
    return _leaf("therapy", say, therapy=list(kinds), min_days=days, lookback_days=lookback, directed_by="provider")


def trial(days: int, lookback: int, *drugs: str) -> Node:
    say = f"Trial of {' or '.join(drugs)} for at least {days} days in a row (gaps of up to 14 days allowed), last fill within {lookback} days before the request"
    return _leaf("drug_trial", say, drugs=list(drugs), min_days=days, lookback_days=lookback, max_gap_days=14)


def lab(test: str, op: str, value: float, unit: str, lookback: int) -> Node:
    words = {">=": "at least", "<=": "at most", "<": "below"}[op]
    return _leaf(
        "lab",
        f"{test} {words} {value:g} {unit}, latest result not older than {lookback} days",
        test=test,
        op=op,
        value=value,
        unit=unit,
        lookback_days=lookback,
    )


def study(name: str, lookback: int, *findings: str) -> Node:
    words = " or ".join(f.replace("_", " ") for f in findings)
    return _leaf(
        "study",
        f"{name} with finding: {words}, not older than {lookback} days",
        study=name,
        findings=list(findings),
        lookback_days=lookback,
    )


def note(say: str, lookback: int, kinds: list[str], *words: str) -> Node:
    return _leaf(
        "note",
        f"{say}, in a signed note not older than {lookback} days",
        note_kinds=kinds,
        words=list(words),
        lookback_days=lookback,
    )


def listing() -> Node:
    return _leaf("compendium", "Labelled use, or use that the compendia accepted for the member's program support")


VISIT = ["office_visit", "consult", "history_and_physical"]
IMG_SITE = ["11", "19", "22", "49"]

# id: title, codes, criteria, allowed places of service (site rule), renewal criteria, approval days, version-1 change
_P: dict[str, tuple] = {
    "POL-101": ("MRI of the lumbar spine", ["IMG-MRI-LSPINE"], every(dx("M54.5", "M54.1", "M54.4", "M51", "M48.06", "G83.4"), either(therapy(42, 180, "physical_therapy", "home_exercise", "chiropractic"), note("Red flag: new weakness, loss of bladder control, cancer history or fever", 30, VISIT, "new leg weakness", "bladder", "saddle numbness"))), IMG_SITE, None, 60),
    "POL-102": ("MRI of a knee", ["IMG-MRI-KNEE"], every(dx("M25.56", "S83", "M23", "M17"), either(therapy(28, 180, "physical_therapy", "home_exercise"), note("Locked or unstable knee on examination", 60, VISIT, "locked knee", "positive lachman"))), IMG_SITE, None, 60),
    "POL-103": ("MRI of the brain", ["IMG-MRI-BRAIN", "IMG-MRI-BRAIN-C"], every(dx("R51", "G43", "R55", "G35"), note("New neurologic sign, or headache with a warning sign", 60, VISIT, "thunderclap", "papilledema", "focal deficit")), IMG_SITE, None, 60),
    "POL-104": ("CT of the chest", ["IMG-CT-CHEST"], every(dx("R91.1", "J44", "C34"), study("chest x-ray", 90, "nodule", "mass")), IMG_SITE, None, 60),
    "POL-105": ("PET-CT", ["IMG-PET-CT"], every(dx("C34", "C50", "C18", "C83"), study("biopsy", 365, "malignant")), ["19", "22", "49"], None, 60),
    "POL-106": ("Nuclear heart stress test", ["IMG-NUC-STRESS"], every(dx("I25", "R07.9", "R94.31"), either(study("resting ECG", 180, "abnormal"), note("Cannot exercise on a treadmill", 90, VISIT, "unable to exercise"))), IMG_SITE, None, 60),
    "POL-107": ("MRI of the cervical spine; CT of the lumbar spine; CT of the head", ["IMG-MRI-CSPINE", "IMG-CT-LSPINE", "IMG-CT-HEAD"], every(dx("M54", "M50", "R51", "R55"), note("Neurologic finding on examination", 60, VISIT, "focal deficit", "new arm weakness", "new leg weakness")), IMG_SITE, None, 60),
    "POL-111": ("Airway-pressure devices", ["E0601", "A7034"], every(dx("G47.33"), lab("AHI", ">=", 15, "events/hour", 365), note("Face-to-face visit that records sleep symptoms", 180, VISIT, "daytime sleepiness", "witnessed apnea")), ["12"], every(dx("G47.33"), note("Use of at least 4 hours a night and benefit recorded", 90, VISIT, "uses nightly")), 365),
    "POL-112": ("Power wheelchairs", ["K0856", "K0823"], every(dx("G12.21", "G82.20", "I69.351", "M62.81", "G35"), note("Mobility examination: cannot walk safely and arms too weak for a manual chair", 180, ["exam_report"], "cannot self-propel"), note("Home assessment: chair fits the home", 180, ["home_assessment"], "fits through doorways")), ["12"], None, 365),
    "POL-113": ("Home oxygen", ["E1390"], every(dx("J44", "J96.1", "E84"), lab("SpO2 at rest", "<=", 88, "%", 30)), ["12"], None, 365),
    "POL-114": ("Glucose monitors", ["E2103", "A4239"], every(dx("E10", "E11"), note("Treated with insulin, or problem low sugars", 180, VISIT, "on insulin", "hypoglycemia"), lab("HbA1c", ">=", 6.5, "%", 180)), ["12"], None, 365),
    "POL-115": ("Wound pumps", ["E2402", "A6550"], every(dx("L89", "L97", "E11.6"), therapy(30, 90, "wound_care")), ["12"], None, 365),
    "POL-116": ("Knee braces", ["L1851"], every(dx("M17", "S83", "M23"), note("Instability shown on examination", 90, VISIT, "joint laxity")), ["11", "12"], None, 365),
    "POL-117": ("Powered mattresses", ["E0277"], every(dx("L89"), therapy(30, 60, "wound_care")), ["12"], None, 365),
    "POL-121": ("Total knee replacement", ["SURG-TKA"], every(dx("M17"), therapy(84, 365, "physical_therapy", "home_exercise"), lab("BMI", "<", 40, "kg/m2", 180), study("knee x-ray", 365, "severe")), ["22", "24"], None, 90),
    "POL-123": ("Facet joint injections", ["SURG-FACET-INJ"], every(dx("M47.81", "M54.5"), therapy(28, 180, "physical_therapy", "home_exercise", "chiropractic")), ["11", "24"], None, 90),
    "POL-124": ("Spinal cord stimulator trial", ["SURG-SCS-TRIAL"], every(dx("M96.1", "G89.4", "M54.1"), therapy(84, 365, "physical_therapy"), note("Mental health evaluation found no barrier", 365, ["consult"], "no psychological barrier")), ["22", "24"], None, 90),
    "POL-125": ("Upper eyelid surgery", ["SURG-BLEPH"], every(dx("H02.83"), study("visual field test", 365, "blocked")), ["11", "24"], None, 90),
    "POL-126": ("Knee ligament reconstruction", ["SURG-ACL"], every(dx("S83.51", "M23.5"), study("knee MRI", 180, "ligament_tear")), ["22", "24"], None, 90),
    "POL-131": ("Inpatient admission", ["ADM-MEDICAL", "ADM-SURGICAL"], every(dx("J18", "I50", "N17", "K57", "L03", "M17", "S72", "I63"), note("Admission note: hospital care expected to cross two midnights, with the reason", 10, ["history_and_physical"], "two midnights")), ["21"], None, 30),
    "POL-141": ("Inpatient rehabilitation", ["FAC-IRF"], every(dx("I69", "I63", "S72", "G82"), note("Can take part in three hours of therapy a day", 14, ["therapy_note"], "tolerates 3 h")), ["61"], None, 30),
    "POL-142": ("Skilled nursing facility", ["FAC-SNF"], every(dx("I69", "S72", "Z47.1", "I50", "J18"), note("Daily skilled need recorded", 14, ["therapy_note", "discharge_summary"], "daily skilled")), ["31"], None, 30),
    "POL-151": ("Home health", ["G0299", "G0151"], every(dx("L89", "L97", "I50", "I69", "Z47.1", "J44"), note("Homebound, with the reason", 90, VISIT, "homebound")), ["12"], every(dx("L89", "L97", "I50", "I69", "Z47.1", "J44"), note("Progress and remaining goals recorded", 60, VISIT, "progress toward goals")), 60),
    "POL-161": ("Physical and occupational therapy", ["THER-PT", "THER-OT"], every(dx("M54", "M25", "M75", "M17", "S83", "I69", "Z47.1"), note("Evaluation with measurable goals", 30, ["therapy_note"], "measurable goals")), ["11", "22"], every(dx("M54", "M25", "M75", "M17", "S83", "I69", "Z47.1"), note("Progress and remaining goals recorded", 30, ["therapy_note"], "progress toward goals")), 60),
    "POL-171": ("Behavioral health programs", ["S9480", "H0018"], every(dx("F33", "F11", "F10", "F32"), lab("PHQ-9", ">=", 15, "points", 30)), ["11", "22", "52", "55"], None, 30),
    "POL-181": ("Hereditary cancer panels", ["GEN-PANEL-BRCA"], every(dx("Z80.3", "Z80.41", "C50", "C56"), note("Family history that meets the testing rule", 365, VISIT, "first-degree relative"), note("Genetic counseling done", 180, ["consult"], "genetic counseling")), ["11", "81"], None, 180),
    "POL-191": ("Non-emergency ambulance", ["A0428", "A0425"], every(dx("N18.6", "G82", "I69"), note("Cannot travel by other means", 60, VISIT, "cannot sit upright")), ["41"], None, 60),
    "POL-201": ("Infliximab", ["J1745", "Q5103"], every(dx("K50", "K51", "M05", "M06"), either(trial(84, 365, "DRG-105", "DRG-108"), note("Contraindication or intolerance to the first choices", 365, VISIT, "contraindicated", "intolerance to"))), ["11", "12", "49"], every(dx("K50", "K51", "M05", "M06"), note("Response recorded", 180, VISIT, "good response")), 180),
    "POL-202": ("Ocrelizumab", ["J2350"], every(dx("G35"), study("brain MRI", 365, "new_lesions"), specialist("neurology")), ["11", "12", "49"], every(dx("G35"), note("Response recorded", 180, VISIT, "good response")), 365),
    "POL-203": ("Denosumab for osteoporosis", ["J0897"], every(dx("M80", "M81"), lab("T-score", "<=", -2.5, "SD", 730), either(trial(180, 1095, "DRG-127"), note("Contraindication or intolerance to bisphosphonates", 365, VISIT, "contraindicated", "intolerance to"))), ["11", "12"], every(dx("M80", "M81"), note("Response recorded", 365, VISIT, "good response")), 365),
    "POL-204": ("Omalizumab", ["J2357"], every(dx("J45.4", "J45.5", "L50.1"), lab("IgE", ">=", 30, "IU/mL", 365), trial(90, 365, "DRG-111")), ["11", "12"], every(dx("J45.4", "J45.5", "L50.1"), note("Response recorded", 180, VISIT, "good response")), 180),
    "POL-205": ("Pembrolizumab", ["J9271"], every(dx("C34", "C43", "C18"), study("PD-L1 test", 365, "positive"), specialist("oncology")), ["11", "22", "49"], every(dx("C34", "C43", "C18"), note("No progression recorded", 120, VISIT, "stable disease")), 180),
    "POL-206": ("OnabotulinumtoxinA for chronic migraine", ["J0585", "PROC-INJ-CHEMO-DENERV"], every(dx("G43.7"), trial(60, 365, "DRG-114"), note("At least 15 headache days a month", 90, VISIT, "15 headache days")), ["11"], every(dx("G43.7"), note("Response recorded", 180, VISIT, "good response")), 365),
    "POL-207": ("Intravenous iron", ["J1439"], every(dx("D50", "D63.1"), lab("ferritin", "<", 30, "ng/mL", 90)), ["11", "12", "49"], None, 90),
    "POL-208": ("Long-acting growth factor after chemotherapy", ["J2506"], every(dx("D70.1", "C83", "C50", "C18"), note("Risk of fever with low white cells above 20 percent", 60, VISIT, "febrile neutropenia risk")), ["11", "12"], None, 180),
    "POL-209": ("Aflibercept", ["J0178", "PROC-INJ-EYE"], every(dx("H35.32", "E11.31"), study("retinal scan", 60, "fluid"), specialist("ophthalmology")), ["11", "24"], every(dx("H35.32", "E11.31"), note("Response recorded", 120, VISIT, "good response")), 365),
    "POL-210": ("Hyaluronan injections", ["J7325", "PROC-INJ-JOINT"], every(dx("M17"), therapy(84, 365, "physical_therapy", "home_exercise")), ["11", "24"], None, 180),
    "POL-301": ("Trevanil", ["DRG-101"], every(listing(), either(trial(90, 365, "DRG-103"), note("Contraindication or intolerance to glumetor", 365, VISIT, "contraindicated", "intolerance to")), lab("HbA1c", ">=", 7, "%", 90)), [], every(listing(), lab("HbA1c", "<=", 8, "%", 90)), 365),
    "POL-302": ("Slimara", ["DRG-102"], every(dx("E66"), lab("BMI", ">=", 30, "kg/m2", 90), therapy(180, 365, "diet_program")), [], every(dx("E66"), note("Weight loss of at least 5 percent recorded", 90, VISIT, "5% weight loss")), 180),
    "POL-304": ("Dapavance", ["DRG-104"], every(listing(), either(trial(60, 365, "DRG-103"), note("Contraindication or intolerance to glumetor", 365, VISIT, "contraindicated", "intolerance to"))), [], None, 365),
    "POL-308": ("Zelvadra", ["DRG-108"], every(listing(), either(trial(84, 365, "DRG-105", "DRG-106"), note("Contraindication or intolerance to the first choices", 365, VISIT, "contraindicated", "intolerance to")), specialist("rheumatology", "dermatology", "gastroenterology")), [], every(listing(), note("Response recorded", 180, VISIT, "good response")), 180),
    "POL-309": ("Ixentra", ["DRG-109"], every(listing(), either(trial(84, 365, "DRG-105", "DRG-107"), note("Contraindication or intolerance to the first choices", 365, VISIT, "contraindicated", "intolerance to")), specialist("rheumatology", "dermatology")), [], every(listing(), note("Response recorded", 180, VISIT, "good response")), 180),
    "POL-310": ("Dupavera", ["DRG-110"], every(listing(), either(trial(60, 365, "DRG-107", "DRG-111"), note("Contraindication or intolerance to the first choices", 365, VISIT, "contraindicated", "intolerance to"))), [], every(listing(), note("Response recorded", 180, VISIT, "good response")), 180),
    "POL-312": ("Mepolair", ["DRG-112"], every(listing(), lab("eosinophils", ">=", 150, "cells/uL", 180), trial(90, 365, "DRG-111")), [], every(listing(), note("Response recorded", 180, VISIT, "good response")), 180),
    "POL-313": ("Calmigra above the limit", ["DRG-113"], every(listing(), note("Dose rationale for more than the limit", 180, VISIT, "dose rationale")), [], None, 365),
    "POL-315": ("Migravex", ["DRG-115"], every(listing(), either(trial(60, 365, "DRG-114"), note("Contraindication or intolerance to the first choices", 365, VISIT, "contraindicated", "intolerance to"))), [], every(listing(), note("Response recorded", 180, VISIT, "good response")), 365),
    "POL-316": ("Apixavan", ["DRG-116"], every(listing(), either(trial(30, 365, "DRG-117"), note("Contraindication or intolerance to warfexin", 365, VISIT, "contraindicated", "intolerance to"))), [], None, 365),
    "POL-319": ("Repalocumab", ["DRG-119"], every(listing(), trial(84, 365, "DRG-118"), lab("LDL", ">=", 70, "mg/dL", 90)), [], every(listing(), lab("LDL", "<", 70, "mg/dL", 180)), 365),
    "POL-321": ("Vortessa", ["DRG-121"], every(listing(), either(trial(42, 365, "DRG-120"), note("Contraindication or intolerance to the first choices", 365, VISIT, "contraindicated", "intolerance to"))), [], None, 365),
    "POL-322": ("Hepaclear", ["DRG-122"], every(listing(), lab("HCV RNA", ">=", 15, "IU/mL", 90)), [], None, 84),
    "POL-323": ("Oncotara", ["DRG-123"], every(listing(), study("mutation test", 1095, "mutation_found"), specialist("oncology")), [], every(listing(), note("No progression recorded", 120, VISIT, "stable disease")), 180),
    "POL-324": ("Mammacyl", ["DRG-124"], every(listing(), study("receptor test", 1095, "positive"), specialist("oncology")), [], every(listing(), note("No progression recorded", 120, VISIT, "stable disease")), 180),
    "POL-325": ("Sclerovia", ["DRG-125"], every(listing(), study("brain MRI", 365, "new_lesions"), specialist("neurology")), [], every(listing(), note("Response recorded", 180, VISIT, "good response")), 365),
    "POL-326": ("Osteovance", ["DRG-126"], every(listing(), lab("T-score", "<=", -2.5, "SD", 730), either(trial(180, 1095, "DRG-127"), note("Contraindication or intolerance to bisphosphonates", 365, VISIT, "contraindicated", "intolerance to"))), [], None, 365),
}  # fmt: skip


def _number(node: Node, counter: list[int], prefix: str) -> Node:
    """Give every leaf an id (C1, C2, ... or R1, ... for renewal)."""
    for branch in ("all", "any"):
        if branch in node:
            return {branch: [_number(n, counter, prefix) for n in node[branch]]}
    counter[0] += 1
    return {"id": f"{prefix}{counter[0]}", **node}


#: Policies with an older version: until when it ran, and how its first day-count differed.
OLD_VERSIONS = {
    "POL-101": ("2026-05-31", 28),
    "POL-301": ("2026-03-31", 60),
    "POL-308": ("2026-06-30", 56),
    "POL-121": ("2026-02-28", 42),
    "POL-111": ("2025-12-31", None),
}


def _changed(node: Node, days: int | None) -> Node:
    if "all" in node or "any" in node:
        key = "all" if "all" in node else "any"
        return {key: [_changed(n, days) for n in node[key]]}
    if days and node["kind"] in ("therapy", "drug_trial"):
        say = (
            node["say"]
            .replace(f"at least {node['min_days']} days", f"at least {days} days")
            .replace(f"At least {node['min_days']} days", f"At least {days} days")
        )
        return {**node, "min_days": days, "say": say}
    return node


def build_policies() -> list[dict[str, Any]]:
    """All versions of all policies as plain data, sorted by id and version."""
    out = []
    for pid, (title, codes, tree, sites, renewal, length) in _P.items():
        criteria = _number(tree, [0], "C")
        renew = _number(renewal, [0], "R") if renewal else None
        base = {
            "policy_id": pid,
            "title": title,
            "codes": codes,
            "site_of_care": sites,
            "renewal_criteria": renew,
            "approval_days": length,
        }
        old = OLD_VERSIONS.get(pid)
        if old:
            last, days = old
            nxt = {
                "2026-05-31": "2026-06-01",
                "2026-03-31": "2026-04-01",
                "2026-06-30": "2026-07-01",
                "2026-02-28": "2026-03-01",
                "2025-12-31": "2026-01-01",
            }[last]
            out.append(
                {
                    **base,
                    "version": 1,
                    "effective_from": "2024-07-01",
                    "effective_to": last,
                    "criteria": _changed(criteria, days),
                }
            )
            out.append({**base, "version": 2, "effective_from": nxt, "effective_to": None, "criteria": criteria})
        else:
            out.append(
                {**base, "version": 1, "effective_from": "2025-01-01", "effective_to": None, "criteria": criteria}
            )
    return out
