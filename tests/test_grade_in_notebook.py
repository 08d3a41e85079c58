"""`grade_my_work` shows the grader's answer inside a notebook, safely."""

from __future__ import annotations

import json
import subprocess

import pytest
from tiny_course import result

from priorauth import progress


def grader(monkeypatch: pytest.MonkeyPatch, out: str = "", err: str = "", code: int = 0) -> list[list[str]]:
    asked: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, code, out, err)

    monkeypatch.setattr(progress.subprocess, "run", run)
    return asked


def test_a_report_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = grader(monkeypatch, json.dumps(result(points=31.5, second="partly right")))
    report = progress.grade_my_work("module_01")
    assert asked[0][-3:] == ["--me", "module_01", "--json"]
    text, page = repr(report), report._repr_html_()
    assert "31.5 of 46 points." in text and "◐ m01-c2 Exercise 2: partly right, 6.5 of 25" in text
    assert "Hint: Read the log. (section 1.1)" in text and "Save (Ctrl+S)" in text
    assert "<code>EVT-1</code> &lt;b&gt;again&lt;/b&gt;" in page and "role='status'" in page


def test_a_fault_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    grader(monkeypatch, err="module_09 is not in this edition.\n", code=1)
    assert repr(progress.grade_my_work("module_09")) == "module_09 is not in this edition."
    grader(monkeypatch, out="no json")
    assert "could not be graded" in repr(progress.grade_my_work("module_01"))


def test_an_endless_loop_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("grade", 300)

    monkeypatch.setattr(progress.subprocess, "run", run)
    assert "endless loop" in repr(progress.grade_my_work("module_01"))
