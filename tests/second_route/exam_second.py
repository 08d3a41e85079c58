"""Computed exam questions of Modules 7 to 12 and the tasks of Part B, solved from their text (and the public files)."""

from __future__ import annotations

import csv
import math
import re
import statistics
from collections.abc import Callable
from pathlib import Path

from second_route import module_07
from second_route.exam_text import (
    CLOCKS,
    DAY,
    WINDOWS,
    after,
    at,
    day,
    days,
    due,
    holds,
    hours,
    last_day,
    moments,
    runs,
    tables,
)

_TRUTH = Path(__file__).resolve().parents[2] / "coursekit" / "world" / "truth" / "criteria.csv"


def t07a(q, data):
    versions, when = tables(q.prompt)
    sent = day(next(r["When"] for r in when if r["What"] == "Request sent")).isoformat()
    for r in versions:
        first, _, last = r["In force"].removeprefix("since ").partition(" to ")
        if first <= sent <= (last or "9999"):
            return f"Version {r['Version']}, so {r['Days asked for']} days"
    raise AssertionError("no version holds")


def t07b(q, data):
    (rows,) = tables(q.prompt)
    need, sent = int(re.search(r"for (\d+) days in a row", q.prompt)[1]), day(q.prompt.split("goes out on")[1])
    best = max(runs([r for r in rows if r["Drug"] == name], sent) for name in {r["Drug"] for r in rows})
    return f"{'Met' if best >= need else 'Not met'}, {best} days"


def t07c(q, data):
    most, per = (int(x) for x in re.search(r"allows (\d+) units of .+? in (\d+) days", q.prompt).groups())
    return math.floor(most * int(re.search(r"to last (\d+) days", q.prompt)[1]) / per)


def _judged(q, data, record: str) -> dict[str, list[str]]:
    found = module_07.m07_c2(data, [f"{record} C1"])
    return {k.split()[1]: v for k, v in found.items()}


def t07d(q, data):
    words = {"met": "Met", "not met": "Not met", "not shown": "Not shown"}
    found = _judged(q, data, q.record)
    texts = [words[v] + (f"; the row to name is {row}" if row != "none" else "; no row speaks to it") for v, row in found.values() if v != "met"]  # fmt: skip
    (right,) = [t for t in dict.fromkeys(texts) if t == q.options[q.key].text] or [texts[0]]
    return right


def t07e(q, data):
    ((step, _),) = module_07.m07_c3(data, [q.record]).values()
    return {"send the page": "Send a page", "get a signature": "Get a signature", "get a new result": "Get a newer", "ask the clinician": "Ask the clinician", "no page will help": "No page will help"}[step]  # fmt: skip


def _line(text: str) -> tuple[str, str]:
    """(line, what) in the names of the clock table, from words that may begin with a capital letter."""
    for line, what in [*CLOCKS, ("Medicare Part D", "an exception for a drug")]:
        if text.casefold().startswith(line.casefold()) and what in text:
            return line, what
    raise LookupError(text[:60])


def t08a(q, data):
    line, what = _line(q.prompt)
    return due(line, what, re.search(r"sent as (\w+)", q.prompt)[1], at(q.prompt.split("received on")[1]))


def t08b(q, data):
    (rows,) = tables(q.prompt)
    return min(rows, key=lambda r: min(at(c) for c in (r["Plan must decide by"], r["Our answer wanted by"]) if c != "-"))["Request"]  # fmt: skip


def t08c(q, data):
    f = {r["Field"]: r["Value"] for r in tables(q.prompt)[0]}
    words = {"A1": "Approved in full", "A2": "Approved in part", "A6": "Approved with a change"}
    if f["Answer code"] in words:
        return f"{words[f['Answer code']]}, {f['Units approved']} units, number {f['Authorization number']}"
    return {"A3": "Not approved, nothing", "A4": "Pended, nothing", "CT": "call the plan"}[f["Answer code"]]


def t08d(q, data):
    _, until, now = moments(q.prompt)[:3]
    return hours(now, until)


