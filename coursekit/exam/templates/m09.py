"""Module 9: rejects, kinds of determination, drug clocks, fills."""

from __future__ import annotations

import random
from collections.abc import Iterator

from coursekit.exam.records import Records, Row, date, day, hours, iso, later, sentence, stamp, table
from coursekit.exam.templates import Draft, template
from coursekit.exam.templates.m08 import due_of, hours_after
from priorauth.facts import fact

_STEP = {
    "pa": ("Ask for prior authorization", "The drug is listed, and the claim does not ask for this."),
    "formulary": ("Ask for a formulary exception", "The drug stands on the formulary, or no exception can help."),
    "quantity": ("Ask for a quantity exception", "Quantity is not what stopped the claim."),
    "soon": ("Wait until the fill is due, or tell the plan why it is needed earlier", "The claim was not too early."),
    "review": ("Have pharmacist and prescriber look at the warning and answer it", "No safety warning stopped the claim."),
    "left out": ("Look for another way to pay; the benefit leaves the drug out", "The benefit does not leave it out."),
}  # fmt: skip
_CODES = {"75": "pa", "76": "quantity", "79": "soon", "88": "review"}


def _rejects(w: Records) -> Iterator[str]:
    seen: set[tuple[str, str, str]] = set()
    for row in w.rows("pharmacy_claims"):
        key = (row["reject_code"], row["plan_id"], row["drug_id"])
        if row["reject_code"] and key not in seen:
            seen.add(key)
            yield row["rx_claim_id"]


def formulary(w: Records, plan: str, drug: str) -> Row:
    return next(f for f in w.where("formulary", "drug_id", drug) if f["plan_id"] == plan)


def _reject_step(w: Records, claim: Row) -> str:
    if claim["reject_code"] == "70":
        return "left out" if formulary(w, claim["plan_id"], claim["drug_id"])["status"] == "excluded" else "formulary"
    return _CODES[claim["reject_code"]]


@template("t09a", "From reject to request", "9.1", "M09.1", "single", _rejects, tasks=(22,), errors=("E13",))
def reject(w: Records, record: str) -> Draft | None:
    claim = w.one("pharmacy_claims", "rx_claim_id", record)
    row, drug = formulary(w, claim["plan_id"], claim["drug_id"]), w.one("drugs", "drug_id", claim["drug_id"])
    right = _reject_step(w, claim)
    if claim["reject_code"] == "70" and row["status"] == "covered":
        return None
    order = {"pa": "quantity formulary soon review", "formulary": "pa left out quantity", "quantity": "pa soon formulary review", "soon": "quantity pa review", "review": "pa quantity soon", "left out": "formulary pa quantity"}[right]  # fmt: skip
    keys = [k for k in _STEP if k in order] + list(_STEP)
    limit = f"{row['quantity_limit']} in {row['per_days']} days" if row["quantity_limit"] else "none"
    shown = [
        ("Status", row["status"].replace("_", " ")),
        ("PA", "yes" if row["pa"] == "True" else "no"),
        ("Limit", limit),
    ]
    return Draft(
        f"The pharmacy's claim for {drug['brand_name']}, {claim['quantity']} for {claim['days_supply']} days, on {stamp(claim['at'])} came back with reject code **{claim['reject_code']}**. The formulary row:\n\n"
        f"{table(shown, 'Field', 'Value')}\n\nWhich step does the reject ask for?",
        _STEP[right][0], [_STEP[k] for k in dict.fromkeys(keys) if k != right], "Right. The code says what stopped the claim, and the formulary row says whether an exception can help.",
    )  # fmt: skip


def _exceptions(w: Records) -> Iterator[str]:
    for row in w.rows("requests"):
        if row["received_at"] and row["request_type"].endswith("_exception") and row["category"] == "pharmacy_drug":
            yield row["request_id"]


@template(
    "t09b",
    "When does the exception run out?",
    "9.4",
    "M09.2",
    "numeric",
    _exceptions,
    tasks=(14, 22),
    errors=("E20",),
    minutes=2.5,
)
def exception(w: Records, record: str) -> Draft | None:
    row = w.request(record)
    found = due_of(row)
    if found is None or found[0] != "part_d" or found[1] != "drug_exception":
        return None
    got, said = row["received_at"], row["statement_at"]
    right, fast = iso(found[2].at), row["urgency"] == "expedited"
    if said and hours(got, said) < 2:  # the trap is a statement that comes later
        return None
    n = 24 if fast else 72
    wrong = [
        (hours_after(got, n), "You counted from the request. The clock of an exception starts with the prescriber's statement."),
        (hours_after(said or got, 24 if n == 72 else 72), "You took the hours of the other urgency."),
        (hours_after(got, 24 * 14), "You forgot the hours that follow the 14 days."),
        (hours_after(got, 24 * 14 + n), "That holds where no statement comes in time."),
        (hours_after(said or got, 24 * 7), "That is the time for services."),
        (hours_after(said or got, n + 24), "You counted one day too many."),
    ]  # fmt: skip
    words = (
        f"The prescriber's supporting statement came on {stamp(said)}."
        if said
        else "No supporting statement has come, and none comes."
    )
    return Draft(
        f"Medicare Part D. A request for {'an expedited' if fast else 'a standard'} {row['request_type'].replace('_', ' ')} for {w.what(row)} reached the plan on {stamp(got)}. {words}\n\nUntil when must the plan decide? Give day and time.",
        right, wrong, explain=sentence(found[2].rule_words), compare={"as": "datetime", "tolerance": "1min"},
        facts=["partd-exception-clock-start"] + ([] if said else ["partd-exception-14-day-backstop"]),
    )  # fmt: skip


