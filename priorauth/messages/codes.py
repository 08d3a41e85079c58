"""Codes of the messages and what they stand for in the tables. Labels are the course's own words.

The full X12 and NCPDP lists are licensed; only the few values that the records need are here.
"""

from __future__ import annotations

import re

from .base import MessageError

#: UM01, what kind of review is asked for.
REVIEWS = {"AR": "admission", "HS": "health service", "SC": "visit to a specialist"}
#: Kind of request in the tables -> (UM01 or None for "by category", UM02). Only these fit into one 278 without loss.
REQUEST_TYPES = {
    "initial": ("", "I"),
    "renewal": ("", "R"),
    "extension": ("HS", "4"),
    "concurrent": ("AR", "4"),
    "referral": ("SC", "I"),
}
ADMISSIONS = ("inpatient_admission", "post_acute_facility")
#: Category in the tables -> UM03, the service type (the same list as in the 270 and 271).
SERVICE_TYPES = {
    "advanced_imaging": "4",
    "dme": "12",
    "outpatient_procedure": "2",
    "inpatient_admission": "48",
    "medical_benefit_drug": "1",
    "pharmacy_drug": "88",
    "therapy_pt_ot_st": "AE",
    "post_acute_facility": "AG",
    "home_health": "42",
    "behavioral_health": "MH",
    "genetic_lab": "5",
    "other": "56",
}
#: A visit to a specialist (a referral) has its own service type; in the tables its category is "other".
CONSULTATION = "3"
#: Product -> EB04, the kind of insurance in the 271.
PRODUCTS = {"HMO": "HM", "PPO": "PR", "EPO": "EP", "POS": "PS", "MCO": "MC", "FFS": "MB", "PDP": "OT"}
#: Kind of attachment -> PWK01. A cover sheet and the form itself are not announced.
PAPERWORK = {
    "order": "B3",
    "note": "PY",
    "labs": "LA",
    "imaging_report": "DG",
    "therapy_record": "PN",
    "fill_history": "D2",
    "letter": "77",
    "whole_chart": "M1",
    "other_member_document": "M1",
}
PAPERWORK_WORDS = {
    "B3": "the clinician's order",
    "PY": "a clinician's note",
    "LA": "laboratory results",
    "DG": "a report of a test",
    "PN": "therapy notes",
    "D2": "the history of the patient's drugs",
    "77": "a supporting letter",
    "M1": "pages of the medical record",
}
#: Channel -> PWK02, how the paperwork travels.
TRAVELS = {
    "x12_278": "EL",
    "fhir_pas": "EL",
    "epa_script": "EL",
    "payer_portal": "EL",
    "web_form": "EL",
    "fax": "FX",
    "phone": "VO",
    "mail_or_email": "BM",
}
TRAVEL_WORDS = {
    "EL": "electronically",
    "FX": "by fax",
    "VO": "by voice",
    "BM": "by mail",
    "EM": "by e-mail",
    "FT": "by file transfer",
    "AA": "on request",
}
#: Kind of code in a service line -> qualifier in SV101. ZZ: agreed between the two parties, for invented labels.
CODE_QUALIFIERS = {"HCPCS": "HC", "SERVICE": "ZZ", "DRUG": "N4"}
#: AAA03, why a message could not be processed (a few).
NOT_PROCESSED = {
    "15": "required data is missing",
    "42": "the payer cannot answer now",
    "43": "the provider's number is missing or wrong",
    "52": "the service dates lie outside the plan's cover",
    "57": "the service dates are missing or wrong",
    "64": "the patient's number is missing or wrong",
    "67": "the patient was not found",
    "71": "the birth date does not match",
    "72": "the member number is missing or wrong",
    "75": "the member was not found",
    "95": "the patient is not eligible",
    "T5": "data about the authorization is missing",
}
#: AAA04, what to do next.
NEXT_STEP = {
    "C": "correct it and send it again",
    "N": "do not send it again",
    "P": "send the original again",
    "R": "you may send it again",
    "Y": "do not send it again; an answer will follow",
}


def code_of(table: dict[str, str], key: str, what: str) -> str:
    """The message's code for a value of the tables; MessageError if the message has none."""
    if key not in table:
        raise MessageError(f"{what} {key!r} has no code in this message: use another form for it.")
    return table[key]


def value_of(table: dict[str, str], code: str, where: str) -> str:
    """The table's value for a code; MessageError that lists what is allowed."""
    for value, known in table.items():
        if known == code:
            return value
    raise MessageError(
        f"{where} holds the unknown code {code!r}: use one of {', '.join(dict.fromkeys(table.values()))}."
    )


def service_type(request: dict) -> str:
    """UM03, EQ01 and EB03 for a row of `requests`."""
    return (
        CONSULTATION
        if request["request_type"] == "referral"
        else code_of(SERVICE_TYPES, request["category"], "The category")
    )


def category_of(code: str, where: str) -> str:
    """The category for a service type."""
    return "other" if code == CONSULTATION else value_of(SERVICE_TYPES, code, where)


def known(table: dict[str, str], code: str, where: str) -> str:
    """The code itself, if the table explains it."""
    if code not in table:
        raise MessageError(f"{where} holds the unknown code {code!r}: use one of {', '.join(table)}.")
    return code


def ndc11(ndc: str) -> str:
    """Ten digits with hyphens -> eleven digits without (5-4-2, padded with a zero on the short part).

    Raises MessageError if the hyphens do not show which part is short.
    """
    parts = ndc.split("-")
    shapes = {(4, 4, 2), (5, 3, 2), (5, 4, 1), (5, 4, 2)}
    if tuple(map(len, parts)) not in shapes or not all(p.isascii() and p.isdigit() for p in parts):
        raise MessageError(
            f"The package number {ndc!r} cannot be padded to eleven digits: write it with hyphens, such as 0002-7597-01."
        )
    return parts[0].zfill(5) + parts[1].zfill(4) + parts[2].zfill(2)


def without_point(icd10: str) -> str:
    """M54.50 -> M5450: X12 carries diagnosis codes without the point."""
    return icd10.replace(".", "")


def with_point(code: str) -> str:
    """M5450 -> M54.50: the point stands after the third character."""
    return code if len(code) <= 3 else f"{code[:3]}.{code[3:]}"


def phone_digits(phone: str | None) -> str:
    """555-0123 -> 5550123."""
    return re.sub(r"\D", "", phone or "")


def phone_back(digits: str) -> str | None:
    """5550123 -> 555-0123; ten digits become 702-555-0123."""
    if not digits:
        return None
    return "-".join(p for p in (digits[:-7], digits[-7:-4], digits[-4:]) if p)
