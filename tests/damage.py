"""What learners and their editors do to notebooks, by rule. Each rule damages a copy; answer texts survive."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

Notebook = dict[str, Any]


def _cells(nb: Notebook) -> list[dict[str, Any]]:
    return nb["cells"]


def _gid(cell: dict[str, Any]) -> str:
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


def _is_answer(cell: dict[str, Any]) -> bool:
    return bool(cell["metadata"].get("nbgrader", {}).get("solution"))


def copy_cell(nb: Notebook, dice: random.Random) -> None:
    at = dice.randrange(len(_cells(nb)))
    _cells(nb).insert(at + 1, copy.deepcopy(_cells(nb)[at]) | {"id": f"copy{dice.getrandbits(40):x}"})


def copy_blank_answer(nb: Notebook, dice: random.Random) -> None:
    """The released answer cell pasted once more, before or behind the answered one."""
    answers = [i for i, c in enumerate(_cells(nb)) if _is_answer(c)]
    if not answers:
        return
    at = dice.choice(answers)
    given = next(c for c in nb["release"] if _gid(c) == _gid(_cells(nb)[at]))
    _cells(nb).insert(at + dice.randint(0, 1), copy.deepcopy(given) | {"id": f"blank{dice.getrandbits(40):x}"})


def delete_cell(nb: Notebook, dice: random.Random) -> None:
    others = [i for i, c in enumerate(_cells(nb)) if not _is_answer(c)]
    del _cells(nb)[dice.choice(others)]


def split_answer(nb: Notebook, dice: random.Random) -> None:
    """An answer cell cut at a line, as the editor's Split does: both halves keep the marks."""
    many = [i for i, c in enumerate(_cells(nb)) if _is_answer(c) and c["source"].strip().count("\n") > 1]
    if many:
        at = dice.choice(many)
        lines = _cells(nb)[at]["source"].split("\n")
        cut = dice.randint(1, len(lines) - 1)
        second = copy.deepcopy(_cells(nb)[at]) | {
            "source": "\n".join(lines[cut:]),
            "id": f"half{dice.getrandbits(40):x}",
        }
        _cells(nb)[at]["source"] = "\n".join(lines[:cut])
        _cells(nb).insert(at + 1, second)


def merge_below(nb: Notebook, dice: random.Random) -> None:
    """Two neighbouring cells merged; type and marks of the first stay."""
    at = dice.randrange(len(_cells(nb)) - 1)
    first, second = _cells(nb)[at], _cells(nb)[at + 1]
    first["source"] = first["source"] + "\n\n" + second["source"]
    del _cells(nb)[at + 1]


def reorder(nb: Notebook, dice: random.Random) -> None:
    cell = _cells(nb).pop(dice.randrange(len(_cells(nb))))
    _cells(nb).insert(dice.randrange(len(_cells(nb)) + 1), cell)


def shuffle_some(nb: Notebook, dice: random.Random) -> None:
    begin = dice.randrange(max(1, len(_cells(nb)) - 6))
    part = _cells(nb)[begin : begin + 6]
    dice.shuffle(part)
    _cells(nb)[begin : begin + 6] = part


def retype(nb: Notebook, dice: random.Random) -> None:
    cell = dice.choice(_cells(nb))
    cell["cell_type"] = dice.choice(["markdown", "raw", "code"])
    if cell["cell_type"] == "code":
        cell |= {"outputs": [], "execution_count": None}
    else:
        for name in ("outputs", "execution_count"):
            cell.pop(name, None)


def strip_one(nb: Notebook, dice: random.Random) -> None:
    dice.choice(_cells(nb))["metadata"] = {}


def strip_all(nb: Notebook, dice: random.Random) -> None:
    for cell in _cells(nb):
        cell["metadata"] = {}


def strip_ids(nb: Notebook, dice: random.Random) -> None:
    for cell in _cells(nb):
        cell.pop("id", None)


def new_ids(nb: Notebook, dice: random.Random) -> None:
    for n, cell in enumerate(_cells(nb)):
        cell["id"] = f"x{n}"


def odd_ids(nb: Notebook, dice: random.Random) -> None:
    """Some cell ids are none that the format permits."""
    for cell in dice.sample(_cells(nb), 3):
        cell["id"] = f"cell {dice.random()}"


