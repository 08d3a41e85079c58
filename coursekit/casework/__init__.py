"""Which records an item uses, and the true answer: one function for each data-bound item, one file for each module.

A function takes the world (`world.tables`, `world.truth`) and returns a `Case`. It chooses by rule, never by a
hard-coded id, so that a regenerated world still gives a fair item.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

Made = TypeVar("Made")
_KEPT: list[tuple[Any, dict[Hashable, Any]]] = []
_MOST = 4  # worlds and tables of worlds whose results are kept


def once(function: Callable[..., Made]) -> Callable[..., Made]:
    """Make a function of a world, or of its tables, that remembers what it came to.

    Items look at each other's records, and wrong answers look at the whole world, so the same is asked again and again.
    Known again is the very same world (not an equal one), so nobody changes a world that is in use, nor what he gets from
    here. Further arguments must be hashable. Nothing of an error is kept.
    """

    @functools.wraps(function)
    def remembering(subject: Any, *more: Hashable) -> Made:
        made = next((made for known, made in _KEPT if known is subject), None)
        if made is None:
            made = {}
            _KEPT.append((subject, made))
            del _KEPT[:-_MOST]
        asked = (function, *more)
        if asked not in made:
            made[asked] = function(subject, *more)
        return made[asked]

    return remembering


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


def like(
    records: Iterable[str],
    others: Iterable[str],
    alike: Callable[[str], Hashable],
    right: dict[str, Any] | None = None,
    most: int = 6,
) -> list[list[str]]:
    """A pool for an item with variants: beside each record up to `most` - 1 others of its class, each used once.

    records: the ids in shown order. others: ids that may stand in, best first.
    alike: id -> its class. Records of one class have the same right answer, hold the same traps and take the same work.
    right: id -> right answer, where that is a pair or a number: then no two places share an answer, unless it is the only
    one in both. So it is as likely in every draw that one answer for two records is right.
    """
    pool = [[record] for record in records]
    classes = [alike(place[0]) for place in pool]
    answers = [{repr(right[place[0]])} if right else set() for place in pool]

    def apart(n: int, answer: str) -> bool:
        """Whether a place that takes in this answer still shares none with another, or both have one and the same."""
        mine = answers[n] | {answer}
        others = [known for m, known in enumerate(answers) if m != n]
        return all(not mine & known or (mine == known and len(mine) == 1) for known in others)

    for other in dict.fromkeys(others):
        if any(other == place[0] for place in pool):
            continue
        kind, answer = alike(other), repr(right[other]) if right else ""
        free = [n for n, place in enumerate(pool) if classes[n] == kind and len(place) < most]
        free = [n for n in free if not right or apart(n, answer)]
        if free:
            n = min(free, key=lambda n: len(pool[n]))
            pool[n].append(other)
            answers[n] |= {answer} if right else set()
    return pool


def kinds(right: dict[str, Any], *slips: dict[str, Any]) -> dict[str, tuple]:
    """Id -> its class for `like`: the right answer (of a pair its first part), and which wrong answers are right there.

    right: id -> right answer. slips: the wrong answers of known mistakes, each over the same ids.
    """
    label = {r: v[0] if isinstance(v, (list, tuple)) else v for r, v in right.items()}
    return {r: (label[r], *(slip[r] == v for slip in slips)) for r, v in right.items()}
