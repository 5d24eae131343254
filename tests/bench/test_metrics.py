# SPDX-License-Identifier: Apache-2.0
"""The measures, by hand and against brute force on a grid of whole seconds."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kyodaku.bench.intervals import iou, overlap, union, union_length
from kyodaku.bench.metrics import (
    Pair,
    Span,
    at_most,
    axis_ious,
    bootstrap_interval,
    pair_average_precision,
    precision_recall,
    segment_average_precision,
    share,
    temporal_iou,
    threshold_at_false_blocks,
    threshold_at_precision,
)

# --- intervals --------------------------------------------------------------
seconds = st.integers(0, 12)
intervals = st.lists(st.tuples(seconds, seconds), max_size=6)


def cells(spans: list[tuple[int, int]]) -> set[int]:
    return {cell for start, end in spans for cell in range(start, end)}


@settings(deadline=None)
@given(intervals, intervals)
def test_lengths_agree_with_counting_seconds_one_by_one(one: list[tuple[int, int]], two: list[tuple[int, int]]) -> None:
    assert union_length(one) == len(cells(one))
    assert overlap(one, two) == len(cells(one) & cells(two))
    either = cells(one) | cells(two)
    assert iou(one, two) == (len(cells(one) & cells(two)) / len(either) if either else 1.0)


def test_intervals_that_touch_become_one_and_empty_ones_fall_away() -> None:
    assert union([(3, 4), (0, 1), (1, 2), (6, 6), (9, 8)]) == [(0, 2), (3, 4)]


# --- pairs ------------------------------------------------------------------
def pairs_of(*queries: str) -> set[Pair]:
    return {(query, "film") for query in queries}


def scores_of(**scores: float) -> dict[Pair, float]:
    return {(query, "film"): score for query, score in scores.items()}


def test_average_precision_by_hand() -> None:
    # hit (1/1), miss, hit (2/3); one of three true pairs is never predicted
    scores = scores_of(a=0.9, x=0.8, b=0.7)
    assert pair_average_precision(pairs_of("a", "b", "c"), scores) == pytest.approx((1 + 2 / 3) / 3)


def test_pairs_of_one_score_enter_together() -> None:
    scores = scores_of(a=0.9, x=0.9)
    assert precision_recall(pairs_of("a"), scores) == ([0.9], [0.5], [1.0])
    assert pair_average_precision(pairs_of("a"), scores) == 0.5


def test_nothing_predicted_is_worth_nothing() -> None:
    assert pair_average_precision(pairs_of("a"), {}) == 0.0
    assert segment_average_precision([Span("a", "film", 0, 1, 0, 1)], []) == 0.0


def test_nothing_to_find_is_worth_nothing() -> None:
    assert pair_average_precision(set(), scores_of(x=0.5)) == 0.0
    assert segment_average_precision([], [Span("a", "film", 0, 1, 0, 1)]) == 0.0
    assert segment_average_precision([], []) == 0.0


def test_average_precision_agrees_with_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn comes with the bench extra")
    random = np.random.default_rng(5)
    for missed in range(40):
        hits = [True, *(random.random(29) < 0.4)]
        values = random.integers(0, 12, 30) / 12
        truth = {(str(n), "film") for n, hit in enumerate(hits) if hit} | {(f"no {n}", "film") for n in range(missed)}
        scores = {(str(n), "film"): float(value) for n, value in enumerate(values)}
        expected = metrics.average_precision_score(hits, values) * sum(hits) / len(truth)
        assert pair_average_precision(truth, scores) == pytest.approx(expected)


def test_the_threshold_for_a_precision_may_lie_below_a_dip() -> None:
    # precision: 1, 1/2, 2/3, 3/4
    scores = scores_of(a=0.9, x=0.8, b=0.7, c=0.6)
    truth = pairs_of("a", "b", "c")
    assert threshold_at_precision(truth, scores, 0.75) == 0.6
    assert threshold_at_precision(truth, scores, 0.99) == 0.9
    assert threshold_at_precision(pairs_of("z"), scores, 0.5) == math.inf


# --- false blocks -----------------------------------------------------------
def test_no_clean_clip_is_blocked_at_the_threshold_for_none() -> None:
    highest = [0.3, -math.inf, 0.5, 0.1]
    threshold = threshold_at_false_blocks(highest, 0.0)
    assert threshold > 0.5
    assert threshold == pytest.approx(0.5)


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), max_size=40), st.sampled_from([0.0, 0.001, 0.05, 0.25, 1.0]))
def test_the_false_block_threshold_is_the_lowest_that_holds(scores: list[int], rate: float) -> None:
    highest = [-math.inf if score == 0 else score / 5 for score in scores]
    threshold = threshold_at_false_blocks(highest, rate)
    allowed = rate * len(highest)

    def blocked(at: float) -> int:
        return sum(score >= at for score in highest if score > -math.inf)

    assert blocked(threshold) <= allowed
    lower = [score for score in highest if -math.inf < score < threshold]
    assert all(blocked(score) > allowed for score in lower)


# --- spans ------------------------------------------------------------------
def test_segment_precision_by_hand() -> None:
    truth = [Span("q", "film", 0, 10, 20, 30)]
    # right query seconds, half of the reference's: P = R = sqrt(10/10 * 5/10)
    assert segment_average_precision(truth, [Span("q", "film", 0, 10, 25, 35)]) == pytest.approx(0.5)
    # a box twice as long on both axes: P = 1/2, R = 1
    assert segment_average_precision(truth, [Span("q", "film", 0, 20, 20, 40)]) == pytest.approx(0.5)
    assert segment_average_precision(truth, truth) == 1.0


def test_right_query_seconds_beside_wrong_reference_seconds_earn_nothing() -> None:
    truth = [Span("q", "film", 0, 10, 20, 30)]
    assert segment_average_precision(truth, [Span("q", "film", 0, 10, 40, 50)]) == 0.0
    assert segment_average_precision(truth, [Span("q", "film", 0, 10, 30, 40)]) == 0.0  # they only touch


def test_a_wrong_pair_costs_precision_for_what_comes_after_it() -> None:
    truth = [Span("q", "film", 0, 10, 0, 10)]
    wrong = Span("p", "film", 0, 10, 0, 10)
    right = truth[0]
    assert segment_average_precision(truth, [right._replace(score=0.9), wrong._replace(score=0.8)]) == 1.0
    assert segment_average_precision(truth, [right._replace(score=0.8), wrong._replace(score=0.9)]) == 0.5


def test_equal_scores_enter_as_one_group_whatever_their_order() -> None:
    truth = [Span("q", "film", 0, 10, 0, 10)]
    wrong = Span("p", "film", 0, 10, 0, 10)
    assert segment_average_precision(truth, [wrong, truth[0]]) == segment_average_precision(truth, [truth[0], wrong])
    assert segment_average_precision(truth, [wrong, truth[0]]) == 0.5


def test_overlapping_predictions_count_their_union_once() -> None:
    truth = [Span("q", "film", 0, 10, 0, 10)]
    halves = [Span("q", "film", 0, 6, 0, 6, 0.9), Span("q", "film", 4, 10, 4, 10, 0.8)]
    assert segment_average_precision(truth, halves) == pytest.approx(1.0)


def test_predictions_without_length_are_harmless() -> None:
    truth = [Span("q", "film", 0, 10, 0, 10)]
    assert segment_average_precision(truth, [Span("q", "film", 3, 3, 3, 3, 0.9), *truth]) == 1.0
    assert segment_average_precision(truth, [Span("q", "film", 3, 3, 3, 3, 2.0), *truth]) == 1.0


@st.composite
def spans(draw: st.DrawFn, *, scored: bool) -> list[Span]:
    def span() -> Span:
        q, r = draw(seconds), draw(seconds)
        score = draw(st.integers(1, 3)) / 3 if scored else 1.0
        pair = draw(st.sampled_from("ab")), draw(st.sampled_from("xy"))
        return Span(*pair, q, q + draw(st.integers(1, 5)), r, r + draw(st.integers(1, 5)), score)

    return [span() for _ in range(draw(st.integers(0 if scored else 1, 5)))]


def by_brute_force(truth: list[Span], predicted: list[Span]) -> float:
    """Sets of seconds for each pair and axis, built anew for every score."""

    def covered(some: list[Span]) -> dict[tuple[Pair, int], set[int]]:
        found: dict[tuple[Pair, int], set[int]] = defaultdict(set)
        for span in some:
            for axis, (start, end) in enumerate(span.axes):
                found[span.pair, axis] |= set(range(int(start), int(end)))
        return found

    def area(span: Span) -> set[tuple[Pair, int, int]]:
        (q0, q1), (r0, r1) = span.axes
        return {(span.pair, q, r) for q in range(int(q0), int(q1)) for r in range(int(r0), int(r1))}

    wanted = covered(truth)
    ap = recall = 0.0
    for score in sorted({span.score for span in predicted}, reverse=True):
        kept = [span for span in predicted if span.score >= score]
        met = covered([true for true in truth if any(area(true) & area(span) for span in kept)])
        shown = covered(kept)
        shares = []
        for wholes in (shown, wanted):
            product = 1.0
            for axis in (0, 1):
                inside = sum(len(seen & shown[key]) for key, seen in met.items() if key[1] == axis)
                product *= inside / sum(len(seen) for key, seen in wholes.items() if key[1] == axis)
            shares.append(math.sqrt(product))
        ap += shares[0] * (shares[1] - recall)
        recall = shares[1]
    return ap


@settings(deadline=None)
@given(spans(scored=False), spans(scored=True))
def test_segment_precision_agrees_with_brute_force(truth: list[Span], predicted: list[Span]) -> None:
    assert segment_average_precision(truth, predicted) == pytest.approx(by_brute_force(truth, predicted))


def test_temporal_agreement_by_hand() -> None:
    truth = [Span("q", "film", 0, 10, 20, 30)]
    assert temporal_iou(truth, truth) == 1.0
    assert temporal_iou(truth, [Span("q", "film", 5, 10, 25, 30)]) == pytest.approx(0.5)
    assert temporal_iou(truth, [Span("q", "film", 0, 10, 40, 50)]) == 0.0
    assert temporal_iou(truth, []) == 0.0


# --- how sure ---------------------------------------------------------------
@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [
        (10, 10, 0.7225, 1.0),  # R: binom::binom.wilson
        (0, 10, 0.0, 0.2775),
        (81, 263, 0.2553, 0.3662),  # Newcombe 1998, table I
        (0, 0, 0.0, 1.0),
    ],
)
def test_wilson_intervals_agree_with_published_ones(hits: int, total: int, low: float, high: float) -> None:
    assert share(hits, total)[2:] == pytest.approx((low, high), abs=1e-4)


def test_a_share_of_nothing_is_not_a_number() -> None:
    assert math.isnan(share(0, 0).value)
    assert share(3, 4).value == 0.75


def test_the_bootstrap_holds_the_mean_and_is_the_same_each_time() -> None:
    values = {f"work {n}": float(n % 5) for n in range(50)}

    def mean(drawn: object) -> float:
        return float(np.mean([values[name] for name in drawn]))  # type: ignore[attr-defined]

    low, high = bootstrap_interval(list(values), mean, rounds=500)
    assert low < 2.0 < high
    assert high - low == pytest.approx(2 * 1.96 * np.std(list(values.values())) / math.sqrt(50), rel=0.2)
    assert bootstrap_interval(list(values), mean, rounds=500) == (low, high)


def test_the_bound_of_a_rate_is_the_exact_one() -> None:
    """Values of the tables of Clopper and Pearson: 1 - 0.05 ** (1 / n) for none, and 0.394 for one in ten."""
    assert at_most(0, 1000) == pytest.approx(1 - 0.05**0.001)
    assert at_most(1, 10) == pytest.approx(0.3942, abs=1e-4)
    assert at_most(10, 10) == 1.0
    assert at_most(5, 5000) < at_most(6, 5000) < at_most(6, 4000)


def test_both_axes_are_told_apart() -> None:
    true, found = Span("q", "r", 0, 10, 20, 30), Span("q", "r", 0, 5, 20, 40)
    assert axis_ious([true], [found]) == (0.5, 0.5)
    assert axis_ious([true], [found._replace(r_end=30)]) == (0.5, 1.0)
    assert temporal_iou([true], [found._replace(r_end=30)]) == pytest.approx(0.5**0.5)
