"""A learner's notebook carried into a new edition of its module: pure data in, pure data out.

Cells of the course carry their own proof of being unchanged: a text cell's id is made from its text, and a cell of an
item has nbgrader's checksum. So the old edition is not needed to know what the learner wrote. What she wrote is always
kept; what only the course wrote is taken from the new edition.
"""

from __future__ import annotations

import copy
import hashlib
from dataclasses import dataclass, field
from typing import Any

from coursekit.grading.edition import checksum, is_solution, nbgrader, text
from coursekit.notebooks import Cell, grade_id, item_of

KEPT = "kept-"  # ids of cells that an update has put aside in the notebook


@dataclass
class Merged:
    """The new notebook, and what was done to answers and cells, for people."""

    notebook: dict[str, Any]
    carried: list[str] = field(default_factory=list)  # items with an answer of the learner
    changed: list[str] = field(default_factory=list)  # of these: the item is another one now
    removed: list[str] = field(default_factory=list)  # items that are gone and had an answer
    added: list[str] = field(default_factory=list)
    own: int = 0  # cells that the learner wrote or changed


def pristine(cell: Cell) -> bool:
    """Whether a cell is as some edition of the course released it."""
    if grade_id(cell):
        known = nbgrader(cell)
        if "points" not in known and known.get("grade"):
            return False
        return known.get("checksum") == checksum(cell, text(cell))
    made = hashlib.sha256(f"{cell.get('cell_type')}\n{text(cell)}".encode()).hexdigest()[:10]
    return str(cell.get("id", "")).split("-")[0] == made


def merge(mine: dict[str, Any], new: dict[str, Any]) -> Merged:
    """Carry the learner's notebook `mine` into the edition `new`. Neither is changed."""
    made = Merged(copy.deepcopy({k: v for k, v in new.items() if k != "cells"}))
    given: list[Cell] = new["cells"]
    cells: list[Cell] = [c for c in mine["cells"] if isinstance(c, dict)]
    places = _places(cells, given)
    here: dict[int, Cell] = {}  # place in the new edition -> the learner's cell
    behind: dict[int, list[Cell]] = {}  # place in the new edition (-1: before all) -> cells that are the learner's own
    at = -1
    for cell, place in zip(cells, places, strict=True):
        if place is None:
            behind.setdefault(at, []).extend(_own(cell, given, made))
        elif place in here:  # a copy; the last one with an answer counts, as it does when the notebook is run
            first, second = (here[place], cell) if not pristine(cell) else (cell, here[place])
            here[place] = second
            behind.setdefault(place - 1, []).extend(_own(first, given, made))
        else:
            here[place] = cell
            at = place
    whole = list(behind.get(-1, []))
    for place, cell in enumerate(given):
        whole += _one(here.get(place), cell, made)
        whole += behind.get(place, [])
    old_items = {item_of(c) for c in cells if grade_id(c)}
    made.added = sorted({item_of(c) for c in given if grade_id(c)} - old_items)
    made.notebook["cells"] = _with_ids(whole)
    return made


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two notebooks have the same cells, outputs aside."""

    def plain(notebook: dict[str, Any]) -> list[tuple[Any, ...]]:
        return [
            (c.get("cell_type"), grade_id(c), nbgrader(c).get("checksum"), text(c).strip()) for c in notebook["cells"]
        ]

    return plain(one) == plain(other)


def _places(cells: list[Cell], given: list[Cell]) -> list[int | None]:
    """For each of the learner's cells its place in the new edition: by nbgrader's id, by the cell's id, by its text."""
    by_name = {grade_id(c): i for i, c in enumerate(given) if grade_id(c)}
    by_id = {str(c.get("id")): i for i, c in enumerate(given) if not grade_id(c)}
    by_text: dict[tuple[Any, str], list[int]] = {}
    for i, c in enumerate(given):
        if not grade_id(c):
            by_text.setdefault((c["cell_type"], text(c).strip()), []).append(i)
    places = [by_name.get(grade_id(c)) if grade_id(c) else by_id.get(str(c.get("id"))) for c in cells]
    taken = set(places)
    for n, cell in enumerate(cells):
        if places[n] is None and not grade_id(cell):
            same_text = by_text.get((cell.get("cell_type"), text(cell).strip()), [])
            places[n] = next((i for i in same_text if i not in taken), None)
            taken.add(places[n])
    return places


