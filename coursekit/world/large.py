"""Millions of requests: the same generator in chunks, written as Parquet or CSV parts with little memory.

Every chunk has its own random stream, made from (seed, chunk), so the result does not depend on the number of workers, and a run that was stopped
goes on where it was: a part that is there is complete, because it is written under another name first.
"""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from priorauth import schema

from .clock import EPOCH
from .store import PREFIX

#: Requests in a chunk: small enough for memory, large enough for the calibration of each chunk.
CHUNK = 10_000
#: Tables that only the shipped world has.
SHIPPED_ONLY = ("pages", "stays", "stay_days", "disclosures", "incidents")
BIG = tuple(t for t in PREFIX if t not in SHIPPED_ONLY)

Progress = Callable[[int, int, float], None]


def write_large(
    out: str | Path,
    requests: int = 1_000_000,
    fmt: str = "parquet",
    workers: int = 2,
    progress: Progress | None = None,
    seed: int = 20260930,
    chunk: int = CHUNK,
) -> dict[str, Any]:
    """Write a world of `requests` requests to the folder `out`: out/<table>/part-00000.parquet (or .csv), the catalog tables as single parts.

    Returns {"requests", "rows", "rows_by_table", "seconds", "chunks", "reused"}. `progress(done, total, seconds_left)` is called after every chunk.
    Call it again after an interruption: finished chunks are kept. Raises ValueError for an unknown format, a size below one, or a folder of another run.
    """
    if fmt not in ("parquet", "csv"):
        raise ValueError(f"The format must be 'parquet' or 'csv', not {fmt!r}.")
    if requests < 1 or workers < 1 or chunk < 100:
        raise ValueError("requests and workers must be at least 1, chunk at least 100.")
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    _same_run(out, {"seed": seed, "requests": requests, "chunk": chunk, "fmt": fmt})
    started = time.perf_counter()
    _write_catalog(out, fmt)
    sizes = [min(chunk, requests - k * chunk) for k in range(-(-requests // chunk))]
    done: dict[int, dict[str, int]] = {k: rows for k in range(len(sizes)) if (rows := _finished(out, k)) is not None}
    reused = len(done)
    todo = [k for k in range(len(sizes)) if k not in done]
    if todo:
        with ProcessPoolExecutor(max_workers=min(workers, len(todo)), mp_context=get_context("spawn")) as pool:
            jobs = {pool.submit(_chunk, str(out), seed, k, sizes[k], fmt): k for k in todo}
            for job in as_completed(jobs):
                done[jobs[job]] = job.result()
                if progress:
                    made = len(done) - reused
                    left = (time.perf_counter() - started) / made * (len(sizes) - len(done))
                    progress(len(done), len(sizes), left)
    by_table = {t: sum(rows.get(t, 0) for rows in done.values()) for t in BIG}
    return {
        "requests": requests,
        "rows": sum(by_table.values()),
        "rows_by_table": by_table,
        "seconds": round(time.perf_counter() - started, 1),
        "chunks": len(sizes),
        "reused": reused,
    }


def _same_run(out: Path, run: dict[str, Any]) -> None:
    note = out / "run.json"
    if note.exists():
        if json.loads(note.read_text(encoding="utf-8")) != run:
            raise ValueError(f"The folder {out} holds another world (see run.json); choose an empty folder.")
        return
    if any(out.iterdir()):
        raise ValueError(f"The folder {out} is not empty; choose an empty folder.")
    note.write_text(json.dumps(run), encoding="utf-8")


def _finished(out: Path, k: int) -> dict[str, int] | None:
    path = out / "done" / f"{k:05d}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _write_catalog(out: Path, fmt: str) -> None:
    from .generate import catalog

    for name, rows in catalog().tables.items():
        path = out / name / f"part-00000.{fmt}"
        if not path.exists():
            _write_part(path, name, rows, fmt)


def _chunk(out: str, seed: int, k: int, n: int, fmt: str) -> dict[str, int]:
    """Generate and write one chunk; a marker file says that it is complete."""
    from .generate import generate_chunk

    gc.disable()
    store = generate_chunk(seed, k, n)
    counts = {}
    for name in BIG:
        rows = store.tables[name]
        counts[name] = len(rows)
        _write_part(Path(out) / name / f"part-{k:05d}.{fmt}", name, rows, fmt)
        store.tables[name] = []
    marker = Path(out) / "done" / f"{k:05d}.json"
    marker.parent.mkdir(exist_ok=True)
    tmp = marker.with_suffix(".tmp")
    tmp.write_text(json.dumps(counts), encoding="utf-8")
    tmp.replace(marker)
    del store
    gc.enable()
    gc.collect()
    return counts


def _write_part(path: Path, name: str, rows: list[dict[str, Any]], fmt: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    tmp = path.with_suffix(".tmp")
    if fmt == "csv":
        from .write import table_text

        tmp.write_text(table_text(name, rows), encoding="utf-8", newline="\n")
    else:
        import pyarrow.parquet as pq

        pq.write_table(_arrow(name, rows), tmp, compression="zstd")
    tmp.replace(path)


def _arrow(name: str, rows: list[dict[str, Any]]) -> Any:
    """Rows as an Arrow table with the schema's types; dates are days since 1970, times are minutes turned into seconds."""
    import numpy as np
    import pyarrow as pa

    from .clock import day_of

    offset = (EPOCH - EPOCH.replace(year=1970, month=1, day=1)).days
    columns, fields = [], []
    for c in schema.TABLES[name].columns:
        values = [r.get(c.name) for r in rows]
        if c.kind in ("date", "datetime"):
            values = [day_of(v) if isinstance(v, str) else v for v in values]
            empty = np.array([v is None for v in values], dtype=bool)
            whole = np.array([0 if v is None else v for v in values], dtype=np.int64)
            if c.kind == "date":
                made = pa.array((whole + offset).astype(np.int32), mask=empty).cast(pa.date32())
            else:
                made = pa.array((whole + offset * 1440) * 60, mask=empty).cast(pa.timestamp("s"))
        else:
            kind = {"text": pa.string(), "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_()}[c.kind]
            made = pa.array(values, type=kind)
        columns.append(made)
        fields.append(pa.field(c.name, made.type, nullable=c.null))
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))
