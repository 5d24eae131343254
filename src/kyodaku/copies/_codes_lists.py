# SPDX-License-Identifier: Apache-2.0
"""The inverted file: codes sorted into lists around some of them, of which a search reads the most promising.

SEGMENT/centres.npy    (lists, bits // 8) uint8: what each list is gathered around
SEGMENT/sizes.npy      (lists,) int64: how many codes are in each
SEGMENT/lists.bin      list by list, without gaps: its codes, then their rows as 64-bit integers, least byte first
SEGMENT/places.npy     where in the lists each row lies; see `kyodaku.copies._codes_listed`

faiss reads such lists where they are mapped. The file holds nothing that says how long anything is, so that a damaged
one cannot lead a search astray: rows that do not exist are noticed, and distances are those of the codes themselves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import faiss
import numpy as np
from numpy.typing import NDArray

from kyodaku.copies import _files
from kyodaku.copies._codes_listed import PLACES, StoredCodes, let_go
from kyodaku.copies._codes_scan import ExactCodes
from kyodaku.copies._codes_types import Kept, Near, Ranges, contains, counted, distances
from kyodaku.copies.descriptor import Codes
from kyodaku.errors import IntegrityError

__all__ = ["CENTRES", "ENTRIES", "SIZES", "ApproximateCodes", "Lists", "open_lists", "write_lists"]

CENTRES: Final = "centres.npy"
SIZES: Final = "sizes.npy"
ENTRIES: Final = "lists.bin"

_PROBES: Final = 128
"""Lists read for one query at most."""
_LEAST_READ: Final = 160_000
_READ_BY_ROOT: Final = 50
"""Codes read for one query, times the root of all: what a search costs does not depend on how uneven the lists are.

docs/code-index.md has what more and fewer of them find, and what they cost."""
_CODES_A_LIST: Final = 2000
_MOST_LISTS: Final = 1 << 14
"""Half a megabyte of centres: every query is compared with all of them."""
_GROUPED_FROM: Final = 1024
"""From so many centres on, the centres themselves are looked up in groups while lists are written."""
_GROUPS_READ: Final = 16
_ROW_BYTES: Final = 8
_CODES_AT_ONCE: Final = 1 << 17
"""4 MB of codes are sorted into lists at a time."""
_WRITTEN_AT_ONCE: Final = 1 << 21
"""Codes gathered in memory, 64 MB, for lists that are written next."""
_ANSWERS_AT_ONCE: Final = 1 << 20
"""Pairs in one answer to a search for the nearest: 12 MB."""
_PROBED_AT_ONCE: Final = 8
"""A list may hold a whole segment of equal codes: few queries at a time keep an answer without a limit bounded."""
_ASK_MORE: Final = 8
_MOST_ASKED: Final = 64
"""When removed rows are in the way, so many times more are asked for before all that count are scanned."""
_LET_GO_FROM: Final = 30_000_000
"""Codes, a gigabyte: from so many on, pages that hits were measured on are given back after a search."""
_SCANNED_TO: Final = 1 << 17
"""Rows that are scanned rather than looked for when only they count."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lists:
    """An inverted file, opened."""

    centres: Codes
    sizes: NDArray[np.int64]
    entries: Path


def open_lists(folder: Path) -> Lists:
    """Map what `write_lists` wrote."""
    centres = _files.map_array(folder / CENTRES, np.uint8, 2)
    return Lists(centres=centres, sizes=_files.map_array(folder / SIZES, np.int64, 1), entries=folder / ENTRIES)


