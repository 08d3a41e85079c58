"""Spreading submissions over the cores of this machine: threads that mend and mark, and let one warm process run.

Most of the time is spent in that process's forks, one for each submission; so threads are enough, and they share it.
"""

from __future__ import annotations

import concurrent.futures as futures
import contextlib
import os
from collections.abc import Generator, Iterator

from coursekit.grading import runners
from coursekit.grading.collect import Submission
from coursekit.grading.copies import Copy, grade_copy
from coursekit.grading.edition import edition
from coursekit.grading.work import Settings

AHEAD = 2  # submissions that are read before a thread is free


def workers(settings: Settings, tasks: int) -> int:
    """How many submissions to run at a time: as asked for, else one more than the cores that this process may use.

    One submission alone leaves its core idle for about a fifth of its time.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(settings.workers or cores + 1, tasks))


def graded_copies(tasks: Iterator[Submission], settings: Settings, most: int) -> Generator[Copy | None, None, None]:
    """Grade submissions as they come from `tasks`, in any order. None now and then: nothing new, but time to look."""
    if settings.scheduler:
        from coursekit.grading.cluster import graded_on_cluster

        yield from graded_on_cluster(tasks, settings, most)
        return
    number = workers(settings, most)
    running: set[futures.Future[Copy]] = set()
    pool = futures.ThreadPoolExecutor(number)
    try:
        for submission in tasks:
            runners.begin(edition(submission.module), settings.mode)  # here, as it ends with the thread that starts it
            running.add(
                pool.submit(grade_copy, submission, settings.mode, True, settings.cell_seconds, settings.seconds)
            )
            if len(running) >= number + AHEAD:
                yield from _done(running)
        while running:
            yield from _done(running)
        yield None
    finally:
        with runners.stopped() if running else contextlib.nullcontext():  # running: it was stopped from outside
            pool.shutdown(cancel_futures=True)


def _done(running: set[futures.Future[Copy]]) -> Iterator[Copy]:
    """Results of those that have ended, at least one. A fault of the grader itself is raised, not hidden."""
    for future in futures.wait(running, return_when=futures.FIRST_COMPLETED).done:
        running.remove(future)
        yield future.result()
