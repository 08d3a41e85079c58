"""Reading results back: from an autograded notebook to points, outcomes and messages by item."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from coursekit.items import Module
from coursekit.mark import MIME, NOT_ATTEMPTED, UNREADABLE
from coursekit.notebooks import grade_id, read_notebook


def item_results(module: Module, autograded: Path) -> list[dict[str, Any]]:
    """One dict for each item, in the order of the module: points, outcome, messages, hint, section."""
    checks = {grade_id(c): c for c in read_notebook(autograded)["cells"]}
    return [_result(item, checks.get(f"{item.id}-check")) for item in module.items]


def _result(item: Any, cell: dict[str, Any] | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "points": 0.0,
        "outcome": NOT_ATTEMPTED,
        "messages": ["There is no answer yet."],
        "hint": item.hints[0],
    }
    for output in (cell or {}).get("outputs", []):
        if output["output_type"] == "execute_result" and MIME in output.get("data", {}):
            found = output["data"][MIME]
        elif output["output_type"] == "error":
            words = f"The check could not run: {output.get('ename')}: {output.get('evalue')}"
            found = {"points": 0.0, "outcome": UNREADABLE, "messages": [words], "hint": item.hints[0]}
    keep = {k: found[k] for k in ("points", "outcome", "messages", "hint")}
    return {"id": item.id, "title": item.title, "section": item.section, "max_points": item.auto_points, **keep}


def summary(module: Module, items: list[dict[str, Any]], notebook: Path) -> dict[str, Any]:
    """The result of one copy of a module, as data for pages and reports."""
    return {
        "module": module.name,
        "points": sum(i["points"] for i in items),
        "max_points": sum(i["max_points"] for i in items),
        "rubric_points_open": sum(i.points - i.auto_points for i in module.items),
        "graded_at": _iso(dt.datetime.now(dt.UTC)),
        "notebook": str(notebook),
        "saved_at": _iso(dt.datetime.fromtimestamp(notebook.stat().st_mtime, dt.UTC)),
        "items": items,
    }


def _iso(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
