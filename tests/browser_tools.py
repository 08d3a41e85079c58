"""What the browser tests share: Chromium, the learner's server, and a hand on a notebook in JupyterLab.

Set PRIORAUTH_SCREENSHOTS to a folder to keep what the browser saw.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest

from coursekit.items import ROOT
from coursekit.testing import browser as find_browser

CHROMIUM = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SLOW = 60_000  # ms; JupyterLab's first load and a full run of a module on a busy machine


@contextmanager
def chromium_running() -> Iterator[Any]:
    """A started Chromium; without one the test is skipped with a sentence that says how to get it."""
    found = find_browser()
    if found is None:
        pytest.skip("Chromium is not here (Debian: apt-get install chromium).")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=CHROMIUM)
        yield started
        started.close()


def keep(page: Any, name: str, full_page: bool = False) -> None:
    """Save a screenshot, if the folder for screenshots is set."""
    folder = os.environ.get("PRIORAUTH_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=full_page)


def own_settings(folder: Path) -> dict[str, str]:
    """Environment in which Jupyter neither sees nor changes the settings of the person who runs the tests."""
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "JUPYTER_TOKEN", "JUPYTER_CONFIG_PATH")}
    places = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")
    env |= {name: str(folder / name.lower()) for name in places}
    return env | {"PATH": os.pathsep.join([str(Path(sys.executable).parent), env.get("PATH", "")])}


@contextmanager
def lab_running(workspace: Path, log: Path) -> Iterator[str]:
    """`course.py lab` as a learner starts it; yields the address that it prints. Ended with Ctrl+C, as a learner does."""
    with log.open("a") as noise:
        course = subprocess.Popen(
            [sys.executable, "-m", "coursekit", "lab", "--no-browser", "--workspace", str(workspace)],
            cwd=ROOT,
            env=own_settings(log.parent / "jupyter"),
            stdout=subprocess.PIPE,
            stderr=noise,
            text=True,
            start_new_session=True,  # so that Ctrl+C reaches the course and its server, and not the tests
        )
        try:
            said = ""
            while "Press Ctrl+C" not in said:
                line = course.stdout.readline()
                assert line, f"The course did not start: {said}{log.read_text()}"
                said += line
            yield re.search(r"http://\S+", said)[0]
        finally:
            if course.poll() is None:
                os.killpg(course.pid, signal.SIGINT)
            try:
                course.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(course.pid, signal.SIGKILL)
                raise


@dataclass
class Notebook:
    """A notebook in a JupyterLab page. Cells are named by their id in the file; JupyterLab shows them by number."""

    page: Any
    cells: list[nbformat.NotebookNode]

    @property
    def outer(self) -> Any:
        """The part that scrolls."""
        return self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-WindowedPanel-outer")

    def index(self, cell: str) -> int:
        """Number of a cell, by its id or else by the code that it starts with."""
        return next(i for i, c in enumerate(self.cells) if c.get("id") == cell or c.source.startswith(cell))

    def cell(self, cell: str) -> Any:
        """The cell's place in the page, scrolled into view. JupyterLab keeps only cells near the view in the page."""
        number = self.index(cell)
        found = self.outer.locator(f'.jp-Cell[data-windowed-list-index="{number}"]')
        for _ in range(400):
            if found.count():
                found.scroll_into_view_if_needed()
                return found
            shown = self.outer.locator(".jp-Cell").evaluate_all(
                "cells => cells.map(c => Number(c.dataset.windowedListIndex))"
            )
            down = not shown or max(shown) < number
            self.outer.evaluate("(e, by) => { e.scrollTop += by * e.clientHeight * 0.6 }", 1 if down else -1)
            time.sleep(0.05)
        raise AssertionError(f"The cell {cell} did not come into view.")

    def run_all(self, seconds: float = 60) -> None:
        """Menu Run, Run All Cells; returns when the kernel has nothing left to do."""
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        self.wait_until_idle(seconds)

    def wait_until_idle(self, seconds: float = 60) -> None:
        """Wait until no cell is waiting or running."""
        self.page.get_by_text(re.compile(r"\| Idle")).wait_for(timeout=1000 * seconds)


def open_lab(context: Any, address: str, notebook: Path) -> Notebook:
    """Open a notebook of the workspace through its link on the course page."""
    page = context.new_page()
    page.goto(address)
    with context.expect_page() as opened:
        page.get_by_role("link", name="Open Module 1 in JupyterLab").click()
    return wait_for_notebook(opened.value, notebook)


def wait_for_notebook(page: Any, path: Path) -> Notebook:
    """Wait until JupyterLab shows the notebook and its kernel is ready."""
    page.get_by_role("tab", name=path.name).wait_for(timeout=SLOW)
    page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=SLOW)
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=SLOW)
    return Notebook(page, nbformat.read(path, as_version=4).cells)
