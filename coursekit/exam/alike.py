"""Near-duplicates: pairs of questions that are too alike, found by the words that they share.

The measure: each question is the set of its pairs of neighboring words (prompt and options; numbers and dates made
alike, markup dropped). Two questions are as alike as the share of these pairs that they have in common (Jaccard index).
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from coursekit.errors import CourseError
from coursekit.exam.bank import load_bank
from coursekit.items import ROOT, load_module, written_modules

LIMIT = 0.45  # a pair above it is a near-duplicate
_MARK = re.compile(r"\{\{[^}]*\}\}|[`*|#>\[\]()\"“”]")
_MONTH = re.compile(r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b")


@dataclass(frozen=True)
class Alike:
    """Two questions and how alike they are (0 to 1)."""

    one: str
    two: str
    share: float

    @property
    def words(self) -> str:
        return f"{self.one} and {self.two} are alike: {self.share:.2f} of their word pairs are the same ({LIMIT} is the most)."


def shingles(text: str) -> frozenset[tuple[str, str]]:
    """Pairs of neighboring words, numbers made alike."""
    plain = _MONTH.sub("month", _MARK.sub(" ", text).casefold())
    words = [("#" if any(c.isdigit() for c in w) else w) for w in re.findall(r"[a-z0-9$%.,'-]*[a-z0-9]", plain)]
    return frozenset(zip(words, words[1:], strict=False))


def share(one: frozenset, two: frozenset) -> float:
    """The Jaccard index of two sets."""
    return len(one & two) / len(one | two) if one and two else 0.0


@functools.lru_cache(maxsize=2)
def texts(root: Path = ROOT) -> dict[str, str]:
    """Questions of the bank, of the quizzes and of the modules' practice, by id."""
    found: dict[str, str] = {}
    try:
        for item in load_bank(root):
            found[item.id] = " ".join(
                [item.prompt, *(o.text for o in item.options.values() if item.kind != "true_false")]
            )
    except CourseError:
        pass
    for name in written_modules(root):
        module = load_module(name, root)
        for item in module.items:
            if "-q" in item.id:
                found[item.id] = " ".join([item.prompt, *(o.text for o in item.options.values())])
        for question in module.practice:
            found[question.id] = " ".join([question.question, *(o.text for o in question.options.values())])
    return found


def pairs(known: dict[str, str], least: float, among: Iterable[str] | None = None) -> list[Alike]:
    """Pairs at least so alike, the most alike first. With `among`, one of the two is one of these."""
    sets = {k: shingles(v) for k, v in known.items()}
    where: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, mine in sets.items():
        for shingle in mine:
            where[shingle].append(name)
    common: dict[tuple[str, str], int] = defaultdict(int)
    wanted = set(sets if among is None else among)
    for names in where.values():
        if len(names) > 60:  # a phrase that everybody uses tells nothing, and would cost the most
            continue
        for i, one in enumerate(names):
            for two in names[i + 1 :]:
                if one in wanted or two in wanted:
                    common[one, two] += 1
    found = [Alike(a, b, share(sets[a], sets[b])) for (a, b), n in common.items() if n >= 3]
    return sorted((p for p in found if p.share >= least), key=lambda p: (-p.share, p.one, p.two))


def too_alike(root: Path = ROOT) -> list[Alike]:
    """Near-duplicates among the questions of the bank, and between these and quizzes and practice."""
    known = texts(root)
    return pairs(known, LIMIT, [k for k in known if k.startswith("x")])
