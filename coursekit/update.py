"""A new edition of a module for a learner who has begun: her answers and her own cells are carried into it.

The notebook as it was is kept as a backup first; the new one is written beside and takes the name. Nothing else in the
workspace is touched but copies of the new edition that `fill` had put beside and that nobody changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from coursekit import merging
from coursekit.files import alone, digest, in_words, write_json, write_whole
from coursekit.notebooks import NEW_EDITION, dump, is_trusted, read_notebook, trust
from coursekit.workspace import (
    ROOT,
    backup,
    backups_folder,
    editions,
    fill,
    module_name,
    notebook,
    release_notebook,
    released_modules,
)


@dataclass
class Updated:
    """What an update did to one module; `backup` is None where there was nothing to do."""

    module: str
    path: Path
    backup: Path | None = None
    said: list[str] = field(default_factory=list)


def update(workspace: Path, modules: list[str] | None = None, root: Path = ROOT) -> list[Updated]:
    """Bring modules to the present edition (without `modules`: all that a learner has). Safe to repeat.

    Raises `CourseError` when a notebook cannot be read or written; it is then as it was.
    """
    names = [module_name(m) for m in modules] if modules else released_modules(root)
    fill(workspace, root)
    return [_update(workspace, name, root) for name in names]


def _update(workspace: Path, module: str, root: Path) -> Updated:
    release = release_notebook(module, root)
    with alone(workspace / module / f"{module}.ipynb"):
        path, note = notebook(workspace, module)
        mine = read_notebook(path, backups_folder(workspace, module))
        merged = merging.merge(mine, read_notebook(release))
        done = Updated(module, path, said=[note] if note else [])
        if merging.same(mine, merged.notebook):
            done.said.append(f"{module} is of the present edition already.")
        else:
            trusted = is_trusted(path)
            done.backup = backup(workspace, module, path)
            write_whole(path, dump(merged.notebook))
            if trusted:
                trust(path)
            done.said += _words(module, merged, done.backup)
        _tidy(workspace, module, release, done)
    return done


def _words(module: str, merged: merging.Merged, kept: Path) -> list[str]:
    said = [f"{module} is of the new edition now; your {len(merged.carried)} answers are in it."]
    if merged.own:
        said.append(f"{merged.own} cells that you wrote or changed are in it, too.")
    if merged.changed:
        said.append(f"Look again at {', '.join(merged.changed)}: the exercise was changed, and your answer was kept.")
    if merged.added:
        said.append(f"New: {', '.join(merged.added)}.")
    if merged.removed:
        said.append(f"No longer asked: {', '.join(merged.removed)}; your answer stays in the notebook.")
    return [*said, f"Your notebook as it was is kept in {kept}."]


def _tidy(workspace: Path, module: str, release: Path, done: Updated) -> None:
    """Remove copies of a new edition that nobody changed; remember that this edition has arrived."""
    record_path, record = editions(workspace)
    mine = record.setdefault(module, {})
    now = digest(release.read_bytes())
    for beside in sorted((workspace / module).glob(f"{module}{NEW_EDITION}*.ipynb")):
        try:
            if digest(beside.read_bytes()) in (now, mine.get(beside.name)):
                beside.unlink()
                mine.pop(beside.name, None)
            else:
                done.said.append(f"{beside.name} was left where it is, because you changed it.")
        except OSError as error:
            raise in_words(error, beside) from error
    if mine.get(f"{module}.ipynb") != now or done.backup:
        mine[f"{module}.ipynb"] = now
    write_json(record_path, record)
