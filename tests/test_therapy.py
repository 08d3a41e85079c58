"""Runs of treatment from fills: the rule, its edges, and a second count that walks day by day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from priorauth import therapy
from priorauth.therapy import Fill

FILLS = st.lists(
    st.tuples(st.integers(0, 200), st.sampled_from((7, 28, 30, 90))), min_size=1, max_size=9, unique_by=lambda f: f[0]
).map(lambda rows: [Fill(f"F{n}", date(2026, 1, 1) + timedelta(days=d), s) for n, (d, s) in enumerate(rows)])


def by_days(fills: list[Fill], gap: int, until: date | None) -> int:
    """The longest run once more, day by day: put each supply on the first free days, then walk along the calendar."""
    covered: set[date] = set()
    for fill in sorted(fills, key=lambda f: f.filled_on):
        if until and fill.filled_on > until:
            continue
        day = max([fill.filled_on, *(d + timedelta(days=1) for d in covered)])
        covered |= {day + timedelta(days=n) for n in range(fill.days_supply)}
    best, start, last = 0, None, None
    for day in sorted(covered):
        if start is None or (day - last).days - 1 > gap:
            start = day
        last = day
        counted = min(day, until) if until else day
        best = max(best, (counted - start).days + 1)
    return best


@given(FILLS, st.integers(0, 40), st.none() | st.integers(0, 300))
def test_longest_run_is_that_of_walking_day_by_day(fills, gap, until):
    end = date(2026, 1, 1) + timedelta(days=until) if until is not None else None
    run = therapy.longest(fills, gap, until=end)
    assert (run.days if run else 0) == max(0, by_days(fills, gap, end))


@given(FILLS, st.randoms())
def test_the_order_of_rows_does_not_matter(fills, dice):
    mixed = list(fills)
    dice.shuffle(mixed)
    assert therapy.runs(mixed) == therapy.runs(fills)


@given(FILLS)
def test_runs_hold_every_fill_once_and_a_larger_gap_never_shortens(fills):
    found = therapy.runs(fills)
    assert sorted(f for run in found for f in run.fill_ids) == sorted(f.fill_id for f in fills)
    assert therapy.longest(fills, 30).days >= therapy.longest(fills, 14).days
    assert sum(run.days_covered for run in found) == sum(f.days_supply for f in fills)


def test_the_edges_of_the_rule():
    first = Fill("A", date(2026, 5, 1), 30)
    at = lambda days: Fill("B", date(2026, 5, 31) + timedelta(days=days), 30)  # noqa: E731
    assert therapy.runs([first])[0].last == date(2026, 5, 30)
    assert len(therapy.runs([first, at(14)])) == 1 and len(therapy.runs([first, at(15)])) == 2
    assert therapy.longest([first], until=date(2026, 5, 1)).days == 1
    assert therapy.longest([first], until=date(2026, 4, 30)) is None
    early = Fill("B", date(2026, 5, 21), 30)
    assert therapy.longest([first, early]).days == 60 and therapy.longest([first, early], carry_over=False).days == 50
    with pytest.raises(ValueError, match="one day or more"):
        Fill("A", date(2026, 5, 1), 0)
    with pytest.raises(ValueError, match="0 days or more"):
        therapy.runs([first], allowed_gap=-1)
