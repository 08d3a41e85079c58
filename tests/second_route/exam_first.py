"""Computed exam questions of Modules 1 to 6, solved from their text alone (and from the public files where it says so).

A solver returns the right value of a number, True or False, the texts of the right options, or a text that only the
right option holds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

from second_route import module_02, module_04, module_06
from second_route.exam_text import DAY, at, day, days, holds, hours, runs, tables

STATE = {
    "order_written": "draft", "submitted": "submitted", "received": "received", "auto_review": "in_review", "first_level_review": "in_review",
    "pended": "pended", "info_received": "in_review", "second_level_review": "in_review", "approved": "approved", "partly_approved": "partly_approved",
    "denied": "denied", "dismissed": "dismissed", "no_action_needed": "closed", "withdrawn": "withdrawn", "voided": "withdrawn",
    "reversed_after_p2p": "overturned", "appeal_filed": "appeal_open", "appeal_overturned": "overturned", "appeal_upheld": "upheld",
    "appeal_dismissed": "upheld", "expired": "expired",
}  # fmt: skip


def _cause(q) -> dict[str, str]:
    (log,) = tables(q.prompt)
    end = day(q.prompt.rsplit("at the end of", 1)[1])
    return [r for r in log if day(r["When"]) <= end and r["Event"].strip("`") in STATE][-1]


def t01a(q, data):
    return STATE[_cause(q)["Event"].strip("`")]


def t01b(q, data):
    return _cause(q)["Row"]


def _times(q) -> dict[str, str]:
    return {r["What"]: r["When"] for r in tables(q.prompt)[0]}


def t01c(q, data):
    when = _times(q)
    return hours(at(when["received by the plan"]), at(when["decided"]))


def t01d(q, data):
    when, place = day(q.prompt.split("The service is on")[1]), re.search(r"place of service (\d+)", q.prompt)[1]
    (rule,) = (r for r in tables(q.prompt)[0] if holds(r, when))
    free = place in rule["Nothing needed at place"].split(", ")
    return f"{'none' if free else rule['Wants']}, by {rule['Rule']}"


def t01e(q, data):
    n = {r["Decision"]: int(r["Requests"]) for r in tables(q.prompt)[0]}
    return round(100 * n["approved"] / (n["approved"] + n["partly approved"] + n["denied"]), 1)


def t01f(q, data):
    when = _times(q)
    return hours(at(when["question of the plan"]), at(when["answer sent by the clinic"]))


def t02a(q, data):
    when = day(q.prompt.split("planned for")[1])
    rows = [r for r in tables(q.prompt)[0] if holds(r, when)]
    if len(rows) == 1:
        return f"{rows[0]['Plan']} pays first"
    known = [
        {"basis": r["Because of"].replace(" ", "_"), "employer_size": r["Employees"].strip("-") or 0, "holder_birth_date": f"2000-{day(r['Holder born']):%m-%d}"}
        for r in rows
    ]  # fmt: skip
    return f"{rows[module_02._who_first(*known)[0]]['Plan']} pays first"


def t02b(q, data):
    first, second = q.prompt.split("\n\n")[:2]
    price = Decimal(re.search(r"allows \$([\d,]+)", first)[1].replace(",", ""))
    deductible, met = (Decimal(x.replace(",", "")) for x in re.search(r"Deductible \$([\d,]+) a year, \$([\d,]+) of it", second).groups())  # fmt: skip
    rate = Decimal(re.search(r"(\d+)% coins", second)[1]) / 100
    most, spent = re.search(r"maximum (none|\$[\d,]+), \$([\d,]+) of it spent", second).groups()
    own = min(price, deductible - met)
    own += ((price - own) * rate).quantize(Decimal("0.01"), ROUND_HALF_UP)
    if most != "none":
        own = min(own, Decimal(most.strip("$").replace(",", "")) - Decimal(spent.replace(",", "")))
    return float(own)


def t02c(q, data):
    card = {r["What"]: r["Who"] for r in tables(q.prompt)[0]}
    if q.prompt.startswith("The patient takes"):
        return f"{card['Drugs from a pharmacy']}, pharmacy benefit"
    who = card["Run by"]
    if q.prompt.startswith("A scan") and card["Advanced imaging"] != "no vendor":
        who = card["Advanced imaging"]
    if q.prompt.startswith("Equipment"):
        who = card.get("Equipment", who)
    return f"{who}, medical benefit"


def t02d(q, data):
    plan, design = re.search(r"A patient of (.+?), an? (\w+), is to be", q.prompt).groups()
    when = day(q.prompt.split("seen there on")[1])
    if design in ("FFS", "PDP"):
        return "no network"
    if any(r["Plan"] == plan and holds(r, when) for r in tables(q.prompt)[0]):
        return "In the network"
    return "pays something" if design in ("PPO", "POS") else "pays nothing"


def t02e(q, data):
    first, new = days(q.prompt.split("The visit of")[1])[:2]
    before, after = (next(r["Wants"] == "pa" for r in tables(q.prompt)[0] if holds(r, d)) for d in (first, new))
    return {(False, True): "is needed now", (True, False): "is not needed any more", (True, True): "PA is needed, as before", (False, False): "PA is not needed, as before"}[before, after]  # fmt: skip


def t03a(q, data):
    kind = re.search(r"To: .* \((.+?)\)", q.prompt)[1]
    purpose, what = re.search(r"Purpose: (.+?) *\n", q.prompt)[1], re.search(r"What: (.+)", q.prompt)[1].lower()
    if "There is a signed" in q.prompt:
        return "does not limit it"
    if "paid in full" in what or kind == "other patient":
        return "may not go"
    if "psychotherapy" in what:
        return "only after"
    if purpose == "treatment" or kind == "patient":
        return "does not limit it"
    if purpose == "payment" and kind == "payer":
        much = any(w in what for w in ("whole chart", "entire", "all notes", "complete chart", "all records", "full chart", "hiv", "relatives' names"))  # fmt: skip
        return "must be cut first" if much else "may go as it is"
    return "only after"


def t03b(q, data):
    return (day(q.prompt.split("noticed it on")[1]) + 60 * DAY).isoformat()


def t03c(q, data):
    have = {r["Field"]: r["Entry"] for r in tables(q.prompt)[0]}
    points = {"Time": "When the call", "Entry by": "Who made", "Person": "Who was reached", "Number": "A number", "Request": "Which request"}  # fmt: skip
    return next((words for field, words in points.items() if field not in have), "What was asked")


def t03d(q, data):
    line, reason = re.search(r"The line: (.+?)\. A request", q.prompt)[1], re.search(r'"(.+?)"', q.prompt)[1]
    if line == "Medicaid: outpatient drug":
        return "one clock for all"
    if "The desk has written" in q.prompt:
        return "goes as standard"
    pain = "pain" in reason.lower() and not line.startswith("Employer")
    return "goes as standard" if pain else "must treat it"


def t03e(q, data):
    return max(tables(q.prompt)[0], key=lambda r: int(r["Marked as expedited"]) / int(r["Requests"]))["Office"]


def _days_of(q) -> int:
    sig = re.search(r"Directions: `(.+?)`", q.prompt)[1].lower().replace("subq", "sc")
    quantity = int(re.search(r"Quantity: (\d+)", q.prompt)[1])
    sig = re.sub(r"^inj ", "", re.sub(r"^i tab", "1 tab", sig))
    dose = float(sig.split()[0])
    if found := re.search(r"q (\d* ?)(wk|mo)\b", sig):
        each = int(found[1] or 1) * (7 if found[2] == "wk" else 30)
        return int(quantity * each // dose)
    if re.search(r"max \d|, off|q \d+ d|qod|qam|q\d+h", sig):
        return module_04._days_for(sig, quantity)
    times = 3 if "tid" in sig else 2 if "bid" in sig else 4 if "qid" in sig else 1
    return int(quantity // (dose * times))


def t04a(q, data):
    return _days_of(q)


def t04b(q, data):
    return _days_of(q) * (1 + int(re.search(r"Refills: (\d+)", q.prompt)[1]))


def t04c(q, data):
    return runs(tables(q.prompt)[0], day(q.prompt.split("The request goes out on")[1]))


def t04d(q, data):
    sent = day(q.prompt.split("all go out on")[1])
    good = []
    for o in q.options.values():
        when = days(o.text)
        fine = "no signature" not in o.text and "author not named" not in o.text and 0 <= (sent - when[0]).days <= 90
        if fine and when[1] <= sent:
            good.append(o.text)
    return good


def t04e(q, data):
    first, _, sent = days(q.prompt)[:3]
    return (sent - first).days + 1


def t05a(q, data):
    code = re.search(r"`(.+?)`", q.prompt)[1]
    known = {r["Code"] for r in tables(q.prompt)[0]}
    sevenths = re.search(r"Seventh character for (.+?): (.+?)\.\s", q.prompt + " ")
    if code not in known:
        bare = code.replace(".", "")
        if (
            sevenths
            and len(bare) == 7
            and bare[6] in sevenths[2]
            and bare[:6].rstrip("X") == sevenths[1].replace(".", "")
        ):
            return "It can be sent"
        return "no such code"
    if any(k != code and k.startswith(code) for k in known):
        return "It is a parent"
    return "lacks its seventh" if sevenths else "It can be sent"


def t05b(q, data):
    dose, visits, unit = (float(x.replace(",", "")) for x in re.search(r"order: ([\d.,]+) .*? at each of (\d+) visits\. One billing unit of \w+ is ([\d.,]+)", q.prompt).groups())  # fmt: skip
    return math.ceil(round(dose / unit, 6)) * visits


def t05c(q, data):
    a, b, c = re.search(r"`(.+?)`", q.prompt)[1].split("-")
    return f"{a:0>5}{b:0>4}{c:0>2}"


def t05d(q, data):
    def passes(number: str) -> bool:
        doubled = [int(d) * (2 if i % 2 == 0 else 1) for i, d in enumerate(number[8::-1])]
        return (24 + sum(d // 10 + d % 10 for d in doubled) + int(number[9])) % 10 == 0

    (good,) = (o.text for o in q.options.values() if passes(o.text))
    return good


def t05e(q, data):
    dose, vial, unit = (float(x.replace(",", "")) for x in re.search(r"^([\d.,]+) .*?vials of ([\d.,]+) .*?; one unit of \w+ is ([\d.,]+)", q.prompt, re.S).groups())  # fmt: skip
    return math.floor(math.ceil(dose / vial) * vial / unit) - math.ceil(dose / unit)


def t05f(q, data):
    starts = re.findall(r"`(.+?)`", q.prompt.split("A code counts")[0])
    (good,) = (o.text for o in q.options.values() if o.text.startswith(tuple(starts)))
    return good


def _program(q) -> tuple[set[str], str, str]:
    cancer = " is a cancer drug" in q.prompt
    program = re.search(r"program is ([\w ]+?)\.", q.prompt)[1]
    code = re.search(r"diagnosis that begins with (\S+?)\.?(?:\s|$)", q.prompt)[1]
    return module_06._counting(program, cancer), program, code


def t06a(q, data):
    books, _, code = _program(q)
    when = day(q.prompt.split("goes out on")[1])
    newest: dict[str, dict[str, str]] = {}
    for r in tables(q.prompt)[0]:
        fits = any(code.startswith(x) for x in r["Codes begin with"].split(", "))
        if r["Compendium"] in books and fits and day(r["Dated"]) <= when:
            old = newest.get(r["Compendium"])
            newest[r["Compendium"]] = r if old is None or day(r["Dated"]) > day(old["Dated"]) else old
    if not newest:
        return "no compendium that counts says anything"
    last = max(newest.values(), key=lambda r: day(r["Dated"]))
    good = {(r["Compendium"], r["Level"]) in module_06.GOOD for r in newest.values()}
    assert len(good) == 1
    return f"{'and supported' if good.pop() else 'speaks against it'}, by {last['Listing']}"


def t06b(q, data):
    books, _, code = _program(q)
    when = day(q.prompt.split("goes out on")[1])
    name = re.search(r"What is listing (\S+) worth", q.prompt)[1]
    rows = tables(q.prompt)[0]
    (mine,) = (r for r in rows if r["Listing"] == name)
    if mine["Compendium"] not in books:
        return "does not count"
    if day(mine["Dated"]) > when:
        return "not in force yet"
    codes = set(mine["Codes begin with"].split(", "))
    if any(r["Compendium"] == mine["Compendium"] and codes & set(r["Codes begin with"].split(", ")) and day(mine["Dated"]) < day(r["Dated"]) <= when for r in rows):  # fmt: skip
        return "has replaced it"
    return "carries" if (mine["Compendium"], mine["Level"]) in module_06.GOOD else "does not support"


def t06c(q, data):
    books = module_06._counting(re.match(r"(.+?) is asked", q.prompt)[1], "a cancer drug" in q.prompt)
    return [o.text for o in q.options.values() if o.text.split(":")[0] in books]


def t06d(q, data):
    return [o.text for o in q.options.values() if tuple(o.text.split(": ", 1)) in module_06.GOOD]


def t06e(q, data):
    (step, _), *_ = module_06.m06_c2(data, [q.record]).values()
    return {"other ways to pay or to treat": "other ways to pay", "formulary exception": "formulary exception", "another accepted use or drug": "another drug"}[step]  # fmt: skip


def t06f(q, data):
    a, b = tables(q.prompt)
    return sum(r["drug_id"] not in {x["drug_id"] for x in b} for r in a)


ROUTES: dict[str, Callable] = {k: v for k, v in list(globals().items()) if re.fullmatch(r"t\d\d[a-z]", k)}
