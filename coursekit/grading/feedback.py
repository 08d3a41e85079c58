"""Feedback pages: one for each submission, and an index for the instructor. Every word of the learner's is escaped."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from coursekit.files import write_whole
from coursekit.grading.carry import parts_of

HERE = Path(__file__).parent / "templates"
EXCHANGE_FILES = ("timestamp.txt", "submission_secret.txt")  # nbgrader puts them into each hand-in
LONGEST = 1000  # bytes of each
SIGNS = {"right": "✓", "partly right": "◐", "wrong": "✗", "cannot be read": "?", "not attempted": "–"}


@functools.cache
def _templates() -> Any:
    import jinja2
    from markupsafe import Markup

    loader = jinja2.FileSystemLoader(HERE)
    made = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, auto_reload=False)
    made.globals["style"] = Markup((HERE / "style.css").read_text(encoding="utf-8"))  # ours, not the learner's
    return made


def load() -> None:
    """Load the templates, which takes a moment, before they are needed."""
    for path in HERE.glob("*.jinja"):
        _templates().get_template(path.name)


def _render(name: str, **values: Any) -> str:
    return _templates().get_template(name).render(**values)


def page(
    title: str, result: dict[str, Any], answers: dict[str, str], notes: list[str], student: str = "",
    by_hand: dict[str, dict[str, Any]] | None = None, penalty: float | None = None,
) -> str:  # fmt: skip
    """The page of one submission. `by_hand` has an instructor's scores, extra credit and comments by cell.

    A score for a check cell takes the place of the automatic one; a score for the answer itself is for its rubric.
    """
    items, points, given, waiting = [], result["points"], 0.0, result["rubric_points_open"]
    for item in result["items"]:
        check, rubric = ((by_hand or {}).get(cell, {}) for cell in parts_of(item["id"]))
        words, shown = [], item["points"]
        if check.get("score") is not None:
            words.append(f"{check['score']:g} points in place of {item['points']:g}.")
            shown = check["score"]
            points -= item["points"]
        if rubric.get("score") is not None:
            words.append(f"{rubric['score']:g} points.")
            waiting = 0
        extra = sum(said.get("extra") or 0 for said in (check, rubric))
        if extra:
            words.append(f"{extra:g} extra points.")
        given += extra + sum(said.get("score") or 0 for said in (check, rubric))
        words += [said["comment"] for said in (check, rubric) if said.get("comment")]
        about = {"points": f"{shown:g}", "max_points": f"{item['max_points']:g}", "by_hand": " ".join(words)}
        items.append(item | about | {"answer": answers.get(item["id"], "").strip()})
    return _render(
        "feedback.html.jinja", title=title, student=student, points=f"{points:g}", most=f"{result['max_points']:g}",
        open=f"{waiting:g}" if waiting else "", by_hand=f"{given:g}" if given else "", penalty=f"{penalty:g}" if penalty else "",
        graded_at=result["graded_at"].replace("T", " ").rstrip("Z"), notes=notes, items=items, signs=SIGNS,
    )  # fmt: skip


def place(course: Path, student: str, module: str) -> Path:
    """Where nbgrader looks for a feedback page."""
    return course / "feedback" / student / module / f"{module}.html"


def write_page(course: Path, student: str, module: str, text: str, submission: Path | None = None) -> None:
    """Write a page, and beside it the two small files by which nbgrader's exchange gives it to its learner."""
    page = place(course, student, module)
    for name in EXCHANGE_FILES if submission else ():
        path = submission / name
        if path.is_file() and not path.is_symlink():
            write_whole(page.with_name(name), path.read_bytes()[:LONGEST])
    write_whole(page, text)


def write_index(course: Path, module: str, title: str, graded_at: str, rows: list[dict[str, str]]) -> Path:
    """The index of a module's feedback pages, for the instructor; it is not released to learners."""
    path = course / "feedback" / f"{module}.html"
    write_whole(
        path, _render("index.html.jinja", title=title, graded_at=graded_at.replace("T", " ").rstrip("Z"), rows=rows)
    )
    return path
