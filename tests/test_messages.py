"""Messages: they say what the tables say, their envelopes count right, broken ones are refused in one sentence."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursekit.world import messages as maker
from priorauth import data, messages, schema
from priorauth.messages import codes, epa, fhir, fhir_read, record, review, review_answer, x12
from priorauth.messages import eligibility as elig
from priorauth.messages.base import MessageError

FILES = messages.files()
SIX = ("A1", "A2", "A3", "A4", "A6", "CT")


def table(name: str) -> list[dict[str, str]]:
    """Rows of a CSV file as text, read without the course's loader."""
    with (data.folder() / f"{name}.csv").open(encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


@pytest.fixture(scope="module")
def csvs() -> dict[str, dict[str, dict[str, str]]]:
    keys = {
        "requests": "request_id",
        "payers": "payer_id",
        "plans": "plan_id",
        "members": "member_id",
        "providers": "npi",
        "authorizations": "request_id",
        "eligibility": "request_id",
        "drugs": "drug_id",
    }
    return {name: {r[key]: r for r in table(name)} for name, key in keys.items()}


@pytest.fixture(scope="module")
def lines() -> dict[str, list[dict[str, str]]]:
    out: dict[str, list[dict[str, str]]] = {}
    for r in table("request_lines"):
        out.setdefault(r["request_id"], []).append(r)
    return out


@pytest.fixture(scope="module")
def papers() -> dict[str, list[dict[str, str]]]:
    out: dict[str, list[dict[str, str]]] = {}
    for r in table("attachments"):
        out.setdefault(r["request_id"], []).append(r)
    return out


@pytest.fixture(scope="module")
def tables() -> dict:
    return data.load_all()


def of_kind(*kinds: str) -> list[str]:
    return [n for n in FILES if n.rsplit(".", 1)[0].split("_", 1)[1] in kinds]


def same(row: dict[str, str], read: dict, *fields: str) -> None:
    """The read fields equal the CSV cells (an empty cell is None, a number compares as a number)."""
    for f in fields:
        cell, got = row[f], read[f]
        if isinstance(got, bool):
            got = str(got)
        elif isinstance(got, int | float):
            cell, got = float(cell), float(got)
        assert got == (None if cell == "" else cell), f"{f}: {got!r} is not {cell!r}"


def unpoint(code: str) -> str:
    return "".join(c for c in code if c != ".")


def eleven(ndc: str) -> str:
    a, b, c = ndc.split("-")
    return f"{int(a):05d}{int(b):04d}{int(c):02d}"


# --- the choice of requests -------------------------------------------------------------------------------------------


def test_about_sixty_requests_with_every_line_category_and_outcome(csvs) -> None:
    chosen = {n.split("_")[0] for n in FILES}
    assert 50 <= len(chosen) <= 75
    rows = [csvs["requests"][r] for r in chosen]
    assert {csvs["plans"][r["plan_id"]]["line_of_business"] for r in rows} == {
        p["line_of_business"] for p in csvs["plans"].values()
    }
    assert {r["category"] for r in rows} == {r["category"] for r in csvs["requests"].values()}
    assert Counter(r["urgency"] for r in rows)["expedited"] >= 5
    assert Counter(r["benefit"] for r in rows)["pharmacy"] >= 10
    assert Counter(r["benefit"] for r in rows)["medical"] >= 30


def test_every_outcome_that_the_tables_have_is_there(csvs) -> None:
    sent = [r for r in csvs["requests"].values() if r["channel"] == "x12_278"]
    got = Counter(messages.read(n)["decision_code"] for n in of_kind("278_response"))
    for code in {r["decision_code"] for r in sent if r["decision_code"]}:
        assert got[code] > 0, f"no 278 answer with {code}"
    assert all(got[code] for code in (*SIX, "C", "NA"))
    assert got[None] > 0, "no message that could not be processed"
    assert {messages.read(n)["decision_code"] for n in of_kind("epa_response")} >= {"A1", "A2", "A3", "A6"}
    assert {messages.read(n)["decision_code"] for n in of_kind("fhir_response")} >= {"A1", "A3", "A4"}
    assert {messages.read(n)["answer"] for n in of_kind("271")} == {
        "active",
        "inactive",
        "not_found",
        "active_other_plan",
    }


def test_counts_by_kind_and_size() -> None:
    count = Counter(n.rsplit(".", 1)[0].split("_", 1)[1] for n in FILES)
    assert set(count) == set(messages.ENDINGS)
    assert (
        count["278_request"] >= 25 and count["epa_request"] >= 10 and count["fhir_request"] >= 6 and count["271"] >= 20
    )
    assert sum((messages.folder() / n).stat().st_size for n in FILES) < 1_500_000


def test_index_lists_every_file() -> None:
    with (messages.folder() / "index.csv").open(encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    assert {r["file"] for r in rows} == set(FILES)
    assert all(r["file"].startswith(f"{r['request_id']}_{r['kind']}.") for r in rows)


def test_same_tables_same_bytes_and_the_shipped_ones(tables) -> None:
    once, twice = maker.message_texts(tables), maker.message_texts(tables)
    assert once == twice
    for name, text in once.items():
        assert (data.folder() / name).read_bytes().replace(b"\r\n", b"\n") == text.encode("utf-8"), f"{name} is stale"


def test_rows_as_lists_give_the_same_texts_as_frames(tables) -> None:
    plain = {n: t.astype(object).where(t.notna(), None).to_dict("records") for n, t in tables.items()}
    for request_id in list(maker.choose(tables))[:3]:
        assert record.gather(plain, request_id) == record.gather(tables, request_id)


def test_write_messages_removes_stale_files(tables, tmp_path) -> None:
    (tmp_path / "messages").mkdir()
    (tmp_path / "messages" / "REQ-999999_278_request.x12").write_text("old")
    sums = maker.write_messages(tables, tmp_path)
    assert not (tmp_path / "messages" / "REQ-999999_278_request.x12").exists()
    assert sums["messages/index.csv"] == data.digest((tmp_path / "messages" / "index.csv").read_bytes())


# --- the same facts as the tables -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", of_kind("270", "271"))
def test_eligibility_equals_the_tables(name: str, csvs) -> None:
    read, request = messages.read(name), csvs["requests"][name.split("_")[0]]
    check, plan, member = (
        csvs["eligibility"][request["request_id"]],
        csvs["plans"][request["plan_id"]],
        csvs["members"][request["member_id"]],
    )
    same(check, read, "check_id", "request_id", "service_date")
    assert read["payer_edi_id"] == csvs["payers"][plan["payer_id"]]["edi_id"]
    same(request, read, "requesting_npi")
    if read["kind"] == "270":
        same(check, read, "asked_at")
        same(request, read, "category")
        assert (read["member_name"], read["card_id"], read["birth_date"]) == (
            request["name_sent"],
            request["card_id_sent"],
            request["birth_date_sent"],
        )
        return
    same(check, read, "answered_at", "answer", "cover_from", "cover_to", "auth_needed")
    if check["answer"] == "not_found":
        assert read["next_step"] and read["card_id"] == request["card_id_sent"]
        return
    assert (read["member_name"], read["birth_date"]) == (
        f"{member['first_name']} {member['last_name']}",
        member["birth_date"],
    )
    same(plan, read, "product")
    assert read["plan_name"] == plan["name"]
    cards = {
        c["card_id"]
        for c in table("coverage")
        if (c["member_id"], c["plan_id"]) == (request["member_id"], request["plan_id"])
    }
    assert read["card_id"] in cards
    if check["answer"] == "active":
        same(plan, read, "deductible", "coinsurance", "oop_max")
        pcps = {
            c["pcp_npi"] or None
            for c in table("coverage")
            if c["member_id"] == request["member_id"] and c["plan_id"] == request["plan_id"]
        }
        assert read["pcp_npi"] in pcps
    if check["answer"] == "active_other_plan":
        assert read["other_plan_name"] in {p["name"] for p in csvs["plans"].values()} - {plan["name"]}


@pytest.mark.parametrize("name", of_kind("278_request"))
def test_278_request_equals_the_tables(name: str, csvs, lines, papers) -> None:
    read, request = messages.read(name), csvs["requests"][name.split("_")[0]]
    same(
        request,
        read,
        "request_id",
        "submitted_at",
        "request_type",
        "category",
        "urgency",
        "urgency_reason",
        "service_date",
    )
    same(
        request,
        read,
        "requesting_npi",
        "rendering_npi",
        "card_id_sent",
        "name_sent",
        "birth_date_sent",
        "contact_name",
        "contact_phone",
    )
    to = csvs["payers"][request["destination_id"]]
    assert (read["destination_name"], read["destination_edi_id"]) == (to["name"], to["edi_id"])
    assert read["sex"] == csvs["members"][request["member_id"]]["sex"]
    assert read["requesting_name"] == csvs["providers"].get(request["requesting_npi"], {}).get("name")
    assert read["rendering_name"] == csvs["providers"].get(request["rendering_npi"], {}).get("name")
    mine = lines[request["request_id"]]
    assert len(read["lines"]) == len(mine)
    for row, got in zip(mine, read["lines"], strict=True):
        same(
            row,
            got,
            "line_id",
            "line_no",
            "code_system",
            "code",
            "modifiers",
            "icd10",
            "icd10_other",
            "units_asked",
            "start_date",
            "end_date",
            "pos",
        )
        assert got["ndc11"] == (eleven(row["ndc"]) if row["code_system"] == "DRUG" else None)
    kinds = {
        a["doc_id"]: a["kind"]
        for a in papers.get(request["request_id"], [])
        if a["kind"] not in ("cover_sheet", "form")
    }
    assert {a["doc_id"]: a["paper"] for a in read["attachments"]} == {d: codes.PAPERWORK[k] for d, k in kinds.items()}


@pytest.mark.parametrize("name", of_kind("278_response", "fhir_response", "epa_response"))
def test_answers_equal_the_tables(name: str, csvs, lines) -> None:
    read, request = messages.read(name), csvs["requests"][name.split("_")[0]]
    same(request, read, "request_id", "decision_code")
    if read["kind"] != "278_response" or not read["not_processed"]:
        assert read["meaning"] == schema.DECISION_CODES[request["decision_code"]]
        same(request, read, "reason_code")
    assert read["final"] == (request["decision_code"] not in ("A4", "CT"))
    assert read["answered_at"] == (request["decided_at"] or request["info_asked_at"] or request["received_at"])
    assert read["info_due_at"] == (
        request["info_due_at"] if request["decision_code"] == "A4" and request["info_due_at"] else None
    )
    same(request, read, "case_ref")
    auth = csvs["authorizations"].get(request["request_id"])
    assert (read["auth_number"], read["start"], read["end"]) == (
        (auth["auth_number"], auth["start"], auth["end"]) if auth else (None, None, None)
    )
    approved = request["decision_code"] in ("A1", "A2", "A6")
    assert bool(auth) == approved or (read["kind"] == "epa_response" and approved), (
        "an approval carries its number (a drug approval may have none)"
    )
    mine = lines[request["request_id"]]
    if read["lines"]:
        assert len(read["lines"]) == len(mine)
        for row, got in zip(mine, read["lines"], strict=True):
            same(
                row,
                got,
                *[f for f in ("line_id", "line_no", "code", "units_approved", "start_date", "end_date") if f in got],
            )
    else:
        assert read["not_processed"] and read["next_step"] and request["decision"] == "dismissed"


@pytest.mark.parametrize("name", of_kind("fhir_request"))
def test_fhir_request_equals_the_tables(name: str, csvs, lines, papers) -> None:
    read, request = messages.read(name), csvs["requests"][name.split("_")[0]]
    same(
        request,
        read,
        "request_id",
        "submitted_at",
        "destination_id",
        "requesting_npi",
        "rendering_npi",
        "member_id",
        "card_id_sent",
        "name_sent",
    )
    same(
        request,
        read,
        "birth_date_sent",
        "plan_id",
        "request_type",
        "category",
        "urgency",
        "urgency_reason",
        "service_date",
    )
    for row, got in zip(lines[request["request_id"]], read["lines"], strict=True):
        same(
            row,
            got,
            "line_id",
            "line_no",
            "code_system",
            "code",
            "modifiers",
            "icd10",
            "icd10_other",
            "units_asked",
            "days_supply",
            "start_date",
            "end_date",
            "pos",
        )
        if request["category"].endswith("drug") and row["code_system"] == "HCPCS":
            same(row, got, "dose", "dose_unit")
    assert read["attachments"] == [
        {"doc_id": a["doc_id"], "kind": a["kind"]} for a in papers.get(request["request_id"], [])
    ]


@pytest.mark.parametrize("name", of_kind("epa_initiation_request", "epa_initiation_response", "epa_request"))
def test_epa_steps_equal_the_tables(name: str, csvs, lines, papers) -> None:
    read, request = messages.read(name), csvs["requests"][name.split("_")[0]]
    same(request, read, "request_id", "requesting_npi")
    assert read["destination_edi_id"] == csvs["payers"][request["destination_id"]]["edi_id"]
    (row,) = lines[request["request_id"]]
    if read["kind"] == "epa_initiation_response":
        same(request, read, "case_ref")
        asked = messages.read(messages.name_of(request["request_id"], "epa_request"))["answers"]
        assert [q["id"] for q in read["questions"]] == list(asked)
        listed = {(f["plan_id"], f["drug_id"]): f for f in table("formulary")}.get((request["plan_id"], row["code"]))
        steps = [s for s in (listed["step_drugs"] if listed else "").split(";") if s]
        assert sum("fills of" in q["text"] for q in read["questions"]) == len(steps)
        for q in read["questions"]:
            assert not q["choices"] or asked[q["id"]] in q["choices"]
        return
    same(request, read, "card_id_sent", "name_sent", "birth_date_sent", "plan_id")
    same(csvs["plans"][request["plan_id"]], read, "bin", "pcn", "rx_group")
    (got,) = read["lines"]
    same(row, got, "line_id", "code", "units_asked", "days_supply", "icd10", "icd10_other")
    assert got["ndc11"] == eleven(row["ndc"]) and got["name"] == csvs["drugs"][row["code"]]["brand_name"]
    if read["kind"] == "epa_request":
        same(request, read, "submitted_at", "urgency", "urgency_reason", "request_type")
        assert read["answers"]["Q2"] == row["icd10"]
        assert read["attachments"] == [
            {"doc_id": a["doc_id"], "kind": a["kind"]} for a in papers.get(request["request_id"], [])
        ]


def test_answers_about_fills_count_the_fills(csvs, lines) -> None:
    fills, listed = table("fills"), {(f["plan_id"], f["drug_id"]): f for f in table("formulary")}
    checked = 0
    for name in of_kind("epa_request"):
        read, request = messages.read(name), csvs["requests"][name.split("_")[0]]
        rule = listed.get((request["plan_id"], read["lines"][0]["code"]))
        for n, step in enumerate([s for s in (rule["step_drugs"] if rule else "").split(";") if s], start=5):
            days = [
                int(f["days_supply"])
                for f in fills
                if f["member_id"] == request["member_id"]
                and f["drug_id"] == step
                and f["filled_on"] <= request["submitted_at"][:10]
            ]
            said = [int(x) for x in re.findall(r"(\d+) (?:fills?|days?)", read["answers"][f"Q{n}"])]
            assert said == ([len(days), sum(days)] if days else [])
            checked += 1
    assert checked >= 5


# --- the envelope, by an independent little parser --------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in FILES if n.endswith(".x12")])
def test_envelope_counts(name: str) -> None:
    text = messages.text(name)
    assert text.index("\n") == 106 and text[105] == "~", "ISA with its terminator has 106 characters"
    widths = [len(x) for x in text[:105].split(text[3])]
    assert widths == [3, 2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1]
    rows = [r.strip("\n").split(text[3]) for r in text.split(text[105])][:-1]
    names = [r[0] for r in rows]
    assert names[:3] == ["ISA", "GS", "ST"] and names[-3:] == ["SE", "GE", "IEA"]
    assert int(rows[-3][1]) == names.index("SE") - names.index("ST") + 1
    assert (rows[-2][1], rows[-1][1]) == ("1", "1")
    assert (rows[-3][2], rows[-2][2], rows[-1][2]) == (rows[2][2], rows[1][6], rows[0][13])
    assert rows[0][15] == "T", "every message says that it is a test"
    levels = [r for r in rows if r[0] == "HL"]
    assert [r[1] for r in levels] == [str(n) for n in range(1, len(levels) + 1)]
    for r in levels:
        children = [c for c in levels if c[2] == r[1]]
        assert (r[4] == "1") == bool(children), f"HL {r[1]} says {r[4]}, has {len(children)} children"
    for r in rows:
        assert r[-1] != "" or len(r) == 1, f"segment {r[0]} ends with an empty element"
        if r[0] == "HI":
            assert "." not in "".join(r)
        if r[0] == "NM1" and r[8] == "XX":
            assert re.fullmatch(r"\d{10}", r[9])


def test_control_numbers_are_unique() -> None:
    numbers = [messages.text(n)[90:99] for n in FILES if n.endswith(".x12") and "_278_" in n]
    assert len(numbers) == len(set(numbers))


def test_codes_carry_the_right_qualifier() -> None:
    shape = {"HC": r"[A-Z]\d{4}", "ZZ": r"[A-Z]+(-[A-Z]+)+", "N4": r"\d{11}"}
    seen = Counter()
    for name in of_kind("278_request"):
        found = x12.split(messages.text(name))
        for s in found.segments:
            if s[0] == "SV1":
                qualifier, code = found.parts(s[1])[:2]
                seen[qualifier] += 1
                assert re.fullmatch(shape[qualifier], code)
    assert seen["HC"] and seen["ZZ"]


# --- structure of the FHIR bundles ------------------------------------------------------------------------------------

REQUIRED = {
    "Claim": (
        "status",
        "type",
        "use",
        "patient",
        "created",
        "provider",
        "priority",
        "insurance",
        "insurer",
        "item",
        "diagnosis",
    ),
    "ClaimResponse": ("status", "type", "use", "patient", "created", "insurer", "outcome", "request", "item"),
    "Patient": ("identifier", "name", "gender", "birthDate"),
    "Practitioner": ("identifier", "name"),
    "Organization": ("identifier", "name"),
    "Coverage": ("status", "beneficiary", "payor"),
    "ServiceRequest": ("status", "intent", "subject", "code"),
    "MedicationRequest": ("status", "intent", "subject", "medicationCodeableConcept"),
    "DocumentReference": ("status", "content"),
}
ALLOWED = {
    ("Claim", "status"): {"active"},
    ("Claim", "use"): {"preauthorization"},
    ("ClaimResponse", "use"): {"preauthorization"},
    ("ClaimResponse", "outcome"): {"queued", "complete", "error", "partial"},
    ("Patient", "gender"): {"male", "female", "other", "unknown"},
    ("Coverage", "status"): {"active"},
    ("ServiceRequest", "intent"): {"order"},
    ("MedicationRequest", "intent"): {"order"},
    ("DocumentReference", "status"): {"current"},
}


def walk(node: object):
    """Every dict in a JSON tree."""
    if isinstance(node, dict):
        yield node
        for v in node.values():
            yield from walk(v)
    elif isinstance(node, list):
        for v in node:
            yield from walk(v)


@pytest.mark.parametrize("name", of_kind("fhir_request", "fhir_response"))
def test_fhir_structure(name: str) -> None:
    bundle = json.loads(messages.text(name))
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "collection")
    resources = [e["resource"] for e in bundle["entry"]]
    assert resources[0]["resourceType"] == ("Claim" if "request" in name else "ClaimResponse")
    ids = [f"{r['resourceType']}/{r['id']}" for r in resources]
    assert len(ids) == len(set(ids))
    for entry in bundle["entry"]:
        assert entry["fullUrl"].endswith(f"/{entry['resource']['resourceType']}/{entry['resource']['id']}")
    for r in resources:
        kind = r["resourceType"]
        assert re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", r["id"])
        missing = [f for f in REQUIRED[kind] if f not in r]
        assert not missing, f"{kind} lacks {missing}"
        for (k, f), values in ALLOWED.items():
            assert k != kind or r[f] in values
        assert r["meta"]["tag"][0]["code"] == "HTEST"
    outside = {f"Claim/{name.split('_')[0]}"} if "response" in name else set()
    for node in walk(bundle):
        if "reference" in node:
            assert node["reference"] in ids or node["reference"] in outside, f"{node['reference']} is not in the bundle"
        for v in node.values():
            assert v not in (None, "", [], {}), "FHIR has no empty values"
        if node.get("system") == "http://hl7.org/fhir/sid/icd-10-cm":
            assert re.fullmatch(r"[A-Z]\d[A-Z0-9](\.[A-Z0-9]{1,4})?", node["code"])
    main = resources[0]
    if main["resourceType"] == "Claim":
        assert main["priority"]["coding"][0]["code"] in ("stat", "normal", "deferred")
        assert [i["sequence"] for i in main["item"]] == list(range(1, len(main["item"]) + 1))
        known = {d["sequence"] for d in main["diagnosis"]}
        assert all(set(i["diagnosisSequence"]) <= known for i in main["item"])
        assert sum(i["focal"] for i in main["insurance"]) == 1
        kinds = {r["resourceType"] for r in resources}
        assert {"Patient", "Organization", "Coverage"} <= kinds and kinds & {"ServiceRequest", "MedicationRequest"}
    else:
        for item in main["item"]:
            (action,) = item["adjudication"][0]["extension"]
            assert action["url"].endswith("/extension-reviewAction")
            code = next(e for e in action["extension"] if e["url"].endswith("reviewActionCode"))[
                "valueCodeableConcept"
            ]["coding"][0]
            assert code["system"] == "https://codesystem.x12.org/005010/306" and code["code"] in schema.DECISION_CODES


# --- all outcomes, also those that few records have -------------------------------------------------------------------


def changed(tables: dict, name: str, **request: object) -> dict:
    """The record of a message's request with other values in its header."""
    made = record.gather(tables, name.split("_")[0])
    return made | {"request": made["request"] | request}


@pytest.mark.parametrize("code", [*SIX, "C", "NA"])
def test_every_outcome_code_survives_the_round_trip(code: str, tables) -> None:
    x12_name = next(n for n in of_kind("278_response") if messages.read(n)["decision_code"] == "A1")
    fhir_name, epa_name = of_kind("fhir_response")[0], of_kind("epa_response")[0]
    auth = record.gather(tables, x12_name.split("_")[0])["authorization"]
    keep = auth if code in ("A1", "A2", "A6") else None
    for read, write, name in (
        (review_answer.read_answer, review_answer.write_answer, x12_name),
        (fhir_read.read_answer, fhir.write_answer, fhir_name),
        (epa.read, epa.write_answer, epa_name),
    ):
        got = read(
            write(changed(tables, name, decision_code=code, decision=None, reason_code=None) | {"authorization": keep})
        )
        assert got["decision_code"] == code and got["final"] == (code not in ("A4", "CT"))
        assert got["auth_number"] == (keep["auth_number"] if keep else None)


def test_separators_in_a_text_choose_other_separators(tables) -> None:
    name = of_kind("278_request")[0]
    reason = "Delay could cost function: weakness * grows ^ daily"
    text = review.write_request(changed(tables, name, urgency="expedited", urgency_reason=reason))
    assert text[3] == "|" and text[104] == ">" and text[82] == "!"
    got = review.read_request(text)
    assert (got["urgency_reason"], got["urgency"], got["pos"]) == (reason, "expedited", messages.read(name)["pos"])


def test_more_diagnoses_and_modifiers_survive(tables) -> None:
    made = record.gather(tables, of_kind("278_request")[0].split("_")[0])
    line = made["lines"][0] | {
        "code_system": "HCPCS",
        "code": "J1745",
        "modifiers": "JZ;RT",
        "icd10": "K50.90",
        "icd10_other": "D50.9;Z79.62",
    }
    (got, *_) = review.read_request(review.write_request(made | {"lines": [line]}))["lines"]
    assert (got["modifiers"], got["icd10"], got["icd10_other"]) == ("JZ;RT", "K50.90", "D50.9;Z79.62")
    (got, *_) = fhir_read.read_request(fhir.write_request(made | {"lines": [line]}))["lines"]
    assert (got["modifiers"], got["icd10"], got["icd10_other"]) == ("JZ;RT", "K50.90", "D50.9;Z79.62")


def test_a_drug_goes_by_its_package_number(tables) -> None:
    drug = record.gather(tables, of_kind("epa_request")[0].split("_")[0])
    made = record.gather(tables, of_kind("278_request")[0].split("_")[0]) | {"lines": drug["lines"]}
    text = review.write_request(made)
    assert f"SV1*N4:{eleven(drug['lines'][0]['ndc'])}:::::{drug['lines'][0]['code']}" in text
    assert review.read_request(text)["lines"][0]["code"] == drug["lines"][0]["code"]


# --- broken messages --------------------------------------------------------------------------------------------------


def sentence(read, text: str) -> str:
    """The error, which must be one plain sentence with a hint."""
    with pytest.raises(MessageError) as e:
        read(text)
    said = str(e.value)
    assert "\n" not in said and (said.endswith(".") or "git checkout -- " in said) and 20 < len(said) < 260, said
    return said


def first_text(kind: str) -> str:
    return messages.text(of_kind(kind)[0])


def drop(text: str, start: str) -> str:
    """Without the first segment that starts so, SE01 put right."""
    rows = text.split("\n")
    rows.remove(next(r for r in rows if r.startswith(start)))
    return re.sub(r"SE\*(\d+)", lambda m: f"SE*{int(m[1]) - 1}", "\n".join(rows))


def test_wrong_counts_and_numbers_are_refused() -> None:
    text = first_text("278_request")
    assert "SE01" in sentence(review.read_request, re.sub(r"SE\*\d+", "SE*99", text))
    assert "GE01" in sentence(review.read_request, text.replace("GE*1*", "GE*2*"))
    assert "IEA01" in sentence(review.read_request, text.replace("IEA*1*", "IEA*7*"))
    assert "IEA02" in sentence(review.read_request, re.sub(r"IEA\*1\*\d+", "IEA*1*000000000", text))
    assert "ISA" in sentence(review.read_request, text.replace("ISA*00* ", "ISA*00*", 1))
    assert "breaks off" in sentence(review.read_request, text[:-10])
    assert "GS08" in sentence(review.read_request, text.replace("ST*278*0001*005010X217", "ST*278*0001*005010X216"))


@pytest.mark.parametrize(
    "start", ["HI*", "UM*", "NM1*X3", "NM1*1P", "NM1*IL", "DMG", "BHT", "HL*4*", "SV1", "TRN*1*REQ"]
)
def test_a_missing_segment_is_named(start: str) -> None:
    said = sentence(review.read_request, drop(first_text("278_request"), start))
    assert start.split("*")[0] in said or "HL" in said


@pytest.mark.parametrize("start", ["HCR", "NM1*X3", "NM1*IL"])
def test_a_missing_segment_of_an_answer_is_named(start: str) -> None:
    name = next(n for n in of_kind("278_response") if messages.read(n)["decision_code"] == "A1")
    assert start.split("*")[0] in sentence(review_answer.read_answer, drop(messages.text(name), start))


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("UM\\*..\\*", "UM*XX*", "UM01"),
        ("HI\\*ABK", "HI*BK", "HI01"),
        ("SV1\\*(HC|ZZ|N4):", "SV1*QQ:", "SV101"),
        ("\\*UN\\*\\d+", "*UN*many", "SV104"),
        ("BHT\\*0007\\*13", "BHT*0007*11", "BHT02"),
        ("DMG\\*D8\\*\\d+", "DMG*D8*19801399", "DMG02"),
    ],
)
def test_unknown_codes_are_named(old: str, new: str, word: str) -> None:
    text = re.sub(old, new, first_text("278_request"), count=1)
    assert text != first_text("278_request")
    assert word in sentence(review.read_request, text)


