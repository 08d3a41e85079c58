"""When things happen to a request: receipt, questions, answers, decision, held against the limit of its line."""

from __future__ import annotations

from . import payers as P
from .case import Case
from .clock import DAY, HOUR, NOW
from .draws import Picker
from .hours import next_open, place

QUICK = ("x12_278", "fhir_pas", "epa_script", "payer_portal", "web_form")
TOLLED = ("commercial", "marketplace_qhp", "other")


def limit_hours(case: Case) -> int:
    """Hours that the payer has to decide, counted from receipt (Part D exceptions: from the statement).

    Rules in force in 2026: Medicare Advantage and Medicaid items 7 calendar days or 72 hours (42 CFR 422.568, 422.572, 438.210); Part B and
    Part D drugs 72 or 24 hours (42 CFR 422.568, 423.568, 423.572); Medicaid drugs 24 hours (42 CFR 438.3, 438.210); employer and individual market 15 days or 72 hours
    (29 CFR 2560.503-1, 45 CFR 147.136), drug exceptions of marketplace plans 72 or 24 hours (45 CFR 156.122); Original Medicare 7 calendar days or 2 business days.
    """
    rules, fast = P.PLANS[case.plan][5], case.expedited
    if case.drug:
        if rules == "medicaid":
            return 24
        if rules == "part_d" or (rules == "qhp" and case.kind == "formulary_exception"):
            return 24 if fast else 72
        return 72 if fast else 360
    if case.category == "medical_benefit_drug":
        if case.line == "medicare_advantage":
            return 24 if fast else 72
        if case.line == "medicaid_managed":
            return 24
    if case.line in ("medicare_advantage", "medicaid_managed"):
        return 72 if fast else 168
    if case.line == "traditional_medicare":
        return 48 if fast else 120 if case.category == "dme" else 168
    return 72 if fast else 360


