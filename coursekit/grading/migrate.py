"""Changing an item after its release: the scores of a class are carried into the new edition.

Unchanged items keep their scores and what a person gave. Changed items are graded again, added ones are graded for the
first time, removed ones leave the score and stay in the report. The gradebook is copied first. `dry_run` does all of it
in a copy of the course's records, so what it shows is what will happen.
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import shutil
import sqlite3
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from coursekit.errors import CourseError
from coursekit.files import in_words, write_whole
from coursekit.grading.carry import ADDED, CHANGED, KEPT, REMOVED, Line
from coursekit.grading.collect import submissions
from coursekit.grading.edition import edition
from coursekit.grading.record import Book
from coursekit.grading.run import Graded, Progress, grade_module, named, one_at_a_time
from coursekit.grading.work import Settings
from coursekit.workspace import ROOT

FOLDER = "migrations"


@dataclass
class Migration:
    """What a migration did, or would do (`dry_run`)."""

    module: str
    dry_run: bool
    lines: list[Line] = field(default_factory=list)
    graded: list[Graded] = field(default_factory=list)
    backup: Path | None = None
    report: Path | None = None
    lost: list[str] = field(default_factory=list)  # learners in the gradebook whose submission is not there

    def totals(self) -> dict[str, tuple[float, float]]:
        """Points of each learner before and after."""
        found: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        for line in self.lines:
            found[line.student][0] += line.before or 0.0
            found[line.student][1] += line.after or 0.0
        return {s: (round(a, 2), round(b, 2)) for s, (a, b) in found.items()}

    @property
    def open(self) -> list[str]:
        """Learners who are not graded again yet."""
        return sorted({line.student for line in self.lines if not line.done})

    @property
    def by_hand(self) -> list[Line]:
        """Changed items for which a person had given points; these stand until she changes them."""
        return [x for x in self.lines if x.kind == CHANGED and x.by_hand]


def migrate(
    module: str, course: Path = ROOT, dry_run: bool = False, progress: Progress = lambda _: None,
    settings: Settings = Settings(),  # noqa: B008  frozen
) -> Migration:  # fmt: skip
    """Carry the grades of a module into the present edition. Safe to repeat; a run that was killed goes on.

    Raises `CourseError` when there is no gradebook, another run is at work, or nothing of the module was graded.
    """
    name = named(module)
    if not (course / "gradebook.db").exists():
        raise CourseError(f"There is no gradebook in {course}, so there is nothing to carry over.")
    if not dry_run:
        return _migrate(name, course, course, False, progress, settings)
    with _copy(course) as place:
        return _migrate(name, place, course, True, progress, settings)


def _migrate(
    module: str, place: Path, course: Path, dry_run: bool, progress: Progress, settings: Settings
) -> Migration:
    known = edition(module)
    run = time.strftime("%Y-%m-%d_%H-%M-%S", time.gmtime())
    done = Migration(module, dry_run)
    with one_at_a_time(place):
        kept = place / FOLDER / f"{module}-{run}" / "gradebook.db"
        _backup(place / "gradebook.db", kept)
        book = Book(place / "gradebook.db")
        try:
            begun = book.begin_migration(known, run)
            waiting = book.pending(module)
        finally:
            book.close()
        if not begun:
            shutil.rmtree(kept.parent)
    if not begun and not waiting:
        return done
    there = submissions(place, module)
    done.lost = sorted(set(waiting) - set(there))
    again = [s for s in waiting if s in there]
    if again:
        done.graded = grade_module(module, place, again, progress, settings)
    book = Book(place / "gradebook.db")
    try:
        run, done.lines = book.migrated(module)
    finally:
        book.close()
    if not dry_run:
        done.backup = kept if begun else None
        done.report = course / FOLDER / f"{module}-{run}" / "report.csv"
        write_whole(done.report, table(done.lines))
    return done


def _backup(gradebook: Path, target: Path) -> None:
    """A copy of the gradebook that is whole even while others read it."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with (
            contextlib.closing(sqlite3.connect(gradebook)) as here,
            contextlib.closing(sqlite3.connect(target)) as there,
        ):
            here.backup(there)
    except sqlite3.Error as problem:
        raise CourseError(f"The gradebook {gradebook} cannot be copied ({problem}), so nothing was changed.") from None
    except OSError as error:
        raise in_words(error, target) from error


