"""Grading the learner's own copy: the same grader as for a class, into a gradebook of her own."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from coursekit.errors import CourseError
from coursekit.files import alone
from coursekit.grading.results import summary
from coursekit.grading.run import grade_one, prepare
from coursekit.items import load_module
from coursekit.nbgrader_support import course_config
from coursekit.workspace import course_folder, notebook

ME = "me"


def grade_me(workspace: Path, module: str) -> dict[str, Any]:
    """Grade the saved copy of a module in `workspace`; return the result by item.

    The gradebook and the feedback page are in `workspace/.course/grading/`. The notebook is only read.
    Raises `CourseError` when there is no readable notebook.
    """
    spec = load_module(module)
    path, note = notebook(workspace, spec.name)
    course = course_folder(workspace) / "grading"
    with alone(course / "gradebook.db", seconds=60), tempfile.TemporaryDirectory() as staging:
        config = course_config(course)
        prepare(spec, course, config)
        graded = grade_one(spec, course, config, ME, path.parent, Path(staging))
    if graded.summary is None:
        raise CourseError(graded.problem)
    result = summary(spec, graded.summary["items"], path)
    result["notes"] = graded.notes
    result["feedback"] = str(course / "feedback" / ME / spec.name / f"{spec.name}.html")
    return result
