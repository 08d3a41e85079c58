"""The tool kit: one printable working sheet for each module, written in `toolkit/NN-name.md`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from coursekit.errors import CourseError
from coursekit.items import ROOT

FOLDER = "toolkit"
PAGES = ("portrait", "landscape")


@dataclass(frozen=True)
class Sheet:
    """One sheet: the module that it belongs to, when it is used, and its text in Markdown with marks.

    `page` is portrait or landscape; `size` is the size of its letters and `room` the height of an empty cell on paper,
    both in points, so that it fills one page.
    """

    module: int
    title: str
    use: str
    page: str
    text: str
    path: str
    size: float = 10
    room: float = 22

    @property
    def slug(self) -> str:
        """The name of its page, such as `toolkit-03`."""
        return f"toolkit-{self.module:02d}"


def sheets(root: Path = ROOT) -> list[Sheet]:
    """All sheets, by module. Raises `CourseError` naming the file that cannot be read."""
    return [_read(path) for path in sorted((root / FOLDER).glob("[0-9][0-9]-*.md"))]


def _read(path: Path) -> Sheet:
    shown = f"{FOLDER}/{path.name}"
    parts = path.read_text(encoding="utf-8").split("---\n", 2)
    try:
        head = yaml.safe_load(parts[1])
        sheet = Sheet(**head, text=parts[2].strip(), path=shown)
    except (IndexError, TypeError, yaml.YAMLError) as problem:
        raise CourseError(
            f"{shown}: the head needs module, title, use and page between two lines ---: {problem}."
        ) from None
    if sheet.module != int(path.name[:2]) or sheet.page not in PAGES:
        raise CourseError(f"{shown}: module must be the number of the file name, and page one of {', '.join(PAGES)}.")
    return sheet
