# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PLR0917 - places and sizes are given in their order, as in every drawing library
"""Films by makers who are in no registry: abstract motion, a valley in a day, plane geometry, a lab's own blocks."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from PIL import Image

from kyodaku.demo.art import light, nature
from kyodaku.demo.art.brush import INK, Brush, Colour, mix, rgb
from kyodaku.demo.art.kit import Draw, Kit, Scene, ease, lerp

__all__ = ["BLOCKS", "GEOMETRY", "TIDES", "VALLEY"]


# --- abstract motion -----------------------------------------------------------------------------------------------


def _ink_in_water(kit: Kit) -> Draw:
    """Bands of colour that fold into each other."""
    across, down = np.meshgrid(np.linspace(0, 4, 160), np.linspace(0, 2.25, 90))
    colours = np.array(
        [rgb(c) for c in ("#0a2a4a", "#1f8aa8", "#f4e8c8", "#e86a4a", "#5a1f4a", "#0a2a4a")], dtype=float
    )

    def draw(t: float) -> Image.Image:
        x = across + 0.5 * np.sin(1.7 * down + 0.9 * t) + 0.22 * np.sin(4.1 * across - 1.3 * t)
        y = down + 0.4 * np.sin(1.3 * across - 0.7 * t) + 0.2 * np.cos(3.7 * down + 1.1 * t)
        level = (0.5 + 0.5 * np.sin(1.9 * x + 1.1 * y + 0.6 * np.sin(2.3 * y - t))) * (len(colours) - 1)
        whole = np.clip(level.astype(int), 0, len(colours) - 2)
        share = np.clip((level - whole) * 3 - 1, 0, 1)[..., None]
        pixels = colours[whole] * (1 - share) + colours[whole + 1] * share
        picture = Image.fromarray(pixels.astype(np.uint8), "RGB")
        return picture.resize((kit.width, kit.height), Image.Resampling.BICUBIC)

    return draw


def _ribbons(kit: Kit) -> Draw:
    """Curves of Lissajous drawn by a moving hand."""
    base = kit.sky((0.0, "#f4ecd8"), (1.0, "#e4c8a8"))

    def draw(t: float) -> Image.Image:
        picture = base.copy()
        brush = kit.brush(picture)
        for i, colour in enumerate(("#1f4a6a", "#c8442e", "#e8a02e", "#2f7a5a", "#6a2a5a")):
            phase = np.linspace(0, 2.6, 60) + 1.1 * t + 0.4 * i
            x = 320 + (230 - 16 * i) * np.sin((2 + i % 3) * phase * 0.5 + i)
            y = 180 + (140 - 10 * i) * np.sin((3 + i % 2) * phase * 0.5)
            for j in range(0, 58, 2):
                brush.line(
                    [
                        (float(x[j]), float(y[j])),
                        (float(x[j + 2] if j + 2 < 60 else x[-1]), float(y[j + 2] if j + 2 < 60 else y[-1])),
                    ],
                    colour,
                    3 + 0.34 * j,
                )
        return kit.shoot(picture)

    return draw


def _droplets(kit: Kit) -> Draw:
    """Soft round bodies that join and part."""
    random = kit.chance("drops")
    homes, pace = random.uniform((-0.9, -0.5), (0.9, 0.5), (9, 2)), random.uniform(0.5, 1.5, (9, 2))
    across, down = np.meshgrid(np.linspace(-1.25, 1.25, 160), np.linspace(-0.7, 0.7, 90))

    def draw(t: float) -> Image.Image:
        field = np.zeros_like(across)
        for (hx, hy), (px, py) in zip(homes, pace, strict=True):
            x, y = hx + 0.4 * math.sin(px * 1.6 * t + 9 * hx), hy + 0.3 * math.cos(py * 1.6 * t + 9 * hy)
            field += 0.02 / ((across - x) ** 2 + (down - y) ** 2 + 0.004)
        body, core = np.clip((field - 0.9) * 4, 0, 1)[..., None], np.clip((field - 2.0) * 1.4, 0, 1)[..., None]
        ground = np.array(rgb("#16324a")) + 50 * np.sin(5 * across + 3 * down + t)[..., None] * np.array(
            [0.2, 0.4, 0.5]
        )
        pixels = ground * (1 - body) + np.array(rgb("#4ad0b0")) * body
        pixels = pixels * (1 - core) + np.array(rgb("#fdf6c8")) * core
        picture = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8), "RGB")
        return picture.resize((kit.width, kit.height), Image.Resampling.BICUBIC)

    return draw


# --- a valley in a day ---------------------------------------------------------------------------------------------

_HOURS: tuple[tuple[float, Colour, Colour, Colour], ...] = (
    (0.0, "#0a1030", "#22305a", "#101a30"),
    (0.18, "#3a4a8a", "#f09a7a", "#3a3450"),
    (0.35, "#4a9ae8", "#cfeaf8", "#4a7a4a"),
    (0.6, "#3a8ae0", "#e8f4f8", "#5a8a4a"),
    (0.8, "#5a3a7a", "#ff8a4a", "#5a3a3a"),
    (1.0, "#0a1030", "#22305a", "#101a30"),
)


def _hour(share: float) -> tuple[Colour, Colour, Colour]:
    """Colours of zenith, horizon and land at a share of the day."""
    for (start, *before), (end, *after) in pairwise(_HOURS):
        if share <= end:
            own = (share - start) / (end - start)
            first, second, third = (mix(a, b, own) for a, b in zip(before, after, strict=True))
            return first, second, third
    return _HOURS[-1][1:]


def _valley(kit: Kit) -> Draw:
    """One day over mountains and a lake in a few seconds."""
    masks = []
    for index, (y, high, rough) in enumerate(((190, 130, 0.56), (232, 70, 0.52), (262, 30, 0.5))):
        layer = kit.canvas()
        nature.ridge(kit.brush(layer), y, high, kit.chance(f"r{index}"), "#ffffff", rough=rough, low=290)
        masks.append(layer.getchannel("A"))
    clouds = kit.canvas(w=1600, h=180)
    random = kit.chance("clouds")
    for i in range(11):
        nature.cumulus(
            kit.brush(clouds),
            145 * i + 40,
            float(random.uniform(80, 150)),
            float(random.uniform(70, 150)),
            random,
            ("#a8b4c8", "#dfe6f0", "#ffffff"),
        )
    sparkle = kit.chance("stars").uniform((0, 0), (640, 190), (110, 2))

    def draw(t: float) -> Image.Image:
        share = (0.12 + 0.8 * t / kit.seconds) % 1
        zenith, horizon, land = _hour(share)
        picture = kit.sky((0.0, zenith), (0.75, horizon), (1.0, horizon))
        brush = kit.brush(picture)
        if share < 0.16 or share > 0.88:
            brush.dots(sparkle, 0.9, "#dfe8ff")
        angle = math.pi * (share - 0.15) / 0.7
        x, y = 320 - 300 * math.cos(angle), 250 - 210 * math.sin(angle)
        kit.glow(picture, x, y, 150, "#fff0c0", 0.8)
        brush.oval(x, y, 20, fill="#fffbe8")
        kit.lay(picture, clouds, -150 * t - 20, 10)
        for i, mask in enumerate(masks):
            tone = mix(mix(horizon, land, 0.4 + 0.3 * i), INK, 0.08 * i)
            picture.paste(Image.new("RGB", picture.size, tone), (0, 0), mask)
        lake = picture.crop((0, round(60 * kit.ppu), picture.width, round(280 * kit.ppu))).transpose(
            Image.Transpose.FLIP_TOP_BOTTOM
        )
        picture.paste(
            light.tint(lake.resize((picture.width, round(82 * kit.ppu))), "#b8c4e0"), (0, round(280 * kit.ppu))
        )
        for i in range(12):
            brush.line(
                [((i * 97 + 30 * t) % 640, 284 + 6 * i), ((i * 97 + 30 * t) % 640 + 60, 284 + 6 * i)],
                (255, 255, 255, 70),
                1.2,
            )
        return kit.shoot(picture, 310 + 10 * t / kit.seconds, 180, 1.03)

    return draw


def _year(kit: Kit) -> Draw:
    """A tree through the seasons."""
    random = kit.chance("tree")
    parts = [
        (320 + float(random.normal(0, 56)), 146 + float(random.normal(0, 30)), float(random.uniform(24, 46)))
        for _ in range(44)
    ]
    tones: tuple[Colour, ...] = ("#f4b8c8", "#5aa84a", "#e88a2e", "#eef2f8")
    grounds: tuple[Colour, ...] = ("#9ac878", "#5a9a4a", "#b89a5a", "#e4ecf4")
    skies: tuple[Colour, ...] = ("#cfe8f8", "#6ab8f0", "#f4d8a8", "#b8c4d4")

    def draw(t: float) -> Image.Image:
        at = 4 * t / kit.seconds
        now, later, share = int(at) % 4, (int(at) + 1) % 4, ease(at % 1, 0.5, 1.0)
        picture = kit.sky((0.0, mix(skies[now], skies[later], share)), (1.0, "#ffffff"))
        brush = kit.brush(picture)
        nature.ridge(brush, 250, 60, kit.chance("hill"), mix(mix(grounds[now], grounds[later], share), "#8aa0c0", 0.4))
        brush.shape(
            [(-10, 370), (-10, 300), (200, 282), (420, 286), (650, 304), (650, 370)],
            mix(grounds[now], grounds[later], share),
            line=INK,
            width=2,
        )
        for points, wide in (
            ([(300, 300), (316, 240), (318, 150)], 26),
            ([(318, 210), (270, 160), (236, 120)], 12),
            ([(318, 200), (372, 150), (410, 116)], 12),
            ([(318, 160), (340, 110), (350, 80)], 9),
        ):
            brush.line(points, "#5a3f36", wide)
        full = 0.35 if now == 3 else 1.0
        size = lerp(full, 0.35 if later == 3 else 1.0, share)
        for i, (x, y, r) in enumerate(parts):
            dx = 5 * math.sin(1.7 * t + i)
            tone = mix(tones[now], tones[later], share)
            brush.oval(x + dx, y, r * size, fill=mix(tone, INK, (0.14, 0.06, 0.0)[i % 3]))
        for i in range(40):
            age = (0.4 * t + i / 40) % 1
            brush.oval((i * 83 + 60 * age) % 660 - 10, -10 + 320 * age, 2.6, fill=mix(tones[now], tones[later], share))
        return kit.shoot(picture, lerp(300, 340, t / kit.seconds), 180, 1.04)

    return draw


# --- plane geometry ------------------------------------------------------------------------------------------------


def _tiles(kit: Kit) -> Draw:
    """Quarter circles on a grid that turn one by one."""
    turns = kit.chance("tiles").integers(0, 4, (7, 11))

    def draw(t: float) -> Image.Image:
        picture = kit.canvas("#f2e6d0", w=700, h=420)
        brush = kit.brush(picture)
        for row in range(7):
            for column in range(11):
                turn = 90 * (turns[row, column] + ease((t * 0.8 + 0.09 * (row + column)) % 2, 0.2, 0.8))
                own = brush.at(32 + 64 * column, 32 + 64 * row, turn=turn)
                colours = ("#d8442e", "#1f3a5a", "#e8a82e", "#3a8a7a")
                own.box(-32, -32, 64, 64, colours[(row * 3 + column) % 4])
                arc = [(-32 + 64 * math.cos(a), -32 + 64 * math.sin(a)) for a in np.linspace(0, math.pi / 2, 9)]
                own.cut([(-32, -32), *arc], "#f2e6d0")
                small = [(-32 + 30 * math.cos(a), -32 + 30 * math.sin(a)) for a in np.linspace(0, math.pi / 2, 7)]
                own.cut([(-32, -32), *small], colours[(row + 2 * column + 1) % 4])
        return kit.shoot(picture, 350 + 20 * math.sin(0.8 * t), 210 + 14 * math.cos(0.7 * t), 1.0)

    return draw


def _nested(kit: Kit) -> Draw:
    """Polygons within polygons, each a little further turned."""

    def draw(t: float) -> Image.Image:
        picture = kit.canvas("#14182c")
        brush = kit.brush(picture)
        for i in range(22):
            sides, size = 3 + (i // 8), 330 * 0.86**i
            own = brush.at(
                330 + 60 * math.sin(0.6 * t) * (1 - 0.86**i), 176, turn=(9 * i + 24) * math.sin(0.5 * t) + 20 * t
            )
            points = [
                (size * math.cos(math.tau * k / sides), size * math.sin(math.tau * k / sides)) for k in range(sides)
            ]
            own.cut(points, ("#e84a5a", "#f4e8d0", "#2a6a8a", "#f0b03a", "#14182c")[i % 5])
        return kit.shoot(picture)

    return draw


def _moire(kit: Kit) -> Draw:
    """Two combs of lines slide over each other while discs pass beneath."""

    def draw(t: float) -> Image.Image:
        picture = kit.canvas("#f6f2ea")
        brush = kit.brush(picture)
        for i, colour in enumerate(("#e8b4a0", "#a8cfd8", "#e8d48a")):
            brush.oval(
                320 + 210 * math.sin(0.9 * t + 2.1 * i), 180 + 110 * math.cos(0.7 * t + 1.7 * i), 92, fill=colour
            )
        for i in range(40):
            brush.line([(17 * i - 20, -10), (17 * i - 20, 370)], "#1a1a2a", 4)
        slant = brush.at(320, 180, turn=8 + 10 * math.sin(0.6 * t))
        for i in range(48):
            slant.line([(17 * (i - 24) + 26 * t, -420), (17 * (i - 24) + 26 * t, 420)], "#1a1a2a", 4)
        return kit.shoot(picture)

    return draw


# --- a lab's own test film -----------------------------------------------------------------------------------------


def _cube(brush: Brush, x: float, y: float, size: float, high: float, colour: Colour) -> None:
    half, flat = size, size * 0.5
    brush.cut(
        [(x, y - flat - high), (x + half, y - high), (x, y + flat - high), (x - half, y - high)],
        mix(colour, "#ffffff", 0.35),
        1.4,
    )
    brush.cut([(x - half, y - high), (x, y + flat - high), (x, y + flat), (x - half, y)], colour, 1.4)
    brush.cut([(x + half, y - high), (x, y + flat - high), (x, y + flat), (x + half, y)], mix(colour, INK, 0.3), 1.4)


def _towers(kit: Kit) -> Draw:
    """A wave runs through a field of blocks."""

    def draw(t: float) -> Image.Image:
        picture = kit.sky((0.0, "#dfe6ee"), (1.0, "#aebccc"))
        brush = kit.brush(picture)
        for row in range(9):
            for column in range(9):
                x, y = 320 + 36 * (column - row), 60 + 18 * (column + row) + 60
                high = 30 + 26 * math.sin(2.2 * t + 0.7 * column + 0.4 * row) + 8 * ((row * 5 + column * 3) % 4)
                _cube(
                    brush,
                    x,
                    y,
                    34,
                    max(4.0, high),
                    ("#4a8ac8", "#e8a23a", "#d85a4a", "#6ab08a")[(row + 2 * column) % 4],
                )
        return kit.shoot(picture, 320 + 20 * math.sin(t), 190, 1.1)

    return draw


def _marbles(kit: Kit) -> Draw:
    """Balls hop down a flight of stairs."""

    def draw(t: float) -> Image.Image:
        picture = kit.sky((0.0, "#f4ead8"), (1.0, "#c8b49a"))
        brush = kit.brush(picture)
        for i in range(9):
            _cube(brush, 60 + 70 * i, 120 + 30 * i, 66, 40, ("#8a9ab8", "#b8a08a")[i % 2])
        for i, colour in enumerate(("#e8453a", "#2f8ad8", "#3aa86a", "#e8b02e", "#8a4ac8")):
            at = (1.6 * t + 1.9 * i) % 9.5
            step, hop = int(at), at % 1
            x, y = 60 + 70 * (step + hop), 84 + 30 * (step + hop) - 70 * hop * (1 - hop)
            brush.oval(x + 6, 84 + 30 * (step + hop) + 20, 17, 7, fill=(40, 30, 40, 70))
            brush.oval(x, y, 19, 19 - 4 * (hop < 0.1), fill=colour, line=INK, width=1.6)
            brush.oval(x - 6, y - 7, 5, fill="#ffffff")
        return kit.shoot(picture, lerp(300, 340, t / kit.seconds), 180, 1.02)

    return draw


TIDES = (
    Scene(seconds=5.0, build=_ink_in_water),
    Scene(seconds=5.0, build=_ribbons),
    Scene(seconds=5.0, build=_droplets),
)
VALLEY = (Scene(seconds=8.0, build=_valley), Scene(seconds=8.0, build=_year))
GEOMETRY = (Scene(seconds=5.0, build=_tiles), Scene(seconds=5.0, build=_nested), Scene(seconds=5.0, build=_moire))
BLOCKS = (Scene(seconds=5.0, build=_towers), Scene(seconds=5.0, build=_marbles))
