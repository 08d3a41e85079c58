"""The public part of the items, built from `items.yaml`: no key, no solution. Read through `load`."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@functools.cache
def load(module: str) -> dict[str, Any]:
    """Public data of a module, for example "module_01". Raises `LookupError` with one sentence."""
    path = HERE / f"{module}.json"
    if not path.exists():
        raise LookupError(f"There is no {module} in this edition of the course.")
    return json.loads(path.read_text(encoding="utf-8"))


def entry(kind: str, name: str) -> dict[str, Any]:
    """One item or practice question (`kind` is "items" or "practice") by its id, such as "m01-c1"."""
    module = f"module_{name[1:3]}"
    entries = load(module)[kind]
    if name not in entries:
        raise LookupError(f'There is no "{name}" in {module}. Its ids: {", ".join(entries)}.')
    return entries[name]
