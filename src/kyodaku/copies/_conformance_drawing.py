# SPDX-License-Identifier: Apache-2.0
"""Pictures and films for conformance: drawn in whole numbers from SHAKE-256, the same on every machine for ever."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies.descriptor import Pixels

__all__ = ["PICTURES", "Drawn", "draw", "draw_film", "noise"]

Ints = NDArray[np.int64]

_SHAPES: Final = 9
_BLOCK: Final = 8
"""Pixels; grain comes in blocks, so that it does not vanish when the picture is made smaller."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture to be drawn."""

    name: str
    width: int
    height: int
    seed: int


PICTURES: Final = (
    Drawn("wide", 512, 288, 0),
    Drawn("tall", 288, 512, 1),
    Drawn("square", 256, 256, 1),
    Drawn("old", 480, 360, 4),
    Drawn("scope", 512, 214, 1),
    Drawn("full", 1920, 1080, 0),
    Drawn("odd", 131, 97, 1),
    Drawn("small", 64, 48, 1),
    Drawn("input", 128, 128, 0),
    Drawn("strip", 400, 60, 0),
)
"""Seeds are chosen so that no bit of PDQ hangs on rounding (`tests/copies/test_conformance.py`)."""


def noise(name: str, count: int) -> NDArray[np.uint8]:
    """So many bytes, drawn from a name."""
    return np.frombuffer(hashlib.shake_256(f"kyodaku conformance {name}".encode()).digest(count), dtype=np.uint8)


def draw(picture: Drawn) -> Pixels:
    """A slope of four colours, some rectangles and discs, and grain."""
    numbers = noise(f"{picture.name} {picture.seed}", 12 + 8 * _SHAPES).astype(np.int64)
    pixels = _slope(numbers[:12].reshape(4, 3), picture.height, picture.width)
    for shape in numbers[12:].reshape(_SHAPES, 8):
        _paint(pixels, shape, 0)
    return _grained(pixels, picture.name)


def draw_film(name: str, frames: int, *, width: int = 256, height: int = 144, first: int = 0) -> list[Pixels]:
    """Frames from number `first` on of a film with a cut every eight frames, between which its shapes wander."""
    return [_frame(name, number, width, height) for number in range(first, first + frames)]


def _frame(name: str, number: int, width: int, height: int) -> Pixels:
    scene, moment = divmod(number, 8)
    numbers = noise(f"{name} {scene}", 12 + 8 * _SHAPES).astype(np.int64)
    pixels = _slope(numbers[:12].reshape(4, 3), height, width)
    for shape in numbers[12:].reshape(_SHAPES, 8):
        _paint(pixels, shape, moment)
    return pixels.astype(np.uint8)


def _slope(corners: Ints, height: int, width: int) -> Ints:
    """The colours of four corners, and between them in proportion."""
    y, x = np.arange(height)[:, None, None], np.arange(width)[None, :, None]
    top = corners[0] * (width - x) + corners[1] * x
    bottom = corners[2] * (width - x) + corners[3] * x
    slope: Ints = (top * (height - y) + bottom * y) // (width * height)
    return slope


def _paint(pixels: Ints, shape: Ints, moment: int) -> None:
    """One rectangle or disc; place and size in 256ths of the picture's sides, wandering with the moment."""
    height, width = pixels.shape[:2]
    kind, across, down, size, *colour = (int(number) for number in shape[:7])
    across, down = (across + moment * (size % 9 - 4)) % 256, (down + moment * (kind % 7 - 3)) % 256
    reach = (16 + size // 3) * min(height, width) // 256
    x, y = np.arange(width)[None, :] - across * width // 256, np.arange(height)[:, None] - down * height // 256
    inside = x * x + y * y < reach * reach if kind % 2 else (abs(x) < reach) & (abs(y) < reach * 2 // 3)
    pixels[inside] = colour


def _grained(pixels: Ints, name: str) -> Pixels:
    height, width = pixels.shape[:2]
    rows, columns = -(-height // _BLOCK), -(-width // _BLOCK)
    grain = noise(f"{name} grain", rows * columns).reshape(rows, columns).astype(np.int64) // 16 - 8
    grain = grain.repeat(_BLOCK, axis=0).repeat(_BLOCK, axis=1)[:height, :width]
    grained: Pixels = np.clip(pixels + grain[:, :, None], 0, 255).astype(np.uint8)
    return grained
