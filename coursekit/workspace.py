"""The learner's folder: where it is, how it is filled from `release/`, how an exercise is put back.

The one rule: nothing here overwrites what a learner wrote. A new edition of a module replaces only a file that is
still byte for byte the old edition; else it lands beside it. Whatever is put back is kept as a backup first.
"""

from __future__ import annotations

import contextlib
import copy
import datetime as dt
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from coursekit.errors import CourseError
from coursekit.files import digest, write_json, write_whole
from coursekit.notebooks import (
    NEW_EDITION,
    Cell,
    dump,
    find_notebook,
    grade_id,
    is_trusted,
    item_of,
    read_notebook,
    trust,
)

ROOT = Path(__file__).resolve().parent.parent


def locate(given: Path | str | None = None) -> Path:
    """The workspace: as given, else PRIORAUTH_WORKSPACE, else `workspace` in the course folder."""
    return Path(given or os.environ.get("PRIORAUTH_WORKSPACE") or ROOT / "workspace").expanduser().resolve()


EXAM_NAME = re.compile(r"final_exam_[a-z0-9]+")


def module_name(module: int | str) -> str:
    """`module_03` from 3, "3", "03" or "module_03"; the name of a form of the exam stays as it is."""
    if EXAM_NAME.fullmatch(str(module)):
        return str(module)
    text = str(module).removeprefix("module_").strip("/")
    if text.isdigit() and 1 <= int(text) <= 12:
        return f"module_{int(text):02d}"
    raise CourseError(f"There is no module {module!r}; modules are called module_01 to module_12.")


def course_folder(workspace: Path) -> Path:
    """Where the course keeps its own records in a workspace."""
    return workspace / ".course"


def backups_folder(workspace: Path, module: str) -> Path:
    return course_folder(workspace) / "backups" / module


def released_modules(root: Path = ROOT) -> list[str]:
    """Modules of this edition that a learner can open, in order."""
    return sorted(p.parent.name for p in (root / "release").glob("module_*/*.ipynb") if p.stem == p.parent.name)


def release_notebook(module: str, root: Path = ROOT) -> Path:
    """The learner's edition of a module. Raises `CourseError` when this edition has no such module."""
    path = root / "release" / module / f"{module}.ipynb"
    if not path.exists():
        known = ", ".join(released_modules(root)) or "none"
        raise CourseError(f"{module} is not in this edition of the course; modules here: {known}.")
    return path


def notebook(workspace: Path, module: str) -> tuple[Path, str]:
    """The learner's notebook of a module, and a note when it was found under another name."""
    return find_notebook(workspace / module, module, backups_folder(workspace, module))


@dataclass
class Filled:
    """What filling did, for people: `said` has one sentence for each thing worth saying."""

    new: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


def fill(workspace: Path, root: Path = ROOT) -> Filled:
    """Copy what is missing from `release/`. Safe to repeat at every start; returns what was done.

    Raises `CourseError` when the folder cannot be written or the disk is full; then nothing is half-written.
    """
    done = Filled()
    record_path, record = editions(workspace)
    before = json.dumps(record, sort_keys=True)
    try:
        for module in released_modules(root):
            _fill_module(workspace, root / "release" / module, record.setdefault(module, {}), done)
    except CourseError:
        with contextlib.suppress(CourseError):  # what was copied before the error is remembered too
            write_json(record_path, record)
        raise
    if json.dumps(record, sort_keys=True) != before:
        write_json(record_path, record)
    if done.new:
        done.said.insert(0, f"Put into {workspace}: {', '.join(done.new)}.")
    if done.updated:
        done.said.append(f"Brought to the new edition (you had not changed them): {', '.join(done.updated)}.")
    return done


def editions(workspace: Path) -> tuple[Path, dict[str, dict[str, str]]]:
    """Where it is written which edition of which file was copied, and what is written there."""
    path = course_folder(workspace) / "editions.json"
    return path, _read_record(path)


