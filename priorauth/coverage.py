"""Cover on a day: is it active, who pays first, is the provider in the network, and which rule book governs the plan.

Plain functions over plain rows of the tables `coverage`, `plans` and `networks`. A day may be a date, a Timestamp or
text that `priorauth.days` reads; a span holds its first and its last day. An empty end means that the span still runs.

The order of payers follows 42 U.S.C. 1395y(b) (Medicare as secondary payer), 42 U.S.C. 1396a(a)(25) (Medicaid last) and
the NAIC model rules; `priorauth.facts` holds the numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from priorauth import days

Row = Mapping[str, Any]

RIGHT_PLAN, OTHER_PLAN, NO_COVER = "right plan", "other plan", "no cover"
IN, OUT_PAID, OUT_UNPAID, NO_NETWORK = "in network", "outside, covered", "outside, not covered", "no network"

#: The course's numbers for the rules of who pays first, and what each rule says.
RULES: dict[str, str] = {
    "R1": "Medicaid pays last, after every other cover.",
    "R2": "Medicare because of kidney failure: the group plan pays first for 30 months, whatever the size of the employer. Then Medicare.",
    "R3": "Medicare because of age, and a plan from a current job of the patient or the spouse: the plan pays first if the employer has 20 or more employees. With fewer, Medicare.",
    "R4": "Medicare because of a disability, and a plan from a current job of the patient or a family member: the plan pays first if the employer has 100 or more employees. With fewer, Medicare.",
    "R5": "Medicare because of age or disability, and a plan from a former job (a retiree plan): Medicare pays first.",
    "R6": "No Medicare: the plan of the patient's own job pays before a plan through the spouse.",
    "R7": "A child on the plans of both parents, who live together: the plan of the parent whose birthday (month and day) comes first in the year. Same birthday: the plan that has run longer.",
}  # fmt: skip

#: Line of business -> who it is for, the rule book, and the fact that holds its clock for a standard request.
LINES: dict[str, tuple[str, str, str]] = {
    "commercial": ("workers and their families, through an employer", "the plan's contract and the federal claims rule; an insured plan also obeys state law, a self-funded one does not", "erisa-preservice-15-days"),
    "medicare_advantage": ("people with Medicare who chose a private plan", "Medicare law (42 CFR Part 422); drugs from a pharmacy under Part D", "ma-od-standard-pa-7-days"),
    "medicaid_managed": ("people with low income, in a plan that the state hired", "federal Medicaid rules and the state's contract", "mcd-mco-standard-7-days"),
    "marketplace_qhp": ("people who bought a plan on an exchange", "the health reform law and state law", "cms0057-qhp-no-decision-deadline"),
    "traditional_medicare": ("people with Medicare who did not choose a private plan", "Medicare law, read by a regional contractor; drugs from a pharmacy in a Part D plan of their own", "opd-pa-standard-7-days"),
    "other": ("here: workers of a county", "the plan's own contract, which follows the employer rules", "erisa-preservice-15-days"),
}  # fmt: skip

#: Designs that pay something outside their network in non-emergencies.
PAYS_OUTSIDE = frozenset({"PPO", "POS"})
_MEDICARE = ("medicare_age", "medicare_disability", "medicare_kidney")
_JOBS = ("employment", "spouse_employment", "parent_employment")


def day_of(value: Any) -> str:
    """A date, Timestamp or text as `2026-05-15`; empty for a missing value. ValueError for text that is no day."""
    return "" if value is None or value != value or value == "" else days.text(value)


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value)


def holds(row: Row, day: Any, start: str = "start", end: str = "end") -> bool:
    """Whether a span holds a day; its first and last day count."""
    last = day_of(row[end])
    return day_of(row[start]) <= day_of(day) and (not last or day_of(day) <= last)


def pays_for(plan: Row, pharmacy: bool) -> bool:
    """Whether a plan pays for this kind of thing at all: drugs from a pharmacy, or everything else.

    A drug plan of Part D pays for drugs from a pharmacy only; Original Medicare does not pay for them.
    """
    if _text(plan["product"]) == "PDP":
        return pharmacy
    return not (pharmacy and _text(plan["drug_rules"]) == "none")


# --- who pays first ------------------------------------------------------------------------------------------------


@cache
def _number(fact_id: str, key: str) -> int:
    """A limit as the fact base has it, such as 20 employees."""
    from priorauth.facts import fact

    return int(fact(fact_id).number(key))


def _pair(one: Row, two: Row) -> tuple[Row, str]:
    """The one of two covers that pays first, and the rule. ValueError if no rule of the course decides."""
    kinds = {_text(one["basis"]): one, _text(two["basis"]): two}
    if "medicaid" in kinds and len(kinds) == 2:
        return next(row for basis, row in kinds.items() if basis != "medicaid"), "R1"
    medicare = next((row for basis, row in kinds.items() if basis in _MEDICARE), None)
    job = next((row for basis, row in kinds.items() if basis in _JOBS), None)
    if medicare is not None and len(kinds) == 2:
        basis = _text(medicare["basis"])
        if basis == "medicare_kidney":
            group = job if job is not None else kinds.get("retiree")
            if group is not None:
                early = int(medicare["months"]) <= _number("msp-esrd-30-months", "months")
                return (group if early else medicare), "R2"
        elif "retiree" in kinds:
            return medicare, "R5"
        elif job is not None:
            age = basis == "medicare_age"
            least = _number("msp-working-aged-20" if age else "msp-disability-100", "employees")
            return (job if int(job["employer_size"]) >= least else medicare), "R3" if age else "R4"
    if _text(one["basis"]) == _text(two["basis"]) == "parent_employment":
        keys = [(day_of(row["holder_birth_date"])[5:], day_of(row["start"])) for row in (one, two)]
        return (one if keys[0] <= keys[1] else two), "R7"
    if "employment" in kinds and "spouse_employment" in kinds:
        return kinds["employment"], "R6"
    raise ValueError(f"The course has no rule for {_text(one['basis'])} together with {_text(two['basis'])}.")


def first_payer(covers: Sequence[Row]) -> tuple[Row, str]:
    """The cover that pays first, and the rule that says so ("" for a single cover).

    `covers` are rows with basis, holder_birth_date, employer_size, start (and months for kidney failure) that are all
    active on the day and all pay for the thing. ValueError for none, or where no rule of the course decides.
    """
    if not covers:
        raise ValueError("Nobody can pay first where there is no cover.")
    first, rule = covers[0], ""
    for other in covers[1:]:
        first, rule = _pair(first, other)
    return first, rule


# --- cover on a day ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    """What the coverage rows say about a request: `right plan`, `other plan` or `no cover`, with the row that proves it."""

    verdict: str
    coverage_id: str
    rule: str
    why: str


def status(rows: Iterable[Row], plans: Mapping[str, Row], plan_id: str, day: Any, pharmacy: bool = False) -> Verdict:
    """Does the plan that a request names pay first on the day of service?

    `rows` are the member's rows of `coverage`; `plans` maps plan ids to rows of `plans`. The proof is the row that pays
    first on the day; without cover it is the row of the plan that the request names. ValueError if the member never had
    that plan, or if two covers are active and no rule of the course decides.
    """
    mine = list(rows)
    active = [r for r in mine if holds(r, day) and pays_for(plans[_text(r["plan_id"])], pharmacy)]
    if not active:
        named = [r for r in mine if _text(r["plan_id"]) == plan_id]
        if not named:
            raise ValueError(f"The member has no row of cover in {plan_id}.")
        last = max(named, key=lambda r: day_of(r["start"]))
        return Verdict(NO_COVER, last["coverage_id"], "", f"Nothing that pays for this is active on {day_of(day)}.")
    first, rule = first_payer(active)
    verdict = RIGHT_PLAN if _text(first["plan_id"]) == plan_id else OTHER_PLAN
    why = RULES[rule] if rule else f"It is the only cover for this that is active on {day_of(day)}."
    return Verdict(verdict, first["coverage_id"], rule, why)


# --- the network on a day -----------------------------------------------------------------------------------------


def network_row(networks: Iterable[Row], plan_id: str, npi: str, day: Any) -> Row | None:
    """The row of `networks` that puts a provider into a plan's network on a day, or None."""
    return next((r for r in networks if r["plan_id"] == plan_id and r["npi"] == npi and holds(r, day)), None)


def network_status(plan: Row, networks: Iterable[Row], npi: str, day: Any) -> str:
    """`in network`, `outside, covered` (PPO, POS), `outside, not covered` (HMO, EPO, MCO) or `no network`.

    Emergencies are another matter: they are covered in and out of network. Original Medicare has no network.
    """
    if _text(plan["product"]) in ("FFS", "PDP"):
        return NO_NETWORK
    if network_row(networks, _text(plan["plan_id"]), npi, day):
        return IN
    return OUT_PAID if _text(plan["product"]) in PAYS_OUTSIDE else OUT_UNPAID
