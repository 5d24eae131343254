# SPDX-License-Identifier: Apache-2.0
"""Pictures of a finished video: a thumbnail, and a sheet of its frames."""

from __future__ import annotations

from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Final

from PIL import Image

from kyodaku.errors import KyodakuError
from kyodaku.media import Decoder, Frame, Sampling

__all__ = ["spritesheet", "thumbnail"]

_SIDE: Final = 480
_SMALL: Final = 160
_ACROSS: Final = 5
_MOST: Final = 25


def thumbnail(video: Path) -> bytes:
    """The first frame, as WebP."""
    first = _frames(video, Sampling(mode="at", at=(0.0,), max_side=_SIDE))[0]
    return _encoded(Image.fromarray(first.pixels), "WEBP")


def spritesheet(video: Path) -> bytes:
    """A frame a second, up to 25, five in a row, as JPEG."""
    frames = _frames(video, Sampling(mode="interval", fps=1, max_side=_SMALL))
    height, width = frames[0].pixels.shape[:2]
    rows = -(-len(frames) // _ACROSS)
    sheet = Image.new("RGB", (width * min(len(frames), _ACROSS), height * rows))
    for number, frame in enumerate(frames):
        picture = Image.fromarray(frame.pixels).resize((width, height))  # a film may change its size
        sheet.paste(picture, (number % _ACROSS * width, number // _ACROSS * height))
    return _encoded(sheet, "JPEG")


def _frames(video: Path, sampling: Sampling) -> list[Frame]:
    with Decoder() as decoder:
        frames = list(islice(decoder.sample(video, sampling), _MOST))
    if not frames:
        raise KyodakuError("no picture can be taken out of the video")
    return frames


def _encoded(picture: Image.Image, form: str) -> bytes:
    out = BytesIO()
    picture.save(out, form, quality=85)
    return out.getvalue()
