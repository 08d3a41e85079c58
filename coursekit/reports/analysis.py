"""Item analysis: how hard an item is, whether it tells strong from weak learners, and what goes wrong in it.

Plain figures of classical test theory. Difficulty is the mean share of an item's points (1 = all have all of it).
Discrimination is the correlation of an item's points with those of the rest of the module. Below 0.2 look at the
item; below 0 something is wrong with it or its key.
"""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import dataclass, field

from coursekit.reports.gather import Work

GROUP = 0.27  # share of the class in the upper and in the lower group
FEWEST = 10  # learners below which figures say little


@dataclass
class ItemFigures:
    """What a class did with one item."""

    id: str
    title: str
    most: float
    number: int  # learners who handed the module in
    difficulty: float  # mean share of the points, 0 to 1
    discrimination: float | None  # correlation with the rest of the module; None when it cannot be told
    spread: float | None  # mean share of the upper group less that of the lower one
    outcomes: dict[str, int] = field(default_factory=dict)
    answers: list[tuple[str, int, int, int]] = field(default_factory=list)  # words, all, upper group, lower group
    remarks: list[str] = field(default_factory=list)


@dataclass
class ModuleFigures:
    """What a class did with one module."""

    module: str
    number: int
    mean: float  # share of the points, 0 to 1
    median: float
    passed: int  # learners with at least 70 percent
    alpha: float | None  # Cronbach's alpha: how far the items measure one thing
    items: list[ItemFigures] = field(default_factory=list)


def analyse(works: list[Work]) -> ModuleFigures:
    """Figures of one module from all its graded submissions (at least one)."""
    shares = [w.share for w in works]
    points = {w.student: {i["id"]: i["points"] for i in w.items} for w in works if w.items}
    ranked = sorted(points, key=lambda s: sum(points[s].values()))
    size = round(GROUP * len(ranked))
    lower, upper = set(ranked[:size]), set(ranked[len(ranked) - size :])
    figures = ModuleFigures(
        works[0].module, len(works), statistics.fmean(shares), statistics.median(shares),
        sum(s >= 0.7 - 1e-9 for s in shares), _alpha(list(points.values())),
    )  # fmt: skip
    shown = {i["id"]: i for w in works for i in w.items}
    for item_id in dict.fromkeys(i["id"] for w in works for i in w.items):
        mine = [w for w in works if item_id in points.get(w.student, {})]
        figures.items.append(_item(shown[item_id], mine, points, upper, lower))
    return figures


def _item(shown: dict, works: list[Work], points: dict[str, dict[str, float]], upper: set[str], lower: set[str]) -> ItemFigures:  # fmt: skip
    item_id, most = shown["id"], shown["max_points"] or 1.0
    mine = {w.student: points[w.student][item_id] / most for w in works}
    rest = {w.student: sum(v for k, v in points[w.student].items() if k != item_id) for w in works}
    groups = [[mine[s] for s in group if s in mine] for group in (upper, lower)]
    figures = ItemFigures(
        item_id, shown["title"], most, len(works), statistics.fmean(mine.values()),
        correlation(list(mine.values()), list(rest.values())),
        statistics.fmean(groups[0]) - statistics.fmean(groups[1]) if all(groups) else None,
        dict(Counter(i["outcome"] for w in works for i in w.items if i["id"] == item_id)),
    )  # fmt: skip
    counted = {w.student: set(w.said.get(item_id, [])) for w in works}
    for words, number in Counter(a for found in counted.values() for a in found).most_common(12):
        those = {s for s, found in counted.items() if words in found}
        figures.answers.append((words, number, len(those & upper), len(those & lower)))
    figures.remarks = _remarks(figures)
    return figures


def _remarks(item: ItemFigures) -> list[str]:
    """What to look at, in words."""
    if item.number < FEWEST:
        return []
    found = []
    if item.difficulty > 0.95:
        found.append("nearly all have it")
    if item.difficulty < 0.25:
        found.append("few have it")
    if item.discrimination is not None and item.discrimination < 0:
        found.append("strong learners do worse: check the key")
    elif item.discrimination is not None and item.discrimination < 0.2 and 0.25 <= item.difficulty <= 0.95:
        found.append("tells strong from weak learners poorly")
    if item.outcomes.get("cannot be read", 0) > 0.1 * item.number:
        found.append("many answers cannot be read: check the prompt")
    return found


def correlation(a: list[float], b: list[float]) -> float | None:
    """Pearson's correlation, or None where one of the two does not vary."""
    try:
        return statistics.correlation(a, b)
    except statistics.StatisticsError:
        return None


def _alpha(rows: list[dict[str, float]]) -> float | None:
    """Cronbach's alpha over learners who have all items; None where it cannot be told."""
    names = sorted({n for r in rows for n in r})
    whole = [r for r in rows if len(r) == len(names)]
    if len(whole) < 2 or len(names) < 2:
        return None
    total = statistics.variance(sum(r.values()) for r in whole)
    parts = sum(statistics.variance(r[n] for r in whole) for n in names)
    return len(names) / (len(names) - 1) * (1 - parts / total) if total else None
