# SPDX-License-Identifier: Apache-2.0
"""From answers to figures: one system's measures over all trials, and its recall by family of edits."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from kyodaku.bench.copies import Costs, Outcome, Trial
from kyodaku.bench.metrics import (
    Curve,
    Pair,
    Share,
    Span,
    bootstrap_interval,
    pair_average_precision,
    precision_recall,
    segment_average_precision,
    share,
    temporal_iou,
    threshold_at_false_blocks,
    threshold_at_precision,
)

__all__ = ["OPERATING_POINTS", "FamilyRow", "Point", "Summary", "summarise"]

OPERATING_POINTS: Final[Mapping[str, str]] = {
    "as shipped": "at the makers' threshold",
    "zero": "at the lowest threshold that blocks no clean clip",
    "per mille": "at the lowest threshold that blocks at most one clean clip in a thousand",
    "zero of all": "at the lowest threshold that blocks no clean clip, those of the tuning half included",
    "precision": "at the lowest threshold with a precision of 0.99 over all pairs",
}

PRECISION: Final = 0.99
PER_MILLE: Final = 0.001

Scores: TypeAlias = dict[Pair, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """What happens at one threshold.

    Copies found, clean clips blocked, clean clips of the tuning half blocked, and what is wrong among all pairs found.
    """

    threshold: float
    recall: Share
    blocked: Share
    strangers: Share
    wrong: Share


@dataclass(frozen=True, kw_only=True, slots=True)
class FamilyRow:
    """Recall of one family (or of one strength of it) at each operating point, and how well spans agree with the truth.

    `iou` is the mean over the pairs that are found as shipped; None for systems that name no spans.
    """

    family: str
    strength: str | None
    recall: Mapping[str, Share]
    iou: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """One system's figures."""

    system: str
    average_precision: float
    interval: tuple[float, float]
    segment_ap: float | None
    points: Mapping[str, Point]
    families: tuple[FamilyRow, ...]
    curve: Curve
    costs: Costs


def summarise(outcome: Outcome, asked: Sequence[Trial], *, rounds: int = 200) -> Summary:
    """The figures of one system.

    Clips of the tuning half (`strangers`) have a count of their own and enter one operating point, `zero of all`: among
    them are the hardest cases, clips of series of which other clips are registered, and more clean clips can only raise
    a threshold.
    """
    measured = [trial for trial in asked if trial.query.side == "held-out"]
    truth, scores = _truth(measured), _scores(outcome, measured)
    strangers = _highest(outcome, [trial for trial in asked if trial.query.side == "tuning"])
    clean = _highest(outcome, [trial for trial in measured if trial.kind == "clean"])
    thresholds = {
        "as shipped": outcome.threshold,
        "zero": threshold_at_false_blocks(clean, 0.0),
        "per mille": threshold_at_false_blocks(clean, PER_MILLE),
        "zero of all": threshold_at_false_blocks([*clean, *strangers], 0.0),
        "precision": threshold_at_precision(truth, scores, PRECISION),
    }
    located = any(found.span for answers in outcome.answers.values() for found in answers)
    return Summary(
        system=outcome.system,
        average_precision=pair_average_precision(truth, scores),
        interval=_interval(measured, truth, scores, rounds),
        segment_ap=_segment_ap(outcome, measured) if located else None,
        points={name: _point(at, truth, scores, clean, strangers) for name, at in thresholds.items()},
        families=tuple(_families(outcome, measured, scores, thresholds, located=located)),
        curve=precision_recall(truth, scores),
        costs=outcome.costs,
    )


# --- trials to pairs --------------------------------------------------------
def _truth(asked: Iterable[Trial]) -> set[Pair]:
    return {(trial.id, target) for trial in asked for target in trial.targets}


def _scores(outcome: Outcome, asked: Iterable[Trial]) -> Scores:
    """The best score of every pair that was answered and that counts."""
    scores: defaultdict[Pair, float] = defaultdict(lambda: -math.inf)
    for trial in asked:
        for found in outcome.answers.get(trial.id, ()):
            if found.reference not in trial.beside:
                pair = trial.id, found.reference
                scores[pair] = max(scores[pair], found.score)
    return dict(scores)


def _highest(outcome: Outcome, clean: Iterable[Trial]) -> list[float]:
    return [
        max((found.score for found in outcome.answers.get(trial.id, ())), default=-math.inf)
        for trial in clean
        if trial.kind == "clean"
    ]


def _point(
    threshold: float, truth: set[Pair], scores: Scores, clean: Sequence[float], strangers: Sequence[float]
) -> Point:
    found = {pair for pair, score in scores.items() if score >= threshold}
    return Point(
        threshold=threshold,
        recall=share(len(found & truth), len(truth)),
        blocked=share(sum(score >= threshold for score in clean), len(clean)),
        strangers=share(sum(score >= threshold for score in strangers), len(strangers)),
        wrong=share(len(found - truth), len(found)),
    )


# --- spans ------------------------------------------------------------------
def _true_spans(trial: Trial) -> list[Span]:
    return [span._replace(query=trial.id) for span in trial.query.targets if span.reference in trial.targets]


def _found_spans(outcome: Outcome, trial: Trial, threshold: float = -math.inf) -> list[Span]:
    return [
        Span(trial.id, found.reference, *found.span, found.score)
        for found in outcome.answers.get(trial.id, ())
        if found.span and found.reference not in trial.beside and found.score >= threshold
    ]


def _segment_ap(outcome: Outcome, asked: Sequence[Trial]) -> float:
    truth = [span for trial in asked for span in _true_spans(trial)]
    return segment_average_precision(truth, [span for trial in asked for span in _found_spans(outcome, trial)])


def _agreement(outcome: Outcome, asked: Iterable[Trial]) -> float | None:
    """The mean temporal IoU over the true pairs that are found as shipped."""
    values = []
    for trial in asked:
        true, found = _true_spans(trial), _found_spans(outcome, trial, outcome.threshold)
        for target in sorted(trial.targets):
            mine = [span for span in found if span.reference == target]
            if mine:
                values.append(temporal_iou([span for span in true if span.reference == target], mine))
    return float(np.mean(values)) if values else None


# --- families ---------------------------------------------------------------
def _families(
    outcome: Outcome, asked: Sequence[Trial], scores: Scores, thresholds: Mapping[str, float], *, located: bool
) -> Iterable[FamilyRow]:
    grouped: dict[tuple[str, str | None], list[Trial]] = {}
    for trial in asked:
        if trial.kind == "copy":
            for key in ((trial.query.family, None), (trial.query.family, trial.query.strength)):
                grouped.setdefault(key, []).append(trial)
    for (family, strength), members in grouped.items():
        truth = _truth(members)
        yield FamilyRow(
            family=family,
            strength=strength,
            recall={
                name: share(sum(scores.get(pair, -math.inf) >= at for pair in truth), len(truth))
                for name, at in thresholds.items()
            },
            iou=_agreement(outcome, members) if located else None,
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
