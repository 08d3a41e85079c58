"""Module 5 by the second route: the key of its task over the tables again, in plain Python, from the public CSV rows only."""

from __future__ import annotations

import re
from pathlib import Path

Tables = dict[str, list[dict[str, str]]]
NUMBERS = Path(__file__).resolve().parents[2] / "priorauth" / "stories" / "numbers.yaml"


def m05_c7(tables: Tables, records: list[str]) -> dict[str, str]:
    """Luhn over 80840 and all ten digits, from the right: every second digit doubled, the sum ends in 0."""
    numbers = dict(re.findall(r'id: (\w+), number: "(\w+)"', NUMBERS.read_text(encoding="utf-8")))
    answer = {}
    for name in records:
        number = numbers[name]
        if len(number) != 10 or not number.isdecimal():
            answer[name] = "not ten digits"
            continue
        digits = [int(c) for c in reversed("80840" + number)]
        total = sum(digits[::2]) + sum(sum(divmod(2 * d, 10)) for d in digits[1::2])
        answer[name] = "fails" if total % 10 else "passes"
    return answer


def m05_c8(tables: Tables, records: list[str]) -> int:
    """Lines with a dose whose units are fewer than one dose needs."""
    size = {row["code"]: float(row["unit_quantity"]) for row in tables["hcpcs"]}
    return sum(
        float(row["units_asked"]) < float(row["dose"]) / size[row["code"]]
        for row in tables["request_lines"]
        if row["dose"] and row["code"] in size
    )
