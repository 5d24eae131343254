# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PLR0917 - places and sizes are given in their order, as in every drawing library
"""A boat, a tram, a motorbike, a delivery drone."""

from __future__ import annotations

import math

from kyodaku.demo.art.brush import INK, Brush, Colour, join, mix
from kyodaku.demo.art.faces import Mood
from kyodaku.demo.art.people import Person, Pose, figure

__all__ = ["bike", "boat", "drone", "tram"]


def boat(brush: Brush, x: float, y: float, size: float, turn: float, *, light: bool = True) -> None:
    """A small fishing boat that rides at `(x, y)`."""
    own = brush.at(x, y, size, turn=turn)
    own.line([(0.1, -0.35), (0.1, -1.15)], "#5c4636", 0.05)
    own.line([(0.1, -1.1), (-0.62, -0.36)], INK, 0.02)
    own.line([(0.1, -1.1), (0.85, -0.36)], INK, 0.02)
    own.cut([(0.1, -1.12), (0.42, -1.02), (0.1, -0.92)], "#e8555a", 0.03)
    own.box(-0.38, -0.72, 0.5, 0.42, "#f4efe2", line=INK, width=0.035)
    own.box(-0.44, -0.79, 0.62, 0.09, "#c8473a", line=INK, width=0.03)
    for dx in (-0.31, -0.08):
        own.box(dx, -0.62, 0.15, 0.16, "#ffe08a" if light else "#9ccbe4", line=INK, width=0.025)
    hull = join(
        [(-0.95, -0.36), (-0.8, 0.0), (-0.6, 0.2)],
        [(-0.6, 0.2), (0.7, 0.2)],
        [(0.7, 0.2), (0.95, -0.1), (1.12, -0.5)],
        [(1.12, -0.5), (0.4, -0.3), (-0.95, -0.36)],
    )
    own.cut(hull, "#37618e", 0.045)
    own.cut(join([(-0.72, 0.02), (0.0, 0.04), (0.86, -0.02)], [(0.7, 0.2), (-0.6, 0.2)]), "#b8433a")
    own.line([(-0.93, -0.28), (0.3, -0.22), (1.06, -0.4)], "#f4efe2", 0.06)
    own.text(0.25, -0.16, "ナギ", 0.17, "#f4efe2")


def tram(
    brush: Brush, x: float, y: float, size: float, t: float, *, body: Colour = "#3aa39a", dark: bool = False
) -> None:
    """A one-car tram about `2 size` long whose wheels stand at `(x, y)`."""
    own = brush.at(x, y, size)
    cream = "#f6edd2"
    own.line([(-0.2, -1.02), (0.05, -1.34), (-0.25, -1.5)], "#40384e", 0.03, curved=False)
    own.line([(-0.4, -1.5), (-0.08, -1.5)], "#40384e", 0.035)
    own.cut([(-0.98, -0.92), (-0.9, -1.04), (0.9, -1.04), (0.98, -0.92)], "#8a93a8", 0.025)
    own.cut(
        join(
            [(-1.0, -0.14), (-1.04, -0.6), (-0.96, -0.94)],
            [(-0.96, -0.94), (0.96, -0.94)],
            [(0.96, -0.94), (1.04, -0.6), (1.0, -0.14)],
        ),
        cream,
        0.03,
    )
    own.cut([(-1.01, -0.14), (-1.03, -0.46), (1.03, -0.46), (1.01, -0.14)], body, 0.025)
    own.line([(-1.02, -0.4), (1.02, -0.4)], "#ffd86a", 0.03)
    pane = "#ffe9a8" if dark else "#bfe8f8"
    for i in range(6):
        left = -0.86 + 0.3 * i
        if i in {0, 5}:
            own.box(left, -0.84, 0.2, 0.7, mix(body, cream, 0.5), line=INK, width=0.02)
        own.box(left + 0.02, -0.82, 0.2 if i not in {0, 5} else 0.16, 0.33, pane, line=INK, width=0.02)
        if not dark:
            own.line([(left + 0.06, -0.56), (left + 0.16, -0.76)], "#ffffff", 0.02)
    own.text(0.0, -0.34, "7", 0.2, cream)
    own.box(-0.22, -1.0, 0.44, 0.08, "#40384e")
    own.oval(1.0, -0.3, 0.05, fill="#fff6c8", line=INK, width=0.02)
    for dx in (-0.6, -0.36, 0.36, 0.6):
        own.oval(dx, -0.09, 0.11, fill="#4a4458", line=INK, width=0.025)
        angle = 5 * t
        own.line(
            [
                (dx - 0.08 * math.cos(angle), -0.09 - 0.08 * math.sin(angle)),
                (dx + 0.08 * math.cos(angle), -0.09 + 0.08 * math.sin(angle)),
            ],
            "#a8a2b8",
            0.025,
        )


def bike(
    brush: Brush, x: float, y: float, size: float, t: float, rider: Person, mood: Mood, *, turn: float = 0.0
) -> None:
    """A motorbike and its rider, heading right, tyres at `(x, y)`."""
    own = brush.at(x, y, size, turn=turn)
    for dx in (-0.62, 0.64):
        own.oval(dx, -0.28, 0.28, fill="#1a1626", line="#ff4f8a", width=0.035)
        own.oval(dx, -0.28, 0.15, fill="#4a4266")
        for i in range(3):
            angle = 14 * t + i * math.tau / 3
            own.line([(dx, -0.28), (dx + 0.2 * math.cos(angle), -0.28 + 0.2 * math.sin(angle))], "#8a7fb0", 0.03)
    own.line([(0.64, -0.28), (0.42, -0.86)], "#8a93b0", 0.07)
    pose = Pose(near_leg=(62, -74), far_leg=(70, -66), near_arm=(58, 14), far_arm=(62, 10), lean=24)
    figure(own.at(-0.2, 0.02, 0.0155), rider, pose, mood)
    shell = join(
        [(-0.86, -0.66), (-0.4, -0.5), (0.0, -0.72), (0.4, -0.8)],
        [(0.4, -0.8), (0.62, -0.56), (0.3, -0.3)],
        [(0.3, -0.3), (-0.3, -0.24), (-0.86, -0.66)],
    )
    own.cut(shell, "#e8e4f4", 0.04)
    own.cut(join([(-0.3, -0.46), (0.1, -0.58), (0.46, -0.66)], [(0.46, -0.56), (0.2, -0.36), (-0.3, -0.46)]), "#ff4f8a")
    own.box(-1.02, -1.02, 0.42, 0.36, "#ffb03a", line=INK, width=0.035)
    own.line([(-0.81, -1.02), (-0.81, -0.66)], "#c8742a", 0.04)
    own.cut([(0.4, -0.84), (0.62, -0.98), (0.7, -0.7), (0.52, -0.66)], "#7ae8ff", 0.03)
    own.oval(0.66, -0.66, 0.06, 0.05, fill="#fff8d0")


def drone(brush: Brush, x: float, y: float, size: float, t: float) -> None:
    """A little flying camera."""
    own = brush.at(x, y, size, turn=6 * math.sin(3 * t))
    for side in (-1, 1):
        own.line([(0, 0), (side * 0.9, -0.3)], "#6a6484", 0.1)
        own.oval(side * 0.9, -0.36, 0.45 * abs(math.cos(30 * t)) + 0.1, 0.05, fill="#cfd6ee")
    own.oval(0, 0, 0.46, 0.36, fill="#3c3658", line=INK, width=0.06)
    own.oval(0.08, 0.04, 0.18, fill="#ff3b5c", line="#ffffff", width=0.05)
