"""The course page over HTTP: what it shows, what its buttons do, who may use it. A real Jupyter server under a prefix."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import requests
from page_server import TOKEN, running
from tiny_course import make_course, result

from coursekit import progress, workspace
from coursekit.page import answers

BASE = "/user/ana%40clinic/"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path, Path]]:
    folder = tmp_path_factory.mktemp("page")
    root = make_course(folder / "course")
    space = folder / "work space"
    space.mkdir()
    with running(root, space, BASE) as address:
        yield address, root, space


class Person:
    """A learner's browser without script: cookies, forms, links."""

    def __init__(self, address: str, login: bool = True) -> None:
        self.address = address
        self.session = requests.Session()
        self.session.trust_env = False
        if login:
            self.session.get(f"{address}course?token={TOKEN}").raise_for_status()

    def page(self) -> str:
        answer = self.session.get(f"{self.address}course")
        answer.raise_for_status()
        return answer.text

    def post(self, action: str, as_json: bool = True, xsrf: bool = True) -> requests.Response:
        data = {"_xsrf": re.search(r'name="_xsrf" value="([^"]+)"', self.page())[1]} if xsrf else {}
        headers = {"Accept": "application/json" if as_json else "text/html"}
        return self.session.post(f"{self.address}course/api/{action}", data=data, headers=headers)


@pytest.fixture
def person(server: tuple[str, Path, Path]) -> Person:
    address, root, space = server
    for path in (space / ".course").glob("progress*"):
        path.unlink()
    for name in ("answer.json", "fault.txt", "death.txt", "seconds.txt"):
        (space / name).unlink(missing_ok=True)
    workspace.reset_module(space, "module_01", root)
    return Person(address)


@pytest.fixture
def space(server: tuple[str, Path, Path]) -> Path:
    return server[2]


def grader_says(space: Path, answer: dict) -> None:
    (space / "answer.json").write_text(json.dumps(answer))


