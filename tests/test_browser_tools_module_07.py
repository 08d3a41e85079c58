"""The tools of Module 7 in JupyterLab, with the keyboard only."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from browser_tools import Notebook, keep
from keyboard import controls_of, practice_by_keyboard

from coursekit.items import load_module
from priorauth import data, matrix, reading_plans

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MODULE = "module_07"
FINDER, MATRIX, EXPLORER = "policy_finder(", "criteria_matrix(", "formulary_explorer("
TOOLS = {FINDER: "Policy finder", MATRIX: "Criteria-to-evidence matrix", EXPLORER: "Formulary explorer"}


@pytest.mark.parametrize("cell", TOOLS)
def test_every_control_has_a_name_of_its_own(notebook: Notebook, cell: str) -> None:
    assert len(controls_of(notebook, cell, TOOLS[cell])) >= 5


def type_over(me: Any, words: str) -> None:
    """Replace what stands in the focused field, and leave it with Tab."""
    me.press("ControlOrMeta+a")
    me.notebook.page.keyboard.type(words)


def test_finder_by_keyboard(at: Any) -> None:
    me = at(FINDER)
    me.tab_to("box Day sent (YYYY-MM-DD)")
    type_over(me, "2026-06-01")
    me.tab_to("list Criteria")
    me.tab_to("button Find the policy")
    me.press("Enter")
    me.hears("^POL-101 version 2 holds on 2026-06-01, with 3 criteria")
    changed = me.tool.get_by_role("table", name="What version 1 (2024-07-01 to 2026-05-31) says instead")
    assert "At least 28 days" in changed.inner_text()
    keep(me.notebook.page, "tools-policy-finder")
    me.hears_again("Space")
    me.tab_to("list Criteria", "Shift+Tab")
    me.press("r")  # the letter chooses "renewal"
    me.tab_to("button Find the policy")
    me.press("Enter")
    me.hears("^POL-101 version 2 holds on 2026-06-01. It has no renewal criteria")
    me.tool.get_by_text("A further request is judged like a first one.").wait_for()
    me.tab_to("box Day sent (YYYY-MM-DD)", "Shift+Tab")
    type_over(me, "tomorrow")
    me.tab_to("button Find the policy")
    me.press("Enter")
    me.hears("is not a day. Write the day as 2026-09-28")


def test_button_answers_to_the_last_choice_though_the_kernel_was_busy(at: Any) -> None:
    """The page sends the first change at once, holds the next ones back, and sends the press of the button before them."""
    me = at(FINDER)
    me.tab_to("box Day sent (YYYY-MM-DD)")
    type_over(me, "2026-06-01")
    me.tab_to("list Plan", "Shift+Tab")
    keys = me.notebook.page.keyboard
    with held(kernel_in(me.notebook.path.parent)):
        for key in ("End", "Home", "ArrowDown", "Tab", "Tab", "Tab", "Tab"):
            keys.press(key)
        assert me.name == "button Find the policy"
        keys.press("Enter")
        me.notebook.page.wait_for_timeout(300)
    second = data.load("plans")["plan_id"].iloc[1]
    me.tool.get_by_text(re.compile(f"{second} wants|The list of {second} has no rule")).first.wait_for()


def test_enter_answers_to_the_last_text_though_the_kernel_was_busy(at: Any) -> None:
    """The page sends Enter before the text that it enters, and holds a second text back until the first one is taken up."""
    me = at(FINDER)
    me.tab_to("box Day sent (YYYY-MM-DD)")
    page = me.notebook.page
    with held(kernel_in(me.notebook.path.parent)):
        for typed in ("first", "second", "third"):
            page.keyboard.press("ControlOrMeta+a")
            page.keyboard.type(typed)
            page.keyboard.press("Enter")
        page.wait_for_timeout(300)
    me.hears("third.* is not a day")
    page.wait_for_timeout(1000)
    me.hears("third.* is not a day")


def kernel_in(folder: Path) -> int:
    """Process of the kernel that works in a folder."""
    found = [
        int(p.name)
        for p in Path("/proc").glob("[0-9]*")
        if (p / "cmdline").exists()
        and b"ipykernel_launcher" in (p / "cmdline").read_bytes()
        and (p / "cwd").resolve() == folder
    ]
    assert len(found) == 1, found
    return found[0]


@contextmanager
def held(process: int) -> Iterator[None]:
    """A process stands still for as long as the block lasts."""
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


def test_matrix_by_keyboard(at: Any) -> None:
    """Each criterion of the opening case: criterion, row and verdict by list, then the button. Nothing is dragged."""
    me = at(MATRIX)
    cells = matrix.cells(reading_plans.opening_id())
    ids = ["none", *reading_plans.charts([reading_plans.opening_id()])["row"]]
    verdicts = ["met", "not met", "not shown"]
    for number, cell in enumerate(cells):
        wrong = number == 0  # the first one gets a wrong verdict, on purpose
        me.tab_to("list Criterion", "Tab" if not number else "Shift+Tab")
        me.press("Home", *["ArrowDown"] * number)
        me.tab_to("list Row")
        me.press("Home", *["ArrowDown"] * ids.index(cell.row))
        me.tab_to("list Verdict")
        me.press("Home", *["ArrowDown"] * (2 if wrong else verdicts.index(cell.verdict)))
        me.tab_to("button Put it into the matrix")
        me.press("Enter")
        me.hears(f"^{cell.criterion}: {'not shown' if wrong else cell.verdict}, row {cell.row}. ")
        assert me.name == "button Put it into the matrix", "the focus moved"
    me.tab_to("button Check the matrix")
    me.press("Space")
    me.hears("^2 of 3 criteria are right. With these verdicts the request is not shown. Open: C2 and C3.")
    grid = me.tool.get_by_role("table", name="The matrix of")
    assert "GAP: find it or ask" in grid.inner_text() and "not yet." in grid.inner_text()
    keep(me.notebook.page, "tools-matrix")
    me.tab_to("list Verdict", "Shift+Tab")
    me.tab_to("list Criterion", "Shift+Tab")
    me.press("Home")
    me.tab_to("list Row")
    me.press("Home", *["ArrowDown"] * ids.index(cells[0].row))
    me.tab_to("list Verdict")
    me.press("Home")
    me.tab_to("button Put it into the matrix")
    me.press("Enter")
    me.hears("^C2: met")
    me.tab_to("button Check the matrix")
    me.press("Enter")
    me.hears("^3 of 3 criteria are right. With these verdicts the criteria are met")
    me.tab_to("list Request", "Shift+Tab")
    me.press("End")
    me.hears(r"^REQ-\d+: \d criteria to fill, \d+ rows in the chart\.$")


def test_explorer_by_keyboard(at: Any) -> None:
    me = at(EXPLORER)
    me.tab_to("button Check the order")
    me.press("Enter")
    me.hears("^This order needs: quantity exception. The directions need 120 in 30 days, and the limit is 60")
    keep(me.notebook.page, "tools-formulary")
    me.tab_to("box Days supply", "Shift+Tab")
    me.tab_to("box Quantity", "Shift+Tab")
    type_over(me, "60")
    me.tab_to("button Check the order")
    me.press("Space")
    me.hears("^This order needs: query the prescriber. The directions need 120 in 30 days, and the order says 60")
    me.tab_to("box Directions", "Shift+Tab")
    type_over(me, "1 tab PO BID")
    me.tab_to("button Check the order")
    me.press("Enter")
    me.hears("^This order needs: nothing. The directions need 60 in 30 days, and 60 are allowed")
    me.tab_to("list Drug", "Shift+Tab")
    me.press("Home")
    me.hears("^Trevanil .*: covered, tier 3")
    me.tool.get_by_text("90 days in a row of Glumetor").first.wait_for()


@pytest.mark.parametrize("question", load_module(MODULE).practice, ids=lambda q: q.id)
def test_practice_by_keyboard(at: Any, question: Any) -> None:
    practice_by_keyboard(at(f'practice("{question.id}")'), question)
