"""Module 3: disclosures, slips, log rows, speed and patterns."""

from __future__ import annotations

import csv
import functools
from collections.abc import Iterator

from coursekit.exam.records import Records, day, later, stamp, table
from coursekit.exam.templates import Draft, template
from coursekit.items import ROOT
from priorauth.audit import questions
from priorauth.facts import fact
from priorauth.urgency import ASKED, MUST, ONE_CLOCK, PLAN, STANDARD, judge


@functools.cache
def _truth(name: str) -> dict[str, dict[str, str]]:
    path = ROOT / "coursekit" / "world" / "truth" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {next(iter(r.values())): r for r in rows}


_GO = {
    "allowed": ("It may go, and the minimum necessary rule does not limit it", "Nothing here lifts the minimum necessary rule."),
    "allowed_minimum": ("It may go as it is: the purpose is payment, and it fits the purpose", "Either it is no payment, or it is more than the purpose needs, or a rule of its own holds."),
    "too_much": ("It must be cut first: the purpose is payment, and it is more than that needs", "It is no more than the purpose needs, or another rule decides."),
    "needs_authorization": ("It may go only after the patient has signed an authorization", "No signature is needed here, or it would not help."),
    "never": ("It may not go to this recipient", "The recipient may have it, as it is, cut, or once it is signed for."),
}  # fmt: skip


@template(
    "t03a",
    "May it go?",
    "3.1",
    "M03.1",
    "single",
    lambda w: [r["disclosure_id"] for r in w.rows("disclosures")][3:],
    tasks=(20,),
    errors=("E34",),
)
def disclosure(w: Records, record: str) -> Draft | None:  # fmt: skip
    row, right = w.one("disclosures", "disclosure_id", record), _truth("disclosures")[record]["verdict"]
    if any(word in _truth("disclosures")[record]["why"] for word in ("agreed", "operations")):
        return None  # relatives, and a payer's own business, have rules that the five words do not hold
    order = ["allowed_minimum", "needs_authorization", "too_much", "allowed", "never"]
    signed = (
        "There is a signed authorization of the patient."
        if row["signed_authorization"] == "True"
        else "The patient has signed no authorization."
    )
    return Draft(
        f"This is about to leave the clinic on {day(row['at'])}.\n\nTo: {row['to_party']} ({row['to_kind'].replace('_', ' ')})  \nPurpose: {row['purpose'].replace('_', ' ')}  \n"
        f"What: {row['what']}\n\n{signed} What holds?",
        _GO[right][0], [_GO[k] for k in order if k != right], "Right. Recipient, purpose and signature decide, and the two special rules come first.",
    )  # fmt: skip


def _breaches(w: Records) -> Iterator[str]:
    for row in w.rows("incidents"):
        if row["discovered_on"]:
            yield from (f"{row['incident_id']} {n}" for n in (0, 3, 11))


@template("t03b", "Until when must she be told?", "3.6", "M03.6", "numeric", _breaches, tasks=(20,), errors=("E34",))
def told_by(w: Records, record: str) -> Draft | None:
    name, shift = record.split()
    row = w.one("incidents", "incident_id", name)
    if _truth("incidents")[name]["breach"] != "yes":
        return None
    happened, known = row["happened_on"], later(row["discovered_on"], int(shift))
    days = int(fact("hipaa-breach-individuals-60-days").number("calendar_days"))
    if happened == known:
        happened = later(known, -4)
    checked = later(known, 9)
    wrong = [
        (later(happened, days), "You counted from the day on which it happened. The clock starts when the clinic first knew."),
        (later(checked, days), "You counted from the end of the inquiry. The clock starts when the clinic first knew."),
        (later(known, 30), "You counted 30 days. The rule gives 60 calendar days at most."),
        (later(known, days + 24), "You counted business days. The rule counts calendar days."),
        (later(known, days - 1), "You counted the first day as day one. The day after it is day one."),
    ]  # fmt: skip
    what = row["what"].rstrip(".")
    return Draft(
        f"It happened on {day(happened)}: {what}. A colleague noticed it on {day(known)}. The inquiry ended on {day(checked)} with the result that it is a breach.\n\n"
        f"Which is the last day on which the patient{'s' if row['people'] not in ('', '1') else ''} may be told? Give the date.",
        later(known, days), wrong, explain=f"{days} calendar days after the day on which the clinic first knew; sooner is better.",
        compare={"as": "date"}, facts=["hipaa-breach-individuals-60-days"],
    )  # fmt: skip


_POINTS = {
    "at": "When the call took place", "staff": "Who made the entry", "spoke_with": "Who was reached at the other end",
    "reference_number": "A number that the other side can find", "request_id": "Which request it is about", "summary": "What was asked and answered",
}  # fmt: skip


def _one_gap(w: Records) -> Iterator[str]:
    for row in w.rows("call_log"):
        if len(questions(row)) == 1:
            yield row["call_id"]


