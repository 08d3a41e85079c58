"""The glossary: 140 terms that a high-school graduate can read."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from coursekit.prose import reading_grade, sentences, words
from priorauth.glossary import GlossaryError, all_terms, term


def test_there_are_140_terms_and_41_of_them_are_core():
    assert len(all_terms()) == 140
    assert sum(t.core for t in all_terms()) == 41
    assert len({t.term for t in all_terms()}) == 140
    areas = Counter(t.area for t in all_terms())
    print("\n", dict(areas))
    assert len(areas) == 9 and min(areas.values()) >= 10


def test_every_name_leads_to_one_term():
    for entry in all_terms():
        for name in (entry.term, *entry.aliases):
            assert term(name) is entry, name
            assert term(name.upper()) is entry


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("PA", "prior authorization"),
        ("peer to peer", "peer-to-peer"),
        ("IRE", "independent review organization"),
        ("ICD-10-CM", "ICD-10-CM"),
    ],
)
def test_other_names(asked, found):
    assert term(asked).term == found


def test_definitions_are_short_and_plain():
    for entry in all_terms():
        assert len(words(entry.short)) <= 40, entry.term
        assert len(sentences(entry.short)) <= 3, entry.term
        assert re.match(r'["A-Z]', entry.short) and entry.short.endswith("."), entry.term
        assert "\n" not in entry.short, entry.term
    grade = reading_grade(" ".join(t.short for t in all_terms()))
    print(f"\nreading grade of all definitions: {grade:.1f}")
    assert grade <= 10


def test_definitions_hold_no_time_limit():
    limits = r"\b\d+ ?(hours?|days?|months?)\b"
    assert not [t.term for t in all_terms() if re.search(limits, t.short)]


def test_an_unknown_term_is_answered_with_the_nearest():
    with pytest.raises(GlossaryError, match="Did you mean prior authorization"):
        term("prior autorization")
    with pytest.raises(LookupError, match="has no term 'zzz'"):
        term("zzz")
