# SPDX-License-Identifier: Apache-2.0
"""Finding what is picture and what is border: letterbox, pillarbox, a coloured frame, a caption bar.

From each side inwards: when the outermost line has one colour, lines belong to the border as long as they have it
too. A caption or a logo may interrupt them, if solid lines follow and no line before these is mostly something else.
The border must end in an edge: a sky or a dark room fades into the picture, a border does not. Cutting is repeated
until nothing changes, so that a border around a picture that begins with a flat strip leads to the same result as
that picture without the border.

The limits were chosen on half of the works of a test set, by how near frames stayed to their originals over 15 edits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies.descriptor import Pixels

__all__ = ["trimmed"]

_TOLERANCE: Final = 16
"""Steps of 255 by which a border's values differ from its colour: the noise of strong compression."""
_SOLID: Final = 0.04
"""The share of a line's values that may differ in a solid line: ringing, a speck."""
_FOREIGN: Final = 0.6
"""A line with more values than this that differ is picture; with fewer it may be a caption in the border."""
_PARTLY: Final = 0.3
_EDGE: Final = 0.25
"""The share of values that must differ within `_EDGE_LINES` after the border."""
_EDGE_LINES: Final = 3
_DEEPEST: Final = 0.8
"""The share of the lines that can be border: 16:9 inside 9:16 leaves a third, cinema inside 9:16 a quarter."""
_LEAST_AREA: Final = 0.2
"""If less than this share of the picture would remain, it is left as it is; cinema inside 9:16 leaves 0.23."""
_SMALLEST: Final = 16
"""Pixels; below this there is nothing to look for."""
_ROUNDS: Final = 3
_LINES: Final = 192
"""Of more lines than twice this every other is looked at, and so on: borders are found to within a pixel or two."""
_ACROSS: Final = 64
"""Values that are looked at in a line, at least, evenly spread."""
_CHUNK: Final = 64
"""Lines that are looked at in one step; a caption in a border is lower."""

Lines = NDArray[np.uint8]
"""`(lines, points, 3)`, from the outside inwards."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Side:
    """One side of a picture, in lines from the outside."""

    depth: int
    """The border, up to its edge; 0 where no edge was found."""
    solid: int
    """Where the last line of the border's colour ends, edge or not."""


def trimmed(pixels: Pixels) -> Pixels:
    """A view of the picture inside its borders; the picture itself when there are none or too little would remain."""
    height, width = pixels.shape[:2]
    inside = pixels
    for _ in range(_ROUNDS):
        size = inside.shape
        if min(size[:2]) < _SMALLEST:
            return pixels
        inside = _cut_top_and_bottom(inside)
        inside = _cut_top_and_bottom(inside.swapaxes(0, 1)).swapaxes(0, 1)
        if inside.shape == size:
            break
    enough = inside.shape[0] * inside.shape[1] >= _LEAST_AREA * height * width
    return inside if enough else pixels


def _cut_top_and_bottom(pixels: Pixels) -> Pixels:
    """Bars come in pairs: where a dark picture hides the edge of one, it is as deep as the other."""
    every = max(1, len(pixels) // _LINES)
    lines = pixels[::every, :: max(1, pixels.shape[1] // _ACROSS)]
    top, bottom = _border(lines), _border(pixels[::-every, :: max(1, pixels.shape[1] // _ACROSS)])
    first = bottom.depth if not top.depth and top.solid >= bottom.depth else top.depth
    last = top.depth if not bottom.depth and bottom.solid >= top.depth else bottom.depth
    return pixels[first * every : len(pixels) - last * every] if first + last < len(lines) else pixels


def _border(lines: Lines) -> _Side:
    """What the first lines are."""
    colour = _one_colour(lines[0])
    if colour is None:
        return _Side(depth=0, solid=0)
    lowest = np.where(colour > _TOLERANCE, colour - _TOLERANCE, 0).astype(np.uint8)
    solid = 0
    for start in range(0, int(len(lines) * _DEEPEST), _CHUNK):
        different = _share_that_differs(lines[start : start + _CHUNK], lowest)
        foreign = np.flatnonzero(different > _FOREIGN)
        own = np.flatnonzero(different[: foreign[0] if foreign.size else None] <= _SOLID)
        if own.size:
            solid = start + int(own[-1]) + 1
        if foreign.size and _is_sudden(different, int(foreign[0])):
            return _Side(depth=start + int(foreign[0]), solid=solid)
        if foreign.size or not own.size:
            beyond = _share_that_differs(lines[solid : solid + _EDGE_LINES], lowest)
            return _Side(depth=solid if beyond.max() >= _EDGE else 0, solid=solid)
    return _Side(depth=0, solid=solid)


def _is_sudden(different: NDArray[np.float64], at: int) -> bool:
    """Whether lines that are mostly border, a logo perhaps in each, are followed at once by one that is mostly not."""
    before = different[max(0, at - _EDGE_LINES) : at]
    return bool(before.size and before.max() <= _PARTLY)


def _one_colour(line: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """The median colour of a line whose values, a few outliers aside, lie within the tolerance of each other."""
    ordered = np.sort(line, axis=0)
    outliers = len(ordered) // 32
    spread = ordered[-1 - outliers] - ordered[outliers]
    return ordered[len(ordered) // 2] if spread.max() <= 2 * _TOLERANCE else None


def _share_that_differs(lines: Lines, lowest: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Values outside of `lowest .. lowest + 2 * tolerance`; unsigned numbers wrap, so that one comparison tells."""
    values = np.ascontiguousarray(lines).reshape(len(lines), -1)
    outside = values - np.tile(lowest, lines.shape[1]) > 2 * _TOLERANCE
    share: NDArray[np.float64] = np.count_nonzero(outside, axis=1) / values.shape[1]
    return share
