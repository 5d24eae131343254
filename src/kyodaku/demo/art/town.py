# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PLR0917 - places and sizes are given in their order, as in every drawing library
"""What people build: lighthouses, gates, lanterns, houses, cities, signs, gears."""

from __future__ import annotations

import math

import numpy as np

from kyodaku.demo.art.brush import INK, Brush, Colour, join, mix

__all__ = ["block", "gear", "house", "lantern", "lighthouse", "neon", "pole", "torii"]

Random = np.random.Generator


def lighthouse(brush: Brush, x: float, y: float, size: float, *, lit: bool = True) -> None:
    """A banded tower with its foot at `(x, y)`; the lamp is at `(x, y - 0.9 size)`."""
    s = size
    low, top = 0.15 * s, 0.09 * s
    tower = [(x - low, y), (x - top, y - 0.8 * s), (x + top, y - 0.8 * s), (x + low, y)]
    brush.cut(tower, "#f3efe6", 1.8)
    for share in (0.12, 0.4, 0.66):
        a, b = share, share + 0.13
        wa, wb = low + (top - low) * a / 0.8, low + (top - low) * b / 0.8
        band = [(x - wa, y - a * s), (x - wb, y - b * s), (x + wb, y - b * s), (x + wa, y - a * s)]
        brush.cut(band, "#d0453e", 1.2)
    shade = [(x + low * 0.3, y), (x + top * 0.3, y - 0.8 * s), (x + top, y - 0.8 * s), (x + low, y)]
    brush.cut(shade, (40, 30, 80, 90))
    brush.box(x - 0.13 * s, y - 0.84 * s, 0.26 * s, 0.045 * s, "#5a4a6a", line=INK, width=1.4)
    brush.box(x - 0.075 * s, y - 0.97 * s, 0.15 * s, 0.13 * s, "#fff2b0" if lit else "#8fa3c4", line=INK, width=1.4)
    for dx in (-0.025, 0.025):
        brush.line([(x + dx * s, y - 0.97 * s), (x + dx * s, y - 0.84 * s)], INK, 1.2)
    brush.cut([(x - 0.1 * s, y - 0.97 * s), (x, y - 1.07 * s), (x + 0.1 * s, y - 0.97 * s)], "#d0453e", 1.4)
    brush.box(x - 0.035 * s, y - 0.1 * s, 0.07 * s, 0.1 * s, "#4a3550", line=INK, width=1.2)
    for share in (0.32, 0.58):
        brush.oval(x - 0.02 * s, y - share * s, 0.022 * s, 0.03 * s, fill="#ffdf80", line=INK, width=1.1)


def torii(brush: Brush, x: float, y: float, size: float, colour: Colour = "#d8402f") -> None:
    """A shrine gate as wide as `size`, its feet at height `y`."""
    s, dark = size, mix(colour, INK, 0.35)
    for side in (-1, 1):
        brush.cut(
            [
                (x + side * 0.38 * s - 0.045 * s, y),
                (x + side * 0.33 * s - 0.035 * s, y - 0.85 * s),
                (x + side * 0.33 * s + 0.035 * s, y - 0.85 * s),
                (x + side * 0.38 * s + 0.045 * s, y),
            ],
            colour,
            1.6,
        )
        brush.box(x + side * 0.38 * s - 0.06 * s, y - 0.06 * s, 0.12 * s, 0.06 * s, INK)
    brush.box(x - 0.42 * s, y - 0.68 * s, 0.84 * s, 0.07 * s, dark, line=INK, width=1.4)
    roof = join(
        [(x - 0.58 * s, y - 0.98 * s), (x, y - 0.9 * s), (x + 0.58 * s, y - 0.98 * s)],
        [(x + 0.56 * s, y - 0.88 * s), (x, y - 0.8 * s), (x - 0.56 * s, y - 0.88 * s)],
    )
    brush.cut(roof, colour, 1.6)
    cap = join(
        [(x - 0.6 * s, y - 1.02 * s), (x, y - 0.94 * s), (x + 0.6 * s, y - 1.02 * s)],
        [(x + 0.58 * s, y - 0.97 * s), (x, y - 0.89 * s), (x - 0.58 * s, y - 0.97 * s)],
    )
    brush.cut(cap, "#3a2434", 1.2)
    brush.box(x - 0.05 * s, y - 0.82 * s, 0.1 * s, 0.15 * s, "#3a2434", line="#e8b04a", width=1.2)


def lantern(brush: Brush, x: float, y: float, size: float, sway: float, colour: Colour = "#ff7a3c") -> None:
    """A paper lantern that hangs from `(x, y)`."""
    own = brush.at(x, y, size, turn=10 * sway)
    own.line([(0, -0.2), (0, 0.2)], INK, 0.05)
    own.box(-0.22, 0.2, 0.44, 0.1, "#33242e")
    own.oval(0, 0.75, 0.48, 0.52, fill=colour, line=INK, width=0.05)
    own.oval(-0.05, 0.75, 0.3, 0.44, fill=mix(colour, "#fff0a0", 0.55))
    for dy in (0.5, 0.72, 0.94):
        own.line([(-0.46, dy), (0, dy + 0.05), (0.46, dy)], mix(colour, INK, 0.3), 0.04)
    own.box(-0.22, 1.2, 0.44, 0.1, "#33242e")
    own.line([(0, 1.3), (0, 1.6)], "#e8b04a", 0.08)


