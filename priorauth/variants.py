"""Variants: an item may have several records for each of its places, all of equal difficulty; a learner draws one for each.

The draw hangs on three texts: the learner's id, the item's id, and the salt of the term (`priorauth/public/salt.txt`). The
same three give the same records on every machine. With nobody named, the first record of every place is shown. Pure
functions over plain data; the standard library is enough.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from priorauth import answers

Pool = list[list[str]]  # for each place of an item its records; the first one is shown where nobody is named

SALT = Path(__file__).parent / "public" / "salt.txt"
OWN, FIRST, ANOTHER = "own", "first", "another"
#: What a learner hears whose answer is about the first records, though she has records of her own.
NOT_BY_NAME = "These are the records that are shown where no learner is named, not your own. They count, and your instructor sees it."


def salt() -> str:
    """The salt of the term, a public text; "" where the file is missing."""
    try:
        return SALT.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def draw(pool: Pool, item_id: str, learner: str, term: str) -> list[str]:
    """One record for each place, in an order of the learner's own.

    learner: an id in its normal form (`priorauth.learner.normal`); "" gives the first records in their places' order. So does
    a pool without anything to choose from.
    term: the salt. In each place the record with the lowest hash wins, so that a record more in the pool changes few draws.
    """
    if not learner or all(len(place) == 1 for place in pool):
        return [place[0] for place in pool]

    def number(*words: str) -> bytes:
        return hashlib.sha256("\0".join((term, item_id, learner, *words)).encode()).digest()

    chosen = [min(place, key=lambda record: number("record", record)) for place in pool]
    return sorted(chosen, key=lambda record: number("order", record))


def records_named(form: answers.Form, item_id: str, value: Any, learner: str) -> tuple[list[str], str]:
    """The records that an answer is about, and whose they are.

    value: the answer as plain data. OWN: the learner's; FIRST: those that are shown where nobody is named;
    ANOTHER: other records of the pool, so it is another learner's answer. An answer without any known id is taken as OWN.
    """
    own = draw(form["pool"], item_id, learner, salt())
    sets = (
        (own, OWN),
        ([place[0] for place in form["pool"]], FIRST),
        ([r for place in form["pool"] for r in place], ANOTHER),
    )
    half_read = []
    for records, whose in sets:
        try:
            answers.read(form | {"records": records}, value)
            return records, whose
        except answers.UnknownId:
            continue
        except answers.Unreadable:
            half_read.append((records, whose))
    return half_read[0] if half_read else (own, OWN)


def not_yours(form: answers.Form, item_id: str, learner: str) -> str:
    """The sentence for an answer about another learner's records, with a way to her own that works in every program."""
    own = draw(form["pool"], item_id, learner, salt())
    again = f'`from priorauth.lines import answer_lines; answer_lines("{item_id}")`'
    return (
        f"These are not your records. Yours are {', '.join(own)}. To answer for yours, keep a copy of what you wrote, put "
        f"{again} in its place, and run the cells from the prompt down. The answer cell then gets a line for each record."
    )
