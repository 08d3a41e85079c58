"""Module 3: which records its items use, and the true answers.

c2 stands on the table `disclosures`; c1, c5 and c6 stand on the public stories of `priorauth/stories/compliance.yaml`,
which hold no answers. The other items are invented stories in `items.yaml`. The other public functions make the known
wrong answers that `items.yaml` names.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable
from typing import Any

import pandas as pd

from coursekit.casework import Case, kinds, like
from priorauth import stories
from priorauth.facts import fact
from priorauth.urgency import fast_lane


def _shuffled(things: Iterable[str], item_id: str) -> list[str]:
    mixed = list(things)
    random.Random(item_id).shuffle(mixed)
    return mixed


# --- c1: pages to send ----------------------------------------------------------------------------------------------------

#: Request -> what must be shown: kind of page, words on it, look-back in days (None: for this request at any time before).
PROOFS = {
    "K1": (
        ("visit note", ("Orders",), None),
        ("vital signs", ("BMI",), 90),
        ("evaluation", ("nothing speaks against",), 365),
        ("program record", ("nurse of Dr.",), 365),
    ),
    "K2": (
        ("visit note", ("orders",), None),
        ("test report", ("X-ray, right knee", "severe"), 365),
        ("therapy record", ("right knee", "2026"), 180),
        ("lab result", ("HbA1c",), 120),
        ("lab result", ("Nicotine",), 42),
    ),
    "K3": (
        ("visit note", ("Orders",), None),
        ("lab result", ("Virus",), 90),
        ("test report", ("Liver scan",), 365),
        ("lab result", ("Alcohol marker",), 60),
    ),
}
#: Words of pages that may not go without a paper of the patient, or not at all.
STOPPED = ("in a file of their own", "federally funded program", "keep it from the plan")


def _packet_pages() -> pd.DataFrame:
    """The pages, with what they belong to and how old they are on the day of sending."""
    asked = stories.table("packet_requests", ["request", "patient", "goes_out_on"])
    pages = stories.table("packet_pages").merge(asked, on="request")
    pages["days"] = (pd.to_datetime(pages["goes_out_on"]) - pd.to_datetime(pages["dated"])).dt.days
    pages["own"] = pages["name_on_page"] == pages["patient"]
    pages["stopped"] = pages["summary"].map(lambda words: any(w in words for w in STOPPED))
    return pages


def _needed(pages: pd.DataFrame) -> list[str]:
    """For each thing to show, the newest page that shows it inside its look-back."""
    found = set()
    for request, proofs in PROOFS.items():
        for kind, words, days in proofs:
            fits = pages[(pages["request"] == request) & (pages["kind"] == kind)]
            fits = fits[fits["summary"].map(lambda text, words=words: all(w in text for w in words))]
            fits = fits[fits["days"] <= days] if days else fits
            if fits.empty:
                raise LookupError(f"no page of {request} shows {words}")
            found.add(fits.sort_values("dated")["page"].iloc[-1])
    return sorted(found)


def m03_c1(world: Any) -> Case:
    """Three packets: own pages from before the day of sending that may go, one for each thing to show."""
    pages = _packet_pages()
    free = pages[pages["own"] & (pages["days"] >= 0) & ~pages["stopped"]]
    return Case(records=pages["page"].tolist(), key=_needed(free))


def orders_only(model: list[str]) -> list[str]:
    """The notes of the key without the reports, results and records, as if a note's word were proof."""
    pages = _packet_pages()
    return pages[pages["page"].isin(model) & (pages["kind"] == "visit note")]["page"].tolist()


def with_stopped(model: list[str]) -> list[str]:
    """The right pages and those that need a paper of the patient or may not go."""
    pages = _packet_pages()
    return sorted({*model, *pages[pages["stopped"]]["page"]})


