"""The final exam on the course page: what was taken, what is open, what to do next; as plain data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coursekit.errors import CourseError
from coursekit.exam import attempts
from coursekit.exam.blueprint import PATH, Blueprint, load_blueprint
from coursekit.exam.notebook import PRACTICE, practice_path, write_practice
from coursekit.exam.submit import best
from coursekit.notebooks import filled_in
from coursekit.page import grader
from coursekit.programme import AREAS
from coursekit.workspace import ROOT
from priorauth.exam import time_words

NAME = "final_exam"


@dataclass(frozen=True)
class Running:
    """The attempt that is open. Without a link its notebook lies outside the server's folder, or is missing."""

    number: int
    started_at: str
    rest: str
    path: str
    url: str | None
    missing: bool
    filled: tuple[int, int] | None  # answers in the notebook as it is saved now, and questions


@dataclass
class ExamView:
    """The exam on the page."""

    plan: Blueprint
    state: str = "Not taken yet"
    trouble: list[str] = field(default_factory=list)
    passed: bool = False
    running: Running | None = None
    following: int | None = None  # the number that a new attempt would have; None where none can be started
    done: list[dict[str, Any]] = field(default_factory=list)  # number, handed_in_at, words; the newest first
    best: int = 0  # the attempt whose points are shown
    areas: list[tuple[str, float, float]] = field(default_factory=list)
    weak: list[tuple[str, str, float, float]] = field(default_factory=list)
    practices: list[tuple[int, str | None]] = field(default_factory=list)
    next_practice: int = 1


def exam_view(workspace: Path, link: Callable[[Path], str | None], root: Path = ROOT) -> ExamView | None:
    """What the page shows of the exam; None where this edition has none. `link` is where JupyterLab opens a file."""
    if not (root / PATH).is_file():
        return None
    view = ExamView(load_blueprint(root))
    view.practices = [(n, link(practice_path(workspace, n))) for n in _practices(workspace)]
    view.next_practice = max((n for n, _ in view.practices), default=0) + 1
    try:
        found, view.trouble = attempts.load(workspace)
    except CourseError as error:
        view.trouble, view.state = [str(error)], "Your attempts cannot be read now"
        return view
    now = attempts.open_attempt(found)
    finished = [a for a in found if "result" in a]
    view.done = [
        {"number": a["number"], "handed_in_at": a["result"]["handed_in_at"], "words": _outcome(a["result"])}
        for a in reversed(finished)
    ]
    if now is None and len(found) < view.plan.attempts:
        view.following = len(found) + 1
    if finished:
        _points(view, best(workspace))
    if now is not None:
        view.running = _running(workspace, now, view.plan, link)
        view.state = f"Attempt {now['number']} of {view.plan.attempts} is open"
    elif view.passed:
        view.state = f"Passed with attempt {view.best}"
    elif finished:
        view.state = "Not passed yet" if view.following else f"Not passed; all {view.plan.attempts} attempts are used"
    return view


def _practices(workspace: Path) -> list[int]:
    """The numbers of the practice exams that were made."""
    names = [p.parent.name.removeprefix(PRACTICE) for p in workspace.glob(f"{PRACTICE}*/*.ipynb")]
    return sorted({int(n) for n in names if n.isdigit()})


def _running(workspace: Path, record: dict[str, Any], plan: Blueprint, link: Callable[[Path], str | None]) -> Running:
    path = attempts.place(workspace, record["number"])
    if not path.exists():  # a renamed one is handed in, too
        path = next(iter(sorted(path.parent.glob("*.ipynb"))), path)
    missing = not path.exists()
    rest = time_words(attempts.minutes_left(record, plan.minutes))
    filled = None if missing else filled_in(path)
    return Running(
        record["number"], record["started_at"], rest, str(path), None if missing else link(path), missing, filled
    )


def _points(view: ExamView, record: dict[str, Any]) -> None:
    """The points of the best attempt, by area, and what to read again."""
    result = record["result"]
    view.best, view.passed = record["number"], bool(result["passed"])
    view.areas = [(f"{k}. {AREAS[k]}" if k in AREAS else k, *points) for k, points in result["areas"].items()]
    view.weak = [(k, ", ".join(o["sections"]), o["points"], o["max_points"]) for k, o in attempts.weak(result)]


def _outcome(result: dict[str, Any]) -> str:
    late = f" Handed in {result['late_minutes']} minutes late." if result["late_minutes"] else ""
    return f"{attempts.shares(result)}: {'passed' if result['passed'] else 'not passed'}.{late}"


# --- what its buttons do; each returns what to say, and raises `CourseError` ---------------------------------------------


def start(workspace: Path, root: Path = ROOT) -> str:
    """Start an attempt, or put back what the open one lacks."""
    begun = attempts.begin(workspace, root)
    hours = f"{load_blueprint(root).minutes / 60:g}"
    words = f"begins now. You have {hours} hours." if begun.new else "is open."
    return " ".join([f"Attempt {begun.number} {words} Open it below.", *begun.said])


def submit(workspace: Path, root: Path = ROOT) -> str:
    """Hand in the open attempt, in a process of its own."""
    now = attempts.open_attempt(attempts.load(workspace)[0])
    if now is None:
        raise CourseError("No attempt is open, so nothing was handed in.")
    grader.hand_in_exam(workspace)
    result = next(a["result"] for a in attempts.load(workspace)[0] if a["number"] == now["number"])
    return " ".join([f"Attempt {now['number']} is handed in. {_outcome(result)}", *result["notes"]])


def practice(workspace: Path, root: Path = ROOT) -> str:
    """Make one more practice exam."""
    seed = max(_practices(workspace), default=0) + 1
    write_practice(workspace, seed, root)
    return f"Practice exam {seed} is made. Open it below."


ACTIONS = {"start": start, "submit": submit, "practice": practice}
