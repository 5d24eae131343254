# SPDX-License-Identifier: Apache-2.0
"""The ledger of a shared registry: a table of the same database, so that an entry and its row are one commit.

An entry's row holds the hashes of the subtrees that it completes, the entry's own first, then each larger one: exactly
what the files of a workspace's own ledger hold one after the other. The size is the number of rows and the root follows
from O(log n) of them; nothing is stored twice. The last checkpoint is kept by each workspace in its own folder: whoever
could rewrite the database does not reach those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Final, Self

from sqlalchemy import Connection, func, select

from kyodaku.errors import IntegrityError
from kyodaku.ledger import HASH_BYTES, Head, Store, Stored
from kyodaku.ledger.merkle import complete_subtrees, root
from kyodaku.registry._database import Put
from kyodaku.registry._tables import ledger_entries

__all__ = ["TableStore"]

_BLOCK: Final = 1000
"""Entries read at once."""


class TableReader:
    """Reads entries and hashes within one transaction."""

    def __init__(self, connection: Connection, where: str) -> None:
        self._connection = connection
        self._where = where
        self._hashes: dict[int, bytes] = {}

    def size(self) -> int:
        """How many entries there are; the hashes at the log's edge, which are asked for next, are read on the way."""
        last: int | None = self._connection.scalar(select(func.max(ledger_entries.c.seq)))
        size = 0 if last is None else last + 1
        self.expect(list(complete_subtrees(0, size)))
        return size

    def expect(self, places: Sequence[tuple[int, int]]) -> None:
        """Read these hashes together: a proof of one query each would take as many as the tree has levels."""
        self._fetch(((index + 1) << level) - 1 for level, index in places)

    def node(self, level: int, index: int, /) -> bytes:
        """The hash of a complete subtree, which its last leaf completed."""
        last = ((index + 1) << level) - 1
        self._fetch([last])
        found = self._hashes[last][level * HASH_BYTES : (level + 1) * HASH_BYTES]
        if len(found) != HASH_BYTES:
            raise self.bad(last, last, "its hashes are missing")
        return found

    def _fetch(self, entries: Iterable[int]) -> None:
        wanted = [seq for seq in entries if seq not in self._hashes]
        if not wanted:
            return
        self._hashes.update(dict.fromkeys(wanted, b""))
        table = ledger_entries.c
        chosen = select(table.seq, table.hashes).where(table.seq.in_(wanted))
        self._hashes.update((seq, bytes(hashes)) for seq, hashes in self._connection.execute(chosen))

    def walk(self, indices: range) -> Iterator[Stored]:
        """These entries in order; places are their own numbers."""
        for first in range(indices.start, indices.stop, _BLOCK):
            stop = min(first + _BLOCK, indices.stop)
            table = ledger_entries.c
            chosen = select(ledger_entries).where(table.seq >= first, table.seq < stop).order_by(table.seq)
            expected = first
            for seq, entry, hashes in self._connection.execute(chosen):
                if seq != expected:
                    break
                yield Stored(index=seq, begin=seq, end=seq + 1, entry=bytes(entry), hashes=bytes(hashes))
                expected += 1
            if expected < stop:
                raise self.bad(expected, expected, "it is gone")

    def bad(self, index: int, begin: int, what: str) -> IntegrityError:
        """The error that names an entry."""
        return IntegrityError(f"entry {index} at row {begin} of {ledger_entries.name}: {what}", where=self._where)


class TableStore:
    """The log to anyone: each operation is a transaction of its own, made by `reading` or `writing`."""

    def __init__(
        self,
        directory: Path,
        where: str,
        reading: Callable[[], AbstractContextManager[Connection]],
        writing: Callable[[], AbstractContextManager[tuple[Connection, Put]]],
    ) -> None:
        self.directory = directory
        self._where = where
        self._reading = reading
        self._writing = writing
        self._reader: TableReader | None = None

    @classmethod
    def within(cls, directory: Path, where: str, connection: Connection, put: Put) -> Self:
        """The log to a transaction that is alone in writing: what it appends is there when it is committed."""
        store = cls(directory, where, lambda: nullcontext(connection), lambda: nullcontext((connection, put)))
        store._reader = TableReader(connection, where)
        return store

    def head(self) -> Head:
        """The head as of now; the root is computed from the recorded hashes."""
        with self.reading() as reader:
            size = reader.size()
            return Head(size=size, root=root(size, reader.node), end=size)

    @contextmanager
    def reading(self) -> Iterator[TableReader]:
        """A reader in one transaction."""
        with self._reading() as connection:
            yield self._reader or TableReader(connection, self._where)

    @contextmanager
    def locked(self) -> Iterator[Store]:
        """A turn to write."""
        with self._writing() as (connection, put):
            yield self.within(self.directory, self._where, connection, put)

    def append(self, batch: Sequence[bytes], hashes: Sequence[bytes], old: Head, new: Head) -> None:
        """Store the entries as rows."""
        with self._writing() as (_, put):
            put(ledger_entries, list(zip(range(old.size, new.size), batch, hashes, strict=True)))
