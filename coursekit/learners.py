"""The folder that learners' servers get in a graded class: what a learner works with, and nothing that gives answers.

A list of what is in, not of what is out: data, the package `priorauth`, the reading edition, and the files in
`deploy/jupyterhub/learner/`. The modules themselves come through nbgrader's exchange.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from coursekit.errors import CourseError
from coursekit.files import in_words
from coursekit.items import ROOT
from coursekit.programme import programme
from coursekit.site import build_site

MARKER = "modules.json"  # names the modules for the course page, and tells that this folder was made here


def write_learners(target: Path, root: Path = ROOT) -> Path:
    """Write the folder, in place of an earlier one; return it. An interrupted run leaves the earlier one as it was.

    Raises `CourseError` when the place holds something else or cannot be written.
    """
    target = target.expanduser().resolve()
    if target.exists() and not (target / MARKER).is_file() and not _is_empty_folder(target):
        raise CourseError(f"{target} holds files that do not come from here. Name a new folder.")
    new, old = target.with_name(target.name + ".new"), target.with_name(target.name + ".old")
    try:
        for left in (new, old):
            shutil.rmtree(left, ignore_errors=True)
        _fill(new, root)
        if target.exists():
            target.rename(old)
        new.rename(target)
    except OSError as error:
        raise in_words(error, target) from error
    shutil.rmtree(old, ignore_errors=True)
    return target


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def _fill(new: Path, root: Path) -> None:
    without = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")
    shutil.copytree(root / "deploy" / "jupyterhub" / "learner", new, ignore=without)
    for name in ("priorauth", "datasets"):
        shutil.copytree(root / name, new / name, ignore=without)
    links = root / "coursekit" / "page" / "jupyter" / "labextensions"
    shutil.copytree(links, new / "jupyter" / "labextensions", ignore=without)
    build_site(new / "site", root)
    titles = {e.name: f"Module {e.number}. {e.title}" for e in programme(root)}
    (new / MARKER).write_text(json.dumps(titles, indent=1) + "\n", encoding="utf-8")
