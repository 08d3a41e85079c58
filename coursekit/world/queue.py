"""The queue on TODAY: which requests of the last weeks have no decision yet."""

from __future__ import annotations

from . import payers as P
from .case import Case
from .clock import DAY, NOW
from .draws import Picker
from .times import TOLLED, limit_hours

#: Small lines that must show in the queue: requests held open per 6,000.
SMALL = {"traditional_medicare": 8, "other": 8}
#: Part D exceptions that wait for the prescriber's statement, per 6,000: past day 14, and before.
WAITING = (5, 11)
#: Expedited requests of the last days, per 6,000.
EXPEDITED = 14
#: Callers for Module 1, per 6,000.
CAST = 5
#: Mistakes whose story needs the decision.
DECIDED_ONLY = ("E20", "E31", "E32")


def mark_queue(cases: list[Case], twins: list[int]) -> None:
    """Hold the newest requests of the small lines, and make Part D exceptions of some drug requests that lack a statement."""
    copied = set(twins)
    open_to = [
        c for c in reversed(cases)
        if c.outcome in ("approved", "denied") and not c.auto and twins[c.n] < 0 and c.n not in copied and c.fault not in DECIDED_ONLY
    ]  # fmt: skip
    _cast(open_to, len(cases))
    for line, count in SMALL.items():
        for c in [c for c in open_to if c.line == line and not c.cast][: round(count * len(cases) / 6000)]:
            c.hold = True
    bundles = [
        c
        for c in open_to
        if c.channel == "fhir_pas"
        and not c.expedited
        and not c.fault
        and not c.cast
        and 5 * DAY < NOW - c.submitted < (40 if c.line in TOLLED else 8) * DAY
    ]
    for c in bundles[: max(1, round(2 * len(cases) / 6000))]:
        c.complete, c.hold, c.unanswered = False, True, True
    recent = [c for c in open_to if NOW - c.submitted < 4 * DAY and not c.hold]
    recent.sort(key=lambda c: (not c.expedited, -c.submitted))
    for c in recent[: round(EXPEDITED * len(cases) / 6000)]:
        c.hold = c.expedited = True
    part_d = [
        c
        for c in open_to
        if c.drug_side and P.PLANS[c.plan][5] == "part_d" and c.outcome == "approved" and not c.fault and not c.hold
    ]
    for low, high, count in ((14, 18, WAITING[0]), (0, 14, WAITING[1])):
        fits = [c for c in part_d if low * DAY < NOW - c.submitted - DAY // 4 < high * DAY]
        for c in fits[: round(count * len(cases) / 6000)]:
            c.hold = c.await_statement = True


def _cast(open_to: list[Case], n: int) -> None:
    """Women of a Medicare Advantage plan who wait for an MRI of the lower back: the callers of Module 1.

    Their requests came last week, on standard terms; the plan asked for therapy notes, and the clinic has some days left.
    """
    fits = [
        c for c in open_to
        if c.line == "medicare_advantage" and not c.drug_side and not c.fault and not c.expedited and c.outcome == "approved"
        and c.channel in ("fax", "payer_portal", "x12_278") and 8 * DAY // 5 < NOW - c.submitted < 5 * DAY
    ]  # fmt: skip
    fits.sort(key=lambda c: (c.category != "advanced_imaging", c.plan != "PLN-06", c.n))
    for c in fits[: max(1, round(CAST * n / 6000))]:
        c.plan, c.category, c.second, c.late = "PLN-06", "advanced_imaging", False, False
        c.cast = c.hold = c.unanswered = True
        c.complete = False


def keep_open(c: Case, draw: Picker) -> None:
    """Some other requests of the last days are still open on TODAY, a few of them overdue; some wait for an answer for weeks."""
    age = NOW - c.submitted
    if c.outcome not in ("approved", "denied") or c.twin is not None or c.auto or c.fault in DECIDED_ONLY or c.hold:
        return
    limit = limit_hours(c) * 60
    share = 0.2 if c.line == "commercial" else 0.45
    if 0 < age < limit * 8 // 5 and draw.chance(share if age < limit * 19 // 20 else share * 0.3):
        c.hold = True
        if draw.chance(0.5):
            c.complete = False
    elif (
        c.line in TOLLED
        and not c.expedited
        and not c.complete
        and not c.fault
        and 8 * DAY < age < 40 * DAY
        and draw.chance(0.2)
    ):
        c.hold = c.unanswered = True


__all__ = ["keep_open", "mark_queue"]
