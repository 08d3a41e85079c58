"""The tools of Module 6 in JupyterLab, with the keyboard only."""

from __future__ import annotations

from typing import Any

import pytest
from browser_tools import Notebook, keep
from keyboard import controls_of, practice_by_keyboard

from coursekit.items import load_module
from priorauth import evidence

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MODULE = "module_06"
PATH, READER, LADDER = "indication_path()", "compendium_reader()", "evidence_ladder()"
TOOLS = {PATH: "Indication decision path", READER: "Compendium reader", LADDER: "Evidence ladder"}


@pytest.mark.parametrize("cell", TOOLS)
def test_every_control_has_a_name_of_its_own(notebook: Notebook, cell: str) -> None:
    assert len(controls_of(notebook, cell, TOOLS[cell])) >= 2


def test_path_by_keyboard(at: Any) -> None:
    me = at(PATH)
    me.tab_to("list Use")
    me.press("O")  # the first use that begins with the letter; JupyterLab must not take it for a command
    me.hears("^Ovarixa for stomach cancer, Medicaid: no listing that counts, after 5 steps")
    keep(me.notebook.page, "m06-path-medicaid")
    me.tab_to("list Program")
    me.press("Home")
    me.hears("^Ovarixa for stomach cancer, Part B: supported, after 5 steps. Proof: LST-0901.")
    path = me.tool.get_by_role("table", name="The path")
    assert path.get_by_role("row").count() == 6  # headers and five steps
    me.tab_to("list Use", "Shift+Tab")
    me.press("ArrowDown")
    me.hears("^Ovarixa for bladder cancer, Part B: ask the payer")
    keep(me.notebook.page, "m06-path")
    me.tab_to("fold Read all of it as text")
    me.press("Enter")
    me.tool.get_by_role("table", name="Every use under every program").wait_for()
    me.press("Enter")


def test_reader_by_keyboard(at: Any) -> None:
    me = at(READER)
    me.tab_to("list Drug")
    me.press("End")
    me.hears("^Lupavera on all dates: 5 listings.")
    me.tab_to("list Day")
    me.press("ArrowDown")
    me.hears("^Lupavera on September 30: 4 listings in force, 1 set aside")
    aside = me.tool.get_by_role("table", name="Set aside: replaced by then, or not there yet")
    aside.get_by_role("row", name="LST-0922").wait_for()
    keep(me.notebook.page, "m06-reader")
    me.press("End")
    me.hears("^Lupavera on August 31: ")
    aside.get_by_role("row", name="LST-0931").wait_for()


def test_ladder_by_keyboard(at: Any) -> None:
    me = at(LADDER)
    me.tab_to("list Program and drug")
    me.press("End")
    me.hears("^Rung 1 of 9, Part B, drug against cancer: The label names the use: counts")
    me.tab_to("button Down")
    for number, rung in enumerate(evidence.RUNGS[1:], start=2):
        me.press("Enter" if number % 2 else "Space")
        me.hears(f"^Rung {number} of 9, .*: {rung.worth['Part B cancer']}")
        if number == 5:
            keep(me.notebook.page, "m06-ladder")
    me.press("Enter")
    me.hears("^This is the foot of the ladder")
    me.hears_again("Space")
    me.tab_to("button Up", "Shift+Tab")
    me.press("Enter")
    me.hears("^Rung 8 of 9")


@pytest.mark.parametrize("question", load_module(MODULE).practice, ids=lambda q: q.id)
def test_practice_by_keyboard(at: Any, question: Any) -> None:
    practice_by_keyboard(at(f'practice("{question.id}")'), question)
