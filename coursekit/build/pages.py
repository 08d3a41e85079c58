"""Built parts of the documentation: which items depend on which fact."""

from __future__ import annotations

from coursekit.items import ROOT, Module
from coursekit.marks import cited
from priorauth import facts

BEGIN, END = "<!-- built: items by fact -->", "<!-- end of built part -->"


def write_pages(modules: list[Module]) -> None:
    """Renew the built part of docs/facts.md; the written part stays as it is."""
    path = ROOT / "docs" / "facts.md"
    text = path.read_text(encoding="utf-8")
    head = text.split(BEGIN)[0].rstrip()
    path.write_text(f"{head}\n\n{BEGIN}\n{items_by_fact(modules)}\n{END}\n", encoding="utf-8", newline="\n")


def items_by_fact(modules: list[Module]) -> str:
    """A Markdown table: each fact that the course uses, its items, and the modules whose text cites it."""
    uses: dict[str, tuple[set[str], set[str]]] = {}
    for module in modules:
        for item in module.items:
            for name in item.facts:
                uses.setdefault(name, (set(), set()))[0].add(item.id)
        folder = ROOT / "notebooks" / module.name
        written = (folder / f"{module.name}.md").read_text(encoding="utf-8") + (folder / "items.yaml").read_text(
            encoding="utf-8"
        )
        for name in cited(written):
            uses.setdefault(name, (set(), set()))[1].add(module.name)
    rows = ["| Fact | May be graded | Graded items that rest on it | Cited in the text of |", "|---|---|---|---|"]
    for name, (items, texts) in sorted(uses.items()):
        rows.append(
            f"| `{name}` | {'yes' if facts.gradable(name) else 'no'} | {', '.join(sorted(items)) or '-'} | {', '.join(sorted(texts)) or '-'} |"
        )
    return "\n".join(rows)
