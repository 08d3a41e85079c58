"""What a learner has reached: one file in the workspace that is never half-written and never lost in silence.

`workspace/.course/progress.json` holds for each module every attempt in short, the best result and the last one in
full (the shape that grading returns). The copy before the last change is kept as `progress.json.bak`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from coursekit import kept
from coursekit.errors import CourseError
from coursekit.files import alone
from coursekit.programme import PASS_POINTS, POINTS, ROOT, programme
from coursekit.workspace import course_folder, released_modules

Result = dict[str, Any]
OUTCOMES = ("not attempted", "cannot be read", "wrong", "partly right", "right")
_NUMBERS = ("points", "max_points")
_TEXTS = ("module", "graded_at")


def progress_file(workspace: Path) -> Path:
    return course_folder(workspace) / "progress.json"


def check_result(result: Any) -> None:
    """Raise `ValueError` unless this is a grading result that pages and reports can show."""
    if not isinstance(result, dict):
        raise ValueError("the result is not a table of fields")
    for where, names, kind in ((result, _NUMBERS, (int, float)), (result, _TEXTS, str)):
        for name in names:
            if not isinstance(where.get(name), kind) or isinstance(where.get(name), bool):
                raise ValueError(f"the result has no usable {name!r}")
    items = result.get("items")
    if not isinstance(items, list):
        raise ValueError("the result has no list of items")
    for item in items:
        if not isinstance(item, dict) or not isinstance(item.get("id"), str) or item.get("outcome") not in OUTCOMES:
            raise ValueError(f"an item of the result is not usable: {str(item)[:80]}")
        if not all(isinstance(item.get(name), (int, float)) for name in _NUMBERS):
            raise ValueError(f"item {item['id']} of the result has no points")


def _check(store: Any) -> dict[str, Any]:
    if not isinstance(store, dict) or not isinstance(store.get("modules"), dict):
        raise ValueError("not a progress record")
    for module in store["modules"].values():
        if not isinstance(module, dict) or not isinstance(module.get("attempts"), list):
            raise ValueError("not a progress record")
        check_result(module.get("best"))
        check_result(module.get("last"))
    return store


def readable(path: Path) -> bool:
    """Whether a progress record can be read; changes nothing."""
    try:
        kept.read(path, _check)
    except (OSError, ValueError):
        return False
    return True


def load(workspace: Path) -> tuple[dict[str, Any], list[str]]:
    """The record, and sentences for the learner when it had to be repaired.

    A damaged file is moved aside under a name with the date and is never deleted; the copy before takes its place.
    """
    store, fault, restored = kept.load(progress_file(workspace), _check, "The record of your progress")
    if store is None:
        said = f"{fault}. A new record begins; grade your modules again and your points are back."
        return {"version": 1, "modules": {}}, [said] if fault else []
    if not restored:
        return store, []
    last = max((m["last"]["graded_at"] for m in store["modules"].values()), default="")
    until = f" up to {last[:10]}" if last else ""
    return store, [f"{fault}. The copy before it was put back, with your results{until}. Grade again what is missing."]


def record(workspace: Path, result: Result) -> list[str]:
    """Add a grading result; the best points stay. Returns sentences for the learner (mostly none).

    Raises `CourseError` when the file cannot be written; then the record is as it was.
    """
    try:
        check_result(result)
    except ValueError as error:
        raise CourseError(f"The grader's answer cannot be kept: {error}. Grade again; nothing was changed.") from error
    path = progress_file(workspace)
    with alone(path):
        store, said = load(workspace)
        module = store["modules"].setdefault(result["module"], {"attempts": []})
        if all(module.get("last", {}).get(k) == result.get(k) for k in ("graded_at", "points", "saved_at", "items")):
            return said  # the grader and the course page both hand it in
        module["attempts"].append(
            {"graded_at": result["graded_at"], "points": result["points"], "max_points": result["max_points"]}
        )
        if "best" not in module or result["points"] >= module["best"]["points"]:
            module["best"] = result
        module["last"] = result
        kept.save(path, store)
    return said


def last_result(workspace: Path, module: str) -> Result | None:
    """The last grading result of a module, or None."""
    return load(workspace)[0]["modules"].get(module, {}).get("last")


@dataclass
class Row:
    """Where a learner stands in one module, for the course page and the command line. Points are the best so far."""

    module: str
    number: int
    title: str
    area: str
    minutes: int
    points: float
    max_points: int
    rubric_points_open: float
    attempts: int
    released: bool
    passed: bool
    state: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def summary(workspace: Path, root: Path = ROOT) -> tuple[list[Row], str, list[str]]:
    """All twelve modules, the next step in one sentence, and repair messages of the record."""
    store, said = load(workspace)
    released = set(released_modules(root))
    rows = []
    for entry in programme(root):
        module = store["modules"].get(entry.name)
        best = module["best"] if module else {}
        points = float(best.get("points", 0))
        open_points = float(best.get("rubric_points_open", 0) or 0)
        rows.append(
            Row(
                module=entry.name, number=entry.number, title=entry.title, area=entry.area, minutes=entry.minutes,
                points=points, max_points=POINTS, rubric_points_open=open_points,
                attempts=len(module["attempts"]) if module else 0, released=entry.name in released,
                passed=points >= PASS_POINTS,
                state=_state(entry.name in released, bool(module), points, open_points),
            )
        )  # fmt: skip
    return rows, next_step(rows), said


def _state(released: bool, graded: bool, points: float, open_points: float) -> str:
    if not released:
        return "Not yet in this edition"
    if not graded:
        return "Not graded yet"
    if points >= PASS_POINTS:
        return "Completed"
    missing = f"{PASS_POINTS - points:g} points to go"
    if points + open_points >= PASS_POINTS:
        return f"In progress: {missing}; the {open_points:g} points that a person marks could complete it"
    return f"In progress: {missing}"


def next_row(rows: list[Row]) -> Row | None:
    """The module to work on now: the first that is not completed. None when all of this edition are."""
    return next((r for r in rows if r.released and not r.passed), None)


def next_step(rows: list[Row]) -> str:
    """One sentence: what to do now."""
    row = next_row(rows)
    if row and row.attempts:
        return f"Go on with Module {row.number}, {row.title}. You have {row.points:g} of the {PASS_POINTS:g} points that complete it."
    if row:
        return f"Open Module {row.number}, {row.title}."
    missing = sum(not r.released for r in rows)
    if missing == len(rows):
        return "This edition has no modules yet."
    rest = f" {missing} more are planned for later editions." if missing else ""
    return f"You have completed all modules of this edition.{rest}"
