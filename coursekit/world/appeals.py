"""Peer-to-peer calls and appeals: who, when, at which level, with what result."""

from __future__ import annotations

from . import payers as P
from .case import Case
from .clock import DAY, HOUR, NOW
from .draws import Picker
from .hours import next_open, place
from .logbook import ROLES
from .names import PAYER_PEOPLE
from .rates import rate
from .store import Store

#: How likely a root cause is to be reversed, best first.
FIRST = (
    "E32",
    "E31",
    "E1",
    "E25",
    "E33",
    "E20",
    "E24",
    "E2",
    "E9",
    "E14",
    "E29",
    "E12",
    "E13",
    "E26",
    "E3",
    "not_met",
    "not_listed",
    "E27",
    "E15",
    "E16",
    "E7",
    "E28",
)


def first_level(case: Case) -> str:
    """Name of the first appeal level of the line."""
    if case.line == "medicaid_managed":
        return "plan_appeal"
    if case.drug and P.PLANS[case.plan][5] == "part_d" or case.line == "traditional_medicare":
        return "redetermination"
    return "reconsideration" if case.line == "medicare_advantage" else "internal_appeal"


def window_days(case: Case) -> int:
    """Days from the notice: 60 after receipt with 5 presumed (MA, Part D), 120 with 5 (Original Medicare), 60 from its date (Medicaid), 180 after receipt (employer, market)."""
    if case.line == "medicaid_managed":
        return 60
    if case.plan == "PLN-11":
        return 125
    if case.line in ("medicare_advantage", "traditional_medicare"):
        return 65
    return 180


def _share(case: Case, name: str) -> float:
    r = rate(name)
    return r["drug"] if case.drug_side else r.get(case.line, r["default"])


def _every(cases: list[Case], percent: float, draw: Picker) -> list[Case]:
    """A systematic sample of so many percent."""
    out, x = [], draw.u()
    for c in cases:
        x += percent / 100
        if x >= 1:
            x -= 1
            out.append(c)
    return out


