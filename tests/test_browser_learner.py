"""A learner's way through Module 1 in a real browser: open, run, try, answer, save, grade, stop, come back."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from browser_tools import Notebook, chromium_running, keep, learner_lab, open_module

from coursekit.items import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MODULE = "module_01"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with chromium_running() as started:
        yield started


@pytest.fixture
def context(chromium: Any) -> Iterator[Any]:
    opened = chromium.new_context(viewport={"width": 1280, "height": 900})
    yield opened
    opened.close()


def keys() -> dict[str, Any]:
    """The items of Module 1 with their keys, as grading reads them."""
    return json.loads((ROOT / "coursekit" / "keys" / f"{MODULE}.json").read_text(encoding="utf-8"))["items"]


def mapping(name: str, answer: dict[str, str]) -> str:
    """An answer cell as a learner would fill it in."""
    lines = "".join(f'    "{record}": "{label}",\n' for record, label in answer.items())
    return f"{name} = {{\n{lines}}}"


def use_the_tools(notebook: Notebook) -> None:
    """One action in each tool and one practice question, with the mouse."""
    journey = notebook.tool("request_journey(")
    journey.get_by_role("button", name="Next").click()
    journey.get_by_role("alert").get_by_text(re.compile(r"^Step 2 of \d+: ")).wait_for()
    journey.get_by_text(re.compile(r"^Step 2 of \d+$")).wait_for()
    keep(notebook.page, "learner-journey")

    who = notebook.tool("who_acts(")
    who.get_by_label("Step 1: who acts?").select_option("ordering clinician")
    who.get_by_role("button", name="Check my matches").click()
    who.get_by_role("alert").get_by_text("1 of 8 matches are right.").wait_for()
    who.get_by_role("row", name=re.compile("^Step 1 right")).wait_for()

    history = notebook.tool("history_timeline(")
    history.get_by_label("Era").select_option(index=3)
    history.get_by_role("alert").get_by_text("Milestone 1 of ").wait_for()
    assert history.locator('[aria-current="step"]').inner_text().endswith("2023")

    practice = notebook.tool('practice("m01-p1")')
    practice.get_by_role("button", name=re.compile("^B. ")).click()
    practice.get_by_role("alert").get_by_text("Yes, that is right.").wait_for()
    keep(notebook.page, "learner-practice")


def no_cell_fails(notebook: Notebook) -> None:
    """Neither a traceback nor a message on stderr under any cell."""
    assert notebook.page.locator(".jp-CodeCell").count() > 40
    for kind in ("application/vnd.jupyter.error", "application/vnd.jupyter.stderr"):
        found = notebook.page.locator(f'.jp-RenderedText[data-mime-type="{kind}"]')
        assert found.count() == 0, found.all_inner_texts()


def test_from_the_first_start_to_graded_work_that_is_still_there_tomorrow(context: Any, tmp_path: Path) -> None:
    began = time.monotonic()
    space, log = tmp_path / "workspace", tmp_path / "server.log"
    path = space / MODULE / f"{MODULE}.ipynb"
    items = keys()
    quiz, who, month = items["m01-q1"], items["m01-c2"], items["m01-c5"]
    nurse = next(r for r in who["rejects"] if "nurse" in r["misconception"])
    answers = {
        "m01-q1": f'm01_q1 = "{quiz["key"]}"',  # right
        "m01-c2": mapping("m01_c2", nurse["answer"]),  # a known misconception in some of the pairs
        "m01-c5": f"m01_c5 = {month['key']:g}",  # right
    }

    def step(words: str) -> None:
        print(f"{time.monotonic() - began:5.1f} s  {words}")

    with learner_lab(space, log) as address:
        step("the course has started")
        course, notebook = open_module(context, address, path)
        course.get_by_text("Points so far").wait_for()
        opened = time.monotonic()
        step("Module 1 is open")
        notebook.run_all()
        no_cell_fails(notebook)
        step("all cells have run, none failed")
        use_the_tools(notebook)
        step("three tools and a practice question answer")

        for name, source in answers.items():
            notebook.write(name, source)
            check = notebook.cell(f"{name}-check")
            check.locator(".jp-InputPrompt").click()
            notebook.page.keyboard.press("Shift+Enter")
            check.get_by_text(re.compile("can be read", re.IGNORECASE)).wait_for()
        keep(notebook.page, "learner-check")
        notebook.save()
        saved = {c.id: c.source for c in nbformat.read(path, as_version=4).cells}
        assert all(saved[name].strip() == source for name, source in answers.items())
        step("three answers are written, checked and saved")

        course.bring_to_front()
        course.get_by_role("button", name="Grade my work in Module 1", exact=True).click()
        course.get_by_role("status").get_by_text("Graded Module 1: ").wait_for(timeout=60_000)
        step("graded: " + course.get_by_role("status").inner_text())
        points = look_at_results(course, who, month, nurse["message"])
        keep(course, "learner-course", full_page=True)
        # the server looks after its connections every 30 s; it must not drop the kernel's
        notebook.page.wait_for_timeout(max(0, 1000 * (opened + 35 - time.monotonic())))
        assert not re.search(r"^\[[WE] ", log.read_text(), re.MULTILINE), log.read_text()

    context.clear_cookies()
    with learner_lab(space, log) as address:
        course, notebook = open_module(context, address, path)
        step("the course was stopped and started again")
        assert f"{points:g}" in course.locator(".figures").inner_text()
        course.locator(f"#{MODULE}-results > summary").click()
        assert look_at_results(course, who, month, nurse["message"]) == points
        for name, source in answers.items():
            assert notebook.source(name).strip() == source
        step("answers, points and messages are still there")
        notebook.page.get_by_text("This tool is asleep. To wake it").first.wait_for()
        assert not notebook.page.get_by_text("Error displaying widget").count()
        keep(notebook.page, "learner-tools-asleep")
        notebook.run_all()
        notebook.page.locator(".priorauth-tool").first.wait_for()
        assert not notebook.page.get_by_text("This tool is asleep").count()
        step("the tools slept, said so, and woke")


def look_at_results(course: Any, who: dict[str, Any], month: dict[str, Any], message: str) -> float:
    """Assert outcome words, points and the misconception's message on the course page; returns the sum of points."""

    def outcome(item: str) -> str:
        return course.locator(f"#{item} > .outcome").inner_text()

    assert "Right · 1 of 1 point" in outcome("m01-q1")
    assert f"Right · {month['points']:g} of {month['points']:g} points" in outcome("m01-c5")
    partly = re.search(r"Partly right · ([\d.]+) of 5 points", outcome("m01-c2"))
    assert partly and 0 < float(partly[1]) < who["points"]
    told = course.locator("#m01-c2").inner_text()
    assert message.split("{id}")[-1].strip(": ") in told
    assert any(record in told for record in who["key"]), "the message names no record"
    assert "Not attempted · 0 of 1 point" in outcome("m01-q2")
    points = 1 + month["points"] + float(partly[1])
    assert f"{points:g} of 50 points" in course.locator(f"#{MODULE} .meter").inner_text()
    return points
