# SPDX-License-Identifier: Apache-2.0
"""Outlines of things, and how they are painted: flat, shaded like a cel, or covered with a surface."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from kyodaku.descriptor_training.pictures._canvas import (
    CANVAS,
    SUBPIXEL,
    Colour,
    Palette,
    Picture,
    Points,
    Rng,
    U,
    V,
    chance,
    clip8,
    colour,
    fixed,
    one_of,
    turn,
)
from kyodaku.descriptor_training.pictures._textures import TexturePool

__all__ = ["Look", "blob", "ellipse", "fill", "ink", "lens", "line", "paint", "scatter", "shape", "strokes"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What the things in one picture have in common. `outline` is a thickness in pixels; 0 draws none."""

    colours: Palette
    pool: TexturePool
    manner: Literal["mixed", "flat", "surface"]
    outline: int


def blob(rng: Rng, corners: int = 36) -> Points:
    """A closed, wavy outline of about radius 1."""
    angle = np.linspace(0, 2 * math.pi, corners, endpoint=False)
    radius = np.ones(corners)
    for wave in range(1, 6):
        radius += rng.normal(0, 0.35 / wave) * np.cos(wave * angle + rng.uniform(0, 2 * math.pi))
    return np.stack([np.cos(angle), np.sin(angle)], -1) * np.abs(radius)[:, None]


def ellipse(x: float, y: float, width: float, height: float, corners: int = 28) -> Points:
    """An ellipse by its centre and half axes."""
    angle = np.linspace(0, 2 * math.pi, corners, endpoint=False)
    return np.stack([x + width * np.cos(angle), y + height * np.sin(angle)], -1)


def lens(x: float, y: float, width: float, top: float, bottom: float) -> Points:
    """An eye's outline: pointed left and right, with its own height above and below."""
    t = np.linspace(0, math.pi, 11)
    upper = np.stack([x - width * np.cos(t), y - top * np.sin(t)], -1)
    lower = np.stack([x + width * np.cos(t), y + bottom * np.sin(t)], -1)
    return np.concatenate([upper, lower])


def shape(rng: Rng) -> Points:
    """Some outline of about radius 1: blob, box, ellipse, polygon, star or tapered limb; often turned."""
    kind = one_of(rng, (0.3, 0.2, 0.18, 0.12, 0.1, 0.1))
    if kind == 0:
        points = blob(rng)
    elif kind == 1:
        points = np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1]]) * [1, rng.uniform(0.15, 1)]
    elif kind == 2:
        points = ellipse(0, 0, 1, rng.uniform(0.3, 1))
    elif kind == 3:
        angle = np.sort(rng.uniform(0, 2 * math.pi, rng.integers(3, 8)))
        points = np.stack([np.cos(angle), np.sin(angle)], -1)
    elif kind == 4:
        points = _star(rng)
    else:
        points = _limb(rng)
    return points @ turn(rng.uniform(0, 2 * math.pi) if chance(rng, 0.7) else rng.integers(2) * math.pi / 2)


def _star(rng: Rng) -> Points:
    corners = 2 * int(rng.integers(4, 14))
    angle = np.linspace(0, 2 * math.pi, corners, endpoint=False)
    radius = np.where(np.arange(corners) % 2, 1, rng.uniform(0.3, 0.8)) + rng.normal(0, 0.12, corners)
    return np.stack([np.cos(angle), np.sin(angle)], -1) * radius[:, None]


def _limb(rng: Rng) -> Points:
    spine = np.stack([np.linspace(-1, 1, 14), np.cumsum(rng.normal(0, 0.12, 14))], -1)
    half = np.linspace(rng.uniform(0.1, 0.4), rng.uniform(0.02, 0.3), 14)
    across = np.stack([np.zeros(14), half], -1)
    return np.concatenate([spine + across, (spine - across)[::-1]])


def fill(canvas: Picture, points: Points, tint: Colour) -> None:
    """Fill an outline (in pixels) with one colour."""
    cv2.fillPoly(canvas, [fixed(points)], tint, cv2.LINE_AA, SUBPIXEL)


def line(canvas: Picture, points: Points, tint: Colour, thickness: int, *, closed: bool = False) -> None:
    """Draw along points (in pixels)."""
    cv2.polylines(canvas, [fixed(points)], closed, tint, max(1, thickness), cv2.LINE_AA, SUBPIXEL)


def ink(rng: Rng) -> Colour:
    """Nearly black, as outlines are."""
    red, green, blue = (np.array([14, 10, 12]) + rng.integers(0, 30, 3)).tolist()
    return red, green, blue


