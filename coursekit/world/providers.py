"""Clinicians, places, networks and access."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import payers as P
from .clock import day_of
from .draws import Picker
from .names import CITIES, FIRST_F, FIRST_M, LAST

if TYPE_CHECKING:
    from .catalog import Catalog

Rows = list[dict[str, Any]]


def npi(stem: int) -> str:
    """Ten digits: 9 (never issued first), eight digits of `stem`, Luhn check digit computed with 80840 in front."""
    body = f"9{stem:08d}"
    total = 24
    for i, ch in enumerate(reversed(body)):
        d = int(ch) * (2 if i % 2 == 0 else 1)
        total += d - 9 if d > 9 else d
    return body + str((10 - total % 10) % 10)


def phone(n: int) -> str:
    """A number from the range that is never given out."""
    return f"555-01{n % 100:02d}"


_PLACES = {
    "22": ("Juniper Valley Hospital Outpatient", "Cedar Hollow Hospital Outpatient"), "19": ("Juniper Valley Hospital East Campus",), "49": ("Lantern Weir Imaging Center",),
    "24": ("Copper Finch Surgery Center", "Fernhill Day Surgery"), "21": ("Juniper Valley Hospital", "Cedar Hollow Hospital"), "61": ("Oakenfold Rehabilitation Hospital",),
    "31": ("Saltmarsh Skilled Nursing", "Willow Bend Care Center"), "12": ("Quince Home Health", "Tallow Home Medical Supply"), "81": ("Starling Genetics Laboratory",),
    "41": ("Velvet Oak Ambulance",), "55": ("Harrow House Treatment Center",), "02": ("Juniper Valley Telehealth",),
}  # fmt: skip


SPECIALTIES = (
    "family medicine", "orthopedics", "neurology", "pulmonology", "oncology", "cardiology", "endocrinology", "wound care", "pain medicine", "ophthalmology",
    "hospital medicine", "general surgery", "rehabilitation medicine", "psychiatry", "gastroenterology", "rheumatology", "dermatology", "hematology",
)  # fmt: skip


def add_providers(cat: Catalog, draw: Picker) -> None:
    rows: Rows = []
    networks: Rows = []

    def add(name: str, kind: str, specialty: str, juniper: bool) -> str:
        n = npi(30_000_000 + 7_919 * len(rows) * 37 % 60_000_000)
        rows.append({"npi": n, "name": name, "kind": kind, "specialty": specialty, "juniper": juniper, "city": CITIES[len(rows) % len(CITIES)],
                     "phone": phone(3 * len(rows)), "fax": phone(3 * len(rows) + 1)})  # fmt: skip
        cat.specialty[n] = specialty
        return n

    def join(n: str, plan: str, start: str = "2024-01-01", end: str | None = None) -> None:
        networks.append(
            {"network_id": f"NET-{len(networks) + 1:04d}", "plan_id": plan, "npi": n, "start": start, "end": end}
        )

    used: set[str] = set()

    def person() -> str:
        while True:
            first, last = draw.one(FIRST_F + FIRST_M), draw.one(LAST)
            if last not in used:
                used.add(last)
                return f"{first} {last}, MD"

    for spec in SPECIALTIES:
        for _ in range(
            5
            if spec == "family medicine"
            else 3
            if spec in ("orthopedics", "neurology", "oncology", "endocrinology")
            else 2
        ):
            cat.clinicians.setdefault(spec, []).append(add(person(), "clinician", spec, True))
    for pos, names in _PLACES.items():
        for name in names:
            cat.places.setdefault(pos, []).append(
                add(name, "supplier" if "Supply" in name else "facility", name.split(" ", 2)[-1].lower(), False)
            )
    for name in ("Marrow Stile Pharmacy", "Pewter Gate Pharmacy", "Candle Moor Specialty Pharmacy"):
        cat.places.setdefault("pharmacy", []).append(
            add(name, "pharmacy", "specialty pharmacy" if "Specialty" in name else "retail pharmacy", False)
        )
    inside = [r["npi"] for r in rows]
    for spec in ("orthopedics", "neurology", "pain medicine", "dermatology"):
        cat.outside.append(add(person(), "clinician", spec, False))
    for name in (
        "Ravenscar Imaging",
        "Nighthollow Surgery Center",
        "Saffron Bend Hospital Outpatient",
        "Spindle Infusion Center",
    ):
        cat.outside.append(add(name, "facility", "facility", False))
    plans = [p for p in P.PLANS if p not in ("PLN-11", "PLN-12")]
    for k, n in enumerate(inside):
        for j, plan in enumerate(plans):
            if k % 17 == 5 and j % 6 == 2:
                end = ("2026-03-31", "2026-05-31", "2026-07-15")[k % 3]
                join(n, plan, end=end)
                cat.ended[plan, n] = day_of(end)
            else:
                join(n, plan)
    for k, n in enumerate(cat.outside):
        join(n, plans[(3 * k + 1) % len(plans)], start="2024-06-01", end=None)
        cat.outside_in.add((plans[(3 * k + 1) % len(plans)], n))
    cat.tables["providers"], cat.tables["networks"] = sorted(rows, key=lambda r: r["npi"]), networks
    cat.tables["access"] = []
    for plan in plans:
        for j, spec in enumerate(("rheumatology", "pain medicine", "dermatology", "neurology")):
            far = (int(plan[-2:]) + j) % 4 == 0
            cat.tables["access"].append({
                "access_id": f"ACC-{len(cat.tables['access']) + 1:03d}", "plan_id": plan, "specialty": spec,
                "nearest_miles": float(70 + 6 * j + int(plan[-2:])) if far else float(8 + 3 * j), "wait_days": 45 + 5 * j if (int(plan[-2:]) + 2 * j) % 5 == 0 else 12 + 2 * j,
                "standard_miles": 60, "standard_wait_days": 30,
            })  # fmt: skip
