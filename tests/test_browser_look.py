"""Each module in JupyterLab, light and wide, dark and narrow: everything fits and can be read.

With PRIORAUTH_SCREENSHOTS set, the whole notebook is kept as pictures, page by page.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from accessibility import OURS, axe, controls, documented, keep_figures, show_all_cells, small_targets
from browser_tools import SLOW, chromium_running, keep, learner_lab, low_contrast, open_module
from conftest import MODULES

from coursekit.items import load_module

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


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Any]:
    """Opens a module in a window of a given color scheme and width; JupyterLab would bring back what was open before, so each has a server of its own."""
    space = tmp_path / "workspace"
    with chromium_running() as chromium, learner_lab(space, tmp_path / "server.log") as address:

        def start(name: str, scheme: str, width: int) -> Any:
            height = 1600 if os.environ.get("PRIORAUTH_SCREENSHOTS") else 900
            context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            _, notebook = open_module(context, address, space / name / f"{name}.ipynb")
            files = notebook.page.get_by_role("region", name="File Browser Section")
            if width < 800 and files.is_visible():
                notebook.page.keyboard.press("ControlOrMeta+b")
                files.wait_for(state="hidden")
            return notebook

        yield start


@pytest.mark.parametrize("scheme,width", [("light", 1280), ("dark", 600)])
@pytest.mark.parametrize("name", MODULES)
def test_a_module_fits_and_can_be_read(opened: Any, name: str, scheme: str, width: int) -> None:
    notebook = opened(name, scheme, width)
    page = notebook.page
    assert page.evaluate("document.body.dataset.jpThemeLight") == ("true" if scheme == "light" else "false")
    static = page.get_by_text("click on it and press Shift+Enter").first
    if scheme == "light":  # before the first run: the tools as text
        static.wait_for(timeout=SLOW)
        keep(page, f"look-{name}-{scheme}-{width}-before")
    notebook.run_all()
    tools = page.locator(".priorauth-tool")
    tools.nth(len(load_module(name).practice) + 1).wait_for(state="attached", timeout=SLOW)
    show_all_cells(page)
    if scheme == "light":
        every_control_has_a_name_of_its_own(page, name)
    answer(notebook, name)
    pictures(page, f"look-{name}-{scheme}-{width}")
    found = axe(page, f"module/{name}/{scheme} {width}", inside=OURS)
    assert found.elements > 1000
    assert found.nodes == []
    assert page.evaluate(MISFITS) == []
    assert low_contrast(page, ".priorauth-tool, .jp-RenderedMarkdown, .jp-RenderedHTMLCommon") == []
    assert small_targets(page, ", ".join(OURS)) == []
    page.context.close()


def every_control_has_a_name_of_its_own(page: Any, name: str) -> None:
    """As the browser tells a screen reader: no control without a name, none twice in a tool, and each tool has a heading."""
    tools = controls(page, ".priorauth-tool")
    keep_figures(f"controls/{name}", {"tools": tools})
    assert len(tools) >= len(load_module(name).practice) + 2
    for heading, shown in tools:
        print(f"{name} {heading}:", *(f"{role} {words!r}" for role, words in shown), sep="\n    ")
        assert heading and len(shown) >= 2
        assert all(words for _, words in shown), f"{heading}: a control has no name"
        assert len(set(shown)) == len(shown), f"{heading}: two controls have one name"
    listed = [(heading, *one) for heading, shown in tools if not heading.startswith("Practice ") for one in shown]
    assert documented(name) == listed, "docs/accessibility.md lists other controls; its last part says how to renew it"


def answer(notebook: Any, name: str) -> None:
    """Bring up an answer in every tool and practice question, so that they are looked at, too."""
    pressed = 0
    for tool in notebook.page.locator(".priorauth-tool").all():
        buttons = tool.get_by_role("button", disabled=False)
        if buttons.count():
            buttons.last.click()
            tool.get_by_role("alert").first.wait_for()
            pressed += 1
    assert pressed > len(load_module(name).practice), "no tool has a button"


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
