"""The folder `submitted/`: what stands there for a module, putting a hand-in there, keeping other versions beside."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import shutil
from pathlib import Path

from coursekit.errors import CourseError
from coursekit.files import in_words, read_bytes, readable
from coursekit.grading.collect import STAMP, parse_time, submissions
from coursekit.grading.uploads import Upload, stored


class Shelf:
    """One module's part of `submitted/`. Other versions are kept in `submitted/.collect/LEARNER-MODULE.N/`."""

    def __init__(self, course: Path, module: str) -> None:
        self.folder, self.module = course / "submitted", module
        self.course = course
        self.aside_folder = self.folder / ".collect"

    def students(self) -> set[str]:
        """Learners who have handed in anything."""
        return {readable(p.name) for p in self.folder.glob("*") if p.is_dir() and not p.name.startswith(".")}

    @functools.cache  # noqa: B019  lives as long as one run of collect
    def digests(self) -> dict[str, set[str]]:
        """{SHA-256 of a notebook: learners whose submission it is}."""
        found: dict[str, set[str]] = {}
        for student, folder in submissions(self.course, self.module).items():
            for path in filter(Path.is_file, folder.glob("*.ipynb")):
                found.setdefault(hashlib.sha256(read_bytes(path)).hexdigest(), set()).add(student)
        return found

    def holds(self, student: str, digest: str) -> bool:
        return student.casefold() in {s.casefold() for s in self.digests().get(digest, ())}

    def put(self, upload: Upload, update: bool) -> tuple[str, str]:
        """Store a hand-in; its state and a note. Raises `CourseError` when it cannot be read or written."""
        content = stored(upload, self.module)
        target = self.folder / self._name(upload.student) / self.module
        there = target.is_dir()
        if there and _without_marks(_content(target)) == _without_marks(content):
            return "unchanged", ""
        if there and _time(_content(target)) and _time(content) and _time(content) < _time(_content(target)):
            return "older", f"A newer version is there already. This one is kept in {self.aside(upload)}."
        if there and not update:
            return "waiting", "Another version is there already; --update replaces it and keeps the earlier one."
        try:
            return ("replaced" if there else "new"), self._write(target, content)
        except OSError as error:
            raise in_words(error, target) from error

    def aside(self, upload: Upload) -> Path:
        """Keep a version that does not count; says where. The same one is kept once."""
        content = stored(upload, self.module)
        name = f"{self._name(upload.student)}-{self.module}"
        try:
            for old in self.aside_folder.glob(f"{name}.*"):
                if old.is_dir() and _content(old) == content:
                    return old
            target = self._free(name)
            self._fresh(name, content).rename(target)
        except OSError as error:
            raise in_words(error, self.aside_folder) from error
        return target

    def _name(self, student: str) -> str:
        """The folder of a learner, also where it is written with other letters."""
        return next((s for s in self.students() if s.casefold() == student.casefold()), student)

    def _free(self, name: str) -> Path:
        number = 1
        while (place := self.aside_folder / f"{name}.{number}").exists():
            number += 1
        return place

    def _fresh(self, name: str, content: dict[str, bytes]) -> Path:
        fresh = self.aside_folder / f"{name}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        for short, data in content.items():
            place = fresh / short
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        return fresh

    def _write(self, target: Path, content: dict[str, bytes]) -> str:
        """Write the folder whole; one that was there is kept beside under a number. Says where."""
        name = f"{target.parent.name}-{target.name}"
        fresh, note = self._fresh(name, content), ""
        if target.exists():
            old = self._free(name)
            target.rename(old)
            note = f"The earlier version is kept in {old}."
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh.rename(target)
        return note


def _content(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): read_bytes(p) for p in folder.rglob("*") if p.is_file()}


def _without_marks(content: dict[str, bytes]) -> dict[str, bytes]:
    """The learner's files; when they were handed in makes no other version of them."""
    return {n: c for n, c in content.items() if n not in (STAMP, "receipt.json")}


def _time(content: dict[str, bytes]) -> dt.datetime | None:
    return parse_time(content.get(STAMP))[0]


__all__ = ["CourseError", "Shelf"]
