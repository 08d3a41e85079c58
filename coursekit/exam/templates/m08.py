"""Module 8: answers read exactly, clocks, pends, the queue, doubles and channels."""

from __future__ import annotations

import datetime as dt
import functools
import random
from collections.abc import Iterator

from coursekit.exam.records import Records, Row, iso, moment, sentence, stamp, table
from coursekit.exam.templates import Draft, template
from priorauth.clocks import ClockError, Due, clock_key, due_at

TODAY = "2026-09-30 08:00"
LINES = {
    "medicare_advantage": "Medicare Advantage", "part_d": "Medicare Part D", "medicaid_managed": "Medicaid managed care", "traditional_medicare": "Original Medicare",
    "commercial": "an employer plan", "marketplace_qhp": "a Marketplace plan",
}  # fmt: skip
KINDS = {
    "service": "an item or service that needs PA", "part_b_drug": "a Part B drug", "drug": "a drug from a pharmacy", "drug_exception": "an exception for a drug",
    "outpatient_list": "a service on the hospital outpatient list", "dmepos_list": "an item on the equipment list",
}  # fmt: skip


def due_of(row: Row) -> tuple[str, str, Due] | None:
    """Line, kind and deadline of a request joined with its plan; None where no clock is known."""
    line, kind = clock_key(row["line_of_business"], row["category"], row["request_type"], row["drug_rules"])
    events = {
        "statement_at": row["statement_at"],
        "info_asked_at": row["info_asked_at"],
        "info_received_at": row["info_sent_at"],
    }
    try:
        return (
            line,
            kind,
            due_at(line, kind, row["urgency"], row["received_at"], {k: v for k, v in events.items() if v}),
        )
    except ClockError:
        return None


def _clocked(w: Records) -> Iterator[str]:
    for row in w.rows("requests"):
        if row["received_at"] and not row["statement_at"] and not row["request_type"].endswith("_exception"):
            yield row["request_id"]


def hours_after(text: str, n: float) -> str:
    return iso(moment(text) + dt.timedelta(hours=n))


def business_days(text: str, n: int) -> str:
    """Working days later, holidays left out of account (a wrong answer only)."""
    when = moment(text)
    while n:
        when += dt.timedelta(days=1)
        n -= when.weekday() < 5
    return iso(when)


@template("t08a", "When is the answer due?", "8.5", "M08.4", "numeric", _clocked, tasks=(14,), errors=("E20",))
def due(w: Records, record: str) -> Draft | None:
    row = w.request(record)
    if row["info_asked_at"]:
        return None
    found = due_of(row)
    if found is None or found[0] not in LINES or found[1] not in KINDS:
        return None
    line, kind, limit = found
    right, got = iso(limit.at), row["received_at"]
    sent = row["submitted_at"] if row["submitted_at"][:16] != got[:16] else hours_after(got, -26)
    gap = moment(got) - moment(sent)
    wrong = [
        (iso(moment(right) - gap), "You counted from the day sent. The clock starts when the plan has it."),
        *((hours_after(got, n), "That is the time of another line or another kind of request.") for n in (24, 72, 24 * 7, 24 * 14, 24 * 15)),
        (business_days(got, 7), "You counted working days. This clock runs through weekends."),
    ]  # fmt: skip
    return Draft(
        f"{_up(LINES[line])}: {KINDS[kind]}, sent as {row['urgency']} on {stamp(sent)}, received on {stamp(got)}. Nothing is missing, and nobody extends the time.\n\n"
        "Until when must the plan answer? Give day and time.",
        right, [(v, y) for v, y in wrong if v != right][:5], explain=sentence(limit.rule_words), compare={"as": "datetime", "tolerance": "1min"}, facts=list(limit.fact_ids),
    )  # fmt: skip


@functools.cache
def _open(w: Records) -> tuple[tuple[str, str, str, str, str, str], ...]:
    """Open requests: id, plan, urgency, received, due, answer by."""
    found = []
    for row in w.rows("requests"):
        if row["state"] in ("received", "in_review", "pended") and row["received_at"] and not row["decided_at"]:
            full = w.request(row["request_id"])
            known = due_of(full)
            if known:
                asked = row["info_due_at"] if row["state"] == "pended" and not row["info_sent_at"] else ""
                found.append(
                    (row["request_id"], full["name"], row["urgency"], row["received_at"], iso(known[2].at), asked)
                )
    return tuple(found)


