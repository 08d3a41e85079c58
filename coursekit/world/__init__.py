"""The synthetic world, instructor side: generator, planted mistakes, truth. Learners get only what `write_datasets` writes.

`build_world()` makes it from its seed, `World.load(repo)` reads what was built, `write_datasets(world, folder)` writes it.
"""

from __future__ import annotations

from .world import World, build_world, write_datasets

__all__ = ["World", "build_world", "write_datasets"]
