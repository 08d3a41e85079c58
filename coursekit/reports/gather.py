"""Everything that reports show, read from the gradebook: one row for each learner and module."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coursekit.errors import CourseError

_ROWS = """
SELECT sa.student_id, a.name AS module, sa.timestamp, a.duedate, sn.late_submission_penalty AS penalty,
       sum(coalesce(g.manual_score, g.auto_score, 0) + coalesce(g.extra_credit, 0)) AS points,
       sum(coalesce(gc.max_score, 0)) AS most, max(g.manual_score IS NULL AND g.auto_score IS NULL) AS waits,
       cg.result
FROM submitted_assignment sa JOIN assignment a ON a.id = sa.assignment_id
JOIN submitted_notebook sn ON sn.assignment_id = sa.id JOIN grade g ON g.notebook_id = sn.id
JOIN grade_cells gc ON gc.id = g.cell_id
LEFT JOIN course_grading cg ON cg.student = sa.student_id AND cg.module = a.name
GROUP BY sa.id ORDER BY sa.student_id, a.name
"""
_BY_HAND = """
SELECT sa.student_id, a.name AS module, b.name AS cell, g.manual_score AS points, gc.max_score AS most
FROM grade g JOIN grade_cells gc ON gc.id = g.cell_id JOIN base_cell b ON b.id = g.cell_id
JOIN submitted_notebook sn ON sn.id = g.notebook_id JOIN submitted_assignment sa ON sa.id = sn.assignment_id
JOIN assignment a ON a.id = sa.assignment_id WHERE g.manual_score IS NOT NULL
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
            by_hand = base.execute(_BY_HAND).fetchall()
        base.close()
    except sqlite3.Error as problem:
        raise CourseError(f"The gradebook {path} cannot be read ({problem}). Grade a module first.") from None
    if not rows:
        raise CourseError(f"Nothing was graded yet in {path}.")
    given = {(r["student_id"], r["module"], r["cell"]): (r["points"], r["most"]) for r in by_hand}
    return [_work(row, given) for row in rows]


def _work(row: sqlite3.Row, given: dict[tuple[str, str, str], tuple[float, float]]) -> Work:
    result = json.loads(row["result"]) if row["result"] else {}
    penalty = row["penalty"] or 0.0
    work = Work(
        row["student_id"], row["module"], max(0.0, row["points"] - penalty), row["most"], penalty, bool(row["waits"]),
        _hours_late(row), result.get("graded_at", ""), result.get("items", []), result.get("said", {}),
    )  # fmt: skip
    for item in work.items:
        extra = given.get((work.student, work.module, item["id"]))
        if extra:
            item["points"], item["max_points"] = item["points"] + extra[0], item["max_points"] + extra[1]
    return work


def _hours_late(row: sqlite3.Row) -> float:
    if not row["timestamp"] or not row["duedate"]:
        return 0.0
    import datetime as dt

    late = dt.datetime.fromisoformat(row["timestamp"]) - dt.datetime.fromisoformat(row["duedate"])
    return max(0.0, late.total_seconds() / 3600)
