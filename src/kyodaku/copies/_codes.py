# SPDX-License-Identifier: Apache-2.0
"""Finding near codes: one protocol, an exact scan and an inverted file, both over memory-mapped files.

The scan is not slow: with AVX-512 one core compares a code with a million others in half a millisecond. What would
grow without limit is the answer, when thousands of references hold the same pictures: a code's hits are kept down to
the nearest `limit`, of equally near ones those that come first, and what was left out is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, cast

import faiss
import numpy as np
from numpy.typing import NDArray

from kyodaku.copies.descriptor import Codes
from kyodaku.errors import IntegrityError

__all__ = [
    "APPROXIMATE_FROM",
    "ApproximateCodes",
    "CodeIndex",
    "ExactCodes",
    "Near",
    "build_inverted_file",
    "distances",
    "use_threads",
]

APPROXIMATE_FROM: Final = 4_000_000
"""Codes in a segment from which an inverted file is used: below it a scan takes 2 ms a frame and misses nothing."""

_ROWS_AT_ONCE: Final = 1 << 15
"""1 MB of codes: they stay in the cache while all queries pass over them."""
_QUERIES_AT_ONCE: Final = 32
"""If all of them are near, an answer has a million pairs, 24 MB."""
_NEAREST_AT_ONCE: Final = 1024
"""A search for the nearest has an answer of known size: 256 of each are 8 MB."""
_PROBED_AT_ONCE: Final = 8
"""An inverted list may hold a whole segment of equal codes: few queries at a time keep the answer bounded."""
_PROBES: Final = 32
_CODES_A_LIST: Final = 1000
_MOST_LISTS: Final = 4096
_NOTHING: Final = np.zeros((3, 0), dtype=np.int64)


@dataclass(frozen=True, kw_only=True, slots=True)
class Near:
    """Pairs of a query code and an indexed code, by query and then by row."""

    query: NDArray[np.int64]
    row: NDArray[np.int64]
    distance: NDArray[np.int64]
    omitted: int = 0
    """Pairs that were found and left out for the sake of the limit."""
    crowded: int = 0
    """Of a search for the nearest: queries with as many as were asked for, so that there may be more."""


class CodeIndex(Protocol):
    """Codes of one length, by row number."""

    @property
    def exact(self) -> bool:
        """Whether nothing within the radius is missed."""
        ...

    def near(self, queries: Codes, *, radius: int, limit: int) -> Near:
        """The rows within `radius` of each query, at most `limit` for each; every distance is exact."""
        ...

    def nearest(self, queries: Codes, *, k: int, radius: int) -> Near:
        """The `k` nearest rows of each query that are within `radius`, of equally near ones those that come first.

        By query, distance and row. An index that is not exact may miss some.
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


class ExactCodes:
    """Every code is compared with every other."""

    exact: Final = True

    def __init__(self, codes: Codes) -> None:
        self._codes = codes

    def near(self, queries: Codes, *, radius: int, limit: int) -> Near:
        """See `CodeIndex`."""
        kept = _Nearest(limit)
        for at in range(0, len(queries), _QUERIES_AT_ONCE):
            some = np.ascontiguousarray(queries[at : at + _QUERIES_AT_ONCE])
            for first in range(0, len(self._codes), _ROWS_AT_ONCE):
                query, row, distance = _scan(some, self._codes[first : first + _ROWS_AT_ONCE], radius)
                kept.add(query + at, row + first, distance)
        return kept.all()

    def nearest(self, queries: Codes, *, k: int, radius: int) -> Near:
        """See `CodeIndex`."""
        parts = [_NOTHING]
        wanted = min(k, len(self._codes))
        for at in range(0, len(queries) if wanted else 0, _NEAREST_AT_ONCE):
            some = np.ascontiguousarray(queries[at : at + _NEAREST_AT_ONCE])
            # a heap a query: 145 ms for 200 queries in a million codes, counting by distance ("mc") took 250 ms
            distance, row = faiss.knn_hamming(some, self._codes, wanted, variant="hc")
            parts.append(_pairs(np.arange(at, at + len(some)), row, distance))
        return _within(np.concatenate(parts, axis=1), len(queries), k=k, radius=radius)


