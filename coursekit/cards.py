"""Flash cards of the glossary with spaced repetition, after Leitner: five boxes, each with a longer wait.

A new word starts outside the boxes. "I knew it" moves a card one box up, and it comes back after the days of that
box. "Not yet" puts it into box 1, and it comes back in the same sitting, after the other cards that are due. A day
brings up to ten new words: in the order in which the modules use them, core words first.

What a learner knows lies in `workspace/.course/cards.json`, beside the record of progress.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coursekit import kept
from coursekit.errors import CourseError
from coursekit.files import alone
from coursekit.items import ROOT, written_modules
from coursekit.marks import INLINE
from coursekit.workspace import course_folder
from priorauth import glossary

#: Days until a card comes back, by box. A card in box 5 counts as known.
WAIT = {1: 0, 2: 1, 3: 3, 4: 7, 5: 21}
NEW_A_DAY = 10
LAST_BOX = max(WAIT)
NAME = "The record of your flash cards"


@dataclass(frozen=True)
class Card:
    """A word to practice: where the modules use it first (0: nowhere yet), its box (0: new), and the day it is due."""

    term: str
    short: str
    core: bool
    module: int
    box: int = 0
    due: dt.date | None = None


@dataclass(frozen=True)
class Sitting:
    """What there is to do on a day: the card to show now, and how many wait."""

    card: Card | None
    due: int
    new: int
    known: int
    boxes: dict[int, int]
    next_day: dt.date | None


def cards_file(workspace: Path) -> Path:
    return course_folder(workspace) / "cards.json"


def load(workspace: Path) -> tuple[dict[str, Any], list[str]]:
    """The learner's record, and sentences for her when it had to be repaired."""
    store, fault, restored = kept.load(cards_file(workspace), _check, NAME)
    if store is None:
        return {"version": 1, "cards": {}, "new_on": {}}, [f"{fault}. A new record begins."] if fault else []
    return store, [f"{fault}. The copy before it was put back; it may lack your last answer."] if restored else []


def _check(store: Any) -> dict[str, Any]:
    if not isinstance(store, dict) or not all(isinstance(store.get(k), dict) for k in ("cards", "new_on")):
        raise ValueError("not a record of cards")
    for card in store["cards"].values():
        if not isinstance(card, dict) or card.get("box") not in WAIT:
            raise ValueError("a card has no box")
        dt.date.fromisoformat(card["due"] if isinstance(card.get("due"), str) else "")
        if not isinstance(card.get("turn"), int):
            raise ValueError("a card has no turn")
    if not all(isinstance(n, int) for n in store["new_on"].values()):
        raise ValueError("not a count of new words")
    return store


def first_use(root: Path = ROOT) -> dict[str, int]:
    """Term -> number of the first module whose text links it."""
    found: dict[str, int] = {}
    for name in written_modules(root):
        path = root / "notebooks" / name / f"{name}.md"
        for match in INLINE.finditer(path.read_text(encoding="utf-8") if path.exists() else ""):
            if match[1] == "term":
                found.setdefault(glossary.term(match[2]).term, int(re.sub(r"\D", "", name)))
    return found


def deck(root: Path = ROOT) -> list[Card]:
    """All words in the order in which new ones are brought: by module, core words first, words of no module last."""
    used = first_use(root)
    cards = [Card(t.term, t.short, t.core, used.get(t.term, 0)) for t in glossary.all_terms()]
    return sorted(cards, key=lambda c: (c.module or 99, not c.core))


def sitting(store: dict[str, Any], cards: Sequence[Card], today: dt.date) -> Sitting:
    """What is to be done on a day. Cards that are due come first, those answered longest ago before the others."""
    known = {c.term for c in cards}
    mine = {k: v for k, v in store["cards"].items() if k in known}
    due = sorted((v["due"] > today.isoformat(), v["turn"], k) for k, v in mine.items())
    waiting = [term for later, _, term in due if not later]
    fresh = [c for c in cards if c.term not in mine]
    left = min(len(fresh), max(0, NEW_A_DAY - store["new_on"].get(today.isoformat(), 0)))
    # A word that was just missed waits until the new words of the day have been seen once.
    first = [term for term in waiting if not _missed_today(mine[term], today)]
    by_term = {c.term: c for c in cards}
    if first:
        card = _with(by_term[first[0]], mine[first[0]])
    elif left:
        card = fresh[0]
    elif waiting:
        card = _with(by_term[waiting[0]], mine[waiting[0]])
    else:
        card = None
    boxes = {n: sum(v["box"] == n for v in mine.values()) for n in WAIT}
    later = [dt.date.fromisoformat(v["due"]) for v in mine.values() if v["due"] > today.isoformat()]
    after = [today + dt.timedelta(days=1)] if len(fresh) > left else []
    return Sitting(card, len(waiting), left, boxes[LAST_BOX], boxes, min(later + after, default=None))


def _missed_today(entry: dict[str, Any], today: dt.date) -> bool:
    return entry["box"] == 1 and entry["due"] == today.isoformat()


def _with(card: Card, entry: dict[str, Any]) -> Card:
    return Card(card.term, card.short, card.core, card.module, entry["box"], dt.date.fromisoformat(entry["due"]))


def next_turn(store: dict[str, Any]) -> int:
    """The number of the next answer, from 1."""
    return 1 + max((v["turn"] for v in store["cards"].values()), default=0)


def answered(store: dict[str, Any], term: str, knew: bool, today: dt.date) -> dict[str, Any]:
    """The record after an answer; the given one stays as it is."""
    entry = store["cards"].get(term)
    box = min((entry["box"] if entry else 1) + 1, LAST_BOX) if knew else 1
    turn = next_turn(store)
    due = today + dt.timedelta(days=WAIT[box])
    new_on = store["new_on"]
    if entry is None:
        new_on = {today.isoformat(): new_on.get(today.isoformat(), 0) + 1}  # only today's count is needed
    cards = store["cards"] | {term: {"box": box, "due": due.isoformat(), "turn": turn}}
    return store | {"cards": cards, "new_on": new_on}


def answer(workspace: Path, term: str, knew: bool, turn: int, today: dt.date, root: Path = ROOT) -> str:
    """Keep an answer; returns a sentence for the learner. Raises `CourseError` for an unknown word or a full disk.

    `turn` is what `next_turn` said when the card was shown: an answer that is sent twice counts once.
    """
    card = next((c for c in deck(root) if c.term == term), None)
    if card is None:
        raise CourseError(f"The glossary has no word {term!r}. Load the page again.")
    path = cards_file(workspace)
    with alone(path):
        store, said = load(workspace)
        if turn != next_turn(store):
            return " ".join([*said, "This answer was counted already."])
        store = answered(store, term, knew, today)
        kept.save(path, store)
    box = store["cards"][term]["box"]
    when = _when(WAIT[box])
    words = f"{term}: box {box} of {LAST_BOX}; it comes back {when}."
    return " ".join([*said, words])


def _when(days: int) -> str:
    return {0: "once more today", 1: "tomorrow"}.get(days, f"in {days} days")
