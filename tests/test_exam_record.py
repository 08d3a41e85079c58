"""The completion record: what it says, and that any change of it is found."""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from pathlib import Path

import pytest

from coursekit.errors import CourseError
from coursekit.exam import record
from coursekit.programme import AREAS


def results() -> dict[str, dict]:
    return {f"module_{n:02d}": {"points": 30.0 + n, "graded_at": "2026-10-01T10:00:00Z"} for n in (1, 2, 7)}


def attempt() -> dict:
    parts = {"A": {"points": 88.0, "max_points": 100.0, "percent": 88.0}, "B": {"points": 31.5, "max_points": 40.0, "percent": 78.8}}  # fmt: skip
    areas = {a: [17.6, 20.0] for a in AREAS}
    return {"number": 2, "result": {"passed": True, "parts": parts, "areas": areas, "late_minutes": 0, "handed_in_at": "2026-10-05T12:00:00+00:00"}}  # fmt: skip


@pytest.fixture
def gradebook(tmp_path: Path) -> Path:
    path = tmp_path / "gradebook.db"
    sqlite3.connect(path).close()
    path.touch()
    return path


@pytest.fixture
def files(tmp_path: Path, gradebook: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    monkeypatch.setattr(record, "gather", lambda workspace: (results(), attempt()))
    monkeypatch.setattr(record, "pdf", lambda page, data: record.plain_pdf(data))
    return record.make(tmp_path, "Ann O'Example", tmp_path / "out", gradebook)


def test_it_says_what_was_done(files: list[Path]) -> None:
    text = files[0].read_text(encoding="utf-8")
    for words in ("Ann O&#39;Example", "31 of 50", "37 of 50", "complete", "begun", "not graded", "88 of 100", "Passed", "Attempt 2", "2026-10-05"):  # fmt: skip
        assert words in text, words
    assert "not proctored" in text and "not a credential" in text
    assert 'lang="en"' in text and text.count("<caption>") == 3 and 'scope="col"' in text


def test_genuine_files_are_accepted(files: list[Path], gradebook: Path) -> None:
    for path in files:
        assert "Genuine and unchanged" in record.verify(path, gradebook)
    path = files[0]
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert "Genuine" in record.verify(path, gradebook)


def test_every_change_is_found(files: list[Path], gradebook: Path) -> None:
    text = files[0].read_text(encoding="utf-8")
    for old, new in (
        ("31 of 50", "41 of 50"),
        ("Ann", "Bob"),
        ("not a credential", "a credential"),
        ("Passed", "passed"),
    ):
        for count in (1, -1):
            files[0].write_text(text.replace(old, new, count), encoding="utf-8")
            with pytest.raises(CourseError, match="was changed"):
                record.verify(files[0], gradebook)
    seal = re.search(r"seal <code>(\w+)", text)[1]
    files[0].write_text(text.replace(seal, "0" * 64), encoding="utf-8")
    with pytest.raises(CourseError, match="was changed"):
        record.verify(files[0], gradebook)
    data = files[1].read_bytes()
    files[1].write_bytes(data.replace(b"/Type /Page", b"/Type /page", 1))
    with pytest.raises(CourseError, match="was changed"):
        record.verify(files[1], gradebook)


def test_what_is_no_record_is_said(files: list[Path], gradebook: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    sqlite3.connect(other).close()
    other.touch()
    with pytest.raises(CourseError, match="did not make a record"):
        record.verify(files[0], other)
    with pytest.raises(CourseError, match="There is no gradebook"):
        record.verify(files[0], tmp_path / "none.db")
    for name, content in (("a.html", b"<html></html>"), ("b.pdf", b"%PDF-1.4\n%%EOF"), ("c.bin", b"\xff\xfe\x00")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(CourseError, match="is no completion record"):
            record.verify(tmp_path / name, gradebook)
    with pytest.raises(CourseError, match="cannot be read"):
        record.verify(tmp_path / "missing.html", gradebook)


def test_names_are_checked_and_escaped() -> None:
    for name in ("", " ", "<script>", "x" * 81, "a\nb"):
        with pytest.raises(CourseError, match="--name"):
            record.content(name, results(), None)
    page = record.html(record.content("Zoë & Ann", results(), None, dt.date(2026, 10, 1)), "00")
    assert "Zoë &amp; Ann" in page and "No attempt was handed in" in page


def test_nothing_to_record(tmp_path: Path, gradebook: Path) -> None:
    with pytest.raises(CourseError, match="nothing to record"):
        record.make(tmp_path, "Ann", tmp_path, gradebook)
