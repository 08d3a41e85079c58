"""Checks of written answers and of the course's own prose: words, mentions, reading grade."""

from __future__ import annotations

import re
from typing import Any

from priorauth.reading import reading_grade, sentences, syllables, words

__all__ = ["RULES", "copied", "mentions", "passes", "reading_grade", "sentences", "syllables", "words"]

# The small words that hold sentences together; a list of keywords has few of them.
_SMALL = frozenset(
    "a an the this that these those it its he she they we you i me us him her them my our your their is are was were be been "
    "am do does did has have had will would can could may must should not no and or but so if when while because as than then "
    "to of in on at by for from with until before after about up out off into over there here what who why how any some all "
    "only first also too again still yet just".split()
)


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


def copied(text: str, source: str, run: int = 5) -> float:
    """Share of the text's runs of `run` words that stand in the source, too; 0 for a shorter text."""
    mine, theirs = ([w.lower() for w in words(t)] for t in (text, source))
    known = {tuple(theirs[i : i + run]) for i in range(len(theirs) - run + 1)}
    runs = [tuple(mine[i : i + run]) for i in range(len(mine) - run + 1)]
    return sum(r in known for r in runs) / len(runs) if runs else 0.0


def _small_words(text: str, limits: list[float]) -> bool:
    """Share of small words such as "the", "to" and "you", between two limits; a list of keywords has few of them."""
    found = [w.lower().replace("’", "'").split("'")[0] for w in words(text)]
    return bool(found) and limits[0] <= sum(w in _SMALL for w in found) / len(found) <= limits[1]


def _sentence_words(text: str, limits: list[float]) -> bool:
    """Words in a sentence, on average, between two limits."""
    found = sentences(text)
    return bool(found) and limits[0] <= len(words(text)) / len(found) <= limits[1]


def _one_sentence(text: str, wanted: dict[str, Any]) -> bool:
    """One sentence `has` a phrase of each group and `lacks` all of some phrases."""
    return any(
        all(any(mentions(s, p) for p in group) for group in wanted["has"])
        and not any(mentions(s, p) for p in wanted.get("lacks", []))
        for s in sentences(text)
    )


def _times(text: str, wanted: dict[str, Any]) -> bool:
    """At least `least` of the text's words are among `words`, such as "you" and "your"."""
    return sum(w.lower() in wanted["words"] for w in words(text)) >= wanted["least"]


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
    "own_words": lambda text, wanted: copied(text, wanted["of"]) <= wanted["most"],
    "small_words": _small_words,
    "sentence_words": _sentence_words,
    "one_sentence": _one_sentence,
    "times": _times,
}
RULES = tuple(_CONDITIONS)
