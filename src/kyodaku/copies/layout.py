# SPDX-License-Identifier: Apache-2.0
"""Where in its frames a film is shown: inside borders, in a pane of a split screen, in an inset on another film.

A window of frames is read as a tree: solid borders are cut off, then a line from one edge to the other divides what is
left, each part is read in the same way, and in whatever is not divided rectangles are sought. How edges are found is
told in `_layout_evidence`, how lines and rectangles are made of them in `_layout_search`, what is border in
`_layout_borders`. Only what is found is returned: the whole frame is no region. What is found wrongly costs time but
no truth, since whoever asks will look into each region and not believe it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal

from kyodaku.copies._layout_borders import is_empty, solid_cut
from kyodaku.copies._layout_evidence import Evidence, gather
from kyodaku.copies._layout_search import Area, Found, band, dividing_line, overlap, rectangles
from kyodaku.copies.descriptor import Pixels

__all__ = ["MOST_REGIONS", "Kind", "Region", "find_regions"]

Kind = Literal["inner", "pane", "inset"]

MOST_REGIONS: Final = 12
"""Nine panes, and an inset or two. A tenth of windows has more than six, screen recordings mostly."""
_SMALLEST: Final = 32
"""Pixels; in a frame with a shorter side nothing could be seen in a part."""
_DEPTH: Final = 5
"""Dividing lines within each other: a wall of two by two takes two, each border around a pane one more."""
_INSETS: Final = (3, 1)
"""Rectangles that are believed in the whole frame, and in a part of it."""
_LEAST_PANE: Final = 0.2
"""Of the frame's side: what is narrower is the border of what lies beside it."""
_DIVIDED: Final = (1.0, 0.75, 0.5)
"""What an area counts that has none, one or two live parts: the parts are likelier, but may have been seen wrongly."""
_SAME: Final = 0.87
_BESIDE_BEST: Final = 0.4
"""What weighs less than this share of the best region is mostly made of its sides."""
_CLEAR: Final = 2.0
"""The weight of a region that could not be clearer."""
_CENTRED: Final = 0.04
"""Of the frame's side: an inset whose margins differ by no more may be a picture on its own blurred enlargement."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Region:
    """A part of the frame, in shares of its sides."""

    kind: Kind
    """`inner`: the picture within static or blurred borders; `pane`: one of several that share the frame; `inset`: a
    picture laid on another."""
    x: float
    y: float
    width: float
    height: float
    strength: float
    """0 to 1: how much speaks for its edges. No probability: regions are ordered by it, nothing else is told by it."""


def find_regions(frames: Sequence[Pixels], most: int = MOST_REGIONS) -> tuple[Region, ...]:
    """The parts of a window of frames that show a film of their own, the clearest first, at most so many.

    Takes 1 to 24 frames of one film in their order, all of one size (frames of another size than the first are passed
    over). A still picture is looked at like a film, by its edges alone; one colour and tiny frames have no regions.
    """
    alike = [pixels for pixels in frames if pixels.shape == frames[0].shape]
    if not alike or min(alike[0].shape[:2]) < _SMALLEST:
        return ()
    evidence = gather(alike)
    whole = Area(0, 0, evidence.columns, evidence.rows)
    found = sorted(_parts(evidence, whole, 0, "inner", _DEPTH), key=lambda item: -item[1].weight)
    chosen: list[tuple[Kind, Found]] = []
    for kind, item in found:
        fresh = all(overlap(item.area, other.area) < _SAME for _, other in chosen)
        if fresh and item.weight >= _BESIDE_BEST * found[0][1].weight:
            chosen.append((kind, item))
    return tuple(_region(evidence, kind, item) for kind, item in chosen[:most])


def _parts(evidence: Evidence, area: Area, weight: float, kind: Kind, depth: int) -> Iterator[tuple[Kind, Found]]:
    """What an area shows; `weight` is that of the lines at which it ends, 0 for the whole frame."""
    inside, edge = solid_cut(evidence, area)
    if edge:
        yield "inner", Found(area=inside, weight=edge)
    divided = dividing_line(evidence, area, part=kind == "pane") if depth else None
    halves = divided[:2] if divided is not None else ()
    live = [half for half in halves if not _is_border(evidence, half)]
    if weight:
        yield kind, Found(area=area, weight=weight * _DIVIDED[len(live)])
    if divided is not None:
        line = min(weight, divided[2]) if weight else divided[2]
        for half in live:
            yield from _parts(evidence, half, line, "pane" if len(live) > 1 else kind, depth - 1)
    between = band(evidence, area)
    if between is not None:
        yield "inner", between
    for found in islice(rectangles(evidence, area), _INSETS[bool(weight)]):
        yield _kind_of(evidence, found, area), found


def _is_border(evidence: Evidence, part: Area) -> bool:
    """Whether a part is too narrow for a pane, or has nothing in it."""
    narrow = part.width < _LEAST_PANE * evidence.columns or part.height < _LEAST_PANE * evidence.rows
    return narrow or is_empty(evidence, part)


def _kind_of(evidence: Evidence, found: Found, area: Area) -> Kind:
    box = found.area
    across = abs((box.left - area.left) - (area.right - box.right)) <= _CENTRED * evidence.columns
    down = abs((box.top - area.top) - (area.bottom - box.bottom)) <= _CENTRED * evidence.rows
    return "inner" if across and down else "inset"


def _region(evidence: Evidence, kind: Kind, found: Found) -> Region:
    box = found.area
    return Region(
        kind=kind,
        x=box.left / evidence.columns,
        y=box.top / evidence.rows,
        width=box.width / evidence.columns,
        height=box.height / evidence.rows,
        strength=min(found.weight / _CLEAR, 1.0),
    )
