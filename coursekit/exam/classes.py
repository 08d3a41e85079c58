"""A class's results in one form of the exam, from the gradebook: by learner and part, and by objective for the class."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

from coursekit import mark
from coursekit.errors import CourseError
from coursekit.exam.blueprint import load_blueprint
from coursekit.exam.compiled import Part
from coursekit.exam.submit import result_of
from coursekit.items import ROOT

EACH_AREA = 20


def parts_of(name: str) -> list[Part]:
    """The questions of a built form, as far as results need them. Raises `CourseError` if there is no such form."""
    if not (mark.KEYS / f"{name}.json").exists():
        raise CourseError(f"There is no form {name}. Make it: python3 course.py exam build --seed 2026 --name {name}")
    found = []
    for number, data in enumerate(mark.compiled(name).values()):
        area = number // EACH_AREA + 1 if data["id"].startswith("q") else 0
        found.append(Part(data, "", "", "", area, ""))
    return found


def class_results(name: str, course: Path = ROOT) -> dict[str, dict[str, Any]]:
    """Result by learner: parts, areas, objectives, passed or not. The points are those of the gradebook."""
    gradebook = course / "gradebook.db"
    parts = parts_of(name)
    if not gradebook.exists():
        raise CourseError(f"There is no gradebook {gradebook}. Grade first: python3 course.py grade {name}")
    try:
        with contextlib.closing(sqlite3.connect(gradebook)) as base:
            rows = base.execute("SELECT student, result FROM course_grading WHERE module = ? ORDER BY student", (name,)).fetchall()  # fmt: skip
    except sqlite3.DatabaseError as problem:
        raise CourseError(f"The gradebook {gradebook} cannot be read ({problem}).") from None
    if not rows:
        raise CourseError(f"Nobody was graded in {name} yet. Grade first: python3 course.py grade {name}")
    share = load_blueprint().pass_percent
    return {student: result_of(parts, json.loads(result)["items"], share) for student, result in rows}


def by_objective(results: dict[str, dict[str, Any]]) -> list[tuple[str, float, str]]:
    """(objective, percent of the class, sections to read again), the weakest first."""
    got: dict[str, list[Any]] = {}
    for result in results.values():
        for name, goal in result["objectives"].items():
            row = got.setdefault(name, [0.0, 0.0, set()])
            row[0] += goal["points"]
            row[1] += goal["max_points"]
            row[2].update(goal["sections"])
    return sorted(
        ((k, round(100 * g / m, 1), ", ".join(sorted(s))) for k, (g, m, s) in got.items()), key=lambda r: r[1]
    )
