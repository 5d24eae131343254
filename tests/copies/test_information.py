# SPDX-License-Identifier: Apache-2.0
"""Pictures are told from frames that could be any film's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from kyodaku.copies.descriptor import Pixels
from kyodaku.copies.information import LEAST_INFORMATION, information
from support.films import frame

Draw = Callable[..., Pixels]


def card(lines: int, *, size: int = 22) -> Pixels:
    """White text on black."""
    picture = Image.new("RGB", (512, 288))
    draw = ImageDraw.Draw(picture)
    for line in range(lines):
        draw.text((60, 20 + round(1.4 * size) * line), "Directed by Somebody and others", "white", font_size=size)
    return np.asarray(picture)


def anime(brightness: float = 1.0) -> Pixels:
    """Flat areas with outlines: a face and a field."""
    picture = Image.new("RGB", (512, 288), (200, 215, 235))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((-2, 225, 514, 290), (90, 160, 90), (20, 20, 20), 2)
    draw.ellipse((150, 50, 330, 270), (250, 220, 190), (20, 20, 20), 2)
    for left in (195, 265):
        draw.ellipse((left, 120, left + 22, 155), (40, 60, 120), (20, 20, 20), 2)
    draw.arc((210, 180, 270, 225), 10, 170, (120, 40, 40), 3)
    return (np.asarray(picture) * brightness).astype(np.uint8)


def noise(spread: float, level: float = 128) -> Pixels:
    values = np.random.default_rng(1).normal(level, spread, (288, 512, 3))
    return np.clip(values, 0, 255).astype(np.uint8)


def gradient() -> Pixels:
    return np.repeat(np.linspace(20, 200, 512, dtype=np.uint8)[None, :, None], 288, 0).repeat(3, 2)


@pytest.mark.parametrize(
    "pixels",
    [
        pytest.param(np.zeros((288, 512, 3), np.uint8), id="black"),
        pytest.param(np.full((288, 512, 3), (190, 30, 40), np.uint8), id="one colour"),
        pytest.param(gradient(), id="gradient"),
        pytest.param(noise(70), id="noise"),
        pytest.param(noise(8, level=20), id="grain in the dark"),
        pytest.param(card(1), id="a line on black"),
        pytest.param((frame(1, 0.0) * 0.02).astype(np.uint8), id="faded"),
    ],
)
def test_what_could_be_any_film_is_below_the_limit(pixels: Pixels) -> None:
    assert information(pixels) < LEAST_INFORMATION


@pytest.mark.parametrize(
    "pixels",
    [
        pytest.param(anime(), id="flat drawing"),
        pytest.param(anime(0.12), id="flat drawing at night"),
        pytest.param(card(8), id="text"),
        pytest.param(frame(3, 0.5), id="film"),
        pytest.param((frame(3, 0.5) * 0.15).astype(np.uint8), id="film at night"),
    ],
)
def test_what_shows_something_is_above_the_limit(pixels: Pixels) -> None:
    assert information(pixels) >= LEAST_INFORMATION + 5


def test_the_scale_ends_at_a_hundred(scene: Draw) -> None:
    tiles = np.random.default_rng(2).integers(0, 255, (18, 32, 3), dtype=np.uint8)
    assert information(tiles.repeat(16, 0).repeat(16, 1)) == 100
    assert information(scene(1, 288, 512)) <= 100


@given(height=st.integers(1, 60), width=st.integers(1, 600), seed=st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_any_size_has_an_answer(height: int, width: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)
    assert 0 <= information(pixels) <= 100


@given(seed=st.integers(0, 50))
@settings(max_examples=20, deadline=None)
def test_left_and_right_do_not_matter_much(seed: int) -> None:
    picture = frame(seed, 0.5)
    assert abs(information(picture) - information(picture[:, ::-1])) <= 10
