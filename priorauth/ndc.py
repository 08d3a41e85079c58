"""National drug codes: from the package's ten digits to the eleven of a claim, and what cannot be turned.

>>> from priorauth import ndc
>>> ndc.to_eleven("50242-040-62").eleven
'50242004062'
>>> ndc.to_eleven("5024204062").verdict
'ask'
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

#: Lengths of the three parts -> place (from 1) of the zero that makes them 5-4-2 (fact ndc-11-padding).
PATTERNS = {(4, 4, 2): 1, (5, 3, 2): 6, (5, 4, 1): 10}
NAMES = ("labeler", "product", "package")


@dataclass(frozen=True)
class Eleven:
    """verdict: padded, as it is, or ask. `eleven` are the digits ("" for ask), `why` is a sentence.

    `readings` are the eleven-digit numbers that ten digits without hyphens could mean, by pattern.
    """

    verdict: str
    eleven: str
    why: str
    readings: tuple[tuple[str, str], ...] = ()


def pattern(text: str) -> str:
    """The lengths of the parts, such as `4-4-2`; a number without hyphens has one part."""
    return "-".join(str(len(part)) for part in text.split("-"))


def _typed(value: object) -> str:
    """A number without blanks, with plain hyphens, and without the letters NDC that boxes print before it."""
    text = re.sub(r"[\u2010\u2011\u2013]", "-", re.sub(r"\s", "", str(value)))
    return re.sub(r"^NDC[:#.]*", "", text, flags=re.IGNORECASE)


def to_eleven(value: object) -> Eleven:
    """The eleven digits of a package number, or why one has to ask."""
    text = _typed(value)
    if not text or text.casefold() == "nan":
        return Eleven("ask", "", "There is no number. Read it off the package.")
    if re.fullmatch(r"\d+([.,]\d+)?[eE]\+?\d+", text):
        return Eleven(
            "ask",
            "",
            "A spreadsheet turned the number into a power of ten, and the last digits are gone. Read the package.",
        )
    if re.fullmatch(r"\d+\.0+", text):
        return Eleven(
            "ask", "", "A spreadsheet made a decimal number of it. Zeros at the front may be gone. Read the package."
        )
    if not re.fullmatch(r"[\d-]+", text):
        return Eleven("ask", "", f"{text} holds something that is neither a digit nor a hyphen. Read the package.")
    parts = text.split("-")
    if len(parts) == 1:
        return _bare(text)
    lengths = tuple(len(part) for part in parts)
    if lengths == (5, 4, 2):
        return Eleven("as it is", "".join(parts), "It is 5-4-2 already. Take the hyphens out.")
    if lengths not in PATTERNS:
        return Eleven(
            "ask",
            "",
            f"{pattern(text)} is none of the patterns 4-4-2, 5-3-2 and 5-4-1. A digit is lost. Read the package.",
        )
    return Eleven("padded", _padded(parts), f"{pattern(text)}: a zero goes into place {PATTERNS[lengths]}.")


def _padded(parts: list[str]) -> str:
    return "".join(part.zfill(width) for part, width in zip(parts, (5, 4, 2), strict=True))


def restored(value: object) -> Eleven:
    """The eleven digits of a cell that held eleven before a spreadsheet made a number of it: zeros come back in front."""
    text = re.sub(r"\.0+$", "", _typed(value))
    if re.fullmatch(r"\d{1,11}", text):
        lost = 11 - len(text)
        why = f"It held eleven digits, so {lost} {'zero' if lost == 1 else 'zeros'} at the front {'is' if lost == 1 else 'are'} put back."
        return Eleven("padded", text.zfill(11), why) if lost else to_eleven(text)
    return to_eleven(value)


def split_by_hand(value: object) -> Eleven:
    """The eleven digits of a number whose hyphens never stood on a box: they are no better than none."""
    found = to_eleven(_typed(value).replace("-", ""))
    return replace(found, why=f"Hyphens put in by hand are no better than none. {found.why}")


def parts_of(value: object) -> list[tuple[str, str, int, str]]:
    """(part, digits, digits it should have, what becomes of it) of a number with two hyphens; empty without them."""
    parts = _typed(value).split("-")
    if len(parts) != 3:
        return []
    return [(name, part, width, part.zfill(width)) for name, part, width in zip(NAMES, parts, (5, 4, 2), strict=True)]


def _bare(digits: str) -> Eleven:
    if len(digits) == 11:
        return Eleven("as it is", digits, "It has eleven digits already.")
    if len(digits) == 10:
        readings = tuple(
            ("-".join(map(str, p)), _padded([digits[: p[0]], digits[p[0] : p[0] + p[1]], digits[p[0] + p[1] :]]))
            for p in PATTERNS
        )
        return Eleven(
            "ask",
            "",
            "Ten digits without hyphens fit all three patterns, so the place of the zero is unknown.",
            readings,
        )
    return Eleven("ask", "", f"It has {len(digits)} digits, and a package number has ten or eleven. Read the package.")