@template(
    "t08b",
    "Which one first?",
    "8.6",
    "M08.5",
    "single",
    lambda w: [str(n) for n in range(400)],
    tasks=(15,),
    errors=("E20",),
)
def first(w: Records, record: str) -> Draft | None:
    dice = random.Random(f"queue {record}")
    some = [o for o in _open(w) if (o[5] or o[4]) > TODAY]
    pended = [o for o in some if o[5]]
    rows = dice.sample([o for o in some if not o[5]], 3) + dice.sample(pended, 1)
    runs_out = {o[0]: min(x for x in (o[4], o[5]) if x) for o in rows}
    ranked = sorted(rows, key=lambda o: runs_out[o[0]])
    earliest_due = min(rows, key=lambda o: o[4])
    if runs_out[ranked[0][0]][:10] == runs_out[ranked[1][0]][:10] or ranked[0] is min(rows, key=lambda o: o[3]):
        return None
    shown = [(o[0], o[2], stamp(o[3]), stamp(o[4]), stamp(o[5]) if o[5] else "") for o in sorted(rows)]
    wrong = [
        (
            o[0],
            "The plan's own answer is due soonest here, but another moment comes earlier."
            if o is earliest_due
            else "Another moment comes earlier.",
        )
        for o in ranked[1:]
    ]
    return Draft(
        f"It is {stamp(TODAY)}. Four open requests:\n\n{table(shown, 'Request', 'Urgency', 'Received', 'Plan must decide by', 'Our answer wanted by')}\n\nFor which one does a time run out first?",
        ranked[0][0], wrong, "Right. The earlier one of the two moments of each request counts, and this one is the first of all.",
    )  # fmt: skip


def _answered(w: Records) -> Iterator[str]:
    for row in w.rows("requests"):
        if row["decision_code"] in ("A1", "A2", "A6", "A4", "CT", "A3") and row["case_ref"]:
            yield row["request_id"]


@template("t08c", "Into the log", "8.4", "M08.3", "single", _answered, tasks=(17,), errors=("E23",))
def log_it(w: Records, record: str) -> Draft | None:
    row = w.request(record)
    auths = w.where("authorizations", "request_id", record)
    code, asked = row["decision_code"], int(row["units_asked"])
    given = int(row["units_approved"] or 0)
    if code in ("A1", "A2", "A6"):
        if not auths or (code == "A2" and given in (0, asked)):
            return None
        number = auths[0]["auth_number"]
    else:
        number, given = "", 0
    case = row["case_ref"]
    words = {
        "A1": f"Approved in full, {given} units, number {number}", "A2": f"Approved in part, {given} units, number {number}",
        "A6": f"Approved with a change, {given} units, number {number}", "A3": f"Not approved, nothing to book, case {case}",
        "A4": f"Pended, nothing to book yet, case {case}", "CT": f"No decision yet, call the plan, case {case}",
    }  # fmt: skip
    wrong: list[tuple[str, str]] = []
    if code in ("A1", "A2", "A6"):
        wrong = [
            (
                words[code].replace(f" {given} units", f" {asked} units"),
                "The units are those approved, not those asked for.",
            ),
            (words[code].replace(number, case), "The case number is no authorization number."),
            *((words[c], "The answer code means something else.") for c in ("A1", "A2", "A6") if c != code),
            (words["A3"], "Something was approved."),
        ]
    else:
        wrong = [(words[c], "The answer code means something else.") for c in ("A4", "CT", "A3") if c != code]
        wrong += [
            (
                f"Approved in full, {asked} units, number {case}",
                "Nothing was approved, and the case number is no authorization number.",
            )
        ]
    shown = [
        ("Answer code", code),
        ("Case number", case),
        ("Authorization number", number),
        ("Units asked for", asked),
        ("Units approved", given or ""),
    ]
    return Draft(
        f"A 278 answer, read into fields:\n\n{table(shown, 'Field', 'Value')}\n\nWhich line goes into the authorization log?",
        words[code], wrong, "Right. Verdict, units and number are taken from the answer exactly.",
    )  # fmt: skip


def _pended(w: Records) -> Iterator[str]:
    yield from (r["request_id"] for r in w.rows("requests") if r["info_due_at"] and r["info_asked_at"])


@template("t08d", "Time left for the answer", "8.6", "M08.5", "numeric", _pended, tasks=(16,), errors=("E20",))
def left(w: Records, record: str) -> Draft | None:
    row = w.one("requests", "request_id", record)
    asked, until = row["info_asked_at"], row["info_due_at"]
    span = (moment(until) - moment(asked)).total_seconds() / 3600
    now = iso((moment(asked) + dt.timedelta(hours=span * 0.6)).replace(minute=10))
    right = round((moment(until) - moment(now)).total_seconds() / 3600, 1)
    days = (moment(until).date() - moment(now).date()).days
    wrong = [
        (round(span, 1), "That is the whole time that the plan gave. Part of it is gone."),
        (round((moment(now) - moment(asked)).total_seconds() / 3600, 1), "That is the time that has gone by."),
        (days * 24.0, "You counted whole days. The plan named an hour."),
        (round(days * 8.0, 1), "You counted working hours. The time runs through nights."),
        (round(right + 24, 1), "You counted one day too many."),
    ]
    return Draft(
        f"A plan asked a question on {stamp(asked)} and wants the answer by {stamp(until)}. It is {stamp(now)}.\n\nHow many hours are left? Give them with one decimal.",
        right, wrong, explain="The last moment minus now; nights and weekends count.", compare={"tolerance": 0.1, "unit": "hours"},
    )  # fmt: skip


