"""A stand-in item bank for tests of drawing and of attempts: complete, with questions of no interest."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

from coursekit.exam.bank import FOLDER
from coursekit.exam.blueprint import PATH
from coursekit.exam.lint import FOR_FORMS, FOR_PRACTICE
from coursekit.items import ROOT

KINDS = ["single"] * 13 + ["multiple"] * 6 + ["true_false"] * 3 + ["numeric"] * 3


def stand_in(root: Path) -> Path:
    """Write blueprint and a complete bank below `root`; returns it."""
    (root / FOLDER).mkdir(parents=True)
    shutil.copyfile(ROOT / PATH, root / PATH)
    for module in range(1, 13):
        items = [_item(module, n) for n in range(FOR_FORMS + FOR_PRACTICE)]
        text = yaml.safe_dump({"module": module, "items": items}, sort_keys=False)
        (root / FOLDER / f"module_{module:02d}.yaml").write_text(text, encoding="utf-8")
    return root


def _item(module: int, n: int) -> dict[str, object]:
    kind = KINDS[(n * 7) % len(KINDS)]
    item: dict[str, object] = {
        "id": f"x{module:02d}-{n + 1:02d}", "title": "Stand-in", "section": f"{module}.1", "kind": kind,
        "objective": f"M{module:02d}.{n % 5 + 1}", "practice": n >= FOR_FORMS, "prompt": f"Question {n + 1} on area {module}?",
    }  # fmt: skip
    if kind == "true_false":
        options = {k: {"text": k, "because": "So it is."} for k in ("True", "False")}
        return item | {"options": options, "key": n % 2 == 0}
    if kind == "numeric":
        rejects = [{"misconception": f"{k}", "answer": str(n + k), "message": f"Not {k}."} for k in (1, 2, 3)]
        return item | {"key": n, "explain": "Count.", "rejects": rejects}
    letters = "ABCD" if kind == "single" else "ABCDE"
    options = {k: {"text": f"Text {k} of {n}", "because": f"Because {k}."} for k in letters}
    return item | {"options": options, "key": "ABCD"[n % 4] if kind == "single" else ["A", "ABCDE"[n % 4 + 1]]}
