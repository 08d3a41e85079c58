"""A learner's way with the keyboard only: from the course page to a notebook, an answer, grading, and the message.

The one thing that is not a key here is the change to the other browser tab; browsers have keys of their own for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from browser_tools import NEXT_FRAME, SLOW, Notebook, chromium_running, keep, learner_lab
from keyboard import FOCUS_RING, FOCUSED, uncovered

from coursekit.items import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MODULE = "module_01"
ITEM = "m01-q1"
INSIDE = "selector => document.activeElement.closest(selector) !== null"
ACTIVE = "() => document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell.jp-mod-active')?.dataset.windowedListIndex"


@pytest.fixture(scope="module")
def learner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Path]]:
    """The course page as `course.py lab` opens it, and the workspace."""
    folder = tmp_path_factory.mktemp("keys")
    space = folder / "workspace"
    with chromium_running() as chromium, learner_lab(space, folder / "server.log") as address:
        page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.goto(address)
        yield page, space


def focused(page: Any) -> str:
    """Role and name of what has the focus, on one line."""
    return re.sub(r"\s+", " ", page.evaluate(FOCUSED))


def tab_to(page: Any, words: str, key: str = "Tab", most: int = 80) -> None:
    """Press Tab until the control with these words in its name has the focus, which must be visible and not covered."""
    for _ in range(most):
        page.keyboard.press(key)
        name = focused(page)
        if name != "BODY" and page.evaluate(INSIDE, "main, nav, .skip"):
            page.evaluate(NEXT_FRAME)
            assert page.evaluate(FOCUS_RING), f"nothing shows that {name!r} has the focus"
            uncovered(page, name)
        if words in name:
            return
    raise AssertionError(f"{key} does not lead to {words!r}; the focus is on {focused(page)}")


def go_to(notebook: Notebook, cell: str, most: int = 300) -> None:
    """Arrow keys until the cell is the active one."""
    wanted = [i for i, c in enumerate(notebook.cells) if c.id == cell]
    assert len(wanted) == 1
    for _ in range(most):
        now = int(notebook.page.evaluate(ACTIVE))
        if now == wanted[0]:
            return
        notebook.page.keyboard.press("ArrowDown" if now < wanted[0] else "ArrowUp")
    raise AssertionError(f"the arrow keys do not lead to {cell}")


def run_all(notebook: Notebook) -> None:
    """The command palette: Ctrl+Shift+C, the name of the command, Enter."""
    page = notebook.page
    page.keyboard.press("ControlOrMeta+Shift+c")
    page.get_by_placeholder(re.compile("search", re.I)).first.wait_for()
    page.keyboard.type("run all cells", delay=10)
    page.locator(".lm-CommandPalette-item.lm-mod-active").get_by_text("Run All Cells", exact=True).wait_for()
    page.keyboard.press("Enter")
    last = [i for i, c in enumerate(notebook.cells) if c.cell_type == "code"][-1]
    place = page.locator(f'.jp-Notebook-cell[data-windowed-list-index="{last}"]')
    place.get_by_text(re.compile(r"^\[\d+\]:$")).first.wait_for(timeout=SLOW, state="attached")
    page.get_by_text(re.compile(r"\| Idle")).wait_for(timeout=SLOW)


def test_from_the_course_page_to_the_message_with_keys_only(learner: tuple[Any, Path]) -> None:
    course, space = learner
    key = json.loads((ROOT / "coursekit" / "keys" / f"{MODULE}.json").read_text(encoding="utf-8"))["items"][ITEM]["key"]
    path = space / MODULE / f"{MODULE}.ipynb"

    course.keyboard.press("Tab")
    assert focused(course).endswith("Skip to the content")
    course.keyboard.press("Enter")
    assert course.evaluate("document.activeElement.id") == "main"
    with course.context.expect_page() as opened:
        tab_to(course, "Open Module 1")
        course.keyboard.press("Enter")
    lab = opened.value
    lab.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=SLOW)
    lab.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=SLOW)
    notebook = Notebook(lab, path, nbformat.read(path, as_version=4).cells)

    run_all(notebook)
    assert lab.evaluate(INSIDE, ".jp-Notebook"), "after the command the focus is back in the notebook"
    go_to(notebook, ITEM)
    lab.keyboard.press("Enter")
    assert lab.evaluate(INSIDE, ".cm-content"), "Enter begins to write"
    lab.keyboard.press("Tab")
    assert lab.evaluate(INSIDE, ".cm-content"), "in an answer cell, Tab sets spaces"
    lab.keyboard.press("Escape")
    assert not lab.evaluate(INSIDE, ".cm-content"), "Esc leads out of the answer cell"
    lab.keyboard.press("Enter")
    lab.keyboard.press("ControlOrMeta+a")
    lab.keyboard.insert_text(f'm01_q1 = "{key}"')
    lab.keyboard.press("Shift+Enter")
    assert int(lab.evaluate(ACTIVE)) == [c.id for c in notebook.cells].index(f"{ITEM}-check")
    lab.keyboard.press("Shift+Enter")
    notebook.cell(f"{ITEM}-check").get_by_text(re.compile("can be read", re.I)).wait_for()
    keep(lab, "keys-check")
    notebook.save()
    assert f'm01_q1 = "{key}"' in path.read_text(encoding="utf-8").replace('\\"', '"')

    course.bring_to_front()
    tab_to(course, "Grade my work in Module 1")
    course.keyboard.press("Enter")
    said = course.get_by_role("status")
    said.get_by_text("Graded Module 1: ").wait_for(timeout=SLOW)
    assert focused(course).startswith("fold Results by exercise of Module 1")
    uncovered(course, "the results")
    assert course.locator(f"#{ITEM} .outcome").inner_text() == "✓ Right · 1 of 1 point"
    tab_to(course, f"Show model answer of {ITEM}")
    course.locator(f"#{ITEM}").wait_for()
    keep(course, "keys-results")
    course.keyboard.press("Enter")
    course.get_by_role("heading", name="Model answer", exact=False).first.wait_for()
    tab_to(course, "Back to the course page")
    course.keyboard.press("Enter")
    course.locator(f"#{ITEM}").wait_for()


def test_no_tool_holds_the_focus(learner: tuple[Any, Path]) -> None:
    """Tab leads into each tool of the module and out of it again, forwards and back."""
    course, space = learner
    lab = course.context.pages[-1]
    lab.bring_to_front()
    path = space / MODULE / f"{MODULE}.ipynb"
    notebook = Notebook(lab, path, nbformat.read(path, as_version=4).cells)
    shown = [
        c.id for c in notebook.cells if c.cell_type == "code" and re.search(r"^(?:practice|\w+_\w+)\(.*\)$", c.source)
    ]
    tried = 0
    for cell in shown:
        place = notebook.cell(cell)
        if not place.locator(".priorauth-tool").count():
            continue
        for key in ("Tab", "Shift+Tab"):
            inside = False
            if key == "Tab":
                place.focus()
            for _ in range(60):
                lab.keyboard.press(key)
                here = place.locator(".priorauth-tool :focus").count() > 0
                if inside and not here:
                    break
                inside = inside or here
            assert inside, f"{key} does not lead into the tool below {cell}"
            assert not here, f"{key} does not lead out of the tool below {cell}"
        tried += 1
    assert tried >= 5
