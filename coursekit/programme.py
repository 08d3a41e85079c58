"""The twelve modules by number: title, focus area, minutes; also of those that this edition does not have yet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
POINTS = 50
PASS_SHARE = 0.70
PASS_POINTS = POINTS * PASS_SHARE

AREAS = {
    "I": "What prior authorization is, and who takes part",
    "II": "Fundamentals before the request",
    "III": "The provider's office: guidelines, request, communication",
    "IV": "Coverage determinations and the payer's side",
    "V": "Denials, appeals and other authorization needs",
}


@dataclass(frozen=True)
class Entry:
    """One module of the programme. `minutes` is 0 while the module is not written."""

    number: int
    title: str
    area: str
    minutes: int = 0

    @property
    def name(self) -> str:
        return f"module_{self.number:02d}"


PLAN = (
    Entry(1, "The life of a request", "I"),
    Entry(2, "Payers, plans, benefits and money", "I"),
    Entry(3, "Compliance and the honest record", "I"),
    Entry(4, "Medical records and the prescription", "II"),
    Entry(5, "Diagnosis and procedure codes", "II"),
    Entry(6, "Compendia and the medically accepted indication", "II"),
    Entry(7, "Reading the plan: guidelines, criteria and formularies", "III"),
    Entry(8, "Building, sending and tracking the request", "III"),
    Entry(9, "Coverage determinations for drugs", "IV"),
    Entry(10, "The payer's desk", "IV"),
    Entry(11, "Denials and appeals", "V"),
    Entry(12, "Other authorizations, the whole ledger, and what comes next", "V"),
)


def programme(root: Path = ROOT) -> list[Entry]:
    """All twelve modules; title and minutes from `items.yaml` where a module is written."""
    return [_written(entry, root) for entry in PLAN]


_seen: dict[Path, tuple[int, str, int]] = {}


def _written(entry: Entry, root: Path) -> Entry:
    path = root / "notebooks" / entry.name / "items.yaml"
    try:
        changed = path.stat().st_mtime_ns
        if path not in _seen or _seen[path][0] != changed:
            head = yaml.safe_load(_head(path.read_text(encoding="utf-8")))
            _seen[path] = (changed, str(head["title"]), int(head["minutes"]))
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError):
        return entry  # a mistake in the file is reported where the file is used, not on the course page
    _, title, minutes = _seen[path]
    return Entry(entry.number, title, entry.area, minutes)


def _head(text: str) -> str:
    """The lines before the first list of questions: small, so that the page does not read whole item files."""
    lines = []
    for line in text.splitlines():
        if line.startswith(("items:", "practice:")):
            break
        lines.append(line)
    return "\n".join(lines)
