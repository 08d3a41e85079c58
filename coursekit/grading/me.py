"""Grading the learner's own copy: the same grader as for a class, in one process, into a gradebook of her own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coursekit.errors import CourseError
from coursekit.files import alone
from coursekit.grading import feedback, runners
from coursekit.grading.collect import Submission
from coursekit.grading.copies import grade_copy
from coursekit.grading.edition import Edition, edition
from coursekit.grading.record import Book, Known
from coursekit.grading.results import summary
from coursekit.workspace import backups_folder, course_folder, module_name, release_notebook
from priorauth.learner import learner_id

ME = "me"


def own_copy(workspace: Path, module: str) -> tuple[Edition, Submission]:
    """The saved copy of a module in a workspace, as a submission. The files are only read."""
    name = module_name(module)
    release_notebook(name)
    folder = workspace / name
    found = Submission(ME, name, str(folder), learner=learner_id(workspace))
    usual = folder / f"{name}.ipynb"
    paths = [usual] if usual.exists() else [p for s in ("*.ipynb", "*.py", "*.md") for p in folder.glob(s)]
    for path in paths:
        with contextlib.suppress(OSError):
            found.files[path.name], found.times[path.name] = path.read_bytes(), path.stat().st_mtime_ns
    return edition(name), found


def grade_me(workspace: Path, module: str, mode: str = "") -> dict[str, Any]:
    """Grade the saved copy of a module in `workspace`; return the result by item.

    The gradebook and the feedback page are in `workspace/.course/grading/`. The notebook is only read.
    Raises `CourseError` when there is no readable notebook.
    """
    known, submission = own_copy(workspace, module)
    runners.begin(known, mode, lesson=False)  # it starts on another core while all else is made ready
    feedback.load()
    course = course_folder(workspace) / "grading"
    with _book(course) as book:
        book.register(known, renew=True)  # one learner, graded as a whole each time
    copy = grade_copy(submission, mode, lesson=False)
    if copy.problem or copy.scores is None:
        raise CourseError(f"{copy.problem} {_rescue(workspace, known.module)}".strip())
    path = Path(submission.folder) / copy.file
    result = summary(known, copy.items, str(path), submission.times[copy.file] / 1e9)
    result |= {"notes": copy.notes, "mode": copy.mode, "feedback": str(feedback.place(course, ME, known.module))}

    def finish(by_hand: dict[str, dict[str, Any]], penalty: float | None) -> None:
        text = feedback.page(known.title, result, copy.answers, copy.notes)
        feedback.write_page(course, ME, known.module, text)

    with _book(course) as book:
        record = Known(submission.digest, known.stamp, result)
        book.save(known, ME, copy.scores, None, record, lambda *_: None, finish)
    return result


@contextlib.contextmanager
def _book(course: Path) -> Iterator[Book]:
    """The learner's own gradebook, for one program at a time."""
    with alone(course / "gradebook.db", seconds=60):
        book = Book(course / "gradebook.db")
        try:
            yield book
        finally:
            book.close()


def _rescue(workspace: Path, module: str) -> str:
    kept = sorted(backups_folder(workspace, module).glob("*.ipynb"))
    if kept:
        return f"Your last backup is {kept[-1]}: copy it over the damaged file, or reset the module."
    return "Reset the module, or start the course again, to get a fresh copy."
