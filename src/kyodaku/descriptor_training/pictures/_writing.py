# SPDX-License-Identifier: Apache-2.0
"""Writing that nobody can read: two made-up scripts, one like an alphabet, one of dense square signs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from kyodaku.descriptor_training.pictures._canvas import SUBPIXEL, Colour, Picture, Points, Rng, chance, fixed

__all__ = ["Lettering", "Script", "lettering", "make_script", "write"]

Sign: TypeAlias = list[Points]  # strokes within a box of width 0.62 (letters) or 0.9 (square signs) and height 1

LINE_HEIGHT = 1.4


@dataclass(frozen=True, slots=True)
class Script:
    """Some signs; `advance` is the width that one takes, in units of its height."""

    signs: tuple[Sign, ...]
    advance: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Lettering:
    """How a text stands in a picture: height of a sign and place of the first line in pixels."""

    size: float
    lines: int
    top: float
    centred: bool
    weight: float  # thickness of a stroke in units of the size


def make_script(rng: Rng, signs: int) -> Script:
    """A script of so many signs: letters or, less often, square ones."""
    if chance(rng, 0.6):
        return Script(tuple(_letter(rng) for _ in range(signs)), 0.8)
    return Script(tuple(_square_sign(rng) for _ in range(signs)), 1.08)


def _letter(rng: Rng) -> Sign:
    sign: Sign = []
    for _ in range(rng.integers(1, 4)):
        if chance(rng, 0.4):
            centre, start = rng.integers(1, 4, 2) / 4 * [0.62, 1], rng.uniform(0, 2 * math.pi)
            angle = np.linspace(start, start + rng.uniform(2, 2 * math.pi), 9)
            sign.append(centre + np.stack([np.cos(angle) * 0.3, np.sin(angle) * rng.uniform(0.2, 0.5)], -1))
        else:
            sign.append(rng.integers(0, 5, (rng.integers(2, 5), 2)) / 4 * [0.62, 1])
    return sign


def _square_sign(rng: Rng) -> Sign:
    """Four to nine strokes in a square: bars, pillars, boxes, sweeps and dots."""
    sign: Sign = []
    for _ in range(rng.integers(4, 10)):
        (x0, x1), (y0, y1) = np.sort(rng.integers(0, 6, (2, 2)) / 5, axis=1) * 0.9
        kind = rng.integers(6)
        if kind < 2:
            sign.append(np.array([[min(x0, 0.36), y0], [max(x1, 0.54), y0]]))
        elif kind == 2:
            sign.append(np.array([[x0, min(y0, 0.36)], [x0, max(y1, 0.54)]]))
        elif kind == 3:
            sign.append(np.array([[x0, y0], [x1 + 0.15, y0], [x1 + 0.15, y1 + 0.15], [x0, y1 + 0.15], [x0, y0]]))
        elif kind == 4:
            sign.append(np.array([[x1, y0], [(x0 + x1) / 2, (y0 + y1) / 2 + 0.1], [x0, y1 + 0.1]]))
        else:
            sign.append(np.array([[x0, y0], [x0 + 0.12, y0 + 0.14]]))
    return sign


def lettering(rng: Rng, height: int) -> Lettering:
    """One to three lines of small or medium text, somewhere."""
    size, lines = height * rng.uniform(0.03, 0.14), int(rng.integers(1, 4))
    return Lettering(
        size=size,
        lines=lines,
        top=rng.uniform(0, max(1, height - size * LINE_HEIGHT * lines)),
        centred=chance(rng, 0.6),
        weight=rng.uniform(0.07, 0.2),
    )


def write(
    canvas: Picture,
    rng: Rng,
    script: Script,
    how: Lettering,
    *,
    tint: Colour,
    edge: Colour | None = None,
    box: Colour | None = None,
) -> None:
    """Write a text on a picture of any size; `edge` runs around the strokes, `box` lies under each line."""
    width = canvas.shape[1]
    thickness = max(1, int(how.size * how.weight))
    step = script.advance * how.size
    for number in range(how.lines):
        count = int(rng.integers(3, max(4, int(0.95 * width / step))))
        left = (width - count * step) / 2 if how.centred else rng.uniform(0, max(1, width - count * step))
        top = how.top + number * how.size * LINE_HEIGHT
        strokes = _line(rng, script, how.size, count, np.array([left, top]))
        if box is not None:
            corner = (int(left - how.size * 0.3), int(top - how.size * 0.2))
            cv2.rectangle(canvas, corner, (int(left + (count + 0.1) * step), int(top + how.size * 1.2)), box, -1)
        if edge is not None:
            cv2.polylines(canvas, strokes, False, edge, thickness + max(2, thickness), cv2.LINE_AA, SUBPIXEL)  # noqa: FBT003
        cv2.polylines(canvas, strokes, False, tint, thickness, cv2.LINE_AA, SUBPIXEL)  # noqa: FBT003


def _line(rng: Rng, script: Script, size: float, count: int, start: NDArray[np.float64]) -> list[NDArray[np.int32]]:
    strokes = []
    for place in range(count):
        if chance(rng, 0.14):
            continue  # a gap between words
        origin = start + np.array([place * script.advance * size, 0])
        sign = script.signs[rng.integers(len(script.signs))]
        strokes += [fixed(stroke * size + origin) for stroke in sign]
    return strokes
