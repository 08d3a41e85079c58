"""The open requests with the moment at which each one runs out: what a tracker shows on TODAY.

A request is open while the payer has it and has not decided. Two moments matter: `due_at`, until when the payer must
decide, and `answer_by`, until when the clinic may still answer the payer's question (empty if none is open).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from priorauth import data
from priorauth.clocks import ClockError, Due, clock_key, due_at

if TYPE_CHECKING:
    import pandas as pd

OPEN_STATES = ("received", "in_review", "pended")
#: Event of the clock -> column of `requests` that holds its moment.
MOMENTS = {"statement_at": "statement_at", "info_asked_at": "info_asked_at", "info_received_at": "info_sent_at"}
COLUMNS = ["request_id", "plan", "line", "kind", "urgency", "state", "received_at", "due_at", "answer_by", "rule", "source"]  # fmt: skip


def due_of(row: Any) -> Due | None:
    """The deadline of one request joined with its plan; None where the course has no confirmed clock for the line.

    `row` holds the columns of `requests` with `line_of_business` and `drug_rules` of the plan. The clinic's answer is
    taken to arrive when it is sent, as it does by portal and fax.
    """
    line, kind = clock_of(row)
    events = {event: row[column] for event, column in MOMENTS.items()}
    try:
        return due_at(line, kind, row["urgency"], row["received_at"], events)
    except ClockError:
        return None


def clock_of(row: Any) -> tuple[str, str]:
    """Line and kind of request in the names of the clock table."""
    return clock_key(row["line_of_business"], row["category"], row["request_type"], row["drug_rules"])


def open_requests(requests: pd.DataFrame | None = None, plans: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row for each open request, in the order of receipt: columns COLUMNS; an empty `due_at` means no known clock."""
    import pandas as pd

    requests = data.load("requests") if requests is None else requests
    plans = data.load("plans") if plans is None else plans
    joined = requests.merge(plans[["plan_id", "name", "line_of_business", "drug_rules"]], on="plan_id")
    joined = joined[joined["state"].isin(OPEN_STATES) & joined["received_at"].notna() & joined["decided_at"].isna()]
    rows = []
    for row in joined.sort_values(["received_at", "request_id"]).to_dict("records"):
        due = due_of(row)
        line, kind = clock_of(row)
        waiting = row["state"] == "pended" and pd.isna(row["info_sent_at"])
        rows.append(
            {
                **{name: row[name] for name in ("request_id", "urgency", "state", "received_at")},
                "plan": row["name"],
                "line": line,
                "kind": kind,
                "due_at": pd.NaT if due is None else pd.Timestamp(due.at),
                "answer_by": row["info_due_at"] if waiting else pd.NaT,
                "rule": "no confirmed clock" if due is None else due.rule_words,
                "source": "" if due is None else due.citation,
            }
        )
    view = pd.DataFrame(rows, columns=COLUMNS)
    return view.assign(**{name: pd.to_datetime(view[name]) for name in ("received_at", "due_at", "answer_by")})


def next_action(row: Any, now: Any = data.TODAY) -> str:
    """What the desk does next with a row of `open_requests`, in a few words."""
    import pandas as pd

    if not pd.isna(row["answer_by"]):
        return "answer the question" if row["answer_by"] >= now else "call: our answer is late"
    if pd.isna(row["due_at"]):
        return "ask the plan which rule it follows"
    if row["due_at"] < now:
        return "call: the plan is late"
    if row["rule"].endswith("supporting statement") and "without" in row["rule"]:
        return "ask the prescriber for the statement"
    return "wait until due"
