# SPDX-License-Identifier: Apache-2.0
"""Films drawn and encoded: scene after scene, on twos (twelve drawings a second), as most animation is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from kyodaku import edits
from kyodaku.demo.art.kit import HEIGHT, WIDTH, Kit, Scene
from kyodaku.demo.story import FILMS

__all__ = ["FULL", "Detail", "pictures", "render_film"]

CRF = 18
"""Masters are kept better than copies."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Detail:
    """Size in pixels, drawings a second, and how long scenes last as a share of what is written: less, for tests."""

    width: int = WIDTH
    height: int = HEIGHT
    fps: int = 12
    pace: float = 1.0


FULL = Detail()


def pictures(film: str, detail: Detail = FULL) -> Iterator[Image.Image]:
    """Every picture of a film in `FILMS`, in its order."""
    for index, scene in enumerate(FILMS[film].scenes):
        shot = replace(scene, seconds=scene.seconds * detail.pace)
        yield from _shoot(shot, detail, seed=f"{film}/{index}")


def _shoot(scene: Scene, detail: Detail, *, seed: str) -> Iterator[Image.Image]:
    kit = Kit(width=detail.width, height=detail.height, seconds=scene.seconds, seed=seed)
    draw = scene.build(kit)
    for number in range(round(scene.seconds * detail.fps)):
        yield draw(number / detail.fps)


def render_film(film: str, out: Path, detail: Detail = FULL) -> None:
    """Draw and encode a film in `FILMS`."""
    frames = (
        av.VideoFrame.from_ndarray(np.asarray(picture), format="rgb24").reformat(format="yuv420p")
        for picture in pictures(film, detail)
    )
    size = (detail.width, detail.height)
    edits.write_film(out, frames, size, Fraction(detail.fps), crf=CRF, preset="veryfast")
