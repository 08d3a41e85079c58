"""Handing in an attempt: read, mended, run and marked by the grader of the modules, then kept with its gradebook entry."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

from coursekit.errors import CourseError
from coursekit.exam import attempts
from coursekit.exam.blueprint import load_blueprint
from coursekit.exam.compiled import Part
from coursekit.exam.notebook import exam_notebook
from coursekit.files import alone, digest, write_whole
from coursekit.grading.collect import Submission
from coursekit.grading.edition import MARKING, Edition
from coursekit.items import ROOT
from coursekit.notebooks import grade_id
from coursekit.programme import AREAS
from coursekit.workspace import course_folder, released_modules

ME = "me"


def edition_of(name: str, parts: list[Part], sealed: dict[str, Any]) -> Edition:
    """The attempt as the grader sees a module: the released cells, the sources of locked cells, the keys."""

    def cells(keys: bool) -> list[dict[str, Any]]:
        made = exam_notebook(name, parts, sealed["minutes"], sealed["started_at"], keys)
        return json.loads(json.dumps(made.cells))

    learner = cells(keys=False)
    locked = {grade_id(c): c["source"] for c in cells(keys=True) if grade_id(c) and c["metadata"]["nbgrader"]["locked"]}
    at = {str(c["id"]): i for i, c in enumerate(learner)} | {
        grade_id(c): i for i, c in enumerate(learner) if grade_id(c)
    }
    stamp = digest((attempts.fingerprint(parts) + "".join(digest((ROOT / m).read_bytes()) for m in MARKING if (ROOT / m).is_file())).encode())[:24]  # fmt: skip
    spec = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return Edition(name, "Final exam", learner, locked, spec, {p.id: p.data for p in parts}, {p.id: p.public for p in parts}, stamp, {}, at)  # fmt: skip


def submit(workspace: Path, root: Path = ROOT, now: dt.datetime | None = None, mode: str = "") -> dict[str, Any]:
    """Hand in the open attempt and return its result. The notebook is only read; a copy of it is kept.

    Raises `CourseError` when no attempt is open or its notebook cannot be read; then the attempt stays open.
    """
    plan = load_blueprint(root)
    with alone(attempts.folder(workspace) / "submit"):
        record = attempts.open_attempt(attempts.load(workspace)[0])
        if record is None:
            raise CourseError("No attempt is open. Start one: python3 course.py exam start")
        number = record["number"]
        parts, sealed = attempts.unseal(workspace, number, root)
        submission = _read(workspace, number)
        graded = grade(attempts.name_of(number), parts, sealed, submission, mode)
        handed_in = (now or dt.datetime.now(dt.UTC)).replace(microsecond=0)
        rest = attempts.minutes_left(record, sealed["minutes"], handed_in)
        result = result_of(parts, graded["items"], plan.pass_percent)
        result |= {"handed_in_at": handed_in.isoformat(), "late_minutes": max(0, round(-rest)), "notes": graded["notes"], "mode": graded["mode"]}  # fmt: skip
        _keep(workspace, number, submission)
        _record(workspace, graded, submission, result)
        attempts.finish(workspace, number, result)
        return result | {"number": number}


def _read(workspace: Path, number: int) -> Submission:
    """The saved notebook of an attempt; a renamed one is found by the grader."""
    name, path = attempts.name_of(number), attempts.place(workspace, number)
    found = Submission(ME, name, str(path.parent))
    paths = [path] if path.exists() else sorted(path.parent.glob("*.ipynb"))
    for one in paths:
        with contextlib.suppress(OSError):
            found.files[one.name], found.times[one.name] = one.read_bytes(), one.stat().st_mtime_ns
    if not found.files:
        raise CourseError(
            f"There is no notebook in {path.parent}. The attempt stays open; run exam start to get a fresh notebook, or put yours back."
        )
    return found


def grade(
    name: str, parts: list[Part], sealed: dict[str, Any], submission: Submission, mode: str = ""
) -> dict[str, Any]:
    """Mend, run and mark a notebook of the exam: results by item, scores for the gradebook, notes."""
    from coursekit.grading import copies, marking
    from coursekit.grading.repair import mend

    known = edition_of(name, parts, sealed)
    try:
        _, cells, notes = mend(submission, known)
    except CourseError as problem:
        raise CourseError(f"{problem} Nothing was handed in; the file is as it was, and the attempt stays open. JupyterLab keeps an earlier state in .ipynb_checkpoints.") from None  # fmt: skip
    # The sandbox shows a submission the release of its module. An attempt has none there, so it is shown another's.
    place = replace(known, module=next(iter(released_modules()), known.module))
    used, run = copies.run_cells(place, cells, submission, mode, lesson=False)
    judged = marking.judge(known, run)
    scores = copies._scores(known, cells, judged)
    return {"edition": known, "items": marking.results(known, judged), "scores": scores, "notes": [*notes, *run.notes], "mode": used}  # fmt: skip


def result_of(parts: list[Part], items: list[dict[str, Any]], pass_percent: float) -> dict[str, Any]:
    """Points of both parts, by area and by objective; what to read again. No question, no key."""
    points = {i["id"]: float(i["points"]) for i in items}
    areas: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    goals: dict[str, list[Any]] = defaultdict(lambda: [0.0, 0.0, set()])
    halves = {"A": [0.0, 0.0], "B": [0.0, 0.0]}
    for part in parts:
        got, most = points.get(part.id, 0.0), float(part.data["points"])
        where = list(AREAS)[part.area - 1] if part.area else "Part B"
        for row in (halves["A" if part.area else "B"], areas[where], goals[part.data["objective"]]):
            row[0] += got
            row[1] += most
        if got < most:
            goals[part.data["objective"]][2].add(part.data["section"])
    shares = {k: 100 * got / most for k, (got, most) in halves.items()}
    return {
        "parts": {k: {"points": got, "max_points": most, "percent": round(shares[k], 1)} for k, (got, most) in halves.items()},
        "passed": all(s >= pass_percent for s in shares.values()),
        "areas": {k: v for k, v in areas.items()},
        "objectives": {k: {"points": g, "max_points": m, "sections": sorted(s)} for k, (g, m, s) in sorted(goals.items())},
    }  # fmt: skip


def _keep(workspace: Path, number: int, submission: Submission) -> None:
    """A copy of what was handed in, byte by byte."""
    for name, content in submission.files.items():
        write_whole(attempts.folder(workspace) / "handed_in" / str(number) / name, content)


def _record(workspace: Path, graded: dict[str, Any], submission: Submission, result: dict[str, Any]) -> None:
    """Write the scores into the learner's own gradebook."""
    from coursekit.grading.record import Book, Known

    known, gradebook = graded["edition"], course_folder(workspace) / "grading" / "gradebook.db"
    with alone(gradebook, seconds=60):
        book = Book(gradebook)
        try:
            book.register(known)
            kept = Known(submission.digest, known.stamp, result | {"items": graded["items"]})
            book.save(known, ME, graded["scores"], None, kept, lambda *_: None, lambda *_: None)
        finally:
            book.close()


def best(workspace: Path) -> dict[str, Any] | None:
    """The best attempt: passed before not passed, then the higher of the two lower percents, then the points."""
    done = [a for a in attempts.load(workspace)[0] if "result" in a]

    def rank(a: dict[str, Any]) -> tuple[Any, ...]:
        shares = [p["percent"] for p in a["result"]["parts"].values()]
        return a["result"]["passed"], min(shares), sum(shares), -a["number"]

    return max(done, key=rank, default=None)


__all__ = ["best", "edition_of", "grade", "result_of", "submit"]
