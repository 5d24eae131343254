# SPDX-License-Identifier: Apache-2.0
"""Drawn codes: the same from the same seed, and as alike as codes of films are."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from kyodaku.bench import drawn_codes as drawing
from kyodaku.bench.drawn_codes import BLOCK, FILM, Statistics, drawn_blocks, drawn_codes, edited_codes, footage
from kyodaku.errors import UsageError

Codes = NDArray[np.uint8]


@pytest.fixture(scope="module")
def codes() -> Codes:
    return drawn_codes(BLOCK)


def apart(left: Codes, right: Codes) -> NDArray[np.int64]:
    return np.asarray(np.bitwise_count(left ^ right).sum(axis=1, dtype=np.int64))


def between_works(codes: Codes) -> NDArray[np.int64]:
    pairs = np.random.default_rng(0).integers(0, len(codes), (2, 200_000))
    pairs = pairs[:, pairs[0] // FILM != pairs[1] // FILM]
    return apart(codes[pairs[0]], codes[pairs[1]])


def test_a_seed_gives_the_same_codes_in_whatever_amount(codes: Codes) -> None:
    assert np.array_equal(drawn_codes(3000), codes[:3000])
    assert [len(block) for block in drawn_blocks(BLOCK + 5)] == [BLOCK, 5]
    assert len(drawn_codes(0)) == 0
    assert not np.array_equal(drawn_codes(10, seed=1), codes[:10])


def test_frames_of_different_works_are_as_far_apart_as_in_films(codes: Codes) -> None:
    found = between_works(codes)
    assert 120 <= found.mean() <= 127
    assert 10 <= found.std() <= 15
    assert 65 <= np.percentile(found, 0.01) <= 85


def test_frames_of_a_shot_drift_apart_and_some_stand_still(codes: Codes) -> None:
    half, four = (np.percentile(apart(codes[lag:], codes[:-lag]), [5, 50, 95]) for lag in (1, 8))
    assert half[0] <= 3
    assert 15 <= half[1] <= 40
    assert half[2] >= 100
    assert 80 <= four[1] <= 115


def test_bits_are_one_sided_to_some_degree(codes: Codes) -> None:
    shares = np.unpackbits(codes, axis=1).mean(axis=0)
    assert 0.1 <= shares.min() <= 0.35
    assert 0.65 <= shares.max() <= 0.9


@pytest.mark.parametrize("share", [0.05, 0.1, 0.25])
def test_an_edit_turns_the_share_of_bits_that_it_says(share: float) -> None:
    like = Statistics.usual()
    shown = footage(0, like).part(0, 4000)
    edited = edited_codes(shown, like, share=share, rng=np.random.default_rng(1))
    turned = apart(edited, like.codes(shown.points)) / 256
    assert abs(turned.mean() - share) < 0.1 * share
    assert turned.std() > 0.05 * share


def test_an_edit_moves_a_shot_as_a_whole() -> None:
    like = Statistics.usual()
    shown = footage(0, like).part(0, 4000)
    edited = edited_codes(shown, like, share=0.25, rng=np.random.default_rng(1))
    turned = np.unpackbits(edited ^ like.codes(shown.points), axis=1)
    within = shown.shots[1:] == shown.shots[:-1]
    both = (turned[1:] & turned[:-1]).mean(axis=1)
    assert both[within].mean() > 2 * both[~within].mean()


def test_codes_may_be_drawn_towards_given_descriptors() -> None:
    rng = np.random.default_rng(0)
    directions = rng.standard_normal((30, 64))
    vectors = rng.standard_normal((4000, 30)) @ directions + rng.standard_normal(64)
    like = Statistics.of(vectors)
    assert like.spectrum.sum() == pytest.approx(1)
    drawn = drawn_codes(4000, like=like)
    real = np.packbits(vectors > 0, axis=1)
    plain = np.unpackbits(real, axis=1).mean(axis=0)
    assert np.abs(np.unpackbits(drawn, axis=1).mean(axis=0) - plain).mean() < 0.12
    strangers = rng.integers(0, 256, real.shape, dtype=np.uint8)
    assert apart(real, drawn).std() > 1.3 * apart(real, strangers).std()


def test_statistics_of_one_frame_are_refused() -> None:
    with pytest.raises(UsageError, match="several frames"):
        Statistics.of(np.zeros((1, 256)))


def test_a_block_is_whole_works() -> None:
    assert drawing.BLOCK % drawing.FILM == 0
    shots = footage(0, Statistics.usual()).shots
    assert (np.diff(shots)[FILM - 1 :: FILM] == 1).all()
