"""The tools of Module 1 in JupyterLab, with the keyboard only."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from browser_tools import Notebook, keep
from keyboard import controls_of, practice_by_keyboard

from coursekit.items import load_module
from priorauth import opening, roles, timeline

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MODULE = "module_01"
JOURNEY, WHO, HISTORY = "request_journey(", "who_acts(", "history_timeline("
TOOLS = {JOURNEY: "Request journey", WHO: "Who acts here?", HISTORY: "History timeline"}


@pytest.mark.parametrize("cell", TOOLS)
def test_every_control_has_a_name_of_its_own(notebook: Notebook, cell: str) -> None:
    assert len(controls_of(notebook, cell, TOOLS[cell])) >= 3


def test_journey_by_keyboard(at: Any) -> None:
    me = at(JOURNEY)
    steps = me.tool.get_by_text(re.compile(r"^Step \d+ of \d+$"))
    me.tab_to("list Request")
    me.press("ArrowDown")
    me.hears(r"^Step 1 of \d+: .* Clock .* State: \w+\.$")
    chosen = me.tool.get_by_label("Request").input_value()
    assert chosen.split(":")[0] == opening.journeys()[1]
    last = int(steps.inner_text().split()[-1])

    me.tab_to("button Next")
    me.press("Enter")
    me.hears("^Step 2 of ")
    me.press("Space")
    me.hears("^Step 3 of ")
    assert steps.inner_text() == f"Step 3 of {last}"
    assert me.name == "button Next", "the focus moved"
    log = me.tool.get_by_role("table", name="The log so far")
    assert log.get_by_role("row").count() == 4  # headers and three events
    keep(me.notebook.page, "tools-journey")
    for number in range(4, last + 1):
        me.press("Enter")
        me.hears(f"^Step {number} of ")
    assert "State: approved" in me.heard[-1] or "approved" in chosen
    me.press("Enter")
    me.hears("^This is the last event in the log")
    me.hears_again("Enter")

    me.tab_to("button Back", "Shift+Tab")
    me.press("Enter")
    me.hears(f"^Step {last - 1} of ")
    me.tab_to("list Request", "Shift+Tab")
    me.press("Home")  # the first request
    me.hears("^Step 1 of ")
    me.tab_to("button Back")
    me.press("Enter")
    me.hears("^This is the first event")
    me.tab_to("fold Read all of it as text")
    me.press("Enter")
    me.tool.get_by_role("heading", name=opening.journeys()[-1]).wait_for()
    me.press("Enter")


def test_who_acts_by_keyboard(at: Any) -> None:
    me = at(WHO)
    names = list(roles.DUTIES)
    for number, match in enumerate(roles.MATCHES, start=1):
        me.tab_to(f"list Step {number}: who acts?")
        wrong = number == 1  # the first step gets the last role, on purpose
        me.press(*["ArrowDown"] * (len(names) if wrong else names.index(match.role) + 1))
    me.tab_to("button Check my matches")
    me.press("Enter")
    me.hears("^7 of 8 matches are right. Read why below")
    row = me.tool.get_by_role("table", name="Your matches").get_by_role("row", name=re.compile("^Step 1 not yet"))
    assert f"Not the {names[-1]}" in row.inner_text() and roles.MATCHES[0].needs in row.inner_text()
    keep(me.notebook.page, "tools-who-acts")
    me.hears_again("Space")
    me.tab_to("list Step 1: who acts?", "Shift+Tab")
    me.press("o")  # the letter chooses "ordering clinician"; JupyterLab must not take it for a command
    me.tab_to("button Check my matches")
    me.press("Enter")
    me.hears("^8 of 8 matches are right. All of them")
    me.tool.get_by_role("row", name=re.compile("^Step 1 right")).wait_for()


def test_timeline_by_keyboard(at: Any) -> None:
    me = at(HISTORY)
    here = me.tool.locator('[aria-current="step"]')
    me.tab_to("list Era")
    me.press("End", "ArrowUp")  # the last era; after it comes "all of it"
    clocks = timeline.of_era("clocks")
    me.hears(f"^Milestone 1 of {len(clocks)}: {clocks[0].when}, ")
    assert here.inner_text().endswith(str(clocks[0].year))
    me.tab_to("button Next")
    for number, milestone in enumerate(clocks[1:], start=2):
        me.press("Enter" if number % 2 else "Space")
        me.hears(f"^Milestone {number} of {len(clocks)}: {re.escape(milestone.when)}, {re.escape(milestone.title)}")
        assert here.inner_text().endswith(str(milestone.year))
        me.tool.get_by_role("listitem").filter(has_text=milestone.words).wait_for()
    keep(me.notebook.page, "tools-timeline")
    me.press("Enter")
    me.hears("^This is the last milestone of the era")
    me.tab_to("button Back", "Shift+Tab")
    me.press("Space")
    me.hears(f"^Milestone {len(clocks) - 1} of ")


@pytest.mark.parametrize("question", load_module(MODULE).practice, ids=lambda q: q.id)
def test_practice_by_keyboard(at: Any, question: Any) -> None:
    practice_by_keyboard(at(f'practice("{question.id}")'), question)


def test_ctrl_s_in_a_tool_saves_the_notebook(at: Any, notebook: Notebook) -> None:
    me = at(HISTORY)
    me.tab_to("button Next")
    path = notebook.path
    before = path.stat().st_mtime_ns
    me.press("ControlOrMeta+s")
    end = time.monotonic() + 20
    while path.stat().st_mtime_ns == before and time.monotonic() < end:
        notebook.page.wait_for_timeout(100)
    assert path.stat().st_mtime_ns != before
    assert me.name == "button Next"
