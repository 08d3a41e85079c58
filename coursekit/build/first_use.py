"""Each word of the glossary is linked where a module's text uses it first, also where its author set no mark.

Only names that mean one thing count: the term itself, its abbreviations, and other names of several words. Headings,
tables, quotations, code, links and names of companies are left alone.
"""

from __future__ import annotations

import re
from functools import lru_cache

from priorauth import glossary
from priorauth.glossary import Term

#: Terms that ordinary sentences use in another sense, or that are mere numbers.
EVERYDAY = frozenset(
    "notification determination dismissal hub grandfathering attestation portal 275 276/277 278 270/271 835 837".split()
)
_KEPT = re.compile(
    r'''```.*?```|`[^`\n]*`|!?\[[^\]]*\]\((?:[^()"]|"[^"]*")*\)|\{\{[^}]*\}\}|<[^>\n]+>|https?://\S+|^(?:#|\||>)[^\n]*$''', re.DOTALL | re.MULTILINE
)  # fmt: skip
# A capital word before a capital name: "Harbor Advantage HMO" is a company.
_COMPANY = re.compile(r"\b(?!(?:The|But|And|For|Its) )[A-Z][\w-]{2,} $")


def names(term: Term) -> list[str]:
    """The names of a term by which its use in a text is told for certain."""
    if term.term in EVERYDAY:
        return []
    certain = [a for a in term.aliases if " " in a or (a.isupper() and len(a) > 1)]
    return [term.term, *(a for a in certain if a not in EVERYDAY and not a.isdigit())]


@lru_cache(maxsize=1)
def _known() -> tuple[re.Pattern[str], dict[str, Term]]:
    by_name = {_key(name): term for term in glossary.all_terms() for name in names(term)}
    longest = sorted({n for t in glossary.all_terms() for n in names(t)}, key=len, reverse=True)
    words = "|".join(_pattern(name) for name in longest)
    return re.compile(rf"(?<![\w/-])({words})(s?)(?![\w/-])"), by_name


def _pattern(name: str) -> str:
    first = name[0]
    head = f"[{first.upper()}{first}]" if first.islower() else re.escape(first)
    return head + re.escape(name[1:])


def _key(name: str) -> str:
    return name[:1].lower() + name[1:]


def uses(text: str) -> list[tuple[int, int, Term]]:
    """Where a text uses words of the glossary outside of marks: start, end, term, in order."""
    pattern, by_name = _known()
    hidden = _KEPT.sub(lambda m: "\0" * len(m[0]), text)
    return [
        (m.start(), m.end(), by_name[_key(m[1])])
        for m in pattern.finditer(hidden)
        if not (m[0][0].isupper() and _COMPANY.search(hidden[max(0, m.start() - 24) : m.start()]))
    ]


def marked(text: str, linked: set[str]) -> str:
    """The text with a mark at the first use of each term that is not in `linked`; `linked` grows.

    A term that the text marks itself counts from that place on.
    """
    own = [(m.start(), glossary.term(m[1]).term) for m in re.finditer(r"\{\{term:\s*([^}|]+?)\s*[|}]", text)]
    parts, done = [], 0
    for start, end, term in uses(text):
        before = {name for place, name in own if place < start}
        if term.term in linked or term.term in before:
            continue
        linked.add(term.term)
        parts += [text[done:start], f"{{{{word: {term.term}|{text[start:end]}}}}}"]
        done = end
    linked |= {name for _, name in own}
    return "".join([*parts, text[done:]])
