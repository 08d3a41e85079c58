"""The opening case of Module 3: a draft that is ticked as expedited, found by a rule and told in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from priorauth import data
from priorauth.opening import ModelAnswer

if TYPE_CHECKING:
    import pandas as pd

HABIT = "We always mark these urgent."


@dataclass(frozen=True)
class Draft:
    """A request that has not been sent yet. `str()` of it is the text that the notebook prints."""

    request_id: str
    patient: str
    plan: str
    kind: str
    ordered: str
    tick: str
    reason: str
    note_id: str
    note: str

    def __str__(self) -> str:
        lines = (
            f"Patient:  Ms {self.patient} (invented)",
            f"Plan:     {self.plan}",
            f"Request:  {self.request_id}, {self.kind}, not sent yet",
            f"Order:    {self.ordered}",
            f"Ticked:   {self.tick}",
            f"Reason:   {self.reason}",
            f"Last note ({self.note_id}):",
            f"          {self.note}",
        )
        return "\n".join(lines)

    @property
    def answers(self) -> list[tuple[str, str]]:
        """The three questions of the opening case with a model answer."""
        return [
            (
                "May the tick stay?",
                f'No. "{self.reason}" is a habit and says nothing about harm from waiting. The note does not say it either. '
                "Ask the clinician one open question: what happens if this waits the standard time? "
                "Until a physician has written an answer that counts, the request goes as standard.",
            ),
            (
                "Which pages go?",
                "The note that orders the drug, and the pages that prove the plan's criteria for a renewal. The rest of the chart stays.",
            ),
            (
                "What do you write down?",
                "Who took the tick off, when, and why; whom you asked, and by when you expect the answer; the pages that went out, "
                "with the number of the fax report or message. A colleague who ticks by habit needs a word, and if it is a pattern, the compliance officer does.",
            ),
        ]

    def model_answer(self) -> ModelAnswer:
        """The answers, folded in a notebook."""
        return ModelAnswer(self)


def draft_case() -> Draft:
    """The draft on the desk. DataError if there is none.

    A draft of a woman that is ticked as expedited; best of all out of habit, then the lowest id. The note is her last
    one up to the order.
    """
    requests = data.load("requests").merge(data.load("members"), on="member_id")
    drafts = requests[(requests["urgency"] == "expedited") & requests["submitted_at"].isna() & (requests["sex"] == "F")]
    if drafts.empty:
        raise data.DataError("No expedited draft waits in these data, so Module 3 has no opening case.")
    drafts = drafts.assign(habit=drafts["urgency_reason"] == HABIT)
    row = drafts.sort_values(["habit", "request_id"], ascending=[False, True]).iloc[0]
    order = data.load("orders").set_index("order_id").loc[row["order_id"]]
    note = _last_note(row["member_id"], order["ordered_at"])
    return Draft(
        request_id=row["request_id"],
        patient=f"{row['first_name']} {row['last_name']}",
        plan=data.load("plans").set_index("plan_id").loc[row["plan_id"], "name"],
        kind=f"a {row['request_type']}",
        ordered=f"{order['order_text']}, for {order['dx_text']}",
        tick=row["urgency"],
        reason=row["urgency_reason"],
        note_id=note["note_id"],
        note=note["text"],
    )


def _last_note(member_id: str, until: pd.Timestamp) -> pd.Series:
    notes = data.load("notes")
    mine = notes[(notes["member_id"] == member_id) & (notes["service_date"] <= until)]
    if mine.empty:
        raise data.DataError(f"There is no note of {member_id} up to {until:%Y-%m-%d}.")
    return mine.sort_values(["service_date", "note_id"]).iloc[-1]
