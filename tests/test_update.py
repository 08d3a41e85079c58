"""A new edition reaches a learner who has begun: by git as nbgitpuller does it, then into the workspace. Nothing is lost.

Every state in which a learner may be, against everything that a new edition may bring.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from extra_packages import extra_packages
from new_editions import CHANGES, MODULE, items, released, second, write_edition

from coursekit import merging, workspace
from coursekit.errors import CourseError
from coursekit.grading.edition import is_solution, text
from coursekit.notebooks import NEW_EDITION, grade_id, item_of, read_notebook
from coursekit.update import update


@pytest.fixture(autouse=True)
def own_jupyter_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)


@pytest.fixture(scope="session")
def puller() -> type:
    """nbgitpuller's own class."""
    extra_packages("nbgitpuller")
    from nbgitpuller.pull import GitPuller

    return GitPuller


def git(folder: Path, *words: str) -> str:
    command = ["git", "-c", "user.name=Author", "-c", "user.email=author@course", *words]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


class World:
    """A course in a bare repository, a learner's clone of it, and what she wrote."""

    def __init__(self, folder: Path, puller: type) -> None:
        self.author, self.bare, self.clone = folder / "author", folder / "course.git", folder / "home" / "course"
        self.puller = puller
        self.author.mkdir()
        write_edition(self.author, "first")
        git(self.author, "init", "-q", "-b", "main")
        self.commit("first")
        git(folder, "clone", "-q", "--bare", str(self.author), str(self.bare))
        git(self.author, "remote", "add", "origin", str(self.bare))
        self.pull()
        self.words: list[str] = []  # what she wrote into her notebook
        self.files: dict[Path, bytes] = {}  # files of her own
        self.whole: list[bytes] = []  # notebooks as she left them

    @property
    def space(self) -> Path:
        return self.clone / "workspace"

    @property
    def mine(self) -> Path:
        return self.space / MODULE / f"{MODULE}.ipynb"

    def commit(self, words: str) -> None:
        git(self.author, "add", "-A")
        git(self.author, "commit", "-q", "--allow-empty", "-m", words)

    def change(self, change: str) -> None:
        if change != "none":
            write_edition(self.author, change)
        self.commit(change)
        git(self.author, "push", "-q", "origin", "main")

    def pull(self) -> str:
        self.clone.parent.mkdir(exist_ok=True)
        return "".join(self.puller(f"file://{self.bare}", str(self.clone), branch="main").pull())

    def fill(self) -> None:
        workspace.fill(self.space, self.clone)

    def write(self, path: Path, where: Callable[[dict[str, Any]], bool], words: str) -> None:
        notebook = read_notebook(path)
        cell = next(c for c in notebook["cells"] if where(c))
        cell["source"] = (text(cell) if not is_solution(cell) else "") + words
        self.words.append(words)
        path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")

    def own_cell(self, path: Path, words: str, at: int = 9) -> None:
        notebook = read_notebook(path)
        cell = {"cell_type": "code", "id": "8f14e45f-ceea", "metadata": {}, "source": words, "outputs": [], "execution_count": None}  # fmt: skip
        notebook["cells"].insert(at, cell)
        self.words.append(words)
        path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")

    def own_file(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.files[path] = content


def _answers(w: World) -> None:
    w.fill()
    for item in items()[:3]:
        w.write(w.mine, lambda c, i=item: grade_id(c) == i, f"{item.replace('-', '_')} = 'my own answer to {item}'")


def _lesson(w: World) -> None:
    w.fill()
    lesson = [c["id"] for c in released()["cells"] if not grade_id(c)]
    w.write(w.mine, lambda c: c.get("id") == lesson[1], "\nMy remark in the text.")
    w.write(w.mine, lambda c: c.get("id") == lesson[7], "\n# my remark in another cell")
    w.own_cell(w.mine, "my_note = 'a cell of my own'")


def _deleted(w: World) -> None:
    w.fill()
    w.mine.unlink()


def _own_files(w: World) -> None:
    w.fill()
    w.own_file(w.space / MODULE / "my numbers.csv", b"a,b\n1,2\n")
    w.own_file(w.space / "plan.md", b"my plan\n")
    w.own_file(w.clone / "notes.md", b"notes of my own, under a name that the course takes later\n")
    w.own_file(w.clone / "release" / MODULE / "scratch.ipynb", b"{}")


def _renamed(w: World) -> None:
    _answers(w)
    w.mine.rename(w.mine.with_name("my work.ipynb"))


def _in_the_release(w: World) -> None:
    """She worked in the course's own copy instead of her workspace."""
    path = w.clone / "release" / MODULE / f"{MODULE}.ipynb"
    for item in items()[:3]:
        w.write(path, lambda c, i=item: grade_id(c) == i, f"{item.replace('-', '_')} = 'in the wrong place {item}'")


STATES: dict[str, Callable[[World], None]] = {
    "untouched": World.fill,
    "answers written": _answers,
    "lesson changed, own cells": _lesson,
    "notebook deleted": _deleted,
    "files of her own": _own_files,
    "notebook renamed": _renamed,
    "workspace not yet there": lambda w: None,
    "worked in release/": _in_the_release,
}


@pytest.fixture(scope="module")
def table() -> Iterator[dict[tuple[str, str], str]]:
    """What was done in each case; printed at the end (pytest -s)."""
    done: dict[tuple[str, str], str] = {}
    yield done
    print(f"\n{len(done)} cases of a learner's state against a change of the course:")
    for (state, change), did in sorted(done.items()):
        print(f"  {state:<28} {change:<24} {did}")


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("state", list(STATES))
def test_no_byte_of_the_learner_is_lost(
    tmp_path: Path, puller: type, table: dict[tuple[str, str], str], state: str, change: str
) -> None:
    w = World(tmp_path, puller)
    STATES[state](w)
    w.whole = [p.read_bytes() for p in (w.space / MODULE).glob("*.ipynb")] if w.space.exists() else []
    w.change(change)
    w.pull()
    filled = workspace.fill(w.space, w.clone)
    (done,) = update(w.space, [MODULE], w.clone)

    # what she wrote is in her notebook, her own files are there, and every notebook is somewhere byte for byte
    somewhere = {p.read_bytes() for p in w.clone.rglob("*") if p.is_file() and ".git/" not in p.as_posix()}
    if state == "worked in release/":
        history = git(w.clone, "log", "--all", "-p", "--format=%an")
        assert all(json.dumps(word, ensure_ascii=False)[1:-1] in history for word in w.words)
        assert any(all(json.dumps(word)[1:-1].encode() in content for word in w.words) for content in somewhere)
    else:
        sources = "\n".join(text(c) for c in read_notebook(done.path)["cells"])
        assert all(word in sources for word in w.words), "something she wrote is not in her notebook"
        for content in w.whole if w.words else []:
            assert content in somewhere, "her notebook as it was is kept nowhere"
    for path, content in w.files.items():
        assert content in somewhere, f"{path} is lost"

    # and the notebook is the new edition
    if state != "worked in release/":
        expected = second(change) if change in CHANGES[1:5] else released()
        names = [grade_id(c) for c in expected["cells"] if grade_id(c)]
        assert [grade_id(c) for c in read_notebook(done.path)["cells"] if grade_id(c)] == names
    assert not list((w.space / MODULE).glob(f"*{NEW_EDITION}*")), "the copy beside is not needed any more"
    before = {p: p.read_bytes() for p in w.space.rglob("*") if p.is_file()}
    assert update(w.space, [MODULE], w.clone)[0].backup is None, "a second update finds nothing to do"
    assert {p: p.read_bytes() for p in w.space.rglob("*") if p.is_file()} == before
    did = "merged, backup kept" if done.backup else "replaced (it was as released)" if filled.updated else "put there" if filled.new else "as it was"  # fmt: skip
    table[state, change] = did


# --- what becomes of the cells ------------------------------------------------------------------------------------


def with_answer(item: str, words: str = "") -> dict[str, Any]:
    notebook = released()
    for cell in notebook["cells"]:
        if grade_id(cell) == item:
            cell["source"] = words or f"{item.replace('-', '_')} = 'mine'"
        if grade_id(cell) == f"{item}-check":
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "read"}]
    return notebook