class ApproximateCodes:
    """Only the lists with the nearest centres are read; what they give is measured again on the codes themselves."""

    exact: Final = False

    def __init__(self, codes: Codes, inverted_file: Path) -> None:
        self._codes = codes
        self._lists = cast("Any", faiss.read_index_binary(str(inverted_file), faiss.IO_FLAG_MMAP_IFC))
        if self._lists.ntotal != len(codes) or self._lists.code_size != codes.shape[1]:
            raise IntegrityError("the inverted file belongs to other codes", where=str(inverted_file))
        self._lists.nprobe = _PROBES

    def near(self, queries: Codes, *, radius: int, limit: int) -> Near:
        """See `CodeIndex`."""
        kept = _Nearest(limit)
        for at in range(0, len(queries), _PROBED_AT_ONCE):
            some = np.ascontiguousarray(queries[at : at + _PROBED_AT_ONCE])
            limits, _, rows = self._lists.range_search(some, radius + 1)
            query = np.repeat(np.arange(len(some)), np.diff(limits.astype(np.int64)))
            distance = distances(some[query], self._codes[rows])
            true = distance <= radius
            kept.add(query[true] + at, rows[true], distance[true])
        return kept.all()

    def nearest(self, queries: Codes, *, k: int, radius: int) -> Near:
        """See `CodeIndex`."""
        parts = [_NOTHING]
        wanted = min(k, len(self._codes))
        for at in range(0, len(queries) if wanted else 0, _NEAREST_AT_ONCE):
            some = np.ascontiguousarray(queries[at : at + _NEAREST_AT_ONCE])
            distance, row = self._lists.search(some, wanted)
            query, row, distance = _pairs(np.arange(at, at + len(some)), row, distance)
            query, row = query[row >= 0], row[row >= 0]
            parts.append(np.stack([query, row, distances(queries[query], self._codes[row])]))
        return _within(np.concatenate(parts, axis=1), len(queries), k=k, radius=radius)


def build_inverted_file(codes: Codes, path: Path) -> None:
    """Sort codes into lists around evenly spaced ones of them; written where `ApproximateCodes` can map it.

    Centres are codes as they are: k-means on bits took ten times as long and found no more.
    """
    bits = codes.shape[1] * 8
    count = max(1, min(_MOST_LISTS, len(codes) // _CODES_A_LIST))
    centres = faiss.IndexBinaryFlat(bits)
    centres.add(np.ascontiguousarray(codes[:: max(1, len(codes) // count)][:count]))
    lists = faiss.IndexBinaryIVF(centres, bits, centres.ntotal)
    lists.is_trained = True
    for first in range(0, len(codes), _ROWS_AT_ONCE):
        lists.add(np.ascontiguousarray(codes[first : first + _ROWS_AT_ONCE]))
    faiss.write_index_binary(lists, str(path))


def _scan(queries: Codes, codes: Codes, radius: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """All pairs within the radius; faiss reads the mapped pages where they are."""
    found = faiss.RangeSearchResult(len(queries))
    rows = np.ascontiguousarray(codes)
    scan: Any = faiss.hamming_range_search  # type: ignore[attr-defined] # exported by SWIG, missing from the stubs
    scan(faiss.swig_ptr(queries), faiss.swig_ptr(rows), len(queries), len(rows), radius + 1, queries.shape[1], found)
    limits = faiss.rev_swig_ptr(found.lims, len(queries) + 1).astype(np.int64)
    total = int(limits[-1])
    if not total:
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing, nothing
    row = faiss.rev_swig_ptr(found.labels, total).astype(np.int64)
    distance = faiss.rev_swig_ptr(found.distances, total).astype(np.int64)
    return np.repeat(np.arange(len(queries)), np.diff(limits)), row, distance


def _pairs(query: NDArray[Any], row: NDArray[Any], distance: NDArray[Any]) -> NDArray[np.int64]:
    """Answers in a table, a line a query, as pairs."""
    return np.stack([np.repeat(query, row.shape[1]), row.ravel(), distance.ravel()]).astype(np.int64)


def _within(pairs: NDArray[np.int64], queries: int, *, k: int, radius: int) -> Near:
    query, row, distance = pairs[:, pairs[2] <= radius]
    order = np.lexsort((row, distance, query))
    crowded = int((np.bincount(query, minlength=queries) >= k).sum()) if k else 0
    return Near(query=query[order], row=row[order], distance=distance[order], crowded=crowded)


class _Nearest:
    """Collects pairs and lets the farthest go when a query has more than the limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts: list[NDArray[np.int64]] = []
        self._held = 0
        self._settled = 0
        self._omitted = 0

    def add(self, query: NDArray[Any], row: NDArray[Any], distance: NDArray[Any]) -> None:
        if len(query):
            self._parts.append(np.stack([query, row, distance]).astype(np.int64))
            self._held += len(query)
        if self._held > 2 * self._settled + self._limit:
            self._settle()

    def all(self) -> Near:
        self._settle()
        query, row, distance = self._parts[0]
        order = np.lexsort((row, query))
        return Near(query=query[order], row=row[order], distance=distance[order], omitted=self._omitted)

    def _settle(self) -> None:
        pairs = np.concatenate([np.zeros((3, 0), dtype=np.int64), *self._parts], axis=1)
        query, row, distance = pairs
        pairs = pairs[:, np.lexsort((row, distance, query))]
        starts = np.searchsorted(pairs[0], pairs[0], side="left")
        within = np.arange(pairs.shape[1]) - starts < self._limit
        self._omitted += int((~within).sum())
        self._parts = [pairs[:, within]]
        self._held = self._settled = int(within.sum())
