"""The cells of a module in nbgrader's tables, and which version of each item the gradebook holds."""

from __future__ import annotations

import sqlite3
from typing import Any

from coursekit.grading.edition import Edition, checksum, is_grade, is_locked, is_solution, nbgrader
from coursekit.grading.tables import find, new
from coursekit.notebooks import Cell, grade_id

#: The course's own table of items: of which version are the scores of a module?
ITEMS = """CREATE TABLE IF NOT EXISTS course_items (
    module TEXT NOT NULL, item TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (module, item))"""


def cells_of(edition: Edition) -> dict[str, Cell]:
    """The cells of an edition that nbgrader keeps, by name."""
    return {grade_id(c): c for c in edition.cells if is_grade(c) or is_solution(c) or is_locked(c)}


def versions_of(edition: Edition) -> dict[str, int]:
    """The version of each item of an edition."""
    return {i: int(data.get("version", 1)) for i, data in edition.items.items()}


def versions_in(base: sqlite3.Connection, module: str, notebook: str) -> dict[str, int]:
    """The version of each item whose scores the gradebook holds; 1 where none was written down."""
    names = base.execute("SELECT name FROM base_cell WHERE notebook_id = ? AND type = 'GradeCell'", (notebook,))
    found = {r["name"].removesuffix("-check"): 1 for r in names.fetchall() if r["name"].endswith("-check")}
    rows = base.execute("SELECT item, version FROM course_items WHERE module = ?", (module,)).fetchall()
    return found | {r["item"]: r["version"] for r in rows if r["item"] in found}


def is_other(base: sqlite3.Connection, edition: Edition, notebook: str) -> bool:
    """Whether the gradebook holds other cells, or other versions of items, than this edition."""
    rows = base.execute("SELECT name FROM source_cell WHERE notebook_id = ?", (notebook,)).fetchall()
    if {r["name"] for r in rows} != set(cells_of(edition)):
        return True
    mine, there = versions_of(edition), versions_in(base, edition.module, notebook)
    return any(mine[i] != there.get(i, mine[i]) for i in mine)


def has_submissions(base: sqlite3.Connection, notebook: str) -> bool:
    return base.execute("SELECT 1 FROM submitted_notebook WHERE notebook_id = ?", (notebook,)).fetchone() is not None


def write_cells(base: sqlite3.Connection, edition: Edition, notebook: str) -> None:
    """Write the cells of an edition and the versions of its items."""
    for name, cell in cells_of(edition).items():
        _write_cell(base, edition, notebook, name, cell)
    base.execute("DELETE FROM course_items WHERE module = ?", (edition.module,))
    rows = [(edition.module, item, version) for item, version in versions_of(edition).items()]
    base.executemany("INSERT INTO course_items VALUES (?, ?, ?)", rows)


def remove_cells(base: sqlite3.Connection, notebook: str, names: set[str] | None = None) -> None:
    """Remove cells of a notebook (without `names`: all), with their grades and comments."""
    rows = base.execute("SELECT id, name FROM base_cell WHERE notebook_id = ?", (notebook,)).fetchall()
    gone = [r["id"] for r in rows if names is None or r["name"] in names]
    for row in gone:
        for table in ("grade", "comment"):
            base.execute(f"DELETE FROM {table} WHERE cell_id = ?", (row,))
        for table in ("grade_cells", "solution_cells", "task_cells", "base_cell"):
            base.execute(f"DELETE FROM {table} WHERE id = ?", (row,))
    for row in base.execute("SELECT id, name FROM source_cell WHERE notebook_id = ?", (notebook,)).fetchall():
        if names is None or row["name"] in names:
            base.execute("DELETE FROM source_cell WHERE id = ?", (row["id"],))


def _write_cell(base: sqlite3.Connection, edition: Edition, notebook: str, name: str, cell: dict[str, Any]) -> None:
    if is_grade(cell):
        row = find(base, "base_cell", name=name, notebook_id=notebook, type="GradeCell")
        if row is None:
            row = new(base, "base_cell", name=name, notebook_id=notebook, type="GradeCell")
            base.execute("INSERT INTO grade_cells VALUES (?, 0, ?)", (row, cell["cell_type"]))
        most = float(nbgrader(cell)["points"])
        base.execute("UPDATE grade_cells SET max_score = ?, cell_type = ? WHERE id = ?", (most, cell["cell_type"], row))
    if is_solution(cell) and not find(base, "base_cell", name=name, notebook_id=notebook, type="SolutionCell"):
        base.execute(
            "INSERT INTO solution_cells VALUES (?)",
            (new(base, "base_cell", name=name, notebook_id=notebook, type="SolutionCell"),),
        )
    source = edition.locked.get(name, cell["source"])
    row = find(base, "source_cell", name=name, notebook_id=notebook) or new(
        base, "source_cell", name=name, notebook_id=notebook, cell_type=cell["cell_type"], locked=0
    )
    base.execute(
        "UPDATE source_cell SET cell_type = ?, locked = ?, source = ?, checksum = ? WHERE id = ?",
        (cell["cell_type"], int(is_locked(cell)), source, checksum(cell, source), row),
    )
