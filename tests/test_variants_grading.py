"""Items with variants in a class: stock nbgrader and the course's grader know whose records an answer is about."""

from __future__ import annotations

import subprocess
from pathlib import Path

import nbformat
import pytest
from conftest import compiled_module
from course_folders import answered, hand_in, new_course, scores
from test_grading import nbgrader
from test_variants import ITEMS

from coursekit.build.compile import drawn
from coursekit.grading.me import grade_me
from coursekit.grading.run import Settings, grade_module
from coursekit.page.answers import model_answer
from coursekit.workspace import fill
from priorauth import data, learner

MODULE, ITEM = ITEMS[0]
#: How each learner answers. "computed" asks for her own records while she is graded.
CLASS = {"ada": "own", "Ben": "own", "carla": "of ben", "dora": "of nobody", "emil": "computed"}


def source(student: str) -> str:
    c = next(c for c in compiled_module(MODULE) if c.item.id == ITEM)
    how = CLASS[student]
    if how == "computed":
        key = c.data["variants"]["key"]
        return f'from priorauth import data\n{c.item.answer_name} = {{r: {key!r}[r] for r in data.cases("{ITEM}")}}'
    return drawn(c, {"own": learner.normal(student), "of ben": "ben", "of nobody": ""}[how]).solution


@pytest.fixture(scope="module")
def courses(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same class, graded by stock commands and by the course in each mode that runs here."""
    from coursekit.grading.sandbox import possible

    made = {}
    for kind in ("stock", "sandbox", "limits", "kernel"):
        if kind != "stock" and not possible(kind):
            continue
        made[kind] = new_course(tmp_path_factory.mktemp(kind), MODULE)
        for student in CLASS:
            hand_in(made[kind], student, MODULE, answered(MODULE, {ITEM: source(student)}))
    nbgrader(made["stock"], "generate_assignment", MODULE)
    nbgrader(made["stock"], "autograde", MODULE)
    for mode in made.keys() - {"stock"}:
        found = grade_module(MODULE, course=made[mode], settings=Settings(mode=mode, workers=1))
        assert [g.problem for g in found] == [""] * len(CLASS)
    return made


def test_stock_and_every_mode_give_the_same_scores(courses: dict[str, Path]) -> None:
    full = next(c for c in compiled_module(MODULE) if c.item.id == ITEM).data["points"]
    expected = {"ada": full, "Ben": full, "carla": 0, "dora": full, "emil": full}
    assert len(courses) >= 2
    for kind, course in courses.items():
        assert {s: rows[f"{ITEM}-check"][0] for s, rows in scores(course, MODULE).items()} == expected, kind


def test_stock_and_course_print_the_same_reports(courses: dict[str, Path]) -> None:
    ours = next(k for k in courses if k != "stock")
    for student in CLASS:
        printed = [_printed(courses[kind], student) for kind in ("stock", ours)]
        assert printed[0] == printed[1] and len(printed[0]) > 40


def _printed(course: Path, student: str) -> str:
    copy = nbformat.read(course / "autograded" / student / MODULE / f"{MODULE}.ipynb", as_version=4)
    cell = next(c for c in copy.cells if c.metadata.get("nbgrader", {}).get("grade_id") == f"{ITEM}-check")
    return "".join(o.text for o in cell.outputs if o.output_type == "stream")


def test_the_instructor_sees_whose_answer_was_about_other_records(courses: dict[str, Path]) -> None:
    course = next(c for kind, c in courses.items() if kind != "stock")
    index = (course / "feedback" / f"{MODULE}.html").read_text(encoding="utf-8")
    assert index.count("was answered for another learner") == 1
    assert index.count("was answered for the records that are shown where no learner is named") == 1
    page = (course / "feedback" / "carla" / MODULE / f"{MODULE}.html").read_text(encoding="utf-8")
    assert all(record in page for record in data.cases(ITEM, "carla"))


def test_a_new_salt_is_another_edition(
    courses: dict[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from coursekit.grading.edition import edition
    from priorauth import variants

    before = edition(MODULE).stamp
    monkeypatch.setattr(variants, "SALT", tmp_path / "salt.txt")
    variants.SALT.write_text("another term\n", encoding="utf-8")
    edition.cache_clear()
    try:
        assert edition(MODULE).stamp != before
        assert set(data.cases(ITEM, "ada")) <= set(data.pool(ITEM))
    finally:
        edition.cache_clear()


def test_a_lone_learner_is_graded_on_her_own_records_and_shown_their_model_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in learner.VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    fill(tmp_path)
    learner.keep("ada", tmp_path)
    nbformat.write(answered(MODULE, {ITEM: source("ada")}), tmp_path / MODULE / f"{MODULE}.ipynb")
    result = grade_me(tmp_path, MODULE)
    mine = next(i for i in result["items"] if i["id"] == ITEM)
    assert mine["outcome"] == "right" and not [n for n in result["notes"] if ITEM in n]
    from coursekit import progress

    progress.record(tmp_path, result)
    code = model_answer(tmp_path, MODULE, ITEM).code
    assert {r for r in data.pool(ITEM) if r in code} == set(data.cases(ITEM, "ada"))


def test_a_hub_names_the_learner(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a kernel that a JupyterHub started, without any setting of the course."""
    import os
    import sys

    from coursekit.items import ROOT

    env = {k: v for k, v in os.environ.items() if k not in learner.VARIABLES} | {"JUPYTERHUB_USER": "Ada"}
    words = f"from priorauth import data; print(*data.cases({ITEM!r}))"
    done = subprocess.run([sys.executable, "-c", words], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.split() == data.cases(ITEM, "ada")
