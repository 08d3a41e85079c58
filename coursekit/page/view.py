"""What the course page shows, as plain data: no server, no HTML."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

from coursekit import progress
from coursekit.errors import CourseError
from coursekit.handin import FOLDER, fixed
from coursekit.notebooks import NEW_EDITION
from coursekit.page.answers import message, refusal
from coursekit.page.exam import ExamView, exam_view
from coursekit.programme import AREAS, PASS_POINTS, POINTS
from coursekit.workspace import ROOT, backups_folder, notebook
from priorauth import learner

SIGNS = {"right": "✓", "partly right": "◐", "wrong": "✗", "cannot be read": "!", "not attempted": "–"}


@dataclass
class ItemView:
    """One graded exercise after grading."""

    id: str
    title: str
    section: str
    points: float
    max_points: float
    outcome: str
    sign: str
    messages: list[str]
    hint: str
    closed: str | None  # why the model answer is not shown yet


@dataclass
class ModuleView:
    """One module on the page."""

    row: progress.Row
    open_url: str | None = None
    trouble: str = ""
    result: dict[str, Any] | None = None
    items: list[ItemView] = field(default_factory=list)
    backups: str = ""
    new_editions: list[tuple[str, str | None]] = field(default_factory=list)
    learner: str = ""  # who hands in, if that is known
    learner_fixed: bool = False  # by the hub's account
    handed_in: list[str] = field(default_factory=list)  # files made to be handed in, the newest first

    @property
    def name(self) -> str:
        return self.row.module


@dataclass
class PageView:
    """The whole page."""

    areas: list[tuple[str, str, list[ModuleView]]]
    next_step: str
    next_module: ModuleView | None
    completed: int
    released: int
    points: float
    said: list[str]
    exam: ExamView | None  # None where this edition has none
    pass_points: float = PASS_POINTS
    points_each: int = POINTS


def lab_url(base_url: str, root_dir: Path, path: Path) -> str | None:
    """Where JupyterLab opens a file, or None when it lies outside the folder that the server shows."""
    try:
        relative = Path(os.path.realpath(path)).relative_to(os.path.realpath(root_dir))
    except ValueError:
        return None
    return base_url + "lab/tree/" + quote(relative.as_posix())


def module_view(workspace: Path, row: progress.Row, store: dict[str, Any], base_url: str, root_dir: Path) -> ModuleView:
    view = ModuleView(row)
    if not row.released:
        return view
    try:
        path, view.trouble = notebook(workspace, row.module)
        view.open_url = lab_url(base_url, root_dir, path)
        if view.open_url is None:
            view.trouble = f"Open {path} yourself: it lies outside the folder that this server shows."
    except CourseError as error:
        view.trouble = str(error)
    beside = sorted((workspace / row.module).glob(f"*{NEW_EDITION}*.ipynb"))
    view.new_editions = [(p.name, lab_url(base_url, root_dir, p)) for p in beside]
    view.backups = str(backups_folder(workspace, row.module))
    view.learner, view.learner_fixed = learner.learner_id(workspace), fixed()
    view.handed_in = sorted((p.name for p in (workspace / FOLDER).glob(f"{row.module}-*.zip")), reverse=True)
    view.result = store["modules"].get(row.module, {}).get("last")
    for item in (view.result or {}).get("items", []):
        view.items.append(
            ItemView(
                id=item["id"], title=str(item.get("title", "")), section=str(item.get("section", "")),
                points=item["points"], max_points=item["max_points"], outcome=item["outcome"],
                sign=SIGNS[item["outcome"]], messages=[message(m) for m in item.get("messages") or []],
                hint=message(item.get("hint") or ""), closed=refusal(workspace, row.module, item["id"]),
            )
        )  # fmt: skip
    return view


def page_view(workspace: Path, base_url: str, root_dir: Path, root: Path = ROOT) -> PageView:
    """Everything the page shows for this workspace."""
    rows, step, said = progress.summary(workspace, root)
    store, _ = progress.load(workspace)
    modules = [module_view(workspace, row, store, base_url, root_dir) for row in rows]
    areas = [(k, AREAS[k], list(group)) for k, group in groupby(modules, key=lambda m: m.row.area)]
    target = progress.next_row(rows)
    exam = exam_view(workspace, partial(lab_url, base_url, root_dir), root)
    if target is None and exam and not exam.passed:
        step += " The final exam is at the end of this page."
    return PageView(
        areas=areas,
        next_step=step,
        next_module=next((m for m in modules if target and m.row.module == target.module), None),
        completed=sum(r.passed for r in rows),
        released=sum(r.released for r in rows),
        points=sum(r.points for r in rows),
        said=said,
        exam=exam,
    )
