"""The handbook on the course page in a real browser: flash cards by keyboard, and all pages checked with axe-core.

Set PRIORAUTH_SCREENSHOTS to a folder to keep what the browser saw.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import browser_tools
import pytest
from accessibility import barriers
from browser_tools import chromium_running
from page_server import TOKEN, running
from tiny_course import KERNEL, cell, make_course

from coursekit.handbook.pages import slugs

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("handbook")
    space = folder / "workspace"
    space.mkdir()
    cells = [cell("markdown", "This is [sheet 1 of the tool kit](/course/toolkit-01), ready to print.")]
    sheet = {"cells": cells, "metadata": {"kernelspec": KERNEL}, "nbformat": 4, "nbformat_minor": 5}
    (space / "sheet.ipynb").write_text(json.dumps(sheet), encoding="utf-8")
    with running(make_course(folder / "course"), space) as address, chromium_running() as chromium:

        def start(slug: str, width: int = 1100, **options: Any) -> Any:
            for path in (space / ".course").glob("cards*"):
                path.unlink()
            context = chromium.new_context(viewport={"width": width, "height": 800}, **options)
            page = context.new_page()
            page.goto(f"{address}course?token={TOKEN}")
            page.goto(f"{address}course/{slug}")
            return page

        yield start


def in_focus(page: Any) -> str:
    return page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")


def test_cards_by_keyboard_each_answer_is_announced(opened: Any) -> None:
    page = opened("cards")
    word = page.locator("#word").inner_text()
    page.get_by_role("button", name="Show the meaning").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="I knew it").wait_for()
    assert in_focus(page) == "meaning", "the meaning is read aloud"
    browser_tools.keep(page, "cards-meaning", full_page=True)
    page.keyboard.press("Tab")
    assert in_focus(page) == "I knew it"
    page.keyboard.press("Enter")
    page.get_by_role("status").get_by_text(f"{word}: box 2 of 5; it comes back tomorrow.").wait_for()
    assert in_focus(page) == "word" and page.locator("#word").inner_text() != word
    second = page.locator("#word").inner_text()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Not yet").click()
    page.get_by_role("status").get_by_text(f"{second}: box 1 of 5; it comes back once more today.").wait_for()
    page.context.close()


def test_cards_without_script(opened: Any) -> None:
    page = opened("cards", java_script_enabled=False)
    word = page.locator("#word").inner_text()
    page.get_by_role("button", name="Show the meaning").click()
    page.get_by_role("button", name="I knew it").click()
    page.get_by_text(f"{word}: box 2 of 5").wait_for()
    page.context.close()


def test_a_server_that_is_gone_is_said(opened: Any) -> None:
    page = opened("cards")
    page.route("**/course/cards*", lambda route: route.abort())
    page.get_by_role("button", name="Show the meaning").click()
    page.get_by_role("status").get_by_text("The card cannot be loaded").wait_for()
    page.context.close()


def test_the_link_in_a_module_opens_the_sheet_in_a_tab_of_its_own(opened: Any) -> None:
    page = opened("cards")
    page.goto(page.url.replace("course/cards", "lab/tree/sheet.ipynb"))
    link = page.get_by_role("link", name="sheet 1 of the tool kit")
    link.wait_for(timeout=browser_tools.SLOW)
    with page.context.expect_page() as made:
        link.click()
    made.value.get_by_role("heading", name="The request life cycle").wait_for()
    page.context.close()


@pytest.mark.slow
def test_accessible(opened: Any) -> None:
    page = opened("cards")
    page.get_by_role("button", name="Show the meaning").click()
    page.get_by_role("button", name="Not yet").wait_for()
    found = {}
    address = page.url.split("/cards")[0]
    for slug in ["cards with the meaning", "cards", *slugs(), ""]:
        if " " not in slug:
            page.goto(f"{address}/{slug}")
        for details in page.locator("main details").all():
            details.evaluate("e => { e.open = true }")
        found[slug] = barriers(page, f"course page/{slug or 'before the first grading'}")
    assert len(found) == len(slugs()) + 3
    assert not any(found.values()), {slug: words for slug, words in found.items() if words}
    page.context.close()
