"""A module's notebook run as plain Python, cell by cell: the names that it defines, and the values that it shows."""

from __future__ import annotations

import ast
import contextlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from coursekit.items import ROOT


@dataclass(frozen=True)
class Step:
    """One cell after it ran.

    name: nbgrader's id of the cell ("m01-c3-prompt", "m01-c3", "m01-c3-check"), empty for a cell of the lesson.
    value: what its last line shows (None for text, checks, and cells that end with something else).
    names: all names defined up to here; the same dict in every step.
    printed: what the cell prints.
    """

    number: int
    name: str
    kind: str
    source: str
    value: Any
    names: dict[str, Any]
    printed: str = ""


def steps(module: str, until: str = "", learner: str = "") -> Iterator[Step]:
    """Run the source notebook of a module (`module_03`), up to the cell `until` if there is one.

    Checks are left out; the answer cells hold the model answers (of the records that are shown where nobody is named).
    learner: whose records the items with variants show.
    """
    import matplotlib
    import nbformat

    matplotlib.use("Agg")
    notebook = nbformat.read(ROOT / "source" / module / f"{module}.ipynb", as_version=4)
    names: dict[str, Any] = {}
    for number, cell in enumerate(notebook.cells):
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if until and name == until:
            return
        code = cell.cell_type == "code" and not name.endswith("-check")
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), _named(learner):
            value = _run(cell.source, name or module, names) if code else None
        yield Step(number, name, cell.cell_type, cell.source, value, names, printed.getvalue())


@contextlib.contextmanager
def _named(learner: str) -> Iterator[None]:
    before = os.environ.get("PRIORAUTH_LEARNER")
    os.environ["PRIORAUTH_LEARNER"] = learner
    try:
        yield
    finally:
        if before is None:
            del os.environ["PRIORAUTH_LEARNER"]
        else:
            os.environ["PRIORAUTH_LEARNER"] = before


def _run(source: str, name: str, names: dict[str, Any]) -> Any:
    tree = ast.parse(source, name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec"), names)
    return eval(compile(ast.Expression(last.value), name, "eval"), names) if last else None
