"""The reference shelf: drugs and their labels, compendium listings, NCDs and LCDs, all of them invented.

Drugs and listings come from the tables `drugs` and `compendium` and from `references.yaml`, which holds further
invented ones for the lessons. Every function gives a fresh DataFrame; dates are Timestamps.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from priorauth import data

FILE = Path(__file__).with_name("references.yaml")
DRUG = ["drug_id", "brand_name", "generic_name", "route", "self_administered", "anticancer", "label_indications", "label_icd10"]  # fmt: skip
LISTING = ["listing_id", "compendium", "drug_id", "indication", "icd10", "level", "dated", "superseded"]
COLUMNS = {
    "drugs": DRUG,
    "listings": LISTING,
    "worked": ["name", "drug_id", "icd10", "diagnosis", "day"],
    "asks": ["id", "program", "drug_id", "icd10", "diagnosis", "day"],
    "denials": ["id", "plan_id", "drug_id", "icd10", "diagnosis", "day"],
    "plan_rows": ["row_id", "list", "plan_id", "code", "says"],
    "papers": ["id", "from", "date", "signed", "for_drug", "says"],
    "uses": ["id", "drug_id", "icd10", "diagnosis", "day"],
    "readings": ["id", "listing_id", "program", "day"],
    "documents": ["doc_id", "kind", "title", "code", "area", "effective_from", "effective_to", "text"],
}
DATES = ("day", "date", "signed", "dated", "effective_from", "effective_to")
#: The rule book of a plan's pharmacy drugs (`plans.drug_rules`) -> the program whose definition counts.
PROGRAM_OF = {"part_d": "Part D", "medicaid": "Medicaid"}


@lru_cache(maxsize=1)
def _shelf() -> dict[str, Any]:
    import yaml  # here, so that importing the package stays cheap

    return yaml.load(FILE.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def shelf(name: str) -> pd.DataFrame:
    """One part of `references.yaml` as a table. An unknown name raises ValueError."""
    if name not in COLUMNS:
        raise ValueError(f"There is no shelf {name!r}. Use one of {', '.join(COLUMNS)}.")
    return _table(name).copy()


@lru_cache(maxsize=len(COLUMNS))
def _table(name: str) -> pd.DataFrame:
    table = pd.DataFrame(_shelf()[name], columns=COLUMNS[name])
    for column in table.columns.intersection(DATES):
        table[column] = pd.to_datetime(table[column])
    return table


def drugs() -> pd.DataFrame:
    """Every invented drug with its label; `excluded_use` is empty for drugs of no excluded class."""
    columns = [*DRUG, "excluded_use"]
    return pd.concat([data.load("drugs")[columns], shelf("drugs")], ignore_index=True)[columns]


def listings() -> pd.DataFrame:
    """Every listing of every compendium, those of the table `compendium` first."""
    return pd.concat([data.load("compendium"), shelf("listings")], ignore_index=True)[LISTING]


def drug_requests() -> pd.DataFrame:
    """The clinic's pharmacy drug requests under Part D and Medicaid, one row each.

    Columns: request_id, program, drug_id, drug (brand), icd10, diagnosis group `dx3` (first three characters), day (of
    receipt, or of service for a draft).
    """
    requests, lines = data.load("requests"), data.load("request_lines")
    first = lines[lines["line_no"] == 1].rename(columns={"code": "drug_id"})
    table = requests[requests["category"] == "pharmacy_drug"].merge(
        first[["request_id", "drug_id", "icd10"]], on="request_id"
    )
    rules = data.load("plans").set_index("plan_id")["drug_rules"]
    table["program"] = table["plan_id"].map(rules).map(PROGRAM_OF)
    table = table[table["program"].notna() & table["icd10"].notna()]
    table["drug"] = table["drug_id"].map(data.load("drugs").set_index("drug_id")["brand_name"])
    table["dx3"] = table["icd10"].str[:3]
    table["day"] = table["received_at"].fillna(table["service_date"]).dt.normalize()
    return table[["request_id", "program", "drug_id", "drug", "icd10", "dx3", "day"]].reset_index(drop=True)


def opening_case() -> str:
    """The request that opens Module 6, as text: a drug request without a decision whose use the lesson works through.

    Chosen by rule: open, under Part D or Medicaid, for the first use of the shelf `worked`; the lowest id. DataError if
    there is none.
    """
    use = shelf("worked").iloc[0]
    requests = data.load("requests").set_index("request_id")
    asked = drug_requests()
    asked = asked[(asked["drug_id"] == use["drug_id"]) & (asked["icd10"] == use["icd10"])].sort_values("request_id")
    waiting = [i for i in asked["request_id"] if requests.loc[i, "state"] in ("received", "in_review", "pended")]
    if not waiting:
        raise data.DataError(f"No open request asks for {use['name']}, so Module 6 has no opening case.")
    row = requests.loc[waiting[0]]
    plan = data.load("plans").set_index("plan_id").loc[row["plan_id"], "name"]
    doctor = data.load("providers").set_index("npi").loc[row["requesting_npi"], "name"]
    lines = (
        f"Request:  {waiting[0]}, {use['name']} ({use['icd10']})",
        f"Patient:  {row['name_sent']} (invented)",
        f"Plan:     {plan}",
        f"Doctor:   {doctor}",
        f"Received: {row['received_at']:%A, %B} {row['received_at'].day}, {row['received_at']:%H:%M}, {row['urgency']}",
        f"Today:    {row['state']}, not decided",
    )
    return "\n".join(lines)


def questions(ids: list[str]) -> pd.DataFrame:
    """Requests (REQ-...) and invented questions (ASK-...) as one table: id, program, drug, diagnosis, day; in the order of `ids`."""
    asked = shelf("asks").merge(drugs()[["drug_id", "brand_name"]], on="drug_id")
    asked = asked.rename(columns={"brand_name": "drug"})
    columns = ["id", "program", "drug_id", "drug", "icd10", "day"]
    real = drug_requests().rename(columns={"request_id": "id"})
    table = pd.concat([asked[columns], real[columns]]).set_index("id")
    return table.loc[list(ids)].reset_index()


def label_groups() -> pd.DataFrame:
    """One row for each drug and diagnosis group (first three characters) that its label names: drug_id, dx3, label_indications."""
    table = drugs()[["drug_id", "label_icd10", "label_indications"]]
    table = table.assign(dx3=table["label_icd10"].str.split(";")).explode("dx3")
    table["dx3"] = table["dx3"].str[:3]
    return table.drop_duplicates(["drug_id", "dx3"])[["drug_id", "dx3", "label_indications"]].reset_index(drop=True)


def listing_groups() -> pd.DataFrame:
    """One row for each listing and diagnosis group that it names: listing_id, drug_id, dx3, compendium, level."""
    table = listings().assign(dx3=lambda t: t["icd10"].str.split(";")).explode("dx3")
    table["dx3"] = table["dx3"].str[:3]
    columns = ["listing_id", "drug_id", "dx3", "compendium", "level"]
    return table.drop_duplicates(["listing_id", "dx3"])[columns].reset_index(drop=True)


def asked_codes(ids: list[str]) -> pd.DataFrame:
    """Requests with their plan and the code of their first line, in the order of `ids`.

    Columns: request_id, plan_id, plan, line_of_business, drug_rules, code, icd10, received, service_date, policy_id.
    """
    requests, lines, plans = data.load("requests"), data.load("request_lines"), data.load("plans")
    first = lines[lines["line_no"] == 1][["request_id", "code", "icd10"]]
    plans = plans.rename(columns={"name": "plan"})[["plan_id", "plan", "line_of_business", "drug_rules"]]
    table = requests[requests["request_id"].isin(ids)].merge(first, on="request_id").merge(plans, on="plan_id")
    table["received"] = table["received_at"].dt.normalize()
    columns = [
        "plan_id",
        "plan",
        "line_of_business",
        "drug_rules",
        "code",
        "icd10",
        "received",
        "service_date",
        "policy_id",
    ]
    return table.set_index("request_id").loc[list(ids), columns].reset_index()


def denials(ids: list[str]) -> pd.DataFrame:
    """Denied requests (REQ-...) and invented denials (DNY-...) as one table, in the order of `ids`.

    Columns: id, plan_id, plan, drug_rules, code, icd10, diagnosis, day (of receipt).
    """
    from priorauth import codes

    plans = data.load("plans").rename(columns={"name": "plan"})[["plan_id", "plan", "drug_rules"]]
    invented = shelf("denials").rename(columns={"drug_id": "code"}).merge(plans, on="plan_id")
    real = asked_codes([i for i in ids if i.startswith("REQ-")]).rename(columns={"request_id": "id", "received": "day"})
    real["diagnosis"] = [entry.title if (entry := codes.find(code)) else "" for code in real["icd10"]]
    columns = ["plan_id", "plan", "drug_rules", "code", "icd10", "diagnosis", "day"]
    return pd.concat([invented, real]).set_index("id").loc[list(ids), columns].reset_index()


def plan_rows(code: str) -> pd.DataFrame:
    """What the plans' lists say about a drug or service: row_id, list (exclusions or formulary), plan_id, code, says."""
    exclusions = data.load("exclusions").rename(columns={"exclusion_id": "row_id", "wording": "says"})
    formulary = data.load("formulary").rename(columns={"formulary_id": "row_id", "drug_id": "code", "status": "says"})
    tables = [exclusions.assign(list="exclusions"), formulary.assign(list="formulary"), shelf("plan_rows")]
    found = pd.concat([t[COLUMNS["plan_rows"]] for t in tables], ignore_index=True)
    return found[found["code"] == code].sort_values(["plan_id", "list"]).reset_index(drop=True)


