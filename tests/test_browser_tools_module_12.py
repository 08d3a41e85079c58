"""The tools of Module 12 in JupyterLab, with the keyboard only."""

from __future__ import annotations

import re
from typing import Any

import pytest
from browser_tools import Notebook, keep, low_contrast
from keyboard import controls_of, practice_by_keyboard

from coursekit.items import load_module
from priorauth import goldcard, ledger, stays

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MODULE = "module_12"
REVIEWER, LEDGER, CARDS, MAP = "stay_reviewer(", "auth_ledger(", "gold_card_simulator(", "career_map("
TOOLS = {
    REVIEWER: "Stay reviewer",
    LEDGER: "Authorization ledger",
    CARDS: "Gold-card and automation simulator",
    MAP: "Career map",
}


@pytest.mark.parametrize("cell", TOOLS)
def test_every_control_has_a_name_of_its_own(notebook: Notebook, cell: str) -> None:
    assert len(controls_of(notebook, cell, TOOLS[cell])) >= 4


def test_reviewer_by_keyboard(at: Any) -> None:
    me = at(REVIEWER)
    stay = stays.lesson_stays()[0]
    me.tab_to("button Covered")
    me.press("Enter")
    me.hears("^No, X1-1 is not covered.")
    me.press("Enter")  # too close behind the first press to be one of its own
    me.press_after_reading("Enter")
    me.hears("^Yes, X1-2 is covered.")
    assert me.name == "button Covered", "the focus moved"
    me.press_after_reading("Enter")
    me.hears("^Yes, X1-3 is covered.")
    keep(me.notebook.page, "tools-reviewer")
    for day in stay.days[3:]:
        me.tab_to("button Covered", "Shift+Tab") if me.name == "button Not covered" and day.covered else None
        me.tab_to("button Not covered") if me.name == "button Covered" and not day.covered else None
        me.press_after_reading("Enter")
        me.hears(f"^Yes, {day.day_id} is ")
    assert "You agree with the review on 5 of 6 days" in me.heard[-1]
    me.press_after_reading("Enter")
    me.hears("^This stay is finished.")
    me.tab_to("list Stay", "Shift+Tab")
    me.press("ArrowDown")
    me.hears("^Stay X2, day X2-1")
    assert not low_contrast(me.notebook.page, ".priorauth-tool")


def test_ledger_by_keyboard(at: Any) -> None:
    me = at(LEDGER)
    me.tab_to("button Show the list")
    me.press("Enter")
    me.hears(r"^\d+ lines need a look\. First REQ-")
    me.hears_again("Enter")
    me.tool.get_by_role("table", name="To look at, 14 days ahead").wait_for()
    keep(me.notebook.page, "tools-ledger")
    me.tab_to("list Service", "Shift+Tab")
    me.press("t")  # therapy
    me.tab_to("button Show the list")
    me.press("Enter")
    rows = [x for x in ledger.lines().to_dict("records") if x["service"] == "therapy" and ledger.remarks(x)]
    me.hears(f"^{len(rows)} lines need a look")
    last = ledger.lines().to_dict("records")[-1]
    me.tab_to("list Open one line")
    me.press("End")
    me.tab_to("button Open the line")
    me.press("Enter")
    me.hears(f"^{last['request_id']}: {last['units_left']} units left; the last day is ")
    me.tool.get_by_role("table", name="Visits").wait_for()
    keep(me.notebook.page, "tools-ledger-line")


def test_cards_by_keyboard(at: Any) -> None:
    me = at(CARDS)
    me.tab_to("button Try it")
    me.press("Enter")
    me.hears("^" + re.escape(goldcard.cards().sentence))
    me.tab_to("list Automatic tool", "Shift+Tab")
    me.press("End")
    me.tab_to("box Approved at least, %", "Shift+Tab")
    me.press("ControlOrMeta+a")
    me.notebook.page.keyboard.type("100")
    me.tab_to("button Try it")
    me.press("Enter")
    me.hears("^" + re.escape(goldcard.cards(5, 100).sentence) + ".*says no at once")
    keep(me.notebook.page, "tools-cards")


def test_map_by_keyboard(at: Any) -> None:
    me = at(MAP)
    me.tab_to("button Show the role")
    me.press("Enter")
    me.hears("^PA specialist, clinic or hospital: ")
    me.tab_to("button Compare published pay")
    me.press("Enter")
    me.hears("^Four sources, four answers")
    assert "42,050" in me.tool.get_by_role("table", name="Published pay, lowest first").inner_text()
    keep(me.notebook.page, "tools-map")
    me.tab_to("button Follow the next step")
    me.press("Enter")
    me.hears("^Denials and appeals specialist: ")
    me.tab_to("fold Read all of it as text")
    me.press("Enter")
    me.tool.get_by_role("table", name="Published pay, lowest first").wait_for()
    me.press("Enter")
    assert not low_contrast(me.notebook.page, ".priorauth-tool")


@pytest.mark.parametrize("question", load_module(MODULE).practice, ids=lambda q: q.id)
def test_practice_by_keyboard(at: Any, question: Any) -> None:
    practice_by_keyboard(at(f'practice("{question.id}")'), question)
