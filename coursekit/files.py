"""Files written whole or not at all, and system errors said in words."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coursekit.errors import CourseError
from coursekit.locks import take_lock

_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_UMASK = os.umask(0o022)
os.umask(_UMASK)  # reading it means setting it; done once, before there are threads


def in_words(error: OSError, path: Path) -> CourseError:
    """A `CourseError` for a failed write: what happened, where, what to do. Nothing was changed."""
    if error.errno in _FULL:
        return CourseError(f"The disk is full: {path} was not written and is as it was. Free some space and try again.")
    if error.errno in _FORBIDDEN:
        return CourseError(
            f"Writing is not permitted: {path} was not written. "
            "Change the folder's permissions, or use another folder (learners name it with --workspace)."
        )
    return CourseError(f"{path} was not written: {error}.")


def readable(name: str) -> str:
    """A file's name as text; one that is not UTF-8 is read as Latin-1, so that it can be written and printed."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return name.encode("utf-8", "surrogateescape").decode("latin-1")
    return name


def read_bytes(path: Path) -> bytes:
    """A file's content. Raises `CourseError` when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise CourseError(f"{readable(str(path))} cannot be read: {error.strerror}.") from error


def write_whole(path: Path, content: bytes | str) -> None:
    """Write `content` so that `path` holds either the old or the new text, never a part.

    The new text goes to a temporary file in the same folder, reaches the disk, and then takes the name.
    Raises `CourseError` when the disk is full or writing is not permitted.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _mode(path))
        os.replace(temporary, path)
    except OSError as error:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        raise in_words(error, path) from error


def _mode(path: Path) -> int:
    """Permissions for the new file: those of the old one, else what the user's umask gives."""
    if path.exists():
        return path.stat().st_mode & 0o777
    return 0o666 & ~_UMASK


def write_json(path: Path, data: Any) -> None:
    """Write data as readable JSON, whole or not at all."""
    write_whole(path, json.dumps(data, indent=1, ensure_ascii=False) + "\n")


@contextlib.contextmanager
def alone(path: Path, seconds: float = 20.0) -> Iterator[None]:
    """Let only one process at a time read, change and write `path`. Raises `CourseError` after `seconds`."""
    lock = path.with_name(f".{path.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise in_words(error, path) from error
    try:
        end = time.monotonic() + seconds
        while not take_lock(handle):
            if time.monotonic() > end:
                raise CourseError(f"Another course program keeps {path} busy. Wait for it to end and try again.")
            time.sleep(0.02)
        yield
    finally:
        os.close(handle)


def digest(content: bytes) -> str:
    """Fingerprint by which two editions of a file are told apart."""
    return hashlib.sha256(content).hexdigest()
