"""Writing a case as rows: request, lines, packet, log, notice."""

from __future__ import annotations

from typing import Any

from . import payers as P
from .asks import HAS, WRONG_TEST
from .case import Case
from .catalog import Catalog, phone
from .clock import DAY, NOW
from .draws import Picker
from .items import partner
from .log import Log
from .names import STAFF
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
DOC_OF = {
    "labs": "labs",
    "imaging_report": "imaging_report",
    "therapy_record": "therapy_record",
    "fill_history": "fill_history",
    "note": "note",
}
BAD_CODES = ("M54.5X", "E11.999", "Z99.999", "M17.111", "I48.999", "G43.7X9", "J45.555")


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
        "decided_by_role": (c.who or None) if closed and reviewed and not c.auto else "plan system" if closed and c.auto else None,
        "auto_decided": c.auto if closed and reviewed else None, "decision": c.outcome if closed else None, "decision_code": CODE[c.outcome] if closed else "A4" if seen["info_asked_at"] is not None else None,
        "reason_code": c.reason or None if closed and c.outcome in ("denied", "partly_approved") else None, "state": state_now(c, log),
        "policy_id": c.policy["policy_id"] if c.policy and reviewed else None, "policy_version": c.policy["version"] if c.policy and reviewed else None, "service_date": c.service,
    }  # fmt: skip
    if c.fault == "E16" and closed:
        row["decision_code"] = "A3" if c.outcome == "denied" else "C"
    if c.expedited:
        false = draw.chance(0.9 if c.requester == cat.clinicians["pain medicine"][1] else 0.2)
        row["urgency_reason"] = draw.one(URGENT_FALSE if false else URGENT_TRUE)
        if false:
            store.error(
                "E19", "requests", c.request_id, c.request_id, "expedited without a reason that counts", "standard"
            )
    _header_faults(c, row, store, cat, draw)
    if (
        c.fault == ""
        and c.twin is None
        and c.outcome == "approved"
        and c.code not in HAS["prescriber"]
        and draw.chance(0.007)
    ):
        _spoil_npi(c, row, store, draw)
    made = store.add("requests", "request_id", **row)
    assert made == c.request_id


def _spoil_npi(c: Case, row: dict[str, Any], store: Store, draw: Picker) -> None:
    """A requester number with one wrong digit: it fails the check digit."""
    good = row["requesting_npi"]
    at = draw.between(3, 8)
    row["requesting_npi"] = good[:at] + str((int(good[at]) + draw.between(1, 8)) % 10) + good[at + 1 :]
    store.truth.setdefault("bad_npis", []).append(
        {"request_id": c.request_id, "sent": row["requesting_npi"], "right": good}
    )


