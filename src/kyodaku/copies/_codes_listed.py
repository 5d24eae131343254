# SPDX-License-Identifier: Apache-2.0
"""Codes by row where an inverted file holds them: they are kept once, in its order, and fetched from there.

SEGMENT/places.npy     (codes,) uint32: where in the lists, counted in codes, each row lies; room for 600,000 h
"""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies import _files
from kyodaku.copies.descriptor import Codes
from kyodaku.errors import IntegrityError

__all__ = ["PLACES", "ListedCodes", "StoredCodes", "let_go", "open_listed"]

PLACES: Final = "places.npy"
_WORD: Final = 8
_ROW_BYTES: Final = 8


class ListedCodes:
    """Read like an array of codes, a range or some rows at a time."""

    def __init__(self, sizes: NDArray[np.int64], entries: Path, places: NDArray[np.uint32], width: int) -> None:
        record = width + _ROW_BYTES
        size = entries.stat().st_size if entries.is_file() else -1
        if size != record * len(places) or int(sizes.sum()) != len(places) or (sizes < 0).any():
            raise IntegrityError("the inverted file belongs to other codes", where=str(entries))
        self.shape = len(places), width
        self._where = str(entries)
        self._places = places
        self._ends = np.cumsum(sizes)
        self._begins = self._ends - sizes
        self._words = np.memmap(entries, dtype=np.uint64, mode="r") if len(places) else np.zeros(0, dtype=np.uint64)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice | NDArray[np.integer[Any]]) -> Codes:
        """The codes of some rows, copied together."""
        places = self._places[rows].astype(np.int64)
        if len(places) and int(places.max()) >= len(self._places):
            raise IntegrityError("was altered: it names codes that are not there", where=self._where)
        lists = np.searchsorted(self._ends, places, side="right")
        words = self.shape[1] // _WORD
        before = self._begins[lists]
        first = before * (words + _ROW_BYTES // _WORD) + (places - before) * words
        codes: Codes = self._words[first[:, None] + np.arange(words)].view(np.uint8)
        return codes

    @property
    def mapped(self) -> NDArray[np.uint64]:
        """The file they are fetched from."""
        return self._words


StoredCodes: TypeAlias = Codes | ListedCodes
"""Codes by row: an array, mapped or not, or what can be read like one."""


def let_go(codes: StoredCodes) -> None:
    """Give pages back: hits lie all over the codes, and after some searches all would be this process's memory."""
    base: Any = codes.mapped if isinstance(codes, ListedCodes) else codes
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, mmap.mmap):
        base.madvise(mmap.MADV_DONTNEED)


def open_listed(folder: Path, sizes: NDArray[np.int64], entries: Path, width: int) -> ListedCodes:
    """The codes of an inverted file by row; `IntegrityError` where its parts do not belong together."""
    return ListedCodes(sizes, entries, _files.map_array(folder / PLACES, np.uint32, 1), width)
