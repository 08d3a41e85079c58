"""What every tool of every lesson must hold: names, static form, tables, words after use. New modules are tested by being there."""

from __future__ import annotations

import asyncio
import functools
import re
from typing import Any

import ipywidgets as widgets
import pytest
from conftest import MODULES, read_built

from coursekit import lesson
from priorauth.widgets import base
from priorauth.widgets.call_simulator import call_simulator
from priorauth.widgets.costs import cost_estimator
from priorauth.widgets.stay_reviewer import stay_reviewer

LARGEST = 100_000  # characters of a tool's static form


@functools.cache
def shown(module: str) -> list[tuple[int, base.Tool]]:
    """Numbers of the cells that show a tool, and the tools."""
    return [(step.number, step.value) for step in lesson.steps(module) if isinstance(step.value, base.Tool)]


def tools(module: str) -> list[base.Tool]:
    """The tools of the lesson, in order, one of each kind."""
    return list({tool.title: tool for _, tool in shown(module)}.values())


def controls(box: widgets.Widget) -> list[widgets.Widget]:
    """All controls that a person can use, depth first."""
    if isinstance(box, widgets.Box):
        return [found for child in box.children for found in controls(child)]
    return [] if isinstance(box, widgets.HTML) else [box]


@pytest.mark.parametrize("module", MODULES)
def test_a_module_has_two_to_four_tools(module: str) -> None:
    assert 2 <= len(tools(module)) <= 4, [t.title for t in tools(module)]


@pytest.mark.parametrize("module", MODULES)
def test_every_control_has_a_name_of_its_own_and_none_is_a_slider(module: str) -> None:
    for tool in tools(module):
        found = controls(tool.box)
        names = [c.description.strip() for c in found]
        assert len(found) >= 2 and all(names), tool.title
        assert len(set(names)) == len(names), f"{tool.title}: two controls with one name cannot be told apart by ear"
        assert not [c for c in found if "Slider" in type(c).__name__], tool.title


@pytest.mark.parametrize("module", MODULES)
def test_text_is_sent_as_a_whole_when_its_field_is_left(module: str) -> None:
    """Sent letter by letter, the last letters come after the press of the button beside it, on a busy machine."""
    for tool in tools(module):
        for control in controls(tool.box):
            assert not getattr(control, "continuous_update", False), f"{tool.title}: {control.description}"


@pytest.mark.parametrize("module", MODULES)
def test_a_tool_is_live_and_readable_without_a_kernel(module: str) -> None:
    for tool in tools(module):
        bundle = tool._repr_mimebundle_()
        html, plain = bundle["text/html"], bundle["text/plain"]
        assert "application/vnd.jupyter.widget-view+json" in bundle, tool.title
        assert tool.title in html and tool.title in plain and tool.whole_text in html
        assert "Read all of it as text" in html and "{{" not in html, tool.title
        assert tool.first_state in html and len(html) < LARGEST, tool.title
        assert "<script" not in html and len(base.plain(tool.static_html())) > 500, tool.title
        assert "<" not in re.sub(r"</?b>", "", plain), tool.title


@pytest.mark.parametrize("module", MODULES)
def test_tables_have_a_caption_and_headers(module: str) -> None:
    for tool in tools(module):
        tables = re.findall(r"<table.*?</table>", tool.static_html() + tool.result.value, re.S)
        assert tables and all("<caption" in t for t in tables), tool.title
        assert all('scope="' in t for t in tables if t.count("<tr") > 1), tool.title


@pytest.mark.parametrize("module", MODULES)
def test_use_is_announced_and_leaves_the_static_form_alone(module: str) -> None:
    for tool in tools(module):
        before = tool.static_html()
        for control in controls(tool.box):
            if isinstance(control, widgets.Button):
                control.click()
            elif isinstance(control, (widgets.Dropdown, widgets.Select)) and control.options:
                control.index = len(control.options) - 1
        assert tool.static_html() == before, tool.title
        assert 'role="alert"' in tool.notice.value + tool.result.value, tool.title


@pytest.mark.parametrize("module", MODULES)
def test_the_static_form_is_the_same_each_time(module: str) -> None:
    """What a tool shows without a kernel is, byte for byte, what the build wrote in another process."""
    cells = read_built("source", module).cells
    for number, tool in shown(module):
        built = [o.data["text/html"] for o in cells[number].outputs if "text/html" in o.get("data", {})]
        assert built == [tool._repr_mimebundle_()["text/html"]], tool.title


