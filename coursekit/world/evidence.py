"""Writing evidence into a chart so that a criterion comes out as planned."""

from __future__ import annotations

from typing import Any

from .clock import DAY, short_day
from .draws import Picker
from .drugs import DRUGS
from .store import Store
from .words import ABSENT, FINDING, WHY

LAB_UNITS = {
    "AHI": 1,
    "SpO2 at rest": 0,
    "HbA1c": 1,
    "BMI": 1,
    "PHQ-9": 0,
    "T-score": 1,
    "IgE": 0,
    "ferritin": 0,
    "eosinophils": 0,
    "LDL": 0,
    "HCV RNA": 0,
}
STEP = {
    "AHI": 12.0,
    "SpO2 at rest": 3,
    "HbA1c": 1.2,
    "BMI": 4.0,
    "PHQ-9": 4,
    "T-score": 0.6,
    "IgE": 120,
    "ferritin": 14,
    "eosinophils": 140,
    "LDL": 38,
    "HCV RNA": 900000,
}
STUDY_TEXT = {
    "nodule": "9 mm nodule RUL.", "mass": "Mass L hilum.", "malignant": "Malignant cells present.", "abnormal": "Abnormal: ST depression inferolateral.", "severe": "Severe medial narrowing, osteophytes.",
    "blocked": "Superior field blocked 35 percent, clears with taping.", "ligament_tear": "Complete ACL tear.", "new_lesions": "Two new enhancing lesions.", "positive": "Positive.",
    "fluid": "Subretinal fluid present.", "mutation_found": "Driver mutation detected.", "normal": "Normal study.", "mild": "Mild change only.", "negative": "Negative.",
}  # fmt: skip
NORMAL = {
    "knee x-ray": "mild",
    "biopsy": "negative",
    "PD-L1 test": "negative",
    "mutation test": "negative",
    "receptor test": "negative",
}
OWN_NOTE = {"exam_report", "home_assessment", "therapy_note", "consult", "history_and_physical", "discharge_summary"}


