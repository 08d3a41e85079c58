"""What lies at the pharmacy counter of Module 9: slips, statements, new members and approvals, as tables to read."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from priorauth import data, stories

if TYPE_CHECKING:
    import pandas as pd

PRESCRIPTION = ["slip", "rx", "plan_id", "drug_id", "directions", "quantity", "days", "ndc"]
WIDTH = 96  # characters of a printed line
CLAIM = ["slip", "claim", "reject", "claim_quantity", "claim_days", "claim_ndc", "auth_on_claim"]
RULES = ["formulary_id", "plan_id", "drug_id", "status", "pa", "step", "limit"]


def _of(name: str, key: str, ids: Sequence[str]) -> pd.DataFrame:
    table = stories.table(name)
    return table[table[key].isin(list(ids))].reset_index(drop=True)


def prescriptions(ids: Sequence[str]) -> pd.DataFrame:
    """The prescriptions of some slips."""
    return _of("counter_slips", "slip", ids)[PRESCRIPTION]


def claims(ids: Sequence[str]) -> pd.DataFrame:
    """The claims of some slips, with the reject code of the answer."""
    return _of("counter_slips", "slip", ids)[CLAIM]


def fills(ids: Sequence[str]) -> pd.DataFrame:
    """What the people of some slips have filled before."""
    return _of("counter_fills", "slip", ids)


def log(ids: Sequence[str]) -> pd.DataFrame:
    """What our log has of approvals for the people of some slips."""
    return _of("counter_log", "slip", ids)


def rules(ids: Sequence[str], story: str = "counter_slips", key: str = "slip") -> pd.DataFrame:
    """The formulary rows of the plans and drugs of some slips (or of other stories), each once; step and limit in words."""
    pairs = _of(story, key, ids)[["plan_id", "drug_id"]].drop_duplicates()
    table = pairs.merge(data.load("formulary"), on=["plan_id", "drug_id"])
    rows = table.to_dict("records")
    table["step"] = [
        f"{r['step_days']} days of {r['step_drugs'].replace(';', ' or ')}, within {r['step_lookback']} days"
        if isinstance(r["step_drugs"], str)
        else "-"
        for r in rows
    ]
    table["limit"] = [f"{most} in {days} days" if str(most) != "<NA>" else "-" for most, days in zip(table["quantity_limit"], table["per_days"], strict=True)]  # fmt: skip
    return table[RULES]


def plans(*columns: str) -> pd.DataFrame:
    """The plans that have a drug benefit, with the rule book for it."""
    table = data.load("plans")
    return table[table["drug_rules"] != "none"][["plan_id", "name", "drug_rules", *columns]]


def _lines(head: str, text: str) -> str:
    """A line with a head and text behind it, broken between words; the rest stands under the text."""
    return textwrap.fill(text, WIDTH, initial_indent=head, subsequent_indent=" " * len(head))


def clock_stories() -> str:
    """The requests whose clocks are asked for, one below the other."""
    told = [f"{r['story']}  {r['plan']}.\n{_lines('     ', r['what'])}" for r in stories.rows("exception_stories")]
    return "\n\n".join(told)


def statement_text(statement: str) -> str:
    """One statement as the plan received it, a line for each sentence, with the ids that an answer may name."""
    row = next(r for r in stories.rows("statements") if r["statement"] == statement)
    lines = [_lines(f"{statement:5}", f"asks for: {row['asks']}")]
    lines += [_lines(f"  {statement + letter:6}", row[letter]) for letter in "abcd"]
    return "\n".join([*lines, _lines(f"  {statement + 's':6}", f"Signed: {row['signed']}")])


def members(ids: Sequence[str]) -> pd.DataFrame:
    """The people with a new plan or an urgent need: what was rejected, and the prescription."""
    return _of("new_members", "case", ids)[["case", "plan_id", "drug_id", "day", "reject", "directions", "quantity", "days"]]  # fmt: skip


def desk_notes(ids: Sequence[str]) -> pd.DataFrame:
    """What the desk wrote down about them, each note with its id."""
    return _of("new_members", "case", ids)[["note", "case", "situation"]]


def covers(ids: Sequence[str]) -> pd.DataFrame:
    """Their rows of cover."""
    return _of("cover_rows", "case", ids)


def paid(ids: Sequence[str]) -> pd.DataFrame:
    """What their present plan has paid for them before."""
    return _of("paid_claims", "case", ids)


def approvals(request_ids: Sequence[str]) -> pd.DataFrame:
    """Approved drug requests, one a row: what was asked, first and last day of the notice, days of a fill, refills.

    The first fill is taken to be on the first day of the notice.
    """
    requests = data.load("requests")[["request_id", "plan_id", "request_type", "order_id"]]
    lines = data.load("request_lines").query("line_no == 1")[["request_id", "days_supply"]]
    orders = data.load("orders")[["order_id", "refills"]]
    notices = data.load("authorizations")[["request_id", "code", "start", "end"]]
    table = notices.merge(requests, on="request_id").merge(lines, on="request_id").merge(orders, on="order_id")
    table = table[table["request_id"].isin(list(request_ids))].sort_values("request_id", ignore_index=True)
    names = {"start": "first_fill", "end": "notice_ends", "days_supply": "days_of_a_fill"}
    return table.rename(columns=names)[["request_id", "plan_id", "request_type", "code", "first_fill", "notice_ends", "days_of_a_fill", "refills"]]  # fmt: skip


def tier_letters(ids: Sequence[str]) -> pd.DataFrame:
    """Letters about a lower price, in the order of `ids`."""
    return stories.table("tier_letters").set_index("letter").loc[list(ids)]


def tiers(ids: Sequence[str]) -> pd.DataFrame:
    """The part of the plan's list that some letters are about: every drug for the conditions of the drugs that they name."""
    listed, told = stories.table("tier_list"), " ".join(tier_letters(ids)["what"])
    treats = {r.treats for r in listed.itertuples() if r.drug in told}
    return listed[listed["treats"].isin(treats)].reset_index(drop=True)


def answer_example() -> str:
    """A Medicaid drug request for the lesson: answered after a review, with a letter, and not in the graded task."""
    graded: set[str] = set()
    try:
        graded |= set(data.cases("m09-c6"))
    except data.DataError:
        pass  # while the records of the task are still being chosen
    requests = data.load("requests").merge(plans(), on="plan_id")
    mine = (requests["category"] == "pharmacy_drug") & (requests["drug_rules"] == "medicaid")
    mine &= (requests["decision"] == "denied") & requests["info_asked_at"].isna() & ~requests["request_id"].isin(graded)
    events = data.load("events").query("event == 'notice_sent'")["request_id"]
    return requests.loc[mine & requests["request_id"].isin(events), "request_id"].min()


def answers_log(request_ids: Sequence[str]) -> pd.DataFrame:
    """The events of some requests from receipt to answer, in order."""
    events = data.load("events")
    mine = events[events["request_id"].isin(list(request_ids))]
    kinds = ("submitted", "received", "first_level_review", "info_asked", "info_received", "second_level_review", "approved", "partly_approved", "denied", "notice_sent")  # fmt: skip
    mine = mine[mine["event"].isin(kinds)]
    return mine[["request_id", "event_id", "at", "event"]].sort_values(["request_id", "event_id"], ignore_index=True)
