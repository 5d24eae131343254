# SPDX-License-Identifier: Apache-2.0
"""One system's answers looked at in parts: by family and level, by length, natural copies one by one, by series."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from kyodaku.bench.copies import Outcome, Trial
from kyodaku.bench.metrics import (
    Pair,
    Share,
    Span,
    axis_ious,
    pair_average_precision,
    segment_average_precision,
    share,
)
from kyodaku.bench.plan import SERIES
from kyodaku.bench.split import series_of

__all__ = [
    "FamilyRow",
    "NaturalRow",
    "Scores",
    "SeriesRow",
    "agreement",
    "families",
    "highest",
    "lengths",
    "natural",
    "pair_scores",
    "segment_ap",
    "series",
    "true_pairs",
]

Scores: TypeAlias = dict[Pair, float]
Thresholds: TypeAlias = Mapping[str, float]

PLAIN = frozenset({"excerpt", "clip"})
"""Families in which nothing is done but to cut and to encode."""
LENGTHS_S = (1, 2, 4, 8, 16)


@dataclass(frozen=True, kw_only=True, slots=True)
class FamilyRow:
    """One family, or one level of it: recall at each operating point, average precisions, agreement of the spans.

    The precisions count the family's own queries only, those with nothing to be found among them. `iou` has the means
    on the query's and on the reference's time axis over the pairs found as shipped; None for systems that name no
    spans, and where nothing was found.
    """

    family: str
    strength: str | None
    recall: Mapping[str, Share]
    average_precision: float
    segment_ap: float | None
    iou: tuple[float, float] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class NaturalRow:
    """One copy that somebody really made: its best score, whether it is found at each point, and how well placed."""

    query: str
    reference: str
    score: float
    found: Mapping[str, bool]
    iou: tuple[float, float] | None
    true: tuple[float, float, float, float]
    span: tuple[float, float, float, float] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class SeriesRow:
    """Clips of a generated series, of one kind (`start, 4 s`: the first seconds, where films of a series are alike).

    `recall`: clips whose film is registered, found; `blocked`: clips whose film is not registered while other films of
    the series are, blocked; `named`: clips of either kind in which another film of the series is found. `longest_s` is
    the longest stretch that another film of the series was said to share, at any score.
    """

    series: str
    strength: str
    recall: Mapping[str, Share]
    blocked: Mapping[str, Share]
    named: Mapping[str, Share]
    longest_s: float


# --- trials to pairs --------------------------------------------------------
def true_pairs(asked: Iterable[Trial]) -> set[Pair]:
    """What is to be found."""
    return {(trial.id, target) for trial in asked for target in trial.targets}


def pair_scores(outcome: Outcome, asked: Iterable[Trial]) -> Scores:
    """The best score of every pair that was answered and that counts."""
    scores: defaultdict[Pair, float] = defaultdict(lambda: -math.inf)
    for trial in asked:
        for found in outcome.answers.get(trial.id, ()):
            if found.reference not in trial.beside:
                pair = trial.id, found.reference
                scores[pair] = max(scores[pair], found.score)
    return dict(scores)


def highest(outcome: Outcome, trial: Trial) -> float:
    """The best score of anything found; minus infinity for silence."""
    return max((found.score for found in outcome.answers.get(trial.id, ())), default=-math.inf)


# --- spans ------------------------------------------------------------------
def _true_spans(trial: Trial) -> list[Span]:
    return [span._replace(query=trial.id) for span in trial.query.targets if span.reference in trial.targets]


def _found_spans(outcome: Outcome, trial: Trial, threshold: float = -math.inf) -> list[Span]:
    return [
        Span(trial.id, found.reference, *found.span, found.score)
        for found in outcome.answers.get(trial.id, ())
        if found.span and found.reference not in trial.beside and found.score >= threshold
    ]


def segment_ap(outcome: Outcome, asked: Sequence[Trial]) -> float | None:
    """The matching track's measure; None for a system that never says where."""
    if not any(found.span for answers in outcome.answers.values() for found in answers):
        return None
    truth = [span for trial in asked for span in _true_spans(trial)]
    return segment_average_precision(truth, [span for trial in asked for span in _found_spans(outcome, trial)])


def agreement(outcome: Outcome, asked: Iterable[Trial]) -> tuple[float, float] | None:
    """The mean temporal IoU on both axes, over the true pairs that are found as shipped."""
    values = []
    for trial in asked:
        true, found = _true_spans(trial), _found_spans(outcome, trial, outcome.threshold)
        for target in sorted(trial.targets):
            mine = [span for span in found if span.reference == target]
            if mine:
                values.append(axis_ious([span for span in true if span.reference == target], mine))
    if not values:
        return None
    queries, references = np.mean(values, axis=0)
    return float(queries), float(references)


