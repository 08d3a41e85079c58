"""Items with variants: each learner's own records are solvable, differ from her neighbors', and are as hard as theirs."""

from __future__ import annotations

import contextlib
import importlib
import io
import itertools
import re
from collections import Counter

import pytest
from conftest import MODULES, compiled_module
from test_items import tables

from coursekit import lesson, mark, soundness
from coursekit.build import compile as building
from coursekit.build import pools
from coursekit.casework import Case, like
from coursekit.errors import CourseError
from coursekit.items import ROOT
from priorauth import answers, check, data, public, variants

NUMBER = 12  # one in every module
IDS = [f"learner-{n:03d}" for n in range(500)]
ITEMS = [
    (name, item) for name in MODULES for item, known in public.load(name)["items"].items() if "pool" in known["form"]
]
each_item = pytest.mark.parametrize(("name", "item_id"), ITEMS, ids=[i for _, i in ITEMS])


def compiled(name: str, item_id: str):
    return next(c for c in compiled_module(name) if c.item.id == item_id)


def draws(c) -> list[list[str]]:
    return [data.cases(c.item.id, learner) for learner in IDS]


def test_modules_have_an_item_with_variants() -> None:
    assert [name for name, item in ITEMS if re.fullmatch(r"m\d\d-c\d", item)] == MODULES[: len(ITEMS)]
    assert len(ITEMS) == NUMBER


def test_places_with_two_records_only_are_those_that_the_author_guide_names() -> None:
    few = {
        item: n
        for _, item in ITEMS
        if (n := sum(len(place) < 3 for place in public.entry("items", item)["form"]["pool"]))
    }
    text = (ROOT / "docs" / "author-guide.md").read_text(encoding="utf-8")
    (told,) = re.findall(r"Four places have two, .*", text)
    numbers = {"one": 1, "two": 2, "three": 3}
    assert few == {item: numbers[n] for n, item in re.findall(r"(one|two|three) in (m\d\d-c\d)", told)}


@each_item
def test_every_variant_of_500_ids_is_solved_by_its_model_answer(name: str, item_id: str) -> None:
    c = compiled(name, item_id)
    whole = c.data["variants"]["key"]
    for learner in IDS:
        source = building.drawn(c, learner).solution
        answer = soundness.run(source, c.item.answer_name)
        assert set(answer) <= set(data.cases(item_id, learner)) and set(answer) <= set(whole)
        marked = mark.mark(c.data, answer, learner)
        assert (marked.outcome, marked.points, marked.note) == (mark.RIGHT, c.data["points"], ""), learner


