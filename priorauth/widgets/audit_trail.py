"""Audit trail viewer: event log, call log and packet of one request in one order of time, with an auditor's questions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import ipywidgets as widgets

from priorauth import audit
from priorauth.widgets import base

if TYPE_CHECKING:
    import pandas as pd

HEADERS = ["When", "Entry", "Who", "What", "An auditor asks"]


def _table(entries: list[audit.Entry], caption: str) -> str:
    rows = [(e.at or "no time", e.id, e.who, e.what, " ".join(e.asks) or "-") for e in entries]
    return base.table(HEADERS, rows, caption)


class AuditTrail(base.Tool):
    """The tool itself: `trails` maps a request id to its entries."""

    def __init__(self, trails: Mapping[str, list[audit.Entry]]) -> None:
        if not trails or not all(trails.values()):
            raise ValueError("A trail needs at least one request, and every request needs at least one entry.")
        self.trails = dict(trails)
        self.questioned = False  # whether only entries with a question are shown
        self.request = base.choice(
            "Request", [(f"{key}: {len(rows)} entries", key) for key, rows in self.trails.items()]
        )
        self.source = base.choice("Show", [(words, code) for code, words in audit.SOURCES.items()])
        self.only = base.button("Only entries with a question", "Leave out what an auditor would accept")
        self.all = base.button("All entries", "Show the whole trail again")
        whole = "".join(_table(rows, f"{key}. {audit.summary(rows)}") for key, rows in self.trails.items())
        super().__init__(
            "Audit trail viewer",
            "Choose a request and read its trail as an auditor does: who did what, when, and what is left open.",
            [self.request, self.source, widgets.HBox([self.only, self.all])],
            whole,
        )
        self.request.observe(lambda _: self._read(), names="value")
        self.source.observe(lambda _: self._read(), names="value")
        self.only.on_click(lambda _: self._filter(True))
        self.all.on_click(lambda _: self._filter(False))
        self.show(_table(self._entries(), f"Trail of {self.request.value}"))

    def _filter(self, questioned: bool) -> None:
        self.questioned = questioned
        self._read()

    def _entries(self) -> list[audit.Entry]:
        rows = [e for e in self.trails[self.request.value] if self.source.value in ("all", e.source)]
        return [e for e in rows if e.asks] if self.questioned else rows

    def _read(self) -> None:
        rows = self._entries()
        of = f"{self.request.value}, {audit.SOURCES[self.source.value]}"
        if not rows:
            self.show(base.panel("<p>Nothing to show.</p>"))
            self.say(f"{of}: no entry{' with a question' if self.questioned else ''}.")
            return
        self.show(_table(rows, f"Trail of {of}"))
        only = " Only entries with a question are shown." if self.questioned else ""
        self.say(f"{of}: {audit.summary(rows)}{only}")


def audit_trail(request_ids: list[str], tables: Mapping[str, pd.DataFrame]) -> AuditTrail:
    """Open the trails of some requests. `tables` has requests, events, call_log and attachments.

    An id that is not in `requests` raises ValueError.
    """
    members = dict(zip(tables["requests"]["request_id"], tables["requests"]["member_id"], strict=True))
    trails = {}
    for request_id in request_ids:
        if request_id not in members:
            raise ValueError(f"There is no request {request_id}. Request ids look like REQ-000123.")
        events, calls, documents = (
            tables[name][tables[name]["request_id"] == request_id].to_dict("records")
            for name in ("events", "call_log", "attachments")
        )
        trails[request_id] = audit.trail(events, calls, documents, members[request_id])
    return AuditTrail(trails)
