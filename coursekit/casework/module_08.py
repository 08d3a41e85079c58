"""Module 8: which records its items use, and the true answers, with pandas over the tables of the world.

`m08_c1` (packets), `m08_c2` (the request to build), `m08_c3` (answers), `m08_c6` (queue) and `m08_c8` (tracker) make
the cases; the other items are invented stories in `items.yaml`. The other public functions make the known wrong answers
that `items.yaml` names; their first argument is the world's tables (`TABLES` in the expressions there).
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pandas as pd

from coursekit.casework import Case, like
from priorauth import data, messages, worklist
from priorauth.packet_sheet import wanted_on_paper
from priorauth.response_log import log_line

TODAY = data.TODAY


def _shuffled(things: Iterable[str], item_id: str) -> list[str]:
    mixed = list(things)
    random.Random(item_id).shuffle(mixed)
    return mixed


# --- c1: ten packets ----------------------------------------------------------------------------------------------------

#: What to find, and how often. Evidence that was left out comes in three kinds, and no other fault is as frequent.
WANTED = (
    ("left_out", "LAB"), ("left_out", "STU"), ("left_out", "NOTE"), ("left_out", "NOTE"), ("wrong_form", "drug_form"),
    ("no_call_back", ""), ("unreadable", ""), ("split", ""), ("clean", ""), ("clean", ""),
)  # fmt: skip
OWN_FORM = {"x12_278", "ncpdp_epa", "fhir_pas", "portal_entry", "phone_script"}  # a channel that is its own form
LONGEST_CHART = 6


def _by(table: pd.DataFrame, column: str) -> dict[str, list[dict[str, Any]]]:
    """Rows of a table as plain dicts, grouped by a column."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in table.to_dict("records"):
        rows.setdefault(row[column], []).append(row)
    return rows


def right_form(row: dict[str, Any]) -> set[str]:
    """The paper forms that fit a first request; a portal, a message or the phone has its own."""
    if row["category"] != "pharmacy_drug":
        return OWN_FORM | {"service_form"}
    return OWN_FORM | ({"exception_form"} if row["request_type"].endswith("_exception") else {"drug_form"})


def _shows(leaf: dict[str, Any], chart: dict[str, list[dict[str, Any]]], day: pd.Timestamp) -> list[str]:
    """Chart rows up to a day that show a criterion, fresh and signed; a result counts only if it is the latest one."""
    start = day - pd.Timedelta(days=leaf.get("lookback_days", 0))
    if leaf["kind"] == "note":
        return [
            n["note_id"]
            for n in chart["notes"]
            if n["kind"] in leaf["note_kinds"]
            and start <= n["service_date"] <= day
            and pd.notna(n["signed_at"])
            and any(word in n["text"].lower() for word in leaf["words"])
        ]
    if leaf["kind"] == "therapy":
        found = []
        for t in chart["therapy"]:
            end = min(day if pd.isna(t["end"]) else t["end"], day)
            if (
                t["kind"] in leaf["therapy"]
                and t["directed_by"] == "provider"
                and (end - t["start"]).days >= leaf["min_days"]
                and end >= start
                and t["outcome"] in ("no_improvement", "ongoing")
            ):
                found.append(t["therapy_id"])
        return found
    name, key, dated, what = (
        ("labs", "lab_id", "collected_on", "test") if leaf["kind"] == "lab" else ("imaging", "study_id", "done_on", "study")
    )  # fmt: skip
    mine = sorted((x for x in chart[name] if x[what] == leaf[what] and x[dated] <= day), key=lambda x: x[dated])
    if not mine or mine[-1][dated] < start:
        return []
    last = mine[-1]
    if leaf["kind"] == "study":
        return [last[key]] if last["finding"] in leaf["findings"] else []
    value = float(last["value"])
    good = {">=": value >= leaf["value"], "<=": value <= leaf["value"]}.get(leaf["op"], value < leaf["value"])
    return [last[key]] if good else []


