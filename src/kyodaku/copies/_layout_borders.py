# SPDX-License-Identifier: Apache-2.0
"""What of a window of frames is border: of one colour in every frame, or without detail beside a picture with it.

A single frame is trimmed in `_borders`; over a window less is hidden by the dark, since a border stays as it is while
the picture moves.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies._layout_evidence import Evidence, Floats
from kyodaku.copies._layout_search import Area

__all__ = ["is_empty", "solid_cut"]

_TOLERANCE: Final = 12.0
"""Steps of 255 by which a border's brightness differs from its middle value: the noise of strong compression."""
_SOLID: Final = 0.95
"""The share of a line's cells that must be within it, in every frame."""
_EDGE: Final = 0.3
"""The share of cells beyond it within `_EDGE_LINES` after the border."""
_EDGE_LINES: Final = 3
_SHALLOWEST: Final = 0.015
"""Of the frame's side: a thinner border need not be undone."""
_LEAST_LEFT: Final = 0.12
"""Of the frame's side: if less would be left, nothing is cut."""
_SOLID_WEIGHT: Final = 1.2
"""What a solid border weighs against other regions: it is beyond doubt."""
_EMPTY: Final = 0.5
"""Steps of 255: a picture has more."""


def solid_cut(evidence: Evidence, area: Area) -> tuple[Area, float]:
    """The area inside solid borders, and their weight: 0 when there are none."""
    inside = area
    for _ in range(2):
        top, bottom = _depths(evidence, inside, evidence.rows, turned=False)
        inside = inside._replace(top=inside.top + top, bottom=inside.bottom - bottom)
        if not _is_enough(evidence, inside):
            return area, 0.0
        left, right = _depths(evidence, inside, evidence.columns, turned=True)
        inside = inside._replace(left=inside.left + left, right=inside.right - right)
        if not _is_enough(evidence, inside):
            return area, 0.0
    return inside, _SOLID_WEIGHT if inside != area else 0.0


def _is_enough(evidence: Evidence, area: Area) -> bool:
    return area.width >= _LEAST_LEFT * evidence.columns and area.height >= _LEAST_LEFT * evidence.rows


def _depths(evidence: Evidence, area: Area, side: int, *, turned: bool) -> tuple[int, int]:
    low, high = (
        values[area.top : area.bottom, area.left : area.right] for values in (evidence.lowest, evidence.highest)
    )
    if turned:
        low, high = low.T, high.T
    first, last = (_depth(low[::way], high[::way], round(_SHALLOWEST * side)) for way in (1, -1))
    return first, last


def _depth(low: Floats, high: Floats, shallowest: int) -> int:
    """Lines of the first one's colour, up to an edge; 0 without an edge."""
    colour = np.median(low[0])
    beyond = _beyond(low, high, colour)
    depth = int(np.argmax(beyond > 1 - _SOLID)) if (beyond > 1 - _SOLID).any() else 0
    sudden = depth and beyond[depth : depth + _EDGE_LINES].max() >= _EDGE
    return depth if sudden and depth >= max(1, shallowest) else 0


def _beyond(low: Floats, high: Floats, colour: float) -> NDArray[np.float64]:
    """The share of each line's cells that had another colour at any time."""
    share: NDArray[np.float64] = ((low < colour - _TOLERANCE) | (high > colour + _TOLERANCE)).mean(axis=1)
    return share


def is_empty(evidence: Evidence, part: Area) -> bool:
    """Whether there is nothing to be seen in a part of the frame."""
    detail = evidence.detail[part.top : part.bottom, part.left : part.right]
    return not detail.size or float(detail.mean()) < _EMPTY
