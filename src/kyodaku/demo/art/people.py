# SPDX-License-Identifier: Apache-2.0
"""People from the chest up (`portrait`) and whole (`figure`), in clothes, standing, walking, running, waving.

Portraits use the units of a head (see `faces`); a figure is about 100 units high with its feet at the origin.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from kyodaku.demo.art.brush import INK, Brush, Point, mix
from kyodaku.demo.art.clothes import Clothes, hat, hat_behind, shoulders
from kyodaku.demo.art.faces import Look, Mood, face, hair_behind, hair_in_front

__all__ = ["Person", "Pose", "figure", "head_from_behind", "portrait", "running", "standing", "walking", "waving"]


@dataclass(frozen=True, kw_only=True)
class Person:
    """A character: a look and what it wears."""

    look: Look
    clothes: Clothes


@dataclass(frozen=True, kw_only=True)
class Pose:
    """Angles in degrees from hanging straight down, forward positive; near and far limb, upper and lower part."""

    near_leg: Point = (0.0, 0.0)
    far_leg: Point = (0.0, 0.0)
    near_arm: Point = (6.0, 6.0)
    far_arm: Point = (-6.0, 4.0)
    lean: float = 0.0
    lift: float = 0.0


def walking(t: float, *, steps: float = 1.8) -> Pose:
    """A walk of so many steps a second."""
    phase = math.pi * steps * t
    return Pose(
        near_leg=(26 * math.sin(phase), -18 * max(0.0, math.sin(phase - 1.9)) - 4),
        far_leg=(-26 * math.sin(phase), -18 * max(0.0, -math.sin(phase - 1.9)) - 4),
        near_arm=(-24 * math.sin(phase), 10 - 8 * math.sin(phase)),
        far_arm=(24 * math.sin(phase), 10 + 8 * math.sin(phase)),
        lean=3,
        lift=1.6 * abs(math.cos(phase)),
    )


def running(t: float, *, steps: float = 3.2) -> Pose:
    """A run: bent arms, knees up, a moment in the air."""
    phase = math.pi * steps * t
    swing = math.sin(phase)
    return Pose(
        near_leg=(48 * swing + 8, -34 - 34 * math.sin(phase - 1.6)),
        far_leg=(-48 * swing + 8, -34 + 34 * math.sin(phase - 1.6)),
        near_arm=(-46 * swing, 70 - 14 * swing),
        far_arm=(46 * swing, 70 + 14 * swing),
        lean=13,
        lift=5 * abs(math.cos(phase)),
    )


def standing(t: float) -> Pose:
    """Breathing."""
    return Pose(lift=0.5 * math.sin(2.2 * t), near_arm=(5 + 2 * math.sin(1.7 * t), 5), near_leg=(3, 0), far_leg=(-3, 0))


def waving(t: float) -> Pose:
    """One arm up, waving."""
    return replace(standing(t), near_arm=(-114 + 6 * math.sin(9 * t), -40 + 26 * math.sin(9 * t)), lean=-2)


# --- from the chest up ---------------------------------------------------------------------------------------------


def portrait(brush: Brush, person: Person, mood: Mood) -> None:
    """Head, neck and shoulders; the head tilts, the shoulders stay."""
    turned = brush.at(turn=mood.tilt)
    look, clothes = person.look, person.clothes
    hat_behind(turned, clothes)
    hair_behind(turned, look, mood)
    _neck(brush, look)
    shoulders(brush, clothes)
    face(turned, look, mood)
    hair_in_front(turned, look, mood)
    hat(turned, clothes, mood)


def _neck(brush: Brush, look: Look) -> None:
    brush.cut([(-15, 48), (-15, 76), (-26, 92), (26, 92), (15, 76), (15, 48)], look.skin, 2)
    brush.cut([(-15, 56), (15, 56), (14, 68), (0, 76), (-14, 66)], look.skin_shade)


# --- whole ---------------------------------------------------------------------------------------------------------

HIP, SHOULDER, NECK = -38.0, -64.0, -69.0
_HEAD = 0.26


def _bone(start: Point, length: float, angle: float) -> Point:
    return start[0] + length * math.sin(math.radians(angle)), start[1] + length * math.cos(math.radians(angle))


def figure(brush: Brush, person: Person, pose: Pose, mood: Mood, *, back: bool = False) -> None:
    """A whole person that looks to the right (give a flipped brush for the left), or away from us if `back`."""
    own = brush.at(0, -pose.lift)
    body = own.at(0, HIP, turn=pose.lean).at(0, -HIP)
    c = person.clothes
    _leg(own, (-2.5, HIP), pose.far_leg, c, far=True)
    _arm(body, (-1.5, SHOULDER + 3), pose.far_arm, person, far=True)
    skull = body.at(1.5 if not back else 0, NECK - 15, _HEAD, turn=mood.tilt)
    if not back:
        hair_behind(skull, person.look, mood)
    _leg(own, (2.5, HIP), pose.near_leg, c, far=False)
    _torso(body, c, (pose.near_leg[0], pose.far_leg[0]))
    if back:
        head_from_behind(skull, person, mood)
    else:
        hat_behind(skull, c)
        face(skull, person.look, mood)
        hair_in_front(skull, person.look, mood)
        hat(skull, c, mood)
    _arm(body, (1.5, SHOULDER + 3), pose.near_arm, person, far=False)


def head_from_behind(brush: Brush, person: Person, mood: Mood) -> None:
    """A head that looks away, in the units of a head."""
    look = person.look
    hair_behind(brush, replace(look, hair_shade=look.hair), mood)
    brush.oval(0, -14, 62, 58, fill=look.hair, line=INK, width=3)
    brush.shape([(-42, -40), (0, -56), (42, -40), (0, -46)], look.hair_shine)
    hat(brush, person.clothes, mood)


def _leg(brush: Brush, hip: Point, angles: Point, c: Clothes, *, far: bool) -> None:
    knee = _bone(hip, 18, angles[0])
    foot = _bone(knee, 17, angles[0] + angles[1])
    colour = mix(c.legs, INK, 0.28) if far else c.legs
    brush.limb([hip, knee, foot], 5.6, colour, rim=0.9)
    toe = (foot[0] + 5.5, foot[1] + 0.8)
    brush.limb([foot, toe], 5.2, mix(c.shoes, INK, 0.2) if far else c.shoes, rim=0.9)


def _arm(brush: Brush, shoulder: Point, angles: Point, person: Person, *, far: bool) -> None:
    elbow = _bone(shoulder, 13, angles[0])
    hand = _bone(elbow, 12, angles[0] + angles[1])
    c = person.clothes
    sleeve = c.shade if far else c.main
    wide = 8.5 if c.cut == "miko" else 5.2
    bare = c.cut in {"dress", "shirt"}
    if bare:
        brush.limb([elbow, hand], 4.2, person.look.skin_shade if far else person.look.skin, rim=0.9)
        brush.limb([shoulder, elbow], 5.2, sleeve, rim=0.9)
    else:
        brush.limb([shoulder, elbow, hand], wide, sleeve, rim=0.9)
    brush.oval(*hand, 3.1, fill=person.look.skin, line=INK, width=0.9)


def _torso(brush: Brush, c: Clothes, legs: Point) -> None:
    chest = [(-9, SHOULDER), (9, SHOULDER), (10, -50), (8, HIP), (-8, HIP), (-10, -50)]
    brush.shape(chest, c.main, line=INK, width=1.2)
    if c.cut in {"shirt", "rider"}:
        brush.box(-8, HIP - 5, 16, 8, c.legs, line=INK, width=1.1)
    else:
        _skirt(brush, c, legs)
    brush.shape([(3, SHOULDER + 1), (8, SHOULDER + 1), (9, -50), (7, HIP - 2), (4, HIP - 2)], c.shade)
    match c.cut:
        case "rider":
            brush.shape([(-9, -71), (9, -71), (10, -64), (0, -60), (-10, -64)], c.trim, line=INK, width=1.1)
            brush.line([(-9, -54), (8, -52)], c.trim, 2.2)
        case "miko":
            brush.line([(-6, -68), (5, -52)], c.trim, 2.4)
            brush.line([(7, -68), (-4, -54)], c.trim, 2.4)
        case "shirt":
            brush.line([(1, -66), (2, -50)], c.trim, 2.6)
        case _:
            brush.oval(2, -57, 1.3, fill=c.trim)
            brush.oval(2, -49, 1.3, fill=c.trim)


def _skirt(brush: Brush, c: Clothes, legs: Point) -> None:
    reach = max(abs(angle) for angle in legs) / 48
    low = {"miko": -9, "raincoat": -24, "captain": -20, "dress": -20}.get(c.cut, -24)
    colour = c.trim if c.cut == "miko" else c.main
    wide = 13 + 9 * reach
    hem = [(-wide, low), (-wide / 3, low + 3), (wide / 3, low + 3), (wide, low)]
    brush.cut([(-8, HIP - 8), (8, HIP - 8), *hem[::-1]], colour, 1.2)
    for share in (-0.4, 0.25, 0.7):
        brush.line([(6 * share, HIP - 2), (wide * share, low)], mix(colour, INK, 0.3), 0.9)
