"""Module 9, items on the requests, events and claims of the world: answers in time (`m09_c6`), spans (`m09_c7`), decisions (`m09_c8`)."""

from __future__ import annotations

from typing import Any

import pandas as pd

from coursekit.casework import Case

YEAR_END = pd.Timestamp("2026-12-31")

# --- c6: Medicaid's answers ---------------------------------------------------------------------------------------------------

ON_TIME, LATE, OPEN = "on time", "late", "not settled"
ANSWERED = ("approved", "partly_approved", "denied")


def _hours(later: pd.Series, earlier: pd.Series) -> pd.Series:
    return (later - earlier).dt.total_seconds() / 3600


def _answers(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Medicaid drug requests with one receipt and one answer: events, and the hours from receipt to what came after."""
    requests = tables["requests"].merge(tables["plans"][["plan_id", "drug_rules"]], on="plan_id")
    mine = requests[
        (requests["category"] == "pharmacy_drug")
        & (requests["drug_rules"] == "medicaid")
        & requests["decided_at"].notna()
        & requests["received_at"].notna()
    ]
    events = tables["events"][tables["events"]["request_id"].isin(mine["request_id"])]
    answered = events[events["event"].isin(ANSWERED)].drop_duplicates("request_id", keep=False)
    stamped = events[events["event"] == "received"].drop_duplicates("request_id", keep=False)
    both = answered.merge(stamped, on="request_id", suffixes=("", "_received"))
    both = both.merge(mine[["request_id", "received_at", "decided_at"]], on="request_id")
    both = both[(both["at"] == both["decided_at"]) & (both["at_received"] == both["received_at"])]
    first = events.drop_duplicates(["request_id", "event"]).set_index(["event", "request_id"])
    for name in ("notice_sent", "info_asked", "first_level_review"):
        both[name] = both["request_id"].map(first.loc[name]["at"])
        both[f"{name}_id"] = both["request_id"].map(first.loc[name]["event_id"])
        both[f"{name}_hours"] = _hours(both[name], both["at_received"])
    both["hours"] = _hours(both["at"], both["at_received"])
    return both.sort_values("request_id")


def _in_time(row: Any) -> list[str]:
    if row["hours"] <= 24:
        return [ON_TIME, row["event_id"]]
    if row["info_asked_hours"] <= 24:
        return [OPEN, row["info_asked_id"]]
    return [LATE, row["event_id"]]


def m09_c6(world: Any) -> Case:
    """Ten answers: late ones within 72 hours, questions before and without a late answer, letters after the 24 hours."""
    found = _answers(world.tables)
    asked, looked = found["info_asked_hours"].notna(), found["first_level_review_hours"].notna()
    late = (found["hours"] > 24.5) & (found["hours"] < 71)
    quick = found["hours"] < 23.99
    parts = (
        (late & ~asked & looked, 2),
        (late & ~asked & ~looked, 1),
        (late & (found["info_asked_hours"] < 23), 2),
        (quick & asked & (found["hours"] > 12), 2),
        (quick & ~asked & found["notice_sent_hours"].gt(24.2) & found["notice_sent_hours"].lt(48), 2),
        (quick & ~asked & looked & (found["hours"] > 18), 1),
    )
    chosen: list[str] = []
    for fits, wanted in parts:
        free = found[fits & ~found["request_id"].isin(chosen)]
        if len(free) < wanted:
            raise LookupError(f"Only {len(free)} of {wanted} answers of Medicaid plans fit m09-c6.")
        chosen += list(free["request_id"][:wanted])
    rows = found.set_index("request_id", drop=False)
    return Case(records=sorted(chosen), key={r: _in_time(rows.loc[r]) for r in sorted(chosen)})


def _answered(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return _answers(tables).set_index("request_id", drop=False)


def no_question(tables: dict[str, pd.DataFrame], model: dict[str, list[str]]) -> dict[str, list[str]]:
    """A question changes nothing: whatever comes after a day is late."""
    rows = _answered(tables)
    return {k: [LATE, rows.loc[k, "event_id"]] if v[0] == OPEN else v for k, v in model.items()}


def any_question(tables: dict[str, pd.DataFrame], model: dict[str, list[str]]) -> dict[str, list[str]]:
    """Each question leaves it open, also where the decision came in time."""
    rows = _answered(tables)
    return {k: v if pd.isna(rows.loc[k, "info_asked_id"]) else [OPEN, rows.loc[k, "info_asked_id"]] for k, v in model.items()}  # fmt: skip


def seventy_two(model: dict[str, list[str]]) -> dict[str, list[str]]:
    """72 hours, as for a standard request elsewhere: all are on time."""
    return {k: [ON_TIME, v[1]] for k, v in model.items()}


def letter_counts(tables: dict[str, pd.DataFrame], model: dict[str, list[str]]) -> dict[str, list[str]]:
    """The letter is taken for the answer."""
    events = tables["events"]
    wrong = dict(model)
    for request_id in model:
        mine = events[events["request_id"] == request_id].set_index("event")
        if "notice_sent" in mine.index:
            letter, received = mine.loc["notice_sent"], mine.loc["received", "at"]
            wrong[request_id] = [LATE if letter["at"] - received > pd.Timedelta(hours=24) else ON_TIME, letter["event_id"]]  # fmt: skip
    return wrong


def review_counts(tables: dict[str, pd.DataFrame], model: dict[str, list[str]]) -> dict[str, list[str]]:
    """The first look of a reviewer is taken for the answer."""
    events = tables["events"]
    wrong = dict(model)
    for request_id in model:
        mine = events[events["request_id"] == request_id].set_index("event")
        if "first_level_review" in mine.index:
            look, received = mine.loc["first_level_review"], mine.loc["received", "at"]
            wrong[request_id] = [LATE if look["at"] - received > pd.Timedelta(hours=24) else ON_TIME, look["event_id"]]
    return wrong


# --- c7: how long, how often ----------------------------------------------------------------------------------------------------


def _approvals(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    requests = tables["requests"].merge(tables["plans"][["plan_id", "drug_rules"]], on="plan_id")
    lines = tables["request_lines"][tables["request_lines"]["line_no"] == 1][["request_id", "days_supply"]]
    rows = (
        tables["authorizations"]
        .drop_duplicates("request_id", keep=False)
        .merge(
            requests[requests["category"] == "pharmacy_drug"][["request_id", "request_type", "drug_rules", "order_id"]],
            on="request_id",
        )
    )
    rows = rows.merge(lines, on="request_id").merge(tables["orders"][["order_id", "refills"]], on="order_id")
    rows = rows[rows["refills"].notna() & rows["days_supply"].notna()].sort_values("request_id")
    exception = rows["request_type"].str.endswith("_exception")
    return rows.assign(exception=exception, part_d=rows["drug_rules"] == "part_d").reset_index(drop=True)


def span(row: Any, year_end: bool = True, refills: bool = True) -> list[Any]:
    """[last day on which a fill is covered, fills until then] of one approval; the switches drop one rule each."""
    last = row["end"]
    if year_end and row["part_d"] and row["exception"]:
        last = max(last, YEAR_END)
    fills = (last - row["start"]).days // int(row["days_supply"]) + 1
    if refills:
        fills = min(fills, int(row["refills"]) + 1)
    return [f"{last:%Y-%m-%d}", fills]


def m09_c7(world: Any) -> Case:
    """Eight approvals: exceptions in Part D with a short and with a long notice, PA in Part D, exceptions elsewhere."""
    rows = _approvals(world.tables)
    short = rows["end"] < YEAR_END
    mine = rows["part_d"] & rows["exception"]
    many = rows["refills"] == 11
    parts = (
        (mine & short & many, 1),
        (mine & short & ~many, 3),
        (mine & ~short, 1),
        (rows["part_d"] & ~rows["exception"] & short & many, 1),
        (~rows["part_d"] & rows["exception"] & short, 1),
        (~rows["part_d"] & rows["exception"] & many, 1),
        (rows["part_d"] & ~rows["exception"] & short, 1),
        (rows["exception"] & ~rows["part_d"], 1),
    )
    chosen: list[str] = []
    for fits, wanted in parts:
        free = rows[fits & ~rows["request_id"].isin(chosen)]
        chosen += list(free["request_id"][: min(wanted, 8 - len(chosen))])
    if len(chosen) < 8:
        raise LookupError(f"Only {len(chosen)} approvals fit m09-c7.")
    table = rows.set_index("request_id")
    return Case(records=sorted(chosen), key={r: span(table.loc[r]) for r in sorted(chosen)})


def spans(tables: dict[str, pd.DataFrame], model: dict[str, Any], **changed: bool) -> dict[str, list[Any]]:
    """The spans of the records with a rule left out."""
    table = _approvals(tables).set_index("request_id")
    return {r: span(table.loc[r], **changed) for r in model}


def every_exception(tables: dict[str, pd.DataFrame], model: dict[str, Any]) -> dict[str, list[Any]]:
    """The year's end for every exception and every Part D approval."""
    table = _approvals(tables).set_index("request_id")
    return {r: span({**table.loc[r].to_dict(), "part_d": True, "exception": True}) for r in model}


# --- c8: a column of decisions -----------------------------------------------------------------------------------------------

FIRST_STEP = {
    "70 excluded": "no request",
    "70 not_on_formulary": "formulary exception",
    "75 covered": "step or PA",
    "76 covered": "look at the order",
}


def steps(tables: dict[str, pd.DataFrame], first: dict[str, str] | None = None) -> dict[str, Any]:
    """Rejected claims by first step: how many in all, in Part D and in Marketplace plans."""
    claims = tables["pharmacy_claims"].merge(tables["plans"][["plan_id", "drug_rules"]], on="plan_id")
    claims = claims.merge(tables["formulary"][["plan_id", "drug_id", "status"]], on=["plan_id", "drug_id"])
    found = (claims["reject_code"] + " " + claims["status"]).map(first or FIRST_STEP)
    claims = claims.assign(first_step=found)
    counts = {"claims": claims.groupby("first_step").size()}
    for book in ("part_d", "qhp"):
        counts[book] = claims[claims["drug_rules"] == book].groupby("first_step").size()
    table = pd.DataFrame(counts).fillna(0)
    rows = [[step, *(int(v) for v in row.values())] for step, row in table.to_dict("index").items()]
    return {"columns": ["first_step", *table.columns], "rows": rows}


def m09_c8(world: Any) -> Case:
    """The table that the learner builds with a mapping."""
    return Case(records=[], key=steps(world.tables))


def as_frame(model: dict[str, Any]) -> pd.DataFrame:
    """A table as the learner has it."""
    return pd.DataFrame(model["rows"], columns=model["columns"])
