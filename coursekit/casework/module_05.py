"""Module 5: which records its items use, and the true answers, with pandas over the tables of the world.

The functions `m05_c7` and `m05_c8` make their cases; the other items are invented stories in `items.yaml`, because `orders` names the
right code of every order of the world. The other public functions make the known wrong answers that `items.yaml` names.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from coursekit.casework import Case, kinds, like
from priorauth import npi, stories

# --- c1: notes -> codes ---------------------------------------------------------------------------------------------------


def coded(model: dict[str, str], changed: dict[str, str]) -> dict[str, str]:
    """The right answer with the codes of some notes changed; their categories change along."""
    wrong = dict(model)
    for note, code in changed.items():
        wrong[f"{note} code"] = code
        wrong[f"{note} category"] = code[:3]
    return wrong


# --- c7: check digits ------------------------------------------------------------------------------------------------------


def _numbers() -> dict[str, str]:
    return {row["id"]: row["number"] for row in stories.rows("provider_numbers")}


def m05_c7(world: Any) -> Case:
    """Eight numbers: three pass, two of them with a check digit of 0; three fail; two are not ten digits.

    Beside each stand its sisters with the same last digit, made in the same way.
    """
    right = {name: npi.judge(number).verdict for name, number in _numbers().items()}
    shown = [name for name in right if len(name) == len("V1")]
    alike = kinds(right, never_zero(right), letters_read_as_digits(right))
    places = like(shown, right, lambda r: (r[-1], alike[r]))
    return Case(records=shown, key={r: right[r] for place in places for r in place}, pool=places)


def never_zero(model: dict[str, str]) -> dict[str, str]:
    """A check digit of 0 is taken for wrong."""
    numbers = _numbers()
    return {k: "fails" if v == "passes" and numbers[k].endswith("0") else v for k, v in model.items()}


def letters_read_as_digits(model: dict[str, str]) -> dict[str, str]:
    """The letter O is taken for a zero, and the number for a good one."""
    numbers = _numbers()
    return {k: "passes" if "O" in numbers[k] else v for k, v in model.items()}


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