#: Chart table -> its id, its date, and the columns that tell what the record says.
CHART = {
    "notes": ("note_id", "service_date", ["kind", "text"]),
    "problems": ("problem_id", "reviewed_on", ["icd10", "description"]),
    "orders": ("order_id", "ordered_at", ["drug_id", "order_text", "dx_text"]),
    "fills": ("fill_id", "filled_on", ["drug_id", "drug_name", "days_supply"]),
}


def chart(ids: list[str]) -> pd.DataFrame:
    """Chart records, with the further papers of `references.yaml`, by their ids: id, from (which table), date, signed, says."""
    parts = []
    for name, (key, day, columns) in CHART.items():
        table = data.load(name)
        table = table[table[key].isin(ids)]
        says = [
            ", ".join(str(v) for v in row if v == v and v is not None) for row in table[columns].itertuples(index=False)
        ]
        signed = table["signed_at"].dt.normalize() if "signed_at" in table else pd.NaT
        dates = table[day].dt.normalize()
        parts.append(pd.DataFrame({"id": table[key], "from": name, "date": dates, "signed": signed, "says": says}))
    papers = shelf("papers").drop(columns="for_drug")
    table = pd.concat([*parts, papers[papers["id"].isin(ids)]], ignore_index=True)
    order = table["from"].map({name: number for number, name in enumerate(CHART)})
    return table.assign(order=order).sort_values(["order", "date", "id"]).drop(columns="order").reset_index(drop=True)
