"""The X12 278 request for review (005010X217): write it from the tables, read it back. The answer is in review_answer.py.

What a 278 does not carry: the dose of a drug and the days supply (they are in the attached order), the plan's product, and the kinds of
request for which X12 has no code of its own (exceptions, retrospective requests, network gaps).
"""

from __future__ import annotations

import re

from .base import MessageError, day, day8, days, hour4, moment, number, whole
from .codes import (
    ADMISSIONS,
    CODE_QUALIFIERS,
    PAPERWORK,
    PAPERWORK_WORDS,
    REQUEST_TYPES,
    REVIEWS,
    TRAVEL_WORDS,
    TRAVELS,
    category_of,
    code_of,
    known,
    ndc11,
    service_type,
    value_of,
    with_point,
    without_point,
)
from .levels import Level, get, must, one, open_message
from .people import contact, member, organization, provider, provider_name, read_contact, read_member
from .record import Row
from .x12 import Interchange, Segment, seg, wrap

VERSION = "005010X217"
CLINIC = "JUNIPERVALLEY"
#: Number of the clinic as the one who gives trace numbers (invented).
TRACER = "9000000001"


def control(request_id: str, kind: int) -> int:
    """Control number of a message: the number of the request and a digit for the kind."""
    return int(request_id.rsplit("-", 1)[1]) % 10_000_000 * 10 + kind


def review_codes(request: Row) -> tuple[str, str, str]:
    """UM01, UM02 and UM03 of a request. MessageError for a kind of request that a 278 cannot carry."""
    if request["request_type"] not in REQUEST_TYPES:
        raise MessageError(
            f"A 278 has no code of its own for the request type {request['request_type']!r}: send it by portal, form or phone."
        )
    review, kind = REQUEST_TYPES[request["request_type"]]
    review = review or ("AR" if request["category"] in ADMISSIONS else "HS")
    return review, kind, service_type(request)


def first_place(lines: list[Row]) -> str | None:
    """Place of service of the request: that of the first line that has one."""
    return next((x["pos"] for x in lines if x["pos"]), None)


def um(record: Row) -> Segment:
    """The UM segment: what is asked, where, how fast."""
    review, kind, service = review_codes(record["request"])
    place = first_place(record["lines"])
    return seg(
        "UM",
        review,
        kind,
        service,
        (place, "B") if place else None,
        None,
        "U" if record["request"]["urgency"] == "expedited" else None,
    )


def parties(record: Row, child: str) -> list[Segment]:
    """Levels 20, 21 and 22 of a request."""
    r, to = record["request"], record["destination"]
    return [
        seg("HL", "1", None, "20", "1"),
        organization("X3", to["name"], "PI", to["edi_id"]),
        *(contact(None, to["phone"]) if child == "answer" else []),
        seg("HL", "2", "1", "21", "1"),
        provider("1P", r["requesting_npi"], record["requester"]),
        *(contact(r["contact_name"], r["contact_phone"]) if child == "question" else []),
        seg("HL", "3", "2", "22", "1"),
        *member(r["name_sent"], r["card_id_sent"], r["birth_date_sent"], record["member"]["sex"]),
    ]


def diagnoses(lines: list[Row]) -> list[str]:
    """All diagnosis codes of the request, each once, the first line's principal one first."""
    found = [x["icd10"] for x in lines]
    found += [c for x in lines for c in (x["icd10_other"] or "").split(";") if c]
    return list(dict.fromkeys(found))


def code_composite(line: Row) -> tuple[str, ...]:
    """SV101: qualifier, code, up to four modifiers; a drug goes by its package number, with the drug id as the description."""
    qualifier = code_of(CODE_QUALIFIERS, line["code_system"], "The code system")
    mods = [m for m in (line["modifiers"] or "").split(";") if m][:4]
    if qualifier == "N4":
        if not line["ndc"]:
            raise MessageError(f"Line {line['line_id']} asks for a drug without a package number: add the NDC.")
        return ("N4", ndc11(line["ndc"]), "", "", "", "", line["code"])
    return (qualifier, line["code"], *mods)


def span(start: str | None, end: str | None) -> list[Segment]:
    """DTP 472: the days of service."""
    if not start:
        return []
    return [seg("DTP", "472", "RD8", f"{day8(start)}-{day8(end)}") if end else seg("DTP", "472", "D8", day8(start))]


