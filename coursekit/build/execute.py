"""Run a notebook and leave only what is the same every time."""

from __future__ import annotations

import copy
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from coursekit.errors import CourseError
from coursekit.notebooks import is_own

VIEW = "application/vnd.jupyter.widget-view+json"


class _Client(NotebookClient):
    """Leaves outputs where the cells put them, as nbval's client does; widgets' own state is not followed."""

    def handle_comm_msg(self, outs: Any, msg: Any, cell_index: int) -> None:
        return None

    def clear_output(self, outs: Any, msg: Any, cell_index: int) -> None:
        return None


def execute(notebook: nbformat.NotebookNode, folder: Path, name: str, timeout: int = 120) -> nbformat.NotebookNode:
    """An executed copy of `notebook`, cleaned for comparison byte by byte.

    Raises `CourseError` if a cell fails or writes to stderr.
    """
    done = copy.deepcopy(notebook)
    with tempfile.TemporaryDirectory() as home:
        env = os.environ | {
            "IPYTHONDIR": home,
            "PYTHONHASHSEED": "0",
            "PRIORAUTH_LEARNER": "",  # whoever builds: the records that are shown where nobody is named
            "MPLCONFIGDIR": os.environ.get("MPLCONFIGDIR", home),
        }
        env.pop("PRIORAUTH_WORKSPACE", None)
        client = _Client(
            done,
            timeout=timeout,
            kernel_name="python3",
            record_timing=False,
            resources={"metadata": {"path": str(folder)}},
        )
        try:
            client.execute(env=env, stderr=subprocess.DEVNULL)  # the kernel's own log, not the cells' stderr
        except CellExecutionError as problem:
            raise CourseError(f"{name}: a cell fails when it is run.\n{str(problem)[-1500:]}") from None
    for cell in done.cells:
        _clean(cell, name)
    done.metadata = copy.deepcopy(notebook.metadata)
    return done


def _clean(cell: Any, name: str) -> None:
    cell.metadata.pop("execution", None)
    if cell.get("outputs"):
        cell.outputs = _joined(cell.outputs)
    for output in cell.get("outputs", []):
        if output.output_type == "stream" and output.name == "stderr":
            raise CourseError(
                f"{name}: a cell writes to stderr: {output.text.strip()[:300]} (cell: {cell.source[:80]!r})"
            )
        data = output.get("data")
        if data is not None:
            data.pop(VIEW, None)
        output.get("metadata", {}).pop(VIEW, None)


def _joined(outputs: list[Any]) -> list[Any]:
    """Printed text in one piece: in how many pieces it arrives is a matter of chance."""
    whole: list[Any] = []
    for output in outputs:
        last = whole[-1] if whole else None
        if last is not None and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            whole.append(output)
    return whole


def strip_items(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A copy in which graded items, and what shows each learner her own records, have no outputs; the lesson keeps its own."""
    bare = copy.deepcopy(notebook)
    for cell in bare.cells:
        if cell.cell_type == "code" and ("nbgrader" in cell.metadata or is_own(cell)):
            cell.outputs, cell.execution_count = [], None
    return bare


def write(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Write a notebook the way nbformat does, with a final newline."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(notebook, version=4).rstrip("\n") + "\n", encoding="utf-8", newline="\n")
