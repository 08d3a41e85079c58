"""A class on a real JupyterHub, in a browser: release, get, work, hand in, collect, grade, read the feedback.

Ada works on her own server with the course page; Ben on a named server with nbgrader's Assignment List. Ines grades on
the server of the grader's account. Set PRIORAUTH_SCREENSHOTS to a folder to keep what the browser saw.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import nbformat
import pytest
from browser_tools import SLOW, Notebook, chromium_running, keep, low_contrast
from course_folders import answered, scores
from hub import GRADER, PASSWORD, Hub, model_answers, new_class, running_hub
from hub_environment import hub_environment
from test_browser_formgrader import press_in_row

from coursekit.items import load_module

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.hub]

MODULE = "module_01"
TITLE = re.compile("Module 1")
NOTEBOOK = f"{MODULE}/{MODULE}.ipynb"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with chromium_running() as started:
        yield started


class Steps:
    """Prints each step with the seconds since the start."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def __call__(self, words: str) -> None:
        print(f"{time.monotonic() - self.began:6.1f} s  {words}")


def log_in(chromium: Any, hub: Hub, name: str, path: str) -> Any:
    """A browser of its own for a person, logged in and led to `path`; returns the page."""
    page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(hub.address + path)
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    return page


def write(hub: Hub, server: str, notebook: nbformat.NotebookNode) -> None:
    """Save a notebook through the learner's own server, as an editor does."""
    content = {"type": "notebook", "content": json.loads(nbformat.writes(notebook))}
    done = hub.api("PUT", f"user/{server}/api/contents/{NOTEBOOK}", json=content)
    assert done.status_code == 200, done.text


def open_notebook(page: Any, hub: Hub, name: str) -> Notebook:
    """The notebook that JupyterLab shows in this page, when its kernel is ready."""
    page.get_by_role("tab", name=f"{MODULE}.ipynb").wait_for(timeout=SLOW)
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=SLOW)
    path = hub.home(name) / NOTEBOOK
    return Notebook(page, path, nbformat.read(path, as_version=4).cells)


def sheet_opens(page: Any, notebook: Notebook, prefix: str) -> None:
    """The link to the tool kit in the module's text leads to the page on this server."""
    number = next(i for i, c in enumerate(notebook.cells) if "/course/toolkit-01" in c.source)
    cells = page.locator(".jp-NotebookPanel .jp-Notebook-cell")
    cell = cells.and_(page.locator(f'[data-windowed-list-index="{number}"]'))
    cell.scroll_into_view_if_needed()
    with page.context.expect_page() as opened:
        cell.get_by_role("link", name="sheet 1 of the tool kit").click()
    sheet = opened.value
    sheet.get_by_role("heading", level=1, name=re.compile("life cycle")).wait_for(timeout=SLOW)
    assert urlparse(sheet.url).path == f"{prefix}course/toolkit-01"
    keep(sheet, "hub-sheet")
    sheet.close()


def accessible(page: Any) -> None:
    """axe-core finds nothing on the page, light and dark, wide and at 360 pixels, and it never scrolls sideways."""
    from axe_playwright_python.sync_playwright import Axe

    for scheme in ("dark", "light"):
        for width in (360, 1280):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            found = Axe().run(page).response["violations"]
            assert not found, [(scheme, width, v["id"], v["nodes"][0]["html"][:200]) for v in found]
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert low_contrast(page) == []
            keep(page, f"hub-course-{scheme}-{width}", full_page=True)


