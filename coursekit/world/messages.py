"""The message files of about sixty requests, chosen by rule and written from the tables.

Every outcome code that occurs with a channel gets a fixed number of requests; within a cell the next request is the one that adds most that is new:
line of business, category, speed, kind of request, answer of the eligibility check, number of lines. The order of request ids breaks ties.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from priorauth.messages import eligibility as elig
from priorauth.messages import epa, fhir, name_of, review, review_answer
from priorauth.messages.base import MessageError
from priorauth.messages.codes import REQUEST_TYPES
from priorauth.messages.record import Row, gather, rows
from priorauth.schema import BANNER

from .write import save

#: Channel -> outcome code -> how many requests. "AAA": could not be processed; "": no answer yet.
QUOTAS = {
    "x12_278": {"A1": 8, "A2": 4, "A3": 7, "A4": 3, "A6": 3, "C": 2, "CT": 2, "NA": 2, "AAA": 3, "": 1},
    "fhir_pas": {"A1": 4, "A2": 1, "A3": 3, "A4": 1, "A6": 1, "C": 1, "CT": 1, "": 1},
    "epa_script": {"A1": 5, "A2": 2, "A3": 4, "A4": 1, "A6": 1, "C": 1, "CT": 1, "NA": 1},
}
#: Answers of eligibility checks -> how many requests of other channels get a 270 and 271 only.
CHECKS = {"active": 2, "inactive": 2, "active_other_plan": 2, "not_found": 2}

README = f"""# Messages

**{BANNER}**

These files say the same as the tables. `index.csv` lists them by request.
Read them in Python with `priorauth.messages.read(name)`.

| Kind | What it is | Reads like |
|---|---|---|
| `270`, `271` | eligibility question and answer | X12, version 005010X279A1 |
| `278_request`, `278_response` | request for review and its answer | X12, version 005010X217 |
| `epa_initiation_request`, `epa_initiation_response`, `epa_request`, `epa_response` | the four steps of electronic prior authorization for a pharmacy drug | XML of this course |
| `fhir_request`, `fhir_response` | request and answer as bundles | FHIR R4, shaped after Da Vinci PAS |

