# SPDX-License-Identifier: Apache-2.0
"""The records of alignment; `kyodaku.copies.align` shows them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["FASTEST", "SLOWEST", "Clock", "Floats", "Hits", "Line", "Places", "Settings"]

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

SLOWEST: Final = 0.25
FASTEST: Final = 4.0

_OTHER: Final = 0.97
"""A line at another speed than 1 must say so much more: a few points lie on many lines."""
_OCTAVE: Final = 0.33
"""Twice or half the speed costs this share: in a slow scene one flat line passes near all the turns of a loop."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """`reference time = speed * query time + offset`."""

    speed: float
    offset: float

    @property
    def plausibility(self) -> float:
        """What to multiply a gain by when lines are compared: 1 at speed 1, 0.64 at 2, 0.31 at 4."""
        return 1.0 if self.speed == 1 else _OTHER - _OCTAVE * abs(math.log2(self.speed))

    def at(self, q: float) -> float:
        """The reference time at a query time."""
        return self.speed * q + self.offset


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What counts as a line."""

    tolerance_s: float = 0.6
    """How far from the line, in reference time, a frame may lie: half a sampling step on either side, and rounding."""
    absence: float = 0.5
    """What a frame costs, in the unit of the weights, that a run passes over."""
    longest_gap_s: float = 3.0
    """A run is cut where frames are passed over for longer than this in query time; where there are none it goes on."""
    least_gain: float = 1.0
    """Runs with less are not looked for any further."""
    most_spans: int = 64
    """Per reference and view."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """The frames of a query that say something, in order of time."""

    times: Floats
    """`(frames,)`, seconds."""
    worth: Floats
    """`(frames,)`, 0 to 1: a frame that repeats the one before is worth little, present or absent."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hits:
    """Frames of one reference that look like frames of the query, in any order."""

    frames: Places
    """`(hits,)`, positions in the clock."""
    times: Floats
    """`(hits,)`, seconds in the reference."""
    weights: Floats
    """`(hits,)`, above 0: how much each likeness says."""

    def taken(self, which: Places) -> Hits:
        """Some of the hits."""
        return Hits(frames=self.frames[which], times=self.times[which], weights=self.weights[which])
