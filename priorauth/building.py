"""Building one request: what is still wrong with it, and the same request as a form, an X12 278 and a FHIR bundle.

A `Draft` is what stands in the fields of the request builder. `gaps` judges it, `record` turns it into the rows from which
`priorauth.messages` writes, `crosswalk` shows where each statement stands in each of the three, and `disagreements`
reads both messages back and compares them with the form.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from priorauth import days
from priorauth.messages import fhir, fhir_read, review
from priorauth.messages.base import MessageError
from priorauth.messages.record import first, rows

FILE = Path(__file__).parent / "requests_to_build.yaml"
NOW = "2026-09-30 08:00"
CHANNELS = {
    "x12_278": "X12 278, computer to computer",
    "fhir_pas": "FHIR PAS, computer to computer",
    "payer_portal": "payer's portal",
    "fax": "fax",
    "phone": "phone",
    "epa_script": "electronic PA for pharmacy drugs",
}
FORMS = {
    "x12_278": "the 278 itself",
    "fhir_pas": "the FHIR bundle itself",
    "portal_entry": "the portal's page",
    "phone_script": "the phone script",
    "service_form": "form for services",
    "drug_form": "form for pharmacy drugs",
    "appeal_form": "form for appeals",
}
#: Channel -> the form that goes with it for a service; fax alone leaves a choice.
FORM_OF = {"x12_278": "x12_278", "fhir_pas": "fhir_pas", "payer_portal": "portal_entry", "fax": "service_form", "phone": "phone_script"}  # fmt: skip
DESK = ("Dana R.", "555-0161")
#: What a statement is called, how its segment of the 278 begins (empty: with the number), where it stands in the bundle.
_WHERE = (
    ("To", "NM1*X3", "Organization.name of Claim.insurer"),
    ("From", "NM1*1P", "Practitioner of Claim.provider"),
    ("Patient", "NM1*IL", "Patient.name, Patient.identifier"),
    ("Born", "DMG", "Patient.birthDate"),
    ("Kind of request and speed", "UM", "Claim.priority, an extension, Claim.item.locationCodeableConcept"),
    ("Diagnosis", "HI", "Claim.diagnosis.diagnosisCodeableConcept"),
    ("Service and units", "SV1", "Claim.item.productOrService, .quantity"),
    ("Days", "DTP*472", "Claim.item.servicedPeriod"),
    ("Papers", "PWK", "Claim.supportingInfo, DocumentReference"),
    ("Number of the request", "", "Claim.identifier"),
)


@dataclass(frozen=True)
class Draft:
    """One order and what the desk has filled in so far; a day that can be read is kept as 2026-10-14."""

    order: dict[str, Any] = field(repr=False)
    destination: str
    channel: str
    form: str
    request_type: str
    urgency: str
    place: str
    units: int
    first: str
    last: str
    call_back: str
    papers: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for name in ("first", "last"):
            day = _day(getattr(self, name))
            if day is not None:
                object.__setattr__(self, name, day.isoformat())


@dataclass(frozen=True)
class Gap:
    """One check of the builder: its name, whether it is in order, and why."""

    name: str
    fine: bool
    words: str


@lru_cache(maxsize=1)
def orders() -> list[dict[str, Any]]:
    """The orders that can be built, as they stand in the file."""
    import yaml

    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def draft_of(order: dict[str, Any]) -> Draft:
    """The draft as a colleague left it: some fields wrong, no papers chosen."""
    return Draft(order=order, papers=frozenset(), **order["start"])


def clean(order: dict[str, Any], channel: str = "x12_278") -> Draft:
    """The same order as a clean request by a channel."""
    wanted = frozenset(p["doc_id"] for p in order["papers"] if p["wanted"])
    return Draft(
        order=order, channel=channel, form=FORM_OF[channel], call_back=DESK[1], papers=wanted, **order["right"]
    )


# --- what is still wrong --------------------------------------------------------------------------------------------------


def _tables() -> dict[str, Any]:
    from priorauth import data

    return {name: data.load(name) for name in ("plans", "payers", "providers")}


def _payer(tables: dict[str, Any], name: str) -> dict[str, Any]:
    return first(tables, "payers", name=name)


def _day(text: str) -> date | None:
    try:
        return days.as_day(text)
    except ValueError:
        return None


def gaps(draft: Draft, tables: dict[str, Any] | None = None) -> list[Gap]:
    """Ten checks of a draft, in the order of the form."""
    tables = tables or _tables()
    right, payer = draft.order["right"], _payer(tables, draft.destination)
    accepted = payer["channels"].split(";")
    start, end = _day(draft.first), _day(draft.last)
    days_fine = start is not None and end is not None and date.fromisoformat(NOW[:10]) < start <= end
    way, fits = CHANNELS[draft.channel], FORM_OF.get(draft.channel)
    takes = draft.channel in accepted and fits is not None
    reached = draft.call_back.strip().startswith("555-01")
    decides = f"{draft.destination} {{}} this service for {draft.order['plan']}."
    return [
        _gap("Destination", draft.destination == right["destination"], decides.format("decides"), decides.format("does not decide") + " The plan's list names who does."),
        _gap("Channel", takes, f"{draft.destination} takes it by {way}.", f"{draft.destination} does not take such a request by {way}."),
        _gap("Form", draft.form == fits, "It fits the channel and the service.", f"By {way}, a first request for a service goes on {FORMS[fits or 'service_form']}, and not on {FORMS[draft.form]}."),
        _gap("Kind of request", draft.request_type == right["request_type"], "It is what the order says.", "Is it the first request for this treatment, or does one that works go on?"),
        _gap("Speed", draft.urgency == right["urgency"], "The record bears it out.", _speed_words(draft)),
        _gap("Place", draft.place == right["place"], "It is where the order has it.", "The order names another place."),
        _gap("Units", draft.units == right["units"], "They fit the order.", f"The order does not come to {draft.units} unit(s). Work them out again."),
        _gap("Days", days_fine and draft.first == right["first"], "First and last day are there, in order, and ahead of us.", "Write both days like 2026-10-14. The first is the day that the order names, and the last comes after it."),
        _gap("Call-back number", reached, "The payer can reach us.", f"The payer cannot reach anyone. The desk's number is {DESK[1]}."),
        _papers(draft),
    ]  # fmt: skip


def _gap(name: str, fine: bool, yes: str, no: str) -> Gap:
    return Gap(name, fine, yes if fine else no)


def _speed_words(draft: Draft) -> str:
    if draft.urgency == "expedited":
        return "A trip or a wish is no ground to hurry. Urgent means that waiting could harm life, health or function."
    return "The clinician writes that waiting would harm her. That is what the fast track is for."


def _papers(draft: Draft) -> Gap:
    for paper in draft.order["papers"]:
        if paper["wanted"] != (paper["doc_id"] in draft.papers):
            verb = "it is missing" if paper["wanted"] else "it does not belong in the packet"
            return Gap("Papers", False, f"{paper['what'][0].upper()}{paper['what'][1:]}: {verb}. {paper['why']}")
    return Gap("Papers", True, "All that the policy wants, and nothing else.")


# --- one request, three times ----------------------------------------------------------------------------------------------


def record(draft: Draft, tables: dict[str, Any] | None = None) -> dict[str, Any]:
    """The rows that belong to the draft, in the shape of `messages.record.gather`. MessageError if the days are no dates."""
    tables = tables or _tables()
    if _day(draft.first) is None or _day(draft.last) is None:
        raise MessageError("First and last day must be dates, such as 2026-10-14.")
    order, who = draft.order, draft.order["patient"]
    plan = first(tables, "plans", name=order["plan"])
    requester = next(r for r in rows(tables, "providers") if r["juniper"] and r["specialty"] == order["requester"])
    rendering = next((r for r in rows(tables, "providers") if r["specialty"] == order["rendering"]), None)
    line = {k: order["line"][k] for k in ("code_system", "code", "icd10")}
    return {
        "request": {
            "request_id": order["request_id"], "member_id": who["member_id"], "plan_id": plan["plan_id"], "category": order["category"],
            "request_type": draft.request_type, "benefit": "medical", "urgency": draft.urgency,
            "urgency_reason": order["hurry"] if draft.urgency == "expedited" else None,
            "channel": draft.channel, "requesting_npi": requester["npi"], "rendering_npi": rendering["npi"] if rendering else None,
            "card_id_sent": who["card_id"], "name_sent": who["name"], "birth_date_sent": who["birth_date"],
            "contact_name": DESK[0], "contact_phone": draft.call_back.strip() or None, "submitted_at": NOW, "service_date": draft.first,
        },
        "lines": [
            line | {
                "line_id": f"LIN-{order['request_id'][4:]}", "line_no": 1, "modifiers": None, "icd10_other": None, "ndc": None, "dose": None,
                "dose_unit": None, "units_asked": draft.units, "days_supply": None, "start_date": draft.first, "end_date": draft.last, "pos": draft.place,
            }
        ],
        "member": {"member_id": who["member_id"], "sex": who["sex"], "birth_date": who["birth_date"]},
        "plan": plan,
        "payer": first(tables, "payers", payer_id=plan["payer_id"]),
        "destination": _payer(tables, draft.destination),
        "requester": requester,
        "rendering": rendering,
        "attachments": [p for p in order["papers"] if p["doc_id"] in draft.papers],
        "authorization": None,
        "coverage": [],
    }  # fmt: skip


def form_lines(draft: Draft) -> list[tuple[str, str]]:
    """The request as a paper form: label and what stands there."""
    order, who = draft.order, draft.order["patient"]
    papers = [p["what"] for p in order["papers"] if p["doc_id"] in draft.papers]
    return [
        ("To", draft.destination),
        ("From", f"Juniper Valley Medical Group, {order['requester']}; {DESK[0]}, {draft.call_back.strip() or 'no number'}"),
        ("Patient", f"{who['name']}, member number {who['card_id']}"),
        ("Born", who["birth_date"]),
        ("Kind of request and speed", f"{draft.request_type}, {draft.urgency}; place of service {draft.place}"),
        ("Diagnosis", order["line"]["icd10"]),
        ("Service and units", f"{order['line']['code']} ({order['line']['what']}), {draft.units} unit(s)"),
        ("Days", f"{draft.first} to {draft.last}"),
        ("Papers", "; ".join(papers) or "none"),
        ("Number of the request", order["request_id"]),
    ]  # fmt: skip


def crosswalk(draft: Draft, tables: dict[str, Any] | None = None) -> list[tuple[str, str, str, str]]:
    """What it says, on the form, in the 278, and in the FHIR bundle with its place: one row for each line of the form."""
    text, bundle = texts(draft, tables)
    segments = [s.strip() for s in text.split(text[105]) if s.strip()]
    form, said = dict(form_lines(draft)), _in_bundle(bundle)
    found = []
    for what, start, place in _WHERE:
        begin = (start or f"TRN*1*{draft.order['request_id']}").replace("*", text[3])
        mine = [s for s in segments if s.startswith(begin + text[3])]
        found.append((what, form[what], "  ".join(mine) or "not there", f"{place}: {said[what]}"))
    return found


def _in_bundle(bundle: str) -> dict[str, str]:
    """What the bundle says, read back from it."""
    m, claim = fhir_read.read_request(bundle), json.loads(bundle)["entry"][0]["resource"]
    line = m["lines"][0]
    return {
        "To": m["destination_name"],
        "From": f"{m['requesting_name']}, {m['requesting_npi']}",
        "Patient": f"{m['name_sent']}, {m['card_id_sent']}",
        "Born": m["birth_date_sent"],
        "Kind of request and speed": f"{claim['priority']['coding'][0]['code']}, {m['request_type']}, place {line['pos']}",
        "Diagnosis": ", ".join(m["diagnoses"]),
        "Service and units": f"{line['code']}, {line['units_asked']}",
        "Days": f"{line['start_date']}, {line['end_date']}",
        "Papers": ", ".join(a["doc_id"] for a in m["attachments"]) or "none",
        "Number of the request": m["request_id"],
    }


def texts(draft: Draft, tables: dict[str, Any] | None = None) -> tuple[str, str]:
    """The 278 and the bundle, as they would be sent."""
    made = record(draft, tables)
    return review.write_request(made), fhir.write_request(made)


#: Statement -> how to read it from what `read_request` of either message returns.
_STATED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "number of the request": lambda m: m["request_id"],
    "destination": lambda m: m["destination_name"],
    "requester": lambda m: m["requesting_npi"],
    "place that gives it": lambda m: m["rendering_npi"],
    "member number": lambda m: m["card_id_sent"],
    "name": lambda m: m["name_sent"],
    "birth date": lambda m: m["birth_date_sent"],
    "kind of request": lambda m: m["request_type"],
    "category": lambda m: m["category"],
    "speed": lambda m: m["urgency"],
    "diagnosis": lambda m: m["diagnoses"],
    "code": lambda m: m["lines"][0]["code"],
    "units": lambda m: m["lines"][0]["units_asked"],
    "first day": lambda m: m["lines"][0]["start_date"],
    "last day": lambda m: m["lines"][0]["end_date"],
    "place of service": lambda m: m["lines"][0]["pos"],
    "papers": lambda m: [a["doc_id"] for a in m["attachments"]],
    "sent": lambda m: m["submitted_at"],
}


def statements(draft: Draft, tables: dict[str, Any] | None = None) -> dict[str, tuple[Any, Any, Any]]:
    """Statement -> (on the form, read back from the 278, read back from the bundle)."""
    made = record(draft, tables)
    x12, bundle = review.read_request(review.write_request(made)), fhir_read.read_request(fhir.write_request(made))
    r, line = made["request"], made["lines"][0]
    form = {
        **r, "destination_name": draft.destination, "diagnoses": [line["icd10"]], "lines": [line], "attachments": made["attachments"],
    }  # fmt: skip
    return {name: (say(form), say(x12), say(bundle)) for name, say in _STATED.items()}


def disagreements(draft: Draft, tables: dict[str, Any] | None = None) -> list[str]:
    """Statements in which form, 278 and bundle differ. An empty list is what it should be."""
    return [name for name, (a, b, c) in statements(draft, tables).items() if not a == b == c]


def changed(draft: Draft, **fields: Any) -> Draft:
    """The draft with other values in some fields."""
    return replace(draft, **fields)


def resources(bundle: str) -> list[str]:
    """The resources of a bundle in their order, by type and id."""
    return [f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in json.loads(bundle)["entry"]]
