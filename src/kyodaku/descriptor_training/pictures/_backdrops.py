# SPDX-License-Identifier: Apache-2.0
"""What things and characters stand in front of."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from kyodaku.descriptor_training.pictures._canvas import (
    CANVAS,
    Picture,
    Rng,
    U,
    V,
    chance,
    clip8,
    colour,
    fixed,
    one_of,
    ramp,
    solid,
)
from kyodaku.descriptor_training.pictures._shapes import Look, blob, ellipse, fill, ink, line, paint, scatter, shape
from kyodaku.descriptor_training.pictures._textures import gradient

__all__ = ["animated", "ground", "interior", "landscape", "near_empty", "perspective", "rooms"]


def ground(rng: Rng, look: Look) -> Picture:
    """One surface all over, sometimes out of focus."""
    flat = look.manner == "flat" and chance(rng, 0.6)
    canvas = gradient(rng, look.colours) if flat else look.pool.take(rng, look.colours).copy()
    if chance(rng, 0.35):
        canvas = np.asarray(cv2.GaussianBlur(canvas, (0, 0), rng.uniform(1, 8)), np.uint8)
    return canvas


def perspective(rng: Rng, look: Look) -> Picture:
    """Sky, ground that runs to a horizon, and rows of things that get paler with distance."""
    horizon = rng.uniform(0.25, 0.75) * CANVAS
    flat = look.manner == "flat"
    sky = gradient(rng, look.colours) if flat and chance(rng, 0.5) else look.pool.take(rng, look.colours)
    floor = solid(colour(rng, look.colours)) if flat else look.pool.take(rng, look.colours)
    canvas = sky.copy()
    canvas[int(horizon) :] = _laid_flat(rng, floor, horizon)[int(horizon) :]
    haze, thickness, kind = np.array(colour(rng, look.colours)), rng.uniform(0, 0.8), int(rng.integers(4))
    for nearness in np.sort(rng.uniform(0.05, 1, rng.integers(3, 30))):
        fog = thickness * (1 - nearness)
        tinted = np.clip(look.colours * (1 - fog) + haze * fog, 0, 255).astype(np.float32)
        _standing(canvas, rng, replace(look, colours=tinted), horizon=horizon, nearness=float(nearness), kind=kind)
    return canvas


def _laid_flat(rng: Rng, surface: Picture, horizon: float) -> Picture:
    side = float(CANVAS)
    source = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32)
    target = np.array(
        [[rng.uniform(0, 0.45) * side, horizon], [side - rng.uniform(0, 0.45) * side, horizon],
         [side * rng.uniform(1, 3), side], [-side * rng.uniform(0, 2), side]], np.float32
    )  # fmt: skip
    warp = cv2.getPerspectiveTransform(source, target)
    return np.asarray(cv2.warpPerspective(surface, warp, (CANVAS, CANVAS), borderMode=cv2.BORDER_REFLECT), np.uint8)


def _standing(canvas: Picture, rng: Rng, look: Look, *, horizon: float, nearness: float, kind: int) -> None:
    y = horizon + nearness * (CANVAS - horizon) * rng.uniform(0.3, 1)
    size, x = CANVAS * nearness * rng.uniform(0.1, 0.6), rng.uniform(-0.05, 1.05) * CANVAS
    if kind == 0:  # houses
        points = np.array([[-0.3, 0], [0.3, 0], [0.3, -1], [-0.3, -1]]) * [rng.uniform(0.4, 1.5), rng.uniform(0.5, 2.5)]
    elif kind == 1:  # trees
        trunk = np.array([[x, y], [x, y - size]])
        line(canvas, trunk, colour(rng, look.colours), int(size * 0.08))
        points = blob(rng) * 0.5 + [0, -1.1]
    elif kind == 2:  # things
        points = shape(rng) * 0.5 + [0, -0.5]
    else:  # mountains, tents
        points = np.array([[-0.5, 0], [0.5, 0], [0, -1]]) * [rng.uniform(0.5, 2), rng.uniform(0.5, 2)]
    paint(canvas, points * size + [x, y], rng, look)


def rooms(rng: Rng, look: Look, depth: int) -> Picture:
    """Boxes within boxes: shelves, windows, screens, floor plans."""
    canvas = ground(rng, look)
    _divide(canvas, rng, look, (0.0, 0.0, float(CANVAS), float(CANVAS)), depth)
    return canvas


def _divide(canvas: Picture, rng: Rng, look: Look, box: tuple[float, float, float, float], depth: int) -> None:
    x, y, width, height = box
    if depth == 0 or min(width, height) < 14 or chance(rng, 0.12):
        paint(canvas, np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]]), rng, look)
    elif chance(rng, width / (width + height)):
        part = width * rng.uniform(0.2, 0.8)
        _divide(canvas, rng, look, (x, y, part, height), depth - 1)
        _divide(canvas, rng, look, (x + part, y, width - part, height), depth - 1)
    else:
        part = height * rng.uniform(0.2, 0.8)
        _divide(canvas, rng, look, (x, y, width, part), depth - 1)
        _divide(canvas, rng, look, (x, y + part, width, height - part), depth - 1)


def landscape(rng: Rng, look: Look) -> Picture:
    """A painted sky with clouds over layers of hills, roofs or trees, as behind drawn characters."""
    canvas = ramp(rng, look.colours, (V + 0.5) ** rng.uniform(0.6, 1.8))
    if chance(rng, 0.35):
        x, y = rng.uniform(0.1, 0.9, 2) * [CANVAS, CANVAS * 0.5]
        radius = CANVAS * rng.uniform(0.03, 0.16)
        fill(canvas, ellipse(x, y, radius, radius), (255.0, 245.0, 215.0))
    for _ in range(rng.integers(0, 5)):
        _cloud(canvas, rng)
    level = rng.uniform(0.4, 0.75)
    for _ in range(rng.integers(1, 5)):
        _ridge(canvas, rng, look, level * CANVAS)
        level += rng.uniform(0.06, 0.18)
    if chance(rng, 0.4):
        _grass(canvas, rng, look)
    return canvas


def _cloud(canvas: Picture, rng: Rng) -> None:
    x, y, size = rng.uniform(0, CANVAS), rng.uniform(0, CANVAS * 0.5), CANVAS * rng.uniform(0.03, 0.1)
    for tint, drop in (((205.0, 212.0, 228.0), size * 0.35), ((252.0, 252.0, 255.0), 0.0)):
        puffs = np.random.default_rng(int(x * 1000))  # the same puffs for the shadow and for the light
        for _ in range(7):
            at = puffs.normal(0, 1, 2) * [size * 1.6, size * 0.4]
            fill(canvas, ellipse(x + at[0], y + at[1] + drop, size * puffs.uniform(0.5, 1.2), size * 0.7, 18), tint)


def _ridge(canvas: Picture, rng: Rng, look: Look, level: float) -> None:
    """One layer: soft hills, sharp mountains, or a row of roofs."""
    kind, count = rng.integers(3), int(rng.integers(5, 22))
    x = np.linspace(-10, CANVAS + 10, count)
    y = level - np.abs(rng.normal(0, CANVAS * rng.uniform(0.02, 0.12), count))
    if kind == 0:
        fine = np.linspace(-10, CANVAS + 10, 60)
        y = np.convolve(np.interp(fine, x, y), np.ones(9) / 9, "same")
        x = fine
        y[:5], y[-5:] = y[5], y[-6]
    elif kind == 1:
        x, y = np.repeat(x, 2)[1:-1], np.repeat(y[:-1], 2)
    crest = np.stack([x, y], -1)
    paint(canvas, np.concatenate([crest, [[CANVAS + 10, CANVAS + 10], [-10, CANVAS + 10]]]), rng, look)


def _grass(canvas: Picture, rng: Rng, look: Look) -> None:
    tint = colour(rng, look.colours)
    count = int(rng.integers(20, 90))
    x, y = rng.uniform(0, CANVAS, count), rng.uniform(CANVAS * 0.7, CANVAS, count)
    tip = np.stack([x + rng.normal(0, 4, count), y - rng.uniform(4, 22, count)], -1)
    blades = np.stack([np.stack([x - 2, y], -1), tip, np.stack([x + 2, y], -1)], 1)
    cv2.fillPoly(canvas, list(fixed(blades)), tint, cv2.LINE_AA, 4)


def interior(rng: Rng, look: Look) -> Picture:
    """A room with three walls, a floor with boards, and windows, pictures or shelves."""
    canvas = solid(colour(rng, look.colours))
    left, right = rng.uniform(0.05, 0.35) * CANVAS, rng.uniform(0.65, 0.95) * CANVAS
    top, bottom = rng.uniform(-0.1, 0.2) * CANVAS, rng.uniform(0.55, 0.85) * CANVAS
    side = float(CANVAS)
    for wall in (
        np.array([[0, 0], [left, top], [left, bottom], [0, side]]),
        np.array([[side, 0], [right, top], [right, bottom], [side, side]]),
        np.array([[left, bottom], [right, bottom], [side, side], [0, side]]),
        np.array([[0, 0], [side, 0], [right, top], [left, top]]),
    ):
        paint(canvas, wall, rng, look)
    dark = ink(rng)
    for board in np.linspace(0, 1, rng.integers(3, 10)):
        ends = np.array([[left + (right - left) * board, bottom], [side * board, side]])
        line(canvas, ends, dark, 1)
    for _ in range(rng.integers(1, 5)):
        _on_the_wall(canvas, rng, look, (left, top, right, bottom))
    return canvas


def _on_the_wall(canvas: Picture, rng: Rng, look: Look, wall: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = wall
    width, height = (right - left) * rng.uniform(0.12, 0.5), (bottom - top) * rng.uniform(0.15, 0.6)
    x, y = rng.uniform(left, right - width), rng.uniform(top, bottom - height)
    box = np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]])
    paint(canvas, box, rng, look)
    bars = int(rng.integers(0, 5))
    for bar in range(1, bars):
        at = x + width * bar / bars
        line(canvas, np.array([[at, y], [at, y + height]]), ink(rng), 2)
    line(canvas, box, colour(rng, look.colours), int(rng.integers(1, 6)), closed=True)


def _speed_lines(rng: Rng, look: Look) -> Picture:
    """Wedges that all point at one spot, or streak to one side."""
    canvas = solid(colour(rng, look.colours)) if chance(rng, 0.6) else gradient(rng, look.colours)
    tint = colour(rng, look.colours) if chance(rng, 0.6) else ((255.0,) * 3 if chance(rng, 0.5) else (8.0,) * 3)
    count = int(rng.integers(20, 110))
    if chance(rng, 0.7):
        centre, hole = rng.uniform(0.3, 0.7, 2) * CANVAS, rng.uniform(0.15, 0.5) * CANVAS
        angle, width = rng.uniform(0, 2 * math.pi, count), rng.uniform(0.005, 0.05, count)
        inner = hole * rng.uniform(0.7, 1.4, count)
        tip = centre + np.stack([np.cos(angle), np.sin(angle)], -1) * inner[:, None]
        far = [centre + np.stack([np.cos(a), np.sin(a)], -1) * CANVAS * 1.5 for a in (angle - width, angle + width)]
        wedges = np.stack([tip, *far], 1)
    else:
        y, half = rng.uniform(0, CANVAS, count), rng.uniform(0.3, 3, count)
        x = rng.uniform(-0.3, 1, count) * CANVAS
        end = x + rng.uniform(0.1, 0.9, count) * CANVAS
        wedges = np.stack([np.stack([x, y - half], -1), np.stack([end, y], -1), np.stack([x, y + half], -1)], 1)
    cv2.fillPoly(canvas, list(fixed(wedges)), tint, cv2.LINE_AA, 4)
    return canvas


def _screen_tone(rng: Rng, look: Look) -> Picture:
    """Dots in a grid that grow along a gradient, as in printed comics."""
    step = rng.uniform(5, 16)
    angle = rng.uniform(0, math.pi / 2)
    x, y = (
        U * CANVAS * math.cos(angle) + V * CANVAS * math.sin(angle),
        V * CANVAS * math.cos(angle) - U * CANVAS * math.sin(angle),
    )
    dots = np.cos(x * (2 * math.pi / step)) + np.cos(y * (2 * math.pi / step))
    slope = U * rng.uniform(-3, 3) + V * rng.uniform(-3, 3) + rng.uniform(-0.8, 0.8)
    front, back = np.array(colour(rng, look.colours)), np.array(colour(rng, look.colours))
    mask = np.clip((dots - slope) * 2 + 0.5, 0, 1)[..., None]
    return clip8(front * mask + back * (1 - mask))


def _plain(rng: Rng, look: Look) -> Picture:
    return gradient(rng, look.colours) if chance(rng, 0.6) else solid(colour(rng, look.colours))


def _blurred_clutter(rng: Rng, look: Look) -> Picture:
    canvas = ground(rng, look)
    scatter(canvas, rng, look, count=int(2 ** rng.uniform(2, 5)), radii=(CANVAS * 0.05, CANVAS * 0.5))
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.8, 5)), np.uint8)


def _small_rooms(rng: Rng, look: Look) -> Picture:
    return rooms(rng, look, int(rng.integers(2, 5)))


_ANIMATED: Final[tuple[tuple[Callable[[Rng, Look], Picture], float], ...]] = (
    (landscape, 0.3),
    (perspective, 0.17),
    (interior, 0.2),
    (_blurred_clutter, 0.1),
    (_plain, 0.07),
    (_speed_lines, 0.07),
    (_screen_tone, 0.03),
    (_small_rooms, 0.06),
)


def animated(rng: Rng, look: Look) -> Picture:
    """A backdrop for drawn characters."""
    return _ANIMATED[one_of(rng, tuple(weight for _, weight in _ANIMATED))][0](rng, look)


def near_empty(rng: Rng, look: Look) -> Picture:
    """Almost nothing: a dark or pale ground with a glow, some stars, or a horizon."""
    shade = rng.uniform(0, 50) if chance(rng, 0.6) else rng.uniform(190, 255)
    red, green, blue = np.clip(shade + rng.normal(0, 12, 3), 0, 255).tolist()
    canvas = solid((red, green, blue))
    kind = one_of(rng, (0.3, 0.25, 0.2, 0.25))
    if kind == 0:
        x, y = rng.uniform(-0.4, 0.4, 2)
        glow = np.exp(-((U - x) ** 2 + ((V - y) * rng.uniform(0.6, 1.6)) ** 2) / rng.uniform(0.01, 0.12))
        lit = np.array(colour(rng, look.colours)) - shade
        canvas = clip8(canvas + glow[..., None] * lit * rng.uniform(0.3, 1))
    elif kind == 1:
        _stars(canvas, rng)
    elif kind == 2:
        _ridge(canvas, rng, look, rng.uniform(0.5, 0.95) * CANVAS)
    return canvas


def _stars(canvas: Picture, rng: Rng) -> None:
    for _ in range(rng.integers(8, 70)):
        x, y = rng.uniform(0, CANVAS, 2)
        radius = 2 ** rng.uniform(-0.5, 2)
        red, green, blue = np.clip(rng.normal(210, 35, 3), 0, 255).tolist()
        fill(canvas, ellipse(x, y, radius, radius, 10), (red, green, blue))
