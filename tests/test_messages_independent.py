"""The message files by parsers that the course does not own: an X12 reader written here, and fhir.resources (R4B).

Nothing of `priorauth.messages` reads here; it is only asked to refuse the three broken files at the end.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from priorauth import building, messages
from priorauth.messages.base import MessageError

DATA = Path(__file__).resolve().parents[1] / "datasets"
FILES = sorted(p.name for p in (DATA / "messages").iterdir() if p.suffix in (".x12", ".json", ".xml"))
X12 = [n for n in FILES if n.endswith(".x12")]
FHIR = [n for n in FILES if n.endswith(".json")]


@lru_cache(maxsize=20)
def rows(name: str) -> tuple[dict[str, str], ...]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as f:
        return tuple(csv.DictReader(f))


@lru_cache(maxsize=20)
def by(name: str, key: str) -> dict[str, dict[str, str]]:
    return {r[key]: r for r in rows(name)}


@lru_cache(maxsize=4)
def many(name: str, key: str) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for r in rows(name):
        found.setdefault(r[key], []).append(r)
    return found


# --- a little X12 reader --------------------------------------------------------------------------------------------------


class Broken(Exception):
    """What is wrong with a message, in one sentence."""


@dataclass
class Loop:
    """An HL level with its own segments and the levels below it."""

    code: str
    segments: list[list[str]] = field(default_factory=list)
    below: list[Loop] = field(default_factory=list)

    def get(self, name: str, **where: str) -> list[str]:
        """The first segment of a name whose elements (e1, e2 ...) have these values; padded so that any element can be asked."""
        for s in self.segments:
            padded = s + [""] * 20
            if s[0] == name and all(padded[int(k[1:])] == v for k, v in where.items()):
                return padded
        return [""] * 40


@dataclass
class Message:
    """A parsed transaction set: kind, version, head, levels as a tree, counts as stated and as found."""

    kind: str
    version: str
    part: str
    bht: list[str]
    top: list[Loop]
    counts: dict[str, tuple[int, int]]

    def level(self, *codes: str) -> Loop:
        """Down the tree by HL03."""
        here = self.top
        for code in codes:
            found = next((x for x in here if x.code == code), None)
            if found is None:
                raise Broken(f"there is no level {code}")
            here = found.below
        return found  # type: ignore[return-value]


def parse(text: str) -> Message:
    """Fixed places of ISA give the separators; counters and control numbers are checked; HL segments become a tree."""
    star, colon, end = text[3], text[104], text[105]
    segments = [s.strip("\r\n").split(star) for s in text.split(end)]
    segments = [s for s in segments if s != [""]]
    names = [s[0] for s in segments]
    if names[0] != "ISA" or len(segments[0]) != 17 or names[-1] != "IEA":
        raise Broken("the envelope does not open with ISA and close with IEA")
    if Counter(names)["ST"] != 1 or "SE" not in names:
        raise Broken("there must be one ST and one SE")
    at = {name: names.index(name) for name in ("ST", "SE", "GS", "GE")}
    counts = {
        "SE01": (int(segments[at["SE"]][1]), at["SE"] - at["ST"] + 1),
        "GE01": (int(segments[at["GE"]][1]), names.count("ST")),
        "IEA01": (int(segments[-1][1]), names.count("GS")),
    }
    for place, (stated, found) in counts.items():
        if stated != found:
            raise Broken(f"{place} says {stated}, but {found} were counted")
    pairs = ((segments[at["ST"]][2], segments[at["SE"]][2]), (segments[at["GS"]][6], segments[at["GE"]][2]), (segments[0][13], segments[-1][2]))  # fmt: skip
    if any(a != b for a, b in pairs):
        raise Broken("the two ends of an envelope carry different control numbers")
    top: list[Loop] = []
    seen: dict[str, Loop] = {}
    here: Loop | None = None
    for s in segments[at["ST"] + 2 : at["SE"]]:
        if s[0] == "HL":
            here = Loop(s[3])
            parent = s[2] if len(s) > 2 else ""
            if parent and parent not in seen:
                raise Broken(f"level {s[1]} hangs on {parent}, which does not exist")
            (seen[parent].below if parent else top).append(here)
            seen[s[1]] = here
        elif here is None:
            raise Broken(f"{s[0]} stands before the first level")
        else:
            here.segments.append(s)
    bht = segments[at["ST"] + 1] + [""] * 10
    return Message(segments[at["ST"]][1], segments[at["ST"]][3], colon, bht, top, counts)


def text_of(name: str) -> str:
    return (DATA / "messages" / name).read_text(encoding="utf-8")


def iso(day8: str) -> str:
    return f"{day8[:4]}-{day8[4:6]}-{day8[6:8]}" if day8 else ""


def span(dtp: list[str]) -> tuple[str, str]:
    first, _, last = dtp[3].partition("-")
    return iso(first), iso(last)


def request_of(name: str) -> dict[str, str]:
    return by("requests", "request_id")[name.split("_")[0]]


def kind_of(name: str) -> str:
    return name.split("_", 1)[1].rsplit(".", 1)[0]


# --- counts ---------------------------------------------------------------------------------------------------------------


def test_about_sixty_requests_and_every_file_is_parsed(capsys: pytest.CaptureFixture[str]) -> None:
    kinds = Counter(kind_of(n) for n in FILES)
    with capsys.disabled():
        print(f"\n{len(FILES)} message files of {len({n.split('_')[0] for n in FILES})} requests: {dict(sorted(kinds.items()))}")  # fmt: skip
    assert 55 <= len({n.split("_")[0] for n in FILES}) <= 75
    assert len(X12) > 90 and len(FHIR) > 20


@pytest.mark.parametrize("name", X12)
def test_envelope_and_tree(name: str) -> None:
    message = parse(text_of(name))
    assert all(stated == found for stated, found in message.counts.values())
    wanted = {"270": "005010X279A1", "271": "005010X279A1", "278": "005010X217"}
    assert message.version == wanted[message.kind] == wanted[kind_of(name)[:3]]
    assert [x.code for x in message.top] == ["20"]


# --- 278: what it says is what the tables say -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in X12 if kind_of(n) == "278_request"])
def test_278_request_says_what_the_tables_say(name: str) -> None:
    m, r = parse(text_of(name)), request_of(name)
    assert (m.bht[1], m.bht[2], m.bht[3]) == ("0007", "13", r["request_id"])
    assert f"{iso(m.bht[4])} {m.bht[5][:2]}:{m.bht[5][2:]}" == r["submitted_at"]
    payer, asker, who, event = (m.level(*("20", "21", "22", "EV")[:n]) for n in (1, 2, 3, 4))
    to = by("payers", "payer_id")[r["destination_id"]]
    assert (payer.get("NM1", e1="X3")[3], payer.get("NM1", e1="X3")[9]) == (to["name"], to["edi_id"])
    assert asker.get("NM1", e1="1P")[9] == r["requesting_npi"]
    nm1, dmg = who.get("NM1", e1="IL"), who.get("DMG")
    assert f"{nm1[4]} {nm1[3]}".strip() == r["name_sent"] and nm1[9] == r["card_id_sent"]
    assert iso(dmg[2]) == r["birth_date_sent"] and dmg[3] == by("members", "member_id")[r["member_id"]]["sex"]
    um = event.get("UM")
    assert (um[6] == "U") == (r["urgency"] == "expedited")
    assert um[2] == {"initial": "I", "referral": "I", "renewal": "R", "extension": "4", "concurrent": "4"}[r["request_type"]]  # fmt: skip
    lines = many("request_lines", "request_id")[r["request_id"]]
    codes = [c for x in lines for c in (x["icd10"], *filter(None, x["icd10_other"].split(";")))]
    hi = [e.split(m.part) for e in next(s for s in event.segments if s[0] == "HI")[1:]]
    assert [q for q, _ in hi] == ["ABK"] + ["ABF"] * (len(hi) - 1)
    assert [c for _, c in hi] == [c.replace(".", "") for c in dict.fromkeys(codes)]
    papers = {a["doc_id"] for a in many("attachments", "request_id").get(r["request_id"], []) if a["kind"] not in ("cover_sheet", "form")}  # fmt: skip
    assert {s[6] for s in event.segments if s[0] == "PWK"} == papers
    assert len(event.below) == len(lines)
    for x, loop in zip(lines, event.below, strict=True):
        sv1 = loop.get("SV1")
        part = sv1[1].split(m.part)
        assert part[0] == {"HCPCS": "HC", "SERVICE": "ZZ", "DRUG": "N4"}[x["code_system"]]
        assert x["code"] in part and (sv1[3], sv1[4]) == ("UN", x["units_asked"])
        assert [p for p in part[2:6] if p] == [v for v in x["modifiers"].split(";") if v] or x["code_system"] == "DRUG"
        if x["start_date"]:
            first, last = span(loop.get("DTP", e1="472"))
            assert first == x["start_date"] and last in (x["end_date"], "")


@pytest.mark.parametrize("name", [n for n in X12 if kind_of(n) == "278_response"])
def test_278_response_says_what_the_tables_say(name: str) -> None:
    m, r = parse(text_of(name)), request_of(name)
    event = m.level("20", "21", "22", "EV")
    assert (m.bht[2], m.bht[3]) == ("11", r["request_id"]) and event.get("TRN")[2] == r["request_id"]
    hcr, aaa = event.get("HCR"), event.get("AAA")
    if not r["decision_code"]:
        assert aaa[1] == "N" and not hcr[1] and r["decision"] == "dismissed"
        return
    assert hcr[1] == r["decision_code"] and not aaa[1]
    assert m.bht[6] == ("19" if r["decision_code"] in ("A4", "CT") else "18")
    approval = by("authorizations", "request_id").get(r["request_id"])
    assert hcr[2] == (approval["auth_number"] if approval else "")
    assert event.get("REF", e1="NT")[2] == r["case_ref"]
    if approval:
        assert span(event.get("DTP", e1="007")) == (approval["start"], approval["end"])
    for x, loop in zip(many("request_lines", "request_id")[r["request_id"]], event.below, strict=True):
        assert loop.get("TRN")[2] == x["line_id"] and loop.get("SV1")[4] == x["units_approved"]


@pytest.mark.parametrize("name", [n for n in X12 if kind_of(n) in ("270", "271")])
def test_eligibility_says_what_the_tables_say(name: str) -> None:
    m, r = parse(text_of(name)), request_of(name)
    who = m.level("20", "21", "22")
    nm1 = who.get("NM1", e1="IL")
    check = by("eligibility", "request_id")[r["request_id"]]
    if kind_of(name) == "270":
        assert nm1[9] == r["card_id_sent"] and who.get("EQ")[1]
        assert iso(who.get("DTP", e1="291")[3][:8]) == check["service_date"]
        return
    found = {s[1] for s in who.segments if s[0] == "EB"}
    aaa = any(s[0] == "AAA" for loop in (who, m.level("20", "21"), m.level("20")) for s in loop.segments)
    assert aaa == (check["answer"] == "not_found")
    assert ("1" in found) == (check["answer"] == "active")
    assert ("6" in found) == (check["answer"] in ("inactive", "active_other_plan"))


# --- FHIR by fhir.resources ---------------------------------------------------------------------------------------------


def _r4b() -> Any:
    return pytest.importorskip(
        "fhir.resources.R4B.bundle",
        reason="fhir.resources is not installed; install it with: pip install fhir.resources",
    )


def validated(text: str) -> Any:
    """The bundle as fhir.resources reads it. It raises where an element is unknown, missing or of the wrong type."""
    return _r4b().Bundle.model_validate_json(text)


@pytest.mark.parametrize("name", FHIR)
def test_bundle_is_r4_and_says_what_the_tables_say(name: str) -> None:
    bundle, r = validated(text_of(name)), request_of(name)
    assert str(bundle.type) == "collection"
    main, *others = [e.resource for e in bundle.entry]
    assert main.use == "preauthorization"
    people = [x for x in others if type(x).__name__ == "Patient"]
    assert [p.id for p in people] == [r["member_id"]]
    lines = many("request_lines", "request_id")[r["request_id"]]
    if kind_of(name) == "fhir_request":
        assert type(main).__name__ == "Claim" and main.identifier[0].value == r["request_id"]
        assert main.created.strftime("%Y-%m-%d %H:%M") == r["submitted_at"]
        assert main.priority.coding[0].code == ("stat" if r["urgency"] == "expedited" else "normal")
        assert str(people[0].birthDate) == r["birth_date_sent"] and people[0].identifier[0].value == r["card_id_sent"]
        assert [float(i.quantity.value) for i in main.item] == [float(x["units_asked"]) for x in lines]
        assert [i.productOrService.coding[0].code for i in main.item] == [x["code"] for x in lines]
        codes = [d.diagnosisCodeableConcept.coding[0].code for d in main.diagnosis]
        assert codes == list(dict.fromkeys(c for x in lines for c in (x["icd10"], *filter(None, x["icd10_other"].split(";")))))  # fmt: skip
        papers = sorted(x.id for x in others if type(x).__name__ == "DocumentReference")
        assert papers == sorted(a["doc_id"] for a in many("attachments", "request_id").get(r["request_id"], []))
        return
    assert type(main).__name__ == "ClaimResponse" and main.request.identifier.value == r["request_id"]
    assert main.outcome == ("queued" if r["decision_code"] in ("A4", "CT") else "complete")
    approval = by("authorizations", "request_id").get(r["request_id"])
    assert main.preAuthRef == (approval["auth_number"] if approval else None)
    for item, x in zip(main.item, lines, strict=True):
        action = next(e for e in item.adjudication[0].extension if e.url.endswith("extension-reviewAction"))
        code = next(e for e in action.extension if e.url.endswith("reviewActionCode"))
        assert code.valueCodeableConcept.coding[0].code == r["decision_code"]
        value = item.adjudication[0].value
        assert (value is None and not x["units_approved"]) or float(value) == float(x["units_approved"])


# --- what the request builder writes --------------------------------------------------------------------------------------

ORDERS = [(order, channel) for order in building.orders() for channel in ("x12_278", "fhir_pas", "payer_portal", "fax")]


@pytest.mark.parametrize(("order", "channel"), ORDERS, ids=[f"{o['request_id']}-{c}" for o, c in ORDERS])
def test_the_builder_s_three_forms_say_the_same(order: dict, channel: str) -> None:
    draft = building.clean(order, channel)
    assert building.disagreements(draft) == [] and len(building.statements(draft)) >= 15
    x12, bundle = building.texts(draft)
    m = parse(x12)
    event = m.level("20", "21", "22", "EV")
    service = event.below[0].get("SV1")
    claim = json.loads(bundle)["entry"][0]["resource"]
    form = dict(building.form_lines(draft))
    assert service[4] == str(claim["item"][0]["quantity"]["value"]) == str(draft.units) and f"{draft.units} unit" in form["Service and units"]  # fmt: skip
    assert span(event.below[0].get("DTP", e1="472")) == (draft.first, draft.last) == tuple(claim["item"][0]["servicedPeriod"].values())  # fmt: skip
    assert (event.get("UM")[6] == "U") == (claim["priority"]["coding"][0]["code"] == "stat") == (draft.urgency == "expedited")  # fmt: skip
    assert m.level("20").get("NM1")[3] == draft.destination == form["To"]


@pytest.mark.parametrize("order", building.orders(), ids=lambda o: o["request_id"])
def test_the_builder_s_bundle_is_r4(order: dict) -> None:
    bundle = validated(building.texts(building.clean(order, "fhir_pas"))[1])
    assert type(bundle.entry[0].resource).__name__ == "Claim"


# --- three broken ones ------------------------------------------------------------------------------------------------------


def one_sentence(problem: Exception) -> str:
    words = str(problem)
    assert words and "\n" not in words
    return words


def test_a_lost_segment_is_refused() -> None:
    good = text_of(next(n for n in X12 if kind_of(n) == "278_request"))
    bad = "".join(line for line in good.splitlines(keepends=True) if not line.startswith("DMG"))
    with pytest.raises(Broken, match="SE01"):
        parse(bad)
    with pytest.raises(MessageError, match="SE01") as refused:
        messages.read_text("278_request", bad)
    assert "look for a lost segment" in one_sentence(refused.value)


def test_an_approval_without_a_number_is_refused() -> None:
    name = next(n for n in X12 if kind_of(n) == "278_response" and "HCR*A1*" in text_of(n))
    good = text_of(name)
    start = good.index("HCR*A1*")
    bad = good[:start] + "HCR*A1" + good[good.index("~", start) :]
    assert parse(bad).level("20", "21", "22", "EV").get("HCR")[2] == ""
    with pytest.raises(MessageError, match="HCR02") as refused:
        messages.read_text("278_response", bad)
    assert "authorization number" in one_sentence(refused.value)


def test_a_bundle_with_a_wrong_element_is_refused() -> None:
    bundle = json.loads(text_of(next(n for n in FHIR if kind_of(n) == "fhir_request")))
    claim = bundle["entry"][0]["resource"]
    del claim["use"]
    with pytest.raises(MessageError, match="Claim.use") as refused:
        messages.read_text("fhir_request", json.dumps(bundle))
    one_sentence(refused.value)
    with pytest.raises(ValueError, match="use"):
        validated(json.dumps(bundle))
