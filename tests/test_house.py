"""The house itself: clean code, one direction of imports, a set of packages that fits."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from coursekit.items import ROOT

CODE = [p for folder in ("priorauth", "coursekit", "tests") for p in sorted((ROOT / folder).rglob("*.py"))]


def imports(path: Path) -> set[str]:
    """Top-level packages that a file imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {a.name.split(".")[0] for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def test_code_is_linted_and_formatted() -> None:
    assert len(CODE) > 80
    for words in (["check"], ["format", "--check"]):
        done = subprocess.run([sys.executable, "-m", "ruff", *words, "."], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-1500:]


def test_learners_package_imports_little_and_never_the_runner() -> None:
    allowed = set(sys.stdlib_module_names) | {
        "pandas",
        "numpy",
        "ipywidgets",
        "matplotlib",
        "yaml",
        "IPython",
        "priorauth",
    }
    files = sorted((ROOT / "priorauth").rglob("*.py"))
    assert len(files) > 20
    for path in files:
        assert imports(path) <= allowed, path


def test_lower_floors_do_not_know_the_upper_ones() -> None:
    """items and world < build, grading, page < cli."""
    upper = ("coursekit.cli", "coursekit.build", "coursekit.grading", "coursekit.page", "coursekit.lab")
    for path in [
        ROOT / "coursekit" / "items.py",
        ROOT / "coursekit" / "mark.py",
        *(ROOT / "coursekit" / "world").glob("*.py"),
    ]:
        text = path.read_text(encoding="utf-8")
        assert not [u for u in upper if re.search(rf"(from|import) {re.escape(u)}\b", text)], path


def test_modules_of_code_are_small() -> None:
    long = {
        p.relative_to(ROOT).as_posix(): n
        for p in CODE
        if "tests" not in p.parts and (n := len(p.read_text(encoding="utf-8").splitlines())) > 450
    }
    assert not long


def test_requirements_fit_the_project_and_carry_hashes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", text, re.MULTILINE))
    names = [re.match(r"[A-Za-z0-9_.-]+", d).group() for d in project["dependencies"]]
    assert len(names) >= 15 and len(pinned) > 100
    for name in (re.sub(r"[-_.]+", "-", name) for name in names):  # as packages are named in requirements
        assert name in pinned, f"{name} is not in requirements.txt"
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text.split("\n", 1)[1])
    assert all("--hash=sha256:" in block for block in blocks if "==" in block)
    assert "://" not in text
