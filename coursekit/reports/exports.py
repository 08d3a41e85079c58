"""Lists of points for other systems: Canvas, Moodle, any table program, and the long format for statistics.

A text that a table program would take for a formula gets an apostrophe in front.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from coursekit.files import write_whole
from coursekit.reports.gather import Work


def write_exports(works: list[Work], folder: Path) -> list[Path]:
    """Write all lists; return their paths. Raises `CourseError` when they cannot be written."""
    modules = sorted({w.module for w in works})
    by_learner: dict[str, dict[str, Work]] = {}
    for work in works:
        by_learner.setdefault(work.student, {})[work.module] = work
    most = {m: max(w.most for w in works if w.module == m) for m in modules}

    def points(learner: str) -> list[Any]:
        return [round(by_learner[learner][m].points, 2) if m in by_learner[learner] else "" for m in modules]

    learners = sorted(by_learner)
    lists = {
        "points.csv": [["learner", *modules], *([s, *points(s)] for s in learners)],
        "long.csv": [
            ["learner", "module", "item", "points", "max_points", "outcome"],
            *([w.student, w.module, i["id"], i["points"], i["max_points"], i["outcome"]] for w in works for i in w.items),
        ],
        "canvas.csv": [
            ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *modules],
            ["    Points Possible", "", "", "", "", *(most[m] for m in modules)],
            *([s, _canvas_id(s), "", s, "", *points(s)] for s in learners),
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


def _canvas_id(learner: str) -> str:
    """Canvas's number of a learner whose submission was collected from Canvas (`name_number`)."""
    tail = learner.rpartition("_")[2]
    return tail if tail.isdigit() else ""


def _csv(rows: Iterable[list[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([[_safe(v) for v in row] for row in rows])
    return text.getvalue()


def _safe(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t"):
        return "'" + value
    return value
