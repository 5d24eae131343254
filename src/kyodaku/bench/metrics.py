# SPDX-License-Identifier: Apache-2.0
"""The measures of the Video Similarity Challenge 2022, and what a gate needs to know beyond them.

`pair_average_precision` is the descriptor track's µAP over pairs of videos, `segment_average_precision` the matching
track's measure over spans; both follow `vsc/metrics.py` of facebookresearch/vsc2022 in what they compute. A gate also
asks: how much is found at the threshold where nothing, or hardly anything, is blocked by mistake?

    >>> truth = {("q1", "film"), ("q2", "film")}
    >>> pair_average_precision(truth, {("q1", "film"): 0.9, ("q3", "film"): 0.8, ("q2", "film"): 0.7})
    0.8333333333333333
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple, TypeAlias

import numpy as np

from kyodaku.bench.intervals import Interval, iou, overlap, union_length

__all__ = [
    "Curve",
    "Pair",
    "Share",
    "Span",
    "at_most",
    "axis_ious",
    "bootstrap_interval",
    "pair_average_precision",
    "precision_recall",
    "segment_average_precision",
    "share",
    "temporal_iou",
    "threshold_at_false_blocks",
    "threshold_at_precision",
]

Pair: TypeAlias = tuple[str, str]
"""A query's id and a reference's."""

_Z95 = 1.959963984540054
"""Two-sided 95 % quantile of the normal distribution."""


class Span(NamedTuple):
    """A stretch of a query that shows a stretch of a reference, in seconds; for true spans the score means nothing."""

    query: str
    reference: str
    q_start: float
    q_end: float
    r_start: float
    r_end: float
    score: float = 1.0

    @property
    def pair(self) -> Pair:
        """Which two videos it speaks of."""
        return self.query, self.reference

    @property
    def axes(self) -> tuple[Interval, Interval]:
        """Its interval in the query's time and in the reference's."""
        return (self.q_start, self.q_end), (self.r_start, self.r_end)


class Curve(NamedTuple):
    """Precision and recall when everything that scores at least `scores[i]` counts as found; scores descend."""

    scores: list[float]
    precision: list[float]
    recall: list[float]


class Share(NamedTuple):
    """`hits` of `total`, with Wilson's 95 % interval for the share behind them."""

    hits: int
    total: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The observed share; not a number when there was nothing to count."""
        return self.hits / self.total if self.total else math.nan


# --- pairs of videos --------------------------------------------------------
def precision_recall(truth: AbstractSet[Pair], scores: Mapping[Pair, float]) -> Curve:
    """The curve over all pairs pooled in one list; pairs of one score enter together."""
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    curve = Curve([], [], [])
    found = seen = 0
    for score, group in groupby(ranked, key=lambda item: item[1]):
        pairs = [pair for pair, _ in group]
        found += sum(pair in truth for pair in pairs)
        seen += len(pairs)
        curve.scores.append(score)
        curve.precision.append(found / seen)
        curve.recall.append(found / len(truth) if truth else 0.0)
    return curve


def pair_average_precision(truth: AbstractSet[Pair], scores: Mapping[Pair, float]) -> float:
    """µAP, 0 to 1: step-wise average precision of one list for all queries; pairs never predicted count as missed."""
    curve = precision_recall(truth, scores)
    steps = np.diff([0.0, *curve.recall])
    return float(np.dot(steps, curve.precision)) if curve.scores else 0.0


def threshold_at_precision(truth: AbstractSet[Pair], scores: Mapping[Pair, float], precision: float) -> float:
    """The lowest score at which precision is at least `precision`; infinite when there is none."""
    curve = precision_recall(truth, scores)
    return min((s for s, p in zip(curve.scores, curve.precision, strict=True) if p >= precision), default=math.inf)


def threshold_at_false_blocks(highest: Sequence[float], rate: float) -> float:
    """The lowest score at which at most `rate` of the clean clips are blocked.

    `highest` has the best score of each clean clip, minus infinity for one in which nothing was found. The answer lies
    just above the score of the first clip that must pass.
    """
    allowed = int(rate * len(highest) + 1e-9)
    ranked = sorted(highest, reverse=True)
    if len(ranked) <= allowed:
        return -math.inf
    return math.nextafter(ranked[allowed], math.inf)


# --- spans ------------------------------------------------------------------
@dataclass(slots=True)
class _PairSpans:
    """True and predicted spans of one pair, and what they amount to on both axes."""

    truth: list[Span] = field(default_factory=list)
    predicted: list[Span] = field(default_factory=list)
    inside: tuple[float, float] = (0.0, 0.0)
    total: tuple[float, float] = (0.0, 0.0)

    def measure(self) -> None:
        """Anew, with only those true spans that meet a prediction in both axes at once."""
        met = [true for true in self.truth if any(_meet(true, span) for span in self.predicted)]
        self.inside = _on_axes(lambda axis: overlap(_axis(self.predicted, axis), _axis(met, axis)))
        self.total = _on_axes(lambda axis: union_length(_axis(self.predicted, axis)))


def segment_average_precision(truth: Iterable[Span], predicted: Iterable[Span]) -> float:
    """The matching track's AP, 0 to 1: precision and recall are geometric means of seconds on the two time axes.

    Predictions enter by descending score, equal ones together; their seconds are pooled over all pairs, so that one box
    that is too long costs precision for every later one. Right query times beside wrong reference times earn nothing.
    """
    pairs: defaultdict[Pair, _PairSpans] = defaultdict(_PairSpans)
    for span in truth:
        pairs[span.pair].truth.append(span)
    wanted = np.sum([_lengths(spans.truth) for spans in pairs.values()], axis=0) if pairs else np.zeros(2)
    inside, total, recall, ap = np.zeros(2), np.zeros(2), 0.0, 0.0
    for _, group in groupby(sorted(predicted, key=lambda span: -span.score), key=lambda span: span.score):
        changed = _add(pairs, group)
        for spans in changed:
            inside -= spans.inside
            total -= spans.total
            spans.measure()
            inside += spans.inside
            total += spans.total
        new_recall, precision = _geometric_mean(inside, wanted), _geometric_mean(inside, total)
        ap += precision * (new_recall - recall)
        recall = new_recall
    return ap


def axis_ious(truth: Sequence[Span], predicted: Sequence[Span]) -> tuple[float, float]:
    """How well the predictions of one pair cover its true spans in the query's time and in the reference's, 0 to 1."""
    return _on_axes(lambda axis: iou(_axis(truth, axis), _axis(predicted, axis)))


def temporal_iou(truth: Sequence[Span], predicted: Sequence[Span]) -> float:
    """How well the predictions of one pair cover its true spans: the geometric mean of both axes' IoU, 0 to 1."""
    return math.sqrt(math.prod(axis_ious(truth, predicted)))


