"""The grader against `nbgrader autograde` on classes of mixed quality, cell by cell.

`python tests/same_as_stock.py --number 17` takes all modules and needs about half an hour, nearly all of it for stock.
It prints for each module how many scores, rows of the gradebook, and cells of graded copies were compared, and how
many differ. The exit code is 1 when any does.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import nbformat  # noqa: E402
from cohort import cohort  # noqa: E402
from conftest import MODULES  # noqa: E402
from course_folders import new_course, scores  # noqa: E402

from coursekit.grading import runners  # noqa: E402
from coursekit.grading.run import Settings, grade_module  # noqa: E402

SHOWN = 5  # differences that are printed for each module
_HAND_IN = "JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id"
_CELL = "JOIN base_cell ON base_cell.id = cell_id JOIN submitted_notebook ON submitted_notebook.id = {}.notebook_id"
#: What is compared: tables, and those of their columns that are not numbers made up at random.
TABLES = {
    "source_cell": "name, cell_type, locked, source, checksum",
    "base_cell": "name, type",
    "grade_cells JOIN base_cell USING (id)": "name, max_score, cell_type",
    f"comment {_CELL.format('comment')} {_HAND_IN}": "student_id, name, auto_comment, manual_comment",
    f"grade {_CELL.format('grade')} {_HAND_IN}":
        "student_id, name, auto_score, manual_score, extra_credit, needs_manual_grade",
    f"submitted_notebook {_HAND_IN}": "student_id, flagged, late_submission_penalty",
    "submitted_assignment": "student_id, timestamp, extension",
    "student": "id, first_name, last_name",
    "assignment": "name, duedate, course_id",
    "notebook": "name, kernelspec",
    "alembic_version": "version_num",
}  # fmt: skip


@dataclass
class Both:
    """A class that was graded twice, each time in a course folder of its own."""

    module: str
    stock: Path
    ours: Path
    names: list[str]
    seconds: dict[str, float] = field(default_factory=dict)  # stock, ours


@dataclass
class Found:
    """How many things were compared, and those that differ, in words."""

    compared: int = 0
    different: list[str] = field(default_factory=list)

    def compare(self, what: str, stock: object, ours: object) -> None:
        self.compared += 1
        if stock != ours:
            self.different.append(f"{what}: stock {stock!r:.200}, course {ours!r:.200}")


def nbgrader(course: Path, *words: str) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *words],
        cwd=course,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def graded_twice(folder: Path, module: str, number: int, seed: int = 1) -> Both:
    """Hand in the same class in two course folders; grade one here and the other with stock commands."""
    stock, ours = (new_course(folder / kind, module) for kind in ("stock", "ours"))
    names = [cohort(course, module, number, seed) for course in (stock, ours)][0]
    both = Both(module, stock, ours, names)
    start = time.perf_counter()
    grade_module(module, course=ours, settings=Settings(workers=1))
    runners.close_all()
    both.seconds["ours"] = time.perf_counter() - start
    nbgrader(stock, "generate_assignment", module)
    start = time.perf_counter()
    nbgrader(stock, "autograde", module)
    both.seconds["stock"] = time.perf_counter() - start
    return both


def scores_of(both: Both) -> Found:
    """Every cell's score, points by hand, and whether it waits for a person."""
    found = Found()
    expected, got = scores(both.stock, both.module), scores(both.ours, both.module)
    for student in both.names:
        cells = expected.get(student, {}).keys() | got.get(student, {}).keys()
        if not cells:
            found.compare(student, "nothing", "nothing at all")
        for cell in sorted(cells):
            found.compare(f"{student} {cell}", *(all_.get(student, {}).get(cell) for all_ in (expected, got)))
    return found


def gradebooks(both: Both) -> Found:
    """Every row of nbgrader's tables."""
    found = Found()
    for table, columns in TABLES.items():
        counted = []
        for course in (both.stock, both.ours):
            with sqlite3.connect(course / "gradebook.db") as base:
                counted.append(Counter(base.execute(f"SELECT {columns} FROM {table}").fetchall()))
        for row in sorted(counted[0].keys() | counted[1].keys(), key=repr):
            found.compare(f"{table.split()[0]} {row!r:.150}", counted[0][row], counted[1][row])
    return found


def copies(both: Both) -> Found:
    """The graded copies: every cell's source and marks of nbgrader, and what the check cells show."""
    found = Found()
    for student in both.names:
        place = Path("autograded") / student / both.module / f"{both.module}.ipynb"
        if not all((course / place).exists() for course in (both.stock, both.ours)):
            found.compare(f"{student}: a graded copy", *((c / place).exists() for c in (both.stock, both.ours)))
            continue
        theirs, mine = (nbformat.read(course / place, as_version=4) for course in (both.stock, both.ours))
        nbformat.validate(mine)
        found.compare(f"{student}: number of cells", len(theirs.cells), len(mine.cells))
        for a, b in zip(theirs.cells, mine.cells, strict=False):
            marks = [(c.cell_type, c.source, c.metadata.get("nbgrader"), _shown(c)) for c in (a, b)]
            found.compare(f"{student} {a.metadata.get('nbgrader', {}).get('grade_id') or a.id}", *marks)
    return found


def _shown(cell: nbformat.NotebookNode) -> list[str]:
    """What a check cell shows: the report and the points."""
    if not cell.metadata.get("nbgrader", {}).get("grade_id", "").endswith("-check"):
        return []
    printed = "".join(o.text for o in cell.outputs if o.output_type == "stream")
    return [printed, *(str(dict(o.data)) for o in cell.outputs if o.output_type == "execute_result")]


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("modules", nargs="*", default=MODULES)
    words.add_argument("--number", type=int, default=17, help="submissions of each module; 7 have one of each quality")
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--json", type=Path, help="also write the table to this file")
    asked = words.parse_args()
    print("module     submissions  scores differ  rows differ  cells of copies differ  seconds: stock  course")
    rows = []
    for module in asked.modules:
        with tempfile.TemporaryDirectory(prefix="same-") as folder:
            both = graded_twice(Path(folder), module, asked.number, asked.seed)
            found = {"scores": scores_of(both), "rows": gradebooks(both), "copies": copies(both)}
        row = {"module": module, "submissions": len(both.names), "seconds": both.seconds}
        row |= {k: {"compared": f.compared, "different": len(f.different)} for k, f in found.items()}
        rows.append(row)
        _print(row)
        if asked.json:
            asked.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
        for line in [d for f in found.values() for d in f.different[:SHOWN]]:
            print(f"    {line}", flush=True)
    if len(rows) > 1:
        _print(_sum(rows))
    return int(any(row[k]["different"] for row in rows for k in ("scores", "rows", "copies")))


def _sum(rows: list[dict]) -> dict:
    total = {"module": "all", "submissions": sum(r["submissions"] for r in rows)}
    for key in ("scores", "rows", "copies", "seconds"):
        total[key] = {name: sum(r[key][name] for r in rows) for name in rows[0][key]}
    return total


def _print(row: dict) -> None:
    cells = [
        f"{row[k]['compared']:{w}} {row[k]['different']:6}" for k, w in (("scores", 7), ("rows", 5), ("copies", 16))
    ]
    print(f"{row['module']:10} {row['submissions']:11} {' '.join(cells)} {row['seconds']['stock']:15.0f} "
          f"{row['seconds']['ours']:7.1f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
