# SPDX-License-Identifier: Apache-2.0
"""Agreement with the reference implementation, on drawn pictures of many kinds and sizes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pdqhash
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from kyodaku.copies import PDQ, descriptor_id
from kyodaku.copies._pdq import _sampler
from kyodaku.copies.descriptor import Pixels

TOLERANCE = 10
"""Bits, where the quality is 80 or more: facebook/ThreatExchange, pdq/README.md, "Writing Your Own"."""

SIZES = [
    (288, 512),
    (512, 288),
    (360, 480),
    (204, 480),
    (64, 64),
    (65, 63),
    (127, 128),
    (129, 512),
    (100, 37),
    (720, 1280),
]


def gradient(height: int, width: int) -> Pixels:
    y, x = np.mgrid[:height, :width]
    return np.stack([x * 255 / width, y * 255 / height, (x + y) % 256], axis=-1).astype(np.uint8)


def noise(height: int, width: int) -> Pixels:
    return np.random.default_rng(height * width).integers(0, 256, (height, width, 3), dtype=np.uint8)


def text(height: int, width: int) -> Pixels:
    picture = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(picture)
    draw.multiline_text(
        (2, 2), "permission\ncomes first\n許諾 0123", fill="black", font=ImageFont.load_default(max(8, height // 5))
    )
    draw.ellipse((width // 2, height // 2, width - 3, height - 3), fill=(200, 40, 90))
    return np.asarray(picture)


def checks(height: int, width: int) -> Pixels:
    y, x = np.mgrid[:height, :width]
    return np.repeat(((x // 7 + y // 5) % 2 * 255)[..., None], 3, axis=2).astype(np.uint8)


def reference(pixels: Pixels) -> tuple[NDArray[np.int64], int]:
    bits, quality = pdqhash.compute(np.ascontiguousarray(pixels))
    return bits, quality


def bits_apart(pixels: Pixels) -> tuple[int, int, int]:
    """Distance to the reference's hash, its quality and ours."""
    described = PDQ.describe([pixels])
    bits, quality = reference(pixels)
    return int((np.unpackbits(described.codes[0]) != bits).sum()), quality, int(described.quality[0])


def undecided(pixels: Pixels) -> NDArray[np.bool_]:
    """The reference's bits that rounding decides: coefficients as good as equal to the median."""
    floats, _ = pdqhash.compute_float(np.ascontiguousarray(pixels))
    median = np.sort(floats)[127]
    close: NDArray[np.bool_] = np.abs(floats - median) <= 2e-6 * np.abs(pixels.astype(np.float64)).max() * 64
    return close


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("draw", [gradient, noise, text, checks])
def test_every_bit_that_rounding_does_not_decide_is_the_reference_s(
    draw: Callable[[int, int], Pixels], size: tuple[int, int]
) -> None:
    pixels = draw(*size)
    described = PDQ.describe([pixels])
    bits, quality = reference(pixels)
    differ = np.unpackbits(described.codes[0]) != bits
    assert not (differ & ~undecided(pixels)).any()
    assert abs(int(described.quality[0]) - quality) <= 5  # steps of a regular pattern fall on whole hundredths


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("draw", [noise, text])
def test_it_agrees_within_the_published_tolerance(draw: Callable[[int, int], Pixels], size: tuple[int, int]) -> None:
    apart, quality, _ = bits_apart(draw(*size))
    assert quality >= 80
    assert apart <= TOLERANCE


def test_on_pictures_with_much_to_see_nearly_every_hash_is_the_same(scene: Callable[..., Pixels]) -> None:
    apart = [bits_apart(scene(seed, 144, 256))[0] for seed in range(60)]
    assert np.mean(np.array(apart) == 0) >= 0.95
    assert max(apart) <= 4


@given(height=st.integers(5, 300), width=st.integers(5, 300), seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_it_agrees_for_pictures_of_any_size(height: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (9, 16, 3), dtype=np.uint8))
    pixels = np.asarray(small.resize((width, height), Image.Resampling.BICUBIC))
    described = PDQ.describe([pixels])
    bits, quality = reference(pixels)
    differ = np.unpackbits(described.codes[0]) != bits
    assert not (differ & ~undecided(pixels)).any()
    assert abs(int(described.quality[0]) - quality) <= 1


def brute_sampler(size: int) -> NDArray[np.float64]:
    """The reference's two box passes and its choice of samples, pixel by pixel (downscaling.cpp)."""
    window = (size + 127) // 128
    ahead = (window + 2) // 2 - 1
    box = np.zeros((size, size))
    for pixel in range(size):
        inside = range(max(0, pixel - (window - 1 - ahead)), min(size - 1, pixel + ahead) + 1)
        box[pixel, inside] = 1 / len(inside)
    chosen = [int((sample + 0.5) * size / 64) for sample in range(64)]
    return (box @ box)[chosen]


@pytest.mark.parametrize("size", [5, 6, 37, 63, 64, 65, 127, 128, 129, 200, 288, 511, 512, 1080])
def test_the_sampler_is_two_box_passes_and_a_choice(size: int) -> None:
    np.testing.assert_allclose(_sampler(size), brute_sampler(size), atol=1e-12)


@pytest.mark.parametrize("size", [(4, 100), (100, 4), (1, 1)])
def test_a_picture_too_small_to_describe_has_no_code_and_no_quality(size: tuple[int, int]) -> None:
    described = PDQ.describe([noise(*size)])
    assert not described.codes.any()
    assert described.quality[0] == 0


@pytest.mark.parametrize("colour", [0, 128, 255])
def test_a_picture_of_one_colour_has_no_quality(colour: int) -> None:
    assert PDQ.describe([np.full((120, 200, 3), colour, dtype=np.uint8)]).quality[0] == 0


def test_a_frame_is_described_by_itself(scene: Callable[..., Pixels]) -> None:
    frames = [scene(seed, *size) for seed, size in enumerate([(90, 160), (64, 64), (90, 160), (120, 90)])]
    together = PDQ.describe(frames)
    alone = [PDQ.describe([frame]) for frame in frames]
    np.testing.assert_array_equal(together.codes, np.concatenate([one.codes for one in alone]))
    np.testing.assert_array_equal(together.quality, np.concatenate([one.quality for one in alone]))


def test_a_window_of_a_larger_picture_is_described_like_a_copy_of_it(scene: Callable[..., Pixels]) -> None:
    window = scene(3, 200, 300)[11:150, 7:280]
    np.testing.assert_array_equal(PDQ.describe([window]).codes, PDQ.describe([window.copy()]).codes)


def test_no_frames_give_no_codes() -> None:
    described = PDQ.describe([])
    assert described.codes.shape == (0, 32)
    assert described.quality.shape == (0,)


def test_its_id_names_method_and_version() -> None:
    assert descriptor_id(PDQ) == "pdq-v1"
