"""Checks of written answers and of the course's own prose: words, mentions, reading grade."""

from __future__ import annotations

import re
from typing import Any

_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*")


def words(text: str) -> list[str]:
    """The words of a text, numbers left out."""
    return _WORD.findall(text)


def sentences(text: str) -> list[str]:
    """Sentences that hold a word."""
    return [s for s in re.split(r"(?<=[.!?:;])\s+|\n{2,}|\n(?=[-*\d])", text) if _WORD.search(s)]


def syllables(word: str) -> int:
    """Syllables of an English word, by the usual rule of thumb."""
    word = word.lower().rstrip("'’s")
    groups = len(re.findall(r"[aeiouy]+", word))
    if word.endswith("e") and not word.endswith(("le", "ee")) and groups > 1:
        groups -= 1
    if word.endswith("ed") and not word.endswith(("ted", "ded")) and groups > 1:
        groups -= 1
    return max(1, groups)


def reading_grade(text: str) -> float:
    """Flesch-Kincaid grade level (Kincaid et al. 1975): 0.39 words/sentence + 11.8 syllables/word - 15.59."""
    found = words(text)
    if not found:
        return 0.0
    per_sentence = len(found) / max(1, len(sentences(text)))
    per_word = sum(map(syllables, found)) / len(found)
    return 0.39 * per_sentence + 11.8 * per_word - 15.59


def mentions(text: str, phrase: str) -> bool:
    """Whether a phrase stands in the text, as whole words; `*` at the end of a word leaves its ending open.

    A phrase between slashes is a regular expression.
    """
    if phrase.startswith("/") and phrase.endswith("/"):
        return re.search(phrase[1:-1], text, re.IGNORECASE) is not None
    pattern = re.escape(phrase).replace(r"\*", r"\w*").replace(r"\ ", r"\s+")
    return re.search(rf"(?<!\w){pattern}(?!\w)", text, re.IGNORECASE) is not None


def passes(rule: dict[str, Any], text: str) -> bool:
    """Whether a text keeps every condition of a rule. Unknown conditions raise `KeyError`."""
    return all(_CONDITIONS[name](text, value) for name, value in rule.items())


def _varied(text: str, least: float) -> bool:
    """Share of different words; a list of repeated words does not count as a text."""
    found = [w.lower() for w in words(text)]
    return bool(found) and len(set(found)) / len(found) >= least


_CONDITIONS = {
    "max_words": lambda text, n: len(text.split()) <= n,
    "min_words": lambda text, n: len(text.split()) >= n,
    "min_sentences": lambda text, n: len(sentences(text)) >= n,
    "mentions_any": lambda text, phrases: any(mentions(text, p) for p in phrases),
    "mentions_all": lambda text, phrases: all(mentions(text, p) for p in phrases),
    "mentions_each": lambda text, groups: all(any(mentions(text, p) for p in group) for group in groups),
    "together": lambda text, groups: any(
        all(any(mentions(s, p) for p in group) for group in groups) for s in sentences(text)
    ),
    "avoids": lambda text, phrases: not any(mentions(text, p) for p in phrases),
    "reading_grade": lambda text, most: reading_grade(text) <= most,
    "varied": _varied,
}
RULES = tuple(_CONDITIONS)
