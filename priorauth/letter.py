"""An appeal letter, looked at part by part: is it there, does each claim name its page, can it be read.

The check finds words, and no more. Whether a letter convinces is for a colleague to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from priorauth.reading import reading_grade, sentences, words

FILE = Path(__file__).parent / "letters.yaml"
GRADE = 10.0  # the reader may be a clerk before it is a physician
LONGEST = 350  # words


@dataclass(frozen=True)
class Part:
    """One part of the letter: what it says, and the words by which the check knows it."""

    name: str
    says: str
    pattern: str


PARTS = (
    Part("Who and what", "patient, member number, case number, the service", r"\b(member|case)\b.{0,40}\d"),
    Part("Which decision", "the day of the notice, and that this appeals it", r"\bappeal\b.*\b(notice|denial|decision)\b|\b(notice|denial|decision)\b.*\bappeal\b"),
    Part("Their reason", "the reason in the payer's own words, or its criterion", r"[\"“].{6,}[\"”]|\bcriterion\b|\bC\d\b"),
    Part("Our answer", "what the criterion asks for, and that it is met", r"\b(meets?|met|shows?|fulfil\w*|satisf\w+)\b"),
    Part("The pages", "the page and its date behind each claim", r"\b(exhibit|page|encl\w*|attach\w*)\b"),
    Part("Why it matters", "what happens to this patient without it", r"\b(without|if .{0,60}(wait|delay)|delay\w*|risk|harm)\b"),
    Part("What we ask for", "reverse the denial, approve code, units, dates", r"\b(reverse|overturn|approve)\b"),
    Part("Who reviews, whom to call", "a fitting reviewer, a name and a number", r"\b555-01\d\d\b"),
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """An invented case of the workshop: the denial, its pages, and drafts by name."""

    name: str
    facts: tuple[str, ...]
    pages: dict[str, str]
    drafts: dict[str, str]


@dataclass(frozen=True)
class Check:
    """What the check found in a letter."""

    parts: tuple[tuple[Part, bool], ...]
    linked: dict[str, int]
    unknown: tuple[str, ...]
    loose: tuple[str, ...]
    grade: float
    length: int
    unfilled: int = 0

    @property
    def there(self) -> int:
        """How many parts are there."""
        return sum(found for _, found in self.parts)

    @property
    def sentence(self) -> str:
        """The check in words: parts, loose claims, pages, reading grade."""
        if not self.length:
            return "The letter is empty. Write it, or take a draft."
        missing = [p.name for p, found in self.parts if not found]
        first = f"First to add: {missing[0]}. " if missing else ""
        loose = len(self.loose)
        claims = "Every claim names its page." if not loose else f"{loose} claim{'s' * (loose > 1)} without a page."
        hard = "" if self.grade <= GRADE else " Shorten the sentences."
        open_ = (
            f"Brackets still to fill: {self.unfilled}. A sentence with one does not count. " if self.unfilled else ""
        )
        return f"{self.there} of {len(self.parts)} parts are there. {open_}{first}{claims} Reading grade {self.grade:.1f}.{hard}"


@lru_cache(maxsize=1)
def cases() -> tuple[Case, ...]:
    """The cases of the workshop."""
    import yaml  # here, so that importing the package stays cheap

    found: list[dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return tuple(Case(c["name"], tuple(c["facts"]), dict(c["pages"]), dict(c["drafts"])) for c in found)


_BRACKET = re.compile(r"\[[^\]\n]*\]")
_ENDS = re.compile(r"(?<=[.!?])\s+|\n")
_CLAIM = re.compile(r"\d+ (days|weeks|months|percent|%|mg)|\b(tried|failed|showed|shows|measured|examined|found|result|score)\b", re.I)  # fmt: skip


def check(text: str, pages: dict[str, str]) -> Check:
    """A letter against the eight parts and its pages (page id -> what it says).

    A claim is a sentence with a finding, a trial or a measure in it; it is loose if it names no page. What a criterion asks for,
    and what is quoted, needs none. A sentence with a bracket that nobody has filled, such as [date], counts for no part.
    """
    flat = " ".join(text.split())
    done = " ".join(s for s in _ENDS.split(text) if not _BRACKET.search(s))
    done = " ".join(done.split())
    named = re.findall(r"\bP\d+\b", flat)
    claims = [s.strip() for s in sentences(text) if _CLAIM.search(s)]
    loose = [s for s in claims if not re.search(r"\bP\d+\b|\basks? for\b|[\"“]", s)]
    return Check(
        tuple((part, bool(re.search(part.pattern, done, re.IGNORECASE))) for part in PARTS),
        {page: named.count(page) for page in pages},
        tuple(sorted(set(named) - set(pages))),
        tuple(loose),
        reading_grade(text),
        len(words(text)),
        len(_BRACKET.findall(text)),
    )