class Outline(HTMLParser):
    """What a screen reader gets: headings, buttons and links by name, and tags that never close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.names: dict[str, list[str]] = {"a": [], "button": [], "summary": []}
        self.ids: list[str] = []
        self.open: list[str] = []
        self.now: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        if tag not in ("meta", "link", "input", "br"):
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag in self.names:
            self.now = tag
            self.names[tag].append("")
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        pass  # closes itself

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag == self.now:
            self.now = None

    def handle_data(self, data: str) -> None:
        if self.now:
            self.names[self.now][-1] += data


def test_the_page_shows_modules_points_and_the_next_step(person: Person) -> None:
    text = person.page()
    assert "Prior authorization, hands on" in text
    assert "Open Module 1, Tiny module &lt;1&gt;." in text
    assert text.count("Not yet in this edition") == 10
    assert "<strong>0</strong> of 50 points · about 51 minutes to read and try, more for the graded work" in text
    assert f'href="{BASE}lab/tree/module_01/module_01.ipynb"' in text
    assert "not a certification program and awards no credential" in text
    assert person.session.get(f"{person.address}course").headers["Content-Type"].startswith("text/html")


def test_the_page_is_built_for_screen_readers(person: Person, space: Path) -> None:
    grader_says(space, result())
    person.post("grade/module_01")
    text = person.page()
    outline = Outline(text)
    assert outline.open == [] and len(outline.ids) == len(set(outline.ids))
    assert outline.headings[0] == 1 and outline.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(outline.headings, outline.headings[1:], strict=False)), (
        "a heading level is skipped"
    )
    for kind in ("button", "summary"):
        names = [" ".join(n.split()) for n in outline.names[kind]]
        assert all(names) and len(names) == len(set(names)), f"two {kind}s sound the same: {names}"
    for part in (
        '<html lang="en">',
        "<main",
        "<header",
        "<footer",
        'role="status"',
        'class="skip" href="#main"',
        'name="viewport"',
    ):
        assert part in text


def test_grading_shows_points_messages_hints_and_keeps_them(person: Person, space: Path) -> None:
    grader_says(space, result(points=31.5, second="partly right"))
    answer = person.post("grade/module_01")
    assert answer.status_code == 200
    assert answer.json()["said"] == "Graded Module 1: 31.5 of 46 points; 1 of 2 exercises are right."
    text = person.page()
    assert "<strong>31.5</strong> of 50 points" in text and "In progress: 3.5 points to go" in text
    assert "<strong>Partly right</strong> · 6.5 of 25 points" in text
    assert "Look at <code>EVT-1</code> &lt;b&gt;again&lt;/b&gt;." in text
    assert "Read the log." in text and "Read again: section 1.1." in text
    assert (
        '<time datetime="2026-10-01T09:00:00Z">' in text
        and "If you changed something since, save and grade again" in text
    )
    assert "4 more points are for your writing" in text
    assert progress.load(space)[0]["modules"]["module_01"]["best"]["points"] == 31.5


def test_without_script_the_form_leads_to_a_page(person: Person, space: Path) -> None:
    grader_says(space, result())
    answer = person.post("grade/module_01", as_json=False)
    assert (
        answer.status_code == 200
        and "Graded Module 1: 25 of 46 points" in answer.text
        and 'id="module_01-results" open' in answer.text
    )


def test_what_the_grader_complains_about_reaches_the_learner(person: Person, space: Path) -> None:
    (space / "fault.txt").write_text("module_01.ipynb is damaged <here>.")
    answer = person.post("grade/module_01")
    assert answer.status_code == 409 and answer.json() == {
        "said": "module_01.ipynb is damaged <here>.",
        "fault": True,
        "module": "module_01",
    }
    page = person.post("grade/module_01", as_json=False)
    assert "module_01.ipynb is damaged &lt;here&gt;." in page.text
    (space / "fault.txt").unlink()
    (space / "answer.json").write_text("no json")
    assert "cannot be read" in person.post("grade/module_01").json()["said"]
    (space / "death.txt").write_text("No space left on device.")
    assert person.post("grade/module_01").json()["said"] == "No space left on device."
    (space / "death.txt").unlink()
    grader_says(space, result())
    assert person.post("grade/module_01").status_code == 200


def test_the_server_answers_while_it_grades_and_grades_once(
    person: Person, space: Path, server: tuple[str, Path, Path]
) -> None:
    grader_says(space, result())
    (space / "seconds.txt").write_text("3")
    answers_got: list[requests.Response] = []
    other = Person(server[0])
    thread = threading.Thread(target=lambda: answers_got.append(other.post("grade/module_01")))
    thread.start()
    time.sleep(1)
    began = time.monotonic()
    person.page()
    assert time.monotonic() - began < 1
    assert "being graded already" in person.post("grade/module_01").json()["said"]
    thread.join()
    assert answers_got[0].status_code == 200


def test_reset_puts_the_exercise_back_and_names_the_backup(person: Person, space: Path) -> None:
    path = space / "module_01" / "module_01.ipynb"
    path.write_text(path.read_text().replace("m01_c1 = None", "m01_c1 = 99"))
    said = person.post("reset/module_01/m01-c1").json()
    assert "m01_c1 = 99" not in path.read_text() and "m01_c1 = 99" in Path(said["backup"]).read_text()
    assert "Reload Notebook from Disk" in said["said"]
    assert person.post("reset/module_01/m01-c9").status_code == 409
    assert person.post("reset/module_01").status_code == 200
    assert person.post("reset/module_07").status_code == 409


def test_model_answers_open_after_an_honest_attempt(person: Person, space: Path) -> None:
    url = f"{person.address}course/answer/module_01"
    as_json = {"Accept": "application/json"}
    assert "opens after you have tried" in person.session.get(f"{url}/m01-c1", headers=as_json).json()["said"]
    grader_says(space, result(points=25, second="not attempted"))
    person.post("grade/module_01")
    refused = person.session.get(f"{url}/m01-c2")
    assert refused.status_code == 409 and "had no answer there" in refused.text and "1 &lt; 2" not in refused.text
    shown = person.session.get(f"{url}/m01-c1")
    assert shown.status_code == 200
    assert "model = 1 &lt; 2" in shown.text and "BEGIN SOLUTION" not in shown.text
    assert "<strong>Seven</strong>, because of the log" in shown.text and "<script>alert" not in shown.text
    text = person.page()
    assert f"{BASE}course/answer/module_01/m01-c1" in text and f"{BASE}course/answer/module_01/m01-c2" not in text


def test_a_completed_module_shows_all_model_answers(person: Person, space: Path) -> None:
    grader_says(space, result(points=36, second="not attempted"))
    person.post("grade/module_01")
    assert answers.refusal(space, "module_01", "m01-c2") is None
    assert "Completed" in person.page()


def test_a_renamed_or_damaged_notebook_and_a_new_edition_are_told(
    person: Person, space: Path, server: tuple[str, Path, Path]
) -> None:
    path = space / "module_01" / "module_01.ipynb"
    renamed = path.rename(path.with_name("mine & more.ipynb"))
    text = person.page()
    assert (
        "mine &amp; more.ipynb holds the same exercises" in text
        and f"{BASE}lab/tree/module_01/mine%20%26%20more.ipynb" in text
    )
    renamed.rename(path)
    beside = path.with_name("module_01.new-edition.ipynb")
    beside.write_bytes(path.read_bytes())
    assert "There is a new edition of this module beside your notebook" in person.page()
    beside.unlink()


def test_a_damaged_progress_record_is_told_once(person: Person, space: Path) -> None:
    progress.record(space, result())
    progress.progress_file(space).write_text("{")
    assert "was damaged" in person.page()
    assert "was damaged" not in person.page()


def test_strangers_and_forged_requests_are_turned_away(
    person: Person, server: tuple[str, Path, Path], space: Path
) -> None:
    stranger = Person(server[0], login=False)
    answer = stranger.session.get(f"{server[0]}course", allow_redirects=False)
    assert answer.status_code == 302 and "login" in answer.headers["Location"]
    assert stranger.session.post(f"{server[0]}course/api/reset/module_01").status_code == 403
    assert stranger.session.get(f"{server[0]}course/answer/module_01/m01-c1", allow_redirects=False).status_code in (
        302,
        403,
    )
    assert person.post("reset/module_01", xsrf=False).status_code == 403
    assert person.session.get(f"{server[0]}course/api/reset/module_01").status_code == 405
    for path in (
        "course/static/../handlers.py",
        "course/static/%2e%2e/handlers.py",
        "course/answer/module_01/..%2f..%2fx",
    ):
        assert person.session.get(f"{server[0]}{path}").status_code in (403, 404)


def test_style_and_script_are_served(person: Person) -> None:
    for name, kind in (("course.css", "text/css"), ("course.js", "javascript"), ("icon.svg", "image/svg+xml")):
        answer = person.session.get(f"{person.address}course/static/{name}")
        assert answer.status_code == 200 and kind in answer.headers["Content-Type"]


def test_state_as_data(person: Person) -> None:
    state = person.session.get(f"{person.address}course/api/state").json()
    assert len(state["modules"]) == 12 and state["modules"][0]["state"] == "Not graded yet"


def test_the_learners_jupyterlab_is_quiet(server: tuple[str, Path, Path], person: Person, space: Path) -> None:
    lab = person.session.get(f"{person.address}lab/tree/module_01/module_01.ipynb").text
    config = json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', lab, re.DOTALL)[1])
    assert set(config["disabledExtensions"]) >= {"@jupyter/nbgrader", "jupyterlab-jupytext"}
    log = (space.parent / "server.log").read_text()
    loud = [line for line in log.splitlines() if re.match(r"\[[EC] |Traceback", line)]
    assert loud == [], loud


# ---------------------------------------------------------------- handing in


def test_hand_in_makes_a_file_to_download_with_a_receipt(person: Person, space: Path) -> None:
    def hand_in(**more: str) -> requests.Response:
        data = {"_xsrf": re.search(r'name="_xsrf" value="([^"]+)"', person.page())[1], **more}
        return person.session.post(
            f"{person.address}course/api/submit/module_01", data=data, headers={"Accept": "application/json"}
        )

    refused = hand_in(learner="")
    assert refused.status_code == 409 and "Say once who you are" in refused.json()["said"]
    made = hand_in(learner="Ana")
    assert made.status_code == 200 and "Your receipt is" in made.json()["said"]
    name = made.json()["file"]
    assert re.fullmatch(r"module_01-ana-\d{8}-\d{6}\.zip", name)
    page = person.page()
    link = re.search(r'href="([^"]+handed-in/[^"]+)"', page)[1]
    assert link.startswith(BASE) and name in page and 'value="ana"' in page
    download = person.session.get(person.address.removesuffix(BASE) + link)
    assert download.content == (space / "handed_in" / name).read_bytes()
    assert "attachment" in download.headers["Content-Disposition"]
    gone = person.session.get(f"{person.address}course/handed-in/module_01-nobody.zip")
    assert gone.status_code == 404 and "Traceback" not in gone.text
    assert person.session.get(f"{person.address}course/handed-in/module_01-..%2F..%2F.course.zip").status_code == 404
    stranger = requests.Session()
    stranger.trust_env = False
    assert stranger.get(person.address.removesuffix(BASE) + link, allow_redirects=False).status_code in (302, 403)


def test_a_new_edition_takes_the_answers_at_the_press_of_a_button(
    person: Person, server: tuple[str, Path, Path]
) -> None:
    _, root, space = server
    path = space / "module_02" / "module_02.ipynb"
    notebook = json.loads(path.read_text())
    next(c for c in notebook["cells"] if c["id"] == "m02-c1")["source"] = "m02_c1 = 'my answer'"
    path.write_text(json.dumps(notebook))
    assert "Bring my answers" not in person.page()
    make_course(root, edition="second")
    try:
        assert "Bring my answers into the new edition" in person.page()
        assert "my answer" in path.read_text() and "second edition" not in path.read_text()
        said = person.post("update/module_02").json()
        assert "is of the new edition now" in said["said"] and "Reload Notebook" in said["said"]
        assert "my answer" in path.read_text() and "second edition" in path.read_text()
        assert (
            "my answer" in Path(said["backup"]).read_text() and "second edition" not in Path(said["backup"]).read_text()
        )
        assert "Bring my answers" not in person.page()
        assert "already" in person.post("update/module_02").json()["said"]
    finally:
        make_course(root)
        workspace.reset_module(space, "module_02", root)
