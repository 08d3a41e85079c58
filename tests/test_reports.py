"""Reports: known difficulty and discrimination are given back; lists hold what the gradebook holds; lateness is counted."""

from __future__ import annotations

import csv
import math
import os
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import MODULES, compiled_module
from course_folders import answered, hand_in, new_course, scores, wrong

from coursekit.errors import CourseError
from coursekit.files import write_json
from coursekit.grading.late_policy import LatePolicy
from coursekit.grading.run import Settings, grade_module
from coursekit.reports.analysis import analyse
from coursekit.reports.exports import write_exports
from coursekit.reports.gather import Work, gather
from coursekit.reports.pages import bars, write_report

MODULE = MODULES[0]
WANTED = [(0.9, 0.6), (0.75, 0.3), (0.6, 0.7), (0.5, 0.5), (0.4, 0.0), (0.3, 0.6), (0.2, 0.4), (0.55, -0.4)]


def made_up(number: int, seed: int) -> list[Work]:
    """A class in which item n is right for a share p of learners and hangs on their ability by loading r."""
    dice, normal = random.Random(seed), statistics.NormalDist()
    works = []
    for n in range(number):
        ability = dice.gauss(0, 1)
        items = []
        for k, (p, r) in enumerate(WANTED):
            luck = dice.gauss(0, 1)
            has = r * ability + math.sqrt(1 - r * r) * luck < normal.inv_cdf(p) if r >= 0 else (
                -r * -ability + math.sqrt(1 - r * r) * luck < normal.inv_cdf(p))  # fmt: skip
            items.append({"id": f"i{k}", "title": "", "points": 2.0 * has, "max_points": 2.0,
                          "outcome": "right" if has else "wrong"})  # fmt: skip
        points = sum(i["points"] for i in items)
        works.append(Work(f"s{n}", "m", points, 2.0 * len(WANTED), items=items))
    return works


def test_known_difficulty_and_discrimination_come_back() -> None:
    """2,000 made-up learners against the figures of 60,000 others; the same order, the same sign, no large difference."""
    truth, got = analyse(made_up(60_000, 1)), analyse(made_up(2_000, 2))
    for (p, r), item, true in zip(WANTED, got.items, truth.items, strict=True):
        assert abs(item.difficulty - p) < 0.035
        assert abs(item.discrimination - true.discrimination) < 0.07, (item, true)
        assert (true.discrimination > 0.1) == (r > 0.1) and (true.discrimination < -0.1) == (r < -0.1)
        assert ("strong learners do worse: check the key" in item.remarks) == (r < 0) or r == 0
    ranks = sorted(range(len(WANTED)), key=lambda k: -got.items[k].difficulty)
    assert ranks == sorted(range(len(WANTED)), key=lambda k: -WANTED[k][0])
    assert abs(got.alpha - truth.alpha) < 0.06


