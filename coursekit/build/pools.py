"""What makes the pool of an item with variants fair, checked when the item is built.

In each place of the pool all records have the same right answer where the item has answers to choose from (of a pair: the
same first part), and each known misconception goes wrong on all of them or on none. Two places have equal answers in every
draw or in none. So every draw has the same answers in the
same numbers, the same traps, and the same level that guessing reaches.
"""

from __future__ import annotations

import itertools
from typing import Any

from coursekit.casework import Case
from coursekit.errors import CourseError
from coursekit.items import Item

KINDS = ("mapping", "match", "id_set")


def examine(item: Item, case: Case) -> None:
    """Raise `CourseError` for a pool with another form than its item needs, or with unlike answers in one place."""
    every = [record for place in case.pool for record in place]

    def wrong(words: str) -> CourseError:
        return CourseError(f"{item.id}: the pool of its variants {words}.")

    if item.kind not in KINDS:
        raise wrong(f"is only for the kinds {', '.join(KINDS)}, and this is of the kind {item.kind}")
    if case.candidates:
        raise wrong("must hold the candidates themselves")
    if [place[0] for place in case.pool] != case.records:
        raise wrong("must begin each place with the record that is shown there")
    if len(set(every)) != len(every):
        raise wrong("names a record twice")
    thin = [place[0] for place in case.pool if len(place) < 2]
    if thin:
        raise wrong(f"has nothing beside {', '.join(thin)}")
    if isinstance(case.key, dict) and set(case.key) != set(every):
        raise wrong("and its key are about different records")
    shared = _shared(case)
    if shared:
        raise wrong(
            f"has the same right answer in some draws for the places of {' and '.join(shared)}, and not in others"
        )
    for place in case.pool:
        if (item.labels or not isinstance(case.key, dict)) and len({_label(case.key, r) for r in place}) > 1:
            raise wrong(f"has different right answers in the place of {place[0]}")


def _shared(case: Case) -> tuple[str, ...]:
    """Two places whose right answers are equal in some draws only; then guessing would be worth more in these."""
    if not isinstance(case.key, dict):
        return ()
    found = [{repr(case.key[record]) for record in place} for place in case.pool]
    for (a, one), (b, two) in itertools.combinations(enumerate(found), 2):
        if one & two and not (one == two and len(one) == 1):
            return case.pool[a][0], case.pool[b][0]
    return ()


def _label(key: Any, record: str) -> str:
    """The right answer that must be the same in one place; of a pair its first part, as the rest is evidence."""
    if not isinstance(key, dict):
        return str(record in key)
    found = key[record]
    return str(found[0] if isinstance(found, (list, tuple)) else found)


def examine_traps(item: dict[str, Any]) -> None:
    """Raise `CourseError` where a misconception goes wrong on one record of a place and not on another."""
    key, pool = item["variants"]["key"], item["form"]["pool"]
    for reject, answer in zip(item["rejects"], item["variants"]["rejects"], strict=True):
        for place in pool:
            if len({_holds(key, answer, record) for record in place}) > 1:
                mistake = reject["misconception"]
                raise CourseError(
                    f"{item['id']}: {mistake}: wrong for some, but not for all records in the place of {place[0]}."
                )


def _holds(key: Any, answer: Any, record: str) -> bool:
    if isinstance(key, dict):
        return answer.get(record) == key[record]
    return (record in answer) == (record in key)