def t08e(q, data):
    (rows,) = tables(q.prompt)
    same = [r for r in rows if sum(all(x[k] == r[k] for k in ("Patient", "Plan", "Code", "Order")) for x in rows) == 2]
    return max(same, key=lambda r: (at(r["Sent"]), r["Request"]))["Request"]


def t08f(q, data):
    taken = re.search(r"requests are taken by (.+?); phone", q.prompt)[1].casefold().split(", ")
    return [o.text for o in q.options.values() if o.text.casefold() in taken]


def t09a(q, data):
    code = re.search(r"reject code \*\*(\d+)\*\*", q.prompt)[1]
    status = tables(q.prompt)[0][0]["Value"]
    if code == "70":
        return "another way to pay" if status == "excluded" else "formulary exception"
    return {"75": "Ask for prior", "76": "quantity exception", "79": "Wait until", "88": "Have pharmacist"}[code]


def t09b(q, data):
    fast = "an expedited" in q.prompt
    when = moments(q.prompt)
    return due("Medicare Part D", "an exception for a drug", "expedited" if fast else "standard", when[0], when[1] if len(when) > 1 else None)  # fmt: skip


def t09c(q, data):
    return sum(at(r["Answered"]) > after(at(r["Received"]), 24) for r in tables(q.prompt)[0])


def t09d(q, data):
    f = {r["Field"]: r["Value"] for r in tables(q.prompt)[0]}
    asked = int(re.search(r": (\d+) for \d+ days\.", q.prompt)[1])
    if f["Status"] == "not on formulary":
        return "A formulary exception"
    if f["Limit"] != "none" and asked > int(f["Limit"].split()[0]):
        return "A quantity exception"
    if f["First try"] != "-":
        return "A step exception"
    return "Prior authorization alone" if f["PA"] == "yes" else "Nothing; the pharmacy"


def t09e(q, data):
    end, first = days(q.prompt)[1:3]
    each, n = int(re.search(r"Each fill lasts (\d+)", q.prompt)[1]), 0
    while first <= end:
        n, first = n + 1, first + each * DAY
    return n


def t09f(q, data):
    supply, share = int(re.search(r"for (\d+) days", q.prompt)[1]), int(re.search(r"which (\d+) %", q.prompt)[1])
    return (day(q.prompt) + math.ceil(supply * share / 100 - 1e-9) * DAY).isoformat()


def t10a(q, data):
    return sum(at(r["Decided"]) > due(r["Line"], r["What"], r["Urgency"], at(r["Received"])) for r in tables(q.prompt)[0])  # fmt: skip


def t10b(q, data):
    n = {r["Decision"]: int(r["Requests"]) for r in tables(q.prompt)[0]}
    top = n["approved"] + (n["partly approved"] if "counts as approved" in q.prompt else 0)
    return round(100 * top / sum(n.values()), 1)


def t10c(q, data):
    took = [(at(r["Decided"]) - at(r["Received"])).total_seconds() / 86400 for r in tables(q.prompt)[0]]
    return statistics.fmean(took)


def t10d(q, data):
    return sorted(hours(at(r["Received"]), at(r["Decided"])) for r in tables(q.prompt)[0])[2]


def t10e(q, data):
    with _TRUTH.open(encoding="utf-8", newline="") as file:
        row = next(r for r in csv.DictReader(file) if r["request_id"] == q.record)
    request = module_07._request(data, q.record)
    policy = next(p for p in module_07.POLICIES if (p["policy_id"], str(p["version"])) == (row["policy_id"], row["version"]))  # fmt: skip
    said = {r["Criterion"]: r["Verdict"] for r in tables(q.prompt)[0]}
    tree = policy["criteria"]
    if request["request_type"] == "renewal":
        tree = policy.get("renewal", tree)

    def whole(node) -> str:
        if "kind" in node:
            return said[node["id"]]
        parts = [whole(x) for x in node.get("all", node.get("any"))]
        order = ("not met", "not shown", "met") if "all" in node else ("met", "not shown", "not met")
        return next(v for v in order if v in parts)

    return {"met": "Approve", "not shown": "Pend", "not met": "Pass it on"}[whole(tree)]


