"""When requests come and how long decisions take."""

from __future__ import annotations

import numpy as np

from .clock import DAY, LAST_DAY, NOW
from .draws import lognormal
from .rates import rate


def arrivals(rng: np.random.Generator, n: int) -> np.ndarray:
    """Minutes of submission: more on Mondays and in January, mostly in office hours."""
    days = np.arange(LAST_DAY + 1)
    weekday = np.array(list(rate("arrival_weekday").values()))[(days + 3) % 7]
    weight = weekday * np.where(days < 31, rate("january_factor"), 1.0)
    weight[0] *= 0.1
    weight[LAST_DAY] = 0.3
    edges = np.cumsum(weight) / weight.sum()
    day = np.searchsorted(edges, (np.arange(n) + rng.random(n)) / n, side="right").clip(0, LAST_DAY)
    u, v = rng.random(n), rng.random(n)
    office = 8 * 60 + 600 * np.where(u < 0.35, 0.2 + 0.2 * v, np.where(u < 0.65, 0.6 + 0.2 * v, v))
    kind = rng.random(n)
    minute = np.where(
        kind < 0.92,
        office,
        np.where(kind < 0.98, 18 * 60 + 240 * v, np.where(v < 0.25, 22 * 60 + 480 * v, 480 * (v - 0.25) / 0.75)),
    )
    at = day * DAY + minute.astype(int)
    return np.minimum(at, NOW - 5 - (v * 24).astype(int) * (day == LAST_DAY))


def hours_to_decision(
    rng: np.random.Generator,
    drug: np.ndarray,
    channel: np.ndarray,
    expedited: np.ndarray,
    complete: np.ndarray,
) -> np.ndarray:
    """Hours from receipt to decision before any limit is looked at."""
    n = len(drug)
    std, exp = rate("hours_standard"), rate("hours_expedited")
    hours = np.where(expedited, lognormal(rng, *exp["manual"], n), lognormal(rng, *std["manual"], n))
    quick = rng.random(n)
    for name, rows in (
        ("hours_drug_electronic", np.isin(channel, ["epa_script", "web_form"])),
        ("hours_drug_manual", np.isin(channel, ["fax", "phone"])),
    ):
        r = rate(name)
        values = np.where(quick < r["fast_share"], lognormal(rng, *r["fast"], n), lognormal(rng, *r["slow"], n))
        hours = np.where(drug & rows, values, hours)
    delay = rate("incomplete_request_delay")
    return np.where(complete, hours, hours + lognormal(rng, delay["median_h"], delay["sigma"], n))
