# SPDX-License-Identifier: Apache-2.0
"""The paper everything is drawn on: its size, its coordinates, and colours that go together."""

from __future__ import annotations

import math
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CANVAS",
    "SUBPIXEL",
    "Colour",
    "Field",
    "Palette",
    "Picture",
    "Points",
    "Rng",
    "U",
    "V",
    "chance",
    "clip8",
    "colour",
    "direction",
    "fixed",
    "one_of",
    "palette",
    "ramp",
    "solid",
    "turn",
    "unit",
]

Rng: TypeAlias = np.random.Generator
Picture: TypeAlias = NDArray[np.uint8]  # height, width, RGB
Field: TypeAlias = NDArray[np.float32]  # height, width
Points: TypeAlias = NDArray[np.float64]  # corners, (x, y)
Palette: TypeAlias = NDArray[np.float32]  # colours, RGB 0..255
Colour: TypeAlias = tuple[float, float, float]

CANVAS: Final = 256  # side of the working canvas; pictures leave smaller, so that edges are smooth
SUBPIXEL: Final = 4  # binary digits behind the point in the corners handed to OpenCV

V, U = np.mgrid[0:CANVAS, 0:CANVAS].astype(np.float32) / CANVAS - 0.5


def chance(rng: Rng, probability: float) -> bool:
    """True as often as `probability` says."""
    return bool(rng.random() < probability)


def one_of(rng: Rng, weights: tuple[float, ...]) -> int:
    """An index into `weights`, drawn by weight; they need not add up to 1."""
    left = rng.random() * sum(weights)
    for index, weight in enumerate(weights):
        left -= weight
        if left < 0:
            return index
    return len(weights) - 1


def clip8(values: NDArray[np.floating]) -> Picture:
    """Any numbers as bytes."""
    bounded: Picture = np.clip(values, 0, 255).astype(np.uint8)
    return bounded


def fixed(points: Points) -> NDArray[np.int32]:
    """Corners as OpenCV wants them with `shift=SUBPIXEL`."""
    return np.round(points * (1 << SUBPIXEL)).astype(np.int32)


def turn(angle: float) -> NDArray[np.float64]:
    """A matrix that turns points by `angle` (radians) when it stands at their right."""
    return np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])


def direction(angle: float) -> Field:
    """A field that rises from about -0.5 to 0.5 along `angle` (radians)."""
    return np.asarray(U * np.float32(math.cos(angle)) + V * np.float32(math.sin(angle)))


def unit(field: Field) -> Field:
    """A field stretched to 0..1."""
    low, high = field.min(), field.max()
    return np.asarray((field - low) / (high - low + 1e-6), np.float32)


def palette(rng: Rng) -> Palette:
    """Three to eight colours: neighbours on the colour wheel, two opposite groups, or anything."""
    count = int(rng.integers(3, 9))
    base, scheme = rng.random(), rng.random()
    if scheme < 0.35:
        hue = (base + rng.normal(0, 0.06, count)) % 1
    elif scheme < 0.6:
        hue = (base + np.where(rng.random(count) < 0.5, 0, 0.5) + rng.normal(0, 0.05, count)) % 1
    else:
        hue = rng.random(count)
    saturation = np.clip(rng.beta(1.2, 1.8, count) * rng.uniform(0.2, 1.3), 0, 1)
    value = np.clip(rng.beta(1.5, 0.95, count) * rng.uniform(0.65, 1.15), 0.02, 1)
    hsv = np.stack([hue * 179, saturation * 255, value * 255], -1).astype(np.uint8)[None]
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0], np.float32)


def colour(rng: Rng, colours: Palette) -> Colour:
    """One of the palette's colours, a little off."""
    base = colours[rng.integers(len(colours))]
    red, green, blue = np.clip(base + rng.normal(0, 10, 3), 0, 255).tolist()
    return red, green, blue


def ramp(rng: Rng, colours: Palette, field: NDArray[np.floating]) -> Picture:
    """A field of 0..1 as a picture: two to four colours of the palette, blended in between."""
    stops = np.array([colour(rng, colours) for _ in range(rng.integers(2, 5))])
    place = np.linspace(0, len(stops) - 1, 256)
    low = np.clip(place.astype(int), 0, len(stops) - 2)
    blend = (place - low)[:, None]
    table = clip8(stops[low] * (1 - blend) + stops[low + 1] * blend)
    return np.asarray(table[np.clip(field * 255, 0, 255).astype(np.uint8)])


def solid(tint: Colour, side: int = CANVAS) -> Picture:
    """A plain square."""
    canvas = np.empty((side, side, 3), np.uint8)
    canvas[:] = clip8(np.array(tint))
    return canvas
