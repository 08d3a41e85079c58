"""The commands: help that reads well, one sentence for bad input, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import MODULES

from coursekit.items import ROOT

MODULE = MODULES[0]


def course(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "coursekit", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=os.environ | env | {"COLUMNS": "120"},
    )


def test_help_names_every_command() -> None:
    said = course("--help").stdout
    for command in ("lab", "build", "grade", "check", "progress", "reset", "data", "test", "doctor", "items"):
        assert f" {command} " in said
        assert course(command, "--help").returncode == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["grade", "seventeen"], "There is no module 'seventeen'"),
        (["grade", "module_01", "nobody"], "There is no submission of module_01 by nobody"),
        (["check", "13"], "There is no module '13'"),
        (["reset", "module_01", "m01-x9"], "m01-x9"),
        (["data", "--requests", "10"], "Name a folder with --out"),
        (["data", "--out", "x", "--format", "xml"], "format 'xml' is unknown"),
    ],
)
def test_bad_input_is_one_sentence(words: list[str], sentence: str, tmp_path: Path) -> None:
    done = course(*words, PRIORAUTH_WORKSPACE=str(tmp_path))
    assert done.returncode != 0
    assert sentence in done.stderr and "Traceback" not in done.stderr


def test_grade_check_reset_progress_on_a_fresh_workspace(tmp_path: Path) -> None:
    from coursekit.workspace import fill

    fill(tmp_path)
    env = {"PRIORAUTH_WORKSPACE": str(tmp_path)}
    graded = json.loads(course("grade", MODULE, "--me", "--json", **env).stdout)
    assert graded["points"] == 0 and graded["module"] == MODULE
    checked = course("check", MODULE, **env).stdout
    assert checked.count("Not attempted yet") == len(graded["items"])
    reset = course("reset", MODULE, graded["items"][0]["id"], **env)
    assert reset.returncode == 0 and "is kept in" in reset.stdout
    assert MODULE in course("progress", **env).stdout


def test_build_check_says_fresh() -> None:
    assert course("build", "--check").returncode == 0


def test_data_writes_a_world_and_goes_on_after_a_stop(tmp_path: Path) -> None:
    words = ("data", "--requests", "400", "--format", "parquet", "--out", str(tmp_path / "world"))
    first = course(*words)
    assert first.returncode == 0 and "requests: 400 rows" in first.stdout
    assert "1 of 1 chunks were there already" in course(*words).stdout
    other = course("data", "--requests", "500", "--out", str(tmp_path / "world"))
    assert other.returncode == 1 and "holds another world" in other.stderr and "Traceback" not in other.stderr


def test_rates_are_printed_beside_their_targets() -> None:
    done = course("data", "--rates")
    assert done.returncode == 0 and "within tolerance" in done.stdout and "E34" in done.stdout
