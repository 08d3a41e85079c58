"""The grader against `nbgrader autograde` on a class of mixed quality: the same gradebook, cell by cell.

ENGINE_COHORT says how many submissions (default 2; 7 has one of each quality).
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from cohort import cohort
from conftest import MODULES
from course_folders import new_course, scores

from coursekit.grading.run import Settings, grade_module

pytestmark = pytest.mark.slow
NUMBER = int(os.environ.get("ENGINE_COHORT", "2"))
TABLES = {
    "source_cell": "name, cell_type, locked, source, checksum",
    "base_cell": "name, type",
    "grade_cells JOIN base_cell USING (id)": "name, max_score, cell_type",
    "comment JOIN base_cell ON base_cell.id = comment.cell_id JOIN submitted_notebook ON submitted_notebook.id = comment.notebook_id "
    "JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id": "student_id, name, auto_comment, manual_comment",
    "student": "id, first_name, last_name",
    "assignment": "name, duedate, course_id",
    "notebook": "name, kernelspec",
    "alembic_version": "version_num",
}


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


@pytest.fixture(scope="module", params=MODULES[:1])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, Path]:
    module = request.param
    stock, ours = (new_course(tmp_path_factory.mktemp(kind), module) for kind in ("stock", "ours"))
    for course in (stock, ours):
        cohort(course, module, NUMBER)
    start = time.perf_counter()
    grade_module(module, course=ours, settings=Settings(workers=2))
    middle = time.perf_counter()
    nbgrader(stock, "generate_assignment", module)
    begin = time.perf_counter()
    nbgrader(stock, "autograde", module)
    end = time.perf_counter()
    print(f"\n{NUMBER} submissions: course {middle - start:.1f} s, stock without feedback {end - begin:.1f} s")
    return module, stock, ours


def test_every_score_is_the_same(both: tuple[str, Path, Path]) -> None:
    module, stock, ours = both
    expected, got = scores(stock, module), scores(ours, module)
    differences = [
        (s, c, expected[s][c], got[s][c]) for s in expected for c in expected[s] if expected[s][c] != got[s][c]
    ]
    assert set(expected) == set(got) and len(expected) == NUMBER
    assert not differences
    assert len({sum(v[0] or 0 for v in rows.values()) for rows in got.values()}) > min(3, NUMBER - 1)


def test_the_gradebooks_hold_the_same(both: tuple[str, Path, Path]) -> None:
    _, stock, ours = both
    for table, columns in TABLES.items():
        rows = []
        for course in (stock, ours):
            with sqlite3.connect(course / "gradebook.db") as base:
                rows.append(sorted(base.execute(f"SELECT {columns} FROM {table}").fetchall(), key=repr))
        assert rows[0] == rows[1], table


def test_graded_copies_are_what_nbgrader_reads(both: tuple[str, Path, Path]) -> None:
    """Valid notebooks with the same cells; nbgrader's feedback and export work on them."""
    module, stock, ours = both
    for path in sorted((ours / "autograded").rglob("*.ipynb")):
        copy = nbformat.read(path, as_version=4)
        nbformat.validate(copy)
        theirs = nbformat.read(stock / path.relative_to(ours), as_version=4)
        assert [c.source for c in copy.cells] == [c.source for c in theirs.cells]
        assert [c.metadata.get("nbgrader") for c in copy.cells] == [c.metadata.get("nbgrader") for c in theirs.cells]
        marks = [_shown(nb) for nb in (copy, theirs)]
        assert marks[0] == marks[1]
    nbgrader(ours, "generate_feedback", module, "--force")
    nbgrader(ours, "export")
    assert (ours / "grades.csv").read_text(encoding="utf-8").count(module) == NUMBER


def _shown(notebook: nbformat.NotebookNode) -> list[str]:
    """What the check cells show: the report and the points."""
    shown = []
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id", "").endswith("-check"):
            printed = "".join(o.text for o in cell.outputs if o.output_type == "stream")
            shown += [printed, *(str(dict(o.data)) for o in cell.outputs if o.output_type == "execute_result")]
    return shown
