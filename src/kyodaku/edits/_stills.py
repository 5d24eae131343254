# SPDX-License-Identifier: Apache-2.0
"""Still pictures with alpha that are laid over films: subtitles and an emblem."""

from __future__ import annotations

import av
import numpy as np
from PIL import Image, ImageDraw

from kyodaku.edits._graph import Canvas
from kyodaku.edits.lettering import measure, write

__all__ = ["LINES", "bar", "caption", "emblem"]

LINES = (
    "ホシノ ヒカリガ ミエル？",
    "Wait for me at the harbour.",
    "アシタ マタ アオウネ。",
    "I told you it would snow.",
    "ダイジョウブ、 イッショニ イコウ！",
    "That light... it is moving!",
    "カエリミチヲ オボエテイル？",
    "We never asked her name.",
)
"""Lines of invented films, half of them Japanese."""

SUBSCRIBE = "@clip.channel  フォロー シテネ！"


def caption(canvas: Canvas, size: float, lines: int, band: float, first: int) -> av.VideoFrame:
    """Subtitles in a band as wide as the picture; `first` picks the words."""
    letter = canvas.height * size
    height = round(letter * 1.55 * lines + letter * 0.7)
    picture = Image.new("RGBA", (canvas.width, height), (8, 8, 12, round(235 * band)))
    draw = ImageDraw.Draw(picture)
    for row in range(lines):
        text = LINES[(first + row) % len(LINES)]
        fitted = min(letter, letter * 0.94 * canvas.width / measure(text, letter))
        left = (canvas.width - measure(text, fitted)) / 2
        white, black = (255, 255, 255, 255), (0, 0, 0, 255)
        write(draw, (left, letter * (0.45 + 1.55 * row)), text, size=fitted, fill=white, outline=black)
    return _frame(picture)


def bar(canvas: Canvas, colour: tuple[int, int, int], first: int) -> av.VideoFrame:
    """A plain bar with one or two lines of words, in black or white, whichever can be read on it."""
    picture = Image.new("RGBA", canvas, (*colour, 255))
    draw = ImageDraw.Draw(picture)
    ink = (0, 0, 0, 255) if sum(colour) > 3 * 128 else (255, 255, 255, 255)
    lines = 2 if canvas.height > 0.12 * canvas.width else 1
    letter = canvas.height / (lines * 1.55 + 0.7)
    for row in range(lines):
        text = LINES[(first + row) % len(LINES)]
        fitted = min(letter, letter * 0.94 * canvas.width / measure(text, letter))
        left = (canvas.width - measure(text, fitted)) / 2
        write(draw, (left, letter * (0.45 + 1.55 * row)), text, size=fitted, fill=ink)
    return _frame(picture)


def emblem(side: int, opacity: float) -> av.VideoFrame:
    """A re-uploader's round badge with its handle below."""
    big = 4 * side
    picture = Image.new("RGBA", (big, big), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((big * 0.12, 0, big * 0.88, big * 0.76), fill=(226, 40, 74, 255), outline="white", width=big // 28)
    draw.polygon([(big * 0.4, big * 0.2), (big * 0.4, big * 0.56), (big * 0.7, big * 0.38)], fill="white")
    draw.rounded_rectangle((0, big * 0.8, big - 1, big - 1), radius=big * 0.08, fill=(20, 20, 26, 255))
    letter = big * 0.12 * min(1.0, 0.94 * big / measure(SUBSCRIBE, big * 0.12))
    left = (big - measure(SUBSCRIBE, letter)) / 2
    write(draw, (left, big * 0.9 - letter / 2), SUBSCRIBE, size=letter, fill="white")
    small = picture.resize((side, side), Image.Resampling.BOX)
    small.putalpha(small.getchannel("A").point([round(level * opacity) for level in range(256)]))
    return _frame(small)


def _frame(picture: Image.Image) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.asarray(picture), format="rgba")
