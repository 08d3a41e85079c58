"""The course page in a real browser: grade, read, reset by keyboard; light, dark and narrow.

Set PRIORAUTH_SCREENSHOTS to a folder to keep what the browser saw.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import browser_tools
import pytest
from accessibility import barriers
from browser_tools import chromium_running
from page_server import TOKEN, running
from tiny_course import make_course, result

from coursekit import workspace

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with chromium_running() as started:
        yield started


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path, Path]]:
    folder = tmp_path_factory.mktemp("browser")
    root = make_course(folder / "course")
    space = folder / "workspace"
    space.mkdir()
    with running(root, space) as address:
        yield address, root, space


@pytest.fixture
def open_page(chromium: Any, server: tuple[str, Path, Path]) -> Iterator[Any]:
    address, root, space = server
    for path in (space / ".course").glob("progress*"):
        path.unlink()
    (space / "fault.txt").unlink(missing_ok=True)
    (space / "answer.json").write_text(json.dumps(result(points=31.5, second="partly right")))
    contexts, faults = [], []

    def start(width: int = 1100, **options: Any) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        context.on("weberror", lambda e: faults.append(str(e.error)))
        context.on("console", lambda m: faults.append(m.text) if m.type == "error" and "409" not in m.text else None)
        page = context.new_page()
        page.goto(f"{address}course?token={TOKEN}")
        return page

    yield start
    for context in contexts:
        context.close()
    assert faults == []


def keep(page: Any, name: str) -> None:
    browser_tools.keep(page, f"page-{name}", full_page=True)


def grade(page: Any) -> None:
    page.get_by_role("button", name="Grade my work in Module 1", exact=True).click()
    page.get_by_text("Graded Module 1: 31.5 of 46 points").wait_for()


def test_grading_stays_on_the_page_says_what_happened_and_moves_the_focus(
    open_page: Any, server: tuple[str, Path, Path]
) -> None:
    page = open_page()
    (server[2] / "seconds.txt").write_text("2.5")
    page.get_by_role("button", name="Grade my work in Module 1", exact=True).click()
    page.get_by_role("status").get_by_text("Grading Module 1. This takes a few seconds.").wait_for()
    assert (
        page.get_by_role("button", name="Grade my work in Module 1", exact=True).get_attribute("aria-disabled")
        == "true"
    )
    page.get_by_role("status").get_by_text("Graded Module 1: 31.5 of 46 points; 1 of 2 exercises are right.").wait_for()
    (server[2] / "seconds.txt").unlink()
    assert page.url.endswith("/course") or "token=" in page.url
    page.locator("#module_01-results[open]").wait_for()
    assert (
        page.evaluate("document.activeElement.tagName + ' ' + document.activeElement.parentElement.id")
        == "SUMMARY module_01-results"
    )
    page.get_by_text("Partly right").wait_for()
    assert ":" in page.locator("time").first.inner_text()
    # the button works again
    grade(page)


def test_a_fault_is_said_and_the_page_stays(open_page: Any, server: tuple[str, Path, Path]) -> None:
    page = open_page()
    (server[2] / "fault.txt").write_text("The notebook is damaged.")
    page.get_by_role("button", name="Grade my work in Module 1", exact=True).click()
    page.get_by_role("status").get_by_text("The notebook is damaged.").wait_for()
    assert page.get_by_role("button", name="Grade my work in Module 1", exact=True).is_enabled()


def test_reset_and_model_answer_by_keyboard(open_page: Any, server: tuple[str, Path, Path]) -> None:
    _, root, space = server
    page = open_page()
    grade(page)
    path = space / "module_01" / "module_01.ipynb"
    path.write_text(path.read_text().replace("m01_c2 = None", "m01_c2 = 99"))
    page.locator("#m01-c2 .reset summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    keep(page, "reset")
    page.keyboard.press("Enter")
    page.get_by_role("status").get_by_text("m01-c2 is as it was at the start.").wait_for()
    assert "m01_c2 = 99" not in path.read_text()

    page.get_by_role("link", name="Show model answer of m01-c2").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Model answer").wait_for()
    keep(page, "answer")
    page.get_by_role("link", name="Back to the course page").click()
    page.locator("#module_01-results[open]").wait_for()  # opened by the page's script, because of the #m01-c2
    page.locator("#m01-c2").wait_for()
    workspace.reset_module(space, "module_01", root)


def test_open_leads_to_the_notebook_in_jupyterlab(open_page: Any, server: tuple[str, Path, Path]) -> None:
    page = open_page()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open Module 1 in JupyterLab").click()
    lab = opened.value
    lab.get_by_role("tab", name="module_01.ipynb").wait_for(timeout=60_000)
    lab.get_by_role("heading", name="Module 1, first edition").wait_for(timeout=60_000)
    lab.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=60_000)
    keep(lab, "lab")
    log = (server[2].parent / "server.log").read_text()
    assert not re.search(r"^\[[WE] (?!.* 409 )|WARNING|Traceback", log, re.MULTILINE), log
    assert lab.get_by_text("Nbgrader").count() == 0
    assert lab.get_by_text("Would you like to").count() == 0, "JupyterLab asks about news"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1100, 360])
def test_it_fits_and_can_be_read(open_page: Any, scheme: str, width: int) -> None:
    page = open_page(width=width, color_scheme=scheme)
    grade(page)
    page.locator("#m01-c2 .reset summary").click()
    keep(page, f"{scheme}-{width}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.evaluate(
        """() => [...document.querySelectorAll('.button')].filter(b => b.offsetParent && b.getBoundingClientRect().height < 44).length"""
    )
    assert small == 0
    low = browser_tools.low_contrast(page)
    assert low == [], low


def test_it_is_accessible_with_results_and_with_a_model_answer(open_page: Any) -> None:
    page = open_page()
    grade(page)
    for details in page.locator("main details").all():
        details.evaluate("e => { e.open = true }")
    found = barriers(page, "course page/with results")
    page.get_by_role("link", name="Show model answer of m01-c1").click()
    page.get_by_role("heading", name="Model answer").wait_for()
    found += barriers(page, "course page/model answer")
    assert found == []


def test_it_works_without_script(open_page: Any) -> None:
    page = open_page(java_script_enabled=False)
    page.get_by_role("button", name="Grade my work in Module 1", exact=True).click()
    page.get_by_text("Graded Module 1: 31.5 of 46 points").wait_for()
    page.get_by_role("link", name="Show model answer of m01-c1").click()
    page.get_by_role("heading", name="Model answer").wait_for()
