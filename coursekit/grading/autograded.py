"""The graded copy of a notebook, in the form that nbgrader's autograding leaves, written whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from pathlib import Path

from coursekit.files import in_words
from coursekit.grading.collect import STAMP, Submission, safe
from coursekit.grading.edition import Edition, checksum, nbgrader
from coursekit.grading.execute import Run
from coursekit.grading.marking import Judged
from coursekit.notebooks import Cell, grade_id

_CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def notebook(edition: Edition, cells: list[Cell], run: Run, judged: dict[str, Judged]) -> bytes:
    """The mended notebook with outputs and marks. Locked cells have the source that only instructors see."""
    ids: set[str] = set()
    made = [_cell(edition, n, cell, run, judged, ids) for n, cell in enumerate(cells)]
    about = json.dumps(edition.metadata, ensure_ascii=False, sort_keys=True)
    lines = ",\n".join(json.dumps(cell, ensure_ascii=False, sort_keys=True) for cell in made)  # an indent costs 40 ms
    whole = f'{{"cells": [\n{lines}\n],\n"metadata": {about},\n"nbformat": 4,\n"nbformat_minor": 5}}\n'
    return whole.encode("utf-8", "replace")


def _cell(edition: Edition, n: int, cell: Cell, run: Run, judged: dict[str, Judged], ids: set[str]) -> Cell:
    name = grade_id(cell)
    given = edition.cells[edition.at[name]] if name in edition.at else None
    metadata = {k: v for k, v in cell["metadata"].items() if k != "nbgrader"}
    source = cell["source"]
    if given is not None:
        source = edition.locked.get(name, source)
        expected = edition.locked.get(name, given["source"])
        metadata["nbgrader"] = nbgrader(given) | {
            "checksum": checksum(given, expected),
            "cell_type": given["cell_type"],
        }
    made: Cell = {"cell_type": cell["cell_type"], "id": _id(cell, n, ids), "metadata": metadata, "source": source}
    if isinstance(cell.get("attachments"), dict) and cell["cell_type"] != "code":
        made["attachments"] = cell["attachments"]
    if cell["cell_type"] == "code":
        item = edition.checks.get(name)
        outputs = judged[item].outputs if item else run.outputs.get(n, [])
        made |= {"outputs": outputs, "execution_count": run.counts.get(n)}
    return made


def _id(cell: Cell, n: int, ids: set[str]) -> str:
    wanted = cell.get("id")
    name = wanted if isinstance(wanted, str) and _CELL_ID.fullmatch(wanted) and wanted not in ids else f"cell-{n}"
    while name in ids:
        name += "-again"
    ids.add(name)
    return name


def write(target: Path, notebook: bytes, submission: Submission, edition: Edition) -> None:
    """Write the folder `target` with the notebook and other files; it holds either the old or the new content.

    Files are read-only, as nbgrader leaves them. Raises `CourseError` when the disk is full or writing is not permitted.
    """
    fresh = target.parent.parent / ".new" / f"{target.parent.name}-{target.name}"
    old = fresh.with_name(fresh.name + ".old")
    try:
        for place in (fresh, old):
            shutil.rmtree(place, ignore_errors=True)
        fresh.mkdir(parents=True)
        _put(fresh / f"{edition.module}.ipynb", notebook)
        for other, content in submission.files.items():
            inside = other.startswith(f"{edition.module}.ipynb/")  # of a folder with the notebook's name
            if other not in edition.files and not other.endswith(".ipynb") and not inside and safe(other):
                _put(fresh / other, content)
        for other, path in edition.files.items():
            _put(fresh / other, path.read_bytes())
        if submission.timestamp is not None:
            _put(fresh / STAMP, submission.timestamp)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            os.rename(target, old)
        os.rename(fresh, target)
    except OSError as error:
        raise in_words(error, target) from error
    finally:
        for place in (fresh, old):
            shutil.rmtree(place, ignore_errors=True)
        with contextlib.suppress(OSError):
            fresh.parent.rmdir()


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o444)
