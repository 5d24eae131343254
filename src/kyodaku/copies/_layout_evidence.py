# SPDX-License-Identifier: Apache-2.0
"""How much speaks for a straight edge at each place of a window of frames.

Where one picture is laid on another, or ends at a border, brightness jumps from one column (or row) to the next, at
the same place in every frame, and the columns around the jump have nothing of the kind. So frames are reduced to cells
of about two pixels, cells are averaged along the line in some 48 blocks, and each block is asked by which factor the
step between two neighbours exceeds the steps around it. Averaged over the frames, that share is turned into log-odds
by a line fitted on composed and on plain windows of 1 to 16 frames: a block says little, a line of them decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies.descriptor import Pixels

__all__ = ["Evidence", "Floats", "gather"]

Floats = NDArray[np.float32]

_CELLS: Final = 240
"""The longer side in cells, about: an edge is found to within half a per cent of it."""
_BLOCKS: Final = 48
"""Blocks along a side: each averages out noise, and lines may begin and end at any of them."""
_NEAREST: Final = 2
_FURTHEST: Final = 6
"""The steps that a step is measured against lie this many cells to its left and right: a scaled or compressed edge is
itself two cells wide."""
_FLOOR: Final = 3.0
"""Steps of 255 added to what a step is measured against: noise of compression in flat places is not an edge."""
_FLAT: Final = 0.85
"""What a place without any steps counts, as a share of the even odds: it speaks against an edge, but hardly."""
_MOST: Final = 3.0
"""The log-odds of a single block are held within this: a still object fills some blocks, a frame fills them all."""
_WINDOWS: Final = (1, 2, 4, 8, 16)
_EVEN: Final = (0.42, 0.42, 0.38, 0.35, 0.35)
"""The share of a step at which an edge is as likely as none, for windows of so many frames."""
_SLOPE: Final = (7.0, 8.0, 9.5, 11.0, 12.0)
"""By how much the log-odds rise with the share: the more frames, the less is chance."""
_NEW: Final = 0.3
"""A frame counts as a whole one if it differs from the last by this share of what is to be seen in it, and less if
less: a picture that stands still is seen but once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What a window shows, on its grid of cells."""

    upright: Floats
    """`(blocks, columns - 1)`: log-odds of an upright edge after each column, block by block from the top."""
    level: Floats
    """`(blocks, rows - 1)`: the same for level edges after each row, block by block from the left."""
    lowest: Floats
    """`(rows, columns)`: the least brightness that each cell had, 0 to 255."""
    highest: Floats
    detail: Floats
    """`(rows, columns)`: the steps around each cell, averaged over the frames: how sharp the picture is there."""

    @property
    def rows(self) -> int:
        """Cells from top to bottom."""
        return len(self.lowest)

    @property
    def columns(self) -> int:
        """Cells from left to right."""
        return len(self.lowest[0])


def gather(frames: Sequence[Pixels]) -> Evidence:
    """Look at a window of at least one frame, all of one size, no side shorter than 16 pixels."""
    cells = np.stack([_cells(pixels) for pixels in frames])
    seen = np.log2(_worth(cells))
    even, slope = (float(np.interp(seen, np.log2(_WINDOWS), fit)) for fit in (_EVEN, _SLOPE))
    upright, level = (_log_odds(_blocks(turned), even, slope) for turned in (cells, cells.swapaxes(1, 2)))
    return Evidence(
        upright=upright,
        level=level,
        lowest=cells.min(axis=0),
        highest=cells.max(axis=0),
        detail=_detail(cells),
    )


def _cells(pixels: Pixels) -> Floats:
    """Brightness by cells; of each cell two greens, one red and one blue are read, as a camera's sensor does."""
    size = max(1, round(max(pixels.shape[:2]) / _CELLS))
    half = size // 2
    rows, columns = (side // size * size for side in pixels.shape[:2])
    total = pixels[0:rows:size, 0:columns:size, 1].astype(np.uint16)
    total += pixels[half:rows:size, 0:columns:size, 0]
    total += pixels[0:rows:size, half:columns:size, 2]
    total += pixels[half:rows:size, half:columns:size, 1]
    return total.astype(np.float32) / np.float32(4)


def _blocks(cells: Floats) -> Floats:
    """`(frames, blocks, columns)`: means over some neighbouring rows."""
    count, rows, columns = cells.shape
    deep = max(1, round(rows / _BLOCKS))
    even = np.ascontiguousarray(cells[:, : rows // deep * deep])
    blocks: Floats = even.reshape(count, -1, deep, columns).mean(axis=2)
    return blocks


def _log_odds(blocks: Floats, even: float, slope: float) -> Floats:
    step = np.abs(np.diff(blocks, axis=2))
    share = (step + _FLOOR * even * _FLAT) / (step + 2 * _around(step) + _FLOOR)
    odds: Floats = np.clip((share.mean(axis=0) - even) * slope, -_MOST, _MOST).astype(np.float32)
    return odds


def _around(steps: Floats) -> Floats:
    """For each step the mean of those near it on both sides, but not next to it."""
    count = steps.shape[2]
    padded = np.pad(steps, ((0, 0), (0, 0), (_FURTHEST + 1, _FURTHEST)), mode="edge")
    total: Floats = np.cumsum(padded, axis=2, dtype=np.float32)
    wide = _FURTHEST - _NEAREST + 1
    left = total[..., wide : wide + count] - total[..., :count]
    first = _FURTHEST + _NEAREST
    right = total[..., first + wide : first + wide + count] - total[..., first : first + count]
    return ((left + right) / (2 * wide)).astype(np.float32, copy=False)


def _worth(cells: Floats) -> float:
    """How many different frames there are, the first of them one."""
    coarse = cells[:, ::4, ::4]
    change = np.abs(np.diff(coarse, axis=0)).mean(axis=(1, 2))
    contrast = np.maximum(coarse[1:].std(axis=(1, 2)), _FLOOR)
    return 1.0 + float(np.minimum(change / (contrast * _NEW), 1.0).sum())


def _detail(cells: Floats) -> Floats:
    """A few frames tell how sharp a place is."""
    some = cells[:: max(1, len(cells) // 4)]
    detail = np.zeros(cells.shape[1:], dtype=np.float32)
    detail[:, 1:] += np.abs(np.diff(some, axis=2)).mean(axis=0, dtype=np.float32)
    detail[1:] += np.abs(np.diff(some, axis=1)).mean(axis=0, dtype=np.float32)
    return detail
