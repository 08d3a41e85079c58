"""The tools of Module 5 in JupyterLab, with the keyboard only."""

from __future__ import annotations

import re
from typing import Any

import pytest
from browser_tools import Notebook, keep
from keyboard import Keyboard, controls_of, practice_by_keyboard

from coursekit.items import load_module

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MODULE = "module_05"
BROWSER, BUILDER, UNITS, NDC = "icd_browser(", "code_builder(", "unit_calculator(", "ndc_converter("
TOOLS = {
    BROWSER: "ICD-10-CM browser (ICD-10-CM, April 2026)",
    BUILDER: "Code builder",
    UNITS: "Unit calculator",
    NDC: "NDC converter",
}


def type_over(me: Keyboard, field: str, text: str) -> None:
    """Tab to a text field, replace what stands in it, and press Enter."""
    me.tab_to(f"box {field}")
    me.press("ControlOrMeta+a")
    me.notebook.page.keyboard.insert_text(text)
    me.press("Enter")


@pytest.mark.parametrize("cell", TOOLS)
def test_every_control_has_a_name_of_its_own(notebook: Notebook, cell: str) -> None:
    assert len(controls_of(notebook, cell, TOOLS[cell])) >= 3


def test_browser_by_keyboard(at: Any) -> None:
    me = at(BROWSER)
    type_over(me, "Words or a code", "sleep apnea")
    me.hears(r"^12 found\. Open: G47\.3 is a parent")
    me.tab_to("list Found")
    me.press("ArrowDown", "ArrowDown")
    me.hears(r"^Open: G47\.\d+ can be billed")
    keep(me.notebook.page, "tools-icd-browser")
    me.tab_to("button One level up")
    me.press("Enter")
    me.hears(r"^Open: G47\.3 is a parent")
    me.tab_to("list Right below", "Shift+Tab")
    me.press("g")  # a letter chooses in the list; JupyterLab must not take it for a command
    me.hears(r"^Open: G47\.30 can be billed")
    type_over(me, "Day of the visit", "2026-11-20")
    me.hears("not covered by it")
    type_over(me, "Second code", "P28.39")
    me.tab_to("button Compare with the second code")
    me.press("Space")
    me.hears(r"^Excludes1 at G47\.3: sleep apnea of newborn")
    me.hears_again("Space")
    me.tab_to("fold Read all of it as text")
    me.press("Enter")
    me.tool.get_by_role("table", name="The 22 chapters").wait_for()
    me.press("Enter")


def test_builder_by_keyboard(at: Any) -> None:
    me = at(BUILDER)
    for label, letter in (
        ("4th character (site or kind)", "5"),
        ("5th character (site or kind)", "1"),
        ("6th character (often the side)", "2"),
    ):
        me.tab_to(f"list {label}")
        me.press(letter)
        me.hears(r"^S83\.5\d*: ")
    me.tab_to("list 7th character (encounter or stage)")
    me.press("D")
    me.hears(r"^S83\.512D is complete: Sprain of anterior cruciate ligament of left knee")
    keep(me.notebook.page, "tools-code-builder")
    assert me.tool.get_by_role("table", name="Place by place").get_by_role("row").count() == 6
    me.tab_to("box Category", "Shift+Tab")
    me.press("ControlOrMeta+a")
    me.notebook.page.keyboard.insert_text("W19")
    me.press("Enter")
    me.hears("^W19: choose the seventh character")
    me.tab_to("list 7th character (encounter or stage)")
    me.press("A")
    me.hears(r"^W19\.XXXA is complete")


def test_calculator_by_keyboard(at: Any) -> None:
    me = at(UNITS)
    type_over(me, "Dose at one visit", "350")
    me.tab_to("button Work it out")
    me.press("Enter")
    me.hears("^35 units at each visit, 105 for 3 visits, 5 thrown away at each visit")
    me.tool.get_by_role("table", name="The order in units").wait_for()
    keep(me.notebook.page, "tools-units")
    me.hears_again("Space")
    me.tab_to("list Drug code", "Shift+Tab")
    me.press("J", "2", "5", "0", "5")
    me.tab_to("button Work it out")
    me.press("Enter")
    me.hears("^J2505 ended on 2021-12-31. J2506 took its place")
    type_over_back(me, "Dose at one visit", "much")
    me.tab_to("list Drug code", "Shift+Tab")
    me.press("J", "2", "5", "0", "6")
    me.tab_to("button Work it out")
    me.press("Enter")
    me.hears("is not a number")


def type_over_back(me: Keyboard, field: str, text: str) -> None:
    """The same as `type_over`, going back to the field."""
    me.tab_to(f"box {field}", "Shift+Tab")
    me.press("ControlOrMeta+a")
    me.notebook.page.keyboard.insert_text(text)
    me.press("Enter")


def test_converter_by_keyboard(at: Any) -> None:
    me = at(NDC)
    type_over(me, "Package number", "9000-0101-01")
    me.tab_to("button Convert")
    me.press("Enter")
    me.hears("^09000010101. 4-4-2: a zero goes into place 1")
    type_over_back(me, "Package number", "9000010101")
    me.tab_to("button Convert")
    me.press("Enter")
    me.hears("^Ask: Ten digits without hyphens fit all three patterns")
    keep(me.notebook.page, "tools-ndc")
    me.tab_to("list Where it comes from", "Shift+Tab")
    me.press("ArrowDown")
    me.tab_to("button Convert")
    me.press("Space")
    me.hears("^09000010101. It held eleven digits, so 1 zero at the front is put back")


@pytest.mark.parametrize("question", load_module(MODULE).practice, ids=lambda q: q.id)
def test_practice_by_keyboard(at: Any, question: Any) -> None:
    practice_by_keyboard(at(f'practice("{question.id}")'), question)


def test_no_tool_is_wider_than_the_page(notebook: Notebook) -> None:
    for cell, title in TOOLS.items():
        tool = notebook.tool(cell)
        assert tool.evaluate("e => e.scrollWidth <= e.clientWidth + 1"), title
        assert re.search(re.escape(title), tool.inner_text())
