"""Points into nbgrader's gradebook: plain SQL on nbgrader's own tables, one transaction for each submission.

The tables are made by nbgrader. What is written equals what `nbgrader autograde` writes (a test compares). Beside
nbgrader's tables stands `course_grading`: for each submission what was graded, in which edition, with what result.
It is written in the same transaction, so a run that was killed goes on where it was.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coursekit.errors import CourseError
from coursekit.grading.edition import Edition, checksum, is_grade, is_locked, is_solution, nbgrader
from coursekit.grading.tables import add, find, make, new
from coursekit.notebooks import grade_id

COURSE = "priorauth"
_OWN = """CREATE TABLE IF NOT EXISTS course_grading (
    student TEXT NOT NULL, module TEXT NOT NULL, submission TEXT NOT NULL, edition TEXT NOT NULL, result TEXT NOT NULL,
    PRIMARY KEY (student, module))"""
#: Seconds to wait for another program that writes to the gradebook.
PATIENCE = 5.0


Penalty = Callable[[str, float, float], float | None]
Finish = Callable[[dict[str, dict[str, Any]], float | None], None]


@dataclass
class Scores:
    """What goes into the gradebook for one submission: {cell: automatic score or None}, {answer cell: comment or None}."""

    grades: dict[str, float | None]
    comments: dict[str, str | None]


@dataclass
class Known:
    """What was graded before."""

    submission: str
    edition: str
    result: dict[str, Any]


class Book:
    """An open gradebook."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._words():
            if not path.exists() or not path.stat().st_size:
                make(path)
            self.base = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
            self.base.row_factory = sqlite3.Row
            self.base.execute("BEGIN IMMEDIATE")
            if self.base.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("quick_check failed")
            if not self.base.execute("SELECT 1 FROM sqlite_master WHERE name = 'submitted_assignment'").fetchone():
                raise sqlite3.DatabaseError("it is no gradebook")
            self.base.execute(_OWN)
            self.base.execute("COMMIT")

    def close(self) -> None:
        self.base.close()

    @contextlib.contextmanager
    def _words(self) -> Iterator[None]:
        """Errors of the database as sentences."""
        try:
            yield
        except sqlite3.OperationalError as problem:
            if "full" in str(problem):
                words = f"The disk is full: {self.path} is as it was. Free some space and grade again."
            else:
                words = (
                    f"The gradebook {self.path} cannot be used now ({problem}). Close formgrader or the program that "
                    "uses it, and try again; nothing was changed."
                )
            raise CourseError(words) from None
        except sqlite3.DatabaseError as problem:
            raise CourseError(
                f"{self.path} is damaged ({problem}). Move it away or put a backup back, then grade again; submissions are untouched."
            ) from None

    @contextlib.contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it or nothing."""
        with self._words():
            self.base.execute("BEGIN IMMEDIATE")
            try:
                yield self.base
                self.base.execute("COMMIT")
            except BaseException:
                if self.base.in_transaction:
                    self.base.execute("ROLLBACK")
                raise

    def known(self, module: str) -> dict[str, Known]:
        """What was graded of a module: {student: what}."""
        with self._words():
            rows = self.base.execute("SELECT * FROM course_grading WHERE module = ?", (module,)).fetchall()
        return {r["student"]: Known(r["submission"], r["edition"], json.loads(r["result"])) for r in rows}

    def register(self, edition: Edition) -> None:
        """Tell the gradebook about this edition of a module, as `nbgrader generate_assignment` does."""
        with self._change() as base:
            add(base, "course", id=COURSE)
            assignment = find(base, "assignment", name=edition.module) or new(
                base, "assignment", name=edition.module, course_id=COURSE
            )
            notebook = find(base, "notebook", name=edition.module, assignment_id=assignment)
            cells = {grade_id(c): c for c in edition.cells if is_grade(c) or is_solution(c) or is_locked(c)}
            if notebook:
                rows = base.execute("SELECT name FROM source_cell WHERE notebook_id = ?", (notebook,)).fetchall()
                if {r["name"] for r in rows} != set(cells):
                    _forget(base, notebook, edition.module)
                    notebook = None
            if not notebook:
                spec = json.dumps(edition.metadata.get("kernelspec", {}))
                notebook = new(base, "notebook", name=edition.module, assignment_id=assignment, kernelspec=spec)
            for name, cell in cells.items():
                _register_cell(base, edition, notebook, name, cell)

    def save(
        self, edition: Edition, student: str, scores: Scores, timestamp: dt.datetime | None, known: Known,
        penalty: Penalty, finish: Finish,
    ) -> None:  # fmt: skip
        """Write one submission's scores.

        `penalty(student, score, seconds late)` gives the points that lateness costs, or None. `finish` is called
        with what an instructor gave by hand ({cell: {"score", "comment"}}) and the penalty, before all is made lasting.
        """
        with self._change() as base:
            add(base, "student", id=student)
            assignment = find(base, "assignment", name=edition.module)
            notebook = find(base, "notebook", name=edition.module, assignment_id=assignment)
            handed_in = find(base, "submitted_assignment", assignment_id=assignment, student_id=student) or new(
                base, "submitted_assignment", assignment_id=assignment, student_id=student
            )
            if timestamp is not None:
                base.execute(
                    "UPDATE submitted_assignment SET timestamp = ? WHERE id = ?", (_time(timestamp), handed_in)
                )
            copy = find(base, "submitted_notebook", notebook_id=notebook, assignment_id=handed_in) or new(
                base, "submitted_notebook", notebook_id=notebook, assignment_id=handed_in, flagged=0
            )
            cells = base.execute("SELECT id, name, type FROM base_cell WHERE notebook_id = ?", (notebook,)).fetchall()
            by_hand = {}
            for cell in cells:
                if cell["type"] == "GradeCell":
                    by_hand |= _save_grade(base, copy, cell, scores.grades.get(cell["name"], 0.0))
                elif cell["type"] == "SolutionCell":
                    comment = find(base, "comment", cell_id=cell["id"], notebook_id=copy) or new(
                        base, "comment", cell_id=cell["id"], notebook_id=copy
                    )
                    base.execute(
                        "UPDATE comment SET auto_comment = ? WHERE id = ?", (scores.comments.get(cell["name"]), comment)
                    )
                    said = base.execute("SELECT manual_comment FROM comment WHERE id = ?", (comment,)).fetchone()[0]
                    if said:
                        by_hand.setdefault(cell["name"], {})["comment"] = said
            points = _late(base, assignment, handed_in, copy, student, penalty)
            base.execute(
                "INSERT OR REPLACE INTO course_grading VALUES (?, ?, ?, ?, ?)",
                (student, edition.module, known.submission, known.edition, json.dumps(known.result)),
            )
            finish(by_hand, points)


def _late(
    base: sqlite3.Connection, assignment: str, handed_in: str, copy: str, student: str, penalty: Penalty
) -> float | None:
    """Write and return the points that are taken off for lateness."""
    due = base.execute("SELECT duedate FROM assignment WHERE id = ?", (assignment,)).fetchone()[0]
    mine = base.execute("SELECT timestamp, extension FROM submitted_assignment WHERE id = ?", (handed_in,)).fetchone()
    points = None
    if due and mine["timestamp"]:
        more = (
            dt.datetime.fromisoformat(mine["extension"]) - dt.datetime(1970, 1, 1)
            if mine["extension"]
            else dt.timedelta()
        )
        late = (dt.datetime.fromisoformat(mine["timestamp"]) - dt.datetime.fromisoformat(due) - more).total_seconds()
        if late > 0:
            score = base.execute(
                "SELECT sum(coalesce(manual_score, auto_score, 0) + coalesce(extra_credit, 0)) FROM grade WHERE notebook_id = ?",
                (copy,),
            ).fetchone()[0]
            points = penalty(student, score, late)
            points = None if points is None else min(max(0.0, points), score)
    base.execute("UPDATE submitted_notebook SET late_submission_penalty = ? WHERE id = ?", (points, copy))
    return points


def _save_grade(base: sqlite3.Connection, copy: str, cell: sqlite3.Row, score: float | None) -> dict[str, Any]:
    grade = find(base, "grade", cell_id=cell["id"], notebook_id=copy) or new(
        base, "grade", cell_id=cell["id"], notebook_id=copy, needs_manual_grade=0
    )
    manual = base.execute("SELECT manual_score FROM grade WHERE id = ?", (grade,)).fetchone()[0]
    base.execute(
        "UPDATE grade SET auto_score = ?, needs_manual_grade = ? WHERE id = ?",
        (score, int(manual is not None or score is None), grade),
    )
    return {} if manual is None else {cell["name"]: {"score": manual}}


def _register_cell(base: sqlite3.Connection, edition: Edition, notebook: str, name: str, cell: dict[str, Any]) -> None:
    if is_grade(cell):
        row = find(base, "base_cell", name=name, notebook_id=notebook, type="GradeCell")
        if row is None:
            row = new(base, "base_cell", name=name, notebook_id=notebook, type="GradeCell")
            base.execute("INSERT INTO grade_cells VALUES (?, 0, ?)", (row, cell["cell_type"]))
        most = float(nbgrader(cell)["points"])
        base.execute("UPDATE grade_cells SET max_score = ?, cell_type = ? WHERE id = ?", (most, cell["cell_type"], row))
    if is_solution(cell) and not find(base, "base_cell", name=name, notebook_id=notebook, type="SolutionCell"):
        base.execute(
            "INSERT INTO solution_cells VALUES (?)",
            (new(base, "base_cell", name=name, notebook_id=notebook, type="SolutionCell"),),
        )
    source = edition.locked.get(name, cell["source"])
    row = find(base, "source_cell", name=name, notebook_id=notebook) or new(
        base, "source_cell", name=name, notebook_id=notebook, cell_type=cell["cell_type"], locked=0
    )
    base.execute(
        "UPDATE source_cell SET cell_type = ?, locked = ?, source = ?, checksum = ? WHERE id = ?",
        (cell["cell_type"], int(is_locked(cell)), source, checksum(cell, source), row),
    )


def _forget(base: sqlite3.Connection, notebook: str, module: str) -> None:
    """Remove the cells of an edition that nobody has handed in yet. Raises `CourseError` when somebody has."""
    if base.execute("SELECT 1 FROM submitted_notebook WHERE notebook_id = ?", (notebook,)).fetchone():
        raise CourseError(
            f"The gradebook holds submissions of another edition of {module}, with other exercises. "
            "Keep that edition for this class, or start a new gradebook (move gradebook.db away)."
        )
    for table in ("grade_cells", "solution_cells", "task_cells"):
        base.execute(f"DELETE FROM {table} WHERE id IN (SELECT id FROM base_cell WHERE notebook_id = ?)", (notebook,))
    for table in ("base_cell", "source_cell"):
        base.execute(f"DELETE FROM {table} WHERE notebook_id = ?", (notebook,))
    base.execute("DELETE FROM notebook WHERE id = ?", (notebook,))


def _time(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")
