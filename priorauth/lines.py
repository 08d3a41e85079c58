"""The lines of an answer, one for each record: `answer_lines("m01-c3", m01_c3)` puts them into the cell that asks for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from priorauth import answers, public
from priorauth.learner import learner_id
from priorauth.variants import draw, salt


def frame(name: str, form: answers.Form, records: Iterable[str]) -> str:
    """An answer that is still empty: a line for each record."""
    size = 2 if form["pair"] is True else form["pair"]
    blank = f"[{', '.join(['None'] * size)}]" if size else "None"
    return f"{name} = {{\n" + "".join(f'    "{record}": {blank},\n' for record in records) + "}"


def answer_lines(item_id: str, answer: Any = None) -> None:
    """Write a line for each of the learner's own records into the cell that runs this, and print them as well.

    A cell that holds an answer already is left as it is. Not every program can change a cell; then the learner copies
    what is printed.
    """
    try:
        item = public.entry("items", item_id)
    except LookupError as problem:
        print(problem)
        return
    try:
        answered = not answers.is_blank(answers.plain(answer))
    except answers.Unreadable:
        answered = True
    if answered:
        print(f"{item['answer_name']} has answers already. Nothing was changed.")
        return
    form = item["form"]
    pool = form.get("pool") or [[record] for record in form["records"]]
    text = frame(item["answer_name"], form, draw(pool, item_id, learner_id(), salt()))
    _put_into_cell(text)
    print("The cell above now has a line for each of your records. Fill them in, then run the cell again.")
    print(f"If it does not, copy these lines into it, in place of what it holds:\n\n{text}")


def _put_into_cell(text: str) -> None:
    """Let the notebook program replace the running cell's text, where there is one that can."""
    try:
        from IPython import get_ipython
    except ImportError:
        return
    shell = get_ipython()
    if shell is not None:
        shell.set_next_input(text, replace=True)
