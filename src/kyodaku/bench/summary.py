# SPDX-License-Identifier: Apache-2.0
"""From answers to figures: one system's measures over all trials."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kyodaku.bench.breakdown import (
    FamilyRow,
    NaturalRow,
    Scores,
    SeriesRow,
    agreement,
    families,
    highest,
    lengths,
    natural,
    pair_scores,
    segment_ap,
    series,
    true_pairs,
)
from kyodaku.bench.copies import Costs, Outcome, Trial
from kyodaku.bench.metrics import (
    Curve,
    Pair,
    Share,
    bootstrap_interval,
    pair_average_precision,
    precision_recall,
    share,
    threshold_at_false_blocks,
    threshold_at_precision,
)
from kyodaku.bench.plan import SERIES
from kyodaku.bench.split import Side

__all__ = ["OPERATING_POINTS", "FamilyRow", "NaturalRow", "Point", "SeriesRow", "Summary", "summarise"]

OPERATING_POINTS: Final[Mapping[str, str]] = {
    "as shipped": "at the makers' threshold",
    "zero": "at the lowest threshold that blocks no clean clip",
    "per mille": "at the lowest threshold that blocks at most one clean clip in a thousand",
    "zero of all": "at the lowest threshold that blocks no clean clip, strangers, series and drawn ones included",
    "precision": "at the lowest threshold with a precision of 0.99 over all pairs",
}

PRECISION: Final = 0.99
PER_MILLE: Final = 0.001


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """What happens at one threshold.

    Copies found; clean clips blocked, works of which a clean clip is blocked; clips of the other side and of generated
    series blocked; drawn clips blocked; and what is wrong among all pairs found.
    """

    threshold: float
    recall: Share
    blocked: Share
    blocked_works: Share
    strangers: Share
    drawn: Share
    wrong: Share


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """One system's figures."""

    system: str
    crowd: int
    average_precision: float
    interval: tuple[float, float]
    segment_ap: float | None
    iou: tuple[float, float] | None
    points: Mapping[str, Point]
    families: tuple[FamilyRow, ...]
    lengths: tuple[FamilyRow, ...]
    natural: tuple[NaturalRow, ...]
    series: tuple[SeriesRow, ...]
    curve: Curve
    costs: Costs

    def family(self, name: str, strength: str | None = None) -> FamilyRow | None:
        """The row of a family, or of one level of it; None when it was not asked for."""
        return next((row for row in self.families if (row.family, row.strength) == (name, strength)), None)


@dataclass(frozen=True, slots=True)
class _Clean:
    """The best scores in what shows nothing registered: clips by work, clips of others, drawn clips."""

    clips: Mapping[str, list[float]]
    strangers: list[float]
    drawn: list[float]

    @property
    def scores(self) -> list[float]:
        return [score for scores in self.clips.values() for score in scores]


def summarise(outcome: Outcome, asked: Sequence[Trial], *, side: Side = "held-out", rounds: int = 200) -> Summary:
    """The figures of one system for the works of one side.

    Clips of the other side and of generated series (`strangers`), and drawn clips, have counts of their own and enter
    one operating point, `zero of all`: among them are the hardest cases, and more clean clips can only raise a
    threshold.
    """
    measured = [trial for trial in asked if trial.query.side == side and trial.query.family != SERIES]
    truth, scores = true_pairs(measured), pair_scores(outcome, measured)
    clean = _clean(outcome, measured, asked)
    thresholds = {
        "as shipped": outcome.threshold,
        "zero": threshold_at_false_blocks(clean.scores, 0.0),
        "per mille": threshold_at_false_blocks(clean.scores, PER_MILLE),
        "zero of all": threshold_at_false_blocks([*clean.scores, *clean.strangers, *clean.drawn], 0.0),
        "precision": threshold_at_precision(truth, scores, PRECISION),
    }
    return Summary(
        system=outcome.system,
        crowd=outcome.crowd,
        average_precision=pair_average_precision(truth, scores),
        interval=_interval(measured, truth, scores, rounds),
        segment_ap=segment_ap(outcome, measured),
        iou=agreement(outcome, measured),
        points={name: _point(at, truth, scores, clean) for name, at in thresholds.items()},
        families=tuple(families(outcome, measured, thresholds)),
        lengths=tuple(lengths(outcome, measured, thresholds)),
        natural=tuple(natural(outcome, measured, thresholds)),
        series=tuple(series(outcome, asked, thresholds)),
        curve=precision_recall(truth, scores),
        costs=outcome.costs,
    )


def _clean(outcome: Outcome, measured: Sequence[Trial], asked: Sequence[Trial]) -> _Clean:
    """Whatever is not measured and shows nothing registered is a stranger."""
    counted = {trial.id for trial in measured}
    clips: defaultdict[str, list[float]] = defaultdict(list)
    strangers = []
    for trial in asked:
        if trial.kind == "clean" and trial.id in counted:
            clips[trial.query.work].append(highest(outcome, trial))
        elif trial.kind == "clean":
            strangers.append(highest(outcome, trial))
    drawn = [max((found.score for found in answers), default=-math.inf) for answers in outcome.drawn]
    return _Clean(clips, strangers, drawn)


def _point(threshold: float, truth: set[Pair], scores: Scores, clean: _Clean) -> Point:
    found = {pair for pair, score in scores.items() if score >= threshold}

    def over(values: Sequence[float]) -> Share:
        return share(sum(score >= threshold for score in values), len(values))

    return Point(
        threshold=threshold,
        recall=share(len(found & truth), len(truth)),
        blocked=over(clean.scores),
        blocked_works=over([max(values) for values in clean.clips.values()]),
        strangers=over(clean.strangers),
        drawn=over(clean.drawn),
        wrong=share(len(found - truth), len(found)),
    )


# --- how sure ---------------------------------------------------------------
def _interval(asked: Sequence[Trial], truth: set[Pair], scores: Scores, rounds: int) -> tuple[float, float]:
    """Of µAP, when works are drawn with replacement."""
    work_of = {trial.id: trial.query.work for trial in asked}
    true_of, scores_of = defaultdict(list), defaultdict(list)
    for pair in sorted(truth):
        true_of[work_of[pair[0]]].append(pair)
    for pair, score in scores.items():
        scores_of[work_of[pair[0]]].append((pair, score))

    def measure(drawn: Collection[str]) -> float:
        again = list(enumerate(drawn))
        true = {(f"{n} {query}", reference) for n, work in again for query, reference in true_of[work]}
        found = {(f"{n} {query}", ref): score for n, work in again for (query, ref), score in scores_of[work]}
        return pair_average_precision(true, found) if true else math.nan

    return bootstrap_interval(sorted(set(work_of.values())), measure, rounds=rounds)
