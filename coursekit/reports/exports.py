"""Lists of points for other systems: Canvas, Moodle, any table program, and the long format for statistics.

A text that a table program would take for a formula gets an apostrophe in front.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from coursekit.files import write_whole
from coursekit.grading.names import named
from coursekit.grading.roster import Memory
from coursekit.reports.gather import Work


def write_exports(works: list[Work], folder: Path, course: Path) -> list[Path]:
    """Write all lists of a course; return their paths. Raises `CourseError` when they cannot be written."""
    modules = sorted({w.module for w in works})
    by_learner: dict[str, dict[str, Work]] = {}
    for work in works:
        by_learner.setdefault(work.student, {})[work.module] = work
    most = {m: max(w.most for w in works if w.module == m) for m in modules}

    def points(learner: str) -> list[Any]:
        return [round(by_learner[learner][m].points, 2) if m in by_learner[learner] else "" for m in modules]

    learners, numbers = sorted(by_learner), _canvas_numbers(course)
    lists = {
        "points.csv": [["learner", *modules], *([s, *points(s)] for s in learners)],
        "long.csv": [
            ["learner", "module", "item", "points", "max_points", "outcome"],
            *([w.student, w.module, i["id"], i["points"], i["max_points"], i["outcome"]] for w in works for i in w.items),
            *([w.student, w.module, "extra credit", w.extra, 0, ""] for w in works if w.extra),
        ],
        "canvas.csv": [
            ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *modules],
            ["    Points Possible", "", "", "", "", *(most[m] for m in modules)],
            *([s, numbers.get(s, ""), "", s, "", *points(s)] for s in learners),
        ],
        "moodle.csv": [["username", *modules], *([s, *points(s)] for s in learners)],
        "late.csv": [
            ["learner", "module", "hours late", "points taken off"],
            *([w.student, w.module, round(w.late_hours, 2), round(w.penalty, 2)] for w in works if w.late_hours > 0),
        ],
    }  # fmt: skip
    for name, rows in lists.items():
        write_whole(folder / name, _csv(rows))
    return [folder / name for name in lists]


def _canvas_numbers(course: Path) -> dict[str, str]:
    """Canvas's numbers of learners whose hand-ins came from Canvas; none for a learner with two of them."""
    found: dict[str, set[str]] = {}
    for taken in Memory(course).taken.values():
        for learner, one in taken.items():
            says = named(PurePosixPath(one.get("name", "")).stem, "", False)
            if one.get("kind") == says.kind == "canvas":
                found.setdefault(learner, set()).add(says.number)
    return {learner: min(numbers) for learner, numbers in found.items() if len(numbers) == 1}


def _csv(rows: Iterable[list[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([[_safe(v) for v in row] for row in rows])
    return text.getvalue()


def _safe(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t"):
        return "'" + value
    return value
