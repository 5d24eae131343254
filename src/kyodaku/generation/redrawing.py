# SPDX-License-Identifier: Apache-2.0
"""What was sent, drawn anew from the pixels that the gate's own decoder saw: only that reaches a generator.

A file can be two things at once, hide pictures behind transparency, in later frames, in a second track or behind an
edit list, and turn itself by a tag that one reader follows and another does not. Whoever hands it on hands on whatever
the next reader makes of it. A picture becomes a PNG of the picture on screen at first, upright and opaque, a film an
H.264 file of one track at a constant rate; neither keeps metadata, sound or anything else of the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

from kyodaku.errors import KyodakuError
from kyodaku.media import Decoder, Frame, FrameStream, Limits, MediaError, MediaInfo, Sampling

__all__ = ["MAX_REFERENCE_S", "Unreadable", "redraw"]

MAX_REFERENCE_S: Final = 120.0
"""Longer than any generator takes; a request has to be answered while its caller waits."""
_LONGEST_SIDE: Final = 2048
"""More than the largest videos that are made have; what is larger is scaled down."""
_FASTEST: Final = 60
_FALLBACK_FPS: Final = 24.0
_CRF: Final = 16
_LIMITS: Final = Limits(max_bytes=1 << 30, max_frames=int(MAX_REFERENCE_S * 1000), wall_s=300.0, cpu_s=300.0)


class Unreadable(KyodakuError):  # noqa: N818 - what it is
    """Nothing that could be drawn anew."""


def redraw(medium: Path, to: Path) -> Path:
    """The picture or film, drawn anew at `to` with `.png` or `.mp4` added; `Unreadable` if it cannot be read whole."""
    with Decoder(_LIMITS) as decoder:
        info = decoder.probe(medium)
        if isinstance(info, MediaError):
            raise Unreadable(f"it cannot be read ({info.kind})")
        if info.kind == "video":
            return _film(decoder, medium, info, to.with_name(f"{to.name}.mp4"))
        return _picture(decoder, medium, to.with_name(f"{to.name}.png"))


def _picture(decoder: Decoder, medium: Path, to: Path) -> Path:
    stream = decoder.sample(medium, Sampling(mode="at", at=(0.0,), max_side=_LONGEST_SIDE))
    frames = list(stream)
    _require_whole(stream)
    Image.fromarray(frames[0].pixels).save(to, "PNG", compress_level=1)
    return to


def _film(decoder: Decoder, medium: Path, info: MediaInfo, to: Path) -> Path:
    from kyodaku.edits import write_film  # noqa: PLC0415 - heavy, and seldom needed

    rate = Fraction(min(info.fps or _FALLBACK_FPS, _FASTEST)).limit_denominator(1001)
    stream = decoder.sample(medium, Sampling(mode="interval", fps=float(rate), max_side=_LONGEST_SIDE))
    frames = _within_length(stream)
    first = next(frames, None)
    if first is None:
        _require_whole(stream)
        raise Unreadable("it holds no picture")
    height, width = (max(2, side // 2 * 2) for side in first.pixels.shape[:2])
    try:
        pictures = (_prepared(frame, width, height) for frame in chain((first,), frames))
        write_film(to, pictures, (width, height), rate, crf=_CRF, preset="veryfast")
        _require_whole(stream)
    except BaseException:
        to.unlink(missing_ok=True)
        raise
    return to


def _within_length(stream: FrameStream) -> Iterator[Frame]:
    for frame in stream:
        if frame.time_s > MAX_REFERENCE_S:
            raise Unreadable(f"it is longer than {MAX_REFERENCE_S:g} seconds")
        yield frame


def _prepared(frame: Frame, width: int, height: int) -> Any:
    """The frame at the film's size, also where the film changes its own."""
    import av  # noqa: PLC0415

    pixels = frame.pixels
    if pixels.shape[:2] != (height, width):
        pixels = np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BOX))
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), "rgb24").reformat(format="yuv420p")


def _require_whole(stream: FrameStream) -> None:
    """A film read in part only was examined in part only."""
    result = stream.result
    if result.error is not None or not result.frames:
        kind = "no picture" if result.error is None else result.error.kind
        raise Unreadable(f"it cannot be read to its end ({kind})")
