"""nbgrader's tables: making an empty gradebook, finding and adding rows."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
import types
import uuid
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any


def add(base: sqlite3.Connection, table: str, **values: Any) -> None:
    """Put a row into a table, unless it is there."""
    base.execute(
        f"INSERT OR IGNORE INTO {table} ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
        tuple(values.values()),
    )


def new(base: sqlite3.Connection, table: str, **values: Any) -> str:
    """Put a new row into a table; its id."""
    row = uuid.uuid4().hex
    add(base, table, id=row, **values)
    return row


def find(base: sqlite3.Connection, table: str, **values: Any) -> str | None:
    """The id of the row with these values, if there is one."""
    found = base.execute(
        f"SELECT id FROM {table} WHERE {' AND '.join(f'{k} = ?' for k in values)}", tuple(values.values())
    ).fetchone()
    return found[0] if found else None


def make(path: Path) -> None:
    """An empty gradebook with nbgrader's tables.

    Only nbgrader's database module is loaded: the package itself loads all of Jupyter's servers first, a check of
    web addresses that is not needed here takes a second, and asking alembic by its command takes three.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    with _light_nbgrader() as folder:
        from alembic.script import ScriptDirectory
        from nbgrader.api import Base
        from sqlalchemy import create_engine

        engine = create_engine(f"sqlite:///{part.as_posix()}")
        with engine.connect() as base:
            base.exec_driver_sql("BEGIN")  # one transaction in all: each costs a wait for the disk
            Base.metadata.create_all(base)
            base.commit()
        engine.dispose()
        version = ScriptDirectory(str(folder / "alembic")).get_current_head()
    with contextlib.closing(sqlite3.connect(part)) as base, base:
        base.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        base.execute("INSERT INTO alembic_version VALUES (?)", (version,))
    part.replace(path)


@contextlib.contextmanager
def _light_nbgrader() -> Iterator[Path]:
    """nbgrader's modules without what its package loads first; gives the package's folder."""
    spec = find_spec("nbgrader")
    folders = list(spec.submodule_search_locations or []) if spec else []
    standins: dict[str, Any] = {}
    if "nbgrader" not in sys.modules:
        standins["nbgrader"] = types.ModuleType("nbgrader")
        standins["nbgrader"].__path__ = folders
    sys.modules.update(standins)
    try:
        yield Path(folders[0])
    finally:
        for name in standins:
            del sys.modules[name]
