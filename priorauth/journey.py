"""One request's event log as a journey: for each step who acted, what happened, the clock, the state, and the risk.

Plain functions over plain rows; the widget `priorauth.widgets.journey` only shows what they return. States and the
effect of an event on the clock come from `priorauth.lifecycle`, the one place that knows them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from priorauth.lifecycle import EVENTS, STATES

NOT_STARTED, RUNNING, STOPPED = "not started", "running", "stopped"
PENDED = "running in Medicare Advantage; other plans' rules may let a pend stop it"
APPEAL = "stopped for the request; the appeal has its own clock"

#: What could go wrong at a step, by event code. Every code of the life cycle has one sentence.
RISKS: dict[str, str] = {
    "order_written": "The order has no reason, no side or no signature. Then nothing can start.",
    "claim_rejected": "Nobody at the clinic reads the pharmacy's message, and the patient waits in vain.",
    "eligibility_checked": "The coverage ended last month, or the check was for another date than the visit.",
    "need_checked": "The list of last year is used, or the list of another plan.",
    "clinician_asked": "The question leads the clinician to an answer, or never gets one.",
    "clinician_answered": "The answer stays in an inbox and never reaches the packet.",
    "packet_built": "The note that proves the need lies in the chart, but not in the packet.",
    "submitted": "It goes to the wrong company, or on the wrong form. The clock does not start there.",
    "received": "The clinic takes the day it sent the request for the day the plan received it.",
    "acknowledged": "Nobody writes down the case number.",
    "clock_started": "Clinic and plan count from different moments.",
    "statement_received": "The statement comes late, and with it the start of the clock.",
    "auto_review": "A field is missing, and the system cannot approve what a person could.",
    "first_level_review": "The proof is on page 30, and the reviewer does not find it.",
    "pended": "The clinic reads a pend as a denial, or does not see it at all.",
    "info_asked": "The date until which the plan waits is overlooked.",
    "info_sent": "It is sent without the case number, and nobody can match it.",
    "info_received": "It was sent, but it is not in the plan's file. Only a status check shows that.",
    "record_filed": "The pages lay unread while the decision was made. Ask for them to be looked at.",
    "extended": "The new date is not put into the tracker.",
    "second_level_review": "The physician sees only the form, not the reason behind it.",
    "approved": "The approval covers other dates or units than the visit needs.",
    "partly_approved": "A partial approval is read as a full one.",
    "denied": "The reason is not read, and the same request is sent again.",
    "dismissed": "A dismissal is taken for a denial. It needs a valid request, not an appeal.",
    "no_action_needed": "The answer is not kept, and later nobody can prove that nothing was needed.",
    "withdrawn": "The wrong one of two requests is taken back.",
    "voided": "Both copies are closed as duplicates of each other.",
    "notice_sent": "The letter goes to an old address, or gives no clear reason.",
    "decision_recorded": "A digit of the number is wrong, or the end date is missing.",
    "patient_told": "The patient learns of the result from nobody, and misses the visit.",
    "status_checked": "The call is not logged, so the next colleague calls again.",
    "scheduled": "The visit is booked outside the approved dates.",
    "service_given": "What is done differs from what was approved.",
    "p2p_asked": "The plan takes such calls for a few days only.",
    "p2p_held": "The clinician has no notes at hand when the phone rings.",
    "reversed_after_p2p": "Nobody asks for the new authorization number.",
    "appeal_filed": "It goes to the wrong level, or after the last day.",
    "appeal_overturned": "The patient gave up meanwhile. Call her.",
    "appeal_upheld": "Nobody tells the patient that a next level exists.",
    "appeal_dismissed": "The appeal is lost for its form. Late, wrong level or no consent are slips that a checklist stops.",
    "claim_sent": "The authorization number is not on the claim.",
    "claim_paid": "Fewer units are paid than were given.",
    "claim_denied": "A claim denial is worked like a PA denial. It has its own rules.",
    "expired": "More visits were needed, and nobody asked for a renewal in time.",
}


@dataclass(frozen=True)
class Step:
    """One event of a request, read for a learner; all fields are text for people."""

    event_id: str
    at: str
    who: str
    what: str
    detail: str
    clock: str
    state: str
    state_meaning: str
    risk: str


def _moment(value: object) -> str:
    """`2026-03-02 14:05` from a Timestamp or from text."""
    return str(value)[:16]


def _who(actor: str, role: str) -> str:
    """Name and role; the role alone where the log has no name."""
    return role if actor.casefold() in (role.casefold(), "", "nan") else f"{actor}, {role}"


def _clock_after(code: str, clock: str, waits_for_statement: bool) -> str:
    effect = EVENTS[code].clock
    if effect.startswith("starts"):
        return NOT_STARTED if code == "received" and waits_for_statement else RUNNING
    if effect.startswith("stops"):
        return STOPPED
    if code == "clock_started":
        return RUNNING
    if code == "pended" and clock == RUNNING:
        return PENDED
    if code == "info_received" and clock == PENDED:
        return RUNNING
    if code == "appeal_filed":
        return APPEAL
    if code in ("appeal_overturned", "appeal_upheld", "appeal_dismissed"):
        return STOPPED
    return clock


def steps(events: Iterable[Mapping[str, object]]) -> list[Step]:
    """The journey of one request.

    `events` are rows of the table `events` of a single request (event_id, at, actor_role, actor, event, detail).
    They are put in order of time. An unknown event code raises ValueError.
    """
    rows = sorted(events, key=lambda row: (_moment(row["at"]), str(row["event_id"])))
    codes = [str(row["event"]) for row in rows]
    unknown = [code for code in codes if code not in EVENTS]
    if unknown:
        raise ValueError(f"The event code {unknown[0]!r} is not in the life cycle.")
    waits = "statement_received" in codes
    state, clock, journey = "draft", NOT_STARTED, []
    for row, code in zip(rows, codes, strict=True):
        state = EVENTS[code].state or state
        clock = _clock_after(code, clock, waits)
        journey.append(
            Step(
                event_id=str(row["event_id"]),
                at=_moment(row["at"]),
                who=_who(str(row["actor"]), str(row["actor_role"])),
                what=EVENTS[code].meaning,
                detail=str(row["detail"]),
                clock=clock,
                state=state,
                state_meaning=STATES[state],
                risk=RISKS[code],
            )
        )
    return journey


def state_on(events: Iterable[Mapping[str, object]], day: str) -> tuple[str, str]:
    """State of one request at the end of `day` (such as "2026-05-15"), and the id of the event that put it there.

    The event is the last one up to that day that changes the state. ("", "") if there was none yet.
    """
    state, proof = "", ""
    for step in sorted(events, key=lambda row: (_moment(row["at"]), str(row["event_id"]))):
        if _moment(step["at"])[:10] > day:
            break
        caused = EVENTS[str(step["event"])].state
        if caused:
            state, proof = caused, str(step["event_id"])
    return state, proof
