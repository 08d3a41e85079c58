"""Denials looked at afterwards: the notice beside the policy and the desk, and the log of what happened to the pages.

Nothing is judged here. An auditor asks who decided, whether the named criterion was met on the desk, and whether anybody
had read the pages.
"""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from priorauth import data, first_review

if TYPE_CHECKING:
    import pandas as pd

#: The request of the opening case: Bluestem denied it with a reason that says nothing.
OPENING = "REQ-001391"
#: Worked example of the log: the coded reason was "criteria not met".
LOGGED = "REQ-000265"
#: Events of a log that say nothing about the handling of the pages.
ASIDE = ("order_written", "eligibility_checked", "need_checked", "clinician_asked", "clinician_answered", "packet_built",
         "acknowledged", "clock_started", "claim_rejected", "patient_told")  # fmt: skip


def notice(request_id: str) -> dict[str, str]:
    """The denial notice of a request: id, day sent, who decided, and the reason as written. LookupError without one."""
    table = data.load("notices")
    found = table[(table["request_id"] == request_id) & (table["kind"] == "denial")].to_dict("records")
    if not found:
        raise LookupError(f"There is no denial notice for {request_id!r}.")
    row = found[0]
    return {
        "notice": row["notice_id"],
        "sent": f"{row['sent_at']:%Y-%m-%d}",
        "decided by": row["decided_by_role"],
        "reason": row["reason_text"],
    }


def sheet(request_id: str) -> str:
    """The sheet of the first review with the notice on top."""
    told = notice(request_id)
    line = f'Notice {told["notice"]}, sent {told["sent"]}, decided by {told["decided by"]}: "{told["reason"]}"'
    head, *rest = first_review.sheet(request_id).split("\n")
    return "\n".join([head, *wrap(line, first_review.WIDTH, initial_indent="  ", subsequent_indent="    "), *rest])


def log(request_id: str) -> pd.DataFrame:
    """What happened to a request at the payer until the notice, and to the last page that came: event_id, at, actor_role, event, detail."""
    table = data.load("events")
    mine = table[(table["request_id"] == request_id) & ~table["event"].isin(ASIDE)]
    last = mine[mine["event"].isin(("notice_sent", "record_filed", "info_sent"))]["at"].max()
    columns = ["event_id", "at", "actor_role", "event", "detail"]
    return mine.loc[mine["at"] <= last, columns].reset_index(drop=True)


def log_text(request_id: str) -> str:
    """The log as lines of text."""
    rows = log(request_id).itertuples(index=False)
    return "\n".join([request_id, *(f"  {r.event_id}  {r.at:%m-%d %H:%M}  {r.actor_role}: {r.event}. {r.detail}" for r in rows)])  # fmt: skip
