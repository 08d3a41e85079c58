"""The tools of Module 10 in JupyterLab, with the keyboard only."""

from __future__ import annotations

from typing import Any

import pytest
from browser_tools import Notebook, keep, low_contrast
from keyboard import controls_of, practice_by_keyboard

from coursekit.items import load_module

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MODULE = "module_10"
BENCH, NOTICE, METRICS = "review_bench(", "notice_builder(", "metrics_explorer("
TOOLS = {BENCH: "Review bench", NOTICE: "Notice builder", METRICS: "Metrics explorer"}


@pytest.mark.parametrize("cell", TOOLS)
def test_every_control_has_a_name_of_its_own(notebook: Notebook, cell: str) -> None:
    assert len(controls_of(notebook, cell, TOOLS[cell])) >= 6


def test_bench_by_keyboard(at: Any) -> None:
    me = at(BENCH)
    me.tab_to("list Verdict")
    me.press("End")  # pend
    me.tab_to("list Criterion")
    me.press("ArrowDown", "ArrowDown")  # C2
    me.tab_to("list Row")
    me.press("End")  # the last row of the desk is the result
    me.tab_to("button Enter the review")
    me.press("Enter")
    me.hears("^REQ-001084: This agrees with the reference review. .*390 days old.* 1 of 1.$")
    keep(me.notebook.page, "tools-bench")
    me.hears_again("Enter")
    me.tab_to("list Request", "Shift+Tab")
    me.press("ArrowDown")
    me.hears("^REQ-001849, K0823, power wheelchair")
    me.tab_to("button Enter the review")
    me.press("Enter")
    me.hears("^REQ-001849: Nothing that is needed is open")
    assert not low_contrast(me.notebook.page, ".priorauth-tool")


def test_builder_by_keyboard(at: Any) -> None:
    me = at(NOTICE)
    me.tab_to("list Criterion")
    me.press("End")  # C2
    me.tab_to("list Row")
    me.press("End")  # the treatment
    me.tab_to("list What is wrong")
    me.press("ArrowDown", "ArrowDown", "ArrowDown")
    me.tab_to("list What would help")
    me.press("ArrowDown", "ArrowDown", "ArrowDown")
    me.tab_to("box How and until when to appeal")
    me.press("Space")
    me.tab_to("button Write the notice")
    me.press("Enter")
    me.hears("^5 of 7 parts in order. First to mend: Fast answer. It is missing.")
    for name in ("A free copy of the policy", "A fast answer, if waiting could harm"):
        me.tab_to(f"box {name}", "Shift+Tab")
        me.press("Space")
    me.tab_to("button Write the notice")
    me.press("Enter")
    me.hears("^7 of 7 parts in order. The notice can go out.")
    written = me.tool.get_by_role("table", name="Notice of Bluestem Medicare PPO").inner_text()
    assert "Your record shows 22 days of wound care" in written
    keep(me.notebook.page, "tools-notice")


def test_explorer_by_keyboard(at: Any) -> None:
    me = at(METRICS)
    me.tab_to("list A partial approval counts as")
    me.press("ArrowDown")
    me.tab_to("button Compute")
    me.press("Enter")
    me.hears("^Standard, approved up 1 point, now 91.7 % .297 of 324.. 4 figures moved in all.")
    keep(me.notebook.page, "tools-metrics")
    me.tab_to("list Drugs", "Shift+Tab")
    me.press("End")
    me.tab_to("button Compute")
    me.press("Enter")
    me.hears("^Items and services that need authorization up ")
    me.tab_to("button Back to the course's definitions")
    me.press("Enter")
    me.hears("^Harbor Advantage HMO .*course's definitions")
    assert "990" in me.tool.get_by_role("table", name="Posted by real payers for 2025").inner_text()
    me.tab_to("fold Read all of it as text")
    me.press("Enter")
    me.tool.get_by_text("Cedar Valley Medicaid (plan)").last.wait_for()
    me.press("Enter")


@pytest.mark.parametrize("question", load_module(MODULE).practice, ids=lambda q: q.id)
def test_practice_by_keyboard(at: Any, question: Any) -> None:
    practice_by_keyboard(at(f'practice("{question.id}")'), question)
