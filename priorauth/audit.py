"""One trail out of several tables: what was done on a request, by whom, and what an auditor would ask next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

#: Column of the call log -> the question that an auditor asks when it is empty.
ASKS = {
    "at": "When was this? The entry has no time.",
    "staff": "Who wrote this? The entry has no name.",
    "spoke_with": "Who was reached? The entry names nobody at the other end.",
    "reference_number": "How can the other side find this? There is no reference number.",
    "request_id": "Which request is this about? The entry is tied to none.",
}
SHORTEST = 4  # words; a shorter summary does not say what was asked and what was answered
SOURCES = {"all": "everything", "event": "the event log", "call": "the call log", "document": "the packet"}


@dataclass(frozen=True)
class Entry:
    """One line of the trail; all fields are text for people. `asks` are an auditor's open questions."""

    at: str
    source: str
    id: str
    who: str
    what: str
    asks: tuple[str, ...] = ()


def _empty(value: object) -> bool:
    return value is None or value != value or str(value).strip() in ("", "NaT")


def _moment(value: object) -> str:
    return "" if _empty(value) else str(value)[:16]


def questions(call: Mapping[str, object]) -> tuple[str, ...]:
    """What an auditor would ask about one row of the call log: empty fields first, then a summary that says nothing."""
    found = [ask for column, ask in ASKS.items() if _empty(call.get(column))]
    if len(str(call.get("summary", "")).split()) < SHORTEST:
        found.append("What was asked, and what was answered? The summary is too short to say.")
    return tuple(found)


def trail(
    events: Iterable[Mapping[str, object]],
    calls: Iterable[Mapping[str, object]],
    documents: Iterable[Mapping[str, object]] = (),
    member_id: str = "",
) -> list[Entry]:
    """The trail of one request, in order of time; entries without a time stand at the end.

    Rows are those of the tables `events`, `call_log` and `attachments`. With `member_id`, a document of another person
    raises a question.
    """
    rows = [
        Entry(
            _moment(e["at"]),
            "event",
            str(e["event_id"]),
            f"{e['actor']}, {e['actor_role']}",
            f"{e['event']}: {e['detail']}",
        )
        for e in events
    ]
    for call in calls:
        who = "nobody named" if _empty(call["staff"]) else str(call["staff"])
        rows.append(
            Entry(_moment(call["at"]), "call", str(call["call_id"]), who, str(call["summary"]), questions(call))
        )
    sent = next((r.at for r in rows if r.source == "event" and r.what.startswith("submitted")), "")
    for document in documents:
        ask = []
        if member_id and str(document["of_member_id"]) != member_id:
            ask.append("Whose page is this? It belongs to another person.")
        if str(document["kind"]) == "whole_chart":
            ask.append("Why the whole chart? Which criterion asked for it?")
        pages = f"{document['kind']}, {document['pages']} page(s)"
        rows.append(Entry(sent, "document", str(document["doc_id"]), "in the packet", pages, tuple(ask)))
    return sorted(rows, key=lambda r: (not r.at, r.at, ("event", "document", "call").index(r.source), r.id))


def summary(entries: list[Entry]) -> str:
    """One sentence on a trail: how long it is, and where the open questions are."""
    open_ = [e for e in entries if e.asks]
    many = f"{len(entries)} " + ("entry" if len(entries) == 1 else "entries")
    if not open_:
        return f"{many}, and an auditor would have no question about them."
    named = ", ".join(e.id for e in open_[:3]) + (" and more" if len(open_) > 3 else "")
    return f"{many}; an auditor would ask about {named}."
