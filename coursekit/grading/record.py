"""Points into nbgrader's gradebook: plain SQL on nbgrader's own tables, one transaction for each submission.

The tables are made by nbgrader. What is written equals what `nbgrader autograde` writes (a test compares). Beside
nbgrader's tables stands `course_grading`: for each submission what was graded, in which edition, with what result.
It is written in the same transaction, so a run that was killed goes on where it was.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coursekit.errors import CourseError
from coursekit.grading import carry, cells, late
from coursekit.grading.edition import Edition
from coursekit.grading.tables import add, find, make, new

COURSE = "priorauth"
_OWN = """CREATE TABLE IF NOT EXISTS course_grading (
    student TEXT NOT NULL, module TEXT NOT NULL, submission TEXT NOT NULL, edition TEXT NOT NULL, result TEXT NOT NULL,
    PRIMARY KEY (student, module))"""
_COPIES = """SELECT student_id, submitted_notebook.id AS copy, coalesce(late_submission_penalty, 0) AS late,
    (SELECT total(auto_score) FROM grade WHERE notebook_id = submitted_notebook.id) AS points
    FROM submitted_notebook JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id
    JOIN assignment ON assignment.id = submitted_assignment.assignment_id WHERE assignment.name = ?"""
_BY_HAND = """SELECT cell_id, manual_score, extra_credit FROM grade
    WHERE notebook_id = :copy AND (manual_score IS NOT NULL OR extra_credit IS NOT NULL)
    UNION ALL SELECT cell_id, manual_comment, '' FROM comment WHERE notebook_id = :copy AND manual_comment <> ''
    ORDER BY 1, 2, 3"""
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
    stands: bool = True  # the gradebook still holds these points, and nobody gave or wrote anything by hand since
    late: float = 0.0  # points that the gradebook takes off for lateness


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
            for own in (_OWN, cells.ITEMS, carry.TABLE):
                self.base.execute(own)
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
                    "uses it, and try again. What was graded before is kept, and no submission is half graded."
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
            copies = self.base.execute(_COPIES, (module,)).fetchall()
            held = {r["student_id"]: (r["points"], by_hand_mark(self.base, r["copy"]), r["late"]) for r in copies}
        found = {}
        for row in rows:
            with contextlib.suppress(ValueError):
                result = json.loads(row["result"])
                points, given = result["points"], result.pop("by_hand", "")
                now = held.get(row["student"])
                stands = now is not None and abs(now[0] - points) < 1e-6 and now[1] == given
                found[row["student"]] = Known(row["submission"], row["edition"], result, stands, now[2] if now else 0.0)
        return found

    def register(self, edition: Edition, renew: bool = False) -> None:
        """Tell the gradebook about this edition of a module, as `nbgrader generate_assignment` does.

        Raises `CourseError` when it holds submissions of an edition with other items; with `renew` their cells are
        replaced instead, which is right where all is graded again anyway.
        """
        with self._change() as base:
            add(base, "course", id=COURSE)
            assignment = find(base, "assignment", name=edition.module) or new(
                base, "assignment", name=edition.module, course_id=COURSE
            )
            notebook = find(base, "notebook", name=edition.module, assignment_id=assignment)
            if notebook and cells.is_other(base, edition, notebook):
                if cells.has_submissions(base, notebook):
                    if not renew:
                        raise CourseError(_other_edition(edition.module))
                    cells.remove_cells(base, notebook, set(_names(base, notebook)) - set(cells.cells_of(edition)))
                else:
                    cells.remove_cells(base, notebook)
                    base.execute("DELETE FROM notebook WHERE id = ?", (notebook,))
                    notebook = None
            if not notebook:
                spec = json.dumps(edition.metadata.get("kernelspec", {}))
                notebook = new(base, "notebook", name=edition.module, assignment_id=assignment, kernelspec=spec)
            cells.write_cells(base, edition, notebook)

    def begin_migration(self, edition: Edition, run: str) -> bool:
        """Put another edition in the place of the one that the gradebook holds; whether there was anything to do.

        What has to be done for each submission is written down in the same transaction (`coursekit.grading.carry`).
        """
        with self._change() as base:
            assignment = find(base, "assignment", name=edition.module)
            notebook = assignment and find(base, "notebook", name=edition.module, assignment_id=assignment)
            if not notebook:
                raise CourseError(
                    f"The gradebook holds nothing of {edition.module}, so there is nothing to carry over."
                )
            if not cells.is_other(base, edition, notebook) or not cells.has_submissions(base, notebook):
                return False
            carry.begin(base, edition, notebook, run)
            return True

    def pending(self, module: str) -> dict[str, list[carry.Task]]:
        """What a migration has still to do: {student: tasks}."""
        with self._words():
            return carry.pending(self.base, module)

    def migrated(self, module: str) -> tuple[str, list[carry.Line]]:
        """The last migration of a module: its name, and the lines of its report."""
        with self._words():
            return carry.lines(self.base, module)

    def save(
        self, edition: Edition, student: str, scores: Scores, timestamp: dt.datetime | None, known: Known,
        penalty: Penalty, finish: Finish, keep: set[str] = frozenset(),
    ) -> None:  # fmt: skip
        """Write one submission's scores; those of the cells in `keep` stay as they are.

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
            by_hand = _save_grades(base, notebook, copy, scores.grades, keep)
            for cell, said in _save_comments(base, notebook, copy, scores.comments, keep).items():
                by_hand.setdefault(cell, {})["comment"] = said
            points = _late(base, assignment, handed_in, copy, student, penalty)
            base.execute(
                "INSERT OR REPLACE INTO course_grading VALUES (?, ?, ?, ?, ?)",
                (
                    student,
                    edition.module,
                    known.submission,
                    known.edition,
                    json.dumps(known.result | {"by_hand": by_hand_mark(base, copy)}),
                ),
            )
            carry.finish(base, edition.module, student)
            finish(by_hand, points)


