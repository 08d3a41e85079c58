"""What the stories of Module 12 say, in the terms of the rules: read by hand, and kept on the instructor's side."""

from __future__ import annotations

#: days_to_review: the line of the level-of-care sheet that the chart of the day shows; a day that shows none is missing.
DAY_SHOWS = {
    "S1-1": "vein", "S1-2": "vein", "S1-3": "vein",
    "S2-1": "vein", "S2-2": "vein", "S2-3": "vein", "S2-4": "oxygen",
    "S3-1": "operation", "S3-2": "operation", "S3-4": "reading",
    "S4-1": "oxygen", "S4-2": "oxygen", "S4-4": "oxygen", "S4-6": "vein",
    "S5-2": "therapy", "S5-4": "therapy", "S5-5": "therapy",
    "S6-1": "vein", "S6-2": "vein", "S6-3": "vein",
    "S7-1": "vein", "S7-2": "reading", "S7-5": "vein",
    "S8-1": "therapy", "S8-2": "therapy", "S8-3": "therapy", "S8-4": "therapy", "S8-6": "therapy",
}  # fmt: skip

#: days_to_review that look as if they met the sheet, and do not: a line that stays in, a planned dose, minutes that were only planned.
LOOKS_MET = frozenset({"S1-4", "S1-5", "S3-3", "S4-3", "S4-5", "S5-3", "S5-6", "S6-4", "S7-4", "S8-5"})

#: arrivals without an inpatient order: the patient is in a bed, and still an outpatient.
OBSERVATION = frozenset({"E03"})

#: network_asks by people who were in the middle of a course of treatment when their cover began.
IN_TREATMENT = frozenset({"N03", "N04", "N05", "N08", "N10"})
