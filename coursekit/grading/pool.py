"""Spreading submissions over processes of this machine. Each worker has a warm process of its own."""

from __future__ import annotations

import concurrent.futures as futures
import contextlib
import multiprocessing
import os
from collections.abc import Iterator

from coursekit.grading.collect import Submission
from coursekit.grading.copies import Copy, grade_copy
from coursekit.grading.work import Settings

TRIES = 2


def workers(settings: Settings, tasks: int) -> int:
    """How many processes to use: as asked for, else the cores that this process may use; no more than tasks."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(settings.workers or cores, tasks))


def graded_copies(tasks: Iterator[Submission], settings: Settings, most: int) -> Iterator[Copy | None]:
    """Grade submissions as they come from `tasks`, in any order. None now and then: nothing new, but time to look."""
    if settings.scheduler:
        from coursekit.grading.cluster import graded_on_cluster

        yield from graded_on_cluster(tasks, settings)
        return
    number = workers(settings, most)
    if number == 1:
        for submission in tasks:
            yield grade_copy(submission, settings.mode, True, settings.cell_seconds, settings.seconds)
        return
    yield from _Pool(number, settings).all(tasks)


class _Pool:
    """Worker processes. When one is lost, its submissions are given to new ones, each at most twice."""

    def __init__(self, number: int, settings: Settings) -> None:
        self.number, self.settings = number, settings
        self.tries: dict[str, int] = {}

    def all(self, tasks: Iterator[Submission]) -> Iterator[Copy | None]:
        again: list[Submission] = []
        running: dict[futures.Future[Copy], Submission] = {}
        pool = self._new()
        try:
            more = True
            while more or running or again:
                while (more or again) and len(running) < self.number + 2:
                    submission = again.pop() if again else next(tasks, None)
                    if submission is None:
                        more = False
                        continue
                    running[self._submit(pool, submission)] = submission
                if not running:
                    continue
                done, _ = futures.wait(running, return_when=futures.FIRST_COMPLETED)
                lost = [running.pop(f) for f in done if isinstance(f.exception(), futures.process.BrokenProcessPool)]
                for future in done - {f for f in done if f.exception() is not None}:
                    del running[future]
                    yield future.result()
                for future in [f for f in done if f in running]:  # a fault of the grader itself: not hidden
                    raise future.exception() or RuntimeError
                if lost:
                    lost += running.values()
                    running.clear()
                    pool.shutdown(wait=False, cancel_futures=True)
                    pool = self._new()
                    for submission in lost:
                        if self.tries[submission.student] >= TRIES:
                            yield Copy(
                                submission.student, problem="The worker was lost twice while grading this submission."
                            )
                        else:
                            again.append(submission)
            yield None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _new(self) -> futures.ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return futures.ProcessPoolExecutor(self.number, mp_context=context, initializer=_begin, initargs=(os.getpid(),))

    def _submit(self, pool: futures.ProcessPoolExecutor, submission: Submission) -> futures.Future[Copy]:
        s = self.settings
        self.tries[submission.student] = self.tries.get(submission.student, 0) + 1
        return pool.submit(grade_copy, submission, s.mode, True, s.cell_seconds, s.seconds)


def _begin(grader: int) -> None:
    """A worker ends when the grader (its process id) ends, also when that was killed; and it ends what it started."""
    import signal
    from multiprocessing.util import Finalize

    from coursekit.grading.runners import close_all

    Finalize(None, close_all, exitpriority=100)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if os.name == "posix":
        from coursekit.grading.inside import jail

        with contextlib.suppress(OSError, AttributeError):  # no such call on macOS
            jail.die_with_parent()
        if os.getppid() != grader:  # killed before this worker was ready
            os._exit(1)
