"""One warm process for each module and mode, started when it is first needed and ended with this one."""

from __future__ import annotations

import atexit
import contextlib
from typing import TYPE_CHECKING

from coursekit.errors import CourseError
from coursekit.grading.edition import Edition
from coursekit.grading.sandbox import candidates
from coursekit.grading.work import Runner

if TYPE_CHECKING:
    from coursekit.grading.forks import ForkServer

_running: dict[tuple[str, str], Runner] = {}
_begun: dict[tuple[str, str], ForkServer] = {}  # started, not yet waited for

WORDS = {
    "sandbox": "in a sandbox: no network, no other files, a process of its own for every submission",
    "limits": "without a sandbox: files, calls to the system, memory and time are limited",
    "kernel": "in plain Jupyter kernels: nothing but time is limited; grade only work of people you trust",
}


def begin(edition: Edition, mode: str = "", lesson: bool = True) -> None:
    """Let the process for a module start while other things are done; `start` waits for it."""
    key = (edition.stamp, mode)
    first = candidates(mode)[0]
    if first != "kernel" and key not in _running and key not in _begun:
        from coursekit.grading.forks import CannotStart

        with contextlib.suppress(CannotStart):
            _begun[key] = _server(edition, first, lesson)


def start(edition: Edition, mode: str = "", lesson: bool = True) -> Runner:
    """The process for a module, ready; started when there is none. The best mode that works is taken.

    Without `lesson` nothing is run ahead: best for a single submission.
    """
    key = (edition.stamp, mode)
    if key not in _running:
        _running[key] = _start(edition, mode, lesson)
    return _running[key]


def _start(edition: Edition, wanted: str, lesson: bool) -> Runner:
    problem = ""
    for mode in candidates(wanted):
        if mode == "kernel":
            from coursekit.grading.kernels import Kernels

            return Kernels()
        from coursekit.grading.forks import CannotStart

        try:
            server = _begun.pop((edition.stamp, wanted), None) or _server(edition, mode, lesson)
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


def forget(edition: Edition, mode: str = "") -> None:
    """End a process that does not answer any more; the next `start` makes a new one."""
    runner = _running.pop((edition.stamp, mode), None)
    if runner is not None:
        runner.close()


@atexit.register
def close_all() -> None:
    for runners in (_begun, _running):
        while runners:
            runners.popitem()[1].close()
