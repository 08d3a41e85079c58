"""Module 1 in JupyterLab, light and dark, wide and narrow: everything fits and can be read.

With PRIORAUTH_SCREENSHOTS set, the whole notebook is kept as pictures, page by page.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from browser_tools import SLOW, chromium_running, keep, learner_lab, low_contrast, open_module

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# What does not fit in a tool: text wider than its box, unless the box itself can be scrolled; two controls that overlap.
MISFITS = r"""() => {
  const found = [];
  for (const tool of document.querySelectorAll('.priorauth-tool')) {
    const right = tool.getBoundingClientRect().right + 1;
    const parts = [...tool.querySelectorAll('p, li, label, button, select, h3, summary, td, th, caption')]
      .filter(e => e.offsetParent && !e.closest('details:not([open])'));
    for (const e of parts) {
      const scrolls = e.closest('[style*="overflow-x"]');
      if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth && getComputedStyle(e).overflow !== 'visible') found.push('cut: ' + e.textContent.slice(0, 60));
      if (!scrolls && e.getBoundingClientRect().right > right) found.push('too wide: ' + e.textContent.slice(0, 60));
    }
    const boxes = parts.filter(e => e.matches('label, button, select')).map(e => [e, e.getBoundingClientRect()]);
    for (const [e, a] of boxes) for (const [f, b] of boxes)
      if (e !== f && !e.contains(f) && !f.contains(e) && a.top < b.bottom - 1 && b.top < a.bottom - 1 && a.left < b.right - 1 && b.left < a.right - 1)
        found.push('overlap: ' + e.textContent.slice(0, 40) + ' / ' + f.textContent.slice(0, 40));
  }
  return found;
}"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Opens Module 1 in a window of a given color scheme and width; one server and one kernel for all."""
    folder = tmp_path_factory.mktemp("look")
    path = folder / "workspace" / "module_01" / "module_01.ipynb"
    with chromium_running() as chromium, learner_lab(folder / "workspace", folder / "server.log") as address:

        def start(scheme: str, width: int) -> Any:
            height = 1600 if os.environ.get("PRIORAUTH_SCREENSHOTS") else 900
            context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            _, notebook = open_module(context, address, path)
            files = notebook.page.get_by_role("region", name="File Browser Section")
            if width < 800 and files.is_visible():
                notebook.page.keyboard.press("ControlOrMeta+b")
                files.wait_for(state="hidden")
            return notebook

        yield start


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 600])
def test_module_1_fits_and_can_be_read(opened: Any, scheme: str, width: int) -> None:
    notebook = opened(scheme, width)
    page = notebook.page
    assert page.evaluate("document.body.dataset.jpThemeLight") == ("true" if scheme == "light" else "false")
    static = notebook.cell("request_journey(")
    if not static.locator(".priorauth-tool").count():  # before the first run: the tools as text
        static.get_by_text("click on it and press Shift+Enter").wait_for(timeout=SLOW)
        keep(page, f"look-{scheme}-{width}-before")
    notebook.run_all()
    page.locator(".priorauth-tool").nth(11).wait_for(state="attached", timeout=SLOW)
    answer(notebook)
    assert page.evaluate(MISFITS) == []
    pictures(page, f"look-{scheme}-{width}")
    low = low_contrast(page, ".priorauth-tool, .jp-RenderedMarkdown, .jp-RenderedHTMLCommon")
    assert low == [], low
    page.context.close()


def answer(notebook: Any) -> None:
    """Bring up some answers, so that they are looked at, too."""
    notebook.tool("request_journey(").get_by_role("button", name="Next").click()
    notebook.tool("who_acts(").get_by_role("button", name="Check my matches").click()
    practice = notebook.tool('practice("m01-p7")')
    practice.get_by_role("button").first.click()
    practice.get_by_role("alert").wait_for()
    notebook.tool("who_acts(").get_by_role("table", name="Your matches").wait_for()


def pictures(page: Any, name: str) -> None:
    """Scroll through the notebook and keep each view."""
    if not os.environ.get("PRIORAUTH_SCREENSHOTS"):
        return
    outer = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-WindowedPanel-outer")
    box = outer.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 300)
    outer.evaluate("e => { e.scrollTop = 0 }")
    for number in range(60):
        page.wait_for_timeout(300)
        keep(page, f"{name}-{number:02d}")
        if outer.evaluate("e => e.scrollTop + e.clientHeight >= e.scrollHeight - 3"):
            return
        page.mouse.wheel(0, box["height"] * 0.95)
