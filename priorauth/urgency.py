"""May a request go as expedited? The standards of each line of business, as a table of plain rules.

`judge` answers four questions a specialist asks: which rules the plan lives under and what is asked for, who says that
speed is needed, and what that person says. It gives a verdict, the clock, the reason and the fact behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from priorauth.facts import cite

if TYPE_CHECKING:
    import pandas as pd

MUST, PLAN, STANDARD, ONE_CLOCK = "must expedite", "plan decides", "standard", "no fast clock"
#: What each verdict means at the desk.
VERDICTS = {
    MUST: "Send it as expedited. The right person has stated a ground that counts.",
    PLAN: "It may be asked for, and the payer judges whether the ground holds.",
    STANDARD: "Send it as standard. No ground that counts has been stated by someone who may state it.",
    ONE_CLOCK: "Send it. There is one clock for all, so asking for speed changes nothing.",
}
#: Code -> (name shown, the fact of the fast clock or of the single one, the answer time in words).
ASKED = {
    "ma_service": ("Medicare Advantage: item or service", "ma-od-expedited-72-hours", "72 hours after receipt"),
    "ma_partb": ("Medicare Advantage: Part B drug", "ma-partb-drug-expedited-24-hours", "24 hours after receipt"),
    "part_d": ("Medicare Part D: drug", "partd-cd-expedited-24-hours", "24 hours"),
    "mcd_service": (
        "Medicaid managed care: item or service",
        "mcd-mco-expedited-72-hours",
        "72 hours after receipt",
    ),
    "mcd_drug": ("Medicaid: outpatient drug", "mcd-drug-24-hours", "a response within 24 hours, for every request"),
    "employer": (
        "Employer or individual plan: before care",
        "erisa-urgent-72-hours",
        "72 hours after receipt",
    ),
    "opd": ("Original Medicare: hospital outpatient list", "opd-pa-expedited-2-business-days", "2 business days"),
    "ambulance": (
        "Original Medicare: repeated scheduled ambulance",
        "rsnat-pa-7-days",
        "7 calendar days, for every request",
    ),
}
WHO = {
    "physician": "a physician (Part D: the prescriber)",
    "clinician": "another clinician, such as a therapist",
    "patient": "the patient or the family, to the plan",
    "desk": "nobody but the desk or a form",
}
#: Whose word can bind, as it stands in a sentence.
SPEAKER = {"physician": "the right person", "clinician": "a provider"}
SAID = {
    "jeopardy": "waiting puts life, health or function at serious risk",
    "pain": "waiting means severe pain that nothing else controls",
    "unwell": "it hurts, or should be soon; no word on waiting",
    "calendar": "a date, a trip, a slot, money, or habit",
}


@dataclass(frozen=True)
class Judgment:
    """What may be done with a request for speed; all fields are text for people."""

    verdict: str
    means: str
    clock: str
    why: str
    next_step: str
    source: str


def _verdict(asked: str, who: str, said: str) -> tuple[str, str, str]:
    """Verdict, reason, next step; the order of the tests is the order of the lesson."""
    if asked in ("mcd_drug", "ambulance"):
        return (
            ONE_CLOCK,
            "The rule knows no separate fast track here.",
            "Send it complete, and call if the patient cannot wait even that long.",
        )
    if who == "patient":
        return (
            PLAN,
            "The patient may ask, with any reason, and then the payer judges it.",
            "Pass on what the clinician says about waiting, whatever it is.",
        )
    if said == "calendar":
        return (
            STANDARD,
            "A date, a trip, a price or a habit says nothing about harm from waiting.",
            "If you doubt it, ask the clinician one open question: what happens if this waits the standard time?",
        )
    if said == "unwell":
        return (
            STANDARD,
            "The words do not say what the standard time would do to the patient.",
            "Ask the clinician one open question: what happens if this waits the standard time?",
        )
    if who == "desk":
        return (
            STANDARD,
            "No clinician and no patient has said it, so the form states more than the record.",
            "Take the tick off, or get the clinician's own words into the record first.",
        )
    if said == "pain" and asked != "employer":
        return (
            STANDARD,
            "Pain alone is not in this line's words: life, health or function are.",
            "Ask the clinician whether the pain puts health or function at risk, and let the clinician write it down.",
        )
    if asked == "opd":
        return (
            PLAN,
            "The contractor looks at the reason that you send.",
            "Put the clinician's sentence into the request.",
        )
    if who == "clinician" and asked in ("ma_service", "ma_partb", "part_d", "employer"):
        binding = "prescriber" if asked == "part_d" else "physician"
        return (
            STANDARD,
            f"In this line the word of a {binding} counts, and not that of another clinician.",
            f"Ask the {binding} today. If she says it, in her own words, send it as expedited.",
        )
    doubt = " That the plan must then follow was not read in the text of the rule." if asked == "part_d" else ""
    return (
        MUST,
        f"The ground counts in this line, and it comes from {WHO[who].split(' (')[0].split(',')[0]}.{doubt}",
        "Quote the sentence, with name and date, in the request.",
    )


def judge(asked: str, who: str, said: str) -> Judgment:
    """Judge one request for speed. Arguments are codes of ASKED, WHO and SAID; another code raises ValueError."""
    for value, known in ((asked, ASKED), (who, WHO), (said, SAID)):
        if value not in known:
            raise ValueError(f"{value!r} is not known here; choose from {', '.join(known)}.")
    verdict, why, step = _verdict(asked, who, said)
    name, fact, clock = ASKED[asked]
    if verdict == STANDARD:
        clock = "the standard time of this line"
    elif verdict == PLAN:
        clock += ", if the payer agrees"
    return Judgment(
        verdict, VERDICTS[verdict], clock, f"{name}. {why}", step, cite(_source(asked, who, verdict) or fact)
    )


def _source(asked: str, who: str, verdict: str) -> str:
    """The fact on who may ask, where there is one; else the fact of the clock stands."""
    if asked.startswith("ma_"):
        return "ma-expedite-physician-request"
    return {"employer": "erisa-urgent-grounds", "part_d": "partd-expedite-ground"}.get(asked, "")


#: The codes of WHO and SAID in few words, for the text form of the tool.
FEW = {
    "physician": "physician",
    "clinician": "other clinician",
    "patient": "patient or family, to the plan",
    "desk": "desk",
    "jeopardy": "serious risk",
    "pain": "severe pain",
}


def summary() -> list[tuple[str, str, str, str]]:
    """Each plan and request in one row: name, what binds the payer, where the payer decides, the answer time."""
    return [
        (name, _when(asked, MUST) or "nothing", _when(asked, PLAN) or "nothing", clock)
        for asked, (name, _, clock) in ASKED.items()
    ]


def _when(asked: str, verdict: str) -> str:
    """Who and what gives a verdict, in words: "physician (serious risk, severe pain); patient or family (anything)"."""
    few = FEW | ({"physician": "prescriber"} if asked == "part_d" else {})
    found = {who: [said for said in SAID if judge(asked, who, said).verdict == verdict] for who in WHO}
    return "; ".join(
        f"{few[who]} ({'anything' if len(said) == len(SAID) else ', '.join(few[x] for x in said)})"
        for who, said in found.items()
        if said
    )


def fast_lane() -> pd.DataFrame:
    """The invented fast requests of a clinic, one row each: request, clinician, reason_no, reason."""
    import pandas as pd

    from priorauth import stories

    reasons = {row["reason_no"]: row["reason"] for row in stories.rows("fast_reasons")}
    pairs = [
        (row["clinician"], number)
        for row in stories.rows("fast_counts")
        for number, many in row["counts"].items()
        for _ in range(many)
    ]
    mixed = [pairs[n * 101 % len(pairs)] for n in range(len(pairs))]  # 101 shares no divisor with their number
    return pd.DataFrame(
        [(f"F-{n:03d}", who, number, reasons[number]) for n, (who, number) in enumerate(mixed, 1)],
        columns=["request", "clinician", "reason_no", "reason"],
    )
