"""What would a gold card or an automatic answer do? Tried on the requests of the synthetic world.

A card is earned from January to June and used from July to September, so that one can see what it would have let through.
All requests are invented; real laws and plans set their own thresholds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from priorauth import data

if TYPE_CHECKING:
    import pandas as pd

CHANGE = "2026-07-01"  # cards are earned before this day and used from it on
ELECTRONIC = ("x12_278", "fhir_pas")
LEFT_OUT = ("pharmacy_drug", "other")


@dataclass(frozen=True)
class Cards:
    """What a gold-card rule does: who could earn a card, cards, requests from July on, and what they were."""

    who: str
    pairs: int
    cards: int
    later: int
    freed: int
    freed_denied: int

    @property
    def sentence(self) -> str:
        """The result in words."""
        if not self.cards:
            return f"None of {self.pairs} {self.who} earns a card."
        share = round(100 * self.freed / self.later)
        return (
            f"{self.cards} of {self.pairs} {self.who} earn a card. From July on {self.freed} of {self.later} requests "
            f"({share} %) need no review; a reviewer denied {self.freed_denied} of those."
        )


@dataclass(frozen=True)
class Automatic:
    """What an automatic rule does from July on: requests, answered at once, and how a person had decided those."""

    rule: str
    later: int
    at_once: int
    against: int

    @property
    def sentence(self) -> str:
        """The result in words."""
        share = round(100 * self.at_once / self.later)
        said = "denied" if self.rule == "yes" else "approved at least in part"
        tool = "says yes" if self.rule == "yes" else "says no"
        return f"The tool {tool} at once to {self.at_once} of {self.later} requests ({share} %). A person had {said} {self.against} of them."


@lru_cache(maxsize=1)
def _decided() -> pd.DataFrame:
    table = data.load("requests")
    fits = table["decision"].isin(["approved", "partly_approved", "denied"]) & ~table["category"].isin(LEFT_OUT)
    table = table[fits & table["request_type"].isin(["initial", "renewal"]) & table["decided_at"].notna()]
    keep = ["requesting_npi", "category", "received_at", "channel", "complete_at_receipt", "decision"]
    return table[keep].assign(yes=table["decision"] != "denied", late=table["received_at"] >= CHANGE)


def cards(least: int = 5, share: int = 90, by: str = "service") -> Cards:
    """A card for each clinician and kind of service with at least `least` requests and `share` percent approvals.

    `by` is "service" (a card for each kind of service) or "clinician" (one card for all that a clinician orders).
    Approvals in part count as approvals.
    """
    keys = ["requesting_npi", "category"] if by == "service" else ["requesting_npi"]
    table = _decided()
    past, later = table[~table["late"]], table[table["late"]]
    record = past.groupby(keys)["yes"].agg(["size", "mean"])
    earned = record[(record["size"] >= least) & (record["mean"] * 100 >= share - 1e-9)].reset_index()[keys]
    freed = later.merge(earned, on=keys)
    who = "pairs of clinician and service" if by == "service" else "clinicians"
    return Cards(who, len(record), len(earned), len(later), len(freed), int((~freed["yes"]).sum()))


def automatic(rule: str = "yes") -> Automatic:
    """`yes`: approve at once what came electronically and complete. `no`: deny at once what came incomplete."""
    table = _decided()
    later = table[table["late"]]
    complete = later["complete_at_receipt"].astype("boolean").fillna(False)
    chosen = later[later["channel"].isin(ELECTRONIC) & complete] if rule == "yes" else later[~complete]
    against = (~chosen["yes"]).sum() if rule == "yes" else chosen["yes"].sum()
    return Automatic(rule, len(later), len(chosen), int(against))
