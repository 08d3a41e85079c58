"""Course folders of their own for tests, and submissions of known quality."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path
from typing import Any

import nbformat
from conftest import compiled_module, read_built

from coursekit.items import ROOT


def new_course(folder: Path, module: str) -> Path:
    """A folder in which stock nbgrader commands work like in the course itself, with its own gradebook."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ROOT / "nbgrader_config.py", folder / "nbgrader_config.py")
    shutil.copytree(ROOT / "source" / module, folder / "source" / module)
    return folder


def answered(module: str, answers: dict[str, str]) -> nbformat.NotebookNode:
    """The release with these answer cells: {item id: source}."""
    notebook = copy.deepcopy(read_built("release", module))
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in answers:
            cell.source = answers[name]
    return notebook


def right(module: str) -> nbformat.NotebookNode:
    """Every answer right."""
    return answered(module, {c.item.id: c.solution for c in compiled_module(module)})


def wrong(module: str) -> nbformat.NotebookNode:
    """The first misconception of each item; blank where an item has none."""
    sources = {}
    for c in compiled_module(module):
        if c.data["rejects"] and c.item.kind != "written":
            sources[c.item.id] = f"{c.item.answer_name} = {c.data['rejects'][0]['answer']!r}"
    return answered(module, sources)


def damaged(module: str) -> nbformat.NotebookNode:
    """Right answers, but one answer cell is gone, one check cell is gone, one cell crashes, one stands twice."""
    notebook = right(module)
    ids = [c.item.id for c in compiled_module(module)]
    gone = {ids[0], f"{ids[1]}-check"}
    notebook.cells = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") not in gone]
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == ids[2]:
            cell.source = "this is not Python"
    return notebook


def hand_in(course: Path, student: str, module: str, notebook: nbformat.NotebookNode | str, name: str = "") -> Path:
    """Put a submission into the course folder as nbgrader's collect would."""
    path = course / "submitted" / student / module / (name or f"{module}.ipynb")
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(notebook, str):
        path.write_text(notebook, encoding="utf-8")
    else:
        nbformat.write(notebook, path)
    return path


def scores(course: Path, module: str) -> dict[str, dict[str, Any]]:
    """Scores in the gradebook: {student: {cell name: (automatic score, manual score, needs manual grading)}}."""
    from nbgrader.api import Gradebook

    found: dict[str, dict[str, Any]] = {}
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        for submission in book.assignment_submissions(module):
            rows = found.setdefault(submission.student.id, {})
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    rows[grade.cell.name] = (grade.auto_score, grade.manual_score, grade.needs_manual_grade)
    return found
