"""A notebook as blocks of safe HTML for reading: text, what a cell shows, exercises."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import Any

from nbconvert.filters import markdown2html, strip_ansi

from coursekit.notebooks import grade_id, is_own

SOLUTION = re.compile(r"### BEGIN SOLUTION.*?### END SOLUTION\n?", re.DOTALL)
ANCHOR = re.compile(r'<a class="anchor-link".*?</a>', re.DOTALL)
PICTURE_PATH = re.compile(r'(src=")img/')
TABLE = re.compile(r"<table(?![^>]*role=)([^>]*)>(.*?)</table>", re.DOTALL)
SCROLLER = re.compile(r'<div style="overflow-x: auto;" tabindex="0"[^>]*>')
HANDBOOK = re.compile(r'href="/course/([a-z0-9-]+)"')
PLACE = re.compile(r'<h[23] id="([^"]+)">\s*(\d+\.\d+|m\d\d-[a-z]\d+)\b')
OWN_WORDS = "<p>One set of records. In your notebook you find your own, of the same kind.</p>"
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One part of the page. kind: text, code, output, exercise; title and anchor where it begins a section."""

    kind: str
    html: str
    title: str = ""
    anchor: str = ""


def blocks(notebook: Any) -> list[Block]:
    """The notebook's cells in order. Check cells are left out; an exercise shows its prompt and where its answer goes."""
    found: list[Block] = []
    for cell in notebook.cells:
        name = grade_id(cell)
        if name.endswith("-check"):
            continue
        if cell.cell_type == "markdown":
            found.append(_text(cell.source, "exercise" if name.endswith("-prompt") else "text"))
        elif name:
            starter = SOLUTION.sub("", cell.source).strip()
            found.append(
                Block(
                    "answer",
                    f"<pre tabindex='0' aria-label='Answer cell of {escape(name)}'><code>{escape(starter)}</code></pre>",
                )
            )
        else:
            found += _code(cell)
    return found


def anchors(parts: list[Block]) -> dict[str, str]:
    """Section number (1.3) or item id (m01-c2) -> the id of its heading on the page."""
    return {name: anchor for block in parts for anchor, name in PLACE.findall(block.html)}


def _text(source: str, kind: str) -> Block:
    html = ANCHOR.sub("", markdown2html(source))
    html = HANDBOOK.sub(r'href="\1.html"', html)
    heading = HEADING.search(source)
    anchor = re.search(r'<h2 id="([^"]+)"', html)
    return Block(kind, _tables(html), heading[1] if heading else "", anchor[1] if anchor else "")


def _code(cell: Any) -> list[Block]:
    found = []
    if "hide-input" not in cell.metadata.get("tags", []) and not cell.source.startswith(
        ("practice(", "# The records of")
    ):
        found.append(Block("code", f"<pre tabindex='0' aria-label='Code'><code>{escape(cell.source)}</code></pre>"))
    if is_own(cell) and cell.outputs:
        found.append(Block("text", OWN_WORDS))
    shown = "".join(_output(output, cell.source) for output in cell.outputs)
    if shown:
        found.append(Block("output", shown))
    return found


def _output(output: Any, source: str) -> str:
    if output.output_type == "stream":
        return f"<pre tabindex='0' aria-label='Printed result'>{escape(strip_ansi(output.text))}</pre>"
    data = output.get("data", {})
    if "text/html" in data:
        return _tables(data["text/html"])
    if "image/png" in data:
        image = data["image/png"].replace("\n", "")
        return f'<img src="data:image/png;base64,{image}" alt="Plot. The sentence below says in words what it shows.">'
    return f"<pre tabindex='0' aria-label='Result'>{escape(data.get('text/plain', ''))}</pre>"


def _tables(html: str) -> str:
    """Wide tables scroll in a frame that the keyboard reaches; pandas' own scripts of style are left out."""
    html = re.sub(r"<style scoped>.*?</style>", "", html, flags=re.DOTALL)
    html = SCROLLER.sub("<div>", html)  # each table gets its own frame below
    html = re.sub(r'<style onload="[^"]*">.*?</style>', "", html, flags=re.DOTALL)
    html = html.replace("<th></th>", "<td></td>")
    return TABLE.sub(r'<div class="wide" tabindex="0" role="group" aria-label="Table"><table\1>\2</table></div>', html)