class ApproximateCodes:
    """Only the lists with the nearest centres are read; what they give is measured again on the codes themselves."""

    exact: Final = False

    def __init__(self, codes: StoredCodes, lists: Lists) -> None:
        self._codes = codes
        self._where = str(lists.entries)
        self._scan = ExactCodes(codes)
        self._lists = self._opened(lists)

    def near(self, queries: Codes, *, radius: int, limit: int) -> Near:
        """See `CodeIndex`."""
        kept = Kept(limit)
        for at in range(0, len(queries), _PROBED_AT_ONCE):
            some = np.ascontiguousarray(queries[at : at + _PROBED_AT_ONCE])
            limits, _, rows = self._lists.range_search(some, radius + 1)
            query = np.repeat(np.arange(at, at + len(some)), np.diff(limits.astype(np.int64)))
            kept.add(*self._measured(queries, query, rows, radius))
        return kept.by_row()

    def nearest(self, queries: Codes, *, k: int, radius: int, among: Ranges | None = None) -> Near:
        """See `CodeIndex`."""
        if among is not None and counted(among) <= _SCANNED_TO:
            return self._scan.nearest(queries, k=k, radius=radius, among=among)
        kept = Kept(k)
        asking = np.arange(len(queries))
        asked = k
        while len(asking) and asked <= _MOST_ASKED * k:
            query, row, distance = self._asked(queries, asking, asked, radius)
            full = np.bincount(query, minlength=len(queries)) >= asked
            counts = np.ones(len(row), dtype=bool) if among is None else contains(among, row)
            enough = ~full | (np.bincount(query[counts], minlength=len(queries)) >= k)
            done = counts & enough[query]
            kept.add(query[done], row[done], distance[done])
            asking, asked = asking[~enough[asking]], asked * _ASK_MORE
        if len(asking):
            found = self._scan.nearest(queries[asking], k=k, radius=radius, among=among)
            kept.add(asking[found.query], found.row, found.distance)
        if len(self._codes) >= _LET_GO_FROM:
            let_go(self._codes)
        return kept.by_distance()

    def _asked(self, queries: Codes, asking: NDArray[np.int64], asked: int, radius: int) -> list[NDArray[np.int64]]:
        """So many of the nearest rows of some of the queries."""
        parts = [np.zeros((3, 0), dtype=np.int64)]
        step = max(1, _ANSWERS_AT_ONCE // max(1, asked))
        wanted = min(asked, len(self._codes))
        for at in range(0, len(asking) if wanted else 0, step):
            some = asking[at : at + step]
            distance, rows = self._lists.search(np.ascontiguousarray(queries[some]), wanted)
            query, place = np.nonzero((rows != -1) & (distance <= radius))
            parts.append(np.stack(self._measured(queries, some[query], rows[query, place], radius)))
        return list(np.concatenate(parts, axis=1))

    def _measured(
        self, queries: Codes, query: NDArray[np.int64], rows: NDArray[np.int64], radius: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        if len(rows) and not 0 <= int(rows.min()) <= int(rows.max()) < len(self._codes):
            raise IntegrityError("was altered: it names codes that are not there", where=self._where)
        distance = distances(queries[query], self._codes[rows])
        true = distance <= radius
        return query[true], rows[true], distance[true]

    def _opened(self, lists: Lists) -> Any:
        count, width = lists.centres.shape
        sizes = lists.sizes
        if width != self._codes.shape[1] or len(sizes) != count or int(sizes.sum()) != len(self._codes):
            raise IntegrityError("the inverted file belongs to other codes", where=self._where)
        record = width + _ROW_BYTES
        if (sizes < 0).any() or lists.entries.stat().st_size != record * len(self._codes):
            raise IntegrityError("has another size than its lists", where=self._where)
        centres = faiss.IndexBinaryFlat(8 * width)
        centres.add(np.ascontiguousarray(lists.centres))
        index = faiss.IndexBinaryIVF(centres, 8 * width, count)
        self._mapped = _mapped_lists(lists, record)  # faiss only points at it
        index.replace_invlists(self._mapped)
        index.ntotal = len(self._codes)
        index.is_trained = True
        index.nprobe = _PROBES
        index.max_codes = max(_LEAST_READ, round(_READ_BY_ROOT * math.sqrt(len(self._codes))))
        return index


def _mapped_lists(lists: Lists, record: int) -> Any:
    mapped: Any = faiss.OnDiskInvertedLists()
    mapped.nlist, mapped.code_size = len(lists.sizes), record - _ROW_BYTES
    mapped.read_only, mapped.filename = True, str(lists.entries)
    mapped.totsize = record * int(lists.sizes.sum())
    mapped.prefetch_nthread = 0  # threads that read ahead; a search here has one
    one = faiss.OnDiskOneList()
    for size, end in zip(lists.sizes.tolist(), np.cumsum(lists.sizes).tolist(), strict=True):
        one.size = one.capacity = size
        one.offset = record * (end - size)
        mapped.lists.push_back(one)
    mapped.do_mmap()
    return mapped


def write_lists(codes: Codes, folder: Path) -> None:
    """Sort codes into lists and write them, holding two bytes a code and 64 MB in memory."""
    centres = _centres(codes)
    assigned = _assigned(codes, centres)
    sizes = np.bincount(assigned, minlength=len(centres)).astype(np.int64)
    places = np.lib.format.open_memmap(folder / PLACES, mode="w+", dtype=np.uint32, shape=(len(codes),), version=(1, 0))
    written = 0
    with (folder / ENTRIES).open("wb") as file:
        for first, last in _groups(sizes):
            rows = np.flatnonzero((assigned >= first) & (assigned < last))
            order = np.argsort(assigned[rows], kind="stable")
            rows, gathered = rows[order], codes[rows][order]
            places[rows] = np.arange(written, written + len(rows), dtype=np.uint32)
            written += len(rows)
            ends = np.cumsum(sizes[first:last])
            for end, size in zip(ends.tolist(), sizes[first:last].tolist(), strict=True):
                file.write(gathered[end - size : end].data)
                file.write(rows[end - size : end].astype("<i8").data)
        _files.sync(file)
    places.flush()
    _files.write_array(folder / CENTRES, np.uint8, centres.shape, (centres,))
    _files.write_array(folder / SIZES, np.int64, sizes.shape, (sizes,))


def _centres(codes: Codes) -> Codes:
    """Evenly spaced codes, each once: k-means on bits found no more for the same cost of a search."""
    count = max(1, min(_MOST_LISTS, len(codes) // _CODES_A_LIST))
    return np.unique(codes[:: max(1, len(codes) // count)][:count], axis=0)


def _assigned(codes: Codes, centres: Codes) -> NDArray[np.uint16]:
    """The list of each code: that of the nearest centre, or nearly."""
    finder = _centre_finder(centres)
    assigned = np.empty(len(codes), dtype=np.uint16)
    for first in range(0, len(codes), _CODES_AT_ONCE):
        some = np.ascontiguousarray(codes[first : first + _CODES_AT_ONCE])
        assigned[first : first + len(some)] = finder.search(some, 1)[1][:, 0]
    return assigned


def _centre_finder(centres: Codes) -> Any:
    bits = 8 * centres.shape[1]
    flat = faiss.IndexBinaryFlat(bits)
    if len(centres) < _GROUPED_FROM:
        flat.add(centres)
        return flat
    groups = int(np.sqrt(len(centres)))
    flat.add(np.ascontiguousarray(centres[:: len(centres) // groups][:groups]))
    grouped: Any = faiss.IndexBinaryIVF(flat, bits, groups)
    grouped.is_trained = True
    grouped.nprobe = _GROUPS_READ
    grouped.add(centres)
    return grouped


def _groups(sizes: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Runs of lists that are gathered together; a list that is larger than that comes alone."""
    first, held = 0, 0
    for number, size in enumerate(sizes.tolist()):
        if held and held + size > _WRITTEN_AT_ONCE:
            yield first, number
            first, held = number, 0
        held += size
    yield first, len(sizes)
