"""The tools of Module 2 in JupyterLab, with the keyboard only."""

from __future__ import annotations

import re
from typing import Any

import pytest
from browser_tools import Notebook, keep, low_contrast
from keyboard import Keyboard, controls_of, practice_by_keyboard

from coursekit.items import load_module
from priorauth import costs, data, verification

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MODULE = "module_02"
READER, ROUTER, ESTIMATOR = "eligibility_reader(", "benefit_router(", "cost_estimator("
TOOLS = {READER: "Eligibility reader", ROUTER: "Benefit router", ESTIMATOR: "Cost estimator"}


def type_over(me: Keyboard, control: str, words: str) -> None:
    """Go to a text field and replace what stands in it."""
    me.tab_to(control)
    me.press("Home", "Shift+End")
    me.notebook.page.keyboard.type(words, delay=15)


@pytest.mark.parametrize("cell", TOOLS)
def test_every_control_has_a_name_of_its_own(notebook: Notebook, cell: str) -> None:
    assert len(controls_of(notebook, cell, TOOLS[cell])) >= 3


def test_reader_by_keyboard(at: Any) -> None:
    me = at(READER)
    readers = verification.readers()
    me.tab_to("list Request")
    me.press("ArrowDown")
    me.hears(r"^On 2026-\d\d-\d\d: right plan\. .* pays first\. Network: ")
    assert me.name == "list Request", "the focus moved"
    assert readers[1] in me.tool.get_by_label("Request").locator("option:checked").inner_text()
    type_over(me, "box Day (year-month-day)", "2024-06-30")
    me.tab_to("button Read this day")
    me.press("Enter")
    me.hears("^On 2024-06-30 nothing that pays for this is active: no cover")
    keep(me.notebook.page, "tools-reader")
    me.tab_to("box Day (year-month-day)", "Shift+Tab")
    for typed in (
        "2024-06-29",
        "2024-06-30",
    ):  # Enter in the field is the button beside it, also with nothing new typed
        me.press("ControlOrMeta+a")
        me.notebook.page.keyboard.type(typed)
        me.press("Enter")
        me.hears(f"^On {typed} nothing that pays for this is active: no cover")
        me.hears_again("Enter")
    me.tab_to("fold The 271 as it came")
    me.press("Enter")
    me.tool.get_by_text(re.compile("^ISA.*00")).first.wait_for()
    me.tab_to("box Day (year-month-day)", "Shift+Tab")
    me.press("End", "x")
    me.tab_to("button Read this day")
    me.press("Space")
    me.hears("2024-06-30x.* is not a day. Write the day as ")
    me.hears_again("Enter")
    assert me.tool.get_by_text("The 271 as it came").count() == 0, "an old result stays"
    me.tab_to("fold Read all of it as text")
    me.press("Enter")
    me.tool.get_by_role("table", name="Parts of a 271 answer").wait_for()


def test_router_by_keyboard(at: Any) -> None:
    me = at(ROUTER)
    me.tab_to("list Where the drug comes from")
    me.press("ArrowDown")
    me.hears("^Pharmacy benefit by rule B3. Door: ")
    me.press("ArrowDown")
    me.hears("^Pharmacy benefit by rule B4. Door: ")
    keep(me.notebook.page, "tools-router")
    me.tab_to("list Where", "Shift+Tab")
    me.press("Home")
    me.hears("^This does not fit together: staff of a clinic or hospital, at home")
    me.press("End")
    me.hears("^Medical benefit by rule B1. Door: none for the drug")
    me.tab_to("list What is asked for", "Shift+Tab")
    me.press("ArrowDown")
    me.tab_to("list Plan")
    plans = data.load("plans")
    delegated = plans.index[plans["imaging_vendor_id"].notna()][0]
    me.press("Home", *["ArrowDown"] * int(delegated))
    me.hears("^Medical benefit. Door: Summit Radiology Review")


def test_estimator_by_keyboard(at: Any) -> None:
    me = at(ESTIMATOR)
    plan = costs.terms(data.load("plans").iloc[0])
    type_over(me, "box Allowed amount, $", "742.65")
    me.tab_to("box The patient has a maker's copay card")
    me.press("Space")
    me.tab_to("button Work it out")
    me.press("Enter")
    one = costs.line("742.65", plan, "1300.00", "1300.00")
    me.hears(rf"^The patient owes \{costs.dollars(one.owes)} of \$742\.65\. A fill: .* patient \$10\.00")
    row = me.tool.get_by_role("row", name=re.compile("^The patient owes"))
    assert costs.dollars(one.owes) in row.inner_text()
    keep(me.notebook.page, "tools-estimator")
    me.tab_to("button Carry over to the next line")
    me.press("Space")
    me.hears(rf"^Carried over: \{costs.dollars(one.deductible_met)} of the deductible")
    assert float(me.tool.get_by_label("Out of pocket so far, $").input_value()) == float(one.oop_met)


@pytest.mark.parametrize("question", load_module(MODULE).practice, ids=lambda q: q.id)
def test_practice_by_keyboard(at: Any, question: Any) -> None:
    practice_by_keyboard(at(f'practice("{question.id}")'), question)


def test_the_page_can_be_read_in_the_dark_and_on_a_narrow_screen(notebook: Notebook) -> None:
    page = notebook.page
    page.set_viewport_size({"width": 700, "height": 1000})
    for cell in TOOLS:
        notebook.tool(cell).scroll_into_view_if_needed()
        keep(page, f"narrow-{cell.strip('(')}")
        wide = notebook.tool(cell).evaluate("e => e.scrollWidth - e.clientWidth")
        assert wide <= 2, f"{cell} is {wide} px too wide"
    page.emulate_media(color_scheme="dark")  # JupyterLab follows the system
    page.locator('body[data-jp-theme-light="false"]').wait_for(state="attached")
    page.set_viewport_size({"width": 1280, "height": 900})
    for cell in TOOLS:
        notebook.tool(cell).scroll_into_view_if_needed()
        keep(page, f"dark-{cell.strip('(')}")
    assert not low_contrast(page, ".priorauth-tool")
