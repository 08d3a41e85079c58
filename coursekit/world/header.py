"""Writing a case as rows: request, lines, packet, log, notice."""

from __future__ import annotations

from typing import Any

from .asks import HAS, WRONG_TEST
from .case import Case
from .catalog import Catalog
from .clock import NOW
from .draws import Picker
from .faults import header_faults, spoil_npi
from .items import partner
from .log import Log
from .names import STAFF
from .providers import phone
from .store import Store
from .words import URGENT_FALSE, URGENT_TRUE

FORM = {
    "x12_278": "x12_278",
    "fhir_pas": "fhir_pas",
    "epa_script": "ncpdp_epa",
    "payer_portal": "portal_entry",
    "phone": "phone_script",
    "web_form": "drug_form",
}
CODE = {
    "approved": "A1",
    "partly_approved": "A2",
    "denied": "A3",
    "withdrawn": "C",
    "dismissed": None,
    "no_action": "NA",
}
BAD_CODES = ("M54.5X", "E11.999", "Z99.999", "M17.111", "I48.999", "G43.7X9", "J45.555")


def answer_code(case: Case) -> str | None:
    """HCR01 of the answer: modified where the payer put place or units right, a call where the request went to the wrong reviewer."""
    if case.outcome == "approved" and (case.fault == "E12" or case.given_pos):
        return "A6"
    if case.outcome == "dismissed" and case.fault in ("E4", "E5"):
        return "CT"
    return CODE[case.outcome]


def form_for(case: Case) -> str:
    """The form that fits the channel and the kind of request."""
    if case.channel in ("fax", "mail_or_email"):
        return "exception_form" if case.kind.endswith("exception") else "drug_form" if case.drug else "service_form"
    if case.channel == "web_form" and case.kind.endswith("exception"):
        return "exception_form"
    return FORM[case.channel]


def state_now(case: Case, log: Log) -> str:
    """State on TODAY from the log."""
    from priorauth.lifecycle import state_after

    return state_after(e[4] for e in log.done())


def write_request(case: Case, store: Store, cat: Catalog, draw: Picker, log: Log, notice_at: int | None) -> None:
    """The header row. Times after TODAY stay empty."""
    c, person = case, case.person
    seen = {
        k: (v if v is not None and v <= NOW else None)
        for k, v in (
            ("received_at", c.received),
            ("statement_at", c.statement),
            ("info_asked_at", c.asked),
            ("info_sent_at", c.info_sent),
            ("decided_at", c.decided),
        )
    }
    closed = seen["decided_at"] is not None and c.outcome != "draft"
    reviewed = c.outcome in ("approved", "partly_approved", "denied")
    row: dict[str, Any] = {
        "order_id": c.order, "member_id": c.member, "plan_id": c.plan, "destination_id": c.destination, "category": c.category, "request_type": c.kind, "benefit": c.benefit,
        "urgency": "expedited" if c.expedited else "standard", "urgency_reason": None, "channel": c.channel, "form": form_for(c), "requesting_npi": c.requester, "rendering_npi": c.renderer,
        "card_id_sent": c.card, "name_sent": f"{person['first']} {person['last']}", "birth_date_sent": person["birth"], "contact_name": log.staff, "contact_phone": phone(STAFF.index(log.staff) + 61),
        "case_ref": f"C{c.n * 7 + 10007:07d}" if c.received is not None and c.received <= NOW else None, "submitted_at": None if c.outcome == "draft" else c.submitted, **seen,
        "complete_at_receipt": None if c.outcome == "draft" or seen["received_at"] is None else c.complete, "info_due_at": c.info_due if seen["info_asked_at"] is not None else None,
        "auto_decided": c.auto if closed and reviewed else None, "decision": c.outcome if closed else None, "decision_code": answer_code(c) if closed else "A4" if seen["info_asked_at"] is not None else None,
        "reason_code": c.reason or None if closed and c.outcome in ("denied", "partly_approved") else None, "state": state_now(c, log),
        "policy_id": c.policy["policy_id"] if c.policy and reviewed else None, "policy_version": c.policy["version"] if c.policy and reviewed else None, "service_date": c.service,
    }  # fmt: skip
    if c.fault == "E16" and closed:
        row["decision_code"] = "A3" if c.outcome == "denied" else "C"
    if c.expedited:
        false = draw.chance(0.9 if c.requester == cat.clinicians["pain medicine"][1] else 0.2)
        row["urgency_reason"] = draw.one(URGENT_FALSE if false else URGENT_TRUE.get(c.category, URGENT_TRUE["rest"]))
        if false:
            store.error(
                "E19", "requests", c.request_id, c.request_id, "expedited without a reason that counts", "standard"
            )
    header_faults(c, row, store, cat, draw)
    if (
        c.fault == ""
        and c.twin is None
        and c.outcome == "approved"
        and c.code not in HAS["prescriber"]
        and draw.chance(0.007)
    ):
        spoil_npi(c, row, store, draw)
    made = store.add("requests", "request_id", **row)
    assert made == c.request_id


