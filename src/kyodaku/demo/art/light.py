# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PLR0917 - places and sizes are given in their order, as in every drawing library
"""Colour gradients and light that is added to a picture: skies, glows, beams, vignettes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

from kyodaku.demo.art.brush import Colour, rgb

__all__ = ["add", "fade", "glow", "gradient", "haze", "tint", "vignette"]

Stops = Sequence[tuple[float, Colour]]


def gradient(size: tuple[int, int], stops: Stops) -> Image.Image:
    """Colours from top (0) to bottom (1), lightly dithered against banding."""
    width, height = size
    at = np.linspace(0, 1, height)
    places = [place for place, _ in stops]
    column = np.stack([np.interp(at, places, [rgb(c)[i] for _, c in stops]) for i in range(3)], axis=1)
    grain = np.random.default_rng(1).uniform(-0.9, 0.9, (height, width, 1))
    return Image.fromarray(np.clip(column[:, None, :] + grain + 0.5, 0, 255).astype(np.uint8), "RGB")


GLOW_GRAIN = 192
"""Side in pixels of the small picture from which a glow of any size is enlarged: it has no detail to lose."""


@lru_cache(256)
def _sprite(colour: Colour, strength: float) -> Image.Image:
    """A round light that fades to black at the border."""
    span = np.linspace(-1, 1, GLOW_GRAIN)
    level = np.clip(1 - np.hypot(span[None, :], span[:, None]), 0, 1) ** 2 * strength
    return Image.fromarray(np.clip(level[..., None] * np.array(rgb(colour)[:3]), 0, 255).astype(np.uint8), "RGB")


def add(picture: Image.Image, light: Image.Image, x: int, y: int) -> None:
    """Screen `light` onto the picture with its top left at `(x, y)`, cut at the borders."""
    left, top = max(0, x), max(0, y)
    right, bottom = min(picture.width, x + light.width), min(picture.height, y + light.height)
    if right > left and bottom > top:
        part = light.crop((left - x, top - y, right - x, bottom - y))
        picture.paste(ImageChops.screen(picture.crop((left, top, right, bottom)), part), (left, top))


def glow(picture: Image.Image, x: float, y: float, radius: float, colour: Colour, strength: float = 1.0) -> None:
    """Add a round light; positions and radius in pixels."""
    side = max(4, round(2 * radius))
    sprite = _sprite(colour, round(max(0.0, strength), 2)).resize((side, side), Image.Resampling.BILINEAR)
    add(picture, sprite, round(x - radius), round(y - radius))


def haze(picture: Image.Image, radius: float, share: float) -> Image.Image:
    """Bright parts bleed into their surroundings, as on film."""
    small = picture.reduce(4).filter(ImageFilter.GaussianBlur(radius / 4))
    return ImageChops.screen(picture, small.resize(picture.size, Image.Resampling.BILINEAR).point(lambda v: v * share))


def fade(picture: Image.Image, colour: Colour, share: float) -> Image.Image:
    """Mix the whole picture with one colour."""
    return Image.blend(picture, Image.new("RGB", picture.size, rgb(colour)[:3]), min(1.0, max(0.0, share)))


def tint(picture: Image.Image, colour: Colour) -> Image.Image:
    """Multiply the whole picture by a colour: night, dusk, lantern light."""
    return ImageChops.multiply(picture, Image.new("RGB", picture.size, rgb(colour)[:3]))


@lru_cache(8)
def _vignette(size: tuple[int, int], depth: float) -> Image.Image:
    across, down = np.linspace(-1, 1, size[0]), np.linspace(-1, 1, size[1])
    level: NDArray[np.float64] = 255 * (1 - depth * np.clip(np.hypot(across[None, :], down[:, None]) - 0.55, 0, 1))
    return Image.fromarray(np.repeat(level[..., None], 3, axis=2).astype(np.uint8), "RGB")


def vignette(picture: Image.Image, depth: float = 0.5) -> Image.Image:
    """Darker corners."""
    return ImageChops.multiply(picture, _vignette(picture.size, depth))