def _header_faults(c: Case, row: dict[str, Any], store: Store, cat: Catalog, draw: Picker) -> None:
    """Mistakes that show in the header."""

    def note(kind: str, done: str, right: str) -> None:
        store.error(kind, "requests", c.request_id, c.request_id, done, right)

    f = c.fault
    if f == "E8":
        x = draw.below(4)
        if x == 0:
            row["card_id_sent"] = f"{int(c.card) / 10 ** (len(c.card) - 1):.2f}E+{len(c.card) - 1:02d}"
        elif x == 1:
            row["card_id_sent"] = (
                c.card[:4] + c.card[5] + c.card[4] + c.card[6:] if c.card[4] != c.card[5] else c.card[:-1]
            )
        elif x == 2:
            row["birth_date_sent"] = row["birth_date_sent"] - 365
        else:
            row["name_sent"] = f"{c.person['last']} {c.person['first']}"
        note(
            "E8",
            (
                "number damaged by a spreadsheet",
                "two digits swapped or lost",
                "wrong birth year",
                "first and last name swapped",
            )[x],
            f"{c.card}; {c.person['first']} {c.person['last']}",
        )
    elif f == "E4":
        right = (c.benefit, c.destination)
        other = "medical" if c.benefit == "pharmacy" else "pharmacy"
        row["benefit"] = other
        row["destination_id"] = P.PLANS[c.plan][0] if other == "medical" else P.PLANS[c.plan][6]
        if other == "medical":
            row["channel"], row["form"] = "fax", "service_form"
        elif other == "pharmacy" and row["channel"] not in ("fax", "phone"):
            row["channel"], row["form"] = "fax", "drug_form"
        note("E4", f"sent under the {other} benefit", f"{right[0]} benefit, {right[1]}")
    elif f == "E5":
        right = c.destination
        wrong = _wrong_payer(c, draw)
        row["destination_id"] = wrong
        if row["channel"] not in P.PAYERS[wrong][2].split(";"):
            row["channel"] = "fax"
            row["form"] = "drug_form" if c.drug else "service_form"
        note("E5", f"sent to {wrong}", right)
    elif f == "E6":
        right = row["form"]
        row["channel"] = "fax"
        row["form"] = draw.one(("service_form", "appeal_form")) if c.drug else draw.one(("drug_form", "appeal_form"))
        note("E6", f"used {row['form']}", "drug_form or exception_form" if c.drug else "service_form")
        del right
    elif f == "E33":
        if draw.chance(0.5):
            row["contact_phone"] = None
            note("E33", "no call-back number", "number of the clinic")
            c.variant = "no_phone"
        else:
            c.variant = c.variant or draw.one(("blank", "cut_off", "blacked_out", "split"))
            note(
                "E33",
                "pages " + c.variant if c.variant != "split" else "packet split over two case numbers",
                "one readable packet",
            )
    elif f == "E17":
        note("E17", "authorization asked though none is needed", "no request")
    elif f == "E7":
        note("E7", "cover not active in this plan on the service date", c.person.get("e7", "check eligibility"))
    elif f == "E15":
        note("E15", "renderer out of network on the service date", "in-network provider or a waiver")
    elif f == "E13":
        limit = cat.formulary[c.plan, c.code]["quantity_limit"]
        note("E13", f"{c.units} asked, limit {limit}", "quantity exception with a dose reason")
    elif f == "E29" and row["decision"] == "denied":
        note(
            "E29",
            "renewal sent as a first request" if c.variant == "as_initial" else "renewal without response data",
            "renewal criteria with response data",
        )
    elif f == "E28":
        note("E28", "benefit exclusion", "no appeal on medical grounds; other accepted use, alternative or assistance")
    elif f == "E20" and row["decision"] == "denied":
        note("E20", f"answer to the request for information: {c.variant}", "answer before the due time")
    elif f == "E16" and c.twin is not None:
        note("E16", f"repeats {c.twin.request_id}", "keep the first request")
    elif f in ("E1", "E2", "E3", "E24", "E25", "E26", "E27", "E31", "E32") and row["decision"] == "denied":
        done = {
            "E1": "evidence is in the chart but was not sent", "E2": "a criterion is not shown anywhere", "E3": "earlier treatment too short, not provider-directed or not documented", "E24": "evidence older than the look-back",
            "E25": "unsigned note", "E26": "note claims a trial that the fills do not show", "E27": "use neither labelled nor supported", "E31": f"coded reason hides an unread record ({c.variant})", "E32": "criteria met and sent, denied",
        }[f]  # fmt: skip
        note(f, done, {"E31": "the record was not read", "E32": "approve"}.get(f, ""))


def _wrong_payer(c: Case, draw: Picker) -> str:
    if c.plan == "PLN-11":
        return "PAY-09" if c.destination == "PAY-10" else "PAY-10"
    if c.category == "advanced_imaging" and P.PLANS[c.plan][7]:
        return P.PLANS[c.plan][0]
    if c.drug:
        return "PAY-07" if P.PLANS[c.plan][6] == "PAY-06" else "PAY-06"
    return (
        "PAY-09"
        if c.line == "medicare_advantage"
        else draw.one([p for p in ("PAY-01", "PAY-02", "PAY-03") if p != c.destination])
    )


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


def write_packet(case: Case, store: Store, draw: Picker, rich: bool) -> None:
    """The documents sent. What a denial or a rich case sends is complete; other packets show the note and one result."""
    c = case
    if c.outcome == "draft" or (c.auto and not rich) or c.submitted > NOW:
        return
    docs: list[tuple[str, str, list[str]]] = [("", "note", [c.note])] if c.note else []
    docs += [e for e in c.evidence if e[2] and e[2][0] != c.note]
    leave: str | None = None
    if c.fault in ("E1", "E20"):
        able = [e for e in c.evidence if e[2] and e[1] != "fill_history"]
        gone = draw.one(able) if able else None
        if gone:
            leave = gone[2][0]
    if not rich:
        docs = docs[: c.n % 2]
    quality, ref = "readable", f"C{c.n * 7 + 10007:07d}"
    if c.fault == "E33" and c.variant in ("blank", "cut_off", "blacked_out"):
        quality = c.variant
    if c.channel in ("fax",) and draw.chance(0.3):
        store.add(
            "attachments",
            "doc_id",
            request_id=c.request_id,
            kind="cover_sheet",
            source_id=None,
            of_member_id=c.member,
            pages=1,
            sent_at=c.submitted,
            quality="readable",
            case_ref=ref,
        )
    n = 0
    for _leaf, kind, ids in docs:
        if ids[0] == leave:
            continue
        n += 1
        mine = ref if not (c.fault == "E33" and c.variant == "split" and n == 1) else f"C{c.n * 7 + 10010:07d}"
        store.add("attachments", "doc_id", request_id=c.request_id, kind=DOC_OF[kind], source_id=ids[0], of_member_id=c.member, pages=draw.between(1, 4), sent_at=c.submitted,
                  quality=quality if n == 1 or c.fault == "E33" and kind != "note" else "readable", case_ref=mine)  # fmt: skip


