# SPDX-License-Identifier: Apache-2.0
"""From the canvas to the finished picture: framing, light, exposure and grain."""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np

from kyodaku.descriptor_training.pictures._canvas import CANVAS, Field, Picture, Rng, U, V, chance, clip8, one_of

__all__ = ["SIDE", "photograph"]

SIDE: Final = 192  # side of a finished picture; room to crop from for a network that sees 128

_X = np.asarray(cv2.resize(U, (SIDE, SIDE)), np.float32)
_Y = np.asarray(cv2.resize(V, (SIDE, SIDE)), np.float32)


def photograph(rng: Rng, canvas: Picture) -> Picture:
    """The canvas as a camera might bring it home."""
    picture = _framed(rng, canvas)
    if chance(rng, 0.45):
        picture = clip8(picture * _light(rng)[..., None])
    picture = np.asarray(cv2.LUT(picture, _exposure(rng)), np.uint8)
    mood = one_of(rng, (0.91, 0.06, 0.03))
    if mood == 1:
        picture = _night(rng, picture)
    elif mood == 2:
        picture = _fade(rng, picture)
    if chance(rng, 0.2):
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.6)), np.uint8)
    if chance(rng, 0.25):
        grain = rng.standard_normal(picture.shape, np.float32) * np.float32(rng.uniform(1, 7))
        picture = clip8(picture + grain)
    if chance(rng, 0.07):
        picture = np.asarray(cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)
    return picture


def _framed(rng: Rng, canvas: Picture) -> Picture:
    centre = (CANVAS / 2 + rng.normal(0, 10), CANVAS / 2 + rng.normal(0, 10))
    angle = math.degrees(rng.normal(0, 0.06)) if chance(rng, 0.6) else 0.0
    frame = cv2.getRotationMatrix2D(centre, angle, rng.uniform(1.0, 1.4) * 1.03)
    frame[0] *= math.exp(rng.normal(0, 0.12))
    turned = cv2.warpAffine(canvas, frame, (CANVAS, CANVAS), borderMode=cv2.BORDER_REFLECT)
    return np.asarray(cv2.resize(turned, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def _light(rng: Rng) -> Field:
    """Factors of brightness: a vignette, light from one side, or patches."""
    kind = one_of(rng, (0.4, 0.4, 0.2))
    if kind == 0:
        x, y = rng.uniform(-0.4, 0.4, 2)
        factors = 1 - rng.uniform(0.3, 1.6) * ((_X - x) ** 2 + (_Y - y) ** 2)
    elif kind == 1:
        angle = rng.uniform(0, 2 * math.pi)
        factors = 1 + rng.uniform(0.2, 1.2) * (_X * math.cos(angle) + _Y * math.sin(angle))
    else:
        patches = rng.random((int(rng.integers(2, 6)), int(rng.integers(2, 6))), np.float32)
        factors = cv2.resize(patches, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) * rng.uniform(0.3, 1.0) + 0.5
    return np.asarray(np.clip(factors, 0.05, 2), np.float32)


def _exposure(rng: Rng) -> Picture:
    """A table of tones: gamma, contrast, brightness; sometimes washed out."""
    gamma, contrast, lift = math.exp(rng.normal(0, 0.25)), math.exp(rng.normal(0.1, 0.25)), rng.normal(0, 10)
    if chance(rng, 0.08):
        contrast *= rng.uniform(0.25, 0.6)
        lift -= rng.uniform(0, 40)
    return clip8((((np.arange(256) / 255) ** gamma - 0.5) * contrast + 0.5) * 255 + lift)


def _night(rng: Rng, picture: Picture) -> Picture:
    """Low key: nearly all in the dark, often bluish, with one lit place."""
    x, y = rng.uniform(-0.4, 0.4, 2)
    lit = np.exp(-((_X - x) ** 2 + (_Y - y) ** 2) / rng.uniform(0.01, 0.15)) * rng.uniform(0.1, 0.9)
    factors = np.clip(rng.uniform(0.06, 0.3) + lit, 0, 1)[..., None]
    cast = np.array([1.0, 1.0, 1.0]) if chance(rng, 0.5) else np.array([0.7, 0.85, 1.15])
    return clip8(picture * factors * cast)


def _fade(rng: Rng, picture: Picture) -> Picture:
    """On the way from or to black or white."""
    strength = rng.uniform(0.45, 0.85)
    return clip8(picture * (1 - strength) + (0.0 if chance(rng, 0.6) else 255.0) * strength)
