# SPDX-License-Identifier: Apache-2.0
"""The arithmetic of PDQ, written as matrices.

The reference (facebook/ThreatExchange, `pdq/cpp`) takes a picture to luma, blurs it with two passes of box filters
along rows and columns, picks 64 x 64 samples, and takes 16 x 16 frequencies of their cosine transform. Every step is
linear and treats rows and columns apart, so for a picture of a given size all of them together are `A_h @ luma @
A_w.T` with two matrices that depend on nothing but the height and the width, and are nearly empty: a sample is a mean
over a few neighbouring pixels.

They are applied as strips: four samples at a time and only the pixels that these see. Besides doing an eighth of the
work, that keeps each product below the 262,144 multiplications at which OpenBLAS starts threads (`interface/gemm.c`,
SMP_THRESHOLD_MIN x GEMM_MULTITHREAD_THRESHOLD), so that many worker processes on one machine do not fight over its
cores.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["SMALLEST_SIDE", "code_and_quality", "quality_of"]

Float = NDArray[np.float32]
Ints = NDArray[np.int64]

SMALLEST_SIDE: Final = 5
"""Pictures with a side below this have no code (`MIN_HASHABLE_DIM` of the reference)."""

_SAMPLES: Final = 64
_FREQUENCIES: Final = 16
_LUMA: Final = np.array([[0.299], [0.587], [0.114]])
_LOWER_MEDIAN: Final = _FREQUENCIES * _FREQUENCIES // 2 - 1
"""The reference's Torben median of an even count is the lower of the two middle values."""

_STRIP: Final = 4
"""Samples in a strip: 4 x 24 pixels x 1,536 values stays below the limit for threads at 512 x 288."""

_NOTHING: Final = 1e-12
"""What rounding leaves of a sum that should be zero; weights are above a millionth."""

_SIZES_KEPT: Final = 64
"""Trimmed frames come in many sizes; a pair of strip sets takes up to 200 kB, so that all of them stay below 13 MB."""


@dataclass(frozen=True, slots=True)
class _Strip:
    """Weights of a few samples over the run of pixels that they see."""

    first: int
    last: int
    weights: Float


def _window(pixel: Ints, size: int) -> tuple[Ints, Ints]:
    """First and last pixel of the reference's box around each pixel; the box is cut off at the ends."""
    width = (size + 2 * _SAMPLES - 1) // (2 * _SAMPLES)
    ahead = (width + 2) // 2 - 1
    return np.maximum(pixel - (width - 1 - ahead), 0), np.minimum(pixel + ahead, size - 1)


def _sampler(size: int) -> NDArray[np.float64]:
    """Both passes of the box filter and the choice of 64 samples, as one `(64, size)` matrix.

    A sample is the mean over a box of means over boxes: what the k-th pixel of the outer box adds is a constant over
    the k-th inner box, noted where that begins and taken back behind its end, and summed up at last.
    """
    sample = np.arange(_SAMPLES)
    first, last = _window(((sample + 0.5) * size / _SAMPLES).astype(np.int64), size)
    steps = np.zeros((_SAMPLES, size + 1))
    for k in range(int((last - first).max()) + 1):
        pixel = np.minimum(first + k, last)
        begin, end = _window(pixel, size)
        share = np.where(first + k <= last, 1.0 / ((last - first + 1) * (end - begin + 1)), 0.0)
        steps[sample, begin] += share
        steps[sample, end + 1] -= share
    return np.cumsum(steps, axis=1)[:, :-1]


def _strips(size: int) -> list[tuple[int, int, NDArray[np.float64]]]:
    """The sampler cut into strips of samples: first and last pixel that these see, and their weights."""
    matrix = _sampler(size)
    strips = []
    for start in range(0, _SAMPLES, _STRIP):
        rows = matrix[start : start + _STRIP]
        seen = np.flatnonzero(rows.max(axis=0) > _NOTHING)
        first, last = int(seen[0]), int(seen[-1]) + 1
        strips.append((first, last, rows[:, first:last]))
    return strips


@lru_cache(maxsize=_SIZES_KEPT)
def _row_strips(height: int) -> tuple[_Strip, ...]:
    return tuple(
        _Strip(first, last, np.ascontiguousarray(weights, dtype=np.float32)) for first, last, weights in _strips(height)
    )


@lru_cache(maxsize=_SIZES_KEPT)
def _column_strips(width: int) -> tuple[_Strip, ...]:
    """Over the interleaved red, green and blue of a row: the weights of luma are folded in."""
    return tuple(
        _Strip(3 * first, 3 * last, np.kron(weights.T, _LUMA).astype(np.float32))
        for first, last, weights in _strips(width)
    )


def _cosines() -> Float:
    frequency, sample = np.arange(1, _FREQUENCIES + 1), np.arange(_SAMPLES)
    angles = np.pi / (2 * _SAMPLES) * frequency[:, None] * (2 * sample + 1)[None, :]
    cosines: Float = (np.sqrt(2 / _SAMPLES) * np.cos(angles)).astype(np.float32)
    return cosines


_COSINES: Final = _cosines()


def _samples(pixels: NDArray[np.uint8]) -> Float:
    """The 64 x 64 blurred luma of a picture."""
    height, width = pixels.shape[:2]
    rows = pixels.reshape(height, 3 * width).astype(np.float32)
    squeezed = np.empty((_SAMPLES, 3 * width), dtype=np.float32)
    for at, strip in zip(range(0, _SAMPLES, _STRIP), _row_strips(height), strict=True):
        np.matmul(strip.weights, rows[strip.first : strip.last], out=squeezed[at : at + _STRIP])
    samples = np.empty((_SAMPLES, _SAMPLES), dtype=np.float32)
    for at, strip in zip(range(0, _SAMPLES, _STRIP), _column_strips(width), strict=True):
        samples[:, at : at + _STRIP] = squeezed[:, strip.first : strip.last] @ strip.weights
    return samples


def quality_of(samples: Float) -> int:
    """The reference's measure: the sum of the steps between neighbouring samples, in whole hundredths of the range."""
    percent = np.float32(100) / np.float32(255)
    down = np.trunc((samples[1:] - samples[:-1]) * percent)
    across = np.trunc((samples[:, 1:] - samples[:, :-1]) * percent)
    return min(int(np.abs(down).sum() + np.abs(across).sum()) // 90, 100)


def code_and_quality(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], int]:
    """The 32 bytes of one picture's hash, in the order of PDQ's hexadecimal text, and its quality."""
    if min(pixels.shape[:2]) < SMALLEST_SIDE:
        return np.zeros(_FREQUENCIES * _FREQUENCIES // 8, dtype=np.uint8), 0
    samples = _samples(pixels)
    spectrum = (_COSINES @ samples @ _COSINES.T).ravel()
    median = np.partition(spectrum, _LOWER_MEDIAN)[_LOWER_MEDIAN]
    return np.packbits((spectrum > median)[::-1]), quality_of(samples)
