"""Members and their cover, made when a request needs them."""

from __future__ import annotations

from typing import Any

from . import payers as P
from .clock import TODAY_DAY
from .draws import Picker
from .names import CITIES, FIRST_F, FIRST_M, LAST, STREETS
from .store import Store

YEAR = 365.25


class People:
    """Finds a member of a plan who can carry a request (no evidence in common with earlier ones), or makes a new one."""

    def __init__(self, store: Store, draw: Picker, pcps: list[str]) -> None:
        self.store, self.draw, self.pcps = store, draw, pcps
        self.by_plan: dict[str, list[dict[str, Any]]] = {}
        self.open_plans = [p for p in P.PLANS if p not in ("PLN-11", "PLN-12")]

    def find(self, plan: str, keys: frozenset[str], sex: str, service: int, alone: bool) -> dict[str, Any]:
        """A person record: id, first, last, birth (day), sex, card, coverage row."""
        if not alone and self.draw.chance(0.7):
            pool = self.by_plan.get(plan, [])
            for _ in range(3 if pool else 0):
                p = pool[self.draw.below(len(pool))]
                if p["count"] < 4 and not (keys & p["keys"]) and (not sex or sex == p["sex"]) and p["start"] <= service:
                    p["keys"] |= keys
                    p["count"] += 1
                    return p
        return self.make(plan, keys, sex, service, alone)

    def make(self, plan: str, keys: frozenset[str], sex: str, service: int, alone: bool) -> dict[str, Any]:
        """A new member with cover on the service day."""
        d, line = self.draw, P.PLANS[plan][2]
        sex = sex or ("F" if d.chance(0.55) else "M")
        disabled = False
        if line in ("medicare_advantage", "traditional_medicare"):
            disabled = d.chance(0.1)
            years = d.between(45, 63) if disabled else d.between(66, 88)
        else:
            years = d.between(19, 62)
        birth = TODAY_DAY - int(years * YEAR) - d.below(365)
        first, last = d.one(FIRST_F if sex == "F" else FIRST_M), d.one(LAST)
        mid = self.store.add("members", "member_id", first_name=first, last_name=last, birth_date=birth, sex=sex, address=f"{d.between(9000, 9999)} {d.one(STREETS)}",
                             city=d.one(CITIES), phone=f"555-01{d.below(100):02d}", language="Spanish" if d.chance(0.08) else "English")  # fmt: skip
        start = -365 if d.chance(0.6) else 0 if d.chance(0.8) or service < 60 else d.below(service - 30)
        start = min(start, service - 20)
        person = {
            "id": mid,
            "first": first,
            "last": last,
            "birth": birth,
            "sex": sex,
            "keys": set(keys),
            "count": 1 if not alone else 9,
            "start": start,
            "plan": plan,
            "disabled": disabled,
        }
        person["card"] = f"{d.between(2, 8)}{d.below(10**8):08d}"
        basis, holder, size = self._basis(line, disabled)
        person["coverage"] = self.cover(person, plan, person["card"], start, None, 1, basis, holder, size)
        if not alone:
            self.by_plan.setdefault(plan, []).append(person)
            self._second(person, line, disabled, basis)
        if plan == "PLN-11" or plan == "PLN-12":
            other = "PLN-12" if plan == "PLN-11" else "PLN-11"
            self.cover(
                person,
                other,
                f"{d.between(2, 8)}{d.below(10**8):08d}",
                start,
                None,
                1,
                "medicare_disability" if disabled else "medicare_age",
                "self",
                None,
            )
        return person

    def _basis(self, line: str, disabled: bool) -> tuple[str, str, int | None]:
        d = self.draw
        if line in ("medicare_advantage", "traditional_medicare"):
            return ("medicare_disability" if disabled else "medicare_age"), "self", None
        if line == "medicaid_managed":
            return "medicaid", "self", None
        if line == "marketplace_qhp":
            return "individual", "self", None
        if d.chance(0.7):
            return "employment", "self", d.one((8, 15, 45, 120, 400, 2500))
        return "spouse_employment", "spouse", d.one((8, 15, 45, 120, 400, 2500))

    def cover(
        self,
        person: dict[str, Any],
        plan: str,
        card: str,
        start: int,
        end: int | None,
        rank: int,
        basis: str,
        holder: str,
        size: int | None,
    ) -> dict[str, Any]:
        """Add a coverage row and return it (rows can still be changed)."""
        d, p = self.draw, P.PLANS[plan]
        holder_birth = person["birth"] if holder == "self" else person["birth"] + d.between(-2500, 2500)
        met = int(p[10] * min(1.0, d.u() * 1.4)) if p[10] else 0
        oop = min(p[12], met + int(d.u() * d.u() * p[12] * 0.7)) if p[12] else 0
        verified = max(start, min(TODAY_DAY - 1, TODAY_DAY - d.between(1, 200)))
        self.store.add("coverage", "coverage_id", member_id=person["id"], plan_id=plan, card_id=card, start=start, end=end, rank=rank, basis=basis, holder=holder,
                       holder_birth_date=holder_birth, employer_size=size, verified_on=verified, pcp_npi=d.one(self.pcps) if p[3] in ("HMO", "POS", "MCO") else None,
                       deductible_met=float(met), oop_met=float(oop))  # fmt: skip
        return self.store.tables["coverage"][-1]

    def _second(self, person: dict[str, Any], line: str, disabled: bool, basis: str) -> None:
        """A second cover for some, always one that pays second; the clinic's recorded order is wrong for one in four."""
        d = self.draw
        if not d.chance(0.07):
            return
        first = person["coverage"]
        card = f"{d.between(2, 8)}{d.below(10**8):08d}"
        if line == "medicare_advantage":
            small = d.one((6, 12, 18)) if not disabled else d.one((20, 60, 90))
            kind = d.below(3)
            if kind == 0:
                self.cover(
                    person, d.one(("PLN-08", "PLN-09")), card, person["start"], None, 2, "medicaid", "self", None
                )
            elif kind == 1:
                self.cover(person, "PLN-03", card, person["start"], None, 2, "retiree", "self", None)
            else:
                self.cover(
                    person,
                    "PLN-04",
                    card,
                    person["start"],
                    None,
                    2,
                    "employment" if d.chance(0.5) else "spouse_employment",
                    "self",
                    small,
                )
                row = self.store.tables["coverage"][-1]
                row["holder"] = "self" if row["basis"] == "employment" else "spouse"
            why = (
                "Medicare pays before Medicaid",
                "Medicare pays before a retiree plan",
                "Medicare pays before a small employer's plan",
            )[kind]
        elif line == "commercial" and basis == "employment":
            if d.chance(0.5):
                self.cover(
                    person,
                    d.one(("PLN-01", "PLN-03", "PLN-04")),
                    card,
                    person["start"],
                    None,
                    2,
                    "spouse_employment",
                    "spouse",
                    d.one((30, 200, 900)),
                )
                why = "The cover of the patient's own job pays before the spouse's"
            else:
                self.cover(
                    person, d.one(("PLN-08", "PLN-09")), card, person["start"], None, 2, "medicaid", "self", None
                )
                why = "Medicaid pays last"
        else:
            return
        second = self.store.tables["coverage"][-1]
        wrong = d.chance(0.25)
        if wrong:
            first["rank"], second["rank"] = 2, 1
        self.store.truth.setdefault("cob", []).append(
            {
                "member_id": person["id"],
                "primary": first["coverage_id"],
                "secondary": second["coverage_id"],
                "why": why,
                "recorded_wrong": wrong,
            }
        )