def paint(canvas: Picture, points: Points, rng: Rng, look: Look) -> None:
    """Paint a thing with this outline (in pixels) in the picture's manner."""
    if look.manner == "flat" or (look.manner == "mixed" and chance(rng, 0.45)):
        _paint_flat(canvas, points, rng, look)
    else:
        _paint_surface(canvas, points, rng, look)
    if look.outline:
        line(canvas, points, ink(rng) if chance(rng, 0.8) else colour(rng, look.colours), look.outline, closed=True)


def _paint_flat(canvas: Picture, points: Points, rng: Rng, look: Look) -> None:
    tint = colour(rng, look.colours)
    if look.manner == "mixed" and chance(rng, 0.3):
        over, strength = canvas.copy(), rng.uniform(0.3, 0.9)
        fill(over, points, tint)
        cv2.addWeighted(over, strength, canvas, 1 - strength, 0, canvas)
        return
    fill(canvas, points, tint)
    if chance(rng, 0.35):
        _shade_like_a_cel(canvas, points, rng, tint)


def _shade_like_a_cel(canvas: Picture, points: Points, rng: Rng, tint: Colour) -> None:
    """A second, darker tone with a hard edge, on the side away from the light."""
    shift = rng.normal(0, 0.25, 2) * np.ptp(points, axis=0)
    inside, lit = np.zeros((2, CANVAS, CANVAS), np.uint8)
    cv2.fillPoly(inside, [fixed(points)], 255, shift=SUBPIXEL)
    cv2.fillPoly(lit, [fixed(points + shift)], 255, shift=SUBPIXEL)
    canvas[(inside > 0) & (lit == 0)] = clip8(np.array(tint) * rng.uniform(0.5, 0.85))


def _paint_surface(canvas: Picture, points: Points, rng: Rng, look: Look) -> None:
    mask = np.zeros((CANVAS, CANVAS), np.uint8)
    cv2.fillPoly(mask, [fixed(points)], 255, cv2.LINE_AA, SUBPIXEL)
    x, y, width, height = cv2.boundingRect(mask)
    if not width:
        return
    surface = look.pool.take(rng, look.colours)[y : y + height, x : x + width].copy()
    if chance(rng, 0.5):
        angle = rng.uniform(0, 2 * math.pi)
        slope = U[:height, :width] * math.cos(angle) + V[:height, :width] * math.sin(angle)
        slope = (slope - slope.mean()) * CANVAS / max(width, height)
        surface = clip8(surface * (1 + np.clip(slope * rng.uniform(0.3, 1.4), -0.8, 0.8))[..., None])
    inside = (mask[y : y + height, x : x + width] > 127).astype(np.uint8)
    cv2.copyTo(surface, inside, canvas[y : y + height, x : x + width])


def scatter(
    canvas: Picture,
    rng: Rng,
    look: Look,
    *,
    count: int,
    radii: tuple[float, float],
    common: Rng | None = None,
    share: float = 0.0,
) -> None:
    """Things of many sizes all over the place ("dead leaves"); a `share` of them comes from `common`."""
    smallest, largest = radii
    steep = rng.uniform(0.2, 2.2)
    draws = rng.random(count)
    sizes = (smallest**-steep + draws * (largest**-steep - smallest**-steep)) ** (-1 / steep)
    if chance(rng, 0.7):
        sizes = np.sort(sizes)[::-1]
    for size in sizes:
        source = common if common is not None and chance(rng, share) else rng
        points = shape(source) * size * np.array([1, source.uniform(0.5, 1.3)])
        paint(canvas, points + source.uniform(-0.05, 1.05, 2) * CANVAS, source, look)


def strokes(canvas: Picture, rng: Rng, colours: Palette, count: int) -> None:
    """Curved pen strokes (Bézier curves) of all widths."""
    t = np.linspace(0, 1, 24)[:, None]
    for _ in range(count):
        knots = int(rng.integers(3, 6))
        path = rng.uniform(-0.1, 1.1, 2) * CANVAS + np.cumsum(
            rng.normal(0, CANVAS * rng.uniform(0.03, 0.25), (knots, 2)), 0
        )
        curve = sum(math.comb(knots - 1, k) * t**k * (1 - t) ** (knots - 1 - k) * path[k] for k in range(knots))
        line(canvas, np.asarray(curve), colour(rng, colours), int(2 ** rng.uniform(0, 4)))
