"""Properties that hold for every clock: never before receipt, later receipt is never due earlier, zones change nothing."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from priorauth.clocks import clock_rows, due_at

PLAN = ZoneInfo("America/Chicago")
ZONES = [ZoneInfo(name) for name in ("UTC", "America/New_York", "America/Phoenix", "Asia/Tokyo", "Australia/Sydney")]
EXAMPLES = 400
tried: Counter[str] = Counter()

# instants, so that no wall time is ambiguous; every rule is in force from January 6, 2026
instants = st.datetimes(datetime(2026, 1, 6, 6), datetime(2028, 9, 30)).map(
    lambda m: m.replace(second=0, microsecond=0, tzinfo=UTC)
)
keys = st.sampled_from(sorted(clock_rows()))
gaps = st.timedeltas(timedelta(0), timedelta(days=12)).map(lambda d: timedelta(minutes=d // timedelta(minutes=1)))


def due(key: tuple[str, str, str], received: datetime, **events: datetime) -> datetime:
    """The deadline as an instant."""
    return due_at(*key, received, events).at.astimezone(UTC)


@settings(max_examples=EXAMPLES)
@given(keys, instants)
def test_never_before_receipt(key: tuple[str, str, str], received: datetime) -> None:
    tried["never before receipt"] += 1
    assert due(key, received) > received


@settings(max_examples=EXAMPLES)
@given(keys, instants, gaps)
def test_a_later_receipt_is_never_due_earlier(key: tuple[str, str, str], received: datetime, gap: timedelta) -> None:
    tried["monotone in receipt"] += 1
    assert due(key, received) <= due(key, received + gap)


@settings(max_examples=EXAMPLES)
@given(keys, instants, st.sampled_from(ZONES))
def test_the_zone_in_which_receipt_is_written_changes_nothing(
    key: tuple[str, str, str], received: datetime, zone: ZoneInfo
) -> None:
    tried["zone safe"] += 1
    assert due(key, received) == due(key, received.astimezone(zone))
    plan_time = received.astimezone(PLAN)
    if plan_time.fold == 0:  # text has no place for the second of two equal hours
        plain = due_at(*key, f"{plan_time:%Y-%m-%d %H:%M}").at
        assert plain == due_at(*key, received).at.astimezone(PLAN).replace(tzinfo=None)


@settings(max_examples=EXAMPLES)
@given(instants, gaps, gaps, st.sampled_from(["commercial", "individual_market", "marketplace_qhp"]))
def test_waiting_for_information_never_shortens_a_clock(
    received: datetime, asked: timedelta, answered: timedelta, line: str
) -> None:
    tried["a question never shortens"] += 1
    key = (line, "service", "standard")
    at = received + asked
    plain, tolled = due(key, received), due(key, received, info_asked_at=at, info_received_at=at + answered)
    assert tolled >= plain + timedelta(days=14, hours=23)
    assert tolled >= due(key, received, info_asked_at=at, info_received_at=at) - timedelta(hours=1)


@settings(max_examples=EXAMPLES)
@given(
    instants, gaps, st.sampled_from(["medicare_advantage", "medicaid_managed", "medicaid_ffs", "traditional_medicare"])
)
def test_a_question_moves_no_public_clock(received: datetime, asked: timedelta, line: str) -> None:
    tried["a question moves nothing"] += 1
    kind = "dmepos_list" if line == "traditional_medicare" else "service"
    key = (line, kind, "standard")
    assert due(key, received) == due(key, received, info_asked_at=received + asked)


def test_number_of_examples(capsys: pytest.CaptureFixture[str]) -> None:
    """Runs last in this file: how many examples the properties were tried on."""
    with capsys.disabled():
        print(
            "\nexamples: " + ", ".join(f"{name} {n}" for name, n in tried.items()) + f"; {sum(tried.values())} in all"
        )
    assert all(n >= EXAMPLES for n in tried.values())