def by_hand_mark(base: sqlite3.Connection, copy: str) -> str:
    """A mark that changes when an instructor gives points or writes a comment; empty as long as there is nothing."""
    rows = base.execute(_BY_HAND, {"copy": copy}).fetchall()
    return hashlib.sha256(json.dumps([list(r) for r in rows]).encode()).hexdigest()[:16] if rows else ""


def _late(
    base: sqlite3.Connection, assignment: str, handed_in: str, copy: str, student: str, penalty: Penalty
) -> float | None:
    """Write and return the points that are taken off for lateness."""
    due = base.execute("SELECT duedate FROM assignment WHERE id = ?", (assignment,)).fetchone()[0]
    mine = base.execute("SELECT timestamp, extension FROM submitted_assignment WHERE id = ?", (handed_in,)).fetchone()
    points = None
    seconds = late.seconds_late(mine["timestamp"], due, mine["extension"])
    if seconds:
        score = base.execute(
            "SELECT sum(coalesce(manual_score, auto_score, 0) + coalesce(extra_credit, 0)) FROM grade WHERE notebook_id = ?",
            (copy,),
        ).fetchone()[0]
        points = penalty(student, score, seconds)
        points = None if points is None else min(max(0.0, points), score)
    base.execute("UPDATE submitted_notebook SET late_submission_penalty = ? WHERE id = ?", (points, copy))
    return points


def _cells(base: sqlite3.Connection, notebook: str, kind: str, table: str, copy: str, value: str) -> list[sqlite3.Row]:
    """Cells of one kind, each with its row in `table` for this copy, made where it is missing, and a value of that row."""
    rows = base.execute(
        f"SELECT base_cell.id AS cell, base_cell.name, {table}.id AS row, {table}.{value} AS by_hand FROM base_cell "
        f"LEFT JOIN {table} ON {table}.cell_id = base_cell.id AND {table}.notebook_id = ? "
        "WHERE base_cell.notebook_id = ? AND base_cell.type = ?",
        (copy, notebook, kind),
    ).fetchall()
    missing = [(uuid.uuid4().hex, r["cell"], copy) for r in rows if r["row"] is None]
    more = (", needs_manual_grade", ", 0") if table == "grade" else ("", "")
    base.executemany(f"INSERT INTO {table} (id, cell_id, notebook_id{more[0]}) VALUES (?, ?, ?{more[1]})", missing)
    return rows


def _save_grades(
    base: sqlite3.Connection, notebook: str, copy: str, scores: dict[str, float | None], keep: set[str]
) -> dict[str, dict[str, Any]]:
    """Write the scores of all graded cells; the scores that an instructor gave, by cell."""
    rows = _cells(base, notebook, "GradeCell", "grade", copy, "manual_score")
    found = [(scores.get(r["name"], 0.0), r["by_hand"], r["cell"], copy) for r in rows if r["name"] not in keep]
    base.executemany(
        "UPDATE grade SET auto_score = ?, needs_manual_grade = ? WHERE cell_id = ? AND notebook_id = ?",
        [(score, int(manual is not None or score is None), *where) for score, manual, *where in found],
    )
    given: dict[str, dict[str, Any]] = {r["name"]: {"score": r["by_hand"]} for r in rows if r["by_hand"] is not None}
    more = "SELECT cell_id, extra_credit FROM grade WHERE notebook_id = ? AND extra_credit <> 0"
    names = {r["cell"]: r["name"] for r in rows}
    for cell, extra in base.execute(more, (copy,)):
        given.setdefault(names[cell], {})["extra"] = extra
    return given


def _save_comments(
    base: sqlite3.Connection, notebook: str, copy: str, comments: dict[str, str | None], keep: set[str]
) -> dict[str, str]:
    """Write nbgrader's own comments to answers; those that an instructor wrote, by cell."""
    rows = _cells(base, notebook, "SolutionCell", "comment", copy, "manual_comment")
    base.executemany(
        "UPDATE comment SET auto_comment = ? WHERE cell_id = ? AND notebook_id = ?",
        [(comments.get(r["name"]), r["cell"], copy) for r in rows if r["name"] not in keep],
    )
    return {r["name"]: r["by_hand"] for r in rows if r["by_hand"]}


def _names(base: sqlite3.Connection, notebook: str) -> list[str]:
    return [r["name"] for r in base.execute("SELECT name FROM source_cell WHERE notebook_id = ?", (notebook,))]


def _other_edition(module: str) -> str:
    words = f"The gradebook holds submissions of another edition of {module}, with other exercises."
    if module.startswith("module_"):
        return f"{words} Carry their scores over: python3 course.py migrate {module} --dry-run shows what that does. Nothing was changed."
    return f"{words} Keep that edition for this class, or start a new gradebook (move gradebook.db away)."


def _time(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")
