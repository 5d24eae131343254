# SPDX-License-Identifier: Apache-2.0
"""What characters wear: the shoulders of a portrait and the hat on a head, in the units of a head."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from kyodaku.demo.art.brush import INK, Brush, Colour, join, mix
from kyodaku.demo.art.faces import Mood

__all__ = ["Clothes", "hat", "hat_behind", "shoulders"]

Cut = Literal["raincoat", "shirt", "dress", "miko", "rider", "captain"]
Hat = Literal["", "straw", "cap", "ribbon", "goggles", "peaked"]


@dataclass(frozen=True, kw_only=True)
class Clothes:
    """A cut and its colours."""

    cut: Cut
    main: Colour
    shade: Colour
    trim: Colour
    legs: Colour = "#3a3550"
    shoes: Colour = "#40283a"
    hat: Hat = ""
    hat_colour: Colour = "#e8455a"


def shoulders(brush: Brush, c: Clothes) -> None:
    """Shoulders and collar, open below."""
    brush.cut(_SHOULDERS, c.main, 2)
    brush.cut(join([(40, 112), (52, 150), (54, 190)], [(92, 190), (82, 124), (62, 98)]), c.shade)
    for side in (-1, 1):
        brush.line([(side * 58, 130), (side * 60, 160), (side * 62, 190)], INK, 1.6)
    _COLLARS[c.cut](brush, c)


_SHOULDERS = join([(-20, 78), (-58, 92), (-82, 120), (-92, 190)], [(92, 190), (82, 120), (58, 92), (20, 78)])


def _raincoat(brush: Brush, c: Clothes) -> None:
    brush.cut(
        join(
            [(-34, 74), (-64, 88), (-40, 112), (0, 118)],
            [(0, 118), (40, 112), (64, 88), (34, 74)],
            [(34, 74), (0, 98), (-34, 74)],
        ),
        c.shade,
        2,
    )
    brush.line([(0, 118), (0, 190)], INK, 1.8)
    for y in (134, 158):
        brush.oval(7, y, 4.5, fill=c.trim, line=INK, width=1.5)


def _shirt(brush: Brush, c: Clothes) -> None:
    for side in (-1, 1):
        brush.cut([(0, 98), (side * 18, 76), (side * 40, 92), (side * 16, 122)], c.main, 2)
    brush.cut([(-6, 100), (6, 100), (9, 150), (0, 164), (-9, 150)], c.trim, 1.8)


def _dress(brush: Brush, c: Clothes) -> None:
    brush.cut(join([(-24, 82), (-30, 104), (0, 122), (30, 104), (24, 82)], [(24, 82), (0, 92), (-24, 82)]), c.trim, 1.8)
    brush.oval(0, 120, 6, fill=c.trim, line=INK, width=1.5)


def _miko(brush: Brush, c: Clothes) -> None:
    brush.cut([(-26, 76), (8, 132), (-2, 140), (-40, 86)], c.trim, 1.8)
    brush.cut([(26, 76), (-22, 150), (-10, 156), (40, 86)], c.trim, 1.8)


def _rider(brush: Brush, c: Clothes) -> None:
    brush.cut(join([(-36, 66), (-44, 96), (0, 112), (44, 96), (36, 66)], [(36, 66), (0, 86), (-36, 66)]), c.trim, 2)
    brush.line([(0, 108), (0, 190)], INK, 2.2)
    brush.line([(-70, 118), (-30, 132), (-4, 132)], c.trim, 5)


def _captain(brush: Brush, c: Clothes) -> None:
    brush.cut([(-24, 78), (0, 124), (-16, 160), (-46, 96)], c.shade, 2)
    brush.cut([(24, 78), (0, 124), (16, 160), (46, 96)], c.shade, 2)
    for x in (-26, 26):
        for y in (144, 172):
            brush.oval(x, y, 5, fill=c.trim, line=INK, width=1.5)


_COLLARS: Mapping[Cut, Callable[[Brush, Clothes], None]] = {
    "raincoat": _raincoat,
    "shirt": _shirt,
    "dress": _dress,
    "miko": _miko,
    "rider": _rider,
    "captain": _captain,
}


def hat_behind(brush: Brush, c: Clothes) -> None:
    """The part of a hat that the head hides."""
    if c.hat == "straw":
        brush.oval(0, -34, 112, 40, fill=mix(c.hat_colour, INK, 0.25), line=INK, width=2)


def hat(brush: Brush, c: Clothes, mood: Mood) -> None:
    """The hat on a head; ribbons move in the wind."""
    if c.hat:
        _HATS[c.hat](brush, c, mood)


def _straw(brush: Brush, c: Clothes, mood: Mood) -> None:  # noqa: ARG001 - all hats have one signature
    brush.cut(
        join([(-58, -46), (-50, -84), (0, -102), (50, -84), (58, -46)], [(58, -46), (0, -56), (-58, -46)]),
        c.hat_colour,
        2,
    )
    brush.cut(join([(-58, -47), (0, -58), (58, -47)], [(57, -60), (0, -72), (-57, -60)]), c.trim, 1.6)
    brush.cut(
        join([(-114, -26), (-60, -48), (0, -56), (60, -48), (114, -26)], [(114, -26), (0, -38), (-114, -26)]),
        c.hat_colour,
        2,
    )


def _cap(brush: Brush, c: Clothes, mood: Mood) -> None:  # noqa: ARG001 - all hats have one signature
    dark = mix(c.hat_colour, INK, 0.25)
    brush.cut(
        join([(-60, -40), (-66, -72), (0, -98), (66, -72), (60, -40)], [(60, -40), (0, -54), (-60, -40)]),
        c.hat_colour,
        2,
    )
    brush.cut(join([(-56, -42), (0, -56), (56, -42)], [(52, -28), (0, -40), (-52, -28)]), dark, 2)
    if c.hat == "peaked":
        brush.oval(0, -66, 9, fill=c.trim, line=INK, width=1.6)


def _ribbon(brush: Brush, c: Clothes, mood: Mood) -> None:
    dark = mix(c.hat_colour, INK, 0.25)
    for side in (-1, 1):
        flap = 8 * mood.wind
        brush.cut(
            join(
                [(side * 40, -62), (side * 78, -92), (side * 84, -50 + flap)],
                [(side * 84, -50 + flap), (side * 40, -62)],
            ),
            c.hat_colour,
            2,
        )
        brush.oval(side * 42, -60, 8, fill=dark, line=INK, width=1.6)


def _goggles(brush: Brush, c: Clothes, mood: Mood) -> None:  # noqa: ARG001 - all hats have one signature
    dark = mix(c.hat_colour, INK, 0.25)
    brush.cut(join([(-64, -36), (0, -54), (64, -36)], [(62, -24), (0, -40), (-62, -24)]), dark, 1.8)
    for side in (-1, 1):
        brush.oval(side * 24, -44, 21, 14, fill=c.hat_colour, line=INK, width=2.4)
        brush.line([(side * 24 - 10, -42), (side * 24 - 3, -51)], "#ffffff", 2.6)


_HATS: Mapping[str, Callable[[Brush, Clothes, Mood], None]] = {
    "straw": _straw,
    "cap": _cap,
    "peaked": _cap,
    "ribbon": _ribbon,
    "goggles": _goggles,
}
