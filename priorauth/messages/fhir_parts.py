"""FHIR R4 building blocks for the prior authorization bundles: codings, references, people and organizations."""

from __future__ import annotations

from typing import Any

from .base import MessageError, drop_empty, two_names
from .record import Row

Resource = dict[str, Any]
#: Where the invented clinic's resources live (a domain that can never exist).
BASE = "https://juniper-valley.example/fhir"
OWN = "https://prior-authorization-course.example"
PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition"
TERMS = "http://terminology.hl7.org/CodeSystem"
SYSTEMS = {
    "icd10": "http://hl7.org/fhir/sid/icd-10-cm",
    "HCPCS": "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "SERVICE": f"{OWN}/CodeSystem/service-label",
    "DRUG": f"{OWN}/CodeSystem/drug",
    "ndc": "http://hl7.org/fhir/sid/ndc",
    "npi": "http://hl7.org/fhir/sid/us-npi",
    "pos": "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set",
    "action": "https://codesystem.x12.org/005010/306",
}
#: Every resource says that it is test data.
META = {"tag": [{"system": f"{TERMS}/v3-ActReason", "code": "HTEST", "display": "test health data"}]}


def coded(system: str, code: str, text: str | None = None) -> Resource:
    """A CodeableConcept with one coding."""
    return drop_empty({"coding": [{"system": system, "code": code}], "text": text})


def ident(system: str, value: str) -> list[Resource]:
    """A list with one identifier."""
    return [{"system": system, "value": value}]


def ref(resource: Resource) -> Resource:
    """A reference to a resource of the same bundle."""
    return {"reference": f"{resource['resourceType']}/{resource['id']}"}


def resource(kind: str, number: str, **fields: Any) -> Resource:
    """A resource with its id and the test-data tag; empty fields are left out."""
    return {"resourceType": kind, "id": number, "meta": META} | drop_empty(fields)


def clinic_time(moment: str) -> str:
    """2026-03-04 09:30 -> 2026-03-04T09:30:00, with the fixed offset of the invented clinic (FHIR wants one)."""
    return f"{moment[:10]}T{moment[11:16]}:00-07:00"


def clinic_moment(text: str, where: str) -> str:
    """2026-03-04T09:30:00-07:00 -> 2026-03-04 09:30."""
    if len(text) != 25 or text[10] != "T" or not text.endswith(":00-07:00"):
        raise MessageError(
            f"{where} holds {text!r}, which is not a time of the clinic: write it as 2026-03-04T09:30:00-07:00."
        )
    return f"{text[:10]} {text[11:16]}"


def patient(record: Row) -> Resource:
    """The member as sent on the request."""
    r, m = record["request"], record["member"]
    last, first = two_names(r["name_sent"])
    return resource(
        "Patient",
        m["member_id"],
        identifier=ident(f"{OWN}/member-number", r["card_id_sent"]),
        name=[{"family": last, "given": [first]}],
        gender={"F": "female", "M": "male"}[m["sex"]],
        birthDate=r["birth_date_sent"],
    )


def payer(row: Row) -> Resource:
    """A payer, vendor or contractor."""
    return resource(
        "Organization",
        row["payer_id"],
        identifier=ident(f"{OWN}/payer-edi-id", row["edi_id"]),
        name=row["name"],
        telecom=[{"system": "phone", "value": row["phone"]}],
    )


def provider(npi: str, row: Row | None) -> Resource:
    """A clinician (Practitioner) or a place (Organization). `row` is None where the number is not in the table `providers`."""
    if row is not None and row["kind"] == "clinician":
        name, _, title = row["name"].partition(", ")
        last, first = two_names(name)
        return resource(
            "Practitioner",
            f"NPI-{npi}",
            identifier=ident(SYSTEMS["npi"], npi),
            name=[{"family": last, "given": [first], "suffix": [title]}],
        )
    return resource(
        "Organization",
        f"NPI-{npi}",
        identifier=ident(SYSTEMS["npi"], npi),
        name=row["name"] if row else "not in the provider table",
    )


def coverage(record: Row, who: Resource, by: Resource) -> Resource:
    """The cover that the request names."""
    r, plan = record["request"], record["plan"]
    return resource(
        "Coverage",
        f"{plan['plan_id']}-{r['member_id']}",
        status="active",
        beneficiary=ref(who),
        payor=[ref(by)],
        subscriberId=r["card_id_sent"],
        **{
            "class": [
                {"type": coded(f"{TERMS}/coverage-class", "plan"), "value": plan["plan_id"], "name": plan["name"]}
            ]
        },
    )


def bundle(number: str, at: str, resources: list[Resource]) -> Resource:
    """A bundle of type collection with absolute addresses for its entries."""
    return {
        "resourceType": "Bundle",
        "id": number,
        "meta": META,
        "identifier": {"system": f"{OWN}/message", "value": number},
        "type": "collection",
        "timestamp": clinic_time(at),
        "entry": [{"fullUrl": f"{BASE}/{x['resourceType']}/{x['id']}", "resource": x} for x in resources],
    }