def write_slip(case: Case, store: Store, draw: Picker, other: str | None) -> None:
    """A slip with health information in some packets: another member's page, or the whole chart where a note would do (E34)."""
    c = case
    if (
        other is None
        or other == c.member
        or c.outcome == "draft"
        or c.auto
        or c.submitted > NOW
        or not draw.chance(0.009)
    ):
        return
    whole = draw.chance(0.5)
    made = store.add("attachments", "doc_id", request_id=c.request_id, kind="whole_chart" if whole else "other_member_document", source_id=None, of_member_id=c.member if whole else other,
                     pages=draw.between(60, 240) if whole else 1, sent_at=c.submitted, quality="readable", case_ref=f"C{c.n * 7 + 10007:07d}")  # fmt: skip
    store.error(
        "E34",
        "attachments",
        made,
        c.request_id,
        "whole chart sent" if whole else "page of another member sent",
        "only what the criteria ask for" if whole else "remove the page; report the slip",
    )


def write_notice(case: Case, store: Store, draw: Picker) -> int | None:
    """Time of the notice; a row for denials and cuts."""
    c = case
    if c.decided is None or c.outcome in ("withdrawn", "draft"):
        return None
    at = c.decided + (
        draw.between(5, 240) if c.outcome != "denied" or not draw.chance(0.04) else draw.between(3 * DAY, 6 * DAY)
    )
    if c.outcome in ("denied", "partly_approved") and at <= NOW:
        words, criterion = reason_words(c, draw)
        role = c.who
        if c.fault == "E32" and draw.chance(0.12):
            role = {"plan": "plan nurse reviewer", "PBM": "PBM technician"}.get(c.desk, role)
        store.add("notices", "notice_id", request_id=c.request_id, sent_at=at, kind="denial" if c.outcome == "denied" else "partial_approval", reason_text=words, criterion=criterion,
                  rights_included=not draw.chance(0.03), decided_by_role=role, received_on=at // DAY + (draw.between(2, 5) if c.channel in ("fax", "mail_or_email") else 0))  # fmt: skip
    return at


VAGUE = ("Not medically necessary.", "Does not meet guidelines.", "Criteria not met.", "Insufficient information.")


def reason_words(c: Case, draw: Picker) -> tuple[str, str | None]:
    """Reason as written, and the criterion that it names (None in vague notices)."""
    unmet = next((k for k, v in c.statuses.items() if v != "met"), None) or (
        next(iter(c.statuses)) if c.statuses else None
    )
    pid = c.policy["policy_id"] if c.policy else ""
    if c.outcome == "partly_approved":
        return f"{c.approved_units} of {c.units} approved; more needs a new request with progress shown.", None
    fixed = {
        "out_of_network": "The provider is not in the plan's network on that date.", "not_eligible": "The member had no active cover on that date.", "not_covered_benefit": "The contract does not cover this service.",
        "duplicate_or_already_authorized": "The same service was already requested.", "quantity_limit": "The quantity is over the plan's limit.", "other": "Quantity and days supply do not fit.",
        "wrong_code_or_setting": "The place of service is not one that the policy accepts." if c.fault == "E14" else "The diagnosis code does not support the service.",
    }.get(c.reason)  # fmt: skip
    if c.reason == "non_formulary_or_excluded":
        fixed = (
            "This use of the drug is excluded from the benefit."
            if c.fault == "E28"
            else "The drug is not on the formulary; the exception was not supported."
        )
    if fixed:
        return fixed, None
    if c.fault == "E27":
        return f"The use is neither labelled nor supported ({pid}, C1).", "C1"
    if draw.chance(0.15):
        return draw.one(VAGUE), None
    if unmet is None:
        return draw.one(VAGUE), None
    start = {
        "criteria_not_met": "Criterion not met",
        "step_therapy_not_met": "Step therapy not shown",
        "conservative_care_not_tried": "Earlier treatment not shown",
    }.get(c.reason, "Records do not show")
    return f"{start}: {pid}, {unmet}.", unmet


__all__ = ["form_for", "write_lines", "write_notice", "write_packet", "write_request", "write_slip"]
