"""Points that lateness costs, by nbgrader's own plugin as `nbgrader_config.py` names it."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from coursekit.errors import CourseError
from coursekit.workspace import ROOT


def seconds_late(handed_in: str | None, due: str | None, extension: str | None) -> float:
    """Seconds after the due date and the extension, as the gradebook's rows have them; 0 when in time or not known."""
    if not handed_in or not due:
        return 0.0
    late = dt.datetime.fromisoformat(handed_in) - dt.datetime.fromisoformat(due)
    if extension:  # nbgrader writes so much time after 1970
        late -= dt.datetime.fromisoformat(extension) - dt.datetime(1970, 1, 1)
    return max(0.0, late.total_seconds())


def penalty(course: Path) -> Callable[[str, float, float], float | None]:
    """A function (student, score, seconds late) -> points or None. nbgrader is loaded when it is first needed."""
    plugin = functools.cache(lambda: _plugin(course))
    return lambda student, score, seconds: plugin().late_submission_penalty(student, score, seconds)


def more_hours(course: Path) -> Callable[[str], float]:
    """A function student -> hours that the settings give her on top. nbgrader is loaded when it is first needed."""
    plugin = functools.cache(lambda: _plugin(course))
    return lambda student: float(getattr(plugin(), "extensions", {}).get(student, 0))


def _plugin(course: Path) -> Any:
    """The plugin. Raises `CourseError` when the settings cannot be used."""
    from nbgrader.preprocessors import AssignLatePenalties

    from coursekit.nbgrader_support import course_config

    place = course if (course / "nbgrader_config.py").exists() else ROOT
    try:
        assign = AssignLatePenalties(config=course_config(course, place))
        assign.init_plugin()
        _know(assign.plugin_inst)
    except Exception as problem:
        words = f"The settings for late work in {place / 'nbgrader_config.py'} cannot be used ({problem}). Mend them."
        raise CourseError(words) from problem
    return assign.plugin_inst


def _know(plugin: Any) -> None:
    """Raises `ValueError` for a setting that the plugin does not have; traitlets would leave it out in silence."""
    name, known = type(plugin).__name__, plugin.trait_names(config=True)
    for word in plugin.config.get(name, {}):
        if word not in known:
            raise ValueError(f"{name} has no setting {word!r}; it has {', '.join(sorted(known))}")
