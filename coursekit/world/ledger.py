"""Approvals as the clinic recorded them, visits, claims and pharmacy claims, with the mistakes that only show here (E18, E21, E22, E23)."""

from __future__ import annotations

from . import payers as P
from .case import Case
from .catalog import Catalog
from .clock import DAY, NOW, TODAY_DAY
from .draws import Picker
from .drugs import DRUGS, HCPCS, SERVICES
from .hours import next_open, place
from .logbook import short_name
from .names import CLAIMS_STAFF
from .store import Store

#: Mistakes after approval: share of the approvals that can carry them.
AFTER = (("E18", 0.016), ("E21", 0.016), ("E22", 0.038))


def _price(code: str) -> float:
    return float(SERVICES[code][5] if code in SERVICES else HCPCS[code][7] if code in HCPCS else 100)


def write_ledger(cases: list[Case], store: Store, draw: Picker, cat: Catalog) -> None:
    """Authorizations, claims, appointments, referrals, pharmacy claims."""
    edges, total = [], 0.0
    for name, share in AFTER:
        total += share
        edges.append((total, name))
    for c in cases:
        given = c.outcome in ("approved", "partly_approved") and c.decided is not None and c.decided <= NOW
        if c.drug_side:
            _pharmacy(c, store, draw, cat, given)
        if not given or c.code not in SERVICES and c.code not in HCPCS and c.code not in DRUGS:
            continue
        if c.fault == "referral":
            store.add("referrals", "referral_id", member_id=c.member, plan_id=c.plan, from_npi=draw.one(cat.clinicians["family medicine"]), to_npi=draw.one(cat.clinicians["cardiology"]),
                      visits=3, start=c.day, end=c.day + 180, used=draw.below(4))  # fmt: skip
        if c.drug_side and not draw.chance(0.15):
            continue
        _authorize(c, store, draw, edges, cat)


def _authorize(c: Case, store: Store, draw: Picker, edges: list[tuple[float, str]], cat: Catalog) -> None:
    number = f"A{c.n * 13 + 2000003 + store.base:08d}"
    units = c.approved_units if c.outcome == "partly_approved" else c.units
    if c.fault in ("E12", "E9", "E10", "E11", "E14"):
        edges = []
    recorded = min(next_open((c.notice_at or c.decided) + draw.between(20, 600), "clinic"), NOW)
    row = {"request_id": c.request_id, "auth_number": number, "member_id": c.member, "code": c.code, "units": units, "start": c.start, "end": c.end, "pos": c.given_pos or c.pos,
           "rendering_npi": c.given_renderer or c.renderer, "recorded_at": recorded, "recorded_by": c.log.staff}  # fmt: skip
    misread = c.outcome == "partly_approved" and draw.chance(0.5)
    if misread:
        row["units"] = c.units
    c.auth = store.add("authorizations", "auth_id", **row)
    if misread:
        store.error("E23", "authorizations", c.auth, c.request_id, f"recorded {c.units} units", str(units))
    if c.drug_side:
        return
    wrong = ""
    x = draw.u()
    if c.outcome == "approved" and c.fault == "" and c.kind not in ("referral", "notification"):
        wrong = next((name for edge, name in edges if x < edge), "")
    service = max(c.service, c.start)
    if wrong == "E21":
        if c.end + 3 >= TODAY_DAY - 2:
            c.end = (
                c.start + max(10, min(c.end - c.start, TODAY_DAY - 12 - c.start))
                if TODAY_DAY - 12 - c.start > 12
                else c.end
            )
            store.tables["authorizations"][-1]["end"] = c.end
            if c.end + 3 >= TODAY_DAY - 2:
                wrong = ""
    _appointments(c, store, draw, service, units)
    if wrong == "E21":
        service = c.end + draw.between(2, min(20, max(2, TODAY_DAY - 1 - c.end)))
    if wrong == "E18":
        service = c.received // DAY - draw.between(0, 3)
    if service >= TODAY_DAY - 1 or (service > TODAY_DAY - 6 and draw.chance(0.5)):
        return
    if not wrong and not misread and not draw.chance(0.62):
        return
    _claim(c, store, draw, number, units, service, wrong, misread, cat)


