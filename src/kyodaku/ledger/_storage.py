# SPDX-License-Identifier: Apache-2.0
"""Where a log lies: what any such place offers (`Store`, `Reader`), and the files that are the usual one.

The files hold framed entries, their ends, the hashes of all complete subtrees, and the head that counts them. Nothing
beyond what `head` counts exists for a reader, and `head` is replaced (written, synced, renamed, its directory synced)
only after everything it counts is on disk. So a writer killed at any byte leaves the log as it was, with a tail that
the next writer cuts off; and what a writer was told is stored, is.
"""

from __future__ import annotations

import fcntl
import json
import os
import struct
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Protocol, Self

import rfc8785

from kyodaku.errors import IntegrityError, KyodakuError
from kyodaku.ledger.merkle import EMPTY_ROOT, HASH_BYTES

__all__ = [
    "MAX_ENTRY_BYTES",
    "Files",
    "Head",
    "Reader",
    "Store",
    "Stored",
    "locked_directory",
    "stored_hashes",
    "sync_directory",
    "write_atomically",
]

MAX_ENTRY_BYTES = 0xFFFF
"""Bytes in one entry: the frame's length is a big-endian uint16, as in the entry bundles of C2SP tlog-tiles."""

ENTRIES, OFFSETS, HASHES, HEAD, LOCK = "entries", "offsets", "hashes", "head", "lock"
VERSION = 1
_FRAME = struct.Struct(">H")
_OFFSET = struct.Struct(">Q")
_BLOCK = 1024
"""Entries whose places are read at once by a walk over the log: 8 kB."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """What is acknowledged: how many entries, their root, and the place at which the last of them ends."""

    size: int = 0
    root: bytes = EMPTY_ROOT
    end: int = 0

    def to_bytes(self) -> bytes:
        """One line of canonical JSON."""
        return (
            rfc8785.dumps({"bytes": self.end, "root": self.root.hex(), "size": self.size, "version": VERSION}) + b"\n"
        )

    @classmethod
    def from_bytes(cls, text: bytes, where: Path) -> Head:
        """Raises IntegrityError unless this is exactly what `to_bytes` wrote."""
        with suppress(ValueError, KeyError, TypeError):
            fields = json.loads(text)
            head = cls(size=int(fields["size"]), root=bytes.fromhex(fields["root"]), end=int(fields["bytes"]))
            if head.to_bytes() == text:
                return head
        raise IntegrityError(
            "not a head that this version of the ledger wrote", where=str(where), hint="restore it from a backup"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """One entry as it is stored, from `begin` to `end`, with the hashes of the subtrees that it completed."""

    index: int
    begin: int
    end: int
    entry: bytes
    hashes: bytes


class Reader(Protocol):
    """Reads what is acknowledged; held for one operation, not longer."""

    def node(self, level: int, index: int, /) -> bytes:
        """The stored hash of a complete subtree (a `merkle.Nodes`)."""
        ...

    def expect(self, places: Sequence[tuple[int, int]]) -> None:
        """Levels and indexes of the hashes that will be asked for next."""
        ...

    def walk(self, indices: range) -> Iterator[Stored]:
        """These entries in order, as they are stored; nothing is checked but that they can be read."""
        ...

    def bad(self, index: int, begin: int, what: str) -> IntegrityError:
        """The error that names an entry and its place."""
        ...


class Store(Protocol):
    """A place that keeps a log: each of its operations sees, and leaves, a whole number of entries."""

    directory: Path
    """The folder on this machine that belongs to the log: for its last checkpoint, and to be named in messages."""

    def head(self) -> Head:
        """The head as of now."""
        ...

    def reading(self) -> AbstractContextManager[Reader]:
        """A reader of what is acknowledged as of now, or later."""
        ...

    def locked(self) -> AbstractContextManager[Store]:
        """Hold the log against every other writer; the store to write to meanwhile."""
        ...

    def append(self, batch: Sequence[bytes], hashes: Sequence[bytes], old: Head, new: Head) -> None:
        """Store entries with the hashes that each completes, all or none, after `old` and as `new` will count them."""
        ...


def stored_hashes(size: int) -> int:
    """How many complete subtrees `size` leaves have: so many hashes lie before those that leaf `size` completes."""
    return 2 * size - size.bit_count()


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file so that a crash leaves the old content or the new, and return when it is on disk."""
    temporary = path.with_name(path.name + ".new")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_directory(path.parent)


