"""The opening case of Module 1: one waiting request of the synthetic world, found by a rule and told in words.

The rule, not an id, is written down here, so the notebook's text stays true when the world is generated again:
a request for an MRI of the lower back, for a woman, without a decision on TODAY.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from priorauth import data

if TYPE_CHECKING:
    import pandas as pd

LUMBAR_MRI = "IMG-MRI-LSPINE"
OPEN_STATES = ("pended", "in_review", "received")


@dataclass(frozen=True)
class Opening:
    """Who is calling, and where her request stands on TODAY. `str()` of it is the text that the notebook prints."""

    request_id: str
    patient: str
    age: int
    plan: str
    ordered: str
    sent: str
    received: str
    state: str
    last_event: str

    def __str__(self) -> str:
        lines = (
            f"Caller:   Ms {self.patient}, {self.age} years old (invented)",
            f"Plan:     {self.plan}",
            f"Request:  {self.request_id}, MRI of the lower back",
            f"Ordered:  {self.ordered}",
            f"Sent:     {self.sent}",
            f"Received: {self.received}",
            f"Today:    {self.state}",
            f"Last line of the log: {self.last_event}",
        )
        return "\n".join(lines)


def _moment(value: pd.Timestamp) -> str:
    return f"{value:%A, %B} {value.day}, {value:%H:%M}"


def opening_case() -> Opening:
    """The waiting patient. Those with an order on file come first, then pended ones, then Medicare Advantage, then long logs. DataError if there is none."""
    lines = data.load("request_lines")
    wanted = lines[lines["code"] == LUMBAR_MRI]["request_id"]
    requests = data.load("requests").merge(data.load("members"), on="member_id")
    fits = requests["request_id"].isin(wanted) & (requests["sex"] == "F") & requests["state"].isin(OPEN_STATES)
    fits &= requests["decided_at"].isna() & requests["received_at"].notna()
    waiting = requests[fits]
    if waiting.empty:
        raise data.DataError(
            "No woman waits for an MRI of the lower back in these data, so Module 1 has no opening case."
        )
    events = data.load("events")
    counts = events["request_id"].value_counts()
    plans = data.load("plans").set_index("plan_id")
    order = waiting.assign(
        pended=waiting["state"] == "pended",
        ordered=waiting["order_id"].notna(),
        advantage=waiting["plan_id"].map(plans["line_of_business"]) == "medicare_advantage",
        steps=waiting["request_id"].map(counts).fillna(0),
    )
    ranks = ["ordered", "pended", "advantage", "steps", "request_id"]
    chosen = order.sort_values(ranks, ascending=[False, False, False, False, True]).iloc[0]
    log = events[events["request_id"] == chosen["request_id"]].sort_values("at", kind="stable")
    ordered = data.load("orders").set_index("order_id")["ordered_at"].get(chosen["order_id"])
    return Opening(
        request_id=chosen["request_id"],
        patient=f"{chosen['first_name']} {chosen['last_name']}",
        age=int((data.TODAY - chosen["birth_date"]).days // 365.25),
        plan=plans.loc[chosen["plan_id"], "name"],
        ordered=_moment(ordered) if ordered is not None else "no order on file",
        sent=_moment(chosen["submitted_at"]),
        received=_moment(chosen["received_at"]),
        state=chosen["state"],
        last_event=f"{_moment(log['at'].iloc[-1])}, {log['detail'].iloc[-1]}",
    )


def journeys() -> list[str]:
    """Four requests that are worth a walk: the waiting one, a plain approval, a pend that ended well, a denial with an appeal.

    Each is the one with the most different events among those with at most 18, then the lowest id.
    """
    events = data.load("events")
    codes = events.groupby("request_id")["event"].agg(list)
    shapes = (
        lambda c: "approved" in c and "pended" not in c and "denied" not in c,
        lambda c: "approved" in c and "pended" in c and "info_received" in c,
        lambda c: "denied" in c and "appeal_overturned" in c,
    )
    chosen = [opening_case().request_id]
    for fits in shapes:
        some = [(-len(set(c)), request_id) for request_id, c in codes.items() if len(c) <= 18 and fits(c)]
        chosen.extend(request_id for _, request_id in sorted(some)[:1])
    return list(dict.fromkeys(chosen))
