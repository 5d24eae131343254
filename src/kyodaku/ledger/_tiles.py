# SPDX-License-Identifier: Apache-2.0
"""The geometry of C2SP tlog-tiles: which tiles a log of some size has, what each is called, how wide it is.

A tile of level L and index N holds up to 256 hashes: those of the complete subtrees over 256**L entries each, from the
256*N-th on. Beside each tile of level 0 lies a bundle with the entries themselves. https://c2sp.org/tlog-tiles
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

from kyodaku.ledger._storage import MAX_ENTRY_BYTES
from kyodaku.ledger.merkle import HASH_BYTES

__all__ = ["FRAME", "HEIGHT", "WIDTH", "Tile", "tile_of", "tiles_of"]

HEIGHT = 8
"""Levels of the tree in one tile."""
WIDTH = 1 << HEIGHT
FRAME = struct.Struct(">H")
"""How long the next entry of a bundle is."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One resource; `level` is None for a bundle of entries."""

    level: int | None
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Where it lies below the log's folder, or URL."""
        partial = "" if self.is_full else f".p/{self.width}"
        return f"tile/{'entries' if self.level is None else self.level}/{_numbered(self.index)}{partial}"

    @property
    def is_full(self) -> bool:
        """Whether it will never be wider."""
        return self.width == WIDTH

    @property
    def full(self) -> Tile:
        """What it becomes."""
        return replace(self, width=WIDTH)

    @property
    def most_bytes(self) -> int:
        """No file of this tile is larger."""
        return self.width * (HASH_BYTES if self.level is not None else FRAME.size + MAX_ENTRY_BYTES)


def tile_of(level: int | None, index: int, size: int) -> Tile:
    """The tile of this place in a log of `size` entries, as wide as it is then; ValueError if there is none."""
    hashes = size >> HEIGHT * (level or 0)
    width = min(hashes - index * WIDTH, WIDTH)
    if index < 0 or width < 1:
        raise ValueError(f"a log of {size} entries has no tile {index} of level {level}")
    return Tile(level, index, width)


def tiles_of(size: int) -> Iterator[Tile]:
    """Every tile of a log of `size` entries, from the leaves up."""
    for level in range(max(1, -(-size.bit_length() // HEIGHT))):
        hashes = size >> HEIGHT * level
        for index in range(-(-hashes // WIDTH)):
            yield tile_of(level, index, size)


def _numbered(index: int) -> str:
    """An index as folders of a thousand, so that none has more: 1234067 is `x001/x234/067`."""
    parts = [f"{index % 1000:03d}"]
    while index := index // 1000:
        parts.append(f"x{index % 1000:03d}")
    return "/".join(reversed(parts))