def _notice(q):
    line = next(x for x in WINDOWS if q.prompt.casefold().startswith(x.casefold()))
    sent = day(q.prompt.split("is dated")[1])
    got = day(q.prompt.split("was received on")[1]) if "was received on" in q.prompt else None
    return last_day(line, sent, got)


def t11a(q, data):
    return _notice(q).isoformat()


def t11b(q, data):
    return day(q.prompt.split("reaches the plan on")[1]) <= _notice(q)


def t11c(q, data):
    card = {r["Card"]: r["Says"] for r in tables(q.prompt)[0]}
    (plan,) = (p for p in data["plans"] if p["name"] == card["Plan"])
    if "(a drug from a pharmacy)" in q.prompt and card["Drugs from a pharmacy"] == "Part D":
        return "Redetermination"
    line = plan["line_of_business"]
    return {"medicare_advantage": "Reconsideration", "traditional_medicare": "Redetermination", "medicaid_managed": "Appeal to the plan"}.get(line, "Internal appeal")  # fmt: skip


def t11d(q, data):
    n = {r["Outcome"]: int(r["Number"]) for r in tables(q.prompt)[0]}
    good = n.get("overturned", 0) + n.get("partly overturned", 0)
    return round(100 * good / (good + n["upheld"]), 1)


def t11e(q, data):
    ranked = sorted((int(r["Denials"]) for r in tables(q.prompt)[0]), reverse=True)
    least = sum(ranked) * int(re.search(r"at least (\d+) %", q.prompt)[1]) / 100
    return next(n for n in range(1, 20) if sum(ranked[:n]) >= least)


def t12a(q, data):
    return int(re.search(r"for (\d+) units", q.prompt)[1]) - sum(int(r["Units"]) for r in tables(q.prompt)[0] if r["Status"] != "cancelled")  # fmt: skip


def t12b(q, data):
    f = {r["Field"]: (r["On the claim"], r["On the authorization"]) for r in tables(q.prompt)[0]}
    if f["number"][0] == "-":
        return "197"
    served, span = f["day of service / days approved"]
    first, last = days(span)
    if not first <= day(served) <= last:
        return "197"
    if int(f["units"][0]) > int(f["units"][1]):
        return "198"
    if f["code"][0] != f["code"][1] or f["place"][1] not in ("-", f["place"][0]):
        return "284"
    return "296" if f["provider"][1] not in ("-", f["provider"][0]) else "Paid"


def t12c(q, data):
    return at(q.prompt) + int(re.search(r"within (\d+) hours", q.prompt)[1]) * DAY / 24


def t12d(q, data):
    who, visits = re.search(r"A referral to (.+?) for (\d+) visits", q.prompt).groups()
    first, last, when = days(q.prompt)[:3]
    used, seen = re.search(r"(\d+) visits are used", q.prompt)[1], re.search(r"A visit with (.+?) is planned", q.prompt)[1]  # fmt: skip
    if seen != who:
        return "another clinician"
    if not first <= when <= last:
        return "Its days are over"
    return "used up" if int(used) >= int(visits) else "It holds"


def t12e(q, data):
    far, slow = (float(r["Found"].split()[0]) > float(r["At most"].split()[0]) for r in tables(q.prompt)[0])
    return {(1, 1): "because of both", (1, 0): "the distance alone", (0, 1): "the wait alone", (0, 0): "meets both"}[far, slow]  # fmt: skip


def t12f(q, data):
    return sum(r["Level of care"] == "met" for r in tables(q.prompt)[0])


def t12g(q, data):
    (rows,) = tables(q.prompt)
    units, end = int(re.search(r"authorization: (\d+) units", q.prompt)[1]), days(q.prompt)[1]
    late, over = any(day(r["When"]) > end for r in rows), sum(int(r["Units"]) for r in rows) > units
    return {(0, 0): "Nothing; all", (1, 0): "extension of the days", (0, 1): "Ask for more units", (1, 1): "more days and more units"}[late, over]  # fmt: skip


