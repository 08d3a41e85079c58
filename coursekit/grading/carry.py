"""What a change of items after their release means for each submission, written down in the gradebook until it is done.

`begin` puts the new edition into nbgrader's tables and writes a task for each submission and item, all in one
transaction. Grading then does the tasks, one transaction for each submission. So a migration that was killed goes on
where it was, and scores of unchanged items are never touched.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from coursekit.grading import cells
from coursekit.grading.edition import Edition
from coursekit.grading.tables import find, new

KEPT, CHANGED, ADDED, REMOVED = "kept", "changed", "added", "removed"
TABLE = """CREATE TABLE IF NOT EXISTS course_migration (
    run TEXT NOT NULL, module TEXT NOT NULL, student TEXT NOT NULL, item TEXT NOT NULL, kind TEXT NOT NULL,
    before REAL, most REAL, by_hand TEXT NOT NULL, submission TEXT NOT NULL, result TEXT NOT NULL, done INTEGER NOT NULL,
    PRIMARY KEY (run, module, student, item))"""


@dataclass
class Task:
    """One item of one submission: what was there before. `result` is the item's part of the old result, or empty."""

    item: str
    kind: str
    before: float
    submission: str
    result: dict[str, Any]


@dataclass
class Line:
    """One line of the report; points with what a person gave, None where the item is not there."""

    student: str
    item: str
    kind: str
    before: float | None
    most: float | None
    after: float | None
    now_most: float | None
    by_hand: list[dict[str, Any]]  # what a person had given: cell, score, comment
    done: bool

    @property
    def difference(self) -> float:
        return round((self.after or 0.0) - (self.before or 0.0), 2)


def parts_of(item: str) -> tuple[str, str]:
    """Names of the cells that can carry points of an item: the check cell, and the answer for the rubric."""
    return f"{item}-check", item


