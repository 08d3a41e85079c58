"""Mistakes that show in the header of a request."""

from __future__ import annotations

from typing import Any

from . import payers as P
from .case import Case
from .catalog import Catalog
from .draws import Picker
from .hours import sending_time
from .store import Store


def spoil_npi(c: Case, row: dict[str, Any], store: Store, draw: Picker) -> None:
    """A requester number with one wrong digit: it fails the check digit."""
    good = row["requesting_npi"]
    at = draw.between(3, 8)
    row["requesting_npi"] = good[:at] + str((int(good[at]) + draw.between(1, 8)) % 10) + good[at + 1 :]
    store.truth.setdefault("bad_npis", []).append(
        {"request_id": c.request_id, "sent": row["requesting_npi"], "right": good}
    )


def set_sent_to(c: Case, draw: Picker) -> None:
    """Who really got a request that went to the wrong benefit or reviewer, and by fax where that payer takes no other way."""
    if c.fault == "E4":
        c.sent_to = P.PLANS[c.plan][0] if c.benefit == "pharmacy" else P.PLANS[c.plan][6]
        if c.benefit == "pharmacy" or c.channel != "phone":
            c.channel = "fax"
    elif c.fault == "E5":
        c.sent_to = _wrong_payer(c, draw)
        if c.channel not in P.PAYERS[c.sent_to][2].split(";"):
            c.channel = "fax"
    elif c.fault == "E6":
        c.channel = "fax"
    if c.sent_to or c.fault == "E6":
        c.submitted = sending_time(c.submitted, c.channel)


def header_faults(c: Case, row: dict[str, Any], store: Store, cat: Catalog, draw: Picker) -> None:
    """Mistakes that show in the header."""

    def note(kind: str, done: str, right: str) -> None:
        store.error(kind, "requests", c.request_id, c.request_id, done, right)

    f = c.fault
    if f == "E8":
        x = draw.below(4)
        if x == 0:
            row["card_id_sent"] = f"{int(c.card) / 10 ** (len(c.card) - 1):.2f}E+{len(c.card) - 1:02d}"
        elif x == 1:
            row["card_id_sent"] = (
                c.card[:4] + c.card[5] + c.card[4] + c.card[6:] if c.card[4] != c.card[5] else c.card[:-1]
            )
        elif x == 2:
            row["birth_date_sent"] = row["birth_date_sent"] - 365
        else:
            row["name_sent"] = f"{c.person['last']} {c.person['first']}"
        note(
            "E8",
            (
                "number damaged by a spreadsheet",
                "two digits swapped or lost",
                "wrong birth year",
                "first and last name swapped",
            )[x],
            f"{c.card}; {c.person['first']} {c.person['last']}",
        )
    elif f == "E4":
        right = (c.benefit, c.destination)
        other = "medical" if c.benefit == "pharmacy" else "pharmacy"
        row["benefit"], row["destination_id"] = other, c.sent_to
        if other == "medical":
            row["channel"], row["form"] = "fax", "service_form"
        elif row["channel"] != "phone":
            row["channel"], row["form"] = "fax", "drug_form"
        note("E4", f"sent under the {other} benefit", f"{right[0]} benefit, {right[1]}")
    elif f == "E5":
        right = c.destination
        wrong = c.sent_to
        row["destination_id"] = wrong
        if row["channel"] not in P.PAYERS[wrong][2].split(";"):
            row["channel"] = "fax"
            row["form"] = "drug_form" if c.drug else "service_form"
        note("E5", f"sent to {wrong}", right)
    elif f == "E6":
        right = row["form"]
        row["channel"] = "fax"
        row["form"] = draw.one(("service_form", "appeal_form")) if c.drug else draw.one(("drug_form", "appeal_form"))
        note("E6", f"used {row['form']}", "drug_form or exception_form" if c.drug else "service_form")
        del right
    elif f == "E33":
        if draw.chance(0.5):
            row["contact_phone"] = None
            note("E33", "no call-back number", "number of the clinic")
            c.variant = "no_phone"
        else:
            c.variant = c.variant or draw.one(("blank", "cut_off", "blacked_out", "split"))
            note(
                "E33",
                "pages " + c.variant if c.variant != "split" else "packet split over two case numbers",
                "one readable packet",
            )
    elif f == "E17":
        note("E17", "authorization asked though none is needed", "no request")
    elif f == "E7":
        note("E7", "cover not active in this plan on the service date", c.person.get("e7", "check eligibility"))
    elif f == "E15":
        note("E15", "renderer out of network on the service date", "in-network provider or a waiver")
    elif f == "E13":
        limit = cat.formulary[c.plan, c.code]["quantity_limit"]
        note("E13", f"{c.units} asked, limit {limit}", "quantity exception with a dose reason")
    elif f == "E29" and row["decision"] == "denied":
        note(
            "E29",
            "renewal sent as a first request" if c.variant == "as_initial" else "renewal without response data",
            "renewal criteria with response data",
        )
    elif f == "E28":
        note("E28", "benefit exclusion", "no appeal on medical grounds; other accepted use, alternative or assistance")
    elif f == "E20" and row["decision"] == "denied":
        note("E20", f"answer to the request for information: {c.variant}", "answer before the due time")
    elif f == "E16" and c.twin is not None:
        note("E16", f"repeats {c.twin.request_id}", "keep the first request")
    elif f in ("E1", "E2", "E3", "E24", "E25", "E26", "E27", "E31", "E32") and row["decision"] == "denied":
        done = {
            "E1": "evidence is in the chart but was not sent", "E2": "a criterion is not shown anywhere", "E3": "earlier treatment too short, not provider-directed or not documented", "E24": "evidence older than the look-back",
            "E25": "unsigned note", "E26": "note claims a trial that the fills do not show", "E27": "use neither labelled nor supported", "E31": f"coded reason hides an unread record ({c.variant})", "E32": "criteria met and sent, denied",
        }[f]  # fmt: skip
        note(f, done, {"E31": "the record was not read", "E32": "approve"}.get(f, ""))


def _wrong_payer(c: Case, draw: Picker) -> str:
    if c.plan == "PLN-11":
        return "PAY-09" if c.destination == "PAY-10" else "PAY-10"
    if c.category == "advanced_imaging" and P.PLANS[c.plan][7]:
        return P.PLANS[c.plan][0]
    if c.drug:
        return "PAY-07" if P.PLANS[c.plan][6] == "PAY-06" else "PAY-06"
    return (
        "PAY-09"
        if c.line == "medicare_advantage"
        else draw.one([p for p in ("PAY-01", "PAY-02", "PAY-03") if p != c.destination])
    )