def cells_of(notebook: dict[str, Any], item: str) -> list[dict[str, Any]]:
    return [c for c in notebook["cells"] if item_of(c) == item and grade_id(c)]


def test_the_release_is_made_of_cells_that_prove_themselves() -> None:
    cells = released()["cells"]
    assert len(cells) > 50 and all(merging.pristine(c) for c in cells)
    for cell in cells:
        assert not merging.pristine(cell | {"source": text(cell) + " "})


def test_an_answer_stays_with_its_outputs_and_a_changed_item_is_named() -> None:
    item, other = items()[1], items()[2]
    merged = merging.merge(with_answer(item), second("item changed"))
    assert (merged.carried, merged.changed, merged.removed, merged.added) == ([item], [item], [], [])
    assert text(cells_of(merged.notebook, item)[1]) == f"{item.replace('-', '_')} = 'mine'"
    assert "another way" in text(cells_of(merged.notebook, item)[0])
    kept = merging.merge(with_answer(other), second("item changed"))
    assert (kept.carried, kept.changed) == ([other], [])
    assert cells_of(kept.notebook, other)[2]["outputs"], "the report of an unchanged item stays"


def test_an_untouched_answer_takes_the_new_starter() -> None:
    item = items()[1]
    merged = merging.merge(released(), second("item changed"))
    assert merged.carried == [] and "another way" in text(cells_of(merged.notebook, item)[1])
    assert merging.same(merged.notebook, second("item changed"))


