# SPDX-License-Identifier: Apache-2.0
"""Faces in cel style: flat colours, one shadow tone, large eyes, locks of hair that move in the wind.

A head is drawn around the point between its ears; it is about 125 units high, the chin at y = 62.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kyodaku.demo.art.brush import INK, Brush, Colour, Points, join, mix, rgb, smooth

__all__ = ["Hair", "Look", "Mood", "Mouth", "blinking", "face", "hair_behind", "hair_in_front", "head", "sway"]

Hair = Literal["bob", "long", "spiky", "twin", "short", "none"]
Mouth = Literal["smile", "flat", "open", "gasp", "grin", "sad"]


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a character looks like, whatever it feels."""

    skin: Colour = "#ffe0cf"
    skin_shade: Colour = "#f0b5a4"
    hair: Colour = "#2b2f5e"
    hair_shade: Colour = "#1c1d42"
    hair_shine: Colour = "#5a66b0"
    eyes: Colour = "#c9782b"
    eyes_deep: Colour = "#5c2a16"
    style: Hair = "bob"
    lashes: float = 1.0
    brows: float = 1.0
    beard: bool = False


@dataclass(frozen=True, kw_only=True)
class Mood:
    """How a head is held and what its face does: yaw and gaze -1 to 1, the rest 0 to 1 (tilt in degrees)."""

    yaw: float = 0.0
    tilt: float = 0.0
    blink: float = 0.0
    gaze: tuple[float, float] = (0.0, 0.0)
    mouth: Mouth = "smile"
    talk: float = 1.0
    brow: float = 0.0
    blush: float = 0.5
    wind: float = 0.0


def blinking(mood: Mood, t: float, *, every: float = 2.7, at: float = 1.1) -> Mood:
    """The mood with the eyes closed for a moment now and then."""
    since = (t - at) % every
    return replace(mood, blink=max(mood.blink, 0.0, 1 - abs(since - 0.1) / 0.13))


def head(brush: Brush, look: Look, mood: Mood) -> None:
    """A whole head: hair behind, face, eyes, mouth, hair in front."""
    own = brush.at(turn=mood.tilt)
    hair_behind(own, look, mood)
    face(own, look, mood)
    hair_in_front(own, look, mood)


def face(brush: Brush, look: Look, mood: Mood) -> None:
    """Everything that is not hair."""
    yaw = mood.yaw
    turned = brush.at(11 * yaw)
    for side in (-1, 1):
        if side * yaw < 0.45:
            brush.oval(side * (51 - 4 * side * yaw), 14, 8, 12, fill=look.skin_shade, line=INK, width=1.5)
    brush.shape(_outline(yaw), look.skin, line=INK, width=2.0)
    _fringe_shadow(brush, look, mood)
    _blush(turned, mood)
    for side in (-1, 1):
        narrow = 1 - 0.22 * max(0.0, side * yaw)
        _eye(turned.at(side * 23 * (1 - 0.06 * abs(yaw)), 12), look, mood, side, narrow)
    if look.beard:
        _beard(turned, look)
    turned.line(
        [(3 * yaw + 1.5, 29), (3 * yaw + 3.5 * (1 if yaw >= 0 else -1), 33)], mix(look.skin_shade, INK, 0.35), 1.6
    )
    _mouth(turned.at(2 * yaw, 43), mood)


def _outline(yaw: float) -> list[tuple[float, float]]:
    half = [(-49, -30), (-51, 0), (-48, 20), (-38, 41), (-17, 57)]
    left = [(x + (5 * yaw if x < 0 and yaw > 0 else 0), y) for x, y in half]
    right = [(-x + (5 * yaw if yaw < 0 else 0), y) for x, y in half]
    chin = [(9 * yaw, 62.0)]
    return [(0, -58), *left, *chin, *right[::-1]]


def _blush(brush: Brush, mood: Mood) -> None:
    if mood.blush > 0:
        for side in (-1, 1):
            pink = (246, 120, 120, round(110 * mood.blush))
            brush.oval(side * 33, 30, 9, 4.5, fill=pink)
            for i in (-1, 0, 1):
                brush.line([(side * 33 + i * 4 - 1.5, 32), (side * 33 + i * 4 + 1.5, 28)], (220, 80, 90, 150), 1.2)


