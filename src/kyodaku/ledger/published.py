# SPDX-License-Identifier: Apache-2.0
"""A log that somebody published as C2SP tlog-tiles, read without trusting whoever keeps the files.

Nothing is believed but the signature on the checkpoint: every entry and every proof is held against the root that it
signs before it is given out.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from os import PathLike
from pathlib import Path

from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from kyodaku.ledger import merkle
from kyodaku.ledger._storage import Head, Store, Stored
from kyodaku.ledger._tiles import FRAME, HEIGHT, WIDTH, Tile, tile_of, tiles_of
from kyodaku.ledger.checkpoints import Checkpoint, read_note, stated_checkpoint, verify_checkpoint
from kyodaku.ledger.keys import Trust
from kyodaku.ledger.log import Log

__all__ = ["PublishedLog"]

_CACHED = 64
"""Tiles kept in memory, with the tree in each: 1 MB; a proof in a log of 16 million entries needs three."""


class PublishedLog:
    """The log in `folder` as its checkpoint counts it when this is made; what is published later is not seen.

    `trust` is the key that must have signed the checkpoint, and `origin` the log's name (default: the key's); without
    `trust` whoever signed it is believed. Raises KyodakuError when nothing is published there, and IntegrityError here
    and in everything below for whatever is not as it was published.
    """

    def __init__(self, folder: str | PathLike[str], *, trust: Trust | None = None, origin: str | None = None) -> None:
        self.directory = Path(folder)
        note = read_note(self.directory / "checkpoint")
        if note is None:
            raise KyodakuError(
                "there is no published log", where=str(folder), hint="`kyodaku ledger publish` makes one"
            )
        self.note = note
        self.checkpoint = stated_checkpoint(note) if trust is None else verify_checkpoint(note, trust, origin)
        self._tiles = _Tiles(self.directory, self.checkpoint)
        self._log = Log.of(self._tiles)

    @property
    def size(self) -> int:
        """How many entries are published."""
        return self.checkpoint.size

    def __len__(self) -> int:
        return self.size

    def root(self, size: int | None = None) -> bytes:
        """The root hash of the first `size` entries, by default of all."""
        if size is None or size == self.size:
            return self.checkpoint.root
        root = self._log.root(size)
        merkle.verify_consistency(size, self.size, self._log.consistency_proof(size), root, self.checkpoint.root)
        return root

    def entry(self, index: int) -> bytes:
        """Entry `index`; IndexError beyond the end."""
        entry = self._log.entry(index)
        proof = self._log.inclusion_proof(index)
        merkle.verify_inclusion(merkle.leaf_hash(entry), index, self.size, proof, self.checkpoint.root)
        return entry

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The entries `[start:stop]`, as slices count."""
        for index in range(self.size)[start:stop]:
            yield self.entry(index)

    def inclusion_proof(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """Proof that entry `index` is among the first `size` (default: all)."""
        size = self.size if size is None else size
        proof = self._log.inclusion_proof(index, size)
        merkle.verify_inclusion(self._tiles.node(0, index), index, size, proof, self.root(size))
        return proof

    def consistency_proof(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """Proof that the first `old` entries are unchanged in the first `new` (default: all)."""
        new = self.size if new is None else new
        proof = self._log.consistency_proof(old, new)
        merkle.verify_consistency(old, new, proof, self.root(old), self.root(new))
        return proof

    def verify(self) -> int:
        """Recompute every tile from the entries, and the root from the tiles; the number of entries found sound.

        Tiles of earlier checkpoints, which were narrower then, are held against those of now, too.
        """
        count = self._log.verify()
        for tile in tiles_of(count):
            self._tiles.check_narrower(tile)
            if tile.level == 0:
                self._tiles.check_narrower(tile_of(None, tile.index, count))
        return count


class _Tiles:
    """The files as the store of a log that cannot be written to."""

    def __init__(self, directory: Path, counted: Checkpoint) -> None:
        self.directory = directory
        self._head = Head(size=counted.size, root=counted.root, end=counted.size)
        self._nodes = lru_cache(maxsize=_CACHED)(self._read_nodes)
        self._bundle = lru_cache(maxsize=2)(self._read_bundle)

    # --- a store ------------------------------------------------------------------------------------------------------
    def head(self) -> Head:
        """What the checkpoint counts."""
        return self._head

    @contextmanager
    def reading(self) -> Iterator[_Tiles]:
        """Itself: what is counted never changes."""
        yield self

    def locked(self) -> AbstractContextManager[Store]:
        """Nobody writes to what somebody else published."""
        raise UsageError("a published log is only read", where=str(self.directory))

    def append(self, *_: object) -> None:
        """Nor that way."""
        self.locked()

    # --- a reader -----------------------------------------------------------------------------------------------------
    def node(self, level: int, index: int, /) -> bytes:
        """The hash of a complete subtree, from the tile in which it is or whose hashes it is made of."""
        above, within = divmod(level, HEIGHT)
        first = index << within
        nodes = self._nodes(above, first // WIDTH)
        return nodes(within, (first % WIDTH) >> within)

    def expect(self, places: Sequence[tuple[int, int]]) -> None:
        """Nothing: the tiles that were read are kept."""

    def walk(self, indices: range) -> Iterator[Stored]:
        """These entries in order; places are bytes in their bundles."""
        for index in indices:
            begin, entry = self._bundle(index // WIDTH)[index % WIDTH]
            completed = (index ^ (index + 1)).bit_length()
            hashes = b"".join(self.node(level, index >> level) for level in range(completed))
            yield Stored(index=index, begin=begin, end=index + 1, entry=entry, hashes=hashes)

    def bad(self, index: int, begin: int, what: str) -> IntegrityError:
        """The error that names an entry."""
        path = tile_of(None, index // WIDTH, self._head.size).path
        return IntegrityError(f"entry {index} at byte {begin} of {path}: {what}", where=str(self.directory))

    # --- files --------------------------------------------------------------------------------------------------------
    def check_narrower(self, tile: Tile) -> None:
        """Raise IntegrityError unless what is left of a tile's earlier widths is how it begins."""
        folder = (self.directory / tile.full.path).with_name(f"{tile.full.path.rpartition('/')[2]}.p")
        if not folder.is_dir():
            return
        content = self._content(tile)
        for path in folder.iterdir():
            width = int(path.name) if path.name.isdecimal() and path.name.isascii() else 0
            if not 0 < width < WIDTH or str(width) != path.name or width > tile.width:
                continue  # what no reader would ask for
            narrower = Tile(tile.level, tile.index, width)
            if self._read(narrower) != content[: self._length(tile, content, width)]:
                raise IntegrityError(f"{narrower.path} is not how {tile.path} begins", where=str(self.directory))

    def _length(self, tile: Tile, content: bytes, width: int) -> int:
        """How many bytes the first `width` hashes or entries of a tile take."""
        if tile.level is not None:
            return width * merkle.HASH_BYTES
        entries = self._parsed(tile, content)
        return entries[width][0] if width < len(entries) else len(content)

    def _read_nodes(self, level: int, index: int) -> merkle.Nodes:
        tile = tile_of(level, index, self._head.size)
        content = self._content(tile)
        size = merkle.HASH_BYTES
        return merkle.nodes_of([content[at : at + size] for at in range(0, tile.width * size, size)])

    def _read_bundle(self, index: int) -> list[tuple[int, bytes]]:
        tile = tile_of(None, index, self._head.size)
        return self._parsed(tile, self._content(tile))

    def _content(self, tile: Tile) -> bytes:
        """The tile's bytes; where it is gone because it is full since, those of the full one up to its width."""
        content = self._read(tile)
        if content is None and not tile.is_full:
            content = self._read(tile.full)
            if content is not None:
                content = content[: self._length(tile.full, content, tile.width)]
        if content is None:
            raise IntegrityError(f"{tile.path} is missing", where=str(self.directory))
        return content

    def _read(self, tile: Tile) -> bytes | None:
        """A file's contents, if there is one: a plain file, no larger than it may be."""
        path = self.directory / tile.path
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise KyodakuError(f"cannot be read: {error.strerror}", where=str(path)) from None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise IntegrityError(f"{tile.path} is no plain file", where=str(self.directory))
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(tile.most_bytes + 1)
        fits = len(content) == tile.most_bytes if tile.level is not None else 0 < len(content) <= tile.most_bytes
        if not fits:
            what = f"{tile.path} has {len(content)} bytes, as no tile of {tile.width} has"
            raise IntegrityError(what, where=str(self.directory))
        return content

    def _parsed(self, tile: Tile, content: bytes) -> list[tuple[int, bytes]]:
        """Each entry of a bundle with the byte at which it begins."""
        entries: list[tuple[int, bytes]] = []
        at = 0
        for index in range(tile.index * WIDTH, tile.index * WIDTH + tile.width):
            body = at + FRAME.size
            end = body + FRAME.unpack_from(content, at)[0] if body <= len(content) else body
            if end > len(content):
                raise self.bad(index, at, f"{tile.path} ends at byte {len(content)}, before the entry does")
            entries.append((at, content[body:end]))
            at = end
        if at != len(content):
            raise IntegrityError(f"{tile.path} goes on after its last entry, at byte {at}", where=str(self.directory))
        return entries
