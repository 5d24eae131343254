# SPDX-License-Identifier: Apache-2.0
"""How much a frame is worth, and how much frames are worth together: repetition proves nothing twice."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies.descriptor import Codes

__all__ = ["commonness", "different_frames", "shares", "usual_step", "worths"]

Floats = NDArray[np.float64]

_MOST_COMPARED: Final = 512
"""Of a longer run so many frames, evenly spread, stand for all: 24 hours must not need a square of all frames."""
_LONGEST_RUN: Final = 8
"""A slow pan is one run of like frames, and yet its end is not its beginning."""
_RARITY: Final = 0.1
"""What each doubling of the number of references that show a frame takes off its weight, ..."""
_LEAST_RARITY: Final = 0.5
"""... down to this: a work that was registered many times over is still found."""


def worths(codes: Codes, alike: int) -> Floats:
    """For each frame 1 divided by the length of its run of frames that are like their neighbours, up to a limit."""
    if not len(codes):
        return np.zeros(0)
    words = np.ascontiguousarray(codes).view(np.uint64)
    step = np.bitwise_count(words[1:] ^ words[:-1]).sum(axis=1, dtype=np.int64)
    run = np.concatenate([[0], np.cumsum(step >= alike)])
    worth: Floats = 1.0 / np.minimum(np.bincount(run)[run], _LONGEST_RUN)
    return worth


def shares(codes: Codes, alike: int) -> Floats:
    """For each frame its share in the pictures there are: two of the same have half each, like ones in between."""
    words = np.ascontiguousarray(codes).view(np.uint64)
    some = words[:: -(-len(words) // _MOST_COMPARED)]
    apart = np.bitwise_count(words[:, None, :] ^ some[None, :, :]).sum(axis=2, dtype=np.int64)
    company = np.clip(1 - apart / alike, 0, 1).sum(axis=1) * (len(words) / len(some))
    share: Floats = 1.0 / np.maximum(company, 1.0)
    return share


def different_frames(codes: Codes, alike: int) -> float:
    """How many different pictures there are among these, as a sum of shares."""
    return float(shares(codes, alike).sum()) if len(codes) else 0.0


def commonness(references_of_each_frame: NDArray[np.int64]) -> Floats:
    """A weight from the number of references in which a frame was found: openings, logos and black are everyone's."""
    doublings = np.log2(np.maximum(references_of_each_frame, 1))
    return np.maximum(1 / (1 + _RARITY * doublings), _LEAST_RARITY)


def usual_step(times: NDArray[np.float32]) -> float:
    """The usual time between samples, in seconds; 0 for a picture."""
    return float(np.median(np.diff(times))) if len(times) > 1 else 0.0
