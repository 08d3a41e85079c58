"""Module 5: which records its items use, and the true answers, with pandas over the tables of the world.

The function `m05_c8` makes its case; the other items are invented stories in `items.yaml`, because `orders` names the
right code of every order of the world. The other public functions make the known wrong answers that `items.yaml` names.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from coursekit.casework import Case

# --- c1: notes -> codes ---------------------------------------------------------------------------------------------------


def coded(model: dict[str, str], changed: dict[str, str]) -> dict[str, str]:
    """The right answer with the codes of some notes changed; their categories change along."""
    wrong = dict(model)
    for note, code in changed.items():
        wrong[f"{note} code"] = code
        wrong[f"{note} category"] = code[:3]
    return wrong


# --- c8: merge -----------------------------------------------------------------------------------------------------------


def m05_c8(world: Any) -> Case:
    """Lines that ask for fewer units than one dose needs."""
    return Case(records=[], key=short_lines(world.tables))


def short_lines(tables: dict[str, pd.DataFrame], how: str = "right") -> int:
    """The count, or one with a slip: times (multiplied by the unit), milligrams (no unit), more, differ, all."""
    joined = tables["request_lines"].merge(tables["hcpcs"], on="code")
    one = {"times": joined["dose"] * joined["unit_quantity"], "milligrams": joined["dose"]}.get(
        how, joined["dose"] / joined["unit_quantity"]
    )
    asked = joined["units_asked"]
    kept = {"more": asked > one, "differ": asked != one, "all": asked > 0, "equal": asked == one}.get(how, asked < one)
    return int(kept.sum())
