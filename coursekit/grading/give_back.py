"""Feedback as files by learner, under the names that the learning platform knows, to be uploaded again."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from coursekit.errors import CourseError
from coursekit.files import write_whole
from coursekit.grading import feedback
from coursekit.grading.collect import submissions
from coursekit.grading.names import named
from coursekit.grading.receive import ENDINGS
from coursekit.grading.roster import Memory


@dataclass
class Given:
    """Files by learner, the zip of all of them, and learners for whom there is no page yet."""

    files: dict[str, Path] = field(default_factory=dict)
    archive: Path | None = None
    missing: list[str] = field(default_factory=list)


def give_back(course: Path, module: str, out: Path) -> Given:
    """Write one page for each learner into `out`, and `feedback_MODULE.zip` with all of them.

    Raises `CourseError` when there is no feedback, or when `out` cannot be written.
    """
    taken = Memory(course).taken.get(module, {})
    given = Given()
    pages: dict[str, bytes] = {}
    for path in sorted((course / "feedback").glob(f"*/{module}/{module}.html")):
        student = path.parent.parent.name
        name = _name(student, module, taken.get(student, {}))
        if name in pages:
            raise CourseError(f"Two learners would get the file {name}. Collect {module} again; nothing was written.")
        pages[name] = path.read_bytes()
        given.files[student] = out / name
    if not pages:
        raise CourseError(f"There is no feedback for {module}. Grade first: python3 course.py grade {module}")
    given.missing = sorted(
        s for s in submissions(course, module) if not feedback.place(course, s, module).exists()
    )  # fmt: skip
    for name, content in pages.items():
        write_whole(out / name, content)
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in pages.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    given.archive = out / f"feedback_{module}.zip"
    write_whole(given.archive, whole.getvalue())
    return given


def _name(student: str, module: str, taken: dict[str, str]) -> str:
    """Canvas finds a learner by the beginning of the file's name, Moodle by the folder or the beginning."""
    top = PurePosixPath(taken.get("name", ""))
    folder = not top.name.lower().endswith(ENDINGS)  # "John Q. Public" has a point in it, too
    stem = top.name if folder else top.stem
    if taken.get("kind") in ("canvas", "moodle", "brightspace", "blackboard") and named(stem, module, folder).strong:
        return f"{stem}/{module}.html" if folder else f"{stem}.html"
    return f"{student}_{module}.html"
