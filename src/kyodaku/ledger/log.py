# SPDX-License-Identifier: Apache-2.0
"""An append-only Merkle log on files: processes append side by side, readers need no lock, crashes lose no promise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from os import PathLike
from pathlib import Path

from kyodaku.errors import IntegrityError, KyodakuError
from kyodaku.ledger import merkle
from kyodaku.ledger._storage import (
    ENTRIES,
    HASHES,
    MAX_ENTRY_BYTES,
    OFFSETS,
    Files,
    Head,
    Reader,
    frame,
    offsets_of,
    position_of,
    stored_hashes,
)

__all__ = ["MAX_ENTRY_BYTES", "Log"]

_BLOCK = 1024
"""Entries whose places are read at once by a walk over the log: 8 kB."""


class Log:
    """The log in `directory`, which is made unless `create` is false.

    An instance holds no file open and caches nothing: each call sees what every process has appended by then. The
    layout is described in docs/ledger.md.
    """

    def __init__(self, directory: str | PathLike[str], *, create: bool = True) -> None:
        self.directory = Path(directory)
        self._files = Files(self.directory)
        if create:
            with _told(self.directory):
                self._files.create()
        self._files.head()

    def append(self, entry: bytes) -> int:
        """Append one entry and return its index when it is on disk; see `append_many`."""
        return self.append_many((entry,)).start

    def append_many(self, entries: Iterable[bytes]) -> range:
        """Append entries side by side and return their indices when all are on disk; after an error none counts.

        Raises ValueError for an entry over `MAX_ENTRY_BYTES`, KyodakuError when the disk refuses, and IntegrityError,
        before anything is written, when the log's end does not hash to its recorded root.
        """
        batch = list(entries)
        if any(len(entry) > MAX_ENTRY_BYTES for entry in batch):
            raise ValueError(
                f"an entry has at most {MAX_ENTRY_BYTES} bytes; put the contents elsewhere and log their hash"
            )
        with _told(self.directory), self._files.locked():
            head = self._files.head()
            if batch:
                self._write(head, batch)
        return range(head.size, head.size + len(batch))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the log against every other writer; do not append within."""
        with self._files.locked():
            yield

    def _write(self, head: Head, batch: Sequence[bytes]) -> None:
        frontier = self._frontier(head)
        frames, ends, hashes = [], [], []
        end = head.end
        for entry in batch:
            frames.append(frame(entry))
            end += len(frames[-1])
            ends.append(end)
            hashes.extend(frontier.append(merkle.leaf_hash(entry)))
        tails = {ENTRIES: b"".join(frames), OFFSETS: offsets_of(ends), HASHES: b"".join(hashes)}
        self._files.write(
            Head(size=frontier.size, root=frontier.root(), end=end),
            {name: (position_of(name, head), content) for name, content in tails.items()},
        )

    def _frontier(self, head: Head) -> merkle.Frontier:
        with self._reader() as reader:
            subtrees = [reader.node(level, index) for level, index in merkle.complete_subtrees(0, head.size)]
        frontier = merkle.Frontier(head.size, subtrees)
        if frontier.root() != head.root:
            raise IntegrityError(
                f"the recorded root of {head.size} entries is not that of their hashes",
                where=str(self.directory),
                hint="nothing was appended; `kyodaku ledger verify` names the first bad entry",
            )
        return frontier

    @property
    def size(self) -> int:
        """How many entries are acknowledged."""
        return self._files.head().size

    def __len__(self) -> int:
        return self.size

    def root(self, size: int | None = None) -> bytes:
        """The root hash of the first `size` entries, by default of all."""
        head = self._files.head()
        if size is None or size == head.size:
            return head.root
        _within(size, head.size)
        with self._reader() as reader:
            return merkle.root(size, reader.node)

    def entry(self, index: int) -> bytes:
        """Entry `index`, checked against its recorded hash; IndexError beyond the end."""
        if not 0 <= index < self.size:
            raise IndexError(f"the ledger has no entry {index}")
        return next(self.entries(index, index + 1))

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The entries `[start:stop]`, as slices count, of those there are now, each checked like `entry`."""
        with self._reader() as reader:
            for _, entry, _ in self._walk(reader, range(self.size)[start:stop]):
                yield entry

    def inclusion_proof(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """Proof that entry `index` is among the first `size` (default: all); check it by `verify_inclusion`."""
        size = _within(self.size if size is None else size, self.size)
        with self._reader() as reader:
            return merkle.inclusion_proof(index, size, reader.node)

    def consistency_proof(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """Proof that the first `old` entries are unchanged in the first `new`; check it by `verify_consistency`."""
        new = _within(self.size if new is None else new, self.size)
        with self._reader() as reader:
            return merkle.consistency_proof(old, new, reader.node)

    def verify(self) -> int:
        """Recompute everything from the entries and compare; the number of entries that were found sound.

        Raises IntegrityError naming the first bad entry, its place and what differs. Whoever can write the files can
        also compute all of them anew: only a checkpoint kept elsewhere shows that (`check_log`).
        """
        head = self._files.head()
        frontier = merkle.Frontier()
        begin = 0
        with self._reader() as reader:
            for index, entry, begin in self._walk(reader, range(head.size)):
                completed = frontier.append(merkle.leaf_hash(entry))
                if reader.hashes(stored_hashes(index), len(completed)) != b"".join(completed):
                    raise reader.bad(
                        index, begin, "a recorded hash of a subtree that ends here differs from the entries'"
                    )
                begin += len(frame(entry))  # noqa: PLW2901 - after the loop, the end of the last entry
        if begin != head.end or frontier.root() != head.root:
            raise IntegrityError(
                f"the head does not describe the {head.size} entries: it says root {head.root.hex()}, they have "
                f"{frontier.root().hex()}; it says {head.end} bytes, they have {begin}",
                where=str(self.directory),
            )
        return head.size

    def _reader(self) -> Reader:
        return Reader(self.directory)

    @staticmethod
    def _walk(reader: Reader, indices: range) -> Iterator[tuple[int, bytes, int]]:
        """Index, entry and place of each, after checking frame and leaf hash."""
        for first in range(0, len(indices), _BLOCK):
            block = indices[first : first + _BLOCK]
            bounds = pairwise(reader.bounds(block.start, block.stop))
            for index, (begin, end) in zip(block, bounds, strict=True):
                entry = reader.entry(index, begin, end)
                if merkle.leaf_hash(entry) != reader.node(0, index):
                    raise reader.bad(index, begin, "its bytes do not hash to its recorded hash")
                yield index, entry, begin


@contextmanager
def _told(directory: Path) -> Iterator[None]:
    """Turn a full disk, a read-only mount or a missing permission into one line for a person."""
    try:
        yield
    except OSError as error:
        raise KyodakuError(
            f"the ledger could not be written: {error.strerror}", where=str(directory), hint="nothing was recorded"
        ) from error


def _within(size: int, available: int) -> int:
    if not 0 <= size <= available:
        raise ValueError(f"the ledger has {available} entries, not {size}")
    return size