def test_the_answer_to_a_removed_item_stays_as_a_cell_of_its_own() -> None:
    item = items()[1]
    merged = merging.merge(with_answer(item), second("item removed"))
    assert merged.removed == [item] and not cells_of(merged.notebook, item)
    found = [c for c in merged.notebook["cells"] if "= 'mine'" in text(c)]
    assert len(found) == 1 and "nbgrader" not in found[0]["metadata"]
    again = merging.merge(merged.notebook, second("item removed"))
    assert merging.same(again.notebook, merged.notebook)


def test_a_copied_answer_cell_keeps_both_and_the_last_one_counts() -> None:
    item = items()[1]
    notebook = with_answer(item, "m = 'first'")
    at = next(n for n, c in enumerate(notebook["cells"]) if grade_id(c) == item)
    notebook["cells"].insert(
        at + 1, json.loads(json.dumps(notebook["cells"][at])) | {"source": "m = 'second'", "id": "x"}
    )
    merged = merging.merge(notebook, second("text changed"))
    texts = [text(c) for c in merged.notebook["cells"]]
    assert texts.index("m = 'first'") < texts.index("m = 'second'")
    assert [text(c) for c in cells_of(merged.notebook, item)][1] == "m = 'second'"


def test_notebooks_without_ids_and_in_an_old_format_lose_nothing() -> None:
    """Other editors drop the ids; then texts decide."""
    item = items()[1]
    notebook = with_answer(item)
    notebook["cells"].insert(3, {"cell_type": "markdown", "metadata": {}, "source": "my own words"})
    for cell in notebook["cells"]:
        cell.pop("id", None)
    merged = merging.merge(notebook, second("text changed"))
    sources = [text(c) for c in merged.notebook["cells"]]
    assert f"{item.replace('-', '_')} = 'mine'" in sources and "my own words" in sources
    assert len(sources) <= len(released()["cells"]) + 3, "the lesson does not stand there twice"
    ids = [c["id"] for c in merged.notebook["cells"]]
    assert len(set(ids)) == len(ids)


def test_ten_editions_in_a_row_do_not_pile_up_notes() -> None:
    notebook = with_answer(items()[1])
    notebook["cells"][1]["source"] = text(notebook["cells"][1]) + "\nmine"
    sizes = set()
    for n in range(10):
        new = second("text changed") if n % 2 == 0 else released()
        notebook = merging.merge(notebook, new).notebook
        sizes.add(len(notebook["cells"]))
    assert len(sizes) == 1


def test_a_damaged_notebook_is_not_touched(tmp_path: Path) -> None:
    write_edition(tmp_path / "course", "first")
    space = tmp_path / "w"
    workspace.fill(space, tmp_path / "course")
    path = space / MODULE / f"{MODULE}.ipynb"
    path.write_text("{ damaged")
    with pytest.raises(CourseError, match="damaged"):
        update(space, [MODULE], tmp_path / "course")
    assert path.read_text() == "{ damaged"


def test_a_changed_copy_of_the_new_edition_stays_beside(tmp_path: Path) -> None:
    root, space = tmp_path / "course", tmp_path / "w"
    write_edition(root, "first")
    workspace.fill(space, root)
    path = space / MODULE / f"{MODULE}.ipynb"
    path.write_text(json.dumps(with_answer(items()[1])))
    write_edition(root, "text changed")
    workspace.fill(space, root)
    (beside,) = (space / MODULE).glob(f"*{NEW_EDITION}*")
    beside.write_text(beside.read_text() + " ")
    (done,) = update(space, [MODULE], root)
    assert beside.exists() and any("because you changed it" in s for s in done.said) and done.backup
