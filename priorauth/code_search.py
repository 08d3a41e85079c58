"""Search in ICD-10-CM, by code or by words.

Words are looked for in titles and in the "Also called" and "Includes" notes, each as the beginning of a word, in any
order. Everyday words and short forms stand in `EVERYDAY`. The best hits come first: words in the title before words in
the notes, short titles before long ones, then the order of the list.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from priorauth import codes

CODE = re.compile(r"[A-Za-z]\d[0-9A-Za-z.]*")  # a code, or the beginning of one, as people type it

#: What people say -> what the list says.
EVERYDAY = {
    "acl": "anterior cruciate",
    "afib": "atrial fibrillation",
    "als": "amyotrophic lateral",
    "bmi": "body mass index",
    "cancer": "malignant neoplasm",
    "chf": "heart failure",
    "ckd": "chronic kidney disease",
    "copd": "chronic obstructive pulmonary",
    "dm": "diabetes mellitus",
    "dvt": "deep vein thrombosis",
    "gerd": "gastro-esophageal reflux",
    "htn": "hypertension",
    "kidney failure": "end stage renal",
    "lung cancer": "malignant neoplasm bronchus lung",
    "ms": "multiple sclerosis",
    "oa": "osteoarthritis",
    "osa": "obstructive sleep apnea",
    "ra": "rheumatoid arthritis",
    "stroke": "cerebral infarction",
    "t1dm": "type 1 diabetes",
    "t2dm": "type 2 diabetes",
    "wet macular": "exudative macular",
}


@dataclass(frozen=True)
class Hit:
    """One code that a search found."""

    code: str
    title: str
    billable: bool
    because: str  # the title, or the note that holds the words


def _plain(text: str) -> str:
    return " " + re.sub(r"[^a-z0-9]+", " ", text.casefold()).strip()


@cache
def _index() -> list[tuple[str, str, str, int]]:
    """(code, plain title, plain notes, length of the title) of every category and code."""
    rows = []
    for line in codes._tree().lines[1:]:
        if line[0] in "#=@":
            continue
        fields = line.split("\t")
        terms = "\n".join(f[2:] for f in fields[2:] if f[:2] in ("t:", "i:"))
        rows.append((fields[0], _plain(fields[1]), _plain(terms) if terms else "", len(fields[1])))
    return rows


def words_of(query: str) -> list[str]:
    """The words that are really looked for, everyday words and short forms replaced."""
    text = _plain(query)
    for said in sorted(EVERYDAY, key=len, reverse=True):
        text = text.replace(f" {said} ", f" {EVERYDAY[said]} ") if f" {said} " in text + " " else text
        if (text + " ").endswith(f" {said} "):
            text = text[: -len(said)] + EVERYDAY[said]
    return [w for w in _plain(text).split() if w not in ("of", "the", "with", "and", "in", "to", "due", "a", "an")]


def search(query: str, limit: int = 20, billable: bool = False) -> list[Hit]:
    """The best `limit` hits for words, the beginning of a code, or `chapter 13`; only billable ones if asked for.

    Empty if none. Blanks within a whole code do not matter.
    """
    text = query.strip()
    if chapter := re.fullmatch(r"chapter\s*(\d+)", text, re.IGNORECASE):
        return _by_code(f"#{int(chapter[1])}", limit, billable)
    bare = re.sub(r"\s", "", text)
    if CODE.fullmatch(bare) and (bare == text or codes.find(bare)) and (hits := _by_code(codes.clean(bare), limit, billable)):  # fmt: skip
        return hits
    wanted = [f" {w}" for w in words_of(text)]
    if not wanted:
        return []
    found = []
    for n, (code, title, terms, length) in enumerate(_index()):
        if all(w in title for w in wanted):
            found.append((0, length, n, code))
        elif terms and all(w in title or w in terms for w in wanted):
            found.append((1, length, n, code))
    hits: list[Hit] = []
    for rank, _, _, code in sorted(found):
        entry = codes.find(code)
        if billable and not (entry.billable or entry.sevenths):
            continue
        note = "" if rank == 0 else next((t.text for t in entry.notes if _fits(t, wanted)), "")
        hits.append(Hit(code, entry.title, entry.billable, note or entry.title))
        if len(hits) == limit:
            break
    return hits


def _fits(note: codes.Note, wanted: list[str]) -> bool:
    return note.kind in ("Also called", "Includes") and any(w in _plain(note.text) for w in wanted)


def _by_code(text: str, limit: int, billable: bool) -> list[Hit]:
    entry = codes.find(text)
    names = [] if entry is None else [entry.code]
    if entry is None:
        names = [row[0] for row in _index() if row[0].startswith(text)]
    else:
        names += [*entry.children, *(codes.stem(entry.code) + c for c in entry.sevenths)]
    entries = [e for e in map(codes.find, names[: 4 * limit]) if e and (e.billable or not billable)]
    return [Hit(e.code, e.title, e.billable, e.title) for e in entries[:limit]]
