"""Each module in JupyterLab, light and wide, dark and narrow: everything fits and can be read.

With PRIORAUTH_SCREENSHOTS set, the whole notebook is kept as pictures, page by page.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from accessibility import OURS, axe, controls, documented, keep_figures, show_all_cells, small_targets
from browser_tools import SLOW, chromium_running, keep, learner_lab, low_contrast, open_path, stop_kernels
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


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Opens a module in a window of its own; all share a server. JupyterLab is told to forget what was open before."""
    folder = tmp_path_factory.mktemp("look")
    space = folder / "workspace"
    with chromium_running() as chromium, learner_lab(space, folder / "server.log") as address:

        def start(name: str) -> Any:
            height = 1600 if os.environ.get("PRIORAUTH_SCREENSHOTS") else 900
            context = chromium.new_context(viewport={"width": 1280, "height": height}, color_scheme="light")
            return open_path(context, address, space / name / f"{name}.ipynb", space)

        yield start


@pytest.mark.parametrize("name", MODULES)
def test_a_module_fits_and_can_be_read(opened: Any, name: str) -> None:
    notebook = opened(name)
    page = notebook.page
    page.get_by_text("click on it and press Shift+Enter").first.wait_for(
        timeout=SLOW
    )  # before the first run: the tools as text
    keep(page, f"look-{name}-light-1280-before")
    notebook.run_all()
    tools = page.locator(".priorauth-tool")
    tools.nth(len(load_module(name).practice) + 1).wait_for(state="attached", timeout=SLOW)
    show_all_cells(page)
    listed = every_control_has_a_name_of_its_own(page, name)
    answer(notebook, name)
    found = {}
    for scheme, width in (("light", 1280), ("dark", 600)):
        put_on(page, scheme, width)
        pictures(page, f"look-{name}-{scheme}-{width}")
        seen = axe(page, f"module/{name}/{scheme} {width}", inside=OURS)
        assert seen.elements > 1000
        low = low_contrast(page, ".priorauth-tool, .jp-RenderedMarkdown, .jp-RenderedHTMLCommon")
        found[scheme] = [*seen.nodes, *page.evaluate(MISFITS), *low, *small_targets(page, ", ".join(OURS))]
    stop_kernels(page)
    page.context.close()
    assert not any(found.values()), "\n".join(words for look in found.values() for words in look)
    assert documented(name) == listed, "docs/accessibility.md lists other controls; its last part says how to renew it"


def put_on(page: Any, scheme: str, width: int) -> None:
    """Change the window to a color scheme and a width; JupyterLab follows. A narrow one has no file browser."""
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": page.viewport_size["height"]})
    page.wait_for_function("dark => document.body.dataset.jpThemeLight === String(!dark)", arg=scheme == "dark")
    files = page.get_by_role("region", name="File Browser Section")
    if width < 800 and files.is_visible():
        page.keyboard.press("ControlOrMeta+b")
        files.wait_for(state="hidden")


def every_control_has_a_name_of_its_own(page: Any, name: str) -> list[tuple[str, str, str]]:
    """As the browser tells a screen reader: no control without a name, none twice in a tool, and each tool has a heading.

    Returns tool, role and name of the controls of all tools; those of practice questions are their options.
    """
    tools = controls(page, ".priorauth-tool")
    keep_figures(f"controls/{name}", {"tools": tools})
    assert len(tools) >= len(load_module(name).practice) + 2
    for heading, shown in tools:
        print(f"{name} {heading}:", *(f"{role} {words!r}" for role, words in shown), sep="\n    ")
        assert heading and len(shown) >= 2
        assert all(words for _, words in shown), f"{heading}: a control has no name"
        assert len(set(shown)) == len(shown), f"{heading}: two controls have one name"
    return [(heading, *one) for heading, shown in tools if not heading.startswith("Practice ") for one in shown]


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
