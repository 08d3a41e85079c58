"""The opening case of Module 4: a denied request whose note claims a trial that no fill shows, found by a rule.

The rule, not an id, is written down here: the newest drug request that is denied on TODAY and not appealed, with a note
that says "Tried and failed" and a drug of which the pharmacy has no fill. The order is not older than the note, which
plans it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from priorauth import data
from priorauth.widgets import base

if TYPE_CHECKING:
    import pandas as pd

CLAIM = re.compile(r"Tried and failed (?P<drug>[^,.]+), (?P<months>\d+) mo")


@dataclass(frozen=True)
class DeniedTrial:
    """The case in plain words. `str()` of it is what the notebook prints."""

    request_id: str
    member_id: str
    patient: str
    age: int
    asked_for: str
    note_id: str
    note_day: str
    claim: str
    drug: str
    other_name: str
    sent: tuple[str, ...]
    denied: str
    reason: str

    def __str__(self) -> str:
        lines = (
            f"Patient:  {self.patient}, {self.age} years old (invented)",
            f"Request:  {self.request_id}, {self.asked_for}",
            f"Denied:   {self.denied}",
            f"Reason:   {self.reason}",
            f"The note: {self.note_day}, {self.claim}",
        )
        return "\n".join(lines)

    def model_answer(self) -> Answer:
        """What this module makes of the case, folded in a notebook."""
        return Answer(self)


@dataclass(frozen=True)
class Answer:
    """The answer to the opening case as a folded part of the page."""

    case: DeniedTrial

    def pairs(self) -> list[tuple[str, str]]:
        """The questions of the desk and their answers."""
        c = self.case
        names = f"{c.drug} ({c.other_name})"
        return [
            ("What does the note say?", f"{c.note_id} of {c.note_day}: {c.claim}. It has no dates and no reason."),
            ("What do the fills show?", f"No fill of {names} under either name."),
            ("What was in the packet?", f"{', '.join(c.sent)}. No page showed a day on which the drug was taken."),
            (
                "So who is right?",
                "Nobody can say from this chart. She may have used another pharmacy, samples or another name. "
                "Or the line was copied and never true.",
            ),
            (
                "What do you do first?",
                f"Ask the clinician, without leading: which drug, from when to when, and how it ended. Then ask the "
                f"pharmacy and the plan for fills of {names}.",
            ),
            ("What do you not do?", "Send the same note again, or ask for a sentence that gets it approved."),
        ]

    def _repr_html_(self) -> str:
        return base.details("Show the model answer", base.definition_list(self.pairs()))

    def __repr__(self) -> str:
        return "\n".join(f"{question} {answer}" for question, answer in self.pairs())


def opening_case() -> DeniedTrial:
    """Find the case in the tables. LookupError if the world has none."""
    notes = data.load("notes")
    claims = notes[notes["text"].str.contains("Tried and failed", regex=False)]
    requests = data.load("requests")
    open_to_mend = requests[(requests["state"] == "denied") & (requests["category"] == "pharmacy_drug")]
    pairs = open_to_mend.merge(claims, on="member_id")
    pairs = pairs.merge(data.load("orders")[["order_id", "ordered_at"]], on="order_id")
    in_time = pairs["service_date_y"] <= pairs["ordered_at"]
    pairs = pairs[in_time & (pairs["ordered_at"] <= pairs["received_at"])].sort_values(["received_at", "request_id"])
    fills, drugs = data.load("fills"), data.load("drugs")
    for row in reversed(pairs.to_dict("records")):
        found = CLAIM.search(row["text"])
        named = _drug(found["drug"], drugs) if found else None
        if named is not None:
            mine = fills[(fills["member_id"] == row["member_id"]) & (fills["drug_id"] == named["drug_id"])]
            if mine.empty:
                return _told(row, found, named)
    raise LookupError("No denied request rests on a claimed trial without a fill.")


def _drug(name: str, drugs: pd.DataFrame) -> dict | None:
    rows = drugs[(drugs["brand_name"] == name) | (drugs["generic_name"] == name)].to_dict("records")
    return rows[0] if rows else None


def _told(row: dict, found: re.Match[str], drug: dict) -> DeniedTrial:
    members = data.load("members").set_index("member_id")
    person = members.loc[row["member_id"]]
    lines, drugs = data.load("request_lines"), data.load("drugs").set_index("drug_id")
    code = lines[lines["request_id"] == row["request_id"]]["code"].iloc[0]
    asked = drugs.loc[code] if code in drugs.index else None
    notices = data.load("notices")
    letters = notices[(notices["request_id"] == row["request_id"]) & (notices["kind"] == "denial")]
    papers = data.load("attachments")
    papers = papers[papers["request_id"] == row["request_id"]]
    age = (data.TODAY - person["birth_date"]).days // 365.25
    names = {drug["brand_name"], drug["generic_name"]} - {found["drug"]}
    return DeniedTrial(
        request_id=row["request_id"],
        member_id=row["member_id"],
        patient=f"{person['first_name']} {person['last_name']}",
        age=int(age),
        asked_for=f"{asked['brand_name']} ({asked['generic_name']})" if asked is not None else code,
        note_id=row["note_id"],
        note_day=f"{row['service_date_y']:%B} {row['service_date_y'].day}",
        claim=f'"{found[0]}"',
        drug=found["drug"],
        other_name=min(names),
        sent=tuple(kind.replace("_", " ") for kind in papers["kind"]),
        denied=f"{row['decided_at']:%B} {row['decided_at'].day}",
        reason=letters["reason_text"].iloc[0] if len(letters) else "step therapy not met",
    )
