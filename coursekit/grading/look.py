"""Looking at a learner's saved copy without marking: run it and collect what the check cells say."""

from __future__ import annotations

import subprocess
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from coursekit.items import load_module
from coursekit.notebooks import grade_id, read_notebook
from coursekit.workspace import notebook


def look(workspace: Path, module: str) -> list[str]:
    """What each check cell prints for the saved copy, in order; the file itself is only read."""
    spec = load_module(module)
    path, note = notebook(workspace, spec.name)
    read_notebook(path)  # says in one sentence what is wrong with a damaged file
    copy = nbformat.read(path, as_version=4)
    client = NotebookClient(
        copy, timeout=60, kernel_name="python3", allow_errors=True, resources={"metadata": {"path": str(path.parent)}}
    )
    client.execute(stderr=subprocess.DEVNULL)
    reports = [note] if note else []
    for cell in copy.cells:
        if grade_id(cell).endswith("-check"):
            printed = "".join(o.text for o in cell.outputs if o.output_type == "stream")
            failed = next((f"{o.ename}: {o.evalue}" for o in cell.outputs if o.output_type == "error"), "")
            reports.append((printed.strip() or f"{grade_id(cell)}: the check could not run. {failed}").strip())
    return reports
