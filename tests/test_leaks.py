"""No key, solution, rubric or hidden test in anything that a learner can read."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import MODULES, compiled_module

from coursekit import leaks
from coursekit.items import ROOT


@pytest.mark.parametrize("name", MODULES)
def test_nothing_leaks(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    number, looked, found = leaks.scan(compiled_module(name))
    with capsys.disabled():
        print(f"\n{name}: {number} secret strings, {looked} files searched, {len(found)} found")
    assert number > 80 and looked > 30
    assert not found


@pytest.mark.parametrize("name", MODULES)
def test_a_planted_secret_is_found(name: str, tmp_path: Path) -> None:
    compiled = compiled_module(name)
    target = tmp_path / "release" / name
    shutil.copytree(ROOT / "release" / name, target)
    assert not leaks.scan(compiled, tmp_path, list(target.glob("*.ipynb")))[2]
    secret = next(s for strings in leaks.secrets(compiled).values() for s in strings)
    (target / "note.md").write_text(f"The answer is {secret}!", encoding="utf-8")
    assert leaks.scan(compiled, tmp_path, [target / "note.md"])[2]


@pytest.mark.parametrize("name", MODULES)
def test_the_source_is_what_a_leak_looks_like(name: str) -> None:
    """The scanner finds plenty in the instructor's edition; so it can see."""
    found = leaks.scan(compiled_module(name), places=[ROOT / "source" / name / f"{name}.ipynb"])[2]
    assert len({leak.item for leak in found}) > 5
