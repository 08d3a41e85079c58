"""Grading a module: stage each submission, autograde it with nbgrader's own converters, write feedback.

Same gradebook, same `autograded/` and `feedback/` tree, same scores as the stock commands. One submission at a
time; a submission that cannot be graded is named and the others go on.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from traitlets.config import Config

from coursekit.errors import CourseError
from coursekit.files import alone, digest, write_whole
from coursekit.grading import results
from coursekit.grading.stage import stage
from coursekit.items import ROOT, Module, load_module
from coursekit.nbgrader_support import course_config, run_converter

Progress = Callable[["Graded"], None]


@dataclass
class Graded:
    """The result for one submission: a summary, or the sentence that says why there is none."""

    student: str
    summary: dict[str, Any] | None = None
    problem: str = ""
    notes: list[str] = field(default_factory=list)


def submissions(course: Path, module: str) -> dict[str, Path]:
    """Submitted folders of a module: {student id: folder}."""
    return {p.parent.name: p for p in sorted((course / "submitted").glob(f"*/{module}")) if p.is_dir()}


def grade_module(
    module: str, course: Path = ROOT, students: list[str] | None = None, progress: Progress = lambda _: None
) -> list[Graded]:
    """Grade every submission of a module (or those of `students`) into the course's gradebook.

    Raises `CourseError` when there is nothing to grade, another grading is running, or the gradebook cannot be used.
    """
    spec = load_module(module)
    found = submissions(course, spec.name)
    wanted = {s: found[s] for s in students if s in found} if students else found
    missing = [s for s in students or [] if s not in found]
    if missing:
        raise CourseError(f"There is no submission of {spec.name} by {', '.join(missing)} in {course / 'submitted'}.")
    if not wanted:
        raise CourseError(
            f"There is no submission of {spec.name} in {course / 'submitted'}. Collect first, or put folders there as submitted/STUDENT/{spec.name}/."
        )
    with _one_at_a_time(course), tempfile.TemporaryDirectory() as staging:
        config = course_config(course)
        prepare(spec, course, config)
        graded = []
        for student, folder in wanted.items():
            graded.append(grade_one(spec, course, config, student, folder, Path(staging)))
            progress(graded[-1])
    return graded


def prepare(spec: Module, course: Path, config: Config) -> None:
    """See that the gradebook can be used and knows this edition of the module."""
    source = ROOT / "source" / spec.name / f"{spec.name}.ipynb"
    if not source.exists():
        raise CourseError(f"{source.relative_to(ROOT)} is missing. Build the course: python3 course.py build")
    gradebook, mark = course / "gradebook.db", course / f".{spec.name}.edition"
    edition = digest(source.read_bytes())
    known = _usable(gradebook, spec.name)
    if known and mark.exists() and mark.read_text(encoding="utf-8") == edition:
        return
    from nbgrader.converters import GenerateAssignment

    made = Config(config)
    made.CourseDirectory.source_directory = str(ROOT / "source")
    with tempfile.TemporaryDirectory() as release:
        made.CourseDirectory.release_directory = release
        run_converter(GenerateAssignment, made, spec.name)
    write_whole(mark, edition)


def grade_one(spec: Module, course: Path, config: Config, student: str, folder: Path, staging: Path) -> Graded:
    """Stage, autograde and write feedback for one submission; problems are caught and said."""
    from nbgrader.converters import Autograde, GenerateFeedback

    try:
        notes = stage(folder, spec.name, staging / student / spec.name)
        mine = Config(config)
        mine.CourseDirectory.source_directory = str(ROOT / "source")
        mine.CourseDirectory.submitted_directory = str(staging)
        mine.Autograde.force = True
        mine.GenerateFeedback.force = True
        run_converter(Autograde, mine, spec.name, student)
        run_converter(GenerateFeedback, mine, spec.name, student)
        autograded = course / "autograded" / student / spec.name / f"{spec.name}.ipynb"
        items = results.item_results(spec, autograded)
        original = folder / f"{spec.name}.ipynb"
        return Graded(student, results.summary(spec, items, original if original.exists() else autograded), notes=notes)
    except CourseError as problem:
        return Graded(student, problem=str(problem))


@contextmanager
def _one_at_a_time(course: Path) -> Iterator[None]:
    try:
        with alone(course / "gradebook.db", seconds=1.0):
            yield
    except CourseError as problem:
        if "busy" in str(problem):
            raise CourseError(
                "Another grading run is at work in this course folder. Wait until it has ended; nothing was changed."
            ) from None
        raise


def _usable(gradebook: Path, module: str) -> bool:
    """Whether the gradebook knows the module. Raises `CourseError` when it is locked or damaged."""
    if not gradebook.exists():
        return False
    try:
        with sqlite3.connect(gradebook, timeout=2) as base:
            base.execute("BEGIN IMMEDIATE")
            base.rollback()
            if base.execute("PRAGMA quick_check").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("quick_check failed")
            tables = base.execute("SELECT 1 FROM sqlite_master WHERE name = 'assignment'").fetchone()
            return bool(tables and base.execute("SELECT 1 FROM assignment WHERE name = ?", (module,)).fetchone())
    except sqlite3.OperationalError as problem:
        raise CourseError(
            f"The gradebook {gradebook} cannot be used now ({problem}). Close formgrader or the program that uses it, and try again; nothing was changed."
        ) from None
    except sqlite3.DatabaseError as problem:
        raise CourseError(
            f"{gradebook} is damaged ({problem}). Move it away or put a backup back, then grade again; submissions are untouched."
        ) from None
