"""What a grading run did, for the terminal and as data."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from coursekit.grading.run import Graded
from coursekit.grading.runners import WORDS


def as_data(graded: Graded) -> dict[str, Any]:
    """One submission's result as data; `result` is None when it could not be graded."""
    data = asdict(graded)
    return {"student": data.pop("student"), "result": data.pop("summary")} | data


def show(out: Console, module: str, course: Path, graded: list[Graded]) -> None:
    """Print a table of points, who gained and who lost against before, the mode, and where things are."""
    table = Table("Learner", "Points", "Notes", title=module)
    for g in graded:
        points = f"{g.summary['points']:g} of {g.summary['max_points']:g}" if g.summary else "not graded"
        table.add_row(escape(g.student), points, escape(" ".join([g.problem, *g.notes]).strip()))
    out.print(table)
    for line in [*changed(graded), *_about(course, graded)]:
        out.print(line, highlight=False, markup=False, soft_wrap=True)


def changed(graded: list[Graded]) -> list[str]:
    """One line for each learner whose points are not what they were: the items and the reason."""
    return [f"{g.student} {g.changes[0]}: {', '.join(g.changes[1:])}; because of {g.why}." for g in graded if g.changes]


def _about(course: Path, graded: list[Graded]) -> list[str]:
    lines = []
    skipped = sum(g.skipped for g in graded)
    if skipped:
        lines.append(f"{skipped} unchanged since they were graded and skipped; --force grades them again.")
    for mode in dict.fromkeys(g.mode for g in graded if g.mode):
        n = sum(g.mode == mode for g in graded)
        lines.append(f"{n} graded {WORDS.get(mode, mode)} (mode {mode}).")
    lines.append(f"Points are in {course / 'gradebook.db'}, feedback pages in {course / 'feedback'}.")
    return lines