@each_item
def test_neighbors_have_different_records_and_answers(
    name: str, item_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    c = compiled(name, item_id)
    sets = [frozenset(records) for records in draws(c)]
    keys = [
        repr(
            sorted(building.drawn(c, learner).model.items())
            if isinstance(c.model, dict)
            else sorted(building.drawn(c, learner).model)
        )
        for learner in IDS
    ]
    lists = [_answer_list(c, learner) for learner in IDS]
    pairs = list(itertools.combinations(range(len(IDS)), 2))
    assert len(pairs) == 124_750
    other, other_key, other_list = (sum(x[a] != x[b] for a, b in pairs) / len(pairs) for x in (sets, keys, lists))
    common = sum(len(sets[a] & sets[b]) for a, b in pairs) / len(pairs)
    with capsys.disabled():
        print(
            f"\n{item_id}: {len(c.case.pool)} places, {sum(map(len, c.case.pool))} records; of {len(pairs):,} pairs "
            f"{other:.1%} have other records, {other_key:.1%} another key, {other_list:.1%} another list of answers as shown; "
            f"{common:.1f} records in common on average"
        )
    assert min(other, other_key) >= 0.80
    assert common <= len(c.case.records) / 2


def _answer_list(c, learner: str) -> tuple[str, ...]:
    """The answers in the order in which the learner sees her records, without the ids: what a neighbor could read out."""
    mine = building.drawn(c, learner)
    if isinstance(mine.model, dict):
        return tuple(str(mine.model[r]) for r in mine.case.records)
    return tuple(str(r in mine.model) for r in mine.case.records)


@each_item
def test_all_variants_are_equally_hard(name: str, item_id: str) -> None:
    """The same answers in the same numbers, each misconception worth the same, the same level of guessing."""
    c = compiled(name, item_id)
    first = building.drawn(c, "")
    marks = {r.misconception: mark.mark(first.data, building.evaluate(first, r.answer)).points for r in c.item.rejects}
    for n, learner in enumerate(IDS):
        mine = building.drawn(c, learner)
        assert _labels(mine) == _labels(first), learner
        worth = {r["misconception"]: mark.mark(mine.data, r["answer"]).points for r in mine.data["rejects"]}
        assert worth == marks, learner
        if n < 5:
            by_place = [next(r for r in place if r in mine.case.records) for place in c.case.pool]
            in_places = variants_over(c, by_place)
            assert mark.guess_level(in_places) == c.data["guess"]


def _labels(c) -> Counter:
    if not isinstance(c.model, dict):
        return Counter({"in": len(c.model), "shown": len(c.case.records)})
    if not c.item.labels:
        return Counter({"shown": len(c.model)})
    return Counter(str(v[0] if isinstance(v, (list, tuple)) else v) for v in c.model.values())


def variants_over(c, records: list[str]) -> dict:
    from coursekit.variants import over

    return over(c.data, records)


@each_item
def test_a_second_route_gives_the_key_of_the_whole_pool(name: str, item_id: str) -> None:
    c = compiled(name, item_id)
    every = [r for place in c.case.pool for r in place]
    assert every == data.pool(item_id)
    again = getattr(importlib.import_module(f"second_route.{name}"), c.item.answer_name)(tables(), every)
    form = c.data["form"] | {"records": every}
    first, second = (answers.read(form, answers.plain(a)) for a in (c.case.key, again))
    assert mark.errors_of(c.data, first, second) == set()


@each_item
def test_texts_name_no_record(name: str, item_id: str) -> None:
    """What is said to all learners holds for each: no id of the pool stands in it."""
    c = compiled(name, item_id)
    texts = [c.item.prompt, c.item.explain, *c.item.hints, *(r.message for r in c.item.rejects), *c.item.labels]
    assert len(texts) >= 6
    assert not [(r, t) for r in data.pool(item_id) for t in texts if re.search(rf"\b{re.escape(r)}\b", t)]


@each_item
def test_the_notebook_shows_a_learner_her_records_in_this_item_only(name: str, item_id: str) -> None:
    """For two learners all other cells show the same; the cells of the item show each her own records and no others."""
    seen = {learner: _shown(name, learner) for learner in ("ada", "ben")}
    assert seen["ada"].keys() == seen["ben"].keys()
    differing = {key for key in seen["ada"] if seen["ada"][key] != seen["ben"][key]}
    assert differing and {key[0] for key in differing} == {item_id}
    for learner, cells in seen.items():
        text = "\n".join(words for (item, _), words in cells.items() if item == item_id)
        own = set(data.cases(item_id, learner))
        named = {r for r in data.pool(item_id) if re.search(rf"\b{re.escape(r)}\b", text)}
        assert named == own, learner


def _shown(name: str, learner: str) -> dict[tuple[str, int], str]:
    """(item or "", number of the cell): what the cell shows, for every cell of the lesson and of the items."""
    import pandas as pd

    found, item = {}, ""
    with pd.option_context(
        "display.max_rows", None, "display.max_columns", None, "display.width", None, "display.max_colwidth", None
    ):
        for step in lesson.steps(name, learner=learner):
            if step.name.endswith("-prompt"):
                item = step.name.removesuffix("-prompt")
            elif step.name.endswith("-check"):
                item = ""
            if step.kind == "code" and not step.name:
                value = step.value
                words = (
                    value.to_string()
                    if isinstance(value, (pd.DataFrame, pd.Series))
                    else str(getattr(value, "data", value))
                )
                found[item, step.number] = re.sub(r"0x[0-9a-f]+", "", f"{words}\n{step.printed}")
    return found


# --- drawing --------------------------------------------------------------------------------------------------------

POOL = [["A", "a1", "a2"], ["B", "b1", "b2"], ["C", "c1", "c2"]]


def test_nobody_has_the_first_records() -> None:
    assert variants.draw(POOL, "m01-c9", "", "any") == ["A", "B", "C"]


def test_the_same_learner_item_and_salt_give_the_same_records_and_each_of_them_matters() -> None:
    drawn = [
        tuple(variants.draw(POOL, *key))
        for key in itertools.product(("m01-c9", "m02-c9"), ("ada", "ben", "carl"), ("s", "t"))
    ]
    again = [
        tuple(variants.draw(POOL, *key))
        for key in itertools.product(("m01-c9", "m02-c9"), ("ada", "ben", "carl"), ("s", "t"))
    ]
    assert drawn == again and len(set(drawn)) > 9
    assert all({r.casefold()[0] for r in records} == {"a", "b", "c"} for records in drawn)


def test_one_record_more_in_the_pool_changes_few_draws() -> None:
    more = [[*POOL[0], "a3"], *POOL[1:]]
    kept = sum(set(variants.draw(POOL, "i", w, "s")) == set(variants.draw(more, "i", w, "s")) for w in IDS)
    assert 330 < kept < 420  # three in four learners keep what they had


def test_all_records_of_a_place_are_drawn_about_equally_often() -> None:
    counts = Counter(r for w in IDS for r in variants.draw(POOL, "i", w, "s"))
    assert sum(counts.values()) == 1500 and all(120 < counts[r] < 215 for place in POOL for r in place)


# --- whose records an answer is about -----------------------------------------------------------------------------------


@each_item
def test_answers_about_other_records_are_told_apart(name: str, item_id: str) -> None:
    c = compiled(name, item_id)
    of = {learner: building.drawn(c, learner) for learner in ("ada", "ben", "")}
    own, by_ben, by_nobody = (mark.mark(c.data, of[w].model, "ada") for w in ("ada", "ben", ""))
    assert (own.points, own.note) == (c.data["points"], "")
    assert by_ben.points == 0 and "not your records" in by_ben.messages[0] and "another learner" in by_ben.note
    assert all(r in by_ben.messages[0] for r in of["ada"].case.records)
    assert by_nobody.points == c.data["points"] and "no learner is named" in by_nobody.note
    assert mark.mark(c.data, of[""].model).note == "", "where nobody is named, these are the right records"


@each_item
def test_check_speaks_of_the_learners_own_records(name: str, item_id: str) -> None:
    c = compiled(name, item_id)
    known = public.entry("items", item_id)
    of = {learner: building.drawn(c, learner) for learner in ("ada", "ben", "")}
    assert "can be read" in check.report(known, of["ada"].model, "ada")[0]
    assert "not your records" in check.report(known, of["ben"].model, "ada")[1]
    assert any("no learner is named" in line for line in check.report(known, of[""].model, "ada"))
    if isinstance(c.model, dict):
        some = dict(list(of["ada"].model.items())[:2])
        left = of["ada"].case.records
        assert f"2 of {len(left)} filled in" in check.report(known, some, "ada")[0]
        assert any(r in check.report(known, some, "ada")[0] for r in left if r not in some)


@each_item
def test_the_answer_cell_gives_the_lines_for_the_learners_records(
    name: str, item_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the starter prints is an answer cell: a line for each record; where answers are, nothing is touched."""
    c = compiled(name, item_id)
    if not isinstance(c.model, dict):
        pytest.skip("a list of ids needs no lines")
    monkeypatch.setenv("PRIORAUTH_LEARNER", "ada")
    shell = _Shell()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(c.starter, {})
    text = shell.text
    assert text in printed.getvalue()
    assert list(soundness.run(text, c.item.answer_name)) == data.cases(item_id, "ada")
    assert mark.mark(c.data, soundness.run(text, c.item.answer_name), "ada").outcome == mark.NOT_ATTEMPTED
    (way,) = re.findall("`(.+?)`", mark.mark(c.data, building.drawn(c, "ben").model, "ada").messages[0])
    shell.text = ""
    with contextlib.redirect_stdout(printed):
        exec(way, {})
    assert shell.text == text, "the notice names a way to her own records that needs no page"
    shell.text = ""
    filled = c.starter.replace("{}", repr(dict(building.drawn(c, "ada").model)))
    with contextlib.redirect_stdout(printed):
        exec(filled, {})
    assert shell.text == "" and printed.getvalue().strip().endswith("Nothing was changed.")


class _Shell:
    """Stands in for IPython's shell: keeps the text that is to replace the cell."""

    text = ""

    def set_next_input(self, text: str, replace: bool = False) -> None:
        assert replace
        self.text = text


# --- a pool that is not fair is refused -----------------------------------------------------------------------------------


def test_like_gives_each_place_records_of_its_own_class() -> None:
    pool = like(["a1", "b1", "a2"], ["a1", "a3", "b2", "a4", "c1", "a5", "a6", "a7"], lambda r: r[0], most=3)
    assert pool == [["a1", "a3", "a5"], ["b1", "b2"], ["a2", "a4", "a6"]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"pool": [["x1", "x2"], ["y1"]]}, "nothing beside y1"),
        ({"pool": [["x1", "x2"], ["y1", "x2"]]}, "twice"),
        ({"pool": [["x2", "x1"], ["y1", "y2"]]}, "must begin each place"),
        ({"key": {"x1": "p", "x2": "r", "y1": "q", "y2": "q"}}, "different right answers in the place of x1"),
        ({"pool": [["x1", "y2"], ["y1", "x2"]]}, "the same right answer in some draws"),
        ({"key": {"x1": "p", "x2": "p", "y1": "q"}}, "different records"),
        ({"candidates": ["x1"]}, "candidates"),
    ],
)
def test_an_unfair_pool_is_refused_in_a_sentence(change: dict, words: str) -> None:
    item = compiled(*ITEMS[0]).item
    fair = {
        "records": ["x1", "y1"],
        "key": {"x1": "p", "x2": "p", "y1": "q", "y2": "q"},
        "pool": [["x1", "x2"], ["y1", "y2"]],
    }
    pools.examine(item, Case(**fair))
    with pytest.raises(CourseError, match=words):
        pools.examine(item, Case(**(fair | change)))


def test_a_trap_that_only_some_records_hold_is_refused() -> None:
    item = {
        "id": "m01-c9", "form": {"pool": [["x1", "x2"]]}, "rejects": [{"misconception": "too late"}],
        "variants": {"key": {"x1": "p", "x2": "p"}, "rejects": [{"x1": "p", "x2": "q"}]},
    }  # fmt: skip
    with pytest.raises(CourseError, match="too late: wrong for some"):
        pools.examine_traps(item)
