"""One request while it is being written: what the plan says of it, who it is about, what it asks for, and its times."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .items import Item


@dataclass
class Case:
    """Working record of one request. Minutes count from 2026-01-01."""

    n: int
    plan: str
    line: str
    category: str
    channel: str
    expedited: bool
    complete: bool
    submitted: int
    outcome: str
    reason: str
    fault: str
    auto: bool
    hours: float
    late: bool
    second: bool
    request_id: str = ""
    item: Item | None = None
    code: str = ""
    system: str = ""
    dx: tuple[str, str] = ("", "")
    benefit: str = "medical"
    destination: str = ""
    kind: str = "initial"
    policy: dict[str, Any] | None = None
    renewal: bool = False
    member: str = ""
    card: str = ""
    person: dict[str, Any] = field(default_factory=dict)
    requester: str = ""
    renderer: str = ""
    specialty: str = ""
    order: str | None = None
    dose: tuple[float, str, int] | None = None
    units: int = 1
    supply: int | None = None
    pos: str = "11"
    service: int = 0
    start: int = 0
    end: int = 0
    received: int | None = None
    statement: int | None = None
    asked: int | None = None
    info_due: int | None = None
    info_sent: int | None = None
    decided: int | None = None
    approved_units: int | None = None
    limit: int = 0
    due: int | None = None
    statuses: dict[str, str] = field(default_factory=dict)
    evidence: list[tuple[str, str, list[str]]] = field(default_factory=list)
    note: str | None = None
    twin: Case | None = None
    who: str = ""
    desk: str = "plan"
    variant: str = ""
    appeal: str = ""
    auth: str | None = None
    hold: bool = False
    await_statement: bool = False
    unanswered: bool = False
    cast: bool = False
    ordered: int | None = None
    sent_to: str = ""
    given_pos: str = ""
    given_renderer: str = ""

    @property
    def day(self) -> int:
        """Day of submission."""
        return self.submitted // 1440

    @property
    def quick(self) -> bool:
        """Is the answer due within three days, so that a payer works on it on Saturday too?"""
        return self.expedited or 0 < self.limit <= 72 * 60

    @property
    def drug_side(self) -> bool:
        """Is it in the pharmacy category?"""
        return self.category == "pharmacy_drug"

    @property
    def drug(self) -> bool:
        """A pharmacy drug?"""
        return self.system == "DRUG"