def begin(base: sqlite3.Connection, edition: Edition, notebook: str, run: str) -> None:
    """Put `edition` in the place of the one in the gradebook and write the tasks. Inside a transaction."""
    old, now = cells.versions_in(base, edition.module, notebook), cells.versions_of(edition)
    points = _max_scores(base, notebook)
    kinds = {i: REMOVED for i in old if i not in now} | {i: ADDED for i in now if i not in old}
    wanted = {n: float(c["metadata"]["nbgrader"].get("points") or 0) for n, c in cells.cells_of(edition).items()}
    for item in old.keys() & now.keys():
        same_points = all(points.get(p, 0.0) == (wanted.get(p, 0.0)) for p in parts_of(item))
        kinds[item] = KEPT if old[item] == now[item] and same_points else CHANGED
    base.execute("DELETE FROM course_migration WHERE module = ? AND done = 0", (edition.module,))
    for copy in _copies(base, notebook):
        results = {i["id"]: i for i in json.loads(copy["result"] or "{}").get("items", [])}
        for item, kind in kinds.items():
            score, most, by_hand = _given(base, copy["id"], notebook, item)
            values = (run, edition.module, copy["student"], item, kind, score, most, json.dumps(by_hand, ensure_ascii=False),
                      copy["submission"] or "", json.dumps(results.get(item, {}), ensure_ascii=False), 0)  # fmt: skip
            base.execute("INSERT OR REPLACE INTO course_migration VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    gone = {r["name"] for r in base.execute("SELECT name FROM source_cell WHERE notebook_id = ?", (notebook,))}
    cells.remove_cells(base, notebook, gone - set(cells.cells_of(edition)))
    cells.write_cells(base, edition, notebook)
    _make_room(base, notebook, {p for i, kind in kinds.items() if kind == CHANGED for p in parts_of(i)})


def _make_room(base: sqlite3.Connection, notebook: str, changed: set[str]) -> None:
    """A row for each cell of each submission, as nbgrader expects; those of changed items wait to be graded again."""
    kept = base.execute("SELECT id, name, type FROM base_cell WHERE notebook_id = ?", (notebook,)).fetchall()
    for copy in _copies(base, notebook):
        for cell in kept:
            table = "grade" if cell["type"] == "GradeCell" else "comment"
            row = find(base, table, cell_id=cell["id"], notebook_id=copy["id"])
            if row is None and table == "grade":
                new(base, "grade", cell_id=cell["id"], notebook_id=copy["id"], auto_score=0.0, needs_manual_grade=0)
            elif row is None:
                new(base, "comment", cell_id=cell["id"], notebook_id=copy["id"])
            elif table == "grade" and cell["name"] in changed:
                base.execute("UPDATE grade SET needs_manual_grade = 1 WHERE id = ?", (row,))


def _copies(base: sqlite3.Connection, notebook: str) -> list[sqlite3.Row]:
    return base.execute(
        """SELECT sn.id, sa.student_id AS student, cg.submission, cg.result FROM submitted_notebook sn
        JOIN submitted_assignment sa ON sa.id = sn.assignment_id JOIN assignment a ON a.id = sa.assignment_id
        LEFT JOIN course_grading cg ON cg.student = sa.student_id AND cg.module = a.name
        WHERE sn.notebook_id = ? ORDER BY sa.student_id""",
        (notebook,),
    ).fetchall()


def _max_scores(base: sqlite3.Connection, notebook: str) -> dict[str, float]:
    rows = base.execute(
        "SELECT b.name, g.max_score FROM base_cell b JOIN grade_cells g ON g.id = b.id WHERE b.notebook_id = ?",
        (notebook,),
    )
    return {r["name"]: float(r["max_score"]) for r in rows.fetchall()}


def _given(
    base: sqlite3.Connection, copy: str, notebook: str, item: str
) -> tuple[float | None, float | None, list[dict[str, Any]]]:
    """Points of an item in a submission, how many there were to have, and what a person gave."""
    rows = base.execute(
        """SELECT b.name, coalesce(g.manual_score, g.auto_score, 0) + coalesce(g.extra_credit, 0) AS points, gc.max_score,
        g.manual_score, g.extra_credit FROM grade g JOIN base_cell b ON b.id = g.cell_id JOIN grade_cells gc ON gc.id = b.id
        WHERE g.notebook_id = ? AND b.notebook_id = ? AND b.name IN (?, ?)""",
        (copy, notebook, *parts_of(item)),
    ).fetchall()
    comments = base.execute(
        """SELECT b.name, c.manual_comment FROM comment c JOIN base_cell b ON b.id = c.cell_id
        WHERE c.notebook_id = ? AND b.notebook_id = ? AND b.name IN (?, ?) AND c.manual_comment IS NOT NULL""",
        (copy, notebook, *parts_of(item)),
    ).fetchall()
    by_hand = [{"cell": r["name"], "score": r["manual_score"], "extra": r["extra_credit"]} for r in rows if r["manual_score"] is not None or r["extra_credit"]]  # fmt: skip
    by_hand += [{"cell": r["name"], "comment": r["manual_comment"]} for r in comments]
    if not rows:
        return None, None, by_hand
    return sum(r["points"] for r in rows), sum(r["max_score"] for r in rows), by_hand


def pending(base: sqlite3.Connection, module: str) -> dict[str, list[Task]]:
    """Tasks that are not done: {student: tasks}."""
    found: dict[str, list[Task]] = {}
    rows = base.execute("SELECT * FROM course_migration WHERE module = ? AND done = 0", (module,)).fetchall()
    for r in rows:
        task = Task(r["item"], r["kind"], r["before"] or 0.0, r["submission"], json.loads(r["result"]))
        found.setdefault(r["student"], []).append(task)
    return found


def finish(base: sqlite3.Connection, module: str, student: str) -> None:
    """The tasks of a submission are done. Inside the transaction that writes its scores."""
    base.execute("UPDATE course_migration SET done = 1 WHERE module = ? AND student = ?", (module, student))


def apply(tasks: list[Task], items: list[dict[str, Any]], digest: str) -> set[str]:
    """Put carried results into a new result's `items`; the names of the cells whose scores stay.

    A submission that was handed in again since (another `digest`) is graded as a whole.
    """
    keep: set[str] = set()
    by_id = {t.item: t for t in tasks}
    for n, item in enumerate(items):
        task = by_id.get(item["id"])
        if task is None or (task.submission and task.submission != digest):
            continue
        if task.kind == KEPT:
            keep |= set(parts_of(task.item))
            if task.result:
                items[n] = task.result
        elif task.kind == CHANGED:
            was = task.result.get("points", task.before)
            note = f"This exercise was changed after you had handed in, and was graded again; you had {was:g} points."
            items[n] = item | {"messages": [note, *item["messages"]]}
        elif task.kind == ADDED and item["outcome"] == "not attempted":
            items[n] = item | {"messages": ["This exercise came into the module after you had handed in."]}
    return keep


def lines(base: sqlite3.Connection, module: str) -> tuple[str, list[Line]]:
    """The last migration of a module: its name, and its report with the points that are in the gradebook now."""
    last = base.execute("SELECT max(run) FROM course_migration WHERE module = ?", (module,)).fetchone()[0]
    rows = base.execute(
        "SELECT * FROM course_migration WHERE module = ? AND run = ? ORDER BY student, item", (module, last)
    ).fetchall()
    copies = {}
    for r in base.execute(
        """SELECT sn.id, sn.notebook_id, sa.student_id FROM submitted_notebook sn
        JOIN submitted_assignment sa ON sa.id = sn.assignment_id JOIN assignment a ON a.id = sa.assignment_id
        WHERE a.name = ?""",
        (module,),
    ).fetchall():
        copies[r["student_id"]] = (r["id"], r["notebook_id"])
    found = []
    for r in rows:
        after, most, _ = _given(base, *copies[r["student"]], r["item"]) if r["student"] in copies else (None, None, [])
        found.append(
            Line(r["student"], r["item"], r["kind"], r["before"], r["most"], after, most, json.loads(r["by_hand"]), bool(r["done"]))
        )  # fmt: skip
    return last or "", found
