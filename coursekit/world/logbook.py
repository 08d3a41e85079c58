"""The book in which the events of one request are kept, and who may act in it."""

from __future__ import annotations

from . import payers as P
from .case import Case
from .clock import DAY, NOW, weekday
from .draws import Picker
from .names import PBM_PHARMACISTS, PLAN_CLERKS, PLAN_DOCTORS, PLAN_NURSES, STAFF

Event = tuple[int, str, str, str | None, str, str]


def desk_of(case: Case) -> str:
    """Which desk reviews: plan, PBM, vendor or contractor."""
    kind = P.PAYERS[case.destination][1]
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


def in_hours(at: int, low: int, high: int) -> int:
    """A moment in working hours near `at`, kept strictly between `low` and `high`; `at` itself if there is none."""
    d, m = divmod(at, DAY)
    if 7 * 60 + 30 <= m <= 18 * 60 and weekday(d) < 5:
        return at
    early = d if m > 18 * 60 else d - 1
    while weekday(early) > 4:
        early -= 1
    late = d if m < 7 * 60 + 30 else d + 1
    while weekday(late) > 4:
        late += 1
    for option in (early * DAY + 16 * 60 + m % 110, late * DAY + 8 * 60 + m % 100):
        if low < option < high:
            return option
    return at


class Log:
    """Collects the events of one request; nothing after NOW is kept."""

    def __init__(self, case: Case, draw: Picker) -> None:
        self.case, self.draw = case, draw
        self.rows: list[Event] = []
        self.staff = draw.one(STAFF)
        self.payer = short_name(case.destination)
        self.intake, self.first, self.second = ROLES[desk_of(case)]
        self.nurse, self.doctor, self.clerk = (
            draw.one(PBM_PHARMACISTS if self.first.startswith("PBM") else PLAN_NURSES),
            draw.one(PLAN_DOCTORS),
            draw.one(PLAN_CLERKS),
        )

    def add(self, at: int, role: str, actor: str, event: str, detail: str, channel: str | None = None) -> None:
        """Add an event; no `channel`: inside an office."""
        if at <= NOW:
            self.rows.append((at, role, actor, channel, event, detail))

    def done(self) -> list[Event]:
        """Events in order of time (the order of adding breaks ties)."""
        return sorted(self.rows, key=lambda e: e[0])
