# SPDX-License-Identifier: Apache-2.0
"""The few statistics that calibration needs."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["falling_log_ratio", "least_above", "log_survival", "logistic", "rate_at_most", "weights_of"]

Values = NDArray[np.float64]

_KERNEL: Final = 4
"""Distances on either side over which counts are shared out: frames are few."""
_PRIOR: Final = 0.5
"""Added to every count (Jeffreys): nothing seen is not the same as impossible."""
_TAIL_COUNT: Final = 30
"""Distances from which a share is known to a fifth."""
_TAIL_RUN: Final = 16
"""Over so many distances it is seen how fast a tail falls; over fewer, two films with a few like frames would say."""
_STEPS: Final = 200
_RIDGE: Final = 1e-4
"""Keeps the curve finite when positives and negatives do not overlap."""
_CONFIDENCE: Final = 0.95


def falling_log_ratio(same: NDArray[Any], other: NDArray[Any], *, radius: int, most: float) -> tuple[float, ...]:
    """Logarithm of smoothed frequencies by distance 0..radius; falling, within 0..most."""
    ratio = np.log(_frequency(same, radius)) - np.log(_frequency(other, radius))
    falling = np.minimum.accumulate(np.clip(ratio, 0.0, most))
    return tuple(float(value) for value in falling)


def _frequency(distances: NDArray[Any], radius: int) -> Values:
    counts = np.bincount(distances.astype(np.int64).ravel(), minlength=radius + 1 + _KERNEL).astype(np.float64)
    window = np.arange(radius + 1)[:, None] + np.arange(-_KERNEL, _KERNEL + 1)[None, :]
    inside = (window >= 0) & (window < len(counts))
    near = np.where(inside, counts[np.clip(window, 0, len(counts) - 1)], 0.0).sum(axis=1) / inside.sum(axis=1)
    frequency: Values = (near + _PRIOR / (2 * _KERNEL + 1)) / (counts.sum() + _PRIOR)
    return frequency


def log_survival(distances: NDArray[Any], *, radius: int) -> tuple[float, ...]:
    """Minus the logarithm of the share of distances that are at most 0..radius.

    Where there are too few to count, it goes on rising as it did before, or stays where the count leaves it if that is
    more: tails of distances fall ever faster, and what was not seen among ten million is not a ten-millionth for that.
    """
    counts = np.bincount(distances.astype(np.int64).ravel(), minlength=radius + _TAIL_RUN + 1)
    below = np.cumsum(counts)
    counted: Values = -np.log((below + _PRIOR) / (distances.size + _PRIOR))
    known = int(np.searchsorted(below, _TAIL_COUNT))
    if known + _TAIL_RUN < len(counted):
        pace = (counted[known] - counted[known + _TAIL_RUN]) / _TAIL_RUN
        onward = counted[known] + pace * np.arange(known, 0, -1)
        counted[:known] = np.maximum(counted[:known], onward)
    return tuple(float(value) for value in counted[: radius + 1])


def logistic(positives: Values, negatives: Values) -> tuple[float, float]:
    """Slope and intercept of the logistic curve through clips in which something was found (above 0).

    Both kinds weigh the same, clips with nothing found included.
    """
    x = np.concatenate([positives, negatives])
    target = np.concatenate([np.ones(len(positives)), np.zeros(len(negatives))])
    weight = np.concatenate(
        [np.full(len(positives), 0.5 / len(positives)), np.full(len(negatives), 0.5 / len(negatives))]
    )
    weight = np.where(x > 0, weight, 0.0)
    beta = _logistic(x[:, None], target, weight)
    return float(beta[0]), float(beta[1])


def weights_of(features: Values, right: NDArray[np.bool_]) -> Values:
    """Weights of the logistic plane through rows of features; right and wrong rows weigh the same in sum."""
    weight = np.where(right, 0.5 / max(int(right.sum()), 1), 0.5 / max(int((~right).sum()), 1))
    return _logistic(features, right.astype(np.float64), weight)[:-1]


def _logistic(features: Values, target: Values, weight: Values) -> Values:
    """Newton's method with short steps; the intercept comes last and is not held back."""
    design = np.concatenate([features, np.ones((len(features), 1))], axis=1)
    ridge = np.append(np.full(features.shape[1], _RIDGE), 0.0)
    beta: Values = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
        gradient = design.T @ (weight * (p - target)) + ridge * beta
        curvature = (design * (weight * p * (1 - p))[:, None]).T @ design + np.diag(ridge + 1e-9)
        step = np.linalg.solve(curvature, gradient)
        beta = beta - step * min(1.0, 1.0 / float(np.abs(step).max()))
        if float(np.abs(step).max()) < 1e-9:
            break
    return beta


def least_above(negatives: Values, positives: Values, rate: float) -> float:
    """The least value that lets at most `rate` of the negatives through, half-way to the next positive above."""
    allowed = math.floor(rate * len(negatives))
    last_out = float(np.sort(negatives)[::-1][allowed]) if allowed < len(negatives) else 0.0
    above = positives[positives > last_out]
    return last_out + (float(above.min()) - last_out) / 2 if above.size else math.nextafter(last_out, math.inf)


def rate_at_most(events: int, trials: int) -> float:
    """One-sided 95 % Clopper-Pearson bound on a rate."""
    low, high = events / trials, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        chance = sum(math.comb(trials, k) * middle**k * (1 - middle) ** (trials - k) for k in range(events + 1))
        low, high = (middle, high) if chance > 1 - _CONFIDENCE else (low, middle)
    return high
