"""Who acts at which step of a request: the roles, what each one does, and eight steps to match with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: Role -> what this person does, in one sentence.
DUTIES: dict[str, str] = {
    "ordering clinician": "The ordering clinician decides which care is needed, writes the order and signs the notes.",
    "PA specialist": "The PA specialist checks the rules, builds and sends the request, and follows it to the end.",
    "scheduler": "The scheduler books the visit and keeps the calendar.",
    "plan intake coordinator": "The plan's intake coordinator logs what comes in and sends the letters, but judges no medical question.",
    "plan nurse reviewer": "The plan's nurse compares the notes with the plan's criteria, and may approve. What is missing, she asks for.",
    "plan physician reviewer": "The plan's physician looks at cases that the nurse cannot approve, and may deny.",
}


@dataclass(frozen=True)
class Match:
    """A step to match: what happens, the role that acts, and what the step needs."""

    happens: str
    role: str
    needs: str


MATCHES: tuple[Match, ...] = (
    Match("An order for an MRI is signed.", "ordering clinician", "Only a licensed clinician may order a test."),
    Match("The plan's list is searched: does this MRI need PA?", "PA specialist", "This is desk work with the plan's list, before anything is sent."),
    Match("The request gets a case number and a receipt stamp.", "plan intake coordinator", "This happens at the plan when the request arrives, before anyone reads the notes."),
    Match("The notes are compared with the plan's criteria for the first time.", "plan nurse reviewer", "This needs clinical knowledge, but it is the first look, not the last word."),
    Match("Missing therapy notes are found in the chart and sent to the plan.", "PA specialist", "This answers the plan's question from the clinic's records."),
    Match("The request is denied because the criteria are not met.", "plan physician reviewer", "A denial for medical reasons needs someone with the right license and expertise."),
    Match("The reasons for the MRI are explained on the phone to the plan's doctor.", "ordering clinician", "A peer-to-peer call is between two clinicians, after a denial."),
    Match("The visit is booked inside the approved dates.", "scheduler", "This is about the calendar, once the approval is recorded."),
)  # fmt: skip


def feedback(chosen: Mapping[int, str | None]) -> list[tuple[bool, str]]:
    """For each step (0, 1, ...) whether the chosen role is right, and a sentence that says why or why not."""
    answers = []
    for number, match in enumerate(MATCHES):
        role = chosen.get(number)
        if role is None:
            answers.append((False, "No role chosen yet."))
        elif role == match.role:
            answers.append((True, f"Right: {match.role}. {match.needs}"))
        elif role not in DUTIES:
            raise ValueError(f"There is no role {role!r}; the roles are {', '.join(DUTIES)}.")
        else:
            answers.append((False, f"Not the {role}. {DUTIES[role]} {match.needs}"))
    return answers
