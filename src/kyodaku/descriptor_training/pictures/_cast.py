# SPDX-License-Identifier: Apache-2.0
"""Characters of drawn animation: who someone is (the same in every picture of a family), and how they stand now."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from kyodaku.descriptor_training.pictures._canvas import (
    CANVAS,
    Colour,
    Palette,
    Picture,
    Points,
    Rng,
    chance,
    colour,
    one_of,
    turn,
)
from kyodaku.descriptor_training.pictures._shapes import ellipse, fill, lens, line

__all__ = ["Character", "Pose", "character", "draw", "pose"]

WHITE: Final[Colour] = (250.0, 250.0, 250.0)
INK: Final[Colour] = (18.0, 12.0, 15.0)
HAIRSTYLES: Final = ("spikes", "long", "tails", "bob", "bun", "none")


@dataclass(frozen=True, kw_only=True, slots=True)
class Character:
    """Who it is: nothing here changes from picture to picture. Lengths are in units of a head's width."""

    skin: Colour
    hair: Colour
    iris: Colour
    dress: Colour
    trim: Colour
    hairstyle: str
    spikes: int
    spike: float
    fringe: tuple[float, ...]
    eye: tuple[float, float]  # half width, half height
    eye_level: float
    jaw: float
    shoulders: float
    height: float
    skirt: float
    mark: int  # 0 none, 1 collar, 2 stripes, 3 badge, 4 belt
    extra: int  # 0 none, 1 ears, 2 glasses, 3 hat, 4 horns, 5 ribbon
    outline: int
    shaded: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Pose:
    """How they are seen: `scale` in pixels a unit, `facing` from -1 (left) to 1 (right)."""

    x: float
    y: float
    scale: float
    tilt: float
    facing: float
    arms: tuple[float, float]
    mouth: float
    blink: float
    brow: float
    light: int  # -1 or 1: the side that is lit


def _skin(rng: Rng, colours: Palette) -> Colour:
    """Mostly a tone of human skin, sometimes anything."""
    if chance(rng, 0.35):
        return colour(rng, colours)
    depth = rng.random()
    pale, dark = np.array([255.0, 226, 200]), np.array([110.0, 70, 48])
    red, green, blue = np.clip(pale * (1 - depth) + dark * depth + rng.normal(0, 8, 3), 0, 255).tolist()
    return red, green, blue


def character(rng: Rng, colours: Palette) -> Character:
    """Someone new."""
    return Character(
        skin=_skin(rng, colours),
        hair=colour(rng, colours),
        iris=colour(rng, colours),
        dress=colour(rng, colours),
        trim=colour(rng, colours) if chance(rng, 0.6) else WHITE,
        hairstyle=HAIRSTYLES[one_of(rng, (0.3, 0.22, 0.14, 0.18, 0.08, 0.08))],
        spikes=int(rng.integers(7, 18)),
        spike=rng.uniform(1.1, 1.7),
        fringe=tuple(rng.uniform(-0.42, -0.02, int(rng.integers(2, 6))).tolist()),
        eye=(rng.uniform(0.08, 0.17), rng.uniform(0.07, 0.22)),
        eye_level=rng.uniform(-0.05, 0.14),
        jaw=rng.uniform(0.45, 0.66),
        shoulders=rng.uniform(0.45, 1.1),
        height=rng.uniform(1.6, 4.2),
        skirt=rng.uniform(0.7, 1.8),
        mark=int(rng.integers(5)),
        extra=one_of(rng, (0.5, 0.1, 0.12, 0.1, 0.06, 0.12)),
        outline=one_of(rng, (0.15, 0.45, 0.28, 0.12)),
        shaded=chance(rng, 0.6),
    )


def pose(rng: Rng) -> Pose:
    """Anywhere from a small figure far off to a face that fills the picture."""
    scale = CANVAS * 2 ** rng.uniform(-3.4, -0.4)
    close = scale > CANVAS * 0.4
    return Pose(
        x=CANVAS * (rng.uniform(0.25, 0.75) if close else rng.uniform(0.08, 0.92)),
        y=CANVAS * (rng.uniform(0.35, 0.65) if close else rng.uniform(0.15, 0.7)),
        scale=scale,
        tilt=rng.normal(0, 0.16),
        facing=rng.uniform(-1, 1),
        arms=(rng.uniform(-1.3, 1.5), rng.uniform(-1.3, 1.5)),
        mouth=rng.uniform(0.01, 0.13),
        blink=0.12 if chance(rng, 0.15) else rng.uniform(0.7, 1.1),
        brow=rng.normal(0, 0.06),
        light=1 if chance(rng, 0.5) else -1,
    )


class _Pen:
    """Draws parts given in units of the head, seen in a pose."""

    def __init__(self, canvas: Picture, who: Character, how: Pose) -> None:
        self._canvas, self._how = canvas, how
        self._turn = turn(how.tilt) * how.scale
        self._outline = min(who.outline, max(1, round(how.scale / 14))) if who.outline else 0

    def place(self, points: Points) -> Points:
        return np.asarray(points @ self._turn + [self._how.x, self._how.y])

    def part(self, points: Points, tint: Colour, *, outlined: bool = True) -> None:
        placed = self.place(points)
        fill(self._canvas, placed, tint)
        if outlined and self._outline:
            line(self._canvas, placed, INK, self._outline, closed=True)

    def stroke(self, points: Points, tint: Colour, thickness: float) -> None:
        line(self._canvas, self.place(points), tint, round(thickness * self._how.scale))


