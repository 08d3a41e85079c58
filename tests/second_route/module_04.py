"""Module 4 by the second route: each key again, in plain Python, without pandas and without the course's own parsers.

`tables` maps a table name to its rows as `csv.DictReader` gives them. The claims and printouts that learners see stand in
the public file `priorauth/chart_cases.yaml`.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import yaml

Tables = dict[str, list[dict[str, str]]]
CASES = yaml.safe_load(
    (Path(__file__).resolve().parents[2] / "priorauth" / "chart_cases.yaml").read_text(encoding="utf-8")
)
DAY = dt.timedelta(days=1)


def _days_for(sig: str, quantity: int) -> int:
    """Days that a quantity lasts; only the shapes of directions that `chart_cases.yaml` has."""
    text = sig.lower()
    if found := re.search(r"max (\d+)/(\d+) d", text):
        return quantity * int(found[2]) // int(found[1])
    if found := re.search(r"max (\d+) puffs/d", text):
        return quantity // int(found[1])
    if found := re.search(r"(\d+) caps? po daily x (\d+) d, off (\d+) d", text):
        one, on, off = (int(n) for n in found.groups())
        return quantity * (on + off) // (one * on)
    doses = [float(n) for n in re.findall(r"(?:^|-|and )(\d+) ", text.replace("ss ", "0.5 "))] or [0.5]
    if found := re.search(r" q (\d+) d", text):
        return int(quantity * int(found[1]) // doses[-1])
    if "qam" in text and "qpm" in text:
        return int(quantity // sum(doses))
    if "qod" in text:
        return int(quantity * 2 // doses[-1])
    by_day = {"bid": 2, "tid": 3, "daily": 1}
    times = next((n for word, n in by_day.items() if word in text), 0) or 24 // int(
        re.search(r"q(\d+)(?:-\d+)?h", text)[1]
    )
    return int(quantity // (doses[-1] * times))


def m04_c2(tables: Tables, records: list[str]) -> dict[str, list]:
    """Days of the directions against the days typed into the request."""
    answer = {}
    for name, sig, quantity, refills, asked in CASES["prescriptions"]:
        right = _days_for(sig, quantity)
        verdict = "fits" if asked == right else "too long" if asked > right else "too short"
        answer[name] = [verdict, right, right * (1 + refills)]
    return {name: answer[name] for name in records}


def _covered(fills: list[tuple[dt.date, int, str]]) -> list[tuple[dt.date, dt.date, str]]:
    """First and last covered day of each fill; early fills wait until the supply has run out."""
    spans: list[tuple[dt.date, dt.date, str]] = []
    free = dt.date.min
    for day, supply, name in sorted(fills):
        start = max(day, free)
        free = start + supply * DAY
        spans.append((start, free - DAY, name))
    return spans


def _runs(spans: list[tuple[dt.date, dt.date, str]], gap: int) -> list[tuple[dt.date, dt.date, str]]:
    runs: list[tuple[dt.date, dt.date, str]] = []
    for start, end, name in spans:
        if runs and (start - runs[-1][1]).days - 1 <= gap:
            runs[-1] = (runs[-1][0], end, runs[-1][2])
        else:
            runs.append((start, end, name))
    return runs


# Read from the notes once more, in words of its own.
SAYS = {
    "N1": ("Glumetor", "glumetor hydrochloride", 90, 5),
    "N2": ("Rheumotrate", "rheumotrexate", 180, 5),
    "N3": ("Lipostat", "atorvastine", 120, 6),
    "N4": ("Serenta", "sertaline", 90, 4),
    "N5": ("Plaqueva", "plaquexine", 90, 7),
    "N6": ("Topalma", "topalimate", 90, 7),
    "N7": ("Airforma", "formosalide", 60, 6),
    "N8": ("Dermacort", "clobetasone", 120, 6),
    "N9": ("Fosadrone", "alendranate", 150, 7),
}


def m04_c4(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """A fill in a later month than the stop: goes on. Else the longest run against the claimed days."""
    brands = {row["brand_name"]: row["generic_name"] for row in tables["drugs"]}
    answer = {}
    for note in records:
        brand, generic, days, month = SAYS[note]
        assert brands[brand] == generic
        mine = [(d, n, f) for f, who, d, name, n in CASES["claim_fills"] if who == note and name in (brand, generic)]
        if not mine:
            answer[note] = ["no fill", note]
            continue
        last = max(mine)
        long = max((end - start).days + 1 for start, end, _ in _runs(_covered(mine), 14))
        verdict = "goes on" if last[0].month > month else "agrees" if long >= days else "shorter"
        answer[note] = [verdict, last[2]]
    return answer


def m04_c5(tables: Tables, records: list[str]) -> dict[str, list]:
    """Runs of picked-up fills of the drug up to the day of the request; the longest, and its first fill."""
    answer = {}
    for printout in CASES["printouts"]:
        if printout["patient"] not in records:
            continue
        names = re.fullmatch(r"(.+) \((.+)\)", printout["drug"]).groups()
        asked = printout["asked"]
        mine = [
            (day, supply, name)
            for name, day, label, supply, status in printout["fills"]
            if label in names and status == "picked up" and day <= asked
        ]
        runs = [((min(end, asked) - start).days + 1, first) for start, end, first in _runs(_covered(mine), 14)]
        answer[printout["patient"]] = list(max(runs, key=lambda r: r[0]))
    return answer


def m04_c6(tables: Tables, records: list[str]) -> dict[str, int]:
    """Calendar days from the sample to June 15, 2026; later samples were not there yet."""
    day = dt.date(2026, 6, 15)
    ages = [(day - dt.date.fromisoformat(r["collected_on"])).days for r in tables["labs"] if r["test"] == "HbA1c"]
    return {"too old": sum(age > 180 for age in ages), "still good": sum(0 <= age <= 180 for age in ages)}
