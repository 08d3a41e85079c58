"""One warm process for each module and mode, started when it is first needed and ended with this one."""

from __future__ import annotations

import atexit

from coursekit.errors import CourseError
from coursekit.grading.edition import Edition
from coursekit.grading.execute import Runner
from coursekit.grading.sandbox import candidates

_running: dict[tuple[str, str], Runner] = {}

WORDS = {
    "sandbox": "in a sandbox: no network, no other files, a process of its own for every submission",
    "limits": "without a sandbox: files, calls to the system, memory and time are limited",
    "kernel": "in plain Jupyter kernels: nothing but time is limited; grade only work of people you trust",
}


def start(edition: Edition, mode: str = "", lesson: bool = True) -> Runner:
    """Begin to start a process for a module; it is waited for when it is used. The best mode that works is taken.

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
        from coursekit.grading.forks import CannotStart, ForkServer

        try:
            server = ForkServer(mode, edition.module, edition.imports, edition.lesson if lesson else [])
            server.ready()
            return server
        except CannotStart as why:
            problem = str(why)
    raise CourseError(f"The mode {wanted} does not work on this machine: {problem}.")


def forget(edition: Edition, mode: str = "") -> None:
    """End a process that does not answer any more; the next `start` makes a new one."""
    runner = _running.pop((edition.stamp, mode), None)
    if runner is not None:
        runner.close()


@atexit.register
def close_all() -> None:
    while _running:
        _running.popitem()[1].close()
