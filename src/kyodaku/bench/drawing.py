# SPDX-License-Identifier: Apache-2.0
"""Films drawn by code, where figures need films of any number and length but not real ones."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

__all__ = ["draw_film"]

SHOT_S = 2.0
"""Seconds between two cuts."""
SHAPES = 5


def draw_film(path: Path, *, seed: int, seconds: float = 8.0, size: tuple[int, int] = (160, 90), fps: int = 12) -> Path:
    """A film of drifting blocks over a shaded ground, with a cut every two seconds; no two seeds look alike.

    The same arguments write the same bytes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libx264", rate=Fraction(fps))
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.thread_count = 1
        stream.options = {"preset": "ultrafast", "crf": "20", "threads": "1"}
        for pixels in _pictures(seed, seconds, size, fps):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def _pictures(seed: int, seconds: float, size: tuple[int, int], fps: int) -> Iterator[NDArray[np.uint8]]:
    frames, shot_frames = round(seconds * fps), round(SHOT_S * fps)
    for first in range(0, frames, shot_frames):
        random = np.random.default_rng([seed, first])
        ground = _ground(random, size)
        blocks = _Blocks(random, size)
        for number in range(min(shot_frames, frames - first)):
            yield blocks.over(ground, number / fps)


def _ground(random: np.random.Generator, size: tuple[int, int]) -> NDArray[np.uint8]:
    """A few coloured corners, blended smoothly across the picture."""
    width, height = size
    corners = random.uniform(0, 200, (4, 5, 3))
    across, down = np.linspace(0, 4, width), np.linspace(0, 3, height)
    left, top = np.minimum(across.astype(int), 3), np.minimum(down.astype(int), 2)
    x, y = (across - left)[None, :, None], (down - top)[:, None, None]
    upper = corners[top][:, left] * (1 - x) + corners[top][:, left + 1] * x
    lower = corners[top + 1][:, left] * (1 - x) + corners[top + 1][:, left + 1] * x
    ground: NDArray[np.uint8] = (upper * (1 - y) + lower * y).astype(np.uint8)
    return ground


class _Blocks:
    """Rectangles that drift, each at its own pace."""

    def __init__(self, random: np.random.Generator, size: tuple[int, int]) -> None:
        self._size = np.array(size)
        self._at = random.uniform(0, 0.8, (SHAPES, 2))
        self._pace = random.uniform(-0.12, 0.12, (SHAPES, 2))
        self._extent = random.uniform(0.12, 0.35, (SHAPES, 2))
        self._colour = random.integers(0, 256, (SHAPES, 3))

    def over(self, ground: NDArray[np.uint8], time_s: float) -> NDArray[np.uint8]:
        picture = ground.copy()
        begin = self._at + self._pace * time_s
        for low, high, colour in zip(begin, begin + self._extent, self._colour, strict=True):
            (x0, y0), (x1, y1) = (np.clip(corner, 0, 1) * self._size for corner in (low, high))
            picture[int(y0) : int(y1), int(x0) : int(x1)] = colour
        return picture
