"""Run the grader for one learner in a process of its own, so that the server stays responsive."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from coursekit import progress
from coursekit.errors import CourseError
from coursekit.workspace import ROOT

SECONDS = 300
TOO_LONG = f"Grading took longer than {SECONDS // 60} minutes and was stopped. Is there an endless loop?"
_one_at_a_time = threading.Lock()


def command(workspace: Path) -> list[str]:
    """What starts a grader that stays ready (`coursekit.page.warm`)."""
    return [sys.executable, "-m", "coursekit.page.warm", str(workspace)]


def grade(workspace: Path, module: str) -> tuple[dict[str, Any], list[str]]:
    """Grade the saved copy and keep the result. Returns it and sentences for the learner.

    Blocks until there is an answer; call it in a thread. Raises `CourseError` with what the grader said.
    """
    with _alone():
        line = _ask(workspace, module) or _ask(workspace, module)  # it may have ended while nobody asked
        if not line:
            raise CourseError(_last_words(_running.said()) or "The grader stopped without a word.")
        result = _result(line)
    return result, [*result.get("notes", []), *progress.record(workspace, result)]


def hand_in_exam(workspace: Path) -> None:
    """Hand in the open attempt at the exam; its result is then in the record of attempts. Blocks and raises as `grade`."""
    words = [sys.executable, "-m", "coursekit", "exam", "submit", "--yes", "--workspace", str(workspace)]
    with _alone():
        try:
            done = subprocess.run(
                words, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS,
                encoding="utf-8", errors="replace", env=_environment(),
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise CourseError(TOO_LONG) from None
    if done.returncode:
        raise CourseError(_last_words(done.stderr) or _last_words(done.stdout) or "The grader stopped without a word.")


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One thing is graded at a time. Raises `CourseError` for the second, and when no process can be started."""
    if not _one_at_a_time.acquire(blocking=False):
        raise CourseError("Your work is being graded already. Wait for that to end.")
    try:
        yield
    except OSError as error:
        raise CourseError(f"The grader could not be started: {error}.") from error
    finally:
        _one_at_a_time.release()


def _environment() -> dict[str, str]:
    return dict(os.environ, PYTHONIOENCODING="utf-8")


@dataclass
class _Grader:
    """The process that stays ready, and for what it was started."""

    workspace: Path
    edition: int  # when the course was built
    process: subprocess.Popen[str]
    errors: IO[bytes]

    def said(self) -> str:
        self.errors.seek(0)
        return self.errors.read().decode("utf-8", "replace")

    def fits(self, workspace: Path) -> bool:
        return self.process.poll() is None and (self.workspace, self.edition) == (workspace, _edition())

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.errors):
            with contextlib.suppress(OSError):
                pipe.close()


_running: _Grader | None = None


def _edition() -> int:
    built = ROOT / "built.json"
    return built.stat().st_mtime_ns if built.exists() else 0


def _ready(workspace: Path) -> _Grader:
    """The process that answers for a workspace; a new one after the course was built anew."""
    global _running
    if _running is None or not _running.fits(workspace):
        end()
        errors = tempfile.TemporaryFile()
        process = subprocess.Popen(
            command(workspace), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            encoding="utf-8", errors="replace", env=_environment(),
        )  # fmt: skip
        _running = _Grader(workspace, _edition(), process, errors)
    return _running


def end() -> None:
    """End the process that stays ready, if there is one."""
    global _running
    if _running is not None:
        _running.end()
        _running = None


def _ask(workspace: Path, module: str) -> str:
    """The line that the grader answers; "" when it has ended. One that takes too long is ended."""
    grader = _ready(workspace)
    stopped = threading.Event()
    late = threading.Timer(SECONDS, lambda: (stopped.set(), grader.process.kill()))
    late.start()
    try:
        grader.process.stdin.write(f"{module}\n")
        grader.process.stdin.flush()
        line = grader.process.stdout.readline()
    except BrokenPipeError:
        line = ""
    finally:
        late.cancel()
    if not line:
        grader.process.kill()
        grader.process.wait()
    if stopped.is_set() and not line:
        raise CourseError(TOO_LONG)
    return line


def _result(line: str) -> dict[str, Any]:
    try:
        result = json.loads(line)
    except ValueError:
        raise CourseError(
            "The grader's answer cannot be read. Run course.py grade --me in a terminal to see why."
        ) from None
    if "problem" in result:
        raise CourseError(result["problem"])
    return result


def _last_words(text: str) -> str:
    """What a failed process said, without a traceback's inner lines."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if any(line.startswith("Traceback") for line in lines):
        return f"The grader failed: {lines[-1]}"
    return " ".join(lines)[-600:]
