# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PLR0917 - places and sizes are given in their order, as in every drawing library
"""A cat, a clockwork fox, a whale of cloud, a gull, a robot."""

from __future__ import annotations

import math

from kyodaku.demo.art.brush import INK, Brush, Colour, join, mix
from kyodaku.demo.art.town import gear

__all__ = ["cat_face", "fox_face", "fox_running", "fox_sitting", "gull", "robot", "whale"]


def gull(brush: Brush, x: float, y: float, size: float, t: float) -> None:
    """A sea bird, wings beating."""
    beat = math.sin(6 * t)
    brush.line(
        [(x - size, y - size * 0.5 * beat), (x - size * 0.4, y - size * 0.25 - size * 0.2 * beat), (x, y)],
        "#f8f8ff",
        size * 0.18,
    )
    brush.line(
        [(x + size, y - size * 0.5 * beat), (x + size * 0.4, y - size * 0.25 - size * 0.2 * beat), (x, y)],
        "#f8f8ff",
        size * 0.18,
    )
    brush.oval(x, y, size * 0.2, size * 0.12, fill="#f8f8ff", line=INK, width=size * 0.04)


def cat_face(brush: Brush, t: float, *, blink: float = 0.0, open_mouth: float = 0.0) -> None:
    """The tram's conductor: a tabby in a cap, about 130 units wide."""
    twitch = 8 * max(0.0, math.sin(5 * t)) ** 8
    fur, dark, pale = "#f2b25c", "#c87a34", "#fff0d8"
    brush.cut(join([(-70, 70), (-96, 120), (-100, 190)], [(100, 190), (96, 120), (70, 70)]), "#2f5aa0", 2)
    for side in (-1, 1):
        lift = twitch if side > 0 else 0
        brush.cut([(side * 62, -28), (side * 66, -98 - lift), (side * 20, -62)], fur, 2.2)
        brush.cut([(side * 56, -44), (side * 59, -82 - lift), (side * 34, -62)], "#f0928a")
    brush.shape(
        [(0, -66), (-56, -50), (-82, 0), (-74, 40), (-40, 66), (0, 72), (40, 66), (74, 40), (82, 0), (56, -50)],
        fur,
        line=INK,
        width=2.2,
    )
    for side in (-1, 1):
        for i in range(2):
            brush.taper([(side * 80, 4 + 16 * i), (side * 62, 8 + 14 * i), (side * 48, 8 + 13 * i)], dark, 5)
    brush.shape([(-34, 30), (-10, 22), (10, 22), (34, 30), (26, 60), (0, 68), (-26, 60)], pale)
    for side in (-1, 1):
        eye = brush.at(side * 34, 0)
        if blink > 0.6:
            eye.line([(-14, 2), (0, 9), (14, 2)], INK, 3)
        else:
            eye.oval(0, 0, 16, 17 * (1 - blink), fill="#b8e85a", line=INK, width=2.4)
            eye.oval(2 * math.sin(1.3 * t), 0, 6, 15 * (1 - blink), fill=INK)
            eye.oval(-5, -6, 4, 4 * (1 - blink), fill="#ffffff")
        for i in (-1, 0, 1):
            brush.line([(side * 30, 38 + 5 * i), (side * 96, 32 + 13 * i + 2 * math.sin(4 * t))], "#fffaf0", 1.3)
    brush.cut([(-8, 24), (8, 24), (0, 33)], "#e8606a", 1.6)
    brush.line([(-16, 40), (-8, 44), (0, 34), (8, 44), (16, 40)], INK, 1.8)
    if open_mouth > 0.1:
        brush.oval(0, 46 + 4 * open_mouth, 8, 9 * open_mouth, fill="#a83a4a", line=INK, width=1.8)
    brush.cut(
        join([(-50, -52), (-56, -88), (0, -106), (56, -88), (50, -52)], [(50, -52), (0, -64), (-50, -52)]),
        "#2f5aa0",
        2.2,
    )
    brush.cut(join([(-48, -54), (0, -66), (48, -54)], [(46, -42), (0, -52), (-46, -42)]), "#1c2f58", 2)
    brush.oval(0, -80, 9, fill="#ffd05a", line=INK, width=1.6)
    brush.text(0, -87, "7", 13, "#7a3b1e")


