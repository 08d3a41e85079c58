"""Invented stories that no table of the world holds, as plain data: `table("drug_orders")` gives one as a DataFrame.

The YAML files beside this one hold what learners see. They hold no answers.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


@lru_cache(maxsize=16)
def _file(name: str) -> dict[str, list[dict[str, Any]]]:
    import yaml

    text = (Path(__file__).parent / f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def rows(name: str) -> list[dict[str, Any]]:
    """The stories of one name, as fresh dicts. KeyError with the known names if there is none."""
    for path in sorted(Path(__file__).parent.glob("*.yaml")):
        found = _file(path.stem).get(name)
        if found is not None:
            return [dict(row) for row in found]
    known = sorted(k for p in Path(__file__).parent.glob("*.yaml") for k in _file(p.stem))
    raise KeyError(f"There are no stories called {name!r}; there are {', '.join(known)}.")


def table(name: str, columns: list[str] | None = None) -> pd.DataFrame:
    """The stories of one name as a table, with the named columns, or all of them."""
    import pandas as pd

    found = pd.DataFrame(rows(name))
    return found[columns] if columns else found
