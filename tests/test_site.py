"""The reading edition: complete, without answers, readable by keyboard and screen reader, on a phone and in the dark."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from accessibility import barriers
from browser_tools import chromium_running
from conftest import MODULES, compiled_module, read_built

from coursekit import access, leaks
from coursekit.handbook.pages import slugs
from coursekit.notebooks import is_own
from coursekit.site import build_site
from priorauth import data, public


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("site")
    build_site(target)
    return target


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_there_whole(site: Path, name: str) -> None:
    page = (site / f"{name}.html").read_text(encoding="utf-8")
    cells = read_built("release", name).cells
    prompts = [c.id for c in cells if c.id.endswith("-prompt")]
    assert page.count('<div class="exercise">') == len(prompts) > 10
    headings = [h for c in cells if c.cell_type == "markdown" for h in re.findall(r"^## (.+)$", c.source, re.M)]
    assert len(re.findall(r"<h2 id=", page)) == len(headings) > 8
    for anchor in re.findall(r'href="#([^"]+)"', page):
        assert f'id="{unescape(anchor)}"' in page, anchor
    for picture in re.findall(r'<img[^>]*src="(?!data:)([^"]+)"', page):
        assert (site / picture).exists(), picture
    assert all("alt=" in image for image in re.findall(r"<img[^>]*>", page))
    assert "SOLUTION" not in page and "HIDDEN" not in page


def test_tasks_with_records_of_ones_own_show_some(site: Path) -> None:
    """A reader without a computer sees one set, and reads that hers is another one."""
    for name in MODULES:
        own = [c for c in read_built("release", name).cells if is_own(c)]
        page = (site / f"{name}.html").read_text(encoding="utf-8")
        assert own and page.count("In your notebook you find your own") == len(own)
        assert not any(c.outputs for c in own)
        for task in [c["id"] for c in public.load(name)["items"].values() if "pool" in c["form"]]:
            assert all(record in page for record in data.cases(task, "")), task


def test_every_link_leads_somewhere(site: Path) -> None:
    """Links between pages, with the place on the page that they name."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in site.glob("*.html")}
    ids = {name: {unescape(i) for i in re.findall(r' id="([^"]+)"', text)} for name, text in texts.items()}
    looked = 0
    for name, text in texts.items():
        for link in map(unescape, re.findall(r'<a [^>]*?href="(?!https?:|mailto:|#)([^"]+)"', text)):
            target, _, place = link.partition("#")
            assert target in texts, f"{name}: {link}"
            assert not place or place in ids[target], f"{name}: {link}"
            looked += 1
    assert looked > 1000


def test_no_answer_is_in_it(site: Path) -> None:
    pages = sorted(site.glob("*.html"))
    for name in MODULES:
        number, looked, found = leaks.scan(compiled_module(name), places=pages)
        assert number > 80 and looked == len(pages)
        assert not found


def test_the_same_twice(site: Path, tmp_path: Path) -> None:
    for page in build_site(tmp_path):
        assert page.read_bytes() == (site / page.name).read_bytes()


@pytest.mark.browser
@pytest.mark.slow
def test_accessible(site: Path) -> None:
    """Every page by axe-core, light and dark, wide and narrow, and without sideways scrolling at 200 % zoom."""
    pages = sorted(site.glob("*.html"))
    assert len(pages) == len(MODULES) + len(slugs()) + 2  # and the index and the flash cards
    found = {}
    with chromium_running() as chromium:
        page = chromium.new_page()
        for path in pages:
            page.goto(path.as_uri())
            found[path.name] = barriers(page, f"site/{path.stem}")
    assert not any(found.values()), {name: words for name, words in found.items() if words}


def test_the_rules_that_text_alone_can_break(site: Path) -> None:
    for path in sorted(site.glob("*.html")):
        assert access.of_page(path.read_text(encoding="utf-8")) == [], path.name