def fox_face(brush: Brush, t: float, *, glow: float = 1.0, blink: float = 0.0) -> None:
    """A clockwork fox looks at us: brass, red fur, eyes with wheels in them; about 180 units wide."""
    fur, dark, pale = "#e8702e", "#b04a1e", "#fff0e0"
    ear = 5 * math.sin(2.3 * t)
    for side in (-1, 1):
        brush.cut([(side * 30, -56), (side * 78, -132 + side * ear), (side * 88, -26)], fur, 2.4)
        brush.cut([(side * 48, -58), (side * 74, -108 + side * ear), (side * 78, -40)], "#3a2434")
    whole = join(
        [(0, -70), (-50, -62), (-88, -22)],
        [(-88, -22), (-104, 24), (-70, 40)],
        [(-70, 40), (-40, 70), (0, 96)],
        [(0, 96), (40, 70), (70, 40)],
        [(70, 40), (104, 24), (88, -22)],
        [(88, -22), (50, -62), (0, -70)],
    )
    brush.cut(whole, fur, 2.4)
    for side in (-1, 1):
        brush.cut(
            join(
                [(0, 20), (side * 34, 26), (side * 98, 22)],
                [(side * 98, 22), (side * 66, 42), (side * 36, 70), (0, 94)],
            ),
            pale,
        )
        brush.line([(side * 70, 40), (side * 40, 70), (0, 96)], INK, 2)
        gear(brush, side * 44, 0, 25, 9, side * 1.4 * t, "#d8a040")
        if blink > 0.5:
            brush.line([(side * 26, 4), (side * 44, 12), (side * 62, 4)], INK, 4)
        else:
            brush.oval(side * 44, 0, 13, fill="#2a1420", line=INK, width=2)
            brush.oval(side * 44, 0, 9 * (0.7 + 0.3 * glow), fill=mix("#7a2a1a", "#ffe27a", glow))
            brush.oval(side * 44 - 4, -4, 3, fill="#ffffff")
        brush.taper([(side * 22, -26), (side * 44, -36), (side * 68, -24)], dark, 7)
    brush.cut([(0, -66), (-14, -40), (0, -18), (14, -40)], "#ffd05a", 1.8)
    for y in (-2, 14):
        brush.line([(-8, y), (8, y)], dark, 2)
    brush.shape([(-13, 74), (13, 74), (0, 92)], INK)
    for x in (-72, 72):
        for y in (-14, 26):
            brush.oval(x + (6 if x > 0 else -6), y, 3, fill="#d8a040", line=INK, width=1.2)