# --- rows -------------------------------------------------------------------
def families(outcome: Outcome, asked: Sequence[Trial], thresholds: Thresholds) -> Iterator[FamilyRow]:
    """Each family, then each level of it."""
    grouped: dict[tuple[str, str | None], list[Trial]] = {}
    for trial in asked:
        for key in ((trial.query.family, None), (trial.query.family, trial.query.strength)):
            grouped.setdefault(key, []).append(trial)
    for (family, strength), members in grouped.items():
        if any(trial.targets for trial in members):
            yield _row(outcome, members, thresholds, family, strength)


def lengths(outcome: Outcome, asked: Sequence[Trial], thresholds: Thresholds) -> Iterator[FamilyRow]:
    """Clips that are only cut and encoded, by how long they last (to a quarter)."""
    for seconds in LENGTHS_S:
        members = [
            trial
            for trial in asked
            if trial.query.family in PLAIN and 0.75 * seconds <= trial.query.duration_s <= 1.25 * seconds
        ]
        if any(trial.targets for trial in members):
            yield _row(outcome, members, thresholds, "excerpt", f"{seconds} s")


def _row(
    outcome: Outcome, members: Sequence[Trial], thresholds: Thresholds, family: str, strength: str | None
) -> FamilyRow:
    truth, scores = true_pairs(members), pair_scores(outcome, members)
    return FamilyRow(
        family=family,
        strength=strength,
        recall={
            name: share(sum(scores.get(pair, -math.inf) >= at for pair in truth), len(truth))
            for name, at in thresholds.items()
        },
        average_precision=pair_average_precision(truth, scores),
        segment_ap=segment_ap(outcome, members),
        iou=agreement(outcome, members),
    )


def natural(outcome: Outcome, asked: Iterable[Trial], thresholds: Thresholds) -> Iterator[NaturalRow]:
    """The natural copies whose film is registered, one by one."""
    for trial in asked:
        for target in sorted(trial.targets) if trial.query.family == "natural" else ():
            true = [span for span in _true_spans(trial) if span.reference == target]
            found = [found for found in outcome.answers.get(trial.id, ()) if found.reference == target]
            best = max(found, key=lambda one: one.score, default=None)
            score = best.score if best else -math.inf
            spans = [Span(trial.id, target, *one.span, one.score) for one in found if one.span]
            placed = [span for span in spans if span.score >= outcome.threshold] or spans[:1]
            yield NaturalRow(
                query=trial.query.path.name,
                reference=target,
                score=score,
                found={name: score >= at for name, at in thresholds.items()},
                iou=axis_ious(true, placed) if placed else None,
                true=true[0][2:6],
                span=best.span if best else None,
            )


def series(outcome: Outcome, asked: Iterable[Trial], thresholds: Thresholds) -> Iterator[SeriesRow]:
    """Clips of generated series, by series and by kind of clip."""
    grouped: defaultdict[tuple[str, str], list[Trial]] = defaultdict(list)
    for trial in asked:
        if trial.query.family == SERIES:
            grouped[series_of(trial.query.work), trial.query.strength].append(trial)
    for (name, strength), members in grouped.items():
        own = [_best(outcome, trial, targets=True) for trial in members if trial.targets]
        clean = [highest(outcome, trial) for trial in members if not trial.targets]
        others = [_best(outcome, trial, targets=False) for trial in members]
        yield SeriesRow(
            series=name,
            strength=strength,
            recall=_shares(own, thresholds),
            blocked=_shares(clean, thresholds),
            named=_shares(others, thresholds),
            longest_s=max((_longest_elsewhere(outcome, trial) for trial in members), default=0.0),
        )


def _best(outcome: Outcome, trial: Trial, *, targets: bool) -> float:
    answers = outcome.answers.get(trial.id, ())
    return max((one.score for one in answers if (one.reference in trial.targets) == targets), default=-math.inf)


def _longest_elsewhere(outcome: Outcome, trial: Trial) -> float:
    answers = outcome.answers.get(trial.id, ())
    return max(
        (one.span[1] - one.span[0] for one in answers if one.span and one.reference not in trial.targets), default=0.0
    )


def _shares(scores: Sequence[float], thresholds: Thresholds) -> dict[str, Share]:
    return {name: share(sum(score >= at for score in scores), len(scores)) for name, at in thresholds.items()}
