"""Small tables for single lessons: pages beside a request, stays day by day, disclosures, incidents."""

from __future__ import annotations

from typing import Any

from .catalog import Catalog
from .clock import DAY, NOW, TODAY_DAY
from .draws import Picker, generator
from .slips import DISCLOSURES, INCIDENTS
from .store import Store

NEVER = (
    ("psychotherapy notes", "Session notes kept apart by the therapist"), ("old visit", "2019 visit for ankle sprain"), ("dental record", "Crown and cleaning 2022"), ("other member", "Lab result of another member"),
    ("HIV test", "Screening result 2021, not related"), ("family history form", "Relatives' names and illnesses"), ("billing page", "Account balance and payment card"), ("social work note", "Housing and custody matters"),
)  # fmt: skip
DAY_TEXT = {
    "met": ("IV antibiotics, O2 3 L, T 38.6", "IV diuresis, wt -1.4 kg, K 3.1 replaced", "Drain output 200 ml, IV pain control", "O2 2 L, desats on walking", "3 h therapy done, gains in transfers", "Daily wound vac change, IV meds"),
    "not_met": ("Afebrile, oral meds, walks in hall", "Waiting for ride home", "Waiting for family meeting, stable on oral meds", "Refused therapy, custodial needs only"),
}  # fmt: skip
STATUS = {
    "ADM-MEDICAL": "inpatient",
    "ADM-SURGICAL": "inpatient",
    "FAC-IRF": "rehabilitation",
    "FAC-SNF": "skilled_nursing",
}


def write_extras(store: Store, seed: int, cat: Catalog) -> None:
    """Add these tables to the shipped world."""
    draw = Picker(generator(seed, 7001), 4096)
    lines = {r["request_id"]: r for r in store.tables["request_lines"] if r["line_no"] == 1}
    _stays(store, draw, lines, cat)
    _pages(store, draw)
    members = [m["member_id"] for m in store.tables["members"]]
    for n, (party, kind, purpose, what, signed, verdict, why) in enumerate(DISCLOSURES):
        made = store.add("disclosures", "disclosure_id", member_id=members[(n * 53) % len(members)], at=(n * 5 + 6) * DAY + 9 * 60 + n * 7 % 420, to_party=party, to_kind=kind, purpose=purpose, what=what,
                         signed_authorization=signed)  # fmt: skip
        store.truth.setdefault("disclosures", []).append({"disclosure_id": made, "verdict": verdict, "why": why})
    for n, (what, who, people, encrypted, returned, breach, why) in enumerate(INCIDENTS):
        seen = 20 + n * 14
        made = store.add(
            "incidents",
            "incident_id",
            happened_on=seen - n % 5,
            discovered_on=seen,
            what=what,
            recipient_kind=who,
            people=people,
            encrypted=encrypted,
            returned_unread=returned,
        )
        store.truth.setdefault("incidents", []).append({"incident_id": made, "breach": breach, "why": why})
    store.truth["patterns"] = [
        {
            "npi": cat.clinicians["pain medicine"][1],
            "pattern": "marks most requests expedited with reasons that do not count",
        }
    ]


def _stays(store: Store, draw: Picker, lines: dict[str, dict[str, Any]], cat: Catalog) -> None:
    deep = 0
    for r in store.tables["requests"]:
        code = lines[r["request_id"]]["code"] if r["request_id"] in lines else ""
        if (
            code not in STATUS
            or r["submitted_at"] is None
            or r["decision"] not in ("approved", "partly_approved", "no_action", "denied")
        ):
            continue
        if r["decision"] == "denied" and code.startswith("FAC"):
            continue
        first = r["service_date"]
        if first >= TODAY_DAY:
            continue
        units = lines[r["request_id"]]["units_asked"]
        length = max(1, units + draw.between(-1, 2))
        admitted = first * DAY + draw.between(6 * 60, 22 * 60)
        out = admitted + length * DAY + draw.between(-300, 300)
        notified = admitted + (draw.between(60, 22 * 60) if draw.chance(0.82) else draw.between(26 * 60, 70 * 60))
        status = STATUS[code] if code.startswith("FAC") or draw.chance(0.85) else "observation"
        stay = store.add("stays", "stay_id", request_id=r["request_id"], member_id=r["member_id"], facility_npi=r["rendering_npi"] or cat.places["21"][0], status=status, admitted_at=admitted,
                         notified_at=notified if notified <= NOW and draw.chance(0.97) else None, discharged_at=out if out <= NOW else None, notice_hours=24)  # fmt: skip
        still_in = out > NOW
        if (deep >= 45 and not still_in) or length < 3:
            continue
        deep += not still_in
        turn = draw.between(2, length)
        for k in range(min(length, TODAY_DAY - first)):
            good = k < turn
            reviewed = not (out > NOW and first + k >= TODAY_DAY - 1)
            level = "not_reviewed" if not reviewed else "met" if good else "not_met"
            store.add("stay_days", "stay_day_id", stay_id=stay, day=first + k, clinical=draw.one(DAY_TEXT["met" if good else "not_met"]), level_met=level,
                      outcome="pending" if not reviewed else "covered" if good else "denied")  # fmt: skip


def _pages(store: Store, draw: Picker) -> None:
    """About forty requests with the pages that lie beside them: those that criteria ask for, and those that have no business there."""
    by_member: dict[str, list[tuple[str, int, str, str]]] = {}
    for kind, table, key, text, when in (
        ("visit note", "notes", "note_id", "text", "service_date"),
        ("lab result", "labs", "lab_id", "test", "collected_on"),
        ("test report", "imaging", "study_id", "impression", "done_on"),
        ("therapy record", "therapy", "therapy_id", "kind", "start"),
    ):
        for row in store.tables[table]:
            by_member.setdefault(row["member_id"], []).append(
                (kind, row[when], str(row[text]).replace("_", " "), row[key])
            )
    evidence: dict[str, set[str]] = {}
    for d in store.tables["attachments"]:
        if d["source_id"]:
            evidence.setdefault(d["request_id"], set()).add(d["source_id"])
    members = [m["member_id"] for m in store.tables["members"]]
    chosen = [
        r
        for r in store.tables["requests"]
        if len(evidence.get(r["request_id"], ())) >= 2 and r["category"] != "pharmacy_drug"
    ][::12][:44]
    for r in chosen:
        rows = []
        for kind, when, text, source in by_member.get(r["member_id"], []):
            short = text if len(text) < 110 else text[:107] + "..."
            rows.append((kind, when, short, r["member_id"], source in evidence[r["request_id"]]))
        extra = [NEVER[(draw.below(len(NEVER)) + k) % len(NEVER)] for k in range(4)]
        for kind, text in dict(extra).items():
            rows.append(
                (
                    kind,
                    (r["submitted_at"] or NOW) // DAY - draw.between(30, 1500),
                    text,
                    members[draw.below(len(members))] if kind == "other member" else r["member_id"],
                    False,
                )
            )
        rows = [rows[i] for i in sorted(range(len(rows)), key=lambda i: (rows[i][1], i))]
        for kind, when, text, member, needed in rows:
            made = store.add(
                "pages", "page_id", request_id=r["request_id"], of_member_id=member, kind=kind, dated=when, summary=text
            )
            store.truth.setdefault("pages", []).append(
                {"page_id": made, "request_id": r["request_id"], "needed": needed}
            )