def _medicaid(w: Records) -> Iterator[str]:
    yield from (str(n) for n in range(60))


@template("t09c", "A day, no more", "9.4", "M09.2", "numeric", _medicaid, tasks=(14,), errors=("E20",))
def a_day(w: Records, record: str) -> Draft | None:
    limit = float(fact("mcd-drug-24-hours").number("hours"))
    pool = [r for r in w.rows("requests") if r["category"] == "pharmacy_drug" and r["received_at"] and r["decided_at"]]
    pool = [r for r in pool if w.one("plans", "plan_id", r["plan_id"])["drug_rules"] == "medicaid"]
    late = [r for r in pool if hours(r["received_at"], r["decided_at"]) > limit + 0.2]
    near = [r for r in pool if 12 <= hours(r["received_at"], r["decided_at"]) < limit - 0.2]
    dice = random.Random(f"medicaid {record}")
    many = min(dice.choice((1, 2, 3, 4)), len(late))
    rows = dice.sample(late, many) + dice.sample(near, min(len(near), 5 - many)) + dice.sample(pool, 2)
    rows = sorted({r["request_id"]: r for r in rows}.values(), key=lambda r: r["request_id"])
    took = [hours(r["received_at"], r["decided_at"]) for r in rows]
    sent = [hours(r["submitted_at"], r["decided_at"]) for r in rows]
    right = sum(t > limit for t in took)
    if not right:
        return None
    same_date = sum(r["received_at"][:10] != r["decided_at"][:10] for r in rows)
    standard = sum(t > limit and r["urgency"] == "expedited" for t, r in zip(took, rows, strict=True))
    wrong = [
        (sum(t > 72 for t in took), "You took 72 hours. Medicaid asks for a response within 24."),
        (same_date, "You counted answers on another date. The 24 hours run from the minute of receipt."),
        (standard, "You looked at fast requests only. Here the limit holds for every request."),
        (len(rows) - right, "Those are the answers in time."),
        (sum(t > limit for t in sent) + 1, "Count from receipt, not from sending."),
    ]  # fmt: skip
    shown = [
        (r["request_id"], r["urgency"], stamp(r["submitted_at"]), stamp(r["received_at"]), stamp(r["decided_at"]))
        for r in rows
    ]
    return Draft(
        f"Drug requests to a Medicaid plan:\n\n{table(shown, 'Request', 'Urgency', 'Sent', 'Received', 'Answered')}\n\nHow many answers came later than the rule for covered outpatient drugs allows?",
        right, wrong, explain=f"Late is what took more than {limit:g} hours from receipt, urgent or not.", facts=["mcd-drug-24-hours"],
    )  # fmt: skip


_ASKS = {
    "formulary": ("A formulary exception", "The drug stands on the formulary."), "step": ("A step exception", "No step stands in the way, or it was taken."),
    "quantity": ("A quantity exception", "The quantity is within the limit, or there is none."), "pa": ("Prior authorization alone", "More than that stands in the way."),
    "none": ("Nothing; the pharmacy can fill it", "The formulary row asks for something."), "tier": ("A tiering exception", "The question is whether it is paid, not on which shelf it stands."),
}  # fmt: skip


def _formulary_rows(w: Records) -> Iterator[str]:
    for row in w.rows("formulary"):
        yield from (f"{row['formulary_id']}|{n}" for n in range(2))


