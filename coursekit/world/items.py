"""What requests ask for: items per category with weights, diagnoses and dosing. Codes and words only, no randomness."""

from __future__ import annotations

from dataclasses import dataclass

from .drugs import DRUGS, HCPCS, SERVICES
from .policies import build_policies

Dx = tuple[str, str]


@dataclass(frozen=True)
class Item:
    """A thing that can be asked for. `doses`: (dose, unit, administrations) choices for drugs billed in units."""

    code: str
    system: str
    category: str
    policy_id: str
    weight: float
    dx: tuple[Dx, ...]
    bad_dx: tuple[Dx, ...]
    parent_dx: tuple[str, ...]
    units: tuple[int, ...] = (1,)
    doses: tuple[tuple[float, str, int], ...] = ()
    specialty: str = "family medicine"
    pos: str = "11"
    sex: str = ""
    months: int = 3


_LSPINE = (
    ("M54.50", "low back pain"),
    ("M54.16", "lumbar radiculopathy"),
    ("M54.41", "low back pain with right sciatica"),
    ("M51.26", "lumbar disc displacement"),
    ("M48.062", "lumbar stenosis with leg pain on walking"),
)
_KNEE = (
    ("M25.561", "right knee pain"),
    ("S83.241A", "right medial meniscus tear"),
    ("M17.11", "right knee osteoarthritis"),
)
_OA = (
    ("M17.11", "right knee osteoarthritis"),
    ("M17.12", "left knee osteoarthritis"),
    ("M17.0", "osteoarthritis of both knees"),
)
_RA = (
    ("M05.79", "seropositive rheumatoid arthritis, several sites"),
    ("M06.09", "seronegative rheumatoid arthritis, several sites"),
)
_IBD = (("K50.90", "Crohn's disease"), ("K51.90", "ulcerative colitis"))
_MIG = (("G43.709", "chronic migraine without aura"), ("G43.719", "chronic migraine without aura, intractable"))
_MS = (("G35.A", "relapsing-remitting multiple sclerosis"),)
_T2 = (("E11.65", "type 2 diabetes with high blood sugar"), ("E11.9", "type 2 diabetes"))
_OST = (("M81.0", "age-related osteoporosis"),)
_BAD = (("I10", "high blood pressure"), ("K21.9", "reflux"), ("E78.5", "high blood lipids"), ("R73.03", "prediabetes"))

