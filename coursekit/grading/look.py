"""Looking at a learner's saved copy without marking: run it and say which answers can be read."""

from __future__ import annotations

from pathlib import Path

from coursekit.errors import CourseError
from coursekit.grading import runners
from coursekit.grading.copies import files_of
from coursekit.grading.execute import execute
from coursekit.grading.marking import looked_at
from coursekit.grading.me import own_copy
from coursekit.grading.repair import mend


def look(workspace: Path, module: str) -> list[str]:
    """What each check cell says for the saved copy, in order, and what was mended; the file itself is only read."""
    known, submission = own_copy(workspace, module)
    _, cells, notes = mend(submission, known)
    runner = runners.start(known, lesson=False)
    if runner.gone:
        raise CourseError("The process that runs notebooks could not be started.")
    run = execute(runner, cells, known, files_of(submission))
    return [*notes, *run.notes, *("\n".join(looked_at(known, i, run)) for i in known.items)]
