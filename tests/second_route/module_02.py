"""Module 2 by the second route: each key again, in plain Python, from the public CSV rows and the public stories.

`tables` maps a table name to its rows as `csv.DictReader` gives them (all text, empty cells are ""); `records` are the
ids that learners see. Nothing here knows the world's truth or the code that made the keys: limits, rules and arithmetic
are written out again on purpose, from the lesson's text. Sums are counted in whole hundredths of a cent.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import yaml

Tables = dict[str, list[dict[str, str]]]
STORIES = Path(__file__).resolve().parents[2] / "priorauth" / "stories" / "benefits.yaml"
MEDICARE = {"medicare_age": ("R3", 20), "medicare_disability": ("R4", 100)}
OUTSIDE_PAID = {"PPO", "POS"}
OTHER_PLACE = {"11": "22", "49": "22", "24": "22", "22": "11"}


def _stories(name: str) -> list[dict]:
    return yaml.safe_load(STORIES.read_text(encoding="utf-8"))[name]


def _by_id(rows: list[dict[str, str]], column: str) -> dict[str, dict[str, str]]:
    return {row[column]: row for row in rows}


def _in_span(day: str, start: str, end: str) -> bool:
    return start <= day <= (end or "9999-12-31")


def _line_one(tables: Tables, request_id: str) -> dict[str, str]:
    (found,) = (r for r in tables["request_lines"] if r["request_id"] == request_id and r["line_no"] == "1")
    return found


def _who_first(a: dict, b: dict) -> tuple[int, str]:
    """0 or 1 for the cover that pays first, and the rule, by the table of section 2.3."""
    bases = [a["basis"], b["basis"]]
    if "medicaid" in bases:
        return 1 - bases.index("medicaid"), "R1"
    if "medicare_kidney" in bases:
        kidney = bases.index("medicare_kidney")
        return (1 - kidney if (a, b)[kidney]["months"] <= 30 else kidney), "R2"
    for basis, (rule, least) in MEDICARE.items():
        if basis in bases:
            medicare = bases.index(basis)
            other = (a, b)[1 - medicare]
            if other["basis"] == "retiree":
                return medicare, "R5"
            return (1 - medicare if int(other["employer_size"]) >= least else medicare), rule
    if bases == ["parent_employment"] * 2:
        birthdays = [x["holder_birth_date"][5:] for x in (a, b)]
        return birthdays.index(min(birthdays)), "R7"
    return bases.index("employment"), "R6"


def _pays(plan: dict[str, str], pharmacy: bool) -> bool:
    return pharmacy if plan["plan_id"] == "PLN-12" else not (plan["plan_id"] == "PLN-11" and pharmacy)


def _first_cover(tables: Tables, request: dict[str, str]) -> dict[str, str] | None:
    """The row of coverage that pays first for a request on its day of service."""
    plans = _by_id(tables["plans"], "plan_id")
    rows = [
        c
        for c in tables["coverage"]
        if c["member_id"] == request["member_id"]
        and _in_span(request["service_date"], c["start"], c["end"])
        and _pays(plans[c["plan_id"]], request["benefit"] == "pharmacy")
    ]
    if len(rows) == 2:
        return rows[_who_first(*rows)[0]]
    return rows[0] if rows else None


def m02_c1(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """Right plan, other plan or no cover, with the row that proves it."""
    requests = _by_id(tables["requests"], "request_id")
    answer = {}
    for request_id in records:
        request = requests[request_id]
        first = _first_cover(tables, request)
        if first is None:
            named = [
                c["coverage_id"]
                for c in tables["coverage"]
                if c["member_id"] == request["member_id"] and c["plan_id"] == request["plan_id"]
            ]
            answer[request_id] = ["no cover", named[-1]]
        else:
            same = first["plan_id"] == request["plan_id"]
            answer[request_id] = ["right plan" if same else "other plan", first["coverage_id"]]
    return answer


def m02_c2(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """The letter of the cover that pays first, and the rule."""
    answer = {}
    for row in _stories("two_covers"):
        place, rule = _who_first(row["a"], row["b"])
        answer[row["case"]] = [rule, "AB"[place]]
    return {key: answer[key] for key in records}


def m02_c3(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """Benefit and rule, by the table of section 2.4."""
    answer = {}
    for row in _stories("drug_orders"):
        if row["place"] == "inpatient":
            rule = "B1"
        elif row["giver"] == "home_nurse":
            rule = "B6"
        elif row["giver"] == "self":
            rule = "B5"
        else:
            rule = {"stock": "B2", "shipped": "B3", "carried": "B4"}[row["source"]]
        answer[row["order"]] = [rule, "pharmacy" if rule in ("B3", "B4", "B5") else "medical"]
    return {key: answer[key] for key in records}


def _rule(tables: Tables, plan_id: str, code: str, day: str) -> dict[str, str]:
    (found,) = (
        r
        for r in tables["pa_list"]
        if r["plan_id"] == plan_id and r["code"] == code and _in_span(day, r["effective_from"], r["effective_to"])
    )
    return found


def m02_c4(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """The door in the row of the plan that covers the person on the day."""
    requests = _by_id(tables["requests"], "request_id")
    answer = {}
    for request_id in records:
        request = requests[request_id]
        cover = _first_cover(tables, request)
        assert cover is not None
        rule = _rule(tables, cover["plan_id"], _line_one(tables, request_id)["code"], request["service_date"])
        assert rule["requirement"] == "pa"
        answer[request_id] = [rule["destination_id"], rule["rule_id"]]
    return answer


def m02_c5(tables: Tables, records: list[str]) -> dict[str, str]:
    """The network on October 20, 2026."""
    requests, plans = _by_id(tables["requests"], "request_id"), _by_id(tables["plans"], "plan_id")
    answer = {}
    for request_id in records:
        request = requests[request_id]
        inside = any(
            n["plan_id"] == request["plan_id"]
            and n["npi"] == request["rendering_npi"]
            and _in_span("2026-10-20", n["start"], n["end"])
            for n in tables["networks"]
        )
        product = plans[request["plan_id"]]["product"]
        if product == "FFS":
            answer[request_id] = "no network"
        elif inside:
            answer[request_id] = "in network"
        else:
            answer[request_id] = "outside, covered" if product in OUTSIDE_PAID else "outside, not covered"
    return answer


def m02_c6(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """The need for PA before and after nine weeks and a change of place."""
    requests = _by_id(tables["requests"], "request_id")
    answer = {}
    for request_id in records:
        request, line = requests[request_id], _line_one(tables, request_id)
        day, place = request["service_date"], line["pos"]
        later = (date.fromisoformat(day) + timedelta(days=63)).isoformat()
        needs, rows = [], []
        for when, where in ((day, place), (later, OTHER_PLACE.get(place, place))):
            row = _rule(tables, request["plan_id"], line["code"], when)
            needs.append(row["requirement"] == "pa" and where not in row["exempt_pos"].split(";"))
            rows.append(row["rule_id"])
        word = {
            (False, True): "now needed",
            (True, False): "no longer needed",
            (True, True): "needed as before",
            (False, False): "not needed as before",
        }[needs[0], needs[1]]
        answer[request_id] = [word, rows[1]]
    return answer


def _cents(text: str) -> int:
    whole, _, part = text.partition(".")
    return int(whole) * 100 + int((part + "00")[:2])


def m02_c7(tables: Tables, records: list[str]) -> dict[str, float]:
    """Whole cents; coinsurance in ten thousandths, rounded half up once a line."""
    plans = _by_id(tables["plans"], "plan_id")
    answer = {}
    for patient in _stories("patients"):
        plan = plans[patient["plan_id"]]
        federal = plan["line_of_business"] in ("medicare_advantage", "medicaid_managed", "traditional_medicare")
        rate = round(float(plan["coinsurance"]) * 100)
        most = _cents(plan["oop_max"]) or 10**12
        open_deductible = _cents(plan["deductible"]) - _cents(patient["deductible_met"])
        spent = _cents(patient["oop_met"])
        mine = [row for row in _stories("claim_lines") if row["patient"] == patient["patient"]]
        for row in sorted(mine, key=lambda r: r["date"]):
            if row["copay"]:
                pays = _cents(row["copay"])
                if row["makers_card"] and not federal:
                    pays = min(pays, _cents(row["makers_card"].split()[-1]))
            else:
                price = _cents(row["allowed"])
                first = min(price, open_deductible)
                open_deductible -= first
                pays = min(first + ((price - first) * rate + 50) // 100, most - spent)
            spent += pays
            answer[row["line"]] = pays / 100
    return {key: answer[key] for key in records}


def m02_c8(tables: Tables, records: list[str]) -> int:
    """Checks asked on July 1 or later that found nobody."""
    return sum(r["answer"] == "not_found" and r["asked_at"] >= "2026-07-01" for r in tables["eligibility"])
