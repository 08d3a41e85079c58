"""What a learner sees right after she wrote an answer.

`check("m01-c1")` looks at the form only: is there an answer, can it be read, is anything missing? It never says
whether the answer is right; that is what *Grade my work* is for.
"""

from __future__ import annotations

import os
import sys
import warnings
from datetime import datetime, time
from typing import Any

from priorauth import answers, public, variants
from priorauth.learner import learner_id

MOST = 3  # sentences of one kind in a report
_PLACES = ("first", "second", "third", "fourth")
_MISSING = object()


def check(item_id: str, answer: Any = _MISSING) -> None:
    """Print a short report on the form of an answer. `answer` is found by its name where it is not given."""
    try:
        item = public.entry("items", item_id)
    except LookupError as problem:
        print(problem)
        return
    if answer is _MISSING:
        if stopped_before():
            print("\n".join(not_run(item)))
            return
        answer = sys._getframe(1).f_globals.get(item["answer_name"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        print("\n".join(report(item, answer)))


def report(item: dict[str, Any], answer: Any, learner: str | None = None) -> list[str]:
    """The lines of the report: the state of the answer first, then what to do next.

    learner: whose records an item with variants has; without it, those of the learner who works here.
    """
    name, form, who = item["answer_name"], item["form"], ""
    try:
        value = answers.plain(answer)
        if answers.is_blank(value) or value == item["blank"]:
            return [
                f"{item['id']} · Not attempted yet.",
                f"Write your answer after `{name} =` in the cell above, run that cell, then run this one.",
            ]
        if "pool" in form:
            learner = learner_id() if learner is None else learner
            records, who = variants.records_named(form, item["id"], value, learner)
            form = form | {"records": records}
        if who == variants.ANOTHER:
            return unread(item, variants.not_yours(form, item["id"], learner))
        value = answers.read(form, value)
        odd = _unread_parts(form, value)
    except answers.Unreadable as problem:
        return unread(item, str(problem))
    except Exception as problem:
        return unread(item, failed(type(problem).__name__))
    if odd:
        words = [f"{item['id']} · Your answer can be read, but not all of it.", *_first_of(odd)]
    else:
        words = [f"{item['id']} · Your answer can be read: {_summary(value, form)}"]
    if who == variants.FIRST:
        words.append(variants.NOT_BY_NAME)
    return words if odd else [*words, "Save (Ctrl+S). Points come from Grade my work."]


def stopped_before() -> bool:
    """Whether the cell that ran before this one stopped with an error. In a graded copy nobody asks."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    graded = os.environ.get("NBGRADER_EXECUTION") == "autograde"
    return not graded and shell is not None and shell.last_execution_succeeded is False


def not_run(item: dict[str, Any]) -> list[str]:
    """The report where the cell before stopped: what stands under the name is no answer, or an older one."""
    return [
        f"{item['id']} · The cell that ran before this one stopped with an error; see the red lines there.",
        "Mend that cell and run it, then run this one. Often a quotation mark, a comma or a bracket is missing, "
        "or the quotation marks are curly (“ ”) instead of straight.",
    ]


def unread(item: dict[str, Any], why: str) -> list[str]:
    """The report on an answer that cannot be read."""
    return [f"{item['id']} · This cannot be read yet.", why]


def failed(error: str) -> str:
    """The sentence for an answer that raises an error when it is looked at."""
    return f"Looking at your answer failed ({error}). Write it as plain text, numbers, a list or a table."


def _unread_parts(form: dict[str, Any], value: Any) -> list[str]:
    """Parts in which a number or a day is asked for and something else stands, each in a sentence.

    To the marker such a part is only wrong, and the other parts count; here it is said in time.
    """
    found = []
    for record, entry in value.items() if form.get("asks") and isinstance(value, dict) else ():
        for part, kind in zip(
            entry if isinstance(entry, list) else [entry], answers.asked_of(form, record), strict=False
        ):
            try:
                answers.value_as(part, kind)
            except answers.Unreadable as problem:
                found.append(f"{record}: {problem}")
    return found


def _half_filled(name: Any, entry: Any) -> str:
    """The sentence for an entry of several parts in which one is still open; empty if none is."""
    if not isinstance(entry, list):
        return ""
    blank = [_PLACES[n] if n < len(_PLACES) else f"{n + 1}th" for n, v in enumerate(entry) if answers.is_blank(v)]
    if not blank:
        return ""
    if len(blank) == 1:
        return f"{name}: the {blank[0]} part is still None."
    return f"{name}: the {', '.join(blank[:-1])} and {blank[-1]} parts are still None."


def _first_of(sentences: list[str]) -> list[str]:
    """A few of many sentences, and how many more there are."""
    more = len(sentences) - MOST
    return sentences[:MOST] + ([f"And {more} more of this kind."] if more > 0 else [])


def _summary(value: Any, form: dict[str, Any]) -> str:
    if isinstance(value, dict):
        blank = [str(k) for k, v in value.items() if answers.is_blank(v)]
        halves = [half for k, v in value.items() if not answers.is_blank(v) and (half := _half_filled(k, v))]
        words = [f"{len(value) - len(blank) - len(halves)} of {len(value)} filled in.", *_first_of(halves)]
        if blank:
            words.append(f"Still open: {', '.join(blank[:3])}{' and more' if len(blank) > 3 else ''}.")
        return " ".join(words)
    if isinstance(value, list):
        return f"{len(value)} entr{'y' if len(value) == 1 else 'ies'}."
    if form["kind"] == "written":
        asked = f"; {form['words'][0]} to {form['words'][1]} are asked for" if form.get("words") else ""
        return f"{len(value.split())} words{asked}."
    if isinstance(value, float):
        return f"{value:g}."
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}." if value.time() == time(0) else f"{value:%Y-%m-%d %H:%M}."
    return f"{value}."
