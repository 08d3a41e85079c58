"""Which benefit pays for a drug, which rule of a plan's list is in force, and who takes the request.

Plain functions over plain rows of `plans`, `pa_list` and `payers`. The rules B1 to B6 are those of the invented plans;
real plans differ in the details, and their documents decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from priorauth.coverage import _text, day_of, holds

Row = Mapping[str, Any]

MEDICAL, PHARMACY = "medical", "pharmacy"

#: Rule -> what happens, the benefit that pays for the drug, and why.
BENEFITS: dict[str, tuple[str, str, str]] = {
    "B1": ("The patient is an inpatient when she gets the drug.", MEDICAL, "The drug is part of the stay, so it has no request of its own."),
    "B2": ("The clinic or hospital takes the drug from its own stock, and its staff give it.", MEDICAL, "This is buy-and-bill: the one who bought the drug bills it, together with giving it."),
    "B3": ("A pharmacy sends the drug to the clinic for this one patient, and staff give it.", PHARMACY, "This is white bagging: the pharmacy bills the drug, and the clinic bills only for giving it."),
    "B4": ("The patient gets the drug from a pharmacy and carries it to the clinic, where staff give it.", PHARMACY, "This is brown bagging: the pharmacy bills the drug, and the clinic bills only for giving it."),
    "B5": ("The patient, or someone at home without a license, gives a drug that came from a pharmacy.", PHARMACY, "The pharmacy bills the drug, and nobody bills for giving it. A lesson in the clinic changes nothing."),
    "B6": ("A home infusion company brings the drug, and its nurse gives it at home.", MEDICAL, "Drug and nurse are one service at home, billed by the company."),
}  # fmt: skip

#: What the tool offers: key -> words.
GIVERS = {"self": "the patient, or someone at home", "staff": "staff of a clinic or hospital", "home_nurse": "a nurse of a home infusion company"}  # fmt: skip
PLACES = {"home": "at home", "clinic": "in a clinic or a hospital's outpatient department", "inpatient": "in a hospital bed, as an inpatient"}  # fmt: skip
SOURCES = {"stock": "bought by the clinic, hospital or home company", "shipped": "sent by a pharmacy to the clinic, for this patient", "carried": "taken from a pharmacy by the patient"}  # fmt: skip


def benefit_rule(giver: str, place: str, source: str) -> str:
    """The rule B1 to B6 for who gives the drug, where, and where it comes from (keys of GIVERS, PLACES, SOURCES).

    ValueError for a combination that does not occur, such as a drug sent to the clinic that is given at home.
    """
    for value, known in ((giver, GIVERS), (place, PLACES), (source, SOURCES)):
        if value not in known:
            raise ValueError(f"There is no choice {value!r}; choices are {', '.join(known)}.")
    if place == "inpatient":
        return "B1"
    if place == "home":
        if giver == "home_nurse" and source == "stock":
            return "B6"
        if giver == "self" and source == "carried":
            return "B5"
    elif giver == "staff":
        return {"stock": "B2", "shipped": "B3", "carried": "B4"}[source]
    elif giver == "self" and source == "carried":
        return "B5"  # the patient's own pen, used in the clinic to learn it
    raise ValueError(
        f"This does not fit together: {GIVERS[giver]}, {PLACES[place]}, {SOURCES[source]}. Ask the clinic how it is planned."
    )


def benefit_of(rule: str) -> str:
    """`medical` or `pharmacy` for a rule B1 to B6."""
    return BENEFITS[rule][1]


def destination(plan: Row, category: str, benefit: str) -> str:
    """Payer id of the one who takes a request: PBM, imaging vendor, equipment contractor, or the payer itself.

    `plan` is a row of `plans`, `category` one of the table `requests`. ValueError if the plan has no pharmacy benefit.
    """
    if benefit == PHARMACY:
        if not _text(plan["pbm_id"]):
            raise ValueError(f"{plan['name']} does not pay for drugs from a pharmacy. Look for a Part D plan.")
        return _text(plan["pbm_id"])
    if _text(plan["drug_rules"]) == "part_d" and _text(plan["product"]) == "PDP":
        raise ValueError(f"{plan['name']} pays for drugs from a pharmacy only.")
    if category == "advanced_imaging" and _text(plan["imaging_vendor_id"]):
        return _text(plan["imaging_vendor_id"])
    if _text(plan["product"]) == "FFS" and category == "dme":
        return "PAY-10"
    return _text(plan["payer_id"])


def rule_for(pa_list: Iterable[Row], plan_id: str, code: str, day: Any) -> Row | None:
    """The row of `pa_list` for plan and code that is in force on a day, or None if the code is not on the list."""
    mine = [r for r in pa_list if r["plan_id"] == plan_id and r["code"] == code]
    return next((r for r in mine if holds(r, day, "effective_from", "effective_to")), None)


def wanted(rule: Row, pos: Any) -> str:
    """What the plan wants by a row of its list at a place of service: `none` where the place is exempt."""
    return "none" if _text(pos) and _text(pos) in _text(rule["exempt_pos"]).split(";") else _text(rule["requirement"])


@dataclass(frozen=True)
class Move:
    """A visit that was moved: first and new day (text) and place of service code."""

    first_day: str
    first_place: str
    new_day: str
    new_place: str


#: The scheduler's swap of places: from an office or imaging center into the hospital's outpatient department, and back.
SWAP = {"11": "22", "49": "22", "24": "22", "22": "11"}


def moved(service_date: Any, pos: Any, weeks: int = 9) -> Move:
    """The visit some weeks later and in the other place (SWAP); other places stay as they are."""
    from datetime import date, timedelta

    first = date.fromisoformat(day_of(service_date))
    place = _text(pos)
    return Move(first.isoformat(), place, (first + timedelta(weeks=weeks)).isoformat(), SWAP.get(place, place))


#: PA wanted before the move, PA wanted after it -> the word for the change.
CHANGES = {
    (False, True): "now needed",
    (True, False): "no longer needed",
    (True, True): "needed as before",
    (False, False): "not needed as before",
}


def change(before: str, after: str) -> str:
    """What a move does to the need for PA; `before` and `after` are requirements such as `pa` and `none`."""
    return CHANGES[before == "pa", after == "pa"]