def write_lines(case: Case, store: Store, draw: Picker, ndc: dict[str, str]) -> None:
    """The lines, with the mistakes that show there."""
    c = case
    code, dx, units, supply = c.code, c.dx[0], c.units, c.supply
    done = right = ""
    if c.fault == "E9":
        x = draw.below(3 if not c.drug else 2)
        if x == 0 and c.item and c.item.parent_dx:
            dx, done = draw.one(c.item.parent_dx), "parent code or one that does not carry the detail"
        elif x <= 1:
            dx, done = draw.one(BAD_CODES), "code does not exist"
        else:
            dx, done = draw.one(c.item.bad_dx)[0], "not on the policy's list"
        right = c.dx[0]
    elif c.fault == "E10":
        code = WRONG_TEST[c.code]
        done, right = f"{code} coded, order means {c.code}", c.code
    elif c.fault == "E12":
        if c.drug:
            factor = draw.one((2, 3))
            if draw.chance(0.5):
                supply = max(1, c.supply // factor)
            else:
                supply = c.supply * factor
            done, right = f"{supply} days for {units}", f"{c.supply} days"
        else:
            right = str(units)
            units = (
                int(c.dose[0]) * c.dose[2]
                if int(c.dose[0]) * c.dose[2] != units
                else c.dose[2] * max(1, int(c.dose[0]) // 50)
            )
            done = f"{units} units"
    elif c.fault == "E14":
        done, right = f"place of service {c.pos}", ";".join(c.policy["site_of_care"])
    elif c.fault == "E11":
        done, right = f"{partner(c.code)} missing", partner(c.code)
    if done:
        store.error(c.fault, "request_lines", store.next_id("request_lines"), c.request_id, done, right)
    closed = c.decided is not None and c.decided <= NOW and c.outcome in ("approved", "partly_approved", "denied")
    if c.outcome == "partly_approved":
        given = c.approved_units
    else:
        given = (
            c.units if c.outcome == "approved" else 0
        )  # E12: the payer approves the right units once they are put right
    common = {"request_id": c.request_id, "icd10": dx, "start_date": c.start, "end_date": c.end, "pos": c.pos}
    store.add("request_lines", "line_id", line_no=1, code_system=c.system, code=code, modifiers=None, icd10_other=None, ndc=ndc.get(code), dose=float(c.dose[0]) if c.dose else None,
              dose_unit=c.dose[1] if c.dose else None, units_asked=units, days_supply=supply, units_approved=given if closed else None, **common)  # fmt: skip
    pair = partner(c.code) if c.item else None
    if pair and c.fault != "E11":
        n = (
            c.dose[2]
            if c.dose
            else 3
            if pair == "A4239"
            else 15
            if pair == "A6550"
            else 1
            if pair != "A0425"
            else c.units * 8
        )
        system = "SERVICE" if "-" in pair else "HCPCS"
        store.add(
            "request_lines",
            "line_id",
            line_no=2,
            code_system=system,
            code=pair,
            units_asked=n,
            units_approved=(n if c.outcome == "approved" else 0) if closed else None,
            **common,
        )


__all__ = ["form_for", "write_lines", "write_request"]
