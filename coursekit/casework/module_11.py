"""Module 11: which records its items use, and the true answers, with pandas over the tables of the world.

`m11_c1` (root causes), `m11_c6` (overturn rate) and `m11_c7` (causes in order) make the cases; the other items are
invented stories in `items.yaml`. The other public functions make the known wrong answers that `items.yaml` names; their
first argument is the world's tables (`TABLES` in the expressions there).
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pandas as pd

from coursekit.casework import Case, like
from priorauth import appeal_log, casefile, criteria, policies

ON_PAPER = {"note": "notes", "lab": "labs", "study": "imaging", "therapy": "therapy"}  # kind of criterion -> table


def _shuffled(things: Iterable[str], item_id: str) -> list[str]:
    mixed = list(things)
    random.Random(item_id).shuffle(mixed)
    return mixed


# --- c1: what really went wrong -------------------------------------------------------------------------------------------

#: Cause -> how many denials. No cause has the same number as all others, and one label is never right.
WANTED = {
    "overlooked": 2, "left_out": 2, "filed_late": 2, "not_opened": 1, "too_old": 1, "not_signed": 1, "not_met": 2, "excluded": 1,
}  # fmt: skip
ROWS = (2, 7)  # rows in the chart: enough to choose from, few enough to read


def _rows(table: pd.DataFrame, column: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in table.to_dict("records"):
        found.setdefault(row[column], []).append(row)
    return found


def causes(world: Any) -> dict[str, tuple[str, str, str]]:
    """Denied first request -> (cause, id that proves it, category), where exactly one row or event proves it."""
    tables = world.tables
    charts = {name: _rows(tables[name], "member_id") for name in criteria.TABLES}
    born = tables["members"].set_index("member_id")["birth_date"]
    lines = _rows(tables["request_lines"], "request_id")
    packets, logs = _rows(tables["attachments"], "request_id"), _rows(tables["events"], "request_id")
    requests = tables["requests"].set_index("request_id", drop=False)
    versions = {(p["policy_id"], p["version"]): p for p in world.policies}
    excluded = tables["exclusions"].set_index(["plan_id", "code"])["exclusion_id"].to_dict()
    found = {}
    for notice in tables["notices"][tables["notices"]["kind"] == "denial"].to_dict("records"):
        key = notice["request_id"]
        row = {**requests.loc[key].to_dict(), **lines[key][0]}
        policy = versions.get((row["policy_id"], row["policy_version"]))
        category = row["category"]
        if row["request_type"] != "initial" or pd.isna(row["submitted_at"]) or len(lines[key]) > 1:
            continue
        chart = casefile.Chart(
            **{name: charts[name].get(row["member_id"], []) for name in charts},
            birth_date=policies.as_day(born[row["member_id"]]),
        )
        size = len(casefile.lines(chart, casefile.day_of(row)))
        if not ROWS[0] <= size <= ROWS[1] or any(d["quality"] != "readable" for d in packets.get(key, [])):
            continue
        if row["reason_code"] == "not_covered_benefit":
            found[key] = ("excluded", excluded[row["plan_id"], row["code"]], category)
            continue
        if policy is None or pd.isna(notice["criterion"]):
            continue
        leaf = next((c for c in policy["criteria"]["all"] if c.get("id") == notice["criterion"]), None)
        if leaf is None or leaf["kind"] not in ON_PAPER:
            continue
        asked = criteria.Asked(casefile.day_of(row), row["icd10"], row["line_id"])
        sent = {d["source_id"] for d in packets.get(key, []) if pd.notna(d["source_id"])}
        cause = _cause(leaf, chart, sent, asked, logs[key])
        if cause:
            found[key] = (*cause, category)
    return found


def _cause(
    leaf: dict[str, Any], chart: casefile.Chart, sent: set[str], asked: criteria.Asked, log: list[dict[str, Any]]
) -> tuple[str, str] | None:
    """(cause, proof) of one denial; None where several rows or none would do."""
    table = ON_PAPER[leaf["kind"]]
    key = criteria.TABLES[table]
    good = [
        r[key]
        for r in getattr(chart, table)
        if criteria.judge(leaf, criteria.Chart(**{table: [r]}), asked).verdict == criteria.MET
    ]
    whole = criteria.judge(leaf, chart, asked)
    packet = criteria.judge(leaf, casefile.packet_of(chart, sent), asked)
    asked_open = [e for e in log if e["event"] == "info_asked"] and not [e for e in log if e["event"] == "info_sent"]
    if asked_open:
        return None
    if packet.verdict == criteria.MET:
        filed = [e["event_id"] for e in log if e["event"] == "record_filed"]
        unread = [e["event_id"] for e in log if e["event"] == "first_level_review" and "0 attachments" in e["detail"]]
        if filed or unread:
            return ("filed_late", filed[0]) if filed else ("not_opened", unread[0])
        return ("overlooked", good[0]) if len(good) == 1 else None
    if whole.verdict == criteria.MET:
        return ("left_out", good[0]) if len(good) == 1 else None
    if len(whole.evidence) != 1:
        return None
    if whole.verdict == criteria.NOT_MET:
        return "not_met", whole.evidence[0]
    return ("not_signed" if "not signed" in whole.why else "too_old"), whole.evidence[0]


def m11_c1(world: Any) -> Case:
    """Twelve denials, as WANTED says; categories and the time of the year vary, and all agree with the truth.

    Beside each stand others with the same cause: the mistakes of the item hang on the cause alone.
    """
    judged = causes(world)
    planted = {
        "overlooked": "E32", "filed_late": "E31", "not_opened": "E31", "left_out": "E1", "too_old": "E24", "not_signed": "E25",
        "excluded": "E28",
    }  # fmt: skip
    truth = world.truth["requests"].set_index("request_id")["root_cause"].to_dict()
    coded = world.tables["requests"].set_index("request_id")["reason_code"].to_dict()
    chosen: list[str] = []
    others: list[str] = []
    for cause, wanted in WANTED.items():
        fits = [k for k, v in judged.items() if v[0] == cause and truth[k] == planted.get(cause, truth[k])]
        if cause == "not_met":
            fits = [k for k in fits if truth[k] == "not_met" and coded[k] == "criteria_not_met"]
        fits = _shuffled(sorted(fits), "m11-c1")
        if len(fits) < wanted:
            raise LookupError(f"There are {len(fits)} denials with the cause {cause}, and {wanted} are needed.")
        for _ in range(wanted):
            used = [judged[k][2] for k in chosen]
            chosen.append(min((k for k in fits if k not in chosen), key=lambda k: used.count(judged[k][2])))
        others += fits
    pool = like(_shuffled(chosen, "m11-c1"), others, lambda k: judged[k][0])
    return Case(
        records=[place[0] for place in pool],
        key={k: list(judged[k][:2]) for place in pool for k in place},
        pool=pool,
    )


def by_the_notice(model: dict[str, list[str]]) -> dict[str, list[str]]:
    """The coded reason is believed: a criterion that the notice calls not met is not met."""
    return {k: ["not_met", v[1]] if v[0] in ("overlooked", "filed_late", "not_opened") else v for k, v in model.items()}


def sent_is_read(model: dict[str, list[str]]) -> dict[str, list[str]]:
    """What was in the packet is taken for read: the log is not looked at."""
    return {k: ["overlooked", v[1]] if v[0] in ("filed_late", "not_opened") else v for k, v in model.items()}


def in_the_chart_is_sent(model: dict[str, list[str]]) -> dict[str, list[str]]:
    """A row in the chart is taken for a page in the packet."""
    return {k: ["overlooked", v[1]] if v[0] in ("left_out", "not_signed", "too_old") else v for k, v in model.items()}


def names_the_denial(model: dict[str, list[str]]) -> dict[str, list[str]]:
    """The right cause, but the request is named as the proof."""
    return {k: [v[0], k] for k, v in model.items()}


# --- c6: the overturn rate --------------------------------------------------------------------------------------------------

LEAST = 8  # decided appeals below which no percent is shown


def overturns(
    tables: dict[str, pd.DataFrame],
    calls: bool = False,
    of_filed: bool = False,
    of_won_and_open: bool = False,
    least: int = LEAST,
) -> dict[str, Any]:
    """Filed, decided, won and percent by line; the switches change one definition each."""
    view = appeal_log.appeals(tables)
    if not calls:
        view = view[view["kind"] != "peer_to_peer"]
    rows = []
    for line, mine in view.groupby("line"):
        decided = int(mine["outcome"].isin(("overturned", "partly_overturned", "upheld")).sum())
        won = int(mine["outcome"].isin(("overturned", "partly_overturned")).sum())
        if of_won_and_open:
            decided = int((mine["outcome"] != "dismissed").sum())
        if decided >= least:
            rows.append([line, len(mine), decided, won, round(100 * won / (len(mine) if of_filed else decided), 1)])
    return {"columns": ["line", "filed", "decided", "won", "percent"], "rows": rows}


def m11_c6(world: Any) -> Case:
    """Appeals by line with a fair denominator, for the lines with at least eight decided ones."""
    return Case(records=[], key=overturns(world.tables))


# --- c7: causes in order ----------------------------------------------------------------------------------------------------


def pareto(
    tables: dict[str, pd.DataFrame], drugs: bool = True, of_all: bool = False, rising: bool = False
) -> dict[str, Any]:
    """Coded reasons of denied requests, most frequent first: count, percent, running percent."""
    requests = tables["requests"]
    denied = requests[(requests["decision"] == "denied") & ((requests["category"] == "pharmacy_drug") == drugs)]
    counts = denied["reason_code"].value_counts(ascending=rising)
    total = len(requests) if of_all else counts.sum()
    running = (100 * counts.cumsum() / total).round(1)
    rows = [
        [name, int(n), round(100 * int(n) / int(total), 1), float(c)]
        for (name, n), c in zip(counts.items(), running, strict=True)
    ]
    return {"columns": ["reason_code", "denials", "percent", "running"], "rows": rows}


def m11_c7(world: Any) -> Case:
    """The coded reasons behind denied services, in order."""
    return Case(records=[], key=pareto(world.tables, drugs=False))


def as_frame(model: dict[str, Any]) -> pd.DataFrame:
    """A table as the learner has it: a DataFrame with the first column as a column."""
    return pd.DataFrame(model["rows"], columns=model["columns"])