def _event(record: Row) -> list[Segment]:
    r, dx = record["request"], diagnoses(record["lines"])
    if len(dx) > 12:
        raise MessageError(f"Request {r['request_id']} names {len(dx)} diagnoses: segment HI has room for 12.")
    out = [seg("HL", "4", "3", "EV", "1"), seg("TRN", "1", r["request_id"], TRACER), um(record)]
    if r["service_date"]:
        out.append(seg("DTP", "AAH", "D8", day8(r["service_date"])))
    out.append(seg("HI", *(("ABF" if i else "ABK", without_point(c)) for i, c in enumerate(dx))))
    for a in record["attachments"]:
        if a["kind"] in PAPERWORK:
            out.append(seg("PWK", PAPERWORK[a["kind"]], TRAVELS[r["channel"]], None, None, "AC", a["doc_id"]))
    if r["urgency_reason"]:
        out.append(seg("MSG", r["urgency_reason"]))
    if r["rendering_npi"]:
        out.append(provider("SJ", r["rendering_npi"], record["rendering"]))
    return out


def _services(record: Row) -> list[Segment]:
    lines, dx = record["lines"], diagnoses(record["lines"])
    place = first_place(lines)
    out: list[Segment] = []
    for n, x in enumerate(lines):
        mine = [x["icd10"], *(c for c in (x["icd10_other"] or "").split(";") if c)]
        pointers = tuple(str(dx.index(c) + 1) for c in mine)
        out += [
            seg("HL", str(5 + n), "4", "SS", "0"),
            seg("TRN", "1", x["line_id"], TRACER),
            *span(x["start_date"], x["end_date"]),
        ]
        elsewhere = x["pos"] if x["pos"] != place else None
        out.append(seg("SV1", code_composite(x), None, "UN", number(x["units_asked"]), elsewhere, None, pointers))
    return out


def write_request(record: Row) -> str:
    """The 278 request for a record from record.gather. MessageError if the request was never sent or does not fit into a 278."""
    r = record["request"]
    if r["submitted_at"] is None:
        raise MessageError(f"Request {r['request_id']} is a draft: a message is written when it is sent.")
    at = r["submitted_at"]
    body = [
        seg("BHT", "0007", "13", r["request_id"], day8(at), hour4(at)),
        *parties(record, "question"),
        *_event(record),
        *_services(record),
    ]
    return wrap(
        "278",
        "HI",
        VERSION,
        body,
        sender=CLINIC,
        receiver=record["destination"]["edi_id"],
        at=at,
        control=control(r["request_id"], 2),
    )


def read_um(message: Interchange, event: Level) -> Row:
    """review, request_type, category, pos and urgency from the UM segment."""
    segment = event.need("UM")
    review = known(REVIEWS, must(segment, 1), "UM01")
    kind = must(segment, 2)
    fits = [t for t, (r, k) in REQUEST_TYPES.items() if k == kind and (not r or r == review)]
    if not fits:
        kinds = ", ".join(sorted({k for _, k in REQUEST_TYPES.values()}))
        raise MessageError(
            f"UM02 holds {kind!r}, which this course does not use with UM01 {review!r}: use one of {kinds}."
        )
    place = message.parts(get(segment, 4))
    if get(segment, 4) and place[1:2] != ["B"]:
        raise MessageError("UM04 must be a place of service code and the letter B, such as 11:B.")
    speed = get(segment, 6)
    if speed not in ("", "U", "03"):
        raise MessageError(
            f"UM06 holds the unknown code {speed!r}: write U for urgent, 03 for an emergency, or nothing."
        )
    return {
        "review": review,
        "request_type": fits[-1],
        "category": category_of(must(segment, 3), "UM03"),
        "pos": place[0] or None,
        "urgency": "expedited" if speed else "standard",
    }


def read_diagnoses(message: Interchange, event: Level) -> list[str]:
    """Codes of the HI segment with their points, the principal one first."""
    found = []
    for n, element in enumerate(event.need("HI")[1:], start=1):
        qualifier, *code = message.parts(element)
        want = "ABK" if n == 1 else "ABF"
        if qualifier != want or len(code) != 1 or not re.fullmatch(r"[A-Z0-9]{3,7}", code[0]):
            raise MessageError(
                f"HI{n:02d} holds {element!r}: write {want}, a separator and an ICD-10-CM code without its point, such as {want}:M5450."
            )
        found.append(with_point(code[0]))
    return found