@template("t03c", "What would an auditor ask?", "3.5", "M03.5", "single", _one_gap, tasks=(19,), errors=("E23",))
def gap(w: Records, record: str) -> Draft | None:
    row = w.one("call_log", "call_id", record)
    missing = next(
        (c for c in ("at", "staff", "spoke_with", "reference_number", "request_id") if not row[c]), "summary"
    )
    order = ["reference_number", "spoke_with", "at", "summary", "staff", "request_id"]
    shown = [("Time", stamp(row["at"]) if row["at"] else ""), ("Entry by", row["staff"]), ("Request", row["request_id"]), ("Payer", w.payer(row["payer_id"])), ("Number", row["reference_number"]), ("Person", row["spoke_with"]), ("Text", row["summary"])]  # fmt: skip
    return Draft(
        f"A row of the call log, as it stands:\n\n{table([s for s in shown if s[1]], 'Field', 'Entry')}\n\nWhich point of a good entry does it lack?",
        _POINTS[missing], [(_POINTS[k], "The entry has this.") for k in order if k != missing], "Right. An auditor cannot follow the call without it.",
    )  # fmt: skip


def _said(text: str) -> tuple[str, str] | None:
    """(who, what) of a reason, where its words leave no doubt."""
    low = text.casefold()
    if "severe pain" in low:
        return ("physician", "pain") if "physician attests" in low else None
    if "physician" in low and any(x in low for x in ("jeopardize", "risk", "endangers", "decline")):
        return "physician", "jeopardy"
    if any(x in low for x in ("scheduled", "booked", "vacation", "deductible", "slot", "always mark", "queue")):
        return "desk", "calendar"
    return None


_PLANS = {"medicaid_managed": "mcd_service", "commercial": "employer", "marketplace_qhp": "employer", "medicare_advantage": "ma_service"}  # fmt: skip


def _asked(row: dict[str, str]) -> str:
    if row["category"] == "pharmacy_drug":
        return {"medicaid": "mcd_drug", "employer": "employer", "qhp": "employer"}.get(row["drug_rules"], "")  # fmt: skip
    if row["line_of_business"] == "medicare_advantage" and row["category"] == "medical_benefit_drug":
        return "ma_partb"
    return _PLANS.get(row["line_of_business"], "")


_FAST = {
    MUST: ("The plan must treat it as expedited", "The plan is not bound by these words in this line."),
    PLAN: ("It may be asked for, and the plan judges whether the ground holds", "That is so where the patient herself asks."),
    STANDARD: ("It goes as standard, as long as nothing more is said", "The words and the person who says them are enough in this line, or there is one clock for all."),
    ONE_CLOCK: ("There is one clock for all such requests, so a mark changes nothing", "This line has a fast and a slow clock."),
}  # fmt: skip


def _marked(w: Records) -> Iterator[str]:
    for row in w.rows("requests"):
        if row["urgency"] == "expedited" and _said(row["urgency_reason"]):
            yield row["request_id"]


@template("t03d", "Fast or not?", "3.3", "M03.3", "single", _marked, tasks=(14,), errors=("E19",))
def fast(w: Records, record: str) -> Draft | None:
    row = w.request(record)
    asked, said = _asked(row), _said(row["urgency_reason"])
    if not asked or said is None:
        return None
    right = judge(asked, *said).verdict
    who = (
        "A physician has written it."
        if said[0] == "physician"
        else "The desk has written it; the chart says nothing about waiting."
    )
    return Draft(
        f"The line: {ASKED[asked][0]}. A request for {w.what(row)} is marked as expedited. The reason on it: \"{row['urgency_reason']}\" {who}\n\nWhat holds?",
        _FAST[right][0], [v for k, v in _FAST.items() if k != right], f"Right. {judge(asked, *said).why}",
    )  # fmt: skip


def _offices(w: Records) -> Iterator[str]:
    yield from (f"2026-{m:02d} {c}" for m in range(1, 10) for c in ("advanced_imaging", "pharmacy_drug", "inpatient_admission", "medical_benefit_drug"))  # fmt: skip


@template("t03e", "A pattern", "3.4", "M03.4", "single", _offices, tasks=(20,), errors=("E19",))
def pattern(w: Records, record: str) -> Draft | None:
    month, category = record.split()
    count: dict[str, list[int]] = {}
    for row in w.rows("requests"):
        if row["submitted_at"][:7] == month and row["category"] == category:
            mine = count.setdefault(row["requesting_npi"], [0, 0])
            mine[0] += 1
            mine[1] += row["urgency"] == "expedited"
    names = {n: w.where("providers", "npi", n)[0]["name"] for n in count if w.where("providers", "npi", n)}
    top = sorted((n for n in names if count[n][1]), key=lambda n: (-count[n][0], n))[:5]
    if len(top) < 4:
        return None
    shares = sorted(top, key=lambda n: -count[n][1] / count[n][0])
    most_fast = max(top, key=lambda n: count[n][1])
    if (
        shares[0] == most_fast
        or count[shares[0]][1] / count[shares[0]][0] - count[shares[1]][1] / count[shares[1]][0] < 0.02
    ):
        return None
    rows = [(names[n], count[n][0], count[n][1]) for n in top]
    wrong = [(names[most_fast], "This office has the most fast requests, because it has many requests at all.")]
    wrong += [
        (names[n], "Divide the fast ones by all requests of the same office.")
        for n in top
        if n not in (shares[0], most_fast)
    ]
    return Draft(
        f"Requests of some offices in one month:\n\n{table(rows, 'Office', 'Requests', 'Marked as expedited')}\n\n"
        "Whose records would you read first, going by the share of expedited requests?",
        names[shares[0]], wrong, "Right. A count alone misleads; the share of the office's own requests shows a pattern.",
    )  # fmt: skip