def without_dates(model: list[str]) -> list[str]:
    """The right pages and all others on the same matter, whenever they are from."""
    pages = _packet_pages()
    other = pages[pages["own"] & ~pages["stopped"] & ~pages["page"].isin(model)]
    words = ("BMI", "Psychologist", "HbA1c", "Nicotine", "Virus", "Liver scan", "Alcohol marker", "right knee")
    return sorted({*model, *other[other["summary"].map(lambda text: any(w in text for w in words))]["page"]})


def of_namesakes(model: list[str]) -> list[str]:
    """The right pages and those of people with the same name."""
    pages = _packet_pages()
    return sorted({*model, *pages[~pages["own"]]["page"]})


def pretty_value(model: list[str]) -> list[str]:
    """An older value that fits the criterion in place of the latest one."""
    values = _packet_pages()
    values = values[values["own"] & (values["kind"] == "vital signs") & (values["days"] >= 0)].sort_values("dated")
    older, latest = values["page"].tolist()
    return sorted({*model, older} - {latest})


# --- c2: disclosures --------------------------------------------------------------------------------------------------------

#: Recipient, purpose, signed authorization, verdict of the truth; how many; the answer of the item.
WANTED = (
    ("treating_provider", "treatment", False, "allowed", 1, ["no limit", "R1"]),
    ("pharmacy", "treatment", False, "allowed", 1, ["no limit", "R1"]),
    ("drug_maker", "payment", True, "allowed", 1, ["no limit", "R3"]),
    ("payer", "payment", False, "allowed_minimum", 2, ["minimum", "R4"]),
    ("payer", "payment", False, "too_much", 2, ["cut first", "R4"]),
    ("payer", "payment", False, "needs_authorization", 1, ["authorization first", "R5"]),
    ("payer", "payment", False, "never", 1, ["do not send", "R6"]),
    ("law_firm", "legal", False, "needs_authorization", 1, ["authorization first", "R8"]),
)


def m03_c2(world: Any) -> Case:
    """Ten disclosures, the last ones of each kind (the lesson shows first ones)."""
    rows = world.tables["disclosures"].merge(world.truth["disclosures"], on="disclosure_id")
    key: dict[str, list[str]] = {}
    for to_kind, purpose, signed, verdict, many, answer in WANTED:
        fits = rows[
            (rows["to_kind"] == to_kind)
            & (rows["purpose"] == purpose)
            & (rows["signed_authorization"] == signed)
            & (rows["verdict"] == verdict)
        ].sort_values("disclosure_id")
        if len(fits) < many:
            raise LookupError(f"too few disclosures to a {to_kind} for {purpose}")
        key |= {row: list(answer) for row in fits["disclosure_id"].tail(many)}
    shown = _shuffled(key, "m03-c2")
    return Case(records=shown, key={row: key[row] for row in shown})


def payers_only(tables: dict[str, pd.DataFrame], model: dict[str, list[str]]) -> dict[str, list[str]]:
    """Everything to a payer is payment, so it may go with the minimum."""
    kinds = tables["disclosures"].set_index("disclosure_id")["to_kind"]
    return {row: (["minimum", "R4"] if kinds[row] == "payer" else value) for row, value in model.items()}


def all_need_a_signature(tables: dict[str, pd.DataFrame], model: dict[str, list[str]]) -> dict[str, list[str]]:
    """Whatever leaves the house needs a signature of the patient, unless one is there."""
    signed = tables["disclosures"].set_index("disclosure_id")["signed_authorization"]
    return {row: (value if signed[row] else ["authorization first", "R8"]) for row, value in model.items()}


# --- c5: slips --------------------------------------------------------------------------------------------------------------

#: Number of a slip -> what the four questions of section 3.6 give. Its sisters have 20 and 40 more.
VERDICTS = {
    1: "breach",  # a shop is not bound by HIPAA
    2: "no breach",
    3: "breach",  # curiosity is no mistake, however kind
    4: "low risk",
    5: "breach",  # fewer people than the border
    6: "no breach",
    7: "large breach",  # the key was lost as well
    8: "breach",  # bound by HIPAA, but it was read
    9: "large breach",
    10: "breach",  # a guess is no assurance
    11: "no breach",
}
NONE = "none"


