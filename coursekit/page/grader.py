"""Run the grader for one learner in a process of its own, so that the server stays responsive."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from coursekit import progress
from coursekit.errors import CourseError
from coursekit.workspace import ROOT

SECONDS = 300
_one_at_a_time = threading.Lock()


def command(workspace: Path, module: str) -> list[str]:
    return [sys.executable, "-m", "coursekit", "grade", "--me", module, "--json", "--workspace", str(workspace)]


def grade(workspace: Path, module: str) -> tuple[dict[str, Any], list[str]]:
    """Grade the saved copy and keep the result. Returns it and sentences for the learner.

    Blocks until the grader has ended; call it in a thread. Raises `CourseError` with what the grader said.
    """
    if not _one_at_a_time.acquire(blocking=False):
        raise CourseError("Your work is being graded already. Wait for that to end.")
    try:
        done = subprocess.run(
            command(workspace, module), cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS,
            encoding="utf-8", errors="replace", env=dict(os.environ, PYTHONIOENCODING="utf-8"),
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise CourseError(
            f"Grading took longer than {SECONDS // 60} minutes and was stopped. Is there an endless loop?"
        ) from None
    except OSError as error:
        raise CourseError(f"The grader could not be started: {error}.") from error
    finally:
        _one_at_a_time.release()
    if done.returncode:
        raise CourseError(_last_words(done.stderr) or _last_words(done.stdout) or "The grader stopped without a word.")
    result = _result(done.stdout)
    said = result.pop("said", [])
    return result, [*said, *result.get("notes", []), *progress.record(workspace, result)]


def _result(text: str) -> dict[str, Any]:
    """The JSON that the grader printed; lines before it are allowed."""
    start = text.find("{")
    try:
        return json.JSONDecoder().raw_decode(text, max(start, 0))[0]
    except ValueError:
        raise CourseError(
            "The grader's answer cannot be read. Run course.py grade --me in a terminal to see why."
        ) from None


def _last_words(text: str) -> str:
    """What a failed command said, without a traceback's inner lines."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if any(line.startswith("Traceback") for line in lines):
        return f"The grader failed: {lines[-1]}"
    return " ".join(lines)[-600:]
