"""Spreading submissions over other machines with Dask distributed: `course.py grade --scheduler ADDRESS`.

A worker needs this course folder in the same edition, and nothing else; submissions are sent to it and graded copies
come back. This process stays the only writer. Dask is not installed with the course: `pip install distributed`.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from typing import Any

from coursekit.errors import CourseError
from coursekit.grading.collect import Submission
from coursekit.grading.copies import Copy, grade_copy
from coursekit.grading.edition import edition
from coursekit.grading.work import Settings

PATIENCE = "15s"
AHEAD = 2  # batches that are sent for each thread of a worker before it has answered
BATCH, BATCH_BYTES = 8, 2_000_000  # submissions that travel together: at most so many, of about so many bytes


def graded_on_cluster(tasks: Iterator[Submission], settings: Settings, most: int) -> Iterator[Copy | None]:
    """Grade submissions on a cluster as they come (at most `most`), in any order. Raises `CourseError` when there is none."""
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise CourseError("--scheduler needs Dask: pip install distributed, here and on the workers.") from None
    try:
        client = Client(settings.scheduler, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TypeError) as problem:
        raise CourseError(f"There is no Dask scheduler at {settings.scheduler} ({problem or 'no answer'}).") from None
    with client, client.as_current():
        first = next(tasks, None)
        if first is None:
            yield None
            return
        _check_workers(client, first.module, settings.scheduler)
        threads = max(1, sum(client.nthreads().values()))
        batches = _batches(itertools.chain([first], tasks), most, threads)
        running = as_completed()
        sent: dict[Any, list[Submission]] = {}

        def send(batch: list[Submission] | None) -> None:
            if batch:
                future = client.submit(_grade, batch, settings, pure=False)
                sent[future] = batch
                running.add(future)

        for batch in itertools.islice(batches, AHEAD * threads):
            send(batch)
        for future in running:
            batch = sent.pop(future)
            send(next(batches, None))
            copies = _result(client, future, settings.scheduler)
            if copies is not None:
                yield from copies
            elif len(batch) == 1:
                why = "The workers were lost again and again while grading this submission."
                yield Copy(batch[0].student, problem=why)
            else:  # one of them is to blame: each alone
                for submission in batch:
                    send([submission])
    yield None


def _batches(tasks: Iterator[Submission], most: int, threads: int) -> Iterator[list[Submission]]:
    """Submissions in batches: large ones first, which saves messages, single ones last, so that all end together."""
    while True:
        size, held = max(1, min(BATCH, most // (4 * threads))), 0
        batch: list[Submission] = []
        for submission in tasks:
            batch.append(submission)
            held += sum(map(len, submission.files.values()))
            if len(batch) >= size or held > BATCH_BYTES:
                break
        if not batch:
            return
        most -= len(batch)
        yield batch


def _result(client: Any, future: Any, address: str) -> list[Copy] | None:
    """What became of a batch; None when its workers were lost again and again. Raises `CourseError` without a scheduler."""
    if future.status == "finished":
        return future.result()
    if future.status in ("cancelled", "lost") or client.status != "running":
        raise CourseError(
            f"The scheduler at {address} was lost. What was graded is recorded; grade again to go on from there."
        )
    problem = future.exception()
    if type(problem).__name__ == "KilledWorker":
        return None
    raise problem


def _grade(batch: list[Submission], settings: Settings) -> list[Copy]:
    """On a worker: the same function as everywhere. Its threads share one warm process."""
    s, mode = settings, _mode(settings.mode)
    return [grade_copy(submission, mode, True, s.cell_seconds, s.seconds) for submission in batch]


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
