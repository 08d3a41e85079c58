"""Damaged notebooks: none stops the grader, and an answer whose text survives earns what it earned before.

ENGINE_DAMAGED says how many notebooks (default 200). Answers are compared as text and by running the mended answer
cells; a sample is graded as a whole.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import functools
import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
from bench_damage import damaged_set, grade_here, hand_in, lost, small_course
from conftest import MODULES, read_built
from course_folders import right
from damage import FORMS, RULES, as_markdown, as_percent, as_saved
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coursekit.errors import CourseError
from coursekit.grading.collect import Submission
from coursekit.grading.copies import grade_copy
from coursekit.grading.edition import edition
from coursekit.grading.repair import mend
from coursekit.notebooks import grade_id

pytestmark = pytest.mark.slow
NUMBER = int(os.environ.get("ENGINE_DAMAGED", "200"))
MODULE = MODULES[0]


@functools.cache
def sound() -> str:
    return json.dumps(dict(right(MODULE)) | {"release": read_built("release", MODULE).cells})


def mended(raw: bytes, name: str = f"{MODULE}.ipynb") -> tuple[list[dict[str, Any]], list[str]]:
    _, cells, notes = mend(Submission("ada", MODULE, "folder", {name: raw}, {name: 0}), edition(MODULE))
    return cells, notes


def answers(cells: list[dict[str, Any]]) -> dict[str, list[str]]:
    """For each item the statements that give its answer, as they stand before its check."""
    known = edition(MODULE)
    found: dict[str, list[str]] = {}
    code: list[ast.stmt] = []
    for cell in cells:
        name = grade_id(cell)
        if name in known.checks:
            item = known.checks[name]
            mine = [ast.dump(s) for s in code]
            last = max((i for i, s in enumerate(code) if _gives(s, known.items[item]["answer_name"])), default=None)
            found[item] = [] if last is None else mine[: last + 1]
        elif cell["cell_type"] == "code":
            with contextlib.suppress(SyntaxError):
                code += ast.parse(cell["source"]).body
    return found


def _gives(statement: ast.stmt, name: str) -> bool:
    return isinstance(statement, ast.Assign) and any(
        isinstance(t, ast.Name) and t.id == name for t in statement.targets
    )


def survived(got: dict[str, list[str]], item: str) -> bool:
    """Whether the same statement gives the answer, after all that it needs."""
    want = expected()[0][item]
    own = [s for s in want if "id='" + edition(MODULE).items[item]["answer_name"] in s]
    return bool(got[item]) and got[item][-1] == want[-1] and set(own) <= set(got[item])


def lesson(cells: list[dict[str, Any]]) -> set[str]:
    return {c["source"].strip() for c in cells if c["cell_type"] == "code" and not grade_id(c)}


@functools.cache
def expected() -> tuple[dict[str, list[str]], frozenset[str]]:
    cells, _ = mended(as_saved(json.loads(sound())))
    return answers(cells), frozenset(lesson(cells))


def check_one(rules: list[str], form: str, seed: int) -> list[str]:
    """Damage, mend, compare. Returns the items whose answers did not survive."""
    notebook = json.loads(sound())
    dice = random.Random(seed)
    for rule in rules:
        RULES[rule](notebook, dice)
    cells, _ = mended(FORMS[form](notebook))
    got = answers(cells)
    assert set(got) == set(edition(MODULE).items)
    assert [grade_id(c) for c in cells if grade_id(c)] == [grade_id(c) for c in edition(MODULE).cells if grade_id(c)]
    return [i for i in got if not survived(got, i)]


@pytest.mark.parametrize("rule", list(RULES))
@pytest.mark.parametrize("form", list(FORMS))
def test_one_rule_loses_no_answer(rule: str, form: str) -> None:
    lost = {
        seed: found
        for seed in range(max(1, NUMBER // (len(RULES) * len(FORMS))))
        if (found := check_one([rule], form, seed))
    }
    assert not lost


@settings(max_examples=max(30, NUMBER // 5), suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    rules=st.lists(st.sampled_from(sorted(RULES)), min_size=1, max_size=5),
    form=st.sampled_from(sorted(FORMS)),
    seed=st.integers(0, 10**6),
)
def test_several_rules_never_stop_the_grader(rules: list[str], form: str, seed: int) -> None:
    lost = check_one(rules, form, seed)
    assert len(lost) <= len(rules)


@settings(max_examples=max(30, NUMBER // 5), derandomize=True)
@given(cut=st.floats(0.02, 1.0), form=st.sampled_from(["as_saved", "as_bom", "as_utf16", "as_lists"]))
def test_truncated_files(cut: float, form: str) -> None:
    """Cells before the cut count; with no cell at all there is one clear sentence."""
    notebook = json.loads(sound())
    raw = FORMS[form](notebook)
    raw = raw[: int(len(raw) * cut)]
    try:
        cells, notes = mended(raw)
    except CourseError as problem:
        assert str(problem).count("\n") == 0 and "Ask the learner" in str(problem)
        return
    got = answers(cells)
    text = raw.decode("utf-16" if form == "as_utf16" else "utf-8", "ignore")
    whole = [i for i in got if f'"m{i[1:]}-check"' in text]  # the cell behind the answer was begun
    assert not [i for i in whole if not survived(got, i)]
    assert cut > 0.999 or notes


@settings(max_examples=100, derandomize=True)
@given(
    raw=st.one_of(
        st.binary(max_size=300),
        st.text(max_size=300).map(str.encode),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda c: (
                st.lists(c, max_size=4)
                | st.dictionaries(
                    st.sampled_from(["cells", "cell_type", "source", "metadata", "nbgrader", "grade_id", "worksheets"]),
                    c,
                    max_size=4,
                )
            ),
            max_leaves=25,
        ).map(lambda d: json.dumps(d).encode()),
    )
)
def test_what_is_no_notebook_gets_one_sentence(raw: bytes) -> None:
    with pytest.raises(CourseError, match=r"^[^\n]+$"):
        mended(raw)


@pytest.mark.parametrize(("name", "form"), [("answers.py", as_percent), ("answers.md", as_markdown)])
def test_text_notebooks(name: str, form: Any) -> None:
    cells, notes = mended(form(json.loads(sound())), name)
    assert all(survived(answers(cells), i) for i in expected()[0]) and expected()[1] <= lesson(cells)
    assert "text notebook" in " ".join(notes)


@pytest.mark.parametrize("seed", range(4))
def test_a_sample_earns_the_same_points(seed: int) -> None:
    """Damaged by three rules, then graded as a whole."""
    dice = random.Random(seed)
    notebook = json.loads(sound())
    for rule in dice.sample([r for r in RULES if r not in ("merge_below", "retype")], 3):
        RULES[rule](notebook, dice)
    raw = FORMS[dice.choice(list(FORMS))](notebook)
    graded = grade_copy(Submission("ada", MODULE, "", {f"{MODULE}.ipynb": raw}, {f"{MODULE}.ipynb": 0}))
    assert sum(i["points"] for i in graded.items) == sum(i["max_points"] for i in graded.items), graded.notes


def _cut(source: str) -> tuple[str, str]:
    """A text with a string over several lines, cut inside the string."""
    head, _, tail = source.partition('"""\n')
    return f'{head}"""', tail


