"""A denial on one sheet: what the notice says, what the policy asks for, what was sent, what the chart holds, what the log shows.

Nothing is judged here. The sheet lays the records side by side, so that a reader can find what really went wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from priorauth import casefile, data, policies

if TYPE_CHECKING:
    import pandas as pd

#: What can lie behind a denial: cause -> (kind of denial, what you see in the records).
CAUSES = {
    "overlooked": ("clinical", "the page was in the packet, readable, and the reviewer compared it and missed it"),
    "not_opened": ("clinical", "the page was in the packet, and the log says that nobody opened it"),
    "filed_late": ("clinical", "the page came in time, and the payer filed it after the decision"),
    "left_out": ("clinical", "a usable row is in the chart, and no copy of it was sent"),
    "not_signed": ("clinical", "the only note that says so was never signed"),
    "too_old": ("clinical", "the only row that says so lies before the look-back of the policy"),
    "not_met": ("clinical", "the records show that it is not so: too short, or on the wrong side of the limit"),
    "excluded": ("coverage", "the contract names the service as one that it never pays for"),
    "wrong_details": ("administrative", "a code, a place, a date or an id was wrong, or the same was asked twice"),
}
#: Events of the log that are shown; the clinic's own steps before sending say nothing about a denial.
SHOWN = ("first_level_review", "info_asked", "info_sent", "info_received", "denied", "record_filed")
WIDTH = 96


@dataclass(frozen=True)
class Sheet:
    """One denial. `str()` of it is what the notebook prints."""

    request_id: str
    head: list[str]
    asks: str
    sent: list[str]
    chart: list[str]
    log: list[str]

    def __str__(self) -> str:
        blocks = (
            ("The policy asks for", [self.asks]),
            ("Readable in the packet", self.sent),
            ("In the chart on the day it was sent", self.chart),
            ("In the log", self.log),
        )
        parts = [f"{self.request_id}   {self.head[0]}", *(f"  {line}" for line in self.head[1:])]
        for title, lines in blocks:
            parts.append(f"  {title}:")
            for line in lines or ["nothing"]:
                parts += ["    " + piece for piece in wrap(line, WIDTH - 4, subsequent_indent="    ")]
        return "\n".join(parts)


def sheet(request_id: str, tables: casefile.Tables | None = None) -> Sheet:
    """The sheet of one denied request. LookupError if there is no such request, or if it was not denied."""
    row = casefile.request(request_id, tables)
    notices = data.rows("notices", tables, request_id=request_id, kind="denial")
    if not notices:
        raise LookupError(f"{request_id} was not denied, so it has no denial notice.")
    notice = notices[0]
    plan = data.rows("plans", tables, plan_id=row["plan_id"])[0]
    payer = data.rows("payers", tables, payer_id=row["destination_id"])[0]
    log = [e for e in data.rows("events", tables, request_id=request_id) if e["event"] in SHOWN]
    chart = casefile.lines(casefile.chart_of(row["member_id"], tables), casefile.day_of(row))
    return Sheet(
        request_id,
        [
            f"{row['code']} for {row['icd10']}, plan {plan['plan_id']} ({plan['name']}), sent {casefile.day_of(row)}",
            f"Decided by {payer['name']} ({row['destination_id']})",
            f"Notice {notice['sent_at']:%Y-%m-%d}, coded {row['reason_code']}: {notice['reason_text']}",
        ],
        named_criterion(row, notice, tables),
        sorted(casefile.sent_ids(request_id, tables)),
        [f"{key}  {day}{'  [not signed]' if signed == 'no' else ''}  {words}" for key, _, day, signed, words in chart],
        [
            f"{e['event_id']}  {e['at']:%m-%d %H:%M}  {e['actor_role']}: {e['detail']}"
            for e in sorted(log, key=lambda e: e["event_id"])
        ],
    )


def named_criterion(row: dict[str, Any], notice: Any, tables: casefile.Tables | None = None) -> str:
    """The criterion that a notice names, in the words of the policy; or that it names none."""
    leaf = leaf_of(row, notice, tables)
    return "the notice names no criterion" if leaf is None else f"{leaf['id']}: {policies.sentence(leaf)}"


def leaf_of(row: dict[str, Any], notice: Any, tables: casefile.Tables | None = None) -> dict[str, Any] | None:
    """The criterion of the policy version in force that a notice names; None where it names none."""
    if notice["criterion"] is None or notice["criterion"] != notice["criterion"]:
        return None
    _, tree = casefile.tree_of(row, tables=tables)
    return next((leaf for leaf in policies.leaves(tree) if leaf["id"] == notice["criterion"]), None)


def exclusions_of(request_ids: Sequence[str]) -> pd.DataFrame:
    """The contracts' exclusions of the services that some requests ask for, for all plans."""
    rows, lines = data.load("exclusions"), data.load("request_lines")
    return rows[rows["code"].isin(lines.loc[lines["request_id"].isin(request_ids), "code"])]


def example() -> str:
    """A denial to practice on: nobody opened its pages, Medicare Advantage, not appealed, the newest one in no graded item."""
    requests, plans, events = (data.load(name) for name in ("requests", "plans", "events"))
    advantage = set(plans.loc[plans["line_of_business"] == "medicare_advantage", "plan_id"])
    unread = set(events.loc[events["detail"].str.contains("0 attachments opened", regex=False), "request_id"])
    fits = requests[requests["request_id"].isin(unread - set(data.load("appeals")["request_id"]) - set(_graded()))]
    fits = fits[
        fits["plan_id"].isin(advantage) & (fits["category"] != "pharmacy_drug") & (fits["state"] == "denied")
    ].sort_values("request_id")
    if fits.empty:
        raise LookupError("No denial fits the example.")
    return fits["request_id"].iloc[-1]


def _graded() -> list[str]:
    """Denials of the graded task, of any learner; none where the list of casework has not been made yet."""
    try:
        return data.pool("m11-c1")
    except data.DataError:
        return []