def _number(slip: str) -> int:
    """Number of a slip, the same for its sisters."""
    return int(slip.removeprefix("S-")) % 20


def _slips() -> pd.DataFrame:
    return stories.table("slips").set_index("slip")


def _told_by(first_known: str) -> str:
    days = int(fact("hipaa-breach-individuals-60-days").number("calendar_days"))
    return (pd.Timestamp(first_known) + pd.Timedelta(days=days)).strftime("%Y-%m-%d")


def m03_c5(world: Any) -> Case:
    """Eleven slips; the last day counts from the day on which somebody of the clinic first knew.

    Beside each stand its sisters: the same answers to the four questions, the same days that lead astray.
    """
    known = _slips()["first_known_on"]
    right = {}
    for slip in known.index:
        word = VERDICTS[_number(slip)]
        right[slip] = [word, _told_by(known[slip]) if word in ("breach", "large breach") else NONE]
    shown = [slip for slip in right if slip == f"S-{_number(slip):02d}"]
    alike = kinds(right, counted_from(right, "happened_on"), counted_from(right, "officer_told_on"))
    places = like(shown, right, lambda slip: (_number(slip), alike[slip]), right)
    return Case(records=shown, key={r: right[r] for place in places for r in place}, pool=places)


def counted_from(
    model: dict[str, list[str]], column: str, days: int = 60, business: bool = False
) -> dict[str, list[str]]:
    """The dates counted from another day, with other days, or in business days."""
    start = pd.to_datetime(_slips()[column])
    step = pd.offsets.BDay(days) if business else pd.Timedelta(days=days)
    return {
        slip: [word, NONE if last == NONE else (start[slip] + step).strftime("%Y-%m-%d")]
        for slip, (word, last) in model.items()
    }


def all_breaches(model: dict[str, list[str]]) -> dict[str, list[str]]:
    """Every slip is a breach of which the patient must be told."""
    known = _slips()["first_known_on"]
    return {slip: [word if last != NONE else "breach", _told_by(known[slip])] for slip, (word, last) in model.items()}


def called(model: dict[str, list[str]], **verdicts: str) -> dict[str, list[str]]:
    """The key with some slips and their sisters judged otherwise: `S01="low risk"`; a breach that is none has no last day."""
    wrong = {int(name[1:]): word for name, word in verdicts.items()}
    return {slip: [wrong[_number(slip)], NONE] if _number(slip) in wrong else v for slip, v in model.items()}


# --- c6: group and count ------------------------------------------------------------------------------------------------------

#: Numbers of the reasons that do not say what waiting would do to the patient.
WEAK = (1, 3, 5, 6, 8, 9, 11, 14)
#: Those among them that speak of dates, queues and wishes; the others tell how ill somebody is.
CALENDAR = (3, 8, 11, 14)


def m03_c6(world: Any) -> Case:
    """Share of weak reasons among the fast requests of the clinician who has the most weak ones, in percent."""
    return Case(records=[], key=weak_share())


def weak_share(
    reasons: Collection[int] = WEAK, below: str = "own", leader: str = "most weak", count: bool = False
) -> float:
    """The share with one of its definitions changed. `below`: own, all, weak; `leader`: most weak, most fast, share."""
    fast = fast_lane()
    own = fast.groupby("clinician").size()
    weak = fast[fast["reason_no"].isin(list(reasons))].groupby("clinician").size()
    name = {"most weak": weak, "most fast": own, "share": weak / own}[leader].idxmax()
    base = {"own": own[name], "all": own.sum(), "weak": weak.sum()}[below]
    return float(weak[name]) if count else round(100 * float(weak[name] / base), 1)
