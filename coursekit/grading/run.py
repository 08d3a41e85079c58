"""Grading a module: every submission is read, graded by a worker, and recorded by this process, the only writer.

A submission that cannot be graded is named and the others go on. What was graded before and has not changed is
skipped. A run that was killed leaves each submission graded or not graded, never half; the next run goes on.
"""

from __future__ import annotations

import errno
import json
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from coursekit.errors import CourseError
from coursekit.files import alone, in_words
from coursekit.grading import autograded, carry, feedback, late
from coursekit.grading.collect import Submission, parse_time, read, submissions
from coursekit.grading.copies import Copy
from coursekit.grading.edition import Edition, differences, edition
from coursekit.grading.pool import graded_copies
from coursekit.grading.record import Book, Known
from coursekit.grading.results import changes, summary
from coursekit.grading.sandbox import best
from coursekit.grading.work import Settings
from coursekit.workspace import ROOT, module_name, release_notebook

Progress = Callable[["Graded"], None]
LOG = "grading.jsonl"


@dataclass
class Graded:
    """The result for one submission: a summary, or the sentence that says why there is none."""

    student: str
    summary: dict[str, Any] | None = None
    problem: str = ""
    notes: list[str] = field(default_factory=list)
    mode: str = ""
    skipped: bool = False  # graded before and unchanged since
    changes: list[str] = field(default_factory=list)  # points gained or lost, and the items concerned
    why: str = ""  # what changed since then
    seconds: dict[str, float] = field(default_factory=dict)


def grade_module(
    module: str, course: Path = ROOT, students: list[str] | None = None, progress: Progress = lambda _: None,
    settings: Settings = Settings(),  # noqa: B008  frozen
) -> list[Graded]:  # fmt: skip
    """Grade every submission of a module (or those of `students`) into the course's gradebook.

    Raises `CourseError` when there is nothing to grade, another grading is running, or the gradebook cannot be used.
    """
    known = edition(named(module))
    if not settings.scheduler:
        settings = replace(settings, mode=best(settings.mode))
    wanted = _wanted(course, known.module, students)
    with one_at_a_time(course):
        book = Book(course / "gradebook.db")
        try:
            book.register(known)
            done = _Recorder(course, known, book, settings.force)
            graded = {}
            with closing(done.all(wanted, settings)) as results:  # at once, also when this run is stopped
                for one in results:
                    graded[one.student] = one
                    progress(one)
        finally:
            book.close()
        _index(course, known, list(graded.values()))
    return [graded[s] for s in wanted]


def named(module: str) -> str:
    """`module_03` from 3, "03" or "module_03". Raises `CourseError` for a module that is not in this edition."""
    name = module_name(module)
    release_notebook(name)
    return name


def _wanted(course: Path, module: str, students: list[str] | None) -> dict[str, Path]:
    found = submissions(course, module)
    missing = [s for s in students or [] if s not in found]
    if missing:
        raise CourseError(f"There is no submission of {module} by {', '.join(missing)} in {course / 'submitted'}.")
    if not found:
        raise CourseError(
            f"There is no submission of {module} in {course / 'submitted'}. "
            f"Collect first, or put folders there as submitted/STUDENT/{module}/."
        )
    return {s: found[s] for s in students} if students else found


