"""Module 12 by the second route: each key again, in plain Python, from the public CSV rows and the public stories.

`tables` maps a table name to its rows as `csv.DictReader` gives them (all text, empty cells are ""); `records` are the
ids that learners see. Nothing here knows the world's truth or the code that made the keys. What a story says is read
from its words, by patterns, where the other route read it by hand.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from pathlib import Path

import yaml

Tables = dict[str, list[dict[str, str]]]
STORIES = Path(__file__).resolve().parents[2] / "priorauth" / "stories" / "ledger.yaml"


def _stories(name: str) -> list[dict]:
    return yaml.safe_load(STORIES.read_text(encoding="utf-8"))[name]


def _story(name: str, column: str, value: str) -> dict:
    (found,) = (r for r in _stories(name) if r[column] == value)
    return found


# --- c1 -----------------------------------------------------------------------------------------------------------------


def m12_c1(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """The row in force on the day; then its place, a paper for this very doctor, and whether there is an inpatient order."""
    answer = {}
    for key in records:
        event = _story("arrivals", "event", key)
        (row,) = (
            r
            for r in tables["pa_list"]
            if (r["plan_id"], r["code"]) == (event["plan_id"], event["code"])
            and r["effective_from"] <= event["day"] <= (r["effective_to"] or "9999")
        )
        verdict, proof = row["requirement"].replace("none", "nothing"), row["rule_id"]
        if event["place"] in row["exempt_pos"].split(";"):
            verdict = "nothing"
        if event["code"].startswith("ADM-") and "inpatient" not in event["story"].lower():
            verdict = "nothing"
        if verdict == "referral":
            for paper in _stories("referral_papers"):
                doctor = paper["to"].removeprefix("Dr. ")
                with_this_doctor = re.search(rf"with Dr\. \w+ {doctor}\b", event["story"])
                if paper["patient"] == event["patient"] and with_this_doctor:
                    if paper["start"] <= event["day"] <= paper["end"] and paper["visits"] > paper["used"]:
                        verdict, proof = "nothing", paper["paper"]
        answer[key] = [verdict, proof]
    return answer


# --- c2 -----------------------------------------------------------------------------------------------------------------


def _hospital_day(chart: str, days_since_operation: int | None, home_oxygen: int) -> bool:
    text = chart.lower()
    vein = [
        m for m in re.finditer(r"[^.;]*\bby vein\b[^.;]*", text) if "ordered" not in m[0] and "not given" not in text
    ]
    oxygen = [int(m[1]) for m in re.finditer(r"(\d) l oxygen", text)]
    warm = [float(m[1]) for m in re.finditer(r"temperature (\d\d\.\d)", text)]
    pulse = [int(m[1]) for m in re.finditer(r"pulse (\d+)", text)]
    pressure = [int(m[1]) for m in re.finditer(r"blood pressure (\d+) over", text)]
    return bool(
        vein
        or any(x >= 2 and x > home_oxygen for x in oxygen)
        or any(x >= 38.3 for x in warm)
        or any(x > 120 for x in pulse)
        or any(x < 90 for x in pressure)
        or days_since_operation in (0, 1)
    )


def _rehab_day(chart: str) -> bool:
    done = chart.split("Planned")[-1].split(":", 1)[-1] if "Planned" in chart else chart
    return sum(int(m) for m in re.findall(r"(\d+) min", done)) >= 180


def m12_c2(tables: Tables, records: list[str]) -> dict[str, list[object]]:
    """Midnights from the order on, without the day of leaving; late notice cuts the first ones off."""
    answer: dict[str, list[object]] = {}
    for key in records:
        stay = _story("stays_to_review", "stay", key)
        order, told = (datetime.fromisoformat(stay[c]) for c in ("inpatient_order", "plan_told"))
        in_time = told <= order + timedelta(hours=stay["tell_within"])
        good, bad, operated, home = 0, [], None, 0
        for row in (d for d in _stories("days_to_review") if d["stay"] == key):
            day, chart = date.fromisoformat(row["day"]), row["chart"]
            found = re.search(r"(\d) L oxygen at home", chart)
            home = int(found[1]) if found else home
            chart = chart.replace(found[0], "") if found else chart
            operated = day if "taken out" in chart else operated
            if not order.date() <= day < date.fromisoformat(stay["left"][:10]):
                continue
            since = (day - operated).days if operated else None
            met = _rehab_day(chart) if stay["kind"] == "rehabilitation" else _hospital_day(chart, since, home)
            if met and (in_time or day >= told.date()):
                good += 1
            else:
                bad.append(row["day_id"])
        answer[key] = [good, bad[0]]
    return answer


# --- c3 -----------------------------------------------------------------------------------------------------------------


def m12_c3(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """Network first, then the new member in treatment, then the plan's own standard."""
    answer = {}
    treated = re.compile(r"infusions|course of injections|treats", re.IGNORECASE)
    for key in records:
        ask = _story("network_asks", "ask", key)
        day = ask["first_visit"]
        inside = [
            n["network_id"]
            for n in tables["networks"]
            if n["npi"] == ask["npi"] and n["plan_id"] == ask["plan_id"] and n["start"] <= day <= (n["end"] or "9999")
        ]
        (plan,) = (p for p in tables["plans"] if p["plan_id"] == ask["plan_id"])
        (access,) = (
            a for a in tables["access"] if (a["plan_id"], a["specialty"]) == (ask["plan_id"], ask["specialty"])
        )
        days = (date.fromisoformat(day) - date.fromisoformat(ask["in_plan_since"])).days + 1
        if inside:
            answer[key] = ["in_network", inside[0]]
        elif plan["line_of_business"] == "medicare_advantage" and days <= 90 and treated.search(ask["story"]):
            answer[key] = ["continuity", ask["cover"]]
        else:
            hole = float(access["nearest_miles"]) > float(access["standard_miles"])
            hole = hole or int(access["wait_days"]) > int(access["standard_wait_days"])
            answer[key] = ["gap" if hole else "no_exception", access["access_id"]]
    return answer


