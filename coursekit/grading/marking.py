"""Marking what was taken from a submission, outside the reach of its code, and showing it as a check cell would."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from coursekit import mark
from coursekit.grading.edition import Edition
from coursekit.grading.execute import Run, Taken
from coursekit.grading.repair import assigns
from coursekit.notebooks import Cell, grade_id
from priorauth import check


@dataclass
class Judged:
    """An item's mark, and the outputs of its check cell."""

    result: mark.Marked
    outputs: list[dict[str, Any]]


def judge(edition: Edition, run: Run, learner: str = "") -> dict[str, Judged]:
    """Mark every item of a submission. learner: whose records items with variants have."""
    return {i: _judge(edition, i, _taken(run, i), learner) for i in edition.items}


def looked_at(edition: Edition, item_id: str, run: Run, learner: str = "") -> list[str]:
    """What the visible check says about an answer: its form only."""
    known, taken = edition.public[item_id], _taken(run, item_id)
    if taken.lost:
        return check.unread(known, _lost(taken))
    if taken.unreadable:
        return check.unread(known, taken.unreadable)
    if taken.failed:
        return check.unread(known, check.failed(taken.failed))
    return check.report(known, taken.value, learner)


def _taken(run: Run, item_id: str) -> Taken:
    return run.answers.get(item_id, Taken(lost="could not be run"))


def _lost(taken: Taken) -> str:
    return f"The cell of your answer {taken.lost}. Mend it, or put the exercise back and answer again."


def _mark(item: dict[str, Any], taken: Taken, learner: str) -> mark.Marked:
    if taken.lost:
        return mark.unread(item, _lost(taken))
    if taken.unreadable:
        return mark.unread(item, taken.unreadable)
    if taken.failed:
        return mark.unread(item, f"Your answer could not be read ({taken.failed}).")
    return mark.mark(item, taken.value, learner)


def _judge(edition: Edition, item_id: str, taken: Taken, learner: str) -> Judged:
    result = _mark(edition.items[item_id], taken, learner)
    lines = looked_at(edition, item_id, Run(answers={item_id: taken}), learner)
    printed = _safe("\n".join([*lines, result.report()]) + "\n")
    points = {"text/plain": repr(float(result.points)), mark.MIME: asdict(result)}
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": printed},
        {"output_type": "execute_result", "data": points, "metadata": {}, "execution_count": None},
    ]
    return Judged(result, outputs)


def say_what_is_missing(items: list[dict[str, Any]], edition: Edition, cells: list[Cell], run: Run) -> None:
    """Where a cell was written in and yet there is no answer, say why in place of "not attempted".

    The graded copy keeps nbgrader's words; this is for the pages that learners read.
    """
    place = {grade_id(c): n for n, c in enumerate(cells)}
    for item in items:
        n = place.get(item["id"])
        if item["outcome"] != mark.NOT_ATTEMPTED or n is None:
            continue
        name, source = edition.items[item["id"]]["answer_name"], cells[n]["source"]
        given = edition.cells[edition.at[item["id"]]]["source"]
        if "".join(source.split()) in ("", "".join(given.split())):
            continue
        stopped = next((o["ename"] for o in run.outputs.get(n, []) if o.get("output_type") == "error"), "")
        if stopped:
            why = (
                f"The cell of your answer stopped with an error ({_safe(str(stopped))[:60]}), so `{name}` has no value."
            )
        elif not assigns(source, name):
            why = f"The cell of your answer has text, but no line in it gives `{name}` a value. Write `{name} =` first."
        else:
            continue
        item |= {"outcome": mark.UNREADABLE, "messages": [why]}


def _safe(words: str) -> str:
    return words.encode("utf-8", "replace").decode()


def results(edition: Edition, judged: dict[str, Judged]) -> list[dict[str, Any]]:
    """One table for each item, in the order of the module, for pages and reports."""
    found = []
    for item_id, j in judged.items():
        item = edition.items[item_id]
        about = {"id": item_id, "title": item["title"], "section": item["section"], "max_points": item["points"]}
        messages = [_safe(m) for m in j.result.messages]
        found.append(
            about
            | {"points": j.result.points, "outcome": j.result.outcome, "messages": messages, "hint": j.result.hint}
        )
    return found
