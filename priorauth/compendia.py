"""Is the use of a drug a medically accepted indication? The decision path, step by step, with its proof.

>>> decide("Part D", "DRG-108", "L73.2", "2026-05-26").verdict
'supported'

The rules come from the fact base; each step names its fact. The law lists no support levels for Part D and Medicaid: the
course reads the levels everywhere as Medicare's manual reads them for Part B, and its lessons say so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from priorauth import days, references

if TYPE_CHECKING:
    import pandas as pd

PROGRAMS = ("Part B", "Part D", "Medicaid")
BOOKS = ("AHFS-DI", "DRUGDEX", "NCCN", "Clinical Pharmacology", "Lexi-Drugs")
TWO, FIVE = BOOKS[:2], BOOKS
#: What the path can end with.
EXCLUDED, ON_LABEL, SUPPORTED, AGAINST, SILENT, ASK = (
    "excluded", "on label", "supported", "listed against", "no listing that counts", "ask the payer",
)  # fmt: skip
VERDICTS = {
    EXCLUDED: "The benefit leaves this use out. No evidence changes that.",
    ON_LABEL: "The use is in the FDA-approved label, so it is a medically accepted indication.",
    SUPPORTED: "The use is off-label, and a compendium that counts supports it.",
    AGAINST: "The use is off-label, and a compendium that counts speaks against it.",
    SILENT: "The use is off-label, and no compendium that counts says anything about it.",
    ASK: "The rules that we know do not settle this. Ask the payer, and write down the answer.",
}
SUPPORTS = {
    "NCCN": ("category 1", "category 2A"),
    "DRUGDEX": ("Class I", "Class IIa", "Class IIb"),
    "AHFS-DI": ("supportive",),
    "Clinical Pharmacology": ("supportive",),
    "Lexi-Drugs": ("Off-Label, Evidence Level A",),
}
SPEAKS_AGAINST = {
    "NCCN": ("category 3",),
    "DRUGDEX": ("Class III",),
    "AHFS-DI": ("not supportive",),
    "Clinical Pharmacology": ("not supportive",),
    "Lexi-Drugs": ("Unsupported",),
}
_LEVEL_FACT = {SUPPORTED: "mai-supportive", AGAINST: "mai-not-supportive", SILENT: "mai-silence"}
#: Uses of excluded classes that the course's drugs can be asked for, by the beginning of the diagnosis code.
EXCLUDED_USES = {"weight loss": ("E66",), "hair growth": ("L64",), "erectile dysfunction": ("N52",), "cough relief": ("R05",)}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One question of the path, its answer, and the fact behind it."""

    question: str
    answer: str
    fact: str = ""


@dataclass(frozen=True)
class Decision:
    """Where the path ends: the verdict, the id that proves it ("" if nothing does), and every step.

    `proof` is a listing or the drug (its label); `fact` is the rule that decided.
    """

    verdict: str
    proof: str
    steps: tuple[Step, ...]
    fact: str
    listings: tuple[str, ...] = field(default=())

    @property
    def citation(self) -> str:
        """Short citation of the deciding rule."""
        from priorauth.facts import cite

        return cite(self.fact) if self.fact else ""


def reads(compendium: str, level: str) -> str:
    """How a listing's level reads: "supports", "against", or "unclear" (such as NCCN category 2B)."""
    if level in SUPPORTS.get(compendium, ()):
        return "supports"
    return "against" if level in SPEAKS_AGAINST.get(compendium, ()) else "unclear"


def books(program: str, anticancer: bool) -> tuple[tuple[str, ...], str]:
    """The compendia that count, and the fact that says so; none for a Part B drug that is not used against cancer."""
    if program not in PROGRAMS:
        raise ValueError(f"There is no program {program!r}. Use one of {', '.join(PROGRAMS)}.")
    if program == "Medicaid":
        return TWO, "mai-medicaid"
    if program == "Part D":
        return (FIVE, "mai-partd-cancer") if anticancer else (TWO, "mai-partd-other")
    return (FIVE, "mai-partb-five") if anticancer else ((), "")


def matches(codes: str, icd10: str) -> bool:
    """Whether a diagnosis code begins with one of some codes, which are separated by a semicolon."""
    return any(icd10.startswith(code) for code in codes.split(";") if code)


def about(drug_id: str, icd10: str) -> pd.DataFrame:
    """Every listing of a drug for a diagnosis, in every compendium, old and new."""
    import pandas as pd

    found = references.listings()
    same = pd.Series([matches(str(codes), icd10) for codes in found["icd10"]], index=found.index)
    return found[same & (found["drug_id"] == drug_id)]


def in_force(drug_id: str, icd10: str, day: object) -> pd.DataFrame:
    """The listings for a use that are in force on a day: in each compendium the newest one dated on or before it."""
    import pandas as pd

    found = about(drug_id, icd10)
    found = found[found["dated"] <= pd.Timestamp(days.as_day(day))]
    return found.sort_values(["dated", "listing_id"]).drop_duplicates("compendium", keep="last")