# --- c4 -----------------------------------------------------------------------------------------------------------------


def m12_c4(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """Lay the visits on the answer one by one until units or days are over."""
    answer = {}
    for key in records:
        given = _story("plan_answers", "approval", key)
        left, verdict, at = given["units"], "enough", ""
        for visit in sorted((v for v in _stories("tracker_visits") if v["approval"] == key), key=lambda v: v["day"]):
            if visit["status"] in ("cancelled", "missed") or verdict != "enough":
                continue
            assert (visit["day"] < "2026-09-30") == (visit["status"] == "done"), visit
            left, at = left - visit["units"], visit["visit"]
            outside = visit["day"] > given["last_day"]
            assert not (outside and left < 0), f"{at} breaks both limits"
            if outside or left < 0:
                verdict = ("overdrawn" if visit["status"] == "done" else "renew") + ("_days" if outside else "_units")
        answer[key] = [verdict, at]
    return answer


# --- c5 -----------------------------------------------------------------------------------------------------------------


def m12_c5(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """Number and day, service, provider, units, in this order."""
    answer = {}
    for key in records:
        charge = _story("charges_to_check", "charge", key)
        theirs = {a["approval"]: a for a in _stories("approvals_on_file") if a["patient"] == charge["patient"]}
        hit = [
            k for k, a in theirs.items() if a["number"] == charge["number"] and a["start"] <= charge["day"] <= a["end"]
        ]
        if not hit:
            same = {k: a for k, a in theirs.items() if a["code"] == charge["code"]}
            covers = [k for k, a in same.items() if a["start"] <= charge["day"] <= a["end"]]
            answer[key] = ["197", covers[0] if covers else max(same, key=lambda k: same[k]["end"])]
            continue
        a = theirs[hit[0]]
        over = a["billed_before"] + charge["units"] > a["units"]
        code = "284" if a["code"] != charge["code"] else "296" if a["provider"] != charge["provider"] else "198" if over else "bill"  # fmt: skip
        answer[key] = [code, hit[0]]
    return answer


# --- c6 -----------------------------------------------------------------------------------------------------------------


def m12_c6(tables: Tables, records: list[str]) -> dict[str, object]:
    """Counted row by row."""
    found: dict[str, list[float]] = {}
    for claim in tables["claims"]:
        month = claim["service_date"][:7]
        if "2026-04" <= month <= "2026-08":
            row = found.setdefault(month, [0, 0, 0.0])
            row[0] += 1
            if claim["carc"] in ("197", "198", "284", "296"):
                row[1] += 1
                row[2] += float(claim["billed"])
    rows = [[m, n, bad, round(100 * bad / n, 1), round(cost)] for m, (n, bad, cost) in sorted(found.items())]
    return {"columns": ["month", "lines", "auth_denied", "share", "lost"], "rows": rows}