# code, category, policy, weight, dx, parents, units/doses, specialty, pos, sex, months
_RAW: list[tuple] = [
    ("IMG-MRI-LSPINE", "advanced_imaging", "POL-101", 34, _LSPINE, ("M54.5", "M48.06", "M51.36"), (1,), "orthopedics", "22"),
    ("IMG-MRI-KNEE", "advanced_imaging", "POL-102", 14, _KNEE, ("M17.1", "S83.511"), (1,), "orthopedics", "22"),
    ("IMG-MRI-BRAIN", "advanced_imaging", "POL-103", 14, (("R51.9", "headache"), ("G43.909", "migraine"), ("R55", "syncope")), ("G43.7", "G43"), (1,), "neurology", "22"),
    ("IMG-CT-CHEST", "advanced_imaging", "POL-104", 13, (("R91.1", "single lung nodule"), ("J44.9", "COPD")), ("C34",), (1,), "pulmonology", "22"),
    ("IMG-PET-CT", "advanced_imaging", "POL-105", 9, (("C34.11", "right upper lobe lung cancer"), ("C50.411", "right breast cancer, upper outer quadrant"), ("C18.9", "colon cancer"), ("C83.30", "large B-cell lymphoma")), ("C34", "C50.9"), (1,), "oncology", "22"),
    ("IMG-NUC-STRESS", "advanced_imaging", "POL-106", 10, (("I25.10", "coronary artery disease"), ("R07.9", "chest pain"), ("R94.31", "abnormal ECG")), ("I25.1", "I25"), (1,), "cardiology", "22"),
    ("IMG-MRI-CSPINE", "advanced_imaging", "POL-107", 6, (("M54.12", "cervical radiculopathy"), ("M54.2", "neck pain")), ("M54",), (1,), "orthopedics", "22"),
    ("E0601", "dme", "POL-111", 40, (("G47.33", "obstructive sleep apnea"),), ("G47.3",), (1,), "pulmonology", "12"),
    ("K0856", "dme", "POL-112", 10, (("G12.21", "ALS"), ("G82.20", "paraplegia"), ("I69.351", "right-sided weakness after stroke")), ("G35",), (1,), "neurology", "12"),
    ("K0823", "dme", "POL-112", 8, (("I69.351", "right-sided weakness after stroke"), ("M62.81", "muscle weakness")), ("I69.35",), (1,), "family medicine", "12"),
    ("E1390", "dme", "POL-113", 14, (("J44.9", "COPD"), ("J96.11", "chronic respiratory failure with low oxygen")), ("J44", "J96.1"), (1,), "pulmonology", "12"),
    ("E2103", "dme", "POL-114", 12, (("E10.65", "type 1 diabetes with high blood sugar"), ("E11.65", "type 2 diabetes with high blood sugar")), ("E11", "E10"), (1,), "endocrinology", "12"),
    ("E2402", "dme", "POL-115", 6, (("L89.154", "stage 4 pressure ulcer, sacrum"), ("L97.411", "ulcer of right heel")), ("L89",), (1,), "wound care", "12"),
    ("E0277", "dme", "POL-117", 6, (("L89.154", "stage 4 pressure ulcer, sacrum"),), ("L89.15",), (1,), "wound care", "12"),
    ("L1851", "dme", "POL-116", 6, (("M17.11", "right knee osteoarthritis"), ("S83.511A", "right ACL sprain")), ("S83.511",), (1,), "orthopedics", "11"),
    ("SURG-TKA", "outpatient_procedure", "POL-121", 34, _OA, ("M17.1", "M17"), (1,), "orthopedics", "22"),
    ("SURG-FACET-INJ", "outpatient_procedure", "POL-123", 26, (("M47.816", "lumbar spondylosis"), ("M54.59", "other low back pain")), ("M47.81", "M54.5"), (1,), "pain medicine", "24"),
    ("SURG-SCS-TRIAL", "outpatient_procedure", "POL-124", 10, (("M96.1", "pain after spine surgery"), ("G89.4", "chronic pain syndrome")), ("M54.1",), (1,), "pain medicine", "22"),
    ("SURG-BLEPH", "outpatient_procedure", "POL-125", 14, (("H02.831", "extra skin of right upper eyelid"), ("H02.834", "extra skin of left upper eyelid")), ("H02.83",), (1,), "ophthalmology", "24"),
    ("SURG-ACL", "outpatient_procedure", "POL-126", 16, (("S83.511A", "right ACL sprain"),), ("S83.511",), (1,), "orthopedics", "24"),
    ("ADM-MEDICAL", "inpatient_admission", "POL-131", 70, (("J18.9", "pneumonia"), ("I50.23", "acute on chronic heart failure"), ("N17.9", "acute kidney injury"), ("L03.115", "cellulitis of right leg")), ("I50.2", "J18"), (2, 3, 4, 5), "hospital medicine", "21"),
    ("ADM-SURGICAL", "inpatient_admission", "POL-131", 30, (("K57.32", "diverticulitis of the colon"), ("S72.001A", "fracture of right hip")), ("S72.001",), (2, 3, 4), "general surgery", "21"),
    ("FAC-IRF", "post_acute_facility", "POL-141", 45, (("I69.351", "right-sided weakness after stroke"), ("I63.9", "stroke")), ("I69.35",), (7, 10, 14), "rehabilitation medicine", "61"),
    ("FAC-SNF", "post_acute_facility", "POL-142", 55, (("Z47.1", "aftercare after joint replacement"), ("I50.22", "chronic heart failure"), ("S72.001D", "healing hip fracture")), ("I50.2",), (7, 14, 20), "hospital medicine", "31"),
    ("G0299", "home_health", "POL-151", 60, (("L97.411", "ulcer of right heel"), ("I50.22", "chronic heart failure"), ("J44.9", "COPD")), ("I50.2", "L97"), (24, 36, 48), "family medicine", "12"),
    ("G0151", "home_health", "POL-151", 40, (("Z47.1", "aftercare after joint replacement"), ("I69.351", "right-sided weakness after stroke")), ("I69.35",), (18, 27, 36), "family medicine", "12"),
    ("THER-PT", "therapy_pt_ot_st", "POL-161", 75, (("M54.50", "low back pain"), ("M25.511", "right shoulder pain"), ("M75.121", "complete rotator cuff tear, right"), ("Z47.1", "aftercare after joint replacement")), ("M54.5", "M75.12"), (8, 12, 16, 20), "rehabilitation medicine", "11"),
    ("THER-OT", "therapy_pt_ot_st", "POL-161", 25, (("I69.351", "right-sided weakness after stroke"), ("M25.511", "right shoulder pain")), ("I69.35",), (8, 12, 16), "rehabilitation medicine", "11"),
    ("S9480", "behavioral_health", "POL-171", 65, (("F33.2", "severe recurrent depression"), ("F32.9", "depression"), ("F10.20", "alcohol dependence")), ("F33",), (12, 18, 24), "psychiatry", "22"),
    ("H0018", "behavioral_health", "POL-171", 35, (("F11.20", "opioid dependence"), ("F10.20", "alcohol dependence")), ("F11",), (14, 21, 28), "psychiatry", "55"),
    ("GEN-PANEL-BRCA", "genetic_lab", "POL-181", 100, (("Z80.3", "family history of breast cancer"), ("Z80.41", "family history of ovarian cancer")), ("Z80.4",), (1,), "oncology", "81", "F"),
    ("A0428", "other", "POL-191", 100, (("N18.6", "kidney failure on dialysis"), ("G82.20", "paraplegia")), ("G82.2", "N18"), (6, 12, 24), "family medicine", "41"),
]  # fmt: skip

