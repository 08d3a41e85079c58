"""The eligibility question (X12 270) and its answer (271), version 005010X279A1: write them from the tables, read them back.

The answer gives the span of cover, the product, the yearly deductible, coinsurance and maximum of the plan, the primary care
clinician on file, and whether authorization is needed (EB11). What a member has already paid is not in it: the table holds
that as of TODAY, the answer is older.
"""

from __future__ import annotations

from .base import MessageError, amount, day, day8, hour4, moment, number
from .codes import NEXT_STEP, NOT_PROCESSED, PRODUCTS, category_of, code_of, known, service_type, value_of
from .levels import Level, get, must, one, open_message
from .people import member, organization, provider, provider_name, read_member
from .record import Row, cover_for
from .x12 import Segment, seg, wrap

VERSION = "005010X279A1"
CLINIC = "JUNIPERVALLEY"
_NEEDED = {"True": "Y", "False": "N", "None": "U"}
_STATUS = {"active": "1", "inactive": "6"}


def _control(row_id: str, kind: int) -> int:
    return int(row_id.rsplit("-", 1)[1]) % 10_000_000 * 10 + kind


def _asked_about(record: Row, check: Row, answered: bool) -> tuple[str, str, str]:
    """Name, card and birth date: as sent in the question, as the payer holds them in an answer that found the member."""
    r, m = record["request"], record["member"]
    cover = cover_for(record, check["plan_id"], check["service_date"])
    if answered and check["answer"] != "not_found" and cover:
        return f"{m['first_name']} {m['last_name']}", cover["card_id"], m["birth_date"]
    return r["name_sent"], r["card_id_sent"], r["birth_date_sent"]


def _head(record: Row, check: Row, purpose: str, at: str, answered: bool) -> list[Segment]:
    payer, requester = record["payer"], record["requester"]
    name, card, birth = _asked_about(record, check, answered)
    return [
        seg("BHT", "0022", purpose, record["request"]["request_id"], day8(at), hour4(at)),
        seg("HL", "1", None, "20", "1"),
        organization("PR", payer["name"], "PI", payer["edi_id"]),
        seg("HL", "2", "1", "21", "1"),
        provider("1P", record["request"]["requesting_npi"], requester),
        seg("HL", "3", "2", "22", "0"),
        seg("TRN", "2" if answered else "1", check["check_id"], "9000000001"),
        *member(name, card, birth, record["member"]["sex"]),
        seg("DTP", "291", "D8", day8(check["service_date"])),
    ]


def write_question(record: Row, check: Row) -> str:
    """The 270 for one row of the table `eligibility`; `record` comes from record.gather."""
    body = _head(record, check, "13", check["asked_at"], False)
    body.append(seg("EQ", service_type(record["request"])))
    return wrap(
        "270",
        "HS",
        VERSION,
        body,
        sender=CLINIC,
        receiver=record["payer"]["edi_id"],
        at=check["asked_at"],
        control=_control(check["check_id"], 0),
    )


def write_answer(record: Row, check: Row) -> str:
    """The 271 for the same row. MessageError if no answer has come."""
    at, plan = check["answered_at"], record["plan"]
    if at is None or check["answer"] is None:
        raise MessageError(f"Check {check['check_id']} has no answer yet: there is no 271 to write.")
    body = _head(record, check, "11", at, True)
    if check["answer"] == "not_found":
        body.append(seg("AAA", "N", None, "75", "C"))
    else:
        body += [
            seg("DTP", q, "D8", day8(v)) for q, v in (("346", check["cover_from"]), ("347", check["cover_to"])) if v
        ]
        body += _benefits(record, check, plan)
    return wrap(
        "271",
        "HB",
        VERSION,
        body,
        sender=record["payer"]["edi_id"],
        receiver=CLINIC,
        at=at,
        control=_control(check["check_id"], 1),
    )


def _benefits(record: Row, check: Row, plan: Row) -> list[Segment]:
    kind = service_type(record["request"])
    product = code_of(PRODUCTS, plan["product"], "The product")
    status = _STATUS["active" if check["answer"] == "active" else "inactive"]
    out = [
        seg(
            "EB",
            status,
            "IND",
            kind,
            product,
            plan["name"],
            None,
            None,
            None,
            None,
            None,
            _NEEDED[str(check["auth_needed"])],
        )
    ]
    if check["answer"] == "active":
        out.append(seg("EB", "C", "IND", "30", None, None, "23", number(plan["deductible"])))
        out.append(seg("EB", "A", "IND", "30", None, None, None, None, number(plan["coinsurance"])))
        out.append(seg("EB", "G", "IND", "30", None, None, "23", number(plan["oop_max"])))
        cover = cover_for(record, check["plan_id"], check["service_date"])
        if cover and cover["pcp_npi"]:
            out += [
                seg("EB", "L", "IND", "30"),
                seg("LS", "2120"),
                provider("P3", cover["pcp_npi"], record["pcps"][cover["pcp_npi"]]),
                seg("LE", "2120"),
            ]
    if check["answer"] == "active_other_plan":
        out.append(seg("EB", "R", "IND", "30", None, _other_plan(record, check)))
    return out


