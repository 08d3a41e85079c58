"""A payer's answer (278 or FHIR), read into one line of the authorization log.

Six kinds of answer are in daily use. Each one says what may be booked, which number to keep, and what to do next.
The meaning of the codes is that of the fact `x12-hcr01`; the labels are the course's own words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Kind:
    """A kind of answer: its label in the log, what the desk may do now, and what it does next."""

    label: str
    may_book: bool
    next_step: str


KINDS = {
    "A1": Kind("approved_in_full", True, "Record number, units and dates; tell the scheduler and the patient."),
    "A2": Kind("approved_in_part", True, "Record what was approved, book only that; ask the clinician about the rest."),
    "A6": Kind("modified", True, "Record what was changed; check with the clinician that the change fits."),
    "A4": Kind("pended", False, "Find out what is wanted and until when; nothing may be booked on it."),
    "A3": Kind("not_approved", False, "Read the reason, keep the case number, and look at the notice for the next step."),
    "CT": Kind("call_payer", False, "Call the payer with the case number; the request has no decision yet."),
}  # fmt: skip
#: Answers outside the six: the request went away, nothing was needed, or it could not be processed.
OTHERS = {
    "C": Kind("cancelled", False, "Find out who cancelled it and why, such as a duplicate."),
    "NA": Kind("nothing_needed", False, "Keep the answer as proof that no authorization was needed."),
    None: Kind("not_processed", False, "Mend what the answer names and send the request again; it was not reviewed."),
}


@dataclass(frozen=True)
class LogLine:
    """One line of the authorization log. `units` are those that may be used: 0 unless something was approved."""

    request_id: str
    answered_at: str
    kind: str
    number: str
    units: int
    start: str
    end: str
    next_step: str


def log_line(answer: dict[str, Any]) -> LogLine:
    """The log line for an answer as `priorauth.messages.read` returns it.

    `number` is the authorization number of an approval and the case number otherwise. Raises ValueError for a code
    that nobody knows.
    """
    code = answer["decision_code"]
    kind = {**KINDS, **OTHERS}.get(code)
    if kind is None:
        raise ValueError(f"The answer carries the code {code!r}; the course knows {', '.join([*KINDS, 'C', 'NA'])}.")
    lines = answer["lines"]
    units = (lines[0]["units_approved"] or 0) if kind.may_book and lines else 0
    return LogLine(
        request_id=answer["request_id"],
        answered_at=answer["answered_at"],
        kind=kind.label,
        number=(answer["auth_number"] if kind.may_book else answer["case_ref"]) or "",
        units=units,
        start=(answer["start"] or "") if kind.may_book else "",
        end=(answer["end"] or "") if kind.may_book else "",
        next_step=kind.next_step,
    )


def example() -> str:
    """A request with an approval in part that the clinic recorded as a full one, and that is in no graded item."""
    from priorauth import data, messages

    try:
        taken = data.cases("m08-c3")
    except data.DataError:
        taken = []
    recorded = data.load("authorizations").set_index("request_id")["units"].to_dict()
    for name in messages.files():
        answer = messages.read(name) if name.endswith("_278_response.x12") else {}
        key = answer.get("request_id")
        if answer.get("decision_code") == "A2" and key not in taken and recorded[key] != log_line(answer).units:
            return key
    raise KeyError("No answer fits the example of the log.")
