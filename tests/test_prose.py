"""Rules for written answers: running text in the learner's own words passes, lists of keywords do not."""

from __future__ import annotations

import pytest

from coursekit.prose import copied, passes, sentences

HONEST = "Your plan has not said no. It wants to read the notes first, and we are sending them to the plan today."
SALAD = "Plan therapy notes missing. Send today. Nurse doctor October answer. Call number pain worse hand numb weak."


def test_a_point_after_a_title_or_a_month_ends_no_sentence() -> None:
    assert len(sentences("Dr. Okafor asked. The plan answers by Oct. 5 at the latest. Call me.")) == 3


@pytest.mark.parametrize(("text", "running"), [(HONEST, True), (SALAD, False), ("the the to of you it " * 9, False)])
def test_small_words_tell_running_text_from_a_list(text: str, running: bool) -> None:
    assert passes({"small_words": [0.36, 0.66]}, text) is running


def test_words_in_a_sentence() -> None:
    assert passes({"sentence_words": [4.5, 24]}, HONEST)
    assert not passes({"sentence_words": [4.5, 24]}, "Plan. Notes. Today. Nurse reads.")
    assert not passes({"sentence_words": [4.5, 24]}, "plan and notes and " * 20)


def test_copied_runs_of_words() -> None:
    notes = "Sent on Friday. The plan wants the notes of the physical therapy, which were not in the packet."
    assert copied(notes, notes) == 1
    assert copied(HONEST, notes) < 0.1
    rule = {"own_words": {"of": notes, "most": 0.25}}
    assert passes(rule, HONEST) and not passes(rule, "Hello you. " + notes)


def test_one_sentence_holds_it_all_and_denies_nothing() -> None:
    rule = {"one_sentence": {"has": [["call*"], ["/555-?0142/"]], "lacks": ["do not", "never"]}}
    assert passes(rule, "We are here. Please call 555-0142 at any time. Do not wait.")
    assert not passes(rule, "Please call. The number is 555-0142.")
    assert not passes(rule, "Do not call 555-0142.")


def test_times_counts_words() -> None:
    rule = {"times": {"words": ["you", "your"], "least": 2}}
    assert passes(rule, "You and your plan.") and not passes(rule, "The plan and you.")
