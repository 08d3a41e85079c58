"""Every planted mistake is found again from the public tables by another route, and nothing else is."""

from __future__ import annotations

import csv
from collections import Counter
from functools import lru_cache
from pathlib import Path

import pytest
import simple_icd_10_cm as icd
from world_route import asked_day, by, criteria, line1, packet, policy_for, rows, rule_for, supported, tree_met

ROOT = Path(__file__).resolve().parents[1]


@lru_cache(maxsize=1)
def planted() -> dict[str, set[str]]:
    """Error type -> ids of the records that carry it."""
    out: dict[str, set[str]] = {}
    with (ROOT / "coursekit/world/truth/errors.csv").open(encoding="utf-8", newline="") as f:
        for r in csv.DictReader(f):
            out.setdefault(r["error"], set()).add(r["record_id"])
    return out


def of_requests(error: str) -> set[str]:
    """Request ids of an error type whatever table it is recorded in."""
    with (ROOT / "coursekit/world/truth/errors.csv").open(encoding="utf-8", newline="") as f:
        return {r["request_id"] for r in csv.DictReader(f) if r["error"] == error}


def test_every_type_has_at_least_twenty_cases() -> None:
    with (ROOT / "coursekit/world/truth/errors.csv").open(encoding="utf-8", newline="") as f:
        counts = Counter(r["error"] for r in csv.DictReader(f))
    print(dict(sorted(counts.items(), key=lambda x: int(x[0][1:]))))
    short = {f"E{k}": counts[f"E{k}"] for k in range(1, 35) if counts[f"E{k}"] < 20}
    assert not short


def _benefit(r: dict) -> str | None:
    if not r["order_id"]:
        return None
    given = by("orders", "order_id")[r["order_id"]][0]["given_by"]
    return {"self": "pharmacy", "professional": "medical"}.get(given)


def e4() -> set[str]:
    return {r["request_id"] for r in rows("requests") if _benefit(r) not in (None, r["benefit"])}


def e5() -> set[str]:
    out = set()
    for r in rows("requests"):
        rule = rule_for(r["plan_id"], line1(r["request_id"])["code"], asked_day(r))
        if (
            rule
            and rule["destination_id"]
            and rule["benefit"] == r["benefit"]
            and rule["destination_id"] != r["destination_id"]
        ):
            out.add(r["request_id"])
    return out


def e6() -> set[str]:
    wrong = {"medical": {"drug_form", "appeal_form"}, "pharmacy": {"service_form", "appeal_form"}}
    return {r["request_id"] for r in rows("requests") if r["form"] in wrong[r["benefit"]]}


def e7() -> set[str]:
    out = set()
    for r in rows("requests"):
        spans = [c for c in by("coverage", "member_id")[r["member_id"]] if c["plan_id"] == r["plan_id"]]
        if not any(c["start"] <= r["service_date"] and (not c["end"] or r["service_date"] <= c["end"]) for c in spans):
            out.add(r["request_id"])
    return out


def e8() -> set[str]:
    out = set()
    for r in rows("requests"):
        m = by("members", "member_id")[r["member_id"]][0]
        cards = {c["card_id"] for c in by("coverage", "member_id")[r["member_id"]] if c["plan_id"] == r["plan_id"]}
        same = (
            r["card_id_sent"] in cards
            and r["birth_date_sent"] == m["birth_date"]
            and r["name_sent"] == f"{m['first_name']} {m['last_name']}"
        )
        if not same:
            out.add(r["request_id"])
    return out


def e9() -> set[str]:
    out = set()
    for r in rows("requests"):
        line = line1(r["request_id"])
        code = line["icd10"]
        policy = policy_for(line["code"], asked_day(r))
        listed = [n["icd10"] for n in policy["criteria"]["all"] if n.get("kind") == "diagnosis"] if policy else []
        fits = not listed or code.startswith(tuple(listed[0]))
        if not (icd.is_valid_item(code) and icd.is_leaf(code)) or not fits:
            out.add(r["request_id"])
    return out - of_requests("E10")  # another test was coded there, so the policy of that test says nothing