def _add(pairs: defaultdict[Pair, _PairSpans], spans: Iterable[Span]) -> list[_PairSpans]:
    changed = {}
    for span in spans:
        changed[span.pair] = pairs[span.pair]
        changed[span.pair].predicted.append(span)
    return list(changed.values())


def _meet(one: Span, two: Span) -> bool:
    return all(min(a[1], b[1]) > max(a[0], b[0]) for a, b in zip(one.axes, two.axes, strict=True))


def _axis(spans: Iterable[Span], axis: int) -> list[Interval]:
    return [span.axes[axis] for span in spans]


def _on_axes(measure: Callable[[int], float]) -> tuple[float, float]:
    return measure(0), measure(1)


def _lengths(spans: Sequence[Span]) -> tuple[float, float]:
    return _on_axes(lambda axis: union_length(_axis(spans, axis)))


def _geometric_mean(parts: np.ndarray, wholes: np.ndarray) -> float:
    """Of the two shares; 0 where there is no whole: the original divides by zero for predictions without length."""
    if not np.all(wholes > 0):
        return 0.0
    return math.sqrt(max(0.0, float(np.prod(parts / wholes))))


# --- how sure ---------------------------------------------------------------
def share(hits: int, total: int) -> Share:
    """A share with Wilson's score interval at 95 %, which holds for few cases and for shares near 0 and 1."""
    if total == 0:
        return Share(0, 0, 0.0, 1.0)
    p, z2 = hits / total, _Z95 * _Z95
    middle = (p + z2 / (2 * total)) / (1 + z2 / total)
    half = _Z95 * math.sqrt(p * (1 - p) / total + z2 / (4 * total * total)) / (1 + z2 / total)
    return Share(hits, total, max(0.0, middle - half), min(1.0, middle + half))


def at_most(hits: int, total: int, *, confidence: float = 0.95) -> float:
    """The highest rate that still leaves so few hits likely: the one-sided bound of Clopper and Pearson, exact.

    Of none in 1,000 it says 0.3 %. It takes the clips as independent; where they are not, it promises too much.
    """
    if hits >= total:
        return 1.0
    low, high = hits / total, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _so_few(hits, total, middle) > 1 - confidence else (low, middle)
    return high


def _so_few(hits: int, total: int, rate: float) -> float:
    """The probability of at most `hits` of `total`."""
    ways = [math.lgamma(total + 1) - math.lgamma(k + 1) - math.lgamma(total - k + 1) for k in range(hits + 1)]
    return sum(
        math.exp(way + k * math.log(rate) + (total - k) * math.log1p(-rate)) if rate > 0 else float(k == 0)
        for k, way in enumerate(ways)
    )


def bootstrap_interval(
    clusters: Sequence[str], measure: Callable[[Collection[str]], float], *, rounds: int = 200, seed: int = 0
) -> tuple[float, float]:
    """The 95 % interval of a measure when clusters (works, not clips) are drawn with replacement.

    `measure` gets a list in which a cluster may stand several times. Clips of one work rise and fall together: drawing
    clips would promise more certainty than there is.
    """
    random = np.random.default_rng(seed)
    drawn = [measure([clusters[i] for i in random.integers(len(clusters), size=len(clusters))]) for _ in range(rounds)]
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return float(low), float(high)
