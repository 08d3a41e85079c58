"""Random draws that are the same on every platform: only `Generator.random()` is used, with own transforms."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def generator(seed: int, *path: int) -> np.random.Generator:
    """A PCG64 generator for (seed, path...): independent streams for chunks and parts."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *path])))


def shuffled(rng: np.random.Generator, n: int) -> np.ndarray:
    """A random order of 0..n-1."""
    return np.argsort(rng.random(n), kind="stable")


def quota(rng: np.random.Generator, n: int, mix: Mapping[Any, float]) -> np.ndarray:
    """`n` labels with shares as close to `mix` as whole numbers allow (largest remainder), in random order."""
    labels, weights = list(mix), np.array([float(v) for v in mix.values()])
    exact = weights / weights.sum() * n
    counts = np.floor(exact).astype(int)
    for i in np.argsort(-(exact - counts), kind="stable")[: n - counts.sum()]:
        counts[i] += 1
    return np.repeat(np.array(labels, dtype=object), counts)[shuffled(rng, n)]


def systematic(rng: np.random.Generator, p: np.ndarray, order: np.ndarray | None = None) -> np.ndarray:
    """True with probability p, with a total within one of sum(p): one random start, walked through `order`."""
    order = shuffled(rng, len(p)) if order is None else order
    total = np.floor(np.cumsum(p[order]) + rng.random())
    hit = np.empty(len(p), dtype=bool)
    hit[order] = np.diff(np.concatenate([[0.0], total])) >= 1
    return hit


def normal(u: np.ndarray) -> np.ndarray:
    """Standard normal from uniforms (logistic-free rational form of Acklam, max error 1.2e-9)."""
    a = (
        -39.69683028665376,
        220.9460984245205,
        -275.9285104469687,
        138.3577518672690,
        -30.66479806614716,
        2.506628277459239,
    )
    b = (-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572)
    c = (
        -0.007784894002430293,
        -0.3223964580411365,
        -2.400758277161838,
        -2.549732539343734,
        4.374664141464968,
        2.938163982698783,
    )
    d = (0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416)
    u = np.clip(u, 1e-9, 1 - 1e-9)
    q = u - 0.5
    r = q * q
    mid = (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q
    mid = mid / (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1)
    t = np.sqrt(-2 * np.log(np.minimum(u, 1 - u)))
    tail = (((((c[0] * t + c[1]) * t + c[2]) * t + c[3]) * t + c[4]) * t + c[5]) / (
        (((d[0] * t + d[1]) * t + d[2]) * t + d[3]) * t + 1
    )
    return np.where(u < 0.02425, tail, np.where(u > 1 - 0.02425, -tail, mid))


def lognormal(rng: np.random.Generator, median: float, sigma: float, n: int) -> np.ndarray:
    """`n` lognormal values."""
    return median * np.exp(sigma * normal(rng.random(n)))


class Picker:
    """Fast scalar draws from a pre-drawn block of uniforms, for the row-by-row parts."""

    def __init__(self, rng: np.random.Generator, block: int = 65536) -> None:
        self._rng, self._block = rng, block
        self._values: list[float] = []
        self._next = iter(self._values)

    def u(self) -> float:
        """A uniform number in [0, 1)."""
        for value in self._next:
            return value
        self._next = iter(self._rng.random(self._block).tolist())
        return next(self._next)

    def below(self, n: int) -> int:
        """A whole number from 0 to n-1."""
        return int(self.u() * n)

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.u() * (high - low + 1))

    def one(self, options: Sequence[Any]) -> Any:
        """One of the options."""
        return options[int(self.u() * len(options))]

    def chance(self, p: float) -> bool:
        """True with probability p."""
        return self.u() < p

    def weighted(self, options: Sequence[Any], cumulative: Sequence[float]) -> Any:
        """One of the options by cumulative shares (last one 1)."""
        x = self.u()
        for option, edge in zip(options, cumulative, strict=True):
            if x < edge:
                return option
        return options[-1]

    def spread(self, median: float, sigma: float) -> float:
        """A lognormal value."""
        z = math.sqrt(-2 * math.log(1 - self.u())) * math.cos(2 * math.pi * self.u())
        return median * math.exp(sigma * z)
