# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PLR0917 - places and sizes are given in their order, as in every drawing library
"""What a scene is made with: canvases measured in picture units, a camera, chance that is always the same.

A picture is 640 x 360 units whatever its size in pixels. Scenes are painted larger than shown and shot by a camera that
pans and zooms, which also smooths the edges.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from kyodaku.demo.art import light
from kyodaku.demo.art.brush import Brush, Colour, rgb

__all__ = ["HEIGHT", "WIDTH", "Draw", "Kit", "Scene", "ease", "lerp", "pulse"]

WIDTH, HEIGHT = 640, 360

Draw = Callable[[float], Image.Image]
"""Gives the finished picture at so many seconds into the scene."""


def ease(t: float, start: float, end: float) -> float:
    """0 before `start`, 1 after `end`, and a soft way between; a step at `start` if there is no time between."""
    share = min(1.0, max(0.0, (t - start) / max(end - start, 1e-6)))
    return share * share * (3 - 2 * share)


def lerp(a: float, b: float, share: float) -> float:
    """The value `share` of the way from `a` to `b`."""
    return a + (b - a) * share


def pulse(t: float, speed: float, low: float = 0.0, high: float = 1.0, phase: float = 0.0) -> float:
    """Up and down between `low` and `high`, `speed` times a second."""
    return lerp(low, high, 0.5 + 0.5 * math.sin(math.tau * speed * t + phase))


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """One shot of a film: how long, and what makes its pictures."""

    seconds: float
    build: Callable[[Kit], Draw]


@dataclass(frozen=True, kw_only=True, slots=True)
class Kit:
    """Sizes in pixels, the length of the scene, and its seed."""

    width: int = WIDTH
    height: int = HEIGHT
    oversample: float = 2.0
    seconds: float = 4.0
    seed: str = ""

    @property
    def ppu(self) -> float:
        """Pixels of a canvas to one unit."""
        return self.width / WIDTH * self.oversample

    def chance(self, name: str = "") -> np.random.Generator:
        """The same numbers each time for this scene and name."""
        return np.random.default_rng(zlib.crc32(f"{self.seed}/{name}".encode()))

    def canvas(self, colour: Colour | None = None, *, w: float = WIDTH, h: float = HEIGHT) -> Image.Image:
        """An empty canvas of `w` x `h` units; without a colour it is transparent."""
        size = (round(w * self.ppu), round(h * self.ppu))
        return Image.new("RGBA", size, (0, 0, 0, 0)) if colour is None else Image.new("RGB", size, rgb(colour)[:3])

    def sky(self, *stops: tuple[float, Colour], w: float = WIDTH, h: float = HEIGHT) -> Image.Image:
        """A canvas with colours from top to bottom."""
        return light.gradient((round(w * self.ppu), round(h * self.ppu)), stops)

    def brush(self, image: Image.Image) -> Brush:
        """A brush that draws on the canvas in units."""
        return Brush(image, self.ppu)

    def lay(self, picture: Image.Image, layer: Image.Image, x: float = 0.0, y: float = 0.0) -> None:
        """Put a transparent layer on a picture, moved by units."""
        picture.paste(layer, (round(x * self.ppu), round(y * self.ppu)), layer)

    def glow(
        self, picture: Image.Image, x: float, y: float, radius: float, colour: Colour, strength: float = 1.0
    ) -> None:
        """Add a round light at a place in units."""
        light.glow(picture, x * self.ppu, y * self.ppu, radius * self.ppu, colour, strength)

    def shoot(
        self, picture: Image.Image, x: float = WIDTH / 2, y: float = HEIGHT / 2, zoom: float = 1.0
    ) -> Image.Image:
        """What the camera sees that looks at `(x, y)`; it never looks beyond the canvas."""
        w, h = WIDTH / zoom * self.ppu, HEIGHT / zoom * self.ppu
        left = min(max(0.0, x * self.ppu - w / 2), picture.width - w)
        top = min(max(0.0, y * self.ppu - h / 2), picture.height - h)
        box = (max(0.0, left), max(0.0, top), left + w, top + h)
        return picture.resize((self.width, self.height), Image.Resampling.BOX, box=box)
