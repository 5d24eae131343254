# SPDX-License-Identifier: Apache-2.0
"""Letters drawn by code: Latin in Pillow's built-in font, katakana from a table of strokes.

No font with Japanese letters may be presumed on a machine, and a caption must come out the same everywhere. A stroke
is a run of points on a grid of 10 x 10, two digits each; `ガ` is `カ` with its mark, small kana are the large ones,
smaller.
"""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from PIL import ImageDraw, ImageFont

__all__ = ["katakana", "measure", "write"]

Colour = str | tuple[int, ...]

_STROKES = {
    "ア": "118164 535529",
    "イ": "714416 5459",
    "ウ": "4042 1215 12827639",
    "エ": "1181 4148 0888",
    "オ": "0393 606958 6318",
    "カ": "13838968 404419",
    "キ": "1382 0695 4059",
    "ク": "4014 32826629",
    "ケ": "3014 2393 636539",
    "コ": "118188 1888",
    "サ": "0393 3036 706549",
    "シ": "1132 0425 195893",
    "ス": "11815619 5589",
    "セ": "049275 303888",
    "ソ": "1124 817539",
    "タ": "4014 32826629 3466",
    "チ": "7022 0494 525529",
    "ツ": "1124 4154 917639",
    "テ": "2171 0494 544729",
    "ト": "3039 3386",
    "ナ": "0393 505529",
    "ニ": "2272 0898",
    "ヌ": "11816519 3488",
    "ネ": "4051 128217 5459 6587",
    "ノ": "806519",
    "ハ": "3208 6298",
    "ヒ": "202888 8224",
    "フ": "11817539",
    "ヘ": "063398",
    "ホ": "0393 5059 2517 7587",
    "マ": "118156 3568",
    "ミ": "2172 2475 1789",
    "ム": "411887 6489",
    "メ": "705619 2478",
    "モ": "1181 0494 414888",
    "ヤ": "049275 3159",
    "ユ": "227268 0898",
    "ヨ": "118188 1585 1888",
    "ラ": "2171 14847739",
    "リ": "2025 707639",
    "ル": "313609 606895",
    "レ": "202894",
    "ロ": "1181881811",
    "ワ": "1114 11817639",
    "ヲ": "11817639 1484",
    "ン": "1133 195893",
    "ー": "0595",
    "。": "0828390908",
    "、": "0829",
    "・": "4454554544",
    "！": "4046 4949",
    "？": "123061724446 4949",
}

_MARKS = {"\u3099": "7082 9093", "\u309a": "80919271808091"}
_SMALL = dict(zip("ァィゥェォッャュョ", "アイウエオツヤユヨ", strict=True))


def katakana(text: str) -> bool:
    """Whether the text has a letter that is drawn by strokes."""
    return any(letter in _STROKES or letter in _SMALL for letter in unicodedata.normalize("NFD", text))


def write(
    draw: ImageDraw.ImageDraw,
    xy: tuple[float, float],
    text: str,
    *,
    size: float,
    fill: Colour,
    outline: Colour | None = None,
    weight: float = 0.1,
) -> None:
    """Write `text` with its top left at `xy`; letters are `size` pixels high, strokes `weight` of that.

    `outline` draws a rim of another colour around every letter.
    """
    line = max(1.0, size * weight)
    if outline is not None:
        _row(draw, xy, text, _Pen(size, outline, line * 2.8, line * 0.9))
    _row(draw, xy, text, _Pen(size, fill, line, 0.0))


def measure(text: str, size: float) -> float:
    """The width in pixels of `text` as `write` draws it."""
    return sum(_advance(letter, size) for letter in unicodedata.normalize("NFC", text))


def _advance(letter: str, size: float) -> float:
    if katakana(letter) or letter == "\u3000":
        return size * (0.8 if letter in _SMALL else 1.08)
    return ImageFont.load_default(size).getlength(letter)


class _Pen(NamedTuple):
    """Height of letters, colour, width of strokes, and by how much letters of the font are thickened."""

    size: float
    colour: Colour
    line: float
    extra: float


def _row(draw: ImageDraw.ImageDraw, xy: tuple[float, float], text: str, pen: _Pen) -> None:
    x, y = xy
    font = ImageFont.load_default(pen.size)
    style = {"font": font, "fill": pen.colour, "stroke_width": pen.extra, "stroke_fill": pen.colour}
    for letter in unicodedata.normalize("NFC", text):
        if katakana(letter):
            _strokes(draw, (x, y), letter, pen)
        elif letter.strip():
            draw.text((x, y + pen.size), letter, anchor="ls", **style)  # type: ignore[arg-type]
        x += _advance(letter, pen.size)


def _strokes(draw: ImageDraw.ImageDraw, xy: tuple[float, float], letter: str, pen: _Pen) -> None:
    small = letter in _SMALL
    scale = pen.size / 10 * (0.72 if small else 1.0)
    x, y = xy[0], xy[1] + (pen.size * 0.28 if small else 0.0)
    radius = max(0.5, pen.line / 2)
    for part in unicodedata.normalize("NFD", _SMALL.get(letter, letter)):
        for stroke in (_STROKES.get(part) or _MARKS[part]).split():
            digits = [(int(digit) + 0.5) * scale for digit in stroke]
            points = [(x + dx, y + dy) for dx, dy in zip(digits[::2], digits[1::2], strict=True)]
            draw.line(points, fill=pen.colour, width=max(1, round(pen.line)), joint="curve")
            for px, py in (points[0], points[-1]):
                draw.ellipse((px - radius, py - radius, px + radius, py + radius), fill=pen.colour)
