"""The tools of Module 1 in a real JupyterLab, by keyboard: what a press changes, and that it is spoken.

The cells are those of the released notebook; a small notebook with only these cells keeps them all on the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import nbformat
import pytest
from conftest import read_built
from page_server import TOKEN, running

from coursekit.items import ROOT
from coursekit.testing import browser as find_browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WANTED = ("request_journey(", "history_timeline(", "who_acts()")
NEEDED = ("import matplotlib", "opening.opening_case()")
SECONDS = 1000  # playwright counts in milliseconds


def tools_only() -> nbformat.NotebookNode:
    """The cells of the released notebook that set up and show the three tools, without outputs."""
    found = [
        c for c in read_built("release", "module_01").cells if c.cell_type == "code" and "nbgrader" not in c.metadata
    ]
    sources = [c.source for c in found if any(mark in c.source for mark in WANTED + NEEDED)]
    assert len(sources) == 5, sources
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    found = find_browser()
    if found is None:
        pytest.skip("Chromium is not here (Debian: apt-get install chromium).")
    from playwright.sync_api import sync_playwright

    space = tmp_path_factory.mktemp("lab") / "workspace"
    space.mkdir()
    nbformat.write(tools_only(), space / "tools.ipynb")
    with running(ROOT, space) as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        opened = chromium.new_page(viewport={"width": 1300, "height": 3000})
        opened.goto(f"{address}doc/tree/tools.ipynb?token={TOKEN}")
        opened.locator(".jp-Notebook .jp-CodeCell").nth(4).wait_for(timeout=90 * SECONDS)
        opened.get_by_text("Kernel status: Idle").first.wait_for(state="attached", timeout=60 * SECONDS)
        opened.get_by_text("Run", exact=True).first.click()
        opened.get_by_text("Run All Cells", exact=True).first.click()
        opened.get_by_role("button", name="Check my matches").wait_for(timeout=60 * SECONDS)
        yield opened
        chromium.close()


def tool(page: Any, title: str) -> Any:
    """The output area that holds the tool of this title."""
    return page.locator(".jp-OutputArea-output").filter(has=page.get_by_role("heading", name=title, exact=True))


def press(area: Any, name: str) -> None:
    """Press a button of a tool with the Enter key."""
    button = area.get_by_role("button", name=name, exact=True)
    button.focus()
    button.press("Enter")


def test_journey_moves_by_keyboard_and_speaks(page: Any) -> None:
    area = tool(page, "Request journey")
    area.get_by_text("Step 1 of").first.wait_for()
    press(area, "Next")
    area.get_by_role("alert").filter(has_text="Step 2 of").wait_for()
    area.get_by_label("Request", exact=True).select_option(index=1)
    area.get_by_role("alert").filter(has_text="Step 1 of").wait_for()
    press(area, "Back")
    area.get_by_role("alert").filter(has_text="first event").wait_for()


def test_timeline_changes_era_by_keyboard(page: Any) -> None:
    area = tool(page, "History timeline")
    press(area, "Next")
    area.get_by_role("alert").filter(has_text="1972").wait_for()
    area.get_by_label("Era", exact=True).select_option(label="2023 to 2027: clocks, reasons and data")
    area.get_by_role("alert").filter(has_text="Milestone 1 of").wait_for()
    area.get_by_text("April 2023").first.wait_for()


def test_wrong_match_is_explained(page: Any) -> None:
    area = tool(page, "Who acts here?")
    area.get_by_label("Step 1: who acts?", exact=True).select_option(label="scheduler")
    area.get_by_label("Step 2: who acts?", exact=True).select_option(label="PA specialist")
    press(area, "Check my matches")
    area.get_by_role("alert").filter(has_text="1 of 8 matches are right").wait_for()
    area.get_by_text("Not the scheduler.").wait_for()


def test_every_control_has_a_name_that_can_be_spoken(page: Any) -> None:
    controls = page.locator(".jp-OutputArea-output").locator("select, button, input")
    count = controls.count()
    print(count, "controls looked at")
    assert count >= 14
    names = controls.evaluate_all(
        "all => all.map(e => (e.getAttribute('aria-label') || (e.labels && e.labels[0] && e.labels[0].textContent) || e.textContent).trim())"
    )
    assert all(names), names
