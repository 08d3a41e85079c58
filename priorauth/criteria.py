"""Criteria against a chart: met, not met, or not shown, each with the rows that say so and their date.

Three verdicts, because they call for three different next steps (section 7.3):

met        a usable row shows what the criterion asks for.
not met    usable rows show that it is not so: a value on the wrong side, or treatment that was too short, too long
           ago, or not directed by a provider. Another page will not change that.
not shown  no usable row: nothing is there, or what is there is too old or not signed. Another page may change that.

Rows are plain dicts with the columns of `notes`, `fills`, `labs`, `imaging` and `therapy`. Dates may be text, dates or
Timestamps. A look-back of N days holds the day of the request and the N days before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from priorauth import therapy as treatment
from priorauth.policies import Leaf, Tree, as_day, branches, leaves, sentence

MET, NOT_MET, NOT_SHOWN = "met", "not met", "not shown"
VERDICTS = (MET, NOT_MET, NOT_SHOWN)
TABLES = {"notes": "note_id", "fills": "fill_id", "labs": "lab_id", "imaging": "study_id", "therapy": "therapy_id"}
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Chart:
    """The evidence of one person. What is not in it does not count, so a packet can be judged as well as a chart."""

    notes: Sequence[Row] = ()
    fills: Sequence[Row] = ()
    labs: Sequence[Row] = ()
    imaging: Sequence[Row] = ()
    therapy: Sequence[Row] = ()
    birth_date: date | None = None


@dataclass(frozen=True)
class Asked:
    """What the request itself says. `use` is the answer of Module 6's path: is the use in the label or supported, and
    what proves it; None where nobody has looked yet."""

    day: date
    icd10: str = ""
    line_id: str = ""
    specialty: str = ""
    npi: str = ""
    use: tuple[bool, str] | None = None
    supply_in_hand: bool = (
        False  # count days of a fill that lie after the request, as some plans do; the course does not
    )


@dataclass(frozen=True)
class Finding:
    """One criterion: verdict, ids of the rows, the date of the newest of them, and the reason in one sentence."""

    criterion: str
    verdict: str
    evidence: tuple[str, ...]
    dated: date | None
    why: str


@dataclass(frozen=True)
class Review:
    """A whole policy against a chart. `findings` stand in the order of the policy; `open` are the criteria that keep
    the request from being met, one by one."""

    verdict: str
    findings: tuple[Finding, ...]
    open: tuple[str, ...] = field(default=())

    def of(self, criterion: str) -> Finding:
        """The finding of one criterion."""
        return next(f for f in self.findings if f.criterion == criterion)


# --- one criterion --------------------------------------------------------------------------------------------------------


def judge(leaf: Leaf, chart: Chart, asked: Asked) -> Finding:
    """One criterion against a chart on the day of the request. An unknown kind of criterion raises ValueError."""
    judges = {
        "diagnosis": _diagnosis, "compendium": _use, "prescriber": _prescriber, "age": _age, "note": _note,
        "lab": _lab, "study": _study, "therapy": _therapy, "drug_trial": _trial,
    }  # fmt: skip
    if leaf["kind"] not in judges:
        raise ValueError(f"{leaf['id']}: a criterion of the kind {leaf['kind']!r} is not known.")
    verdict, rows, dated, why = judges[leaf["kind"]](leaf, chart, asked)
    return Finding(leaf["id"], verdict, tuple(rows), dated, why)


_Judged = tuple[str, Iterable[str], "date | None", str]


def _diagnosis(leaf: Leaf, chart: Chart, asked: Asked) -> _Judged:
    rows = [asked.line_id] if asked.line_id else []
    if any(asked.icd10.startswith(code) for code in leaf["icd10"]):
        return MET, rows, asked.day, f"{asked.icd10} is on the policy's list."
    return NOT_MET, rows, asked.day, f"{asked.icd10 or 'No diagnosis code'} is not on the policy's list."


def _use(leaf: Leaf, chart: Chart, asked: Asked) -> _Judged:
    if asked.use is None:
        return NOT_SHOWN, [], None, "Nobody has looked up the label and the compendia yet."
    good, proof = asked.use
    rows = [proof] if proof else []
    return (MET, rows, None, "The use is accepted.") if good else (NOT_MET, rows, None, "The use is not accepted.")


def _prescriber(leaf: Leaf, chart: Chart, asked: Asked) -> _Judged:
    verdict = MET if asked.specialty in leaf["specialties"] else NOT_MET
    return (
        verdict,
        [asked.npi] if asked.npi else [],
        asked.day,
        f"The request comes from {asked.specialty or 'nobody named'}.",
    )


def _age(leaf: Leaf, chart: Chart, asked: Asked) -> _Judged:
    if chart.birth_date is None:
        return NOT_SHOWN, [], None, "The birth date is missing."
    years = asked.day.year - chart.birth_date.year
    years -= (asked.day.month, asked.day.day) < (chart.birth_date.month, chart.birth_date.day)
    return (
        (MET if years >= leaf["min_years"] else NOT_MET),
        [],
        asked.day,
        f"{years} years old on the day of the request.",
    )


def _age_in_days(row: Row, column: str, asked: Asked) -> int:
    return (asked.day - as_day(row[column])).days


def _note(leaf: Leaf, chart: Chart, asked: Asked) -> _Judged:
    back, unusable = leaf["lookback_days"], []
    for row in sorted(chart.notes, key=lambda r: (as_day(r["service_date"]), r["note_id"]), reverse=True):
        if row["kind"] not in leaf["note_kinds"] or not any(w in str(row["text"]).lower() for w in leaf["words"]):
            continue
        age = _age_in_days(row, "service_date", asked)
        if age < 0:
            continue
        if age > back:
            unusable.append((row, f"{age} days old, and only {back} are allowed"))
        elif _blank(row["signed_at"]):
            unusable.append((row, "not signed"))
        elif _blank(row["author_npi"]):
            unusable.append((row, "without an author"))
        else:
            return MET, [row["note_id"]], as_day(row["service_date"]), f"A signed note, {age} days old, says so."
    if unusable:
        row, reason = unusable[0]
        return NOT_SHOWN, [r["note_id"] for r, _ in unusable], as_day(row["service_date"]), f"The note is {reason}."
    return NOT_SHOWN, [], None, "No note says so."


def _latest(rows: Sequence[Row], column: str, name: str, key: str, leaf: Leaf, asked: Asked) -> Row | None:
    mine = [r for r in rows if r[name] == leaf[name] and as_day(r[column]) <= asked.day]
    return max(mine, key=lambda r: (as_day(r[column]), r[key]), default=None)


def _lab(leaf: Leaf, chart: Chart, asked: Asked) -> _Judged:
    row = _latest(chart.labs, "collected_on", "test", "lab_id", leaf, asked)
    if row is None:
        return NOT_SHOWN, [], None, f"No {leaf['test']} is in the chart."
    age, when, value = _age_in_days(row, "collected_on", asked), as_day(row["collected_on"]), float(row["value"])
    if age > leaf["lookback_days"]:
        return (
            NOT_SHOWN,
            [row["lab_id"]],
            when,
            f"The latest result is {age} days old, and only {leaf['lookback_days']} are allowed.",
        )
    limit = leaf["value"]
    good = {">=": value >= limit, "<=": value <= limit, "<": value < limit, ">": value > limit}[leaf["op"]]
    return (
        (MET if good else NOT_MET),
        [row["lab_id"]],
        when,
        f"The latest result is {value:g} {leaf['unit']}, {age} days old.",
    )


def _study(leaf: Leaf, chart: Chart, asked: Asked) -> _Judged:
    row = _latest(chart.imaging, "done_on", "study", "study_id", leaf, asked)
    if row is None:
        return NOT_SHOWN, [], None, f"No {leaf['study']} is in the chart."
    age, when = _age_in_days(row, "done_on", asked), as_day(row["done_on"])
    if age > leaf["lookback_days"]:
        return (
            NOT_SHOWN,
            [row["study_id"]],
            when,
            f"The latest one is {age} days old, and only {leaf['lookback_days']} are allowed.",
        )
    good = row["finding"] in leaf["findings"]
    return (MET if good else NOT_MET), [row["study_id"]], when, f"The finding is {row['finding'].replace('_', ' ')}."


def _therapy(leaf: Leaf, chart: Chart, asked: Asked) -> _Judged:
    """Days of a course of treatment: last day minus first day, plus one, as Module 4 counts; nothing after the request."""
    mine = [r for r in chart.therapy if r["kind"] in leaf["therapy"] and as_day(r["start"]) <= asked.day]
    if not mine:
        return NOT_SHOWN, [], None, "No such treatment is in the chart."
    reasons = []
    for row in sorted(mine, key=lambda r: (as_day(r["start"]), r["therapy_id"]), reverse=True):
        end = asked.day if _blank(row["end"]) else min(as_day(row["end"]), asked.day)
        days, ago = (end - as_day(row["start"])).days + 1, (asked.day - end).days
        if days < leaf["min_days"]:
            reasons.append((row, end, f"It lasted {days} days, and {leaf['min_days']} are needed."))
        elif ago > leaf["lookback_days"]:
            reasons.append(
                (row, end, f"It ended {ago} days before the request, and {leaf['lookback_days']} are allowed.")
            )
        elif row["directed_by"] != "provider":
            reasons.append((row, end, "The patient directed it herself or himself."))
        elif row["outcome"] not in ("no_improvement", "ongoing"):
            reasons.append((row, end, f"Its outcome is {row['outcome'].replace('_', ' ')}."))
        else:
            return MET, [row["therapy_id"]], end, f"{days} days, ended {ago} days before the request."
    return NOT_MET, [r["therapy_id"] for r, _, _ in reasons], reasons[0][1], reasons[0][2]


def trial(
    leaf: Leaf, fills: Iterable[Row], day: date, supply_in_hand: bool = False
) -> tuple[str, treatment.Run | None]:
    """The longest run of one step drug up to a day, and what it is worth; the drug with the best answer counts."""
    best: tuple[str, treatment.Run | None] = (NOT_SHOWN, None)
    rows = list(fills)
    for drug in leaf["drugs"]:
        mine = treatment.fills_of(r for r in rows if r["drug_id"] == drug and as_day(r["filled_on"]) <= day)
        for run in treatment.runs(mine, leaf["max_gap_days"], until=None if supply_in_hand else day):
            last_fill = max(f.filled_on for f in mine if f.fill_id in run.fill_ids)
            if run.days >= leaf["min_days"] and (day - last_fill).days <= leaf["lookback_days"]:
                return MET, run
            if best[1] is None or run.days > best[1].days:
                best = (NOT_MET, run)
    return best


def _trial(leaf: Leaf, chart: Chart, asked: Asked) -> _Judged:
    verdict, run = trial(leaf, chart.fills, asked.day, asked.supply_in_hand)
    if run is None:
        return NOT_SHOWN, [], None, "No fill of these drugs is in the history."
    last = max(as_day(r["filled_on"]) for r in chart.fills if r["fill_id"] in run.fill_ids)
    ago = (asked.day - last).days
    return (
        verdict,
        run.fill_ids,
        last,
        f"The longest run lasts {run.days} days, and its last fill is {ago} days old; {leaf['min_days']} are needed.",
    )


def _blank(value: object) -> bool:
    return value is None or value != value or value == ""


# --- the whole tree -------------------------------------------------------------------------------------------------------


def verdict(tree: Tree, findings: Mapping[str, str]) -> str:
    """The verdict of a tree from the verdicts of its criteria.

    All of: one "not met" decides; else one "not shown" leaves it open. Any of: one "met" decides; else one "not shown"
    leaves it open, because that way can still be shown.
    """
    if "kind" in tree:
        return findings[tree["id"]]
    parts = [verdict(branch, findings) for branch in branches(tree)]
    order = (NOT_MET, NOT_SHOWN, MET) if "all" in tree else (MET, NOT_SHOWN, NOT_MET)
    return next(v for v in order if v in parts)


def still_open(tree: Tree, findings: Mapping[str, str]) -> list[str]:
    """The criteria that keep a tree from being met. A way that nobody needs any more is not among them."""
    if verdict(tree, findings) == MET:
        return []
    if "kind" in tree:
        return [tree["id"]]
    return [c for branch in branches(tree) for c in still_open(branch, findings)]


def review(tree: Tree, chart: Chart, asked: Asked) -> Review:
    """Every criterion of a policy against a chart, and what follows for the whole."""
    findings = tuple(judge(leaf, chart, asked) for leaf in leaves(tree))
    verdicts = {f.criterion: f.verdict for f in findings}
    return Review(verdict(tree, verdicts), findings, tuple(still_open(tree, verdicts)))


def words(tree: Tree, found: Review) -> list[tuple[str, str, str, str, str]]:
    """The matrix as rows of text: criterion, what it asks for, verdict, evidence ids, why."""
    asks = {leaf["id"]: sentence(leaf) for leaf in leaves(tree)}
    return [(f.criterion, asks[f.criterion], f.verdict, ", ".join(f.evidence) or "none", f.why) for f in found.findings]
