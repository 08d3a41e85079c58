"""Module 4: directions, days, evidence that holds, and runs of fills."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator

from coursekit.exam.records import Records, Row, date, day, later, stamp, table
from coursekit.exam.templates import Draft, template
from priorauth import therapy
from priorauth.sig import SigError, parse


def _directions(w: Records) -> Iterator[str]:
    seen: set[tuple[str, str]] = set()
    for row in w.rows("orders"):
        key = (row["sig"], row["quantity"])
        if row["sig"] and row["quantity"] and key not in seen:
            seen.add(key)
            yield row["order_id"]


def _days(row: Row) -> int | None:
    try:
        return parse(row["sig"]).days_supply(int(row["quantity"]))
    except (SigError, ValueError):
        return None


@template("t04a", "How long does it last?", "4.3", "M04.3", "numeric", _directions, tasks=(9,), errors=("E12",))
def supply(w: Records, record: str) -> Draft | None:
    row = w.one("orders", "order_id", record)
    days, n = _days(row), int(row["quantity"])
    if not days or days == n:
        return None
    most = parse(row["sig"]).most_in_a_day
    wrong = [
        (n, "You took the quantity for the days. Ask how much is used in how many days."),
        (max(1, int(n / most)), "You divided by what is used on one day, as if every day were such a day."),
        (30, "You took a month for granted."),
        (days * 2, "You used half of the dose in the directions."),
        (max(1, days // 2), "You used twice the dose in the directions."),
    ]
    return Draft(
        f"A prescription: {row['order_text']}. Directions: `{row['sig']}`. Quantity: {n}.\n\nHow many days does one fill last, counted as in this course (a month has 30 days)?",
        days, wrong, explain="Quantity divided by the most per day over a long time, days without a dose included, rounded down.",
        compare={"unit": "days"},
    )  # fmt: skip


@template(
    "t04b",
    "With all refills",
    "4.3",
    "M04.3",
    "numeric",
    lambda w: [o for o in _directions(w) if w.one("orders", "order_id", o)["refills"] not in ("", "0")],
    tasks=(9,),
    errors=("E12",),
)
def refills(w: Records, record: str) -> Draft | None:  # fmt: skip
    row = w.one("orders", "order_id", record)
    days, more = _days(row), int(row["refills"])
    if not days:
        return None
    n = int(row["quantity"])
    wrong = [
        (days * more, "You forgot the first fill. Refills come on top of it."),
        (days, "You counted one fill. The refills come on top of it."),
        (n * (more + 1), "You multiplied the quantity. The days of one fill count."),
        (30 * (more + 1), "You took 30 days for each fill without reading the directions."),
        (days * (more + 2), "You counted one fill too many."),
    ]
    return Draft(
        f"A prescription: {row['order_text']}. Directions: `{row['sig']}`. Quantity: {n}. Refills: {more}.\n\n"
        "For how many days does it last with all its fills, counted as in this course?",
        days * (more + 1), wrong, explain=f"One fill lasts {days} days, and there are {more + 1} fills.", compare={"unit": "days"},
    )  # fmt: skip


def _runs(w: Records) -> Iterator[str]:
    seen: dict[tuple[str, str], int] = {}
    for row in w.rows("fills"):
        key = (row["member_id"], row["drug_id"])
        seen[key] = seen.get(key, 0) + 1
    yield from (f"{m} {d}" for (m, d), n in seen.items() if 3 <= n <= 7)


@template("t04c", "The longest run", "4.5", "M04.5", "numeric", _runs, tasks=(10,), errors=("E3",), minutes=3)
def run(w: Records, record: str) -> Draft | None:
    member, drug = record.split()
    mine = sorted(
        (f for f in w.where("fills", "member_id", member) if f["drug_id"] == drug), key=lambda f: f["filled_on"]
    )
    until = date(mine[-1]["filled_on"]) + dt.timedelta(days=12)
    fills = therapy.fills_of(mine)
    best, loose = therapy.longest(fills, until=until), therapy.longest(fills, allowed_gap=10_000, until=until)
    strict, uncut = therapy.longest(fills, allowed_gap=0, until=until), therapy.longest(fills)
    if best is None or not (loose and strict and uncut):
        return None
    wrong = [
        (loose.days, "You counted over a gap of more than 14 days."),
        (sum(f.days_supply for f in fills), "You added up the supplies. The run ends at a long gap and at the day of the request."),
        (strict.days, "You ended the run at a gap of 14 days or less."),
        (uncut.days, "You counted days after the day of the request."),
        (best.days - 1, "You left out the first or the last day. Both belong to the run."),
        (best.days_covered, "You left out the small gaps. They count as part of the run."),
    ]  # fmt: skip
    rows = [(f["fill_id"], f["drug_name"], day(f["filled_on"]), f["quantity"], f["days_supply"]) for f in mine]
    name = w.one("drugs", "drug_id", drug)
    return Draft(
        f"Fills of {name['brand_name']} ({name['generic_name']}):\n\n{table(rows, 'Fill', 'Label', 'Filled on', 'Quantity', 'Days supply')}\n\n"
        f"The request goes out on {day(until)}. How many days long is the longest run by the rule of this course (a gap of up to 14 days breaks nothing, early fills are carried over)?",
        best.days, wrong, explain=f"From {day(best.first)} to {day(best.last)}, both days counted; nothing after the request counts.",
        compare={"unit": "days"},
    )  # fmt: skip


def _five_notes(w: Records) -> Iterator[str]:
    notes = [n for n in w.rows("notes") if n["kind"] in ("office_visit", "consult", "exam_report") and n["service_date"] >= "2026-02"]  # fmt: skip
    bad = [n for n in notes if not n["signed_at"] or not n["author_npi"]]
    for number in range(60):
        dice = random.Random(f"five notes {number}")
        chosen = dice.sample(notes, 4) + dice.sample(bad, 1)
        latest = max(n["service_date"] for n in chosen)
        yield " ".join([*sorted(n["note_id"] for n in chosen), later(latest, -dice.choice((0, 10, 25)))])


@template("t04d", "Usable on the day", "4.4", "M04.4", "multiple", _five_notes, tasks=(10, 11), errors=("E24", "E25"))
def usable(w: Records, record: str) -> Draft | None:
    *ids, when = record.split()
    right, wrong, reasons = [], [], {}
    for name in ids:
        n = w.one("notes", "note_id", name)
        age = (date(when) - date(n["service_date"])).days
        signed = f"signed {stamp(n['signed_at'])}" if n["signed_at"] else "no signature"
        author = (
            w.one("providers", "npi", n["author_npi"])["name"]
            if w.where("providers", "npi", n["author_npi"])
            else "author not named"
        )
        text = f"{n['kind'].replace('_', ' ').capitalize()} of {day(n['service_date'])}, {author}, {signed}"
        if age < 0:
            wrong.append((text, "The note is about a day after the request."))
        elif age > 90:
            wrong.append((text, f"It is {age} days old, and 90 are allowed."))
        elif not n["signed_at"] or not n["author_npi"]:
            wrong.append((text, "Without author and signature it proves nothing."))
        elif n["signed_at"][:10] > when:
            wrong.append((text, "It was signed only after the day of the request."))
        else:
            right.append(text)
            reasons[text] = f"Right. It is signed, has an author, and is {age} days old."
    return Draft(
        f"Five patients, five notes, five requests that all go out on {day(when)}. Each plan asks for a signed note with its author that is not older than 90 days. Which notes can be used?",
        right, wrong, right_because=reasons,
    )  # fmt: skip


def _courses(w: Records) -> Iterator[str]:
    yield from (r["therapy_id"] for r in w.rows("therapy") if r["start"] and r["end"] and r["visits"])


@template("t04e", "Days of treatment", "4.5", "M04.5", "numeric", _courses, tasks=(10,), errors=("E3",))
def treatment(w: Records, record: str) -> Draft | None:
    row = w.one("therapy", "therapy_id", record)
    first, last, visits = date(row["start"]), date(row["end"]), int(row["visits"])
    days = (last - first).days + 1
    sent = last - dt.timedelta(days=days // 3)
    right = (sent - first).days + 1
    wrong = [
        (right - 1, "You subtracted the dates. The first day counts, too."),
        (days, "You counted to the end. Nothing after the day of the request counts."),
        (visits, "You counted visits. The length is counted in days on the calendar."),
        (visits * 7, "You took a week for each visit."),
        (days - 1, "You counted to the end and left out one day."),
    ]
    return Draft(
        f"A record of treatment: {row['kind'].replace('_', ' ')}, {visits} visits, from {day(first)} to {day(last)}. The request was sent on {day(sent)}, while it went on.\n\n"
        "How many days of treatment does the record show on the day of the request, as this course counts?",
        right, wrong, explain="Last day minus first day, plus one; the day of the request is the last one that counts.", compare={"unit": "days"},
    )  # fmt: skip
