"""Grading again: what stands in the gradebook counts, what a person gave is shown, and one odd file stops nobody."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

import nbformat
import pytest
from conftest import MODULES, compiled_module
from course_folders import answered, hand_in, new_course, right, scores, wrong

from coursekit.grading.collect import Submission, parse_time
from coursekit.grading.copies import grade_copy
from coursekit.grading.run import Settings, grade_module
from coursekit.grading.show import changed
from coursekit.notebooks import filled

MODULE = MODULES[0]
pytestmark = pytest.mark.slow


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A class of two, graded once."""
    folder = new_course(tmp_path / "course", MODULE)
    hand_in(folder, "ada", MODULE, right(MODULE))
    hand_in(folder, "bob", MODULE, wrong(MODULE))
    assert [g.problem for g in grade_module(MODULE, folder)] == ["", ""]
    return folder


def book(course: Path, *statements: str) -> None:
    with sqlite3.connect(course / "gradebook.db") as base:
        for statement in statements:
            base.execute(statement)


def grade_of(student: str, cell: str) -> str:
    """The gradebook's row, as the WHERE part of a statement."""
    return (
        "id IN (SELECT g.id FROM grade g JOIN base_cell b ON b.id = g.cell_id JOIN submitted_notebook n ON n.id = "
        "g.notebook_id JOIN submitted_assignment a ON a.id = n.assignment_id "
        f"WHERE a.student_id = '{student}' AND b.name = '{cell}')"
    )


def skipped(course: Path) -> dict[str, bool]:
    return {g.student: g.skipped for g in grade_module(MODULE, course)}


def test_points_that_were_removed_from_the_gradebook_are_graded_again(course: Path) -> None:
    before = scores(course, MODULE)
    assert skipped(course) == {"ada": True, "bob": True}
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as opened:
        opened.remove_student("ada")
    assert skipped(course) == {"ada": False, "bob": True}
    assert scores(course, MODULE) == before


def test_points_that_another_program_wrote_are_graded_again(course: Path) -> None:
    before = scores(course, MODULE)
    book(course, f"UPDATE grade SET auto_score = 0 WHERE {grade_of('ada', 'm01-c1-check')}")
    assert skipped(course) == {"ada": False, "bob": True}
    assert scores(course, MODULE) == before


def test_points_by_hand_come_onto_the_page_at_the_next_grading(course: Path) -> None:
    """A score for a check cell takes the place of the automatic one; rubric points and extra points are added."""
    result = json.loads(
        sqlite3.connect(course / "gradebook.db")
        .execute("SELECT result FROM course_grading WHERE student = 'bob'")
        .fetchone()[0]
    )
    automatic = {i["id"]: i["points"] for i in result["items"]}
    book(
        course,
        f"UPDATE grade SET manual_score = 2, extra_credit = 0.5 WHERE {grade_of('bob', 'm01-c1-check')}",
        f"UPDATE grade SET manual_score = 3 WHERE {grade_of('bob', 'm01-w1')}",
    )
    assert skipped(course) == {"ada": True, "bob": False}
    page = (course / "feedback" / "bob" / MODULE / f"{MODULE}.html").read_text(encoding="utf-8")
    rest = result["points"] - automatic["m01-c1"]
    assert f"<strong>{rest:g} of {result['max_points']:g} points</strong> from automatic marking, 5.5 by hand." in page
    assert f"2 points in place of {automatic['m01-c1']:g}. 0.5 extra points." in page
    assert skipped(course) == {"ada": True, "bob": True}


def test_a_regrade_says_whose_points_for_lateness_changed_and_why(course: Path) -> None:
    (course / "submitted" / "ada" / MODULE / "timestamp.txt").write_text("2026-11-22 12:00:00 UTC")
    grade_module(MODULE, course, ["ada"])
    (course / "nbgrader_config.py").write_text(
        "from coursekit.grading.late_policy import LatePolicy\n"
        "c = get_config()\nc.AssignLatePenalties.plugin_class = LatePolicy\nc.LatePolicy.percent_per_day = 10\n"
    )
    book(course, "UPDATE assignment SET duedate = '2026-11-20 12:00:00.000000'")
    ada, bob = grade_module(MODULE, course, settings=Settings(force=True))
    [line] = changed([ada, bob])
    off = ada.summary["points"] / 5
    assert line == (
        f"ada lost {off:g}: points off for lateness 0 to {off:g}; "
        "because of the due date, more time, or the rules for late work."
    )
    assert changed(grade_module(MODULE, course, settings=Settings(force=True))) == []
    book(course, "UPDATE assignment SET duedate = NULL")
    [line] = changed(grade_module(MODULE, course, settings=Settings(force=True)))
    assert line.startswith(f"ada gained {off:g}: points off for lateness {off:g} to 0; ")


