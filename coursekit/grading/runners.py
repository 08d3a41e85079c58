"""One warm process for each module and mode, started when it is first needed and ended with this one."""

from __future__ import annotations

import atexit
import contextlib
import threading
from typing import TYPE_CHECKING

from coursekit.errors import CourseError
from coursekit.grading.edition import Edition
from coursekit.grading.sandbox import candidates
from coursekit.grading.work import Runner

if TYPE_CHECKING:
    from coursekit.grading.forks import ForkServer

_running: dict[tuple[str, str], Runner] = {}
_begun: dict[tuple[str, str], ForkServer] = {}  # started, not yet waited for
_lock = threading.Lock()

WORDS = {
    "sandbox": "in a sandbox: no network, no other files, a process of its own for every submission",
    "limits": "without a sandbox: files, calls to the system, memory and time are limited",
    "kernel": "in plain Jupyter kernels: nothing but time is limited; grade only work of people you trust",
}


def begin(edition: Edition, mode: str = "", lesson: bool = True) -> None:
    """Let the process for a module start while other things are done; `start` waits for it.

    The system ends that process when the thread that called this ends: call it in one that lives on.
    """
    key = (edition.stamp, mode)
    first = candidates(mode)[0]
    with _lock:
        if first != "kernel" and key not in _running and key not in _begun:
            from coursekit.grading.forks import CannotStart

            with contextlib.suppress(CannotStart):
                _begun[key] = _server(edition, first, lesson)


def start(edition: Edition, mode: str = "", lesson: bool = True) -> Runner:
    """The process for a module, ready; started when there is none. The best mode that works is taken.

    Without `lesson` nothing is run ahead: best for a single submission. Threads get the same process.
    """
    key = (edition.stamp, mode)
    with _lock:
        if key in _running and _running[key].gone:
            _running.pop(key).close()
        if key not in _running:
            _running[key] = _start(edition, mode, lesson, _begun.get(key))
            _begun.pop(key, None)
        return _running[key]


def alone(edition: Edition, mode: str = "") -> Runner:
    """A process that nobody else uses, without the lesson. Whoever asked for it closes it."""
    return _start(edition, mode, False, None)


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


def forget(runner: Runner) -> None:
    """End a process that does not answer any more; the next `start` makes a new one."""
    with _lock:
        for key in [k for k, known in _running.items() if known is runner]:
            del _running[key]
    runner.close()


@atexit.register
def close_all() -> None:
    """End all processes for submissions. What runs in them is given up."""
    for runners in (_begun, _running):
        while runners:
            runner = runners.popitem()[1]
            runner.stopped = True
            runner.close()
