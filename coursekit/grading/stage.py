"""Staging: a clean copy of a submission for nbgrader, made without touching the submission itself."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import nbformat
from nbformat.validator import normalize

from coursekit.errors import CourseError
from coursekit.files import write_whole
from coursekit.notebooks import dump, find_notebook, grade_id, read_notebook


def stage(submission: Path, module: str, target: Path) -> list[str]:
    """Copy a submission folder to `target` with its notebook under the usual name; return notes on what was mended.

    A renamed notebook is found by its cells. A cell that stands twice keeps its nbgrader id only once, on the
    copy that was written last. Raises `CourseError` when there is no readable notebook.
    """
    path, note = find_notebook(submission, module)
    notes = [note] if note else []
    notebook = read_notebook(path)
    notes += _mend(notebook)
    if target.exists():
        shutil.rmtree(target)
    for other in sorted(submission.rglob("*")):
        if (
            other.is_file()
            and other.suffix != ".ipynb"
            and not any(p.startswith(".") for p in other.relative_to(submission).parts)
        ):
            to = target / other.relative_to(submission)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(other, to)
    stamp = submission / "timestamp.txt"
    if stamp.exists():
        shutil.copyfile(stamp, target / "timestamp.txt")
    write_whole(target / f"{module}.ipynb", dump(notebook))
    return notes


def _mend(notebook: dict[str, Any]) -> list[str]:
    """Make the notebook valid in place; say what was done."""
    notes = []
    seen: dict[str, dict[str, Any]] = {}
    for cell in notebook["cells"]:
        name = grade_id(cell)
        if not name:
            continue
        if name in seen:  # the later copy is the one the learner worked on last
            seen[name]["metadata"].pop("nbgrader")
            notes.append(f"The cell {name} stood there twice; the last one counts.")
        seen[name] = cell
    notebook.setdefault("nbformat", 4)
    notebook.setdefault("nbformat_minor", 5)
    notebook.setdefault("metadata", {})
    try:
        changes, mended = normalize(nbformat.from_dict(notebook))
        nbformat.validate(mended)
    except Exception as problem:
        raise CourseError(
            f"The notebook is not valid and cannot be mended: {str(problem).splitlines()[0]}"
        ) from problem
    notebook.update(mended)
    return notes
