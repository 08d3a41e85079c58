"""The leak scan: no key, solution, hidden test or rubric where a learner can look.

Every secret is a string taken from the items; every file that a learner gets is searched for it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from coursekit.build.compile import Compiled
from coursekit.items import ROOT

#: What a learner can read: the release, her workspace, the data, the package, feedback pages.
PLACES = ("release", "workspace", "datasets", "priorauth", "feedback")
HIDDEN_LINES = ("BEGIN SOLUTION", "BEGIN HIDDEN TESTS", "coursekit.mark", "award(")
SHORTEST = 12


@dataclass(frozen=True)
class Leak:
    """A secret that stands where it should not."""

    file: str
    item: str
    secret: str


def secrets(compiled: list[Compiled]) -> dict[str, list[str]]:
    """Secret strings by item: solution lines, keys as text and JSON, rubric, reject messages, explanations."""
    found: dict[str, list[str]] = {}
    for c in compiled:
        item = c.item
        texts = [line.strip() for line in c.solution.splitlines()]
        starter = {line.strip() for line in c.starter.splitlines()}
        texts = [t for t in texts if t not in starter]
        texts += (
            [json.dumps(c.data["key"], ensure_ascii=False)[1:-1], str(c.model)[1:-1]]
            if isinstance(c.model, (dict, list))
            else []
        )
        texts += [item.explain.strip()]
        texts += [r.message.strip() for r in item.rejects] + [p.message.strip() for p in item.parts]
        texts += [x for r in item.rubric for x in (r.criterion, r.full, r.half, r.none)]
        texts += [o.because for o in item.options.values()]
        found[item.id] = sorted({t for t in texts if len(t) >= SHORTEST and re.search(r"\w{3}", t)})
    return found


def files(root: Path = ROOT) -> list[Path]:
    """Every text file in the places that a learner can read, hidden course records of the workspace left out."""
    found = []
    for place in PLACES:
        for path in sorted((root / place).rglob("*")):
            parts = path.relative_to(root).parts
            if (
                path.is_file()
                and "__pycache__" not in parts
                and ".course" not in parts
                and path.suffix not in (".png", ".gz", ".pyc", ".parquet")
            ):
                found.append(path)
    return found


def scan(compiled: list[Compiled], root: Path = ROOT, places: list[Path] | None = None) -> tuple[int, int, list[Leak]]:
    """(number of secrets, number of files, leaks)."""
    known = secrets(compiled)
    looked = places if places is not None else files(root)
    leaks = []
    for path in looked:
        text = path.read_text(encoding="utf-8", errors="replace")
        plain = text if path.suffix != ".ipynb" else text + "\n" + _sources(text)
        own = "feedback" in path.relative_to(root).parts[:1] if path.is_relative_to(root) else False
        for item, strings in known.items():
            for secret in strings:
                if secret in plain and not (own and secret not in _keys_only(compiled, item)):
                    leaks.append(Leak(str(path), item, secret))
        leaks += [
            Leak(str(path), "", line)
            for line in HIDDEN_LINES
            if line in plain and path.suffix in (".ipynb", ".html", ".json")
        ]
    return sum(map(len, known.values())), len(looked), leaks


def _keys_only(compiled: list[Compiled], item_id: str) -> set[str]:
    """In feedback, messages are meant to be read; the key and the solution are not."""
    c = next(c for c in compiled if c.item.id == item_id)
    starter = {line.strip() for line in c.starter.splitlines()}
    return {
        json.dumps(c.data["key"], ensure_ascii=False)[1:-1],
        *(line.strip() for line in c.solution.splitlines() if line.strip() not in starter),
    }


def _sources(text: str) -> str:
    """Cell sources and outputs of a notebook as they are read, without JSON's escapes."""
    try:
        cells = json.loads(text)["cells"]
    except (ValueError, KeyError, TypeError):
        return ""
    parts = []
    for cell in cells:
        parts.append("".join(cell.get("source", [])))
        for output in cell.get("outputs", []):
            parts.append("".join(output.get("text", [])))
            parts += ["".join(v) if isinstance(v, list) else str(v) for v in output.get("data", {}).values()]
    return "\n".join(parts)
