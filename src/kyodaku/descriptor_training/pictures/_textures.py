# SPDX-License-Identifier: Apache-2.0
"""Surfaces: noise, flows, cells, stripes, gradients and clouds, all from formulas."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from kyodaku.descriptor_training.pictures._canvas import (
    CANVAS,
    Field,
    Palette,
    Picture,
    Rng,
    U,
    V,
    chance,
    clip8,
    colour,
    direction,
    one_of,
    palette,
    ramp,
    solid,
    unit,
)

__all__ = ["TexturePool", "clouds", "flow", "gradient", "texture"]

_FREQUENCY: Final = np.fft.fftfreq(CANVAS).astype(np.float32)


def texture(rng: Rng, colours: Palette) -> Picture:
    """Some surface in the colours of a palette."""
    return _KINDS[one_of(rng, _WEIGHTS)](rng, colours)


class TexturePool:
    """A stock of surfaces that are drawn once and used again turned, zoomed and in other colours: far cheaper."""

    SIZE: Final = 96

    def __init__(self, rng: Rng) -> None:
        self._stock = [texture(rng, palette(rng)) for _ in range(self.SIZE)]

    def take(self, rng: Rng, colours: Palette) -> Picture:
        """One surface of the stock, changed beyond recognition more often than not."""
        surface = self._stock[rng.integers(self.SIZE)]
        flips = int(rng.integers(8))
        surface = surface[::-1] if flips & 1 else surface
        surface = surface[:, ::-1] if flips & 2 else surface
        surface = surface.transpose(1, 0, 2) if flips & 4 else surface
        if chance(rng, 0.7):
            surface = _two_coloured(rng, colours, surface)
        if chance(rng, 0.35):
            side = int(CANVAS / 2 ** rng.uniform(0.3, 2))
            x, y = rng.integers(0, CANVAS - side, 2)
            part = np.ascontiguousarray(surface[y : y + side, x : x + side])
            return np.asarray(cv2.resize(part, (CANVAS, CANVAS)), np.uint8)
        return np.ascontiguousarray(surface)


def _two_coloured(rng: Rng, colours: Palette, surface: Picture) -> Picture:
    dark, light = np.array(colour(rng, colours)), np.array(colour(rng, colours))
    blend = np.linspace(0, 1, 256)[:, None]
    return np.asarray(clip8(dark * (1 - blend) + light * blend)[surface[..., 1]])


def _fractal(rng: Rng, colours: Palette) -> Picture:
    if chance(rng, 0.5):
        return ramp(rng, colours, np.clip(0.5 + _noise(rng, 1)[..., 0] * rng.uniform(0.15, 0.35), 0, 1))
    mixing = (np.eye(3) * 0.4 + rng.normal(0, 0.5, (3, 3)) + 0.6).astype(np.float32)
    return clip8(np.array(colour(rng, colours)) + (_noise(rng, 3) @ mixing) * rng.uniform(8, 30))


def _noise(rng: Rng, channels: int) -> Field:
    """Noise whose strength falls with frequency, as in pictures of nature; longer in one direction."""
    fall, angle, stretch = rng.uniform(0.7, 2.4), rng.uniform(0, math.pi), math.exp(rng.normal(0, 0.6))
    fy, fx = np.meshgrid(_FREQUENCY, _FREQUENCY, indexing="ij")
    along = fx * math.cos(angle) + fy * math.sin(angle)
    across = (fy * math.cos(angle) - fx * math.sin(angle)) * stretch
    strength = (np.sqrt(along * along + across * across) + 1 / CANVAS) ** (-fall)
    layers = []
    for _ in range(channels):
        waves = rng.standard_normal((2, CANVAS, CANVAS), np.float32)
        layer = np.fft.ifft2((waves[0] + 1j * waves[1]) * strength).real
        layers.append(((layer - layer.mean()) / (layer.std() + 1e-9)).astype(np.float32))
    return np.stack(layers, -1)


def flow(rng: Rng, colours: Palette) -> Picture:
    """Coordinates bent by sines and inversions a few times over: eddies, rings, bands."""
    u, v = U * np.float32(rng.uniform(1, 8)), V * np.float32(rng.uniform(1, 8))
    angle = np.float32(rng.uniform(0, 2 * math.pi))
    u, v = u * np.cos(angle) - v * np.sin(angle), u * np.sin(angle) + v * np.cos(angle)
    for _ in range(rng.integers(1, 5)):
        a = rng.normal(0, 1.4, (2, 3)).astype(np.float32)
        bend = rng.integers(3)
        if bend == 0:
            u, v = u + np.sin(a[0, 0] * v + a[0, 2]), v + np.cos(a[1, 0] * u + a[1, 2])
        elif bend == 1:
            u, v = np.sin(a[0, 0] * u + a[0, 1] * v + a[0, 2]) * 2, np.cos(a[1, 0] * u + a[1, 1] * v + a[1, 2]) * 2
        else:
            radius = np.sqrt(u * u + v * v + np.float32(0.05))
            u, v = u / radius * a[0, 0] + a[0, 1] * radius, v / radius * a[1, 0] + a[1, 1] * radius
    wave = np.sin(u * np.float32(rng.uniform(0.5, 3)) + v * np.float32(rng.uniform(0.5, 3)))
    if chance(rng, 0.3):
        wave = np.sign(wave) * np.abs(wave) ** 0.3
    return ramp(rng, colours, wave * 0.5 + 0.5)


def _cells(rng: Rng, colours: Palette) -> Picture:
    seeds = int(2 ** rng.uniform(3, 8))
    mask = np.full((CANVAS, CANVAS), 255, np.uint8)
    mask[rng.integers(0, CANVAS, seeds), rng.integers(0, CANVAS, seeds)] = 0
    distance, label = cv2.distanceTransformWithLabels(mask, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    depth = np.clip(distance / distance.max(), 0, 1)
    tints = np.array([colour(rng, colours) for _ in range(12)])
    cells = tints[rng.integers(0, 12, int(label.max()) + 1)][label]
    manner = one_of(rng, (0.4, 0.2, 0.4))
    if manner == 0:
        cells = cells * (1 - depth[..., None] * rng.uniform(0, 1))
    elif manner == 1:
        return ramp(rng, colours, depth)
    return clip8(cells)


def _stripes(rng: Rng, colours: Palette) -> Picture:
    angle, count = rng.uniform(0, 2 * math.pi), 2 ** rng.uniform(1, 5.5)
    wobble = _noise(rng, 1)[..., 0] * rng.uniform(0, 0.03) if chance(rng, 0.5) else np.float32(0)
    wave = np.sin(2 * math.pi * count * (direction(angle) + wobble))
    if chance(rng, 0.5):
        other = count * (0.5, 1, 2)[rng.integers(3)]
        wave = wave * np.sin(2 * math.pi * other * (direction(angle + math.pi / 2) + wobble))
    if chance(rng, 0.6):
        wave = np.sign(wave)
    return ramp(rng, colours, wave * 0.5 + 0.5)


def gradient(rng: Rng, colours: Palette) -> Picture:
    """A soft change of colour along a line, or out from a point."""
    if chance(rng, 0.7):
        angle = rng.uniform(0, 2 * math.pi) if chance(rng, 0.5) else rng.integers(4) * math.pi / 2
        field = direction(angle)
    else:
        x, y, squeeze = rng.uniform(-0.6, 0.6), rng.uniform(-0.6, 0.6), rng.uniform(0.6, 1.6)
        field = np.sqrt(((U - x) * squeeze) ** 2 + (V - y) ** 2)
    return ramp(rng, colours, unit(field) ** rng.uniform(0.5, 2))


def clouds(rng: Rng, colours: Palette) -> Picture:
    """A few layers of soft patches, coarse to fine."""
    total, weight = np.zeros((CANVAS, CANVAS), np.float32), 1.0
    coarse = int(2 ** rng.uniform(1, 3))
    for octave in range(rng.integers(2, 5)):
        size = coarse << octave
        patches = rng.random((max(2, int(size * rng.uniform(0.5, 1.5))) + 1, size + 1), np.float32)
        total += weight * cv2.resize(patches, (CANVAS, CANVAS), interpolation=cv2.INTER_CUBIC)
        weight *= rng.uniform(0.3, 0.7)
    field = unit(total)
    if chance(rng, 0.4):
        field = np.clip((field - 0.5) * rng.uniform(2, 6) + 0.5, 0, 1)
    return ramp(rng, colours, field)


def _plain(rng: Rng, colours: Palette) -> Picture:
    return solid(colour(rng, colours))


_KINDS: Final[tuple[Callable[[Rng, Palette], Picture], ...]] = (
    _fractal,
    flow,
    _cells,
    _stripes,
    gradient,
    clouds,
    _plain,
)
_WEIGHTS: Final = (0.26, 0.16, 0.1, 0.12, 0.14, 0.17, 0.05)
