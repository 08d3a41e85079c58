"""The tools of Module 4 in JupyterLab, with the keyboard only."""

from __future__ import annotations

from typing import Any

import pytest
from browser_tools import Notebook, keep
from keyboard import controls_of, practice_by_keyboard

from coursekit.items import load_module

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MODULE = "module_04"
CHARTS, GRADED, SIG, WORDS = (
    "chart_explorer([patient",
    'chart_explorer(chart.charts("wexcombe"',
    "sig_decoder()",
    "word_builder()",
)
TOOLS = {CHARTS: "Chart explorer", GRADED: "Chart explorer", SIG: "SIG decoder", WORDS: "Word-part builder"}


@pytest.mark.parametrize("cell", TOOLS)
def test_every_control_has_a_name_of_its_own(notebook: Notebook, cell: str) -> None:
    assert len(controls_of(notebook, cell, TOOLS[cell])) >= 4


def test_chart_by_keyboard(at: Any) -> None:
    me = at(CHARTS)
    me.tab_to("list Chart")
    me.press("End")
    me.hears(r"^Chart of Imelda Thornquist, .*Visit notes: 4 rows\.$")
    me.tab_to("list Tab")
    me.press("End")
    me.hears(r"^Orders: 1 row\.$")
    me.tab_to("box Search for")
    me.notebook.page.keyboard.type("smok")
    me.tab_to("button Search all tabs")
    me.press("Enter")
    me.hears("^4 rows with smok, under Visit notes, Telephone notes")
    assert me.tool.get_by_role("table", name="Rows that hold: smok").get_by_role("row").count() == 5
    keep(me.notebook.page, "m04-chart")
    me.hears_again("Space")
    me.tab_to("list Tab", "Shift+Tab")
    me.press("Home")
    me.hears("^Visit notes: 4 rows")
    me.tab_to("fold Read all of it as text")


def test_sig_by_keyboard(at: Any) -> None:
    me = at(SIG)
    me.tab_to("list Practice directions")
    me.press("ArrowDown")
    me.hears("^1 to 2 tablets by mouth each time, every 4 to 6 hours, only when needed")
    me.tool.get_by_text("lasts 3 days").first.wait_for()
    keep(me.notebook.page, "m04-sig")
    me.tab_to("box Or type your own")
    me.notebook.page.keyboard.type("2 tabs PO q.o.d.")
    me.tab_to("button Read my directions")
    me.press("Enter")
    me.hears(r"^2 tablets by mouth each time, every other day\. Now count .* 1 mark in it can be misread\.$")
    me.tab_to("box My most in one day")
    me.notebook.page.keyboard.type("1")
    me.tab_to("button Check my count")
    me.press("Enter")
    me.hears("^Not yet. That is the average over a long time")
    me.tab_to("box My most in one day", "Shift+Tab")
    me.press("ControlOrMeta+a")
    me.notebook.page.keyboard.type("2")
    me.press("Enter")
    me.hears("^Right: 2 tablets in one day is the most")
    keep(me.notebook.page, "m04-sig-own")


def test_words_by_keyboard(at: Any) -> None:
    me = at(WORDS)
    me.tab_to("list Suffix")
    me.press("End", "ArrowUp")  # -stenosis
    me.tab_to("button Build the word")
    me.press("Enter")
    me.hears("^arthrostenosis: the parts say narrowing")
    me.tab_to("box A term")
    me.notebook.page.keyboard.type("osteonecrosis")
    me.tab_to("button Take it apart")
    me.press("Enter")
    me.hears("^osteonecrosis: death of bone tissue")
    assert me.tool.get_by_role("table", name="Its parts").first.get_by_role("row").count() == 4
    keep(me.notebook.page, "m04-words")


@pytest.mark.parametrize("question", load_module(MODULE).practice, ids=lambda q: q.id)
def test_practice_by_keyboard(at: Any, question: Any) -> None:
    practice_by_keyboard(at(f'practice("{question.id}")'), question)
