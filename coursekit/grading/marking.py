"""Marking what was taken from a submission, outside the reach of its code, and showing it as a check cell would."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from coursekit import mark
from coursekit.grading.edition import Edition
from coursekit.grading.execute import Run, Taken
from priorauth import check


@dataclass
class Judged:
    """An item's mark, and the outputs of its check cell."""

    result: mark.Marked
    outputs: list[dict[str, Any]]


def judge(edition: Edition, run: Run) -> dict[str, Judged]:
    """Mark every item of a submission."""
    return {i: _judge(edition, i, run.answers.get(i, Taken(lost="could not be run"))) for i in edition.items}


def _judge(edition: Edition, item_id: str, taken: Taken) -> Judged:
    item, known = edition.items[item_id], edition.public[item_id]
    if taken.lost:
        words = f"The cell of your answer {taken.lost}. Mend it, or put the exercise back and answer again."
        lines, result = check.unread(known, words), mark.unread(item, words)
    elif taken.unreadable:
        lines, result = check.unread(known, taken.unreadable), mark.unread(item, taken.unreadable)
    elif taken.failed:
        lines = check.unread(known, check.failed(taken.failed))
        result = mark.unread(item, f"Your answer could not be read ({taken.failed}).")
    else:
        lines, result = check.report(known, taken.value), mark.mark(item, taken.value)
    printed = "\n".join([*lines, result.report()]) + "\n"
    points = {"text/plain": repr(float(result.points)), mark.MIME: asdict(result)}
    return Judged(
        result,
        [
            {"output_type": "stream", "name": "stdout", "text": _safe(printed)},
            {"output_type": "execute_result", "data": points, "metadata": {}, "execution_count": None},
        ],
    )


def _safe(words: str) -> str:
    return words.encode("utf-8", "replace").decode()


def results(edition: Edition, judged: dict[str, Judged]) -> list[dict[str, Any]]:
    """One table for each item, in the order of the module, for pages and reports."""
    found = []
    for item_id, j in judged.items():
        item = edition.items[item_id]
        about = {"id": item_id, "title": item["title"], "section": item["section"], "max_points": item["points"]}
        messages = [_safe(m) for m in j.result.messages]
        found.append(about | {"points": j.result.points, "outcome": j.result.outcome, "messages": messages, "hint": j.result.hint})
    return found
