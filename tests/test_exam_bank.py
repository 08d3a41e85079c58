"""The written questions of the exam's item bank: every file that is here keeps the rules and passes the item tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from coursekit.errors import CourseError
from coursekit.exam import lint
from coursekit.exam.bank import FOLDER, BankFile, load_file
from coursekit.exam.probe import unsound
from coursekit.items import ROOT

FILES = sorted((ROOT / FOLDER).glob("module_*.yaml"))
SAMPLES = 3  # a file that only holds the first samples is not judged by the mix yet


@pytest.mark.parametrize("path", FILES, ids=[p.stem for p in FILES])
def test_file_keeps_the_rules(path: Path) -> None:
    file = load_file(path)
    assert not lint.problems(file, complete=len(file.items) > SAMPLES)


@pytest.mark.parametrize("path", FILES, ids=[p.stem for p in FILES])
def test_questions_pass_the_item_tests(path: Path) -> None:
    assert not unsound(load_file(path).items)


def test_a_mistake_is_named_with_file_line_and_question(tmp_path: Path) -> None:
    path = tmp_path / "module_07.yaml"
    path.write_text(
        (ROOT / FOLDER / "module_07.yaml").read_text(encoding="utf-8").replace("kind: multiple", "kind: multipel"),
        encoding="utf-8",
    )
    with pytest.raises(CourseError, match=r"module_07.yaml, line \d+: item x07-02: kind"):
        load_file(path)


def _item(**changes: object) -> dict[str, object]:
    options = {k: {"text": f"Text {k}", "because": "Because."} for k in "ABCD"}
    base = {"id": "x07-01", "title": "T", "section": "7.1", "objective": "M07.1", "kind": "single", "prompt": "Which?"}
    return base | {"options": options, "key": "A"} | changes


def _problems(**changes: object) -> str:
    file = BankFile.model_validate({"module": 7, "items": [_item(**changes)]})
    return " ".join(lint.problems(file, complete=False))


def test_style_rules() -> None:
    assert _problems() == ""
    assert "names a variable" in _problems(prompt="Write one letter under the name `x07_01`.")
    options = {k: {"text": f"Text {k}", "because": "Because."} for k in "ABC"}
    assert "by its letter" in _problems(options=options | {"D": {"text": "Like option A", "because": "No."}})
    assert "other options" in _problems(options=options | {"D": {"text": "All of the above", "because": "No."}})
    assert "say the same" in _problems(options=options | {"D": {"text": "text c!", "because": "No."}})
    assert "not in the module's list" in _problems(objective="M07.9")
