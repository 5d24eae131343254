# SPDX-License-Identifier: Apache-2.0
"""An append-only Merkle log: processes append side by side, readers need no lock, crashes lose no promise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Self, TypeVar

from kyodaku.errors import IntegrityError, KyodakuError
from kyodaku.ledger import merkle
from kyodaku.ledger._storage import MAX_ENTRY_BYTES, Files, Head, Reader, Store, Stored

__all__ = ["MAX_ENTRY_BYTES", "Log"]


class Log:
    """The log in `directory`, which is made unless `create` is false.

    An instance holds no file open and caches nothing: each call sees what every process has appended by then. The
    layout is described in docs/ledger.md.
    """

    def __init__(self, directory: str | PathLike[str], *, create: bool = True) -> None:
        files = Files(Path(directory))
        self._store: Store = files
        if create:
            with _told(files.directory):
                files.create()
        files.head()

    @classmethod
    def of(cls, store: Store) -> Self:
        """The log that another kind of store keeps, such as a table of a database."""
        log = cls.__new__(cls)
        log._store = store  # noqa: SLF001 - its own
        return log

    @property
    def directory(self) -> Path:
        """The folder that belongs to the log."""
        return self._store.directory

    def append(self, entry: bytes) -> int:
        """Append one entry and return its index when it is on disk; see `append_many`."""
        return self.append_many((entry,)).start

    def append_many(self, entries: Iterable[bytes]) -> range:
        """Append entries side by side and return their indices when all are on disk; after an error none counts.

        Raises ValueError for an entry over `MAX_ENTRY_BYTES`, KyodakuError when the disk refuses, and IntegrityError,
        before anything is written, when the log's end does not hash to its recorded root.
        """
        batch = [_fitting(entry) for entry in entries]
        with _told(self.directory), self._store.locked() as store:
            head = store.head()
            if batch:
                self._write(store, head, batch)
        return range(head.size, head.size + len(batch))

    def append_made(self, make: Callable[[int], bytes]) -> int:
        """Append the entry that `make` makes of its own index, which no other writer can take; see `append_many`."""
        with _told(self.directory), self._store.locked() as store:
            head = store.head()
            self._write(store, head, [_fitting(make(head.size))])
        return head.size

    def _write(self, store: Store, head: Head, batch: Sequence[bytes]) -> None:
        frontier = self._frontier(store, head)
        hashes = [b"".join(frontier.append(merkle.leaf_hash(entry))) for entry in batch]
        store.append(batch, hashes, head, Head(size=frontier.size, root=frontier.root()))

    def _frontier(self, store: Store, head: Head) -> merkle.Frontier:
        with store.reading() as reader:
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
        return self._store.head().size

    def __len__(self) -> int:
        return self.size

    def root(self, size: int | None = None) -> bytes:
        """The root hash of the first `size` entries, by default of all."""
        head = self._store.head()
        if size is None or size == head.size:
            return head.root
        _within(size, head.size)
        with self._store.reading() as reader:
            return _at_once(reader, lambda nodes: merkle.root(size, nodes))

    def entry(self, index: int) -> bytes:
        """Entry `index`, checked against its recorded hash; IndexError beyond the end."""
        if not 0 <= index < self.size:
            raise IndexError(f"the ledger has no entry {index}")
        return next(self.entries(index, index + 1))

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The entries `[start:stop]`, as slices count, of those there are now, each checked like `entry`."""
        with self._store.reading() as reader:
            for stored in _walk(reader, range(self.size)[start:stop]):
                yield stored.entry

    @contextmanager
    def nodes(self) -> Iterator[merkle.Nodes]:
        """Reads the recorded hashes of complete subtrees, at their word; see `merkle.Nodes`."""
        with self._store.reading() as reader:
            yield reader.node

    def inclusion_proof(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """Proof that entry `index` is among the first `size` (default: all); check it by `verify_inclusion`."""
        available = self.size
        size = _within(available if size is None else size, available)
        with self._store.reading() as reader:
            return _at_once(reader, lambda nodes: merkle.inclusion_proof(index, size, nodes))

    def consistency_proof(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """Proof that the first `old` entries are unchanged in the first `new`; check it by `verify_consistency`."""
        available = self.size
        new = _within(available if new is None else new, available)
        with self._store.reading() as reader:
            return _at_once(reader, lambda nodes: merkle.consistency_proof(old, new, nodes))

    def verify(self) -> int:
        """Recompute everything from the entries and compare; the number of entries that were found sound.

        Raises IntegrityError naming the first bad entry, its place and what differs. Whoever can write the files can
        also compute all of them anew: only a checkpoint kept elsewhere shows that (`check_log`).
        """
        head = self._store.head()
        frontier = merkle.Frontier()
        end = 0
        with self._store.reading() as reader:
            for stored in _walk(reader, range(head.size)):
                completed = frontier.append(merkle.leaf_hash(stored.entry))
                if stored.hashes != b"".join(completed):
                    raise reader.bad(stored.index, stored.begin, _difference(stored, completed))
                end = stored.end
        if end != head.end or frontier.root() != head.root:
            raise IntegrityError(
                f"the head does not describe the {head.size} entries: it says root {head.root.hex()}, they have "
                f"{frontier.root().hex()}; it says that they end at {head.end}, they end at {end}",
                where=str(self.directory),
            )
        return head.size


_Asked = TypeVar("_Asked")


def _at_once(reader: Reader, ask: Callable[[merkle.Nodes], _Asked]) -> _Asked:
    """What is asked of the tree, once the reader knows all hashes that it takes: a database gives them together."""
    places: list[tuple[int, int]] = []

    def noted(level: int, index: int, /) -> bytes:
        places.append((level, index))
        return merkle.EMPTY_ROOT  # any hash: what comes of it is thrown away

    ask(noted)
    reader.expect(places)
    return ask(reader.node)


def _walk(reader: Reader, indices: range) -> Iterator[Stored]:
    """These entries, each checked against its recorded hash."""
    for stored in reader.walk(indices):
        if merkle.leaf_hash(stored.entry) != stored.hashes[: merkle.HASH_BYTES]:
            raise reader.bad(stored.index, stored.begin, "its bytes do not hash to its recorded hash")
        yield stored


def _difference(stored: Stored, completed: Sequence[bytes]) -> str:
    """Which of the hashes recorded with an entry is not that of the entries, and so which of them may be bad."""
    size = merkle.HASH_BYTES
    for level, expected in enumerate(completed):
        if stored.hashes[level * size : (level + 1) * size] != expected:
            first = stored.index + 1 - (1 << level)
            return f"the recorded hash of entries {first} to {stored.index} is not theirs: one of them was changed"
    return "more hashes are recorded with it than there are subtrees that end here"


@contextmanager
def _told(directory: Path) -> Iterator[None]:
    """Turn a full disk, a read-only mount or a missing permission into one line for a person."""
    try:
        yield
    except OSError as error:
        raise KyodakuError(
            f"the ledger could not be written: {error.strerror}", where=str(directory), hint="nothing was recorded"
        ) from error


def _fitting(entry: bytes) -> bytes:
    if len(entry) > MAX_ENTRY_BYTES:
        raise ValueError(f"an entry has at most {MAX_ENTRY_BYTES} bytes; put the contents elsewhere and log their hash")
    return entry


def _within(size: int, available: int) -> int:
    if not 0 <= size <= available:
        raise ValueError(f"the ledger has {available} entries, not {size}")
    return size