def lint(world: Any) -> dict[str, tuple[str, str, str]]:
    """Request -> (fault, evidence, kind of it) for every packet with at most one fault that a learner can see."""
    tables = world.tables
    chart_of = {name: _by(tables[name], "member_id") for name in ("notes", "labs", "imaging", "therapy")}
    papers = _by(tables["attachments"], "request_id")
    codes = tables["request_lines"][tables["request_lines"]["line_no"] == 1].set_index("request_id")["code"]
    versions = {(p["policy_id"], p["version"]): p for p in world.policies}
    slips = {"other_member_document", "whole_chart"}
    planted = world.truth["errors"].groupby("request_id")["error"].agg(set).to_dict()
    found: dict[str, tuple[str, str, str]] = {}
    for row in tables["requests"].to_dict("records"):
        key, packet = row["request_id"], papers.get(row["request_id"], [])
        policy = versions.get((row["policy_id"], row["policy_version"]))
        if not packet or policy is None or pd.isna(row["submitted_at"]) or any(d["kind"] in slips for d in packet):
            continue
        if row["request_type"] != "initial" or codes[key] not in policy["codes"]:
            continue
        day = row["submitted_at"].normalize()
        chart = {name: chart_of[name].get(row["member_id"], []) for name in chart_of}
        dated = {"notes": "service_date", "labs": "collected_on", "imaging": "done_on", "therapy": "start"}
        if sum(x[dated[name]] <= day for name, rows in chart.items() for x in rows) > LONGEST_CHART:
            continue
        wanted = wanted_on_paper(policy)
        if not wanted or any(c["one_of"] for c in wanted):
            continue
        proofs = [_shows(c, chart, day) for c in wanted]
        if not all(proofs):
            continue
        faults = []
        sent = {d["source_id"] for d in packet}
        missing = [p for p in proofs if not set(p) & sent]
        if row["form"] not in right_form(row):
            faults.append(("wrong_form", key, row["form"]))
        if pd.isna(row["contact_phone"]):
            faults.append(("no_call_back", key, ""))
        faults += [("unreadable", d["doc_id"], "") for d in packet if d["quality"] != "readable"]
        faults += [("split", d["doc_id"], "") for d in packet if d["case_ref"] != row["case_ref"]]
        faults += [("left_out", p[0], p[0].split("-")[0]) for p in missing]
        if any(len(p) > 1 for p in missing) or len(faults) > 1:
            continue
        if planted.get(key, set()) <= {"E1", "E6", "E33"}:
            found[key] = faults[0] if faults else ("clean", key, "")
    return found


def m08_c1(world: Any) -> Case:
    """Ten packets, one for each entry of WANTED; three kinds of evidence, many categories, and different days.

    Beside each stand others with the same fault, of the same kind. Denials for lack of documents in which a row is missing
    are left to the lesson's example, and what other items of the module show is left to them.
    """
    linted, requests = lint(world), world.tables["requests"].set_index("request_id")
    categories = requests["category"]
    chosen: list[str] = []
    for fault, kind in WANTED:
        fits = [k for k, v in linted.items() if v[0] == fault and kind in ("", v[2]) and k not in chosen]
        fits = fits or [k for k, v in linted.items() if v[0] == fault and k not in chosen]
        if not fits:
            raise LookupError(f"No packet with the fault {fault} was found.")
        used = [categories[k] for k in chosen]
        chosen.append(min(fits, key=lambda k: (used.count(categories[k]), k)))
    kinds = {k: (fault, kind) for k, (fault, _, kind) in linted.items()}
    used = {*m08_c3(world).records, *m08_c6(world).records}
    lacking = requests["reason_code"] == "insufficient_documentation"
    others = [
        k for k in _shuffled(linted, "m08-c1") if k not in used and not (lacking[k] and linted[k][0] == "left_out")
    ]
    pool = like(_shuffled(chosen, "m08-c1"), others, kinds.get)
    return Case(
        records=[place[0] for place in pool],
        key={k: list(linted[k][:2]) for place in pool for k in place},
        pool=pool,
    )


def no_look_at_the_chart(model: dict[str, list[str]]) -> dict[str, list[str]]:
    """Packets that look whole are called clean, though evidence stayed in the chart."""
    return {k: ["clean", k] if v[0] == "left_out" else v for k, v in model.items()}


def every_sent_form_fits(model: dict[str, list[str]]) -> dict[str, list[str]]:
    """A form is a form: the wrong ones pass."""
    return {k: ["clean", k] if v[0] == "wrong_form" else v for k, v in model.items()}


def names_the_request(model: dict[str, list[str]]) -> dict[str, list[str]]:
    """The right fault, but the request is named instead of the page or the chart row."""
    return {k: [v[0], k] for k, v in model.items()}


