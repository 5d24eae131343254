# SPDX-License-Identifier: Apache-2.0
"""RFC 9162 §2.1, word for word and slow: recursive, over all entries, sharing nothing with what is tested."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from hashlib import sha256


class Oracle:
    """The tree over these entries."""

    def __init__(self, entries: Sequence[bytes]) -> None:
        self.entries = entries
        self.mth = cache(self._mth)

    def _mth(self, low: int, high: int) -> bytes:
        """MTH(D[low:high]), §2.1.1."""
        if high == low:
            return sha256(b"").digest()
        if high - low == 1:
            return sha256(b"\x00" + self.entries[low]).digest()
        k = largest_power_below(high - low)
        return sha256(b"\x01" + self.mth(low, low + k) + self.mth(low + k, high)).digest()

    def root(self, size: int) -> bytes:
        return self.mth(0, size)

    def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        """PATH(m, D_n), §2.1.3.1."""
        return tuple(self._path(index, 0, size))

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """PROOF(m, D_n), §2.1.4.1; of nothing, nothing needs to be proven."""
        return () if old == 0 else tuple(self._subproof(old, 0, new, complete=True))

    def tile(self, level: int, index: int, size: int) -> bytes:
        """The tile of C2SP tlog-tiles: as many of its 256 hashes as a log of this size has."""
        span = 256**level
        firsts = range(index * 256 * span, min((index + 1) * 256 * span, size), span)
        return b"".join(self.mth(first, first + span) for first in firsts if first + span <= size)

    def _path(self, m: int, low: int, high: int) -> list[bytes]:
        if high - low == 1:
            return []
        k = largest_power_below(high - low)
        if m < k:
            return [*self._path(m, low, low + k), self.mth(low + k, high)]
        return [*self._path(m - k, low + k, high), self.mth(low, low + k)]

    def _subproof(self, m: int, low: int, high: int, *, complete: bool) -> list[bytes]:
        if m == high - low:
            return [] if complete else [self.mth(low, high)]
        k = largest_power_below(high - low)
        if m <= k:
            return [*self._subproof(m, low, low + k, complete=complete), self.mth(low + k, high)]
        return [*self._subproof(m - k, low + k, high, complete=False), self.mth(low, low + k)]


def largest_power_below(n: int) -> int:
    power = 1
    while power * 2 < n:
        power *= 2
    return power
