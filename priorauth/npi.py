"""The check digit of a National Provider Identifier: Luhn with 80840 in front (facts npi-luhn, npi-constant-24).

>>> from priorauth import npi
>>> npi.check_digit("123456789")
3
>>> npi.judge("1234567890").verdict
'fails'
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PREFIX = "80840"
CONSTANT = 24  # what the prefix adds to the sum


@dataclass(frozen=True)
class Judged:
    """verdict: passes, fails, or not ten digits; `why` is a sentence."""

    verdict: str
    why: str


def steps(nine: str) -> list[tuple[str, str, int]]:
    """(digit, what is done, what it adds) for each of nine digits, from left to right."""
    if not re.fullmatch(r"[0-9]{9}", nine):
        raise ValueError("A check digit is worked out from nine digits.")
    rows = []
    for place, char in enumerate(nine):
        digit = int(char)
        if place % 2 == 0:  # the ninth digit and every second one before it
            doubled = 2 * digit
            rows.append((char, f"doubled: {doubled}", doubled // 10 + doubled % 10))
        else:
            rows.append((char, "as it is", digit))
    return rows


def total(nine: str) -> int:
    """The sum with the constant 24."""
    return CONSTANT + sum(add for _, _, add in steps(nine))


def check_digit(nine: str) -> int:
    """The tenth digit: what is missing to the next number that ends in 0."""
    return -total(nine) % 10


def judge(number: object) -> Judged:
    """Whether ten digits agree with their check digit. Passing does not show that the provider exists, or is the right one."""
    text = str(number).strip()
    if not re.fullmatch(r"[0-9]{10}", text):
        return Judged("not ten digits", f"{text!r} is not ten digits, so it is no NPI.")
    want = check_digit(text[:9])
    if want == int(text[9]):
        return Judged("passes", f"The sum is {total(text[:9])}, so the last digit must be {want}, and it is.")
    return Judged("fails", f"The sum is {total(text[:9])}, so the last digit must be {want}, and it is {text[9]}.")


def explain(number: object) -> str:
    """The check of one number, step by step, as text."""
    text = str(number).strip()
    judged = judge(text)
    if judged.verdict == "not ten digits":
        return judged.why
    rows = steps(text[:9])
    lines = [f"{n}. digit {char}, {what}: adds {add}" for n, (char, what, add) in enumerate(rows, start=1)]
    sums = " + ".join(str(add) for _, _, add in rows)
    return "\n".join([*lines, f"{CONSTANT} + {sums} = {total(text[:9])}", judged.why])
