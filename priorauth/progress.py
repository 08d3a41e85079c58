"""Grade your own work from inside a notebook: `grade_my_work("module_01")`.

It runs the course's own grader on the saved copy, in a process of its own, and shows what it said.
"""

from __future__ import annotations

import datetime as dt
import html
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

SIGNS = {"right": "✓", "partly right": "◐", "wrong": "✗", "cannot be read": "!", "not attempted": "–"}
SECONDS = 300


class Report:
    """A grading report that shows itself as HTML in a notebook and as text elsewhere."""

    def __init__(self, result: dict[str, Any] | None, said: list[str]) -> None:
        self.result = result
        self.said = said

    def __repr__(self) -> str:
        lines = list(self.said)
        for item in (self.result or {}).get("items", []):
            lines.append(f"{SIGNS[item['outcome']]} {_head(item)}")
            lines += [f"    {text}" for text in _words(item)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{_safe(sentence)}</p>" for sentence in self.said)
        rows = "".join(
            f"<li style='margin:0.6em 0'><span aria-hidden='true'>{SIGNS[item['outcome']]}</span> <strong>{_safe(_head(item))}</strong>"
            + "".join(f"<br>{_safe(text)}" for text in _words(item))
            + "</li>"
            for item in (self.result or {}).get("items", [])
        )
        items = f"<ul style='list-style:none;padding-left:0'>{rows}</ul>" if rows else ""
        return f"<div role='status' style='max-width:46em'>{said}{items}</div>"


def grade_my_work(module: str) -> Report:
    """Grade the saved copy of a module, for example ``grade_my_work("module_01")``. Save the notebook first (Ctrl+S)."""
    root = Path(os.environ.get("PRIORAUTH_ROOT") or Path(__file__).resolve().parent.parent)
    command = [sys.executable, "-m", "coursekit", "grade", "--me", str(module), "--json"]
    try:
        done = subprocess.run(
            command, cwd=root, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS,
            encoding="utf-8", errors="replace", env=dict(os.environ, PYTHONIOENCODING="utf-8"),
        )  # fmt: skip
        result = json.loads(done.stdout[done.stdout.index("{") :]) if done.returncode == 0 else None
    except subprocess.TimeoutExpired:
        return Report(
            None, [f"Grading took longer than {SECONDS // 60} minutes and was stopped. Is there an endless loop?"]
        )
    except (OSError, ValueError) as problem:
        return Report(None, [f"Your work could not be graded: {problem}."])
    if result is None:
        return Report(None, [(done.stderr or done.stdout).strip()[-600:] or "The grader stopped without a word."])
    said = [f"{result['points']:g} of {result['max_points']:g} points."]
    if result.get("rubric_points_open"):
        said.append(f"{result['rubric_points_open']:g} more points are for your writing; a person gives them.")
    if result.get("saved_at"):
        saved = dt.datetime.fromisoformat(result["saved_at"]).astimezone()
        said.append(
            f"This is the copy saved at {saved:%H:%M}. Save (Ctrl+S) and grade again if you changed something since."
        )
    return Report(result, [*said, *result.get("notes", []), *result.get("said", [])])


def _head(item: dict[str, Any]) -> str:
    return f"{item['id']} {item.get('title', '')}: {item['outcome']}, {item['points']:g} of {item['max_points']:g}"


def _words(item: dict[str, Any]) -> list[str]:
    words = [str(text) for text in item.get("messages") or []]
    if item["outcome"] != "right" and item.get("hint"):
        words.append(f"Hint: {item['hint']} (section {item.get('section', '')})")
    return words


def _safe(text: str) -> str:
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", html.escape(text)).replace("\n", "<br>")
