"""Faults while grading: killed at random moments, full disk, locked gradebook, changed clock. Nothing is lost, one sentence.

ENGINE_KILLS says how often the grader is killed (default 6).
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cohort import cohort
from conftest import MODULES
from course_folders import hand_in, new_course, right, wrong

from coursekit.errors import CourseError
from coursekit.grading import record, runners
from coursekit.grading.run import LOG, Settings, grade_module
from coursekit.grading.sandbox import possible
from coursekit.grading.show import changed

MODULE = MODULES[0]
KILLS = int(os.environ.get("ENGINE_KILLS", "6"))
ONE = Settings(workers=1)
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not possible("limits"), reason="Linux only")]
_RUN = """
import sys
from pathlib import Path
from coursekit.errors import CourseError
from coursekit.grading.run import Settings, grade_module
try:
    for one in grade_module(sys.argv[1], course=Path(sys.argv[2]), settings=Settings(workers=2)):
        if one.problem:
            print(one.problem)
except CourseError as problem:
    sys.exit(str(problem))
"""
_ROWS = {
    "grades": "SELECT sa.student_id, b.name, g.auto_score, g.manual_score, g.needs_manual_grade FROM grade g "
    "JOIN base_cell b ON b.id = g.cell_id JOIN submitted_notebook sn ON sn.id = g.notebook_id "
    "JOIN submitted_assignment sa ON sa.id = sn.assignment_id",
    "comments": "SELECT sa.student_id, b.name, c.auto_comment FROM comment c JOIN base_cell b ON b.id = c.cell_id "
    "JOIN submitted_notebook sn ON sn.id = c.notebook_id JOIN submitted_assignment sa ON sa.id = sn.assignment_id",
    "graded": "SELECT student, module, submission, edition FROM course_grading",
    "students": "SELECT id FROM student",
}


def rows(course: Path) -> dict[str, list[tuple]]:
    with sqlite3.connect(course / "gradebook.db") as base:
        return {name: sorted(base.execute(words).fetchall(), key=repr) for name, words in _ROWS.items()}


def files(course: Path) -> dict[str, list[str]]:
    """Graded copies by name with their cells (some cells print times); feedback pages by name, as they hold the time."""
    found = {p.relative_to(course).as_posix(): [] for p in (course / "feedback").rglob("*.html")}
    for path in (course / "autograded").rglob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        found[path.relative_to(course).as_posix()] = ["".join(c["source"]) for c in cells]
    return found


def start(course: Path, **more: object) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", _RUN, MODULE, str(course)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


def left_of(group: int) -> list[str]:
    """Processes that a killed grader left."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if fields[2] == str(group) and fields[0] != "Z":
            found.append(path.parent.name)
    return found


def test_killed_at_random_moments(tmp_path: Path) -> None:
    """After each kill every submission is graded or not, never half; the last run completes; all as if undisturbed."""
    undisturbed, killed = new_course(tmp_path / "undisturbed", MODULE), tmp_path / "killed"
    names = cohort(undisturbed, MODULE, 9)
    shutil.copytree(undisturbed, killed)
    begin = time.monotonic()
    grader = start(undisturbed)
    assert grader.communicate()[0] == "" and grader.returncode == 0
    whole = time.monotonic() - begin
    expected = rows(undisturbed)
    dice, done, graded = random.Random(20), 0, 0
    for turn in range(KILLS):
        grader = start(killed, start_new_session=True)
        time.sleep(dice.uniform(0.02, 0.98) * whole)
        if turn % 2:
            os.killpg(grader.pid, signal.SIGKILL)
        else:
            grader.kill()
        grader.communicate(timeout=60)
        done += grader.returncode == -signal.SIGKILL
        end = time.monotonic() + 20
        while left_of(grader.pid) and time.monotonic() < end:
            time.sleep(0.1)
        assert not left_of(grader.pid), "a process of the killed grader lives on"
        if (killed / "gradebook.db").exists():
            with sqlite3.connect(killed / "gradebook.db") as base:
                assert base.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            now = rows(killed) if _has_table(killed) else {"grades": [], "graded": []}
            assert {r[0] for r in now["grades"]} == {r[0] for r in now["graded"]}
            assert set(now["grades"]) <= set(expected["grades"]), "half a submission"
            assert len(now["graded"]) >= graded, "what was graded is lost"
            graded = len(now["graded"])
        if graded == len(names):  # all done: begin anew
            (killed / "gradebook.db").unlink()
            graded = 0
    grader = start(killed)
    assert grader.communicate() == ("", "") and grader.returncode == 0
    assert rows(killed) == expected and files(killed) == files(undisturbed)
    assert not list(killed.glob("autograded/.new/*"))
    print(f"\n{KILLS} kills, {done} while it was at work; an undisturbed run takes {whole:.1f} s")


