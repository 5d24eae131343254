# SPDX-License-Identifier: Apache-2.0
"""Borders are cut off, pictures are not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kyodaku.copies import PDQ
from kyodaku.copies._borders import trimmed
from kyodaku.copies.descriptor import Pixels

Draw = Callable[..., Pixels]
BLACK, WHITE, RED = (0, 0, 0), (255, 255, 255), (190, 30, 40)


def framed(
    pixels: Pixels,
    top: int,
    bottom: int,
    left: int,
    right: int,
    *,
    colour: tuple[int, int, int] = BLACK,
    noise: int = 3,
) -> Pixels:
    height, width = pixels.shape[:2]
    canvas = np.empty((height + top + bottom, width + left + right, 3), dtype=np.int64)
    canvas[:] = colour
    canvas += np.random.default_rng(1).integers(-noise, noise + 1, canvas.shape)
    canvas[top : top + height, left : left + width] = pixels
    return np.clip(canvas, 0, 255).astype(np.uint8)


def codes_apart(left: Pixels, right: Pixels) -> int:
    codes = PDQ.describe([left, right]).codes
    return int(np.bitwise_count(codes[0] ^ codes[1]).sum())


@pytest.mark.parametrize("colour", [BLACK, WHITE, RED])
@pytest.mark.parametrize(
    "sides", [(60, 60, 0, 0), (0, 0, 80, 80), (20, 20, 20, 20), (70, 0, 0, 0), (0, 0, 0, 50), (200, 200, 0, 0)]
)
def test_a_border_is_cut_to_within_two_pixels(
    scene: Draw, sides: tuple[int, int, int, int], colour: tuple[int, int, int]
) -> None:
    picture = scene(5, 180, 320)
    found = trimmed(framed(picture, *sides, colour=colour))
    assert np.abs(np.array(found.shape[:2]) - (180, 320)).max() <= 4
    assert codes_apart(found, trimmed(picture)) <= 24


@pytest.mark.parametrize("seed", range(12))
def test_a_picture_without_a_border_stays_whole(scene: Draw, seed: int) -> None:
    picture = scene(seed, 144, 256)
    assert trimmed(picture).shape == picture.shape


def test_the_result_is_a_view_not_a_copy(scene: Draw) -> None:
    canvas = framed(scene(5, 90, 160), 30, 30, 0, 0)
    assert np.shares_memory(trimmed(canvas), canvas)


def test_text_in_the_border_does_not_keep_it(scene: Draw) -> None:
    picture = scene(6, 180, 320)
    canvas = framed(picture, 60, 60, 0, 0, colour=WHITE)
    canvas[20:40, 60:200:3] = 0
    assert trimmed(canvas).shape[0] <= 184


def test_a_logo_that_reaches_the_picture_does_not_keep_the_border(scene: Draw) -> None:
    canvas = framed(scene(6, 180, 320), 60, 60, 0, 0)
    canvas[10:90, 240:300] = RED
    assert trimmed(canvas).shape[0] <= 184


def test_a_dark_picture_hides_one_edge_and_the_other_tells(scene: Draw) -> None:
    night = np.clip(np.linspace(2.2, 0, 180), 0, 1)[:, None, None]
    canvas = framed((scene(7, 180, 320) * night).astype(np.uint8), 70, 70, 0, 0)
    assert abs(trimmed(canvas).shape[0] - 180) <= 4


def test_a_sky_that_fades_into_the_picture_is_no_border(scene: Draw) -> None:
    picture = scene(8, 180, 320).astype(np.float64)
    fade = np.clip(np.linspace(0, 3, 180) - 0.2, 0, 1)[:, None, None]
    faded = (picture * fade + 60 * (1 - fade)).astype(np.uint8)
    assert trimmed(faded).shape == faded.shape


def test_a_frame_inside_a_frame_is_cut_too(scene: Draw) -> None:
    canvas = framed(framed(scene(9, 120, 200), 15, 15, 15, 15, colour=WHITE), 30, 30, 0, 0)
    assert trimmed(canvas).shape[0] <= 124


@pytest.mark.parametrize("pixels", [
    np.zeros((90, 160, 3), np.uint8),
    np.full((90, 160, 3), 255, np.uint8),
    np.zeros((1, 1, 3), np.uint8),
    np.zeros((15, 400, 3), np.uint8),
])  # fmt: skip
def test_where_there_is_no_picture_nothing_is_cut(pixels: NDArray[np.uint8]) -> None:
    assert trimmed(pixels).shape == pixels.shape


def test_too_little_is_not_left_over() -> None:
    canvas = np.zeros((200, 200, 3), dtype=np.uint8)
    canvas[95:105, 95:105] = np.random.default_rng(0).integers(100, 255, (10, 10, 3))
    assert trimmed(canvas).shape == canvas.shape


def test_a_border_that_leaves_less_than_can_be_looked_at_is_left() -> None:
    canvas = np.zeros((17, 300, 3), dtype=np.uint8)
    canvas[3:9] = np.random.default_rng(0).integers(100, 255, (6, 300, 3))
    assert trimmed(canvas).shape == canvas.shape


@given(top=st.integers(0, 90), left=st.integers(0, 90), seed=st.integers(0, 20))
@settings(max_examples=40, deadline=None)
def test_cutting_twice_is_cutting_once(scene: Draw, top: int, left: int, seed: int) -> None:
    once = trimmed(framed(scene(seed, 100, 160), top, top, left, left))
    twice = trimmed(once)
    assert np.abs(np.array(once.shape) - twice.shape).max() <= 4