def fox_running(brush: Brush, x: float, y: float, size: float, t: float) -> None:
    """The fox at full stretch, heading right; its paws touch at `y`."""
    phase = 8.5 * t
    hop, stretch = 0.12 * abs(math.sin(phase)), math.sin(phase)
    own = brush.at(x, y - size * hop, size, turn=4 * stretch)
    fur, dark = "#e8702e", "#b04a1e"
    for base, ahead, colour in ((-0.52, -1, dark), (0.42, 1, dark), (-0.44, -1, fur), (0.5, 1, fur)):
        lag = 0.5 if colour == dark else 0.0
        reach = 0.42 * math.sin(phase + lag + (0 if ahead > 0 else math.pi))
        knee = (base + reach * 0.5, -0.26)
        own.limb([(base, -0.48), knee, (base + reach, 0.0 - 0.06 * abs(reach))], 0.11, colour, rim=0.025)
    tail = [
        (-0.6, -0.56),
        (-0.95, -0.72 - 0.12 * stretch),
        (-1.35, -0.62 - 0.2 * stretch),
        (-1.6, -0.8 - 0.2 * stretch),
        (-1.25, -0.98 - 0.15 * stretch),
        (-0.85, -0.84),
    ]
    own.shape(tail, fur, line=INK, width=0.035)
    own.shape(
        [(-1.38, -0.68 - 0.2 * stretch), (-1.62, -0.8 - 0.2 * stretch), (-1.32, -0.94 - 0.16 * stretch)],
        "#fff0e0",
        line=INK,
        width=0.03,
    )
    own.shape(
        [(-0.66, -0.5), (-0.5, -0.76), (0.1, -0.72), (0.58, -0.82), (0.72, -0.56), (0.3, -0.4), (-0.3, -0.38)],
        fur,
        line=INK,
        width=0.035,
    )
    gear(own, -0.02, -0.57, 0.15, 8, 3 * t, "#d8a040")
    own.line([(-0.05, -0.74), (-0.05, -0.92)], "#d8a040", 0.05)
    key = abs(math.cos(3 * t)) * 0.14 + 0.02
    own.oval(-0.05, -1.0, key, 0.09, fill=None, line="#d8a040", width=0.05)
    _fox_profile(own.at(0.72, -0.82))


def _fox_profile(own: Brush) -> None:
    fur = "#e8702e"
    own.cut([(-0.16, -0.16), (-0.2, -0.5), (0.04, -0.22)], fur, 0.03)
    own.cut(
        join(
            [(-0.22, 0.16), (-0.2, -0.16), (0.06, -0.24)],
            [(0.06, -0.24), (0.3, -0.06), (0.52, 0.06)],
            [(0.52, 0.06), (0.2, 0.2), (-0.22, 0.16)],
        ),
        fur,
        0.035,
    )
    own.cut([(0.06, 0.1), (0.52, 0.07), (0.2, 0.2), (-0.06, 0.2)], "#fff0e0")
    own.oval(0.5, 0.05, 0.045, fill=INK)
    own.oval(0.12, -0.04, 0.075, fill="#ffe27a", line=INK, width=0.025)
    own.oval(0.14, -0.04, 0.03, fill=INK)


def fox_sitting(brush: Brush, x: float, y: float, size: float, t: float) -> None:
    """The fox sits with its back to us, tail swaying."""
    own = brush.at(x, y, size)
    fur, swing = "#e8702e", 0.22 * math.sin(1.8 * t)
    own.shape(
        [(0.2, -0.06), (0.7, -0.02), (1.0 + swing, -0.4), (0.86 + swing, -0.66), (0.66, -0.3)],
        fur,
        line=INK,
        width=0.035,
    )
    own.shape([(0.9 + swing, -0.44), (1.0 + swing, -0.42), (0.88 + swing, -0.7), (0.78 + swing, -0.5)], "#fff0e0")
    own.shape(
        [(-0.34, 0.0), (-0.36, -0.5), (-0.16, -0.86), (0.16, -0.86), (0.36, -0.5), (0.34, 0.0)],
        fur,
        line=INK,
        width=0.035,
    )
    for side in (-1, 1):
        own.cut([(side * 0.06, -1.16), (side * 0.28, -1.52), (side * 0.32, -1.04)], fur, 0.03)
    own.oval(0, -1.0, 0.34, 0.26, fill=fur, line=INK, width=0.035)
    gear(own, 0, -0.46, 0.18, 8, 1.2 * t, "#d8a040")


