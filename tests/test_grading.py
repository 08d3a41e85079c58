"""Grading end to end: stock nbgrader and `course.py grade` give the same scores; bad input gets one sentence."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import nbformat
import pytest
from conftest import MODULES, compiled_module
from course_folders import answered, damaged, hand_in, new_course, right, scores, wrong

from coursekit import leaks
from coursekit.errors import CourseError
from coursekit.files import alone
from coursekit.grading.me import grade_me
from coursekit.grading.receive import receive
from coursekit.grading.run import grade_module
from coursekit.items import load_module
from coursekit.workspace import fill

MODULE = MODULES[0]
BIN = Path(sys.executable).parent


def nbgrader(course: Path, *words: str) -> str:
    env = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "HOME": str(course)}
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *words], cwd=course, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def graded_both_ways(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two course folders with the same three submissions: graded by stock commands, and by the course."""
    made = []
    for kind in ("stock", "ours"):
        course = new_course(tmp_path_factory.mktemp(kind), MODULE)
        for student, make in (("right", right), ("wrong", wrong), ("damaged", damaged)):
            hand_in(course, student, MODULE, make(MODULE))
        made.append(course)
    stock, ours = made
    nbgrader(stock, "generate_assignment", MODULE)
    nbgrader(stock, "autograde", MODULE)
    nbgrader(stock, "generate_feedback", MODULE)
    results = grade_module(MODULE, course=ours)
    assert [g.problem for g in results] == ["", "", ""]
    return stock, ours


def test_same_scores_as_stock(graded_both_ways: tuple[Path, Path]) -> None:
    stock, ours = (scores(course, MODULE) for course in graded_both_ways)
    assert set(stock) == {"right", "wrong", "damaged"}
    assert stock == ours
    auto = sum(i.auto_points for i in load_module(MODULE).items)
    totals = {s: sum(v[0] or 0 for v in rows.values()) for s, rows in stock.items()}
    print(totals)
    assert totals["right"] == auto
    assert totals["wrong"] < 0.4 * auto
    lost = sum(c.item.auto_points for c in compiled_module(MODULE)[:1]) + compiled_module(MODULE)[2].item.auto_points
    assert totals["damaged"] == auto - lost


def test_rubric_waits_for_the_instructor(graded_both_ways: tuple[Path, Path]) -> None:
    for item in load_module(MODULE).items:
        if item.rubric:
            assert scores(graded_both_ways[1], MODULE)["right"][item.id][2] is True


def test_feedback_teaches_and_leaks_nothing(graded_both_ways: tuple[Path, Path]) -> None:
    for course in graded_both_ways:
        pages = sorted((course / "feedback").glob("*/*/*.html"))
        assert len(pages) == 3
        _, looked, found = leaks.scan(compiled_module(MODULE), course, [p for p in pages if "wrong" in p.parts])
        assert looked == 1 and not found
        assert "points" in pages[0].read_text(encoding="utf-8")


def test_submissions_are_left_as_they_were(tmp_path: Path) -> None:
    course = new_course(tmp_path, MODULE)
    path = hand_in(course, "ada", MODULE, damaged(MODULE))
    before = path.read_bytes()
    grade_module(MODULE, course=course)
    assert path.read_bytes() == before


def test_bad_submissions_are_named_and_the_others_go_on(tmp_path: Path) -> None:
    course = new_course(tmp_path, MODULE)
    hand_in(course, "unreadable", MODULE, "{ this is not a notebook")
    hand_in(course, "renamed", MODULE, right(MODULE), name="my copy.ipynb")
    hand_in(
        course,
        "wrongtype",
        MODULE,
        answered(MODULE, {c.item.id: f"{c.item.answer_name} = print" for c in compiled_module(MODULE)}),
    )
    (course / "submitted" / "empty" / MODULE).mkdir(parents=True)
    found = {g.student: g for g in grade_module(MODULE, course=course)}
    assert "not valid JSON" in found["unreadable"].problem
    assert "There is no notebook" in found["empty"].problem
    assert found["renamed"].summary and "my copy.ipynb" in found["renamed"].notes[0]
    assert found["renamed"].summary["points"] == found["renamed"].summary["max_points"]
    assert {i["outcome"] for i in found["wrongtype"].summary["items"]} == {"cannot be read"}
    assert set(scores(course, MODULE)) == {"renamed", "wrongtype"}


def test_two_copies_of_a_cell_cost_nothing(tmp_path: Path) -> None:
    course = new_course(tmp_path, MODULE)
    notebook = right(MODULE)
    at = next(
        i
        for i, c in enumerate(notebook.cells)
        if c.metadata.get("nbgrader", {}).get("grade_id") == f"{compiled_module(MODULE)[0].item.id}-check"
    )
    twin = json.loads(json.dumps(notebook.cells[at]))
    notebook.cells.insert(at, nbformat.from_dict(twin | {"id": "a-twin"}))
    hand_in(course, "ada", MODULE, notebook)
    (graded,) = grade_module(MODULE, course=course)
    assert graded.summary["points"] == graded.summary["max_points"]
    assert "stood there twice" in graded.notes[0]


