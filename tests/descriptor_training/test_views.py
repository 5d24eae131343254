# SPDX-License-Identifier: Apache-2.0
"""The views that training compares: of one size whatever is done, and still of the picture."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

cv2 = pytest.importorskip("cv2")

from kyodaku.descriptor_training.pictures import picture  # noqa: E402
from kyodaku.descriptor_training.views import INPUT, mild_view, strong_view  # noqa: E402


@pytest.fixture(scope="module")
def pair() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    return picture(3, 0), picture(3, 9)


@pytest.mark.parametrize("view", [mild_view, strong_view])
def test_views_have_the_network_s_size(view, pair) -> None:
    for seed in range(150):
        made = view(np.random.default_rng(seed), *pair)
        assert made.shape == (INPUT, INPUT, 3)
        assert made.dtype == np.uint8


@pytest.mark.parametrize("view", [mild_view, strong_view])
def test_a_view_is_decided_by_its_chance(view, pair) -> None:
    first, second, third = (view(np.random.default_rng(seed), *pair) for seed in (4, 4, 5))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, third)


@pytest.mark.parametrize("view", [mild_view, strong_view])
def test_the_picture_itself_is_left_alone(view, pair) -> None:
    before = [each.copy() for each in pair]
    for seed in range(40):
        view(np.random.default_rng(seed), *pair)
    assert all(np.array_equal(was, now) for was, now in zip(before, pair, strict=True))


def test_a_mild_view_is_nearly_the_picture(pair) -> None:
    plain = cv2.resize(pair[0], (INPUT, INPUT)).astype(float)
    likeness = [
        np.corrcoef(plain.ravel(), mild_view(np.random.default_rng(seed), *pair).astype(float).ravel())[0, 1]
        for seed in range(40)
    ]
    assert np.median(likeness) > 0.8


def test_strong_views_differ_widely(pair) -> None:
    made = np.stack([strong_view(np.random.default_rng(seed), *pair) for seed in range(40)]).astype(float)
    assert np.abs(made[1:] - made[:-1]).mean((1, 2, 3)).min() > 3


def test_black_pictures_do_no_harm() -> None:
    black = np.zeros((192, 192, 3), np.uint8)
    for seed in range(60):
        assert strong_view(np.random.default_rng(seed), black, black).shape == (INPUT, INPUT, 3)
