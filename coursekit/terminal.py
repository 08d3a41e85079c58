"""What the course's commands share: where they print, and words that mean the same in all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

out = Console()
err = Console(stderr=True)

Workspace = Annotated[
    Path | None,
    typer.Option("--workspace", help="Folder with your notebooks (or PRIORAUTH_WORKSPACE).", show_default="workspace/"),
]
ModuleName = Annotated[str, typer.Argument(help="module_01, 01 or 1", show_default=False)]
