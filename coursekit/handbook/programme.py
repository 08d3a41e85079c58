"""The programme map: each topic, outcome, task and kind of error against the modules and the items that test it.

Promises stand in `programme.yaml`; everything else is read from the item data, so a hole cannot hide. A row whose
module is not written yet counts as planned. Once all twelve are written, nothing can be planned any more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from coursekit.errors import CourseError
from coursekit.items import ROOT, Item, Module, load_module, written_modules
from coursekit.programme import PLAN

HERE = Path(__file__).parent
GROUPS = {
    "topics": "Topics of the course",
    "outcomes": "What a graduate can do",
    "tasks": "Tasks of the job",
    "errors": "Kinds of error",
}


@dataclass
class Row:
    """One promise: where it is taught (sections) and which items test it.

    state: tested, planned (its module is not written yet), or hole.
    """

    group: str
    id: str
    says: str
    objectives: list[str] = field(default_factory=list)
    planned: int | None = None
    items: list[Item] = field(default_factory=list)
    state: str = "hole"

    @property
    def sections(self) -> list[str]:
        """Sections of the text that its items send back to, in order."""
        return sorted({i.section for i in self.items}, key=lambda s: [int(n) for n in s.split(".")])

    def count(self, module: int) -> int:
        """How many items of a module test it."""
        return sum(i.id.startswith(f"m{module:02d}-") for i in self.items)

    @property
    def points(self) -> float:
        return sum(i.points for i in self.items)


@dataclass
class ProgrammeMap:
    """All rows, and the modules that are written."""

    rows: list[Row]
    modules: list[Module]

    def group(self, name: str) -> list[Row]:
        return [r for r in self.rows if r.group == name]

    @property
    def holes(self) -> list[Row]:
        return [r for r in self.rows if r.state == "hole"]

    @property
    def planned(self) -> list[Row]:
        return [r for r in self.rows if r.state == "planned"]

    @cached_property
    def numbers(self) -> list[int]:
        """Numbers of the written modules."""
        return [m.module for m in self.modules]


def programme_map(root: Path = ROOT) -> ProgrammeMap:
    """Read promises and items. Raises `CourseError` where a promise names an objective that does not exist."""
    return mapped(_promises(), [load_module(name, root) for name in written_modules(root)])


def mapped(promises: dict[str, dict[str, Any]], modules: list[Module]) -> ProgrammeMap:
    """The map of these modules; plain data in, so that a test can take an item away."""
    written = {m.module for m in modules}
    items = [i for m in modules for i in m.items]
    rows = []
    for group in GROUPS:
        for key, entry in promises[group].items():
            row = Row(group, f"#{key}" if group == "tasks" else str(key), entry["says"])
            row.objectives = _objectives(row, entry, modules)
            owing = [n for n in (*entry.get("modules", []), entry.get("planned")) if n and n not in written]
            row.planned = owing[0] if owing else None
            row.items = _chosen([i for i in items if _tests(i, row)], entry, row, written)
            row.state = _state(row, entry.get("planned"))
            rows.append(row)
    _check_items(rows, items)
    return ProgrammeMap(rows, modules)


def _promises() -> dict[str, dict[str, Any]]:
    return yaml.safe_load((HERE / "programme.yaml").read_text(encoding="utf-8"))


def _tests(item: Item, row: Row) -> bool:
    if row.group == "tasks":
        return int(row.id[1:]) in item.tasks
    if row.group == "errors":
        return row.id in item.errors
    return item.objective in row.objectives


def _objectives(row: Row, entry: dict[str, Any], modules: list[Module]) -> list[str]:
    """The objectives that keep a promise, as far as their modules are written."""
    known = {m.module: list(m.objectives) for m in modules}
    for name in entry.get("objectives", []):
        number = int(name[1:3])
        if number in known and name not in known[number]:
            raise CourseError(f"programme.yaml: {row.id} names the objective {name}, which its module does not have.")
    named = [o for o in entry.get("objectives", []) if int(o[1:3]) in known]
    return named + [o for n in entry.get("modules", []) for o in known.get(n, [])]


def _chosen(items: list[Item], entry: dict[str, Any], row: Row, written: set[int]) -> list[Item]:
    """Only the items that the promise names, if it names any. One that is missing from a written module is refused."""
    named = entry.get("items")
    if named is None:
        return items
    for name in named:
        if int(name[1:3]) in written and name not in {i.id for i in items}:
            raise CourseError(f"programme.yaml: {row.id} names {name}, which none of its objectives has.")
    return [i for i in items if i.id in named]


def _state(row: Row, promised: int | None) -> str:
    """Tested: each objective has an item, and the module that was promised has one, too."""
    if row.planned:
        return "tested" if row.items and row.group in ("tasks", "errors") else "planned"
    kept = bool(row.items) and all(any(i.objective == o for i in row.items) for o in row.objectives)
    return "tested" if kept and (promised is None or row.count(promised)) else "hole"


def _check_items(rows: list[Row], items: list[Item]) -> None:
    tasks = {int(r.id[1:]) for r in rows if r.group == "tasks"}
    errors = {r.id for r in rows if r.group == "errors"}
    for item in items:
        unknown = [f"#{t}" for t in item.tasks if t not in tasks] + [e for e in item.errors if e not in errors]
        if unknown:
            raise CourseError(f"{item.id} names {', '.join(unknown)}, which programme.yaml does not have.")


def untaught(found: ProgrammeMap) -> list[str]:
    """Objectives of written modules that no topic or outcome takes up: they would be missing from the map."""
    taken = {o for r in found.rows for o in r.objectives}
    return [o for m in found.modules for o in m.objectives if o not in taken]


def lines(found: ProgrammeMap) -> list[str]:
    """The map as text for a terminal: a line for each row, then the sums and the holes."""
    heads = " ".join(f"{e.number:>3}" for e in PLAN)
    words = []
    for group, title in GROUPS.items():
        words += ["", f"{title:<56} {heads}"]
        for row in found.group(group):
            counts = " ".join(f"{row.count(e.number) or '·':>3}" for e in PLAN)
            mark = {"tested": "", "planned": f"  planned: Module {row.planned}", "hole": "  HOLE"}[row.state]
            words.append(f"{row.id:<4} {row.says[:51]:<51} {counts}{mark}")
    tested = sum(r.state == "tested" for r in found.rows)
    words += ["", f"{len(found.rows)} rows: {tested} tested, {len(found.planned)} planned, {len(found.holes)} holes."]
    words += [f"Hole: {r.id} {r.says}" for r in found.holes]
    return words
