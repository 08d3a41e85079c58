"""Module 5: codes, units, package numbers and provider numbers."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from fractions import Fraction

from coursekit.exam.records import Records, table
from coursekit.exam.templates import Draft, template
from priorauth import codes, ndc, npi, units

_WORDS = {
    "billable": ("It can be sent as it is", "Look it up: something is missing, or it does not exist."),
    "parent": ("It is a parent; a code below it is needed", "It is complete, or it lacks something else."),
    "seventh missing": ("It lacks its seventh character", "No seventh character belongs to it, or it is there."),
    "no such code": ("The list has no such code", "The code is in the list."),
}


def _diagnoses(w: Records) -> Iterator[str]:
    seen: set[str] = set()
    for row in w.rows("request_lines"):
        for code in (row["icd10"], row["icd10"][:-1].rstrip("."), row["icd10"] + "0"):
            if len(code) >= 3 and code not in seen:
                seen.add(code)
                yield code


@template(
    "t05a", "May this code be sent?", "5.1", "M05.2", "single", _diagnoses, tasks=(8,), errors=("E9",), minutes=1.5
)
def may_be_sent(w: Records, record: str) -> Draft | None:
    found = codes.status(record)
    if found.kind not in _WORDS or (found.kind == "billable" and hash_of(record) % 3):
        return None
    around = _around(record)
    if not around:
        return None
    return Draft(
        f"A request carries the diagnosis code `{record}`. This stands in the ICD-10-CM list around it:\n\n{around}\n\nWhat holds?",
        _WORDS[found.kind][0], [v for k, v in _WORDS.items() if k != found.kind], f"Right. {found.sentence[:180]}",
    )  # fmt: skip


def _around(code: str) -> str:
    """The part of the list in which a code stands, or would stand: the entries above it and beside it."""
    base = code
    while len(base) > 3 and codes.find(base) is None:
        base = base[:-1].rstrip(".")
    entry = codes.find(base)
    if entry is None:
        return ""
    above = [e for e in codes.path(entry.code) if e.kind in ("category", "code")]
    beside = [c for e in above for c in (codes.find(x) for x in e.children) if c is not None]
    rows = {e.code: e.title for e in [*above, *beside]}
    if len(rows) > 14:
        return ""
    sevenths = [f"Seventh character for {e.code}: {', '.join(e.sevenths)}." for e in above if e.sevenths]
    return "\n\n".join([table(sorted(rows.items()), "Code", "Title"), *sevenths[-1:]])


def hash_of(text: str) -> int:
    """A number that is the same on every computer."""
    return random.Random(text).randrange(1000)


def _doses(w: Records) -> Iterator[str]:
    for row in w.rows("request_lines"):
        if row["code_system"] == "HCPCS" and row["dose"]:
            code = w.one("hcpcs", "code", row["code"])
            if float(code["unit_quantity"]) > 0 and code["unit_measure"] == row["dose_unit"]:
                yield row["line_id"]


@template("t05b", "From dose to units", "5.5", "M05.3", "numeric", _doses, tasks=(9,), errors=("E12",))
def to_units(w: Records, record: str) -> Draft | None:
    row = w.one("request_lines", "line_id", record)
    code, dose = w.one("hcpcs", "code", row["code"]), Fraction(row["dose"])
    unit = Fraction(code["unit_quantity"])
    right = units.for_dose(row["dose"], code["unit_quantity"])
    if right < 2 or unit == 1:
        return None
    visits = 2 + hash_of(record) % 3
    total = units.for_order(row["dose"], code["unit_quantity"], visits)
    wrong = [
        (right, "You counted one visit. The order covers more."),
        (float(dose) * visits, f"You counted {code['unit_measure']}. One unit is more than that."),
        (math.floor(dose * unit) * visits, "You multiplied dose and unit. How many units fit into the dose?"),
        (total + visits, "You rounded up once too often."),
        (float(dose), "You wrote the dose of one visit instead of units."),
        (max(1, math.floor(dose / unit) - 1) * visits, "You rounded down."),
    ]  # fmt: skip
    return Draft(
        f"The order: {row['dose']} {row['dose_unit']} of {code['label']} at each of {visits} visits. One billing unit of {row['code']} is {code['unit_quantity']} {code['unit_measure']}.\n\n"
        "How many units does the request need for all visits?",
        total, wrong, explain=f"{right} units a visit, rounded up for each visit, times {visits}.", compare={"unit": "units"},
    )  # fmt: skip


@template(
    "t05c",
    "Eleven digits",
    "5.6",
    "M05.4",
    "single",
    lambda w: [r["drug_id"] for r in w.rows("drugs")],
    tasks=(9,),
    errors=("E8",),
)
def eleven(w: Records, record: str) -> Draft | None:
    text = w.one("drugs", "drug_id", record)["ndc"]
    right = ndc.to_eleven(text).eleven
    parts = text.split("-")
    if len(right) != 11 or len(parts) != 3:
        return None
    bare = "".join(parts)
    wrong = [
        ("0" + bare, "The zero goes in front of the part that is too short, not in front of the whole number."),
        (bare + "0", "A zero at the end makes another package of it."),
        (parts[0] + "0" + parts[1] + parts[2], "The part in the middle is not the short one, or the zero stands in the wrong place."),
        (parts[0] + parts[1] + "0" + parts[2], "The last part is not the short one."),
        (parts[0] + parts[1] + parts[2] + "0", "A zero never goes to the end."),
    ]  # fmt: skip
    return Draft(
        f"A box carries the package number `{text}`. Which eleven digits go on the request?",
        right, wrong, "Right. The parts become five, four and two digits long, with a zero in front of the short one.",
    )  # fmt: skip


@template(
    "t05d",
    "Which number can be right?",
    "5.6",
    "M05.4",
    "single",
    lambda w: [r["npi"] for r in w.rows("providers")],
    tasks=(6,),
    errors=("E8",),
    minutes=3,
)
def check_digit(w: Records, record: str) -> Draft | None:
    dice = random.Random(f"npi {record}")
    body = record[:9]

    def spoiled(kind: int) -> str:
        digits = list(body)
        place = dice.randrange(2, 7)
        if kind == 0 and digits[place] != digits[place + 1]:
            digits[place], digits[place + 1] = digits[place + 1], digits[place]
        elif kind == 1:
            digits[place] = str((int(digits[place]) + 3) % 10)
        else:
            return body + str((int(record[9]) + 1 + kind) % 10)
        return "".join(digits) + record[9]

    wrong = [(spoiled(k), "The check digit does not fit the nine digits before it.") for k in (0, 1, 2, 4, 1, 2)]
    wrong = [(v, y) for v, y in wrong if not npi.judge(v).verdict == "passes"]
    if npi.judge(record).verdict != "passes":
        return None
    return Draft(
        "Four spellings of a provider's number arrived by fax. One of them agrees with its check digit. Which one? "
        "(Double every second digit from the right end of the first nine, beginning with the ninth; add the digits and 24.)",
        record, wrong, "Right. The sum with 24 and the check digit ends in 0.",
    )  # fmt: skip


def _vials(w: Records) -> Iterator[str]:
    for line in _doses(w):
        row = w.one("request_lines", "line_id", line)
        if w.one("hcpcs", "code", row["code"])["vial_size"]:
            yield line


@template("t05e", "Thrown away", "5.5", "M05.3", "numeric", _vials, tasks=(9,), errors=("E12",))
def waste(w: Records, record: str) -> Draft | None:
    row = w.one("request_lines", "line_id", record)
    code, dose = w.one("hcpcs", "code", row["code"]), Fraction(row["dose"])
    unit, vial = Fraction(code["unit_quantity"]), Fraction(code["vial_size"])
    plan = units.plan(row["dose"], code["unit_quantity"], [code["vial_size"]])
    right, vials = plan.thrown_away, math.ceil(dose / vial)
    if right < 1:
        return None
    given, opened = units.for_dose(dose, unit), int(vials * vial / unit)
    wrong = [
        (given, "Those are the units that the patient gets."),
        (opened, "Those are the units in all opened vials."),
        (float(vials * vial - dose), f"You counted {code['unit_measure']} instead of units."),
        (0, "Something is left in a vial that may be used only once."),
        (float(vial / unit), "You threw away a whole vial."),
        (vials, "You counted vials."),
    ]
    return Draft(
        f"{row['dose']} {row['dose_unit']} of {code['label']} are given. It comes in single-dose vials of {code['vial_size']} {code['unit_measure']}; one unit of {row['code']} is {code['unit_quantity']} {code['unit_measure']}.\n\n"
        "How many units are thrown away?",
        right, wrong, explain=f"{vials} vials hold {opened} units, and {given} are given.", compare={"unit": "units"},
    )  # fmt: skip


def _lists(w: Records) -> Iterator[str]:
    for row in w.rows("drugs"):
        if ";" in row["label_icd10"]:
            yield from (f"{row['drug_id']} {n}" for n in range(3))


@template("t05f", "On the list?", "5.3", "M05.5", "single", _lists, tasks=(8,), errors=("E9", "E10"))
def on_the_list(w: Records, record: str) -> Draft | None:
    name, number = record.split()
    starts = w.one("drugs", "drug_id", name)["label_icd10"].split(";")
    pool = sorted({r["icd10"] for r in w.rows("request_lines") if codes.status(r["icd10"]).billable})
    random.Random(record).shuffle(pool)
    inside = [c for c in pool if any(c.startswith(s) for s in starts)]
    near = [c for c in pool if c not in inside and any(c[:2] == s[:2] for s in starts)]
    far = [c for c in pool if c not in inside and c not in near]
    if not inside:
        return None
    wrong = [(c, "It is close to the list, and none of the beginnings fits.") for c in near[:2]]
    wrong += [(c, "None of the beginnings fits.") for c in far[:3]]
    return Draft(
        f"A policy accepts these beginnings of diagnosis codes: {', '.join(f'`{s}`' for s in starts)}. A code counts if it begins with one of them.\n\n"
        f"Four requests for {w.one('drugs', 'drug_id', name)['brand_name']} arrive, each with another diagnosis. Which code is supported by the list?",
        inside[int(number) % len(inside)], wrong, "Right. It begins with one of the entries.",
    )  # fmt: skip
