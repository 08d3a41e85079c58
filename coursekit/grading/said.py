"""What a learner answered, in a few words for the item analysis: chosen options, a number, or the wrong entries."""

from __future__ import annotations

from typing import Any

from coursekit import mark, variants
from coursekit.grading.edition import Edition
from coursekit.grading.execute import Run
from priorauth import answers
from priorauth.variants import ANOTHER

MOST, LONGEST = 20, 80


def said(edition: Edition, run: Run, learner: str = "") -> dict[str, list[str]]:
    """For each item that was answered readably: options or number of the answer, else what is wrong in it."""
    found = {}
    for item_id, taken in run.answers.items():
        if taken.lost or taken.failed or taken.unreadable:
            continue
        words = _said(edition.items[item_id], taken.value, learner)
        if words:
            found[item_id] = [w[:LONGEST] for w in words[:MOST]]
    return found


def _said(item: dict[str, Any], answer: Any, learner: str) -> list[str]:
    kind = item["form"]["kind"]
    if answers.is_blank(answer) or answer == item.get("blank") or kind == "written":
        return []
    item, whose = variants.answered(item, answer, learner)
    if whose == ANOTHER:
        return ["another learner's records"]
    try:
        value = answers.read(item["form"], answer)
    except answers.Unreadable:
        return []
    if kind in ("single", "multiple", "true_false"):
        return [str(v) for v in (value if isinstance(value, list) else [value])]
    if kind == "numeric":
        return [f"{value:g}" if isinstance(value, float) else str(value)]
    key = mark.restore(item, item["key"])
    if kind == "id_set":
        return [f"{v} named" for v in value if v not in key] + [f"{k} missed" for k in key if k not in value]
    if kind in ("mapping", "match", "record"):
        return [f"{r}: {_short(value.get(r))}" for r in key if not mark.same(item, key[r], value.get(r))]
    if kind == "order":
        return sorted(f"{b} before {a}" for a, b in mark.errors_of(item, key, value))
    return sorted(" ".join(map(str, e)) for e in mark.errors_of(item, key, value) if isinstance(e, tuple))


def _short(value: Any) -> str:
    if value is None:
        return "nothing"
    return " + ".join(map(_short, value)) if isinstance(value, list) else str(value)
