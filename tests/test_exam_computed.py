"""Every computed question: fair, sound in marking, its key found again by a second route."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import datetime

import pytest
from second_route import exam_first, exam_second

from coursekit.exam import computed
from coursekit.exam.capstone import TASKS
from coursekit.exam.computed import computed_items, task_pool
from coursekit.exam.probe import unsound
from coursekit.exam.templates import FEWEST, all_templates, same
from coursekit.items import ROOT, load_module, written_modules
from priorauth import facts

ITEMS = {i.id: i for i in computed_items()}
NAMES = sorted({i.template for i in ITEMS.values()})
ROUTES = exam_first.ROUTES | exam_second.ROUTES


@pytest.fixture(scope="module")
def data() -> dict[str, list[dict[str, str]]]:
    found = {}
    for path in sorted((ROOT / "datasets").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found[path.stem] = list(csv.DictReader(file))
    return found


def _of(name: str) -> list:
    return [i for i in ITEMS.values() if i.template == name]


def test_there_are_enough() -> None:
    assert len(NAMES) >= 60 and all(sum(n[1:3] == f"{m:02d}" for n in NAMES) >= 5 for m in range(1, 13))
    assert all(len(_of(n)) >= FEWEST for n in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_key_by_a_second_route(name: str, data: dict) -> None:
    for item in _of(name):
        try:
            again = ROUTES[name](item, data)
        except LookupError as problem:
            assert "business days" in str(problem), item.id
            continue
        texts = {k: o.text for k, o in item.options.items()}
        if item.kind == "single":
            holding = [k for k, t in texts.items() if t == again] or [k for k, t in texts.items() if again in t]
            assert holding == [item.key], (item.id, again, texts)
        elif item.kind == "multiple":
            assert sorted(again) == sorted(texts[k] for k in item.key), item.id
        elif isinstance(again, datetime):
            assert f"{again:%Y-%m-%d %H:%M}" == item.key, item.id
        elif isinstance(item.key, float) and not isinstance(again, str):
            assert abs(again - item.key) <= float(item.compare.tolerance) / 2 + 1e-9, (item.id, again, item.key)
        else:
            assert again == item.key, (item.id, again, item.key)


@pytest.mark.parametrize("name", NAMES)
def test_questions_are_fair_and_sound(name: str) -> None:
    """Options differ, distractors of numbers differ from the key, facts may be graded, marking holds."""
    for item in _of(name):
        texts = [o.text for o in item.options.values()]
        assert not any(same(a, b) for i, a in enumerate(texts) for b in texts[:i]), item.id
        assert all(o.because for o in item.options.values())
        assert all(facts.gradable(f) for f in item.facts), item.id
    assert not unsound(_of(name))


def test_keys_are_spread() -> None:
    """No letter and no template gives its answer away."""
    letters = Counter(i.key for i in ITEMS.values() if i.kind == "single")
    assert max(letters.values()) < 0.35 * sum(letters.values())
    for name in NAMES:
        answers = Counter(
            i.options[i.key].text if i.kind == "single" else str(i.key) for i in _of(name) if i.kind != "multiple"
        )
        assert not answers or max(answers.values()) <= 0.7 * sum(answers.values()), (name, answers)


@pytest.mark.parametrize("task", TASKS, ids=[t.id for t in TASKS])
def test_part_b_by_a_second_route(task, data: dict) -> None:
    pool = task_pool(task.id)
    assert len(pool) >= 15
    for shown in pool:
        try:
            again = exam_second.TASKS[task.id](task.heads, shown.cells, shown.block, shown.record, data)
        except LookupError as problem:
            assert "business days" in str(problem)
            continue
        if task.id == "b5":
            assert list(shown.answer) in again, shown.record
        else:
            assert again == shown.answer, (task.id, shown.record, again, shown.answer)


def test_records_of_part_b_vary() -> None:
    for task in TASKS:
        words = Counter(str(s.answer[0]) for s in task_pool(task.id)) if task.labels else None
        assert words is None or max(words.values()) <= 0.6 * sum(words.values()), (task.id, words)


@pytest.mark.parametrize("name", ["t01a", "t02b", "t04c", "t05c", "t08a", "t09c", "t11a", "t12b"])
def test_file_is_as_the_templates_make_it(name: str) -> None:
    """`computed.json` is fresh: these templates, made again from the records, give the same questions."""
    stored = [q for q in computed._data()["questions"] if q["id"].startswith(f"{name}-")]
    assert json.loads(json.dumps(computed.of_template(name))) == stored


def test_file_is_in_its_own_form() -> None:
    assert computed.PATH.read_text(encoding="utf-8") == computed.text(computed._data())


@pytest.mark.parametrize("name", written_modules())
def test_templates_name_objectives_and_sections_that_exist(name: str) -> None:
    goals = load_module(name).objectives
    text = (ROOT / "notebooks" / name / f"{name}.md").read_text(encoding="utf-8")
    mine = [t for t in all_templates().values() if f"module_{t.module:02d}" == name]
    assert len(mine) >= 5
    for made in mine:
        assert made.objective in goals, made.id
        assert f"\n## {made.section} " in text, made.id
    for task in TASKS:
        if f"module_{task.objective[1:3]}" == name:
            assert task.objective in goals and f"\n## {task.section} " in text, task.id
