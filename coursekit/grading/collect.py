"""Submissions as they were handed in, read into memory once; the folders are never written to."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from coursekit.errors import CourseError
from coursekit.files import readable
from priorauth.learner import normal

LARGEST_FILE, LARGEST_FILES = 20_000_000, 60_000_000
STAMP = "timestamp.txt"


@dataclass
class Submission:
    """What one learner handed in for one module."""

    student: str
    module: str
    folder: str
    files: dict[str, bytes] = field(default_factory=dict)  # notebooks among them
    times: dict[str, int] = field(default_factory=dict)  # when each file was changed, in nanoseconds
    timestamp: bytes | None = None
    notes: list[str] = field(default_factory=list)
    learner: str = ""  # whose records items with variants have; "" = nobody's, the first ones

    @property
    def digest(self) -> str:
        """Changes when any byte that was handed in changes."""
        whole = hashlib.sha256()
        for name, content in sorted(self.files.items()):
            whole.update(f"{name}\0{len(content)}\0".encode("utf-8", "surrogateescape") + content)
        whole.update(self.timestamp or b"-")
        return whole.hexdigest()[:32]


def safe(name: str) -> bool:
    """Whether a file's name stays inside the folder of its submission."""
    parts = name.replace("\\", "/").split("/")
    return not (parts[0] == "" or ".." in parts or parts[0][1:2] == ":")


def submissions(course: Path, module: str) -> dict[str, Path]:
    """Submitted folders of a module: {student id: folder}."""
    return {readable(p.parent.name): p for p in sorted((course / "submitted").glob(f"*/{module}")) if p.is_dir()}


def read(student: str, module: str, folder: Path) -> Submission:
    """Read a submission's files; links, hidden files and what is too large are left out. Raises `CourseError`."""
    found = Submission(student, module, str(folder))
    with contextlib.suppress(ValueError):
        found.learner = normal(student)
    total = 0
    if not os.access(folder, os.R_OK | os.X_OK):
        raise CourseError(f"The submission in {folder} cannot be read. Change the folder's permissions.")
    try:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder)
            if any(p.startswith(".") or p == "__pycache__" for p in name.parts):
                continue
            if path.is_symlink() or any((folder / p).is_symlink() for p in name.parents):
                if path.is_symlink():
                    found.notes.append(f"{name.as_posix()} is a link and was left out.")
                continue
            if not path.is_file():
                continue
            if name.as_posix() == STAMP:
                found.timestamp = path.read_bytes()[:200]
                continue
            status = path.stat()
            total += status.st_size
            if status.st_size > LARGEST_FILE or total > LARGEST_FILES:
                found.notes.append(f"{name.as_posix()} is too large ({status.st_size / 1e6:.0f} MB) and was left out.")
                total -= status.st_size
                continue
            found.files[name.as_posix()] = path.read_bytes()
            found.times[name.as_posix()] = status.st_mtime_ns
    except OSError as error:
        raise CourseError(f"The submission in {folder} cannot be read: {error.strerror}.") from error
    return found


def parse_time(stamp: bytes | None) -> tuple[dt.datetime | None, str]:
    """The moment in `timestamp.txt` in UTC, as nbgrader reads it, and a note when it cannot be read."""
    words = (stamp or b"").decode("utf-8", "replace").strip()
    if not words:
        return None, ""
    from dateutil import parser, tz

    parts = words.split(" ")
    try:
        if len(parts) == 3:
            zone = int(parts[2]) if parts[2].lstrip("+-").isdigit() else tz.gettz(parts[2])
            moment = parser.parse(" ".join([*parts[:2], "TZ"]), tzinfos={"TZ": zone})
        else:
            moment = parser.parse(words)
        if moment.tzinfo is not None:
            moment = (moment - moment.utcoffset()).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None, f"The time of handing in cannot be read ({words[:40]!r}); it was left out."
    return moment, ""
