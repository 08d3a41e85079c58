"""Module 3: which records its items use, and the true answers, with pandas over the tables of the world.

The functions `m03_c1`, `m03_c2`, `m03_c5` and `m03_c6` make the cases; the other items are invented stories in
`items.yaml`. The other public functions make the known wrong answers that `items.yaml` names; their first argument is
the world's tables (`TABLES` in the expressions there).
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable
from typing import Any

import pandas as pd

from coursekit.casework import Case
from priorauth.facts import fact

PACKETS = 3


def _shuffled(things: Iterable[str], item_id: str) -> list[str]:
    mixed = list(things)
    random.Random(item_id).shuffle(mixed)
    return mixed


# --- c1: pages to send ----------------------------------------------------------------------------------------------------


def m03_c1(world: Any) -> Case:
    """Three requests under three policies, one with psychotherapy notes; the most needed pages first.

    A page is needed if it orders the service or proves a criterion; the packet as sent has just these.
    """
    pages = world.tables["pages"].merge(world.truth["pages"][["page_id", "needed"]], on="page_id")
    pages["needed"] = pages["needed"].astype(str) == "True"  # text when read from a file
    sizes = pages.groupby("request_id").agg(
        needed=("needed", "sum"),
        pages=("page_id", "count"),
        therapist=("kind", lambda k: "psychotherapy notes" in set(k)),
    )
    criteria = world.truth["criteria"]
    shown = criteria.groupby("request_id")["status"].agg(lambda s: set(s) == {"met"})
    policy = criteria.drop_duplicates("request_id").set_index("request_id")["policy_id"]
    proved = set(shown[shown].index)
    fits = sizes[sizes.index.isin(proved) & sizes["therapist"] & (sizes["needed"] >= 3)]
    fits = fits.reset_index().sort_values(["needed", "pages", "request_id"], ascending=[False, False, True])
    fits = fits[~fits["request_id"].map(policy).duplicated()]
    if len(fits) < PACKETS:
        raise LookupError("fewer than three requests have pages that prove all their criteria")
    chosen = sorted(fits["request_id"].head(PACKETS))
    mine = pages[pages["request_id"].isin(chosen)].sort_values("page_id")
    return Case(records=mine["page_id"].tolist(), key=mine[mine["needed"]]["page_id"].tolist())


def _shown(tables: dict[str, pd.DataFrame], records: list[str]) -> pd.DataFrame:
    return tables["pages"][tables["pages"]["page_id"].isin(records)].sort_values("page_id")


def whole_charts(tables: dict[str, pd.DataFrame], records: list[str]) -> list[str]:
    """Everything that is the patient's own."""
    pages = _shown(tables, records)
    own = pages["request_id"].map(tables["requests"].set_index("request_id")["member_id"])
    return pages[pages["of_member_id"] == own]["page_id"].tolist()


def clinical_pages(tables: dict[str, pd.DataFrame], records: list[str]) -> list[str]:
    """All visit notes, results, reports and therapy records, whatever they are about."""
    pages = _shown(tables, records)
    kinds = ("visit note", "lab result", "test report", "therapy record")
    return pages[pages["kind"].isin(kinds)]["page_id"].tolist()


def orders_only(tables: dict[str, pd.DataFrame], model: list[str]) -> list[str]:
    """Only the latest needed note of each request."""
    pages = _shown(tables, model)
    notes = pages[pages["kind"] == "visit note"].sort_values("dated")
    return sorted(notes.groupby("request_id")["page_id"].last())


def with_therapist(tables: dict[str, pd.DataFrame], records: list[str], model: list[str]) -> list[str]:
    """The right pages and the psychotherapy notes, taken for proof of anything about the mind."""
    pages = _shown(tables, records)
    return sorted({*model, *pages[pages["kind"] == "psychotherapy notes"]["page_id"]})


def without_tests(tables: dict[str, pd.DataFrame], model: list[str]) -> list[str]:
    """The notes without reports, results and therapy records, as if the note's word were proof."""
    pages = _shown(tables, model)
    return pages[pages["kind"] == "visit note"]["page_id"].tolist()


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

#: Verdict of the truth (and size) -> the item's word, and how many of them.
SLIPS = (
    ("small", "breach", 3),
    ("large", "large breach", 1),
    ("no", "no breach", 2),
    ("low_probability", "low risk", 2),
)
NONE = "none"


