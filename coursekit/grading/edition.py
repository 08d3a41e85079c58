"""One edition of a module as grading needs it: the release's cells, the sources of locked cells, the keys."""

from __future__ import annotations

import ast
import functools
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coursekit import mark
from coursekit.errors import CourseError
from coursekit.files import digest
from coursekit.notebooks import Cell, grade_id
from coursekit.workspace import ROOT
from priorauth import public
from priorauth.variants import salt

#: What is marked by these files is marked anew when one of them changes.
MARKING = (
    "coursekit/mark.py",
    "coursekit/variants.py",
    "coursekit/prose.py",
    "coursekit/grading",
    "priorauth/answers.py",
    "priorauth/check.py",
    "priorauth/variants.py",
)
PARTS = ("another text of the module", "another key", "another way of marking")


@dataclass(frozen=True)
class Edition:
    """A module as it was released, with what the grader alone knows."""

    module: str
    title: str
    cells: list[Cell]  # of the release, source as text
    locked: dict[str, str]  # grade id -> source of a locked cell, hidden lines included
    metadata: dict[str, Any]
    items: dict[str, Any]  # item id -> compiled item
    public: dict[str, Any]  # item id -> what learners may know
    stamp: str  # changes when the notebook, the keys or the marking change
    files: dict[str, Path]  # files that come with the notebook
    at: dict[str, int] = field(default_factory=dict)  # grade id or cell id -> position in `cells`

    @property
    def lesson(self) -> list[str]:
        """Code cells before the first answer: the same for every learner who left them alone.

        They end at an item with variants, too: the cells after its prompt show each learner other records.
        """
        own = {f"{i}-prompt" for i, item in self.items.items() if "pool" in item["form"]}
        ends = own | self.checks.keys()
        end = next((n for n, c in enumerate(self.cells) if is_solution(c) or grade_id(c) in ends), len(self.cells))
        return [c["source"] for c in self.cells[:end] if c["cell_type"] == "code"]

    @property
    def shown(self) -> list[str]:
        """Code cells behind the lesson that are neither answers nor checks: they show records."""
        later = [c for c in self.cells if c["cell_type"] == "code" and not grade_id(c)]
        return [c["source"] for c in later][len(self.lesson) :]

    @functools.cached_property
    def checks(self) -> dict[str, str]:
        """Grade id of a check cell -> item id."""
        return {f"{i}-check": i for i in self.items}

    @property
    def imports(self) -> list[str]:
        """Modules that the lesson imports, `matplotlib` and widgets among them; loaded before the first submission."""
        names = ["pandas", "matplotlib.pyplot", "ipywidgets"]
        for code in self.lesson[:2]:
            try:
                tree = ast.parse(code)
            except SyntaxError:
                continue
            for node in tree.body:
                if isinstance(node, ast.Import):
                    names += [a.name for a in node.names]
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    names += [node.module, *(f"{node.module}.{a.name}" for a in node.names)]
        return list(dict.fromkeys(names))

    @property
    def open_points(self) -> float:
        """Points that an instructor gives by rubric."""
        return sum(float(nbgrader(c)["points"]) for c in self.cells if is_grade(c) and is_solution(c))


@functools.lru_cache(maxsize=4)
def edition(module: str, root: Path = ROOT) -> Edition:
    """Load the present edition of a module. Raises `CourseError` when it was not built."""
    release, source = (root / kind / module / f"{module}.ipynb" for kind in ("release", "source"))
    for path in (release, source):
        if not path.exists():
            raise CourseError(f"{path.relative_to(root)} is missing. Build the course: python3 course.py build")
    learner = json.loads(release.read_text(encoding="utf-8"))
    ours = json.loads(source.read_text(encoding="utf-8"))
    cells = [c | {"source": text(c)} for c in learner["cells"]]
    locked = {grade_id(c): text(c) for c in ours["cells"] if grade_id(c) and is_locked(c)}
    known = public.load(module)
    at = {str(c.get("id")): i for i, c in enumerate(cells)} | {
        grade_id(c): i for i, c in enumerate(cells) if grade_id(c)
    }
    files = {
        p.relative_to(source.parent).as_posix(): p
        for p in sorted(source.parent.rglob("*"))
        if p.is_file()
        and p.suffix != ".ipynb"
        and not any(x.startswith((".", "__")) for x in p.relative_to(source.parent).parts)
    }
    return Edition(
        module, known["title"], cells, locked, learner["metadata"], mark.compiled(module), known["items"],
        _stamp(module, source, root), files, at,
    )  # fmt: skip


def _stamp(module: str, source: Path, root: Path) -> str:
    """Three fingerprints, of what `PARTS` names."""
    marking = ""
    for name in MARKING:
        place = root / name
        files = sorted(place.rglob("*.py")) if place.is_dir() else [place]
        marking += "".join(digest(f.read_bytes()) for f in files if f.exists())
    key = (mark.KEYS / f"{module}.json").read_bytes() + salt().encode()
    parts = [source.read_bytes(), key, marking.encode()]
    return "-".join(digest(p)[:10] for p in parts)


def differences(old: str, new: str) -> list[str]:
    """What differs between two editions, from their stamps."""
    return [words for words, a, b in zip(PARTS, old.split("-"), new.split("-"), strict=False) if a != b]


def text(cell: Cell) -> str:
    """A cell's source as one text, whatever it is made of."""
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(s for s in source if isinstance(s, str))
    return source if isinstance(source, str) else ""


def nbgrader(cell: Cell) -> dict[str, Any]:
    """nbgrader's metadata of a cell, or an empty table."""
    found = cell.get("metadata", {}).get("nbgrader")
    return found if isinstance(found, dict) else {}


def is_solution(cell: Cell) -> bool:
    return bool(nbgrader(cell).get("solution"))


def is_grade(cell: Cell) -> bool:
    return bool(nbgrader(cell).get("grade"))


def is_locked(cell: Cell) -> bool:
    """As nbgrader sees it: an answer is never locked, a graded cell without an answer always is."""
    return not is_solution(cell) and (is_grade(cell) or bool(nbgrader(cell).get("locked")))


def checksum(cell: Cell, source: str) -> str:
    """nbgrader's fingerprint of a cell with this source (`nbgrader.utils.compute_checksum`)."""
    parts = [
        source,
        cell["cell_type"],
        str(is_grade(cell)),
        str(is_solution(cell)),
        str(is_locked(cell)),
        grade_id(cell),
    ]
    if is_grade(cell):
        parts.append(str(float(nbgrader(cell)["points"])))
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()
