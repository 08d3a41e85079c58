"""Attempts of the lone learner: started, gone on with, handed in, kept. Nothing here deletes what she wrote.

`workspace/.course/exam/attempts.json` holds for each attempt its seed, the moment of its start, and, once it is handed
in, the result. The drawn form lies beside it, sealed (packed, not secret: a learner who runs the course herself holds
all of it anyway), so that a later edition of the course marks an old attempt by its own key.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coursekit import kept
from coursekit.errors import CourseError
from coursekit.exam.blueprint import load_blueprint
from coursekit.exam.compiled import Part, compile_form
from coursekit.exam.form import draw_form
from coursekit.exam.notebook import exam_notebook, public_text, text_of
from coursekit.files import alone, write_whole
from coursekit.items import ROOT
from coursekit.workspace import course_folder

Record = dict[str, Any]


def folder(workspace: Path) -> Path:
    """Where the course keeps its own records of the exam."""
    return course_folder(workspace) / "exam"


def name_of(number: int) -> str:
    return f"final_exam_{number}"


def place(workspace: Path, number: int) -> Path:
    """The learner's notebook of an attempt."""
    return workspace / name_of(number) / f"{name_of(number)}.ipynb"


@dataclass(frozen=True)
class Begun:
    """An attempt that is open: its number, its notebook, when it began, and what was done on the way."""

    number: int
    notebook: Path
    started: dt.datetime
    new: bool
    said: tuple[str, ...] = ()


def load(workspace: Path) -> tuple[list[Record], list[str]]:
    """All attempts, oldest first, and sentences where the record had to be mended. A damaged file is kept aside."""
    store, fault, restored = kept.load(_file(workspace), _check, "The record of your attempts")
    if store is None:
        return _found_again(workspace), [f"{fault}."] if fault else []
    return store["attempts"], [f"{fault}. The copy before it was put back."] if restored else []


def _file(workspace: Path) -> Path:
    return folder(workspace) / "attempts.json"


def _check(store: Any) -> Record:
    """The record, if it is one; else `ValueError`."""
    found = store.get("attempts") if isinstance(store, dict) else None
    if not isinstance(found, list):
        raise ValueError("no record of attempts")
    if not all(isinstance(a, dict) and {"number", "seed", "started_at"} <= a.keys() for a in found):
        raise ValueError("an attempt is not usable")
    return store


def _found_again(workspace: Path) -> list[Record]:
    """Attempts whose sealed forms are there although their record is lost: they still count."""
    found = []
    for sealed in sorted(folder(workspace).glob("final_exam_*.sealed")):
        try:
            data = json.loads(zlib.decompress(sealed.read_bytes()))
            found.append({k: data[k] for k in ("number", "seed", "started_at")})
        except (OSError, ValueError, KeyError, zlib.error):
            continue
    return found


def _save(workspace: Path, attempts: list[Record]) -> None:
    kept.save(_file(workspace), {"version": 1, "attempts": attempts})


def open_attempt(attempts: list[Record]) -> Record | None:
    """The attempt that was started and not handed in."""
    return next((a for a in attempts if "result" not in a), None)


def begin(workspace: Path, root: Path = ROOT, now: dt.datetime | None = None) -> Begun:
    """Start an attempt, or go on with the one that is open. Raises `CourseError` after the last one."""
    plan = load_blueprint(root)
    with alone(_file(workspace)):
        attempts, said = load(workspace)
        current = open_attempt(attempts)
        if current is not None:
            return _go_on(workspace, current, said)
        if len(attempts) >= plan.attempts:
            raise CourseError(
                f"You have used all {plan.attempts} attempts. Your best result stays: python3 course.py exam result"
            )
        number = len(attempts) + 1
        if place(workspace, number).parent.exists():  # a folder that somebody made by hand is left alone
            raise CourseError(
                f"{place(workspace, number).parent} is in the way. Move it elsewhere and start again; nothing was changed."
            )
        start = (now or dt.datetime.now(dt.UTC)).replace(microsecond=0)
        seed = secrets.randbelow(10**9)
        record = {"number": number, "seed": seed, "started_at": start.isoformat()}
        parts = compile_form(draw_form(seed, root))
        sealed = record | {"minutes": plan.minutes, "parts": [_plain(p) for p in parts]}
        write_whole(folder(workspace) / f"{name_of(number)}.sealed", zlib.compress(json.dumps(sealed).encode()))
        _write_notebook(workspace, number, sealed)
        _save(workspace, [*attempts, record])
        return Begun(number, place(workspace, number), start, True, tuple(said))