def _has_table(course: Path) -> bool:
    with sqlite3.connect(course / "gradebook.db") as base:
        return bool(base.execute("SELECT 1 FROM sqlite_master WHERE name = 'course_grading'").fetchone())


@pytest.mark.parametrize("room", [20_000, 150_000, 200_000])
def test_full_disk(tmp_path: Path, room: int) -> None:
    """Files can grow to `room` bytes only, as on a full disk: one sentence, and the next run completes."""
    course = new_course(tmp_path, MODULE)
    hand_in(course, "ada", MODULE, wrong(MODULE))
    grade_module(MODULE, course=course, settings=ONE)
    before, copies = rows(course), files(course)
    for name in ("ada", "ben"):
        hand_in(course, name, MODULE, right(MODULE))

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    grader = start(course, preexec_fn=limit)
    said = "".join(grader.communicate()).strip()
    assert said and len(said.splitlines()) <= 2 and "Traceback" not in said, said
    after = rows(course)
    assert set(before["grades"]) <= set(after["grades"]) or ("ada",) in [r[:1] for r in after["graded"]]
    assert {r[0] for r in after["grades"]} == {r[0] for r in after["graded"]}
    assert set(copies) <= set(files(course))
    done = grade_module(MODULE, course=course, settings=ONE)
    assert all(g.summary and g.summary["points"] == g.summary["max_points"] for g in done)
    runners.close_all()


def test_gradebook_locked_for_a_while_and_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course = new_course(tmp_path, MODULE)
    hand_in(course, "ada", MODULE, right(MODULE))
    grade_module(MODULE, course=course, settings=ONE)
    before = rows(course)
    monkeypatch.setattr(record, "PATIENCE", 0.5)
    other = sqlite3.connect(course / "gradebook.db")
    other.execute("BEGIN IMMEDIATE")
    hand_in(course, "ada", MODULE, wrong(MODULE))
    with pytest.raises(CourseError, match="cannot be used now.*no submission is half graded"):
        grade_module(MODULE, course=course, settings=ONE)
    other.rollback()
    other.close()
    assert rows(course) == before
    (graded,) = grade_module(MODULE, course=course, settings=ONE)
    assert graded.summary and not graded.skipped
    runners.close_all()


def test_the_warm_process_is_lost(tmp_path: Path) -> None:
    """It is killed while two submissions run in it: each of them is graded in a new one."""
    course = new_course(tmp_path, MODULE)
    names = cohort(course, MODULE, 6)
    grader = start(course)
    end = time.monotonic() + 60
    while not (course / LOG).exists() and time.monotonic() < end:
        time.sleep(0.02)
    warm = _children(grader.pid)
    for pid in warm:
        os.kill(int(pid), signal.SIGKILL)
    out, err = grader.communicate()
    assert grader.returncode == 0 and "Traceback" not in err, err
    assert {r[0] for r in rows(course)["graded"]} == set(names) and not out
    assert warm, "the run was over before it could be killed"


def _children(pid: int) -> list[str]:
    try:
        return (Path("/proc") / str(pid) / "task" / str(pid) / "children").read_text().split()
    except OSError:
        return []


def test_the_clock_is_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is skipped does not hang on the time; results of the future and files of 1980 are graded alike."""
    course = new_course(tmp_path, MODULE)
    path = hand_in(course, "ada", MODULE, right(MODULE))
    (first,) = grade_module(MODULE, course=course, settings=ONE)
    os.utime(path, (315_532_800, 315_532_800))
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() - 10 * 365 * 86_400)
    (again,) = grade_module(MODULE, course=course, settings=ONE)
    assert again.skipped and again.summary == first.summary
    (forced,) = grade_module(MODULE, course=course, settings=Settings(workers=1, force=True))
    assert not forced.skipped and forced.summary["points"] == first.summary["points"] and not forced.changes
    runners.close_all()


def test_a_regrade_says_who_gained_and_who_lost_and_why(tmp_path: Path) -> None:
    course = new_course(tmp_path, MODULE)
    for name, notebook in (("ada", right(MODULE)), ("ben", wrong(MODULE)), ("cleo", right(MODULE))):
        hand_in(course, name, MODULE, notebook)
    grade_module(MODULE, course=course, settings=ONE)
    assert all(g.skipped for g in grade_module(MODULE, course=course, settings=ONE))
    hand_in(course, "ada", MODULE, wrong(MODULE))
    hand_in(course, "ben", MODULE, right(MODULE))
    graded = {g.student: g for g in grade_module(MODULE, course=course, settings=ONE)}
    assert graded["cleo"].skipped and not graded["ada"].skipped
    words = changed(list(graded.values()))
    assert [w.split(" ")[0] for w in words] == ["ada", "ben"]
    assert "lost" in words[0] and "gained" in words[1] and all("another submission" in w for w in words)
    runners.close_all()
