"""Shared by all tests: the modules that exist, their compiled items, their notebooks."""

from __future__ import annotations

import functools
import signal
from collections import Counter
from pathlib import Path

import nbformat
import pytest
from hypothesis import HealthCheck, settings
from keyboard import at, notebook  # noqa: F401  fixtures of the browser tests of the tools

from coursekit.items import ROOT, load_module, written_modules

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # tests started in the background: servers must still hear Ctrl+C
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says something of the machine and what else it does, not of the code.
settings.register_profile("course", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("course")

MODULES = written_modules()


def pytest_configure(config: pytest.Config) -> None:
    assert MODULES, "no module found: the tests of items and notebooks would test nothing"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long come first, so that all workers end at about the same time."""
    number = Counter(item.path for item in items)
    marked = {mark: {item.path for item in items if item.get_closest_marker(mark)} for mark in ("hub", "slow")}
    items.sort(key=lambda i: (i.path not in marked["hub"], i.path not in marked["slow"], -number[i.path]))


@functools.cache
def compiled_module(name: str) -> list:
    """Compiled items of a module, made once for all tests."""
    from coursekit.build.compile import compile_module
    from coursekit.world import World

    return compile_module(load_module(name), World.load(ROOT))


@functools.cache
def read_built(folder: str, name: str) -> nbformat.NotebookNode:
    """A built notebook: folder is notebooks, source or release."""
    return nbformat.read(ROOT / folder / name / f"{name}.ipynb", as_version=4)


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(params=MODULES)
def module_name(request: pytest.FixtureRequest) -> str:
    return request.param
