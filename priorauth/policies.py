"""Coverage policies as people read them: which version is in force, what it asks for, and where a plan keeps the rule.

A policy is a tree. A leaf is one criterion; a node says that all or any of its branches must hold:

    {"all": [leaf, {"any": [leaf, leaf]}]}

The prose is rendered from the tree, so that both say the same. `data.policies()` has every version of every policy.

>>> in_force("POL-101", "2026-05-31")["version"], in_force("POL-101", "2026-06-01")["version"]
(1, 2)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from priorauth import data
from priorauth.days import as_day

if TYPE_CHECKING:
    import pandas as pd

Tree = dict[str, Any]
Leaf = dict[str, Any]

ALL, ANY = "all of these", "any one of these"
PLACES = {
    "02": "telehealth away from home", "10": "telehealth at home", "11": "office", "12": "home",
    "19": "off-campus hospital outpatient", "21": "inpatient hospital", "22": "hospital outpatient",
    "24": "surgery center", "31": "skilled nursing facility", "41": "ambulance, land", "49": "independent clinic",
    "52": "psychiatric day program", "55": "residential treatment", "61": "rehabilitation hospital",
    "81": "independent laboratory",
}  # fmt: skip
COMPARE = {">=": "at least", "<=": "at most", "<": "below", ">": "above"}


class NoPolicy(LookupError):
    """A plan, a code or a day for which there is no rule. The message is one sentence."""


@dataclass(frozen=True)
class Line:
    """One line of a policy's checklist: how deep it stands, its words, and the criterion's id ("" for a heading)."""

    depth: int
    words: str
    criterion: str = ""


@dataclass(frozen=True)
class Found:
    """What a search came to: the plan's rule on the day, and the policy version in force (None where none is named)."""

    rule: dict[str, Any]
    policy: dict[str, Any] | None
    others: tuple[int, ...]  # the policy's other versions


def in_force(policy_id: str, day: object) -> dict[str, Any]:
    """The version of a policy that holds on a day; its first and its last day belong to it. DataError without one."""
    return data.policy(policy_id, str(as_day(day)))


def versions(policy_id: str) -> list[dict[str, Any]]:
    """Every version of a policy, the oldest first. NoPolicy if there is none."""
    found = sorted(data.policies(policy_id), key=lambda p: p["version"])
    if not found:
        raise NoPolicy(f"There is no policy {policy_id!r}. Policy ids look like POL-101.")
    return found


def branches(tree: Tree) -> list[Tree]:
    """The branches of a node; none for a leaf."""
    return [] if "kind" in tree else list(tree.get("all") or tree.get("any") or [])


def leaves(tree: Tree) -> list[Leaf]:
    """Every criterion of a tree, in the order in which it is written."""
    return [tree] if "kind" in tree else [leaf for branch in branches(tree) for leaf in leaves(branch)]


def tree_for(policy: dict[str, Any], renewal: bool = False) -> Tree:
    """The criteria of a first request, or those of a renewal. NoPolicy where the policy has no renewal criteria."""
    tree = policy["renewal_criteria"] if renewal else policy["criteria"]
    if tree is None:
        raise NoPolicy(f"{policy['policy_id']} has no renewal criteria. A further request is judged like a first one.")
    return tree


# --- prose from the tree ------------------------------------------------------------------------------------------------


@cache
def drug_name(drug_id: str) -> str:
    """Brand and generic name of an invented drug, such as "Glumetor (glumetor hydrochloride)"."""
    found = data.rows("drugs", drug_id=drug_id)
    if not found:
        raise NoPolicy(f"There is no drug {drug_id!r}. Drug ids look like DRG-101.")
    return f"{found[0]['brand_name']} ({found[0]['generic_name']})"


def _listed(words: list[str]) -> str:
    return " or ".join(word.replace("_", " ") for word in words)


