"""Handing in without an exchange: one file with the notebook and its receipt, to be uploaded anywhere.

The learner's files are only read. The file and the receipt are written whole or not at all, and an earlier file is
never overwritten.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import os
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from coursekit import receipts
from coursekit.errors import CourseError
from coursekit.files import digest, in_words, write_whole
from coursekit.notebooks import NEW_EDITION, filled, grade_id, read_notebook
from coursekit.workspace import ROOT, backups_folder, module_name, notebook, release_notebook
from priorauth import learner

FOLDER = "handed_in"
LARGEST = 20_000_000  # bytes, as `collect` takes them


@dataclass(frozen=True)
class HandIn:
    """What was made: the file to upload, the receipt beside it, and sentences for the learner."""

    path: Path
    receipt: receipts.Receipt
    receipt_path: Path
    said: list[str]


def fixed() -> bool:
    """Whether the learner's id comes from outside, as on a hub, and cannot be chosen here."""
    return any(v in os.environ for v in learner.VARIABLES)


def who(workspace: Path, given: str = "") -> str:
    """The learner's id, kept in the workspace when it is given. Raises `CourseError` when there is none."""
    known = learner.learner_id(workspace)
    if not given.strip():
        if known:
            return known
        raise CourseError(
            "Say once who you are, with the id that your class uses: "
            "python3 course.py submit MODULE --learner YOUR_ID. Nothing was handed in."
        )
    try:
        wanted = learner.normal(given)
        if fixed() and known and wanted != known:
            raise CourseError(f"Here you are {known}, so nothing can be handed in as {wanted}.")
        return learner.keep(given, workspace)
    except ValueError as problem:
        raise CourseError(str(problem)) from None
    except OSError as error:
        raise in_words(error, learner.kept_in(workspace)) from error


def hand_in(
    workspace: Path, module: str, given: str = "", out: Path | None = None, root: Path = ROOT, now: dt.datetime | None = None
) -> HandIn:  # fmt: skip
    """Make the file for one module. `now` in UTC; `out` is the folder for it, else `handed_in` in the workspace.

    Raises `CourseError` when there is no notebook, the learner is unknown, or the file cannot be written.
    """
    name = module_name(module)
    release = release_notebook(name, root)
    said: list[str] = []
    path, note = _notebook(workspace, name)
    said += [note] if note else []
    me = who(workspace, given)
    files, notes = _files(path, name, release)
    said += notes
    moment = (now or dt.datetime.now(dt.UTC)).replace(microsecond=0)
    hashes = {n: hashlib.sha256(content).hexdigest() for n, content in files.items()}
    edition = digest(release.read_bytes())[:12]
    receipt = receipts.Receipt(me, name, moment.strftime(receipts.TIME), edition, f"{name}.ipynb", hashes)
    files |= {receipts.NAME: receipt.as_json().encode(), receipts.TEXT: receipt.as_text().encode()}
    target = _free((out or workspace / FOLDER) / f"{name}-{plain(me)}-{moment:%Y%m%d-%H%M%S}.zip")
    beside = target.with_name(f"{target.stem}-receipt.txt")
    write_whole(target, _zip(files, moment))
    write_whole(beside, receipt.as_text())
    said.append(_answered(path, release, name))
    return HandIn(target, receipt, beside, [s for s in said if s])


def _notebook(workspace: Path, name: str) -> tuple[Path, str]:
    """The learner's notebook, also a damaged one: the grader may save what is in it."""
    path, note = notebook(workspace, name)
    try:
        read_notebook(path, backups_folder(workspace, name))
    except CourseError as problem:
        note = f"{note} {problem} It was handed in as it is.".strip()
    return path, note


def _files(path: Path, name: str, release: Path) -> tuple[dict[str, bytes], list[str]]:
    """The notebook under its usual name, and the learner's own files beside it that an answer may read."""
    notes: list[str] = []
    try:
        found = {f"{name}.ipynb": path.read_bytes()}
        if len(found[f"{name}.ipynb"]) > LARGEST:
            raise CourseError(
                f"{path.name} is larger than {LARGEST / 1e6:.0f} MB. Clear the outputs of the cell that prints so much, save, and hand in again."
            )
        for other in sorted(p for p in path.parent.rglob("*") if p.is_file() and not p.is_symlink()):
            short = other.relative_to(path.parent).as_posix()
            hidden = any(part.startswith((".", "__")) for part in Path(short).parts)
            if hidden or other.suffix == ".ipynb" or NEW_EDITION in other.name or (release.parent / short).is_file():
                continue
            if sum(map(len, found.values())) + other.stat().st_size > LARGEST:
                notes.append(f"{short} is too large and was left out.")
                continue
            found[short] = other.read_bytes()
    except OSError as error:
        raise CourseError(f"{path.parent} cannot be read: {error.strerror}. Nothing was handed in.") from error
    return found, notes


def _answered(path: Path, release: Path, name: str) -> str:
    """How many answer cells hold more than they were released with, so that nobody hands in an empty notebook unawares."""
    try:
        mine = {grade_id(c): "".join(c.get("source", "")) for c in read_notebook(path)["cells"]}
    except CourseError:
        return ""
    given = {
        grade_id(c): "".join(c["source"])
        for c in read_notebook(release)["cells"]
        if c.get("metadata", {}).get("nbgrader", {}).get("solution")
    }
    changed = sum(filled(mine.get(item, text), text) for item, text in given.items())
    words = f"{changed} of {len(given)} answers are filled in."
    return words if changed else f"{words} Did you save your notebook?"


def _zip(files: dict[str, bytes], moment: dt.datetime) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, moment.timetuple()[:6])
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(info, content)
    return whole.getvalue()


def plain(name: str) -> str:
    """An id as a part of a file's name."""
    return re.sub(r"[^\w.@-]+", "_", name).strip("._-")[:60] or "learner"


def _free(path: Path) -> Path:
    number, wanted = 1, path
    while path.exists():
        number += 1
        path = wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")
    return path
