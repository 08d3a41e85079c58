"""The program map: no promise without an item, and no item outside the promises."""

from __future__ import annotations

import re

import pytest

from coursekit.errors import CourseError
from coursekit.handbook import programme
from coursekit.handbook.picture import svg
from coursekit.handbook.programme import GROUPS, mapped, programme_map, untaught
from coursekit.items import load_module, written_modules


def test_there_is_no_hole(capsys: pytest.CaptureFixture[str]) -> None:
    """Rows of modules that are not written yet count as planned; once all twelve are there, nothing can."""
    found = programme_map()
    with capsys.disabled():
        print("\n" + "\n".join(programme.lines(found)[-1 - len(found.holes) :]))
    assert {g: len(found.group(g)) for g in GROUPS} == {"topics": 16, "outcomes": 5, "tasks": 28, "errors": 34}
    assert not [f"{r.id} {r.says}" for r in found.holes]
    assert len(found.modules) < 12 or not found.planned
    assert not [r.id for r in found.planned if r.planned in found.numbers]


def test_every_objective_belongs_to_a_topic_or_an_outcome() -> None:
    assert untaught(programme_map()) == []


def test_a_hole_is_seen() -> None:
    """Take the only items on duplicates away, and row E16 becomes a hole; take a task's promised module, the same."""
    modules = [load_module(name).model_copy(deep=True) for name in written_modules()]
    for module in modules:
        module.items = [i for i in module.items if "E16" not in i.errors]
    found = mapped(programme._promises(), modules)
    assert [r.id for r in found.holes if r.group == "errors"] == ["E16"]
    words = programme.lines(found)
    assert any("HOLE" in line and line.startswith("E16") for line in words)
    assert "hole" in svg(found, "errors")


def test_a_promise_that_its_module_does_not_keep_is_a_hole() -> None:
    modules = [load_module("module_01")]
    promises = {
        "topics": {"L1": {"says": "x", "planned": 1}, "L2": {"says": "x", "planned": 2}},
        "outcomes": {"O1": {"says": "x", "modules": [1]}, "O2": {"says": "x", "modules": [1, 2]}},
        "tasks": {n: {"says": "x"} for n in range(1, 29)}
        | {5: {"says": "x", "planned": 2}, 3: {"says": "x", "planned": 1}},
        "errors": {f"E{n}": {"says": "x"} for n in range(1, 35)},
    }
    state = {r.id: r.state for r in mapped(promises, modules).rows}
    assert (state["L1"], state["L2"], state["O1"], state["O2"]) == ("hole", "planned", "tested", "planned")
    assert (state["#5"], state["#3"], state["#15"]) == ("tested", "hole", "tested")


def test_wrong_names_are_refused() -> None:
    module = load_module("module_01").model_copy(deep=True)
    promises = programme._promises()
    promises["topics"]["L1"]["objectives"] = ["M01.9"]
    with pytest.raises(CourseError, match="L1 names the objective M01.9"):
        mapped(promises, [module])
    module.items[0].errors = ["E99"]
    with pytest.raises(CourseError, match="m01-c1 names E99"):
        mapped(programme._promises(), [module])


def test_the_picture_says_in_words_what_it_shows() -> None:
    found = programme_map()
    for group in GROUPS:
        picture = svg(found, group)
        title = re.search(r"<title id=\"pic-\w+\">([^<]+)</title>", picture)[1]
        tested = sum(r.state == "tested" for r in found.group(group))
        assert f"{tested} of {len(found.group(group))} are tested" in title
        dots = sum(bool(r.count(n)) for r in found.group(group) for n in range(1, 13))
        assert picture.count("<circle cx") == dots