def _eye(brush: Brush, look: Look, mood: Mood, side: int, narrow: float) -> None:
    own = brush.at(flip=side < 0)
    squash = 1 - mood.blink
    if squash < 0.25:
        own.line([(-12 * narrow, 3), (-4, 8), (5, 8), (13 * narrow, 1)], INK, 3.0)
        own.line([(12 * narrow, 2), (16 * narrow, 4)], INK, 2.0)
    else:
        _open_eye(own, look, mood, side, (narrow, squash))


def _open_eye(own: Brush, look: Look, mood: Mood, side: int, size: tuple[float, float]) -> None:
    narrow, squash = size

    def fit(points: Points) -> NDArray[np.float64]:
        fitted: NDArray[np.float64] = np.asarray(points, dtype=float) * np.array([narrow, squash])
        return fitted

    own.shape(fit([(-11, 2), (-8, -10), (2, -14), (10, -8), (12, 2), (8, 12), (-4, 13)]), "#ffffff")
    x, y = side * mood.gaze[0] * 4 * narrow, mood.gaze[1] * 3 * squash
    rx, ry = 8.6 * narrow, 13.2 * squash
    own.oval(x, y - 0.5, rx, ry, fill=look.eyes_deep)
    own.oval(x, y + 3.6 * squash, rx * 0.82, ry * 0.66, fill=look.eyes)
    own.oval(x, y + 7.6 * squash, rx * 0.55, ry * 0.28, fill=mix(look.eyes, "#ffffff", 0.45))
    own.oval(x, y - 0.6, rx * 0.42, ry * 0.42, fill=mix(look.eyes_deep, INK, 0.7))
    light = -2.8 * side
    own.oval(x + light, y - 5.2 * squash, 3.2 * narrow, 3.6 * squash, fill="#ffffff")
    own.oval(x - light * 1.1, y + 5.6 * squash, 1.5, 1.6, fill="#ffffff")
    lash = [(-12.5, 3), (-10.5, -7), (-3, -13.5), (6, -12.5), (12, -5), (14.5, 2)]
    own.line(fit(lash), INK, 3.6 * look.lashes)
    own.line(fit([(11.5, -6), (16.5, -8.5)]), INK, 2.2 * look.lashes)
    own.line(fit([(-6, 13.4), (2, 14.4), (8, 12.4)]), mix(INK, look.skin_shade, 0.35), 1.3)


def _mouth(brush: Brush, mood: Mood) -> None:
    match mood.mouth:
        case "smile":
            brush.line([(-9, -1), (-3, 2.6), (3, 2.6), (9, -1)], INK, 1.8)
        case "flat":
            brush.line([(-6, 1), (6, 0)], INK, 1.8)
        case "sad":
            brush.line([(-7, 3), (0, -0.5), (7, 3)], INK, 1.8)
        case "gasp":
            brush.oval(0, 2, 5.0, 3 + 5 * mood.talk, fill="#8c2a3a", line=INK, width=1.6)
        case "grin":
            brush.cut(join([(-13, -3), (0, 0), (13, -3)], [(13, -3), (6, 8), (-6, 8), (-13, -3)]), "#ffffff", 1.8)
        case "open":
            deep = 3 + 10 * mood.talk
            lips = join(
                [(-11, -3), (0, -1), (11, -3)], [(11, -3), (7, deep * 0.75), (0, deep), (-7, deep * 0.75), (-11, -3)]
            )
            brush.cut(lips, "#8c2a3a", 1.8)
            if deep > 5:
                brush.oval(0, deep * 0.74, 5.5, deep * 0.2, fill="#f08a8a")


def _beard(brush: Brush, look: Look) -> None:
    whole = join(
        [(-44, 22), (-46, 52), (-22, 84), (0, 92), (22, 84), (46, 52), (44, 22)],
        [(44, 22), (28, 40), (0, 36)],
        [(0, 36), (-28, 40), (-44, 22)],
    )
    brush.cut(whole, look.hair, 2)
    for x in (-20, 0, 20):
        brush.line([(x, 62), (x * 0.8, 80)], look.hair_shade, 1.6)