def set_times(case: Case, draw: Picker) -> None:
    """Fill received, statement, asked, info_due, info_sent, decided, due (all minutes; the future is cut off later)."""
    if case.outcome == "draft":
        return
    lag = (
        draw.below(4)
        if case.channel in QUICK
        else draw.between(2, 45)
        if case.channel == "fax"
        else draw.between(2 * DAY, 4 * DAY)
        if case.channel == "mail_or_email"
        else draw.below(3)
    )
    case.received = case.submitted + lag
    if case.channel == "mail_or_email":
        case.received = next_open(case.received, "payer")
    start = case.received
    rules = P.PLANS[case.plan][5]
    if case.kind in ("formulary_exception", "step_exception", "quantity_exception", "tiering_exception"):
        late = draw.u()
        case.statement = (
            case.received
            if late < 0.72 or rules != "part_d"
            else next_open(case.received + int(draw.spread(26, 0.8) * HOUR), "payer")
        )
        recent = case.submitted > NOW - 13 * DAY and case.outcome == "approved"
        if case.await_statement or rules == "part_d" and (case.outcome == "denied" or recent) and draw.chance(0.5):
            # no supporting statement ever came: the plan may wait until the end of day 14
            case.statement = None
            start = case.received + 14 * DAY
        elif rules == "part_d":
            start = max(start, case.statement)
    limit = limit_hours(case) * HOUR
    rel = max(1, int(case.hours * HOUR))
    pend = (
        not case.complete
        and not case.auto
        and case.outcome in ("approved", "denied", "partly_approved")
        and case.fault not in ("E16", "E7", "E13", "E28", "referral")
        and not case.await_statement
    )
    if case.fault in ("E1", "E24", "E25", "E2") and draw.chance(0.4):
        pend = False
    asked = sent = 0
    tolled = case.line in TOLLED and not case.expedited
    if case.fault == "E20" or case.cast:
        pend = True
    if case.outcome in ("withdrawn", "dismissed", "no_action"):
        rel = min(rel, limit * 6 // 10)
        pend = False
    if pend:
        asked = max(3, min(int(rel * (0.2 + 0.25 * draw.u())), limit * 3 // 10))
        window = 45 * DAY if tolled else max(limit - asked - limit // 6, limit // 4)
        answer = min(int(draw.spread(20 if case.expedited or limit <= 72 * HOUR else 40, 0.5) * HOUR), window - 30)
        if case.fault == "E20":
            case.variant = "late_answer" if draw.chance(0.4) else "no_answer"
            answer = window + draw.between(60, 900) if case.variant == "late_answer" else 0
            rel = (
                asked + window + draw.between(5, 50)
                if tolled or case.variant == "no_answer"
                else asked + window + answer + 90
            )
            rel = min(rel, limit - 5) if not tolled else rel
            sent = asked + answer if answer else 0
        else:
            sent = asked + max(answer, 20)
            rel = max(rel, sent + int(draw.between(20, 600)))
    stretch = (sent or asked) - asked if tolled and pend else 0
    if tolled and case.fault == "E20":
        stretch = rel - asked
    bound = limit + stretch
    if case.late and case.outcome in ("approved", "denied", "partly_approved") and not case.auto:
        rel = int(bound * (1.03 + 0.45 * draw.u()))
        if (
            limit >= 120 * HOUR
        ):  # counted in days: the last day runs to midnight; business days can stretch over a weekend
            rel = max(rel, bound + (DAY if limit != 120 * HOUR else 3 * DAY) + 60)
    elif rel > bound - 3:
        want = int(bound * (0.62 + 0.35 * draw.u()))
        if pend and case.fault != "E20":
            f = want / rel
            asked, sent = max(2, int(asked * f)), max(3, int(sent * f))
        rel = want if case.fault != "E20" else bound - 4
        if pend and sent and sent >= rel and case.fault != "E20":
            sent = rel - 2
    case.limit = limit
    case.due = start + limit
    if pend:
        case.asked = start + asked
        case.info_sent = start + sent if sent else None
        window = 45 * DAY if tolled else max(limit - asked - limit // 6, limit // 4)
        case.info_due = case.asked + window
        if case.fault == "E20" and case.variant == "late_answer":
            case.info_sent = case.info_due + draw.between(60, 900)
            rel = max(rel, case.info_due - start + 20) if tolled else rel
        elif case.info_sent is not None and case.info_sent >= case.info_due:
            case.info_sent = case.info_due - 1
    case.decided = start + rel
    if case.hold:
        case.decided = max(case.decided, NOW + draw.between(60, 2 * DAY))
        if case.asked is not None and case.asked < NOW and (case.unanswered or draw.chance(0.65)):
            case.info_sent = NOW + 30  # not answered yet on TODAY
    if case.cast:
        case.asked = next_open(case.received + DAY + draw.between(60, 300), "payer")
        last = min(case.due - 2 * HOUR, NOW + 2 * DAY + 9 * HOUR)  # Friday 17:00
        case.info_due, case.info_sent = (last - 17 * HOUR) // DAY * DAY + 17 * HOUR, NOW + 30
    if case.info_sent is not None and case.fault != "E20" and case.info_sent >= case.decided:
        case.info_sent = max(case.asked + 1, case.decided - 2)
    if not case.auto:
        _keep_hours(case, start, start + bound + (3 * DAY if tolled and pend else 0))


def _keep_hours(case: Case, start: int, on_time: int) -> None:
    """Move question, answer and decision into working hours; what is on time stays on time, what is late stays late."""
    c, quick = case, case.quick
    top = max(on_time, c.decided) + 1
    floor, asked, sent = start, c.asked, c.info_sent
    if asked is not None:
        asked = place(asked, "payer", c.received + 4, NOW if c.hold and asked < NOW else min(top, c.info_due), quick)
        floor = asked + 9
        if sent is not None and c.fault == "E20":
            sent = next_open(max(sent, c.info_due + 30), "clinic")
        elif sent is not None and not (c.hold and sent > NOW):
            sent = place(max(sent, asked + 15), "clinic", floor, min(top - 10, c.info_due), quick)
            floor = sent + 9
        if c.fault == "E20":
            floor = max(floor, c.info_due if c.variant == "no_answer" or (sent or 0) < c.decided else asked)
    desk = "clinic" if c.outcome == "withdrawn" and c.fault != "E16" else "payer"
    if c.late and c.decided > on_time:
        decided = next_open(max(c.decided, floor + 1), desk, quick)
    else:
        decided = place(
            max(c.decided, floor + 1),
            desk,
            floor,
            max(top, floor + 3),
            quick,
            c.expedited and not c.drug and c.n % 3 > 0,
        )
    if c.hold and decided <= NOW:
        decided = NOW + 30
    c.asked, c.info_sent, c.decided = asked, sent, decided
