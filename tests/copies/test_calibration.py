# SPDX-License-Identifier: Apache-2.0
"""What scores mean: the shipped file is sound, and the code that makes such files does what it says."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyodaku.copies import (
    Calibration,
    calibrate,
    evidence_by_distance,
    load_calibration,
    measure,
    rarity_by_distance,
)
from kyodaku.copies._statistics import least_above, logistic, rate_at_most
from kyodaku.errors import UsageError

SHIPPED = load_calibration("pdq-v1")


def test_the_shipped_calibration_keeps_its_error_rates_beside_its_thresholds() -> None:
    measured = SHIPPED.measured
    assert 0 < SHIPPED.review < SHIPPED.match < 1
    assert measured.negative_clips >= 1000
    assert measured.false_match_rate == pytest.approx(measured.false_matches / measured.negative_clips, abs=1e-4)
    assert measured.false_match_rate < measured.false_match_rate_at_most < 0.01
    assert measured.false_matches <= measured.false_reviews
    assert 0.8 < measured.recall < 1
    assert len(measured.recall_by_edit) > 30
    assert "works" in measured.how


def test_scores_rise_with_evidence_and_bands_with_scores() -> None:
    scores = [SHIPPED.score(evidence) for evidence in (-1e9, 0, 2, 4, 5, 6, 10, 100, 1e9)]
    assert scores == sorted(scores)
    assert 0 < scores[0] < scores[-1] < 1
    assert [SHIPPED.band(score) for score in (0.0, SHIPPED.review, SHIPPED.match, 1.0)] == [
        "none",
        "review",
        "match",
        "match",
    ]


@given(st.floats(-20, 20))
def test_evidence_at_undoes_score(evidence: float) -> None:
    assert SHIPPED.evidence_at(SHIPPED.score(evidence)) == pytest.approx(evidence, abs=1e-6)


def test_no_score_needs_no_evidence_and_certainty_needs_all() -> None:
    assert SHIPPED.evidence_at(0.0) == -math.inf
    assert SHIPPED.evidence_at(1.0) == math.inf


@pytest.mark.parametrize(("different", "needed"), [(0.0, 1.0), (1.0, 1.0), (3.5, 3.5), (100.0, SHIPPED.corroboration)])
def test_no_more_frames_must_agree_than_there_are(different: float, needed: float) -> None:
    assert SHIPPED.needed(different) == needed


def test_a_file_gives_back_what_was_put_in() -> None:
    assert Calibration.from_json(SHIPPED.to_json()) == SHIPPED


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "5", '{"measured": {}}', SHIPPED.to_json().replace('"radius"', '"other"')]
)
def test_what_is_no_calibration_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="this is not a calibration"):
        Calibration.from_json(text)


@pytest.mark.parametrize(
    "change",
    [
        {"evidence": SHIPPED.evidence[::-1]},
        {"evidence": SHIPPED.evidence[:-1]},
        {"rarity": SHIPPED.rarity[::-1]},
        {"rarity": (-1.0,) * (SHIPPED.radius + 1)},
        {"match": 0.1, "review": 0.2},
        {"match": 1.5},
        {"slope": 0.0},
    ],
)
def test_tables_and_thresholds_must_be_in_order(change: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="pdq-v1: a calibration's"):
        replace(SHIPPED, **change)


def drawn(seed: int = 0) -> tuple[dict[str, list[float]], list[float]]:
    rng = np.random.default_rng(seed)
    positives = {
        "crop": np.maximum(rng.normal(9, 4, 300), 0).tolist(),
        "noise": np.maximum(rng.normal(20, 6, 300), 0).tolist(),
    }
    negatives = np.where(rng.random(2000) < 0.9, 0, np.abs(rng.normal(0, 1.5, 2000))).tolist()
    return positives, negatives


def made(target: float, review: float = 0.02) -> Calibration:
    positives, negatives = drawn()
    return calibrate(
        SHIPPED,
        positives=positives,
        negatives=negatives,
        negative_works=40,
        target_false_rate=target,
        target_review_rate=review,
        how="drawn numbers",
    )


@pytest.mark.parametrize("target", [0.0, 0.0005, 0.001, 0.01])
def test_no_more_negatives_pass_than_were_allowed(target: float) -> None:
    calibration = made(target)
    positives, negatives = drawn()
    passed = sum(calibration.score(value) >= calibration.match for value in negatives)
    assert passed == calibration.measured.false_matches <= target * len(negatives)
    assert calibration.measured.false_match_rate == passed / len(negatives)
    assert calibration.measured.recall_by_edit["noise"] > calibration.measured.recall_by_edit["crop"] > 0.6
    found = [calibration.score(value) >= calibration.match for values in positives.values() for value in values]
    assert calibration.measured.recall == pytest.approx(np.mean(found))
    assert calibration.measured.positive_clips == 600
    assert calibration.measured.negative_works == 40


def test_error_rates_are_measured_again_on_other_clips_and_nothing_else_changes() -> None:
    fitted = made(0.001)
    edge = fitted.evidence_at(fitted.match)
    other = measure(
        fitted,
        positives={"crop": [edge + 1, edge - 1], "noise": [edge + 1, edge + 2]},
        negatives=[0.0, edge + 1, fitted.evidence_at(fitted.review) + 1e-6, 0.0],
        negative_works=3,
        how="held out",
    )
    assert replace(other, measured=fitted.measured) == fitted
    rates = other.measured
    assert (rates.recall, rates.recall_by_edit) == (0.75, {"crop": 0.5, "noise": 1.0})
    assert (rates.false_matches, rates.false_reviews, rates.false_match_rate) == (1, 2, 0.25)
    assert (rates.how, rates.negative_works, rates.negative_clips, rates.positive_clips) == ("held out", 3, 4, 4)


def test_a_stricter_target_gives_a_higher_threshold() -> None:
    thresholds = [made(target).match for target in (0.01, 0.001, 0.0)]
    assert thresholds == sorted(thresholds)
    assert made(0.001).review < made(0.001).match
    assert made(0.01, review=0.001).review == made(0.01, review=0.001).match


def test_the_score_is_about_the_share_of_copies() -> None:
    positives, negatives = drawn(1)
    calibration = made(0.001)
    every = np.array([value for values in positives.values() for value in values])
    none = np.array(negatives)
    for low, high in ((1, 3), (3, 6), (6, 12)):
        copies = ((every >= low) & (every < high)).mean()
        others = ((none >= low) & (none < high)).mean()
        expected = float(np.mean([calibration.score(value) for value in np.linspace(low, high, 20)]))
        assert copies / (copies + others) == pytest.approx(expected, abs=0.3)


@pytest.mark.parametrize(("positives", "negatives"), [([], [1.0]), ([1.0], []), ([0.0], [1.0]), ([1.0], [0.0])])
def test_calibrating_needs_something_of_each_kind(positives: list[float], negatives: list[float]) -> None:
    with pytest.raises(UsageError, match="positive and negative clips"):
        calibrate(
            SHIPPED,
            positives={"edit": positives},
            negatives=negatives,
            negative_works=1,
            target_false_rate=0.1,
            target_review_rate=0.1,
            how="",
        )


def test_evidence_is_a_falling_log_ratio_within_its_bounds() -> None:
    rng = np.random.default_rng(0)
    same = np.clip(rng.normal(40, 20, 50_000), 0, 256).astype(int)
    other = np.clip(rng.normal(128, 9, 200_000), 0, 256).astype(int)
    table = evidence_by_distance(same, other, radius=120, most=7.0)
    assert len(table) == 121
    assert table[0] == 7.0
    assert table[-1] == 0.0
    assert list(table) == sorted(table, reverse=True)
    expected = math.log((same == 97).mean() / (other == 97).mean())
    assert table[97] == pytest.approx(expected, abs=0.7)


def test_rarity_is_the_log_of_the_share_at_most_so_far() -> None:
    other = np.array([50] * 10 + [60] * 90 + [200] * 900)
    table = rarity_by_distance(other, radius=70)
    assert table[60] == pytest.approx(-math.log(0.1), abs=0.01)
    assert table[50] == pytest.approx(-math.log(0.01), abs=0.1)
    assert table[49] == pytest.approx(math.log(2000), abs=0.1)
    assert list(table) == sorted(table, reverse=True)


@pytest.mark.parametrize("size", [10_000, 1_000_000])
def test_where_too_few_can_be_counted_rarity_goes_on_as_the_tail_did(size: int) -> None:
    other = np.clip(np.random.default_rng(1).normal(100, 15, size), 0, 200).astype(int)
    table = rarity_by_distance(other, radius=90)
    assert list(table) == sorted(table, reverse=True)
    counted = [-math.log(((other <= d).sum() + 0.5) / (size + 0.5)) for d in range(91)]
    assert table[70:] == pytest.approx(counted[70:], abs=0.01)
    assert table[10] > counted[10] + 2
    truth = [-math.log(math.erfc((100 - d) / 15 / math.sqrt(2)) / 2) for d in range(0, 91, 10)]
    assert all(found < true + 0.7 for found, true in zip(table[::10], truth, strict=True))  # tails fall ever faster


def test_the_curve_finds_the_truth() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(0.01, 10, 40_000)
    copies = rng.random(40_000) < 1 / (1 + np.exp(-(1.5 * x - 6)))
    scale = (~copies).sum() / copies.sum()
    slope, intercept = logistic(x[copies], x[~copies])
    assert slope == pytest.approx(1.5, rel=0.05)
    assert intercept == pytest.approx(-6 + math.log(scale), rel=0.1)


def test_the_curve_stays_finite_where_nothing_overlaps() -> None:
    slope, intercept = logistic(np.array([9.0, 10.0, 11.0]), np.array([1.0, 1.5, 2.0]))
    assert 0 < slope < 100
    assert math.isfinite(intercept)


@pytest.mark.parametrize(
    ("negatives", "positives", "rate", "expected"),
    [
        ([1, 2, 3, 4], [6.0], 0.0, 5.0),
        ([1, 2, 3, 4], [6.0, 3.5], 0.25, 3.25),
        ([1, 2], [6.0], 1.0, 3.0),
        ([1, 2], [1.0], 0.0, math.nextafter(2, 3)),
    ],
)
def test_the_threshold_stands_between_the_last_out_and_the_next_in(
    negatives: list[float], positives: list[float], rate: float, expected: float
) -> None:
    assert least_above(np.array(negatives, dtype=float), np.array(positives), rate) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("events", "trials", "bound"),
    [(0, 100, 0.0295), (0, 1000, 0.00299), (1, 100, 0.0466), (5, 50, 0.1988), (3, 3, 1.0)],
)
def test_a_rate_is_bounded_as_in_the_tables(events: int, trials: int, bound: float) -> None:
    """Clopper and Pearson, one-sided 95 %."""
    assert rate_at_most(events, trials) == pytest.approx(bound, abs=2e-4)


def test_the_data_file_has_sorted_keys_and_short_numbers() -> None:
    text = SHIPPED.to_json()
    assert list(json.loads(text)) == sorted(json.loads(text))
    assert not re.search(r"\d\.\d{5}|\de-", text)
