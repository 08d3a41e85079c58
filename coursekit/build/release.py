"""From source to release, by nbgrader itself."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from coursekit.items import ROOT
from coursekit.nbgrader_support import course_config, run_converter


def make_release(source: Path, target: Path, root: Path = ROOT) -> None:
    """Write the learner's edition of one module folder. Uses a gradebook of its own, thrown away afterwards."""
    from nbgrader.converters import GenerateAssignment

    module = source.name
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder)
        shutil.copytree(source, course / "source" / module)
        run_converter(GenerateAssignment, course_config(course, root), module)
        made = course / "release" / module
        target.mkdir(parents=True, exist_ok=True)
        for path in sorted(made.rglob("*")):
            if path.is_file():
                to = target / path.relative_to(made)
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, to)
                if to.suffix == ".ipynb":
                    to.write_text(to.read_text(encoding="utf-8").rstrip("\n") + "\n", encoding="utf-8", newline="\n")