def test_broken_answers_are_refused() -> None:
    name = next(n for n in of_kind("278_response") if messages.read(n)["decision_code"] == "A1")
    text = messages.text(name)
    assert "HCR01" in sentence(review_answer.read_answer, text.replace("HCR*A1", "HCR*ZZ"))
    assert "HCR02" in sentence(review_answer.read_answer, re.sub(r"HCR\*A1\*\w+", "HCR*A1", text))
    assert "BHT06" in sentence(review_answer.read_answer, re.sub(r"(BHT\*0007\*11.*)\*18~", r"\1*77~", text))
    assert "278" in sentence(elig.read_answer, text)
    answer = next(messages.text(n) for n in of_kind("271") if messages.read(n)["answer"] == "active")
    assert "EB" in sentence(elig.read_answer, drop(answer, "EB*1"))
    assert "EB11" in sentence(elig.read_answer, re.sub(r"(EB\*1\*.*)\*[YNU]~", r"\1*Q~", answer))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "{",
        "ISA",
        "ISA*00",
        "[]",
        "<a>",
        "<a></b>",
        "<a/>",
        "{}",
        '{"resourceType": "Bundle"}',
        '{"resourceType": "Bundle", "entry": [{}]}',
        "null",
        "\x00",
    ],
)
@pytest.mark.parametrize("kind", list(messages.ENDINGS))
def test_things_that_are_no_message_give_one_sentence(kind: str, text: str) -> None:
    sentence(lambda t: messages.read_text(kind, t), text)


