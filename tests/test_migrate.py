"""Items that change after their release, in a real course folder: 50 learners, one item changed, one added, one removed.

The course is copied, its module is edited and built again as an author would, and the class's grades are carried over.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from cohort import cohort
from conftest import MODULES

from coursekit.items import ROOT

pytestmark = pytest.mark.slow
MODULE = MODULES[0]
LEARNERS = 50
CHANGED, REMOVED, ADDED, WRITTEN = "m01-q5", "m01-q3", "m01-q99", "m01-w1"
RECORDS = {
    "workspace",
    "exchange",
    "site",
    "reports",
    "submitted",
    "autograded",
    "feedback",
    "migrations",
    "grading.jsonl",
}


def skip(folder: str, names: list[str]) -> set[str]:
    """What a copy of the course does without: environments, caches, records of learners."""
    top = {n for n in names if n in RECORDS or n.startswith((".", "gradebook.db"))} if Path(folder) == ROOT else set()
    return top | {n for n in names if n == "__pycache__"}


def run(course: Path, *words: str, code: int | None = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-m", *words], cwd=course, env=_env(course), capture_output=True, text=True
    )
    assert code is None or done.returncode == code, (done.stdout + done.stderr)[-3000:]
    assert "Traceback" not in done.stderr or words[0] == "nbgrader"
    return done.stdout + done.stderr


def _env(course: Path) -> dict[str, str]:
    env = os.environ | {"PYTHONPATH": str(course), "COLUMNS": "200", "HOME": str(course)}
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env["PATH"]])
    return env


def points(course: Path) -> dict[str, dict[str, tuple[float | None, float | None, int]]]:
    """{student: {cell: (automatic, by hand, waits)}} as nbgrader keeps them."""
    base = sqlite3.connect(course / "gradebook.db")
    rows = base.execute(
        """SELECT sa.student_id, b.name, g.auto_score, g.manual_score, g.needs_manual_grade FROM grade g
        JOIN base_cell b ON b.id = g.cell_id JOIN submitted_notebook sn ON sn.id = g.notebook_id
        JOIN submitted_assignment sa ON sa.id = sn.assignment_id"""
    ).fetchall()
    base.close()
    found: dict[str, dict[str, Any]] = {}
    for student, cell, auto, manual, waits in rows:
        found.setdefault(student, {})[cell] = (auto, manual, waits)
    return found


def total(cells: dict[str, tuple[float | None, float | None, int]]) -> float:
    return sum((a if m is None else m) or 0.0 for a, m, _ in cells.values())


def by_hand(course: Path, student: str, cell: str, score: float, comment: str = "") -> None:
    """What an instructor enters in formgrader."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        grade = book.find_grade(cell, MODULE, MODULE, student)
        grade.manual_score, grade.needs_manual_grade = score, False
        if comment:
            book.find_comment(cell, MODULE, MODULE, student).manual_comment = comment
        book.db.commit()


def edit_the_module(course: Path) -> None:
    """One item gets another key and version 2, one goes, one comes."""
    path = course / "notebooks" / MODULE / "items.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    by_id = {i["id"]: i for i in data["items"]}
    one = by_id[CHANGED]
    wrong = next(k for k in one["options"] if k != one["key"])
    one |= {"version": 2, "key": wrong, "prompt": one["prompt"].rstrip() + " Mind the new wording."}
    for letter, option in one["options"].items():
        option["right"] = letter == wrong
    data["items"].remove(by_id[REMOVED])
    data["items"].append(by_id["m01-q1"] | {"id": ADDED, "title": "A new question"})
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    text = course / "notebooks" / MODULE / f"{MODULE}.md"
    words = text.read_text(encoding="utf-8")
    assert f"{{{{item: {REMOVED}}}}}" in words
    text.write_text(words.replace(f"{{{{item: {REMOVED}}}}}", f"{{{{item: {ADDED}}}}}"), encoding="utf-8")


@dataclass
class Story:
    """What was seen on the way."""

    course: Path
    before: dict[str, dict[str, Any]]
    results: dict[str, dict[str, Any]]
    refused: str = ""
    dry: str = ""
    unchanged_by_dry_run: bool = False
    done_when_killed: int = 0
    said: str = ""
    after: dict[str, dict[str, Any]] = field(default_factory=dict)
    submitted: bool = False


