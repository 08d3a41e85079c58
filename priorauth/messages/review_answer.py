"""The answer to an X12 278 (005010X217): write it from the tables, read it back.

HCR01 carries the outcome, HCR02 the authorization number. HCR03, the reason, points to a licensed list that this course does not hold: the
payer's coded reason of the tables stands in a MSG segment instead. A request that could not be processed gets AAA, which is no denial.
"""

from __future__ import annotations

from ..schema import DECISION_CODES
from .base import MessageError, day8, days, hour4, moment, number, whole
from .codes import NEXT_STEP, NOT_PROCESSED, known
from .levels import Level, get, must, one, open_message
from .people import read_contact, read_member
from .record import Row, cover_for
from .review import CLINIC, VERSION, code_composite, control, parties, read_code, read_span, read_um, span, um
from .x12 import Interchange, Segment, seg, wrap

_REASON, _WANTED = "REASON ", "INFORMATION WANTED BY "
#: Answers that are not final: more will follow.
OPEN = ("A4", "CT")


def answered_at(record: Row) -> str | None:
    """When the payer answered: with the decision, or when it asked for more; None while it has said nothing."""
    r = record["request"]
    return r["decided_at"] or (r["info_asked_at"] or r["received_at"] if r["decision_code"] in OPEN else None)


def not_processed(record: Row) -> tuple[str, str] | None:
    """AAA03 and AAA04 for a request that was dismissed without an outcome code; None if it got an outcome.

    The reason is what the payer's files show: member not found as sent, birth date that does not match, or no cover on the day.
    Requests dismissed for another reason (wrong payer, wrong form) get their answer by letter or phone.
    """
    r, m = record["request"], record["member"]
    if r["decision"] != "dismissed" or r["decision_code"] is not None:
        return None
    on = r["service_date"] or r["submitted_at"][:10]
    cover = cover_for(record, r["plan_id"], on)
    if (
        cover is None
        or r["card_id_sent"] != cover["card_id"]
        or r["name_sent"] != f"{m['first_name']} {m['last_name']}"
    ):
        return "75", "C"
    if r["birth_date_sent"] != m["birth_date"]:
        return "71", "C"
    if on < cover["start"] or (cover["end"] is not None and cover["end"] < on):
        return "95", "N"
    return None


def write_answer(record: Row) -> str:
    """The 278 answer for a record from record.gather. MessageError if the payer has not answered."""
    r, auth = record["request"], record["authorization"]
    at, rejected = answered_at(record), not_processed(record)
    if at is None or (r["decision_code"] is None and rejected is None):
        raise MessageError(f"Request {r['request_id']} has no answer yet: there is no response to write.")
    final = "19" if r["decision_code"] in OPEN else "18"
    body = [seg("BHT", "0007", "11", r["request_id"], day8(at), hour4(at), final), *parties(record, "answer")]
    body += [seg("HL", "4", "3", "EV", "0" if rejected else "1"), seg("TRN", "2", r["request_id"], "9000000001")]
    if rejected:
        body.append(seg("AAA", "N", None, *rejected))
    body.append(um(record))
    if not rejected:
        body.append(seg("HCR", r["decision_code"], auth["auth_number"] if auth else None))
    if r["case_ref"]:
        body.append(seg("REF", "NT", r["case_ref"]))
    if auth and not rejected:
        body.append(seg("DTP", "007", "RD8", f"{day8(auth['start'])}-{day8(auth['end'])}"))
    if r["reason_code"]:
        body.append(seg("MSG", _REASON + r["reason_code"]))
    if r["decision_code"] == "A4" and r["info_due_at"]:
        body.append(seg("MSG", f"{_WANTED}{day8(r['info_due_at'])} {hour4(r['info_due_at'])}"))
    body += [] if rejected else _services(record)
    return wrap(
        "278",
        "HI",
        VERSION,
        body,
        sender=record["destination"]["edi_id"],
        receiver=CLINIC,
        at=at,
        control=control(r["request_id"], 3),
    )