ORDER_WORDS = {
    "IMG-MRI-LSPINE": "MRI L-spine", "IMG-CT-LSPINE": "CT L-spine", "IMG-MRI-CSPINE": "MRI C-spine", "IMG-MRI-KNEE": "MRI knee", "IMG-MRI-BRAIN": "MRI brain w/o", "IMG-MRI-BRAIN-C": "MRI brain w/ ",
    "IMG-CT-CHEST": "CT chest", "IMG-PET-CT": "PET/CT", "IMG-NUC-STRESS": "nuclear", "IMG-CT-HEAD": "CT head",
}  # fmt: skip


def e10() -> set[str]:
    out = set()
    for r in rows("requests"):
        code = line1(r["request_id"])["code"]
        if (
            r["order_id"]
            and code in ORDER_WORDS
            and not by("orders", "order_id")[r["order_id"]][0]["order_text"].startswith(ORDER_WORDS[code])
        ):
            out.add(r["request_id"])
    return out


def e11() -> set[str]:
    pair = {x["code"]: x["partner_code"] for t in ("services", "hcpcs") for x in rows(t) if x["partner_code"]}
    out = set()
    for r in rows("requests"):
        codes = [x["code"] for x in by("request_lines", "request_id")[r["request_id"]]]
        if codes[0] in pair and pair[codes[0]] not in codes:
            out.add(r["request_id"])
    return out


def _limit(r: dict, code: str) -> int | None:
    for f in by("formulary", "drug_id").get(code, []):
        if f["plan_id"] == r["plan_id"]:
            return int(f["quantity_limit"]) if f["quantity_limit"] else None
    return None


def e12() -> set[str]:
    unit = {x["code"]: float(x["unit_quantity"]) for x in rows("hcpcs")}
    out = set()
    for r in rows("requests"):
        if not r["order_id"]:
            continue
        line, order = line1(r["request_id"]), by("orders", "order_id")[r["order_id"]][0]
        if order["dose"]:
            each = float(order["dose"]) / unit[line["code"]]
            need = (int(each) if each == int(each) else int(each) + 1) * int(order["administrations"])
            if need != int(line["units_asked"]):
                out.add(r["request_id"])
        elif line["days_supply"] and line["days_supply"] != order["days_supply"]:
            out.add(r["request_id"])
    return out


def e13() -> set[str]:
    return {
        r["request_id"] for r in rows("requests")
        if (limit := _limit(r, line1(r["request_id"])["code"])) is not None and int(line1(r["request_id"])["units_asked"]) > limit and r["request_type"] != "quantity_exception"
    }  # fmt: skip


def e14() -> set[str]:
    out = set()
    for r in rows("requests"):
        line = line1(r["request_id"])
        policy = policy_for(line["code"], asked_day(r))
        if policy and policy["site_of_care"] and line["pos"] not in policy["site_of_care"]:
            out.add(r["request_id"])
    return out


def e15() -> set[str]:
    out = set()
    for r in rows("requests"):
        if r["plan_id"] in ("PLN-11", "PLN-12") or not r["rendering_npi"]:
            continue
        mine = [n for n in by("networks", "npi").get(r["rendering_npi"], []) if n["plan_id"] == r["plan_id"]]
        if not any(n["start"] <= r["service_date"] and (not n["end"] or r["service_date"] <= n["end"]) for n in mine):
            out.add(r["request_id"])
    return out


def e16() -> set[str]:
    seen: dict[tuple[str, str], list[dict]] = {}
    out = set()
    for r in sorted(rows("requests"), key=lambda r: (r["submitted_at"] or "9", r["request_id"])):
        line = line1(r["request_id"])
        key = (r["member_id"], line["code"])
        if any(line["start_date"] <= x["end_date"] and x["start_date"] <= line["end_date"] for x in seen.get(key, [])):
            out.add(r["request_id"])
        seen.setdefault(key, []).append(line)
    return out


