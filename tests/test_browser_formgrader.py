"""Formgrader in stock `jupyter lab`, as the instructor guide says: generate, autograde, grade the case study by hand."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_tools import SLOW, chromium_running, jupyter_lab, keep
from course_folders import hand_in, new_course, right, scores

from coursekit.items import load_module

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MODULE = "module_01"
GRADED = 180_000  # ms; generating or autograding a module takes about ten seconds on an idle machine


@pytest.fixture
def chromium() -> Iterator[Any]:
    with chromium_running() as started:
        yield started


def press_in_row(page: Any, frame: Any, row: str, column: str, says: str) -> None:
    """Press an icon in a row of one of formgrader's tables; wait until its dialog says that all went well."""
    frame.get_by_role("row", name=re.compile(row)).locator(f"td.{column} a").click()
    dialog = frame.locator(".modal.in, .modal.show").last
    dialog.get_by_text(re.compile(f"{says}|error|failed", re.IGNORECASE)).first.wait_for(timeout=GRADED)
    words = dialog.inner_text()
    keep(page, f"formgrader-{column}")
    assert re.search(says, words), words
    dialog.get_by_role("button", name=re.compile("close|ok", re.IGNORECASE)).last.click()
    dialog.wait_for(state="hidden")


def test_generate_autograde_and_the_case_study_waits(chromium: Any, tmp_path: Path) -> None:
    began = time.monotonic()

    def step(words: str) -> None:
        print(f"{time.monotonic() - began:5.1f} s  {words}")

    course = new_course(tmp_path / "course", MODULE)
    hand_in(course, "ada", MODULE, right(MODULE))
    module = load_module(MODULE)
    rubric = sum(c.points for i in module.items for c in i.rubric)
    with jupyter_lab(course, tmp_path / "server.log") as address:
        page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.goto(address)
        page.get_by_role("menuitem", name="Nbgrader", exact=True).click(timeout=SLOW)
        page.get_by_role("menuitem", name="Formgrader", exact=True).click()
        frame = page.frame_locator("iframe[title=Formgrader], iframe").last
        frame.get_by_role("heading", name="Manage Assignments").wait_for(timeout=SLOW)
        step("formgrader is open")

        press_in_row(page, frame, f"^{MODULE} ", "assign", "Successfully created")
        assert (course / "release" / MODULE / f"{MODULE}.ipynb").exists()
        step("the module is generated")

        frame.get_by_role("row", name=re.compile(f"^{MODULE} ")).locator("td.num-submissions a").click()
        frame.get_by_role("heading", name="Manage Submissions").wait_for(timeout=SLOW)
        press_in_row(page, frame, "ada", "autograde", "Successfully")
        frame.get_by_role("row", name=re.compile("ada.*needs manual grading")).wait_for(timeout=SLOW)
        step("the submission is autograded and needs manual grading")

        grades = scores(course, MODULE)["ada"]
        waiting = [name for name, (_, _, needs) in grades.items() if needs]
        assert waiting == ["m01-w1"]
        assert sum(auto or 0 for auto, _, _ in grades.values()) == sum(i.points for i in module.items) - rubric

        frame.get_by_role("link", name="Manual Grading").click()
        for level in ("gradebook", "notebook"):
            frame.get_by_role("heading", name="Manual Grading").wait_for(timeout=SLOW)
            frame.get_by_role("gridcell").get_by_role("link", name=MODULE).click()
            step(f"manual grading: {level}")
        frame.get_by_role("link", name="Submission #1").click()
        score = frame.locator("input.score#m01-w1")
        score.wait_for(timeout=SLOW)
        automatic = frame.locator("input.score")
        assert automatic.count() == len(module.items) + 1  # each item's check, and the text of the case study
        assert score.input_value() == "", "the case study has points that nobody gave"
        score.scroll_into_view_if_needed()
        keep(page, "formgrader-grade")
        score.fill("3")
        score.press("Tab")
        end = time.monotonic() + 20
        while scores(course, MODULE)["ada"]["m01-w1"][1:] != (3, False):
            assert time.monotonic() < end, scores(course, MODULE)["ada"]["m01-w1"]
            page.wait_for_timeout(200)
        step("the case study waited, and has 3 points by hand")
