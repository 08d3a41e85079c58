"""Flash cards: what comes when, and a record that is never lost."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursekit import cards
from coursekit.cards import Card
from coursekit.errors import CourseError
from priorauth.glossary import all_terms

DAY = dt.date(2026, 11, 2)
EMPTY = {"version": 1, "cards": {}, "new_on": {}}
DECK = [Card(f"word {n:02d}", "A meaning.", n % 2 == 0, 1) for n in range(25)]


def day(n: int) -> dt.date:
    return DAY + dt.timedelta(days=n)


def sit(store: dict, today: dt.date, knew: bool = True, most: int = 200) -> tuple[dict, list[str]]:
    """Answer everything that a day brings, always the same way; at most so many cards."""
    seen = []
    while len(seen) < most and (card := cards.sitting(store, DECK, today).card):
        seen.append(card.term)
        store = cards.answered(store, card.term, knew, today)
    return store, seen


def test_a_day_brings_ten_new_words_in_the_order_of_the_deck() -> None:
    store, seen = sit(EMPTY, DAY)
    assert seen == [c.term for c in DECK[:10]]
    now = cards.sitting(store, DECK, DAY)
    assert (now.card, now.due, now.new, now.next_day) == (None, 0, 0, day(1))


def test_a_known_card_waits_longer_in_each_box() -> None:
    store, days, today = EMPTY, [], DAY
    for _ in range(5):
        store = cards.answered(store, "word 00", True, today)
        entry = store["cards"]["word 00"]
        days.append((entry["box"], (dt.date.fromisoformat(entry["due"]) - today).days))
        today = dt.date.fromisoformat(entry["due"])
    assert days == [(2, 1), (3, 3), (4, 7), (5, 21), (5, 21)]
    assert cards.sitting(store, DECK, today).known == 1


def test_a_missed_card_falls_into_the_first_box_and_comes_back_after_the_others() -> None:
    store = {"cards": {"word 05": {"box": 4, "due": day(0).isoformat(), "turn": 1}}, "new_on": {}}
    assert cards.sitting(store, DECK, DAY).card.term == "word 05", "what is due comes before new words"
    store = cards.answered(store, "word 05", False, DAY)
    assert store["cards"]["word 05"] == {"box": 1, "due": DAY.isoformat(), "turn": 2}
    store, seen = sit(store, DAY, most=11)
    assert seen[-1] == "word 05" and len(seen) == 11


def test_the_next_day_brings_what_is_due_and_ten_more() -> None:
    store, _ = sit(EMPTY, DAY)
    now = cards.sitting(store, DECK, day(1))
    assert (now.due, now.new) == (10, 10)
    store, seen = sit(store, day(1))
    assert seen[:10] == [c.term for c in DECK[:10]] and len(seen) == 20


@given(st.lists(st.tuples(st.integers(0, 24), st.booleans(), st.integers(0, 3)), max_size=60))
def test_whatever_is_answered_no_card_is_lost_and_none_waits_forever(steps: list[tuple[int, bool, int]]) -> None:
    store, today = EMPTY, DAY
    for number, knew, wait in steps:
        before = json.dumps(store)
        store, old = cards.answered(store, DECK[number].term, knew, today), store
        assert json.dumps(old) == before, "the record before is not changed"
        cards._check(json.loads(json.dumps(store)))
        today += dt.timedelta(days=wait)
    assert set(store["cards"]) == {DECK[n].term for n, _, _ in steps}
    far = today + dt.timedelta(days=max(cards.WAIT.values()))
    assert cards.sitting(store, DECK, far).due == len(store["cards"])


def test_the_deck_holds_every_word_once_core_words_of_a_module_first() -> None:
    deck = cards.deck()
    assert sorted(c.term for c in deck) == sorted(t.term for t in all_terms())
    first = [c for c in deck if c.module == 1]
    assert len(first) > 5 and [c.core for c in first] == sorted((c.core for c in first), reverse=True)


# ---------------------------------------------------------------- the record


def test_an_answer_is_kept_and_one_that_is_sent_twice_counts_once(tmp_path: Path) -> None:
    term = cards.deck()[0].term
    assert "box 2 of 5; it comes back tomorrow" in cards.answer(tmp_path, term, True, 1, DAY)
    assert "counted already" in cards.answer(tmp_path, term, True, 1, DAY)
    assert cards.load(tmp_path)[0]["cards"][term]["box"] == 2
    assert "once more today" in cards.answer(tmp_path, term, False, 2, DAY)


def test_an_unknown_word_changes_nothing(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="no word 'zzz'"):
        cards.answer(tmp_path, "zzz", True, 1, DAY)
    assert not cards.cards_file(tmp_path).exists()


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"cards": {"x": {"box": 9}}, "new_on": {}}', '{"cards": {"x": {"box": 1, "due": 3, "turn": 1}}, "new_on": {}}'])  # fmt: skip
def test_a_damaged_record_is_kept_aside_and_the_copy_before_takes_its_place(tmp_path: Path, damage: str) -> None:
    one, two = (c.term for c in cards.deck()[:2])
    cards.answer(tmp_path, one, True, 1, DAY)
    cards.answer(tmp_path, two, True, 2, DAY)
    path = cards.cards_file(tmp_path)
    path.write_text(damage, encoding="utf-8")
    store, said = cards.load(tmp_path)
    assert set(store["cards"]) == {one}
    assert "was damaged" in said[0] and "may lack your last answer" in said[0]
    aside = list(path.parent.glob("cards-damaged-*.json"))
    assert [p.read_text(encoding="utf-8") for p in aside] == [damage]
    assert cards.load(tmp_path)[1] == []


def test_a_full_disk_leaves_the_record_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = (c.term for c in cards.deck()[:2])
    cards.answer(tmp_path, one, True, 1, DAY)
    before = cards.cards_file(tmp_path).read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("coursekit.files.os.fsync", full)
    with pytest.raises(CourseError, match="The disk is full"):
        cards.answer(tmp_path, two, True, 2, DAY)
    assert cards.cards_file(tmp_path).read_bytes() == before
