"""Spreading submissions over other machines with Dask distributed: `course.py grade --scheduler ADDRESS`.

A worker needs this course folder in the same edition, and nothing else; submissions are sent to it and graded copies
come back. This process stays the only writer. Dask is not installed with the course: `pip install distributed`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from coursekit.errors import CourseError
from coursekit.grading.collect import Submission
from coursekit.grading.copies import Copy, grade_copy
from coursekit.grading.edition import edition
from coursekit.grading.work import Settings

PATIENCE = "15s"
AHEAD = 3  # submissions that are sent for each thread of a worker before it has answered


def graded_on_cluster(tasks: Iterator[Submission], settings: Settings) -> Iterator[Copy | None]:
    """Grade submissions on a cluster as they come, in any order. Raises `CourseError` when there is none."""
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise CourseError("--scheduler needs Dask: pip install distributed, here and on the workers.") from None
    try:
        client = Client(settings.scheduler, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TypeError) as problem:
        raise CourseError(f"There is no Dask scheduler at {settings.scheduler} ({problem or 'no answer'}).") from None
    with client, client.as_current():
        running = as_completed()
        names: dict[Any, str] = {}
        most = 0

        def send() -> bool:
            submission = next(tasks, None)
            if submission is None:
                return False
            if not names:
                _check_workers(client, submission.module, settings.scheduler)
            future = client.submit(_grade, submission, settings, pure=False)
            names[future] = submission.student
            running.add(future)
            return True

        more = send()
        most = AHEAD * max(1, sum(client.nthreads().values()))
        while more and running.count() < most:
            more = send()
        for future in running:
            yield _result(client, future, names.pop(future), settings.scheduler)
            more = more and send()
    yield None


def _result(client: Any, future: Any, student: str, address: str) -> Copy:
    """What became of one submission. Raises `CourseError` when the scheduler is gone."""
    if future.status == "finished":
        return future.result()
    if future.status in ("cancelled", "lost") or client.status != "running":
        raise CourseError(
            f"The scheduler at {address} was lost. What was graded is recorded; grade again to go on from there."
        )
    problem = future.exception()
    if type(problem).__name__ == "KilledWorker":
        return Copy(student, problem="The workers were lost again and again while grading this submission.")
    raise problem


def _grade(submission: Submission, settings: Settings) -> Copy:
    """On a worker: the same function as everywhere. Its threads share one warm process."""
    return grade_copy(submission, _mode(settings.mode), True, settings.cell_seconds, settings.seconds)


@functools.cache
def _mode(wanted: str) -> str:
    from coursekit.grading.sandbox import best

    return best(wanted)


def _stamp(module: str) -> str:
    return edition(module).stamp


def _check_workers(client: Any, module: str, address: str) -> None:
    """Raise `CourseError` when there is no worker, or when one has another edition of the course."""
    try:
        client.wait_for_workers(1, timeout=15)
        found = client.run(_stamp, module, on_error="return")
    except (OSError, TimeoutError) as problem:
        raise CourseError(f"The scheduler at {address} has no workers ({problem}).") from None
    bad = [w for w, stamp in found.items() if stamp != edition(module).stamp]
    if bad:
        raise CourseError(
            f"These workers do not have this edition of {module}: {', '.join(sorted(bad))}. "
            "Start them in a folder with the same edition of the course."
        )
