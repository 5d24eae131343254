# SPDX-License-Identifier: Apache-2.0
"""Two tiny films whose brightness runs up and down at random, so that any stretch of them can be told by its light."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from kyodaku.edits._graph import Canvas
from kyodaku.edits._writer import write_film

FPS = 24
SECONDS = 10
SIZE = Canvas(160, 90)


def _write(path: Path, seed: int) -> Path:
    random = np.random.default_rng(seed)
    light = np.repeat(random.integers(40, 170, SECONDS * FPS // 3), 3)
    across = np.linspace(0, 50, SIZE.width)[None, :, None]
    dots = random.integers(0, 24, (SIZE.height, SIZE.width, 3))

    def picture(level: int) -> NDArray[np.uint8]:
        return np.clip(level + across + dots, 0, 255).astype(np.uint8)

    frames = (av.VideoFrame.from_ndarray(picture(int(level)), format="rgb24") for level in light)
    write_film(path, (frame.reformat(format="yuv420p") for frame in frames), SIZE, Fraction(FPS), crf=12)
    return path


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _write(tmp_path_factory.mktemp("films") / "film.mp4", seed=1)


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _write(tmp_path_factory.mktemp("films") / "other.mp4", seed=2)
