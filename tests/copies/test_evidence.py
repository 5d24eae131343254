# SPDX-License-Identifier: Apache-2.0
"""Repetition proves nothing twice."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from kyodaku.copies import _evidence
from kyodaku.copies._evidence import commonness, different_frames, shares, usual_step, worths

Codes = NDArray[np.uint8]
Stream = Callable[..., Codes]


def test_different_frames_are_worth_one_each(stream: Stream) -> None:
    codes = stream(1, 20)
    np.testing.assert_allclose(worths(codes, 48), 1)
    np.testing.assert_allclose(shares(codes, 48), 1)
    assert different_frames(codes, 48) == pytest.approx(20)


def test_the_frames_of_a_still_scene_share_one_worth(stream: Stream) -> None:
    codes = np.concatenate([np.repeat(stream(1, 1), 4, axis=0), stream(2, 2)])
    np.testing.assert_allclose(worths(codes, 48), [0.25] * 4 + [1, 1])
    np.testing.assert_allclose(shares(codes, 48), [0.25] * 4 + [1, 1])
    assert different_frames(codes, 48) == pytest.approx(3)


def test_a_long_run_keeps_some_worth_for_each_frame(stream: Stream) -> None:
    assert worths(np.repeat(stream(1, 1), 100, axis=0), 48).min() == pytest.approx(1 / 8)


def test_a_picture_that_comes_back_is_shared_too(stream: Stream) -> None:
    codes = stream(1, 3)[[0, 1, 0, 2]]
    np.testing.assert_allclose(shares(codes, 48), [0.5, 1, 0.5, 1])


def test_like_frames_lie_in_between(stream: Stream, edited: Callable[..., Codes]) -> None:
    codes = np.concatenate([stream(1, 1), edited(stream(1, 1), 24)])
    assert 1.1 < different_frames(codes, 48) < 1.9


def test_of_very_many_frames_some_stand_for_all(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    still = np.repeat(stream(1, 1), 3000, axis=0)
    assert different_frames(still, 48) == pytest.approx(1)
    monkeypatch.setattr(_evidence, "_MOST_COMPARED", 10)
    assert different_frames(still[:100], 48) == pytest.approx(1)


def test_no_frames_are_no_different_frames() -> None:
    nothing = np.zeros((0, 32), dtype=np.uint8)
    assert len(worths(nothing, 48)) == 0
    assert different_frames(nothing, 48) == 0.0


def test_what_more_references_show_weighs_less_down_to_a_half() -> None:
    weights = commonness(np.array([0, 1, 2, 16, 1000, 10**6]))
    assert weights[0] == weights[1] == 1
    assert list(weights) == sorted(weights, reverse=True)
    assert weights[-1] == 0.5


@pytest.mark.parametrize(("times", "step"), [([], 0), ([3.0], 0), ([0, 0.5, 1.0], 0.5), ([0, 2, 3, 5], 2)])
def test_the_usual_step_is_the_median(times: list[float], step: float) -> None:
    assert usual_step(np.array(times, dtype=np.float32)) == step