class Evidence:
    """Adds chart rows for one request. After `write`, `rows` holds (leaf id, source kind, ids) and `lines` the sentences for the visit note."""

    def __init__(self, store: Store, draw: Picker, member: str, day: int, npi: str, pharmacy: str) -> None:
        self.store, self.draw, self.member, self.day, self.npi, self.pharmacy = store, draw, member, day, npi, pharmacy
        self.rows: list[tuple[str, str, list[str]]] = []
        self.lines: list[str] = []
        self.unsigned = False

    def write(self, leaf: dict[str, Any], how: str) -> None:
        """Write the evidence of a leaf. `how`: met, not_met, not_shown, stale, unsigned, short, self, gap, claimed (the note says so, the rows do not)."""
        kind = leaf["kind"]
        if kind == "lab":
            self._lab(leaf, how)
        elif kind == "study":
            self._study(leaf, how)
        elif kind == "therapy":
            self._therapy(leaf, how)
        elif kind == "drug_trial":
            self._trial(leaf, how)
        elif kind == "note":
            self._note(leaf, how)

    def _when(self, leaf: dict, how: str) -> int:
        back = leaf["lookback_days"]
        if how == "stale":
            return self.day - back - self.draw.between(12, 160)
        return self.day - self.draw.between(2, max(3, int(back * 0.6)))

    def _lab(self, leaf: dict, how: str) -> None:
        if how == "not_shown":
            return
        test, limit, step = leaf["test"], leaf["value"], STEP[leaf["test"]]
        good = how != "not_met"
        up = leaf["op"] == ">="
        away = step * (0.15 + self.draw.u())
        value = limit + away if up == good else limit - away
        if not good and leaf["op"] == "<=" and value <= limit:
            value = limit + step * 0.5
        value = max(value, 1.0) if test not in ("T-score",) else value
        if test == "SpO2 at rest":
            value = min(value, 97)
        when = self._when(leaf, how)
        value = round(value, LAB_UNITS[test])
        if good and leaf["op"] == "<" and value >= limit:
            value = limit - 1
        made = self.store.add(
            "labs",
            "lab_id",
            member_id=self.member,
            test=test,
            value=value,
            unit=_unit(leaf),
            collected_on=when,
            ordered_by_npi=self.npi,
        )
        if self.draw.chance(0.35):
            self.lines.append(f"{test} {value:g} ({short_day(when)}).")
        self.rows.append((leaf["id"], "labs", [made]))

    def _study(self, leaf: dict, how: str) -> None:
        if how == "not_shown":
            return
        finding = (
            leaf["findings"][self.draw.below(len(leaf["findings"]))]
            if how != "not_met"
            else NORMAL.get(leaf["study"], "normal")
        )
        made = self.store.add(
            "imaging",
            "study_id",
            member_id=self.member,
            study=leaf["study"],
            done_on=self._when(leaf, how),
            finding=finding,
            impression=STUDY_TEXT[finding],
        )
        self.rows.append((leaf["id"], "imaging_report", [made]))

    def _therapy(self, leaf: dict, how: str) -> None:
        if how == "not_shown":
            return
        d, need = self.draw, leaf["min_days"]
        kind = leaf["therapy"][d.below(len(leaf["therapy"]))]
        length, directed, outcome = need + d.between(1, 30), "provider", "no_improvement"
        end: int | None = self.day - d.between(2, max(3, min(40, leaf["lookback_days"] // 3)))
        if how in ("short", "not_met"):
            length, outcome = max(5, int(need * (0.2 + 0.55 * d.u()))), "no_improvement"
        elif how == "self":
            directed, kind = "self", "home_exercise" if "home_exercise" in leaf["therapy"] else kind
        elif how == "stale":
            end = self.day - leaf["lookback_days"] - d.between(10, 120)
        start = end - length
        visits = max(1, length // 5) if directed == "provider" else 0
        made = self.store.add("therapy", "therapy_id", member_id=self.member, kind=kind, start=start, end=end, visits=visits, directed_by=directed,
                              provider_npi=self.npi if directed == "provider" else None, outcome=outcome)  # fmt: skip
        words = {
            "physical_therapy": "PT",
            "home_exercise": "HEP",
            "chiropractic": "chiro",
            "diet_program": "diet program",
            "wound_care": "wound care",
            "psychotherapy": "therapy",
        }[kind]
        if directed == "self":
            self.lines.append("Did exercises on own from the internet, no relief.")
        elif how in ("short", "not_met"):
            self.lines.append(f"Started {words} {short_day(start)}, little relief.")
        else:
            self.lines.append(f"{words} {short_day(start)}-{short_day(end)}, no relief.")
        self.rows.append((leaf["id"], "therapy_record", [made]))

    def _trial(self, leaf: dict, how: str) -> None:
        d = self.draw
        drug = leaf["drugs"][d.below(len(leaf["drugs"]))]
        names = DRUGS[drug]
        said = names[d.below(2)]
        if how == "not_shown":
            return
        if how == "claimed":
            self.lines.append(f"Tried and failed {said}, {leaf['min_days'] // 28 + 1} mo.")
            return
        supply = names[19]
        need = leaf["min_days"]
        count = -(-need // supply) + d.between(0, 2)
        short = how in ("short", "not_met", "gap")
        if short:
            count = max(1, int(need / supply * (0.3 + 0.4 * d.u())))
        last = self.day - d.between(5, 60) if how != "stale" else self.day - leaf["lookback_days"] - d.between(10, 90)
        when = last - (count - 1) * (supply + 1)
        ids = []
        if how == "gap":
            early = when - 45 - supply * max(1, count - 1)
            for k in range(max(1, count - 1)):
                ids.append(self._fill(drug, names, early + k * (supply + 1)))
        for k in range(count):
            ids.append(self._fill(drug, names, when + k * (supply + 1)))
        if not short and d.chance(0.6):
            self.lines.append(f"{said} since {short_day(when)}, inadequate response.")
        elif short:
            self.lines.append(f"On {said}, recently started.")
        self.rows.append((leaf["id"], "fill_history", ids))

    def _fill(self, drug: str, names: tuple, when: int) -> str:
        return self.store.add("fills", "fill_id", member_id=self.member, drug_id=drug, drug_name=names[self.draw.below(2)], filled_on=when, quantity=names[18],
                              days_supply=names[19], prescriber_npi=self.npi, pharmacy_npi=self.pharmacy)  # fmt: skip

    def own_drug(self, drug: str, fills: int) -> list[str]:
        """Earlier fills of the requested drug itself (renewals)."""
        names = DRUGS[drug]
        supply = names[19]
        return [self._fill(drug, names, self.day - 8 - (fills - k) * (supply + 1)) for k in range(fills)]

    def _note(self, leaf: dict, how: str) -> None:
        if how == "not_shown":
            return
        d = self.draw
        if how == "not_met":
            self.lines.append(d.one(ABSENT))
            return
        word = leaf["words"][d.below(len(leaf["words"]))]
        text = d.one(FINDING[word])
        if "{first}" in text:
            drug = self._first_choice(leaf)
            text = text.format(first=drug, why=d.one(WHY))
        own = leaf["note_kinds"][0] in OWN_NOTE
        if own or how == "stale":
            when = self._when(leaf, how)
            kind = leaf["note_kinds"][0]
            signed = None if how == "unsigned" else when * DAY + d.between(900, 1200)
            made = self.store.add(
                "notes",
                "note_id",
                member_id=self.member,
                kind=kind,
                service_date=when,
                author_npi=self.npi,
                signed_at=signed,
                text=text,
            )
            self.rows.append((leaf["id"], "note", [made]))
            return
        self.unsigned = self.unsigned or how == "unsigned"
        self.lines.append(text)
        self.rows.append((leaf["id"], "note", ["VISIT"]))

    first_choices: tuple[str, ...] = ()

    def _first_choice(self, leaf: dict) -> str:
        choices = self.first_choices or ("DRG-103",)
        return DRUGS[choices[self.draw.below(len(choices))]][1]


def _unit(leaf: dict) -> str:
    return leaf["say"].split(",")[0].rsplit(f"{leaf['value']:g} ", 1)[-1]
