"""A small record of a learner that is never half-written and never lost in silence: the file, and the copy before it."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from coursekit.errors import CourseError
from coursekit.files import in_words, write_json, write_whole

Check = Callable[[Any], dict[str, Any]]


def copy_of(path: Path) -> Path:
    """Where the record as it was before the last change is."""
    return path.with_name(path.name + ".bak")


def read(path: Path, check: Check) -> dict[str, Any]:
    """The record in a file. Raises `OSError`, or `ValueError` where it is damaged; `check` raises that, too."""
    return check(json.loads(path.read_text(encoding="utf-8")))


def load(path: Path, check: Check, name: str) -> tuple[dict[str, Any] | None, str, bool]:
    """(record or None, what was wrong with it, whether the copy before took its place).

    A damaged file is moved aside under a name with the time and is never deleted. `name` is how a sentence calls the
    record. Raises `CourseError` where the file cannot be read at all.
    """
    try:
        return read(path, check), "", False
    except FileNotFoundError:
        if not copy_of(path).exists():
            return None, "", False
        fault = f"{name} was missing"
    except OSError as error:
        raise CourseError(
            f"{path} cannot be read: {error.strerror}. Make it readable for you and try again."
        ) from error
    except ValueError:  # not JSON, not text, not such a record
        aside = path.with_name(f"{path.stem}-damaged-{dt.datetime.now():%Y-%m-%d_%H-%M-%S-%f}{path.suffix}")
        try:
            os.replace(path, aside)
        except OSError as error:
            raise in_words(error, aside) from error
        fault = f"{name} was damaged; the damaged file is kept as {aside.name}"
    try:
        store = read(copy_of(path), check)
    except (OSError, ValueError):
        return None, fault, False
    write_json(path, store)
    return store, fault, True


def save(path: Path, store: dict[str, Any]) -> None:
    """Write the record whole or not at all; the one before stays as a copy."""
    if path.exists():
        write_whole(copy_of(path), path.read_bytes())
    write_json(path, store)