def read_code(message: Interchange, sv1: list[str]) -> Row:
    """code_system, code, modifiers and ndc11 from SV101."""
    qualifier, *rest = message.parts(must(sv1, 1))
    system = value_of(CODE_QUALIFIERS, qualifier, "SV101-1")
    if not rest or not rest[0]:
        raise MessageError("SV101 names no code: write the qualifier, a separator and the code, such as HC:J1745.")
    if system == "DRUG":
        return {"code_system": system, "code": rest[5] if len(rest) > 5 else None, "modifiers": None, "ndc11": rest[0]}
    return {
        "code_system": system,
        "code": rest[0],
        "modifiers": ";".join(m for m in rest[1:5] if m) or None,
        "ndc11": None,
    }


def read_span(level: Level) -> tuple[str | None, str | None]:
    """First and last day of service; the last is None where the message names one day."""
    dtp = level.first("DTP", "472")
    if dtp is None:
        return None, None
    if get(dtp, 2) not in ("D8", "RD8"):
        raise MessageError(f"DTP02 holds {get(dtp, 2)!r}: write D8 for one day or RD8 for a span.")
    first, last = days(must(dtp, 3), "DTP03")
    return first, last if dtp[2] == "RD8" else None


def _read_line(message: Interchange, level: Level, n: int, codes: list[str], place: str | None) -> Row:
    sv1 = level.need("SV1")
    if get(sv1, 3) != "UN":
        raise MessageError(f"SV103 holds {get(sv1, 3)!r}: write UN, for units.")
    pointers = [whole(p, "SV107") for p in message.parts(get(sv1, 7, "1"))]
    if any(not 1 <= p <= len(codes) for p in pointers):
        raise MessageError(f"SV107 points to a diagnosis that is not in HI: use numbers from 1 to {len(codes)}.")
    mine = [codes[p - 1] for p in pointers]
    start, end = read_span(level)
    made = {
        "line_id": must(level.need("TRN"), 2),
        "line_no": n,
        **read_code(message, sv1),
        "icd10": mine[0],
        "icd10_other": ";".join(mine[1:]) or None,
    }
    return made | {
        "units_asked": whole(must(sv1, 4), "SV104"),
        "start_date": start,
        "end_date": end,
        "pos": get(sv1, 5) or place,
    }


def read_request(text: str) -> Row:
    """A 278 request as a dict with the field names of `requests`, and a list `lines` with those of `request_lines`."""
    found, bht, levels = open_message(text, "278", VERSION, ("20", "21", "22", "EV", "SS"))
    if get(bht, 2) != "13":
        raise MessageError(f"BHT02 is {get(bht, 2)!r}, so this is not a request (13): read it as an answer (11).")
    to, requester, event = one(levels, "20").need("NM1", "X3"), one(levels, "21"), one(levels, "EV")
    who, asks, codes = (
        read_member(one(levels, "22")),
        read_um(found.message, event),
        read_diagnoses(found.message, event),
    )
    name, phone = read_contact(requester)
    dated, words, renderer = event.first("DTP", "AAH"), event.first("MSG"), event.first("NM1", "SJ")
    services = [x for x in levels if x.code == "SS"]
    return {
        "kind": "278_request",
        "request_id": must(event.need("TRN"), 2),
        "submitted_at": moment(must(bht, 4), must(bht, 5), "BHT04 and BHT05"),
        "destination_name": must(to, 3),
        "destination_edi_id": must(to, 9),
        "requesting_npi": must(requester.need("NM1", "1P"), 9),
        "requesting_name": provider_name(requester.need("NM1", "1P")),
        "contact_name": name,
        "contact_phone": phone,
        "rendering_npi": get(renderer, 9) or None,
        "rendering_name": provider_name(renderer),
        "card_id_sent": who["card"],
        "name_sent": who["name"],
        "birth_date_sent": who["birth_date"],
        "sex": who["sex"],
        **asks,
        "urgency_reason": get(words, 1) or None,
        "service_date": day(must(dated, 3), "DTP03") if dated else None,
        "diagnoses": codes,
        "attachments": [_read_paper(p) for p in event.find("PWK")],
        "lines": [_read_line(found.message, x, n, codes, asks["pos"]) for n, x in enumerate(services, start=1)],
    }


def _read_paper(segment: list[str]) -> Row:
    kind = known(PAPERWORK_WORDS, must(segment, 1), "PWK01")
    return {
        "doc_id": must(segment, 6),
        "paper": kind,
        "what": PAPERWORK_WORDS[kind],
        "travels": TRAVEL_WORDS[known(TRAVEL_WORDS, must(segment, 2), "PWK02")],
    }