def grade(hub: Hub) -> str:
    """`course.py grade` as the grader runs it in a terminal; the launcher itself only sets up an environment first."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PRIORAUTH", "JUPYTER"))}
    env |= {
        "PYTHONPATH": str(hub.course),
        "PRIORAUTH_EXCHANGE": str(hub.folder / "exchange"),
        "JUPYTERHUB_USER": GRADER,
    }
    done = subprocess.run([sys.executable, "-m", "coursekit", "grade", MODULE], cwd=hub.course, env=env, text=True,
                          capture_output=True, timeout=600)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_class_from_release_to_feedback(chromium: Any, tmp_path: Path) -> None:
    step = Steps()
    made = hub_environment()
    step(f"the hub's packages and proxy are there ({made.seconds:.0f} s to install)")
    new_class(tmp_path)
    step("the folders of the class are made")
    module = load_module(MODULE)
    ids = [i.id for i in module.items]
    by_ben = ids[: len(ids) // 2]
    automatic = {i.id: i.points - sum(c.points for c in i.rubric) for i in module.items}

    with running_hub(tmp_path, made) as hub:
        step("the hub answers")
        # The instructor generates and releases on the grader's server, in its own tab.
        ines = log_in(chromium, hub, "ines", f"hub/spawn/{GRADER}")
        ines.get_by_role("button", name=re.compile("Authorize")).click(timeout=SLOW)
        ines.get_by_role("heading", name="Manage Assignments").wait_for(timeout=SLOW)
        assert urlparse(ines.url).path.startswith(f"/pa/user/{GRADER}/formgrader")
        ines.get_by_role("row", name=re.compile(f"^{MODULE} ")).wait_for(timeout=SLOW)
        keep(ines, "hub-formgrader")
        step("the instructor sees formgrader")
        press_in_row(ines, ines, f"^{MODULE} ", "assign", "Successfully created")
        press_in_row(ines, ines, f"^{MODULE} ", "release", "Successfully released")
        step("Module 1 is generated and released")

        stranger = log_in(chromium, hub, GRADER, "hub/home")
        stranger.get_by_text(f"Nobody logs in as {GRADER}").wait_for()
        step("a login as the grader is refused")

        # Ada gets it on the course page, types an answer, hands in.
        ada = log_in(chromium, hub, "ada", "hub/spawn")
        ada.get_by_role("heading", name="Prior authorization, hands on").wait_for(timeout=SLOW)
        assert urlparse(ada.url).path == "/pa/user/ada/course"
        keep(ada, "hub-course-released", full_page=True)
        ada.get_by_role("button", name=re.compile("^Get this module Module 1")).click()
        ada.get_by_role("status").get_by_text("The module is in your files").wait_for()
        right = model_answers(MODULE, ids, "ada")
        write(hub, "ada", answered(MODULE, {k: v for k, v in right.items() if k != "m01-q1"}))
        with ada.context.expect_page() as opened:
            ada.get_by_role("link", name=re.compile("^Open Module 1")).click()
        notebook = open_notebook(opened.value, hub, "ada")
        notebook.run_all()
        notebook.write("m01-q1", right["m01-q1"])
        notebook.save()
        sheet_opens(notebook.page, notebook, "/pa/user/ada/")
        keep(notebook.page, "hub-lab")
        step("Ada has written her answers; the link to the tool kit works under her prefix")
        ada.bring_to_front()
        ada.get_by_role("button", name=re.compile("^Hand in Module 1")).click()
        ada.get_by_role("status").get_by_text("Handed in, as the notebook was saved last").wait_for()
        saved = hashlib.sha256((hub.home("ada") / NOTEBOOK).read_bytes()).hexdigest()
        ada.reload()  # hands in nothing again
        assert re.findall(r"\(copy (\w+)\)", ada.locator(f"#{MODULE}").inner_text()) == [saved[:12]]
        accessible(ada)
        step("Ada has handed in on the course page")

        # Ben works on a named server, with nbgrader's own list of assignments.
        ben = log_in(chromium, hub, "ben", "hub/spawn/ben/second")
        ben.get_by_role("heading", name="Prior authorization, hands on").wait_for(timeout=SLOW)
        assert urlparse(ben.url).path == "/pa/user/ben/second/course"
        ben.goto(f"{hub.address}user/ben/second/lab")
        assignments = assignment_list(ben)
        assignments.get_by_role("button", name="Fetch", exact=True).click()
        assignments.get_by_role("button", name="Submit").wait_for(timeout=SLOW)
        write(hub, "ben/second", answered(MODULE, model_answers(MODULE, by_ben, "ben")))
        page = ben.context.new_page()
        page.goto(f"{hub.address}user/ben/second/lab/tree/{NOTEBOOK}")
        sheet_opens(page, open_notebook(page, hub, "ben"), "/pa/user/ben/second/")
        page.close()
        assignments.get_by_role("button", name="Submit").click()
        assignments.get_by_role("button", name="Fetch Feedback").wait_for(timeout=SLOW)
        keep(ben, "hub-assignments")
        step("Ben has handed in on his named server, in the Assignment List")

        # The instructor collects, grades, and gives feedback back.
        ines.reload()
        press_in_row(ines, ines, f"^{MODULE} ", "collect", "Successfully|2 submissions")
        assert sorted(p.name for p in (hub.course / "submitted").iterdir()) == ["ada", "ben"]
        step("both are collected, under their hub names")
        words = grade(hub)
        step("graded: " + " ".join(words.split())[:160])
        ines.reload()
        press_in_row(ines, ines, f"^{MODULE} ", "release-feedback", "Successfully")
        keep(ines, "hub-formgrader-graded")
        step("feedback is released")

        found = {
            name: sum(auto or 0 for auto, _, _ in cells.values()) for name, cells in scores(hub.course, MODULE).items()
        }
        step(f"points in the gradebook: {found}")
        assert found == {
            "ada": sum(automatic.values()),
            "ben": sum(automatic[name] for name in by_ben),
        }

        ada.reload()
        ada.goto(f"{hub.address}user/ada/course")
        ada.get_by_role("button", name=re.compile("^Get the feedback")).click()
        ada.get_by_role("status").get_by_text("The feedback is here.").wait_for()
        with ada.context.expect_page() as opened:
            ada.get_by_role("link", name=re.compile("^Read the feedback")).click()
        opened.value.get_by_text(re.compile(rf"{found['ada']:g}")).first.wait_for(timeout=SLOW)
        keep(opened.value, "hub-feedback")
        accessible(ada)
        step("Ada reads her feedback from the course page")
        ben.bring_to_front()
        ben.reload()
        assignments = assignment_list(ben)
        assignments.get_by_role("button", name="Fetch Feedback").click()
        assignments.get_by_text("(view feedback)").wait_for(timeout=SLOW)
        pages = list((hub.home("ben") / MODULE / "feedback").rglob("*.html"))
        assert len(pages) == 1
        step("Ben has his feedback from the Assignment List")
        keep(ben, "hub-assignments-feedback")


def assignment_list(page: Any) -> Any:
    """Open nbgrader's Assignment List from the menu; returns its panel."""
    page.get_by_role("menuitem", name="Nbgrader", exact=True).click(timeout=SLOW)
    page.get_by_role("menuitem", name="Assignment List", exact=True).click()
    panel = page.get_by_role("tabpanel").filter(has=page.get_by_text("Released assignments", exact=True))
    panel.get_by_text(MODULE).first.wait_for(timeout=SLOW)
    return panel


def test_practice_grades_on_the_learners_own_server(tmp_path: Path) -> None:
    """Where learners get the whole course, *Grade my work* works under a prefix, on the records of the hub's name."""
    new_class(tmp_path)
    answers = answered(MODULE, model_answers(MODULE, ["m01-c3", "m01-q1"], "ada"))
    with running_hub(tmp_path, hub_environment(), PRIORAUTH_LEARNERS=str(tmp_path / "course")) as hub:
        hub.start("ada", "second")
        page = hub.api("GET", "user/ada/second/course")
        assert f'href="/pa/user/ada/second/lab/tree/prior-authorization/{NOTEBOOK}"' in page.text
        nbformat.write(answers, hub.home("ada") / "prior-authorization" / NOTEBOOK)
        graded = hub.api("POST", f"user/ada/second/course/api/grade/{MODULE}", accept="application/json").json()
    right = {i["id"] for i in graded["result"]["items"] if i["outcome"] == "right"}
    assert right == {"m01-c3", "m01-q1"}, graded["said"]
