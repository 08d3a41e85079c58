"""Reading the tree of an X12 message: HL segments open levels (payer, requester, member, patient event, service)."""

from __future__ import annotations

from dataclasses import dataclass

from .base import MessageError
from .x12 import Envelope, envelope

#: HL03 -> name of the level in the course's words.
LEVELS = {"20": "payer", "21": "requester", "22": "member", "23": "dependent", "EV": "patient event", "SS": "service"}


@dataclass(frozen=True)
class Level:
    """One HL level: its code, and its segments without the HL."""

    code: str
    segments: list[list[str]]

    @property
    def name(self) -> str:
        return f"{LEVELS[self.code]} level (HL {self.code})"

    def find(self, name: str, *starts: str) -> list[list[str]]:
        """Segments of this name whose first elements are `starts`."""
        return [s for s in self.segments if s[0] == name and s[1 : 1 + len(starts)] == list(starts)]

    def first(self, name: str, *starts: str) -> list[str] | None:
        """The first such segment, or None."""
        return next(iter(self.find(name, *starts)), None)

    def need(self, name: str, *starts: str) -> list[str]:
        """The first such segment; MessageError if there is none."""
        found = self.first(name, *starts)
        if found is None:
            label = "*".join((name, *starts))
            raise MessageError(f"Segment {label} is missing from the {self.name}: add it.")
        return found


def get(segment: list[str] | None, at: int, default: str = "") -> str:
    """Element `at` of a segment (1 is the first after the name), or the default if it is not there."""
    return segment[at] if segment is not None and at < len(segment) and segment[at] != "" else default


def must(segment: list[str], at: int) -> str:
    """Element `at`; MessageError if it is empty."""
    value = get(segment, at)
    if not value:
        raise MessageError(f"Element {segment[0]}{at:02d} is empty: the message cannot be used without it.")
    return value


def open_message(
    text: str, kind: str, version: str, wanted: tuple[str, ...]
) -> tuple[Envelope, list[str], list[Level]]:
    """Envelope, BHT segment and levels of a message of one kind; the levels `wanted` must be there, each parent before its child."""
    found = envelope(text)
    if found.kind != kind:
        raise MessageError(
            f"ST01 says this is a {found.kind}, not a {kind}: open it with the reader for a {found.kind}."
        )
    if found.version != version:
        raise MessageError(f"ST03 names version {found.version}; this reader knows {version} only.")
    if not found.body or found.body[0][0] != "BHT":
        raise MessageError("Segment BHT is missing: it must follow ST.")
    levels: list[Level] = []
    seen: set[str] = set()
    for segment in found.body[1:]:
        if segment[0] != "HL":
            if not levels:
                raise MessageError(
                    f"Segment {segment[0]} stands before the first HL segment: a level must be opened first."
                )
            levels[-1].segments.append(segment)
            continue
        number, parent, code = get(segment, 1), get(segment, 2), get(segment, 3)
        if code not in LEVELS:
            raise MessageError(f"HL03 holds the unknown level {code!r}: use one of {', '.join(LEVELS)}.")
        if parent and parent not in seen:
            raise MessageError(
                f"HL02 of level {number!r} points to {parent!r}, which has not been opened: a parent comes before its child."
            )
        seen.add(number)
        levels.append(Level(code, []))
    for code in wanted:
        if code not in [level.code for level in levels]:
            raise MessageError(
                f"The {LEVELS[code]} level (HL {code}) is missing: add its HL segment and what belongs to it."
            )
    return found, found.body[0], levels


def one(levels: list[Level], code: str) -> Level:
    """The first level with this code."""
    return next(level for level in levels if level.code == code)
