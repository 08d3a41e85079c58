"""Electronic prior authorization for pharmacy drugs: a four-step exchange in XML, written from the tables and read back.

The exchange is shaped after NCPDP SCRIPT (PAInitiationRequest, PAInitiationResponse, PARequest, PAResponse), but it is not that standard:
SCRIPT is licensed, and every element name, question and code here is this course's own. Do not send these files to a real payer.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from ..schema import DECISION_CODES
from .base import MessageError, one_name, two_names
from .codes import ndc11
from .epa_questions import answers, questions
from .record import Row
from .review_answer import OPEN, answered_at

STEPS = ("PAInitiationRequest", "PAInitiationResponse", "PARequest", "PAResponse")
#: Outcome code of the tables -> word in the PAResponse.
OUTCOMES = {
    "A1": "Approved",
    "A2": "ApprovedInPart",
    "A3": "Denied",
    "A4": "MoreInformationWanted",
    "A6": "ApprovedWithChange",
    "C": "Closed",
    "CT": "CallThePayer",
    "NA": "NotNeeded",
}
NOTICE = "Course message, shaped after an electronic prior authorization exchange; not the licensed standard. Everyone in it is invented."


def _add(parent: ET.Element, name: str, text: object = None, **attributes: str) -> ET.Element:
    made = ET.SubElement(parent, name, attributes)
    if text is not None:
        made.text = str(text)
    return made


def _start(record: Row, step: str, sent: str | None) -> ET.Element:
    r, to = record["request"], record["destination"]
    root = ET.Element("EpaMessage", {"step": step})
    _add(root, "Notice", NOTICE)
    head = _add(root, "Header")
    _add(head, "Request", r["request_id"])
    clinic, payer = ("To", "From") if step.endswith("Response") else ("From", "To")
    _add(head, clinic, "Juniper Valley Medical Group", npi=r["requesting_npi"])
    _add(head, payer, to["name"], id=to["edi_id"])
    if sent:
        _add(head, "Sent", sent.replace(" ", "T"))
    return root


def _line(record: Row) -> Row:
    lines = [x for x in record["lines"] if x["code_system"] == "DRUG"]
    if len(lines) != 1:
        raise MessageError(
            f"Request {record['request']['request_id']} asks for {len(lines)} drugs: this exchange is for one pharmacy drug."
        )
    if not lines[0]["ndc"]:
        raise MessageError(f"Line {lines[0]['line_id']} has no package number: add the NDC.")
    return lines[0]


def _subject(root: ET.Element, record: Row) -> None:
    """Patient, cover, prescriber, drug and diagnosis."""
    r, x, plan = record["request"], _line(record), record["plan"]
    last, first = two_names(r["name_sent"])
    who = _add(root, "Patient")
    _add(who, "FirstName", first)
    _add(who, "LastName", last)
    _add(who, "BirthDate", r["birth_date_sent"])
    _add(who, "Sex", record["member"]["sex"])
    card = {k: v for k, v in (("bin", plan["bin"]), ("pcn", plan["pcn"]), ("group", plan["rx_group"])) if v}
    _add(root, "Cover", r["card_id_sent"], plan=plan["plan_id"], **card)
    _add(root, "Prescriber", record["requester"]["name"] if record["requester"] else None, npi=r["requesting_npi"])
    drug = _add(
        root, "Drug", record["drugs"][x["code"]]["brand_name"], id=x["code"], ndc=ndc11(x["ndc"]), line=x["line_id"]
    )
    drug.set("units", str(x["units_asked"]))
    if x["days_supply"] is not None:
        drug.set("days", str(x["days_supply"]))
    _add(root, "Diagnosis", x["icd10"], principal="yes")
    for code in (x["icd10_other"] or "").split(";"):
        if code:
            _add(root, "Diagnosis", code)


def _text(root: ET.Element) -> str:
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def write_initiation(record: Row) -> str:
    """Step 1: the clinic asks which questions the payer wants answered."""
    root = _start(record, STEPS[0], None)
    _subject(root, record)
    return _text(root)


def write_questions(record: Row) -> str:
    """Step 2: the payer sends its question set, made from the plan's formulary row for the drug."""
    r = record["request"]
    root = _start(record, STEPS[1], None)
    if r["case_ref"]:
        _add(root, "CaseReference", r["case_ref"])
    block = _add(root, "QuestionSet")
    for q in questions(record, _line(record)):
        one = _add(block, "Question", id=q["id"], kind=q["kind"])
        _add(one, "Text", q["text"])
        for choice in q["choices"]:
            _add(one, "Choice", choice)
    return _text(root)


