"""Grading one copy: a function from what was handed in to what is to be recorded. It writes nothing.

So the same function serves one learner, threads, and workers on other machines.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from coursekit.errors import CourseError
from coursekit.grading import autograded, marking, runners
from coursekit.grading.collect import Submission
from coursekit.grading.edition import Edition, checksum, edition, is_solution
from coursekit.grading.execute import Run, RunnerLost, execute
from coursekit.grading.record import Scores
from coursekit.grading.repair import mend
from coursekit.grading.said import said
from coursekit.grading.work import CELL_SECONDS, SECONDS
from coursekit.notebooks import Cell, grade_id


@dataclass
class Copy:
    """A graded copy, or the sentence that says why there is none."""

    student: str
    items: list[dict[str, Any]] = field(default_factory=list)
    scores: Scores | None = None
    notebook: bytes = b""
    answers: dict[str, str] = field(default_factory=dict)  # item id -> the learner's own text
    said: dict[str, list[str]] = field(default_factory=dict)  # item id -> the answer in a few words
    file: str = ""
    mode: str = ""
    notes: list[str] = field(default_factory=list)
    problem: str = ""
    seconds: dict[str, float] = field(default_factory=dict)


def grade_copy(
    submission: Submission,
    mode: str = "",
    lesson: bool = True,
    cell_seconds: float = CELL_SECONDS,
    seconds: float = SECONDS,
) -> Copy:
    """Mend, run and mark one submission. Problems are said, not raised."""
    copy = Copy(submission.student, notes=list(submission.notes))
    clock = _Clock(copy.seconds)
    try:
        known = edition(submission.module)
        copy.file, cells, notes = mend(submission, known)
        clock("stage")
        copy.mode, run = run_cells(known, cells, submission, mode, lesson, cell_seconds, seconds)
        clock("execute")
        copy.seconds["cells"] = round(run.cell_seconds, 4)
        judged = marking.judge(known, run, submission.learner)
        copy.items = marking.results(known, judged)
        marking.say_what_is_missing(copy.items, known, cells, run)
        copy.scores = _scores(known, cells, judged)
        copy.said = said(known, run, submission.learner)
        copy.answers = {grade_id(c): c["source"] for c in cells if grade_id(c) in known.items}
        clock("mark")
        copy.notebook = autograded.notebook(known, cells, run, judged)
        copy.notes += [*notes, *run.notes, *(j.result.note for j in judged.values() if j.result.note)]
        clock("write")
    except CourseError as problem:
        copy.problem = str(problem)
    except Exception as fault:  # a file that the grader is not up to: named, and the others go on
        copy.problem = f"It was not graded: the grader failed on it ({type(fault).__name__}: {str(fault)[:200]})."
    return copy


def run_cells(
    known: Edition,
    cells: list[Cell],
    submission: Submission,
    mode: str = "",
    lesson: bool = True,
    cell_seconds: float = CELL_SECONDS,
    seconds: float = SECONDS,
) -> tuple[str, Run]:
    """Run the cells, once more in a process of its own when the first is lost; the mode, and what running gave.

    Raises `CourseError` when the second is lost too: better no result than a wrong one.
    """
    files, why = files_of(submission), ""
    for again in (False, True):
        runner = runners.alone(known, mode) if again else runners.start(known, mode, lesson)
        try:
            return runner.mode, execute(runner, cells, known, files, cell_seconds, seconds, submission.learner)
        except RunnerLost as problem:
            why = str(problem)
        finally:
            if again or why or runner.gone:
                runners.forget(runner)
    raise CourseError(f"It was not graded: the process that runs submissions was lost twice ({why}).")


def files_of(submission: Submission) -> dict[str, bytes]:
    """What a submission's code finds beside its notebook."""
    return {n: c for n, c in submission.files.items() if not n.endswith(".ipynb")}


def _scores(known: Edition, cells: list[Cell], judged: dict[str, marking.Judged]) -> Scores:
    """As nbgrader sees them: a check cell has its points; a text for the rubric waits, unless nothing was written."""
    grades: dict[str, float | None] = {check: judged[item].result.points for check, item in known.checks.items()}
    comments: dict[str, str | None] = {}
    for cell in cells:
        name = grade_id(cell)
        given = known.cells[known.at[name]] if name in known.at else None
        if given is None or not is_solution(given):
            continue
        unchanged = checksum(given, cell["source"]) == checksum(given, given["source"])
        comments[name] = "No response." if unchanged else None
        if given["metadata"]["nbgrader"].get("grade"):
            grades[name] = 0.0 if unchanged else None
    return Scores(grades, comments)


class _Clock:
    """Writes down how long each stage took."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self.seconds, self.last = seconds, time.perf_counter()

    def __call__(self, stage: str) -> None:
        now = time.perf_counter()
        self.seconds[stage] = round(now - self.last, 4)
        self.last = now