@pytest.mark.parametrize("field", ["use", "patient", "insurance", "item", "diagnosis", "priority", "created"])
def test_a_bundle_without_a_required_element_is_refused(field: str) -> None:
    bundle = json.loads(first_text("fhir_request"))
    del bundle["entry"][0]["resource"][field]
    assert field in sentence(fhir_read.read_request, json.dumps(bundle))


def test_broken_bundles_are_refused() -> None:
    bundle = json.loads(first_text("fhir_request"))
    bundle["entry"] = [e for e in bundle["entry"] if e["resource"]["resourceType"] != "Patient"]
    assert "Patient/" in sentence(fhir_read.read_request, json.dumps(bundle))
    assert "opens with" in sentence(fhir_read.read_answer, first_text("fhir_request"))
    assert "reviewAction" in sentence(
        fhir_read.read_answer, re.sub(r'"code": "(A\d|C|NA|CT)"', '"code": "Z9"', first_text("fhir_response"))
    )


@pytest.mark.parametrize("kind", ["fhir_request", "fhir_response"])
def test_an_element_of_the_wrong_shape_gives_one_sentence(kind: str) -> None:
    whole = json.loads(first_text(kind))

    def places(node: object, path: tuple = ()) -> list[tuple]:
        found = [path] if path else []
        pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        return found + [p for k, v in pairs for p in places(v, (*path, k))]

    for path in places(whole):
        for wrong in (None, 7, "x", [], {}):
            bundle = json.loads(first_text(kind))
            holder = bundle
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = wrong
            try:
                messages.read_text(kind, json.dumps(bundle))
            except MessageError as e:
                assert "\n" not in str(e)


