"""Taking in what learners handed in elsewhere: a folder or a zip with one file, folder or zip for each learner.

Names are understood as nbgrader's exchange, Canvas and Moodle write them, and plain ones (`ada.ipynb`, `ada/`,
`ada_module_01.zip`). What is in `submitted/` already is never lost: another version waits for `update`, and then the
earlier one is kept beside. Names that lead out of a folder, links and what is too large are refused.
"""

from __future__ import annotations

import re
import shutil
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from coursekit.errors import CourseError
from coursekit.files import in_words
from coursekit.grading.archives import Entry, entries, refused, unzipped
from coursekit.grading.collect import LARGEST_FILES, STAMP

NOTEBOOKS = (".ipynb", ".py", ".md")
_WRAPPERS = {"submitted", "submissions", "inbound", "exchange", "priorauth"}
_CANVAS = re.compile(r"(?P<who>[^_]+)_(?:late_)?(?P<id>\d+)_(?P<file>\d+)_.*", re.I)
_MOODLE = re.compile(r"(?P<who>.+?)_\d+_assignsubmission_(?:file|onlinetext)_?(?P<rest>.*)")


@dataclass
class Received:
    """What became of one thing that was handed in: `state` is new, unchanged, replaced, waiting or refused."""

    name: str
    student: str = ""
    state: str = "refused"
    note: str = ""


@dataclass
class _Handed:
    """One learner's hand-in: files by their names below the learner's folder."""

    name: str
    student: str
    order: str  # the later of two has the greater one; "" = cannot be told
    stamp: str = ""
    files: list[Entry] = field(default_factory=list)


def receive(course: Path, module: str, origin: Path, update: bool = False) -> list[Received]:
    """Put hand-ins from `origin` (folder or zip) into `submitted/`. Raises `CourseError` when it cannot be read."""
    found, report = _sorted(entries(origin), module)
    latest: dict[str, _Handed] = {}
    for handed in sorted(found, key=lambda h: h.order):
        key = handed.student.casefold()
        other = latest.get(key)
        if other is not None and not (other.order and handed.order and other.order != handed.order):
            note = f"{other.name} and {handed.name} are of the same learner. Keep one of them."
            report.append(Received(handed.name, handed.student, note=note))
            continue
        latest[key] = handed
    report += [_stored(course, module, handed, update) for handed in latest.values()]
    if not report:
        raise CourseError(f"{origin} holds nothing that was handed in for {module}.")
    return sorted(report, key=lambda r: (r.student, r.name))


# --- whose is it --------------------------------------------------------------------------------------------------


def _sorted(found: list[Entry], module: str) -> tuple[list[_Handed], list[Received]]:
    """Entries by learner, and what had to be refused."""
    for _ in range(4):
        tops = {e.path.parts[0] for e in found}
        if len(tops) != 1 or any(len(e.path.parts) == 1 for e in found):
            break
        if next(iter(tops)).lower() not in _WRAPPERS | {module}:
            break
        found = [e.below(1) for e in found]
    by_top: dict[str, list[Entry]] = {}
    for entry in found:
        by_top.setdefault(entry.path.parts[0], []).append(entry)
    handed, report = [], []
    for top, mine in sorted(by_top.items()):
        try:
            one = _handed(top, mine, module)
        except CourseError as problem:
            report.append(Received(top, note=str(problem)))
            continue
        if one is not None:
            handed.append(one)
    return handed, report


def _handed(top: str, mine: list[Entry], module: str) -> _Handed | None:
    """One top-level file or folder as a hand-in; None for another module's, and for files that are no hand-in."""
    alone = len(mine[0].path.parts) == 1
    if alone and not top.lower().endswith((*NOTEBOOKS, ".zip")):
        return None
    handed = _named(PurePosixPath(top).stem if alone else top, module)
    if handed is None:
        return None
    handed.name = top
    files = mine if alone else [e.below(1) for e in mine]
    if len(files) == 1 and files[0].path.suffix.lower() == ".zip":
        files = unzipped(files[0].read(), top)
    handed.files = _of_module(files, module)
    bad = refused(handed.files)
    if bad:
        raise CourseError(bad)
    if not any(e.path.suffix.lower() in NOTEBOOKS for e in handed.files):
        raise CourseError("There is no notebook in it.")
    if sum(e.size for e in handed.files) > LARGEST_FILES:
        raise CourseError(f"It holds more than {LARGEST_FILES / 1e6:.0f} MB.")
    return handed


def _of_module(files: list[Entry], module: str) -> list[Entry]:
    """Without the folder of the module that stands around the files, if there is one."""
    inside = [e.below(1) for e in files if len(e.path.parts) > 1 and e.path.parts[0] == module]
    return inside or files


def _named(name: str, module: str) -> _Handed | None:
    """Whose hand-in it is, from the name of its file or folder. Raises `CourseError` when no learner is named."""
    parts = name.split("+")
    if len(parts) >= 3:  # nbgrader's exchange: learner+module+time(+random)
        return _Handed(name, _learner(parts[0]), parts[2], parts[2]) if parts[1] == module else None
    canvas, moodle = _CANVAS.fullmatch(name), _MOODLE.fullmatch(name)
    if canvas:
        return _Handed(name, _learner(f"{canvas['who']}_{canvas['id']}"), canvas["file"].zfill(20))
    who = moodle["who"] if moodle else re.sub(rf"[-_ .]*{module}[-_ .]*", "", name, flags=re.I)
    return _Handed(name, _learner(who), "")


def _learner(name: str) -> str:
    """A name that can be a folder and a learner's id in nbgrader."""
    plain = re.sub(r"[^\w.@-]+", "_", unicodedata.normalize("NFC", name.strip())).strip("._-")
    if not plain:
        raise CourseError("Its name names no learner.")
    return plain[:100]


# --- into the course folder ---------------------------------------------------------------------------------------


def _stored(course: Path, module: str, handed: _Handed, update: bool) -> Received:
    target = course / "submitted" / handed.student / module
    try:
        content = {e.path.as_posix(): e.read() for e in handed.files}
        if handed.stamp and STAMP not in content:
            content[STAMP] = handed.stamp.encode()
        there = target.is_dir()
        if there and _content(target) == content:
            return Received(handed.name, handed.student, "unchanged")
        if there and not update:
            note = "Another version is there already; --update replaces it and keeps the earlier one."
            return Received(handed.name, handed.student, "waiting", note)
        kept = _put(target, content)
    except CourseError as problem:
        return Received(handed.name, handed.student, note=str(problem))
    except OSError as error:
        raise in_words(error, target) from error
    return Received(handed.name, handed.student, "replaced" if there else "new", kept)


def _content(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def _put(target: Path, content: dict[str, bytes]) -> str:
    """Write the folder whole; one that was there is kept beside under a number. Says where."""
    hidden = target.parent.parent / ".collect"
    fresh = hidden / f"{target.parent.name}-{target.name}.new"
    shutil.rmtree(fresh, ignore_errors=True)
    for name, data in content.items():
        place = fresh / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    note = ""
    if target.exists():
        number = 1
        while (old := hidden / f"{target.parent.name}-{target.name}.{number}").exists():
            number += 1
        target.rename(old)
        note = f"The earlier version is kept in {old}."
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh.rename(target)
    return note
