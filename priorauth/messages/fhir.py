"""A prior authorization request and its answer as FHIR R4 bundles, shaped after Da Vinci PAS: write from the tables, read back.

The request opens with a Claim whose `use` is preauthorization; the answer opens with a ClaimResponse, and the outcome code of the 278 (A1,
A3 ...) stands in the reviewAction extension of each item. The bundles follow base FHIR R4 and the main ideas of PAS; they do not claim to
fulfil every rule of the PAS profiles. Kind of request and benefit have no place of their own and stand in two extensions of the course.
"""

from __future__ import annotations

import json
from typing import Any

from ..schema import DECISION_CODES
from . import fhir_parts as F
from .base import MessageError, drop_empty
from .codes import ndc11
from .record import Row
from .review_answer import OPEN, answered_at

CLAIM_TYPES = {"pharmacy": "pharmacy", "inpatient_admission": "institutional", "post_acute_facility": "institutional"}
_DRUGS = ("medical_benefit_drug", "pharmacy_drug")


def dump(bundle: F.Resource) -> str:
    """A bundle as JSON text, always the same bytes for the same data."""
    return json.dumps(bundle, indent=1, ensure_ascii=False) + "\n"


def _product(line: Row) -> F.Resource:
    if line["code_system"] != "DRUG":
        return F.coded(F.SYSTEMS[line["code_system"]], line["code"])
    coding = [{"system": F.SYSTEMS["DRUG"], "code": line["code"]}]
    return {"coding": coding + ([{"system": F.SYSTEMS["ndc"], "code": ndc11(line["ndc"])}] if line["ndc"] else [])}


def _codes(line: Row) -> list[str]:
    return [line["icd10"], *(c for c in (line["icd10_other"] or "").split(";") if c)]


def _order(record: Row, line: Row, who: F.Resource, by: F.Resource) -> F.Resource:
    """What was ordered: a MedicationRequest for drugs, else a ServiceRequest."""
    r = record["request"]
    common = {
        "status": "active",
        "intent": "order",
        "subject": F.ref(who),
        "authoredOn": r["submitted_at"][:10],
        "requester": F.ref(by),
    }
    common["reasonCode"] = [F.coded(F.SYSTEMS["icd10"], c) for c in _codes(line)]
    if r["category"] in _DRUGS and line["code_system"] != "SERVICE":
        supply = (
            {"value": line["days_supply"], "unit": "days", "system": "http://unitsofmeasure.org", "code": "d"}
            if line["days_supply"]
            else None
        )
        dose = (
            {"doseAndRate": [{"doseQuantity": {"value": line["dose"], "unit": line["dose_unit"]}}]}
            if line["dose"] is not None
            else None
        )
        dispense = {"quantity": {"value": line["units_asked"]}, "expectedSupplyDuration": supply}
        return F.resource(
            "MedicationRequest",
            line["line_id"],
            medicationCodeableConcept=_product(line),
            dosageInstruction=[dose],
            dispenseRequest=dispense,
            **common,
        )
    period = {"start": line["start_date"], "end": line["end_date"]}
    return F.resource(
        "ServiceRequest",
        line["line_id"],
        code=_product(line),
        quantityQuantity={"value": line["units_asked"]},
        occurrencePeriod=period,
        **common,
    )


def _item(line: Row, order: F.Resource, codes: list[str]) -> F.Resource:
    return drop_empty(
        {
            "extension": [{"url": f"{F.PAS}/extension-requestedService", "valueReference": F.ref(order)}],
            "sequence": line["line_no"],
            "diagnosisSequence": [codes.index(c) + 1 for c in _codes(line)],
            "productOrService": _product(line),
            "modifier": [F.coded(F.SYSTEMS["HCPCS"], m) for m in (line["modifiers"] or "").split(";") if m],
            "servicedPeriod": {"start": line["start_date"], "end": line["end_date"]},
            "locationCodeableConcept": F.coded(F.SYSTEMS["pos"], line["pos"]) if line["pos"] else None,
            "quantity": {"value": line["units_asked"]},
        }
    )