def test_broken_xml_is_refused() -> None:
    text = first_text("epa_request")
    assert "Drug" in sentence(epa.read, re.sub(r"<Drug .*</Drug>", "", text))
    assert "Sent" not in sentence(epa.read, text.replace("</EpaMessage>", ""))
    assert "step" in sentence(epa.read, text.replace('step="PARequest"', 'step="PAGuess"'))
    assert "document type" in sentence(
        epa.read, text.replace("<EpaMessage", '<!DOCTYPE x [<!ENTITY a "b">]><EpaMessage', 1)
    )
    assert "units" in sentence(epa.read, re.sub(r'units="\d+"', 'units="many"', text))
    assert "Outcome" in sentence(epa.read, re.sub(r">\w+</Outcome>", ">Maybe</Outcome>", first_text("epa_response")))


@given(
    st.integers(0, 10_000),
    st.sampled_from(["*", "~", "\n", ":", "X", "", "9"]),
    st.sampled_from(["278_request", "278_response", "271", "fhir_request", "epa_request"]),
)
def test_a_damaged_character_never_ends_in_another_error(at: int, sign: str, kind: str) -> None:
    text = first_text(kind)
    at %= len(text)
    try:
        messages.read_text(kind, text[:at] + sign + text[at + 1 :])
    except MessageError as e:
        assert "\n" not in str(e)


