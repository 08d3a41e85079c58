"""Denials looked at afterwards: the notice beside the policy and the desk, and the log of what happened to the pages.

Nothing is judged here. An auditor asks who decided, whether the named criterion was met on the desk, and whether anybody
had read the pages.
"""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Any

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
    found = data.rows("notices", request_id=request_id, kind="denial")
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
    import pandas as pd

    return pd.DataFrame(_entries(request_id), columns=["event_id", "at", "actor_role", "event", "detail"])


def log_text(request_id: str) -> str:
    """The log as lines of text."""
    words = "  {event_id}  {at:%m-%d %H:%M}  {actor_role}: {event}. {detail}"
    return "\n".join([request_id, *(words.format(**row) for row in _entries(request_id))])


def _entries(request_id: str) -> list[dict[str, Any]]:
    mine = [row for row in data.rows("events", request_id=request_id) if row["event"] not in ASIDE]
    ends = [row["at"] for row in mine if row["event"] in ("notice_sent", "record_filed", "info_sent")]
    return [row for row in mine if ends and row["at"] <= max(ends)]
