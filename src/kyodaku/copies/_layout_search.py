# SPDX-License-Identifier: Apache-2.0
"""Lines and rectangles in the evidence for edges.

A rectangle's weight is the sum of the log-odds along its sides; sides on the edge of the area that is searched say
nothing for or against it. Running sums make every pair of columns with every pair of rows a matter of one addition.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies._layout_evidence import Evidence, Floats

__all__ = ["Area", "Found", "band", "dividing_line", "overlap", "rectangles"]

_CANDIDATES: Final = 12
"""Columns, and rows, of which rectangles are made: 4,356 of them with the area's own edges."""
_APART: Final = 2
"""A wide edge is one candidate, not several: cells on each side of a candidate that are passed over."""
_LEAST_RUN: Final = 0.15
"""The weight from which a stretch of a line makes the line a candidate."""
_MARGIN: Final = 3
"""Cells at the edge of an area in which nothing can be told from the edge itself."""
_LEAST_SIDE: Final = 0.3
"""Of the area's sides: an inset of 15 % of the area has sides of 0.39, a tall one less."""
_MOST_COVERED: Final = 0.94
"""A rectangle of more than this share of the area is the area."""
_LEAST_WEIGHT: Final = 1.4
"""Log-odds along the sides of a rectangle, in sides of the frame: chance makes short ones."""
_LEAST_MEAN: Final = 0.85
"""Log-odds, averaged over the sides of a rectangle."""
_WEAKEST_SIDE: Final = 0.2
"""Where both pictures are dark, a side cannot be seen, and the others must tell."""
_LINE_MEAN: Final = 1.45
"""Log-odds, averaged over a line from one edge of the area to the other."""
_MIDDLE_MEAN: Final = (0.9, 0.4)
"""The same for a line in the middle of the frame, and in the middle of a pane."""
_PAIR_MEAN: Final = 0.8
"""The same for two lines that lie as far from one edge as from the other."""
_THINNEST_BAND: Final = 0.2
_LINE_SHARE: Final = 0.5
"""The share of its blocks that must speak for a dividing line, were they ever so few that speak against it."""
_SHORT: Final = 0.5
"""A side of the frame that speaks neither for nor against: added to the length of the sides that were found."""
_SAME: Final = 0.7
"""Of two rectangles with this intersection over union the lighter one is let go."""
_LOOKED_AT: Final = 64


Cells = NDArray[np.intp]


class Area(NamedTuple):
    """Cells `left <= column < right`, `top <= row < bottom`."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """In cells."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """In cells."""
        return self.bottom - self.top


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """An area, with what speaks for its sides."""

    area: Area
    weight: float
    """The mean log-odds along its sides, held down where these are short (`_SHORT`)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Lines:
    """Edges of one direction within an area, as running sums over the blocks along them."""

    sums: Floats
    """`(blocks + 1, places)`; the place `p` is the edge before the cell `first + p + 1`."""
    deep: float
    """Cells in a block."""

    def between(self, places: Cells, begins: Cells, ends: Cells) -> Floats:
        """`(places, stretches)`: the mean log-odds on each stretch (in cells) of the line before each cell."""
        low, high = (
            np.clip(np.rint(cells / self.deep).astype(np.intp), 0, len(self.sums) - 1) for cells in (begins, ends)
        )
        at = np.clip(places - 1, 0, self.sums.shape[1] - 1)
        total = self.sums[high][:, at] - self.sums[low][:, at]
        mean: Floats = (total / np.maximum(high - low, 1)[:, None]).T
        return mean


def _lines(odds: Floats, side: int) -> _Lines:
    sums = np.zeros((len(odds) + 1, odds.shape[1]), dtype=np.float32)
    np.cumsum(odds, axis=0, out=sums[1:])
    return _Lines(sums=sums, deep=side / len(odds))


def overlap(one: Area, other: Area) -> float:
    """Intersection over union."""
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    shared = max(width, 0) * max(height, 0)
    return shared / max(1, one.width * one.height + other.width * other.height - shared)


