# SPDX-License-Identifier: Apache-2.0
"""How much there is to see in a frame: black, one colour, a fade or mere noise look alike in every film.

Counted is the share of the picture in which something begins or ends: a flat drawing has outlines all over, a dark
room has things in it, while a lone title on black fills a few places only. Noise is told by what is left of the
contrast when neighbours are averaged: of a picture most of it, of noise a quarter.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies.descriptor import Pixels

__all__ = ["LEAST_INFORMATION", "information"]

LEAST_INFORMATION: Final = 40
"""Frames with less should not be matched; an actor before an even wall has 50 to 60, a line of text on black 37."""

_POINTS: Final = 160
"""Points looked at along the longer side."""
_PLACE: Final = 8
"""A place is so many points wide and high."""
_FILLED: Final = 3
"""Points of a place (of 64) at which brightness must change, for something to be there."""
_FAINTEST: Final = 3.0
_CLEAREST: Final = 10.0
"""Steps of 255 between neighbours that are a change: a fifth of the picture's own contrast, within these limits."""
_OF_CONTRAST: Final = 0.2
_ENOUGH: Final = 0.5
"""The share of places with something in them from which a frame has all it could have."""
_NOISE: Final = (0.35, 0.6)
"""What averaging leaves of the contrast: at the first it is noise, from the second on a picture."""
_AVERAGED: Final = 4
_FADED: Final = (1.0, 2.5)
"""Contrast (as a standard deviation, in steps of 255) at which nothing is left of a picture that fades, and at which it
is a dark one."""


def information(pixels: Pixels) -> int:
    """0 for a frame that shows nothing to 100 for a full one; below `LEAST_INFORMATION` it could be any film's.

    Takes `(height, width, 3)` of any size; a frame of fewer than two places has none.
    """
    step = max(1, round(max(pixels.shape[:2]) / _POINTS))
    points = pixels[::step, ::step].astype(np.uint16)
    total = points[..., 0] + points[..., 1] + points[..., 1] + points[..., 2]
    bright = total.astype(np.float32) / np.float32(4)
    if min(bright.shape) < _PLACE + 1 or max(bright.shape) < 2 * _PLACE + 1:
        return 0
    contrast = float(bright.std())
    if contrast <= _FADED[0]:
        return 0
    filled = _filled(bright, min(max(_OF_CONTRAST * contrast, _FAINTEST), _CLEAREST))
    left = float(_means(bright, _AVERAGED).std()) / contrast
    picture = float(np.interp(left, _NOISE, (0.0, 1.0)) * np.interp(contrast, _FADED, (0.0, 1.0)))
    return round(100 * picture * math.sqrt(min(1.0, filled / _ENOUGH)))


def _filled(bright: NDArray[np.float32], change: float) -> float:
    """The share of places in which brightness changes by more than `change`."""
    rows, columns = ((side - 1) // _PLACE * _PLACE for side in bright.shape)
    here = bright[:rows, :columns]
    changes = np.abs(bright[:rows, 1 : columns + 1] - here) > change
    changes |= np.abs(bright[1 : rows + 1, :columns] - here) > change
    count = changes.reshape(rows // _PLACE, _PLACE, columns // _PLACE, _PLACE).sum(axis=(1, 3))
    return float((count >= _FILLED).mean())


def _means(bright: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    rows, columns = (length // side for length in bright.shape)
    whole = bright[: rows * side, : columns * side]
    means: NDArray[np.float32] = whole.reshape(rows, side, columns, side).mean(axis=(1, 3))
    return means
