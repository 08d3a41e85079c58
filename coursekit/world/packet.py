"""The documents that were sent with a request, and slips among them."""

from __future__ import annotations

from .case import Case
from .clock import NOW
from .draws import Picker
from .store import Store

DOC_OF = {
    "labs": "labs",
    "imaging_report": "imaging_report",
    "therapy_record": "therapy_record",
    "fill_history": "fill_history",
    "note": "note",
}


def write_packet(case: Case, store: Store, draw: Picker, rich: bool) -> None:
    """The documents sent. What a denial or a rich case sends is complete; other packets show the note and one result."""
    c = case
    if c.outcome == "draft" or (c.auto and not rich) or c.submitted > NOW:
        return
    docs: list[tuple[str, str, list[str]]] = [("", "note", [c.note])] if c.note else []
    docs += [e for e in c.evidence if e[2] and e[2][0] != c.note]
    leave: str | None = None
    if c.fault in ("E1", "E20"):
        able = [e for e in c.evidence if e[2] and e[1] != "fill_history"]
        gone = draw.one(able) if able else None
        if gone:
            leave = gone[2][0]
    if c.cast:
        leave = next((e[2][0] for e in c.evidence if e[1] == "therapy_record" and e[2]), None)
    if not rich:
        docs = docs[: c.n % 3 == 0]
    quality, ref = "readable", f"C{c.n * 7 + 10007:07d}"
    if c.fault == "E33" and c.variant in ("blank", "cut_off", "blacked_out"):
        quality = c.variant
    sent = [e for e in docs if e[2][0] != leave]
    split = c.fault == "E33" and c.variant == "split"
    if c.channel == "fax" and draw.chance(0.3) or split and len(sent) == 1:
        store.add(
            "attachments",
            "doc_id",
            request_id=c.request_id,
            kind="cover_sheet",
            source_id=None,
            of_member_id=c.member,
            pages=1,
            quality="readable",
            case_ref=ref,
        )
    n = 0
    for _leaf, kind, ids in sent:
        n += 1
        mine = ref if not (split and n == 1) else f"C{c.n * 7 + 10010:07d}"
        store.add("attachments", "doc_id", request_id=c.request_id, kind=DOC_OF[kind], source_id=ids[0], of_member_id=c.member, pages=draw.between(1, 4),
                  quality=quality if n == 1 or c.fault == "E33" and kind != "note" else "readable", case_ref=mine)  # fmt: skip


def write_slip(case: Case, store: Store, draw: Picker, other: str | None) -> None:
    """A slip with health information in some packets: another member's page, or the whole chart where a note would do (E34)."""
    c = case
    if (
        other is None
        or other == c.member
        or c.outcome == "draft"
        or c.auto
        or c.submitted > NOW
        or not draw.chance(0.009)
    ):
        return
    whole = draw.chance(0.5)
    made = store.add("attachments", "doc_id", request_id=c.request_id, kind="whole_chart" if whole else "other_member_document", source_id=None, of_member_id=c.member if whole else other,
                     pages=draw.between(60, 240) if whole else 1, quality="readable", case_ref=f"C{c.n * 7 + 10007:07d}")  # fmt: skip
    store.error(
        "E34",
        "attachments",
        made,
        c.request_id,
        "whole chart sent" if whole else "page of another member sent",
        "only what the criteria ask for" if whole else "remove the page; report the slip",
    )
