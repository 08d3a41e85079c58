"""Module 2 by the second route: each key again, in plain Python, from the public CSV rows and the public stories.

`tables` maps a table name to its rows as `csv.DictReader` gives them (all text, empty cells are ""); `records` are the
ids that learners see. Nothing here knows the world's truth or the code that made the keys: limits, rules and arithmetic
are written out again on purpose, from the lesson's text. Sums are counted in whole hundredths of a cent.
"""

from __future__ import annotations

import re
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


def m02_c1(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """Right plan, other plan or no cover, with the row that proves it."""
    plans = _by_id(tables["plans"], "plan_id")
    answer = {}
    for order in _stories("desk_orders"):
        mine = [c for c in _stories("desk_covers") if c["order"] == order["order"]]
        pharmacy = "by a pharmacy" in order["what"] or "at a pharmacy" in order["what"]
        open_ = [
            c for c in mine if _in_span(order["day"], c["start"], c["end"]) and _pays(plans[c["plan_id"]], pharmacy)
        ]
        if open_:
            first = open_[_who_first(*open_)[0]] if len(open_) == 2 else open_[0]
            same = first["plan_id"] == order["plan_id"]
            answer[order["order"]] = ["right plan" if same else "other plan", first["coverage_id"]]
        else:
            (named,) = (c["coverage_id"] for c in mine if c["plan_id"] == order["plan_id"])
            answer[order["order"]] = ["no cover", named]
    return {key: answer[key] for key in records}


def _people(row: dict[str, str]) -> int:
    """The number of employees in a story, wherever it stands."""
    (found,) = re.findall(r"([\d,]+) employees", " ".join(row.values()))
    return int(found.replace(",", ""))


def m02_c2(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """The rule and the letter of the cover that pays first, from the words of the stories."""
    answer = {}
    for row in _stories("two_covers"):
        covers = (row["cover_a"], row["cover_b"])
        words = " ".join(row.values())
        medicaid = [i for i, c in enumerate(covers) if c.startswith("Medicaid")]
        medicare = [i for i, c in enumerate(covers) if c.startswith(("Medicare", "Original Medicare"))]
        if medicaid:
            found = "R1", 1 - medicaid[0]
        elif medicare and "kidneys" in words:
            months = int(re.search(r"for (\d+) months", words)[1])
            found = "R2", 1 - medicare[0] if months <= 30 else medicare[0]
        elif medicare and "old employer" in words:
            found = "R5", medicare[0]
        elif medicare:
            age = int(re.search(r", (\d+),", row["patient"])[1]) >= 65
            least = 20 if age else 100
            found = "R3" if age else "R4", 1 - medicare[0] if _people(row) >= least else medicare[0]
        elif "born" in words:
            born = [re.search(r"born (\w+ \d+)", c)[1] for c in covers]
            began = [int(re.search(r"began in (\d+)", c)[1]) for c in covers]
            assert born[0] == born[1]
            found = "R7", began.index(min(began))
        else:
            found = "R6", next(i for i, c in enumerate(covers) if "wife" not in c and "husband" not in c)
        answer[row["case"]] = [found[0], "AB"[found[1]]]
    return {key: answer[key] for key in records}


#: Words of a drug order, in the order in which they decide -> rule.
DRUG_WORDS = [
    ("lies on the ward", "B1"),
    ("Quince Home Health", "B6"),
    ("from the box of ten", "B2"),
    ("what the hospital keeps", "B2"),
    ("our shelf", "B2"),
    ("Marrow Stile delivers", "B3"),
    ("courier from Marrow Stile", "B3"),
    ("sends the vial to our office", "B3"),
    ("injects it", "B4"),
    ("he uses it", "B5"),
    ("she uses it", "B5"),
    ("takes them", "B5"),
]


def _drug(words: str) -> tuple[str, str]:
    rule = next(rule for part, rule in DRUG_WORDS if part in words)
    return rule, "pharmacy" if rule in ("B3", "B4", "B5") else "medical"


def m02_c3(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """Rule and benefit, by the table of section 2.4, from the words of the orders."""
    answer = {row["order"]: list(_drug(row["words"])) for row in _stories("drug_orders")}
    return {key: answer[key] for key in records}


#: Order -> the plan that pays first, worked out from the cards by section 2.3.
FIRST_OF_CARDS = {
    "T1": "Larkmead Senior POS",
    "T2": "Bluestem Select HMO",
    "T3": "Birchfield EPO",
    "T4": "Original Medicare",
    "T5": "Eastmoor Rx Medicare Plus",
    "T6": "Birchfield EPO",
    "T7": "Harbor Advantage HMO",
    "T8": "Bluestem Medicare PPO",
}


def m02_c4(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """The door of the plan that pays first, and the benefit."""
    plans = _by_id(tables["plans"], "name")
    answer = {}
    for row in _stories("doors"):
        plan, what = plans[FIRST_OF_CARDS[row["order"]]], row["what"]
        assert plan["name"] in row["cards"]
        if what.startswith(("MRI", "CT")):
            found = plan["imaging_vendor_id"] or plan["payer_id"], "medical"
        elif "wheelchair" in what:
            found = "PAY-10" if plan["product"] == "FFS" else plan["payer_id"], "medical"
        else:
            benefit = _drug(what)[1]
            found = plan["pbm_id"] if benefit == "pharmacy" else plan["payer_id"], benefit
        answer[row["order"]] = list(found)
    return {key: answer[key] for key in records}


def m02_c5(tables: Tables, records: list[str]) -> dict[str, str]:
    """The network on the new day."""
    plans = _by_id(tables["plans"], "plan_id")
    answer = {}
    for visit in _stories("put_off"):
        inside = any(
            (n["plan_id"], n["npi"]) == (visit["plan_id"], visit["npi"])
            and _in_span(visit["new_day"], n["start"], n["end"])
            for n in _stories("directory")
        )
        product = plans[visit["plan_id"]]["product"]
        if product == "FFS":
            found = "no network"
        elif inside:
            found = "in network"
        else:
            found = "outside, covered" if product in OUTSIDE_PAID else "outside, not covered"
        answer[visit["visit"]] = found
    return {key: answer[key] for key in records}


def _rule(tables: Tables, plan_id: str, code: str, day: str) -> dict[str, str]:
    (found,) = (
        r
        for r in tables["pa_list"]
        if r["plan_id"] == plan_id and r["code"] == code and _in_span(day, r["effective_from"], r["effective_to"])
    )
    return found


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
    """Checks that found nobody and were answered on the day of service or later."""
    return sum(
        r["answer"] == "not_found" and r["answered_at"][:10] >= r["service_date"][:10] for r in tables["eligibility"]
    )