def test_asking_for_what_is_not_there(tables) -> None:
    assert "names look like" in sentence(messages.text, "request.txt")
    assert "no messages" in sentence(messages.text, "REQ-999999_278_request.x12")
    assert "REQ-999999" in sentence(lambda r: record.gather(tables, r), "REQ-999999")
    assert messages.files("REQ-999999") == []


def test_a_file_that_was_edited_is_refused(tmp_path, monkeypatch) -> None:
    import shutil

    shutil.copytree(data.folder(), tmp_path / "datasets")
    monkeypatch.setenv("PRIORAUTH_DATA", str(tmp_path / "datasets"))
    name = of_kind("278_response")[0]
    path = tmp_path / "datasets" / "messages" / name
    path.write_bytes(path.read_bytes().replace(b"HCR*A", b"HCR*B"))
    sums = json.loads((data.folder() / "checksums.json").read_text())
    if f"messages/{name}" in sums:
        assert "was changed" in sentence(messages.text, name)
    shutil.rmtree(tmp_path / "datasets" / "messages")
    assert "missing" in sentence(lambda _: str(messages.files()), "")


def test_drafts_and_open_requests_have_nothing_to_write(tables) -> None:
    name = of_kind("278_request")[0]
    draft = changed(tables, name, submitted_at=None)
    waiting = changed(tables, name, decided_at=None, decision=None, decision_code=None)
    for write, what in (
        (review.write_request, draft),
        (fhir.write_request, draft),
        (review_answer.write_answer, waiting),
        (fhir.write_answer, waiting),
    ):
        sentence(write, what)
    assert "request type" in sentence(review.write_request, changed(tables, name, request_type="step_exception"))