def results(course: Path) -> dict[str, dict[str, Any]]:
    base = sqlite3.connect(course / "gradebook.db")
    rows = base.execute("SELECT student, result FROM course_grading WHERE module = ?", (MODULE,)).fetchall()
    base.close()
    return {s: {i["id"]: i for i in json.loads(r)["items"]} for s, r in rows}


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    course = tmp_path_factory.mktemp("migrate") / "course"
    shutil.copytree(ROOT, course, ignore=skip)
    names = cohort(course, MODULE, LEARNERS, seed=7)
    run(course, "coursekit", "grade", MODULE)
    for n, student in enumerate(names[:20]):
        by_hand(course, student, WRITTEN, 1.0 + n % 3, f"Well said, {student}.")
    by_hand(course, names[0], "m01-c1-check", 4.5)  # another score than the automatic one
    by_hand(course, names[1], f"{CHANGED}-check", 0.5)
    handed_in = files(course / "submitted")
    it = Story(course, points(course), results(course))

    edit_the_module(course)
    run(course, "coursekit", "build", MODULE)
    gradebook = (course / "gradebook.db").read_bytes()
    it.refused = run(course, "coursekit", "grade", MODULE, code=1)
    autograded = files(course / "autograded")
    it.dry = run(course, "coursekit", "migrate", MODULE, "--dry-run")
    same = [
        points(course) == it.before,
        files(course / "autograded") == autograded,
        not (course / "migrations").exists(),
    ]
    it.unchanged_by_dry_run = all(same) and len(gradebook) > 0

    # killed in the middle, then run again
    log = (course / "grading.jsonl").read_text().count("\n")
    with subprocess.Popen([sys.executable, "-P", "-m", "coursekit", "migrate", MODULE], cwd=course, env=_env(course),
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True) as process:  # fmt: skip
        end = time.monotonic() + 120
        while (course / "grading.jsonl").read_text().count("\n") < log + 12 and time.monotonic() < end:
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
    base = sqlite3.connect(course / "gradebook.db")
    (it.done_when_killed,) = base.execute(
        "SELECT count(DISTINCT student) FROM course_migration WHERE done = 1"
    ).fetchone()
    base.close()
    it.said = run(course, "coursekit", "migrate", MODULE)
    it.after = points(course)
    it.submitted = files(course / "submitted") == handed_in
    yield it


def test_grading_stops_with_a_sentence_and_a_dry_run_changes_nothing(story: Story) -> None:
    assert "course.py migrate module_01" in story.refused and "Nothing was changed" in story.refused
    assert story.unchanged_by_dry_run
    assert "Nothing was changed" in story.dry


def test_a_dry_run_says_what_then_happens(story: Story) -> None:
    def figures(text: str) -> list[str]:
        return [line for line in text.splitlines() if line.startswith("  ")]

    assert len(figures(story.said)) > 10 and figures(story.dry) == figures(story.said)


def test_a_killed_run_goes_on_where_it_was(story: Story) -> None:
    assert 0 < story.done_when_killed < LEARNERS
    assert "nothing had to be done" in run(story.course, "coursekit", "migrate", MODULE)


def test_unchanged_items_keep_their_scores_and_what_a_person_gave(story: Story) -> None:
    assert len(story.before) == len(story.after) == LEARNERS
    kept = 0
    for student, cells in story.before.items():
        for cell, was in cells.items():
            if cell in (f"{CHANGED}-check", f"{REMOVED}-check"):
                continue
            assert story.after[student][cell] == was, (student, cell)
            kept += 1
    assert kept > LEARNERS * 10
    assert sum(c[WRITTEN][1] is not None for c in story.after.values()) == 20
    base = sqlite3.connect(story.course / "gradebook.db")
    comments = base.execute("SELECT count(*) FROM comment WHERE manual_comment LIKE 'Well said%'").fetchone()[0]
    base.close()
    assert comments == 20