def _blown(points: Points, wind: float) -> NDArray[np.float64]:
    """Hair is fixed at the crown and follows the wind the more, the lower it hangs."""
    placed = np.array(points, dtype=float)
    hang = np.clip((placed[:, 1] + 60) / 120, 0, 2.5)
    placed[:, 0] += wind * 16 * hang**1.5
    placed[:, 1] -= abs(wind) * 4 * hang**2
    return placed


_FRINGE: dict[str, list[list[tuple[float, float]]]] = {
    "bob": [
        [(-53, 36), (-64, 4), (-58, -40), (-28, -70), (4, -75), (36, -68), (60, -38), (64, 4), (53, 36)],
        [(53, 36), (45, 12), (43, -14)],
        [(43, -14), (36, 0), (27, 4)],
        [(27, 4), (27, -10), (22, -24)],
        [(22, -24), (12, -4), (-2, 2)],
        [(-2, 2), (3, -12), (2, -26)],
        [(2, -26), (-10, -8), (-27, 2)],
        [(-27, 2), (-22, -10), (-21, -24)],
        [(-21, -24), (-34, -8), (-43, -4)],
        [(-43, -4), (-46, 16), (-53, 36)],
    ],
    "long": [
        [(-54, 64), (-66, 14), (-60, -36), (-30, -70), (0, -76), (32, -70), (60, -36), (66, 14), (54, 64)],
        [(54, 64), (50, 30), (44, -6)],
        [(44, -6), (36, -14), (22, -34)],
        [(22, -34), (24, -16), (16, -2)],
        [(16, -2), (8, -16), (4, -36)],
        [(4, -36), (0, -16), (-12, -1)],
        [(-12, -1), (-14, -18), (-10, -36)],
        [(-10, -36), (-26, -14), (-44, -4)],
        [(-44, -4), (-50, 30), (-54, 64)],
    ],
    "spiky": [
        [(-52, 22), (-66, 6)],
        [(-66, 6), (-56, -16), (-74, -30)],
        [(-74, -30), (-54, -44), (-58, -70)],
        [(-58, -70), (-34, -66), (-22, -90)],
        [(-22, -90), (-4, -74), (20, -92)],
        [(20, -92), (30, -72), (56, -74)],
        [(56, -74), (54, -48), (74, -36)],
        [(74, -36), (60, -14), (64, 8)],
        [(64, 8), (54, 12), (50, 22)],
        [(50, 22), (46, 0), (40, -20)],
        [(40, -20), (36, -2), (26, 2)],
        [(26, 2), (24, -12), (16, -28)],
        [(16, -28), (10, -10), (-6, 4)],
        [(-6, 4), (-4, -12), (-10, -28)],
        [(-10, -28), (-22, -8), (-36, 0)],
        [(-36, 0), (-36, -14), (-40, -22)],
        [(-40, -22), (-48, 0), (-52, 22)],
    ],
    "short": [
        [(-52, 26), (-63, 0), (-60, -40), (-30, -72), (6, -78), (44, -66), (62, -36), (62, 0), (52, 26)],
        [(52, 26), (46, 4), (42, -22)],
        [(42, -22), (20, -14), (2, -40)],
        [(2, -40), (4, -20), (-8, -6)],
        [(-8, -6), (-14, -22), (-10, -38)],
        [(-10, -38), (-24, -8), (-44, 2)],
        [(-44, 2), (-47, 14), (-52, 26)],
    ],
}
_FRINGE["twin"] = _FRINGE["bob"]

_BEHIND: dict[str, list[tuple[float, float]]] = {
    "bob": [(0, -70), (-50, -50), (-68, 0), (-64, 44), (-40, 60), (40, 60), (64, 44), (68, 0), (50, -50)],
    "long": [
        (0, -72),
        (-54, -48),
        (-72, 10),
        (-78, 80),
        (-70, 150),
        (-40, 168),
        (0, 150),
        (40, 168),
        (70, 150),
        (78, 80),
        (72, 10),
        (54, -48),
    ],
    "spiky": [(0, -64), (-52, -44), (-62, 0), (-56, 36), (-30, 50), (30, 50), (56, 36), (62, 0), (52, -44)],
    "short": [(0, -70), (-52, -48), (-66, 0), (-58, 40), (-30, 54), (30, 54), (58, 40), (66, 0), (52, -48)],
    "twin": [(0, -70), (-50, -50), (-64, 0), (-56, 40), (-30, 52), (30, 52), (56, 40), (64, 0), (50, -50)],
}


