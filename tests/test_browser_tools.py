"""The tools of Module 1 in JupyterLab, with the keyboard only: what they show, what they announce, where the focus is.

The announced sentences are printed (pytest -s).
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from browser_tools import Notebook, chromium_running, keep, learner_lab, open_module

from coursekit.items import load_module
from priorauth import opening, roles, timeline

pytestmark = [pytest.mark.browser, pytest.mark.slow]

JOURNEY, WHO, HISTORY = "request_journey(", "who_acts(", "history_timeline("
PACE = 30  # ms between keys: a quick person, and time for the tool to send on what was chosen
TOOLS = {JOURNEY: "Request journey", WHO: "Who acts here?", HISTORY: "History timeline"}


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notebook]:
    """Module 1 with all cells run; the mouse is not used from here on."""
    folder = tmp_path_factory.mktemp("tools")
    with chromium_running() as chromium, learner_lab(folder / "workspace", folder / "server.log") as address:
        context = chromium.new_context(viewport={"width": 1280, "height": 900})
        _, opened = open_module(context, address, folder / "workspace" / "module_01" / "module_01.ipynb")
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
        for key in keys:
            self.notebook.page.keyboard.press(key)
            self.notebook.page.wait_for_timeout(PACE)

    def tab_to(self, control: str, key: str = "Tab") -> None:
        """Press Tab (or Shift+Tab) until the control has the focus; it must be visible that it has."""
        for _ in range(20):
            self.press(key)
            if self.name == control:
                assert self.notebook.page.evaluate(FOCUS_RING), f"nothing shows that {control} has the focus"
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


@pytest.mark.parametrize("cell", TOOLS)
def test_every_control_has_a_name_of_its_own(notebook: Notebook, cell: str) -> None:
    snapshot = notebook.tool(cell).aria_snapshot()
    assert f'heading "{TOOLS[cell]}"' in snapshot
    controls = re.findall(r"^\s*- '?(combobox|button|checkbox|radio|textbox|slider)\b ?(\"[^\"]*\")?", snapshot, re.M)
    print(cell, [f"{role} {name}" for role, name in controls])
    assert len(controls) >= 3
    assert all(name.strip('"') for _, name in controls), controls
    assert len(set(controls)) == len(controls)
    assert not {"slider", "textbox"} & {role for role, _ in controls}


def test_journey_by_keyboard(at: Any) -> None:
    me = at(JOURNEY)
    steps = me.tool.get_by_text(re.compile(r"^Step \d+ of \d+$"))
    me.tab_to("list Request")
    me.press("ArrowDown")
    me.hears(r"^Step 1 of \d+: .* Clock .* State: \w+\.$")
    chosen = me.tool.get_by_label("Request").input_value()
    assert chosen.split(":")[0] == opening.journeys()[1]
    last = int(steps.inner_text().split()[-1])

    me.tab_to("button Next")
    me.press("Enter")
    me.hears("^Step 2 of ")
    me.press("Space")
    me.hears("^Step 3 of ")
    assert steps.inner_text() == f"Step 3 of {last}"
    assert me.name == "button Next", "the focus moved"
    log = me.tool.get_by_role("table", name="The log so far")
    assert log.get_by_role("row").count() == 4  # headers and three events
    keep(me.notebook.page, "tools-journey")
    for number in range(4, last + 1):
        me.press("Enter")
        me.hears(f"^Step {number} of ")
    assert "State: approved" in me.heard[-1] or "approved" in chosen
    me.press("Enter")
    me.hears("^This is the last event in the log")
    me.hears_again("Enter")

    me.tab_to("button Back", "Shift+Tab")
    me.press("Enter")
    me.hears(f"^Step {last - 1} of ")
    me.tab_to("list Request", "Shift+Tab")
    me.press("Home")  # the first request
    me.hears("^Step 1 of ")
    me.tab_to("button Back")
    me.press("Enter")
    me.hears("^This is the first event")
    me.tab_to("fold Read all of it as text")
    me.press("Enter")
    assert me.tool.get_by_role("heading", name=opening.journeys()[-1]).is_visible()
    me.press("Enter")


def test_who_acts_by_keyboard(at: Any) -> None:
    me = at(WHO)
    names = list(roles.DUTIES)
    for number, match in enumerate(roles.MATCHES, start=1):
        me.tab_to(f"list Step {number}: who acts?")
        wrong = number == 1  # the first step gets the last role, on purpose
        me.press(*["ArrowDown"] * (len(names) if wrong else names.index(match.role) + 1))
    me.tab_to("button Check my matches")
    me.press("Enter")
    me.hears("^7 of 8 matches are right. Read why below")
    row = me.tool.get_by_role("table", name="Your matches").get_by_role("row", name=re.compile("^Step 1 not yet"))
    assert f"Not the {names[-1]}" in row.inner_text() and roles.MATCHES[0].needs in row.inner_text()
    keep(me.notebook.page, "tools-who-acts")
    me.hears_again("Space")
    me.tab_to("list Step 1: who acts?", "Shift+Tab")
    me.press("o")  # the letter chooses "ordering clinician"; JupyterLab must not take it for a command
    me.tab_to("button Check my matches")
    me.press("Enter")
    me.hears("^8 of 8 matches are right. All of them")
    assert me.tool.get_by_role("row", name=re.compile("^Step 1 right")).is_visible()


def test_timeline_by_keyboard(at: Any) -> None:
    me = at(HISTORY)
    here = me.tool.locator('[aria-current="step"]')
    me.tab_to("list Era")
    me.press("End", "ArrowUp")  # the last era; after it comes "all of it"
    clocks = timeline.of_era("clocks")
    me.hears(f"^Milestone 1 of {len(clocks)}: {clocks[0].when}, ")
    assert here.inner_text().endswith(str(clocks[0].year))
    me.tab_to("button Next")
    for number, milestone in enumerate(clocks[1:], start=2):
        me.press("Enter" if number % 2 else "Space")
        me.hears(f"^Milestone {number} of {len(clocks)}: {re.escape(milestone.when)}, {re.escape(milestone.title)}")
        assert here.inner_text().endswith(str(milestone.year))
        me.tool.get_by_role("listitem").filter(has_text=milestone.words).wait_for()
    keep(me.notebook.page, "tools-timeline")
    me.press("Enter")
    me.hears("^This is the last milestone of the era")
    me.tab_to("button Back", "Shift+Tab")
    me.press("Space")
    me.hears(f"^Milestone {len(clocks) - 1} of ")


@pytest.mark.parametrize("question", load_module("module_01").practice, ids=lambda q: q.id)
def test_practice_by_keyboard(at: Any, question: Any) -> None:
    me = at(f'practice("{question.id}")')
    labels = {letter: f"{letter}. {option.text}" for letter, option in question.options.items()}
    several = sum(option.right for option in question.options.values()) > 1
    if several:
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


def test_ctrl_s_in_a_tool_saves_the_notebook(at: Any, notebook: Notebook) -> None:
    me = at(HISTORY)
    me.tab_to("button Next")
    path = notebook.path
    before = path.stat().st_mtime_ns
    me.press("ControlOrMeta+s")
    end = time.monotonic() + 20
    while path.stat().st_mtime_ns == before and time.monotonic() < end:
        notebook.page.wait_for_timeout(100)
    assert path.stat().st_mtime_ns != before
    assert me.name == "button Next"
