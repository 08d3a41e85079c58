"""The packet of a request beside what its policy asks to see and what the chart holds: one sheet to lint it by.

Nothing is judged here. The sheet lays the records side by side, so that a reader can see what is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from priorauth import data

#: Kinds of criteria that paper shows. A diagnosis stands on the form, fills are in the plan's own claims.
ON_PAPER = ("note", "lab", "study", "therapy")
#: Table -> (column with the id, column with the day, what to show of a row).
CHART = {
    "notes": ("note_id", "service_date", "{kind}: {text}"),
    "labs": ("lab_id", "collected_on", "lab: {test} {value} {unit}"),
    "imaging": ("study_id", "done_on", "study: {study}, finding: {finding}"),
    "therapy": ("therapy_id", "start", "therapy: {kind}, {visits} visits, directed by {directed_by}, {outcome}"),
}


@dataclass(frozen=True)
class Sheet:
    """What was sent, what is wanted, what there is. `str()` of it is what the notebook prints."""

    request_id: str
    head: list[tuple[str, str]]
    wanted: list[str]
    packet: list[str]
    chart: list[str]

    def __str__(self) -> str:
        head = [f"{label}: {value}" for label, value in self.head]
        parts = [f"{self.request_id}   " + "   ".join(head[:2]), "  " + "   ".join(head[2:])]
        blocks = (
            ("Policy wants on paper", self.wanted),
            ("In the packet", self.packet),
            ("In the chart when it was sent", self.chart),
        )
        for title, lines in blocks:
            parts.append(f"  {title}:")
            parts += [
                "    " + piece
                for line in lines or ["nothing"]
                for piece in wrap(line, 92, subsequent_indent="    ", break_on_hyphens=False)
            ]
        return "\n".join(parts)


def wanted_on_paper(policy: dict[str, Any], renewal: bool = False) -> list[dict[str, Any]]:
    """The single criteria of a policy that paper must show, in order; those of an "any of" group are marked `one_of`."""
    found: list[dict[str, Any]] = []

    def walk(node: dict[str, Any], one_of: bool) -> None:
        for group in ("all", "any"):
            for child in node.get(group, []):
                walk(child, one_of or group == "any")
        if node.get("kind") in ON_PAPER:
            found.append({**node, "one_of": one_of})

    walk(policy["renewal_criteria"] if renewal else policy["criteria"], False)
    return found


def sheet(request_id: str, tables: dict[str, Any] | None = None) -> Sheet:
    """The sheet of one request. KeyError if there is no such request."""
    found = data.rows("requests", tables, request_id=request_id)
    if not found:
        raise KeyError(f"There is no request {request_id!r}. Request ids look like REQ-000123.")
    row = found[0]
    code = data.rows("request_lines", tables, request_id=request_id, line_no=1)[0]["code"]
    day = row["submitted_at"].normalize()
    policy = data.policy(row["policy_id"], day)
    return Sheet(
        request_id,
        [
            ("asks for", f"{code} ({row['category']}, {row['request_type']})"),
            ("sent", f"{day:%Y-%m-%d} by {row['channel']}"),
            ("form", row["form"]),
            ("case", row["case_ref"]),
            ("call back", _given(row["contact_phone"]) or "-"),
        ],
        [
            ("One of: " if c["one_of"] else "") + c["say"]
            for c in wanted_on_paper(policy, row["request_type"] == "renewal")
        ],
        [
            f"{d['doc_id']}  {d['kind']}{' = ' + d['source_id'] if _given(d['source_id']) else ''}, "
            f"{d['pages']} page(s), {d['quality']}, case {d['case_ref']}"
            for d in data.rows("attachments", tables, request_id=request_id)
        ],
        chart_rows(tables, row["member_id"], day),
    )


def _given(value: Any) -> str:
    """A text, or "" where there is none."""
    return value if value == value and value is not None else ""


def chart_rows(tables: dict[str, Any] | None, member_id: str, day: Any) -> list[str]:
    """The member's chart up to a day, oldest first: id, day and content of each row."""
    found = []
    for name, (key, dated, words) in CHART.items():
        mine = data.rows(name, tables, member_id=member_id)
        for row in (r for r in mine if r[dated] <= day):
            signed = ""
            if name == "notes":
                signed = " [not signed]" if row["signed_at"] != row["signed_at"] else " [signed]"
            found.append((f"{row[dated]:%Y-%m-%d}", row[key], words.format(**row) + signed))
    return [f"{key}  {when}  {what}" for when, key, what in sorted(found)]


def example() -> str:
    """A request to practice on: denied for lack of documents, a short chart, two criteria to show, and in no graded item."""
    names = ("requests", "request_lines", "attachments", *CHART)
    tables = {name: data.load(name) for name in names}
    taken = _graded()
    denied = tables["requests"]
    denied = denied[(denied["reason_code"] == "insufficient_documentation") & (denied["request_type"] == "initial")]
    denied = denied[(denied["category"] != "pharmacy_drug") & denied["contact_phone"].notna()]
    for request_id in denied["request_id"]:
        if request_id in taken:
            continue
        found = sheet(request_id, tables)
        short = len(found.chart) <= 4 and len(found.packet) == 1 and len(found.wanted) == 2
        if short and "readable" in found.packet[0] and " = " in found.packet[0]:
            return request_id
    raise KeyError("No request fits the example of the packet sheet.")


def _graded() -> list[str]:
    """Requests of the graded packets, of any learner; none where the list of casework has not been made yet."""
    try:
        return data.pool("m08-c1")
    except data.DataError:
        return []