def e17() -> set[str]:
    out = set()
    for r in rows("requests"):
        line = line1(r["request_id"])
        rule = rule_for(r["plan_id"], line["code"], asked_day(r))
        if rule and (rule["requirement"] == "none" or line["pos"] and line["pos"] in rule["exempt_pos"].split(";")):
            out.add(r["request_id"])
    return out


def _claims() -> list[tuple[dict, dict | None]]:
    numbers = by("authorizations", "auth_number")
    return [(c, numbers.get(c["auth_number"], [None])[0]) for c in rows("claims")]


def e18() -> set[str]:
    return {c["claim_id"] for c, a in _claims() if not c["auth_number"] and c["carc"] == "197"}


def e21() -> set[str]:
    return {c["claim_id"] for c, a in _claims() if a and c["service_date"] > a["end"]}


def e22() -> set[str]:
    out = set()
    approved = {r["request_id"]: line1(r["request_id"]) for r in rows("requests")}
    for c, a in _claims():
        if not c["auth_number"]:
            continue
        if (
            a is None
            or a["code"] != c["code"]
            or a["rendering_npi"] != c["rendering_npi"]
            or a["pos"] != c["pos"]
            or int(c["units"]) > int(approved[a["request_id"]]["units_approved"] or 0)
        ):
            out.add(c["claim_id"])
    return out


def e23() -> set[str]:
    return {
        a["auth_id"]
        for a in rows("authorizations")
        if a["units"] != line1(a["request_id"])["units_approved"]
        and by("requests", "request_id")[a["request_id"]][0]["decision"] == "partly_approved"
    }


def e28() -> set[str]:
    never = {(x["plan_id"], x["code"]) for x in rows("exclusions")} | {
        (f["plan_id"], f["drug_id"]) for f in rows("formulary") if f["status"] == "excluded"
    }
    return {r["request_id"] for r in rows("requests") if (r["plan_id"], line1(r["request_id"])["code"]) in never}


def e27() -> set[str]:
    rules = {p["plan_id"]: p["drug_rules"] for p in rows("plans")}
    out = set()
    for r in rows("requests"):
        line = line1(r["request_id"])
        if (
            line["code_system"] == "DRUG"
            and icd.is_valid_item(line["icd10"])
            and icd.is_leaf(line["icd10"])
            and r["decision"] == "denied"
            and not supported(line["code"], line["icd10"], rules[r["plan_id"]])
        ):
            out.add(r["request_id"])
    return out


def e30() -> set[str]:
    return {
        a["appeal_id"]
        for a in rows("appeals")
        if a["level"] == "2" or (a["filed_by_role"] in ("relative", "lawyer") and a["consent_on_file"] == "False")
    }


def e33() -> set[str]:
    out = {r["request_id"] for r in rows("requests") if not r["contact_phone"]}
    for rid, docs in by("attachments", "request_id").items():
        if len({d["case_ref"] for d in docs}) > 1 or any(d["quality"] != "readable" for d in docs):
            out.add(rid)
    return out


def e34() -> set[str]:
    member = {r["request_id"]: r["member_id"] for r in rows("requests")}
    return {
        d["doc_id"]
        for d in rows("attachments")
        if d["kind"] == "whole_chart" or d["of_member_id"] != member[d["request_id"]]
    }


REQUEST_LEVEL = [e4, e5, e6, e7, e8, e9, e10, e11, e12, e13, e14, e15, e16, e17, e27, e28, e33]
RECORD_LEVEL = [e18, e21, e22, e23, e30, e34]


@pytest.mark.parametrize("route", REQUEST_LEVEL, ids=lambda f: f.__name__.upper())
def test_second_route_requests(route) -> None:
    want, got = of_requests(route.__name__.upper()), route()
    assert got == want, (len(want), len(got), sorted(got - want)[:5], sorted(want - got)[:5])