class _Recorder:
    """Decides what has to be graded, and records what was."""

    def __init__(self, course: Path, known: Edition, book: Book, force: bool) -> None:
        self.course, self.edition, self.book, self.force = course, known, book, force
        self.before = book.known(known.module)
        self.pending = book.pending(known.module)  # what a migration has still to do
        self.penalty = late.penalty(course)

    def all(self, wanted: dict[str, Path], settings: Settings) -> Generator[Graded, None, None]:
        """Results as they come, those that need no work first among them."""
        waiting: dict[str, Submission] = {}
        ready: list[Graded] = []

        def tasks() -> Iterator[Submission]:
            for student, folder in wanted.items():
                try:
                    submission = read(student, self.edition.module, folder)
                except CourseError as problem:
                    ready.append(Graded(student, problem=self._and_before(student, str(problem))))
                    continue
                old = self._unchanged(submission)
                if old is not None:
                    ready.append(old)
                    continue
                waiting[student] = submission
                yield submission

        with closing(graded_copies(tasks(), settings, len(wanted))) as copies:
            for copy in copies:
                yield from ready
                ready.clear()
                if copy is not None:
                    yield self._record(waiting.pop(copy.student), copy)
        yield from ready

    def _unchanged(self, submission: Submission) -> Graded | None:
        old = self.before.get(submission.student)
        if (
            self.force
            or old is None
            or not old.stands
            or (old.submission, old.edition) != (submission.digest, self.edition.stamp)
        ):
            return None
        there = [
            feedback.place(self.course, submission.student, self.edition.module),
            self._target(submission) / f"{self.edition.module}.ipynb",
        ]
        if not all(p.exists() for p in there):
            return None
        return Graded(
            submission.student,
            old.result,
            notes=old.result.get("notes", []),
            mode=old.result.get("mode", ""),
            skipped=True,
        )

    def _and_before(self, student: str, problem: str) -> str:
        """A problem, and what the gradebook still holds of an earlier submission."""
        old = self.before.get(student)
        if old is None or not old.stands:
            return problem
        points, most = old.result["points"], old.result["max_points"]
        return f"{problem} The gradebook keeps the {points:g} of {most:g} points of the submission before."

    def _target(self, submission: Submission) -> Path:
        return self.course / "autograded" / submission.student / self.edition.module

    def _record(self, submission: Submission, copy: Copy) -> Graded:
        if copy.problem or copy.scores is None:
            problem = self._and_before(copy.student, copy.problem)
            return self._log(
                Graded(copy.student, problem=problem, notes=copy.notes, mode=copy.mode, seconds=copy.seconds)
            )
        start = time.perf_counter()
        digest = submission.digest
        moment, note = parse_time(submission.timestamp)
        notes = [*copy.notes, *([note] if note else [])]
        saved = submission.times.get(copy.file)
        path = Path(submission.folder) / copy.file
        keep = carry.apply(self.pending.get(copy.student, []), copy.items, digest)
        result = summary(self.edition, copy.items, str(path), saved / 1e9 if saved else None)
        result |= {"notes": notes, "mode": copy.mode, "said": copy.said}
        graded = Graded(copy.student, result, notes=notes, mode=copy.mode, seconds=copy.seconds)
        old = self.before.get(copy.student)

        def finish(by_hand: dict[str, dict[str, Any]], penalty: float | None) -> None:
            if old is not None:
                graded.changes = changes(old.result, result, old.late, penalty or 0.0)
                graded.why = _why(old, submission, self.edition, penalty or 0.0)
            begin = time.perf_counter()
            text = feedback.page(self.edition.title, result, copy.answers, notes, copy.student, by_hand, penalty)
            feedback.write_page(self.course, copy.student, self.edition.module, text, Path(submission.folder))
            copy.seconds["feedback"] = round(time.perf_counter() - begin, 4)

        known = Known(digest, self.edition.stamp, result)
        try:
            autograded.write(self._target(submission), copy.notebook, submission, self.edition)
            self.book.save(self.edition, copy.student, copy.scores, moment, known, self.penalty, finish, keep)
        except CourseError as problem:
            if not _of_one(problem):
                raise
            return self._log(Graded(copy.student, problem=str(problem), mode=copy.mode, seconds=copy.seconds))
        copy.seconds["record"] = round(time.perf_counter() - start - copy.seconds["feedback"], 4)
        return self._log(graded)

    def _log(self, graded: Graded) -> Graded:
        """One line of timings for each submission that was worked on."""
        line = {
            "module": self.edition.module,
            "student": graded.student,
            "mode": graded.mode,
            "seconds": graded.seconds,
        }
        line |= (
            {"points": graded.summary["points"], "graded_at": graded.summary["graded_at"]}
            if graded.summary
            else {"problem": graded.problem}
        )
        try:
            with (self.course / LOG).open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
        except OSError as error:
            raise in_words(error, self.course / LOG) from error
        return graded


def _of_one(problem: CourseError) -> bool:
    """Whether only this submission's own files could not be written: something is in their way."""
    cause = problem.__cause__
    return isinstance(cause, OSError) and cause.errno in (errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG)


def _why(old: Known, submission: Submission, known: Edition, late: float) -> str:
    reasons = ["another submission"] if old.submission != submission.digest else []
    reasons += differences(old.edition, known.stamp)
    if not reasons and old.late != late:
        reasons = ["the due date, more time, or the rules for late work"]
    return " and ".join(reasons) or "the same submission, key and marking, graded again"


def _index(course: Path, known: Edition, graded: list[Graded]) -> None:
    """The instructor's index of all feedback pages of the module."""
    rows = []
    for student in sorted(
        {p.parent.parent.name for p in (course / "feedback").glob(f"*/{known.module}/*.html")}
        | {g.student for g in graded}
    ):
        one = next((g for g in graded if g.student == student), None)
        link = f"{student}/{known.module}/{known.module}.html"
        points = (
            f"{one.summary['points']:g} of {one.summary['max_points']:g}"
            if one and one.summary
            else "not graded"
            if one
            else "see page"
        )
        notes = " ".join([one.problem, *one.notes]).strip() if one else ""
        rows.append(
            {
                "student": student,
                "link": link if (course / "feedback" / link).exists() else "",
                "points": points,
                "notes": notes,
            }
        )
    feedback.write_index(course, known.module, known.title, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), rows)


@contextmanager
def one_at_a_time(course: Path) -> Iterator[None]:
    """Only one run at a time writes to a course folder. Raises `CourseError` for the second."""
    try:
        with alone(course / "gradebook.db", seconds=1.0):
            yield
    except CourseError as problem:
        if "busy" in str(problem):
            raise CourseError(
                "Another grading run is at work in this course folder. Wait until it has ended; nothing was changed."
            ) from None
        raise
