"""What the stories of Module 2 say, in the terms of the rules: read by hand, and kept on the instructor's side."""

from __future__ import annotations

from typing import Any

_EMPTY = {"basis": None, "employer_size": None, "holder_birth_date": None, "start": None, "months": None}


def _cover(basis: str, size: int | None = None, **more: Any) -> dict[str, Any]:
    return _EMPTY | {"basis": basis, "employer_size": size} | more


#: desk_orders that a plan pays as drugs from a pharmacy.
PHARMACY = frozenset({"O02", "O04", "O12"})

#: two_covers: covers A and B, in the columns of the table `coverage` (months: of Medicare because of kidney failure).
TWO_COVERS = {
    "P1": (_cover("medicare_age"), _cover("employment", 1900)),
    "P2": (_cover("medicare_age"), _cover("spouse_employment", 19)),
    "P3": (_cover("medicare_disability"), _cover("spouse_employment", 112)),
    "P4": (_cover("employment", 85), _cover("medicare_disability")),
    "P5": (_cover("medicare_age"), _cover("retiree", 5000)),
    "P6": (_cover("employment", 9), _cover("medicare_kidney", months=14)),
    "P7": (
        _cover("parent_employment", holder_birth_date="1985-11-02", start="2021-01-01"),
        _cover("parent_employment", holder_birth_date="1990-11-02", start="2018-01-01"),
    ),
    "P8": (_cover("employment", 6), _cover("spouse_employment", 900)),
    "P9": (_cover("medicaid"), _cover("medicare_age")),
    "P10": (_cover("medicare_kidney", months=33), _cover("employment", 2000)),
}

#: drug_orders: who gives the drug, where, and where it comes from.
DRUG_ORDERS = {
    "D01": ("staff", "clinic", "shipped"),
    "D02": ("self", "clinic", "carried"),
    "D03": ("staff", "clinic", "stock"),
    "D04": ("self", "home", "carried"),
    "D05": ("home_nurse", "home", "stock"),
    "D06": ("staff", "clinic", "carried"),
    "D07": ("staff", "inpatient", "carried"),
    "D08": ("staff", "clinic", "stock"),
    "D09": ("staff", "clinic", "shipped"),
    "D10": ("home_nurse", "home", "stock"),
}

#: doors: the covers that pay for such a thing, and its category, or for a drug how it is given.
DOORS: dict[str, tuple[list[dict[str, Any]], str | tuple[str, str, str]]] = {
    "T1": ([_cover("medicare_age", plan_id="PLN-07")], "advanced_imaging"),
    "T2": ([_cover("employment", plan_id="PLN-02")], ("staff", "clinic", "stock")),
    "T3": (
        [_cover("medicare_age", plan_id="PLN-06"), _cover("employment", 31, plan_id="PLN-04")],
        ("staff", "clinic", "shipped"),
    ),
    "T4": ([_cover("medicare_age", plan_id="PLN-11")], "dme"),
    "T5": ([_cover("medicare_age", plan_id="PLN-12")], ("self", "home", "carried")),
    "T6": ([_cover("medicaid", plan_id="PLN-09"), _cover("employment", 6, plan_id="PLN-04")], "advanced_imaging"),
    "T7": ([_cover("medicare_age", plan_id="PLN-05")], "dme"),
    "T8": (
        [_cover("retiree", 700, plan_id="PLN-03"), _cover("medicare_age", plan_id="PLN-06")],
        ("staff", "clinic", "carried"),
    ),
}
