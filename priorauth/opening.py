"""The opening case of Module 1: one waiting request of the synthetic world, found by a rule and told in words.

The rule, not an id, is written down here, so the notebook's text stays true when the world is generated again:
a request for an MRI of the lower back, for a woman, without a decision on TODAY; best of all a pended one in Medicare
Advantage whose log begins with the order.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from priorauth import data
from priorauth.shown import FOLD

if TYPE_CHECKING:
    import pandas as pd

LUMBAR_MRI = "IMG-MRI-LSPINE"
OPEN_STATES = ("pended", "in_review", "received")
#: State -> where the request is, and who acts next, in words for the patient.
WHERE = {
    "pended": ("At the plan, but on hold: the plan asked for something.", "The clinic. It has to send what the plan asked for."),
    "in_review": ("At the plan, in review.", "The plan's reviewer."),
    "received": ("At the plan, which has it but has not begun to review it.", "The plan's reviewer."),
}  # fmt: skip


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
    since: str
    by_when: str
    urgent: bool

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

    @property
    def answers(self) -> list[tuple[str, str]]:
        """The five questions of the tool kit with a model answer for this request."""
        where, who = WHERE[self.state]
        can = "Call the clinic at once if she gets worse"
        can += ". " if self.urgent else ", because then the request may become urgent. "
        can += "Ask for a copy of the notice when it comes. After a no, she can appeal."
        return [
            ("Where is it?", f"{where} Its state is {self.state}. Nobody has said no."),
            ("Since when?", f"Since {self.since}."),
            ("Who acts next?", who),
            ("By when?", self.by_when),
            ("What can the patient do?", can),
        ]

    def model_answer(self) -> ModelAnswer:
        """The five answers, folded in a notebook."""
        return ModelAnswer(self)


@dataclass(frozen=True)
class ModelAnswer:
    """Five questions with their answers: folded as HTML, plain as text."""

    case: Opening

    def __str__(self) -> str:
        return "\n".join(f"{n}. {ask} {answer}" for n, (ask, answer) in enumerate(self.case.answers, start=1))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        rows = "".join(f"<li><strong>{escape(ask)}</strong> {escape(answer)}</li>" for ask, answer in self.case.answers)
        html = f"<details><summary style='{FOLD}'>Model answer for Ms {escape(self.case.patient)}</summary><ol>{rows}</ol></details>"
        return {"text/html": html, "text/plain": str(self)}


def _by_when(request: pd.Series, plan: pd.Series, log: pd.DataFrame) -> str:
    """The plan's last moment by the clock of the patient's own line of business, with its source."""
    from priorauth import clocks

    line, kind = clocks.clock_key(
        plan["line_of_business"], request["category"], request["request_type"], plan["drug_rules"]
    )
    moments = {"extended": "extended_at", "pended": "info_asked_at", "info_received": "info_received_at"}
    happened = {moments[code]: at for code, at in zip(log["event"], log["at"], strict=True) if code in moments}
    try:
        due = clocks.due_at(line, kind, request["urgency"], request["received_at"], happened)
    except clocks.ClockError:
        return "The plan's own rules say so. Ask the plan for the date, and write it down."
    told = f"The plan must decide by {_moment(due.at)}: {due.rule_words} {due.citation}."
    if line == "medicare_advantage" and "info_asked_at" in happened and "extended_at" not in happened:
        told += " The plan's question does not move this date."
    return told


def _moment(value: pd.Timestamp) -> str:
    return f"{value:%A, %B} {value.day}, {value:%H:%M}"


def opening_case() -> Opening:
    """The waiting patient. DataError if there is none.

    A pended request in Medicare Advantage whose log begins with the order comes first; else an order in the log counts
    most, then a pend, then Medicare Advantage, then the length of the log.
    """
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
    full = set(events[events["event"] == "order_written"]["request_id"])
    order = waiting.assign(
        advantage=waiting["plan_id"].map(plans["line_of_business"]) == "medicare_advantage",
        pended=waiting["state"] == "pended",
        full=waiting["request_id"].isin(full),
        steps=waiting["request_id"].map(counts).fillna(0),
    )
    order["best"] = order["advantage"] & order["pended"] & order["full"]
    ranks = ["best", "full", "pended", "advantage", "steps", "request_id"]
    chosen = order.sort_values(ranks, ascending=[False] * 5 + [True]).iloc[0]
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
        since=_since(log, chosen["state"]),
        by_when=_by_when(chosen, plans.loc[chosen["plan_id"]], log),
        urgent=chosen["urgency"] == "expedited",
    )


def _since(log: pd.DataFrame, state: str) -> str:
    """The moment of the event that put a request into its state."""
    from priorauth.lifecycle import EVENTS

    causes = log[[EVENTS[code].state == state for code in log["event"]]]
    return _moment(causes["at"].iloc[-1]) if len(causes) else "the first line of its log"


def journeys() -> list[str]:
    """Four requests that are worth a walk: the waiting one, a plain approval, a pend that ended well, a denial with an appeal.

    Each is the one with the most different events among those with at most 18, then the lowest id. Logs in which a
    physician gets the case and the first level approves it all the same are left out, because they puzzle beginners.
    """
    events = data.load("events").sort_values("at", kind="stable")
    codes = events.groupby("request_id")["event"].agg(list)
    puzzling = _approved_below(events)
    codes = codes[~codes.index.isin(puzzling)]
    shapes = (
        lambda c: "approved" in c and "pended" not in c and "denied" not in c and "second_level_review" not in c,
        lambda c: "approved" in c and "pended" in c and "info_received" in c,
        lambda c: "denied" in c and "appeal_overturned" in c,
    )
    chosen = [opening_case().request_id]
    for fits in shapes:
        some = [(-len(set(c)), request_id) for request_id, c in codes.items() if len(c) <= 18 and fits(c)]
        chosen.extend(request_id for _, request_id in sorted(some)[:1])
    return list(dict.fromkeys(chosen))


def _approved_below(events: pd.DataFrame) -> set[str]:
    """Requests that went to the second level and were approved by a role that was not the second level's."""
    second = events[events["event"] == "second_level_review"].groupby("request_id")["actor_role"].agg(set)
    approved = events[events["event"] == "approved"].set_index("request_id")["actor_role"]
    return {key for key, role in approved.items() if key in second.index and role not in second[key]}
