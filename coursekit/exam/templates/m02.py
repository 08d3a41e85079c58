"""Module 2: cover, order of payers, destinations, network and money."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from coursekit.exam.records import Records, date, day, later, table
from coursekit.exam.templates import Draft, template
from priorauth import costs, coverage, routing


def _two_covers(w: Records) -> Iterator[str]:
    for row in w.rows("members"):
        mine = w.where("coverage", "member_id", row["member_id"])
        if len(mine) == 2:
            ends = [r["end"] for r in mine if r["end"]]
            yield f"{row['member_id']} 2026-06-15"
            yield from (f"{row['member_id']} {later(e, n)}" for e in ends if e > "2026-01-01" for n in (0, 1))


@template("t02a", "Who pays first?", "2.3", "M02.3", "single", _two_covers, tasks=(2,), errors=("E7",))
def first_payer(w: Records, record: str) -> Draft | None:
    member, when = record.split()
    mine = w.where("coverage", "member_id", member)
    plans = {r["plan_id"]: w.one("plans", "plan_id", r["plan_id"]) for r in mine}
    if len(plans) < 2 or any(p["product"] == "PDP" for p in plans.values()):
        return None
    active = [r for r in mine if coverage.holds(r, when)]
    try:
        first, rule = coverage.first_payer([r | {"employer_size": r["employer_size"] or "0"} for r in active])
    except ValueError:
        return None
    names = {r["coverage_id"]: plans[r["plan_id"]]["name"] for r in mine}
    other = next(r for r in mine if r["coverage_id"] != first["coverage_id"])
    why = coverage.RULES[rule] if rule else "It is the only cover that is active on the day."
    by_rank = min(mine, key=lambda r: (r["rank"], r["coverage_id"]))
    wrong = [
        (f"{names[other['coverage_id']]} pays first", "The recorded rank is no proof." if by_rank is other else f"Another rule holds. {why}"),
        ("Both share the cost in equal parts", "One cover pays first, and the other one looks at what is left."),
        ("The plan that the patient names at the desk pays first", "The rules decide, not the patient or the clinic."),
    ]  # fmt: skip
    shown = [(plans[r["plan_id"]]["name"], r["basis"].replace("_", " "), r["holder"], day(r["holder_birth_date"]), r["employer_size"], day(r["start"]), day(r["end"]) if r["end"] else "", r["rank"]) for r in mine]  # fmt: skip
    return Draft(
        f"{w.patient(member)} has these rows of cover:\n\n"
        f"{table(shown, 'Plan', 'Because of', 'Holder', 'Holder born', 'Employees', 'From', 'To', 'Recorded rank')}\n\n"
        f"A scan is planned for {day(when)}. Who pays first?",
        f"{names[first['coverage_id']]} pays first", wrong, f"Right. {why}",
    )  # fmt: skip


def _priced(w: Records) -> Iterator[str]:
    prices = {r["code"]: int(r["list_price"]) for r in [*w.rows("services"), *w.rows("hcpcs")]}
    for row in w.rows("request_lines"):
        if row["line_no"] == "1" and prices.get(row["code"], 0) >= 150:
            yield row["request_id"]


@template("t02b", "What she owes", "2.6", "M02.5", "numeric", _priced, tasks=(4,), minutes=3)
def owes(w: Records, record: str) -> Draft | None:
    row = w.request(record)
    covers = [c for c in w.where("coverage", "member_id", row["member_id"]) if c["plan_id"] == row["plan_id"]]
    if len(covers) != 1 or not int(row["deductible"]) or not float(row["coinsurance"]):
        return None
    found = w.where("services", "code", row["code"]) or w.where("hcpcs", "code", row["code"])
    price, met, spent = int(found[0]["list_price"]), covers[0]["deductible_met"], covers[0]["oop_met"]
    terms = costs.terms(row)
    one = costs.line(price, terms, met, spent)
    left = max(Decimal(0), terms.deductible - costs.money(met))
    if not 0 < left < price:
        return None
    coins = terms.coinsurance
    wrong = [
        (float(costs.money(price * coins)), "You took coinsurance of the whole amount. The deductible that is left comes first."),
        (float(left), "You stopped at the deductible. On the rest the patient pays coinsurance."),
        (float(min(Decimal(price), left + costs.money(price * coins))), "You added coinsurance of the whole amount to the deductible. It is due on the rest only."),
        (float(costs.line(price, terms, 0, 0).owes), "You began with a full deductible. Part of it is met."),
        (float(costs.money((price - left) * coins)), "You left out the deductible that is still open."),
    ]  # fmt: skip
    return Draft(
        f"{w.patient(row['member_id'])} gets this in the network: {w.what(row)}. The plan allows ${price:,}.\n\n"
        f"Deductible ${terms.deductible:,.0f} a year, ${float(met):,.0f} of it met. Then {float(coins):.0%} coinsurance. "
        f"Out-of-pocket maximum {f'${terms.oop_max:,.0f}' if terms.oop_max else 'none'}, ${float(spent):,.0f} of it spent; the deductible counts toward it.\n\n"
        "How many dollars does the patient owe? Give dollars and cents.",
        float(one.owes), wrong, explain=f"${one.from_deductible:,} of the deductible, then ${one.from_coinsurance:,} coinsurance on the rest"
        + (", cut by the maximum." if one.cut_by_maximum else "."), compare={"tolerance": 0.01, "unit": "$"},
    )  # fmt: skip


def _routes(w: Records) -> Iterator[str]:
    seen: set[tuple[str, str]] = set()
    for row in w.rows("requests"):
        key = (row["plan_id"], row["category"])
        wanted = ("pharmacy_drug", "advanced_imaging", "medical_benefit_drug", "dme", "outpatient_procedure")
        if key not in seen and row["category"] in wanted:
            seen.add(key)
            yield row["request_id"]


_HOW = {
    "pharmacy_drug": "The patient takes a drug at home that a pharmacy hands out: ",
    "medical_benefit_drug": "The clinic gives a drug from its own stock: ",
    "advanced_imaging": "A scan is ordered: ",
    "dme": "Equipment is ordered: ",
    "outpatient_procedure": "An outpatient procedure is ordered: ",
}


@template("t02c", "Which door?", "2.4", "M02.4", "single", _routes, tasks=(5,), errors=("E4", "E5"))
def door(w: Records, record: str) -> Draft | None:
    row = w.request(record)
    benefit = routing.PHARMACY if row["category"] == "pharmacy_drug" else routing.MEDICAL
    try:
        right = routing.destination(row, row["category"], benefit)
    except ValueError:
        return None
    vendor, pbm, payer = row["imaging_vendor_id"], row["pbm_id"], row["payer_id"]
    other = routing.MEDICAL if benefit == routing.PHARMACY else routing.PHARMACY
    pairs = [(p, b) for b in (benefit, other) for p in (payer, pbm, vendor, "PAY-10") if p]
    wrong = [
        (f"{w.payer(p)}, {b} benefit", "The benefit is another one." if p == right else "This organization does not take this kind of request for the plan.")
        for p, b in pairs if (p, b) != (right, benefit)
    ]  # fmt: skip
    card = [("Plan", f"{row['name']} ({row['product']})"), ("Run by", w.payer(payer)), ("Drugs from a pharmacy", w.payer(pbm) if pbm else ""), ("Advanced imaging", w.payer(vendor) if vendor else "no vendor")]  # fmt: skip
    if row["product"] == "FFS":
        card.append(("Equipment", w.payer("PAY-10")))
    return Draft(
        f"{_HOW[row['category']]}{w.what(row)}. The card and the plan's page say:\n\n{table(card, 'What', 'Who')}\n\n"
        "Who takes the request, and under which benefit?",
        f"{w.payer(right)}, {benefit} benefit", wrong, "Right. What it is and how it reaches the patient decide, and the plan has named who takes it.",
    )  # fmt: skip


def _contracts(w: Records) -> Iterator[str]:
    for row in w.rows("networks"):
        if row["end"]:
            yield from (f"{row['network_id']} {later(row['end'], n)}" for n in (-9, 0, 1, 12))
        if row["start"] >= "2026-01-01":
            yield from (f"{row['network_id']} {later(row['start'], n)}" for n in (-1, 0))


@template("t02d", "In the network on the day?", "2.5", "M02.6", "single", _contracts, tasks=(6,), errors=("E15",))
def network(w: Records, record: str) -> Draft | None:
    name, when = record.split()
    row = w.one("networks", "network_id", name)
    plan, who = w.one("plans", "plan_id", row["plan_id"]), w.one("providers", "npi", row["npi"])
    rows = [r for r in w.where("networks", "npi", row["npi"]) if r["plan_id"] in (row["plan_id"], "PLN-01", "PLN-06")]
    right = coverage.network_status(plan, rows, row["npi"], when)
    words = {
        coverage.IN: "In the network", coverage.OUT_PAID: "Outside the network; the plan pays something",
        coverage.OUT_UNPAID: "Outside the network; the plan pays nothing without an exception", coverage.NO_NETWORK: "This plan has no network",
    }  # fmt: skip
    why = {
        coverage.IN: "The contract in this plan does not hold on the day.", coverage.OUT_PAID: "The kind of plan or the dates say otherwise.",
        coverage.OUT_UNPAID: "The kind of plan or the dates say otherwise.", coverage.NO_NETWORK: "Only Original Medicare has no network.",
    }  # fmt: skip
    shown = [(w.one("plans", "plan_id", r["plan_id"])["name"], day(r["start"]), day(r["end"]) if r["end"] else "") for r in rows]  # fmt: skip
    return Draft(
        f"The directory has these rows for {who['name']}:\n\n{table(shown, 'Plan', 'From', 'To')}\n\n"
        f"A patient of {plan['name']}, {'an' if plan['product'][0] in 'HE' else 'a'} {plan['product']}, is to be seen there on {day(when)}. It is no emergency. How does the plan look at it?",
        words[right], [(words[k], why[k]) for k in words if k != right], "Right. The first and the last day of a contract belong to it, and the design of the plan decides the rest.",
    )  # fmt: skip


def _changed(w: Records) -> Iterator[str]:
    for row in w.rows("pa_list"):
        rules = [r for r in w.where("pa_list", "code", row["code"]) if r["plan_id"] == row["plan_id"]]
        if len(rules) == 2 and row["effective_to"]:
            yield from (f"{row['rule_id']} {n}" for n in ("-30+9", "-5-1", "+0+0", "+1+40"))


@template("t02e", "The visit was moved", "2.5", "M02.6", "single", _changed, tasks=(3,), errors=("E17",))
def moved(w: Records, record: str) -> Draft | None:
    name, shift = record.split()
    old = w.one("pa_list", "rule_id", name)
    rules = [r for r in w.where("pa_list", "code", old["code"]) if r["plan_id"] == old["plan_id"]]
    days = {"-30+9": (-30, 9), "-5-1": (-5, -1), "+0+0": (-14, 0), "+1+40": (1, 40)}[shift]
    first, new = (later(old["effective_to"], n) for n in days)
    before, after = (routing.rule_for(rules, old["plan_id"], old["code"], d) for d in (first, new))
    if before is None or after is None:
        return None
    right = routing.change(before["requirement"], after["requirement"])
    words = {"now needed": "PA was not needed, and is needed now", "no longer needed": "PA was needed, and is not needed any more", "needed as before": "PA is needed, as before", "not needed as before": "PA is not needed, as before"}  # fmt: skip
    shown = [(r["rule_id"], r["requirement"], day(r["effective_from"]), day(r["effective_to"]) if r["effective_to"] else "") for r in rules]  # fmt: skip
    gap = (date(new) - date(first)).days
    return Draft(
        f"A plan's list for the code {old['code']}:\n\n{table(shown, 'Rule', 'Wants', 'From', 'To')}\n\n"
        f"The visit of {day(first)} is put off by {gap} days to {day(new)}. The place stays the same, and no row names exempt places. What does the move change?",
        words[right], [(t, "Look up the row for each of the two days; the last day of a row belongs to it.") for k, t in words.items() if k != right],
        f"Right. {before['rule_id']} holds on the first day, {after['rule_id']} on the new one.",
    )  # fmt: skip