def test_the_changed_item_is_graded_again_the_added_is_there_the_removed_is_gone(story: Story) -> None:
    changed, lost = 0, 0.0
    now = results(story.course)
    for student, cells in story.after.items():
        assert f"{REMOVED}-check" not in cells and REMOVED not in now[student]
        assert cells[f"{ADDED}-check"][0] == 0.0 and now[student][ADDED]["outcome"] == "not attempted"
        assert "came into the module" in now[student][ADDED]["messages"][0]
        was, after = story.before[student][f"{CHANGED}-check"][0], cells[f"{CHANGED}-check"][0]
        changed += was != after
        lost += story.before[student][f"{REMOVED}-check"][0] or 0.0
        assert "was changed after you had handed in" in now[student][CHANGED]["messages"][0]
    assert changed > 5 and lost > 5
    # points of a person for the earlier version stand, and wait for her
    name = sorted(story.before, key=lambda s: int(s.split("-")[0]))[1]
    assert story.after[name][f"{CHANGED}-check"][1:] == (0.5, 1)
    assert f"{name} {CHANGED}" in story.said and "Look again by hand" in story.said


def test_the_report_names_who_is_affected_and_by_how_much(story: Story) -> None:
    (folder,) = (story.course / "migrations").iterdir()
    assert {p.name for p in folder.iterdir()} == {"gradebook.db", "report.csv"}
    with (folder / "report.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    sums = {r[0]: (float(r[3]), float(r[5])) for r in rows if r[1] == "all"}
    assert len(sums) == LEARNERS
    for student, (before, after) in sums.items():
        assert before == pytest.approx(total(story.before[student])) and after == pytest.approx(
            total(story.after[student])
        )
    removed = [r for r in rows if r[1] == REMOVED]
    assert len(removed) == LEARNERS and all(r[5] == "" for r in removed)
    assert {r[2] for r in rows} == {"changed", "added", "removed", "sum"}
    moved = [s for s, (a, b) in sums.items() if a != b]
    assert f"{len(moved)} of {LEARNERS} learners have another sum" in story.said
    kept = sqlite3.connect(folder / "gradebook.db")
    names = {r[0] for r in kept.execute("SELECT name FROM base_cell").fetchall()}
    kept.close()
    assert f"{REMOVED}-check" in names, "the gradebook as it was is whole"
    print(f"\n{'learner':<14} before  after")
    for student, (before, after) in sorted(sums.items()):
        print(f"{student:<14} {before:6g} {after:6g}")


def test_submissions_are_as_they_were_and_feedback_is_new(story: Story) -> None:
    assert story.submitted
    pages = sorted((story.course / "feedback").glob(f"*/{MODULE}/{MODULE}.html"))
    assert len(pages) == LEARNERS
    assert all("A new question" in p.read_text(encoding="utf-8") for p in pages)


def test_grading_again_does_nothing_and_stock_nbgrader_goes_on(story: Story) -> None:
    assert f"{LEARNERS} unchanged since they were graded" in run(story.course, "coursekit", "grade", MODULE)
    run(story.course, "nbgrader", "generate_assignment", MODULE)
    assert points(story.course) == story.after
    student = sorted(story.after)[0]
    run(story.course, "nbgrader", "autograde", MODULE, "--student", student, "--force")
    again = points(story.course)
    assert {s: c for s, c in again.items() if s != student} == {s: c for s, c in story.after.items() if s != student}
    assert again[student].keys() == story.after[student].keys()
    assert {k: v[:2] for k, v in again[student].items()} == {k: v[:2] for k, v in story.after[student].items()}
    run(story.course, "nbgrader", "generate_feedback", MODULE, "--student", student, "--force")
    run(story.course, "nbgrader", "export")
    assert (story.course / "grades.csv").exists()
    assert run(story.course, "coursekit", "report").startswith(tuple("0123456789"))


def test_a_gradebook_that_is_not_there(story: Story, tmp_path: Path) -> None:
    course = tmp_path / "empty"
    course.mkdir()
    from coursekit.errors import CourseError
    from coursekit.grading.migrate import migrate

    with pytest.raises(CourseError, match="no gradebook"):
        migrate(MODULE, course)