def whale(brush: Brush, x: float, y: float, size: float, t: float, tones: tuple[Colour, Colour, Colour]) -> None:
    """A whale that swims in the sky, heading left."""
    own = brush.at(x, y, size, turn=4 * math.sin(0.9 * t))
    shade, body, bright = tones
    flap = 0.16 * math.sin(1.7 * t)
    own.shape(
        [(0.92, -0.06), (1.3, -0.36 + flap), (1.52, -0.3 + flap), (1.3, -0.08), (1.5, 0.16 + flap), (1.26, 0.2 + flap)],
        body,
        line=INK,
        width=0.02,
    )
    own.shape(
        [
            (-1.1, 0.0),
            (-0.9, -0.34),
            (-0.3, -0.5),
            (0.4, -0.36),
            (1.1, -0.08),
            (0.5, 0.24),
            (-0.2, 0.42),
            (-0.86, 0.36),
        ],
        body,
        line=INK,
        width=0.025,
    )
    own.shape([(-1.08, 0.08), (-0.5, 0.12), (0.2, 0.14), (0.8, 0.06), (0.4, 0.26), (-0.2, 0.4), (-0.84, 0.34)], bright)
    for i in range(6):
        own.line([(-0.92 + 0.13 * i, 0.16 + 0.01 * i), (-0.8 + 0.17 * i, 0.3 - 0.012 * i)], shade, 0.018)
    own.shape([(-0.3, 0.2), (-0.1, 0.62 + flap), (0.16, 0.74 + flap), (0.06, 0.22)], shade, line=INK, width=0.022)
    own.oval(-0.76, 0.02, 0.05, fill=INK)
    own.oval(-0.775, 0.005, 0.017, fill="#ffffff")
    own.line([(-1.06, 0.1), (-0.86, 0.13), (-0.7, 0.1)], INK, 0.016)
    for i, (dx, dy) in enumerate(((-0.4, -0.3), (-0.1, -0.34), (0.15, -0.2), (0.4, -0.22), (-0.55, -0.16))):
        own.oval(dx, dy, 0.03 + 0.01 * (i % 3), fill=bright)


def robot(brush: Brush, t: float, *, angry: float = 0.0) -> None:
    """A guard's head: a drum with one eye that scans; about 150 units wide."""
    own = brush.at(turn=3 * math.sin(1.7 * t))
    metal, dark = "#8a93b8", "#4c5278"
    own.box(-26, 60, 52, 40, dark, line=INK, width=2.2)
    own.cut(join([(-110, 190), (-104, 120), (-60, 92)], [(60, 92), (104, 120), (110, 190)]), "#5c648c", 2.4)
    for x in (-70, 70):
        own.oval(x, 124, 13, fill="#ffb03a", line=INK, width=2)
    for side in (-1, 1):
        own.box(side * 82 - 10, -34, 20, 60, dark, line=INK, width=2.2)
        own.line([(side * 82, -34), (side * 94, -84)], INK, 3)
        own.oval(side * 94, -88, 6, fill="#ff3b5c" if math.sin(9 * t + side) > 0 else "#5a1c34", line=INK, width=2)
    own.cut(
        join(
            [(-78, 66), (-80, -30), (-56, -74), (0, -86), (56, -74), (80, -30), (78, 66)],
            [(78, 66), (0, 74), (-78, 66)],
        ),
        metal,
        2.6,
    )
    own.cut(join([(40, 70), (44, -20), (34, -78)], [(34, -78), (70, -54), (80, 0), (78, 66)]), "#6c759c")
    own.box(-66, -30, 132, 46, "#171226", line=INK, width=2.4)
    eye = 44 * math.sin(1.9 * t)
    colour = mix("#3ae8ff", "#ff2f4c", angry)
    own.oval(eye, -7, 19, fill=mix(colour, "#000000", 0.45))
    own.oval(eye, -7, 14, fill=colour)
    own.oval(eye - 4, -11, 5, fill="#ffffff")
    for i in range(6):
        own.line([(-40 + 16 * i, 34), (-40 + 16 * i, 56)], INK, 3)
    own.text(0, -62, "ケイビ", 15, "#f4e8b0")
    for x, y in ((-66, 56), (66, 56), (-58, -52), (58, -52)):
        own.oval(x, y, 3.4, fill=dark, line=INK, width=1.2)
