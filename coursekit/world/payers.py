"""Payers and plans of the world, as plain data."""

from __future__ import annotations

_MED = "x12_278;payer_portal;fax;phone;mail_or_email;fhir_pas"
_VENDOR = "x12_278;payer_portal;fax;phone;fhir_pas"
_PBM = "epa_script;fax;phone;web_form"
_MAC = "x12_278;payer_portal;fax;mail_or_email"

# id: name, kind, channels, peer-to-peer window
PAYERS: dict[str, tuple[str, str, str, str | None]] = {
    "PAY-01": ("Bluestem Health Plan", "insurer", _MED, "14 calendar days after the denial"),
    "PAY-02": ("Larkmead Health", "insurer", _MED, "10 calendar days after the denial"),
    "PAY-03": ("Birchfield Plan", "insurer", _MED, "7 calendar days after the denial"),
    "PAY-04": ("Harbor Advantage", "insurer", _MED, "before the notice is sent; after it, appeal"),
    "PAY-05": ("Cedar Valley Community Care", "insurer", _MED, "14 calendar days after the denial"),
    "PAY-06": ("Northgate Pharmacy Benefits", "pbm", _PBM, "5 business days after the denial"),
    "PAY-07": ("Tallgrass Rx", "pbm", _PBM, "7 calendar days after the denial"),
    "PAY-08": ("Summit Radiology Review", "delegated_vendor", _VENDOR, "7 calendar days after the denial"),
    "PAY-09": ("Fernhill Medicare Contractor", "government_contractor", _MAC, None),
    "PAY-10": ("Pinehurst Equipment Contractor", "government_contractor", _MAC, None),
    "PAY-11": ("Eastmoor Rx Medicare", "insurer", _PBM, None),
    "PAY-12": ("Juniper County Employees Plan", "insurer", _MED, "14 calendar days after the denial"),
}

# id: payer, name, line, product, funding, drug rules, pbm, imaging vendor, referral, oon, deductible, coinsurance, maximum,
#     (bin, pcn, group), share within the line, payer effect on denials
PLANS: dict[str, tuple] = {
    "PLN-01": ("PAY-01", "Bluestem Choice PPO", "commercial", "PPO", "insured", "employer", "PAY-07", None, False, True, 1500, 0.20, 6500, ("012345", "BSTM", "BSCHOICE"), 0.30, 0.85),
    "PLN-02": ("PAY-01", "Bluestem Select HMO", "commercial", "HMO", "insured", "employer", "PAY-07", "PAY-08", True, False, 750, 0.10, 5000, ("012345", "BSTM", "BSSELECT"), 0.22, 1.25),
    "PLN-03": ("PAY-02", "Larkmead Employer PPO", "commercial", "PPO", "self_funded", "employer", "PAY-06", None, False, True, 2000, 0.20, 7000, ("009876", "NGPB", "LKEMP"), 0.30, 1.0),
    "PLN-04": ("PAY-03", "Birchfield EPO", "commercial", "EPO", "insured", "employer", "PAY-06", None, False, False, 3000, 0.30, 8000, ("009876", "NGPB", "BFEPO"), 0.18, 1.3),
    "PLN-05": ("PAY-04", "Harbor Advantage HMO", "medicare_advantage", "HMO", "public", "part_d", "PAY-06", "PAY-08", True, False, 0, 0.20, 5900, ("009876", "HARBD", "HARBOR"), 0.45, 1.2),
    "PLN-06": ("PAY-01", "Bluestem Medicare PPO", "medicare_advantage", "PPO", "public", "part_d", "PAY-07", None, False, True, 250, 0.20, 6700, ("012345", "BSTMD", "BSMED"), 0.30, 0.8),
    "PLN-07": ("PAY-02", "Larkmead Senior POS", "medicare_advantage", "POS", "public", "part_d", "PAY-06", "PAY-08", True, True, 150, 0.15, 6300, ("009876", "LKSRD", "LKSNR"), 0.25, 0.9),
    "PLN-08": ("PAY-05", "Cedar Valley Medicaid", "medicaid_managed", "MCO", "public", "medicaid", "PAY-07", None, True, False, 0, 0.0, 0, ("012345", "CVMCD", "CVCC"), 0.6, 1.1),
    "PLN-09": ("PAY-01", "Bluestem Family Medicaid", "medicaid_managed", "MCO", "public", "medicaid", "PAY-07", None, False, False, 0, 0.0, 0, ("012345", "BSMCD", "BSFAM"), 0.4, 0.85),
    "PLN-10": ("PAY-03", "Birchfield Marketplace Silver HMO", "marketplace_qhp", "HMO", "insured", "qhp", "PAY-06", "PAY-08", True, False, 4500, 0.30, 9100, ("009876", "NGPB", "BFSLV"), 0.6, 1.1),
    "PLN-11": ("PAY-09", "Original Medicare", "traditional_medicare", "FFS", "public", "none", None, None, False, True, 283, 0.20, 0, (None, None, None), 0.0, 1.0),
    "PLN-12": ("PAY-11", "Eastmoor Rx Medicare Plus", "traditional_medicare", "PDP", "public", "part_d", "PAY-06", None, False, False, 615, 0.25, 2100, ("009876", "EASTD", "EMPDP"), 0.0, 1.0),
    "PLN-13": ("PAY-12", "Juniper County Employees PPO", "other", "PPO", "self_funded", "employer", "PAY-06", None, False, True, 1000, 0.15, 4500, ("009876", "NGPB", "JCEP"), 1.0, 1.0),
    "PLN-14": ("PAY-02", "Larkmead Marketplace Bronze EPO", "marketplace_qhp", "EPO", "insured", "qhp", "PAY-06", None, False, False, 7200, 0.40, 9100, ("009876", "NGPB", "LKBRZ"), 0.4, 0.9),
}  # fmt: skip

