"""The tools of Module 8 in JupyterLab, with the keyboard only."""

from __future__ import annotations

import re
from typing import Any

import pytest
from browser_tools import Notebook, keep, low_contrast
from keyboard import controls_of, practice_by_keyboard

from coursekit.items import load_module
from priorauth import building, calls

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MODULE = "module_08"
BUILDER, CLOCK, CALL = "request_builder(", "due_clock(", "call_simulator("
TOOLS = {BUILDER: "Request builder", CLOCK: "Due-date clock", CALL: "Call simulator"}


@pytest.mark.parametrize("cell", TOOLS)
def test_every_control_has_a_name_of_its_own(notebook: Notebook, cell: str) -> None:
    assert len(controls_of(notebook, cell, TOOLS[cell])) >= 5


def test_builder_by_keyboard(at: Any) -> None:
    me = at(BUILDER)
    order = building.orders()[0]
    me.tab_to("list Send to")
    me.press("s")  # the only payer that begins with S decides the scan
    me.tab_to("list By")
    me.press("Home")  # the 278
    me.tab_to("list Form")
    me.press("Home")
    me.tab_to("list Speed")
    me.press("Home")
    me.tab_to("box Call-back number")
    me.notebook.page.keyboard.type("555-0161")
    for paper in order["papers"]:
        me.tab_to(f"box {paper['doc_id']}: {paper['what']}, {paper['pages']} page(s)")
        if paper["wanted"]:
            me.press("Space")
    me.tab_to("button Check and show")
    me.press("Enter")
    me.hears("^10 of 10 in order. The request can go out.")
    me.tool.get_by_role("table", name="One request, three times").wait_for()
    assert "all three say the same" in me.tool.inner_text()
    keep(me.notebook.page, "tools-builder")
    me.tab_to("list Show as", "Shift+Tab")
    me.press("ArrowDown", "ArrowDown")
    me.tab_to("button Check and show")
    me.press("Enter")
    me.tool.get_by_label("Message as text").first.filter(has_text="SV1*ZZ:IMG-MRI-LSPINE**UN*1").wait_for()
    keep(me.notebook.page, "tools-builder-278")
    me.tab_to(f"box {order['papers'][4]['doc_id']}: {order['papers'][4]['what']}, {order['papers'][4]['pages']} page(s)", "Shift+Tab")  # fmt: skip
    me.press("Space")
    me.tab_to("button Check and show")
    me.press("Enter")
    me.hears("^9 of 10 in order. First to mend: Papers")
    assert not low_contrast(me.notebook.page, ".priorauth-tool")


def test_clock_by_keyboard(at: Any) -> None:
    me = at(CLOCK)
    me.tab_to("button Read the clock")
    me.press("Enter")
    me.hears("^Due Friday, October 2, 2026, 16:20. 56 hours are left.")
    me.hears_again("Enter")
    me.tab_to("box Payer asked for more", "Shift+Tab")
    me.notebook.page.keyboard.type("2026-09-28 10:00")
    me.tab_to("list Line", "Shift+Tab")
    me.press("e")  # employer plan
    me.tab_to("button Read the clock")
    me.press("Enter")
    me.hears("^Due Wednesday, December 9, 2026, 16:20. .* Send what was asked for")
    assert "stands still" in me.tool.get_by_role("table", name="How it came about").inner_text()
    keep(me.notebook.page, "tools-clock")
    me.tab_to("list Line", "Shift+Tab")
    me.press("t")  # TRICARE
    me.tab_to("button Read the clock")
    me.press("Enter")
    me.hears("^The course has no confirmed clock for TRICARE")


def test_call_by_keyboard(at: Any) -> None:
    me = at(CALL)
    call = calls.calls()[0]
    here = call.start
    for letter, key in (("A", "Tab"), ("B", "Tab"), ("A", "Shift+Tab")):
        choice = call.nodes[here][1]["ABC".index(letter)]
        me.tab_to(f"button {letter}. {choice.text}", key)
        me.press_after_reading("Enter")
        here = choice.goes
        me.hears("^" + re.escape(choice.note[:40]))
    assert "What it cost the patient" in me.heard[-1] and call.endings[here].title in me.heard[-1]
    assert me.name == "button A. (the call is over)", "the focus moved"
    keep(me.notebook.page, "tools-call")
    me.press_after_reading("Enter")
    me.hears("^The call is over. Begin again")
    me.tab_to("button Begin again")
    me.press("Enter")
    me.hears("^New call. ")
    me.tab_to("fold Read all of it as text")
    me.press("Enter")
    me.tool.get_by_role("heading", name=calls.calls()[1].name).wait_for()
    me.press("Enter")


@pytest.mark.parametrize("question", load_module(MODULE).practice, ids=lambda q: q.id)
def test_practice_by_keyboard(at: Any, question: Any) -> None:
    practice_by_keyboard(at(f'practice("{question.id}")'), question)