def dividing_line(evidence: Evidence, area: Area, *, part: bool) -> tuple[Area, Area, float] | None:
    """The areas on both sides of the best line that divides this one, and the line's weight.

    Less must speak for a line in the middle, and least in an area that is itself a part of a split screen.
    """
    found = []
    for upright in (True, False):
        mean, share, first = _across(evidence, area, upright=upright)
        if len(mean) <= 2 * _MARGIN:
            continue
        needed = np.full(len(mean), _LINE_MEAN)
        middle = len(mean) // 2
        needed[middle - 1 : middle + 2] = _MIDDLE_MEAN[part]
        needed[:_MARGIN] = needed[-_MARGIN:] = np.inf
        needed[share < _LINE_SHARE] = np.inf
        mean[mean < needed] = 0
        at = int(mean.argmax())
        if mean[at]:
            found.append((float(mean[at]), upright, first + at + 1))
    if not found:
        return None
    odds, upright, cell = max(found)
    if upright:
        long = area.height / evidence.rows
        return area._replace(right=cell), area._replace(left=cell), odds * long / (long + _SHORT)
    long = area.width / evidence.columns
    return area._replace(bottom=cell), area._replace(top=cell), odds * long / (long + _SHORT)


def band(evidence: Evidence, area: Area) -> Found | None:
    """The part between two lines as far from one edge of the area as from the other, as a wide film in a tall frame."""
    found = []
    for upright in (True, False):
        mean, _, first = _across(evidence, area, upright=upright)
        places = np.arange(_MARGIN, round(len(mean) * (1 - _THINNEST_BAND) / 2))
        if not len(places):
            continue
        one = mean[places]
        nearby = np.stack([mean[len(mean) - 1 - places + shift] for shift in (-1, 0, 1)])
        both = np.where(np.minimum(one, nearby.max(axis=0)) >= _WEAKEST_SIDE, (one + nearby.max(axis=0)) / 2, 0)
        at = int(both.argmax())
        far = len(mean) - 1 - int(places[at]) + int(nearby[:, at].argmax()) - 1
        found.append((float(both[at]), upright, first + int(places[at]) + 1, first + far + 1))
    if not found or max(found)[0] < _PAIR_MEAN:
        return None
    odds, upright, low, high = max(found)
    if upright:
        long, between = area.height / evidence.rows, area._replace(left=low, right=high)
    else:
        long, between = area.width / evidence.columns, area._replace(top=low, bottom=high)
    return Found(area=between, weight=odds * 2 * long / (2 * long + _SHORT))


def _across(evidence: Evidence, area: Area, *, upright: bool) -> tuple[Floats, NDArray[np.float64], int]:
    """Means, and shares in favour, of each line across the area; the cell after which the first line lies."""
    if upright:
        odds, begin, end, side = evidence.upright, area.top, area.bottom, evidence.rows
        first, last = area.left, area.right - 1
    else:
        odds, begin, end, side = evidence.level, area.left, area.right, evidence.columns
        first, last = area.top, area.bottom - 1
    deep = side / len(odds)
    low = min(round(begin / deep), len(odds) - 1)
    part = odds[low : max(round(end / deep), low + 1), first:last]
    return part.mean(axis=0), (part > 0).mean(axis=0), first


def rectangles(evidence: Evidence, area: Area) -> Iterator[Found]:
    """Rectangles within an area with at least two sides of their own, the likeliest first, none like another."""
    kept: list[Area] = []
    for found in _heaviest(evidence, area):
        if all(overlap(found.area, other) < _SAME for other in kept):
            kept.append(found.area)
            yield found


