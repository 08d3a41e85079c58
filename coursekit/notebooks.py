"""A learner's notebook as a file: find it, read it, know its cells. No kernel, no nbgrader."""

from __future__ import annotations

import ast
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coursekit.errors import CourseError

Cell = dict[str, Any]
NEW_EDITION = ".new-edition"
OWN_RECORDS = "own-records"  # tag of a cell that shows each learner other records


def grade_id(cell: Cell) -> str:
    """The nbgrader id of a cell, or an empty text."""
    nbgrader = cell.get("metadata", {}).get("nbgrader", {})
    name = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return name if isinstance(name, str) else ""


def filled(source: str, starter: str) -> bool:
    """Whether an answer cell holds more than it was given with; places that are still None or empty are not filled.

    source, starter: text of the cell now and as released. Text that is not Python counts as filled: somebody wrote it.
    """
    if source.strip() in ("", starter.strip()):
        return False
    try:
        lines = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True
    return not lines or not all(isinstance(line, ast.Assign) and _blank(line.value) for line in lines)


def filled_in(path: Path) -> tuple[int, int] | None:
    """How many answer cells of a saved notebook hold an answer, and how many there are; None where it cannot be read."""
    try:
        cells = read_notebook(path)["cells"]
    except CourseError:
        return None
    given = [c for c in cells if grade_id(c) and c["cell_type"] == "code" and c["metadata"]["nbgrader"].get("solution")]
    return sum(filled("".join(c.get("source", "")), "") for c in given), len(given)


def _blank(value: ast.expr) -> bool:
    if isinstance(value, ast.Dict):
        return all(_blank(v) for v in value.values)
    if isinstance(value, (ast.List, ast.Tuple)):
        return all(_blank(v) for v in value.elts)
    return isinstance(value, ast.Constant) and value.value in (None, "")


def item_of(cell: Cell) -> str:
    """The item (`m01-c1`) that a cell belongs to: its prompt, answer and check cell share the beginning of the id."""
    return "-".join(grade_id(cell).split("-")[:2])


def is_own(cell: Cell) -> bool:
    """Whether a code cell shows each learner other records."""
    return cell["cell_type"] == "code" and OWN_RECORDS in cell["metadata"].get("tags", [])


def read_notebook(path: Path, backups: Path | None = None) -> dict[str, Any]:
    """Read a notebook as plain data. Raises `CourseError` that names the file and what can be done."""
    rescue = _rescue(path, backups)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CourseError(f"There is no notebook {path}.") from None
    except UnicodeDecodeError:
        raise CourseError(f"{path} is not a notebook (it is not text). {rescue}") from None
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        notebook = json.loads(text)
    except ValueError as error:
        where = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "somewhere"
        raise CourseError(f"{path} is damaged ({where} is not valid JSON). {rescue}") from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or not all(
        isinstance(c, dict) and isinstance(c.get("metadata", {}), dict) for c in cells
    ):
        raise CourseError(f"{path} is not a notebook (it has no list of cells). {rescue}")
    return notebook


def _rescue(path: Path, backups: Path | None) -> str:
    checkpoint = path.parent / ".ipynb_checkpoints" / f"{path.stem}-checkpoint.ipynb"
    kept = sorted(backups.glob(f"*{path.name}")) if backups and backups.is_dir() else []
    if kept:
        return f"Your last backup is {kept[-1]}: copy it over the damaged file, or reset the module."
    if checkpoint.exists():
        return f"JupyterLab's own copy is {checkpoint}: copy it over the damaged file, or reset the module."
    return "Move it out of the folder and start the course again to get a fresh copy, or reset the module."


def notebooks_in(folder: Path) -> Iterator[Path]:
    """Notebooks of a module folder that may be the learner's, without the new editions put beside."""
    for path in sorted(folder.glob("*.ipynb")):
        if NEW_EDITION not in path.name and not path.name.startswith("."):
            yield path


def find_notebook(folder: Path, module: str, backups: Path | None = None) -> tuple[Path, str]:
    """The learner's notebook of a module and a note (empty when it has its usual name).

    A renamed notebook is found by its content: the ids of the graded cells. The one with most of them counts;
    among equals the one saved last.
    """
    usual = folder / f"{module}.ipynb"
    if usual.exists():
        return usual, ""
    prefix = f"m{module[-2:]}-"
    found = []
    for path in notebooks_in(folder):
        try:
            cells = read_notebook(path, backups)["cells"]
        except CourseError:
            continue
        graded = len({grade_id(c) for c in cells if grade_id(c).startswith(prefix)})
        if graded:
            found.append((graded, path.stat().st_mtime_ns, path))
    if not found:
        raise CourseError(
            f"There is no notebook of {module} in {folder}. Start the course again (course.py lab) to get a fresh copy."
        )
    path = max(found)[2]
    return path, f"{usual.name} is not there; {path.name} holds the same exercises and was used."


def trust(path: Path) -> None:
    """Tell Jupyter that a notebook comes from the course, so that its pictures and widgets show before it is run.

    Nothing depends on it: where Jupyter's record of trusted notebooks cannot be written, the notebook works as well.
    """
    import nbformat
    from nbformat.sign import NotebookNotary

    with contextlib.suppress(Exception):
        notary = NotebookNotary()
        notary.sign(nbformat.read(path, as_version=4))
        notary.store.close()


def is_trusted(path: Path) -> bool:
    """Whether Jupyter trusts this notebook as it is on disk."""
    import nbformat
    from nbformat.sign import NotebookNotary

    with contextlib.suppress(Exception):
        notary = NotebookNotary()
        trusted = notary.check_signature(nbformat.read(path, as_version=4))
        notary.store.close()
        return bool(trusted)
    return False


def dump(notebook: dict[str, Any]) -> str:
    """A notebook as text, in the form JupyterLab writes."""
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