def _read_record(path: Path) -> dict[str, dict[str, str]]:
    """Which edition of which file was copied. Without a readable record nothing is ever replaced."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {k: v for k, v in record.items() if isinstance(v, dict)} if isinstance(record, dict) else {}


def _fill_module(workspace: Path, release: Path, record: dict[str, str], done: Filled) -> None:
    module = release.name
    fresh = not (workspace / module).exists()
    for source in sorted(p for p in release.rglob("*") if p.is_file()):
        name = source.relative_to(release).as_posix()
        if any(part.startswith(".") for part in Path(name).parts):
            continue
        content = source.read_bytes()
        edition = digest(content)
        target = workspace / module / name
        if not target.exists():
            if name == f"{module}.ipynb" and not fresh and _renamed(workspace, module, done):
                continue
            _put(target, content)
            if name == f"{module}.ipynb":
                done.new.append(module)
            record[name] = edition
            continue
        mine = digest(target.read_bytes())
        if mine == edition:
            record[name] = edition
        elif mine == record.get(name):
            _put(target, content)
            record[name] = edition
            done.updated.append(f"{module}/{name}")
        elif record.get(name, edition) != edition:
            _put_beside(target, content, module, record, done)
            record[name] = edition
        else:
            record[name] = edition  # the learner's work on the present edition


def _put(target: Path, content: bytes) -> None:
    """Write a file of the release; Jupyter may trust a notebook that comes from there."""
    write_whole(target, content)
    if target.suffix == ".ipynb":
        trust(target)


def _renamed(workspace: Path, module: str, done: Filled) -> bool:
    try:
        _, note = notebook(workspace, module)
    except CourseError:
        return False
    done.said.append(note)
    return True


def _put_beside(target: Path, content: bytes, module: str, record: dict[str, str], done: Filled) -> None:
    number = 1
    while True:
        extra = NEW_EDITION + (f"-{number}" if number > 1 else "")
        beside = target.with_name(target.stem + extra + target.suffix)
        if not beside.exists():
            break
        if beside.read_bytes() == content:
            return
        number += 1
    _put(beside, content)
    record[beside.name] = digest(content)
    done.beside.append(f"{module}/{beside.name}")
    done.said.append(
        f"{module}: there is a new edition. Your {target.name} stays as it is; the new edition is beside it as {beside.name}. "
        f"To have your answers in the new one: python3 course.py update {module}"
    )


# ---------------------------------------------------------------- putting exercises back


def backup(workspace: Path, module: str, path: Path) -> Path:
    """Keep a copy of a notebook under a name with the time; returns where it is."""
    now = dt.datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    folder = backups_folder(workspace, module)
    target = folder / f"{now}_{path.name}"
    number = 1
    while target.exists():
        number += 1
        target = folder / f"{now}-{number}_{path.name}"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}.") from error
    write_whole(target, content)
    return target


def reset_item(workspace: Path, module: str, item_id: str, root: Path = ROOT) -> Path:
    """Put back the answer cell of one item as it was released; returns the backup of the notebook.

    The cell is known by its nbgrader id, or by its cell id where the metadata were lost. A deleted cell returns to its
    place. Copies of the cell go, since a second one would overwrite the answer; the backup still has them.
    """
    if not re.fullmatch(r"[\w-]+", item_id):
        raise CourseError(f"{item_id!r} is not the id of an exercise; ids look like m01-c1.")
    released = read_notebook(release_notebook(module, root))["cells"]
    position = next((i for i, c in enumerate(released) if grade_id(c) == item_id), None)
    if position is None:
        known = ", ".join(dict.fromkeys(item_of(c) for c in released if grade_id(c)))
        raise CourseError(f"{module} has no exercise {item_id}; its exercises are {known}.")
    path, _ = notebook(workspace, module)
    mine = read_notebook(path, backups_folder(workspace, module))
    kept = backup(workspace, module, path)
    fresh = copy.deepcopy(released[position])
    cells: list[Cell] = mine["cells"]
    places = [i for i, c in enumerate(cells) if _is(c, fresh)]
    at = places[0] if places else _place_for(cells, released, position)
    cells[at:at] = [fresh]
    mine["cells"] = [c for c in cells if c is fresh or not _is(c, fresh)]
    for cell in mine["cells"]:  # the check's old report no longer fits
        if cell is not fresh and item_of(cell) == item_id and cell.get("cell_type") == "code":
            cell["outputs"], cell["execution_count"] = [], None
    trusted = is_trusted(path)
    write_whole(path, dump(mine))
    if trusted:
        trust(path)
    return kept


def _is(cell: Cell, released: Cell) -> bool:
    if grade_id(cell):
        return grade_id(cell) == grade_id(released)
    return bool(cell.get("id")) and cell.get("id") == released.get("id")


def _place_for(cells: list[Cell], released: list[Cell], position: int) -> int:
    """Where a deleted cell belongs: after the nearest earlier cell of the release that is still there."""
    for earlier in reversed(released[:position]):
        for i, cell in enumerate(cells):
            if _is(cell, earlier):
                return i + 1
    return len(cells)


def reset_module(workspace: Path, module: str, root: Path = ROOT) -> Path | None:
    """Put back the whole notebook as released; returns the backup, or None when there was nothing to keep.

    Works on an unreadable notebook too: its bytes are kept.
    """
    released = release_notebook(module, root).read_bytes()
    try:
        path, _ = notebook(workspace, module)
    except CourseError:
        path = workspace / module / f"{module}.ipynb"
    kept = backup(workspace, module, path) if path.exists() else None
    _put(path, released)
    record_path, record = editions(workspace)
    record.setdefault(module, {})[f"{module}.ipynb"] = digest(released)
    write_json(record_path, record)
    return kept
