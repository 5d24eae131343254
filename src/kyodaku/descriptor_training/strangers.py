# SPDX-License-Identifier: Apache-2.0
"""Pictures for the bank of strangers: what a frame may be like although it is a copy of none of them.

Half are plain: a few flat shapes on an even, shaded or rippled ground. The network was not trained on such pictures and
describes them all rather alike, so that two of them that have nothing to do with each other look like edits of one.
The others are pictures as in training, whole or cut down to a part, for that is how a query is looked at.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from kyodaku.descriptor_training.pictures import Picture, Rng, picture
from kyodaku.descriptor_training.pictures._canvas import CANVAS, Points, U, V, chance, clip8, one_of
from kyodaku.descriptor_training.pictures._shapes import ellipse, fill, line, shape

__all__ = ["stranger"]

_KINDS: Final = 4
_PART: Final = (0.3, 0.6)
"""Of the sides: what is left of a picture of which a part is shown."""
_MOST_SHAPES: Final = 14
_SIZES: Final = (8.0, 72.0)
"""Radii in pixels of the canvas."""


def stranger(seed: int, number: int) -> Picture:
    """One of endlessly many, `(side, side, 3)`: in turns a whole picture, a part of one, and two plain ones."""
    rng = np.random.default_rng([seed, 0x57A, number])
    kind = number % _KINDS
    if kind > 1:
        return _plain(rng)
    drawn = picture(seed, number)
    return _part(rng, drawn) if kind else drawn


def _part(rng: Rng, drawn: Picture) -> Picture:
    side = round(len(drawn) * rng.uniform(*_PART))
    top, left = rng.integers(0, len(drawn) - side, 2)
    return np.ascontiguousarray(drawn[top : top + side, left : left + side])


def _plain(rng: Rng) -> Picture:
    canvas = _ground(rng)
    for _ in range(int(rng.integers(1, _MOST_SHAPES))):
        points, tint = _outline(rng), _tint(rng)
        if chance(rng, 0.12):
            line(canvas, points[:2], tint, int(rng.integers(1, 16)))
        else:
            fill(canvas, points, tint)
    return canvas


def _ground(rng: Rng) -> Picture:
    """Shaded from corner to corner, of a few colours side by side, rippled, or even."""
    kind = one_of(rng, (0.5, 0.15, 0.2, 0.15))
    if kind == 2:
        return _ripples(rng)
    count = int(rng.integers(2, 5)) if kind < 2 else 1
    few = rng.integers(0, 256, (count, count, 3)).astype(np.uint8)
    how = cv2.INTER_CUBIC if kind == 0 else cv2.INTER_NEAREST
    return np.ascontiguousarray(np.asarray(cv2.resize(few, (CANVAS, CANVAS), interpolation=how), np.uint8))


def _ripples(rng: Rng) -> Picture:
    ground = np.full((CANVAS, CANVAS, 3), rng.uniform(60, 190, 3))
    for _ in range(int(rng.integers(2, 8))):
        along, across, phase = rng.uniform((-9, -9, 0), (9, 9, 2 * np.pi))
        wave = np.sin(2 * np.pi * (along * U + across * V) + phase)
        ground += rng.uniform(5, 35, 3) * wave[..., None]
    return clip8(ground)


def _outline(rng: Rng) -> Points:
    """Of an upright ellipse or box, or of anything."""
    x, y = rng.uniform(0, CANVAS, 2)
    width = rng.uniform(*_SIZES)
    height = width * rng.uniform(0.3, 1.5)
    kind = one_of(rng, (0.35, 0.3, 0.35))
    if kind == 0:
        return ellipse(x, y, width, height)
    if kind == 1:
        return np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1]]) * [width, height] + [x, y]
    return shape(rng) * width + [x, y]


def _tint(rng: Rng) -> tuple[float, float, float]:
    red, green, blue = rng.uniform(0, 255, 3).tolist()
    return red, green, blue
