"""Decision notices and their reasons."""

from __future__ import annotations

from .case import Case
from .clock import DAY, NOW
from .draws import Picker
from .hours import place
from .store import Store


def write_notice(case: Case, store: Store, draw: Picker) -> int | None:
    """Time of the notice; a row for denials and cuts."""
    c = case
    if c.decided is None or c.outcome in ("withdrawn", "draft"):
        return None
    at = c.decided + (
        draw.between(5, 240) if c.outcome != "denied" or not draw.chance(0.04) else draw.between(3 * DAY, 6 * DAY)
    )
    if not c.auto:
        at = place(at, "clinic" if c.channel == "phone" else "payer", c.decided + 3, at + 5 * DAY, c.quick)
    if c.outcome in ("denied", "partly_approved") and at <= NOW:
        words, criterion = reason_words(c, draw)
        role = c.who
        if c.fault == "E32" and draw.chance(0.12):
            role = {"plan": "plan nurse reviewer", "PBM": "PBM technician"}.get(c.desk, role)
        store.add("notices", "notice_id", request_id=c.request_id, sent_at=at, kind="denial" if c.outcome == "denied" else "partial_approval", reason_text=words, criterion=criterion,
                  rights_included=not draw.chance(0.03), decided_by_role=role, received_on=at // DAY + (draw.between(2, 5) if c.channel in ("fax", "mail_or_email") else 0))  # fmt: skip
    return at


VAGUE = ("Not medically necessary.", "Does not meet guidelines.", "Criteria not met.", "Insufficient information.")


def reason_words(c: Case, draw: Picker) -> tuple[str, str | None]:
    """Reason as written, and the criterion that it names (None in vague notices)."""
    unmet = next((k for k, v in c.statuses.items() if v != "met"), None) or (
        next(iter(c.statuses)) if c.statuses else None
    )
    pid = c.policy["policy_id"] if c.policy else ""
    if c.outcome == "partly_approved":
        return f"{c.approved_units} of {c.units} approved; more needs a new request with progress shown.", None
    fixed = {
        "out_of_network": "The provider is not in the plan's network on that date.", "not_eligible": "The member had no active cover on that date.", "not_covered_benefit": "The contract does not cover this service.",
        "duplicate_or_already_authorized": "The same service was already requested.", "quantity_limit": "The quantity is over the plan's limit.", "other": "Quantity and days supply do not fit.",
        "wrong_code_or_setting": "The place of service is not one that the policy accepts." if c.fault == "E14" else "The diagnosis code does not support the service.",
    }.get(c.reason)  # fmt: skip
    if c.reason == "non_formulary_or_excluded":
        fixed = (
            "This use of the drug is excluded from the benefit."
            if c.fault == "E28"
            else "The drug is not on the formulary; the exception was not supported."
        )
    if fixed:
        return fixed, None
    if c.fault == "E27":
        return f"The use is neither labelled nor supported ({pid}, C1).", "C1"
    if draw.chance(0.15):
        return draw.one(VAGUE), None
    if unmet is None:
        return draw.one(VAGUE), None
    start = {
        "criteria_not_met": "Criterion not met",
        "step_therapy_not_met": "Step therapy not shown",
        "conservative_care_not_tried": "Earlier treatment not shown",
    }.get(c.reason, "Records do not show")
    return f"{start}: {pid}, {unmet}.", unmet
