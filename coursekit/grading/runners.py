"""One warm process for each module and mode, started when it is first needed and ended with this one."""

from __future__ import annotations

import atexit
import contextlib
import itertools
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from coursekit.errors import CourseError
from coursekit.grading.edition import Edition
from coursekit.grading.sandbox import candidates
from coursekit.grading.work import Runner

if TYPE_CHECKING:
    from coursekit.grading.forks import ForkServer

_Key = tuple[str, str, int]  # edition, mode, 0 or a number of its own
_running: dict[_Key, Runner] = {}
_begun: dict[_Key, ForkServer] = {}  # started, not yet waited for
_lock = threading.Lock()
_numbers = itertools.count(1)
_stopped = threading.Event()

WORDS = {
    "sandbox": "in a sandbox: no network, no other files, a process of its own for every submission",
    "limits": "without a sandbox: files, calls to the system, memory and time are limited",
    "kernel": "in plain Jupyter kernels: nothing but time is limited; grade only work of people you trust",
}


def begin(edition: Edition, mode: str = "", lesson: bool = True) -> None:
    """Let the process for a module start while other things are done; `start` waits for it.

    The system ends that process when the thread that called this ends: call it in one that lives on.
    """
    key = (edition.stamp, mode, 0)
    first = candidates(mode)[0]
    with _lock:
        if first != "kernel" and key not in _running and key not in _begun:
            from coursekit.grading.forks import CannotStart

            with contextlib.suppress(CannotStart):
                _begun[key] = _server(edition, first, lesson)


def start(edition: Edition, mode: str = "", lesson: bool = True) -> Runner:
    """The process for a module, ready; started when there is none. The best mode that works is taken.

    Without `lesson` nothing is run ahead: best for a single submission. Threads get the same process. Raises
    `CourseError` when no mode works, and when grading is being stopped.
    """
    key = (edition.stamp, mode, 0)
    with _lock:
        if key in _running and _running[key].gone:
            _running.pop(key).close()
        if key not in _running:
            _running[key] = _start(edition, mode, lesson, _begun.get(key))
            _begun.pop(key, None)
        runner = _running[key]
    return _unless_stopped(runner)


def alone(edition: Edition, mode: str = "") -> Runner:
    """A process that nobody else uses, without the lesson; `forget` it afterwards. Raises `CourseError` as `start`."""
    key = (edition.stamp, mode, next(_numbers))
    _running[key] = runner = _start(edition, mode, False, None)
    return _unless_stopped(runner)


def _start(edition: Edition, wanted: str, lesson: bool, begun: ForkServer | None) -> Runner:
    problem = ""
    for mode in candidates(wanted):
        if mode == "kernel":
            from coursekit.grading.kernels import Kernels

            return Kernels()
        from coursekit.grading.forks import CannotStart

        try:
            server, begun = begun or _server(edition, mode, lesson), None
            server.ready()
            return server
        except CannotStart as why:
            problem = str(why)
    raise CourseError(
        f"Submissions cannot be run here{f' in the mode {wanted}' if wanted else ''} ({problem}). "
        "Mode kernel needs nothing, but it has no walls."
    )


def _server(edition: Edition, mode: str, lesson: bool) -> ForkServer:
    from coursekit.grading.forks import ForkServer

    ahead = (edition.lesson, edition.shown) if lesson else ([], [])
    return ForkServer(mode, edition.module, edition.imports, *ahead)


def _unless_stopped(runner: Runner) -> Runner:
    if _stopped.is_set():
        forget(runner)
        raise CourseError("It was not graded: grading was stopped.")
    return runner


def forget(runner: Runner) -> None:
    """End a process that does not answer any more; the next `start` makes a new one."""
    with _lock:
        for key in [k for k, known in _running.items() if known is runner]:
            del _running[key]
    runner.close()


@contextlib.contextmanager
def stopped() -> Iterator[None]:
    """End all processes for submissions, and let none start until this context ends: for threads that still run."""
    _stopped.set()
    try:
        close_all()
        yield
    finally:
        _stopped.clear()


@atexit.register
def close_all() -> None:
    """End all processes for submissions. What runs in them is given up."""
    for runners in (_begun, _running):
        for key in list(runners):
            runner = runners.pop(key, None)
            if runner is not None:
                runner.close()
