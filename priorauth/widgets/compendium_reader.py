"""Compendium reader: every listing of a drug, the five compendia side by side, on any day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from priorauth import compendia, data, references
from priorauth.widgets import base

if TYPE_CHECKING:
    from collections.abc import Sequence

HEADERS = ["Listing", "Compendium", "Use", "Codes", "Level", "Dated"]
MONTHS = pd.date_range("2026-01-31", "2026-08-31", freq="ME")


def rows_of(table: pd.DataFrame) -> list[tuple]:
    """Listings as rows of text, newest first within a compendium."""
    order = {name: number for number, name in enumerate(compendia.BOOKS)}
    table = table.assign(order=table["compendium"].map(order)).sort_values(["order", "dated"], ascending=[True, False])
    return [
        (r.listing_id, r.compendium, r.indication, r.icd10, r.level, f"{r.dated:%Y-%m-%d}") for r in table.itertuples()
    ]


def on_day(table: pd.DataFrame, day: pd.Timestamp | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(there and not replaced, set aside) on a day; with None every listing is there."""
    if day is None:
        return table, table.iloc[:0]
    there = table[table["dated"] <= day].sort_values(["dated", "listing_id"])
    there = there.drop_duplicates(["compendium", "drug_id", "icd10"], keep="last")
    return there, table[~table["listing_id"].isin(there["listing_id"])]


class CompendiumReader(base.Tool):
    """The tool itself. `drug_ids` are the drugs to choose from; the first one is open."""

    def __init__(self, drug_ids: Sequence[str]) -> None:
        self.drugs = references.drugs().set_index("drug_id")
        self.listings = references.listings()
        names = [(f"{self.drugs.loc[d, 'brand_name']} ({d})", d) for d in drug_ids]
        self.drug = base.choice("Drug", names)
        days = [("all dates", None), ("today, September 30", data.TODAY.normalize())]
        self.day = base.choice("Day", days + [(f"{d:%B} {d.day}, {d.year}", d) for d in MONTHS])
        everything = "".join(self._whole(d) for d in drug_ids)
        super().__init__(
            "Compendium reader",
            "Choose a drug to see all its listings, then choose a day to see which ones are in force.",
            [self.drug, self.day],
            everything,
        )
        for control in (self.drug, self.day):
            control.observe(lambda _: self._open(), names="value")
        self.show(self._card())

    def _mine(self, drug_id: str) -> pd.DataFrame:
        return self.listings[self.listings["drug_id"] == drug_id]

    def _whole(self, drug_id: str) -> str:
        return base.table(HEADERS, rows_of(self._mine(drug_id)), f"{self.drugs.loc[drug_id, 'brand_name']} ({drug_id})")

    def _card(self) -> str:
        drug = self.drugs.loc[self.drug.value]
        there, aside = on_day(self._mine(self.drug.value), self.day.value)
        kind = "yes" if drug["anticancer"] else "no"
        facts = [("Label", f"{drug['label_indications']} ({drug['label_icd10']})"), ("Drug against cancer", kind)]
        html = base.panel(base.definition_list(facts)) + base.table(
            HEADERS, rows_of(there), "All listings" if self.day.value is None else "In force on that day"
        )
        if len(aside):
            html += base.table(HEADERS, rows_of(aside), "Set aside: replaced by then, or not there yet")
        return html

    def _open(self) -> None:
        there, aside = on_day(self._mine(self.drug.value), self.day.value)
        self.show(self._card())
        name = self.drugs.loc[self.drug.value, "brand_name"]
        when = "on all dates" if self.day.value is None else f"on {self.day.value:%B} {self.day.value.day}"
        counted = (
            f"{len(there)} listings"
            if self.day.value is None
            else f"{len(there)} listings in force, {len(aside)} set aside"
        )
        self.say(f"{name} {when}: {counted}.")


def compendium_reader(drug_ids: Sequence[str] | None = None) -> CompendiumReader:
    """Open the reader over some drugs, or over all that have a listing. An unknown drug id raises ValueError."""
    known = sorted(set(references.listings()["drug_id"]))
    wanted = list(drug_ids) if drug_ids is not None else known
    missing = [d for d in wanted if d not in known]
    if missing or not wanted:
        raise ValueError(
            f"There are no listings of {missing[0] if missing else 'no drug'}. Drug ids look like DRG-108."
        )
    return CompendiumReader(wanted)