@contextmanager
def locked_directory(directory: Path) -> Iterator[None]:
    """Hold a directory against every other process of this machine that asks for the same."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class Files:
    """The log's directory: made on demand, locked by writers, read by anyone."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def create(self) -> None:
        """Make an empty log unless one is there; two processes may do so at once."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with self.locked():
            if (self.directory / HEAD).exists():
                return
            for name in (ENTRIES, OFFSETS, HASHES):
                path = self.directory / name
                path.touch()
                if path.stat().st_size:  # never begin anew over entries that someone was promised
                    raise IntegrityError(
                        f"the ledger has {name} but no head", where=str(self.directory), hint="restore it from a backup"
                    )
            write_atomically(self.directory / HEAD, Head().to_bytes())

    @contextmanager
    def locked(self) -> Iterator[Self]:
        """Hold the log against every other writer, thread or process; the lock goes with the process that held it."""
        with (self.directory / LOCK).open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self

    def head(self) -> Head:
        """The head as of now."""
        path = self.directory / HEAD
        try:
            return Head.from_bytes(path.read_bytes(), path)
        except OSError as error:
            raise KyodakuError(
                f"the ledger cannot be read: {error.strerror}", where=str(path), hint="check the workspace's path"
            ) from error

    def reading(self) -> FileReader:
        """A reader of the files."""
        return FileReader(self.directory)

    def append(self, batch: Sequence[bytes], hashes: Sequence[bytes], old: Head, new: Head) -> None:
        """Write each file's tail from where it was acknowledged, sync, then acknowledge by the new head."""
        frames = [_FRAME.pack(len(entry)) + entry for entry in batch]
        end, ends = old.end, []
        for each in frames:
            end += len(each)
            ends.append(_OFFSET.pack(end))
        tails = {
            ENTRIES: (old.end, frames),
            OFFSETS: (old.size * _OFFSET.size, ends),
            HASHES: (stored_hashes(old.size) * HASH_BYTES, hashes),
        }
        for name, (position, parts) in tails.items():
            with (self.directory / name).open("r+b", buffering=0) as file:
                file.truncate(position)  # cuts what a killed writer left
                _write_all(file.fileno(), b"".join(parts), position)
                os.fsync(file.fileno())
        write_atomically(self.directory / HEAD, Head(size=new.size, root=new.root, end=end).to_bytes())


class FileReader:
    """Positional reads of one log's acknowledged part; hold it for one operation, not longer."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._descriptors: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in self._descriptors.values():
            os.close(descriptor)

    def node(self, level: int, index: int, /) -> bytes:
        """The stored hash of a complete subtree (a `merkle.Nodes`)."""
        last_leaf = ((index + 1) << level) - 1
        return self.hashes(stored_hashes(last_leaf) + level, 1)

    def expect(self, places: Sequence[tuple[int, int]]) -> None:
        """Nothing: each hash lies in the file where it is looked for."""

    def hashes(self, first: int, count: int) -> bytes:
        """`count` stored hashes in the order in which they were completed."""
        return self._read(HASHES, first * HASH_BYTES, count * HASH_BYTES)

    def bounds(self, first: int, stop: int) -> tuple[int, ...]:
        """Where entries `first` to `stop - 1` begin in the entries file, and where the last of them ends."""
        before = 1 if first else 0
        ends = self._read(OFFSETS, (first - before) * _OFFSET.size, (stop - first + before) * _OFFSET.size)
        bounds = tuple(offset for (offset,) in _OFFSET.iter_unpack(ends))
        return bounds if before else (0, *bounds)

    def walk(self, indices: range) -> Iterator[Stored]:
        """These entries in order, with places in bytes; IntegrityError for a frame that says otherwise."""
        for first in range(indices.start, indices.stop, _BLOCK):
            stop = min(first + _BLOCK, indices.stop)
            bounds = pairwise(self.bounds(first, stop))
            before = stored_hashes(first)
            hashes = self.hashes(before, stored_hashes(stop) - before)
            for index, (begin, end) in zip(range(first, stop), bounds, strict=True):
                completed = slice(
                    (stored_hashes(index) - before) * HASH_BYTES, (stored_hashes(index + 1) - before) * HASH_BYTES
                )
                entry = self.entry(index, begin, end)
                yield Stored(index=index, begin=begin, end=end, entry=entry, hashes=hashes[completed])

    def entry(self, index: int, begin: int, end: int) -> bytes:
        """The entry that lies from `begin` to `end`; raises IntegrityError when its frame says otherwise."""
        if not _FRAME.size <= end - begin <= _FRAME.size + MAX_ENTRY_BYTES:
            raise self.bad(index, begin, f"its recorded end, byte {end}, cannot be")
        framed = self._read(ENTRIES, begin, end - begin, (index, begin))
        (length,) = _FRAME.unpack_from(framed)
        if length != len(framed) - _FRAME.size:
            raise self.bad(
                index, begin, f"its frame says {length} bytes, its recorded end says {len(framed) - _FRAME.size}"
            )
        return framed[_FRAME.size :]

    def bad(self, index: int, begin: int, what: str) -> IntegrityError:
        """The error that names an entry."""
        return IntegrityError(f"entry {index} at byte {begin} of {ENTRIES}: {what}", where=str(self._directory))

    def _read(self, name: str, position: int, length: int, entry: tuple[int, int] | None = None) -> bytes:
        if name not in self._descriptors:
            try:
                self._descriptors[name] = os.open(self._directory / name, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                raise IntegrityError(f"the file {name} is gone", where=str(self._directory)) from None
        content = os.pread(self._descriptors[name], length, position)
        if len(content) < length:
            missing = f"the file ends at byte {position + len(content)}, {length - len(content)} too early"
            if entry:
                raise self.bad(*entry, missing)
            raise IntegrityError(f"{name}: {missing}", where=str(self._directory))
        return content


def _write_all(descriptor: int, content: bytes, position: int) -> None:
    rest = memoryview(content)
    while rest:
        written = os.pwrite(descriptor, rest, position)
        position += written
        rest = rest[written:]


def sync_directory(directory: Path) -> None:
    """Return when the names in a directory are on disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