def decide(program: str, drug_id: str, icd10: str, day: object) -> Decision:
    """Walk the path for one of the lesson's uses (the shelf `worked`) under one program on one day.

    program: "Part B", "Part D" or "Medicaid". day: as `priorauth.days` reads it. An unknown program or drug, and a
    use that the lesson does not work through, raise ValueError.
    """
    known = references.drugs().set_index("drug_id")
    if drug_id not in known.index:
        raise ValueError(f"There is no drug {drug_id!r}. Drug ids look like DRG-101.")
    worked = references.shelf("worked")
    if not len(worked[(worked["drug_id"] == drug_id) & (worked["icd10"] == icd10)]):
        raise ValueError(f"The lesson does not work through {drug_id} for {icd10}. Walk this path yourself.")
    drug = known.loc[drug_id]
    counting, rule = books(program, bool(drug["anticancer"]))
    steps: list[Step] = []

    def end(verdict: str, proof: str = "", fact: str = "", ids: tuple[str, ...] = ()) -> Decision:
        return Decision(verdict, proof, tuple(steps), fact, ids)

    excluded = _exclusion(program, icd10)
    steps.append(Step("Does the benefit leave this use out?", excluded[1] or "No exclusion found.", excluded[2]))
    if excluded[0]:
        return end(excluded[0], "", excluded[2])
    if matches(str(drug["label_icd10"]), icd10):
        steps.append(Step("Is the use in the label?", f"Yes. The label names {drug['label_indications']}."))
        return end(ON_LABEL, drug_id, "" if program == "Part B" else rule)
    steps.append(Step("Is the use in the label?", f"No. The label names {drug['label_indications']}."))
    if not counting:
        words = "The list of five is for drugs against cancer. For other Part B drugs, look for an NCD or LCD and ask the contractor."
        steps.append(Step("Which compendia count?", words))
        return end(ASK)
    kind = "a drug against cancer" if drug["anticancer"] else "a drug that is not used against cancer"
    steps.append(Step("Which compendia count?", f"For {kind} under {program}: {', '.join(counting)}.", rule))
    return _read(
        drug_id, icd10, day, counting, rule, steps, literature=program != "Medicaid" and bool(drug["anticancer"])
    )


def _exclusion(program: str, icd10: str) -> tuple[str, str, str]:
    """(verdict or "", words, fact) of the first step."""
    use = next((name for name, codes in EXCLUDED_USES.items() if icd10.startswith(codes)), "")
    if not use or program == "Part B":
        return "", "", ""
    if program == "Part D":
        return EXCLUDED, f"Yes. Basic Part D leaves out drugs for {use}.", "excluded-partd"
    words = f"Perhaps. A state may leave out drugs for {use}. Look at the plan's formulary."
    return ASK, words, "excluded-classes-law"


def _read(
    drug_id: str, icd10: str, day: object, counting: tuple[str, ...], rule: str, steps: list[Step], literature: bool
) -> Decision:
    """The last steps: what the counting compendia say on the day."""
    current = in_force(drug_id, icd10, day)
    here = current[current["compendium"].isin(counting)]
    others = current[~current["compendium"].isin(counting)]
    rows = here.to_dict("records")
    told = "; ".join(f"{r['listing_id']} {r['compendium']} {r['level']}, {r['dated']:%Y-%m-%d}" for r in rows)
    aside = "; ".join(f"{r['listing_id']} {r['compendium']} {r['level']}" for r in others.to_dict("records"))
    words = (told or "Nothing.") + (
        f" Set aside, because the compendium does not count here: {aside}." if aside else ""
    )
    steps.append(Step("What do they say on this day?", words))
    said = {
        how: [r for r in rows if reads(r["compendium"], r["level"]) == how]
        for how in ("supports", "against", "unclear")
    }
    ids = tuple(r["listing_id"] for r in rows)
    if said["supports"] and said["against"]:
        verdict, proof, fact = ASK, "", "mai-one-negative"
    elif said["supports"]:
        verdict, proof, fact = SUPPORTED, said["supports"][-1]["listing_id"], rule
    elif said["against"]:
        verdict, proof, fact = AGAINST, said["against"][-1]["listing_id"], rule
    elif said["unclear"]:
        verdict, proof, fact = ASK, said["unclear"][-1]["listing_id"], "mai-nccn-2b"
    else:
        verdict, proof, fact = SILENT, "", rule
    steps.append(Step("How does that read?", VERDICTS[verdict], _LEVEL_FACT.get(verdict, fact)))
    if verdict == SILENT and literature:
        steps.append(Step("Is there another way?", "Peer-reviewed articles may be weighed for cancer drugs. Ask the payer what it wants to see.", "mai-literature-partb"))  # fmt: skip
    return Decision(verdict, proof, tuple(steps), fact, ids)
