"""The first-level review at a payer: a policy against what lies on the desk, which is the packet and the plan's own claims.

A reviewer who is no clinician may approve when the criteria are met, and ask when something is not shown. A "no" on
clinical grounds goes to a clinician with the right license, so the third verdict is "refer".

The judging is that of `criteria`; only the chart is smaller: rows that nobody sent do not exist for the payer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from priorauth import casefile, criteria, data, policies
from priorauth.criteria import MET, NOT_MET, NOT_SHOWN

if TYPE_CHECKING:
    import pandas as pd

APPROVE, REFER, PEND = "approve", "refer", "pend"
DECISION = {MET: APPROVE, NOT_MET: REFER, NOT_SHOWN: PEND}
ALL, NONE = "all", "none"
#: Criteria that the request itself answers; no row of the packet stands for them.
ON_FORM = ("diagnosis", "compendium", "prescriber", "age")
WIDTH = 100
Tables = Mapping[str, "pd.DataFrame"]


@dataclass(frozen=True)
class Reviewed:
    """What a first-level review comes to: verdict, the criterion that decides, the row that stands for it, and why.

    For an approval the criterion is "all" and the row is the newest one that the approval rests on. For the other two
    the criterion is the one that keeps the policy from being met, and the row is "none" if nothing speaks to it.
    """

    decision: str
    criterion: str
    row: str
    why: str


def packet_chart(request: Mapping[str, Any], tables: Tables | None = None) -> criteria.Chart:
    """What the payer can see of a person's chart: readable copies in the packet, and the fills that it paid for."""
    whole = casefile.chart_of(str(request["member_id"]), tables)
    return casefile.packet_of(whole, casefile.sent_ids(str(request["request_id"]), tables))


def judged(request_id: str, tables: Tables | None = None) -> tuple[criteria.Review, policies.Tree]:
    """Every criterion of a request's policy against the packet."""
    return casefile.judged(request_id, packet=True, tables=tables)


def stands_for(leaf: policies.Leaf, finding: criteria.Finding) -> str:
    """The one row that stands for a finding: of a run of fills the last one, else the newest; "none" without any."""
    if not finding.evidence:
        return NONE
    return finding.evidence[-1] if leaf["kind"] == "drug_trial" else finding.evidence[0]


def deciding(found: criteria.Review, tree: policies.Tree) -> list[str]:
    """The criteria that keep a policy from being met, and that have the verdict of the whole.

    Where one way of "any of" says no and the other is not shown, the second one decides, because it is still open.
    """
    return [c for c in found.open if found.of(c).verdict == found.verdict]


def reviewed(found: criteria.Review, tree: policies.Tree) -> Reviewed:
    """The first-level verdict that follows from the judged criteria. Several open criteria: the first one is named."""
    leaves = {leaf["id"]: leaf for leaf in policies.leaves(tree)}
    if found.verdict == MET:
        shown = [f for f in found.findings if f.verdict == MET and leaves[f.criterion]["kind"] not in ON_FORM]
        dated = [f for f in shown if f.dated and f.evidence]
        if not dated:
            return Reviewed(APPROVE, ALL, NONE, "Every criterion is met.")
        newest = max(dated, key=lambda f: f.dated)
        return Reviewed(APPROVE, ALL, stands_for(leaves[newest.criterion], newest), "Every criterion is met.")
    name = deciding(found, tree)[0]
    finding = found.of(name)
    return Reviewed(DECISION[found.verdict], name, stands_for(leaves[name], finding), finding.why)


def first_level(request_id: str, tables: Tables | None = None) -> Reviewed:
    """The reference review of a request, from the packet as it was sent."""
    return reviewed(*judged(request_id, tables))


# --- the sheet ------------------------------------------------------------------------------------------------------------


def service_name(code: str) -> str:
    """A code in plain words: a service, a HCPCS item or a drug."""
    for table, key, words in (("services", "code", "description"), ("hcpcs", "code", "label")):
        if found := data.rows(table, **{key: code}):
            return str(found[0][words])
    return policies.drug_name(code) if code.startswith("DRG") else code


def criteria_lines(tree: policies.Tree, skip: tuple[str, ...] = ()) -> list[str]:
    """The checklist of a policy as indented lines; criteria of the kinds in `skip` are left out."""
    kinds = {leaf["id"]: leaf["kind"] for leaf in policies.leaves(tree)}
    return [
        "  " * line.depth + (f"{line.criterion}: {line.words}" if line.criterion else line.words)
        for line in policies.checklist(tree)
        if not line.criterion or kinds[line.criterion] not in skip
    ]


def desk_rows(request_id: str, tables: Tables | None = None) -> list[tuple[str, str, str, str, str]]:
    """(id, kind, day, signed, words) of every row on the reviewer's desk, up to the day on which it was sent."""
    row = casefile.request(request_id, tables)
    return casefile.lines(packet_chart(row, tables), casefile.day_of(row))


def sheet(request_id: str, tables: Tables | None = None) -> str:
    """Request, policy and desk on one sheet. LookupError for an unknown request; NoPolicy where the list names none."""
    return _kept(request_id) if tables is None else _sheet(request_id, tables)


@lru_cache(maxsize=256)
def _kept(request_id: str) -> str:
    return _sheet(request_id)


def _sheet(request_id: str, tables: Tables | None = None) -> str:
    row = casefile.request(request_id, tables)
    policy, tree = casefile.tree_of(row, tables=tables)
    asked = casefile.asked(row, tables)
    parts = [
        f"{request_id}   {row['code']}, {service_name(str(row['code']))}",
        f"  Form {row['line_id']}: {row['request_type']}, {row['icd10']}, asked by {asked.specialty}, sent {asked.day}",
        f"  {policy['policy_id']} version {policy['version']}:",
    ]
    for line in criteria_lines(tree):
        depth = len(line) - len(line.lstrip())
        parts += wrap(line.strip(), WIDTH, initial_indent=" " * (4 + depth), subsequent_indent=" " * (8 + depth))
    parts.append("  On the desk:")
    rows = desk_rows(request_id, tables)
    for key, _, when, signed, words in rows:
        mark = " [not signed]" if signed == "no" else ""
        parts += wrap(
            f"{key}  {when}  {words}{mark}",
            WIDTH,
            initial_indent="    ",
            subsequent_indent=" " * 8,
            break_on_hyphens=False,
        )
    return "\n".join(parts if rows else [*parts, "    nothing"])
