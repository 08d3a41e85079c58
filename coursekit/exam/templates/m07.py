"""Module 7: versions, criteria, gaps, steps and limits."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import Any

from coursekit.casework import module_07_answers as rules
from coursekit.exam.records import Records, day, table
from coursekit.exam.templates import Draft, template
from coursekit.world import World
from priorauth import casefile, policies
from priorauth.criteria import MET, NOT_MET, NOT_SHOWN


@functools.cache
def _world() -> Any:
    return World.load()


@functools.cache
def _dated() -> dict[str, dict[str, Any]]:
    found = rules.dated(_world().tables)
    return {r["request_id"]: r for r in found.to_dict("records")}


@template("t07a", "Version and days", "7.1", "M07.1", "single", lambda w: list(_dated()), tasks=(7,), errors=("E24",))
def version(w: Records, record: str) -> Draft | None:
    row = _dated()[record]
    by = {n: row[f"by_{n}"] for n in ("ordered_at", "submitted_at", "service_date")}
    if len(set(by.values())) < 2:
        return None
    both = policies.versions(row["policy_id"])
    days = {p["version"]: rules.days_asked(p) for p in both}
    if len(set(days.values())) < 2:
        return None
    sent = by["submitted_at"]
    other = next(v for v in days if v != sent)
    wrong = [
        (f"Version {other}, so {days[other]} days", "This version was not in force on the day sent."),
        (f"Version {sent}, so {days[other]} days", "The version is right, and its number of days is another one."),
        (f"Version {other}, so {days[sent]} days", "Version and days both belong to another day."),
    ]
    shown = [(p["version"], policies.dates(p), rules.days_asked(p)) for p in both]
    when = [("Order written", day(str(row["ordered_at"]))), ("Request sent", day(str(row["submitted_at"]))), ("Service planned", day(str(row["service_date"])))]  # fmt: skip
    return Draft(
        f"Policy {row['policy_id']} asks for a number of days of earlier treatment:\n\n{table(shown, 'Version', 'In force', 'Days asked for')}\n\n"
        f"{table(when, 'What', 'When')}\n\nWhich version counts for this course's plans, and how many days does it ask for?",
        f"Version {sent}, so {days[sent]} days", wrong, "Right. The version in force on the day sent counts.",
    )  # fmt: skip


@functools.cache
def _steps() -> tuple[Any, Any]:
    return rules.stepped(_world().tables), rules.fills_by_member(_world().tables)


@template(
    "t07b",
    "Is the step taken?",
    "7.4",
    "M07.5",
    "single",
    lambda w: list(_steps()[0].index),
    tasks=(10,),
    errors=("E2", "E3"),
    minutes=3,
)
def step(w: Records, record: str) -> Draft | None:
    rows, fills = _steps()
    row = rows.loc[record]
    (right, days), traps = rules.step_of(rows, fills, record)
    if rules.step_of(rows, fills, record, until=None)[0][0] == MET != right or not traps:
        return None
    sent = str(row["submitted_at"])[:10]
    drugs = row["step_drugs"].split(";")
    mine = sorted((f for f in w.where("fills", "member_id", row["member_id"]) if f["drug_id"] in drugs and f["filled_on"] <= sent), key=lambda f: f["filled_on"])  # fmt: skip
    if not mine or len(mine) > 9:
        return None
    others = [
        (rules.step_of(rows, fills, record, gap=0)[0], "A gap of up to 14 days breaks nothing."),
        (rules.step_of(rows, fills, record, gap=10_000)[0], "A gap of more than 14 days ends the run."),
        (rules.step_of(rows, fills, record, until=None)[0], "Days after the day of the request do not count."),
        ([right, sum(int(f["days_supply"]) for f in mine)], "Supplies added up are no run."),
        ([NOT_MET if right == MET else MET, days], f"The formulary asks for {row['step_days']} days."),
        ([right, days - 1], "The first and the last day both belong to the run."),
    ]  # fmt: skip
    shown = [(f["fill_id"], w.one("drugs", "drug_id", f["drug_id"])["generic_name"], day(f["filled_on"]), f["days_supply"]) for f in mine]  # fmt: skip
    names = " or ".join(w.one("drugs", "drug_id", d)["generic_name"] for d in drugs)
    return Draft(
        f"The formulary: first {names}, one of them for {row['step_days']} days in a row. The request goes out on {day(sent)}. The fills up to then:\n\n"
        f"{table(shown, 'Fill', 'Drug', 'Filled on', 'Days supply')}\n\nHow does the step come out, and how many days does the longest run have (rules of Module 4)?",
        f"{right}, {days} days".capitalize(), [(f"{v}, {n} days".capitalize(), why) for (v, n), why in others], "Right. One drug at a time, with the rules for gaps, early fills and the day of the request.",
    )  # fmt: skip


def _limits(w: Records) -> Iterator[str]:
    rows = {(f["plan_id"], f["drug_id"]): f for f in w.rows("formulary") if f["quantity_limit"]}
    for line in w.rows("request_lines"):
        if line["days_supply"] and line["line_no"] == "1" and line["code"].startswith("DRG"):
            plan = w.one("requests", "request_id", line["request_id"])["plan_id"]
            row = rows.get((plan, line["code"]))
            if row and int(line["days_supply"]) != int(row["per_days"]):
                yield line["line_id"]


@template("t07c", "Over the limit?", "7.4", "M07.5", "numeric", _limits, tasks=(9,), errors=("E13",))
def limit(w: Records, record: str) -> Draft | None:
    line = w.one("request_lines", "line_id", record)
    plan = w.one("requests", "request_id", line["request_id"])["plan_id"]
    row = next(f for f in w.where("formulary", "drug_id", line["code"]) if f["plan_id"] == plan)
    most, per, days = int(row["quantity_limit"]), int(row["per_days"]), int(line["days_supply"])
    asked = int(line["units_asked"])
    right = max(0, math.floor(most * days / per))
    drug = w.one("drugs", "drug_id", line["code"])
    wrong = [
        (most, "You took the limit as it stands. It is meant for another number of days."),
        (asked, "That is what is asked for."),
        (most * math.ceil(days / per), "You rounded the time up. The limit grows with the days."),
        (max(0, asked - most), "That is how far the request lies above the limit of another period."),
        (right + 1, "You rounded up. What is above the limit needs an exception."),
    ]
    return Draft(
        f"The formulary allows {most} units of {drug['brand_name']} in {per} days. A request asks for {asked} units, to last {days} days.\n\n"
        f"How many units may be given for {days} days without a quantity exception (whole units)?",
        right, wrong, explain=f"{most} in {per} days are {most * days / per:g} in {days} days, in whole units {right}.", compare={"unit": "units"},
    )  # fmt: skip


@functools.cache
def _judged_requests() -> tuple[str, ...]:
    truth = rules.truth_of(_world())
    mixed = truth[truth["statuses"].str.contains("not_")]
    return tuple(mixed.index[::7])


def _chart_rows(record: str, row: dict[str, Any]) -> list[tuple[str, ...]]:
    chart = casefile.chart_of(row["member_id"])
    return casefile.lines(chart, casefile.day_of(row))


@template(
    "t07d",
    "Met, not met, not shown",
    "7.3",
    "M07.3",
    "single",
    lambda w: list(_judged_requests()),
    tasks=(10,),
    errors=("E2", "E24", "E25"),
    minutes=3,
)
def verdict(w: Records, record: str) -> Draft | None:
    row = casefile.request(record)
    try:
        found, tree = casefile.judged(record)
    except policies.NoPolicy:
        return None
    leaf = next((x for x in policies.leaves(tree) if x["kind"] in ("note", "lab", "imaging", "study", "therapy", "drug_trial") and found.of(x["id"]).verdict != MET), None)  # fmt: skip
    lines = _chart_rows(record, row)
    if leaf is None or rules.rests_on_the_day(record, _world().tables) or not 3 <= len(lines) <= 12:
        return None
    finding = found.of(leaf["id"])
    named = rules.evidence_id(leaf, finding, casefile.chart_of(row["member_id"]))
    words = {MET: "Met", NOT_MET: "Not met", NOT_SHOWN: "Not shown"}

    def text(kind: str, proof: str) -> str:
        return words[kind] + (f"; the row to name is {proof}" if proof != rules.NONE else "; no row speaks to it")

    others = [n[0] for n in lines if n[0] != named]
    wrong = [
        (text(k, named), f"{finding.why} That makes it {finding.verdict}.")
        for k in (MET, NOT_MET, NOT_SHOWN)
        if k != finding.verdict
    ]
    wrong += [(text(finding.verdict, o), "Another row decides.") for o in (rules.NONE, *others)]
    wrong += [(text(MET, o), f"This row does not show what is asked. {finding.why}") for o in others]
    return Draft(
        f"A criterion: {policies.sentence(leaf)}\n\nThe request was sent on {day(str(casefile.day_of(row)))}. The chart up to then:\n\n"
        f"{table(lines, 'Row', 'Kind', 'Day', 'Signed', 'What it says')}\n\nHow does the criterion come out?",
        text(finding.verdict, named), wrong[:6], f"Right. {finding.why}",
    )  # fmt: skip


@template(
    "t07e",
    "What closes the gap?",
    "7.3",
    "M07.4",
    "single",
    lambda w: list(_judged_requests()),
    tasks=(11,),
    errors=("E1", "E2", "E24", "E25"),
    minutes=3,
)
def closes(w: Records, record: str) -> Draft | None:
    row = casefile.request(record)
    gap = rules.gap_of(record, _world().tables)
    lines = _chart_rows(record, row)
    if gap is None or row["request_type"] == "renewal" or not 2 <= len(lines) <= 12:
        return None
    if rules.rests_on_the_day(record, _world().tables):
        return None
    criterion, right, named = gap
    _, tree = casefile.tree_of(row)
    leaf = next(x for x in policies.leaves(tree) if x["id"] == criterion)
    sent = casefile.sent_ids(record)
    shown = [(*n[:4], "yes" if n[0] in sent else "no", n[4]) for n in lines]
    words = {
        rules.SEND: "Send a page that is in the chart already", rules.SIGN: "Get a signature on a note that is there",
        rules.RESULT: "Get a newer result or note", rules.ASK: "Ask the clinician; no row speaks to it", rules.OTHER: "No page will help; a usable row says no",
    }  # fmt: skip
    return Draft(
        f"One criterion is open: {policies.sentence(leaf)}\n\nThe request was sent on {day(str(casefile.day_of(row)))}. The chart:\n\n"
        f"{table(shown, 'Row', 'Kind', 'Day', 'Signed', 'Sent', 'What it says')}\n\nWhich step can close the gap?",
        words[right], [(t, "Look for the row that decides, its day, its signature, and whether it was sent.") for k, t in words.items() if k != right],
        f"Right. {'The row that decides is ' + named + '.' if named != rules.NONE else 'Nothing in the chart speaks to it.'}",
    )  # fmt: skip