@template("t09d", "Which request fits?", "9.2", "M09.1", "single", _formulary_rows, tasks=(22,), errors=("E13",))
def fits(w: Records, record: str) -> Draft | None:
    name, number = record.split("|")
    row = w.one("formulary", "formulary_id", name)
    plan, drug = w.one("plans", "plan_id", row["plan_id"]), w.one("drugs", "drug_id", row["drug_id"])
    if row["status"] == "excluded" or plan["drug_rules"] == "none":
        return None
    most = int(row["quantity_limit"]) if row["quantity_limit"] else 0
    over = bool(most) and number == "1"
    asked = most + max(1, most // 2) if over else most or 30
    if row["status"] == "not_on_formulary":
        right = "formulary"
    elif over:
        right = "quantity"
    elif row["step_drugs"]:
        right = "step"
    else:
        right = "pa" if row["pa"] == "True" else "none"
    if over and row["step_drugs"]:
        return None
    first = " or ".join(w.one("drugs", "drug_id", d)["generic_name"] for d in row["step_drugs"].split(";") if d)
    days = row["per_days"] or "30"
    shown = [("Status", row["status"].replace("_", " ")), ("Tier", row["tier"]), ("PA", "yes" if row["pa"] == "True" else "no"), ("First try", first), ("Limit", f"{most} in {days} days" if most else "none")]  # fmt: skip
    step = (
        " The patient may not take any of the drugs to try first, for a reason that the chart shows, and has had none of them."
        if first
        else ""
    )
    order = ["pa", "quantity", "formulary", "step", "tier", "none"]
    return Draft(
        f"{plan['name']}. An order for {drug['brand_name']}: {asked} for {days} days.{step} The formulary row:\n\n{table(shown, 'Field', 'Value')}\n\nWhich request fits?",
        _ASKS[right][0], [_ASKS[k] for k in order if k != right], "Right. Ask first whether the drug is listed, then for step and limit, and then for PA.",
    )  # fmt: skip


def _windows(w: Records) -> Iterator[str]:
    for row in w.rows("authorizations"):
        if row["code"].startswith("DRG-") and 80 <= (date(row["end"]) - date(row["start"])).days <= 400:
            yield row["auth_id"]


@template("t09e", "Fills within the approval", "9.6", "M09.5", "numeric", _windows, tasks=(17,), errors=("E21",))
def window(w: Records, record: str) -> Draft | None:
    row = w.one("authorizations", "auth_id", record)
    lines = w.where("request_lines", "request_id", row["request_id"])
    days = int(lines[0]["days_supply"] or 0)
    late = random.Random(record).randrange(3, 25)
    begin, end = later(row["start"], late), row["end"]
    if days < 20:
        return None
    span = (date(end) - date(begin)).days
    right = span // days + 1
    whole = ((date(end) - date(row["start"])).days) // days + 1
    wrong = [
        (right - 1, "You left out the first fill. It takes place on the first day."),
        (right + 1, "The last of these fills would lie after the approval."),
        (whole + (whole == right), "You began with the approval. The first fill came later."),
        (max(1, span // 30) if days != 30 else right + 2, "You took 30 days for every fill."),
        ((span + 1) // days - 2 if (span + 1) // days > 3 else right + 3, "Only fills that lie within the approval count, and the last one may reach beyond it."),
    ]  # fmt: skip
    return Draft(
        f"An approval for {w.one('drugs', 'drug_id', row['code'])['brand_name']} holds from {day(row['start'])} to {day(end)}. Each fill lasts {days} days. The first fill is on {day(begin)}, and each later one exactly when the one before it has run out. "
        "What counts is that the day of the fill lies within the approval.\n\nHow many fills are covered?",
        right, wrong, explain=f"Fills on day 0, {days}, {2 * days} ... after {day(begin)}, as long as the day is not after {day(end)}.", compare={"unit": "fills"},
    )  # fmt: skip


def _soon(w: Records) -> Iterator[str]:
    yield from (r["fill_id"] for r in w.rows("fills") if r["filled_on"] >= "2026-03" and int(r["days_supply"]) >= 20)


@template("t09f", "Too soon?", "9.1", "M09.1", "numeric", _soon, tasks=(22,), errors=("E13",))
def soon(w: Records, record: str) -> Draft | None:
    row = w.one("fills", "fill_id", record)
    days, share = int(row["days_supply"]), random.Random(record).choice((75, 80, 85))
    need = -(-days * share // 100)
    right = later(row["filled_on"], need)
    wrong = [
        (later(row["filled_on"], days), "You waited until all of it is used. The plan pays somewhat earlier."),
        (later(row["filled_on"], days - need), "You took the part that is left for the part that must be used."),
        (later(row["filled_on"], days * share // 100 - 1), "That is too early: the share is not reached yet."),
        (later(row["filled_on"], need + 1), "You counted one day too many."),
        (later(row["filled_on"], 30), "You took a month for every fill."),
    ]
    return Draft(
        f"A claim came back with reject code 79. The last fill of {row['drug_name']} was on {day(row['filled_on'])}, for {days} days. In this invented plan a fill is paid from the day on which {share} % of the days of the last fill have gone by; the day of that fill is day 0, and part of a day counts as a day.\n\n"
        "From which day on is the next fill paid? Give the date.",
        right, wrong, explain=f"{share} % of {days} days are {need} days, counted from {day(row['filled_on'])}.", compare={"as": "date"},
    )  # fmt: skip