def house(brush: Brush, x: float, y: float, w: float, h: float, wall: Colour, roof: Colour, random: Random) -> None:
    """A small house with its left foot at `(x, y)`."""
    brush.box(x, y - h, w, h, wall, line=INK, width=1.4)
    brush.box(x + w * 0.72, y - h, w * 0.28, h, mix(wall, "#5a4a8a", 0.25))
    brush.cut(
        [(x - w * 0.1, y - h), (x + w * 0.14, y - h * 1.5), (x + w * 0.86, y - h * 1.5), (x + w * 1.1, y - h)],
        roof,
        1.4,
    )
    for i in range(5):
        at = x + w * (0.08 + 0.2 * i)
        brush.line([(at + w * 0.05, y - h * 1.48), (at, y - h * 1.02)], mix(roof, INK, 0.25), 1.0)
    for i in range(2):
        left = x + w * (0.14 + 0.4 * i)
        brush.box(
            left,
            y - h * 0.74,
            w * 0.24,
            h * 0.34,
            random.choice(["#bfe6ff", "#fff0b8", "#9fd0ee"]),
            line=INK,
            width=1.2,
        )
        brush.line([(left + w * 0.12, y - h * 0.74), (left + w * 0.12, y - h * 0.4)], INK, 1)
    brush.box(x + w * 0.42, y - h * 0.34, w * 0.16, h * 0.34, "#7a4a34", line=INK, width=1.2)


def block(
    brush: Brush,
    x: float,
    y: float,
    w: float,
    h: float,
    wall: Colour,
    window: Colour,
    random: Random,
    *,
    lit: float = 0.5,
) -> None:
    """A tower block with its left foot at `(x, y)` and a grid of windows, a share of them lit."""
    brush.box(x, y - h, w, h, wall, line=mix(wall, INK, 0.6), width=1.4)
    brush.box(x + w * 0.78, y - h, w * 0.22, h, mix(wall, "#000010", 0.35))
    step = max(6.0, w / 7)
    for row in np.arange(y - h + step * 0.8, y - 4, step * 1.15):
        for column in np.arange(x + step * 0.5, x + w * 0.76 - step * 0.4, step):
            colour = window if random.uniform() < lit else mix(wall, "#000018", 0.3)
            brush.box(float(column), float(row), step * 0.55, step * 0.6, colour)
    if random.uniform() < 0.5:
        brush.line([(x + w * 0.4, y - h), (x + w * 0.4, y - h - w * 0.4)], mix(wall, INK, 0.4), 1.6)


def neon(brush: Brush, x: float, y: float, words: str, size: float, colour: Colour, *, on: bool = True) -> None:
    """A sign with words from top to bottom in a frame."""
    wide, high = size * 1.6, size * 1.14 * len(words) + size * 0.5
    brush.box(x - wide / 2, y, wide, high, "#150f24", line=colour if on else "#453a5c", width=1.8)
    tone = mix(colour, "#ffffff", 0.4) if on else "#4a4060"
    for i, letter in enumerate(words):
        brush.text(x, y + size * (0.3 + 1.14 * i), letter, size, tone, rim=colour if on else None, weight=0.09)


def gear(
    brush: Brush, x: float, y: float, radius: float, teeth: int, turn: float, fill: Colour, *, hub: Colour = "#5a3a20"
) -> None:
    """A toothed wheel with spokes."""
    rim = min(1.8, radius * 0.06)
    points = []
    for i in range(teeth):
        for share, reach in ((-0.32, 0.86), (-0.2, 1.0), (0.2, 1.0), (0.32, 0.86)):
            angle = math.tau * (i + share) / teeth + turn
            points.append((x + radius * reach * math.cos(angle), y + radius * reach * math.sin(angle)))
    brush.cut(points, fill, rim)
    brush.oval(x, y, radius * 0.7, fill=mix(fill, INK, 0.3), line=INK, width=rim * 0.8)
    for i in range(5):
        angle = math.tau * i / 5 + turn
        brush.line(
            [(x, y), (x + radius * 0.7 * math.cos(angle), y + radius * 0.7 * math.sin(angle))], fill, radius * 0.14
        )
    brush.oval(x, y, radius * 0.26, fill=fill, line=INK, width=rim * 0.8)
    brush.oval(x, y, radius * 0.11, fill=hub, line=INK, width=rim * 0.7)
    brush.line(
        [(x - radius * 0.62, y - radius * 0.55), (x - radius * 0.2, y - radius * 0.8)],
        mix(fill, "#ffffff", 0.5),
        radius * 0.05,
    )


def pole(brush: Brush, x: float, y: float, h: float, *, colour: Colour = "#5c5266") -> None:
    """A telegraph pole with two arms."""
    brush.line([(x, y), (x, y - h)], colour, h * 0.03)
    for share in (0.9, 0.78):
        brush.line([(x - h * 0.14, y - h * share), (x + h * 0.14, y - h * share)], colour, h * 0.022)
        for dx in (-0.12, 0.12):
            brush.oval(x + dx * h, y - h * share - h * 0.02, h * 0.016, fill="#e8e4ee")
