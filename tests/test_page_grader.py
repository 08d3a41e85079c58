"""The grader behind the course page stays ready: the second answer comes soon, and it never answers for an old edition."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import nbformat
import pytest
from conftest import MODULES
from course_folders import right

from coursekit import workspace
from coursekit.errors import CourseError
from coursekit.page import grader

MODULE = MODULES[0]


@pytest.fixture
def space(tmp_path: Path):
    workspace.fill(tmp_path)
    yield tmp_path
    grader.end()


def test_it_answers_for_what_is_saved_now(space: Path) -> None:
    """Blank, solved, damaged, blank again: one process, no answer left over from before."""
    path = space / MODULE / f"{MODULE}.ipynb"
    blank = path.read_bytes()
    assert grader.grade(space, MODULE)[0]["points"] == 0
    process = grader._running.process.pid
    nbformat.write(right(MODULE), path)
    assert grader.grade(space, MODULE)[0]["points"] > 40
    path.write_text("{ no notebook")
    with pytest.raises(CourseError, match=r"[Rr]eset|backup"):
        grader.grade(space, MODULE)
    path.write_bytes(blank)
    begin = time.perf_counter()
    assert grader.grade(space, MODULE)[0]["points"] == 0
    print(f"\nthe fourth answer came after {time.perf_counter() - begin:.2f} s")
    assert grader._running.process.pid == process


def test_one_that_ended_is_started_again(space: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between two questions, and after the course was built anew: she gets her answer."""
    grader.grade(space, MODULE)
    first = grader._running.process.pid
    os.kill(first, signal.SIGKILL)
    assert grader.grade(space, MODULE)[0]["points"] == 0
    second = grader._running.process.pid
    monkeypatch.setattr(grader, "_edition", lambda: 1)
    assert grader.grade(space, MODULE)[0]["points"] == 0
    third = grader._running.process.pid
    assert len({first, second, third}) == 3
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)


def test_a_grader_that_takes_too_long_is_ended(space: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grader, "SECONDS", 0.5)
    monkeypatch.setattr(grader, "command", lambda _: ["sleep", "60"])
    with pytest.raises(CourseError, match="stopped"):
        grader.grade(space, MODULE)
    monkeypatch.undo()
    assert grader.grade(space, MODULE)[0]["points"] == 0


def test_it_ends_with_the_server(space: Path) -> None:
    grader.grade(space, MODULE)
    process = grader._running.process
    process.stdin.close()
    assert process.wait(timeout=20) == 0
