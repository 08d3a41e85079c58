"""The reading edition: every module as a static page, with outputs and without answers, for a phone, print or no network.

Each page stands alone beside its style sheet and pictures. It is made from `release/`, so what a learner may not see
is not there to be left out. Only the records of tasks that give each learner other ones come from `notebooks/`.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import jinja2
import nbformat

from coursekit.files import write_whole
from coursekit.handbook.pages import MENU, Links, page, slugs
from coursekit.items import ROOT
from coursekit.notebooks import is_own
from coursekit.programme import AREAS, POINTS, programme
from coursekit.site.content import Block, anchors, blocks
from coursekit.workspace import released_modules
from priorauth import glossary

HERE = Path(__file__).parent
STATIC = ROOT / "coursekit" / "page" / "static"
STYLES = (STATIC / "course.css", HERE / "site.css", STATIC / "handbook.css")


def build_site(target: Path, root: Path = ROOT, pdf: bool = False) -> list[Path]:
    """Write the reading edition into the folder `target`; return its pages. Pages of another edition are replaced.

    With `pdf` the sheets of the tool kit link to PDF files of the same name, which `handbook.pdf` writes.
    """
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    entries = programme(root)
    released = set(released_modules(root))
    written = [e for e in entries if e.name in released]
    areas = [(number, title, [e for e in entries if e.area == number]) for number, title in AREAS.items()]
    names = {"areas": areas, "written": {e.name for e in written}, "points": POINTS, "menu": MENU}
    places: dict[str, str] = {}
    pages = [_write(target / "index.html", templates.get_template("index.html").render(here="index", **names))]
    for place, entry in enumerate(written):
        release = root / "release" / entry.name
        parts = blocks(_with_records(root, entry.name))
        places |= {name: f"{entry.name}.html#{anchor}" for name, anchor in anchors(parts).items()}
        html = templates.get_template("module.html").render(
            here=entry.name,
            entry=entry,
            blocks=parts,
            sections=[b for b in parts if b.kind == "text" and b.title],
            before=written[place - 1] if place else None,
            after=written[place + 1] if place + 1 < len(written) else None,
            **names,
        )
        pages.append(_write(target / f"{entry.name}.html", html))
        for picture in sorted((release / "img").glob("*")) if (release / "img").is_dir() else []:
            (target / "img").mkdir(parents=True, exist_ok=True)
            shutil.copyfile(picture, target / "img" / picture.name)
    links = Links(
        page=lambda slug: f"{slug}.html",
        module=lambda number: f"module_{number:02d}.html" if number in {e.number for e in written} else None,
        place=places.get,
        pdf=(lambda slug: f"{slug}.pdf") if pdf else None,
    )
    plain = templates.get_template("page.html")
    for made in (page(slug, links, root) for slug in slugs(root)):
        html = plain.render(here=made.slug.split("-")[0], made=made, **names)
        pages.append(_write(target / f"{made.slug}.html", html))
    core = [t for t in glossary.all_terms() if t.core]
    html = templates.get_template("cards.html").render(here="cards", core=core, **names)
    pages.append(_write(target / "cards.html", html))
    write_whole(target / "site.css", "\n".join(path.read_text(encoding="utf-8") for path in STYLES))
    return pages


def _with_records(root: Path, name: str) -> nbformat.NotebookNode:
    """The learner's edition. Cells that show each learner other records show the first ones, so that a reader sees some."""
    learners, ours = (
        nbformat.read(root / kind / name / f"{name}.ipynb", as_version=4) for kind in ("release", "notebooks")
    )
    first = {cell.id: cell.outputs for cell in ours.cells if is_own(cell)}
    for cell in learners.cells:
        if is_own(cell):
            cell.outputs = first.get(cell.id, [])
    return learners


def _write(path: Path, html: str) -> Path:
    write_whole(path, html)
    return path


__all__ = ["Block", "build_site"]
