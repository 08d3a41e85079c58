"""Module 9 by the second route: each key again, in plain Python, from the public CSV rows and the public stories.

`tables` maps a table name to its rows as `csv.DictReader` gives them (all text, empty cells are ""); `records` are the
ids that learners see. Nothing here knows the world's truth, the code that made the keys, or the course's clocks and
tools: the rules are written out again on purpose, from the lesson's text, and the stories are read again by their words.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

import yaml

Tables = dict[str, list[dict[str, str]]]
STORIES = Path(__file__).resolve().parents[2] / "priorauth" / "stories" / "counter.yaml"


def _stories(name: str) -> list[dict]:
    return yaml.safe_load(STORIES.read_text(encoding="utf-8"))[name]


def _one(rows: list[dict], **wanted: str) -> dict:
    (found,) = (r for r in rows if all(r[k] == v for k, v in wanted.items()))
    return found


def _day(text: str) -> date:
    return date.fromisoformat(text[:10])


def _daily(directions: str) -> float:
    times = {"QD": 1, "BID": 2, "TID": 3, "weeks": 1 / 14}
    return int(directions.split()[0]) * times[directions.split()[-1]]


# --- c1 -----------------------------------------------------------------------------------------------------------------


def _last_of_long_run(fills: list[dict], wanted: int, oldest: date) -> str:
    """The last fill of a run that is long enough, with gaps of up to 14 days; empty if there is none."""
    first = end = None
    good = ""
    for fill in sorted(fills, key=lambda f: f["filled_on"]):
        on = _day(fill["filled_on"])
        if end is None or (on - end).days - 1 > 14:
            first, start = on, on
        else:
            start = max(on, end + timedelta(days=1))
        end = start + timedelta(days=fill["days_supply"] - 1)
        if (end - first).days + 1 >= wanted and on >= oldest:
            good = fill["row"]
    return good


def m09_c1(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """First the claim, then the prescription, then what the code asks for."""
    slips, fills, log = _stories("counter_slips"), _stories("counter_fills"), _stories("counter_log")
    classes = {d["drug_id"]: d["drug_class"] for d in tables["drugs"]}
    answer = {}
    for key in records:
        s = _one(slips, slip=key)
        rule = _one(tables["formulary"], plan_id=s["plan_id"], drug_id=s["drug_id"])
        mine = [f for f in fills if f["slip"] == key]
        daily = _daily(s["directions"])
        over = bool(rule["quantity_limit"]) and daily * int(rule["per_days"] or 0) > int(rule["quantity_limit"] or 0)
        same_drug = sorted((f for f in mine if f["drug_id"] == s["drug_id"]), key=lambda f: f["filled_on"])
        if (s["quantity"], s["days"], s["ndc"]) != (s["claim_quantity"], s["claim_days"], s["claim_ndc"]):
            answer[key] = ["mend the claim", s["claim"]]
        elif s["quantity"] != daily * s["days"]:
            answer[key] = ["query the prescriber", s["rx"]]
        elif s["reject"] == "70":
            what = {"excluded": "no request", "not_on_formulary": "formulary exception"}[rule["status"]]
            answer[key] = [what, rule["formulary_id"]]
        elif s["reject"] == "75":
            known = [g["row"] for g in log if g["slip"] == key and g["drug_id"] == s["drug_id"] and g["first_day"] <= s["day"] <= g["last_day"]]  # fmt: skip
            oldest = _day(s["day"]) - timedelta(days=int(rule["step_lookback"] or 0))
            steps = [f for f in mine if f["drug_id"] in rule["step_drugs"].split(";")]
            done = _last_of_long_run(steps, int(rule["step_days"] or 0), oldest)
            if known:
                answer[key] = ["mend the claim", known[0]]
            elif rule["step_drugs"] and not done:
                answer[key] = ["step exception", rule["formulary_id"]]
            else:
                answer[key] = ["prior authorization", done or rule["formulary_id"]]
        elif s["reject"] == "76":
            assert over, key
            answer[key] = ["quantity exception", s["rx"]]
        elif s["reject"] == "79":
            before = same_drug[-1]
            if daily <= before["quantity"] / before["days_supply"]:
                answer[key] = ["wait", before["row"]]
            else:
                answer[key] = ["quantity exception" if over else "ask for an override", s["rx"]]
        else:
            clash = [f for f in mine if f["drug_id"] != s["drug_id"] and classes[f["drug_id"]] == classes[s["drug_id"]]]
            answer[key] = ["query the prescriber", max(clash, key=lambda f: f["filled_on"])["row"]]
    return answer


# --- c2 -----------------------------------------------------------------------------------------------------------------

MONTHS = {"September": 9}


def _moments(text: str) -> list[datetime]:
    """The moments of a story in the order in which it tells them; a time alone belongs to the day before it."""
    found, day = [], None
    for month, number, hour, minute in re.findall(r"(September) (\d+)|(?<![\d-])(\d{1,2}):(\d\d)", text):
        if month:
            day = (MONTHS[month], int(number))
        else:
            found.append(datetime(2026, *day, int(hour), int(minute)))
    return found


def m09_c2(tables: Tables, records: list[str]) -> dict[str, str]:
    """Which moment starts, by the words of each story; then hours or days on top."""
    answer = {}
    for story in _stories("exception_stories"):
        text, key = story["what"], story["story"]
        book = _one(tables["plans"], name=story["plan"])["drug_rules"]
        received, *rest = _moments(text)
        fast = "xpedited" in text
        exception = "meets each criterion" not in text
        if book == "part_d" and exception:
            hours = timedelta(hours=24 if fast else 72)
            wait = received + timedelta(days=14)
            if "authorization desk" in text:  # not the prescriber's
                rest = []
            if "faxed" in text:
                rest = rest[1:]  # sent, then received
            given = rest[0] if rest and rest[0] <= wait else wait
            due = max(given, received) + hours
        elif book == "part_d":
            due = received + timedelta(hours=24 if fast else 72)
        elif book == "medicaid":
            due = received + timedelta(hours=24)
        elif book == "qhp" and "not on the list" in text:
            due = received + timedelta(hours=24 if fast else 72)
        else:
            assert not fast
            due = received + timedelta(days=15)
        answer[key] = f"{due:%Y-%m-%d %H:%M}"
    return answer


# --- c3 -----------------------------------------------------------------------------------------------------------------


def m09_c3(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """The drug that the letter says somebody takes, against the list."""
    listed = {r["drug"]: r for r in _stories("tier_list")}
    answer = {}
    for letter in _stories("tier_letters"):
        text, key = letter["what"], letter["letter"]
        if key not in records:
            continue
        if plan := re.search(r"\((PLN-\d\d)\)", text):
            assert _one(tables["plans"], plan_id=plan[1])["drug_rules"] != "part_d"
            answer[key] = ["another rule book", plan[1]]
            continue
        drug = re.search(r"takes (\w+)", text)[1]
        if drug not in listed:
            answer[key] = ["came in by exception", re.search(r"A-\d+", text)[0]]
            continue
        mine = listed[drug]
        below = sorted((r for r in listed.values() if r["treats"] == mine["treats"] and r["tier"] < mine["tier"]), key=lambda r: r["tier"])  # fmt: skip
        brands = [r for r in below if r["sort"] == "brand"]
        if mine["tier"] == 5:
            answer[key] = ["specialty tier", mine["row"]]
        elif not below:
            answer[key] = ["no lower tier", mine["row"]]
        elif mine["sort"] == "generic":
            answer[key] = ["may ask", below[0]["row"]]
        elif brands:
            answer[key] = ["may ask", brands[0]["row"]]
        else:
            answer[key] = ["only generics below", below[-1]["row"]]
    return answer


# --- c4 -----------------------------------------------------------------------------------------------------------------


def m09_c4(tables: Tables, records: list[str]) -> dict[str, list[object]]:
    """Rule book, drug, window, earlier fill, in this order."""
    covers, paid = _stories("cover_rows"), _stories("paid_claims")
    answer = {}
    for c in _stories("new_members"):
        key = c["case"]
        book = _one(tables["plans"], plan_id=c["plan_id"])["drug_rules"]
        rule = _one(tables["formulary"], plan_id=c["plan_id"], drug_id=c["drug_id"])
        mine = sorted(
            (r for r in covers if r["case"] == key and r["plan_id"] == c["plan_id"]), key=lambda r: r["first_day"]
        )
        start = mine[0]  # no story has a break
        had = [
            p["row"] for p in paid if p["case"] == key and p["drug_id"] == c["drug_id"] and "transition" in p["paid_as"]
        ]
        daily = _daily(c["directions"])
        if book not in ("part_d", "medicaid"):
            answer[key] = ["neither", 0, c["plan_id"]]
        elif rule["status"] == "excluded":
            answer[key] = ["neither", 0, rule["formulary_id"]]
        elif book == "medicaid":
            urgent = "The prescriber says" in c["situation"]
            answer[key] = ["emergency supply", daily * 3, c["note"]] if urgent else ["neither", 0, c["note"]]
        elif (_day(c["day"]) - _day(start["first_day"])).days > 89:
            answer[key] = ["neither", 0, start["row"]]
        elif had:
            answer[key] = ["neither", 0, had[0]]
        else:
            answer[key] = ["transition fill", daily * min(30, c["days"]), start["row"]]
    return answer


# --- c5 -----------------------------------------------------------------------------------------------------------------


def m09_c5(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """Who signed, what kind of reason, do the fills agree, and is each listed drug named in the reasons?"""
    lists, fills = _stories("statement_lists"), _stories("statement_fills")
    answer = {}
    for s in _stories("statements"):
        key = s["statement"]
        called = "prescriber herself called" in s["a"]
        money = [x for x in "abc" if re.search(r"\$|travels|second box|pension", s[x])]
        reasons = " ".join(s[x] for x in "abc")
        days = sum(f["days_supply"] for f in fills if f["statement"] == key and f["drug"] in s["b"])
        left = [r["row"] for r in lists if r["statement"] == key and not re.search(rf"\b{r['drug']}\b", reasons)]
        if not called and not s["signed"].endswith(", prescriber"):
            answer[key] = ["not the prescriber's", f"{key}s"]
        elif money:
            answer[key] = ["reason that does not count", key + money[0]]
        elif "without a break from January to June" in s["b"] and days < 121:
            answer[key] = ["against the fills", f"{key}b"]
        else:
            answer[key] = ["listed drug left out", left[0]] if left else ["complete", key]
    return answer


# --- c6, c7, c8 ----------------------------------------------------------------------------------------------------------


def m09_c6(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """From the event `received` to the event that approves or denies; a question within the day leaves a late one open."""
    plans = {p["plan_id"]: p["drug_rules"] for p in tables["plans"]}
    answer = {}
    for key in records:
        assert plans[_one(tables["requests"], request_id=key)["plan_id"]] == "medicaid"
        mine = {e["event"]: e for e in reversed(tables["events"]) if e["request_id"] == key}
        (said,) = (mine[k] for k in ("approved", "partly_approved", "denied") if k in mine)
        limit = datetime.fromisoformat(mine["received"]["at"]) + timedelta(hours=24)
        asked = mine.get("info_asked")
        if datetime.fromisoformat(said["at"]) <= limit:
            answer[key] = ["on time", said["event_id"]]
        elif asked and datetime.fromisoformat(asked["at"]) <= limit:
            answer[key] = ["not settled", asked["event_id"]]
        else:
            answer[key] = ["late", said["event_id"]]
    return answer


def m09_c7(tables: Tables, records: list[str]) -> dict[str, list[object]]:
    """Count the fills one by one until the last day or the last refill."""
    plans = {p["plan_id"]: p["drug_rules"] for p in tables["plans"]}
    answer = {}
    for key in records:
        request, notice = _one(tables["requests"], request_id=key), _one(tables["authorizations"], request_id=key)
        line = _one(tables["request_lines"], request_id=key, line_no="1")
        order = _one(tables["orders"], order_id=request["order_id"])
        last = _day(notice["end"])
        if plans[request["plan_id"]] == "part_d" and "exception" in request["request_type"]:
            last = max(last, date(2026, 12, 31))
        fills, on = 0, _day(notice["start"])
        while on <= last and fills <= int(order["refills"]):
            fills, on = fills + 1, on + timedelta(days=int(line["days_supply"]))
        answer[key] = [last.isoformat(), fills]
    return answer


def m09_c8(tables: Tables, records: list[str]) -> dict[str, object]:
    """Count claims whose code and status stand in the mapping."""
    words = {"70 excluded": "no request", "70 not_on_formulary": "formulary exception", "75 covered": "step or PA", "76 covered": "look at the order"}  # fmt: skip
    books = {p["plan_id"]: p["drug_rules"] for p in tables["plans"]}
    status = {(f["plan_id"], f["drug_id"]): f["status"] for f in tables["formulary"]}
    counts: Counter[tuple[str, str]] = Counter()
    for claim in tables["pharmacy_claims"]:
        step = words.get(f"{claim['reject_code']} {status.get((claim['plan_id'], claim['drug_id']))}")
        if step:
            counts[step, "all"] += 1
            counts[step, books[claim["plan_id"]]] += 1
    rows = [[step, counts[step, "all"], counts[step, "part_d"], counts[step, "qhp"]] for step in sorted(words.values())]
    return {"columns": ["first_step", "claims", "part_d", "qhp"], "rows": rows}
