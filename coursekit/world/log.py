"""The event log of a request: what happened, who did it, in order of time."""

from __future__ import annotations

from .case import Case
from .chart import thing
from .clock import DAY, HOUR, NOW, short_day
from .draws import Picker
from .hours import ELECTRONIC, is_open, next_open, place
from .logbook import Event, Log, desk_of
from .names import SCHEDULERS

ASK = {
    "therapy_record": "dates and provider of earlier treatment", "labs": "the dated lab result", "imaging_report": "the imaging or test report", "note": "the signed visit note",
    "fill_history": "fill dates of the earlier drug",
}  # fmt: skip
MEND = {
    "E9": "a valid, specific diagnosis code", "E10": "which test the order means", "E11": "the partner code", "E12": "units that fit the dose", "E8": "the member number as on the card",
    "E14": "a reason for this place of service", "E15": "an in-network place", "E33": "readable pages and a call-back number", "E6": "the right form",
}  # fmt: skip


def write_log(case: Case, draw: Picker, full: bool, ordered_at: int, clinician: str, place_name: str) -> Log:
    """Everything up to and including the decision."""
    log = Log(case, draw)
    log.clinician, log.shop = clinician, place_name
    c = case
    what = thing(c)
    before = c.submitted if c.outcome != "draft" else NOW - 30
    if full or c.outcome == "draft":
        log.add(ordered_at, "ordering clinician", clinician, "order_written", f"Orders {what}.")
        gap = max(9, before - ordered_at)
        last = [ordered_at]

        def step(part: float) -> int:
            at = place(ordered_at + int(gap * part), "clinic", last[0], before)
            last[0] = max(at, last[0] + 1)
            return last[0]

        if c.drug and draw.chance(0.6):
            log.add(
                step(0.12),
                "pharmacy",
                log.shop,
                "claim_rejected",
                "Claim came back; the plan wants more.",
            )
        log.add(
            step(0.2),
            "PA specialist",
            log.staff,
            "eligibility_checked",
            f"Cover checked for {short_day(c.service)}.",
            "payer_portal" if not c.drug else "web_form",
        )
        if c.outcome != "draft" or draw.chance(0.5):
            log.add(
                step(0.25),
                "PA specialist",
                log.staff,
                "need_checked",
                "On the plan's list." if c.fault != "E17" else "List not checked; sent to be safe.",
            )
        if draw.chance(0.25):
            log.add(
                step(0.33),
                "PA specialist",
                log.staff,
                "clinician_asked",
                "Asks for treatment dates.",
            )
            log.add(step(0.5), "ordering clinician", clinician, "clinician_answered", "Answers from the chart.")
        if c.outcome != "draft":
            log.add(step(0.8), "PA specialist", log.staff, "packet_built", "Form and evidence ready.")
    if c.outcome == "draft":
        return log
    if is_open(c.submitted, "clinic"):
        log.add(c.submitted, "PA specialist", log.staff, "submitted", "Sent.", c.channel)
    else:
        log.add(c.submitted, "ordering clinician", clinician, "submitted", "Sent after office hours.", c.channel)
    by_system = c.channel in ELECTRONIC or not is_open(c.received, "payer")
    desk = ("plan system", log.payer) if by_system else (log.intake, log.clerk)
    plain = not full and c.outcome == "approved" and c.asked is None
    if plain and c.channel in ELECTRONIC and c.decided <= NOW:
        _review(log, full)
        return log
    log.add(
        c.received,
        *desk,
        "received",
        "Stamped.",
        c.channel,
    )
    if full:
        log.add(c.received + 1, *desk, "acknowledged", "Case number given.", c.channel)
    if c.statement is not None and c.statement > c.received:
        log.add(
            c.statement, log.intake, log.clerk, "statement_received", "Prescriber's supporting statement in.", "fax"
        )
    if full:
        log.add(
            max(c.received, c.statement or 0) + 1,
            *desk,
            "clock_started",
            f"{c.limit // HOUR} hours to decide.",
        )
    _review(log, full)
    return log


