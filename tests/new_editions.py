"""A second edition of a module, made from the real release: one thing changed at a time, as the build would."""

from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

from conftest import MODULES

from coursekit.grading.edition import checksum, is_solution, nbgrader, text
from coursekit.items import ROOT
from coursekit.notebooks import grade_id, item_of

MODULE = MODULES[0]
CHANGES = ("none", "text changed", "item changed", "item added", "item removed", "file removed and added")


def released() -> dict[str, Any]:
    return json.loads((ROOT / "release" / MODULE / f"{MODULE}.ipynb").read_text(encoding="utf-8"))


def items() -> list[str]:
    return [grade_id(c) for c in released()["cells"] if is_solution(c)]


def _stamped(cell: dict[str, Any]) -> dict[str, Any]:
    """With the id or checksum that the build gives."""
    if grade_id(cell):
        nbgrader(cell)["checksum"] = checksum(cell, text(cell))
    else:
        cell["id"] = hashlib.sha256(f"{cell['cell_type']}\n{text(cell)}".encode()).hexdigest()[:10]
    return cell


def second(change: str, what: str = "") -> dict[str, Any]:
    """The notebook of the second edition. `what` names the item that is changed or removed."""
    notebook = released()
    cells = notebook["cells"]
    item = what or items()[1]
    if change == "text changed":
        for n in (1, 5):
            cell = [c for c in cells if not grade_id(c)][n]
            cell["source"] = text(cell) + "\nA new sentence."
            _stamped(cell)
    elif change == "item changed":
        for cell in cells:
            if grade_id(cell) in (f"{item}-prompt", item):
                cell["source"] = text(cell) + "\n# Asked in another way."
                _stamped(cell)
    elif change == "item added":
        three = [copy.deepcopy(c) for c in cells if item_of(c) == item]
        for cell in three:
            cell["source"] = text(cell).replace(item.replace("-", "_"), "m01_q99").replace(item, "m01-q99")
            nbgrader(cell)["grade_id"] = grade_id(cell).replace(item, "m01-q99")
            cell["id"] = grade_id(cell)
            _stamped(cell)
        cells += three
    elif change == "item removed":
        notebook["cells"] = [c for c in cells if item_of(c) != item]
    return notebook


def write_edition(root: Path, change: str) -> None:
    """Put an edition of the module into a course folder."""
    folder = root / "release" / MODULE
    (folder / "img").mkdir(parents=True, exist_ok=True)
    notebook = released() if change == "first" else second(change)
    (folder / f"{MODULE}.ipynb").write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "img" / "picture.svg").write_text("<svg/>\n")
    (root / "README.md").write_text("A course\n")
    (root / ".gitignore").write_text("/workspace/\n")
    if change == "file removed and added":
        (folder / "img" / "picture.svg").unlink()
        (root / "notes.md").write_text("The course's own notes\n")
