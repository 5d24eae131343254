# SPDX-License-Identifier: Apache-2.0
"""Clips that code draws, as many as are wanted: nothing registered is in them, so that nothing may be found.

Pictures are those that descriptors are trained with, of a seed of their own; a camera moves over each. Frames go
straight to the systems: ten thousand files would be written for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import numpy as np
from PIL import Image

from kyodaku.bench.copies import Clip
from kyodaku.bench.systems import Picture
from kyodaku.errors import UsageError

__all__ = ["CLIP_S", "Draw", "drawn_clips"]

Draw = Callable[[int], Picture]
"""Gives the picture of a number."""

CLIP_S: Final = 4.0
SIZE: Final = (256, 144)
SHOTS: Final = (0.5, 0.35, 0.15)
"""How many clips have one shot, two, three."""
_SEED: Final = 0xD157
"""No descriptor is trained with it."""
_LEAST_SEEN, _MOST_SEEN = 0.7, 0.95
"""How much of a picture's width the camera sees."""


def drawn_clips(count: int, *, seed: int = 0, draw: Draw | None = None) -> Iterator[Clip]:
    """So many clips of four seconds, the same each time; without `draw` it takes OpenCV, as training does."""
    shown = _trained_pictures(seed) if draw is None and count else draw
    for number in range(count):
        assert shown is not None
        yield partial(_frames, shown, seed, number)


def _trained_pictures(seed: int) -> Draw:
    try:
        from kyodaku.descriptor_training.pictures import picture  # noqa: PLC0415 - an extra
    except ImportError as error:
        hint = "pip install 'kyodaku[descriptor-training]'"
        raise UsageError(f"drawing clips takes what training a descriptor does ({error})", hint=hint) from None
    return partial(picture, _SEED + seed)


def _frames(draw: Draw, seed: int, number: int, fps: float) -> Iterator[tuple[float, Picture]]:
    random = np.random.default_rng([_SEED, seed, number])
    shots = 1 + int(random.choice(len(SHOTS), p=SHOTS))
    cuts = np.sort(random.uniform(0.1, 0.9, shots - 1)) * CLIP_S
    times = np.arange(round(CLIP_S * fps)) / fps
    shot_of = np.searchsorted(cuts, times, side="right")
    for shot in range(shots):
        picture = Image.fromarray(draw(number * len(SHOTS) + shot))
        begin, end = _Camera.anywhere(random), _Camera.anywhere(random)
        mine = times[shot_of == shot]
        for time in mine:
            yield float(time), begin.towards(end, float(time) / CLIP_S).look(picture)


class _Camera:
    """A view of a still picture: its middle and its width, as shares of the picture."""

    def __init__(self, across: float, down: float, width: float) -> None:
        self._place = np.array([across, down, width])

    @classmethod
    def anywhere(cls, random: np.random.Generator) -> _Camera:
        """A view that lies within the picture."""
        width = float(random.uniform(_LEAST_SEEN, _MOST_SEEN))
        room = 1 - width
        across, down = 0.5 + room * random.uniform(-0.5, 0.5, 2)
        return cls(float(across), float(down), width)

    def towards(self, other: _Camera, share: float) -> _Camera:
        """So far on the way to another view."""
        return _Camera(*(self._place + share * (other._place - self._place)).tolist())

    def look(self, picture: Image.Image) -> Picture:
        """What is seen, at `SIZE`."""
        across, down, width = self._place * picture.width
        height = width * SIZE[1] / SIZE[0]
        box = (across - width / 2, down - height / 2, across + width / 2, down + height / 2)
        return np.asarray(picture.resize(SIZE, Image.Resampling.BILINEAR, box=box))