def test_figures_by_hand() -> None:
    """Four learners, two items, computed on paper."""
    rows = {"a": (2, 2), "b": (2, 0), "c": (0, 2), "d": (0, 0)}
    works = [
        Work(s, "m", sum(p), 4, items=[{"id": f"i{k}", "title": "", "points": v, "max_points": 2, "outcome": "x"} for k, v in enumerate(p)])
        for s, p in rows.items()
    ]  # fmt: skip
    found = analyse(works)
    assert [i.difficulty for i in found.items] == [0.5, 0.5] and found.mean == 0.5 and found.passed == 1
    assert found.items[0].discrimination == pytest.approx(0) and found.alpha == pytest.approx(0)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six learners with chosen answers to the first question with options; one of them is late."""
    course = new_course(tmp_path_factory.mktemp("class"), MODULE)
    single = next(c for c in compiled_module(MODULE) if c.item.kind == "single")
    options = [o for o in single.item.options if o != single.data["key"]]
    model = {c.item.id: c.solution for c in compiled_module(MODULE)}
    for n, letter in enumerate([single.data["key"]] * 3 + [options[0]] * 2):
        given = model | {single.item.id: f"{single.item.answer_name} = {letter!r}"}
        path = hand_in(course, f"learner{n}", MODULE, answered(MODULE, given))
        (path.parent / "timestamp.txt").write_text("2026-11-10 12:00:00 UTC", encoding="utf-8")
    hand_in(course, "=cmd()", MODULE, wrong(MODULE))
    with (course / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write("\nc.LatePolicy.percent_per_day = 10\nc.LatePolicy.extensions = {'learner1': 48}\n")
    grade_module(MODULE, course=course, settings=Settings(workers=1))
    with sqlite3.connect(course / "gradebook.db") as base:
        base.execute("UPDATE assignment SET duedate = '2026-11-09 00:00:00.000000'")
    grade_module(MODULE, course=course, settings=Settings(workers=1, force=True))
    return course


def test_item_page_tells_options_and_difficulty(course: Path, tmp_path: Path) -> None:
    works = gather(course)
    single = next(c for c in compiled_module(MODULE) if c.item.kind == "single")
    (item,) = (i for i in analyse(works).items if i.id == single.item.id)
    wrong_one = next(o for o in single.item.options if o != single.data["key"])
    chosen = {words: number for words, number, _, _ in item.answers}
    assert chosen[single.data["key"]] >= 3 and chosen[wrong_one] >= 2
    assert item.difficulty == pytest.approx(
        sum(w.items[[i["id"] for i in w.items].index(item.id)]["points"] for w in works) / 6
    )
    written = write_report(course, tmp_path)
    page = (tmp_path / f"{MODULE}.html").read_text(encoding="utf-8")
    assert (
        single.item.id in page
        and f'<th scope="row">{wrong_one}</th>' in page
        and f">{single.data['key']} (right)</th>" in page
    )
    assert all(p.exists() for p in written) and len(list((tmp_path / "learners").glob("*.html"))) == 6


def test_lateness_is_counted_as_the_policy_says(course: Path) -> None:
    found = {w.student: w for w in gather(course)}
    auto = sum(v[0] or 0 for v in scores(course, MODULE)["learner0"].values())
    assert found["learner0"].late_hours == 36 and found["learner0"].penalty == round(0.15 * auto, 2)
    assert found["learner1"].penalty == 0 and found["=cmd()"].penalty == 0
    assert found["learner0"].points == pytest.approx(auto - found["learner0"].penalty)


def nbgrader(course: Path, *words: str) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    line = [sys.executable, "-m", "nbgrader", *words]
    done = subprocess.run(line, cwd=course, capture_output=True, text=True, env=os.environ | {"PATH": path})
    assert done.returncode == 0, done.stderr[-1500:]


def test_stock_autograde_counts_lateness_the_same(course: Path) -> None:
    before = {w.student: w.penalty for w in gather(course)}
    nbgrader(course, "autograde", MODULE, "--student=learner0", "--force")
    assert {w.student: w.penalty for w in gather(course)} == before


@pytest.mark.parametrize(
    ("settings", "hours", "off"),
    [
        ({}, 50, None),
        ({"percent_per_day": 10.0}, 24, 4.0),
        ({"percent_per_day": 10.0}, 12, 2.0),
        ({"percent_per_day": 10.0, "started_days": True}, 25, 8.0),
        ({"percent_per_day": 10.0, "grace_hours": 12.0}, 12, None),
        ({"percent_per_day": 10.0, "grace_hours": 12.0}, 24, 4.0),
        ({"percent_per_day": 10.0, "cap_percent": 30.0}, 2400, 12.0),
        ({"percent_per_day": 10.0, "extensions": {"ada": 24}}, 24, None),
        ({"percent_per_day": 10.0, "extensions": {"ada": 24}}, 48, 4.0),
        ({"percent_per_day": 10.0, "extensions": {"ben": 24}}, 48, 8.0),
    ],
)
def test_policy(settings: dict, hours: float, off: float | None) -> None:
    assert LatePolicy(**settings).late_submission_penalty("ada", 40.0, hours * 3600) == off


def test_lists(course: Path, tmp_path: Path) -> None:
    works = gather(course)
    rows = {p.name: list(csv.reader(p.open(encoding="utf-8"))) for p in write_exports(works, tmp_path, course)}
    assert len(rows["points.csv"]) == 7 and rows["points.csv"][0] == ["learner", MODULE]
    assert len(rows["long.csv"]) == 1 + sum(len(w.items) for w in works)
    assert rows["canvas.csv"][0][:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert rows["canvas.csv"][1][0].strip() == "Points Possible" and rows["moodle.csv"][0][0] == "username"
    assert {r[0] for r in rows["points.csv"][1:]} == {"'=cmd()", *(f"learner{n}" for n in range(5))}
    total = sum(float(r[3]) for r in rows["long.csv"][1:] if r[0] == "learner0")
    assert total == pytest.approx(sum(i["points"] for i in works[1].items))
    assert {r[0] for r in rows["late.csv"][1:]} == {"learner0", "learner2", "learner3", "learner4"}  # 1 had more time


def test_only_numbers_that_canvas_gave_go_back_to_canvas(tmp_path: Path) -> None:
    learners = ["20231234", "ada_2", "o_neil_106_9007", "u100", "eve"]
    write_json(
        tmp_path / "submitted/.collect/known.json",
        {
            "people": {},
            "taken": {
                "m1": {
                    "u100": {"kind": "canvas", "name": "lovelaceada_LATE_4711_90001_m1.ipynb"},
                    "ada_2": {"kind": "file", "name": "ada_2.ipynb"},
                    "eve": {"kind": "canvas", "name": "eve_5_1_m1.ipynb"},
                },
                "m2": {"eve": {"kind": "canvas", "name": "eve_6_2_m2.ipynb"}},
            },
        },
    )
    write_exports([Work(s, "m1", 1.0, 2.0) for s in learners], tmp_path / "out", tmp_path)
    rows = list(csv.reader((tmp_path / "out/canvas.csv").open(encoding="utf-8")))[2:]
    assert {r[0]: r[1] for r in rows} == dict.fromkeys(learners, "") | {"u100": "4711"}


def test_pages_escape_and_describe(course: Path, tmp_path: Path) -> None:
    write_report(course, tmp_path)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert 'role="img" aria-label="' in page and "<script" not in page
    assert "&lt;b&gt;" in str(bars("<b>", "x", [("<i>", 3)])) and "<i>" not in str(bars("b", "x", [("<i>", 3)]))


@pytest.fixture
def copied(course: Path, tmp_path: Path) -> Path:
    """A gradebook to change."""
    (tmp_path / "copy").mkdir()
    for name in ("gradebook.db", "nbgrader_config.py"):
        shutil.copy(course / name, tmp_path / "copy")
    return tmp_path / "copy"


def change(course: Path, words: str, *values: object) -> None:
    with sqlite3.connect(course / "gradebook.db") as base:
        assert base.execute(words, values).rowcount


def in_long(works: list[Work], folder: Path, student: str) -> list[list[str]]:
    write_exports(works, folder, folder)
    return [r for r in csv.reader((folder / "long.csv").open(encoding="utf-8")) if r[0] == student]


def test_more_time_in_the_gradebook_is_no_lateness(copied: Path) -> None:
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{copied / 'gradebook.db'}") as book:
        book.grant_extension(MODULE, "learner2", days=3)
        assert book.find_submission(MODULE, "learner2").total_seconds_late == 0
        book.grant_extension(MODULE, "learner3", hours=30)
    found = {w.student: w.late_hours for w in gather(copied)}
    assert (found["learner0"], found["learner1"], found["learner2"], found["learner3"]) == (36, 0, 0, 6)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("c.LatePolicy.percent_per_day = 300", "300"),
        ("c.LatePolicy.percent_per_dya = 5", "no setting 'percent_per_dya'; it has .*percent_per_day"),
        ("this is not Python", "not defined"),
    ],
)
def test_settings_that_cannot_be_used_are_said_in_words(copied: Path, line: str, why: str) -> None:
    with (copied / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    with pytest.raises(CourseError, match=f"settings for late work.*{why}"):
        gather(copied)


def test_what_was_given_by_hand_stands_in_the_list_of_items(copied: Path, tmp_path: Path) -> None:
    from nbgrader.api import Gradebook

    before = {w.student: w for w in gather(copied)}["=cmd()"]
    item = next(i for i in before.items if i["points"] < i["max_points"])
    mine = "notebook_id = (SELECT n.id FROM submitted_notebook n JOIN submitted_assignment s ON s.id = n.assignment_id WHERE s.student_id = '=cmd()') AND cell_id = (SELECT id FROM base_cell WHERE name = ?)"  # fmt: skip
    check = f"{item['id']}-check"
    change(copied, f"UPDATE grade SET manual_score = ?, extra_credit = 2.5 WHERE {mine}", item["max_points"], check)
    (work,) = (w for w in gather(copied) if w.student == "=cmd()")
    assert next(i["points"] for i in work.items if i["id"] == item["id"]) == item["max_points"] and work.extra == 2.5
    rows = in_long([work], tmp_path, "'=cmd()")
    assert rows[-1][2:5] == ["extra credit", "2.5", "0"]
    with Gradebook(f"sqlite:///{copied / 'gradebook.db'}") as book:
        score = book.find_submission(MODULE, "=cmd()").score
    assert sum(float(r[3]) for r in rows) == pytest.approx(score) == pytest.approx(work.points + work.penalty)


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own
def test_assignments_of_an_instructor_count_as_in_the_gradebook(copied: Path, tmp_path: Path) -> None:
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{copied / 'gradebook.db'}") as book:
        for name, notebooks in (("lab", ["a", "b"]), ("talk", ["c"])):
            book.add_assignment(name)
            for notebook in notebooks:
                book.add_notebook(notebook, name)
                kind = book.add_task_cell if name == "talk" else book.add_grade_cell
                kind("q", notebook, name, max_score=8, cell_type="markdown")
            handed_in = book.add_submission(name, "learner0")
            for notebook in handed_in.notebooks:
                notebook.late_submission_penalty = 1.5
                notebook.grades[0].manual_score = 6
        book.db.commit()
        theirs = book.student_submissions("learner0")
        expected = {s.name: pytest.approx((s.score - s.late_submission_penalty, s.max_score)) for s in theirs}
    found = {w.module: (w.points, w.most) for w in gather(copied) if w.student == "learner0"}
    assert found == expected and found["lab"] == (9, 16) and found["talk"] == (4.5, 8)
    write_report(copied, tmp_path / "out")
    assert "There is nothing about items" in (tmp_path / "out/talk.html").read_text(encoding="utf-8")


def test_a_report_after_stock_autograde_alone_and_with_a_damaged_row(copied: Path, tmp_path: Path) -> None:
    before = {w.student: (w.points, w.most) for w in gather(copied)}
    change(copied, "UPDATE course_grading SET result = '{\"items\": [' WHERE student = 'learner0'")
    works = gather(copied)
    assert {w.student: (w.points, w.most) for w in works} == before
    assert [w.student for w in works if not w.items] == ["learner0"]
    with sqlite3.connect(copied / "gradebook.db") as base:
        base.execute("DROP TABLE course_grading")
    assert {w.student: (w.points, w.most) for w in gather(copied)} == before
    write_report(copied, tmp_path / "out")
    assert f"course.py grade {MODULE}" in (tmp_path / f"out/{MODULE}.html").read_text(encoding="utf-8")


def test_points_by_hand_count(course: Path) -> None:
    with sqlite3.connect(course / "gradebook.db") as base:
        base.execute("UPDATE grade SET manual_score = 3 WHERE auto_score IS NULL")
    found = {w.student: w for w in gather(course)}
    written = next(c.item.id for c in compiled_module(MODULE) if c.item.kind == "written")
    item = next(i for i in found["learner0"].items if i["id"] == written)
    assert item["max_points"] == next(c.item.points for c in compiled_module(MODULE) if c.item.id == written)
    assert not found["learner0"].waits


def test_a_wrong_id_leaves_nothing_behind(tmp_path: Path) -> None:
    """As the instructor guide says it."""
    course = new_course(tmp_path, MODULE)
    hand_in(course, "ada_2", MODULE, wrong(MODULE))
    grade_module(MODULE, course=course, settings=Settings(workers=1))
    (course / "submitted/ada_2").rename(course / "submitted/ada")
    grade_module(MODULE, course=course, settings=Settings(workers=1))
    assert [w.student for w in gather(course)] == ["ada", "ada_2"]
    nbgrader(course, "db", "student", "remove", "ada_2", "--force")
    assert [w.student for w in gather(course)] == ["ada"]


def test_nothing_to_report(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="Grade a module first"):
        gather(tmp_path)
    (tmp_path / "gradebook.db").write_bytes(b"no database at all, whatever it is called")
    with pytest.raises(CourseError, match="cannot be read"):
        gather(tmp_path)
