"""The final exam on the course page: start, go on, hand in and results, with the keyboard and without script."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import browser_tools
import pytest
import requests
from accessibility import barriers
from browser_tools import SLOW, chromium_running
from exam_bank import stand_in
from page_server import TOKEN, running
from tiny_course import make_course

from coursekit.exam import attempts

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A server on a course with an exam; its address and the workspace."""
    folder = tmp_path_factory.mktemp("exam page")
    root = stand_in(make_course(folder / "course"))
    space = folder / "workspace"
    space.mkdir()
    with running(root, space) as address:
        yield address, space


@pytest.fixture
def page(server: tuple[str, Path]) -> Iterator[Any]:
    with chromium_running() as chromium:
        page = chromium.new_page(viewport={"width": 1100, "height": 800})
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{server[0]}course?token={TOKEN}")
        yield page
        assert faults == []


def focused(page: Any) -> str:
    return " ".join(page.evaluate("document.activeElement.textContent").split())


def press(page: Any, fold: str, button: str) -> None:
    """Unfold and press with keys only."""
    summary = page.locator("#final_exam summary").filter(has_text=fold)
    summary.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert focused(page) == button
    page.keyboard.press("Enter")


def said(page: Any, words: str) -> None:
    page.get_by_role("status").get_by_text(words).wait_for(timeout=SLOW)


def test_an_attempt_from_start_to_result(page: Any, server: tuple[str, Path]) -> None:
    space = server[1]
    card = page.locator("#final_exam")
    card.get_by_text("Not taken yet").wait_for()
    assert "3 hours and 4 attempts" in card.inner_text() and "70 %" in card.inner_text()
    found = barriers(page, "course page/exam before")

    press(page, "Start attempt 1 of 4", "Yes, start attempt 1 now")
    said(page, "Attempt 1 begins now. You have 3 hours.")
    assert focused(page) == "Open attempt 1 in its own tab"
    notebook = attempts.place(space, 1)
    assert page.locator(":focus").get_attribute("href").endswith("lab/tree/final_exam_1/final_exam_1.ipynb")
    card.get_by_text("Attempt 1 of 4 is open").wait_for()
    assert notebook.is_file()
    assert re.search(r"You began at .*\d+:\d\d.* 2 h 5\d min left\.", card.inner_text())
    assert card.get_by_text("Start attempt").count() == 0
    browser_tools.keep(page, "page-exam-open", full_page=True)
    found += barriers(page, "course page/exam open")

    page.locator("#final_exam-handin summary").click()
    card.get_by_text(re.compile(r"the saved notebook had 0 of 1\d\d answers\.")).wait_for()
    page.locator("#final_exam-handin summary").click()

    # a damaged notebook: one sentence, the attempt stays open, and the same button has the focus
    book = notebook.read_text(encoding="utf-8")
    notebook.write_text("{", encoding="utf-8")
    press(page, "Hand in", "Yes, hand in attempt 1")
    said(page, "Nothing was handed in; the file is as it was, and the attempt stays open.")
    assert focused(page) == "Yes, hand in attempt 1" and "fault" in page.get_by_role("status").get_attribute("class")

    # Part A answered, Part B left open
    cells = json.loads(book)
    solutions = {p.id: p.solution for p in attempts.unseal(space, 1)[0] if p.area}
    for cell in cells["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        cell["source"] = solutions.get(name, cell["source"])
    notebook.write_text(json.dumps(cells), encoding="utf-8")
    page.keyboard.press("Enter")
    said(page, "Attempt 1 is handed in. Part A 100 %, Part B 0 %: not passed.")
    assert focused(page) == "Results of 1 attempt"
    shown = page.locator("#final_exam-results")
    shown.get_by_text("Part B: 0 of 40").wait_for()
    assert shown.get_attribute("open") is not None
    assert shown.get_by_text(re.compile(r"^M\d\d\.\d: section .+ of .+ points$")).count() >= 3
    card.get_by_text("Not passed yet").wait_for()
    card.get_by_text("Start attempt 2 of 4").wait_for()
    assert attempts.load(space)[0][0]["result"]["parts"]["A"]["percent"] == 100
    browser_tools.keep(page, "page-exam-result", full_page=True)
    found += barriers(page, "course page/exam result")
    assert found == []


def test_a_practice_exam_is_made_and_can_be_opened(page: Any, server: tuple[str, Path]) -> None:
    page.get_by_role("button", name="Make a practice exam").focus()
    page.keyboard.press("Enter")
    said(page, "Practice exam 1 is made.")
    assert focused(page) == "Open practice exam 1 in its own tab"
    assert (server[1] / "practice_exam_1" / "practice_exam_1.ipynb").is_file()


def test_without_script_and_with_a_lost_notebook(server: tuple[str, Path]) -> None:
    """Forms lead to a page; a deleted notebook of an open attempt is put back; nothing is handed in twice."""
    address, space = server
    session = requests.Session()
    session.trust_env = False
    text = session.get(f"{address}course?token={TOKEN}").text

    def post(action: str) -> tuple[int, str]:
        xsrf = re.search(r'name="_xsrf" value="([^"]+)"', text)[1]
        answer = session.post(f"{address}course/api/exam/{action}", data={"_xsrf": xsrf})
        return answer.status_code, answer.text

    status, page = post("start")
    number = attempts.open_attempt(attempts.load(space)[0])["number"]
    assert status == 200 and f"Attempt {number} begins now." in page
    attempts.place(space, number).unlink()
    assert "Put the missing notebook back" in session.get(f"{address}course").text
    status, page = post("start")
    assert status == 200 and f"Attempt {number} is open. Open it below. The notebook of this attempt was miss" in page
    assert attempts.place(space, number).is_file() and "Put the missing notebook back" not in page
    status, page = post("submit")
    assert status == 200 and f"Attempt {number} is handed in. Part A 0 %, Part B 0 %: not passed." in page
    status, page = post("submit")
    assert status == 409 and "No attempt is open, so nothing was handed in." in page
    assert session.post(f"{address}course/api/exam/start").status_code == 403, "a forged request is turned away"
