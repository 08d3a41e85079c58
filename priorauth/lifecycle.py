"""The life of a request as a small state machine: which event moves a request into which state.

A request is in the state that its last state-changing event caused. Events that change no state (a call, a booking,
a question to the clinician) are part of the story but leave the state alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class EventKind:
    """An event code: what it means, who usually does it, the state it causes (empty: none), its effect on the clock."""

    code: str
    meaning: str
    roles: tuple[str, ...]
    state: str = ""
    clock: str = ""


#: States in the words of the course; the same list as the column `requests.state` allows.
STATES = {
    "draft": "The clinic is still building the request.",
    "submitted": "The clinic sent it; the payer has not confirmed receipt.",
    "received": "The payer has it; the clock runs.",
    "in_review": "A reviewer (or the payer's system) looks at it; the clock runs.",
    "pended": "The payer stopped and asked for more information.",
    "approved": "Approved as asked, or with a change that the answer names.",
    "partly_approved": "Approved for less than was asked.",
    "denied": "Not approved.",
    "dismissed": "Closed without a review because the request was not valid. Not a denial.",
    "withdrawn": "The clinic took it back, or it was voided as a duplicate.",
    "closed": "Closed because nothing was needed: no authorization, or only a notification.",
    "appeal_open": "A denial or cut was appealed; no answer yet.",
    "overturned": "The denial was reversed, by an appeal or after a peer-to-peer call.",
    "upheld": "The denial stood on appeal.",
    "expired": "The approval ran out.",
}

_REVIEWERS = (
    "plan nurse reviewer",
    "PBM technician",
    "PBM pharmacist reviewer",
    "vendor nurse reviewer",
    "contractor nurse reviewer",
)
_PHYSICIANS = (
    "plan physician reviewer",
    "PBM physician reviewer",
    "vendor physician reviewer",
    "PBM pharmacist reviewer",
)
_INTAKE = ("plan intake coordinator", "vendor intake coordinator", "PBM technician", "plan system")

_KINDS = (
    EventKind("order_written", "The clinician writes the order.", ("ordering clinician",), "draft"),
    EventKind("claim_rejected", "The pharmacy's claim comes back: authorization or an exception is needed.", ("pharmacy",)),
    EventKind("eligibility_checked", "Cover on the service date is checked.", ("PA specialist", "scheduler")),
    EventKind("need_checked", "The plan's list is checked: is authorization needed, and where does it go?", ("PA specialist",)),
    EventKind("clinician_asked", "The specialist asks the clinician for a missing fact.", ("PA specialist",)),
    EventKind("clinician_answered", "The clinician answers.", ("ordering clinician",)),
    EventKind("packet_built", "Form and evidence are put together.", ("PA specialist",)),
    EventKind("submitted", "The request is sent.", ("PA specialist", "ordering clinician"), "submitted"),
    EventKind("received", "The payer receives the request.", _INTAKE, "received", "starts"),
    EventKind("acknowledged", "The payer confirms receipt and gives a case number.", _INTAKE),
    EventKind("clock_started", "The payer starts the decision clock (it counts from receipt, or from the prescriber's statement).", _INTAKE),
    EventKind("statement_received", "The prescriber's supporting statement arrives.", _INTAKE, "", "starts (exceptions)"),
    EventKind("auto_review", "The payer's system compares the request with the criteria.", ("plan system",), "in_review"),
    EventKind("first_level_review", "A nurse, pharmacist or technician compares the request with the criteria.", _REVIEWERS, "in_review"),
    EventKind("pended", "The payer pends the request.", _REVIEWERS + _INTAKE, "pended"),
    EventKind("info_asked", "The payer says what is missing and until when.", _REVIEWERS + _INTAKE),
    EventKind("info_sent", "The clinic sends what was missing.", ("PA specialist",)),
    EventKind("info_received", "The payer has the missing information; review goes on.", _INTAKE, "in_review"),
    EventKind("record_filed", "The payer files pages that had come in earlier.", _INTAKE),
    EventKind("extended", "The payer takes more time and says why.", ("plan intake coordinator",)),
    EventKind("second_level_review", "The case goes to a physician (or pharmacist) who may deny.", _PHYSICIANS, "in_review"),
    EventKind("approved", "Approved as asked, or with a change that the detail names.", _REVIEWERS + _PHYSICIANS + ("plan system",), "approved", "stops"),
    EventKind("partly_approved", "Approved for less than asked.", _REVIEWERS + _PHYSICIANS, "partly_approved", "stops"),
    EventKind("denied", "Denied.", _PHYSICIANS + ("plan intake coordinator",), "denied", "stops"),
    EventKind("dismissed", "Closed without review.", _INTAKE, "dismissed", "stops"),
    EventKind("no_action_needed", "The payer answers that no authorization is needed, or notes the notification.", _INTAKE, "closed", "stops"),
    EventKind("withdrawn", "The clinic takes the request back.", ("PA specialist", "ordering clinician"), "withdrawn", "stops"),
    EventKind("voided", "Closed as a duplicate of another request.", _INTAKE, "withdrawn", "stops"),
    EventKind("notice_sent", "The notice of the decision goes out.", ("plan intake coordinator", "PBM technician", "vendor intake coordinator", "plan system")),
    EventKind("decision_recorded", "The clinic records number, codes, units and dates.", ("PA specialist",)),
    EventKind("patient_told", "The patient is told.", ("PA specialist", "scheduler")),
    EventKind("status_checked", "The clinic asks where the request stands.", ("PA specialist",)),
    EventKind("scheduled", "The visit is booked.", ("scheduler",)),
    EventKind("service_given", "The service is given.", ("rendering provider", "pharmacy")),
    EventKind("p2p_asked", "The clinic asks for a peer-to-peer call.", ("PA specialist", "ordering clinician")),
    EventKind("p2p_held", "The clinicians talk.", ("ordering clinician",)),
    EventKind("reversed_after_p2p", "The payer reverses the denial after the call.", _PHYSICIANS, "overturned"),
    EventKind("appeal_filed", "An appeal is filed.", ("PA specialist", "patient", "ordering clinician"), "appeal_open"),
    EventKind("appeal_overturned", "The appeal reverses the denial.", ("plan appeals unit", "independent reviewer"), "overturned"),
    EventKind("appeal_upheld", "The denial stands.", ("plan appeals unit", "independent reviewer"), "upheld"),
    EventKind("appeal_dismissed", "The appeal is not accepted (too late, wrong level, no consent); the denial stands.", ("plan appeals unit", "independent reviewer"), "upheld"),
    EventKind("claim_sent", "The claim is sent.", ("biller",)),
    EventKind("claim_paid", "The claim is paid.", ("plan claims unit",)),
    EventKind("claim_denied", "The claim is denied.", ("plan claims unit",)),
    EventKind("expired", "The approval ran out.", ("plan system",), "expired"),
)  # fmt: skip

#: Event code -> EventKind, in the order in which events usually come.
EVENTS: dict[str, EventKind] = {k.code: k for k in _KINDS}


def state_after(codes: Iterable[str]) -> str:
    """State of a request after these event codes, oldest first. An unknown code raises KeyError."""
    state = "draft"
    for code in codes:
        state = EVENTS[code].state or state
    return state