@pytest.mark.parametrize("route", RECORD_LEVEL, ids=lambda f: f.__name__.upper())
def test_second_route_records(route) -> None:
    want, got = planted()[route.__name__.upper()], route()
    assert got == want, (len(want), len(got), sorted(got - want)[:5], sorted(want - got)[:5])


@lru_cache(maxsize=1)
def judged() -> dict[str, dict]:
    """Request id -> what the chart and the packet say, for denials."""
    out = {}
    for r in rows("requests"):
        tree = criteria(r)
        if r["decision"] == "denied" and tree is not None:
            out[r["request_id"]] = {
                "chart": tree_met(tree, r, None), "packet": tree_met(tree, r, packet(r["request_id"])), "old": tree_met(tree, r, None, False), "unsigned": tree_met(tree, r, None, True, False), "row": r,
            }  # fmt: skip
    return out


def test_evidence_mistakes() -> None:
    """E1, E20 and E33 sit on charts that meet the criteria, E2, E3, E24-E26, E29 on charts that do not; E31 and E32 were met and sent."""
    j = judged()
    for name in ("E1", "E31", "E32"):
        assert all(j[x]["chart"] for x in of_requests(name) if x in j), name
    for name in ("E2", "E3", "E24", "E25", "E26", "E27", "E29"):
        bad = [x for x in of_requests(name) if x in j and j[x]["chart"]]
        assert not bad, (name, bad)
    assert all(not j[x]["packet"] for x in of_requests("E1") if x in j)
    assert all(j[x]["packet"] for x in of_requests("E31") | of_requests("E32") if x in j)
    assert {x for x in j if j[x]["old"] and not j[x]["chart"]} == of_requests("E24") & set(j)
    assert {x for x in j if j[x]["unsigned"] and not j[x]["chart"]} == of_requests("E25") & set(j)


def test_e1_second_route() -> None:
    got = {
        x for x, v in judged().items()
        if v["chart"] and not v["packet"] and v["row"]["reason_code"] == "insufficient_documentation"
        and not (v["row"]["info_due_at"] and (not v["row"]["info_sent_at"] or v["row"]["info_sent_at"] > v["row"]["info_due_at"]))
    }  # fmt: skip
    assert got - of_requests("E33") == of_requests("E1") & set(judged())


def test_e20_second_route() -> None:
    late = {
        r["request_id"]
        for r in rows("requests")
        if r["decision"] == "denied"
        and r["info_due_at"]
        and r["info_due_at"] < "2026-09-30 08:00"
        and (not r["info_sent_at"] or r["info_sent_at"] > r["info_due_at"])
    }
    with (ROOT / "coursekit/world/truth/errors.csv").open(encoding="utf-8", newline="") as f:
        want = {r["request_id"] for r in csv.DictReader(f) if r["error"] == "E20" and r["table"] == "requests"}
    assert late == want, (sorted(late - want)[:4], sorted(want - late)[:4])


def test_e31_shows_in_the_log() -> None:
    events = by("events", "request_id")
    got = {
        x for x in (r["request_id"] for r in rows("requests") if r["decision"] == "denied")
        if any("0 attachments opened" in e["detail"] or e["event"] == "record_filed" for e in events[x])
    }  # fmt: skip
    assert got == of_requests("E31")


def test_e26_note_against_fills() -> None:
    got = {
        x
        for x, v in judged().items()
        if not v["chart"]
        and any(
            "Tried and failed" in n["text"]
            for n in by("notes", "member_id")[v["row"]["member_id"]]
            if abs(_gap(n, v["row"])) < 12
        )
    }
    assert got == of_requests("E26") & set(judged())


def _gap(note: dict, r: dict) -> int:
    from world_route import days

    return days(note["service_date"], asked_day(r))
