"""The tools of Module 9 in JupyterLab, with the keyboard only."""

from __future__ import annotations

from typing import Any

import pytest
from browser_tools import Notebook, keep, low_contrast
from keyboard import controls_of, practice_by_keyboard

from coursekit.items import load_module

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MODULE = "module_09"
GUIDE, CLOCK, SUPPLY = "reject_guide(", "exception_clock(", "supply_checker()"
TOOLS = {GUIDE: "Reject-to-request guide", CLOCK: "Exception clock", SUPPLY: "Transition and emergency fill checker"}


@pytest.mark.parametrize("cell", TOOLS)
def test_every_control_has_a_name_of_its_own(notebook: Notebook, cell: str) -> None:
    assert len(controls_of(notebook, cell, TOOLS[cell])) >= 5


def test_guide_by_keyboard(at: Any) -> None:
    me = at(GUIDE)
    me.tab_to("button Show the way")
    me.press("Enter")
    me.hears("^Step exception. The plan wants 60 days in a row")
    me.hears_again("Enter")
    me.tab_to("box Days of the step drug in a row, recent enough", "Shift+Tab")
    me.press("ControlOrMeta+a", "6", "0")
    me.tab_to("button Show the way")
    me.press("Enter")
    me.hears("^Prior authorization. The step is done: 60 days, and 60 are asked for. Proof: the last fill of the run.")
    me.tool.get_by_role("table", name="The formulary row").wait_for()
    keep(me.notebook.page, "tools-guide")
    me.tab_to("box The claim says what the prescription says", "Shift+Tab")
    me.press("Space")
    me.tab_to("button Show the way")
    me.press("Enter")
    me.hears("^Mend the claim. ")
    me.tab_to("fold Read all of it as text")
    me.press("Enter")
    me.tool.get_by_role("table", name="From reject to request").wait_for()
    me.press("Enter")
    assert not low_contrast(me.notebook.page, ".priorauth-tool")


def test_clock_by_keyboard(at: Any) -> None:
    me = at(CLOCK)
    me.tab_to("button Read the clock")
    me.press("Enter")
    me.hears("^No statement yet. The wait ends Monday, September 28, 10:51. Due Thursday, October 1, 10:51. 26 hours")
    me.tab_to("box Plan received the prescriber's statement", "Shift+Tab")
    me.notebook.page.keyboard.type("2026-09-30 09:00")
    me.tab_to("button Read the clock")
    me.press("Enter")
    me.hears("^The statement came after the wait had ended")
    me.tool.get_by_role("table", name="Three moments").wait_for()
    keep(me.notebook.page, "tools-clock")
    me.tab_to("list Rule book", "Shift+Tab")
    me.press("m", "m")  # Medicaid, then the Marketplace plan
    me.tab_to("button Read the clock")
    me.press("Enter")
    me.hears("^This clock starts with the request and waits for no statement. Due ")


def test_supply_by_keyboard(at: Any) -> None:
    me = at(SUPPLY)
    me.tab_to("button Check")
    me.press("Enter")
    me.hears("^Transition fill. 90 units for 30 days. Day 84 of cover in a new plan")
    keep(me.notebook.page, "tools-supply")
    me.tab_to("box First day of cover in this plan", "Shift+Tab")
    me.press("ControlOrMeta+a")
    me.notebook.page.keyboard.type("2026-05-10")
    me.tab_to("button Check")
    me.press("Enter")
    me.hears("^Neither. Day 115 of cover; the window ended on 2026-08-07.")
    assert not low_contrast(me.notebook.page, ".priorauth-tool")


@pytest.mark.parametrize("question", load_module(MODULE).practice, ids=lambda q: q.id)
def test_practice_by_keyboard(at: Any, question: Any) -> None:
    practice_by_keyboard(at(f'practice("{question.id}")'), question)
