"""The answers of Module 6 for single uses, listings and services; `module_06.py` chooses the records.

They are judged with the learner's own small functions (which compendia count, how a level reads, what is in force on a
day). What strings these together stands here, on the instructor's side.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from priorauth import compendia, references

NONE = "none"
LEFT_OUT, EXCEPTION, ANOTHER = (
    "other ways to pay or to treat", "formulary exception", "another accepted use or drug",
)  # fmt: skip
#: Words of an exclusion that name a use -> the beginning of its diagnosis codes; an exclusion without them is for all uses.
USES = {"weight loss": "E66", "hair growth": "L64"}
#: Lines of business that follow Medicare's NCDs and LCDs, and the areas in which the clinic's patients live.
MEDICARE = ("medicare_advantage", "traditional_medicare")
AREAS = ("the whole country", "area of the Fernhill Medicare Contractor")


@dataclass(frozen=True)
class Answer:
    """Where the path ends, the id that proves it ("none" if nothing does), and the counting listings, oldest first."""

    verdict: str
    proof: str
    listings: tuple[str, ...] = ()

    @property
    def pair(self) -> list[str]:
        return [self.verdict, self.proof]


def decide(program: str, drug_id: str, icd10: str, day: object) -> Answer:
    """The path for a use that the benefit does not leave out."""
    drug = references.drugs().set_index("drug_id").loc[drug_id]
    if compendia.matches(str(drug["label_icd10"]), icd10):
        return Answer(compendia.ON_LABEL, drug_id)
    counting = compendia.books(program, bool(drug["anticancer"]))[0]
    if not counting:
        return Answer(compendia.ASK, NONE)
    found = compendia.in_force(drug_id, icd10, day)
    rows = found[found["compendium"].isin(counting)].to_dict("records")
    ids = tuple(r["listing_id"] for r in rows)
    said = {compendia.reads(r["compendium"], r["level"]) for r in rows}
    if not rows:
        return Answer(compendia.SILENT, NONE)
    if len(said) > 1 or "unclear" in said:
        return Answer(compendia.ASK, NONE, ids)
    return Answer(compendia.SUPPORTED if said == {"supports"} else compendia.AGAINST, ids[-1], ids)


def naive(drug_id: str, icd10: str, day: object) -> Answer:
    """The path of somebody who reads every compendium: the label, or else the newest listing on or before the day."""
    drug = references.drugs().set_index("drug_id").loc[drug_id]
    if compendia.matches(str(drug["label_icd10"]), icd10):
        return Answer(compendia.ON_LABEL, drug_id)
    rows = compendia.in_force(drug_id, icd10, day).to_dict("records")
    if not rows:
        return Answer(compendia.SILENT, NONE)
    good = compendia.reads(rows[-1]["compendium"], rows[-1]["level"]) == "supports"
    return Answer(compendia.SUPPORTED if good else compendia.AGAINST, rows[-1]["listing_id"])


def worth(listing_id: str, program: str, day: object) -> str:
    """What one listing is worth for a program on a day: carries, wrong book, not yet, too old, too weak."""
    row = references.listings().set_index("listing_id").loc[listing_id]
    anticancer = bool(references.drugs().set_index("drug_id").loc[row["drug_id"], "anticancer"])
    if row["compendium"] not in compendia.books(program, anticancer)[0]:
        return "wrong book"
    if row["dated"] > pd.Timestamp(day):
        return "not yet"
    if listing_id not in set(compendia.in_force(row["drug_id"], row["icd10"].split(";")[0], day)["listing_id"]):
        return "too old"
    return "carries" if compendia.reads(row["compendium"], row["level"]) == "supports" else "too weak"


def next_step(plan_id: str, program: str | None, code: str, icd10: str, day: object) -> list[str]:
    """The step that can help after "not covered", and the row that shows why; [] if the three doors do not settle it.

    program: None for plans outside Part D and Medicaid, and for services.
    """
    rows = references.plan_rows(code)
    rows = rows[rows["plan_id"] == plan_id]
    out = rows[rows["list"] == "exclusions"]
    fits = [r for r in out.itertuples() if all(u not in r.says or str(icd10).startswith(c) for u, c in USES.items())]
    listed = rows[rows["list"] == "formulary"]
    if fits:
        return [LEFT_OUT, fits[0].row_id]
    if listed.empty or program is None or not isinstance(icd10, str):
        return []
    status, row_id = listed.iloc[0]["says"], listed.iloc[0]["row_id"]
    if status == "excluded":
        return [LEFT_OUT, row_id]
    made = decide(program, code, icd10, day)
    if made.verdict == compendia.AGAINST:
        return [ANOTHER, made.proof]
    accepted = made.verdict in (compendia.ON_LABEL, compendia.SUPPORTED)
    return [EXCEPTION, row_id] if accepted and status == "not_on_formulary" and program == "Part D" else []


def documents(line_of_business: str, code: str, day: object, skip: str = "") -> list[tuple[str, str]]:
    """(kind, id) of the documents that govern a service on a day, one question left out (`line`, `dates` or `area`)."""
    if skip != "line" and line_of_business not in MEDICARE:
        return []
    when, found = pd.Timestamp(day), references.shelf("documents")
    runs = (found["effective_from"] <= when) & (found["effective_to"].isna() | (found["effective_to"] >= when))
    found = found[(found["code"] == code) & (runs | (skip == "dates")) & (found["area"].isin(AREAS) | (skip == "area"))]
    return list(found[["kind", "doc_id"]].itertuples(index=False, name=None))


def governing(line_of_business: str, code: str, day: object, policy_id: str) -> list[str]:
    """The text that governs: the one NCD or LCD that holds, or else the plan's policy. LookupError if several hold."""
    found = documents(line_of_business, code, day)
    if len(found) > 1:
        raise LookupError(f"Several documents hold for {code} on {day}: {found}.")
    return list(found[0]) if found else ["plan policy", policy_id]
