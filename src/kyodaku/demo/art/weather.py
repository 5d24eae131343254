# SPDX-License-Identifier: Apache-2.0
"""Things in the air: rain, snow, leaves, sparks, stars that shoot, lines of speed. All are plain functions of time."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from kyodaku.demo.art.brush import Brush, Colour
from kyodaku.demo.art.nature import maple

__all__ = ["drift", "embers", "leaves", "petals", "rain", "ripples", "shooting_star", "snow", "speed_lines"]

Random = np.random.Generator


def drift(
    random: Random,
    count: int,
    t: float,
    velocity: tuple[float, float],
    *,
    w: float = 640,
    h: float = 360,
    spread: float = 0.4,
) -> NDArray[np.float64]:
    """Places of things that drift and come in again on the other side; `random` must be fresh for each picture."""
    start = random.uniform((0, 0), (w + 80, h + 80), (count, 2))
    pace = 1 + random.uniform(-spread, spread, (count, 1))
    moved = start + np.array(velocity) * pace * t
    return np.asarray(np.mod(moved, (w + 80, h + 80)) - 40, dtype=float)


def rain(
    brush: Brush,
    random: Random,
    t: float,
    *,
    count: int = 160,
    slant: float = -60,
    colour: Colour = (190, 215, 255, 150),
    w: float = 640,
) -> None:
    """Streaks of rain."""
    places = drift(random, count, t, (slant * 6, 760), w=w)
    brush.dashes(places, (slant * 0.22, 26), colour, 0.9)


def snow(
    brush: Brush, random: Random, t: float, *, count: int = 120, w: float = 640, colour: Colour = "#ffffff"
) -> None:
    """Flakes that swing as they fall."""
    places = drift(random, count, t, (-18, 46), w=w)
    places[:, 0] += 6 * np.sin(1.6 * t + np.arange(count))
    brush.dots(places[: count // 2], 1.1, colour)
    brush.dots(places[count // 2 :], 2.0, colour)


def leaves(
    brush: Brush,
    random: Random,
    t: float,
    colours: tuple[Colour, ...],
    *,
    count: int = 26,
    wind: float = -60,
    w: float = 640,
    size: float = 9,
) -> None:
    """Maple leaves on the wind."""
    places = drift(random, count, t, (wind, 58), w=w)
    sizes, spin = random.uniform(0.6, 1.5, count), random.uniform(-160, 160, count)
    for i, (x, y) in enumerate(places):
        maple(
            brush, x + 12 * math.sin(1.4 * t + i), y, size * sizes[i], spin[i] * t + 40 * i, colours[i % len(colours)]
        )


def petals(
    brush: Brush, random: Random, t: float, colour: Colour, *, count: int = 40, wind: float = -70, w: float = 640
) -> None:
    """Small petals that tumble."""
    for i, (x, y) in enumerate(drift(random, count, t, (wind, 34), w=w)):
        flat = abs(math.sin(2.4 * t + i))
        brush.at(x, y, turn=47 * i + 90 * t).oval(0, 0, 3.4, 0.6 + 1.6 * flat, fill=colour)


def embers(
    brush: Brush,
    random: Random,
    t: float,
    colour: Colour,
    *,
    count: int = 50,
    w: float = 640,
    rise: float = -50,
    size: float = 1.5,
) -> None:
    """Sparks that rise and flicker."""
    places = drift(random, count, t, (12, rise), w=w)
    flicker = np.sin(7 * t + np.arange(count) * 1.7)
    brush.dots(places[flicker > -0.3], size, colour)


def speed_lines(
    brush: Brush,
    random: Random,
    t: float,
    colour: Colour,
    *,
    count: int = 40,
    speed: float = -1600,
    w: float = 640,
    h: float = 360,
) -> None:
    """Lines that rush past."""
    places = drift(random, count, t, (speed, 0), w=w, h=h, spread=0.5)
    brush.dashes(places, (90, 0), colour, 1.6)


def ripples(
    brush: Brush,
    random: Random,
    t: float,
    colour: Colour,
    *,
    count: int = 14,
    y: float = 290,
    h: float = 70,
    w: float = 640,
) -> None:
    """Rings where drops fall into puddles."""
    where, when = random.uniform((0, y), (w, y + h), (count, 2)), random.uniform(0, 1, count)
    for (x, at), phase in zip(where, when, strict=True):
        age = (t * 1.6 + phase) % 1
        brush.oval(x, at, 3 + 16 * age, 1 + 5 * age, fill=None, line=colour, width=1.2 * (1 - age) + 0.3)


def shooting_star(brush: Brush, t: float, start: float, x: float, y: float) -> None:
    """A star that falls for half a second from `(x, y)`."""
    age = (t - start) / 0.6
    if 0 < age < 1:
        head = (x - 190 * age, y + 80 * age)
        brush.taper([(head[0] + 70, head[1] - 30), (head[0] + 20, head[1] - 8), head], "#ffffff", 3.5)
        brush.oval(*head, 2.2, fill="#ffffff")
