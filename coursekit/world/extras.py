"""Small tables for single lessons: pages, stays, disclosures, incidents."""

from __future__ import annotations

from .catalog import Catalog
from .store import Store


def write_extras(store: Store, seed: int, cat: Catalog) -> None:
    """Filled in extras that only the shipped world has."""