def colab(nb: Notebook, dice: random.Random) -> None:
    """Colab: ids in the metadata, cell ids gone, outputs and accelerators added."""
    nb["metadata"] |= {"colab": {"provenance": []}, "accelerator": "GPU"}
    for cell in _cells(nb):
        cell["metadata"] |= {"id": f"c{dice.random()}", "colab": {"base_uri": "https://localhost"}, "outputId": "z"}
        cell.pop("id", None)


def vscode(nb: Notebook, dice: random.Random) -> None:
    for cell in _cells(nb):
        cell["metadata"] |= {"vscode": {"languageId": "python"}}
        cell["id"] = f"{dice.getrandbits(32):08x}"


def lists(nb: Notebook, dice: random.Random) -> None:
    for cell in _cells(nb):
        cell["source"] = cell["source"].splitlines(keepends=True)


def odd_cells(nb: Notebook, dice: random.Random) -> None:
    """Things that are no cells among the cells."""
    odd = [
        None,
        3,
        "text",
        {},
        {"cell_type": "code"},
        {"cell_type": "heading", "source": "x", "level": 2},
        {"cell_type": 4, "source": 5, "metadata": []},
    ]
    for thing in odd:
        _cells(nb).insert(dice.randrange(len(_cells(nb))), copy.deepcopy(thing))


RULES: dict[str, Callable[[Notebook, random.Random], None]] = {
    f.__name__: f
    for f in (
        copy_cell, copy_blank_answer, delete_cell, split_answer, merge_below, reorder, shuffle_some, retype, strip_one,
        strip_all, strip_ids, new_ids, odd_ids, colab, vscode,
    )
}  # fmt: skip


def _plain(nb: Notebook) -> Notebook:
    return {k: v for k, v in nb.items() if k != "release"}


def as_utf16(nb: Notebook) -> bytes:
    return json.dumps(_plain(nb), ensure_ascii=False).encode("utf-16")


def as_bom(nb: Notebook) -> bytes:
    return b"\xef\xbb\xbf" + json.dumps(_plain(nb), ensure_ascii=False).encode()


def as_crlf(nb: Notebook) -> bytes:
    made = copy.deepcopy(_plain(nb))
    for cell in made["cells"]:
        cell["source"] = cell["source"].replace("\n", "\r\n")
    return json.dumps(made, indent=1).replace("\n", "\r\n").encode()


def as_version_3(nb: Notebook) -> bytes:
    cells = []
    for cell in nb["cells"]:
        made = {"cell_type": cell["cell_type"], "metadata": cell["metadata"]}
        if cell["cell_type"] == "code":
            made |= {
                "input": cell["source"],
                "language": "python",
                "outputs": [],
                "collapsed": False,
                "prompt_number": 1,
            }
        cells.append(made if "input" in made else made | {"source": cell["source"]})
    return json.dumps(
        {"worksheets": [{"cells": cells, "metadata": {}}], "nbformat": 3, "nbformat_minor": 0, "metadata": {}}
    ).encode()


def as_lists(nb: Notebook) -> bytes:
    made = copy.deepcopy(_plain(nb))
    lists(made, random.Random(0))
    return json.dumps(made).encode()


def as_with_odd_cells(nb: Notebook) -> bytes:
    made = copy.deepcopy(_plain(nb))
    odd_cells(made, random.Random(len(json.dumps(made))))
    return json.dumps(made).encode()


def as_saved(nb: Notebook) -> bytes:
    return json.dumps(_plain(nb), indent=1, ensure_ascii=False).encode()


FORMS: dict[str, Callable[[Notebook], bytes]] = {
    f.__name__: f for f in (as_saved, as_utf16, as_bom, as_crlf, as_version_3, as_lists, as_with_odd_cells)
}


def as_percent(nb: Notebook) -> bytes:
    """A script with percent cells, as VS Code, Spyder and jupytext write it."""
    parts = []
    for cell in nb["cells"]:
        if cell["cell_type"] == "code":
            parts.append(f"# %%\n{cell['source']}\n")
        else:
            parts.append("# %% [markdown]\n" + "\n".join(f"# {line}" for line in cell["source"].split("\n")) + "\n")
    return "\n".join(parts).encode()


def as_markdown(nb: Notebook) -> bytes:
    parts = [
        f"```python\n{c['source']}\n```\n" if c["cell_type"] == "code" else c["source"] + "\n" for c in nb["cells"]
    ]
    return "\n".join(parts).encode()
