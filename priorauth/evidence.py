"""The evidence ladder: kinds of evidence from strong to weak, and what each is worth under which program."""

from __future__ import annotations

from dataclasses import dataclass

#: Setting -> the words that a learner chooses from.
SETTINGS = {
    "Medicaid": "Medicaid, any drug",
    "Part D": "Part D, drug not used against cancer",
    "Part D cancer": "Part D, drug against cancer",
    "Part B cancer": "Part B, drug against cancer",
}
COUNTS, WEIGHED, NOT, ASK = "counts", "may be weighed", "does not count", "ask the payer"


@dataclass(frozen=True)
class Rung:
    """One kind of evidence: what it is worth by setting (all settings if there is one entry), why, and the facts."""

    name: str
    worth: dict[str, str]
    why: str
    facts: tuple[str, ...]


def _all(worth: str) -> dict[str, str]:
    return dict.fromkeys(SETTINGS, worth)


_CANCER = {"Medicaid": NOT, "Part D": NOT, "Part D cancer": COUNTS, "Part B cancer": COUNTS}
_ARTICLES = {"Medicaid": NOT, "Part D": NOT, "Part D cancer": ASK, "Part B cancer": WEIGHED}
RUNGS: tuple[Rung, ...] = (
    Rung("The label names the use", _all(COUNTS), "A use that the FDA approved is a medically accepted indication. Nothing more is needed.", ("mai-medicaid",)),
    Rung("AHFS-DI or DRUGDEX supports the use", _all(COUNTS), "These two count in every program of this table, if the listing is in force on the day.", ("mai-medicaid", "mai-partb-five")),
    Rung("NCCN, Clinical Pharmacology or Lexi-Drugs supports the use", _CANCER, "These three are on the list for drugs against cancer, under Part B and Part D.", ("mai-partb-five", "mai-partd-cancer")),
    Rung("NCCN category 2B", {**_CANCER, "Part D cancer": ASK, "Part B cancer": ASK}, "The manual names 2B in neither list. One contractor's article accepts it.", ("mai-nccn-2b",)),
    Rung("A trial in a regular issue of a journal on the list", _ARTICLES, "A second way for cancer drugs. It is weighed, and may be found too weak.", ("mai-literature-partb", "mai-journal-list")),
    Rung("A supplement that the maker paid for", _all(NOT), "Someone with an interest paid for it, so it does not count, whatever journal it comes with.", ("mai-no-supplements",)),
    Rung("A case report", _all(NOT), "It describes single patients, and nobody is compared with anybody.", ("mai-case-reports",)),
    Rung("No text in any compendium that counts", _all(NOT), "Silence is neither support nor rejection. It proves nothing either way.", ("mai-silence",)),
    Rung("A listing that speaks against the use", _all(NOT), "NCCN category 3, DRUGDEX Class III, not supportive, or Unsupported. Say so before the reviewer does.", ("mai-not-supportive",)),
)  # fmt: skip


def ladder(setting: str) -> list[tuple[Rung, str]]:
    """Every rung with its worth in a setting, from the top. An unknown setting raises ValueError."""
    if setting not in SETTINGS:
        raise ValueError(f"There is no setting {setting!r}. Use one of {', '.join(SETTINGS)}.")
    return [(rung, rung.worth[setting]) for rung in RUNGS]
