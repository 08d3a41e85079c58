"""Directions explained to a learner: practice examples, the working in words, and an answer to her own count."""

from __future__ import annotations

from fractions import Fraction

from priorauth.sig import Sig, SigError, parse, plural, show

NO_ROUTE = "(no route is written)"
#: Practice directions with the quantity on the prescription (in the unit of the directions).
PRACTICE: tuple[tuple[str, int], ...] = (
    ("1 tab PO BID", 60),
    ("1-2 tabs PO q4-6h prn pain", 40),
    ("2 gtts each eye TID", 60),
    ("1 pen subq q 2 wk", 2),
    ("1 tab PO qAM and 1/2 tab PO qPM", 45),
    ("2 tabs PO at onset, MR x1 in 2 h, max 12/30 d", 12),
    ("1 cap PO daily x 14 d, off 7 d", 28),
    ("5 mL PO q8h x 7 d", 120),
    ("i cap po q.o.d.", 15),
    ("1 patch to skin q 72 h", 10),
    ("40 mg PO daily x 3 d, then 20 mg daily x 3 d, then stop", 0),
    ("1 tab PO UD", 30),
)


def working(sig: Sig, quantity: int = 0) -> list[tuple[str, str]]:
    """The counting step by step, as pairs of a label and words."""
    times = "time" if sig.most_times_a_day == 1 else "times"
    once = f"{show(sig.most_at_once)} {plural(sig.unit, sig.most_at_once)}"
    lines = [("Most at one time", once), ("Most times in a day", f"{sig.most_times_a_day} {times}")]
    product = sig.most_at_once * sig.most_times_a_day
    day = f"{show(sig.most_in_a_day)} {plural(sig.unit, sig.most_in_a_day)}"
    if sig.taper:
        day += ", on the day with the largest dose; a taper has no single daily amount"
    elif _capped(sig):
        day += f", because the directions set a maximum below {show(product)}"
    elif sig.most_in_a_day != product:
        day += ", because the doses differ and are added up"
    lines.append(("Most in one day", day))
    if sig.total is not None:
        long = f" in {sig.days} days" if sig.days else ""
        lines.append(("For the whole course", f"{show(sig.total)} {plural(sig.unit, sig.total)}{long}"))
    if sig.per_day is None:
        lines.append(("Over a long time", "the dose changes on the way, so count step by step"))
    else:
        if sig.per_day != sig.most_in_a_day:
            lines.append(("On average over a long time", f"{show(sig.per_day)} a day"))
        if quantity:
            days = sig.days_supply(quantity)
            lines.append((f"Quantity {quantity}", f"lasts {days} days: {quantity} divided by {show(sig.per_day)}"))
    return lines


def _capped(sig: Sig) -> bool:
    has_maximum = any(p.kind == "maximum" for p in sig.parts)
    return has_maximum and sig.most_in_a_day < sig.most_at_once * sig.most_times_a_day


def check_count(sig: Sig, figure: str) -> tuple[bool, str]:
    """Whether a learner's figure for the most in one day is right, and what to look at if it is not.

    The message does not tell the figure.
    """
    try:
        mine = Fraction(figure.strip().replace(",", "."))
    except (ValueError, ZeroDivisionError):
        return False, "Write a number, such as 3 or 0.5."
    if mine == sig.most_in_a_day:
        return True, f"Right: {show(mine)} {plural(sig.unit, mine)} in one day is the most."
    if _capped(sig) and mine > sig.most_in_a_day:
        return False, "Not yet. Read to the end: the directions set a maximum."
    if mine == sig.per_day:
        return False, "Not yet. That is the average over a long time. How much is it on a day on which it is taken?"
    if mine < sig.most_in_a_day:
        return (
            False,
            "Not yet, it can be more. Take the larger dose, the shorter wait, and every place that gets the dose.",
        )
    return False, "Not yet, that is too much. How much at one time, and how many times in 24 hours?"


def read(text: str) -> tuple[Sig | None, str]:
    """Directions read, with a sentence: what they say, or why they cannot be read."""
    try:
        sig = parse(text)
    except SigError as problem:
        return None, str(problem)
    if sig.taper:
        route, needed = sig.route or NO_ROUTE, ", only when needed" if sig.as_needed else ""
        return sig, f"{route[0].upper()}{route[1:]}: {sig.frequency}{needed}. The dose changes on the way."
    if sig.doses:
        return sig, ", and ".join(_sentence(dose, " ") for dose in sig.doses) + "."
    return sig, _sentence(sig, " each time, ") + "."


def _sentence(sig: Sig, between: str) -> str:
    """One dose in words: how much, which way, how often, and all that the other pieces add."""
    dose = next((p.meaning.removesuffix(" each time") for p in sig.parts if p.kind == "dose"), "")
    dose = dose or f"{show(sig.most_at_once)} {plural(sig.unit, sig.most_at_once)}"
    more = [p.meaning for p in sig.parts if p.kind == "note" and not p.meaning.startswith("the reason")]
    more += [p.meaning for p in sig.parts if p.kind == "duration"]
    more += ["only when needed"] if sig.as_needed and "when it is needed" not in sig.frequency else []
    more += [p.meaning for p in sig.parts if p.kind == "maximum"]
    return ", ".join([f"{dose} {sig.route or NO_ROUTE}{between}{sig.frequency}", *more])
