"""Results are kept whatever happens to the file."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_course import make_course, result

from coursekit import files, progress
from coursekit.errors import CourseError


@pytest.fixture
def space(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


def test_the_best_points_stay_and_the_last_result_is_shown(space: Path) -> None:
    for points, at in ((30, "2026-10-01T09:00:00Z"), (40, "2026-10-01T10:00:00Z"), (28, "2026-10-01T11:00:00Z")):
        assert progress.record(space, result(points=points, at=at)) == []
    store, said = progress.load(space)
    module = store["modules"]["module_01"]
    assert [a["points"] for a in module["attempts"]] == [30, 40, 28]
    assert module["best"]["points"] == 40 and module["last"]["points"] == 28 and said == []
    assert progress.last_result(space, "module_01")["points"] == 28


def test_the_same_result_handed_in_twice_counts_once(space: Path) -> None:
    progress.record(space, result())
    progress.record(space, result())
    assert len(progress.load(space)[0]["modules"]["module_01"]["attempts"]) == 1


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b'{"modules": {"module_01": {}}}', b"\xff\xfe\x00", b'{"modules": 3}']
)
def test_a_damaged_record_is_kept_aside_and_the_copy_before_comes_back(space: Path, damage: bytes) -> None:
    progress.record(space, result(points=30, at="2026-10-01T09:00:00Z"))
    progress.record(space, result(points=40, at="2026-10-02T09:00:00Z"))
    path = progress.progress_file(space)
    path.write_bytes(damage)
    store, said = progress.load(space)
    assert store["modules"]["module_01"]["best"]["points"] == 30
    assert len(said) == 1 and "damaged" in said[0] and "up to 2026-10-01" in said[0] and "Grade again" in said[0]
    aside = list(path.parent.glob("progress-damaged-*.json"))
    assert len(aside) == 1 and aside[0].read_bytes() == damage
    assert progress.load(space)[1] == []


def test_damage_without_a_copy_begins_a_new_record_and_says_so(space: Path) -> None:
    progress.record(space, result())
    path = progress.progress_file(space)
    path.write_text("{")
    store, said = progress.load(space)
    assert store["modules"] == {} and "A new record begins" in said[0]
    assert progress.record(space, result(points=33)) == []
    assert progress.load(space)[0]["modules"]["module_01"]["best"]["points"] == 33


def test_a_missing_record_comes_back_from_its_copy(space: Path) -> None:
    progress.record(space, result(points=30, at="2026-10-01T09:00:00Z"))
    progress.record(space, result(points=40, at="2026-10-02T09:00:00Z"))
    progress.progress_file(space).unlink()
    store, said = progress.load(space)
    assert store["modules"]["module_01"]["best"]["points"] == 30 and "missing" in said[0]


@pytest.mark.parametrize("where", ["fsync", "replace"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS])
def test_a_full_disk_leaves_the_old_record(monkeypatch: pytest.MonkeyPatch, space: Path, where: str, code: int) -> None:
    progress.record(space, result(points=30))
    path = progress.progress_file(space)
    before = {p.name: p.read_bytes() for p in path.parent.iterdir()}

    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(files.os, where, fail)
    with pytest.raises(CourseError, match="disk is full|not permitted"):
        progress.record(space, result(points=40, at="2026-10-02T09:00:00Z"))
    monkeypatch.undo()
    assert {p.name: p.read_bytes() for p in path.parent.iterdir()} == before


@pytest.mark.parametrize(
    "change", [{"points": "many"}, {"items": None}, {"module": 3}, {"items": [{"id": "m01-c1", "outcome": "perfect"}]}]
)
def test_a_result_that_cannot_be_shown_is_refused(space: Path, change: dict) -> None:
    with pytest.raises(CourseError, match="Grade again; nothing was changed"):
        progress.record(space, result() | change)
    assert not progress.progress_file(space).exists()


def test_two_programs_recording_at_once_lose_nothing(space: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[3]); from pathlib import Path; from tiny_course import result;"
        "from coursekit.progress import record;"
        "[record(Path(sys.argv[1]), result(sys.argv[2], 25 + n, at=f'2026-10-01T09:00:{n:02d}Z')) for n in range(10)]"
    )
    here = str(Path(__file__).parent)
    running = [subprocess.Popen([sys.executable, "-c", code, str(space), f"module_0{n}", here]) for n in (1, 2, 3)]
    assert [p.wait(timeout=60) for p in running] == [0, 0, 0]
    store, said = progress.load(space)
    assert said == [] and {k: len(v["attempts"]) for k, v in store["modules"].items()} == {
        f"module_0{n}": 10 for n in (1, 2, 3)
    }


def test_the_summary_tells_all_twelve_modules_and_the_next_step(tmp_path: Path, space: Path) -> None:
    root = make_course(tmp_path / "course")
    rows, step, _ = progress.summary(space, root)
    assert [r.number for r in rows] == list(range(1, 13))
    assert (rows[0].minutes, rows[0].title, rows[0].state) == (51, "Tiny module <1>", "Not graded yet")
    assert rows[2].state == "Not yet in this edition" and rows[2].minutes == 0
    assert step == "Open Module 1, Tiny module <1>."

    progress.record(space, result(points=33))
    rows, step, _ = progress.summary(space, root)
    assert rows[0].state == "In progress: 2 points to go; the 4 points that a person marks could complete it"
    assert not rows[0].passed and step.startswith("Go on with Module 1") and "33 of the 35 points" in step

    progress.record(space, result(points=35, at="2026-10-02T09:00:00Z"))
    rows, step, _ = progress.summary(space, root)
    assert rows[0].passed and rows[0].state == "Completed" and step.startswith("Open Module 2")

    progress.record(space, result("module_02", points=46))
    assert (
        progress.summary(space, root)[1]
        == "You have completed all modules of this edition. 10 more are planned for later editions."
    )


def test_the_file_is_readable_json(space: Path) -> None:
    progress.record(space, result())
    assert json.loads(progress.progress_file(space).read_text(encoding="utf-8"))["version"] == 1
