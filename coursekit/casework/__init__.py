"""Which records an item uses, and the true answer: one function for each data-bound item, one file for each module.

A function takes the world (`world.tables`, `world.truth`) and returns a `Case`. It chooses by rule, never by a
hard-coded id, so that a regenerated world still gives a fair item.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """The records that an item shows, in their shown order, and what is right about them.

    records: ids in the order in which learners see them; they are public (datasets/casework.csv).
    key: the right answer as plain data (dict, list, number, text); it stays on the instructor's side.
    candidates: all ids that an answer may name (kind `id_set`); empty means the records themselves.
    """

    records: list[str]
    key: Any
    candidates: list[str] = field(default_factory=list)