def test_a_press_close_behind_a_change_waits_for_the_next_change() -> None:
    """As the page sends them when the kernel is busy: first change, both presses, then the change that it held back."""
    answers = []

    async def desk() -> None:
        plan = base.choice("Plan", [("A", "a"), ("B", "b"), ("C", "c")])
        find, other = base.button("Find", "finds"), base.button("Other", "too")
        base.Tool("A tool", "Choose, then press.", [plan, widgets.HBox([find, other])], "<p>all</p>")
        find.on_click(lambda _: answers.append(("find", plan.value)))
        other.on_click(lambda _: answers.append(("other", plan.value)))
        click: dict[str, object] = {"event": "click"}
        await asyncio.sleep(base.SETTLE)
        find._handle_button_msg(find, click, [])
        assert answers == [("find", "a")], "with nothing changed, the answer comes at once"
        plan.set_state({"index": 1})
        find._handle_button_msg(find, click, [])
        await asyncio.sleep(base.SETTLE * 0.9)
        other._handle_button_msg(other, click, [])
        plan.set_state({"index": 2})
        await asyncio.sleep(base.SETTLE * 2)

    asyncio.run(desk())
    assert answers == [("find", "a"), ("find", "c"), ("other", "c")]


def press(button: base.Button) -> None:
    """A press as it comes from the page."""
    button._handle_button_msg(button, {"event": "click"}, [])


def test_a_double_click_on_a_slow_button_is_one_press() -> None:
    answers = []

    async def desk() -> None:
        yes, no = base.button("Yes", "yes", slow=True), base.button("No", "no", slow=True)
        look = base.button("Look", "looks")
        for one in (yes, no, look):
            one.on_click(lambda b: answers.append(b.description))
        press(yes)
        press(yes)
        press(no)
        press(look)
        press(look)
        assert answers == ["Yes", "Look", "Look"], "the second press of a double-click, even on the neighbor, is none"
        await asyncio.sleep(base.AGAIN)
        press(no)
        assert answers[3:] == ["No"]

    base.Button.answered = base.Button.changed = base.Button.due = -1.0
    asyncio.run(desk())


@pytest.mark.parametrize(
    ("tool", "button", "state"),
    [
        (call_simulator, lambda t: t.options[0], lambda t: t.node),
        (stay_reviewer, lambda t: t.yes, lambda t: len(t.given)),
        (cost_estimator, lambda t: t.next, lambda t: (t.met.value, t.spent.value)),
    ],
)
def test_a_double_click_takes_one_step_only(tool: Any, button: Any, state: Any) -> None:
    async def desk(presses: int) -> Any:
        opened = tool()
        await asyncio.sleep(base.SETTLE)
        base.Button.answered = -1.0
        for _ in range(presses):
            press(button(opened))
        return state(opened)

    none, one, two = (asyncio.run(desk(presses)) for presses in range(3))
    assert none != one == two


@pytest.mark.parametrize("wait", [0.0, base.SETTLE * 2])
def test_enter_in_a_field_presses_the_button_behind_it_with_the_new_text(wait: float) -> None:
    """As the page sends them: Enter, and behind it the text; on a very busy machine only after the press."""
    answers = []

    async def desk() -> None:
        field, look = widgets.Text(value="old", description="Words"), base.button("Look", "looks")
        other = base.button("Other", "another")
        base.Tool("A tool", "Type, then press.", [widgets.HBox([field, look]), other], "<p>all</p>")
        look.on_click(lambda _: answers.append(field.value))
        other.on_click(lambda _: answers.append("other"))
        field._handle_custom_msg({"event": "submit"}, [])
        await asyncio.sleep(wait)
        field.set_state({"value": "new"})
        await asyncio.sleep(base.SETTLE * 2)
        assert answers[-1] == "new" and len(answers) == (2 if wait else 1)
        field.set_state({"value": "newer"})
        await asyncio.sleep(base.SETTLE * 2)
        assert answers[-1] == "new", "a field that is only left waits for its button"
        field._handle_custom_msg({"event": "submit"}, [])
        await asyncio.sleep(base.SETTLE * 2)
        assert answers[-1] == "newer"

    asyncio.run(desk())
