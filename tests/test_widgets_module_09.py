"""The tools of Module 9 and the plain functions behind them: what they compute, what they show, what their controls do.

What all tools share is tested in `test_tools.py`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from priorauth import counter, data, exceptions, formulary, rejects, sig, stories, supply
from priorauth.clocks import ClockError, due_at
from priorauth.facts import fact
from priorauth.widgets import base
from priorauth.widgets import reject_guide as guide_tool
from priorauth.widgets.exception_clock import all_clocks, exception_clock
from priorauth.widgets.reject_guide import reject_guide
from priorauth.widgets.supply_checker import supply_checker

MODULE = "module_09"
ROW = {"status": "covered", "pa": True, "step_drugs": "DRG-103", "step_days": 60, "quantity_limit": 30, "per_days": 30}


def heard(tool: base.Tool) -> str:
    return base.plain(tool.notice.value)


def seen(tool: base.Tool) -> str:
    return base.plain(tool.result.value)


# --- from reject to request ----------------------------------------------------------------------------------------------


def test_the_codes_are_those_of_the_fact() -> None:
    said = fact("ncpdp-rejects").statement
    assert all(code in said and code in rejects.labels() for code in rejects.CODES)


def slip(code: str = "75", **changed: object) -> rejects.Slip:
    return rejects.Slip(**({"code": code, "per_day": 1, "quantity": 30, "days": 30} | changed))


@pytest.mark.parametrize(
    ("code", "changed", "row", "ask", "proof"),
    [
        ("75", {"same_claim": False, "run_days": 90}, {}, rejects.MEND, "the claim"),
        ("88", {"quantity": 60}, {}, rejects.QUERY, "the prescription"),
        ("70", {}, {"status": "excluded"}, rejects.NOTHING, "the formulary row"),
        ("70", {}, {"status": "not_on_formulary"}, rejects.FORMULARY, "the formulary row"),
        ("70", {}, {}, "call the plan", "the formulary row"),
        ("75", {"approved": True}, {}, rejects.MEND, "the row of our log"),
        ("75", {"run_days": 59}, {}, rejects.STEP, "the formulary row"),
        ("75", {"run_days": 60}, {}, rejects.PA, "the last fill of the run"),
        ("75", {}, {"step_drugs": None}, rejects.PA, "the formulary row"),
        ("76", {"per_day": 2, "quantity": 60}, {}, rejects.QUANTITY, "the prescription"),
        ("76", {"quantity": 90, "days": 90}, {}, "call the plan", "the formulary row"),
        ("79", {"earlier_per_day": 1}, {}, rejects.WAIT, "the last fill of this drug"),
        ("79", {"earlier_per_day": 0.5}, {}, rejects.OVERRIDE, "the prescription"),
        ("79", {"per_day": 2, "quantity": 60, "earlier_per_day": 1}, {}, rejects.QUANTITY, "the prescription"),
        ("88", {}, {}, rejects.QUERY, "the fill that clashes"),
    ],
)
def test_the_order_of_looking(code: str, changed: dict, row: dict, ask: str, proof: str) -> None:
    advice = rejects.guide(slip(code, **changed), ROW | row)
    assert (advice.ask, advice.proof) == (ask, proof)
    assert advice.looked[-1] == advice.why and all(line.endswith(".") for line in advice.looked)
    assert ask in guide_tool.BRING


def test_the_examples_of_the_lesson_come_out_as_told() -> None:
    one, two = (next(s for s in stories.rows("counter_slips") if s["slip"] == name) for name in ("E01", "E02"))
    for row, code, earlier, ask in ((one, "75", 0, rejects.STEP), (two, "79", 1, rejects.OVERRIDE)):
        seen_slip = slip(code, per_day=rejects.per_day(row["directions"]), quantity=row["quantity"], days=row["days"], earlier_per_day=earlier)  # fmt: skip
        assert rejects.guide(seen_slip, formulary.entry(row["plan_id"], row["drug_id"])).ask == ask
        assert row["reject"] == code


def test_needed_units_do_not_gain_one_by_rounding() -> None:
    assert rejects.needed(1 / 14, 28) == 2 and rejects.needed(0.1, 30) == 3 and rejects.needed(2.5, 3) == 8
    with pytest.raises(sig.SigError, match="1 tab"):
        rejects.per_day("1 tab PO PRN")


def test_the_guide_s_controls() -> None:
    tool = reject_guide("PLN-12", "DRG-104")
    tool.go.click()
    assert heard(tool) == "Step exception. The plan wants 60 days in a row of the step drug, and the fills show 0. Proof: the formulary row."  # fmt: skip
    tool.run.value = 60
    tool.go.click()
    assert heard(tool).startswith("Prior authorization. The step is done: 60 days")
    tool.same.value = False
    tool.go.click()
    assert heard(tool).startswith("Mend the claim.") and "call to the pharmacy" in seen(tool)
    tool.same.value, tool.code.value, tool.drug.value = True, "70", "DRG-129"
    tool.go.click()
    assert heard(tool).startswith("No request.") and "no exception changes that" in seen(tool)
    tool.directions.value = "as <b>told</b>"
    tool.go.click()
    assert "<b>" not in tool.result.value and "told" in heard(tool)


# --- clocks ---------------------------------------------------------------------------------------------------------------


def test_the_opening_case_waits_for_a_statement() -> None:
    case = exceptions.waiting_case()
    row = data.load("requests").set_index("request_id").loc[case.request_id]
    assert pd.isna(row["statement_at"]) and pd.isna(row["decided_at"])
    clock = exceptions.read("part_d", "formulary_exception", "standard", case.received)
    print(f"{case.request_id}: {clock.sentence}")
    assert clock.ends_waiting < data.TODAY < clock.now.due
    assert clock.next_action.startswith("Get the statement to the plan today")
    lesson = (Path(__file__).resolve().parents[1] / "notebooks" / MODULE / f"{MODULE}.md").read_text(encoding="utf-8")
    assert case.received in lesson and case.patient in lesson, "the lesson tells another case than the data"
    assert (clock.now.due - data.TODAY) < timedelta(days=2)
    today = exceptions.read("part_d", "formulary_exception", "standard", case.received, "2026-09-30 09:00")
    assert today.now.due == clock.now.due and "moves nothing" in today.sentence
    assert [s.effect.split()[0] for s in today.steps] == ["The", "The", "Nothing:"]
    early = exceptions.read("part_d", "formulary_exception", "standard", case.received, "2026-09-20 08:00")
    assert len(early.steps) == 2 and early.steps[1].effect.startswith("The clock starts here")


MOMENTS = st.datetimes(datetime(2026, 4, 1), datetime(2026, 9, 1)).map(lambda t: t.replace(second=0, microsecond=0))


@given(MOMENTS, st.integers(-48, 24 * 20), st.sampled_from(["standard", "expedited"]))
@settings(max_examples=60)
def test_a_statement_never_makes_the_plan_later_than_the_wait_allows(at: datetime, hours: int, speed: str) -> None:
    statement = at + timedelta(hours=hours)
    clock = exceptions.read("part_d", "step_exception", speed, f"{at:%Y-%m-%d %H:%M}", f"{statement:%Y-%m-%d %H:%M}")
    limit = timedelta(hours=72 if speed == "standard" else 24)
    assert clock.ends_waiting == at + timedelta(days=14)
    assert clock.without.due == clock.ends_waiting + limit
    assert clock.now.due == min(max(statement, at), clock.ends_waiting) + limit
    assert clock.now.due == due_at("part_d", "drug_exception", speed, at, {"statement_at": statement}).at


def test_only_part_d_waits() -> None:
    for book in exceptions.BOOKS:
        for ask in exceptions.asks_of(book):
            for speed in exceptions.speeds_of(book, ask):
                clock = exceptions.read(book, ask, speed, "2026-09-14 09:00", "2026-09-15 09:00")
                assert clock.waits == (book == "part_d" and ask.endswith("_exception")), (book, ask)
                if not clock.waits:
                    assert clock.now.due == clock.without.due
    assert len({row[:3] for row in all_clocks()}) == len(all_clocks()) > 30
    assert "payment" in exceptions.asks_of("part_d") and "payment" not in exceptions.asks_of("medicaid")


def test_the_clock_s_controls() -> None:
    tool = exception_clock("part_d", "formulary_exception", "2026-09-14 10:51")
    tool.go.click()
    assert heard(tool).startswith("No statement yet. The wait ends Monday, September 28, 10:51. Due Thursday, October 1, 10:51.")  # fmt: skip
    assert "if no statement ever comes" in seen(tool)
    assert "one source only" in seen(tool) and "One text only" not in seen(tool)
    tool.statement.value = "2026-09-20 08:00"
    tool.go.click()
    assert heard(tool).startswith("The statement starts the clock. Due Wednesday, September 23, 08:00.")
    tool.statement.value = "2026-09-13 08:00"
    tool.go.click()
    assert heard(tool).startswith("The statement was there when the request came")
    tool.book.value = "medicaid"
    assert tool.ask.value == "formulary_exception"
    tool.go.click()
    assert heard(tool).startswith("This clock starts with the request and waits for no statement. Due Tuesday, September 15, 10:51.")  # fmt: skip
    tool.book.value = "part_d"
    tool.ask.value = "payment"
    assert [value for _, value in tool.speed.options] == ["standard"]
    tool.received.value = "yesterday"
    tool.go.click()
    assert "yesterday" in heard(tool) and "yesterday" in seen(tool)
    with pytest.raises(ClockError):
        tool.clock()


# --- meanwhile --------------------------------------------------------------------------------------------------------------


def test_the_window_counts_its_first_day() -> None:
    days = fact("partd-transition-fill").number("days")
    first = date(2026, 7, 3)
    assert (
        supply.window_ends(first) == date(2026, 9, 30) and supply.day_number(first, supply.window_ends(first)) == days
    )
    assert supply.emergency_days() * 24 == fact("mcd-drug-72-hour-emergency-supply").number("supply_hours")


@pytest.mark.parametrize(
    ("book", "changed", "verdict", "units"),
    [
        ("part_d", {}, supply.TRANSITION, 60),
        ("part_d", {"days": 14}, supply.TRANSITION, 28),
        ("part_d", {"day": date(2026, 9, 29)}, supply.TRANSITION, 60),
        ("part_d", {"day": date(2026, 9, 30)}, supply.NEITHER, 0),
        ("part_d", {"had_one": True}, supply.NEITHER, 0),
        ("part_d", {"emergency": True, "had_one": True}, supply.NEITHER, 0),
        ("medicaid", {}, supply.NEITHER, 0),
        ("medicaid", {"emergency": True}, supply.EMERGENCY, 6),
        ("medicaid", {"emergency": True, "days": 2}, supply.EMERGENCY, 4),
        ("employer", {"emergency": True}, supply.NEITHER, 0),
        ("qhp", {}, supply.NEITHER, 0),
    ],
)
def test_what_a_patient_can_have_now(book: str, changed: dict, verdict: str, units: int) -> None:
    asked = {"first_day": date(2026, 7, 2), "day": date(2026, 9, 1), "per_day": 2, "days": 90} | changed
    found = supply.check(book, ROW, **asked)
    assert (found.verdict, found.units) == (verdict, units)
    assert found.why.endswith(".") and found.then.endswith(".") and bool(found.days) == bool(units)


def test_an_excluded_drug_and_a_free_one_get_neither() -> None:
    asked = {"first_day": date(2026, 9, 1), "day": date(2026, 9, 1), "per_day": 1, "days": 30}
    for row in ({"status": "excluded"}, {"pa": False, "step_drugs": None}):
        assert supply.check("part_d", ROW | row, **asked).verdict == supply.NEITHER
    assert supply.check("part_d", ROW | {"status": "not_on_formulary"}, **asked).verdict == supply.TRANSITION
    with pytest.raises(ValueError, match="check eligibility"):
        supply.check("part_d", ROW, date(2026, 9, 2), date(2026, 9, 1), 1, 30)


def test_the_notice_of_a_transition_fill_counts_business_days() -> None:
    found = supply.check("part_d", ROW, date(2026, 9, 1), date(2026, 9, 3), 1, 30)  # Thursday before Labor Day
    assert "2026-09-09" in found.then


def test_the_checker_s_controls() -> None:
    tool = supply_checker()
    tool.go.click()
    assert heard(tool).startswith("Transition fill. 90 units for 30 days. Day 84 of cover in a new plan")
    tool.had.value = True
    tool.go.click()
    assert heard(tool) == "Neither. The one transition fill for this drug was given already."
    tool.plan.value = "PLN-08"
    tool.go.click()
    assert "Nothing in the record makes it an emergency" in heard(tool)
    tool.emergency.value = True
    tool.go.click()
    assert heard(tool).startswith("Emergency supply. 9 units for 3 days.")
    tool.first.value = "June"
    tool.go.click()
    assert heard(tool) == '"June" is not a day. Write the day as 2026-09-28.'


# --- what the lesson shows ---------------------------------------------------------------------------------------------------


def test_examples_are_not_the_tasks() -> None:
    assert counter.answer_example() not in data.cases("m09-c6")
    assert not {"E01", "E02"} & set(data.cases("m09-c1"))
    assert exceptions.waiting_case().request_id not in data.cases("m09-c7")


def test_tables_of_the_counter() -> None:
    slips = data.cases("m09-c1")
    assert len(counter.prescriptions(slips)) == len(counter.claims(slips)) == len(slips)
    asked = {(r.plan_id, r.drug_id) for r in counter.prescriptions(slips).itertuples()}
    assert {(r.plan_id, r.drug_id) for r in counter.rules(slips).itertuples()} == asked
    assert set(counter.fills(slips)["slip"]) <= set(slips) and set(counter.log(slips)["slip"]) <= set(slips)
    text = counter.statement_text("V4")
    assert text.splitlines()[0].startswith("V4   asks for: tiering exception") and "  V4s   Signed:" in text
    told = counter.clock_stories().splitlines() + text.splitlines()
    assert max(map(len, told)) <= counter.WIDTH and sum(line.startswith("K") for line in told) == len(
        data.cases("m09-c2")
    )
    assert list(counter.members(data.cases("m09-c4"))["case"]) == list(counter.desk_notes(data.cases("m09-c4"))["case"])
    shown = counter.approvals(data.cases("m09-c7"))
    assert list(shown["request_id"]) == data.cases("m09-c7") and shown.notna().all(axis=None)
    log = counter.answers_log(data.cases("m09-c6"))
    assert log.groupby("request_id")["at"].apply(lambda t: t.iloc[0] <= t.iloc[-1]).all()
