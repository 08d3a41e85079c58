"""Reading the FHIR bundles of fhir.py back into plain dicts with the field names of the tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from ..schema import DECISION_CODES
from . import fhir_parts as F
from .base import MessageError, one_name
from .record import Row

_WANTED = "Information wanted by "


def _one_sentence(read: Callable[[str], Row]) -> Callable[[str], Row]:
    """Turns what goes wrong with an element of the wrong shape (a number for a list, an empty list) into a MessageError."""

    @wraps(read)
    def guarded(text: str) -> Row:
        try:
            return read(text)
        except (KeyError, IndexError, TypeError, AttributeError, ValueError) as e:
            raise MessageError(
                f"An element of the bundle is missing or has the wrong shape ({type(e).__name__}: {e}): compare it with a bundle that can be read."
            ) from None

    return guarded


class Bundle:
    """A bundle that was opened: its first resource, and the others by reference."""

    def __init__(self, text: str, opens_with: str) -> None:
        try:
            data = json.loads(text)
        except ValueError as e:
            raise MessageError(
                f"This is not JSON (line {getattr(e, 'lineno', 1)}): a FHIR bundle begins with a brace and every brace is closed."
            ) from None
        if not isinstance(data, dict) or data.get("resourceType") != "Bundle":
            raise MessageError("This JSON is not a FHIR bundle: resourceType must be Bundle.")
        found = [e.get("resource") for e in data.get("entry", []) if isinstance(e, dict)]
        if not found or not all(isinstance(x, dict) and x.get("resourceType") and x.get("id") for x in found):
            raise MessageError(
                "The bundle's entries must each hold a resource with resourceType and id: repair Bundle.entry."
            )
        if found[0]["resourceType"] != opens_with:
            raise MessageError(
                f"The bundle opens with {found[0]['resourceType']}: this one must open with {opens_with}."
            )
        self.main: F.Resource = found[0]
        self.all = {f"{x['resourceType']}/{x['id']}": x for x in found}

    def follow(self, holder: Any, path: str) -> F.Resource:
        """The resource that the reference at `path` points to."""
        name = need(holder, path + ".reference", self.main["resourceType"])
        if name not in self.all:
            raise MessageError(
                f"{self.main['resourceType']}.{path} points to {name}, which is not in the bundle: add that resource."
            )
        return self.all[name]


def need(data: Any, path: str, what: str) -> Any:
    """The value at a dotted path (numbers count list places); MessageError if it is not there."""
    here = data
    for step in path.split("."):
        try:
            here = here[int(step)] if step.isdigit() else here[step]
        except (KeyError, IndexError, TypeError):
            raise MessageError(f"{what}.{path} is missing: a prior authorization bundle needs it.") from None
    return here


def _get(data: Any, path: str) -> Any:
    try:
        return need(data, path, "")
    except MessageError:
        return None


def _extension(data: Any, url: str) -> F.Resource | None:
    return next((e for e in data.get("extension", []) if e.get("url") == url), None)


def _person(row: F.Resource) -> str | None:
    if isinstance(row.get("name"), str):
        return None if row["name"] == "not in the provider table" else row["name"]
    name = one_name(need(row, "name.0.family", row["resourceType"]), need(row, "name.0.given.0", row["resourceType"]))
    title = _get(row, "name.0.suffix.0")
    return f"{name}, {title}" if title else name


def _product(concept: F.Resource) -> Row:
    found = {c.get("system"): c.get("code") for c in need(concept, "coding", "productOrService")}
    for system in ("HCPCS", "SERVICE", "DRUG"):
        if F.SYSTEMS[system] in found:
            return {"code_system": system, "code": found[F.SYSTEMS[system]], "ndc11": found.get(F.SYSTEMS["ndc"])}
    raise MessageError("productOrService names no known code system: use HCPCS, a service label or a drug id.")


def _use(main: F.Resource) -> None:
    if main.get("use") != "preauthorization":
        raise MessageError(
            f"{main['resourceType']}.use is {main.get('use')!r}: a prior authorization says preauthorization."
        )


def _line(found: Bundle, item: F.Resource, codes: dict[int, str]) -> Row:
    asked = _extension(item, f"{F.PAS}/extension-requestedService")
    if asked is None:
        raise MessageError("Claim.item has no requestedService extension: it must point to the order.")
    order = found.follow(asked, "valueReference")
    try:
        mine = [codes[n] for n in need(item, "diagnosisSequence", "Claim.item")]
    except KeyError as e:
        raise MessageError(
            f"Claim.item.diagnosisSequence points to diagnosis {e.args[0]}, which is not in Claim.diagnosis: use a sequence number that is there."
        ) from None
    return {
        "line_id": order["id"],
        "line_no": need(item, "sequence", "Claim.item"),
        **_product(need(item, "productOrService", "Claim.item")),
        "modifiers": ";".join(c["coding"][0]["code"] for c in item.get("modifier", [])) or None,
        "icd10": mine[0],
        "icd10_other": ";".join(mine[1:]) or None,
        "dose": _get(order, "dosageInstruction.0.doseAndRate.0.doseQuantity.value"),
        "dose_unit": _get(order, "dosageInstruction.0.doseAndRate.0.doseQuantity.unit"),
        "units_asked": need(item, "quantity.value", "Claim.item"),
        "days_supply": _get(order, "dispenseRequest.expectedSupplyDuration.value"),
        "start_date": _get(item, "servicedPeriod.start"),
        "end_date": _get(item, "servicedPeriod.end"),
        "pos": _get(item, "locationCodeableConcept.coding.0.code"),
    }


@_one_sentence
def read_request(text: str) -> Row:
    """A request bundle as a dict with the field names of `requests`, and `lines` and `attachments`."""
    found = Bundle(text, "Claim")
    claim = found.main
    _use(claim)
    who, to, by = (found.follow(claim, x) for x in ("patient", "insurer", "provider"))
    cover = found.follow(need(claim, "insurance.0", "Claim"), "coverage")
    giver = found.follow(claim["careTeam"][0], "provider") if claim.get("careTeam") else None
    speed = need(claim, "priority.coding.0.code", "Claim")
    if speed not in ("stat", "normal"):
        raise MessageError(f"Claim.priority holds the unknown code {speed!r}: use stat or normal.")
    own = {k: (_extension(claim, f"{F.OWN}/{k}") or {}).get("valueCode") for k in ("request-type", "category")}
    info = claim.get("supportingInfo", [])
    papers = [found.follow(i, "valueReference") for i in info if "valueReference" in i]
    codes = {
        d["sequence"]: need(d, "diagnosisCodeableConcept.coding.0.code", "Claim.diagnosis")
        for d in need(claim, "diagnosis", "Claim")
    }
    return {
        "kind": "fhir_request",
        "request_id": need(claim, "identifier.0.value", "Claim"),
        "submitted_at": F.clinic_moment(need(claim, "created", "Claim"), "Claim.created"),
        "destination_id": to["id"],
        "destination_name": to["name"],
        "requesting_npi": need(by, "identifier.0.value", "Claim.provider"),
        "requesting_name": _person(by),
        "rendering_npi": need(giver, "identifier.0.value", "Claim.careTeam") if giver else None,
        "rendering_name": _person(giver) if giver else None,
        "member_id": who["id"],
        "card_id_sent": need(who, "identifier.0.value", "Patient"),
        "name_sent": _person(who),
        "birth_date_sent": need(who, "birthDate", "Patient"),
        "plan_id": need(cover, "class.0.value", "Coverage"),
        "request_type": own["request-type"],
        "category": own["category"],
        "urgency": "expedited" if speed == "stat" else "standard",
        "urgency_reason": next((i["valueString"] for i in info if "valueString" in i), None),
        "service_date": _get(claim, "billablePeriod.start"),
        "diagnoses": list(codes.values()),
        "attachments": [{"doc_id": p["id"], "kind": p["type"]["text"]} for p in papers],
        "lines": [_line(found, i, codes) for i in need(claim, "item", "Claim")],
    }


def _read_action(item: F.Resource) -> tuple[str, str | None, str | None, int | None]:
    what = need(item, "adjudication.0", "ClaimResponse.item")
    action = _extension(what, f"{F.PAS}/extension-reviewAction")
    code = _get(_extension(action or {}, f"{F.PAS}/extension-reviewActionCode"), "valueCodeableConcept.coding.0.code")
    if code not in DECISION_CODES:
        raise MessageError(
            f"The reviewAction extension of ClaimResponse.item holds {code!r}: use one of {', '.join(DECISION_CODES)}."
        )
    number, reason = _extension(action or {}, "number"), _extension(action or {}, "reasonCode")
    return code, _get(number, "valueString"), _get(reason, "valueCodeableConcept.coding.0.code"), what.get("value")


@_one_sentence
def read_answer(text: str) -> Row:
    """An answer bundle as a dict: decision_code, its meaning, auth_number, case_ref, span, reason_code, and `lines` with units_approved."""
    found = Bundle(text, "ClaimResponse")
    answer = found.main
    _use(answer)
    who, to, by = (found.follow(answer, x) for x in ("patient", "insurer", "requestor"))
    outcome = need(answer, "outcome", "ClaimResponse")
    if outcome not in ("queued", "complete"):
        raise MessageError(
            f"ClaimResponse.outcome holds {outcome!r}: write complete for a final answer, queued if more will follow."
        )
    items = [(i, _read_action(i)) for i in need(answer, "item", "ClaimResponse")]
    code, number, reason, _ = items[0][1]
    if any(x[0] != code for _, x in items):
        raise MessageError(
            "The items of the ClaimResponse carry different outcome codes: in this course a request has one."
        )
    note = _get(answer, "processNote.0.text")
    return {
        "kind": "fhir_response",
        "request_id": need(answer, "request.identifier.value", "ClaimResponse"),
        "answered_at": F.clinic_moment(need(answer, "created", "ClaimResponse"), "ClaimResponse.created"),
        "final": outcome == "complete",
        "destination_id": to["id"],
        "destination_name": to["name"],
        "requesting_npi": need(by, "identifier.0.value", "ClaimResponse.requestor"),
        "member_id": who["id"],
        "decision_code": code,
        "meaning": DECISION_CODES[code],
        "auth_number": number,
        "case_ref": _get(answer, "identifier.0.value"),
        "start": _get(answer, "preAuthPeriod.start"),
        "end": _get(answer, "preAuthPeriod.end"),
        "reason_code": reason,
        "info_due_at": note.removeprefix(_WANTED) if note else None,
        "lines": [{"line_no": need(i, "itemSequence", "ClaimResponse.item"), "units_approved": x[3]} for i, x in items],
    }
