"""A learner's files are filled in, put back and renewed, and never overwritten."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
from tiny_course import make_course

from coursekit import files, workspace
from coursekit.errors import CourseError
from coursekit.notebooks import grade_id, is_trusted, read_notebook


@pytest.fixture(autouse=True)
def own_jupyter_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Jupyter's record of trusted notebooks must not be the user's own."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_course(tmp_path / "course")


@pytest.fixture
def space(tmp_path: Path, root: Path) -> Path:
    folder = tmp_path / "workspace"
    workspace.fill(folder, root)
    return folder


def mine(space: Path) -> Path:
    return space / "module_01" / "module_01.ipynb"


def answer(path: Path, text: str, item: str = "m01-c1") -> None:
    notebook = read_notebook(path)
    for cell in notebook["cells"]:
        if grade_id(cell) == item:
            cell["source"] = text
    path.write_text(json.dumps(notebook), encoding="utf-8")


def sources(path: Path) -> dict[str, str]:
    return {grade_id(c): "".join(c["source"]) for c in read_notebook(path)["cells"] if grade_id(c)}


def test_where_the_workspace_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PRIORAUTH_WORKSPACE", raising=False)
    assert workspace.locate() == workspace.ROOT / "workspace"
    monkeypatch.setenv("PRIORAUTH_WORKSPACE", str(tmp_path / "env"))
    assert workspace.locate() == tmp_path / "env"
    assert workspace.locate(tmp_path / "given") == tmp_path / "given"


def test_fill_copies_what_is_missing_and_then_nothing(root: Path, tmp_path: Path) -> None:
    space = tmp_path / "workspace"
    done = workspace.fill(space, root)
    assert done.new == ["module_01", "module_02"] and "module_01, module_02" in done.said[0]
    for name in ("module_01.ipynb", "img/picture.png"):
        assert (space / "module_01" / name).read_bytes() == (root / "release" / "module_01" / name).read_bytes()
    assert workspace.fill(space, root).said == []


def test_fill_never_overwrites_work(root: Path, space: Path) -> None:
    answer(mine(space), "m01_c1 = 7")
    before = mine(space).read_bytes()
    assert workspace.fill(space, root).said == []
    make_course(root, edition="second")
    done = workspace.fill(space, root)
    assert mine(space).read_bytes() == before
    beside = mine(space).with_name("module_01.new-edition.ipynb")
    assert "second edition" in beside.read_text()
    assert done.beside == ["module_01/module_01.new-edition.ipynb"] and "stays as it is" in " ".join(done.said)
    # module 2 was untouched: it is simply the new edition now
    assert "second edition" in (space / "module_02" / "module_02.ipynb").read_text()
    assert "module_02/module_02.ipynb" in done.updated
    assert workspace.fill(space, root).said == []


def test_an_edited_new_edition_is_work_too(root: Path, space: Path) -> None:
    answer(mine(space), "m01_c1 = 7")
    make_course(root, edition="second")
    workspace.fill(space, root)
    beside = mine(space).with_name("module_01.new-edition.ipynb")
    answer(beside, "m01_c1 = 8")
    make_course(root, edition="third")
    workspace.fill(space, root)
    assert sources(beside)["m01-c1"] == "m01_c1 = 8"
    assert "third edition" in mine(space).with_name("module_01.new-edition-2.ipynb").read_text()


def test_a_lost_record_of_editions_replaces_nothing(root: Path, space: Path) -> None:
    answer(mine(space), "m01_c1 = 7")
    (space / ".course" / "editions.json").write_text("{ not json")
    before = mine(space).read_bytes()
    make_course(root, edition="second")
    workspace.fill(space, root)
    assert mine(space).read_bytes() == before


def test_a_renamed_notebook_is_found_by_its_exercises(root: Path, space: Path) -> None:
    answer(mine(space), "m01_c1 = 7")
    mine(space).rename(mine(space).with_name("my work.ipynb"))
    (space / "module_01" / "notes.ipynb").write_text(
        '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    )
    (space / "module_01" / "broken.ipynb").write_text("{")
    path, note = workspace.notebook(space, "module_01")
    assert path.name == "my work.ipynb" and "my work.ipynb holds the same exercises" in note
    workspace.fill(space, root)
    assert not mine(space).exists(), "a second copy would compete with the renamed one"


def test_a_deleted_notebook_comes_back(root: Path, space: Path) -> None:
    mine(space).unlink()
    assert workspace.fill(space, root).new == ["module_01"]


@pytest.mark.parametrize("text", ["{ damaged", "[]", '{"cells": 3}', '{"cells": [1]}', ""])
def test_an_unreadable_notebook_is_named_with_what_to_do(root: Path, space: Path, text: str) -> None:
    workspace.backup(space, "module_01", mine(space))
    mine(space).write_text(text)
    with pytest.raises(CourseError) as caught:
        workspace.reset_item(space, "module_01", "m01-c1", root)
    said = str(caught.value)
    assert "module_01.ipynb" in said and "last backup" in said and "\n" not in said
    assert mine(space).read_text() == text


def test_bytes_that_are_no_text(space: Path) -> None:
    mine(space).write_bytes(b"\xff\xfe\x00PK\x03\x04")
    with pytest.raises(CourseError, match="not text"):
        read_notebook(mine(space))


def test_notebooks_from_the_course_are_trusted_and_stay_so_after_a_reset(root: Path, space: Path) -> None:
    assert is_trusted(mine(space))
    workspace.reset_item(space, "module_01", "m01-c1", root)
    assert is_trusted(mine(space))
    notebook = read_notebook(mine(space))
    notebook["cells"][2]["outputs"] = [
        {"output_type": "display_data", "data": {"text/html": "<b>x</b>"}, "metadata": {}}
    ]
    mine(space).write_text(json.dumps(notebook))
    workspace.reset_item(space, "module_01", "m01-c2", root)
    assert not is_trusted(mine(space)), "what came from elsewhere is not made trusted by a reset"


# ---------------------------------------------------------------- reset


def test_reset_item_puts_back_this_answer_only(root: Path, space: Path) -> None:
    answer(mine(space), "m01_c1 = 1")
    answer(mine(space), "m01_c2 = 2", "m01-c2")
    before = mine(space).read_bytes()
    kept = workspace.reset_item(space, "module_01", "m01-c1", root)
    assert kept.read_bytes() == before and ".course/backups/module_01" in kept.as_posix()
    assert sources(mine(space))["m01-c1"] == "m01_c1 = None\n"
    assert sources(mine(space))["m01-c2"] == "m01_c2 = 2"


def test_reset_item_clears_the_old_report(root: Path, space: Path) -> None:
    notebook = read_notebook(mine(space))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "old"}]
    mine(space).write_text(json.dumps(notebook))
    workspace.reset_item(space, "module_01", "m01-c1", root)
    outputs = {grade_id(c): c["outputs"] for c in read_notebook(mine(space))["cells"] if c["cell_type"] == "code"}
    assert outputs["m01-c1"] == [] and outputs["m01-c1-check"] == [] and outputs["m01-c2-check"] != []


@pytest.mark.parametrize("damage", ["deleted", "moved", "no metadata", "copied", "all gone"])
def test_reset_item_mends_what_people_do_to_cells(root: Path, space: Path, damage: str) -> None:
    notebook = read_notebook(mine(space))
    cells = notebook["cells"]
    at = next(i for i, c in enumerate(cells) if grade_id(c) == "m01-c1")
    cells[at]["source"] = "mine"
    if damage == "deleted":
        del cells[at]
    elif damage == "moved":
        cells.append(cells.pop(at))
    elif damage == "no metadata":
        cells[at]["metadata"] = {}
    elif damage == "copied":
        cells.append({**cells[at], "id": "other"})
    elif damage == "all gone":
        notebook["cells"] = []
    mine(space).write_text(json.dumps(notebook))
    workspace.reset_item(space, "module_01", "m01-c1", root)
    found = read_notebook(mine(space))["cells"]
    answers = [c for c in found if grade_id(c) == "m01-c1"]
    assert len(answers) == 1 and answers[0]["source"] == "m01_c1 = None\n"
    assert not any(c["source"] == "mine" for c in found)
    if damage == "deleted":
        assert [grade_id(c) for c in found][1:4] == ["m01-c1-prompt", "m01-c1", "m01-c1-check"]


def test_reset_of_an_unknown_item_says_which_there_are(root: Path, space: Path) -> None:
    with pytest.raises(CourseError, match="has no exercise m01-c9; its exercises are m01-c1, m01-c2"):
        workspace.reset_item(space, "module_01", "m01-c9", root)
    with pytest.raises(CourseError, match="not the id of an exercise"):
        workspace.reset_item(space, "module_01", "../../x", root)
    with pytest.raises(CourseError, match="modules here: module_01, module_02"):
        workspace.reset_item(space, "module_07", "m07-c1", root)


def test_reset_module_works_on_a_damaged_notebook_and_keeps_its_bytes(root: Path, space: Path) -> None:
    mine(space).write_bytes(b"\xff damaged")
    kept = workspace.reset_module(space, "module_01", root)
    assert kept is not None and kept.read_bytes() == b"\xff damaged"
    assert mine(space).read_bytes() == (root / "release/module_01/module_01.ipynb").read_bytes()


def test_two_backups_in_one_second_are_both_kept(space: Path) -> None:
    kept = {workspace.backup(space, "module_01", mine(space)) for _ in range(3)}
    assert len(kept) == 3 and all(p.exists() for p in kept)


# ---------------------------------------------------------------- full disk, read-only folder


def break_writing(monkeypatch: pytest.MonkeyPatch, where: str, code: int) -> None:
    """Let one step of every write fail as the system would, also for root."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    if where == "mkstemp":
        monkeypatch.setattr(files.tempfile, "mkstemp", fail)
    else:
        monkeypatch.setattr(files.os, where, fail)


@pytest.mark.parametrize("where", ["mkstemp", "fsync", "replace"])
@pytest.mark.parametrize(
    ("code", "words"),
    [(errno.ENOSPC, "The disk is full"), (errno.EROFS, "not permitted"), (errno.EACCES, "not permitted")],
)
def test_a_failed_write_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, root: Path, space: Path, where: str, code: int, words: str
) -> None:
    answer(mine(space), "m01_c1 = 1")
    before = {p: p.read_bytes() for p in space.rglob("*") if p.is_file()}
    make_course(root, edition="second")
    break_writing(monkeypatch, where, code)
    for attempt in (
        lambda: workspace.fill(space, root),
        lambda: workspace.reset_item(space, "module_01", "m01-c1", root),
        lambda: workspace.reset_module(space, "module_01", root),
    ):
        with pytest.raises(CourseError, match=words):
            attempt()
    assert {p: p.read_bytes() for p in space.rglob("*") if p.is_file()} == before


def test_a_workspace_that_is_a_file(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(CourseError):
        workspace.fill(tmp_path / "file", root)