def _appointments(c: Case, store: Store, draw: Picker, service: int, units: int) -> None:
    if c.category in ("therapy_pt_ot_st", "home_health", "behavioral_health"):
        each = 3 if c.category == "home_health" else 1
        planned = units // each + (2 if draw.chance(0.08) else 0)
        step = 3 if c.category != "behavioral_health" else 2
        if c.n % 3:
            planned = min(planned, 2)
        for k in range(min(planned, 9)):
            when = service + k * step
            status = "done" if when < TODAY_DAY else "booked"
            store.add("appointments", "appointment_id", request_id=c.request_id, at=when * DAY + draw.between(32, 66) * 15, npi=c.renderer, units=each,
                      status="cancelled" if draw.chance(0.05) else status)  # fmt: skip
    elif service >= TODAY_DAY - 45:
        store.add("appointments", "appointment_id", request_id=c.request_id, at=service * DAY + draw.between(32, 66) * 15, npi=c.renderer, units=units,
                  status="done" if service < TODAY_DAY else "booked")  # fmt: skip


def _claim(
    c: Case, store: Store, draw: Picker, number: str, units: int, service: int, wrong: str, misread: bool, cat: Catalog
) -> None:
    p = P.PLANS[c.plan]
    row: dict = {
        "member_id": c.member,
        "plan_id": c.plan,
        "auth_number": number,
        "service_date": service,
        "code": c.code,
        "units": units,
        "pos": c.given_pos or c.pos,
        "rendering_npi": c.given_renderer or c.renderer,
    }
    carc = group = None
    done = ""
    if c.category in ("therapy_pt_ot_st", "home_health", "behavioral_health"):
        row["units"] = 3 if c.category == "home_health" else 1
    elif c.dose:
        row["units"] = units // c.dose[2] if c.dose[2] and c.outcome == "approved" else units
    if misread:
        row["units"], carc, group = c.units, "198", "CO"
    if wrong == "E18":
        row["auth_number"], carc, group, done = None, "197", "CO", "service before the approval, no number on the claim"
    elif wrong == "E21":
        carc, group, done = "197", "CO", "service after the approved span"
    elif wrong == "E22":
        x = draw.below(5)
        if x == 0:
            row["units"], carc, done = row["units"] + draw.between(1, 2) + units, "198", "more units than approved"
        elif x == 1:
            other = {"K0856": "K0823", "K0823": "K0856", "J1745": "Q5103", "Q5103": "J1745", "THER-PT": "THER-OT", "THER-OT": "THER-PT", "G0299": "G0151", "G0151": "G0299", "IMG-MRI-BRAIN": "IMG-MRI-BRAIN-C",
                     "IMG-MRI-LSPINE": "IMG-MRI-CSPINE", "IMG-MRI-CSPINE": "IMG-MRI-LSPINE", "IMG-CT-CHEST": "IMG-PET-CT", "FAC-SNF": "FAC-IRF", "FAC-IRF": "FAC-SNF"}.get(c.code, "IMG-CT-HEAD")  # fmt: skip
            row["code"], carc, done = other, "284", "another code than approved"
        elif x == 2:
            options = [
                n for n in cat.places.get(c.pos, []) + cat.clinicians.get(c.specialty, []) if n != c.renderer
            ] or cat.places["22"]
            row["rendering_npi"], carc, done = options[0], "296", "another provider than approved"
        elif x == 3:
            row["pos"], carc, done = "19" if c.pos != "19" else "22", "284", "another place of service than approved"
        else:
            at = 4 if number[4] != number[5] else 5
            at = next(i for i in range(1, 8) if number[i] != number[i + 1])
            row["auth_number"], carc, done = (
                number[:at] + number[at + 1] + number[at] + number[at + 2 :],
                "197",
                "two digits of the number swapped",
            )
        group = "CO"
    allowed = round(_price(c.code) * row["units"] * (0.82 + 0.1 * ((c.n * 7) % 10) / 10), 2)
    share = 0.0 if carc else round(allowed * p[11], 2)
    row |= {"billed": round(_price(c.code) * row["units"] * 1.6, 2), "allowed": 0.0 if carc else allowed, "paid": 0.0 if carc else round(allowed - share, 2), "member_owes": share, "carc": carc, "group_code": group,
            "submitted_on": min(next_open((service + draw.between(2, 9)) * DAY + 600, "clinic") // DAY, TODAY_DAY - 1)}  # fmt: skip
    made = store.add("claims", "claim_id", **row)
    if wrong:
        store.error(wrong, "claims", made, c.request_id, done, f"authorization {number}")
    elif misread:
        store.error(
            "E22", "claims", made, c.request_id, "more units than approved, after a partial approval", str(units)
        )
    at = row["submitted_on"] * DAY + 9 * 60 + c.n % 400
    if getattr(c, "full", False) and at > c.decided:
        c.log.add(
            min(service * DAY + 600, at - 60) if service * DAY + 600 > c.decided else at - 60,
            "rendering provider",
            c.log.shop,
            "service_given",
            "Service given.",
            "in_person",
        )
        c.log.add(
            at,
            "biller",
            CLAIMS_STAFF,
            "claim_sent",
            f"Claim sent for {row['units']} unit{'s' if row['units'] != 1 else ''}.",
            None,
        )
        c.log.add(
            next_open(at + draw.between(3, 12) * DAY, "payer"),
            "plan claims unit",
            short_name(p[0]),
            "claim_denied" if carc else "claim_paid",
            f"Claim denied, reason {carc}." if carc else "Claim paid.",
            None,
        )


MESSAGE = {
    "70": "Drug not covered",
    "75": "Authorization required",
    "76": "Plan limit exceeded",
    "79": "Refill too soon",
    "88": "Safety review",
}


def _pharmacy(c: Case, store: Store, draw: Picker, cat: Catalog, given: bool) -> None:
    if c.code not in DRUGS or not draw.chance(0.45) or c.twin is not None:
        return
    d = DRUGS[c.code]
    status = cat.formulary.get((c.plan, c.code))
    code = (
        "70"
        if status is None or status["status"] != "covered"
        else "76"
        if c.fault == "E13" or c.kind == "quantity_exception"
        else "75"
    )
    at = max(c.submitted - draw.between(20, 600), -DAY)
    at = place(at, "clinic", c.submitted - 4 * DAY, c.submitted)
    ndc = next(x["ndc"] for x in cat.tables["drugs"] if x["drug_id"] == c.code)
    common = {
        "member_id": c.member,
        "plan_id": c.plan,
        "drug_id": c.code,
        "ndc": ndc,
        "quantity": c.units,
        "days_supply": c.supply or d[19],
    }
    store.add(
        "pharmacy_claims",
        "rx_claim_id",
        request_id=c.request_id,
        at=at,
        reject_code=code,
        message=MESSAGE[code],
        copay=None,
        **common,
    )
    if given and c.notice_at and c.notice_at + 2 * DAY < NOW and not draw.chance(0.37):
        paid = place(c.notice_at + draw.between(100, 2 * DAY), "clinic", c.notice_at, NOW)
        store.add(
            "pharmacy_claims",
            "rx_claim_id",
            request_id=c.request_id,
            at=paid,
            reject_code=None,
            message=None,
            copay=float((status or {}).get("copay") or 40),
            **common,
        )
        again = next_open(paid + draw.between(8, 16) * DAY, "clinic")
        if draw.chance(0.12) and again < NOW:
            store.add(
                "pharmacy_claims",
                "rx_claim_id",
                request_id=None,
                at=again,
                reject_code="79",
                message=MESSAGE["79"],
                copay=None,
                **common,
            )
    elif draw.chance(0.06):
        store.add(
            "pharmacy_claims",
            "rx_claim_id",
            request_id=None,
            at=place(min(at + 4000, NOW - 20), "clinic", at, NOW),
            reject_code="88",
            message=MESSAGE["88"],
            copay=None,
            **common,
        )