def test_one_odd_file_stops_nobody(course: Path) -> None:
    odd = nbformat.from_dict(json.loads(json.dumps(right(MODULE))))
    for name, change in {
        "heading": {"cell_type": "heading", "level": "x", "metadata": {}, "source": "Title"},
        "listed": {"cell_type": "markdown", "metadata": {"nbgrader": {"grade_id": ["m01-c1"]}}, "source": "?"},
    }.items():
        hand_in(course, name, MODULE, json.dumps({**odd, "cells": [change, *odd["cells"]]}))
    for stamp, name in (("2026-11-22 10:00:00 99999", "zone"), ("9999-12-31 23:59:59 EST", "end")):
        hand_in(course, name, MODULE, right(MODULE)).with_name("timestamp.txt").write_text(stamp)
    inside = course / "submitted" / "unpacked" / MODULE / f"{MODULE}.ipynb"
    inside.mkdir(parents=True)
    nbformat.write(right(MODULE), inside / f"{MODULE}.ipynb")
    (inside / "notes.txt").write_text("mine")
    hand_in(course, "inway", MODULE, right(MODULE))
    (course / "autograded" / "inway").write_text("a file where a folder should be")
    (course / "submitted" / "zoe" / MODULE).mkdir(parents=True)
    nbformat.write(right(MODULE), course / "submitted" / "zoe" / MODULE / f"{MODULE}.ipynb")
    bytes_that_are_no_text = course / "submitted" / b"caf\xe9".decode("utf-8", "surrogateescape") / MODULE
    bytes_that_are_no_text.mkdir(parents=True)
    nbformat.write(right(MODULE), bytes_that_are_no_text / f"{MODULE}.ipynb")
    graded = {g.student: g for g in grade_module(MODULE, course)}
    full = graded["ada"].summary["points"]
    for name in ("heading", "listed", "zone", "end", "unpacked", "zoe", "café"):
        assert not graded[name].problem and graded[name].summary["points"] == full, graded[name]
    assert any("time of handing in cannot be read" in n for n in graded["zone"].notes)
    assert "inway" in graded["inway"].problem
    assert len(scores(course, MODULE)) == 9


def test_an_unreadable_resubmission_says_what_the_gradebook_keeps(course: Path) -> None:
    hand_in(course, "ada", MODULE, "this is no notebook")
    before = scores(course, MODULE)
    (ada,) = (g for g in grade_module(MODULE, course) if g.student == "ada")
    assert re.search(r"The gradebook keeps the 46 of 46 points of the submission before\.$", ada.problem)
    assert scores(course, MODULE) == before


def test_a_notebook_is_found_under_the_names_that_systems_give_it() -> None:
    for name in (f"{MODULE}.IPYNB", f"{MODULE}.ipynb.txt"):
        content = {name: json.dumps(right(MODULE)).encode()}
        copy = grade_copy(Submission("ada", MODULE, "", content, dict.fromkeys(content, 0)), "limits")
        assert not copy.problem and sum(i["points"] for i in copy.items) == 46


def test_a_moment_that_cannot_be_is_said_and_not_raised() -> None:
    for stamp in (b"2026-11-22 10:00:00 99999", b"9999-12-31 23:59:59 EST", b"soon"):
        assert parse_time(stamp)[0] is None and "cannot be read" in parse_time(stamp)[1]


def grade(**files: nbformat.NotebookNode) -> object:
    content = {f"{n}.ipynb": json.dumps(c).encode() for n, c in files.items()}
    return grade_copy(Submission("ada", MODULE, "", content, dict.fromkeys(content, 0)), "limits")


def test_an_answer_beats_an_empty_copy_and_what_is_left_aside_is_named() -> None:
    empty, full = answered(MODULE, {}), right(MODULE)
    most = sum(c.data["points"] for c in compiled_module(MODULE))
    copy = grade(**{MODULE: empty, f"{MODULE} (1)": full})
    assert sum(i["points"] for i in copy.items) == most
    assert f"{MODULE}.ipynb holds no answer; {MODULE} (1).ipynb holds the same exercises and was used." in copy.notes
    copy = grade(**{MODULE: full, f"{MODULE}-Copy1": wrong(MODULE)})
    assert sum(i["points"] for i in copy.items) == most
    assert (
        f"There was more than one notebook: {MODULE}.ipynb was graded, and {MODULE}-Copy1.ipynb left aside."
        in copy.notes
    )


def test_why_there_is_no_answer_though_something_was_written() -> None:
    sources = {
        "m01-q1": "m01_q1 = “A”",
        "m01-q2": "m01_q2 = A",
        "m01-q3": 'm01q3 = "A"',
        "m01-q4": 'm01_q4 == "A"',
        "m01-q5": "m01_q5 = None  # later",
    }
    found = {i["id"]: i for i in grade(**{MODULE: answered(MODULE, sources)}).items}
    assert found["m01-q1"]["messages"] == [
        "The cell of your answer stopped with an error (SyntaxError), so `m01_q1` has no value."
    ]
    assert "(NameError)" in found["m01-q2"]["messages"][0]
    assert "no line in it gives `m01_q3` a value" in found["m01-q3"]["messages"][0]
    assert {found[i]["outcome"] for i in list(sources)[:4]} == {"cannot be read"}
    assert found["m01-q5"]["outcome"] == found["m01-q6"]["outcome"] == "not attempted"


@pytest.mark.parametrize(
    ("source", "counts"),
    [
        ("m01_q1 = None", False), ("m01_q1 = ''", False), ("a = {'R1': None, 'R2': [None, '']}", False), ("", False),
        ("m01_q1 = 0", True), ("a = {'R1': None, 'R2': 'x'}", True), ("a = (", True), ("# thinking", True), ("a = b", True),
    ],
)  # fmt: skip
def test_filled(source: str, counts: bool) -> None:
    assert filled(source, "m01_q1 = ...") == counts
    assert not filled(source, source)
