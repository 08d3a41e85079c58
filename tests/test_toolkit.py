"""The tool kit: twelve sheets in plain words, with sources, on one page each, and in reach of every module."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browser_tools import chromium_running
from conftest import MODULES

from coursekit.errors import CourseError
from coursekit.handbook import pdf
from coursekit.handbook.pages import Links, page
from coursekit.handbook.text import Text
from coursekit.handbook.toolkit import sheets
from coursekit.items import ROOT
from coursekit.prose import reading_grade
from coursekit.site import build_site
from coursekit.testing import browser

LINKS = Links(page=lambda slug: f"{slug}.html", module=lambda n: f"module_{n:02d}.html")


def test_there_is_one_sheet_for_each_of_the_twelve_modules() -> None:
    assert [s.module for s in sheets()] == list(range(1, 13))
    assert len({s.title for s in sheets()}) == 12


@pytest.mark.parametrize("sheet", sheets(), ids=lambda s: s.slug)
def test_a_sheet_is_something_to_work_with(sheet: object) -> None:
    html = page(sheet.slug, LINKS).body
    assert html.count('class="room') + html.count('class="box"') + html.count('class="blank"') >= 12, (
        "little to fill in"
    )
    assert "{{" not in html and "⟦" not in html
    sources = re.findall(r'<li id="source-(\d+)">', html)
    named = set(re.findall(r'href="#source-(\d+)"', html))
    assert named == set(sources), "a number without a source, or the other way round"
    assert len(sources) >= (0 if sheet.module == 4 else 1)  # sheet 4 rests on no rule
    assert all("as of 20" in line for line in re.findall(r'<li id="source-\d+">([^<]+)', html))


def test_the_words_of_the_sheets_are_plain() -> None:
    """Cells are no sentences; what is measured are the running words outside the tables."""
    text = "\n".join(
        re.sub(r"\{\{.*?\}\}|\\_|\*\*|- \[ \] ", "", line)
        for sheet in sheets()
        for line in [sheet.use, *sheet.text.splitlines()]
        if not line.startswith(("|", "#")) and line.strip()
    )
    grade = reading_grade(text)
    print(f"\nreading grade of the sheets: {grade:.1f}")
    assert grade <= 10


def test_a_sheet_with_a_wrong_mark_is_refused_with_its_name() -> None:
    with pytest.raises(CourseError, match="toolkit/03-x.md: .*no-such-fact"):
        Text("toolkit/03-x.md").html("See {{cite: no-such-fact}}.")
    with pytest.raises(CourseError, match="no sheet 13"):
        page("toolkit-13", LINKS)


def test_sources_are_numbered_once_and_raw_html_stays_text() -> None:
    text = Text("x")
    html = text.html(
        "A {{cite: erisa-preservice-15-days}} {{cite: erisa-urgent-72-hours}} <b>b</b> {{cite: ma-od-expedited-72-hours}}"
    )
    assert [n for n, _ in text.sources()] == [1, 2]
    assert html.count("<sup") == 2 and "&lt;b&gt;" in html


@pytest.mark.parametrize("name", MODULES)
def test_every_module_links_to_its_sheet(name: str) -> None:
    text = (ROOT / "notebooks" / name / f"{name}.md").read_text(encoding="utf-8")
    section = text.split("\n## Tool kit", 1)[1].split("\n## ", 1)[0]
    assert f"](/course/toolkit-{name[-2:]})" in section


@pytest.mark.browser
@pytest.mark.slow
def test_each_sheet_is_one_page_of_pdf_and_the_same_bytes_twice(tmp_path: Path) -> None:
    with chromium_running():  # skips where there is none
        pass
    build_site(tmp_path, pdf=True)
    first = {path.name: path.read_bytes() for path in pdf.print_sheets(tmp_path, browser())}
    assert len(first) == 12
    for name, data in first.items():
        assert pdf.pages(data) == 1, f"{name} has {pdf.pages(data)} pages"
        assert b"/Lang" in data and b"/StructTreeRoot" in data, f"{name} is not tagged"
    again = {path.name: path.read_bytes() for path in pdf.print_sheets(tmp_path, browser())}
    assert again == first
    for path in tmp_path.glob("toolkit-[01][0-9].html"):
        path.rename(path.with_suffix(".html" if path.stem == "toolkit-07" else ".put-by"))
    [alone] = pdf.print_sheets(tmp_path, browser())
    assert alone.read_bytes() == first["toolkit-07.pdf"], "what Chromium printed before can be seen in the file"
    for link in re.findall(r'href="([^"]+\.pdf)"', (tmp_path / "toolkit.html").read_text(encoding="utf-8")):
        assert link in first
