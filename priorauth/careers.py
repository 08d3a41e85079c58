"""Roles around prior authorization: what they do, which modules prepare for them, published pay, and the next step."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from priorauth.facts import cite, fact

FILE = Path(__file__).parent / "careers.yaml"
SIDES = {"provider": "clinic or hospital", "payer": "plan or its vendor", "maker": "drug maker", "both": "both sides"}


@dataclass(frozen=True)
class Role:
    """A role; `pay` holds ids of facts, and is empty where no published figure was read."""

    role: str
    side: str
    does: str
    skills: tuple[str, ...]
    modules: str
    pay: tuple[str, ...]
    next: tuple[str, ...]

    def pay_lines(self) -> list[str]:
        """Each published figure with year, source and how well it is confirmed; or one line that says there is none."""
        if not self.pay:
            return [
                "No published figure was read for this role. Look at several current adverts, and write down the dates."
            ]
        return [
            f"{fact(i).statement} {cite(i)} Year of the figure: {fact(i).year}. {fact(i).note}".strip()
            for i in self.pay
        ]


@cache
def roles() -> tuple[Role, ...]:
    """All roles, in the order of the file. ValueError if a next step names no role."""
    import yaml

    rows = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    found = tuple(Role(**{k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}) for row in rows)
    names = {r.role for r in found}
    for role in found:
        if unknown := set(role.next) - names:
            raise ValueError(f"{role.role} leads to {', '.join(sorted(unknown))}, which is no role of the map.")
    return found


def paths_to(goal: str) -> list[str]:
    """Names of the roles from which one step leads to `goal`."""
    return [r.role for r in roles() if goal in r.next]


def pay_table() -> list[tuple[str, str, str, str]]:
    """(what was counted, dollars a year, year, who says so) for every published figure, the lowest first."""
    rows = []
    for key, what in (
        ("car_school_range", "PA specialists, a school's range"),
        ("car_zippia_pay", "PA specialists, a job site's estimate of the average"),
        ("car_bls_439041", "insurance claims and policy clerks, middle of a federal survey"),
        ("car_bls_mrs", "medical records specialists, middle"),
    ):
        found = fact(key)
        value = found.value
        if key == "car_school_range":
            dollars = f"{value[0]:,} to {value[1]:,}"
        elif key == "car_bls_439041":
            dollars = f"{value['median']:,} (one in ten below {value['p10']:,}, one in ten above {value['p90']:,})"
        else:
            dollars = f"{value.get('annual', value.get('median')):,}"
        rows.append((what, dollars, str(found.year), found.citation))
    return rows