def _told_by(discovered: pd.Timestamp) -> str:
    days = int(fact("hipaa-breach-individuals-60-days").number("calendar_days"))
    return (pd.Timestamp(discovered) + pd.Timedelta(days=days)).strftime("%Y-%m-%d")


def m03_c5(world: Any) -> Case:
    """Eight slips of all four kinds; those found later than they happened come first."""
    rows = world.tables["incidents"].merge(world.truth["incidents"], on="incident_id")
    large = rows["people"] >= int(fact("hipaa-breach-hhs").number("large_threshold"))
    rows["size"] = rows["breach"].where(rows["breach"] != "yes", large.map({True: "large", False: "small"}))
    rows["lag"] = (rows["discovered_on"] - rows["happened_on"]).dt.days
    rows = rows[~rows["what"].str.contains("ward")]  # whose staff it was is not told
    key: dict[str, list[str]] = {}
    for size, word, many in SLIPS:
        fits = rows[rows["size"] == size].sort_values(["lag", "incident_id"], ascending=[False, True])
        if len(fits) < many:
            raise LookupError(f"too few slips that are {word}")
        for _, row in fits.head(many).iterrows():
            key[row["incident_id"]] = [word, _told_by(row["discovered_on"]) if "breach" in (word, word[6:]) else NONE]
    shown = sorted(key)
    return Case(records=shown, key={row: key[row] for row in shown})


def counted_from(
    tables: dict[str, pd.DataFrame], model: dict[str, list[str]], column: str, days: int = 60, business: bool = False
) -> dict[str, list[str]]:
    """The dates counted from another day, with other days, or in business days."""
    rows = tables["incidents"].set_index("incident_id")
    step = pd.offsets.BDay(days) if business else pd.Timedelta(days=days)
    return {
        row: [word, NONE if last == NONE else (rows.loc[row, column] + step).strftime("%Y-%m-%d")]
        for row, (word, last) in model.items()
    }


def all_breaches(tables: dict[str, pd.DataFrame], model: dict[str, list[str]]) -> dict[str, list[str]]:
    """Every slip is a breach of which the patient must be told."""
    rows = tables["incidents"].set_index("incident_id")
    return {
        row: [word if "breach" in (word, word[6:]) else "breach", _told_by(rows.loc[row, "discovered_on"])]
        for row, (word, _) in model.items()
    }


# --- c6: group and count ------------------------------------------------------------------------------------------------------

#: Reasons for speed that name no harm from waiting.
WEAK = (
    "We always mark these urgent.", "Patient would like it done soon.", "Appointment is already scheduled for Thursday.",
    "Transport is booked.", "Please rush, family is upset.", "Deductible was met this year, plan year ends soon.",
    "Surgeon has an open slot on Friday.", "Standard queue is too slow.", "Patient leaves on vacation next week.",
)  # fmt: skip


def m03_c6(world: Any) -> Case:
    """Share of weak reasons among the expedited requests of the clinician who has the most weak ones, in percent."""
    planted = world.truth["errors"]
    planted = set(planted[planted["error"] == "E19"]["request_id"])
    requests = world.tables["requests"]
    fast = requests[requests["urgency"] == "expedited"]
    by = fast[fast["request_id"].isin(planted)].groupby("requesting_npi").size()
    return Case(records=[], key=round(100 * float(by.max() / (fast["requesting_npi"] == by.idxmax()).sum()), 1))


def weak_share(
    tables: dict[str, pd.DataFrame],
    reasons: Collection[str] = WEAK,
    below: str = "expedited",
    leader: str = "most weak",
    count: bool = False,
) -> float:
    """The share with one of its definitions changed. `below`: expedited, all, weak; `leader`: most weak, most fast."""
    requests = tables["requests"]
    fast = requests[requests["urgency"] == "expedited"]
    weak = fast[fast["urgency_reason"].isin(list(reasons))]
    by = (weak if leader == "most weak" else fast).groupby("requesting_npi").size()
    npi = by.idxmax()
    mine = (weak["requesting_npi"] == npi).sum()
    bases = {
        "expedited": (fast["requesting_npi"] == npi).sum(),
        "all": (requests["requesting_npi"] == npi).sum(),
        "weak": len(weak),
    }
    return float(mine) if count else round(100 * float(mine / bases[below]), 1)
