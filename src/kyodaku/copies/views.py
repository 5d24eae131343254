# SPDX-License-Identifier: Apache-2.0
"""The ways of looking at a frame before it is described.

A reference has one view, `WHOLE`: the picture without its borders. A query is looked at in every way of
`QUERY_VIEWS`, so that the registry stays small and the effort falls on the side that is examined once. A further view
(a crop, a pane of a split screen) is one more row of the table; nothing else knows how many there are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from kyodaku.copies import _borders
from kyodaku.copies.descriptor import Pixels

__all__ = ["MIRROR", "QUERY_VIEWS", "VIEWS", "WHOLE", "View", "canonical"]


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """A named way of looking at a frame that has lost its borders."""

    name: str
    mirrored: bool = False
    look: Callable[[Pixels], Pixels]


def canonical(pixels: Pixels) -> Pixels:
    """The picture without solid borders: what every view starts from, on both sides."""
    return _borders.trimmed(pixels)


def _as_it_is(pixels: Pixels) -> Pixels:
    return pixels


def _left_for_right(pixels: Pixels) -> Pixels:
    """A copy, made colour by colour: a third of the time that reading three values backwards takes."""
    mirrored = np.empty_like(pixels, order="C")
    for colour in range(3):
        mirrored[:, :, colour] = pixels[:, ::-1, colour]
    return mirrored


WHOLE: Final = View(name="whole", look=_as_it_is)
MIRROR: Final = View(name="mirror", look=_left_for_right, mirrored=True)

QUERY_VIEWS: Final = (WHOLE, MIRROR)
"""How a query is looked at, the likeliest view first."""

VIEWS: Final = {view.name: view for view in QUERY_VIEWS}
"""All views that a query's fingerprint may name."""
