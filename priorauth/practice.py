"""Ungraded practice questions: choose, and every option answers back."""

from __future__ import annotations

from html import escape
from typing import Any

from priorauth import public


def practice(question_id: str) -> Any:
    """Show one practice question, for example ``practice("m01-p1")``."""
    return Question(public.entry("practice", question_id))


def feedback(question: dict[str, Any], chosen: list[str]) -> tuple[str, list[tuple[str, str]]]:
    """A verdict in words and, for each option concerned, its letter and what there is to say about it."""
    options = question["options"]
    right = [k for k, o in options.items() if o["right"]]
    if not chosen:
        return "Choose an option first.", []
    lines = [(k, options[k]["because"]) for k in options if k in chosen]
    if chosen == right:
        return "Yes, that is right.", lines
    if len(right) > 1 and set(chosen) & set(right):
        missed, wrong = set(right) - set(chosen), set(chosen) - set(right)
        words = "Partly right." + (" Something is missing." if missed else "")
        if wrong:
            words += " One choice does not belong." if len(wrong) == 1 else f" {len(wrong)} choices do not belong."
        return words, lines
    return "Not this one. Read why, and choose again.", lines


def _word(option: dict[str, Any]) -> str:
    """Right or not right, unless the explanation begins with it."""
    begins = option["because"].startswith(("Right", "Not "))
    return "" if begins else "Right. " if option["right"] else "Not right. "


def _static(question: dict[str, Any]) -> str:
    from priorauth.widgets import base

    items = "".join(
        f"<li><strong>{k}.</strong> {escape(o['text'])}"
        + base.details(f"What about {k}?", _word(o) + escape(o["because"]))
        + "</li>"
        for k, o in question["options"].items()
    )
    return f'<ul style="list-style: none; padding-left: 4px;">{items}</ul>'


class Question:
    """The live question. With one right option each option is a button; with more, a box for each and one button.

    There are no radio buttons: those of ipywidgets have no group, and lose the keyboard's focus while they are used.
    """

    def __init__(self, question: dict[str, Any]) -> None:
        import ipywidgets as widgets

        from priorauth.widgets import base

        self.question = question
        many = sum(o["right"] for o in question["options"].values()) > 1
        labels = {k: f"{k}. {o['text']}" for k, o in question["options"].items()}
        self.boxes: dict[str, Any] = {}
        if many:
            wide = widgets.Layout(width="auto", max_width="100%")
            self.boxes = {k: widgets.Checkbox(description=t, indent=False, layout=wide) for k, t in labels.items()}
            button = base.button("Check my choice", "Says what there is to say about your choice")
            button.on_click(lambda _: self._answer([k for k, box in self.boxes.items() if box.value]))
            self.buttons = {"": button}
        else:
            self.buttons = {k: base.button(t, f"Choose {k}") for k, t in labels.items()}
            for letter, button in self.buttons.items():
                button.on_click(lambda _, letter=letter: self._answer([letter]))
        words = f"Practice {question['id']} (no points). " + ("Choose all that are right." if many else "Choose one.")
        options = "".join(f"<li>{escape(label)}</li>" for label in labels.values())
        self.tool = base.Tool(
            words, question["question"], [*self.boxes.values(), *self.buttons.values()], _static(question)
        )
        self.tool.first_state = f'<ul style="list-style: none; padding-left: 4px;">{options}</ul>'

    def _answer(self, chosen: list[str]) -> None:
        verdict, lines = feedback(self.question, chosen)
        self.tool.say(" ".join([verdict, *(f"{k}: {because}" for k, because in lines)]))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        return self.tool._repr_mimebundle_(include, exclude)