#: What Original Medicare wants prior authorization for in this world.
FFS_PA = {"SURG-FACET-INJ", "SURG-SCS-TRIAL", "SURG-BLEPH", "K0856", "K0823", "E0277"}
#: Plan and code pairs that need no authorization all year, and pairs whose rule changed: (plan, code): (last day of old rule, old, new)
NO_PA = {
    ("PLN-01", "IMG-MRI-KNEE"), ("PLN-01", "L1851"), ("PLN-01", "THER-PT"), ("PLN-03", "SURG-ACL"), ("PLN-03", "E1390"), ("PLN-03", "J1439"), ("PLN-04", "L1851"),
    ("PLN-06", "IMG-CT-CHEST"), ("PLN-06", "E1390"), ("PLN-06", "DRG-116"), ("PLN-07", "THER-OT"), ("PLN-08", "L1851"), ("PLN-09", "IMG-CT-CHEST"),
    ("PLN-09", "DRG-104"), ("PLN-13", "IMG-MRI-KNEE"), ("PLN-13", "G0151"), ("PLN-14", "J1439"), ("PLN-05", "J1439"), ("PLN-10", "E1390"), ("PLN-02", "DRG-116"),
}  # fmt: skip
CHANGED = {
    ("PLN-01", "IMG-NUC-STRESS"): ("2026-06-30", "pa", "none"), ("PLN-02", "SURG-ACL"): ("2026-03-31", "none", "pa"), ("PLN-03", "IMG-CT-CHEST"): ("2026-04-30", "none", "pa"),
    ("PLN-05", "THER-PT"): ("2026-05-31", "pa", "none"), ("PLN-06", "SURG-FACET-INJ"): ("2026-02-28", "none", "pa"), ("PLN-08", "E1390"): ("2026-06-30", "pa", "none"),
    ("PLN-04", "DRG-104"): ("2026-06-30", "none", "pa"), ("PLN-05", "DRG-116"): ("2026-03-31", "pa", "none"), ("PLN-09", "G0151"): ("2026-07-31", "pa", "none"),
    ("PLN-13", "IMG-CT-CHEST"): ("2026-05-31", "pa", "none"), ("PLN-10", "IMG-MRI-KNEE"): ("2026-04-30", "none", "pa"), ("PLN-03", "J0897"): ("2026-06-30", "none", "pa"),
}  # fmt: skip
#: Plans that only want to be told of a medical admission.
NOTIFY_ADMISSION = {"PLN-03", "PLN-06", "PLN-13"}
#: Settings that need nothing though the code is listed: (plan, code): places of service
EXEMPT_POS = {
    ("PLN-01", "SURG-FACET-INJ"): "24",
    ("PLN-04", "IMG-CT-CHEST"): "11",
    ("PLN-11", "SURG-FACET-INJ"): "11;24",
    ("PLN-11", "SURG-BLEPH"): "11;24",
    ("PLN-07", "G0299"): "11",
    ("PLN-03", "IMG-MRI-KNEE"): "11",
    ("PLN-06", "IMG-MRI-BRAIN"): "11",
    ("PLN-08", "IMG-MRI-CSPINE"): "11",
    ("PLN-03", "SURG-TKA"): "24",
    ("PLN-02", "SURG-TKA"): "24",
    ("PLN-09", "J1745"): "12",
    ("PLN-13", "J0897"): "12",
    ("PLN-06", "Q5103"): "12;49",
    ("PLN-07", "J9271"): "49",
}
#: Drugs off the formulary of a plan (not excluded): an exception is the way.
OFF_FORMULARY = {
    "DRG-109": ("PLN-02", "PLN-04", "PLN-05", "PLN-08", "PLN-10"), "DRG-115": ("PLN-08", "PLN-09", "PLN-14"), "DRG-126": ("PLN-05", "PLN-07", "PLN-12", "PLN-14"),
    "DRG-121": ("PLN-03", "PLN-12"), "DRG-101": ("PLN-14",), "DRG-119": ("PLN-09", "PLN-10"), "DRG-112": ("PLN-04",),
}  # fmt: skip
#: Plans that cover the weight-loss drug.
COVERS_WEIGHT_LOSS = {"PLN-01", "PLN-03", "PLN-13"}
