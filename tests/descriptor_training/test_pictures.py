# SPDX-License-Identifier: Apache-2.0
"""The drawn pictures: repeatable, varied, and never empty."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("cv2")

from kyodaku.descriptor_training.collection import draw_collection, view_batches
from kyodaku.descriptor_training.pictures import FAMILY, SIDE, picture
from kyodaku.errors import UsageError

SEED = 5
SAMPLE = range(160)


@pytest.fixture(scope="module")
def drawn() -> NDArray[np.uint8]:
    return np.stack([picture(SEED, index) for index in SAMPLE])


def thumbnails(pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
    side = SIDE // 12
    blocks = pictures.reshape(len(pictures), 12, side, 12, side, 3).mean((2, 4))
    return blocks.reshape(len(pictures), -1)


def test_a_picture_is_decided_by_seed_and_number(drawn: NDArray[np.uint8]) -> None:
    for index in (0, 3, 77):
        assert np.array_equal(picture(SEED, index), drawn[index])
    assert not np.array_equal(picture(SEED + 1, 3), drawn[3])


def test_pictures_are_square_and_coloured(drawn: NDArray[np.uint8]) -> None:
    assert drawn.shape == (len(SAMPLE), SIDE, SIDE, 3)
    assert drawn.dtype == np.uint8


def test_no_two_pictures_are_the_same(drawn: NDArray[np.uint8]) -> None:
    small = thumbnails(drawn)
    apart = np.abs(small[:, None] - small[None]).mean(-1)
    np.fill_diagonal(apart, np.inf)
    assert apart.min() > 0.3


def test_no_picture_is_blank_and_few_are_nearly_so(drawn: NDArray[np.uint8]) -> None:
    contrast = thumbnails(drawn).std(axis=1)
    assert contrast.min() > 1
    assert (contrast < 8).mean() < 0.15


def test_dark_pictures_occur_and_are_a_minority(drawn: NDArray[np.uint8]) -> None:
    dark = drawn.mean((1, 2, 3)) < 32
    assert 0 < dark.mean() < 0.3


def test_a_family_is_more_alike_than_strangers(drawn: NDArray[np.uint8]) -> None:
    families = thumbnails(drawn).reshape(-1, FAMILY, 12 * 12 * 3)
    within = [
        np.abs(family[one] - family[two]).mean() for family in families for one, two in combinations(range(FAMILY), 2)
    ]
    between = [np.abs(families[one] - families[two]).mean() for one, two in combinations(range(len(families)), 2)]
    assert np.mean(within) < 0.95 * np.mean(between)


def test_a_collection_on_disk_holds_the_same_pictures(tmp_path, drawn: NDArray[np.uint8]) -> None:
    told: list[tuple[int, int]] = []
    path = tmp_path / "pictures.npy"
    stored = draw_collection(path, seed=SEED, count=8, progress=lambda done, count: told.append((done, count)))
    assert np.array_equal(stored, drawn[:8])
    assert told == [(8, 8)]
    assert draw_collection(path, seed=SEED, count=8).shape == stored.shape


def test_a_collection_of_another_size_is_refused(tmp_path) -> None:
    path = tmp_path / "pictures.npy"
    np.save(path, np.zeros((4, SIDE, SIDE, 3), np.uint8))
    with pytest.raises(UsageError, match="holds 4 pictures, not 8"):
        draw_collection(path, seed=SEED, count=8)


@pytest.mark.parametrize("count", [0, 3, 10])
def test_pictures_are_drawn_by_whole_families(tmp_path, count: int) -> None:
    with pytest.raises(UsageError, match="families of 4"):
        draw_collection(tmp_path / "pictures.npy", seed=SEED, count=count)


def test_batches_depend_on_their_number_alone(drawn: NDArray[np.uint8]) -> None:
    first, second = (next(view_batches(drawn, seed=2, stream=0, first=7, batch=16)) for _ in range(2))
    assert np.array_equal(first, second)
    later = view_batches(drawn, seed=2, stream=0, first=6, batch=16)
    next(later)
    assert np.array_equal(next(later), first)
    assert not np.array_equal(next(view_batches(drawn, seed=2, stream=1, first=7, batch=16)), first)
    assert first.shape == (32, 3, 128, 128)