def pages_only(model: dict[str, list[str]]) -> dict[str, list[str]]:
    """Looks at pages and case numbers, and not at the head of the sheet."""
    return {k: ["clean", k] if v[0] in ("wrong_form", "no_call_back") else v for k, v in model.items()}


# --- c2: one request to build --------------------------------------------------------------------------------------------

PLAN, CODE, VISIT = "Harbor Advantage HMO", "J2357", "2026-10-12"
DOSE, DOSES = 375.0, 6  # mg in one visit, visits
#: The desk's order of channels for a request under the medical benefit.
CHANNELS = ("x12_278", "payer_portal", "fax", "phone")


def m08_c2(world: Any) -> Case:
    """The fields of one request: the plan's list says where it goes, the payer's row by which channel."""
    tables = world.tables
    plan_id = tables["plans"].set_index("name")["plan_id"][PLAN]
    rules = tables["pa_list"]
    day = pd.Timestamp(VISIT)
    open_end = rules["effective_to"].isna() | (rules["effective_to"] >= day)
    mine = rules[(rules["plan_id"] == plan_id) & (rules["code"] == CODE) & (rules["effective_from"] <= day) & open_end]
    if len(mine) != 1:
        raise LookupError(f"{PLAN} has {len(mine)} rules for {CODE} on {VISIT}.")
    destination = mine.iloc[0]["destination_id"]
    accepted = tables["payers"].set_index("payer_id")["channels"][destination].split(";")
    per_unit = float(tables["hcpcs"].set_index("code")["unit_quantity"][CODE])
    key = {
        "destination_id": destination,
        "channel": next(c for c in CHANNELS if c in accepted),
        "request_type": "renewal",
        "urgency": "standard",
        "code": CODE,
        "units": DOSE * DOSES / per_unit,
        "icd10": "J45.50",
        "place": "11",
        "first_day": VISIT,
        "response_note": "N3",
        "order": "O2",
        "call_back": "555-0161",
    }
    return Case(records=[], key=key)


# --- c3: eight answers ----------------------------------------------------------------------------------------------------

#: Outcome code -> how many answers. For A2: first one that the clinic recorded wrongly (E23).
ANSWERS = {"A1": 1, "A2": 2, "A6": 2, "A4": 1, "A3": 1, "CT": 1}


def _answers() -> dict[str, dict[str, Any]]:
    names = [n for n in messages.files() if n.endswith("_278_response.x12")]
    return {answer["request_id"]: answer for answer in map(messages.read, names)}


def _whole_number(request_id: str) -> bool:
    """Whether the patient's member number came through unharmed; a spreadsheet turned some into 4.05E+08."""
    return "E+" not in messages.text(messages.name_of(request_id, "278_response"))


def m08_c3(world: Any) -> Case:
    """Eight 278 answers; the clinic's wrong records and units that differ from those asked come first."""
    lines = _by(world.tables["request_lines"], "request_id")
    recorded = world.tables["authorizations"].set_index("request_id")["units"].to_dict()
    requests = world.tables["requests"].set_index("request_id")
    running = set(requests.index[(requests["state"] == "pended") & (requests["info_due_at"] >= TODAY)])
    answers = _answers()

    def rank(key: str) -> tuple:
        line = min(lines[key], key=lambda x: x["line_no"])
        approved = line["units_approved"]
        differs = pd.notna(approved) and approved != line["units_asked"]
        slipped = key in recorded and pd.notna(approved) and recorded[key] != approved
        answered = answers[key]["decision_code"] == "A4" and key not in running  # its question is no longer open
        return (answered, not slipped, not differs, len(lines[key]) > 1, line["units_asked"] == 1, key)

    key: dict[str, list[Any]] = {}
    for code, wanted in ANSWERS.items():
        fits = [k for k, v in answers.items() if v["decision_code"] == code and v["case_ref"] and _whole_number(k)]
        fits.sort(key=rank)
        if len(fits) < wanted:
            raise LookupError(f"There are {len(fits)} answers {code}, and {wanted} are needed.")
        for request_id in fits[:wanted]:
            line = log_line(answers[request_id])
            key[request_id] = [line.kind, line.units, line.number]
    shown = _shuffled(key, "m08-c3")
    return Case(records=shown, key={k: key[k] for k in shown})


