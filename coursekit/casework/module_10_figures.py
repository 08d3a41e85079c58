"""Module 10, figures: timeliness of 200 decisions, and the shares and times of one contract, from the tables."""

from __future__ import annotations

import random
from typing import Any

import pandas as pd

from coursekit.casework.module_10_intake import PAYER, Tables
from priorauth import metrics
from priorauth.clocks import ClockError, clock_key, due_at

CONTRACT = "PLN-06"  # Bluestem Medicare PPO
SAMPLE = 200
LINES = ("medicare_advantage", "medicaid_managed", "commercial")
#: Hours of each clock that the item uses; the clocks of `priorauth.clocks` must agree on every record.
LIMITS = {(line, "expedited"): 72 for line in LINES} | {
    ("medicare_advantage", "standard"): 7 * 24,
    ("medicaid_managed", "standard"): 7 * 24,
    ("commercial", "standard"): 15 * 24,
}


def decided(tables: Tables) -> pd.DataFrame:
    """Bluestem's decisions on services, with line, hours and whether they are late; only those whose clock is plain.

    Plain: nothing was asked where a question moves the clock, and no change of the clocks to or from summer time matters.
    """
    rows = metrics.with_plans(tables)
    rows = rows[(rows["payer_id"] == PAYER) & rows["decision"].isin(metrics.DECIDED)]
    rows = rows[~rows["category"].isin(metrics.DRUGS) & ~rows["request_type"].isin(metrics.NO_REQUEST)]
    rows = rows[(rows["line_of_business"] != "commercial") | rows["info_asked_at"].isna()]
    limit = [LIMITS[key] for key in zip(rows["line_of_business"], rows["urgency"], strict=True)]
    hours = (rows["decided_at"] - rows["received_at"]).dt.total_seconds() / 3600
    rows = rows.assign(hours=hours, limit=limit, late=hours > limit)
    return rows[[_agrees(row) for row in rows.to_dict("records")]]


def _agrees(row: dict[str, Any]) -> bool:
    line, kind = clock_key(row["line_of_business"], row["category"], row["request_type"])
    try:
        due = due_at(line, kind, row["urgency"], row["received_at"])
    except ClockError:
        return False
    return (row["decided_at"] > pd.Timestamp(due.at)) == row["late"]


def sample(tables: Tables) -> pd.DataFrame:
    """The 200 decisions: all late ones, all that a usual slip would call late or not, then others by lot."""
    rows = decided(tables).sort_values("request_id")
    sent = (rows["decided_at"] - rows["submitted_at"]).dt.total_seconds() / 3600
    slips = rows["late"] | (sent > rows["limit"]) | (rows["hours"].between(5 * 24, 7 * 24)) | (rows["urgency"] == "expedited")  # fmt: skip
    slips |= (rows["line_of_business"] == "commercial") & rows["hours"].between(7 * 24, 15 * 24)
    chosen = list(rows[slips]["request_id"])[:SAMPLE]
    rest = [r for r in rows["request_id"] if r not in set(chosen)]
    random.Random("m10-c4").shuffle(rest)
    ids = sorted(chosen + rest[: SAMPLE - len(chosen)])
    return rows[rows["request_id"].isin(ids)]


def timeliness(
    tables: Tables, start: str = "received_at", standard: int | None = None, urgent: int | None = None
) -> dict[str, Any]:
    """The answer table of the sample; the switches make the known slips."""
    rows = sample(tables)
    hours = (rows["decided_at"] - rows[start]).dt.total_seconds() / 3600
    limit = rows["limit"]
    if standard:
        limit = limit.where(rows["urgency"] != "standard", standard)
    if urgent:
        limit = limit.where(rows["urgency"] != "expedited", urgent)
    rows = rows.assign(on_time=hours <= limit)
    table = rows.groupby("line_of_business").agg(
        decisions=("on_time", "count"), on_time=("on_time", "sum"), on_time_pct=("on_time", "mean")
    )
    table["late"] = table["decisions"] - table["on_time"]
    table["on_time_pct"] = 100 * table["on_time_pct"]
    return plain(table[["decisions", "late", "on_time_pct"]].reset_index())


def contract_table(
    tables: Tables, drugs: bool = False, ended: bool = False, start: str = "receipt", injected: bool = False
) -> dict[str, Any]:
    """The answer table of the contract: a row for each speed, partial approvals counted both ways; switches for slips
    (`injected`: drugs under the medical benefit stay in)."""
    chosen = metrics.Definitions(
        drugs="counted" if drugs or injected else "left_out",
        withdrawn="in_total" if ended else "left_out",
        starts=start,
    )
    rows = metrics.with_plans(tables)
    kept = metrics.counted(rows[rows["plan_id"] == CONTRACT], chosen)
    if injected:
        kept = kept[kept["category"] != "pharmacy_drug"]
    kept = kept.assign(no=kept["decision"] == "denied", partly=kept["decision"] == "partly_approved")
    table = kept.groupby("urgency").agg(
        requests=("request_id", "count"), no=("no", "sum"), partly=("partly", "sum"), average_hours=("hours", "mean"), median_hours=("hours", "median")
    )  # fmt: skip
    table["denied_pct"] = 100 * (table["no"] + table["partly"]) / table["requests"]
    table["denied_pct_b"] = 100 * table["no"] / table["requests"]
    columns = ["requests", "denied_pct", "denied_pct_b", "average_hours", "median_hours"]
    return plain(table[columns].reset_index())


def plain(table: pd.DataFrame) -> dict[str, Any]:
    """A table as the item model keeps it: column names and rows of plain values."""
    rows = [[v.item() if hasattr(v, "item") else v for v in row] for row in table.itertuples(index=False)]
    return {"columns": list(table.columns), "rows": rows}


def as_frame(model: dict[str, Any]) -> pd.DataFrame:
    """An answer table as the learner has it."""
    return pd.DataFrame(model["rows"], columns=model["columns"])


def swapped(model: dict[str, Any], first: str, second: str) -> pd.DataFrame:
    """An answer table with two columns mixed up."""
    return as_frame(model).rename(columns={first: second, second: first})
