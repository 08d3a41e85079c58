"""A finished world: the tables as learners load them, and the truth beside them."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from priorauth import schema

if TYPE_CHECKING:
    import pandas as pd

TRUTH = Path(__file__).parent / "truth"
_NOT_TABLES = ("casework.csv", "checksums.json")


@dataclass
class World:
    """`tables`: name -> DataFrame as `priorauth.data.load` gives it. `truth`: name -> DataFrame, all text. `texts`: file name -> content of the data folder."""

    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    truth: dict[str, pd.DataFrame] = field(default_factory=dict)
    policies: list[dict[str, Any]] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    truth_texts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, repo: str | Path | None = None) -> World:
        """Read tables and truth from a course folder (default: this one) without generating anything; nobody changes them."""
        root = Path(repo) if repo else Path(__file__).resolve().parents[2]
        data, truth = root / "datasets", root / "coursekit" / "world" / "truth"
        shown = [p for p in sorted(data.iterdir()) if p.suffix in (".csv", ".json") and p.name not in _NOT_TABLES]
        stamps = [(p, (s := p.stat()).st_mtime_ns, s.st_size) for p in [*shown, *sorted(truth.glob("*.csv"))]]
        return _loaded(tuple(stamps), len(shown))


@lru_cache(maxsize=1)
def _loaded(files: tuple[tuple[Path, int, int], ...], shown: int) -> World:
    """The world in these files (path, time, size), of which the first ones are shown; read once in a process."""
    texts = [(path.name, path.read_text(encoding="utf-8")) for path, *_ in files]
    return _world(dict(texts[:shown]), dict(texts[shown:]))


def _world(texts: dict[str, str], truth: dict[str, str]) -> World:
    import pandas as pd

    from priorauth.data import _parse

    tables = {n[:-4]: _parse(schema.TABLES[n[:-4]], t.encode("utf-8")) for n, t in texts.items() if n.endswith(".csv")}
    frames = {n[:-4]: pd.read_csv(io.StringIO(t), dtype="str", keep_default_na=False) for n, t in truth.items()}
    return World(tables, frames, json.loads(texts["policies.json"])["policies"], texts, truth)


def generate(seed: int | None = None, requests: int | None = None) -> tuple[dict[str, str], dict[str, str]]:
    """File name -> text, for the data folder and for the truth folder."""
    from .extras import write_extras
    from .generate import REQUESTS, SEED, catalog, generate_chunk
    from .items import POLICIES
    from .keys import finish_truth
    from .write import policies_text, table_text, truth_text

    seed, requests = seed or SEED, requests or REQUESTS
    store = generate_chunk(seed, 0, requests)
    cat = catalog()
    write_extras(store, seed, cat)
    finish_truth(store, cat)
    rows = {**cat.tables, **store.tables}
    texts = {f"{name}.csv": table_text(name, rows.get(name, [])) for name in schema.required()}
    texts["policies.json"] = policies_text(POLICIES)
    return texts, {f"{name}.csv": truth_text(r) for name, r in sorted(store.truth.items())}


@lru_cache(maxsize=2)
def build_world(seed: int | None = None, requests: int | None = None) -> World:
    """The world of a seed; made once in a process."""
    return _world(*generate(seed, requests))


def write_datasets(world: World, folder: str | Path, truth_folder: str | Path | None = None) -> dict[str, str]:
    """Write tables, policies, messages, dictionary and checksums to `folder`, truth to its own folder (default: beside this file). Returns file -> digest."""
    from .dictionary import dictionary_text
    from .messages import write_messages
    from .write import save

    folder = Path(folder)
    sums = {name: save(folder / name, text) for name, text in sorted(world.texts.items())}
    sums |= write_messages(world.tables, folder)
    save(folder / "README.md", dictionary_text(world))
    save(folder / "checksums.json", json.dumps(sums, indent=1) + "\n")
    out = Path(truth_folder) if truth_folder else TRUTH
    for name, text in sorted(world.truth_texts.items()):
        save(out / name, text)
    return sums
