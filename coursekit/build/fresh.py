"""A full rebuild in a copy of the course, compared byte by byte with what is here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from coursekit.build import ledger
from coursekit.errors import CourseError
from coursekit.items import ROOT

_COPIED = ("notebooks", "priorauth", "coursekit", "docs", "nbgrader_config.py", "jupytext.toml", "built.json")
_LEFT = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "*.ipynb", "truth", "keys", "module_*.json")


def rebuilt_differences() -> list[str]:
    """Build everything anew in a temporary folder; one sentence for each built file that differs."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "course"
        copy.mkdir()
        for name in _COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=_LEFT)
            elif source.exists():
                shutil.copyfile(source, copy / name)
        env = os.environ | {"PYTHONPATH": str(copy), "PRIORAUTH_DATA": str(copy / "datasets")}
        done = subprocess.run(
            [sys.executable, "-m", "coursekit", "build", "--force"], cwd=copy, env=env, capture_output=True, text=True
        )
        if done.returncode:
            raise CourseError(f"The rebuild failed: {(done.stderr or done.stdout).strip()[-800:]}")
        words = []
        patterns = [p for stage in ledger.stages() for p in ledger.outputs(stage)]
        here, there = _files(ROOT, patterns), _files(copy, patterns)
        for name in sorted(here.keys() | there.keys()):
            if name not in there:
                words.append(f"{name} is here but is not built.")
            elif name not in here:
                words.append(f"{name} is built but is not here.")
            elif here[name] != there[name]:
                words.append(f"{name} differs from a fresh build.")
        if not there:
            raise CourseError("The rebuild made no files.")
        return words


def _files(root: Path, patterns: list[str]) -> dict[str, bytes]:
    found = {}
    for pattern in patterns:
        for path in root.glob(pattern):
            name = path.relative_to(root).as_posix()
            if path.is_file() and "__pycache__" not in name and ".ipynb_checkpoints" not in name:
                found[name] = path.read_bytes().replace(b"\r\n", b"\n")
    return found
