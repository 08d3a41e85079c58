"""nbgrader's settings for this course. Every stock nbgrader command works in this folder.

Each line says why it is there. What is not set keeps nbgrader's own default.
"""

import os
from pathlib import Path

from nbconvert.preprocessors import ClearMetadataPreprocessor, CSSHTMLHeaderPreprocessor
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    DeduplicateIds,
    GetGrades,
    IgnorePattern,
    IncludeHeaderFooter,
    InstantiateTests,
    LimitOutput,
    LockCells,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
    SaveCells,
)

from coursekit.grading.late_policy import LatePolicy
from coursekit.nbgrader_support import ClearItemOutputs, ExecuteAsLearner, ForgetRemovedItems, ReleaseFeedback

c = get_config()  # noqa: F821  (nbgrader puts it here)
here = Path(__file__).resolve().parent

c.CourseDirectory.course_id = "priorauth"
# Commands work from any folder below the course.
c.CourseDirectory.root = str(here)

# The exchange lies in the course folder: release, fetch, submit and collect work on one machine without set-up.
# A class on a shared server has it in a shared folder: deploy/jupyterhub sets the variable (docs/deployment.md).
c.Exchange.root = os.environ.get("PRIORAUTH_EXCHANGE") or str(here / "exchange")
if not os.environ.get("PRIORAUTH_EXCHANGE") and not (here / "exchange").exists():
    (here / "exchange").mkdir()
    (here / "exchange").chmod(0o777)

# Who handed in by file gets her feedback as a file; the others get theirs from the exchange all the same.
c.ExchangeFactory.release_feedback = ReleaseFeedback

# The starter of an answer stands above the solution region, so the stub only says where to write.
c.ClearSolutions.code_stub = {"python": "# Write your answer in the lines above this one."}

# release/ comes with the course. Generating writes the same bytes again and, what matters, fills the gradebook.
c.GenerateAssignment.force = True

# Stock ClearOutput would also take the lesson's own outputs, which a reader without a kernel needs.
c.GenerateAssignment.preprocessors = [
    IncludeHeaderFooter,
    InstantiateTests,
    LockCells,
    ClearSolutions,
    ClearItemOutputs,
    CheckCellMetadata,
    ComputeChecksums,
    SaveCells,
    ClearHiddenTests,
    ClearMarkScheme,
    ComputeChecksums,
    CheckCellMetadata,
]

# Stock autograding, with the learner named: an item with variants gives each learner other records.
c.Autograde.autograde_preprocessors = [
    ExecuteAsLearner,
    IgnorePattern,
    ClearMetadataPreprocessor,
    LimitOutput,
    SaveAutoGrades,
    AssignLatePenalties,
    CheckCellMetadata,
]

# A submission of an earlier edition may hold items that are gone (course.py migrate).
c.Autograde.sanitize_preprocessors = [
    ClearOutput,
    DeduplicateIds,
    ForgetRemovedItems,
    OverwriteKernelspec,
    OverwriteCells,
    CheckCellMetadata,
]

# A learner who deleted a graded cell loses that item, not the whole submission.
c.OverwriteCells.add_missing_cells = True
# The channel between nbgrader and a learner's kernel is encrypted (and the kernel has nothing to warn about).
c.KernelManager.transport_encryption = "required"
# One endless loop costs its own cell, not the evening.
c.Execute.timeout = 60
c.Execute.error_on_timeout = {
    "ename": "CellTimeoutError",
    "evalue": "This cell ran for more than a minute.",
    "traceback": [],
}
# Harmless warnings on stderr must not turn a right answer into 0 points.
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = ".*(Warning|warning).*"

# Lateness costs nothing as it comes. Grace, percent a day, a cap and more time for some: docs/instructor-guide.md.
c.AssignLatePenalties.plugin_class = LatePolicy

# Feedback pages show messages and points, not the hidden lines of the check cells.
c.GenerateFeedback.preprocessors = [GetGrades, ClearHiddenTests, CSSHTMLHeaderPreprocessor]