def hair_behind(brush: Brush, look: Look, mood: Mood) -> None:
    """What hangs behind the neck."""
    if look.style == "none":
        return
    if look.style == "twin":
        for side in (-1, 1):
            tail = [
                (side * 52, -40),
                (side * 92, -20),
                (side * 100, 40),
                (side * 84, 110),
                (side * 74, 60),
                (side * 60, 0),
            ]
            brush.shape(_blown(tail, mood.wind), look.hair, line=INK, width=2)
            brush.oval(side * 56, -36, 9, fill="#e8455a", line=INK, width=1.6)
    brush.shape(_blown(_BEHIND[look.style], mood.wind), look.hair_shade, line=INK, width=2)


def hair_in_front(brush: Brush, look: Look, mood: Mood) -> None:
    """Crown, fringe, the shine on them, and the brows that show through."""
    if look.style != "none":
        _crown(brush, look, mood)
    _brows(brush, look, mood)


def _crown(brush: Brush, look: Look, mood: Mood) -> None:
    shift = 7 * mood.yaw
    runs = [
        _blown([(x + shift * (0.4 if abs(x) > 45 else 1.0), y) for x, y in run], mood.wind)
        for run in _FRINGE[look.style]
    ]
    brush.cut(join(*runs), look.hair, 2.0)
    for x, top, low in ((-34, -46, -12), (14, -58, -30), (42, -44, -16)):
        brush.line(_blown([(x * 0.7, top), (x + shift, low)], mood.wind), look.hair_shade, 1.4)
    _shine(brush.at(shift), look)


def _brows(brush: Brush, look: Look, mood: Mood) -> None:
    """Brows show through the fringe, as the custom is: a face without them says nothing."""
    light = sum(rgb(look.hair)[:3]) > 300
    colour = mix(look.hair_shade, INK, 0.5) if light or look.style == "none" else mix(look.hair_shine, look.hair, 0.35)
    for side in (-1, 1):
        own = brush.at(11 * mood.yaw + side * 23 * (1 - 0.06 * abs(mood.yaw)), 12, flip=side < 0)
        lift = -25 - 4 * max(0.0, -mood.brow) + 4 * mood.blink
        slope = -7 * mood.brow
        own.taper([(-13, lift - slope * 0.6), (0, lift - 4), (14, lift + slope * 0.5)], colour, 4.2 * look.brows)


def _shine(brush: Brush, look: Look) -> None:
    upper = [(-46, -34), (-28, -50), (0, -57), (28, -51), (46, -34)]
    teeth: list[tuple[float, float]] = []
    for i in range(9):
        x = 44 - 11 * i
        y = -48 + 0.0085 * x * x
        teeth.append((x, y + (5 if i % 2 else -3)))
    band = np.concatenate([smooth(upper, closed=False), np.array(teeth)])
    brush.cut(band, look.hair_shine)


def _fringe_shadow(brush: Brush, look: Look, mood: Mood) -> None:
    """One darker tone of skin where the fringe keeps the light off."""
    if look.style == "none":
        return
    shift = 7 * mood.yaw
    edge = [(x + shift + 1.5, y + 7) for run in _FRINGE[look.style][1:] for x, y in run if abs(x) < 47 and y < 12]
    if len(edge) > 3:
        top = [(min(x for x, _ in edge), -40.0), (max(x for x, _ in edge), -40.0)]
        inside = [(max(-47.0, min(47.0, x)), y) for x, y in (*top, *edge)]
        brush.cut(inside, look.skin_shade)


def sway(t: float, speed: float = 1.0, phase: float = 0.0) -> float:
    """A gust that never quite repeats, about -1 to 1."""
    return 0.6 * math.sin(2.1 * speed * t + phase) + 0.4 * math.sin(3.7 * speed * t + 1.3 + phase)