# medical drugs: code, policy, weight, dx, parents, doses (dose, unit, administrations), specialty, months
_MED: list[tuple] = [
    ("J1745", "POL-201", 10, _IBD + _RA, ("K50", "M05.7"), ((350, "mg", 4), (400, "mg", 4), (500, "mg", 4), (425, "mg", 3)), "gastroenterology", 6),
    ("Q5103", "POL-201", 14, _IBD + _RA, ("K51", "M06.0"), ((300, "mg", 4), (450, "mg", 4), (380, "mg", 3)), "gastroenterology", 6),
    ("J2350", "POL-202", 10, _MS, ("G35",), ((600, "mg", 2),), "neurology", 12),
    ("J0897", "POL-203", 16, _OST, ("M81",), ((60, "mg", 2),), "endocrinology", 12),
    ("J2357", "POL-204", 10, (("J45.50", "severe persistent asthma"), ("J45.40", "moderate persistent asthma")), ("J45.5", "J45.9"), ((150, "mg", 6), (225, "mg", 6), (300, "mg", 6), (375, "mg", 6)), "pulmonology", 6),
    ("J9271", "POL-205", 10, (("C34.11", "right upper lobe lung cancer"), ("C43.9", "melanoma")), ("C34",), ((200, "mg", 4), (400, "mg", 2)), "oncology", 6),
    ("J0585", "POL-206", 12, _MIG, ("G43.7",), ((155, "unit", 4), (195, "unit", 4)), "neurology", 12),
    ("J1439", "POL-207", 10, (("D50.9", "iron-deficiency anemia"),), ("D50",), ((750, "mg", 2),), "hematology", 3),
    ("J2506", "POL-208", 6, (("D70.1", "low white cells after chemotherapy"), ("C83.30", "large B-cell lymphoma")), ("C83.3",), ((6, "mg", 4), (6, "mg", 6)), "oncology", 6),
    ("J0178", "POL-209", 8, (("H35.3211", "wet macular degeneration, right eye, active"),), ("H35.32", "H35.321"), ((2, "mg", 6), (2, "mg", 4)), "ophthalmology", 12),
    ("J7325", "POL-210", 6, _OA, ("M17.1",), ((48, "mg", 1),), "orthopedics", 6),
]  # fmt: skip

