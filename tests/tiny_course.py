"""A tiny course for tests: two released modules with two exercises each, written by hand in nbgrader's form."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any


def cell(kind: str, source: str, grade_id: str = "", **nbgrader: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "cell_type": kind,
        "id": grade_id or f"text-{zlib.crc32(source.encode())}",
        "metadata": {},
        "source": source,
    }
    if kind == "code":
        made |= {"execution_count": None, "outputs": []}
    if grade_id:
        flags = {"grade": False, "locked": True, "solution": False, "task": False, "schema_version": 3}
        made["metadata"]["nbgrader"] = {"grade_id": grade_id, **flags, **nbgrader}
    return made


def item_cells(item: str, solution: str = "") -> list[dict[str, Any]]:
    name = item.replace("-", "_")
    answer = f"{name} = None\n" + (f"### BEGIN SOLUTION\n{solution}\n### END SOLUTION" if solution else "")
    return [
        cell("markdown", f"### {item}\n\nAssign `{name}`.", f"{item}-prompt"),
        cell("code", answer, item, locked=False, solution=True),
        cell("code", f'check("{item}")', f"{item}-check", grade=True, points=5),
    ]


KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def notebook(module: int, edition: str = "first", solutions: bool = False) -> str:
    cells = [cell("markdown", f"# Module {module}, {edition} edition")]
    for n in (1, 2):
        cells += item_cells(f"m{module:02d}-c{n}", "model = 1 < 2" if solutions else "")
    data = {"cells": cells, "metadata": {"kernelspec": KERNEL}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(data, indent=1) + "\n"


def make_course(root: Path, modules: tuple[int, ...] = (1, 2), edition: str = "first") -> Path:
    """Write `release/`, `source/` and `items.yaml` of a tiny course; also a new edition over an old one."""
    for module in modules:
        name = f"module_{module:02d}"
        for kind in ("release", "source"):
            folder = root / kind / name
            (folder / "img").mkdir(parents=True, exist_ok=True)
            (folder / f"{name}.ipynb").write_text(
                notebook(module, edition, solutions=kind == "source"), encoding="utf-8"
            )
            (folder / "img" / "picture.png").write_bytes(b"\x89PNG " + edition.encode())
        items = root / "notebooks" / name / "items.yaml"
        items.parent.mkdir(parents=True, exist_ok=True)
        items.write_text(_items(module), encoding="utf-8")
    return root


def _items(module: int) -> str:
    m = f"m{module:02d}"
    rejects = "\n".join(f"    - {{misconception: mistake {n}, answer: '{n}', message: Not so.}}" for n in range(3))
    return f"""\
module: {module}
title: Tiny module <{module}>
area: I. What prior authorization is, and who takes part
minutes: 5{module}
needs: Nothing.
objectives:
  M{module:02d}.1: Try.
items:
""" + "".join(
        f"""\
  - id: {m}-c{n}
    title: Exercise {n} & more
    section: "{module}.1"
    objective: M{module:02d}.1
    points: 25
    minutes: 1
    kind: numeric
    prompt: How many?
    key: 7
    explain: "**Seven**, because of {{{{term: x|the log}}}} and <script>alert(1)</script>."
    hints: [Look.]
    rejects:
{rejects}
"""
        for n in (1, 2)
    )


def result(
    module: str = "module_01", points: float = 25, second: str = "wrong", at: str = "2026-10-01T09:00:00Z"
) -> dict[str, Any]:
    """A grading result: exercise 1 right, exercise 2 as told."""
    m = f"m{module[-2:]}"
    first = {"id": f"{m}-c1", "title": "Exercise 1 & more", "section": "1.1", "points": 25, "max_points": 25}
    other = {"id": f"{m}-c2", "title": "Exercise 2", "section": "1.1", "points": points - 25, "max_points": 25}
    return {
        "module": module, "points": points, "max_points": 46.0, "rubric_points_open": 4.0, "graded_at": at, "saved_at": at,
        "notebook": f"workspace/{module}/{module}.ipynb",
        "items": [
            first | {"outcome": "right", "messages": [], "hint": ""},
            other | {"outcome": second, "messages": ["Look at `EVT-1` <b>again</b>."], "hint": "Read the log."},
        ],
    }  # fmt: skip