def _plain(part: Part) -> dict[str, Any]:
    return {"data": part.data, "prompt": part.prompt, "starter": part.starter, "solution": part.solution, "area": part.area, "source": part.source}  # fmt: skip


def unseal(workspace: Path, number: int, root: Path = ROOT) -> tuple[list[Part], dict[str, Any]]:
    """The form of an attempt: as it was sealed, or drawn again from its seed if the seal is lost."""
    path = folder(workspace) / f"{name_of(number)}.sealed"
    try:
        data = json.loads(zlib.decompress(path.read_bytes()))
        return [Part(**p) for p in data["parts"]], data
    except (OSError, ValueError, KeyError, TypeError, zlib.error):
        pass
    record = next((a for a in load(workspace)[0] if a["number"] == number), None)
    if record is None:
        raise CourseError(f"There is no attempt {number}.")
    parts = compile_form(draw_form(record["seed"], root))
    if record.get("print") not in (None, fingerprint(parts)):
        raise CourseError(f"{path} is damaged, and this edition draws another form. Put a backup of the file back.")
    return parts, record | {"minutes": load_blueprint(root).minutes, "parts": [_plain(p) for p in parts]}


def fingerprint(parts: list[Part]) -> str:
    """Changes when a question, an option, a key or their order changes."""
    return f"{zlib.crc32(json.dumps([_plain(p) for p in parts], sort_keys=True).encode()):08x}"


def _write_notebook(workspace: Path, number: int, sealed: dict[str, Any]) -> None:
    parts = [Part(**p) for p in sealed["parts"]]
    notebook = exam_notebook(name_of(number), parts, sealed["minutes"], sealed["started_at"], keys=False)
    from coursekit.notebooks import trust

    path = place(workspace, number)
    write_whole(path.with_name("form.json"), public_text(name_of(number), parts))
    write_whole(path, text_of(notebook))
    trust(path)


def _go_on(workspace: Path, record: Record, said: list[str]) -> Begun:
    """The open attempt; what is missing of its files is put back, what is there is left alone."""
    number, path = record["number"], place(workspace, record["number"])
    words = list(said)
    if not list(path.parent.glob("*.ipynb")):
        _write_notebook(workspace, number, unseal(workspace, number)[1])
        words.append("The notebook of this attempt was missing; a fresh one was made. Answers of a lost file cannot be brought back.")  # fmt: skip
    elif not path.with_name("form.json").exists():
        write_whole(path.with_name("form.json"), public_text(name_of(number), unseal(workspace, number)[0]))
    return Begun(number, path, dt.datetime.fromisoformat(record["started_at"]), False, tuple(words))


def finish(workspace: Path, number: int, result: Record) -> None:
    """Keep the result of an attempt. It is then handed in for good."""
    with alone(_file(workspace)):
        attempts, _ = load(workspace)
        _save(workspace, [a | {"result": result} if a["number"] == number else a for a in attempts])


def minutes_left(record: Record, minutes: int, now: dt.datetime | None = None) -> float:
    """Minutes of an attempt that are left; below 0 when the time is up."""
    start = dt.datetime.fromisoformat(record["started_at"])
    return minutes - ((now or dt.datetime.now(dt.UTC)) - start).total_seconds() / 60


def shares(result: Record) -> str:
    """The percents of a result in a few words."""
    return ", ".join(f"Part {k} {p['percent']:g} %" for k, p in result["parts"].items())


def weak(result: Record) -> list[tuple[str, Record]]:
    """Objectives with less than 70 % of their points: their name, points, and the sections to read again."""
    return [(k, o) for k, o in result["objectives"].items() if o["points"] < 0.7 * o["max_points"]]
