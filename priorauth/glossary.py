"""The words of the course: 140 terms in plain language, read from ``glossary.yaml``.

>>> from priorauth.glossary import term
>>> term("PA").term
'prior authorization'
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

__all__ = ["GlossaryError", "Term", "all_terms", "short_forms", "term"]

FILE = Path(__file__).parent / "glossary.yaml"
SHORT_FORMS = FILE.with_name("short_forms.yaml")


class GlossaryError(LookupError):
    """A word that the glossary does not have. The message is one sentence."""


@dataclass(frozen=True)
class Term:
    """A term, its meaning in one or two sentences, other names for it, and the area it belongs to."""

    term: str
    short: str
    core: bool
    aliases: tuple[str, ...]
    area: str


def _key(name: str) -> str:
    return " ".join(str(name).casefold().replace("-", " ").split())


@lru_cache(maxsize=1)
def all_terms() -> tuple[Term, ...]:
    """Every term, area by area, in the order of the file."""
    import yaml  # here, so that importing the package stays cheap

    entries = yaml.load(FILE.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return tuple(Term(**{**entry, "aliases": tuple(entry["aliases"])}) for entry in entries)


@lru_cache(maxsize=1)
def _names() -> dict[str, Term]:
    """Term or alias, in small letters -> term. GlossaryError if two terms claim one name."""
    found: dict[str, Term] = {}
    for entry in all_terms():
        for name in (entry.term, *entry.aliases):
            if found.setdefault(_key(name), entry) is not entry:
                raise GlossaryError(f"'{name}' stands for two terms: {found[_key(name)].term} and {entry.term}.")
    return found


def term(name: str) -> Term:
    """The term with this name or alias; capital letters and hyphens do not matter. GlossaryError with the nearest names."""
    found = _names().get(_key(name))
    if found:
        return found
    near = difflib.get_close_matches(_key(name), _names(), n=3, cutoff=0.6)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise GlossaryError(f"The glossary has no term '{name}'.{hint}")


@lru_cache(maxsize=1)
def short_forms() -> dict[str, str]:
    """Short forms that citations use, such as CFR, and what they stand for."""
    import yaml

    return yaml.safe_load(SHORT_FORMS.read_text(encoding="utf-8"))
