"""Truth that needs the whole chart: every criterion of every request judged."""

from __future__ import annotations

from .catalog import Catalog
from .store import Store


def finish_truth(store: Store, cat: Catalog) -> None:
    """Judge criteria and finish the truth tables."""