# pharmacy drugs: id, policy, weight, dx, parents, specialty
_RX: list[tuple] = [
    ("DRG-101", "POL-301", 22, _T2, ("E11", "E11.2"), "endocrinology"),
    ("DRG-102", "POL-302", 9, (("E66.811", "obesity, class 1"), ("E66.812", "obesity, class 2"), ("E66.813", "obesity, class 3")), ("E66.81",), "family medicine"),
    ("DRG-104", "POL-304", 7, _T2 + (("I50.22", "chronic heart failure"),), ("E11", "I50.2"), "family medicine"),
    ("DRG-108", "POL-308", 9, _RA + (("L40.0", "plaque psoriasis"), ("K50.90", "Crohn's disease")), ("M05.7", "M05"), "rheumatology"),
    ("DRG-109", "POL-309", 6, (("L40.0", "plaque psoriasis"), ("L40.52", "psoriatic arthritis")), ("L40.5",), "dermatology"),
    ("DRG-110", "POL-310", 7, (("L20.9", "atopic dermatitis"), ("L20.89", "other atopic dermatitis")), ("L20", "L20.8"), "dermatology"),
    ("DRG-112", "POL-312", 4, (("J45.50", "severe persistent asthma"),), ("J45.5",), "pulmonology"),
    ("DRG-113", "POL-313", 7, (("G43.709", "chronic migraine without aura"), ("G43.909", "migraine")), ("G43.7", "G43"), "neurology"),
    ("DRG-115", "POL-315", 7, _MIG, ("G43.7",), "neurology"),
    ("DRG-116", "POL-316", 6, (("I48.0", "atrial fibrillation, comes and goes"), ("I48.91", "atrial fibrillation")), ("I48",), "cardiology"),
    ("DRG-119", "POL-319", 5, (("E78.00", "high cholesterol"), ("I25.10", "coronary artery disease")), ("E78.01", "E78.0"), "cardiology"),
    ("DRG-121", "POL-321", 6, (("F33.1", "recurrent depression, moderate"), ("F33.2", "severe recurrent depression")), ("F33",), "psychiatry"),
    ("DRG-122", "POL-322", 2, (("B18.2", "chronic hepatitis C"),), ("B18",), "gastroenterology"),
    ("DRG-123", "POL-323", 3, (("C34.11", "right upper lobe lung cancer"),), ("C34",), "oncology"),
    ("DRG-124", "POL-324", 3, (("C50.411", "right breast cancer, upper outer quadrant"),), ("C50.9", "C50.41"), "oncology"),
    ("DRG-125", "POL-325", 3, _MS, ("G35",), "neurology"),
    ("DRG-126", "POL-326", 3, _OST, ("M81",), "endocrinology"),
]  # fmt: skip

#: Drugs whose use a plan excludes or does not list, with the diagnosis they are asked for.
EXCLUDED_RX: list[tuple[str, Dx, str]] = [
    ("DRG-102", ("E66.813", "obesity, class 3"), "family medicine"),
    ("DRG-128", ("L64.9", "hair loss"), "dermatology"),
    ("DRG-129", ("N52.9", "erectile dysfunction"), "family medicine"),
    ("DRG-130", ("R05.3", "chronic cough"), "family medicine"),
]


def _build() -> dict[str, list[Item]]:
    out: dict[str, list[Item]] = {}
    for code, category, pol, weight, dx, parents, units, spec, pos, *sex in _RAW:
        item = Item(
            code,
            "SERVICE" if code in SERVICES else "HCPCS",
            category,
            pol,
            weight,
            dx,
            _BAD,
            parents,
            units,
            (),
            spec,
            pos,
            sex[0] if sex else "",
        )
        out.setdefault(category, []).append(item)
    for code, pol, weight, dx, parents, doses, spec, months in _MED:
        item = Item(
            code, "HCPCS", "medical_benefit_drug", pol, weight, dx, _BAD, parents, (1,), doses, spec, "11", "", months
        )
        out.setdefault("medical_benefit_drug", []).append(item)
    for drug, pol, weight, dx, parents, spec in _RX:
        item = Item(
            drug,
            "DRUG",
            "pharmacy_drug",
            pol,
            weight,
            dx,
            _BAD,
            parents,
            (1,),
            (),
            spec,
            "12",
            "F" if drug == "DRG-124" else "",
            12,
        )
        out.setdefault("pharmacy_drug", []).append(item)
    return out


#: category -> items
ITEMS: dict[str, list[Item]] = _build()
#: code -> item (items that have a policy)
BY_CODE: dict[str, Item] = {i.code: i for items in ITEMS.values() for i in items}
POLICIES = build_policies()
#: policy id -> versions, oldest first
VERSIONS: dict[str, list[dict]] = {}
for _p in POLICIES:
    VERSIONS.setdefault(_p["policy_id"], []).append(_p)


def policy_on(policy_id: str, day: str) -> dict:
    """The version in force on a day (YYYY-MM-DD)."""
    for p in VERSIONS[policy_id]:
        if p["effective_from"] <= day and (p["effective_to"] is None or day <= p["effective_to"]):
            return p
    return VERSIONS[policy_id][0]


def partner(code: str) -> str | None:
    """Code that must be asked for together with `code`."""
    if code in SERVICES:
        return SERVICES[code][4]
    return HCPCS[code][5] if code in HCPCS else None


def units_for(code: str, dose: float) -> int:
    """Billing units of one dose: dose divided by the billing unit, rounded up."""
    exact = dose / HCPCS[code][2]
    return int(exact) if exact == int(exact) else int(exact) + 1


def describe(code: str) -> str:
    """Plain words for a code, label or drug id."""
    if code in DRUGS:
        d = DRUGS[code]
        return f"{d[0]} {d[5]:g} {d[6]}"
    return SERVICES[code][0] if code in SERVICES else HCPCS[code][0]