def units_asked(tables: dict[str, pd.DataFrame], model: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Any approval is read as an approval of all that was asked (E23)."""
    asked = tables["request_lines"].groupby("request_id")["units_asked"].first()
    return {k: [v[0], int(asked[k]) if v[1] else 0, v[2]] for k, v in model.items()}


def all_full(model: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Every approval is called approved in full."""
    return {k: ["approved_in_full", *v[1:]] if v[1] else v for k, v in model.items()}


def case_numbers(model: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The case number is kept as if it were the authorization number."""
    return {k: [v[0], v[1], _answers()[k]["case_ref"]] for k, v in model.items()}


def a_call_is_a_no(model: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """A pend and a request to call are taken for denials."""
    return {k: ["not_approved", *v[1:]] if v[0] in ("call_payer", "pended") else v for k, v in model.items()}


# --- c6 and c8: the queue and the tracker ----------------------------------------------------------------------------------


def _view(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    view = worklist.open_requests(tables["requests"], tables["plans"])
    return view.assign(act_by=view[["due_at", "answer_by"]].min(axis=1))


def m08_c6(world: Any) -> Case:
    """Fifteen open requests: pends that run out long before the plan does, and others that are due in between."""
    view = _view(world.tables)
    view = view[view["due_at"].notna()].drop_duplicates("act_by").sort_values("request_id")
    late, asked = view["due_at"] < TODAY, view["answer_by"].notna()
    slow = view["due_at"] - view["answer_by"] > pd.Timedelta(days=20)
    far = ~asked & (view["due_at"] > TODAY + pd.Timedelta(days=12))
    parts = ((asked & ~slow, 1), (asked & slow, 5), (far, 7), (late, 1), (view["urgency"] == "expedited", 1))
    size = sum(wanted for _, wanted in parts)
    chosen: list[str] = []
    for fits, wanted in parts:
        free = view[fits & ~view["request_id"].isin(chosen)]
        last_first = fits is far  # what is due between the pends' two moments
        chosen += list(free.sort_values("act_by", ascending=not last_first)["request_id"][:wanted])
    if len(chosen) < size:
        raise LookupError(f"Only {len(chosen)} open requests have moments of their own.")
    mine = view[view["request_id"].isin(chosen)]
    return Case(records=sorted(chosen), key=list(mine.sort_values("act_by")["request_id"]))


def queue_by(tables: dict[str, pd.DataFrame], records: list[str], *columns: str, newest: bool = False) -> list[str]:
    """The queue of some requests sorted by other columns, or newest first."""
    view = _view(tables)
    mine = view[view["request_id"].isin(records)]
    ascending = [not newest and c != "urgency_first" for c in columns]
    mine = mine.assign(urgency_first=mine["urgency"] == "expedited")
    return list(mine.sort_values([*columns, "request_id"], ascending=[*ascending, True])["request_id"])


def m08_c8(world: Any) -> Case:
    """Open requests by line: how many, how many late, how many due by Friday noon, how many wait for the clinic."""
    return Case(records=[], key=tracker(world.tables))


def tracker(
    tables: dict[str, pd.DataFrame],
    hours: int = 52,
    late_in_soon: bool = False,
    by_state: bool = False,
    act: bool = False,
) -> dict[str, Any]:
    """The tracker as a table; the switches change one definition each."""
    view = _view(tables)
    moment = "act_by" if act else "due_at"
    view = view.assign(
        overdue=view[moment] < TODAY,
        due_friday=(view[moment] <= TODAY + pd.Timedelta(hours=hours)) & (late_in_soon | (view[moment] >= TODAY)),
        waiting_for_us=(view["state"] == "pended") & (view["answer_by"] >= TODAY)
        if by_state
        else view["answer_by"].notna(),
    )
    counts = view.groupby("line").agg(
        open=("request_id", "count"), overdue=("overdue", "sum"), due_friday=("due_friday", "sum"), waiting_for_us=("waiting_for_us", "sum")
    )  # fmt: skip
    rows = [[line, *(int(v) for v in row.values())] for line, row in counts.to_dict("index").items()]
    return {"columns": ["line", *counts.columns], "rows": rows}


def as_frame(model: dict[str, Any]) -> pd.DataFrame:
    """A tracker as the learner has it: a DataFrame with the line as a column."""
    return pd.DataFrame(model["rows"], columns=model["columns"])
