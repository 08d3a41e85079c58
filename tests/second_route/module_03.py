"""Module 3 by the second route: each key again, in plain Python, from the public CSV rows and the public stories.

`tables` maps a table name to its rows as `csv.DictReader` gives them (all text, empty cells are ""); `records` are the
ids that learners see. Nothing here knows the world's truth or the code that made the keys: rules are written out again
on purpose, from the lesson's text.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import yaml

Tables = dict[str, list[dict[str, str]]]
STORIES = Path(__file__).resolve().parents[2] / "priorauth" / "stories" / "compliance.yaml"


def _stories(name: str) -> list[dict]:
    return yaml.safe_load(STORIES.read_text(encoding="utf-8"))[name]


def _days(later: str, earlier: str) -> int:
    return (dt.date.fromisoformat(later) - dt.date.fromisoformat(earlier)).days


def _proves(criterion: str, page: dict, sent: str) -> bool:
    """Whether a page shows what a criterion asks for, on the right matter and inside its look-back."""
    kind, text = page["kind"], page["summary"]
    limit = re.search(r"(\d+) days before|not older than (\d+) days", criterion)
    days = int(limit.group(1) or limit.group(2))
    if "BMI" in criterion:
        fits, about = kind == "vital signs", page["dated"]
    elif "Mental health" in criterion:
        fits, about = kind == "evaluation", page["dated"]
    elif "weight program" in criterion:
        fits, about = kind == "program record" and "nurse" in text, page["dated"]
    elif "X-ray" in criterion:
        fits, about = text.startswith("X-ray, right knee"), page["dated"]
    elif "therapy" in criterion:
        fits, about = kind == "therapy record" and "right knee" in text, page["dated"]
        if "2025" in text:  # a printout of last year's therapy
            about = "2025-06-20"
    elif "HbA1c" in criterion:
        fits, about = kind == "lab result" and "HbA1c" in text, page["dated"]
    elif "nicotine" in criterion:
        fits, about = "Nicotine" in text, page["dated"]
    elif "Virus" in criterion:
        fits, about = kind == "lab result" and "Virus" in text, page["dated"]
    elif "scan" in criterion:
        fits, about = text.startswith("Liver scan"), page["dated"]
    else:
        fits, about = "Alcohol marker" in text, page["dated"]
    return fits and _days(sent, about) <= days


def m03_c1(tables: Tables, records: list[str]) -> list[str]:
    """The order note, and for each criterion the newest page that proves it, of this patient and free to go."""
    found = []
    for asked in _stories("packet_requests"):
        sent = asked["goes_out_on"]
        pages = [
            p
            for p in _stories("packet_pages")
            if p["request"] == asked["request"]
            and p["name_on_page"] == asked["patient"]
            and p["dated"] <= sent
            and p["kind"] != "psychotherapy notes"
            and "program for alcohol" not in p["summary"]
            and "Paid in full" not in p["summary"]
        ]
        found += [p["page"] for p in pages if p["kind"] == "visit note" and "orders" in p["summary"].casefold()]
        for criterion in asked["criteria"]:
            fits = [p for p in pages if _proves(criterion, p, sent)]
            found.append(max(fits, key=lambda p: p["dated"])["page"])
    return sorted(set(found))


def m03_c2(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """The eight rules of section 3.1, read from the top for each row."""
    answer = {}
    for row in tables["disclosures"]:
        if row["disclosure_id"] not in records:
            continue
        what = row["what"].casefold()
        if "psychotherapy" in what:
            verdict = ["authorization first", "R5"]
        elif "paid in full" in what:
            verdict = ["do not send", "R6"]
        elif row["signed_authorization"] == "True":
            verdict = ["no limit", "R3"]
        elif row["purpose"] == "treatment":
            verdict = ["no limit", "R1"]
        elif row["purpose"] == "individual_request":
            verdict = ["no limit", "R2"]
        elif row["purpose"] == "payment":
            more = any(w in what for w in ("whole chart", "hiv", "relatives", "family history"))
            verdict = ["cut first" if more else "minimum", "R4"]
        else:
            verdict = ["authorization first", "R8"]
        answer[row["disclosure_id"]] = verdict
    return answer


def m03_c5(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """The four questions of section 3.6, in their order, by the words of each story."""
    answer = {}
    for row in _stories("slips"):
        what = row["what"]
        last = (dt.date.fromisoformat(row["first_known_on"]) + dt.timedelta(days=60)).isoformat()
        numbers = [int(n.replace(",", "")) for n in re.findall(r"(\d[\d,]*) (?:charts|requests|patients)", what)]
        bound = any(w in what for w in ("another one's portal", "another clinic", "to a plan that"))
        assured = "wrote that no one had opened it" in what
        if "encrypted" in what.casefold() and "key was not with it" in what:
            verdict = ["no breach", "none"]
        elif re.search(r"nurse of ours|Our scheduler", what):
            verdict = ["no breach", "none"]
        elif bound and assured:
            verdict = ["low risk", "none"]
        else:
            verdict = ["large breach" if numbers and numbers[0] >= 500 else "breach", last]
        answer[row["slip"]] = verdict
    return {slip: answer[slip] for slip in records}


def m03_c6(tables: Tables, records: list[str]) -> float:
    """A reason counts if it says what would happen to the patient without the care or with a wait."""
    harm = ("may not come back", "bring back", "costs strength", "not be safe", "may be lost", "may move to")
    texts = {row["reason_no"]: row["reason"] for row in _stories("fast_reasons")}
    weak, fast = {}, {}
    for row in _stories("fast_counts"):
        fast[row["clinician"]] = sum(row["counts"].values())
        weak[row["clinician"]] = sum(
            many for number, many in row["counts"].items() if not any(w in texts[number] for w in harm)
        )
    most = max(weak, key=lambda name: weak[name])
    return round(100 * weak[most] / fast[most], 1)
