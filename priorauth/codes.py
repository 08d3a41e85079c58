"""ICD-10-CM: the whole tree of one release, search in it, and what is wrong with a code.

>>> from priorauth import codes
>>> codes.status("M54.5").sentence
'M54.5 is a parent. Codes below it carry the detail; 3 of them can be billed.'
>>> [hit.code for hit in codes.search("osteoarthritis right knee")][:1]
['M17.11']

The release is that of April 2026 (see `priorauth/icd10cm`). Codes with a seventh character are computed from the rules
of the tabular list, so `find("S72.001D")` works though only S72.001 stands there. Reading takes about a tenth of a
second, once. `priorauth.pairs` reads the notes on which codes go together.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

from priorauth import days

RELEASE = Path(__file__).parent / "icd10cm" / "release.txt.gz"
RELEASE_NAME = "ICD-10-CM, April 2026"
FIRST_DAY, LAST_DAY = "2026-04-01", "2026-09-30"  # visits that the release covers, fact icd-april-2026-window
YEAR_STARTS = "2025-10-01"  # the fiscal year to which the release belongs
SHAPE = re.compile(r"[A-Z][0-9A-Z]{2}(\.[0-9A-Z]{1,4})?")

#: Mark of a note in the extract -> what it is called.
NOTES = {
    "i": "Includes",
    "t": "Also called",
    "1": "Excludes1",
    "2": "Excludes2",
    "f": "Code first",
    "u": "Use additional code",
    "a": "Code also",
    "n": "Note",
}
#: Codes whose state changes outside the release: first day of the change, what happens, fact.
CHANGES = {
    "G35": ("2025-10-01", "became a parent", "icd-ms-expanded"),
    **{
        code: ("2026-10-01", "becomes a parent", "icd-fy2027-demoted")
        for code in ("I42.0", "I42.8", "I49.8", "M72.2", "Z68.1")
    },
}


@dataclass(frozen=True)
class Note:
    """One note of the tabular list: its kind (a value of `NOTES`), its text, the code under which it stands."""

    kind: str
    text: str
    at: str


@dataclass(frozen=True)
class Entry:
    """One line of the tabular list, or a code with its seventh character.

    kind: chapter (`#13`), section (`=M50-M54`), category (three characters) or code. billable: may be sent as it is.
    sevenths: seventh characters that it takes, with their meaning; empty if it takes none or has one already.
    """

    code: str
    title: str
    kind: str
    billable: bool
    parent: str
    children: tuple[str, ...] = ()
    sevenths: dict[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()

    @property
    def shown(self) -> str:
        """The code as people read it, `Chapter 13` for a chapter."""
        return f"Chapter {self.code[1:]}" if self.kind == "chapter" else self.code.lstrip("=")


@dataclass(frozen=True)
class Status:
    """What a code is on a day: `kind` is one of KINDS, `sentence` says it, `near` are codes to look at."""

    code: str
    kind: str
    sentence: str
    near: tuple[str, ...] = ()

    @property
    def billable(self) -> bool:
        return self.kind == "billable"


KINDS = ("billable", "parent", "seventh missing", "no such code", "not a code")


@dataclass(frozen=True)
class _Tree:
    lines: list[str]
    at: dict[str, int]
    sets: dict[str, dict[str, str]]


@cache
def _tree() -> _Tree:
    """The lines of the extract, where each code stands, and the sets of seventh characters. Read once."""
    text = gzip.decompress(RELEASE.read_bytes()).decode("utf-8")
    lines = text.splitlines()
    at = {line[: line.index("\t")]: n for n, line in enumerate(lines)}
    sets = {}
    for line in lines:
        if line[0] == "@":
            name, rule = line[1:].split("\t")
            sets[name] = dict(part.split(": ", 1) for part in rule.split("|"))
    return _Tree(lines, at, sets)


def clean(code: object) -> str:
    """A code as it stands in the list: capitals, no blanks, a point after the third character.

    >>> clean(" m5450 ")
    'M54.50'
    """
    text = re.sub(r"\s", "", str(code)).upper()
    if "-" in text or text[:1] in ("#", "="):
        return text
    bare = text.replace(".", "")
    return f"{bare[:3]}.{bare[3:]}" if len(bare) > 3 else bare


def _fields(code: str) -> list[str]:
    tree = _tree()
    return tree.lines[tree.at[code]].split("\t")


def _up(code: str) -> str:
    """The entry right above a category or code, "" for a chapter."""
    tree = _tree()
    if len(code) > 3 and code[0] not in "#=":
        shorter = code[:-1].rstrip(".")
        while shorter not in tree.at:
            shorter = shorter[:-1].rstrip(".")
        return shorter
    marks = "#" if code[0] == "=" else "=" if code[0] != "#" else ""
    if not marks:
        return ""
    return next(line.split("\t", 1)[0] for line in reversed(tree.lines[: tree.at[code]]) if line[0] == marks)


def _below(code: str) -> Iterator[str]:
    """The entries right below one, in order."""
    tree = _tree()
    if code[0] in "#=":
        wanted, stop = ("=", "#") if code[0] == "#" else ("", "#=")
        for line in tree.lines[tree.at[code] + 1 :]:
            if line[0] in stop:
                return
            name = line.split("\t", 1)[0]
            if (line[0] == wanted) if wanted else (line[0] != "@" and len(name) == 3):
                yield name
        return
    last = ""
    for line in tree.lines[tree.at[code] + 1 :]:
        if line[0] == "@":
            continue
        name = line.split("\t", 1)[0]
        if not name.startswith(code):
            return
        if not last or not name.startswith(last):
            last = name
            yield name


def _sevenths(code: str) -> dict[str, str]:
    """Seventh characters of an entry without children, by the nearest rule on the way up."""
    tree = _tree()
    own = next((f[2:] for f in _fields(code) if f.startswith("7!")), None)
    above = code
    while above and above[0] not in "#=":
        number = next((f[2:] for f in _fields(above) if f.startswith("7=")), None)
        if number:
            rule = tree.sets[number]
            return rule if own is None else {c: rule[c] for c in own}
        above = _up(above)
    return {}


def _notes(code: str) -> tuple[Note, ...]:
    where = f"chapter {code[1:]}" if code[0] == "#" else code.lstrip("=")
    return tuple(Note(NOTES[f[0]], f[2:], where) for f in _fields(code)[2:] if f[1] == ":" and f[0] in NOTES)


def stem(code: str) -> str:
    """The six places in front of a seventh character, empty ones filled with X, with the point: W19 -> W19.XXX."""
    bare = code.replace(".", "").ljust(6, "X")
    return f"{bare[:3]}.{bare[3:]}"


def find(code: object) -> Entry | None:
    """The entry with this code (`M54.50`, `m5450`, `A00-A09`), or None. Chapters are found as `#1`."""
    return _find(clean(code))


@lru_cache(maxsize=5000)
def _find(text: str) -> Entry | None:
    tree = _tree()
    name = text if text in tree.at and text[0] not in "@" else f"={text}" if f"={text}" in tree.at else ""
    if name:
        fields = _fields(name)
        kind = {"#": "chapter", "=": "section"}.get(name[0], "category" if len(name) == 3 else "code")
        children = tuple(_below(name))
        sevenths = _sevenths(name) if kind in ("category", "code") and not children else {}
        billable = kind in ("category", "code") and not children and not sevenths
        return Entry(name, fields[1], kind, billable, _up(name), children, sevenths, _notes(name))
    if len(text) == 8:
        base = next((b for b in _bases(text[:7]) if b in tree.at), "")
        if base and not list(_below(base)) and text[7] in (meanings := _sevenths(base)):
            return Entry(text, f"{_fields(base)[1]}, {meanings[text[7]]}", "code", True, base)
    return None


def _bases(six: str) -> Iterator[str]:
    """`W19.XXX` and what may stand in the list for it: itself, then with the X at its end taken away one by one."""
    yield six
    while six.endswith("X"):
        six = six[:-1].rstrip(".")
        yield six


def path(code: str) -> list[Entry]:
    """The entries from the chapter down to the code, itself included."""
    found: list[Entry] = []
    entry = find(code)
    while entry is not None:
        found.append(entry)
        entry = find(entry.parent) if entry.parent else None
    return found[::-1]


def notes(code: str) -> list[Note]:
    """The notes that hold for a code: its own first, then those of every entry above it."""
    return [note for entry in reversed(path(code)) for note in entry.notes]


def billable_below(code: str) -> int:
    """How many billable codes stand below an entry."""
    entry = find(code)
    if entry is None:
        return 0
    return len(entry.sevenths) or sum(int(e.billable) or billable_below(c) for c in entry.children if (e := find(c)))


def every_code() -> Iterator[tuple[str, bool]]:
    """Each category and code of the release with whether it is billable, seventh characters written out."""
    for name in _tree().at:
        if name[0] in "#=@" or name == "ICD-10-CM":
            continue
        entry = _find.__wrapped__(name)
        yield entry.code, entry.billable
        for char in entry.sevenths:
            yield stem(entry.code) + char, True


# --- what is wrong with a code -----------------------------------------------------------------------------------------------


def status(code: object, on: object = None) -> Status:
    """What a code is, and what to do about it. `on` is the day of the visit, as `priorauth.days` reads it.

    For a day outside the release the sentence says so: another release may say something else. ValueError with one
    sentence for a day that cannot be read.
    """
    text = clean(code)
    found = _status(text)
    if on is None:
        return found
    day = days.text(on)
    if FIRST_DAY <= day <= LAST_DAY:
        return found
    change = CHANGES.get(text)
    if change and ((day < change[0]) != (LAST_DAY < change[0])):
        words = f" On {day} this was not so yet" if day < change[0] else f" From {change[0]} it {change[1]}"
        return Status(text, found.kind, f"{found.sentence}{words}: look it up in the release of that day.", found.near)
    if YEAR_STARTS <= day < FIRST_DAY:
        more = f" This is the {RELEASE_NAME} release; {day} belongs to the release before it, of the same year."
    else:
        more = f" This is the {RELEASE_NAME} release, and {day} is not covered by it. Ask the release of that day."
    return Status(text, found.kind, found.sentence + more, found.near)


def _status(text: str) -> Status:
    if not SHAPE.fullmatch(text):
        swapped = text[:1] + text[1:].replace("O", "0").replace("I", "1")
        near = (swapped,) if swapped != text and find(swapped) else ()
        return Status(text, "not a code", f"{text} does not have the shape of a code.", near)
    entry = find(text)
    if entry is None:
        return _unknown(text)
    if entry.billable:
        return Status(text, "billable", f"{text} can be billed: {entry.title}.")
    if entry.sevenths:
        words = f"{text} lacks its seventh character. It takes {_listed(entry.sevenths)}"
        words += f", after X in the empty places: {stem(text)}_." if len(text) < 7 else "."
        return Status(text, "seventh missing", words, tuple(stem(text) + c for c in entry.sevenths))
    count = billable_below(text)
    words = f"{text} is a parent. Codes below it carry the detail; {count} of them can be billed."
    return Status(text, "parent", words, entry.children)


def _unknown(text: str) -> Status:
    """Why a string that looks like a code is none."""
    swapped = text[0] + text[1:].replace("O", "0").replace("I", "1")
    if swapped != text and find(swapped):
        words = f"{text} is not in the list. With digits for the letters O and I it is {swapped}."
        return Status(text, "no such code", words, (swapped,))
    shorter = text[:-1].rstrip(".")
    while len(shorter) >= 3 and find(shorter) is None:
        shorter = shorter[:-1].rstrip(".")
    if len(shorter) < 3:
        return Status(text, "no such code", f"{text} is not in the list, and neither is its category {text[:3]}.")
    entry = find(shorter)
    if entry.billable:
        words = f"{text} is not in the list. {shorter} is complete and takes no more characters."
        return Status(text, "no such code", words, (shorter,))
    if entry.sevenths:
        words = f"{text} is not in the list. {shorter} takes one of {_listed(entry.sevenths)} in the seventh place: {stem(shorter)}_."
        return Status(text, "no such code", words, tuple(stem(shorter) + c for c in entry.sevenths))
    words = f"{text} is not in the list. {shorter} has other codes below it: {', '.join(entry.children)}."
    return Status(text, "no such code", words, entry.children)


def _listed(meanings: dict[str, str]) -> str:
    chars = list(meanings)
    return chars[0] if len(chars) == 1 else f"{', '.join(chars[:-1])} or {chars[-1]}"


def tell(code: object, on: object = None) -> str:
    """All that the list says about a code, as text: status, way down to it, notes with their place, what is below."""
    verdict = status(code, on)
    entry = find(verdict.code)
    lines = [verdict.sentence]
    if entry is None:
        return "\n".join(lines)
    lines += [f"{'  ' * depth}{e.shown}  {e.title}" for depth, e in enumerate(path(entry.code))]
    lines += [f"{n.kind} (at {n.at}): {n.text}" for n in notes(entry.code)]
    lines += [f"Seventh character {char}: {meaning}" for char, meaning in entry.sevenths.items()]
    lines += [f"Below it: {find(child).shown}  {find(child).title}" for child in entry.children]
    return "\n".join(lines)