def _review(log: Log, full: bool) -> None:
    c, draw = log.case, log.draw
    end = c.decided
    begin = max(c.received, c.statement or 0) + 1 if c.statement and c.statement < end else c.received + 1
    if c.outcome == "withdrawn":
        if c.fault == "E16":
            log.add(end, log.intake, log.clerk, "voided", "Same request is on file; this one is closed.")
        else:
            log.add(
                end,
                "PA specialist",
                log.staff,
                "withdrawn",
                draw.one(
                    (
                        "Order cancelled.",
                        "Patient chose to wait.",
                        "Service moved to another date.",
                        "Treatment changed.",
                    )
                ),
                c.channel,
            )
        return
    if c.outcome in ("dismissed", "no_action"):
        why = {
            "E4": "Wrong benefit; not ours to decide. Call us.", "E5": "Belongs to another reviewer. Call us.", "E6": "Wrong form for this kind of request.", "E7": "No active cover found on that date.",
            "E8": "Member not found under that number, name and date of birth.", "E16": "Same request is on file.", "E17": "No authorization needed for this code.", "notification": "Told of the admission; no review needed.",
        }.get(c.fault, "Not valid.")  # fmt: skip
        log.add(end, log.intake, log.clerk, "no_action_needed" if c.outcome == "no_action" else "dismissed", why)
        return
    if c.auto:
        if full:
            log.add(
                end - 1 if end - 1 > c.received else end,
                "plan system",
                log.payer,
                "auto_review",
                "Matches the criteria.",
            )
        log.add(end, "plan system", log.payer, "approved", "As asked.")
        return
    stop = c.asked if c.asked is not None else end
    look = begin + max(1, (stop - begin) * 2 // 3)
    if c.fault == "E31" and c.variant == "not_opened":
        log.add(
            _read_at(c, min(look, end - 1), begin - 1, end),
            log.first,
            log.nurse,
            "first_level_review",
            "Looked at the form only; 0 attachments opened.",
        )
    elif full or c.outcome != "approved" or end > NOW:
        log.add(
            _read_at(c, min(look, stop - 1), begin - 1, stop),
            log.first,
            log.nurse,
            "first_level_review",
            "Criteria compared.",
        )
    if c.asked is not None:
        log.add(c.asked, log.first, log.nurse, "pended", "Incomplete.")
        need = (
            "therapy notes that show the conservative care"
            if c.cast
            else MEND.get(c.fault) or ASK.get(c.evidence[0][1] if c.evidence else "", "clinical notes")
        )
        log.add(
            c.asked, log.first, log.nurse, "info_asked", f"Asks until {short_day(c.info_due // DAY)} for {need}.", "fax"
        )
        if c.info_sent is not None:
            log.add(
                c.info_sent,
                "PA specialist",
                log.staff,
                "info_sent",
                "Sent what was asked for." if c.fault in ("", "E20") or c.fault in MEND else "Sent a reply.",
                c.channel if c.drug and is_open(c.info_sent, "clinic") else "fax",
            )
            if c.info_sent < end and not (c.fault == "E31" and c.variant == "indexed_late"):
                log.add(min(c.info_sent + 3, end - 1), log.intake, log.clerk, "info_received", "Reply filed.")
    if c.fault == "E31" and c.variant == "indexed_late":
        log.add(
            next_open(end + 40, "payer"),
            log.intake,
            log.clerk,
            "record_filed",
            f"Pages that came in on {short_day((c.info_sent or c.received) // DAY)} filed with the case.",
        )
    floor, passed = max(c.info_sent or 0, c.asked or 0, begin), False
    if c.second and c.outcome != "approved" or (c.second and full):
        at = floor + max(1, (end - floor) * 3 // 4)
        log.add(
            place(min(at, end), "payer", floor, end, c.quick) if floor + 1 < end else end,
            log.second,
            log.doctor,
            "second_level_review",
            f"{log.doctor} reads the case."
            if c.reason not in ("not_eligible", "not_covered_benefit")
            else f"{log.doctor} reads the contract.",
        )
        passed = True
    # who read the case last decides it
    role, actor = (log.second, log.doctor) if passed or c.outcome != "approved" else (log.first, log.nurse)
    words = {
        "approved": _granted(c),
        "partly_approved": f"Approved {c.approved_units} of {c.units}.",
        "denied": "Not approved.",
    }[c.outcome]
    log.add(end, role, actor, c.outcome, words)
    c.who = role


def _read_at(c: Case, at: int, low: int, high: int) -> int:
    """When a reviewer reads: in working hours between two moments, else just before the later one, when that reviewer acts anyway."""
    found = place(at, "payer", low, high, c.quick)
    return found if is_open(found, "payer", c.quick) else max(low + 1, high - 1)


def _granted(c: Case) -> str:
    """An approval in words; a change that the payer made is named (answer A6)."""
    if c.given_pos:
        return f"Approved with a change: place of service {c.given_pos}, not {c.pos}."
    if c.fault == "E12":
        return (
            f"Approved with a change: {c.supply} days supply."
            if c.drug
            else f"Approved with a change: {c.units} units."
        )
    return "As asked."


def notice_and_after(log: Log, notice_at: int, full: bool) -> None:
    """Notice, recording, telling the patient."""
    c, draw = log.case, log.draw
    if not full and c.outcome not in ("denied", "partly_approved"):
        return
    log.add(
        notice_at,
        log.intake if not c.auto else "plan system",
        log.clerk if not c.auto else log.payer,
        "notice_sent",
        "Notice sent.",
        "mail" if c.outcome == "denied" and draw.chance(0.4) else c.channel,
    )
    if not full:
        return
    noted = next_open(notice_at + draw.between(15, 600), "clinic")
    told = next_open(max(noted, notice_at) + draw.between(20, 900), "clinic")
    if c.outcome in ("approved", "partly_approved"):
        log.add(
            noted,
            "PA specialist",
            log.staff,
            "decision_recorded",
            "Number, units, dates noted.",
        )
    log.add(
        told,
        "PA specialist",
        log.staff,
        "patient_told",
        "Told by phone.",
        "phone",
    )
    if c.outcome == "approved" and not c.drug and draw.chance(0.7):
        log.add(
            next_open(told + draw.between(20, 700), "clinic"),
            "scheduler",
            draw.one(SCHEDULERS),
            "scheduled",
            f"Visit booked for {short_day(c.service)}.",
            "phone",
        )


__all__ = ["ASK", "DAY", "Event", "Log", "desk_of", "notice_and_after", "write_log"]
