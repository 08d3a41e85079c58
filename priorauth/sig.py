"""Directions on a prescription ("SIG"): read the shorthand into amounts and words.

The grammar, one step of it:

    step       [verb] [dose unit] {route | frequency | note | "prn" [reason] | duration | maximum}
    dose       number | number "-" number          such as 1, 1/2, 0.5, ii, 1-2
    frequency  "BID" and its like | "q" number ["-" number] ("h" | "d" | "wk" | "mo") | number "x" "/" ("d" | "wk")
    duration   ("x" | "for") number ("d" | "wk")
    maximum    "max" number [unit] "/" ("d" | number "d" | number "h")
    sig        step { (", " | "and") step }        doses at different times of one day: they add up
             | step { "then" step }                one after the other: a taper or a loading dose

What the course counts (section 4.3): as needed counts as every time it is allowed; of a range the larger dose and the
shorter wait; 24 hours divided by the wait, rounded down; a month has 30 days.

>>> parse("1-2 tabs PO q4-6h prn pain").most_in_a_day
Fraction(12, 1)
"""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

from priorauth import sig_words as w
from priorauth.sig_model import Misreading, Part, Sig, SigError, error_prone, plural, show
from priorauth.sig_reader import END, NUMBER, Reader

__all__ = ["Misreading", "Part", "Sig", "SigError", "error_prone", "parse", "plural", "show"]


def parse(text: str) -> Sig:
    """Read directions. Raises SigError, naming the words that cannot be read."""
    tidy = _tidy(text)
    if not tidy:
        raise SigError("There are no directions to read.")
    for pattern, words in w.OPEN.items():
        if re.search(rf"(?<![a-z])(?:{pattern}){END}", tidy):
            raise SigError(f'"{words}": the directions do not say how much or how often. Ask the prescriber.')
    stages = [s for s in re.split(r",? ?\bthen\b ?", tidy) if s.strip(" ,.;")]
    stages = [s for s in stages if s.strip(" ,.;") not in ("stop", "off", "d/c")]
    if not stages:
        raise SigError(f'"{text.strip()}" names no dose.')
    read: list[Sig] = []
    for stage in stages:
        read.append(_stage(stage, read[-1] if read else None))
    return _whole(text.strip(), read)


def _tidy(text: str) -> str:
    """Lower case, one blank between words; a period at the end and dashes of all kinds made plain."""
    plain = text.replace("–", "-").replace("—", "-").replace("×", "x").lower()
    return re.sub(r"\s+", " ", plain).strip().rstrip(".;,").strip()


def _stage(text: str, before: Sig | None) -> Sig:
    """One stage: doses that are taken on the same day. Missing route and unit are those of the first dose."""
    doses: list[Sig] = []
    for piece in _split_doses(text):
        doses.append(Reader(piece, doses[-1] if doses else before).read())
    if len(doses) == 1:
        return doses[0]
    if len({d.unit for d in doses}) > 1:
        raise SigError(f'"{text}" mixes {doses[0].unit} and {doses[1].unit}. Read the doses one by one.')
    first = doses[0]
    return replace(
        first,
        parts=tuple(p for d in doses for p in d.parts),
        frequency=" and ".join(d.frequency for d in doses),
        most_at_once=max(d.most_at_once for d in doses),
        most_times_a_day=sum(d.most_times_a_day for d in doses),
        most_in_a_day=sum((d.most_in_a_day for d in doses), Fraction()),
        per_day=sum((d.per_day or Fraction() for d in doses), Fraction()),
        as_needed=any(d.as_needed for d in doses),
        days=max(d.days or 0 for d in doses) or None,
        taper=any(d.taper for d in doses),
        doses=tuple(doses),
    )


def _split_doses(text: str) -> list[str]:
    """Cut "1 tab qAM and 2 tabs qHS" before each further dose; "max 8 puffs/d" is no dose."""
    unit = "|".join(w.UNITS)
    return [p for p in re.split(rf"(?:,| and| &| \+)+ (?=(?:{NUMBER})(?:-\d+)? ?(?:{unit}){END})", text) if p]


def _step(stage: Sig) -> str:
    long = (
        f" for {stage.days} day{'s' if stage.days > 1 else ''}"
        if stage.days and " on day" not in stage.frequency
        else ""
    )
    return f"{show(stage.most_at_once)} {plural(stage.unit, stage.most_at_once)} {stage.frequency}{long}"


def _whole(text: str, stages: list[Sig]) -> Sig:
    first = stages[0]
    if len(stages) == 1 and not first.taper:
        total = first.per_day * first.days if first.days and first.per_day is not None else None
        return replace(first, text=text, total=total)
    known = all(s.days and s.per_day is not None for s in stages)
    one_way = len(stages) > 1 and len({s.unit for s in stages}) > 1
    if one_way:
        raise SigError(f'"{text}" changes from {stages[0].unit} to {stages[1].unit}. Read the steps one by one.')
    largest = max(stages, key=lambda s: s.most_in_a_day)
    return replace(
        first,
        text=text,
        parts=tuple(p for s in stages for p in s.parts),
        frequency=", then ".join(_step(s) for s in stages),
        most_at_once=max(s.most_at_once for s in stages),
        most_times_a_day=max(s.most_times_a_day for s in stages),
        most_in_a_day=largest.most_in_a_day,
        per_day=None,
        days=sum(s.days or 0 for s in stages) if known else None,
        taper=True,
        total=sum((s.per_day * s.days for s in stages), Fraction()) if known else None,
    )
