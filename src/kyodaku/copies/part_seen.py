# SPDX-License-Identifier: Apache-2.0
"""Which part of a frame a view of a query looked at: to be drawn, so that a person sees what was compared."""

from __future__ import annotations

from dataclasses import dataclass

from kyodaku.copies.descriptor import Pixels
from kyodaku.copies.query import QueryFingerprint, placed_at
from kyodaku.copies.views import FRAMED, REGIONS, VIEWS, canonical, part_of

__all__ = ["Box", "PartSeen", "part_seen", "picture_in"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """A part of a frame, in shares of its sides."""

    x: float = 0.0
    y: float = 0.0
    width: float = 1.0
    height: float = 1.0

    @property
    def is_all(self) -> bool:
        """Whether it is the whole frame."""
        return (self.x, self.y, self.width, self.height) == (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class PartSeen:
    """What of a frame was compared."""

    box: Box
    picture: Pixels
    """The part, without what lies around it."""


def part_seen(query: QueryFingerprint, view: str, time_s: float, pixels: Pixels) -> PartSeen:
    """What the view saw of a frame of the query at this time; all of it where that is not known."""
    if view in REGIONS:
        return _of_region(query, view, time_s, pixels)
    if view == FRAMED.name or view not in VIEWS:
        return PartSeen(box=Box(), picture=pixels)
    looked = VIEWS[view]
    inner = canonical(pixels)
    picture = part_of(inner, looked.x, looked.y, looked.width, looked.height)
    return PartSeen(box=_place_in(pixels, picture), picture=picture)


def picture_in(pixels: Pixels) -> Box:
    """Where in a frame its picture lies, inside of its borders."""
    return _place_in(pixels, canonical(pixels))


def _of_region(query: QueryFingerprint, view: str, time_s: float, pixels: Pixels) -> PartSeen:
    found = placed_at(query.regions.get(view, ()), time_s)
    if found is None:
        return PartSeen(box=Box(), picture=pixels)
    picture = part_of(pixels, found.x, found.y, found.width, found.height)
    return PartSeen(box=_place_in(pixels, picture), picture=picture)


def _place_in(pixels: Pixels, part: Pixels) -> Box:
    """Where a slice of a picture lies in it, from where its first value lies in memory."""
    rows, columns = pixels.shape[:2]
    offset = part.__array_interface__["data"][0] - pixels.__array_interface__["data"][0]
    top, left = divmod(offset, pixels.strides[0])
    return Box(
        x=left // pixels.strides[1] / columns,
        y=top / rows,
        width=part.shape[1] / columns,
        height=part.shape[0] / rows,
    )
