"""How hard a text is to read: words, sentences, syllables, and the grade that follows from them."""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*")
# A point after these ends no sentence.
_ABBREVIATION = (
    r"(?<!\bDr\.)(?<!\bMr\.)(?<!\bMs\.)(?<!\bMrs\.)(?<!\bSept\.)(?<!\bSep\.)(?<!\bOct\.)(?<!\ba\.m\.)(?<!\bp\.m\.)"
)
_END = re.compile(rf"(?<=[.!?:;]){_ABBREVIATION}\s+|\n{{2,}}|\n(?=[-*\d])")


def words(text: str) -> list[str]:
    """The words of a text, numbers left out."""
    return _WORD.findall(text)


def sentences(text: str) -> list[str]:
    """Sentences that hold a word."""
    return [s for s in _END.split(text) if _WORD.search(s)]


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
