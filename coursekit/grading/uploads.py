"""What lies in one thing that was uploaded: the notebook of the module, its receipt, files beside it.

Zips are opened wherever they stand and whatever they are called, and a notebook is known by what is in it. Nothing is
decided here about whose it is.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from coursekit import receipts
from coursekit.errors import CourseError
from coursekit.grading.archives import Entry, is_zip, refused, unzipped
from coursekit.grading.collect import LARGEST_FILES, STAMP
from coursekit.grading.edition import Edition
from coursekit.grading.names import Named
from coursekit.grading.reading import read_cells
from coursekit.grading.repair import holds
from coursekit.notebooks import NEW_EDITION, Cell, grade_id

DEEPEST = 4  # zips inside zips
_OTHER = re.compile(r"m(\d\d)-[cqw]\d+(?:$|-)")
#: Folders of the course itself, which stand in a clone of it and hold no learner's work.
COURSE = {"release", "source", "notebooks", "autograded", "feedback"}


@dataclass
class Upload:
    """One hand-in of the module that is asked for."""

    name: str  # of the file or folder as it was uploaded
    named: Named
    notebook: bytes
    files: list[Entry]  # what stands beside the notebook, names as they will be stored
    receipt: receipts.Receipt | None = None
    fits: bool = False  # whether the receipt is of these files
    blank: bool = False
    late: bool = False
    notes: list[str] = field(default_factory=list)
    student: str = ""
    proven: bool = False  # that the name on the upload is the student

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.notebook).hexdigest()


class OtherModule(CourseError):
    """It is a hand-in of another module."""


def uploads_in(top: str, found: list[Entry], named: Named, known: Edition) -> list[Upload]:
    """Hand-ins of a module in one uploaded file or folder; those with a receipt come each by itself.

    Raises `CourseError` with the sentence for the instructor when there is none.
    """
    flat = _opened(found)
    bad = refused(flat)
    if bad:
        raise CourseError(bad)
    if sum(e.size for e in flat) > LARGEST_FILES:
        raise CourseError(f"It holds more than {LARGEST_FILES / 1e6:.0f} MB.")
    made, problems = [], []
    roots = sorted({e.path.parent for e in flat if receipts.is_receipt(e.path)}, key=lambda p: -len(p.parts))
    for root in roots:
        mine = [e for e in flat if root in e.path.parents]
        flat = [e for e in flat if root not in e.path.parents]
        try:
            made.append(_with_receipt(top, root, mine, named, known))
        except CourseError as problem:
            problems.append(problem)
    if not made:
        try:
            made.append(_without_receipt(top, flat, named, known))
        except CourseError as problem:
            raise problems[0] if problems else problem  # noqa: B904  the receipt's own problem says more
    for upload in made:
        upload.late = named.late
    return made


def _opened(found: list[Entry], depth: int = 0) -> list[Entry]:
    """All files, those in zips under the zip's name. Raises `CourseError` for a zip that cannot be read."""
    flat = []
    for entry in found:
        if entry.problem or entry.path.suffix.lower() not in (".zip", ".ipynb", ".txt", ".json", ".rar", ".7z", ""):
            flat.append(entry)
            continue
        content = entry.read()
        if not is_zip(content) and entry.path.suffix.lower() not in (".zip", ".rar", ".7z"):
            flat.append(Entry(entry.path, len(content), _kept(content)))
        elif content.lstrip()[:1] == b"{":  # a notebook that was called .zip
            flat.append(Entry(entry.path, len(content), _kept(content)))
        elif depth == DEEPEST:
            raise CourseError(f"{entry.path.name} is a zip in {DEEPEST} other zips. Ask the learner for the notebook.")
        elif not content:
            raise CourseError(f"{entry.path.name} is empty (0 bytes). Ask the learner for it again.")
        else:
            inside = _opened(unzipped(content, entry.path.name), depth + 1)
            place = entry.path.with_name(f"{entry.path.name}.d")
            flat += [Entry(place / e.path, e.size, e.reader, e.problem) for e in inside]
    return flat


def _kept(content: bytes):  # noqa: ANN202
    return lambda: content


def _with_receipt(top: str, root: PurePosixPath, mine: list[Entry], named: Named, known: Edition) -> Upload:
    raw = next(e for e in mine if receipts.is_receipt(e.path) and e.path.parent == root).read()
    try:
        receipt = receipts.parse(raw)
    except CourseError as problem:
        upload = _without_receipt(top, mine, named, known)
        upload.notes.append(f"{problem} It was left aside.")
        return upload
    if receipt.module != known.module:
        raise OtherModule(f"Its receipt is for {receipt.module}, not for {known.module}.")
    inside = {e.path.relative_to(root).as_posix(): e for e in mine}
    there = {n: inside[n].read() for n in receipt.files if n in inside}
    if receipt.fits(there):
        upload = _upload(top, named, there[receipt.notebook], known, f"{known.module}.ipynb")
        upload.files = [Entry(PurePosixPath(n), len(c), _kept(c)) for n, c in there.items() if n != receipt.notebook]
        upload.fits = True
    else:
        upload = _without_receipt(top, mine, named, known)
        upload.notes.append(
            f"The notebook was changed after its receipt {receipt.code} was made, so the receipt does not count."
        )
    upload.receipt = receipt
    return upload