def _darker(tint: Colour, by: float = 0.72) -> Colour:
    red, green, blue = tint
    return red * by, green * by, blue * by


def draw(canvas: Picture, who: Character, how: Pose) -> None:
    """Draw a character into a picture."""
    pen = _Pen(canvas, who, how)
    _hair_behind(pen, who, how)
    _body(pen, who, how)
    _face(pen, who, how)
    _hair_in_front(pen, who, how)
    _extra(pen, who, how)


def _hair_behind(pen: _Pen, who: Character, how: Pose) -> None:
    lean = -0.06 * how.facing
    if who.hairstyle == "spikes":
        corners = 2 * who.spikes
        angle = np.linspace(0, 2 * math.pi, corners, endpoint=False)
        radius = np.where(np.arange(corners) % 2, who.spike, 1.0)
        pen.part(np.stack([np.cos(angle) * radius * 0.58 + lean, np.sin(angle) * radius * 0.66 - 0.12], -1), who.hair)
    elif who.hairstyle == "long":
        end = who.spike * 1.3
        pen.part(
            np.array([[-0.62, -0.2], [-0.4, -0.68], [0.4, -0.68], [0.62, -0.2], [0.72, end], [0.2, end * 0.9],
                      [-0.25, end], [-0.72, end * 0.93]]) + np.array([lean, 0]),
            who.hair,
        )  # fmt: skip
    elif who.hairstyle == "tails":
        for side in (-1, 1):
            tail = np.array([[0.45, -0.35], [0.85, -0.5], [1.15, 0.2], [1.0, who.spike], [0.72, 0.3], [0.5, -0.05]])
            pen.part(tail * [side, 1] + [lean, 0], who.hair)
    elif who.hairstyle == "bun":
        pen.part(ellipse(lean, -0.75, 0.3, 0.26), who.hair)
    if who.hairstyle in ("bob", "tails", "bun"):
        pen.part(ellipse(lean, -0.08, 0.62, 0.66 if who.hairstyle == "bob" else 0.58), who.hair)


def _body(pen: _Pen, who: Character, how: Pose) -> None:
    wide, hem, end = who.shoulders, who.shoulders * who.skirt, who.height
    if end > 2.6:
        _legs(pen, who)
        end = end * 0.62
    pen.part(np.array([[-0.16, 0.35], [0.16, 0.35], [0.2, 0.8], [-0.2, 0.8]]), _darker(who.skin, 0.88))
    torso = np.array([[-0.2, 0.68], [0.2, 0.68], [wide * 0.6, 0.86], [wide * 0.55, end * 0.6], [hem * 0.6, end],
                      [-hem * 0.6, end], [-wide * 0.55, end * 0.6], [-wide * 0.6, 0.86]])  # fmt: skip
    pen.part(torso, who.dress)
    if who.shaded:
        half = torso.copy()
        half[:, 0] = np.maximum(half[:, 0] * how.light, 0.12) * how.light
        pen.part(half, _darker(who.dress), outlined=False)
    _mark(pen, who, end)
    for side, lift in zip((-1, 1), how.arms, strict=True):
        _arm(pen, who, side, lift)


def _legs(pen: _Pen, who: Character) -> None:
    for side in (-1, 1):
        leg = np.array([[0.06, 1.2], [0.34, 1.2], [0.3, who.height], [0.1, who.height]]) * [side, 1]
        pen.part(leg * [who.shoulders, 1], who.skin if who.skirt > 1.1 else _darker(who.trim, 0.6))
        pen.part(ellipse(side * 0.22 * who.shoulders, who.height, 0.2, 0.1), _darker(who.dress, 0.5))


def _mark(pen: _Pen, who: Character, end: float) -> None:
    wide = who.shoulders * 0.5
    if who.mark == 1:
        pen.part(np.array([[-wide, 0.76], [0, 1.15], [wide, 0.76], [0.12, 0.7], [0, 0.92], [-0.12, 0.7]]), who.trim)
    elif who.mark == 2:
        for level in np.arange(1.0, end, 0.3):
            pen.stroke(np.array([[-wide, level], [wide, level]]), who.trim, 0.09)
    elif who.mark == 3:
        pen.part(ellipse(0.1, 1.15, 0.18, 0.18), who.trim)
    elif who.mark == 4:
        pen.part(np.array([[-wide, end * 0.6], [wide, end * 0.6], [wide, end * 0.68], [-wide, end * 0.68]]), who.trim)


