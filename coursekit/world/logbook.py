"""The book in which the events of one request are kept, and who may act in it."""

from __future__ import annotations

from . import payers as P
from .case import Case
from .clock import NOW
from .draws import Picker
from .names import PAYER_PEOPLE, STAFF

Event = tuple[int, str, str, str | None, str, str]


def desk_of(case: Case) -> str:
    """Which desk reviews: plan, PBM, vendor or contractor."""
    kind = P.PAYERS[case.sent_to or case.destination][1]
    return {"insurer": "plan", "pbm": "PBM", "delegated_vendor": "vendor", "government_contractor": "contractor"}[kind]


def short_name(payer: str) -> str:
    """First word of a payer's name, as logs write it."""
    return P.PAYERS[payer][0].split()[0]


ROLES = {
    "plan": ("plan intake coordinator", "plan nurse reviewer", "plan physician reviewer"),
    "PBM": ("PBM technician", "PBM pharmacist reviewer", "PBM physician reviewer"),
    "vendor": ("vendor intake coordinator", "vendor nurse reviewer", "vendor physician reviewer"),
    "contractor": ("plan intake coordinator", "contractor nurse reviewer", "plan physician reviewer"),
}  # fmt: skip


class Log:
    """Collects the events of one request; nothing after NOW is kept."""

    def __init__(self, case: Case, draw: Picker) -> None:
        self.case, self.draw = case, draw
        self.rows: list[Event] = []
        self.staff = draw.one(STAFF)
        who = case.sent_to or case.destination
        self.shop = ""
        self.payer, self.clinician = short_name(who), "Dr. Juniper"
        self.intake, self.first, self.second = ROLES[desk_of(case)]
        nurses, doctors, clerks = PAYER_PEOPLE[who]
        self.nurse, self.doctor, self.clerk = draw.one(nurses), draw.one(doctors), draw.one(clerks)

    def add(self, at: int, role: str, actor: str, event: str, detail: str, channel: str | None = None) -> None:
        """Add an event; no `channel`: inside an office."""
        if at <= NOW:
            self.rows.append((at, role, actor, channel, event, detail))

    def done(self) -> list[Event]:
        """Events in order of time (the order of adding breaks ties)."""
        return sorted(self.rows, key=lambda e: e[0])
