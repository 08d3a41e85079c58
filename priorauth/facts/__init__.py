"""The fact base: what a rule, a code list or a published figure says, with its citation.

People edit three text files in this folder: ``regulation.yaml``, ``coding.yaml`` and ``statistics.yaml``.
This module reads them. A file is cut into entries as text, and only the entries that are asked for are parsed,
so that the first fact costs a few milliseconds.

>>> from priorauth.facts import fact, cite
>>> fact("ma-od-expedited-72-hours").number("hours")
72
>>> cite("ma-od-expedited-72-hours")
'(42 CFR 422.572, as of 2026-11)'
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

__all__ = ["CONFIRMATIONS", "Fact", "FactError", "all_facts", "cite", "cite_full", "fact", "gradable"]

FOLDER = Path(__file__).parent
SOURCES = ("regulation", "coding", "statistics")

# How sure a fact is, strongest first, and how that reads in a sentence.
CONFIRMATIONS = {
    "official text": "read in the official text",
    "publisher's own text": "read in the publisher's own text",
    "two independent texts": "two independent texts agree",
    "copy of official text": "read in a copy of the official text",
    "secondary source": "read in a secondary source only",
    "unconfirmed": "not confirmed in any text",
}
# Without a second check, these alone are strong enough for points.
STRONG_ALONE = frozenset({"official text", "publisher's own text", "copy of official text"})


class FactError(KeyError):
    """An id, or a part of a value, that the fact base does not hold. The message is one sentence."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


@dataclass(frozen=True)
class Fact:
    """One entry of the fact base.

    ``value`` holds the numbers (the key names the unit, as in ``{"calendar_days": 7}``), or one figure with its
    ``unit``, or nothing. ``second_check`` is ``agrees``, ``too weak`` or ``not done``. ``gradable`` says whether
    a graded question may rest on the entry. ``note`` tells the learner what is in doubt.
    """

    id: str
    topic: str
    statement: str
    citation: str
    as_of: str
    confirmation: str
    second_check: str
    gradable: bool
    source: str
    url: str = ""
    applies_to: tuple[str, ...] = ()
    value: Any = field(default=None, compare=False)
    unit: str = ""
    year: int | None = None
    clock_starts: str = ""
    effective_from: str = ""
    also_seen: str = ""
    note: str = ""

    def number(self, key: str) -> int | float:
        """The number stored under ``key`` of the value. FactError if there is none."""
        found = self.value.get(key) if isinstance(self.value, Mapping) else None
        if isinstance(found, bool) or not isinstance(found, (int, float)):
            have = ", ".join(self.value) if isinstance(self.value, Mapping) else "no named values"
            raise FactError(f"The fact '{self.id}' has no number called '{key}'; it has: {have}.")
        return found


_FIELDS = {f.name for f in fields(Fact)}


@lru_cache(maxsize=1)
def _index() -> dict[str, tuple[str, str]]:
    """Id -> (source file, text of the entry). Every entry starts with ``- id: `` at the left margin."""
    found: dict[str, tuple[str, str]] = {}
    for source in SOURCES:
        text = (FOLDER / f"{source}.yaml").read_text(encoding="utf-8")
        for entry in re.split(r"(?m)^(?=- id: )", text)[1:]:
            key = entry[len("- id: ") :].split("\n", 1)[0].strip()
            if key in found:
                raise FactError(f"The fact id '{key}' stands twice: in {found[key][0]}.yaml and in {source}.yaml.")
            found[key] = (source, entry)
    return found


def _frozen(value: Any) -> Any:
    """Read-only copies, so that nobody changes a fact that others read later."""
    if isinstance(value, dict):
        return MappingProxyType({str(key): _frozen(item) for key, item in value.items()})
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return value


def _parse(text: str) -> list[dict[str, Any]]:
    import yaml  # here, so that importing the package stays cheap

    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@cache
def _read(key: str) -> Fact:
    source, text = _index()[key]
    (entry,) = _parse(text)
    unknown = set(entry) - _FIELDS
    if unknown:
        raise FactError(f"The fact '{key}' in {source}.yaml has a field nobody knows: {', '.join(sorted(unknown))}.")
    entry = {name: _frozen(value) for name, value in entry.items() if value is not None}
    try:
        return Fact(source=source, **entry)
    except TypeError:
        missing = {"topic", "statement", "citation", "as_of", "confirmation", "second_check", "gradable"}
        raise FactError(
            f"The fact '{key}' in {source}.yaml lacks: {', '.join(sorted(missing - set(entry)))}."
        ) from None


def fact(id: str) -> Fact:
    """The fact with this id. FactError with the nearest ids if there is none."""
    if id in _index():
        return _read(id)
    near = difflib.get_close_matches(str(id), _index(), n=3, cutoff=0.5)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise FactError(f"There is no fact with the id '{id}'.{hint}")


def all_facts(source: str | None = None) -> list[Fact]:
    """Every fact, in the order of the files; or those of one file (``regulation``, ``coding``, ``statistics``)."""
    if source is not None and source not in SOURCES:
        raise FactError(f"There is no fact file '{source}'; there are {', '.join(SOURCES)}.")
    return [_read(key) for key, (where, _) in _index().items() if source in (None, where)]


def gradable(id: str) -> bool:
    """May a graded question rest on this fact?"""
    return fact(id).gradable


# "(b)(1)(ii)" right after a section number, also in "(d)-(e)" and "(a)(2), (e)(5)".
_PARAGRAPHS = re.compile(r"(?<=[0-9A-Za-z])(?:(?:, ?|-)?\((?:[a-z]{1,4}|[A-Z]{1,3}|\d{1,2})\))+(?!:)")
_SAME_SECTION_TWICE = re.compile(r"\b([\d.]+), \1(?![\d.])")


def cite(id: str) -> str:
    """Short citation for a sentence: ``(42 CFR 422.568, as of 2026-11)``. Paragraph letters are left to cite_full."""
    found = fact(id)
    sections = _SAME_SECTION_TWICE.sub(r"\1", _PARAGRAPHS.sub("", found.citation))
    return f"({sections}, as of {found.as_of})"


def _site(url: str) -> str:
    """`ecfr.gov` of an address: short enough to be read aloud."""
    return urlsplit(url).netloc.removeprefix("www.")


def cite_full(id: str) -> str:
    """One Markdown line for a list of sources: citation, statement, address, date, confirmation, and doubts if any."""
    found = fact(id)
    since = f", in force from {found.effective_from}" if found.effective_from else ""
    note = f" Note: {found.note}" if found.note else ""
    address = f" [Read it at {_site(found.url)}](<{found.url}>)" if found.url else ""
    statement = found.statement if found.statement.endswith((".", "!", "?")) else found.statement + "."
    return (
        f"**{found.citation}.** {statement}{address} "
        f"(as of {found.as_of}{since}; {CONFIRMATIONS[found.confirmation]}).{note}"
    )
