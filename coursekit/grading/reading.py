"""A submitted file, in whatever form it is, as a list of cells. What cannot be read is said in one sentence."""

from __future__ import annotations

import codecs
import json
import re
from typing import Any

from coursekit.errors import CourseError
from coursekit.notebooks import Cell

_PERCENT = re.compile(r"^# ?%%(.*)$", re.M)
_FENCE = re.compile(
    r"^(```+|~~~+)[ \t]*\{?\.?(?:code-cell[ \t]+)?(?:python3?|ipython3?)\b[^\n]*\n(.*?)^\1[ \t]*$", re.M | re.S
)


def read_cells(name: str, raw: bytes) -> tuple[list[Cell], list[str]]:
    """Cells of a notebook file and notes on what had to be done to read it. Raises `CourseError`."""
    content, notes = _decoded(raw)
    if name.endswith((".py", ".md")):
        cells = _percent(content) if name.endswith(".py") else _fenced(content)
        if not cells:
            raise CourseError(f"{name} holds no cells.")
        return cells, [*notes, f"{name} is a text notebook; its cells were read."]
    if not content.strip():
        raise CourseError(f"{name} is empty.")
    try:
        data = json.loads(content, strict=False)
    except RecursionError:
        raise CourseError(f"{name} is not a notebook.") from None
    except ValueError as problem:
        line = f" (line {problem.lineno})" if isinstance(problem, json.JSONDecodeError) else ""
        cells = _saved(content)
        if not cells:
            raise CourseError(f"{name} is damaged: it is not valid JSON{line}, and no cell can be saved.") from None
        return _normal(cells), [*notes, f"The file is damaged{line}: {len(cells)} cells could be saved."]
    return _normal(_cells_of(data, name)), notes


def _cells_of(data: Any, name: str) -> list[Any]:
    if isinstance(data, dict):
        if isinstance(data.get("cells"), list):
            return data["cells"]
        sheets = data.get("worksheets")  # notebooks of version 3
        if isinstance(sheets, list):
            return [c for s in sheets if isinstance(s, dict) and isinstance(s.get("cells"), list) for c in s["cells"]]
    raise CourseError(f"{name} is not a notebook: it has no list of cells.")


def _decoded(raw: bytes) -> tuple[str, list[str]]:
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if raw.startswith(mark):
            return raw.decode(name, "replace"), [] if name == "utf-8-sig" else ["The file was stored as UTF-16."]
    if raw[1:2] == b"\0" or raw[:1] == b"\0":
        return raw.decode("utf-16-le" if raw[1:2] == b"\0" else "utf-16-be", "replace"), [
            "The file was stored as UTF-16."
        ]
    try:
        return raw.decode("utf-8"), []
    except UnicodeDecodeError as problem:
        if problem.end >= len(raw) - 3:  # cut inside a letter
            return raw.decode("utf-8", "ignore"), []
        return raw.decode("cp1252", "replace"), ["The file was not stored as UTF-8; some letters may be wrong."]


def _normal(found: list[Any]) -> list[Cell]:
    """Cells with the fields that are needed, in the right types."""
    cells = []
    for c in found:
        if not isinstance(c, dict):
            continue
        kind = c.get("cell_type")
        source = c.get("source", c.get("input", c.get("value", "")))
        if isinstance(source, list):
            source = "".join(s for s in source if isinstance(s, str))
        if not isinstance(source, str):
            source = ""
        if kind == "heading":
            level = c.get("level")
            source = "#" * (level if isinstance(level, int) and 1 <= level <= 6 else 1) + " " + source
        metadata = c.get("metadata")
        cell: Cell = {
            "cell_type": kind if kind in ("code", "raw") else "markdown",
            "metadata": dict(metadata) if isinstance(metadata, dict) else {},
            "source": source.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode(),
        }
        if isinstance(c.get("id"), str):
            cell["id"] = c["id"]
        if isinstance(c.get("attachments"), dict):
            cell["attachments"] = c["attachments"]
        cells.append(cell)
    return cells


def _saved(content: str) -> list[Any]:
    """Cells before the place where the JSON breaks, and those after it that are whole."""
    decoder = json.JSONDecoder(strict=False)
    cells = []
    at = 0
    for found in re.finditer(
        r'\{\s*"(?:cell_type|attachments|execution_count|id|metadata|source|outputs)"\s*:', content
    ):
        if found.start() < at:
            continue
        try:
            value, at = decoder.raw_decode(content, found.start())
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and "cell_type" in value and ("source" in value or "input" in value):
            cells.append(value)
    return cells


# --- text notebooks ------------------------------------------------------------------------------------------------


def _percent(content: str) -> list[Cell]:
    """Cells of a script with `# %%` lines, as jupytext, VS Code and Spyder write them."""
    content = content.replace("\r\n", "\n")
    marks = list(_PERCENT.finditer(content))
    cells = []
    for i, m in enumerate(marks):
        body = content[m.end() + 1 : marks[i + 1].start() if i + 1 < len(marks) else len(content)].strip("\n")
        head = m.group(1)
        markdown = "[markdown]" in head or "[md]" in head
        if markdown:
            body = re.sub(r"^# ?", "", body, flags=re.M).strip('"\n')
        cell: Cell = {"cell_type": "markdown" if markdown else "code", "metadata": {}, "source": body}
        told = re.search(r"nbgrader=(\{.*?\})", head)
        if told:
            try:
                cell["metadata"]["nbgrader"] = json.loads(told.group(1))
            except ValueError:
                pass
        cells.append(cell)
    return cells


def _fenced(content: str) -> list[Cell]:
    """Cells of a Markdown text with fenced Python."""
    content = content.replace("\r\n", "\n")
    cells: list[Cell] = []
    at = 0
    for m in _FENCE.finditer(content):
        _prose(cells, content[at : m.start()])
        body = re.sub(r"\A(?::[\w-]+:.*\n)+\n?", "", m.group(2)).rstrip("\n")
        cells.append({"cell_type": "code", "metadata": {}, "source": body})
        at = m.end()
    _prose(cells, content[at:])
    return cells if any(c["cell_type"] == "code" for c in cells) else []


def _prose(cells: list[Cell], words: str) -> None:
    for part in re.split(r"^\+\+\+.*$", words, flags=re.M):
        if part.strip():
            cells.append({"cell_type": "markdown", "metadata": {}, "source": part.strip("\n")})
