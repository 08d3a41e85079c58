"""Looking at a learner's saved copy without marking: run it and say which answers can be read."""

from __future__ import annotations

from pathlib import Path

from coursekit.grading.copies import run_cells
from coursekit.grading.marking import looked_at
from coursekit.grading.me import own_copy
from coursekit.grading.repair import mend


def look(workspace: Path, module: str) -> list[str]:
    """What each check cell says for the saved copy, in order, and what was mended; the file itself is only read."""
    known, submission = own_copy(workspace, module)
    _, cells, notes = mend(submission, known)
    _, run = run_cells(known, cells, submission, lesson=False)
    return [*notes, *run.notes, *("\n".join(looked_at(known, i, run, submission.learner)) for i in known.items)]
