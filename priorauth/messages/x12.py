"""X12 mechanics: split a message into segments, put it together, and check its envelope.

An X12 message is a row of segments; a segment is a name and elements; an element may have components. The first segment, ISA, is always
106 characters long and says in fixed places which characters separate all these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .base import MessageError, day8, hour4, moment

#: A segment: its name, then its elements. A tuple among the elements is a composite, whose parts join with the component separator.
Segment = list["str | tuple[str, ...]"]
#: Widths of ISA01 to ISA16.
_ISA = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
#: Separators in the order in which they are tried: the first that is in no value is taken.
_ELEMENTS, _COMPONENTS, _REPETITIONS, _ENDS = "*|", ":><", "^!", "~'"


@dataclass(frozen=True)
class Interchange:
    """A split message: its segments as lists of text, and the separators that it declares."""

    segments: list[list[str]]
    element: str = "*"
    component: str = ":"
    repetition: str = "^"
    end: str = "~"

    def parts(self, element: str) -> list[str]:
        """The components of an element."""
        return element.split(self.component)


@dataclass(frozen=True)
class Envelope:
    """What the envelope says, and the segments between ST and SE."""

    message: Interchange
    sender: str
    receiver: str
    control: str
    made_at: str
    test: bool
    kind: str
    version: str
    body: list[list[str]]


def split(text: str) -> Interchange:
    """A message as segments and separators. Line breaks after a segment are ignored. MessageError if it is no X12 message."""
    if not isinstance(text, str) or not text.lstrip("\ufeff \r\n\t").startswith("ISA"):
        raise MessageError("This is not an X12 message: it must begin with the segment ISA.")
    text = text.lstrip("\ufeff \r\n\t")
    if len(text) < 106:
        raise MessageError(f"Segment ISA is too short: it needs 106 characters and has {len(text.rstrip())}.")
    element, component, end = text[3], text[104], text[105]
    isa = text[:105].split(element)
    if len(isa) != 17 or any(len(v) != w for v, w in zip(isa[1:], _ISA, strict=True)):
        raise MessageError(
            "Segment ISA does not have its fixed length of 106 characters: pad every element with blanks to its full width."
        )
    marks = (element, component, end, isa[11])
    if len(set(marks)) != 4 or any(m.isalnum() or m.isspace() for m in marks):
        raise MessageError(
            f"Segment ISA declares separators that cannot work ({' '.join(map(repr, marks))}): use four different signs, such as * : ^ ~."
        )
    if not text.rstrip("\r\n\t ").endswith(end):
        raise MessageError(f"The message breaks off: its last segment does not end with {end!r}.")
    segments = [s.lstrip("\r\n").split(element) for s in text.split(end)]
    return Interchange([s for s in segments if s != [""] and "".join(s).strip()], element, component, isa[11], end)


def join(
    segments: Sequence[Segment], *, element: str = "*", component: str = ":", end: str = "~", line: str = "\n"
) -> str:
    """Segments as one text, a segment a line. Raises MessageError if a value holds a separator, for nobody could read it back."""
    out = []
    for segment in segments:
        for value in segment:
            for part in value if isinstance(value, tuple) else (value,):
                bad = [c for c in (element, component, end, "\n", "\r") if c in part and segment[0] != "ISA"]
                if bad:
                    raise MessageError(
                        f"Segment {segment[0]} holds the value {part!r} with the separator {bad[0]!r} in it: take another separator."
                    )
        out.append(element.join(component.join(v) if isinstance(v, tuple) else v for v in segment) + end)
    return line.join(out) + line


def seg(*elements: str | tuple[str, ...] | None) -> Segment:
    """A segment without empty elements at its end; None is an empty element."""
    made: Segment = [_trim(e) if isinstance(e, tuple) else (e or "") for e in elements]
    while made and made[-1] in ("", ()):
        made.pop()
    return [e if e != () else "" for e in made]


def _trim(parts: tuple[str, ...]) -> tuple[str, ...]:
    while parts and not parts[-1]:
        parts = parts[:-1]
    return parts


def _free(candidates: str, text: str, what: str) -> str:
    for c in candidates:
        if c not in text:
            return c
    raise MessageError(f"No {what} separator is left that is in no value: remove {candidates[0]!r} from the text.")


def wrap(
    kind: str, group: str, version: str, body: Sequence[Segment], *, sender: str, receiver: str, at: str, control: int
) -> str:
    """The whole message around `body` (the segments between ST and SE), with all counts right. `at` is "2026-03-04 09:30"."""
    values = "".join("".join(v) if isinstance(v, tuple) else v for s in body for v in s)
    element, component = _free(_ELEMENTS, values, "element"), _free(_COMPONENTS, values, "component")
    repetition, end = _free(_REPETITIONS, values, "repetition"), _free(_ENDS, values, "segment")
    number = f"{control:09d}"
    isa: Segment = [
        "ISA", "00", " " * 10, "00", " " * 10, "ZZ", f"{sender:<15.15}", "ZZ", f"{receiver:<15.15}", day8(at)[2:], hour4(at), repetition,
        "00501", number, "0", "T", component,
    ]  # fmt: skip
    segments = [
        isa,
        seg("GS", group, sender, receiver, day8(at), hour4(at), "1", "X", version),
        seg("ST", kind, "0001", version),
        *body,
        seg("SE", str(len(body) + 2), "0001"),
        seg("GE", "1", "1"),
        seg("IEA", "1", number),
    ]
    return join(segments, element=element, component=component, end=end)


def envelope(text: str) -> Envelope:
    """Split a message and check its envelope: order, counts (SE01, GE01, IEA01) and control numbers. One transaction set only."""
    message = split(text)
    names = [s[0] for s in message.segments]
    for name in ("GS", "ST", "SE", "GE", "IEA"):
        if names.count(name) != 1:
            raise MessageError(
                f"Segment {name} is there {names.count(name)} times: the envelope of this course's messages has it once."
            )
    if names[:3] != ["ISA", "GS", "ST"] or names[-3:] != ["SE", "GE", "IEA"]:
        raise MessageError("The envelope is out of order: it opens with ISA, GS, ST and closes with SE, GE, IEA.")
    isa, gs, st = message.segments[:3]
    se, ge, iea = message.segments[-3:]
    counted = len(message.segments) - 4
    _count(se, "SE", "segments from ST to SE", counted)
    _count(ge, "GE", "transaction sets", 1)
    _count(iea, "IEA", "groups", 1)
    for close, opening, name in (
        (se, st[2:3], "SE02 and ST02"),
        (ge, gs[6:7], "GE02 and GS06"),
        (iea, isa[13:14], "IEA02 and ISA13"),
    ):
        if close[2:3] != opening:
            raise MessageError(
                f"Control numbers {name} differ ({''.join(close[2:3])!r} and {''.join(opening)!r}): both ends of an envelope carry the same number."
            )
    if len(gs) < 9 or len(st) < 4 or gs[8] != st[3]:
        raise MessageError("GS08 and ST03 must name the same version of the message: repair segment GS or ST.")
    made = moment(gs[4], gs[5], "GS04 and GS05")
    return Envelope(
        message, isa[6].rstrip(), isa[8].rstrip(), isa[13], made, isa[15] == "T", st[1], st[3], message.segments[3:-3]
    )


def _count(segment: list[str], name: str, what: str, counted: int) -> None:
    stated = segment[1] if len(segment) > 1 else ""
    if stated != str(counted):
        raise MessageError(
            f"{name}01 says {stated or 'nothing'}, but there are {counted} {what}: write {counted}, or look for a lost segment."
        )
