"""Word parts of medical terms: take a word apart, or build one from prefix, root and suffix.

The parts and words are data in `wordparts.yaml`. A word is read from its end: the suffix says what is the matter or what
is done, the root where, the prefix how or how many.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

KINDS = ("prefix", "root", "suffix")


@dataclass(frozen=True)
class WordPart:
    """A part as tables write it ("arthr/o"), its kind, its meaning, and a word that holds it."""

    part: str
    kind: str
    meaning: str
    word: str
    means: str

    @property
    def forms(self) -> tuple[str, ...]:
        """The spellings inside words, longest first: "arthro", "arthr"."""
        found = set()
        for form in re.split(r",\s*|(?<=-)/", self.part):
            stem, _, vowel = form.strip("-").partition("/")
            found |= {stem + vowel, stem} if vowel else {stem}
            if vowel and stem.endswith("i"):  # "cardi" gives up its i before another one: pericarditis
                found.add(stem[:-1])
        return tuple(sorted(found, key=lambda f: (-len(f), f)))


@dataclass(frozen=True)
class Built:
    """A word built from parts: its spelling, what the parts say, and what the word means if it is on the course's list."""

    word: str
    literal: str
    meaning: str  # empty for a word that is not on the list


@cache
def _data() -> dict[str, list[dict]]:
    return yaml.safe_load((Path(__file__).parent / "wordparts.yaml").read_text(encoding="utf-8"))


@cache
def parts(kind: str | None = None) -> tuple[WordPart, ...]:
    """All parts, or those of one kind (prefix, root, suffix), in alphabetical order."""
    if kind is not None and kind not in KINDS:
        raise ValueError(f"{kind} is no kind of word part; kinds are {', '.join(KINDS)}.")
    return tuple(WordPart(**entry) for entry in _data()["parts"] if kind in (None, entry["kind"]))


@cache
def words() -> dict[str, tuple[tuple[str, ...], str]]:
    """Whole words of the list: {word: (its parts, its meaning)}."""
    return {entry["word"]: (tuple(entry["parts"]), entry["meaning"]) for entry in _data()["words"]}


def part(name: str) -> WordPart:
    """The part with this name, such as "-itis" or "arthr/o". ValueError if there is none."""
    found = next((p for p in parts() if p.part == name), None)
    if found is None:
        raise ValueError(f"{name} is not in the course's table of word parts.")
    return found


def build(prefix: str = "", root: str = "", suffix: str = "") -> Built:
    """Put parts together. Roots drop their vowel before a suffix that begins with one. At least one root or suffix."""
    chosen = [part(name) for name in (prefix, root, suffix) if name]
    if not any(p.kind != "prefix" for p in chosen):
        raise ValueError("Choose a root or a suffix; a prefix alone is no word.")
    listed = {frozenset(names): word for word, (names, _) in words().items()}
    word = listed.get(frozenset(p.part for p in chosen)) or _spell(chosen)
    return Built(word, literal(chosen), words()[word][1] if word in words() else "")


def literal(chosen: list[WordPart]) -> str:
    """What the parts say, read from the end: "inflammation + joint"."""
    order = {"suffix": 0, "prefix": 1, "root": 2}
    return " + ".join(p.meaning for p in sorted(chosen, key=lambda p: order[p.kind]))


def _spell(chosen: list[WordPart]) -> str:
    word = ""
    for p in chosen:
        form = p.part.split(",")[0].strip("-").replace("/an-", "").replace("-/an", "")
        stem, _, vowel = form.partition("/")
        begins = stem[0] in "aeiou"
        if word and word[-1] in "aeiou" and begins:
            word = word[:-1]
            word = word[:-1] if word.endswith(stem[0]) else word
        word += stem + (vowel if p.kind == "root" else "")
    last = chosen[-1]
    return word if last.kind == "suffix" else word.rstrip("aeiou") if last.kind == "root" else word


def split(word: str) -> list[WordPart]:
    """The parts of a word, in the order of the word; [] where the table does not know them all.

    Among the ways to cut it, the one with the fewest parts counts.
    """
    text = word.strip().lower()
    if not re.fullmatch(r"[a-z]+", text):
        return []
    return list(_split(text, 0) or [])


@cache
def _split(text: str, state: int) -> tuple[WordPart, ...] | None:
    """The best cut of the rest; `state` 0 begins the word, 1 stands behind a prefix, 2 behind a root."""
    best: tuple[WordPart, ...] | None = None
    for p in parts():
        if p.kind == "prefix" and state > 0:
            continue
        for form in p.forms:
            if not text.startswith(form):
                continue
            rest = text[len(form) :]
            if p.kind == "suffix":
                found: tuple[WordPart, ...] | None = (p,) if not rest else None
            elif not rest:
                found = None
            else:
                tail = _split(rest, 1 if p.kind == "prefix" else 2)
                found = (p, *tail) if tail else None
            if found and (best is None or len(found) < len(best)):
                best = found
    return best
