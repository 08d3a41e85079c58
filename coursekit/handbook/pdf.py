"""The sheets of the tool kit as PDF, printed by Chromium from the reading edition: the same bytes every time.

Chromium writes two things that change from run to run: the date, and the numbers by which it knows the parts of a page.
Those numbers go on from sheet to sheet, and do not begin at the same one in every run.
"""

from __future__ import annotations

import re
from pathlib import Path

from coursekit.files import write_whole

_DATE = re.compile(rb"(/(?:CreationDate|ModDate) \(D:)[^)]*\)")
_NODE = re.compile(rb"\(node(\d{8})\)")  # in the tree of tags, which is not compressed


def print_sheets(site: Path, chromium: str) -> list[Path]:
    """Print every `toolkit-NN.html` of a reading edition beside it, tagged for screen readers; return the PDF files."""
    from playwright.sync_api import sync_playwright

    made = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(color_scheme="light")
        for path in sorted(site.glob("toolkit-[0-9][0-9].html")):
            page.goto(path.resolve().as_uri())
            data = page.pdf(prefer_css_page_size=True, print_background=True, tagged=True)
            target = path.with_suffix(".pdf")
            write_whole(target, settled(data))
            made.append(target)
        browser.close()
    return made


def settled(data: bytes) -> bytes:
    """The same PDF with one date for all and its parts numbered from 1.

    Each takes as many characters as before, so that the table of offsets still fits, and the parts keep their order.
    """
    numbers = {old: new for new, old in enumerate(sorted(set(_NODE.findall(data))), 1)}
    data = _NODE.sub(lambda m: b"(node%08d)" % numbers[m[1]], data)
    return _DATE.sub(lambda m: m[1] + b"20260930080000+00'00'".ljust(len(m[0]) - len(m[1]) - 1)[: len(m[0]) - len(m[1]) - 1] + b")", data)  # fmt: skip


def pages(data: bytes) -> int:
    """How many pages a PDF has."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", data))
