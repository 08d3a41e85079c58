"""The doctor names what is wrong and how to mend it, and breaks on nothing."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from coursekit import doctor
from coursekit.workspace import ROOT


def one(checks, name: str) -> doctor.Check:  # noqa: ANN001
    found = [c for c in checks if c.name == name]
    assert found, f"no check named {name}"
    return found[0]


def test_everything_is_looked_at_and_each_fault_has_a_remedy(tmp_path: Path) -> None:
    checks = doctor.doctor(tmp_path / "workspace")
    names = {c.name for c in checks}
    assert {
        "Python",
        "Packages",
        "Program alembic",
        "Kernel",
        "Workspace",
        "Disk",
        "Class gradebook",
        "Exchange",
        "Sandbox for grading",
    } <= names
    assert all(c.mend for c in checks if c.state == "fail")
    assert not [c for c in checks if "could not be looked at" in c.found]
    assert one(checks, "Packages").state == "ok"


def test_a_wrong_version_is_named(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(
        "pytest==0.1 \\\n    --hash=sha256:0\nnot-a-package==1 ; sys_platform != 'nowhere'\nappnope==1 ; sys_platform == 'nowhere'\n"
    )
    (check,) = doctor.packages(tmp_path / "requirements.txt")
    assert (
        check.state == "fail"
        and "not 0.1" in check.found
        and "not-a-package is missing" in check.found
        and "appnope" not in check.found
    )


def test_gradebooks(tmp_path: Path) -> None:
    path = tmp_path / "gradebook.db"
    assert next(doctor.gradebook("G", path)).state == "ok"
    holder = sqlite3.connect(path)
    holder.execute("create table t (x)")
    holder.execute("BEGIN EXCLUSIVE")
    locked = next(doctor.gradebook("G", path))
    assert locked.state == "warn" and "locked" in locked.found and "Wait for grading" in locked.mend
    holder.close()
    assert next(doctor.gradebook("G", path)).state == "ok"
    path.write_bytes(b"no database at all" * 99)
    assert next(doctor.gradebook("G", path)).state == "fail"


def test_a_folder_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
    (check,) = doctor.writable("Workspace", tmp_path / "a" / "b", "fail")
    assert check.state == "fail" and "cannot be written" in check.found


def test_a_damaged_record_is_found_and_not_touched(tmp_path: Path) -> None:
    (tmp_path / ".course").mkdir()
    path = tmp_path / ".course" / "progress.json"
    path.write_text("{")
    (check,) = doctor.progress_record(tmp_path)
    assert check.state == "warn" and path.read_text() == "{"


def test_a_check_that_breaks_is_a_finding(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(doctor, "disk", lambda _: 1 / 0)
    found = one(doctor.doctor(tmp_path), "Disk")
    assert found.state == "warn" and "ZeroDivisionError" in found.found


def test_programs_come_from_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.shutil, "which", lambda _: None)
    assert {c.state for c in doctor.programs()} == {"warn"}
    assert one(doctor.sandbox(), "Sandbox for grading").state == "warn"


def test_an_empty_course(tmp_path: Path) -> None:
    (check,) = doctor.course_files(tmp_path)
    assert check.state == "fail" and "git clone" in check.mend
    assert (ROOT / "requirements.txt").exists()
