"""What follows a decision: peer-to-peer calls, appeals, approvals on file, then the finished log and state of every request."""

from __future__ import annotations

from .appeals import write_appeals
from .case import Case
from .catalog import Catalog
from .desk import write_desk
from .draws import Picker
from .ledger import write_ledger
from .store import Store


def write_after(cases: list[Case], store: Store, draw: Picker, cat: Catalog) -> None:
    """Appeals, ledger and claims, logs of the desk; then events in order and the state on TODAY."""
    from priorauth.lifecycle import state_after

    rows = {r["request_id"]: r for r in store.tables["requests"]}
    write_appeals(cases, store, draw)
    write_ledger(cases, store, draw, cat)
    write_desk(cases, store, draw, cat)
    events = store.tables["events"]
    for c in cases:
        done = c.log.done()
        rows[c.request_id]["state"] = state_after(e[4] for e in done)
        for at, role, actor, channel, event, detail in done:
            events.append(
                {
                    "event_id": f"EVT-{store.base + len(events) + 1:06d}",
                    "request_id": c.request_id,
                    "at": at,
                    "actor_role": role,
                    "actor": actor,
                    "channel": channel,
                    "event": event,
                    "detail": detail,
                }
            )
        _truth(c, store, rows[c.request_id])


def _truth(c: Case, store: Store, row: dict) -> None:
    """One row of truth for every request."""
    store.truth["requests"].append({
        "request_id": c.request_id, "root_cause": c.fault or "none", "variant": c.variant, "right_benefit": c.benefit, "right_destination": c.destination, "right_code": c.code,
        "right_icd10": c.dx[0], "required_units": c.units, "due_at": c.due, "limit_hours": c.limit // 60 if c.limit else None,
        "late": bool(row["decided_at"] is not None and c.late and c.decided > (c.due or 0)), "planned_leaf_status": ";".join(f"{k}={v}" for k, v in c.statuses.items()),
        "twin": c.twin.request_id if c.twin else None, "appeal": c.appeal or None,
    })  # fmt: skip


__all__ = ["write_after"]