def write_request(record: Row) -> str:
    """Step 3: the clinic answers the questions and sends the request. MessageError for a draft."""
    r = record["request"]
    if r["submitted_at"] is None:
        raise MessageError(f"Request {r['request_id']} is a draft: a message is written when it is sent.")
    root = _start(record, STEPS[2], r["submitted_at"])
    _subject(root, record)
    _add(root, "Speed", r["urgency_reason"], urgency=r["urgency"])
    _add(root, "Kind", r["request_type"])
    block = _add(root, "Answers")
    for number, value in answers(record, _line(record)).items():
        _add(block, "Answer", value, question=number)
    for a in record["attachments"]:
        _add(root, "Attachment", a["kind"], id=a["doc_id"])
    return _text(root)


def write_answer(record: Row) -> str:
    """Step 4: the payer's answer. MessageError if there is none yet."""
    r, auth, at = record["request"], record["authorization"], answered_at(record)
    if at is None or r["decision_code"] is None:
        raise MessageError(f"Request {r['request_id']} has no answer yet: there is no PAResponse to write.")
    root, x = _start(record, STEPS[3], at), _line(record)
    if r["case_ref"]:
        _add(root, "CaseReference", r["case_ref"])
    _add(root, "Outcome", OUTCOMES[r["decision_code"]], final="no" if r["decision_code"] in OPEN else "yes")
    if r["reason_code"]:
        _add(root, "Reason", r["reason_code"])
    if auth:
        _add(root, "Authorization", auth["auth_number"], start=auth["start"], end=auth["end"])
    given = _add(
        root, "Drug", record["drugs"][x["code"]]["brand_name"], id=x["code"], ndc=ndc11(x["ndc"]), line=x["line_id"]
    )
    if x["units_approved"] is not None:
        given.set("unitsApproved", str(x["units_approved"]))
    if r["decision_code"] == "A4" and r["info_due_at"]:
        _add(root, "InformationWantedBy", r["info_due_at"].replace(" ", "T"))
    return _text(root)


def _need(root: ET.Element, path: str) -> ET.Element:
    found = root.find(path)
    if found is None:
        raise MessageError(f"Element {path} is missing from the {root.get('step')}: add it.")
    return found


def _value(root: ET.Element, path: str) -> str:
    text = (_need(root, path).text or "").strip()
    if not text:
        raise MessageError(f"Element {path} of the {root.get('step')} is empty: fill it in.")
    return text


def _attribute(element: ET.Element, name: str) -> str:
    value = element.get(name)
    if not value:
        raise MessageError(f"Element {element.tag} has no {name}: add the attribute {name}.")
    return value


def _whole(element: ET.Element, name: str) -> int | None:
    value = element.get(name)
    if value is not None and not value.isdecimal():
        raise MessageError(
            f"Attribute {name} of {element.tag} holds {value!r}, which is not a whole number: write digits only."
        )
    return int(value) if value is not None else None