def write_request(record: Row) -> str:
    """The request bundle for a record from record.gather. MessageError if the request was never sent."""
    r, lines = record["request"], record["lines"]
    if r["submitted_at"] is None:
        raise MessageError(f"Request {r['request_id']} is a draft: a message is written when it is sent.")
    who, to, by = (
        F.patient(record),
        F.payer(record["destination"]),
        F.provider(r["requesting_npi"], record["requester"]),
    )
    plan_payer = F.payer(record["payer"])
    giver = F.provider(r["rendering_npi"], record["rendering"]) if r["rendering_npi"] else None
    cover = F.coverage(record, who, plan_payer)
    orders = [_order(record, x, who, by) for x in lines]
    papers = [
        F.resource(
            "DocumentReference",
            a["doc_id"],
            status="current",
            type={"text": a["kind"]},
            subject=F.ref(who),
            content=[{"attachment": {"title": f"{a['doc_id']}, pages: {a['pages']}"}}],
        )
        for a in record["attachments"]
    ]
    codes = list(dict.fromkeys(c for x in lines for c in _codes(x)))
    info = [
        {
            "sequence": n,
            "category": F.coded(f"{F.TERMS}/claiminformationcategory", "attachment"),
            "valueReference": F.ref(p),
        }
        for n, p in enumerate(papers, start=1)
    ]
    if r["urgency_reason"]:
        info.append(
            {
                "sequence": len(info) + 1,
                "category": F.coded(f"{F.TERMS}/claiminformationcategory", "info"),
                "valueString": r["urgency_reason"],
            }
        )
    claim = F.resource(
        "Claim",
        r["request_id"],
        extension=[
            {"url": f"{F.OWN}/request-type", "valueCode": r["request_type"]},
            {"url": f"{F.OWN}/category", "valueCode": r["category"]},
        ],
        identifier=F.ident(f"{F.OWN}/request", r["request_id"]),
        status="active",
        type=F.coded(
            f"{F.TERMS}/claim-type", CLAIM_TYPES.get(r["benefit"]) or CLAIM_TYPES.get(r["category"], "professional")
        ),
        use="preauthorization",
        patient=F.ref(who),
        created=F.clinic_time(r["submitted_at"]),
        insurer=F.ref(to),
        provider=F.ref(by),
        priority=F.coded(f"{F.TERMS}/processpriority", "stat" if r["urgency"] == "expedited" else "normal"),
        careTeam=[{"sequence": 1, "provider": F.ref(giver), "role": {"text": "rendering"}}] if giver else None,
        supportingInfo=info,
        diagnosis=[
            {"sequence": n, "diagnosisCodeableConcept": F.coded(F.SYSTEMS["icd10"], c)}
            for n, c in enumerate(codes, start=1)
        ],
        insurance=[{"sequence": 1, "focal": True, "coverage": F.ref(cover)}],
        billablePeriod={"start": r["service_date"]},
        item=[_item(x, o, codes) for x, o in zip(lines, orders, strict=True)],
    )
    parts = [claim, who, by, *([giver] if giver else []), to, plan_payer, cover, *orders, *papers]
    return dump(
        F.bundle(
            f"{r['request_id']}-request",
            r["submitted_at"],
            list({(p["resourceType"], p["id"]): p for p in parts}.values()),
        )
    )


def _action(record: Row, units: int | None) -> F.Resource:
    """One adjudication with the outcome code, the authorization number and the coded reason."""
    r, auth = record["request"], record["authorization"]
    inside: list[Any] = [
        {
            "url": f"{F.PAS}/extension-reviewActionCode",
            "valueCodeableConcept": F.coded(
                F.SYSTEMS["action"], r["decision_code"], DECISION_CODES[r["decision_code"]]
            ),
        }
    ]
    if auth:
        inside.append({"url": "number", "valueString": auth["auth_number"]})
    if r["reason_code"]:
        inside.append(
            {"url": "reasonCode", "valueCodeableConcept": F.coded(f"{F.OWN}/CodeSystem/reason", r["reason_code"])}
        )
    made = {
        "extension": [{"url": f"{F.PAS}/extension-reviewAction", "extension": inside}],
        "category": F.coded(f"{F.TERMS}/adjudication", "submitted"),
    }
    return made | ({"value": units} if units is not None else {})


def write_answer(record: Row) -> str:
    """The answer bundle for a record from record.gather. MessageError if the payer has not answered."""
    r, auth, at = record["request"], record["authorization"], answered_at(record)
    if at is None or r["decision_code"] is None:
        raise MessageError(f"Request {r['request_id']} has no answer yet: there is no response to write.")
    who, to, by = (
        F.patient(record),
        F.payer(record["destination"]),
        F.provider(r["requesting_npi"], record["requester"]),
    )
    answer = F.resource(
        "ClaimResponse",
        f"{r['request_id']}-answer",
        identifier=F.ident(f"{F.OWN}/case", r["case_ref"]) if r["case_ref"] else None,
        status="active",
        type=F.coded(
            f"{F.TERMS}/claim-type", CLAIM_TYPES.get(r["benefit"]) or CLAIM_TYPES.get(r["category"], "professional")
        ),
        use="preauthorization",
        patient=F.ref(who),
        created=F.clinic_time(at),
        insurer=F.ref(to),
        requestor=F.ref(by),
        request={
            "reference": f"Claim/{r['request_id']}",
            "identifier": F.ident(f"{F.OWN}/request", r["request_id"])[0],
        },
        outcome="queued" if r["decision_code"] in OPEN else "complete",
        disposition=DECISION_CODES[r["decision_code"]],
        preAuthRef=auth["auth_number"] if auth else None,
        preAuthPeriod={"start": auth["start"], "end": auth["end"]} if auth else None,
        processNote=[{"number": 1, "type": "display", "text": f"Information wanted by {r['info_due_at']}"}]
        if r["decision_code"] == "A4" and r["info_due_at"]
        else None,
        item=[
            {"itemSequence": x["line_no"], "adjudication": [_action(record, x["units_approved"])]}
            for x in record["lines"]
        ],
    )
    return dump(F.bundle(f"{r['request_id']}-response", at, [answer, who, by, to]))
