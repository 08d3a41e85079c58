"""The opening case of Module 5: a request that was denied for its diagnosis code, found by a rule and told in words.

The rule, not an id, is written down here: a denied request of a drug whose code lacks its seventh character; failing
that, one whose code is a parent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from priorauth import codes, data


@dataclass(frozen=True)
class CodingCase:
    """What was asked, what was sent, what the plan said. `str()` of it is what the notebook prints."""

    request_id: str
    patient: str
    plan: str
    ordered: str
    diagnosis: str
    sent: str
    asked: str
    notice: str

    def __str__(self) -> str:
        return "\n".join(
            (
                f"Patient:        {self.patient} (invented)",
                f"Plan:           {self.plan}",
                f"Request:        {self.request_id}",
                f"Order:          {self.ordered}",
                f"For:            {self.diagnosis}",
                f"Code sent:      {self.sent}",
                f"Plan asked:     {self.asked}",
                f"Notice:         {self.notice}",
            )
        )


def coding_case() -> CodingCase:
    """The opening case. LookupError if no request of the world fits."""
    requests, lines = data.load("requests"), data.load("request_lines")
    asked = lines[lines["line_no"] == 1].merge(requests[requests["decision"] == "denied"], on="request_id")
    kinds = asked["icd10"].map(lambda code: codes.status(code).kind)
    for kind in ("seventh missing", "parent"):
        fits = asked[(kinds == kind) & asked["order_id"].notna()].sort_values("request_id")
        if len(fits):
            return _told(fits.iloc[0])
    raise LookupError("No request was denied for a code that is not complete.")


def _asked(detail: str) -> str:
    """What the plan asked, day first: "Asks until 9/25/26 for a code." becomes "by 9/25/26, a code."."""
    return re.sub(r"^Asks until (\S+) for ", r"by \1, ", detail)


def _told(row) -> CodingCase:
    order = data.load("orders").set_index("order_id").loc[row["order_id"]]
    plan = data.load("plans").set_index("plan_id").loc[row["plan_id"], "name"]
    events, notices = data.load("events"), data.load("notices")
    question = events[(events["request_id"] == row["request_id"]) & (events["event"] == "info_asked")]["detail"]
    notice = notices[(notices["request_id"] == row["request_id"]) & (notices["kind"] == "denial")]["reason_text"]
    return CodingCase(
        row["request_id"],
        row["name_sent"],
        plan,
        order["order_text"],
        order["dx_text"],
        row["icd10"],
        _asked(question.iloc[0]) if len(question) else "nothing",
        notice.iloc[0] if len(notice) else "-",
    )
