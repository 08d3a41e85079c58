"""The handbook's pages as HTML, the same for the reading edition and for the course page; only the links differ."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import jinja2

from coursekit.errors import CourseError
from coursekit.handbook import casebook, picture
from coursekit.handbook import programme as promises
from coursekit.handbook.text import Text, anchor
from coursekit.handbook.toolkit import Sheet, sheets
from coursekit.items import ROOT, Item, written_modules
from coursekit.programme import AREAS, programme
from priorauth import glossary

HERE = Path(__file__).parent
#: The pages that stand in every menu.
MENU = (("glossary", "Glossary"), ("cards", "Flash cards"), ("toolkit", "Tool kit"), ("casebook", "Case book"), ("map", "Program map"))  # fmt: skip
_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)
_TEMPLATES.filters["anchor"] = anchor


@dataclass(frozen=True)
class Links:
    """Where links lead: to a page by its slug, to a module, and to a section or an item (None: not to be reached)."""

    page: Callable[[str], str]
    module: Callable[[int], str | None]
    place: Callable[[str], str | None] = lambda _: None
    pdf: Callable[[str], str] | None = None


@dataclass(frozen=True)
class Page:
    """A page without its frame. `paper` is portrait or landscape for a sheet, else empty."""

    slug: str
    title: str
    body: str
    paper: str = ""


def slugs(root: Path = ROOT) -> list[str]:
    """The pages that can be rendered here; the flash cards need a server and are not among them."""
    return ["glossary", "toolkit", *(s.slug for s in sheets(root)), "casebook", "map"]


def page(slug: str, links: Links, root: Path = ROOT) -> Page:
    """Render one page. Raises `CourseError` when there is no such page."""
    if slug.startswith("toolkit-"):
        return _sheet(slug, links, root)
    if slug not in _PAGES:
        raise CourseError(f"The handbook has no page {slug!r}.")
    title, names = _PAGES[slug](links, root)
    entries = programme(root)
    areas = [(number, name, [e for e in entries if e.area == number]) for number, name in AREAS.items()]
    names |= {"areas": areas, "page": links.page, "module": links.module, "place": links.place, "pdf": links.pdf}
    return Page(slug, title, _TEMPLATES.get_template(f"{slug}.html").render(**names))


def _sheet(slug: str, links: Links, root: Path) -> Page:
    found = next((s for s in sheets(root) if s.slug == slug), None)
    if found is None:
        raise CourseError(f"The tool kit has no sheet {slug.removeprefix('toolkit-')}.")
    text = Text(found.path, lambda term: f"{links.page('glossary')}#{anchor(term)}")
    use, body = text.inline(found.use), text.html(found.text)
    html = _TEMPLATES.get_template("sheet.html").render(
        sheet=found, use=use, body=body, sources=text.sources(), page=links.page, module_url=links.module(found.module),
        entry=programme(root)[found.module - 1], pdf=links.pdf(slug) if links.pdf else None,
    )  # fmt: skip
    return Page(slug, f"Sheet {found.module}. {found.title}", html, found.page)


def _toolkit(links: Links, root: Path) -> tuple[str, dict[str, Any]]:
    found: list[Sheet] = sheets(root)
    return "Tool kit", {"sheets": found}


def _glossary(links: Links, root: Path) -> tuple[str, dict[str, Any]]:
    from coursekit.cards import first_use

    used = first_use(root)
    words = sorted(glossary.all_terms(), key=lambda t: t.term.casefold())
    letters = [(k, list(group)) for k, group in groupby(words, key=lambda t: _letter(t.term))]
    return "Glossary", {"words": words, "letters": letters, "used": used}


def _letter(term: str) -> str:
    return term[0].upper() if term[0].isalpha() else "0-9"


def _casebook(links: Links, root: Path) -> tuple[str, dict[str, Any]]:
    written = {int(re.sub(r"\D", "", name)) for name in written_modules(root)}
    return "Case book", {"cases": casebook.cases(), "records": casebook.records(), "written": written}


def _map(links: Links, root: Path) -> tuple[str, dict[str, Any]]:
    found = promises.programme_map(root)
    groups = [(g, title, found.group(g), picture.svg(found, g), picture.words(found, g)) for g, title in promises.GROUPS.items()]  # fmt: skip
    return "Program map", {"groups": groups, "found": found, "by_module": _by_module}


def _by_module(items: list[Item]) -> list[tuple[int, list[Item]]]:
    return [(int(m), list(group)) for m, group in groupby(items, key=lambda i: i.id[1:3])]


_PAGES = {"toolkit": _toolkit, "glossary": _glossary, "casebook": _casebook, "map": _map}
