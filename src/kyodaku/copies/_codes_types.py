# SPDX-License-Identifier: Apache-2.0
"""What every way of finding near codes has in common: the protocol, its answer, distances, ranges of rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

import faiss
import numpy as np
from numpy.typing import NDArray

from kyodaku.copies.descriptor import Codes

__all__ = ["CodeIndex", "Kept", "Near", "Ranges", "contains", "counted", "distances", "pieces", "use_threads"]

Ranges: TypeAlias = NDArray[np.int64]
"""`(ranges, 2)`: rows from the first number up to, not including, the second; rising, none touching another."""

NOTHING: Final = np.zeros((3, 0), dtype=np.int64)


@dataclass(frozen=True, kw_only=True, slots=True)
class Near:
    """Pairs of a query code and an indexed code; `near` gives them by row, `nearest` by distance."""

    query: NDArray[np.int64]
    row: NDArray[np.int64]
    distance: NDArray[np.int64]
    omitted: int = 0
    """Of `near`: pairs that were found and left out for the sake of the limit."""


class CodeIndex(Protocol):
    """Codes of one length, by row number."""

    @property
    def exact(self) -> bool:
        """Whether nothing within the radius is missed."""
        ...

    def near(self, queries: Codes, *, radius: int, limit: int) -> Near:
        """The rows within `radius` of each query, at most `limit` for each; every distance is exact."""
        ...

    def nearest(self, queries: Codes, *, k: int, radius: int, among: Ranges | None = None) -> Near:
        """The `k` nearest rows of each query that are within `radius`, of equally near ones those that come first.

        By query, distance and row; every distance is exact. `among` says which rows count, by default all of them.
        An index that is not exact may miss some.
        """
        ...


def use_threads(count: int) -> None:
    """How many threads a search may use in this process; callers who run many workers want one."""
    faiss.omp_set_num_threads(count)


def distances(left: Codes, right: Codes) -> NDArray[np.int64]:
    """Hamming distances between rows of two arrays of the same shape."""
    words = np.ascontiguousarray(left).view(np.uint64) ^ np.ascontiguousarray(right).view(np.uint64)
    found: NDArray[np.int64] = np.bitwise_count(words).sum(axis=1, dtype=np.int64)
    return found


def counted(ranges: Ranges) -> int:
    """How many rows there are in some ranges."""
    return int((ranges[:, 1] - ranges[:, 0]).sum())


def contains(ranges: Ranges, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the rows are in one of the ranges."""
    inside: NDArray[np.bool_] = np.searchsorted(ranges.ravel(), rows, side="right") % 2 == 1
    return inside


def pieces(ranges: Ranges, most: int) -> Iterator[NDArray[np.int64]]:
    """The rows of some ranges, in order, at most so many at a time."""
    lengths = ranges[:, 1] - ranges[:, 0]
    ends = np.cumsum(lengths)
    for first in range(0, counted(ranges), most):
        place = np.arange(first, min(first + most, int(ends[-1])))
        own = np.searchsorted(ends, place, side="right")
        yield ranges[own, 0] + place - (ends[own] - lengths[own])


class Kept:
    """Collects pairs and lets the farthest go when a query has more than the limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts: list[NDArray[np.int64]] = []
        self._held = 0
        self._settled = 0
        self._omitted = 0

    def add(self, query: NDArray[Any], row: NDArray[Any], distance: NDArray[Any]) -> None:
        """Take some more pairs."""
        if len(query):
            self._parts.append(np.stack([query, row, distance]).astype(np.int64))
            self._held += len(query)
        if self._held > 2 * self._settled + self._limit:
            self._settle()

    def by_row(self) -> Near:
        """What was kept, as `CodeIndex.near` gives it."""
        self._settle()
        query, row, distance = self._parts[0]
        order = np.lexsort((row, query))
        return Near(query=query[order], row=row[order], distance=distance[order], omitted=self._omitted)

    def by_distance(self) -> Near:
        """What was kept, as `CodeIndex.nearest` gives it."""
        self._settle()
        query, row, distance = self._parts[0]
        return Near(query=query, row=row, distance=distance)

    def _settle(self) -> None:
        pairs = np.concatenate([NOTHING, *self._parts], axis=1)
        query, row, distance = pairs
        pairs = pairs[:, np.lexsort((row, distance, query))]
        starts = np.searchsorted(pairs[0], pairs[0], side="left")
        within = np.arange(pairs.shape[1]) - starts < self._limit
        self._omitted += int((~within).sum())
        self._parts = [pairs[:, within]]
        self._held = self._settled = int(within.sum())