def write_appeals(cases: list[Case], store: Store, draw: Picker) -> None:
    """Calls first (some reverse the denial), then appeals of denials and cuts that still stand."""
    ready = [c for c in cases if c.outcome == "denied" and c.notice_at is not None and c.notice_at < NOW - DAY]
    for imaging in (True, False):
        key = "advanced_imaging" if imaging else "default"
        side = [c for c in ready if not c.drug_side and (c.category == "advanced_imaging") == imaging]
        calls = _every(
            [c for c in side if c.fault in FIRST[:16]],
            rate("peer_to_peer_rate")[key] * len(side) / max(1, sum(c.fault in FIRST[:16] for c in side)),
            draw,
        )
        calls.sort(key=lambda c: (FIRST.index(c.fault) if c.fault in FIRST else 30, c.n))
        won = round(len(calls) * rate("peer_to_peer_reversal")[key] / 100)
        for k, c in enumerate(calls):
            _call(c, k < won, store, draw)
    cells: dict[tuple[str, str], list[Case]] = {}
    for c in ready:
        cells.setdefault(("drug" if c.drug_side else c.line, ""), []).append(c)
    wrong = late = 0
    total = max(1, len(cases))
    for (name, _), group in sorted(cells.items()):
        r = rate("appeal_rate")
        standing = [c for c in group if c.appeal != "p2p_won"]
        percent = r.get(name, r["default"]) * len(group) / max(1, len(standing))
        chosen = _every(standing, percent, draw)
        chosen.sort(key=lambda c: (FIRST.index(c.fault) if c.fault in FIRST else 30, c.n))
        bad = [c for c in chosen[::-1]]
        for c in bad[: max(1, len(bad) * 30 // 100)]:
            c.appeal = "E30"
            wrong += 1
        old = [c for c in chosen if c.appeal != "E30" and c.notice_at + (window_days(c) + 8) * DAY < NOW - 3 * DAY]
        for c in old[-max(1, len(old) // 7) :]:
            c.appeal = "late"
            late += 1
        fair = [c for c in chosen if c.appeal not in ("E30", "late")]
        o = rate("overturn_rate")
        plan = [(c, _filing(c, draw)) for c in fair]
        decided = [c for c, t in plan if t[1] is not None and t[1] <= NOW]
        won = round(len(decided) * o.get(name, o["default"]) / 100)
        for c, t in plan:
            _appeal(c, t, c in decided[:won], store, draw)
        for c in chosen:
            if c.appeal in ("E30", "late"):
                _bad_appeal(c, store, draw)
    del wrong, late, total


def _call(c: Case, won: bool, store: Store, draw: Picker) -> None:
    asked = next_open(c.notice_at + draw.between(2 * HOUR, 2 * DAY), "clinic")
    held = next_open(asked + draw.between(4 * HOUR, 3 * DAY), "clinic")
    log = c.log
    log.add(asked, "PA specialist", log.staff, "p2p_asked", "Asks for a call between the clinicians.", "phone")
    log.add(held, "ordering clinician", log.clinician, "p2p_held", f"Speaks with {log.doctor}.", "phone")
    if held > NOW:
        outcome = "open"
    elif won:
        outcome = "overturned"
        log.add(
            held + 5, ROLES[c.desk][2], log.doctor, "reversed_after_p2p", "Denial reversed after the call.", "phone"
        )
        if held + 5 <= NOW:
            c.appeal = "p2p_won"
    else:
        outcome = "upheld"
    if asked <= NOW:
        store.add("appeals", "appeal_id", request_id=c.request_id, kind="peer_to_peer", level=0, filed_by_role="ordering clinician", consent_on_file=True, sent_to_id=c.destination, filed_at=asked,
                  notice_window_ends=None, expedited=c.expedited, new_evidence="facts told on the call", decided_at=held if held <= NOW else None, outcome=outcome)  # fmt: skip


def _filing(c: Case, draw: Picker) -> tuple[int, int | None, bool]:
    """Filed, decided (None: still open), expedited."""
    room = max(HOUR, NOW - c.notice_at - HOUR)
    filed = c.notice_at + min(
        int(draw.spread(14, 0.8) * DAY), int(room * (0.25 + 0.5 * draw.u())), (window_days(c) - 6) * DAY
    )
    filed = place(filed, "clinic", c.notice_at, NOW)
    expedited = c.expedited
    limit = (
        72 * HOUR
        if expedited
        else 7 * DAY
        if (c.drug and P.PLANS[c.plan][5] == "part_d")
        or (c.line == "medicare_advantage" and c.category == "medical_benefit_drug")
        else 30 * DAY
    )
    if c.plan == "PLN-11":
        limit = 60 * DAY
    decided = place(filed + int(limit * (0.35 + 0.6 * draw.u())), "payer", filed, filed + limit, expedited)
    return filed, decided, expedited


def _appeal(c: Case, t: tuple[int, int | None, bool], won: bool, store: Store, draw: Picker) -> None:
    filed, decided, expedited = t
    role = draw.one(("PA specialist", "ordering clinician", "patient"))
    log = c.log
    c.appeal = "filed"
    log.add(
        filed,
        role,
        _who(c, role),
        "appeal_filed",
        "Appeal with a letter and records.",
        "fax",
    )
    outcome = "open"
    if decided <= NOW:
        outcome = "overturned" if won else "upheld"
        log.add(
            decided,
            "plan appeals unit",
            draw.one(_readers(c)),
            "appeal_overturned" if won else "appeal_upheld",
            "Denial reversed." if won else "Denial stands.",
        )
        c.appeal = outcome
    new = {
        "E1": "the record that was not sent",
        "E31": "proof that the record was in the file",
        "E32": "the criterion and the page that shows it",
        "E25": "signed note",
        "E24": "new result",
    }.get(c.fault, "letter")
    store.add("appeals", "appeal_id", request_id=c.request_id, kind=first_level(c), level=1, filed_by_role=role, consent_on_file=role == "patient" or draw.chance(0.7) or c.line == "medicaid_managed",
              sent_to_id=_appeals_desk(c), filed_at=filed, notice_window_ends=c.notice_at // DAY + window_days(c) if draw.chance(0.5) else None, expedited=expedited, new_evidence=new,
              decided_at=decided if decided <= NOW else None, outcome=outcome)  # fmt: skip


def _who(c: Case, role: str) -> str:
    """Name of the person who acts in this role."""
    names = {"PA specialist": c.log.staff, "patient": f"{c.person['first']} {c.person['last']}"}
    return names.get(role, c.log.clinician)


def _readers(c: Case) -> list[str]:
    """Physicians of the payer that decides the appeal; not the one who denied, if there is another."""
    all_of = PAYER_PEOPLE[_appeals_desk(c)][1]
    return [d for d in all_of if d != c.log.doctor] or list(all_of)


def _appeals_desk(c: Case) -> str:
    """Appeals go to the plan, not to its vendor; drug appeals to the PBM that decided."""
    return c.destination if c.drug or c.plan == "PLN-11" else P.PLANS[c.plan][0]


def _bad_appeal(c: Case, store: Store, draw: Picker) -> None:
    log = c.log
    if c.appeal == "late":
        filed = c.notice_at + (window_days(c) + draw.between(7, 12)) * DAY
        kind, role, consent, level, done = first_level(c), "PA specialist", True, 1, "filed after the window"
    else:
        filed = c.notice_at + min(draw.between(3, 20) * DAY, max(HOUR, (NOW - c.notice_at) // 2))
        if draw.chance(0.55):
            kind, level, role, consent, done = (
                ("fair_hearing" if c.line == "medicaid_managed" else "external_review"),
                2,
                "PA specialist",
                True,
                "second level before the first",
            )
        else:
            kind, level, role, consent, done = (
                first_level(c),
                1,
                draw.one(("relative", "lawyer")),
                False,
                "filed by someone without the member's consent",
            )
    filed = place(filed, "clinic", c.notice_at + (window_days(c) + 6) * DAY if c.appeal == "late" else c.notice_at, NOW)
    decided = next_open(filed + draw.between(2, 6) * DAY, "payer")
    log.add(
        filed,
        "patient" if role in ("relative", "lawyer") else role,
        _who(c, "patient" if role in ("relative", "lawyer") else role),
        "appeal_filed",
        f"{kind.replace('_', ' ').capitalize()} asked for.",
        "fax",
    )
    open_still = decided > NOW
    if not open_still:
        log.add(
            decided,
            "plan appeals unit",
            PAYER_PEOPLE[_appeals_desk(c)][2][-1],
            "appeal_dismissed",
            "Not accepted; the denial stands.",
        )
    made = store.add("appeals", "appeal_id", request_id=c.request_id, kind=kind, level=level, filed_by_role=role, consent_on_file=consent, sent_to_id=_appeals_desk(c), filed_at=filed,
                     notice_window_ends=c.notice_at // DAY + window_days(c) if draw.chance(0.5) else None, expedited=False, new_evidence="letter", decided_at=None if open_still else decided,
                     outcome="open" if open_still else "dismissed")  # fmt: skip
    store.error(
        "E20" if c.appeal == "late" else "E30",
        "appeals",
        made,
        c.request_id,
        done,
        first_level(c) if c.appeal != "late" else f"by day {window_days(c)} after the notice",
    )


__all__ = ["first_level", "window_days", "write_appeals"]
