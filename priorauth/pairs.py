"""Which codes go together: notes of ICD-10-CM, the diagnosis list of a policy, and partner codes of a service.

>>> from priorauth import pairs
>>> pairs.together("E11.9", "E10.9")[0].kind
'Excludes1'
>>> pairs.entry_for("M54.16", ["M54.5", "M54.1", "M51"])
'M54.1'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from priorauth import codes

if TYPE_CHECKING:
    import pandas as pd

#: In which order notes on a pair are told.
ORDER = ("Excludes1", "Code first", "Use additional code", "Code also", "Excludes2", "Note", "Includes", "Also called")
_CODE = r"[A-Z]\d[0-9A-Z](?:\.[0-9A-Z]+)?"
_NAMED = re.compile(rf"({_CODE})(?:\s*-\s*({_CODE}))?")


def named(text: str) -> list[tuple[str, str]]:
    """The codes that a note names, as (first, last) of a range; a single code is a range of its own.

    >>> named("psoriatic juvenile arthropathy (L40.54)")
    [('L40.54', 'L40.54')]
    >>> named("drug (T36-T50)")
    [('T36', 'T50')]
    """
    inside = " ".join(re.findall(r"\(([^()]*)\)", text))
    return [(a, b or a) for a, b in _NAMED.findall(inside)]


def _names(note: codes.Note, code: str) -> bool:
    return any(
        code.startswith(a) if a == b else a <= code[: len(a)] and code[: len(b)] <= b for a, b in named(note.text)
    )


def together(first: str, second: str) -> list[codes.Note]:
    """The notes on either code, or above it, that name the other one; Excludes1 first, those of chapters last.

    Empty if no note names the two.

    An Excludes1 note means that the two are not reported together, unless the two conditions have nothing to do with
    each other (fact icd-excludes1).
    """
    one, two = codes.clean(first), codes.clean(second)
    found = [n for a, b in ((one, two), (two, one)) for n in codes.notes(a) if _names(n, b)]
    return sorted(dict.fromkeys(found), key=lambda n: (n.at.startswith("chapter"), ORDER.index(n.kind)))


def entry_for(code: str, listed: Iterable[str]) -> str:
    """The longest entry of a policy's list with which the code begins, "" if there is none."""
    text = codes.clean(code)
    fits = [entry for entry in listed if text.startswith(codes.clean(entry))]
    return max(fits, key=len, default="")


def diagnosis_list(policy: Mapping) -> list[str]:
    """The code beginnings that a policy names in its diagnosis criteria (`data.policy(...)`), in its order."""
    found: list[str] = []

    def walk(node: object) -> None:
        if isinstance(node, Mapping):
            if node.get("kind") == "diagnosis":
                found.extend(node["icd10"])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(policy.get("criteria"))
    return list(dict.fromkeys(found))


def partners(services: pd.DataFrame, hcpcs: pd.DataFrame) -> dict[str, str]:
    """Code -> the code that must be asked for with it, from the tables `services` and `hcpcs`."""
    rows = [table.set_index("code")["partner_code"].dropna() for table in (services, hcpcs)]
    return {code: partner for some in rows for code, partner in some.items()}
