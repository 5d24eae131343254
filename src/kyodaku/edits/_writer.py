# SPDX-License-Identifier: Apache-2.0
"""Frames out: H.264 in a container of the file's suffix, the same bytes each time."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av

__all__ = ["DEFAULT_CRF", "write_film"]

DEFAULT_CRF = 23
"""x264's own default: what a re-upload meets on its way."""


def write_film(
    out: Path,
    frames: Iterable[av.VideoFrame],
    size: tuple[int, int],
    rate: Fraction,
    *,
    crf: float = DEFAULT_CRF,
    preset: str = "ultrafast",
) -> int:
    """Encode yuv420p frames of one even `size` in their order at a constant rate; returns how many.

    Equal frames give equal bytes: one thread, because x264 places slices by the number of threads; no macroblock tree,
    because its assembler reads memory that nobody wrote, at some sizes (seen with core 165: other bytes each time, the
    same ones with `asm=0`); bit-exact containers, because Matroska otherwise draws a random id.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with av.open(str(out), "w", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.thread_count = 1
        stream.options = {"preset": preset, "crf": f"{crf:g}", "threads": "1", "g": "48", "x264-params": "mbtree=0"}
        for count, frame in enumerate(frames, start=1):
            frame.pts, frame.time_base, frame.pict_type = count - 1, 1 / rate, av.video.frame.PictureType.NONE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return count