def read(text: str) -> Row:
    """Any of the four messages as a dict; `kind` says which, and the other fields are named as in the tables."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise MessageError("The message declares a document type, which is not allowed here: remove the DOCTYPE line.")
    try:
        root = ET.fromstring(text)
    except ET.ParseError as e:
        raise MessageError(
            f"This is not well-formed XML (line {e.position[0]}): every element that opens must close."
        ) from None
    step = root.get("step")
    if root.tag != "EpaMessage" or step not in STEPS:
        raise MessageError(f"The outer element must be EpaMessage with a step out of {', '.join(STEPS)}.")
    answer = step.endswith("Response")
    clinic, payer = (
        _need(root, "Header/To" if answer else "Header/From"),
        _need(root, "Header/From" if answer else "Header/To"),
    )
    sent = root.findtext("Header/Sent")
    row: Row = {
        "kind": {
            STEPS[0]: "epa_initiation_request",
            STEPS[1]: "epa_initiation_response",
            STEPS[2]: "epa_request",
            STEPS[3]: "epa_response",
        }[step],
        "request_id": _value(root, "Header/Request"),
        "destination_name": payer.text,
        "destination_edi_id": _attribute(payer, "id"),
        "requesting_npi": _attribute(clinic, "npi"),
    }
    if step in (STEPS[0], STEPS[2]):
        row |= _read_subject(root)
    if step == STEPS[1]:
        row["case_ref"] = root.findtext("CaseReference")
        found = root.findall("QuestionSet/Question")
        row["questions"] = [
            {
                "id": _attribute(q, "id"),
                "kind": _attribute(q, "kind"),
                "text": _value(q, "Text"),
                "choices": [c.text for c in q.findall("Choice")],
            }
            for q in found
        ]
    if step == STEPS[2]:
        speed = _need(root, "Speed")
        if speed.get("urgency") not in ("standard", "expedited"):
            raise MessageError(f"Speed holds the unknown urgency {speed.get('urgency')!r}: use standard or expedited.")
        row |= {
            "submitted_at": (sent or "").replace("T", " "),
            "urgency": speed.get("urgency"),
            "urgency_reason": speed.text,
            "request_type": _value(root, "Kind"),
        }
        row["answers"] = {_attribute(a, "question"): a.text for a in _need(root, "Answers")}
        row["attachments"] = [{"doc_id": _attribute(a, "id"), "kind": a.text} for a in root.findall("Attachment")]
    if step == STEPS[3]:
        row |= _read_outcome(root, (sent or "").replace("T", " "))
    return row


def _read_subject(root: ET.Element) -> Row:
    drug, cover = _need(root, "Drug"), _need(root, "Cover")
    codes = [(d.text or "").strip() for d in root.findall("Diagnosis")]
    if not codes:
        raise MessageError(f"Element Diagnosis is missing from the {root.get('step')}: add the principal diagnosis.")
    return {
        "name_sent": one_name(_value(root, "Patient/LastName"), _value(root, "Patient/FirstName")),
        "birth_date_sent": _value(root, "Patient/BirthDate"),
        "sex": _value(root, "Patient/Sex"),
        "card_id_sent": _value(root, "Cover"),
        "plan_id": _attribute(cover, "plan"),
        "bin": cover.get("bin"),
        "pcn": cover.get("pcn"),
        "rx_group": cover.get("group"),
        "requesting_name": _need(root, "Prescriber").text,
        "lines": [
            {
                "line_id": _attribute(drug, "line"),
                "code_system": "DRUG",
                "code": _attribute(drug, "id"),
                "name": drug.text,
                "ndc11": _attribute(drug, "ndc"),
                "units_asked": _whole(drug, "units"),
                "days_supply": _whole(drug, "days"),
                "icd10": codes[0],
                "icd10_other": ";".join(codes[1:]) or None,
            }
        ],
    }


def _read_outcome(root: ET.Element, sent: str) -> Row:
    word, drug, auth = _value(root, "Outcome"), _need(root, "Drug"), root.find("Authorization")
    code = next((c for c, w in OUTCOMES.items() if w == word), None)
    if code is None:
        raise MessageError(f"Outcome holds the unknown word {word!r}: use one of {', '.join(OUTCOMES.values())}.")
    due = root.findtext("InformationWantedBy")
    return {
        "answered_at": sent,
        "final": _need(root, "Outcome").get("final") == "yes",
        "decision_code": code,
        "meaning": DECISION_CODES[code],
        "auth_number": auth.text if auth is not None else None,
        "case_ref": root.findtext("CaseReference"),
        "start": auth.get("start") if auth is not None else None,
        "end": auth.get("end") if auth is not None else None,
        "reason_code": root.findtext("Reason"),
        "info_due_at": due.replace("T", " ") if due else None,
        "lines": [
            {
                "line_id": _attribute(drug, "line"),
                "code": _attribute(drug, "id"),
                "ndc11": _attribute(drug, "ndc"),
                "units_approved": _whole(drug, "unitsApproved"),
            }
        ],
    }
