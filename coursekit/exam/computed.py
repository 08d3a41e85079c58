"""`computed.json`: the questions that templates made and the records of Part B, built once, so that a form is drawn quickly.

`python3 course.py exam build-bank` writes it. It stays on the instructor's side.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from coursekit.errors import CourseError
from coursekit.exam.templates import FEWEST, ComputedItem
from coursekit.items import ROOT

PATH = ROOT / "coursekit" / "exam" / "computed.json"
_SHORT = ("id", "record", "title", "section", "objective", "kind", "tasks", "errors", "minutes", "prompt", "explain", "facts", "shuffle", "options", "key", "compare", "rejects")  # fmt: skip


def of_template(name: str) -> list[dict[str, Any]]:
    """The questions of one template, as plain data. Raises `CourseError` if there are too few."""
    from coursekit.exam.templates import instances, question

    chosen = instances(name)
    if len(chosen) < FEWEST:
        raise CourseError(f"The template {name} gives {len(chosen)} questions; {FEWEST} are the least.")
    made = []
    for number, record in enumerate(chosen, 1):
        item = question(name, record).model_copy(update={"id": f"{name}-{number:02d}"})
        data = item.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        for option in data.get("options", {}).values():
            option.pop("right", None)
        made.append({k: data[k] for k in _SHORT if k in data})
    return made


def build() -> dict[str, Any]:
    """Every computed question and every record of Part B, as plain data."""
    from coursekit.exam.capstone import TASKS, build_pool
    from coursekit.exam.records import records
    from coursekit.exam.templates import all_templates

    w = records()
    tasks = {t.id: [vars(s) for s in build_pool(t, w)] for t in TASKS}
    return {"questions": [q for name in all_templates() for q in of_template(name)], "tasks": tasks}


def text(data: dict[str, Any]) -> str:
    """The file's text: one question a line, so that a change shows as a line."""

    def lines(rows: list[Any]) -> str:
        return ",\n".join(json.dumps(r, ensure_ascii=False, sort_keys=True) for r in rows)

    tasks = ",\n".join(f'"{k}": [\n{lines(v)}\n]' for k, v in data["tasks"].items())
    return f'{{"questions": [\n{lines(data["questions"])}\n],\n"tasks": {{\n{tasks}\n}}}}\n'


@functools.lru_cache(maxsize=2)
def _read(path: Path, _stamp: int) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def _data(path: Path = PATH) -> dict[str, Any]:
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, ValueError):
        raise CourseError(f"{path} is missing or damaged. Build it: python3 course.py exam build-bank") from None


@functools.lru_cache(maxsize=2)
def computed_items(path: Path = PATH) -> tuple[ComputedItem, ...]:
    """Every computed question."""
    return tuple(ComputedItem.model_validate(q) for q in _data(path)["questions"])


def task_pool(task_id: str) -> list[Any]:
    """The records of a task of Part B."""
    from coursekit.exam.capstone import Shown

    return [Shown(r["record"], tuple(r["cells"]), r["answer"], r["block"]) for r in _data()["tasks"][task_id]]
