"""Everything that reports show, read from the gradebook: one row for each learner and module."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coursekit.errors import CourseError
from coursekit.grading.late import more_hours, seconds_late

_ROWS = """
SELECT sa.student_id, a.name AS module, sa.timestamp, a.duedate, sa.extension,
       (SELECT sum(late_submission_penalty) FROM submitted_notebook WHERE assignment_id = sa.id) AS penalty,
       sum(coalesce(g.manual_score, g.auto_score, 0)) AS points,
       sum(CASE WHEN coalesce(g.manual_score, g.auto_score) IS NULL THEN 0 ELSE coalesce(g.extra_credit, 0) END) AS extra,
       sum(coalesce(gc.max_score, tc.max_score, 0)) AS most,
       max(g.manual_score IS NULL AND g.auto_score IS NULL) AS waits
FROM submitted_assignment sa JOIN assignment a ON a.id = sa.assignment_id
JOIN submitted_notebook sn ON sn.assignment_id = sa.id JOIN grade g ON g.notebook_id = sn.id
LEFT JOIN grade_cells gc ON gc.id = g.cell_id LEFT JOIN task_cells tc ON tc.id = g.cell_id
GROUP BY sa.id ORDER BY sa.student_id, a.name
"""
_CELLS = """
SELECT sa.student_id, a.name AS module, b.name AS cell, g.manual_score AS by_hand, g.auto_score AS automatic,
       gc.max_score AS most
FROM grade g JOIN grade_cells gc ON gc.id = g.cell_id JOIN base_cell b ON b.id = g.cell_id
JOIN submitted_notebook sn ON sn.id = g.notebook_id JOIN submitted_assignment sa ON sa.id = sn.assignment_id
JOIN assignment a ON a.id = sa.assignment_id
"""


@dataclass
class Work:
    """One learner's submission of one module, graded. Points count what was given by hand and what lateness costs."""

    student: str
    module: str
    points: float
    most: float
    penalty: float = 0.0
    waits: bool = False  # a text waits for an instructor
    late_hours: float = 0.0
    graded_at: str = ""
    extra: float = 0.0  # extra credit, which is in the points and belongs to no item
    items: list[dict[str, Any]] = field(default_factory=list)  # id, title, points, max_points, outcome
    said: dict[str, list[str]] = field(default_factory=dict)

    @property
    def share(self) -> float:
        return self.points / self.most if self.most else 0.0


def gather(course: Path) -> list[Work]:
    """All graded submissions, by learner and module. Raises `CourseError` when there is no gradebook to read."""
    path = course / "gradebook.db"
    if not path.exists():
        raise CourseError(f"There is no gradebook in {course}. Grade a module first.")
    try:
        base = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)
        base.row_factory = sqlite3.Row
        with base:
            rows = base.execute(_ROWS).fetchall()
            cells = base.execute(_CELLS).fetchall()
            results = _results(base)
        base.close()
    except sqlite3.Error as problem:
        raise CourseError(f"The gradebook {path} cannot be read ({problem}). Grade a module first.") from None
    if not rows:
        raise CourseError(f"Nothing was graded yet in {path}.")
    graded = {(r["student_id"], r["module"], r["cell"]): r for r in cells}
    more = more_hours(course)
    return [_work(row, graded, results.get((row["student_id"], row["module"]), {}), more) for row in rows]


def _results(base: sqlite3.Connection) -> dict[tuple[str, str], dict[str, Any]]:
    """What `grade` found: {(student, module): result}. A row that cannot be read, or no table at all, is no result."""
    if not base.execute("SELECT 1 FROM sqlite_master WHERE name = 'course_grading'").fetchone():
        return {}
    found = {}
    for row in base.execute("SELECT student, module, result FROM course_grading"):
        with contextlib.suppress(ValueError, TypeError):
            result = json.loads(row["result"])
            if isinstance(result, dict):
                found[row["student"], row["module"]] = result
    return found


def _work(
    row: sqlite3.Row, graded: dict[tuple[str, str, str], sqlite3.Row], result: dict[str, Any], more: Callable[[str], float]
) -> Work:  # fmt: skip
    penalty = row["penalty"] or 0.0
    work = Work(
        row["student_id"], row["module"], max(0.0, row["points"] + row["extra"] - penalty), row["most"], penalty,
        bool(row["waits"]), _hours_late(row, more), result.get("graded_at", ""), row["extra"], result.get("items", []),
        result.get("said", {}),
    )  # fmt: skip
    for item in work.items:
        check = graded.get((work.student, work.module, f"{item['id']}-check"))
        if check and check["by_hand"] is not None:  # in place of the automatic points
            item["points"] = check["by_hand"]
        elif check and check["automatic"] is not None:
            item["points"] = check["automatic"]
        rubric = graded.get((work.student, work.module, item["id"]))
        if rubric and rubric["by_hand"] is not None:  # on top of the automatic points
            item["points"], item["max_points"] = item["points"] + rubric["by_hand"], item["max_points"] + rubric["most"]
    return work


def _hours_late(row: sqlite3.Row, more: Callable[[str], float]) -> float:
    """Hours after the due date, less the extensions that nbgrader's gradebook and the settings give."""
    hours = seconds_late(row["timestamp"], row["duedate"], row["extension"]) / 3600
    return max(0.0, hours - more(row["student_id"])) if hours > 0 else 0.0