def _one(mine: Cell | None, given: Cell, made: Merged) -> list[Cell]:
    """What stands at a place of the new edition: its cell, with the learner's words where she wrote some."""
    fresh = copy.deepcopy(given)
    if mine is None or pristine(mine):
        return [_with_outputs(fresh, mine)]
    if is_solution(given):
        item = item_of(given)
        if text(mine).strip() == text(given).strip():
            return [_with_outputs(fresh, mine)]
        made.carried.append(item)
        if nbgrader(mine).get("checksum") != nbgrader(given).get("checksum"):
            made.changed.append(item)
        return [_with_outputs(fresh | {"source": mine.get("source", "")}, mine)]
    if text(mine).strip() == text(given).strip():
        return [_with_outputs(fresh, mine)]
    if not grade_id(given) and mine.get("id") == given.get("id") and pristine(given):
        made.own += 1  # the course's text is the same as before, so her version of it stays
        return [copy.deepcopy(mine)]
    return [fresh, *_kept(mine, made, "Your version of the cell above, from the earlier edition:")]


def _own(cell: Cell, given: list[Cell], made: Merged) -> list[Cell]:
    """A cell that the new edition does not have: the learner's own, or the course's where she changed it."""
    if pristine(cell) or not text(cell).strip():
        return []
    if not grade_id(cell):
        was_course = _made_of_text(cell) and not str(cell.get("id")).startswith(KEPT)
        if was_course:
            return _kept(cell, made, "From the earlier edition, as you changed it:")
        made.own += 1
        return [copy.deepcopy(cell)]
    item = item_of(cell)
    if item in {item_of(c) for c in given}:
        return _kept(cell, made, f"Another copy of a cell of {item}:")
    if is_solution(cell):
        made.removed.append(item)
        return _kept(cell, made, f"Your answer to {item}, which is no longer part of this module:")
    return _kept(cell, made, f"From {item}, which is no longer part of this module:")


def _made_of_text(cell: Cell) -> bool:
    """Whether the id has the form that the course gives its text cells."""
    name = str(cell.get("id", "")).split("-")[0]
    return len(name) == 10 and all(c in "0123456789abcdef" for c in name)


def _kept(cell: Cell, made: Merged, words: str) -> list[Cell]:
    made.own += 1
    plain = copy.deepcopy(cell)
    plain["metadata"] = {k: v for k, v in cell.get("metadata", {}).items() if k not in ("nbgrader", "editable", "deletable")}  # fmt: skip
    plain["id"] = KEPT + hashlib.sha256(text(cell).encode()).hexdigest()[:10]
    note = {"cell_type": "markdown", "id": f"{plain['id']}-note", "metadata": {}, "source": f"*{words}*"}
    return [note, plain]


def _with_outputs(fresh: Cell, mine: Cell | None) -> Cell:
    """The learner's outputs stay where the cell is the same."""
    same_text = mine is not None and text(mine).strip() == text(fresh).strip()
    if same_text and fresh["cell_type"] == "code" and mine.get("cell_type") == "code":
        same_check = nbgrader(mine).get("checksum") == nbgrader(fresh).get("checksum")
        if same_check and isinstance(mine.get("outputs"), list):
            fresh["outputs"], fresh["execution_count"] = copy.deepcopy(mine["outputs"]), mine.get("execution_count")
    return fresh


def _with_ids(cells: list[Cell]) -> list[Cell]:
    """Each id once, as the notebook format asks."""
    seen: set[str] = set()
    for cell in cells:
        name = wanted = str(cell.get("id") or KEPT + hashlib.sha256(text(cell).encode()).hexdigest()[:10])
        number = 1
        while name in seen:
            number += 1
            name = f"{wanted}-{number}"
        seen.add(name)
        cell["id"] = name
    return cells