# --- split and join ---------------------------------------------------------------------------------------------------

ELEMENT = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="*:~^|>!'"), max_size=12)
SEGMENT = st.builds(
    lambda name, rest: [name, *rest],
    st.sampled_from(["NM1", "HI", "UM", "SV1", "MSG"]),
    st.lists(ELEMENT, min_size=1, max_size=8),
)


@given(st.lists(SEGMENT, max_size=12), st.sampled_from(["\n", "", "\r\n"]))
def test_split_undoes_join(segments: list[list[str]], line: str) -> None:
    head = x12.split(
        x12.wrap("278", "HI", "005010X217", [], sender="A", receiver="B", at="2026-03-04 09:30", control=7)
    ).segments
    whole = [*head[:3], *segments, *head[3:]]
    assert x12.split(x12.join(whole, line=line)).segments == whole


@given(st.lists(SEGMENT, min_size=1, max_size=12))
def test_wrap_counts_right(segments: list[list[str]]) -> None:
    found = x12.envelope(
        x12.wrap("278", "HI", "005010X217", segments, sender="A", receiver="B", at="2026-03-04 09:30", control=7)
    )
    assert found.body == segments and (found.sender, found.receiver, found.made_at, found.control) == (
        "A",
        "B",
        "2026-03-04 09:30",
        "000000007",
    )


def test_join_refuses_a_separator_in_a_value() -> None:
    assert "separator" in sentence(lambda t: x12.join([["MSG", t]]), "a*b")


@given(st.text(max_size=300))
def test_split_takes_any_text(text: str) -> None:
    try:
        x12.split(text)
    except MessageError as e:
        assert str(e)


@pytest.mark.parametrize(
    ("ten", "eleven_digits"),
    [("0002-7597-01", "00002759701"), ("50242-040-62", "50242004062"), ("60575-4112-1", "60575411201")],
)
def test_package_numbers_are_padded(ten: str, eleven_digits: str) -> None:
    assert codes.ndc11(ten) == eleven_digits


def test_a_package_number_without_hyphens_is_refused() -> None:
    assert "hyphens" in sentence(codes.ndc11, "0002759701")


def test_epa_files_say_that_they_are_not_the_standard() -> None:
    for name in of_kind("epa_request", "epa_response", "epa_initiation_request", "epa_initiation_response"):
        assert "not the licensed standard" in ET.fromstring(messages.text(name)).findtext("Notice")
    assert "not** that standard" in (messages.folder() / "README.md").read_text(encoding="utf-8")