def _without_receipt(top: str, flat: list[Entry], named: Named, known: Edition) -> Upload:
    """The one notebook of the module among all files."""
    found, problems = [], []
    for entry in flat:
        if entry.path.suffix.lower() not in (".ipynb", ".py", ".md", ".txt", ".json", ".zip", ""):
            continue
        raw = entry.read()
        looks = raw.lstrip()[:1] == b"{" or raw[:3] in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
        if not looks and entry.path.suffix.lower() not in (".ipynb", ".py", ".md"):
            continue
        try:
            found.append((entry, _upload(top, named, raw, known, entry.path.name)))
        except CourseError as problem:
            problems.append(problem)
    if not found:
        said = [p for p in problems if isinstance(p, OtherModule)] or problems
        raise said[0] if said else CourseError("There is no notebook in it.")
    entry, upload = _best(found, known.module)
    others = sorted({e.path.name for e, u in found if u.digest != upload.digest})
    if others:
        upload.notes.append(f"{', '.join(others)} was left aside.")
    folder = entry.path.parent
    notebooks = {id(e) for e, _ in found}
    for other in flat:
        if id(other) in notebooks or other.path.suffix == ".ipynb" or other is entry:
            continue
        if folder not in other.path.parents or other.path.name in (receipts.NAME, receipts.TEXT):
            continue
        mine = other.below(len(folder.parts))
        if mine.path.as_posix() == STAMP and named.kind != "exchange":  # elsewhere a learner could have written it
            upload.notes.append(f"Its {STAMP} was left out: a learner's file does not say when it was handed in.")
        else:
            upload.files.append(mine)
    return upload


def _best(found: list[tuple[Entry, Upload]], module: str) -> tuple[Entry, Upload]:
    """The one that counts of several notebooks. Raises `CourseError` when it cannot be told."""

    def of_course(entry: Entry) -> bool:
        return NEW_EDITION in entry.path.name or bool(COURSE & {p.casefold() for p in entry.path.parts[:-1]})

    for rule in (lambda e, u: not of_course(e), lambda e, u: not u.blank, lambda e, u: e.path.name == f"{module}.ipynb"):  # fmt: skip
        kept = [pair for pair in found if rule(*pair)]
        found = kept or found
        if len({u.digest for _, u in found}) == 1:
            return min(found, key=lambda pair: (len(pair[0].path.parts), str(pair[0].path)))
    names = ", ".join(sorted(str(e.path) for e, _ in found)[:4])
    raise CourseError(f"It holds {len(found)} different notebooks of {module} ({names}). Ask the learner which counts.")


def _upload(top: str, named: Named, raw: bytes, known: Edition, name: str) -> Upload:
    """A file as a hand-in, if it holds exercises of the module. Raises `CourseError` when it does not."""
    text = name.lower().endswith((".py", ".md")) and raw.lstrip()[:1] != b"{"
    stem = PurePosixPath(name).stem
    read_as = name if text else f"{stem}.ipynb"
    if not raw.strip():
        raise CourseError(f"{name} is empty. Ask the learner for it again.")
    try:
        cells, notes = read_cells(read_as, raw)
    except CourseError as problem:
        raise CourseError(f"{problem} Ask the learner for it again.") from None
    mine = [i for i in known.items if any(holds(c, i, known) for c in cells)]
    if not mine:
        others = {f"module_{m[1]}" for c in cells if (m := _OTHER.match(grade_id(c))) and f"module_{m[1]}" != known.module}  # fmt: skip
        if others:
            raise OtherModule(f"{name} is a notebook of {', '.join(sorted(others))}, not of {known.module}.")
        raise CourseError(f"{name} holds no exercise of {known.module}.")
    stored = Entry(PurePosixPath(name), len(raw), _kept(raw))
    upload = Upload(top, named, raw, [stored] if text else [], blank=_blank(cells, known))
    upload.notes = [n for n in notes if "damaged" in n]
    return upload


def _blank(cells: list[Cell], known: Edition) -> bool:
    """Whether no answer was written."""
    starters = {known.cells[known.at[i]]["source"].strip() for i in known.items}
    answers = [c["source"].strip() for c in cells if any(holds(c, i, known) for i in known.items)]
    return all(not a or a in starters for a in answers)


def stored(upload: Upload, module: str) -> dict[str, bytes]:
    """What goes into `submitted/`: the notebook under its usual name, what stands beside it, time and receipt."""
    content = {e.path.as_posix(): e.read() for e in upload.files if e.path.name != STAMP or len(e.path.parts) > 1}
    stamps = [e.read() for e in upload.files if e.path.as_posix() == STAMP]
    if not any(e.path.suffix.lower() in (".py", ".md") and e.read() == upload.notebook for e in upload.files):
        content[f"{module}.ipynb"] = upload.notebook
    if upload.receipt and upload.fits:
        content[receipts.NAME] = upload.receipt.as_json().encode()
        content[STAMP] = f"{upload.receipt.moment:%Y-%m-%d %H:%M:%S} UTC".encode()
    elif stamps:
        content[STAMP] = stamps[0]
    elif upload.named.stamp:
        content[STAMP] = upload.named.stamp.encode()
    return content
