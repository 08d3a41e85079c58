"""How to grade, what a process that runs submissions is given, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

ENDED = "ended the program"  # why an attempt stopped: its process was gone
CELL_SECONDS = 60.0  # as in nbgrader_config.py
SECONDS = 300.0  # for a whole submission


@dataclass(frozen=True)
class Settings:
    """How to grade: mode ("" = the best that works), workers: submissions at a time (0 = one more than there are cores), limits in seconds."""

    mode: str = ""
    workers: int = 0
    force: bool = False
    scheduler: str = ""  # address of a Dask scheduler whose workers do the work
    cell_seconds: float = CELL_SECONDS
    seconds: float = SECONDS


@dataclass(frozen=True)
class Work:
    """A submission to be run: steps in order, and what its code finds around it."""

    steps: list[dict[str, Any]]  # {"n", "run"}: run a cell; {"n", "take"}: take an answer by its name
    skip: int  # cells of the lesson that are already run
    files: dict[str, bytes]  # beside the notebook
    folder: str  # name of the folder in which they are
    learner: str  # whose records the cells show where an item has variants
    cell_seconds: float
    seconds: float  # for all together


@dataclass
class Attempt:
    """What came back from one run of a list of steps: messages in order, and why it stopped early ("" = it did not).

    Without a step in `at`, it stopped where no code of the submission was running.
    """

    messages: list[dict[str, Any]] = field(default_factory=list)
    ended: str = ""
    at: int | None = None  # the step that was running when it stopped


class Runner(Protocol):
    """A place where steps are run, also of several submissions at a time: forks of a warm process, or plain kernels."""

    mode: str
    outputs: list[dict[str, Any]]  # of the lesson's cells that need not be run again
    gone: bool  # it has ended and cannot run anything any more

    def shared(self, codes: list[str]) -> int: ...

    def run(self, work: Work) -> Attempt: ...

    def close(self) -> None: ...