def _arm(pen: _Pen, who: Character, side: int, lift: float) -> None:
    shoulder = np.array([side * who.shoulders * 0.55, 0.95])
    elbow = shoulder + np.array([side * 0.5 * math.cos(lift), -0.5 * math.sin(lift)])
    hand = elbow + np.array([side * 0.45 * math.cos(lift * 1.7), -0.45 * math.sin(lift * 1.7)])
    pen.stroke(np.stack([shoulder, elbow, hand]), INK, 0.27)
    pen.stroke(np.stack([shoulder, elbow]), who.dress, 0.21)
    pen.stroke(np.stack([elbow, hand]), who.skin, 0.19)
    pen.part(ellipse(float(hand[0]), float(hand[1]), 0.13, 0.13, 12), who.skin)


def _face(pen: _Pen, who: Character, how: Pose) -> None:
    t = np.linspace(0, math.pi, 15)
    crown = np.stack([-0.48 * np.cos(t), -0.55 * np.sin(t)], -1)
    chin = np.array([[0.47, 0.2], [0.3, who.jaw * 0.8], [0.0, who.jaw], [-0.3, who.jaw * 0.8], [-0.47, 0.2]])
    head = np.concatenate([crown, chin])
    pen.part(head, who.skin)
    if who.shaded:
        shadow = head.copy()
        shadow[:, 0] = np.maximum(shadow[:, 0] * how.light, 0.3) * how.light
        pen.part(shadow, _darker(who.skin, 0.84), outlined=False)
    shift = 0.14 * how.facing
    for side in (-1, 1):
        _eye(pen, who, how, shift + side * 0.22 * (1 - 0.25 * max(0, side * how.facing)))
    nose = np.array([[shift * 1.5, 0.22], [shift * 1.5 + 0.03 * how.facing, 0.27]])
    pen.stroke(nose, _darker(who.skin, 0.6), 0.03)
    pen.part(ellipse(shift, who.jaw * 0.68, 0.1, how.mouth, 14), (150.0, 50.0, 60.0))


def _eye(pen: _Pen, who: Character, how: Pose, x: float) -> None:
    width, height = who.eye[0], who.eye[1] * how.blink
    y = who.eye_level
    pen.part(lens(x, y, width, height * 1.1, height * 0.9), WHITE)
    if how.blink > 0.5:
        gaze = x + 0.04 * how.facing
        pen.part(ellipse(gaze, y, width * 0.62, height * 0.86, 16), who.iris, outlined=False)
        pen.part(ellipse(gaze, y + height * 0.1, width * 0.3, height * 0.45, 12), INK, outlined=False)
        pen.part(ellipse(gaze - width * 0.2, y - height * 0.4, width * 0.2, height * 0.2, 8), WHITE, outlined=False)
    lid = np.array([[x - width * 1.15, y - height * 0.2], [x, y - height * 1.15], [x + width * 1.15, y - height * 0.2]])
    pen.stroke(lid, INK, 0.05)
    brow = np.array([[x - width, y - 0.28 - how.brow], [x + width, y - 0.28 + how.brow]])
    pen.stroke(brow, _darker(who.hair, 0.6), 0.04)


def _hair_in_front(pen: _Pen, who: Character, how: Pose) -> None:
    if who.hairstyle == "none":
        return
    lean = -0.05 * how.facing
    teeth = len(who.fringe)
    zigzag = np.array(
        [[0.46 - 0.92 * (k + half) / teeth, depth if half else -0.42] for k, depth in enumerate(who.fringe)
         for half in (0.0, 0.5)] + [[-0.46, -0.42]]
    )  # fmt: skip
    dome = np.array([[-0.52, -0.02], [-0.48, -0.42], [-0.24, -0.68], [0.24, -0.68], [0.48, -0.42], [0.52, -0.02]])
    pen.part(np.concatenate([dome, zigzag]) + np.array([lean, 0]), who.hair)
    if who.shaded:
        gloss = np.array([[-0.3, -0.5], [-0.1, -0.56], [0.12, -0.56], [0.1, -0.5], [-0.1, -0.5]])
        pen.part(gloss * [how.light, 1] + [lean, 0], tuple(min(255.0, c * 1.3 + 30) for c in who.hair), outlined=False)  # type: ignore[arg-type]


def _extra(pen: _Pen, who: Character, how: Pose) -> None:
    shift = 0.14 * how.facing
    if who.extra in (1, 4):
        narrow = 0.5 if who.extra == 4 else 1.0
        for side in (-1, 1):
            ear = np.array([[0.16, -0.6], [0.38 + 0.1 * narrow, -1.05 - 0.1 / narrow], [0.5, -0.42]])
            pen.part(ear * [side, 1], who.trim if who.extra == 4 else who.hair)
    elif who.extra == 2:
        for side in (-1, 1):
            pen.stroke(ellipse(shift + side * 0.22, who.eye_level, 0.19, 0.16, 16), INK, 0.04)
    elif who.extra == 3:
        pen.part(np.array([[-0.78, -0.4], [0.78, -0.4], [0.7, -0.52], [-0.7, -0.52]]), who.trim)
        pen.part(np.array([[-0.48, -0.5], [0.48, -0.5], [0.4, -0.95], [-0.4, -0.95]]), who.trim)
    elif who.extra == 5:
        for side in (-1, 1):
            pen.part(np.array([[0.0, -0.62], [0.34, -0.86], [0.34, -0.44]]) * [side, 1] + [0.3, 0], who.trim)
