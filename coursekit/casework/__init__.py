"""Which records an item uses, and the true answer: one function for each data-bound item, one file for each module.

A function takes the world (`world.tables`, `world.truth`) and returns a `Case`. It chooses by rule, never by a
hard-coded id, so that a regenerated world still gives a fair item.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """The records that an item shows, in their shown order, and what is right about them.

    records: ids in the order in which learners see them; they are public (datasets/casework.csv).
    key: the right answer as plain data (dict, list, number, text); it stays on the instructor's side.
    candidates: all ids that an answer may name (kind `id_set`); empty means the records themselves.
    pool: for an item with variants, for each of `records` all records that can stand in its place, itself first; the key
    then holds them all. `like` makes a pool. Empty means that all learners have the same records.
    """

    records: list[str]
    key: Any
    candidates: list[str] = field(default_factory=list)
    pool: list[list[str]] = field(default_factory=list)


def like(records: list[str], others: Iterable[str], alike: Callable[[str], Hashable], most: int = 6) -> list[list[str]]:
    """A pool for an item with variants: beside each record up to `most` - 1 others of its class, each used once.

    records: the ids in shown order. others: ids that may stand in, best first.
    alike: id -> its class. Records of one class have the same right answer, hold the same traps and take the same work.
    """
    pool = [[record] for record in records]
    classes = [alike(record) for record in records]
    for other in others:
        if other in records:
            continue
        kind = alike(other)
        free = [place for place, own in zip(pool, classes, strict=True) if own == kind and len(place) < most]
        if free:
            min(free, key=len).append(other)
    return pool


def kinds(right: dict[str, Any], *slips: dict[str, Any]) -> dict[str, tuple]:
    """Id -> its class for `like`: the right answer (of a pair its first part), and which wrong answers are right there.

    right: id -> right answer. slips: the wrong answers of known mistakes, each over the same ids.
    """
    label = {r: v[0] if isinstance(v, (list, tuple)) else v for r, v in right.items()}
    return {r: (label[r], *(slip[r] == v for slip in slips)) for r, v in right.items()}