ROUTES: dict[str, Callable] = {k: v for k, v in list(globals().items()) if re.fullmatch(r"t\d\d[a-z]", k)}


# --- Part B: each record again, from its cells or its block -------------------------------------------------------------


def b1(heads, cells, block, record, data):
    row = dict(zip(heads, cells, strict=True))
    now, wanted = at("September 30, 2026, 08:00"), row["Our answer wanted by"]
    if wanted:
        return [
            "answer the question" if at(wanted) >= now else "call: our answer is late",
            at(wanted).date().isoformat(),
        ]
    said = at(row["Statement of the prescriber"]) if row["Statement of the prescriber"] else None
    end = due(row["Line"], row["What"], row["Urgency"], at(row["Received"]), said)
    return ["call: the plan is late" if end < now else "wait", end.date().isoformat()]


def b2(heads, cells, block, record, data):
    when, place = day(block.split("\n")[0]), re.search(r"at place of service (\d+)\.", block)[1]
    (rule,) = (r for r in tables(block)[0] if holds(r, when))
    free = rule["Wants"] == "none" or place in rule["Nothing needed at place"].split(", ")
    words = {"pa": "send for authorization", "notification": "notify", "referral": "get the referral", "none": ""}
    return ["nothing to send" if free else words[rule["Wants"]], rule["Rule"]]


def b3(heads, cells, block, record, data):
    row = dict(zip(heads, cells, strict=True))
    each = float(row["Dose a visit"].split()[0]) / float(row["One unit is"].split()[0])
    return math.ceil(round(each, 6)) * int(row["Visits"])


def b4(heads, cells, block, record, data):
    return module_07.m07_c3(data, [record])[record]


def b5(heads, cells, block, record, data):
    """Any criterion of the request; the caller looks whether the answer is among them."""
    return list(module_07.m07_c2(data, [f"{record} C1"]).values())


def b6(heads, cells, block, record, data):
    row = dict(zip(heads, cells, strict=True))
    said = at(row["Statement of the prescriber"]) if row["Statement of the prescriber"] else None
    end = due(row["Line"], row["What"], row["Urgency"], at(row["Received"]), said)
    return ["late" if at(row["Decided"]) > end else "in time", f"{end:%Y-%m-%d %H:%M}"]


def b7(heads, cells, block, record, data):
    row = dict(zip(heads, cells, strict=True))
    (plan,) = (p for p in data["plans"] if p["name"] == row["Plan"])
    names = {"medicare_advantage": "Medicare Advantage", "traditional_medicare": "Original Medicare", "medicaid_managed": "Medicaid managed care", "marketplace_qhp": "a Marketplace plan"}  # fmt: skip
    line = names.get(plan["line_of_business"], "an employer plan")
    if row["Denied"] == "drug from a pharmacy":
        line = {"part_d": "Medicare Part D", "medicaid": "Medicaid managed care"}.get(plan["drug_rules"], line)
    got = day(row["Received"]) if row["Received"] != "cannot be shown" else None
    return [WINDOWS[line][0], last_day(line, day(row["Date of the notice"]), got).isoformat()]


def b8(heads, cells, block, record, data):
    claim, auth = tables(block)[0]
    first, last = days(auth["Days"])
    if not first <= day(claim["Days"]) <= last:
        return ["197", "days"]
    if int(claim["Units"]) > int(auth["Units"]):
        return ["198", "units"]
    if claim["Code"] != auth["Code"]:
        return ["284", "code"]
    if auth["Place"] not in ("-", claim["Place"]):
        return ["284", "place"]
    return ["296", "provider"] if auth["Provider"] not in ("-", claim["Provider"]) else ["paid", "nothing"]


TASKS: dict[str, Callable] = {k: v for k, v in list(globals().items()) if re.fullmatch(r"b\d", k)}
