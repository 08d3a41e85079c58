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


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Items whose points differ between two results, in words."""
    old = {i["id"]: i for i in before.get("items", [])}
    words = []
    for item in after["items"]:
        was = old.get(item["id"])
        if was is not None and was["points"] != item["points"]:
            words.append(
                f"{item['id']} {was['points']:g} to {item['points']:g} ({was['outcome']} to {item['outcome']})"
            )
    return words


def _iso(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
