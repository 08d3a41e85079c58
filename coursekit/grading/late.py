"""Points that lateness costs, by nbgrader's own plugin as `nbgrader_config.py` names it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from coursekit.errors import CourseError
from coursekit.workspace import ROOT


def penalty(course: Path) -> Callable[[str, float, float], float | None]:
    """A function (student, score, seconds late) -> points or None. nbgrader is loaded when it is first needed.

    The function raises `CourseError` when `nbgrader_config.py` cannot be used.
    """
    plugin = None

    def points(student: str, score: float, seconds: float) -> float | None:
        try:
            return counted(student, score, seconds)
        except Exception as problem:
            raise CourseError(
                f"The points for lateness of {student} cannot be counted; look at nbgrader_config.py in {course} "
                f"({type(problem).__name__}: {str(problem)[:200]}). What was graded before is kept; mend it and grade again."
            ) from None

    def counted(student: str, score: float, seconds: float) -> float | None:
        nonlocal plugin
        if plugin is None:
            from nbgrader.preprocessors import AssignLatePenalties

            from coursekit.nbgrader_support import course_config

            own = (course / "nbgrader_config.py").exists()
            assign = AssignLatePenalties(config=course_config(course, course if own else ROOT))
            assign.init_plugin()
            plugin = assign.plugin_inst
        return plugin.late_submission_penalty(student, score, seconds)

    return points
