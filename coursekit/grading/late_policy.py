"""What lateness costs: a grace period, so many percent a day up to a cap, more time for some learners.

An nbgrader plugin, so `nbgrader autograde` counts the same. As it comes it costs nothing; set it in
`nbgrader_config.py` (the instructor guide shows how). A due date is set with `nbgrader db assignment add`.
More time for one learner in one module is the submission's extension in nbgrader's own gradebook.
"""

from __future__ import annotations

import math

from nbgrader.plugins import BasePlugin
from traitlets import Bool, Dict, Float

DAY = 86_400.0


class LatePolicy(BasePlugin):
    """Points that are taken off for a late submission."""

    grace_hours = Float(0.0, min=0.0, help="Lateness that costs nothing.").tag(config=True)
    percent_per_day = Float(0.0, min=0.0, max=100.0, help="Percent of the score that a day costs.").tag(config=True)
    cap_percent = Float(100.0, min=0.0, max=100.0, help="At most so many percent.").tag(config=True)
    started_days = Bool(False, help="A day that has begun counts as a whole one.").tag(config=True)
    extensions = Dict(
        value_trait=Float(), help="Hours that a learner has on top in every module: {learner: hours}."
    ).tag(config=True)

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float | None:
        """Points off for `total_seconds_late` after the due date; None when it costs nothing."""
        late = total_seconds_late - 3600 * float(self.extensions.get(student_id, 0))
        if late <= 3600 * self.grace_hours or not self.percent_per_day:
            return None
        days = math.ceil(late / DAY) if self.started_days else late / DAY
        return round(score * min(self.cap_percent, self.percent_per_day * days) / 100, 2)