def _heaviest(evidence: Evidence, area: Area) -> Iterator[Found]:
    across = _places(evidence.upright, evidence.rows, area[1::2], area[0::2])
    down = _places(evidence.level, evidence.columns, area[0::2], area[1::2])
    if not len(across.first) or not len(down.first):
        return
    weight = _weights(evidence, across, down, _MOST_COVERED * area.width * area.height)
    for place in np.argsort(-weight, axis=None)[:_LOOKED_AT]:
        pair, other = np.unravel_index(place, weight.shape)
        if not weight[pair, other]:
            return
        (left, right), (top, bottom) = across.pair(int(pair)), down.pair(int(other))
        yield Found(area=Area(left, top, right, bottom), weight=float(weight[pair, other]))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Places:
    """Where lines of one direction may lie within an area, and all pairs of these that are not too near."""

    lines: _Lines
    cells: Cells
    """The cells before which they lie, in order; the first and the last are the area's own edges."""
    first: Cells
    second: Cells

    @property
    def found(self) -> NDArray[np.bool_]:
        """Which are lines that were found."""
        found = np.ones(len(self.cells), dtype=np.bool_)
        found[0] = found[-1] = False
        return found

    def pair(self, number: int) -> tuple[int, int]:
        """The cells of a pair."""
        return int(self.cells[self.first[number]]), int(self.cells[self.second[number]])


def _weights(evidence: Evidence, across: _Places, down: _Places, most_cells: float) -> Floats:
    """`(pairs across, pairs down)`: the weight of each rectangle, 0 for what is none."""
    left, right, top, bottom = across.first, across.second, down.first, down.second
    wide, tall = across.cells[right] - across.cells[left], down.cells[bottom] - down.cells[top]
    upright = across.lines.between(across.cells, down.cells[top], down.cells[bottom])
    level = down.lines.between(down.cells, across.cells[left], across.cells[right])
    share_of_height, share_of_width = tall[None] / evidence.rows, wide[:, None] / evidence.columns
    total = np.zeros((len(left), len(top)), dtype=np.float32)
    length, weakest = np.zeros_like(total), np.full_like(total, np.inf)
    for means, found, long in (
        (upright[left], across.found[left][:, None], share_of_height),
        (upright[right], across.found[right][:, None], share_of_height),
        (level[top].T, down.found[top][None], share_of_width),
        (level[bottom].T, down.found[bottom][None], share_of_width),
    ):
        total += np.where(found, means * long, 0)
        length += np.where(found, long, 0)
        weakest = np.where(found, np.minimum(weakest, means), weakest)
    both_ways = (across.found[left] | across.found[right])[:, None] & (down.found[top] | down.found[bottom])[None]
    good = both_ways & (weakest >= _WEAKEST_SIDE) & (total >= np.maximum(_LEAST_WEIGHT, _LEAST_MEAN * length))
    good &= wide[:, None] * tall[None] <= most_cells
    return np.where(good, total / (length + _SHORT), 0).astype(np.float32)


def _places(odds: Floats, long: int, along: Sequence[int], across: Sequence[int]) -> _Places:
    """The best stretches of edge between two cells `across`, of lines that run between two cells `along`."""
    lines = _lines(odds, long)
    begin, end = (round(cell / lines.deep) for cell in along)
    first = across[0] + _MARGIN
    run = _best_run(odds[begin:end, first : max(across[1] - 1 - _MARGIN, first)])
    cells = [*across]
    for _ in range(_CANDIDATES):
        if not run.size or run.max() < _LEAST_RUN * len(odds):
            break
        at = int(run.argmax())
        cells.append(first + at + 1)
        run[max(0, at - _APART) : at + _APART + 1] = 0
    ordered = np.array(sorted(cells), dtype=np.intp)
    one, other = np.triu_indices(len(ordered), 1)
    far = ordered[other] - ordered[one] >= _LEAST_SIDE * (across[1] - across[0])
    return _Places(lines=lines, cells=ordered, first=one[far], second=other[far])


def _best_run(odds: Floats) -> Floats:
    """For each line the greatest sum over a stretch of it."""
    best = np.zeros(odds.shape[1], dtype=np.float32)
    run = best.copy()
    for row in odds:
        run = np.maximum(run + row, 0)
        np.maximum(best, run, out=best)
    return best
