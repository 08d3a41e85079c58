"""The tools of Module 11 in JupyterLab, with the keyboard only."""

from __future__ import annotations

from typing import Any

import pytest
from browser_tools import Notebook, keep, low_contrast
from keyboard import controls_of, practice_by_keyboard

from coursekit.items import load_module

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MODULE = "module_11"
TRIAGE, LADDER, LETTER = "denial_triage(", "appeal_ladder(", "letter_workshop("
TOOLS = {TRIAGE: ("Denial triage", 4), LADDER: ("Appeal ladder", 8), LETTER: ("Letter workshop", 3)}


@pytest.mark.parametrize("cell", TOOLS)
def test_every_control_has_a_name_of_its_own(notebook: Notebook, cell: str) -> None:
    title, controls = TOOLS[cell]
    assert len(controls_of(notebook, cell, title)) >= controls


def test_triage_by_keyboard(at: Any) -> None:
    me = at(TRIAGE)
    me.tab_to("list The records show")
    me.press("l")  # left_out
    me.hears("^A clinical denial. Send a new request")
    me.tab_to("list The care")
    me.press("w")
    me.hears("^A clinical denial. File the appeal of the line")
    me.tab_to("list The records show", "Shift+Tab")
    me.press("e")
    me.hears("^A coverage denial. No appeal on medical grounds")
    keep(me.notebook.page, "tools-triage")
    assert not low_contrast(me.notebook.page, ".priorauth-tool")


def test_ladder_by_keyboard(at: Any) -> None:
    me = at(LADDER)
    me.tab_to("button Climb the ladder")
    me.press("Enter")
    me.hears("^Reconsideration: file by Sunday, November 1, 2026. 32 days are left.")
    me.hears_again("Enter")
    keep(me.notebook.page, "tools-ladder")
    me.tab_to("list Line", "Shift+Tab")
    me.press("e")  # employer plan
    me.tab_to("box Received on, if it can be shown")
    me.notebook.page.keyboard.type("2026-09-18")
    me.tab_to("button Climb the ladder")
    me.press("Enter")
    me.hears("^Internal appeal: file by Wednesday, March 17, 2027.")
    assert "External review" in me.tool.get_by_role("table", name="The ladder: Employer plan").inner_text()
    me.tab_to("box Received on, if it can be shown", "Shift+Tab")
    me.press("ControlOrMeta+a", "Delete")
    me.tab_to("button Climb the ladder")
    me.press("Enter")
    me.hears("^This window needs the day on which the notice was received")


def test_letter_by_keyboard(at: Any) -> None:
    me = at(LETTER)
    me.tab_to("button Check the letter")
    me.press("Enter")
    me.hears("^0 of 8 parts are there. First to add: Who and what. 3 claims without a page.")
    me.hears_again("Enter")
    me.tab_to("list Start from", "Shift+Tab")
    me.press("End")
    me.hears("^8 of 8 parts are there. Every claim names its page.")
    keep(me.notebook.page, "tools-letter")
    me.tab_to("TEXTAREA Letter")
    me.press("ControlOrMeta+a")
    me.notebook.page.keyboard.type("My own letter.")
    me.tab_to("list Start from", "Shift+Tab")
    me.press("Home")
    me.hears("^0 of 8 parts are there. .* 3 claims")
    assert me.tool.get_by_label("Start from").locator("option:checked").inner_text().split()[:2] == ["a", "first"]
    me.press("End")
    me.hears("^0 of 8 parts are there. .* Every claim names its page.")
    assert me.tool.get_by_label("Letter", exact=True).input_value() == "My own letter."
    me.press("ArrowUp")
    me.hears("^8 of 8 parts are there.")
    me.tab_to("fold Read all of it as text")
    me.press("Enter")
    me.tool.get_by_role("heading", name="a first draft with gaps").wait_for()
    me.press("Enter")
    me.notebook.page.set_viewport_size({"width": 720, "height": 900})
    keep(me.notebook.page, "tools-letter-narrow")
    me.notebook.page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.parametrize("question", load_module(MODULE).practice, ids=lambda q: q.id)
def test_practice_by_keyboard(at: Any, question: Any) -> None:
    practice_by_keyboard(at(f'practice("{question.id}")'), question)
