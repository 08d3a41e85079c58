"""A day as people type it, and every function and tool that takes one: read as meant, or refused; never guessed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from priorauth import building, calendars, clocks, codes, compendia, coverage, data, days, policies, therapy, units
from priorauth.widgets.appeal_ladder import appeal_ladder
from priorauth.widgets.due_clock import due_clock
from priorauth.widgets.exception_clock import exception_clock
from priorauth.widgets.icd_browser import icd_browser
from priorauth.widgets.unit_calculator import unit_calculator

DAY = dt.date(2026, 9, 28)
TYPED = ["2026-09-28", " 2026-09-28 ", "9/28/2026", "9/28/26", "09/28/26", "September 28, 2026", "Sep 28, 2026"]
UNREAD = [
    "",
    "November",
    "9/28",
    "28.9.2026",
    "9-28-26",
    "13/40/26",
    "2026-02-30",
    "0026-09-28",
    "soon",
    "2026-W39",
    "9999-12-31",
    "2926-09-28",
    20260928,
    9.28,
]


@pytest.mark.parametrize("value", [
    *TYPED, DAY, dt.datetime(2026, 9, 28, 8), pd.Timestamp("2026-09-28 08:00"), np.datetime64("2026-09-28"),
    "2026-09-28 08:00:00", "2026-09-28T08:00:00-05:00",
])  # fmt: skip
def test_one_day_in_many_spellings(value):
    assert days.as_day(value) == DAY and days.text(value) == "2026-09-28"


@pytest.mark.parametrize("value", [*UNREAD, None, float("nan"), pd.NaT])
def test_what_is_no_day_is_refused_in_one_sentence_that_shows_how(value):
    with pytest.raises(ValueError, match=r"Write the day as 2026-09-28\.$"):
        days.as_day(value)


TAKE_A_DAY = {
    "units.in_force": lambda day: units.in_force("J0135", day),
    "codes.status": lambda day: codes.status("I42.0", day),
    "policies.in_force": lambda day: policies.in_force("POL-101", day)["version"],
    "data.policy": lambda day: data.policy("POL-101", on=day)["version"],
    "compendia.in_force": lambda day: list(compendia.in_force("DRG-108", "L73.2", day)["listing_id"]),
    "coverage.holds": lambda day: coverage.holds({"start": "2026-09-28", "end": "2026-09-28"}, day),
    "therapy.fills_of": lambda day: therapy.fills_of([{"fill_id": "F", "filled_on": day, "days_supply": 3}]),
}


@pytest.mark.parametrize("name", TAKE_A_DAY)
def test_functions_take_the_day_as_typed_or_refuse_it(name):
    ask = TAKE_A_DAY[name]
    assert [ask(day) for day in TYPED] == [ask(DAY)] * len(TYPED)
    for day in UNREAD:
        if day == "" and name == "coverage.holds":
            continue  # an empty cell of a table is no mistake there
        with pytest.raises(ValueError, match="Write the day as"):
            ask(day)


CLOCKS = {
    "calendars": calendars.to_date,
    "due_at": lambda day: clocks.due_at("medicare_advantage", "service", "standard", day),
    "appeal_window": lambda day: clocks.appeal_window("medicare_advantage", "reconsideration", day),
}


@pytest.mark.parametrize("name", CLOCKS)
def test_clocks_take_the_day_as_typed_or_refuse_it(name):
    ask = CLOCKS[name]
    assert [ask(day) for day in TYPED] == [ask(DAY)] * len(TYPED)
    for day in UNREAD:
        with pytest.raises(ValueError, match=r"(?i)write it like|is missing|needs"):
            ask(day)


@pytest.mark.parametrize("typed", ["2026-09-28 16:20", "9/28/2026 16:20", "9/28/26 4:20 PM", "Sep 28, 2026 4:20pm", "2026-09-28T16:20:00", "2026-09-28 16.20", "2026-09-28T16.20", "9/28/26 4.20 pm", "2026-09-28 16:20:00.5-05:00"])  # fmt: skip
def test_a_moment_in_many_spellings_starts_the_same_clock(typed):
    at, timed = calendars.to_moment(typed)
    assert timed and at.replace(tzinfo=None, microsecond=0) == dt.datetime(2026, 9, 28, 16, 20)
    due = clocks.due_at("medicare_advantage", "service", "expedited", typed.replace("00.5-05:00", "00"))
    assert due == clocks.due_at("medicare_advantage", "service", "expedited", dt.datetime(2026, 9, 28, 16, 20))
    assert not calendars.to_moment("9/28/26")[1], "a day alone has no time of day"


@pytest.mark.parametrize("typed", ["2026-09-28 16,20", "2026-09-28 16-20", "2026-09-28 16:20,5", "2026-09-28 16.20.30", "2026-W39-1 16:20"])  # fmt: skip
def test_half_a_time_is_never_a_full_hour(typed):
    with pytest.raises(calendars.CalendarError, match="is not a date or time; write it like"):
        calendars.to_moment(typed)


@pytest.mark.parametrize("year", ["9999", "2926", "0026"])
def test_a_year_far_away_gets_a_sentence_in_every_clock(year):
    for tool, field in ((due_clock(), "received"), (exception_clock("part_d", "initial", "2026-09-14 10:51"), "received"), (appeal_ladder(), "dated")):  # fmt: skip
        getattr(tool, field).value = f"{year}-12-31"
        tool.tell()
        assert "is not a day between 1900 and 2100" in tool.notice.value and "Due" not in tool.result.value


def test_clocks_flag_what_lies_after_the_day_of_the_story():
    clock, drug, ladder = due_clock(), exception_clock("part_d", "initial", "2026-09-14 10:51"), appeal_ladder()
    for tool, box in ((clock, clock.received), (drug, drug.received), (ladder, ladder.dated)):
        tool.tell()
        assert "Check the date" not in tool.notice.value + tool.result.value
        box.value = "2026-10-15 09:00"
        tool.tell()
        assert "Check the date" in tool.notice.value and "Check the date" in tool.result.value
    assert "filed now" not in ladder.notice.value + ladder.result.value


def test_a_clock_names_the_field_that_is_empty():
    for tool in (due_clock(), exception_clock("part_d", "initial", "2026-09-14 10:51")):
        tool.received.value = " "
        tool.tell()
        assert "when the payer received the request is missing" in tool.notice.value


def test_the_clock_tool_takes_dates_as_people_type_them():
    tools = [due_clock(), due_clock()]
    for tool, typed in zip(tools, ("2026-09-28 10:00", "9/28/26 10:00 AM"), strict=True):
        tool.line.value, tool.received.value = "medicare_advantage", typed
        tool.read.click()
    assert tools[0].notice.value == tools[1].notice.value and "write it like" not in tools[1].notice.value
    tools[1].received.value = "9/28"
    tools[1].read.click()
    assert "write it like" in tools[1].notice.value


@pytest.mark.parametrize("typed", TYPED)
def test_the_request_builder_takes_both_days_as_typed(typed):
    order = building.orders()[0]
    whole = building.clean(order)
    first = dt.date.fromisoformat(whole.first)
    draft = replace(whole, first=f"{first:%m/%d/%y}", last=typed)
    assert (draft.first, draft.last) == (whole.first, "2026-09-28")
    assert replace(draft, last=whole.last) == whole and all(
        g.fine for g in building.gaps(replace(draft, last=whole.last))
    )
    for day in ("soon", "9/28", "13/40/26", ""):
        assert [g.name for g in building.gaps(replace(whole, last=day)) if not g.fine] == ["Days"], day


def test_the_browser_knows_the_day_of_the_visit_however_it_is_typed():
    tool = icd_browser("M54.50")
    for day, covered in (("9/28/26", True), ("9/28/2026", True), ("10/1/26", False), ("10/1/2026", False)):
        tool.day.value = day
        assert ("not covered" not in tool.notice.value) == covered, day
        assert ("not covered" not in tool.result.value) == covered, day
    tool.day.value = "next week"
    assert "Write the day as 2026-09-28." in tool.notice.value and "can be billed" not in tool.notice.value


def test_the_calculator_never_works_with_an_ended_code_on_a_day_that_it_did_not_understand():
    tool = unit_calculator()
    tool.code.value, tool.dose.value, tool.sizes.value = "J0135", "60", "40"
    for day in ("11/10/26", "11/10/2026", "2026-11-10", "November 10, 2026"):
        tool.day.value = day
        tool.work.click()
        assert "J0139 took its place" in tool.notice.value and "thrown away" not in tool.result.value, day
    tool.day.value = "12/31/24"
    tool.work.click()
    assert "3 units at each visit" in tool.notice.value
    tool.day.value = "November"
    tool.work.click()
    assert "Write the day as 2026-09-28." in tool.notice.value and "units" not in tool.notice.value