def test_no_such_module() -> None:
    with pytest.raises(CourseError, match="There is no module 'seventeen'"):
        grade_module("seventeen")
    with pytest.raises(CourseError, match="There is no module"):
        load_module(99)


def test_nothing_to_grade(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="no submission"):
        grade_module(MODULE, course=new_course(tmp_path, MODULE))


def test_two_runs_at_once(tmp_path: Path) -> None:
    course = new_course(tmp_path, MODULE)
    hand_in(course, "ada", MODULE, right(MODULE))
    with alone(course / "gradebook.db"), pytest.raises(CourseError, match="Another grading run"):
        grade_module(MODULE, course=course)
    assert not (course / "gradebook.db").exists()


def test_locked_and_damaged_gradebook(tmp_path: Path) -> None:
    course = new_course(tmp_path, MODULE)
    hand_in(course, "ada", MODULE, right(MODULE))
    grade_module(MODULE, course=course)
    before = scores(course, MODULE)
    base = sqlite3.connect(course / "gradebook.db", check_same_thread=False)
    base.execute("BEGIN EXCLUSIVE")
    with pytest.raises(CourseError, match="cannot be used now"):
        grade_module(MODULE, course=course)
    base.rollback()
    base.close()
    assert scores(course, MODULE) == before
    (course / "gradebook.db").write_bytes(b"this is no database, whatever its name says")
    with pytest.raises(CourseError, match="is damaged"):
        grade_module(MODULE, course=course)


def test_grade_my_own_copy(tmp_path: Path) -> None:
    fill(tmp_path)
    path = tmp_path / MODULE / f"{MODULE}.ipynb"
    before = path.read_bytes()
    blank = grade_me(tmp_path, MODULE)
    assert blank["points"] == 0 and {i["outcome"] for i in blank["items"]} == {"not attempted"}
    assert path.read_bytes() == before
    nbformat.write(right(MODULE), path)
    result = grade_me(tmp_path, MODULE)
    assert result["points"] == result["max_points"]
    assert result["max_points"] + result["rubric_points_open"] == 50
    assert Path(result["feedback"]).exists()


def test_grade_me_waits_for_its_turn(tmp_path: Path) -> None:
    """Two presses of the button at once: both get a result."""
    fill(tmp_path)
    results = []
    threads = [threading.Thread(target=lambda: results.append(_run_me(tmp_path))) for _ in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert results == [0, 0]


def _run_me(workspace: Path) -> int:
    words = [sys.executable, "-m", "coursekit", "grade", MODULE, "--me", "--json", "--workspace", str(workspace)]
    return subprocess.run(words, capture_output=True).returncode


def test_me_with_a_damaged_notebook(tmp_path: Path) -> None:
    fill(tmp_path)
    path = tmp_path / MODULE / f"{MODULE}.ipynb"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(CourseError, match="damaged"):
        grade_me(tmp_path, MODULE)
    assert path.read_text(encoding="utf-8") == "{"


def test_stock_commands_from_release_to_feedback(tmp_path: Path) -> None:
    """One machine, no set-up, no warning: release, fetch, submit, collect, grade, export.

    Bo hands in by file, and nobody else loses her feedback by that.
    """
    course = new_course(tmp_path, MODULE)
    said = nbgrader(course, "generate_assignment", MODULE)
    for words in (["release_assignment"], ["list"], ["fetch_assignment"], ["submit"], ["collect"]):
        said += nbgrader(course, *words, *([MODULE] if words != ["list"] else []))
    assert "WARNING" not in said.replace("Removing existing assignment", ""), said
    (course / "in").mkdir()
    nbformat.write(right(MODULE), course / "in" / "bo.ipynb")
    assert [r.state for r in receive(course, MODULE, course / "in")] == ["new"]
    for words in (["autograde"], ["generate_feedback"], ["release_feedback"], ["fetch_feedback"]):
        said = nbgrader(course, *words, MODULE)
        if words == ["release_feedback"]:
            assert f"Not handed in through the exchange: bo. Their pages: python3 course.py feedback {MODULE}" in said
            assert len(list((course / "exchange").rglob("feedback/*.html"))) == 1, "of the one who used the exchange"
            assert "bo" not in nbgrader(course, *words, MODULE, "--CourseDirectory.student_id_exclude=bo")
    assert (course / "feedback" / "bo" / MODULE / f"{MODULE}.html").is_file()
    nbgrader(course, "export")
    assert MODULE in (course / "grades.csv").read_text(encoding="utf-8")
    assert list((course / MODULE / "feedback").rglob("*.html"))


def test_release_is_what_nbgrader_makes(tmp_path: Path, root: Path) -> None:
    course = new_course(tmp_path, MODULE)
    for _ in range(2):
        nbgrader(course, "generate_assignment", MODULE)
        made = (course / "release" / MODULE / f"{MODULE}.ipynb").read_text(encoding="utf-8").rstrip("\n")
        assert made == (root / "release" / MODULE / f"{MODULE}.ipynb").read_text(encoding="utf-8").rstrip("\n")
