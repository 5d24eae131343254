# SPDX-License-Identifier: Apache-2.0
"""A million written forms on a memory map: from the hashes of a prompt's runs to the forms that have them.

Rows are sorted by hash. A bitmap eight times as wide as the rows are many turns away almost every run that is no name;
what is left is looked up by bisection. A second such table holds every form with one letter left out, for names that
are one letter off (Wolf Garbe's symmetric deletion).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from kyodaku.names._stream import U64, codes_of, letter_values, powers

__all__ = ["HashTable", "deletions", "form_hashes", "without"]

_BITS_PER_ROW: Final = 16
MAX_ROWS_PER_HASH: Final = 10_000
"""Forms told for one run. Far more than ever share a title: whoever wants to hide another's name among his own must
register so many works of that name, before it."""
_AT_ONCE: Final = 1 << 20
_OFTEN: Final = 64
"""Forms of one run from which on they are told for the first such run only: the second adds none."""
_MIN_TYPO, _MAX_TYPO = 5, 24
"""Letters of the forms that are also sought one letter off: shorter ones are one letter from a plain word."""

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class HashTable:
    """Sorted hashes, what each stands for, and the bitmap in front of them."""

    hashes: U64
    values: npt.NDArray[np.uint32]
    bitmap: npt.NDArray[np.uint8]

    @classmethod
    def made(cls, hashes: U64, values: npt.NDArray[np.uint32]) -> HashTable:
        """The table of these hashes, which may repeat."""
        order = np.argsort(hashes, kind="stable")
        hashes, values = hashes[order], values[order]
        del order  # of a million names it is as large as the table
        bits = max(10, int(len(hashes) * _BITS_PER_ROW - 1).bit_length() if len(hashes) else 0)
        bitmap = np.zeros(1 << (bits - 3), np.uint8)
        for begin in range(0, len(hashes), _AT_ONCE):
            for slots in _slots(hashes[begin : begin + _AT_ONCE], bits):
                np.bitwise_or.at(bitmap, slots >> np.uint64(3), _bit(slots))
        return cls(hashes=hashes, values=values, bitmap=bitmap)

    def find(self, hashes: U64) -> list[tuple[int, int]]:
        """(place among `hashes`, value) of every row that has one of them."""
        bits = len(self.bitmap).bit_length() + 2
        places = None
        for shift in (64 - bits, 64 - 2 * bits if bits <= 32 else 0):
            slots = (hashes if places is None else hashes[places]) >> np.uint64(shift)
            if shift != 64 - bits:
                slots &= np.uint64((1 << bits) - 1)
            kept = np.flatnonzero(self.bitmap[slots >> np.uint64(3)] & _bit(slots))
            places = kept if places is None else places[kept]
            if not len(places):
                return []
        assert places is not None
        return self._rows(places, hashes[places])

    def _rows(self, places: Ints, sought: U64) -> list[tuple[int, int]]:
        first = np.searchsorted(self.hashes, sought)
        inside = first < len(self.hashes)
        inside[inside] = self.hashes[first[inside]] == sought[inside]
        if not inside.any():
            return []
        places, first, sought = places[inside], first[inside], sought[inside]
        counts = np.searchsorted(self.hashes, sought, side="right") - first
        if int(counts.max()) > _OFTEN:
            once = np.zeros(len(first), np.bool_)
            once[np.unique(first, return_index=True)[1]] = True
            counts = np.minimum(counts, np.where(once, MAX_ROWS_PER_HASH, _OFTEN))
        rows = np.repeat(first - np.cumsum(counts) + counts, counts) + np.arange(int(counts.sum()))
        return list(zip(np.repeat(places, counts).tolist(), self.values[rows].tolist(), strict=True))


def _slots(hashes: U64, bits: int) -> tuple[U64, U64]:
    """Two places of a hash in a bitmap: its topmost bits, and the next."""
    first = hashes >> np.uint64(64 - bits)
    second = (hashes >> np.uint64(64 - 2 * bits if bits <= 32 else 0)) & np.uint64((1 << bits) - 1)
    return first, second


def _bit(slots: U64) -> npt.NDArray[np.uint8]:
    return np.left_shift(np.uint8(1), (slots & np.uint64(7)).astype(np.uint8))


def form_hashes(forms: Sequence[str]) -> U64:
    """The hash of each form's letters; none is empty."""
    lengths = np.fromiter(map(len, forms), np.int64, len(forms))
    if not len(forms):
        return np.zeros(0, np.uint64)
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    values = letter_values(codes_of("".join(forms)))
    within = np.arange(len(values)) - np.repeat(starts, lengths)
    return np.asarray(np.add.reduceat(values * powers()[0][within], starts), np.uint64)


def deletions(forms: Sequence[str]) -> tuple[U64, npt.NDArray[np.uint32]]:
    """The hashes of every form with one of its letters left out, and the form's number."""
    by_length: dict[int, list[int]] = {}
    for number, form in enumerate(forms):
        if _MIN_TYPO <= len(form) <= _MAX_TYPO:
            by_length.setdefault(len(form), []).append(number)
    hashes, numbers = [np.zeros(0, np.uint64)], [np.zeros(0, np.uint32)]
    for length, those in by_length.items():
        codes = codes_of("".join(forms[number] for number in those)).reshape(len(those), length)
        hashes.append(without_one(letter_values(codes)).ravel())
        numbers.append(np.repeat(np.array(those, np.uint32), length))
    return np.concatenate(hashes), np.concatenate(numbers)


def without_one(values: U64) -> U64:
    """Row by row, the hashes of the letters with one left out: of n letters, n hashes."""
    up, down = powers()
    sums = np.cumsum(values * up[: values.shape[1]], axis=1, dtype=np.uint64)
    before = np.concatenate([np.zeros((len(values), 1), np.uint64), sums[:, :-1]], axis=1)
    return np.asarray(before + (sums[:, -1:] - sums) * down[1], np.uint64)


def without(sums: U64, starts: Ints, ends: Ints) -> tuple[Ints, U64]:
    """For each letter of each run: the run's number, and the hash of the run without that letter."""
    down = powers()[1]
    lengths = ends - starts
    run = np.repeat(np.arange(len(starts)), lengths)
    begun = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    place = np.arange(int(lengths.sum())) - begun[run] + starts[run]
    before = (sums[place] - sums[starts[run]]) * down[starts[run]]
    after = (sums[ends[run]] - sums[place + 1]) * down[starts[run] + 1]
    return run, before + after
