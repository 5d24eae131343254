# SPDX-License-Identifier: Apache-2.0
"""Small films with cuts, drawn from a seed: enough structure that each moment can be told from any other."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

FPS = 12
SIZE = (192, 108)
SCENE_S = 2.0


def write_film(path: Path, *, seed: int, seconds: float = 12.0, start_s: float = 0.0, mirror: bool = False) -> Path:
    """Writes film `seed` from `start_s` on; the same seed is always the same film."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(FPS), options={"preset": "ultrafast", "threads": "1"})
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        for number in range(round(seconds * FPS)):
            pixels = frame(seed, start_s + number / FPS)
            pixels = np.ascontiguousarray(pixels[:, ::-1]) if mirror else pixels
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    return path


def frame(seed: int, time_s: float) -> NDArray[np.uint8]:
    """The picture of film `seed` at `time_s`."""
    scene, within = divmod(time_s, SCENE_S)
    random = np.random.default_rng([seed, int(scene)])
    width, height = SIZE
    corners = random.integers(20, 235, (2, 2, 3)).astype(np.uint8)
    picture = Image.fromarray(corners).resize(SIZE, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(picture)
    for _ in range(9):
        x, y, speed_x, speed_y = random.uniform((0, 0, -25, -15), (width, height, 25, 15))
        radius = random.uniform(8, 40)
        colour = tuple(int(value) for value in random.integers(0, 255, 3))
        left, top = x + speed_x * within, y + speed_y * within
        box = (left - radius, top - radius * random.uniform(0.4, 1.2), left + radius, top + radius)
        (draw.ellipse if random.random() < 0.5 else draw.rectangle)(box, fill=colour)
    return np.asarray(picture)