def _other_plan(record: Row, check: Row) -> str | None:
    """Name of the plan that did cover the member on the day."""
    on = check["service_date"]
    for c in record["coverage"]:
        if c["plan_id"] != check["plan_id"] and c["start"] <= on and (c["end"] is None or on <= c["end"]):
            return record["other_plans"][c["plan_id"]]["name"]
    return None


def _read_head(text: str, kind: str) -> tuple[Row, Level]:
    found, bht, levels = open_message(text, kind, VERSION, ("20", "21", "22"))
    payer, requester, who = one(levels, "20").need("NM1", "PR"), one(levels, "21").need("NM1", "1P"), one(levels, "22")
    about = read_member(who)
    return {
        "kind": kind,
        "request_id": must(bht, 3),
        "check_id": must(who.need("TRN"), 2),
        "payer_name": must(payer, 3),
        "payer_edi_id": must(payer, 9),
        "requesting_npi": must(requester, 9),
        "requesting_name": provider_name(requester),
        "member_name": about["name"],
        "card_id": about["card"],
        "birth_date": about["birth_date"],
        "sex": about["sex"],
        "service_date": day(must(who.need("DTP", "291"), 3), "DTP03"),
        "at": moment(must(bht, 4), must(bht, 5), "BHT04 and BHT05"),
        "test": found.test,
    }, who


def read_question(text: str) -> Row:
    """A 270 as a dict: check_id, request_id, asked_at, service_date, member and payer, category asked about."""
    row, who = _read_head(text, "270")
    row["asked_at"] = row.pop("at")
    row["category"] = category_of(must(who.need("EQ"), 1), "EQ01")
    return row


def read_answer(text: str) -> Row:
    """A 271 as a dict: answer, cover_from, cover_to, auth_needed, plan, product, deductible, coinsurance, oop_max (US dollars), pcp."""
    row, who = _read_head(text, "271")
    row["answered_at"] = row.pop("at")
    dates = {q: who.first("DTP", q) for q in ("346", "347")}
    row |= {
        "cover_from": _date(dates["346"]),
        "cover_to": _date(dates["347"]),
        "auth_needed": None,
        "plan_name": None,
        "product": None,
        "category": None,
    }
    row |= {
        "deductible": None,
        "coinsurance": None,
        "oop_max": None,
        "pcp_npi": None,
        "pcp_name": None,
        "other_plan_name": None,
        "not_processed": None,
        "next_step": None,
    }
    rejected = who.first("AAA", "N")
    if rejected:
        row |= {"answer": "not_found", "not_processed": NOT_PROCESSED[known(NOT_PROCESSED, must(rejected, 3), "AAA03")]}
        row["next_step"] = NEXT_STEP[known(NEXT_STEP, must(rejected, 4), "AAA04")]
        return row
    main = who.first("EB", "1", "IND") or who.first("EB", "6", "IND")
    if main is None:
        raise MessageError(
            "Segment EB with the status of the cover (EB01 1 for active, 6 for inactive) is missing: add it, or AAA if the member was not found."
        )
    row["category"] = category_of(must(main, 3), "EB03")
    row["product"] = value_of(PRODUCTS, must(main, 4), "EB04")
    row["plan_name"] = must(main, 5)
    row["auth_needed"] = {"True": True, "False": False, "None": None}[value_of(_NEEDED, must(main, 11), "EB11")]
    other = who.first("EB", "R")
    row["answer"] = "active" if main[1] == "1" else "active_other_plan" if other else "inactive"
    row["other_plan_name"] = get(other, 5) or None
    for name, code, at in (("deductible", "C", 7), ("coinsurance", "A", 8), ("oop_max", "G", 7)):
        found = who.first("EB", code)
        row[name] = amount(must(found, at), f"EB{at:02d}") if found else None
    pcp = who.first("NM1", "P3")
    row |= {"pcp_npi": get(pcp, 9) or None, "pcp_name": provider_name(pcp)}
    return row


def _date(segment: list[str] | None) -> str | None:
    return day(must(segment, 3), "DTP03") if segment else None
