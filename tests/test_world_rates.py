"""Generated rates beside their calibration targets (both are printed)."""

from __future__ import annotations

from coursekit.world import World
from coursekit.world.rates import RATES
from coursekit.world.report import calibration_table, error_counts, print_report


def test_rates_within_tolerance() -> None:
    world = World.load()
    print_report(world)
    table = calibration_table(world.tables)
    assert len(table) > 80
    assert not [(r["parameter"], r["cell"], r["target"], r["generated"]) for r in table if not r["ok"]]
    assert min(error_counts(world).values()) >= 20


def test_every_rate_names_its_source_and_strength() -> None:
    assert len(RATES) > 30
    for name, r in RATES.items():
        assert r.source and r.strength.split(",")[0].split(" by ")[0] in (
            "sourced",
            "partly sourced",
            "weak",
            "assumption",
        ), name


def test_rates_hold_for_another_seed() -> None:
    from coursekit.world import build_world

    table = calibration_table(build_world(99, 5000).tables)
    out = [(r["parameter"], r["cell"], r["target"], r["generated"]) for r in table if not r["ok"]]
    print(out)
    assert len(out) <= 3
