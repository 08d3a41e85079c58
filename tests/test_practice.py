"""Practice questions: every option answers back, by keyboard controls, and without a kernel."""

from __future__ import annotations

import html

import pytest
from conftest import MODULES

from coursekit.items import load_module
from priorauth.practice import feedback, practice

QUESTIONS = [(p.id, p) for m in MODULES for p in load_module(m).practice]


@pytest.mark.parametrize(("name", "question"), QUESTIONS, ids=[n for n, _ in QUESTIONS])
def test_every_option_answers_back(name: str, question) -> None:
    live = practice(name)
    for letter, option in question.options.items():
        for key, box in live.boxes.items():
            box.value = key == letter
        live.buttons["" if live.boxes else letter].click()
        said = live.tool.notice.value
        assert 'role="alert"' in said
        assert html.escape(option.because[:20]) in said or option.because[:10] in said
        only = [k for k, o in question.options.items() if o.right] == [letter]
        assert ("that is right" in said) == only


@pytest.mark.parametrize(("name", "question"), QUESTIONS, ids=[n for n, _ in QUESTIONS])
def test_readable_without_a_kernel(name: str, question) -> None:
    shown = practice(name)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in shown
    for option in question.options.values():
        assert option.text[:15] in shown["text/plain"] and option.because[:15] in shown["text/plain"]


def test_nothing_chosen_is_not_wrong() -> None:
    several = [practice(name) for name, q in QUESTIONS if sum(o.right for o in q.options.values()) > 1]
    assert several
    for live in several:
        live.buttons[""].click()
        assert "Choose an option first" in live.tool.notice.value


def test_the_same_choice_twice_is_spoken_twice() -> None:
    live = practice(QUESTIONS[0][0])
    button = next(iter(live.buttons.values()))
    button.click()
    first = live.tool.notice.value
    button.click()
    assert live.tool.notice.value != first  # the page replaces the sentence, and a screen reader speaks it again


def test_several_right() -> None:
    question = {
        "options": {
            "A": {"right": True, "because": "a"},
            "B": {"right": True, "because": "b"},
            "C": {"right": False, "because": "c"},
        }
    }
    assert feedback(question, ["A", "B"])[0] == "Yes, that is right."
    assert "missing" in feedback(question, ["A"])[0]
    assert "does not belong" in feedback(question, ["A", "B", "C"])[0]
    assert feedback(question, ["C"])[1] == [("C", "c")]
    question["options"]["D"] = {"right": False, "because": "d"}
    assert "2 choices do not belong" in feedback(question, ["A", "C", "D"])[0]


@pytest.mark.parametrize(("name", "question"), QUESTIONS, ids=[n for n, _ in QUESTIONS])
def test_no_verdict_is_doubled(name: str, question) -> None:
    shown = practice(name)._repr_mimebundle_()["text/plain"]
    assert not any(twice in shown for twice in ("Right. Right", "Not right. Not ", "Right. Yes"))


def test_unknown_question_is_one_sentence() -> None:
    with pytest.raises(LookupError, match="There is no"):
        practice("m01-p99")
