# SPDX-License-Identifier: Apache-2.0
"""Where a picture ends up in a copy: cut, turned, squeezed, mirrored, framed, inset, beside another."""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from kyodaku.descriptor_training.pictures import Picture, Rng
from kyodaku.descriptor_training.pictures._canvas import chance

__all__ = ["INPUT", "placed"]

INPUT: Final = 128  # side of what the network sees
_SHORTEST: Final = 0.4  # the share of each side that the narrowest cut keeps
_UPRIGHT: Final = 0.1  # how often a strong view is cut as a wide film is for an upright screen

Corners = NDArray[np.float32]  # four of (x, y), clockwise from the upper left
Box = tuple[int, int, int, int]  # x, y, width, height


def placed(rng: Rng, picture: Picture, other: Picture, *, strong: bool) -> Picture:
    """The picture as a copy shows it, `INPUT` pixels square; `other` is what may surround it."""
    taken = _taken(rng, picture, strong=strong)
    box = _box(rng) if strong else (0, 0, INPUT, INPUT)
    if box == (0, 0, INPUT, INPUT):
        edge = cv2.BORDER_REPLICATE if chance(rng, 0.5) else cv2.BORDER_CONSTANT
        return _warped(picture, taken, box, edge)
    ground = _ground(rng, picture, other)
    x, y, width, height = box
    inside = _warped(picture, taken, box, cv2.BORDER_REPLICATE)
    ground[y : y + height, x : x + width] = inside[y : y + height, x : x + width]
    return ground


def _taken(rng: Rng, picture: Picture, *, strong: bool) -> Corners:
    """The part of the picture that is shown."""
    height, width = picture.shape[:2]
    across, down = _shares(rng, strong=strong)
    left, top = rng.uniform(0, 1 - across) * width, rng.uniform(0, 1 - down) * height
    across, down = across * width, down * height
    corners = np.array(
        [[left, top], [left + across, top], [left + across, top + down], [left, top + down]], dtype=np.float64
    )
    if strong:
        if chance(rng, 0.25):
            corners = _turned(corners, math.radians(rng.normal(0, 7)))
        if chance(rng, 0.22):
            corners = corners + rng.normal(0, 0.06, (4, 2)) * [across, down]
        if chance(rng, 0.4):
            corners = corners[[1, 0, 3, 2]]
    return corners.astype(np.float32)


def _shares(rng: Rng, *, strong: bool) -> tuple[float, float]:
    """Which shares of the width and the height are kept."""
    if not strong:
        return tuple(rng.uniform(0.93, 1, 2)) if chance(rng, 0.5) else (1.0, 1.0)
    if chance(rng, 0.2):
        return 1.0, 1.0
    if chance(rng, _UPRIGHT):
        return rng.uniform(0.3, 0.6), rng.uniform(0.85, 1.0)
    area = rng.uniform(_SHORTEST, 1.0) ** 2
    aspect = math.exp(rng.normal(0, 0.18))
    return min(1.0, math.sqrt(area * aspect)), min(1.0, math.sqrt(area / aspect))


def _turned(corners: NDArray[np.float64], angle: float) -> NDArray[np.float64]:
    centre = corners.mean(axis=0)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    turned: NDArray[np.float64] = (corners - centre) @ turn.T + centre
    return turned


def _box(rng: Rng) -> Box:
    """Where in the copy the picture lies: all of it, an inset, within bars or a frame, one side of a split screen."""
    kind = rng.random()
    if kind < 0.22:
        area, aspect = rng.uniform(0.15, 0.75), math.exp(rng.normal(0, 0.2))
        width, height = (min(INPUT, round(INPUT * math.sqrt(share))) for share in (area * aspect, area / aspect))
    elif kind < 0.3:
        width, height = INPUT, round(INPUT * rng.uniform(0.55, 0.95))
        return 0, (INPUT - height) // 2, width, height
    elif kind < 0.36:
        width = round(INPUT * rng.uniform(0.4, 0.95))
        return (INPUT - width) // 2, 0, width, INPUT
    elif kind < 0.42:
        width, height = (round(INPUT * share) for share in rng.uniform(0.6, 0.97, 2))
    elif kind < 0.48:
        half, first = INPUT // 2, chance(rng, 0.5)
        return (0 if first else half, 0, half, INPUT) if chance(rng, 0.5) else (0, 0 if first else half, INPUT, half)
    else:
        return 0, 0, INPUT, INPUT
    return int(rng.uniform(0, INPUT - width)), int(rng.uniform(0, INPUT - height)), width, height


def _ground(rng: Rng, picture: Picture, other: Picture) -> Picture:
    """What surrounds it: black, a colour, the picture itself blurred, another film."""
    kind = rng.random()
    if kind < 0.4:
        ground = np.zeros((INPUT, INPUT, 3), np.uint8)
        if kind > 0.22:
            ground[:] = rng.integers(0, 256, 3)
        return ground
    if kind < 0.6:
        small = cv2.resize(picture, (INPUT // 4, INPUT // 4), interpolation=cv2.INTER_AREA)
        blurred = cv2.GaussianBlur(small, (0, 0), rng.uniform(0.8, 2.3))
        return np.asarray(cv2.resize(blurred, (INPUT, INPUT)), np.uint8)
    return np.asarray(cv2.resize(other, (INPUT, INPUT), interpolation=cv2.INTER_LINEAR), np.uint8).copy()


def _warped(picture: Picture, taken: Corners, box: Box, edge: int) -> Picture:
    x, y, width, height = box
    to = np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], dtype=np.float32)
    how = cv2.getPerspectiveTransform(taken, to)
    shown = cv2.warpPerspective(picture, how, (INPUT, INPUT), flags=cv2.INTER_LINEAR, borderMode=edge)
    return np.asarray(shown, np.uint8)
