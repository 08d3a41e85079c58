"""Part B: eight tasks on both sides of the desk; each draws five requests from a pool that is built by rule.

A task gives for each record what the learner sees (a row of one table, or a block of text) and the answer. Answers are
marked like casework: record by record, corrected for chance.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from coursekit.casework import module_07_answers as rules
from coursekit.exam.records import Records, day, hours, iso, stamp, table
from coursekit.exam.templates import m01, m07, m08, m11, m12
from priorauth import casefile, policies, units
from priorauth.coverage import holds

RECORDS = 5
POOL = 30  # records that a task keeps


@dataclass(frozen=True)
class Shown:
    """One record of a task: cells of its row, or a block of text, and the answer as plain data."""

    record: str
    cells: tuple[str, ...]
    answer: Any
    block: str = ""


@dataclass(frozen=True)
class Task:
    """A task of Part B."""

    id: str
    title: str
    objective: str
    section: str
    prompt: str
    heads: tuple[str, ...]
    labels: tuple[str, ...]
    compare: dict[str, Any]
    pool: Callable[[Records], Iterable[str]]
    show: Callable[[Records, str], Shown | None]


def _triage(w: Records) -> Iterator[str]:
    yield from (o[0] for o in m08._open(w))


WAIT, ANSWER, OURS, THEIRS = "wait", "answer the question", "call: our answer is late", "call: the plan is late"


def triage(w: Records, record: str) -> Shown | None:
    row = next(o for o in m08._open(w) if o[0] == record)
    _, plan, urgency, received, due, answer_by = row
    now = m08.TODAY
    if answer_by:
        word, moment = (ANSWER if answer_by >= now else OURS), answer_by
    else:
        word, moment = (THEIRS if due < now else WAIT), due
    full = w.request(record)
    line, kind, _ = m08.due_of(full) or ("", "", None)
    if line not in m08.LINES or kind not in m08.KINDS or full["info_asked_at"] and not answer_by:
        return None
    statement = stamp(full["statement_at"]) if full["statement_at"] else ""
    if kind == "drug_exception" and not statement:
        return None  # there the desk has one thing more to do: to ask the prescriber
    cells = (record, m08.LINES[line], m08.KINDS[kind], urgency, stamp(received), statement, stamp(answer_by) if answer_by else "")  # fmt: skip
    return Shown(record, cells, [word, moment[:10]])


def _routes(w: Records) -> Iterator[str]:
    yield from m01._listed(w)


def route(w: Records, record: str) -> Shown | None:
    row = w.request(record)
    mine = [r for r in w.where("pa_list", "code", row["code"]) if r["plan_id"] == row["plan_id"]]
    now = [r for r in mine if holds(r, row["service_date"], "effective_from", "effective_to")]
    if len(now) != 1 or not now[0]["destination_id"]:
        return None
    rule = now[0]
    exempt = row["pos"] in rule["exempt_pos"].split(";") if row["pos"] else False
    free = exempt or rule["requirement"] == "none"
    lines = [(r["rule_id"], r["requirement"], r["exempt_pos"].replace(";", ", "), w.payer(r["destination_id"]) if r["destination_id"] else "", day(r["effective_from"]), day(r["effective_to"]) if r["effective_to"] else "") for r in mine]  # fmt: skip
    block = (
        f"**{record}**: {w.what(row)} ({row['code']}) for a member of {row['name']}, on {day(row['service_date'])} at place of service {row['pos']}.\n\n"
        f"{table(lines, 'Rule', 'Wants', 'Nothing needed at place', 'Goes to', 'From', 'To')}"
    )
    word = "nothing to send" if free else {"pa": "send for authorization", "notification": "notify", "referral": "get the referral"}[rule["requirement"]]  # fmt: skip
    return Shown(record, (), [word, rule["rule_id"]], block)


def _doses(w: Records) -> Iterator[str]:
    from coursekit.exam.templates.m05 import _doses as lines

    yield from (w.one("request_lines", "line_id", x)["request_id"] for x in lines(w))


def code(w: Records, record: str) -> Shown | None:
    row = w.request(record)
    known = w.where("hcpcs", "code", row["code"])
    if not known or not row["dose"] or known[0]["unit_quantity"] in ("1", "0"):
        return None
    visits = 2 + random.Random(f"visits {record}").randrange(5)
    need = units.for_order(row["dose"], known[0]["unit_quantity"], visits)
    cells = (record, row["code"], f"{row['dose']} {row['dose_unit']}", str(visits), f"{known[0]['unit_quantity']} {known[0]['unit_measure']}", row["units_asked"])  # fmt: skip
    return Shown(record, cells, need)


def complete(w: Records, record: str) -> Shown | None:
    gap = rules.gap_of(record, m07._world().tables)
    if gap is None or rules.rests_on_the_day(record, m07._world().tables):
        return None
    row = casefile.request(record)
    lines = m07._chart_rows(record, row)
    if not 2 <= len(lines) <= 9 or row["request_type"] == "renewal":
        return None
    criterion, step, named = gap
    _, tree = casefile.tree_of(row)
    leaf = next(x for x in policies.leaves(tree) if x["id"] == criterion)
    sent = casefile.sent_ids(record)
    shown = [(*n[:4], "yes" if n[0] in sent else "no", n[4]) for n in lines]
    block = f"**{record}**, sent on {day(str(casefile.day_of(row)))}. Open: {policies.sentence(leaf)}\n\n{table(shown, 'Row', 'Kind', 'Day', 'Signed', 'Sent', 'What it says')}"  # fmt: skip
    return Shown(record, (), [step, named], block)


def decide(w: Records, record: str) -> Shown | None:
    row = casefile.request(record)
    try:
        found, tree = casefile.judged(record)
    except policies.NoPolicy:
        return None
    kinds = ("note", "lab", "study", "therapy", "drug_trial")
    leaves = [x for x in policies.leaves(tree) if x["kind"] in kinds]
    lines = m07._chart_rows(record, row)
    if not leaves or not 2 <= len(lines) <= 9 or rules.rests_on_the_day(record, m07._world().tables):
        return None
    leaf = leaves[random.Random(f"leaf {record}").randrange(len(leaves))]
    finding = found.of(leaf["id"])
    named = rules.evidence_id(leaf, finding, casefile.chart_of(row["member_id"]))
    block = f"**{record}**, sent on {day(str(casefile.day_of(row)))}. The criterion: {policies.sentence(leaf)}\n\n{table(lines, 'Row', 'Kind', 'Day', 'Signed', 'What it says')}"  # fmt: skip
    return Shown(record, (), [finding.verdict, named], block)


def due(w: Records, record: str) -> Shown | None:
    row = w.request(record)
    found = m08.due_of(row)
    if found is None or found[0] not in m08.LINES or found[1] not in m08.KINDS or row["info_asked_at"]:
        return None
    line, kind, limit = found
    statement = stamp(row["statement_at"]) if row["statement_at"] else ""
    cells = (record, m08.LINES[line], m08.KINDS[kind], row["urgency"], stamp(row["submitted_at"]), stamp(row["received_at"]), statement, stamp(row["decided_at"]))  # fmt: skip
    return Shown(record, cells, ["late" if row["decided_at"] > iso(limit.at) else "in time", iso(limit.at)])


def _decided(w: Records) -> list[str]:
    """Decided requests, the late ones first, so that a pool holds both."""
    late, rest = [], []
    for row in w.rows("requests"):
        if row["decided_at"] and row["received_at"] and hours(row["received_at"], row["decided_at"]) > 20:
            (late if hours(row["received_at"], row["decided_at"]) > 240 else rest).append(row["request_id"])
    return late + rest


def appeal(w: Records, record: str) -> Shown | None:
    notices = [n for n in w.where("notices", "request_id", record) if n["kind"] == "denial" and n["received_on"]]
    row = w.request(record)
    if len(notices) != 1 or m11.line_of(row) not in m11.FIRST:
        return None
    line, sent, proof, last = m11._window(w, notices[0])
    what = "drug from a pharmacy" if row["category"] == "pharmacy_drug" else row["category"].replace("_", " ")
    cells = (record, row["name"], what, day(sent), day(proof) if proof else "cannot be shown")
    return Shown(record, cells, [_RUNG[m11.FIRST[line][0]], last])


_RUNG = {"reconsideration": "reconsideration", "redetermination": "redetermination", "plan_appeal": "appeal to the plan", "internal_appeal": "internal appeal"}  # fmt: skip


def _billed(w: Records) -> Iterator[str]:
    yield from m12._claims(w)


def report(w: Records, record: str) -> Shown | None:
    row = w.one("claims", "claim_id", record)
    found = w.where("authorizations", "auth_number", row["auth_number"]) if row["auth_number"] else []
    carc = m12.mismatch(row, found[0] if found else None)
    if carc is None or carc != row["carc"] or not found:
        return None
    a = found[0]
    sides = [
        ("claim", row["code"], row["units"], row["pos"], row["rendering_npi"], day(row["service_date"])),
        (a["auth_id"], a["code"], a["units"], a["pos"], a["rendering_npi"], f"{day(a['start'])} to {day(a['end'])}"),
    ]
    where = {"": "nothing", "198": "units", "296": "provider", "197": "days", "284": "code" if row["code"] != a["code"] else "place"}[carc]  # fmt: skip
    block = f"**{record}**\n\n{table(sides, 'Side', 'Code', 'Units', 'Place', 'Provider', 'Days')}"
    return Shown(record, (), [carc or "paid", where], block)


_HOW = "Write for each request a list of two: "
TASKS: tuple[Task, ...] = (
    Task(
        "b1", "Triage the open requests", "M08.5", "8.6",
        f"It is {stamp(m08.TODAY)}. Five requests are open. What does the clinic's desk do next, and which day counts: the day on which the open question has to be answered, or else the day on which the plan has to decide?\n\n{_HOW}the step, and the day as text such as `2026-09-30`.",
        ("Request", "Line", "What", "Urgency", "Received", "Statement of the prescriber", "Our answer wanted by"), (WAIT, ANSWER, OURS, THEIRS), {"pair": True}, _triage, triage,
    ),
    Task(
        "b2", "Route what was ordered", "M02.6", "2.5",
        f"Five services, each with the rows of the plan's list. What does the clinic do, and which row says so?\n\n{_HOW}what to do, and the id of the rule.",
        (), ("send for authorization", "notify", "get the referral", "nothing to send"), {"pair": True}, _routes, route,
    ),
    Task(
        "b3", "Code the units", "M05.3", "5.5",
        "Five drug orders. How many billing units does the request need for all visits together? What was asked for may be wrong.\n\nWrite a number for each request.",
        ("Request", "Code", "Dose a visit", "Visits", "One unit is", "Units asked for"), (), {"as": "number"}, _doses, code,
    ),
    Task(
        "b4", "Complete the packets", "M07.4", "7.3",
        f"In each of five requests one criterion is open. Which step can close the gap, and which row decides?\n\n{_HOW}the step, and the id of the row (`none` where no row speaks to it).",
        (), (rules.SEND, rules.SIGN, rules.RESULT, rules.ASK, rules.OTHER), {"pair": True}, lambda w: m07._judged_requests(), complete,
    ),
    Task(
        "b5", "Decide by the criterion", "M07.3", "7.3",
        f"You are at the plan's desk. One criterion of each of five requests is yours. How does it come out, and which row says so?\n\n{_HOW}the verdict, and the id of the row (`none` where no row speaks to it; of several fills the last one of the run).",
        (), ("met", "not met", "not shown"), {"pair": True}, lambda w: m07._judged_requests(), decide,
    ),
    Task(
        "b6", "Prove that it was in time", "M08.4", "8.5",
        f"Still at the plan's desk: five decisions. Nothing was missing, and no time was extended. Was the decision in time, and until when had it to be made?\n\n{_HOW}the verdict, and the moment as text such as `2026-09-30 14:05`.",
        ("Request", "Line", "What", "Urgency", "Sent", "Received", "Statement of the prescriber", "Decided"), ("in time", "late"), {"pair": True}, _decided, due,
    ),
    Task(
        "b7", "Appeal in time", "M11.3", "11.3",
        f"Five denials. How is the first level of appeal called, and which is the last day to file it?\n\n{_HOW}the level, and the day as text such as `2026-09-30`.",
        ("Request", "Plan", "Denied", "Date of the notice", "Received"), tuple(_RUNG.values()), {"pair": True},
        lambda w: sorted({r["request_id"] for r in w.rows("notices")}), appeal,
    ),
    Task(
        "b8", "Report what will not be paid", "M12.4", "12.5",
        f"Five claims beside their authorizations, before billing. Which adjustment reason will come back, and what does not fit?\n\n{_HOW}the reason (`paid` where all fits), and what does not fit: `code`, `units`, `place`, `provider`, `days` or `nothing`.",
        (), ("paid", "197", "198", "284", "296"), {"pair": True}, _billed, report,
    ),
)  # fmt: skip


def build_pool(task: Task, w: Records) -> list[Shown]:
    """The records of a task: a fixed sample with every answer that occurs, evenly as far as there are enough."""
    names = sorted(set(task.pool(w)))
    random.Random(f"pool {task.id}").shuffle(names)
    by_word: dict[str, list[Shown]] = {}
    wanted = max(6, POOL // max(2, len(task.labels)) + 2)
    for name in names:
        shown = task.show(w, name)
        if shown is None:
            continue
        word = str(shown.answer[0]) if task.labels else ""
        mine = by_word.setdefault(word, [])
        if len(mine) < (POOL if not task.labels else wanted):
            mine.append(shown)
        if sum(map(len, by_word.values())) >= POOL:
            break
    return sorted((s for some in by_word.values() for s in some), key=lambda s: s.record)


def draw(task: Task, pool: list[Shown], dice: random.Random) -> list[Shown]:
    """Five records with at least three different first answers (two where a task has two)."""
    kinds = {str(s.answer[0]) for s in pool} if task.labels else set()
    least = min(3, len(kinds))
    for _ in range(500):
        some = dice.sample(pool, RECORDS)
        if not kinds or len({str(s.answer[0]) for s in some}) >= least:
            return some
    raise LookupError(f"{task.id}: no varied set of five was found")


__all__ = ["RECORDS", "TASKS", "Shown", "Task", "build_pool", "draw"]
