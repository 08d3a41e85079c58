"""The fact base: complete, consistent, quick, and free of what does not belong in it."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
import time
from collections import Counter

import pytest
import yaml

from priorauth import facts
from priorauth.facts import CONFIRMATIONS, FOLDER, STRONG_ALONE, FactError, all_facts, cite, cite_full, fact, gradable

FORBIDDEN = r"\b(seed|vendor blog|gossip)\b|\.\./"


def test_every_fact_is_complete():
    counts = Counter(f.source for f in all_facts())
    may = Counter(f.source for f in all_facts() if f.gradable)
    print("\nfacts", dict(counts), "gradable", dict(may))
    assert counts["regulation"] > 190 and counts["coding"] > 150 and counts["statistics"] > 180
    for f in all_facts():
        assert f.statement and f.citation and f.topic, f.id
        assert re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", f.as_of), f.id
        assert f.confirmation in CONFIRMATIONS and f.second_check in ("agrees", "too weak", "not done"), f.id
        assert f.url.startswith(("http://", "https://")) or (not f.url and not f.gradable), f.id
        assert not f.effective_from or re.fullmatch(r"\d{4}-\d\d-\d\d", f.effective_from), f.id
        assert f.source != "regulation" or f.applies_to, f.id
        assert f.source != "statistics" or f.year, f.id
        assert f.gradable or f.note or f.confirmation in ("secondary source", "unconfirmed"), (
            f"{f.id}: say what is in doubt"
        )


def test_the_gradable_flag_follows_the_rule():
    for f in all_facts():
        strong = f.second_check == "agrees" or (f.second_check == "not done" and f.confirmation in STRONG_ALONE)
        assert f.gradable is strong, f.id
        assert gradable(f.id) is strong
        assert not (f.gradable and f.confirmation == "unconfirmed"), f.id


def test_reading_entry_by_entry_gives_what_the_whole_file_gives():
    for source in facts.SOURCES:
        whole = yaml.safe_load((FOLDER / f"{source}.yaml").read_text(encoding="utf-8"))
        assert [e["id"] for e in whole] == [f.id for f in all_facts(source)]
        for entry in whole:
            assert entry["statement"] == fact(entry["id"]).statement
            assert facts._frozen(entry.get("value")) == fact(entry["id"]).value
    ids = [f.id for f in all_facts()]
    assert len(ids) == len(set(ids))


def test_nothing_in_the_files_that_does_not_belong_there():
    files = [
        *FOLDER.rglob("*.yaml"),
        *FOLDER.rglob("*.csv"),
        FOLDER.parent / "glossary.yaml",
        FOLDER.parents[1] / "docs" / "facts.md",
    ]
    assert len(files) >= 9
    for path in files:
        text = re.sub(r"https?://\S+", "", path.read_text(encoding="utf-8"))
        hit = re.search(FORBIDDEN, text, re.IGNORECASE)
        assert not hit, f"{path.name}: {hit.group(0)}"
    for f in all_facts():
        assert not re.search(r"(?<![\d$.,-])\b(?!80840)\d{5}\b(?![\d%,])", f.statement), (
            f"{f.id} looks as if it held a CPT code"
        )


def test_citations():
    assert cite("ma-od-standard-pa-7-days") == "(42 CFR 422.568, as of 2026-11)"
    assert cite("ma-coverage-criteria-hierarchy") == "(42 CFR 422.101, as of 2026-11)"
    assert cite("ma-reconsideration-auto-forward") == "(42 CFR 422.590, as of 2026-11)"
    assert "30(3):e85" in cite("ma_service_exposure_2019"), "an issue number is no paragraph"
    line = cite_full("partd-exception-14-day-backstop")
    assert (
        "42 CFR 423.568(b)" in line
        and "as of 2026-11" in line
        and "secondary source" in line
        and "Note: One text only" in line
    )
    for f in all_facts():
        assert re.fullmatch(r"\(.+, as of 20\d\d-\d\d\)", cite(f.id)), f.id
        full = cite_full(f.id)
        assert "\n" not in full and f.statement in full and f.url in full and f.citation in full


def test_an_unknown_id_is_answered_with_the_nearest():
    with pytest.raises(FactError, match="Did you mean ma-od-standard-pa-7-days") as raised:
        fact("ma-od-standard-pa-7-day")
    assert str(raised.value).count(".") == 1 and isinstance(raised.value, LookupError)
    with pytest.raises(FactError, match="no number called 'days'; it has: calendar_days"):
        fact("ma-od-standard-pa-7-days").number("days")
    with pytest.raises(FactError, match="there are regulation, coding, statistics"):
        all_facts("law")


def test_a_fact_cannot_be_changed_by_its_reader():
    with pytest.raises(TypeError):
        fact("ma-od-standard-pa-7-days").value["calendar_days"] = 8
    with pytest.raises(AttributeError):
        fact("ma-od-standard-pa-7-days").gradable = False


def test_an_entry_with_a_missing_or_unknown_field_is_refused(tmp_path, monkeypatch):
    (tmp_path / "regulation.yaml").write_text("- id: a\n  topic: t\n\n- id: b\n  colour: red\n", encoding="utf-8")
    (tmp_path / "coding.yaml").write_text("", encoding="utf-8")
    (tmp_path / "statistics.yaml").write_text("", encoding="utf-8")
    monkeypatch.setattr(facts, "FOLDER", tmp_path)
    for cached in (facts._index, facts._read):
        cached.cache_clear()
    try:
        with pytest.raises(FactError, match="lacks: as_of"):
            fact("a")
        with pytest.raises(FactError, match="field nobody knows: colour"):
            fact("b")
        facts._index.cache_clear()
        (tmp_path / "coding.yaml").write_text("- id: a\n  topic: t\n", encoding="utf-8")
        with pytest.raises(FactError, match="stands twice"):
            fact("a")
    finally:
        for cached in (facts._index, facts._read):
            cached.cache_clear()


def test_code_tables_are_whole():
    sizes = {}
    for path in sorted((FOLDER / "tables").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
        first = list(rows[0])[0]
        assert all(None not in row and None not in row.values() for row in rows), path.name
        assert len({row[first] for row in rows}) == len(rows), path.name
        sizes[path.name] = len(rows)
    print("\ntables", sizes)
    assert {"federal_holidays.csv", "hcpcs_units.csv", "adjustment_reasons.csv", "pharmacy_rejects.csv"} <= set(sizes)


def test_importing_and_the_first_fact_are_quick():
    code = (
        "import sys, time; t = time.perf_counter(); import priorauth.facts as f; a = time.perf_counter() - t;"
        "assert not {'pandas', 'pydantic', 'yaml', 'coursekit'} & set(sys.modules);"
        "import yaml; t = time.perf_counter(); f.fact('rule_partial_counted'); print(a, time.perf_counter() - t)"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
        for _ in range(3)
    ]
    imported, first = (min(float(run[i]) for run in runs) for i in (0, 1))
    start = time.perf_counter()
    all_facts()
    print(
        f"\nimport {imported * 1000:.0f} ms, first fact {first * 1000:.0f} ms, all facts (warm) {1000 * (time.perf_counter() - start):.0f} ms"
    )
    assert imported < 0.15 and first < 0.05