def _services(record: Row) -> list[Segment]:
    out: list[Segment] = []
    for n, x in enumerate(record["lines"]):
        out += [
            seg("HL", str(5 + n), "4", "SS", "0"),
            seg("TRN", "2", x["line_id"], "9000000001"),
            *span(x["start_date"], x["end_date"]),
        ]
        units = number(x["units_approved"])
        out.append(seg("SV1", code_composite(x), None, "UN" if units else None, units))
    return out


def read_answer(text: str) -> Row:
    """A 278 answer as a dict: decision_code, its meaning, auth_number, case_ref, span, reason_code, and `lines` with units_approved.

    `not_processed` and `next_step` are filled, and decision_code is None, where the request could not be processed (AAA).
    """
    found, bht, levels = open_message(text, "278", VERSION, ("20", "21", "22", "EV"))
    if get(bht, 2) != "11":
        raise MessageError(f"BHT02 is {get(bht, 2)!r}, so this is not an answer (11): read it as a request (13).")
    to, event, who = one(levels, "20"), one(levels, "EV"), read_member(one(levels, "22"))
    rejected = event.first("AAA", "N")
    hcr = None if rejected else event.need("HCR")
    code = known(DECISION_CODES, must(hcr, 1), "HCR01") if hcr else None
    if code in ("A1", "A2", "A6") and not get(hcr, 2):
        raise MessageError(
            f"HCR02 is empty, but HCR01 {code} is an approval: an approval carries an authorization number."
        )
    valid = event.first("DTP", "007")
    start, end = days(must(valid, 3), "DTP03") if valid else (None, None)
    services = [x for x in levels if x.code == "SS"]
    asks = read_um(found.message, event)
    return {
        "kind": "278_response",
        "request_id": must(event.need("TRN"), 2),
        "answered_at": moment(must(bht, 4), must(bht, 5), "BHT04 and BHT05"),
        "final": _final(get(bht, 6)),
        "destination_name": must(to.need("NM1", "X3"), 3),
        "destination_edi_id": must(to.need("NM1", "X3"), 9),
        "destination_phone": read_contact(to)[1],
        "requesting_npi": must(one(levels, "21").need("NM1", "1P"), 9),
        "card_id_sent": who["card"],
        "name_sent": who["name"],
        "birth_date_sent": who["birth_date"],
        "request_type": asks["request_type"],
        "category": asks["category"],
        "urgency": asks["urgency"],
        "decision_code": code,
        "meaning": DECISION_CODES[code] if code else "could not be processed; this is not a denial",
        "auth_number": get(hcr, 2) or None,
        "case_ref": get(event.first("REF", "NT"), 2) or None,
        "start": start,
        "end": end,
        "reason_code": _message(event.find("MSG"), _REASON),
        "info_due_at": _due(_message(event.find("MSG"), _WANTED)),
        "not_processed": NOT_PROCESSED[known(NOT_PROCESSED, must(rejected, 3), "AAA03")] if rejected else None,
        "next_step": NEXT_STEP[known(NEXT_STEP, must(rejected, 4), "AAA04")] if rejected else None,
        "lines": [_read_line(found.message, x, n) for n, x in enumerate(services, start=1)],
    }


def _read_line(message: Interchange, level: Level, n: int) -> Row:
    sv1 = level.need("SV1")
    start, end = read_span(level)
    units = get(sv1, 4)
    return {
        "line_id": must(level.need("TRN"), 2),
        "line_no": n,
        **read_code(message, sv1),
        "units_approved": whole(units, "SV104") if units else None,
        "start_date": start,
        "end_date": end,
    }


def _final(code: str) -> bool:
    if code not in ("18", "19"):
        raise MessageError(
            f"BHT06 holds the unknown code {code!r}: write 18 for a final answer, 19 if more will follow."
        )
    return code == "18"


def _message(found: list[list[str]], start: str) -> str | None:
    return next((get(s, 1)[len(start) :] for s in found if get(s, 1).startswith(start)), None)


def _due(text: str | None) -> str | None:
    if text is None:
        return None
    date8, _, time4 = text.partition(" ")
    return moment(date8, time4, "MSG with the due time")


__all__ = ["OPEN", "answered_at", "not_processed", "read_answer", "write_answer"]
