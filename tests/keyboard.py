"""A module's tools in JupyterLab with the keyboard only: what they show, what they announce, where the focus is.

A test file says `MODULE = "module_NN"` and uses the fixtures `notebook` and `at`, which conftest.py makes known. What the tools announce
is printed (pytest -s).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from browser_tools import Notebook, chromium_running, learner_lab, open_module

from priorauth.widgets import base


@pytest.fixture(scope="module")
def notebook(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notebook]:
    """The module's notebook with all cells run; the mouse is not used from here on."""
    name = request.module.MODULE
    folder = tmp_path_factory.mktemp("tools")
    with chromium_running() as chromium, learner_lab(folder / "workspace", folder / "server.log") as address:
        context = chromium.new_context(viewport={"width": 1280, "height": 900})
        _, opened = open_module(context, address, folder / "workspace" / name / f"{name}.ipynb")
        opened.run_all()
        yield opened
        context.close()


@dataclass
class Keyboard:
    """A person at the keyboard, in one tool."""

    notebook: Notebook
    tool: Any
    heard: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What a screen reader says of the control that has the focus, and its role."""
        return self.notebook.page.evaluate(FOCUSED)

    def press(self, *keys: str) -> None:
        """Press keys, each when all is shown that the one before it brought about."""
        for key in keys:
            self.notebook.page.keyboard.press(key)
            self.notebook.traffic.settle(self.notebook.page)

    def press_after_reading(self, key: str) -> None:
        """Press a key on a slow button, later than a double-click would."""
        self.notebook.page.wait_for_timeout(1000 * base.AGAIN + 100)
        self.press(key)

    def tab_to(self, control: str, key: str = "Tab") -> None:
        """Press Tab (or Shift+Tab) until the control has the focus; it must be visible that it has."""
        for _ in range(20):
            self.press(key)
            if self.name == control:
                assert self.notebook.page.evaluate(FOCUS_RING), f"nothing shows that {control} has the focus"
                uncovered(self.notebook.page, control)
                return
        raise AssertionError(f"{key} does not lead to {control}; the focus is on {self.name}")

    def hears(self, pattern: str) -> str:
        """Wait for a sentence in the tool's alert; keeps it."""
        alert = self.tool.get_by_role("alert").filter(has_text=re.compile(pattern))
        try:
            alert.wait_for(timeout=20_000)
        except Exception as error:
            heard = self.tool.get_by_role("alert").all_inner_texts()
            raise AssertionError(f"{pattern} is not heard; the tool says {heard}: {self.tool.inner_text()}") from error
        self.notebook.traffic.settle(self.notebook.page)  # what is shown beside it may come a moment later
        said = alert.inner_text()
        assert "{" not in said, f"a mark of the author is left: {said}"
        self.heard.append(said)
        print(f"    {said}")
        return said

    def hears_again(self, *keys: str) -> None:
        """The keys bring the same sentence once more: as a new element, so that it is spoken once more."""
        alert = self.tool.get_by_role("alert")
        alert.evaluate("e => { e.dataset.old = 'yes' }")
        self.press(*keys)
        self.tool.locator('[role="alert"]:not([data-old])').wait_for(timeout=20_000)
        assert alert.inner_text() == self.heard[-1]


# The focused element by role and name, from its own label, its aria-label or its text.
FOCUSED = """() => {
  const e = document.activeElement;
  const role = {SELECT: 'list', BUTTON: 'button', INPUT: 'box', SUMMARY: 'fold'}[e.tagName] || e.tagName;
  const name = e.getAttribute('aria-label') || (e.labels && e.labels[0] && e.labels[0].innerText) || e.innerText || '';
  return `${role} ${name}`.trim();
}"""
# Is there an outline of two pixels or more whose color has a contrast of 3:1 with the ground around it?
FOCUS_RING = r"""() => {
  const light = c => { const [r, g, b] = c.match(/[\d.]+/g).map(Number).map(v => { v /= 255;
    return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
    if (!/, 0\)$/.test(c)) return c; } return 'rgb(255, 255, 255)'; };
  const e = document.activeElement, s = getComputedStyle(e);
  const [a, b] = [light(s.outlineColor), light(ground(e.parentElement))];
  return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2
    && (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) >= 3;
}"""
# Is the middle of the focused element in the window, with nothing over it (WCAG 2.2, 2.4.11)?
UNCOVERED = """() => {
  const e = document.activeElement, box = e.getClientRects()[0];
  const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return hit !== null && (e.contains(hit) || hit.contains(e));
}"""


def uncovered(page: Any, control: str) -> None:
    """Wait until what has the focus is in sight: pages scroll smoothly."""
    try:
        page.wait_for_function(UNCOVERED, timeout=5000)
    except Exception as error:
        raise AssertionError(f"{control} has the focus and is covered or out of sight") from error


@pytest.fixture
def at(notebook: Notebook) -> Iterator[Any]:
    """Stand on the cell of a tool, as after the arrow keys in the notebook; nothing else may change in the notebook."""
    before = notebook.page.locator(".jp-Notebook-cell").count()

    def stand(cell: str) -> Keyboard:
        tool = notebook.tool(cell)
        notebook.cell(cell).focus()
        return Keyboard(notebook, tool)

    yield stand
    assert notebook.page.locator(".jp-Notebook-cell").count() == before, "keys meant for a tool changed the notebook"
    assert notebook.page.locator(".jp-Notebook.jp-mod-commandMode").count() == 1


def controls_of(notebook: Notebook, cell: str, title: str) -> list[tuple[str, str]]:
    """Role and name of each control of a tool; each must have a name of its own, under the tool's heading."""
    snapshot = notebook.tool(cell).aria_snapshot()
    assert f'heading "{title}"' in snapshot
    controls = re.findall(
        r"^\s*- '?(combobox|button|checkbox|radio|textbox|spinbutton|slider)\b ?(\"[^\"]*\")?", snapshot, re.M
    )
    print(cell, [f"{role} {name}" for role, name in controls])
    assert all(name.strip('"') for _, name in controls), controls
    assert len(set(controls)) == len(controls)
    assert "slider" not in {role for role, _ in controls}
    return controls


def practice_by_keyboard(me: Keyboard, question: Any) -> None:
    """Choose every option of a practice question (all right ones, where several are) and hear why."""
    labels = {letter: f"{letter}. {option.text}" for letter, option in question.options.items()}
    if sum(option.right for option in question.options.values()) > 1:
        for letter, option in question.options.items():
            me.tab_to(f"box {labels[letter]}")
            if option.right:
                me.press("Space")
        me.tab_to("button Check my choice")
        me.press("Enter")
        me.hears("^Yes, that is right.")
        return
    for letter, option in question.options.items():
        me.tab_to(f"button {labels[letter]}")
        me.press("Enter")
        said = me.hears(f"^(Yes|Not this one).* {letter}: ")
        assert said.startswith("Yes") == option.right
        assert me.name == f"button {labels[letter]}", "the focus moved"
