# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PLR0917 - places and sizes are given in their order, as in every drawing library
"""Land, sea and sky, painted once for a scene; what moves is drawn for each picture."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from kyodaku.demo.art.brush import INK, Brush, Colour, Point, mix

__all__ = [
    "blob_tree",
    "cumulus",
    "grass",
    "maple",
    "moon",
    "pines",
    "ridge",
    "stars",
    "sunflower",
    "trunk",
    "waves",
    "wisps",
]

Random = np.random.Generator


def stars(brush: Brush, random: Random, count: int, *, w: float = 640, h: float = 220) -> NDArray[np.float64]:
    """A night sky's stars of three sizes; returns the places of the brightest, which may twinkle."""
    places = random.uniform((0, 0), (w, h), (count, 2))
    brush.dots(places[: count // 2], 0.5, "#9fb4e8")
    brush.dots(places[count // 2 : -count // 6], 0.8, "#dfe8ff")
    brush.dots(places[-count // 6 :], 1.2, "#ffffff")
    return np.asarray(places[-count // 6 :], dtype=float)


def moon(
    brush: Brush, x: float, y: float, radius: float, colour: Colour = "#fff3c9", shade: Colour = "#ecd49a"
) -> None:
    """A full moon with seas."""
    brush.oval(x, y, radius, fill=colour)
    for dx, dy, size in (
        (-0.35, -0.25, 0.28),
        (0.2, 0.1, 0.36),
        (-0.1, 0.5, 0.2),
        (0.45, -0.4, 0.16),
        (-0.55, 0.25, 0.14),
    ):
        brush.oval(x + dx * radius, y + dy * radius, size * radius, size * radius * 0.88, fill=shade)
    for dx, dy, size in ((0.3, 0.18, 0.2), (-0.4, -0.2, 0.12)):
        brush.oval(x + dx * radius, y + dy * radius, size * radius, fill=mix(shade, colour, 0.45))


def cumulus(
    brush: Brush, x: float, y: float, size: float, random: Random, tones: tuple[Colour, Colour, Colour]
) -> None:
    """A towering cloud in three tones (shade, body, light), its base at `(x, y)`, about `size` wide."""
    rows = []
    for level in np.linspace(0, 1, 6):
        for _ in range(max(1, round(6 * (1 - level)) + 1)):
            spread = (1 - level) ** 0.8 * size * 0.5
            rows.append(
                (
                    x + random.uniform(-spread, spread),
                    y - level * size * 0.62,
                    size * random.uniform(0.09, 0.17) * (1.15 - 0.5 * level),
                )
            )
    shade, body, bright = tones
    for cx, cy, r in rows:
        brush.oval(cx + r * 0.12, cy + r * 0.16, r * 1.04, fill=shade)
    for cx, cy, r in rows:
        brush.oval(cx, cy, r * 0.96, fill=body)
    for cx, cy, r in rows:
        brush.oval(cx - r * 0.22, cy - r * 0.24, r * 0.62, fill=bright)


def wisps(
    brush: Brush, random: Random, count: int, colour: Colour, *, w: float = 640, top: float = 20, low: float = 140
) -> None:
    """Long thin clouds."""
    for _ in range(count):
        x, y, length = random.uniform(-60, w), random.uniform(top, low), random.uniform(60, 220)
        brush.taper(
            [(x, y), (x + length / 2, y - random.uniform(-4, 6)), (x + length, y)], colour, random.uniform(2, 7)
        )


def ridge(
    brush: Brush,
    y: float,
    height: float,
    random: Random,
    colour: Colour,
    *,
    w: float = 640,
    low: float = 400,
    rough: float = 0.55,
    line: Colour | None = None,
) -> list[Point]:
    """A line of hills by halving and shaking, filled down to `low`; returns its crest."""
    crest = np.array([random.uniform(-0.5, 0.5), random.uniform(-0.5, 0.5), random.uniform(-0.5, 0.5)])
    size = 0.6
    while len(crest) < 65:
        middle = (crest[1:] + crest[:-1]) / 2 + random.uniform(-size, size, len(crest) - 1)
        crest = np.insert(crest, np.arange(1, len(crest)), middle)
        size *= rough
    places = list(
        zip(np.linspace(-10, w + 10, len(crest)).tolist(), (y - height * (crest + 0.4)).tolist(), strict=True)
    )
    brush.cut([*places, (w + 10, low), (-10, low)], colour)
    if line is not None:
        brush.line(places, line, 1.6, curved=False)
    return places


def pines(
    brush: Brush, y: float, random: Random, colour: Colour, *, count: int = 30, tall: float = 60, w: float = 640
) -> None:
    """A row of pointed trees."""
    for x in np.sort(random.uniform(-20, w + 20, count)):
        h = tall * random.uniform(0.6, 1.2)
        for step in range(3):
            top, wide = y - h + step * h * 0.24, h * (0.14 + 0.07 * step)
            brush.cut([(x, top), (x + wide, top + h * 0.42), (x - wide, top + h * 0.42)], colour)


def trunk(brush: Brush, x: float, low: float, top: float, width: float, fill: Colour, shade: Colour) -> None:
    """A tree's stem with bark."""
    half = width / 2
    sides = [
        (x - half * 1.5, low),
        (x - half * 0.8, (low + top) / 2),
        (x - half, top),
        (x + half, top),
        (x + half * 0.9, (low + top) / 2),
        (x + half * 1.6, low),
    ]
    brush.cut(sides, fill, 1.4)
    brush.cut(
        [
            (x + half * 0.2, low),
            (x + half * 0.1, top),
            (x + half, top),
            (x + half * 0.9, (low + top) / 2),
            (x + half * 1.6, low),
        ],
        shade,
    )
    for i in range(5):
        at = low + (top - low) * (0.12 + 0.17 * i)
        brush.line([(x - half * 0.5, at), (x - half * 0.2, at - width * 0.5)], shade, 1.4)


def blob_tree(
    brush: Brush,
    x: float,
    y: float,
    size: float,
    random: Random,
    tones: tuple[Colour, Colour, Colour],
    *,
    stem: Colour = "#5a3a2e",
) -> None:
    """A round tree in three tones (shade, body, light)."""
    brush.cut(
        [
            (x - size * 0.09, y),
            (x - size * 0.05, y - size * 0.6),
            (x + size * 0.05, y - size * 0.6),
            (x + size * 0.09, y),
        ],
        stem,
        1.2,
    )
    parts = [
        (x + random.uniform(-0.34, 0.34) * size, y - size * random.uniform(0.5, 1.0), size * random.uniform(0.16, 0.27))
        for _ in range(9)
    ]
    for cx, cy, r in parts:
        brush.oval(cx, cy, r + 1.4, fill=INK)
    for tone, shift, share in zip(tones, (0.0, -0.12, -0.3), (1.0, 0.86, 0.5), strict=True):
        for cx, cy, r in parts:
            brush.oval(cx + shift * r, cy + shift * r, r * share, fill=tone)


def maple(brush: Brush, x: float, y: float, size: float, turn: float, colour: Colour) -> None:
    """A maple leaf."""
    tips = []
    for i in range(-3, 4):
        angle = math.radians(-90 + i * 42)
        reach = size * (1.0 - 0.09 * abs(i))
        tips.append((reach * math.cos(angle), reach * math.sin(angle)))
        dent = math.radians(-90 + i * 42 + 21)
        tips.append((size * 0.42 * math.cos(dent), size * 0.42 * math.sin(dent)))
    own = brush.at(x, y, turn=turn)
    own.cut(tips, colour)
    own.line([(0, 0), (0, size * 0.9)], colour, max(0.8, size * 0.1))


def grass(
    brush: Brush,
    y: float,
    random: Random,
    tones: tuple[Colour, ...],
    *,
    count: int = 220,
    tall: float = 22,
    w: float = 640,
    low: float = 370,
) -> None:
    """Blades from `y` down, the nearer the taller."""
    for i in range(count):
        depth = i / count
        base = y + (low - y) * depth
        x, h = random.uniform(-10, w + 10), tall * (0.4 + depth) * random.uniform(0.6, 1.2)
        bend = random.uniform(-0.5, 0.5) * h
        wide = 1 + 2.4 * depth
        brush.cut([(x - wide, base), (x + bend, base - h), (x + wide, base)], tones[i % len(tones)])


def sunflower(brush: Brush, x: float, y: float, size: float, sway: float) -> None:
    """A sunflower of `size` with its foot at `(x, y)`."""
    hx, hy = x + sway * size * 0.25, y - size
    brush.line([(x, y), (x + sway * size * 0.06, y - size * 0.5), (hx, hy)], "#3f7a34", size * 0.06)
    for side in (-1, 1):
        at = y - size * (0.35 if side < 0 else 0.5)
        brush.shape(
            [
                (x, at),
                (x + side * size * 0.16, at - size * 0.1),
                (x + side * size * 0.3, at),
                (x + side * size * 0.14, at + size * 0.05),
            ],
            "#56a048",
            line="#2f5c2a",
            width=0.8,
        )
    r = size * 0.2
    for ring, colour in ((1.0, "#e89a18"), (0.9, "#ffcf30")):
        for i in range(14):
            angle = math.tau * i / 14 + (0.22 if ring == 1.0 else 0) + sway * 0.2
            c, s = math.cos(angle), math.sin(angle)
            tip = (hx + c * r * 1.15 * ring, hy + s * r * 1.15 * ring)
            wide = (-s * r * 0.2, c * r * 0.2)
            mid = (hx + c * r * 0.7, hy + s * r * 0.7)
            brush.cut(
                [(hx, hy), (mid[0] + wide[0], mid[1] + wide[1]), tip, (mid[0] - wide[0], mid[1] - wide[1])], colour
            )
    brush.oval(hx, hy, r * 0.58, fill="#6b3a1c", line="#3f2010", width=1)
    brush.oval(hx - r * 0.1, hy - r * 0.1, r * 0.34, fill="#8a5226")


def waves(
    brush: Brush,
    y: float,
    t: float,
    colour: Colour,
    crest: Colour,
    *,
    height: float = 10,
    length: float = 120,
    speed: float = 40,
    w: float = 640,
    low: float = 400,
    phase: float = 0.0,
) -> None:
    """One rolling layer of sea with a light crest."""
    xs = np.arange(-20, w + 40, 10.0)
    moved = (xs + speed * t) / length * math.tau + phase
    ys = y - height * (0.62 * np.sin(moved) + 0.3 * np.sin(1.9 * moved + 1.0) + 0.22 * np.sin(0.53 * moved - t))
    top = np.stack([xs, ys], axis=1)
    brush.cut(np.concatenate([top, [(w + 40, low), (-20, low)]]), colour)
    brush.line(top, crest, 2.0, curved=False)