def _doubles(w: Records) -> Iterator[str]:
    seen: dict[tuple[str, str], list[Row]] = {}
    for row in w.rows("requests"):
        if row["submitted_at"]:
            seen.setdefault((row["member_id"], row["plan_id"]), []).append(row)
    for rows in seen.values():
        if 2 <= len(rows):
            codes = [w.request(r["request_id"]).get("code") for r in rows]
            yield from (r["request_id"] for r, c in zip(rows, codes, strict=True) if codes.count(c) == 2)


@template("t08e", "Sent twice?", "8.1", "M08.1", "single", _doubles, tasks=(13,), errors=("E16",))
def double(w: Records, record: str) -> Draft | None:
    row = w.request(record)
    twin = next((w.request(r["request_id"]) for r in w.where("requests", "member_id", row["member_id"]) if r["request_id"] != record and r["plan_id"] == row["plan_id"] and w.request(r["request_id"]).get("code") == row["code"] and r["submitted_at"]), None)  # fmt: skip
    if twin is None:
        return None
    one, two = sorted((row, twin), key=lambda r: (r["submitted_at"], r["request_id"]))
    if not (one["order_id"] and one["order_id"] == two["order_id"] and one["service_date"] == two["service_date"]):
        return None
    if one["decided_at"] and one["decided_at"] < two["submitted_at"]:
        return None
    others = random.Random(record).sample([r for r in w.rows("requests") if r["submitted_at"] and r["category"] == row["category"] and r["member_id"] != row["member_id"]], 2)  # fmt: skip
    mine = [one, two, *(w.request(o["request_id"]) for o in others)]
    shown = [(r["request_id"], w.patient(r["member_id"]), r["name"], r["code"], r["order_id"], stamp(r["submitted_at"]), r["channel"]) for r in sorted(mine, key=lambda r: r["request_id"])]  # fmt: skip
    wrong = [(one["request_id"], "This one was sent first, so it stays.")]
    wrong += [(o["request_id"], "Nothing else in the table is for the same order.") for o in others]
    return Draft(
        f"Four rows of the outbox:\n\n{table(shown, 'Request', 'Patient', 'Plan', 'Code', 'Order', 'Sent', 'Way')}\n\nWhich one is a double that the desk should take back?",
        two["request_id"], wrong, "Right. Same patient, plan, code and order as an earlier request that still stands.",
    )  # fmt: skip


_WAYS = {"x12_278": "X12 278", "payer_portal": "the payer's portal", "fax": "fax", "phone": "phone", "mail_or_email": "mail or email", "fhir_pas": "FHIR", "epa_script": "ePA", "web_form": "a web form"}  # fmt: skip


def _up(words: str) -> str:
    return words[:1].upper() + words[1:] if words != "ePA" else words


def _ways(w: Records) -> Iterator[str]:
    yield from (f"{r['payer_id']}|{n}" for r in w.rows("payers") for n in range(2))


@template("t08f", "Which way in?", "8.2", "M08.2", "multiple", _ways, tasks=(13,), errors=("E6",), minutes=1)
def way(w: Records, record: str) -> Draft | None:
    payer, number = record.split("|")
    row = w.one("payers", "payer_id", payer)
    takes = row["channels"].split(";")
    dice = random.Random(record)
    yes = dice.sample(takes, min(len(takes), 2 + dice.randrange(2)))
    no = dice.sample([c for c in _WAYS if c not in takes], min(5 - len(yes), len(_WAYS) - len(takes)))
    tried = sorted({r["channel"] for r in w.where("requests", "destination_id", payer) if r["channel"] in yes})
    if len(yes) + len(no) != 5:
        return None
    uses = ", ".join(
        f"{_WAYS[c]} ({sum(r['channel'] == c for r in w.where('requests', 'destination_id', payer))} requests)"
        for c in [*yes, *no]
    )
    return Draft(
        f"The page of {row['name']} for clinics: requests are taken by {', '.join(_WAYS[c] for c in takes)}; phone {row['phone']}{', fax ' + row['fax'] if row['fax'] else ''}. "
        f"Your log for this payer, all ways that were ever tried: {uses}.\n\nBy which ways may the next request go?",
        [_up(_WAYS[c]) for c in yes], [(_up(_WAYS[c]), "The payer does not take requests this way, even if some were tried.") for c in no],
        "Right. The payer's own page names it." if tried else "Right. The payer's own page names it, though nobody has tried it yet.",
    )  # fmt: skip