def sentence(leaf: Leaf) -> str:
    """One criterion in words, made from its numbers and lists (and, for a note, from what the note must show)."""
    kind = leaf["kind"]
    back = leaf.get("lookback_days")
    if kind == "diagnosis":
        return f"The diagnosis code begins with {_listed(leaf['icd10'])}."
    if kind == "compendium":
        return "The use is in the label, or the compendia that count for the member's program support it."
    if kind == "prescriber":
        return f"Ordered by a specialist in {_listed(leaf['specialties'])}."
    if kind == "age":
        return f"At least {leaf['min_years']} years old on the day of the request."
    if kind == "note":
        shown = leaf["say"].removesuffix(f", in a signed note not older than {back} days")
        return f"{shown}: in a signed note that is not older than {back} days ({_listed(leaf['note_kinds'])})."
    if kind == "lab":
        limit = f"{COMPARE[leaf['op']]} {leaf['value']:g} {leaf['unit']}"
        return f"{leaf['test']} {limit}: the latest result counts, and it is not older than {back} days."
    if kind == "study":
        return f"{leaf['study'].capitalize()} with the finding {_listed(leaf['findings'])}: the latest one counts, and it is not older than {back} days."
    if kind == "therapy":
        return (
            f"At least {leaf['min_days']} days of {_listed(leaf['therapy'])}, directed by a provider, without improvement, "
            f"ended or still running within {back} days before the request."
        )
    names = " or ".join(drug_name(d) for d in leaf["drugs"])
    return (
        f"A trial of {names} for at least {leaf['min_days']} days in a row (gaps of up to {leaf['max_gap_days']} days "
        f"break nothing), last fill within {back} days before the request."
    )


def checklist(tree: Tree, depth: int = 0) -> Iterator[Line]:
    """The tree as lines to tick off: a heading for each node, and its criteria below it."""
    if "kind" in tree:
        yield Line(depth, sentence(tree), tree["id"])
        return
    yield Line(depth, ALL if "all" in tree else ANY)
    for branch in branches(tree):
        yield from checklist(branch, depth + 1)


def checklist_text(tree: Tree) -> str:
    """The checklist as plain text, indented."""
    return "\n".join(
        f"{'    ' * line.depth}{line.criterion + '  ' if line.criterion else ''}{line.words}"
        for line in checklist(tree)
    )


def places(policy: dict[str, Any]) -> str:
    """The places of service that a policy accepts, with their names; where it names none, it says so."""
    codes = policy["site_of_care"]
    return ", ".join(f"{c} {PLACES.get(c, '')}".strip() for c in codes) if codes else "no rule about the place"


def dates(policy: dict[str, Any]) -> str:
    """From when until when a version holds, in words."""
    last = policy["effective_to"]
    return f"{policy['effective_from']} to {last}" if last else f"since {policy['effective_from']}"


# --- where a plan keeps the rule ------------------------------------------------------------------------------------------


def find(plan_id: str, code: str, day: object, tables: Mapping[str, pd.DataFrame] | None = None) -> Found:
    """A plan's rule for a code on a day, and the policy version in force on it. NoPolicy where the list has no row."""
    when = as_day(day)
    mine = data.rows("pa_list", tables, plan_id=plan_id, code=code)
    held = [
        r
        for r in mine
        if as_day(r["effective_from"]) <= when and (_missing(r["effective_to"]) or when <= as_day(r["effective_to"]))
    ]
    if not held:
        more = " Other days have one." if mine else ""
        raise NoPolicy(f"The list of {plan_id} has no rule for {code} on {when}.{more}")
    rule = held[0]
    if _missing(rule["policy_id"]):
        return Found(rule, None, ())
    policy = in_force(rule["policy_id"], when)
    others = tuple(p["version"] for p in versions(rule["policy_id"]) if p["version"] != policy["version"])
    return Found(rule, policy, others)


def changes(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What differs between two versions: (criterion, words of the old one, words of the new one)."""
    before, after = ({x["id"]: sentence(x) for x in leaves(p["criteria"])} for p in (old, new))
    return [
        (c, before.get(c, "not there"), after.get(c, "not there"))
        for c in dict.fromkeys([*before, *after])
        if before.get(c) != after.get(c)
    ]


def _missing(value: object) -> bool:
    return value is None or value != value or value == ""
