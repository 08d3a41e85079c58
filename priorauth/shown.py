"""How values are shown in a notebook, where the usual way shuts somebody out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from html import escape
from typing import Any

FOLD = "padding: 4px 0;"  # of a <summary>: 24 pixels are the least that a finger or an unsteady hand can aim at


def as_html(module: str, name: str, make: Callable[[Any], str | None]) -> None:
    """In a notebook, show values of the class `module.name` as the HTML that `make` gives. Elsewhere nothing happens."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        shell.display_formatter.formatters["text/html"].for_type_by_name(module, name, make)


def scroller(label: str) -> str:
    """The opening tag of a box in which something wide scrolls, also with the keyboard."""
    return f'<div style="overflow-x: auto;" tabindex="0" role="group" aria-label="{escape(label)}">'


def table(frame: Any) -> str | None:
    """A DataFrame as pandas shows it, but in a box that scrolls, and without header cells that have no words."""
    html = frame._repr_html_()
    if not html:
        return None
    rows, columns = frame.shape
    return html.replace("<th></th>", "<td></td>").replace(
        "<div>", scroller(f"Table, {rows} rows, {columns} columns"), 1
    )
