"""Building a diagnosis code one character at a time: what may come next, and what each place says.

>>> from priorauth import code_steps
>>> [char for char, _ in code_steps.next_characters("S83.51")]
['1', '2', '9']
>>> code_steps.add("S83.511", "A")
'S83.511A'
"""

from __future__ import annotations

from priorauth import codes

PLACES = ("4th", "5th", "6th", "7th")


def place(code: str) -> int:
    """How many characters a code has, the point left out."""
    return len(code.replace(".", ""))


def next_characters(code: str) -> list[tuple[str, str]]:
    """(character, what the code then says) for each character that may follow. Empty for a complete or unknown code."""
    entry = codes.find(code)
    if entry is None or entry.kind not in ("category", "code"):
        return []
    if entry.children:
        return [(child.replace(".", "")[place(code)], codes.find(child).title) for child in entry.children]
    return list(entry.sevenths.items())


def add(code: str, character: str) -> str:
    """The code with one character more; before a seventh character X fills the empty places."""
    entry = codes.find(code)
    if entry is not None and not entry.children and character in entry.sevenths:
        return codes.stem(code) + character
    return codes.clean(code.replace(".", "") + character)


def spelled(code: str) -> list[tuple[str, str, str]]:
    """(place, character, what it adds) for each of the code's characters after the category, the category first."""
    bare = code.replace(".", "")
    entry = codes.find(code)
    if entry is None:
        return []
    rows = [("1st to 3rd", bare[:3], codes.find(bare[:3]).title)]
    for n in range(3, len(bare)):
        part = codes.find(bare[: n + 1]) if n < 6 else entry
        if n == 6:
            base = codes.find(entry.parent)
            words = base.sevenths.get(bare[6], entry.title) if base and base.sevenths else entry.title
        elif bare[n] == "X" and (part is None or part.title == codes.find(bare[:n]).title):
            words = "an empty place, filled with X"
        else:
            words = part.title if part else "an empty place, filled with X"
        rows.append((PLACES[n - 3], bare[n], words))
    return rows


def sentence(code: str) -> str:
    """The code so far, in one sentence: complete, or what comes next."""
    status = codes.status(code)
    following = next_characters(code)
    if status.billable:
        return f"{code} is complete: {codes.find(code).title}."
    if following and codes.find(code).sevenths:
        return f"{code}: choose the seventh character. There are {len(following)}."
    if following:
        return f"{code}: {codes.find(code).title}. Choose the {PLACES[place(code) - 3]} character; there are {len(following)}."
    return status.sentence
