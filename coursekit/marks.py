"""The marks inside sentences: `{{term: pend}}` and `{{cite: fact-id}}`, found in one place."""

from __future__ import annotations

import re

from priorauth import facts

INLINE = re.compile(r"\{\{(\w+):\s*([^}|]+?)\s*(?:\|\s*([^}]+?)\s*)?\}\}")


def plain_marks(text: str) -> str:
    """A text for places without links: a citation in words, a term as the word itself."""
    return INLINE.sub(lambda m: facts.cite(m[2]) if m[1] == "cite" else (m[3] or m[2]), text)


def cited(text: str) -> list[str]:
    """Ids of the facts that a text cites, in order."""
    return [m[2] for m in INLINE.finditer(text) if m[1] == "cite"]