@contextlib.contextmanager
def _copy(course: Path) -> Iterator[Path]:
    """A folder with a copy of the gradebook and the same submissions; nothing done there is kept."""
    with tempfile.TemporaryDirectory(prefix="course-dry-run-") as name:
        place = Path(name)
        _backup(course / "gradebook.db", place / "gradebook.db")
        if (course / "nbgrader_config.py").exists():
            shutil.copyfile(course / "nbgrader_config.py", place / "nbgrader_config.py")
        if (course / "submitted").is_dir():
            try:
                os.symlink((course / "submitted").resolve(), place / "submitted", target_is_directory=True)
            except OSError:  # Windows without the right to make links
                shutil.copytree(course / "submitted", place / "submitted")
        yield place


def table(lines: list[Line]) -> str:
    """The report as CSV: a line for each learner and item that changed, was added or was removed, and a sum for each."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(
        ["learner", "item", "what", "points_before", "of", "points_after", "of", "difference", "by_hand", "state"]
    )
    totals: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0, 0.0])
    for x in lines:
        sums = totals[x.student]
        for n, value in enumerate((x.before, x.most, x.after, x.now_most)):
            sums[n] += value or 0.0
        if x.kind == KEPT and not x.difference:
            continue
        given = "; ".join(", ".join(f"{k} {v}" for k, v in g.items() if v is not None) for g in x.by_hand)
        state = "not graded again yet" if not x.done else "look again by hand" if x.kind == CHANGED and x.by_hand else "done"  # fmt: skip
        write.writerow([x.student, x.item, x.kind, *_figures(x.before, x.most, x.after, x.now_most), f"{x.difference:g}", given, state])  # fmt: skip
    for student, (before, most, after, now_most) in totals.items():
        write.writerow([student, "all", "sum", *_figures(before, most, after, now_most), f"{after - before:g}", "", ""])
    return out.getvalue()


def _figures(*values: float | None) -> list[str]:
    return ["" if v is None else f"{v:g}" for v in values]


def words(done: Migration) -> list[str]:
    """What to tell the instructor, one sentence a line."""
    if not done.lines:
        return [f"The gradebook is of the present edition of {done.module} already; nothing had to be done."]
    said = []
    by_kind: dict[str, set[str]] = defaultdict(set)
    for x in done.lines:
        by_kind[x.kind].add(x.item)
    for kind in (CHANGED, ADDED, REMOVED):
        if by_kind[kind]:
            said.append(f"{kind.capitalize()}: {', '.join(sorted(by_kind[kind]))}.")
    said.append(f"{len(by_kind[KEPT])} items are as they were; their scores were kept.")
    totals = done.totals()
    moved = {s: (a, b) for s, (a, b) in totals.items() if a != b}
    said.append(f"{len(moved)} of {len(totals)} learners have another sum{' (would have)' if done.dry_run else ''}:")
    for student, (before, after) in sorted(moved.items()):
        parts = [f"{x.item} {x.kind} {x.difference:+g}" for x in done.lines if x.student == student and x.difference]
        said.append(f"  {student}: {before:g} to {after:g} ({', '.join(parts)})")
    if done.by_hand:
        said.append("Look again by hand, because a person gave points for the earlier version: " + ", ".join(f"{x.student} {x.item}" for x in done.by_hand) + ".")  # fmt: skip
    if done.lost:
        said.append(f"Not graded again, because there is no submission any more: {', '.join(done.lost)}.")
    faults = [g for g in done.graded if g.problem]
    said += [f"{g.student} was not graded again: {g.problem}" for g in faults]
    if done.dry_run:
        said.append("Nothing was changed. Leave out --dry-run to do it.")
    if done.backup:
        said.append(f"The gradebook as it was is kept in {done.backup}.")
    if done.report:
        said.append(f"The report is {done.report}.")
    return said
