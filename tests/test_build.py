"""The build: fresh, the same bytes every time, and any edit is found and named."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest
from conftest import MODULES

from coursekit.build import fresh, ledger
from coursekit.build.execute import execute
from coursekit.errors import CourseError
from coursekit.items import ROOT, Module, load_module


def test_everything_is_fresh() -> None:
    assert ledger.differences() == []


@pytest.mark.slow
def test_a_full_rebuild_gives_the_same_bytes() -> None:
    assert fresh.rebuilt_differences() == []


def test_an_edit_during_the_build_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was edited while a stage was at work is not taken for built."""
    monkeypatch.setattr(ledger, "ROOT", tmp_path)
    monkeypatch.setattr(ledger, "PATH", tmp_path / "built.json")
    monkeypatch.setattr(ledger, "written_modules", lambda: [])
    text, made = tmp_path / "notebooks/module_01/module_01.md", tmp_path / "docs/facts.md"
    for path in (text, made):
        path.parent.mkdir(parents=True)
        path.write_text("as it was")
    used = ledger.hashes(ledger.inputs("pages"))
    assert len(used) == 1
    ledger.record("pages", used)
    assert not ledger.stale("pages", ledger.read()) and ledger.differences() == []
    text.write_text("edited while the stage was at work")
    ledger.record("pages", used)
    assert ledger.stale("pages", ledger.read())
    assert ledger.differences() == ["notebooks/module_01/module_01.md was changed after the last build."]


EDITED = [
    f"notebooks/{MODULES[0]}/{MODULES[0]}.md",
    f"notebooks/{MODULES[0]}/items.yaml",
    f"notebooks/{MODULES[0]}/{MODULES[0]}.ipynb",
    f"release/{MODULES[0]}/{MODULES[0]}.ipynb",
    "datasets/requests.csv",
    "priorauth/facts/regulation.yaml",
    "priorauth/icd10cm/release.txt.gz",
]


@pytest.fixture(scope="module")
def copy_of_course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course's files elsewhere, so that no test ever changes the real ones."""
    copy = tmp_path_factory.mktemp("copy") / "course"
    leave = shutil.ignore_patterns(".git", ".venv*", "workspace", "__pycache__", ".*_cache", "submitted", "exchange")
    shutil.copytree(ROOT, copy, ignore=leave)
    return copy


def build_check(copy: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "coursekit", "build", "--check"]
    return subprocess.run(words, cwd=copy, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(copy)})


def test_an_unchanged_copy_is_fresh(copy_of_course: Path) -> None:
    assert build_check(copy_of_course).returncode == 0


@pytest.mark.parametrize("name", EDITED)
def test_one_changed_character_is_named(name: str, copy_of_course: Path) -> None:
    path = copy_of_course / name
    before = path.read_bytes()
    at = len(before) // 2
    other = b"y" if before[at : at + 1] != b"y" else b"z"
    path.write_bytes(before[:at] + other + before[at + 1 :])
    done = build_check(copy_of_course)
    path.write_bytes(before)
    assert done.returncode == 1
    assert name in done.stderr


def test_a_missing_file_is_named(copy_of_course: Path) -> None:
    path = copy_of_course / "source" / MODULES[0] / f"{MODULES[0]}.ipynb"
    before = path.read_bytes()
    path.unlink()
    done = build_check(copy_of_course)
    path.write_bytes(before)
    assert done.returncode == 1 and path.name in done.stderr and "missing" in done.stderr


BROKEN = {
    "points: 0": ("points", "  points: 5\n", "  points: 0\n"),
    "unknown field": ("colour", "  kind: order\n", "  kind: order\n  colour: red\n"),
    "unknown objective": ("M01.9", "  objective: M01.2\n", "  objective: M01.9\n"),
    "not YAML": ("YAML", "  kind: order\n", "  kind: [order\n"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_mistake_in_an_item_names_file_and_line(case: str, tmp_path: Path) -> None:
    word, old, new = BROKEN[case]
    text = (ROOT / "notebooks" / "module_01" / "items.yaml").read_text(encoding="utf-8")
    assert old in text
    target = tmp_path / "notebooks" / "module_01" / "items.yaml"
    target.parent.mkdir(parents=True)
    target.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CourseError) as problem:
        load_module(1, root=tmp_path)
    words = str(problem.value)
    assert words.startswith("notebooks/module_01/items.yaml, line ") and word in words, words
    if case in ("points: 0", "unknown field"):
        assert "item m01-" in words
        line = int(words.split("line ")[1].split(":")[0])
        shown = "\n".join(target.read_text(encoding="utf-8").splitlines()[line - 1 : line + 1])
        assert new.strip().splitlines()[-1].split(":")[0] in shown, (words, shown)


@pytest.mark.parametrize("name", MODULES)
def test_text_notebooks_survive_jupyterlab(name: str, tmp_path: Path) -> None:
    """Opened as a notebook and saved again by JupyterLab, the text is the same, byte for byte."""
    path = ROOT / "notebooks" / name / f"{name}.md"
    text = path.read_text(encoding="utf-8")
    notebook = jupytext.reads(text, fmt="md:myst")
    again = jupytext.writes(notebook, fmt="md:myst")
    head = again.split("---\n", 2)[2]
    assert head.strip() == text.split("---\n", 2)[2].strip()


def test_widget_outputs_and_stderr(tmp_path: Path) -> None:
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import sys; print('oh', file=sys.stderr)")])
    with pytest.raises(CourseError, match="writes to stderr"):
        execute(book, tmp_path, "a notebook")
    book.cells[0].source = "1/0"
    with pytest.raises(CourseError, match="ZeroDivisionError"):
        execute(book, tmp_path, "a notebook")


def test_printed_text_comes_in_one_piece(tmp_path: Path) -> None:
    """However it arrives from the kernel, so that a second build has the same bytes."""
    code = "import sys, time\nfor i in range(3):\n    print(i)\n    sys.stdout.flush()\n    time.sleep(0.3)"
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    (output,) = execute(book, tmp_path, "a notebook").cells[0].outputs
    assert output.text == "0\n1\n2\n"


def test_source_and_release_hold_only_what_learners_need() -> None:
    for name in MODULES:
        for folder in ("source", "release"):
            kinds = {p.suffix for p in (ROOT / folder / name).rglob("*") if p.is_file()}
            assert kinds <= {".ipynb", ".png", ".svg"}, kinds


def test_public_items_have_no_key() -> None:
    for name in MODULES:
        public = json.loads((ROOT / "priorauth" / "public" / f"{name}.json").read_text(encoding="utf-8"))
        assert len(public["items"]) == len(load_module(name).items)
        for item in public["items"].values():
            assert not {"key", "rejects", "because", "parts", "solution", "explain", "guess"} & set(item)


def test_module_model_is_strict() -> None:
    with pytest.raises(ValueError):
        Module.model_validate({"module": 1})