@pytest.mark.parametrize("case", ["a blank copy in two pieces behind it", "its pieces stand the other way round"])
def test_a_written_answer_in_pieces(case: str) -> None:
    """Found by the damaged set; nothing of the answer is lost, no piece stands there twice."""
    notebook = json.loads(sound())
    item = next(i for i in edition(MODULE).items if "-w" in i)
    at = next(n for n, c in enumerate(notebook["cells"]) if grade_id(c) == item)
    want = list(expected()[0][item])
    answer, starter = notebook["cells"][at], edition(MODULE).cells[edition(MODULE).at[item]]["source"]
    if case.startswith("a blank"):
        pieces = [answer, *(answer | {"source": s, "id": f"piece{n}"} for n, s in enumerate(_cut(starter)))]
        notebook["cells"][at : at + 1] = pieces
    else:
        name = edition(MODULE).items[item]["answer_name"]
        first, last = _cut(answer["source"])
        pieces = [{"cell_type": "code", "metadata": {}, "source": s} for s in (f"{last}\n{name} = {name}", first)]
        want.append(ast.dump(ast.parse(f"{name} = {name}").body[0]))
        notebook["cells"][at : at + 1] = pieces[:1]
        notebook["cells"].append(pieces[1])
    cells, notes = mended(as_saved(notebook))
    assert answers(cells)[item] == want, notes
    assert not [c for c in cells if c["cell_type"] == "code" and c["source"].strip() and not _reads(c["source"])]


def _reads(source: str) -> bool:
    with contextlib.suppress(SyntaxError):
        return bool(ast.parse(source))
    return False


def test_a_sound_notebook_is_left_alone() -> None:
    raw = as_saved(json.loads(sound()))
    cells, notes = mended(raw)
    assert not notes and len(cells) == len(json.loads(raw)["cells"])
    assert copy.deepcopy(cells) == mended(raw)[0]


def test_damaged_notebooks_are_graded_to_the_end(tmp_path: Path) -> None:
    """A small course: every notebook is graded or gets one sentence; damage by one rule costs no answer its points."""
    root = small_course(tmp_path)
    damaged = damaged_set(root, NUMBER // 4)
    hand_in(root, damaged)
    problems = [g.problem for g in grade_here(root) if g.problem]
    assert not [p for p in problems if "Ask the learner" not in p]
    one, several = (lost(damaged, root, one_rule) for one_rule in (True, False))
    assert one.survived > several.survived > NUMBER // 2 and one.not_graded + several.not_graded == len(problems)
    assert not one.less
