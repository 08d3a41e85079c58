"""The result of one copy of a module, as data for pages, reports and the command line."""

from __future__ import annotations

import datetime as dt
from typing import Any

from coursekit.grading.edition import Edition


def summary(edition: Edition, items: list[dict[str, Any]], notebook: str, saved_at: float | None) -> dict[str, Any]:
    """Points in all and by item. `saved_at` in seconds since 1970."""
    return {
        "module": edition.module,
        "points": sum(i["points"] for i in items),
        "max_points": sum(i["max_points"] for i in items),
        "rubric_points_open": edition.open_points,
        "graded_at": _iso(dt.datetime.now(dt.UTC)),
        "notebook": notebook,
        "saved_at": _iso(dt.datetime.fromtimestamp(saved_at, dt.UTC)) if saved_at else "",
        "items": items,
    }


def changes(before: dict[str, Any], after: dict[str, Any], cost: float = 0.0, costs: float = 0.0) -> list[str]:
    """What differs between two results, in words; first how many points were gained or lost in all.

    `cost` is what lateness took off before, in points, and `costs` what it takes off now.
    """
    old = {i["id"]: i for i in before.get("items", [])}
    changed = [(old[i["id"]], i) for i in after["items"] if i["id"] in old and old[i["id"]]["points"] != i["points"]]
    if not changed and cost == costs:
        return []
    gain = round(sum(now["points"] - was["points"] for was, now in changed) + cost - costs, 2)
    words = f"gained {gain:g}" if gain > 0 else f"lost {-gain:g}" if gain < 0 else "neither gained nor lost"
    return [
        words,
        *(f"{now['id']} {was['points']:g} to {now['points']:g} ({was['outcome']} to {now['outcome']})" for was, now in changed),
        *([f"points off for lateness {cost:g} to {costs:g}"] if cost != costs else []),
    ]  # fmt: skip


def _iso(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