- The ePA files are **shaped after** NCPDP SCRIPT. They are **not** that standard, which is licensed. Element names, questions and codes are the course's own.
- The FHIR files follow base FHIR R4 and the main ideas of Da Vinci PAS. They do not claim to meet every rule of its profiles.
- X12 labels are in the course's own words. Invented service labels carry the qualifier `ZZ` (agreed between two parties), HCPCS codes `HC`, package numbers `N4`.
- Diagnosis codes have no point in X12 and keep it in FHIR. Package numbers have ten digits with hyphens in the tables and eleven digits in messages.
- The reason for a denial stands in `MSG` of a 278 answer: its usual place, HCR03, takes a code from a licensed list.
- A 278 leaves out the dose and the days supply. The 271 gives the plan's yearly amounts, not what the member has already paid.
- `AAA` in a 278 answer means that the request could not be processed. It is not a denial.
- Times in FHIR files carry one fixed offset, -07:00, for the invented clinic.
- Some requests have no answer yet, and one step is missing for them.
"""


def _cells(tables: Any) -> dict[tuple[str, str], list[Row]]:
    """Requests by channel and outcome, each with the features that make it worth having."""
    lines, plans = rows(tables, "request_lines"), {p["plan_id"]: p for p in rows(tables, "plans")}
    count = Counter(x["request_id"] for x in lines)
    checks = {e["request_id"]: e for e in rows(tables, "eligibility")}
    auth = {a["request_id"]: a for a in rows(tables, "authorizations")}
    given = {x["request_id"]: x for x in lines if x["line_no"] == 1}
    cells: dict[tuple[str, str], list[Row]] = {}
    for r in rows(tables, "requests"):
        if r["submitted_at"] is None or not _fits(r, auth.get(r["request_id"]), given.get(r["request_id"])):
            continue
        check = checks.get(r["request_id"])
        plan = plans[r["plan_id"]]
        row = {
            "request_id": r["request_id"],
            "line": plan["line_of_business"],
            "category": r["category"],
            "urgency": r["urgency"],
            "type": r["request_type"],
            "check": check["answer"] if check else None,
            "lines": min(count[r["request_id"]], 2),
            "recorded_right": auth[r["request_id"]]["units"] == given[r["request_id"]]["units_approved"]
            if r["request_id"] in auth
            else None,
            "plan": r["plan_id"],
            "destination": r["destination_id"],
        }
        outcome = r["decision_code"] or ("AAA" if r["decision"] == "dismissed" else "")
        cells.setdefault((r["channel"], outcome), []).append(row)
    return cells


def _fits(r: Row, auth: Row | None, line: Row | None) -> bool:
    """Can the message say the same as the tables?

    An approval by 278 or FHIR needs its number, a drug approval may have none; the span as recorded must be the one asked for.
    """
    if line is None or (r["channel"] == "x12_278" and r["request_type"] not in REQUEST_TYPES):
        return False
    if r["decision_code"] not in ("A1", "A2", "A6"):
        return auth is None
    if auth is None:
        return r["channel"] == "epa_script"
    return (auth["code"], auth["start"], auth["end"]) == (line["code"], line["start_date"], line["end_date"])


def _pick(pool: list[Row], wanted: int, seen: Counter, taken: set[str]) -> list[str]:
    """Greedy choice: each next request adds the most that was seen least."""
    out: list[str] = []
    left = [p for p in sorted(pool, key=lambda p: p["request_id"]) if p["request_id"] not in taken]
    while left and len(out) < wanted:
        best = max(
            left,
            key=lambda p: (
                sum(1 / (1 + seen[k, v]) for k, v in p.items() if k != "request_id" and v is not None),
                _down(p),
            ),
        )
        left.remove(best)
        seen.update((k, v) for k, v in best.items() if k != "request_id")
        out.append(best["request_id"])
    taken.update(out)
    return out


def _down(row: Row) -> int:
    return -int(row["request_id"].rsplit("-", 1)[1])


def choose(tables: Any, avoid: Collection[str] = ()) -> dict[str, str]:
    """Request id -> channel whose messages it gets ("check": eligibility only). `avoid` holds requests whose authorization was recorded wrongly."""
    cells, seen, taken = _cells(tables), Counter(), set(avoid)
    out: dict[str, str] = {}
    for channel, quotas in QUOTAS.items():
        for outcome, wanted in quotas.items():
            pool = cells.get((channel, outcome), [])
            if outcome == "AAA":
                pool = [p for p in pool if review_answer.not_processed(gather(tables, p["request_id"]))]
            out |= dict.fromkeys(_pick(pool, wanted, seen, taken), channel)
    others = [p for (channel, _), cell in cells.items() if channel not in QUOTAS for p in cell]
    for answer, wanted in CHECKS.items():
        out |= dict.fromkeys(_pick([p for p in others if p["check"] == answer], wanted, seen, taken), "check")
    return dict(sorted(out.items()))


def _texts(record: Row, channel: str) -> Iterator[tuple[str, str]]:
    """Kind and text of every message of a request; an answer that has not come is left out."""
    for check in record["eligibility"][:1]:
        yield "270", elig.write_question(record, check)
        if check["answered_at"] is not None:
            yield "271", elig.write_answer(record, check)
    answered = record["request"]["decision_code"] is not None
    if channel == "x12_278":
        yield "278_request", review.write_request(record)
        if answered or review_answer.not_processed(record):
            yield "278_response", review_answer.write_answer(record)
    elif channel == "fhir_pas":
        yield "fhir_request", fhir.write_request(record)
        if answered:
            yield "fhir_response", fhir.write_answer(record)
    elif channel == "epa_script":
        yield "epa_initiation_request", epa.write_initiation(record)
        yield "epa_initiation_response", epa.write_questions(record)
        yield "epa_request", epa.write_request(record)
        if answered:
            yield "epa_response", epa.write_answer(record)


def message_texts(tables: Any, avoid: Collection[str] = ()) -> dict[str, str]:
    """File name (with the folder: messages/...) -> text, index.csv included. Same tables, same texts."""
    index, out = [], {}
    for request_id, channel in choose(tables, avoid).items():
        try:
            record = gather(tables, request_id)
            for kind, text in _texts(record, channel):
                out[f"messages/{name_of(request_id, kind)}"] = text
                index.append((request_id, kind, name_of(request_id, kind)))
        except MessageError as e:
            raise MessageError(f"{request_id}: {e}") from e
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["request_id", "kind", "file"])
    writer.writerows(index)
    out["messages/index.csv"] = table.getvalue()
    out["messages/README.md"] = README
    return out


def write_messages(tables: Any, folder: str | Path, avoid: Collection[str] = ()) -> dict[str, str]:
    """Write all message files below `folder` (the data folder) and remove stale ones; returns file -> digest, for checksums.json."""
    folder = Path(folder)
    texts = message_texts(tables, avoid)
    if (folder / "messages").is_dir():
        for old in (folder / "messages").iterdir():
            if f"messages/{old.name}" not in texts and old.suffix in (".x12", ".xml", ".json"):
                old.unlink()
    return {name: save(folder / name, text) for name, text in sorted(texts.items())}
