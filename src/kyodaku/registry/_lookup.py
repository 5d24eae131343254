# SPDX-License-Identifier: Apache-2.0
"""Files of lines that are looked up by key: mapped into memory, read and checked only where they are asked.

    lines      KEY <tab> VALUE <newline>, in the order of the keys      of each table, one table after the other
    places     where each line begins, and where the last one ends      8 bytes each
    hashes     the first half of each key's hash, in rising order       8 bytes each
    numbers    the line of each hash                                    4 bytes each
    buckets    where in `hashes` those with the same first bits begin   4 bytes each
    footer     what is where, as canonical JSON; its length, 8 bytes; `KYODAKU1`

Numbers are little-endian. Beside the file stands the SHA-256 of each of its blocks, so that a block is checked when it
is first read, and opening costs the same however long the file is. `kyodaku.registry._lookup_writing` writes them.
"""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from struct import Struct
from typing import Any, Final

from kyodaku.errors import IntegrityError

__all__ = ["BLOCK", "FORMAT", "LONGEST_LINE", "MAGIC", "TRAILER", "Lookup", "Table", "hash_of"]

BLOCK: Final = 16_384
"""Bytes hashed together: short enough that one line costs 10 µs to check, long enough that the hashes are few."""
MAGIC: Final = b"KYODAKU1"
FORMAT: Final = 1
TRAILER: Final = Struct("<Q8s")
_LONGEST_FOOTER: Final = 1 << 20
LONGEST_LINE: Final = 1 << 26
"""One line is one declaration, or the ids of all statements about one work."""
_HASH_BYTES: Final = 32
_TWO_PLACES: Final = Struct("<QQ")
_TWO_BUCKETS: Final = Struct("<II")
_NUMBER: Final = Struct("<I")
_MOST_BITS: Final = 31


def hash_of(key: str) -> int:
    """The first 64 bits of the key's SHA-256."""
    return int.from_bytes(sha256(key.encode("utf-8", "surrogatepass")).digest()[:8], "big")


class Lookup:
    """A file, opened; `tables` by name."""

    def __init__(self, path: Path, hashes: bytes) -> None:
        """Map the file, of which `hashes` are the blocks'; IntegrityError if it has another length or form."""
        self.path = path
        self._hashes = hashes
        try:
            with path.open("rb") as file:
                self._size = os.fstat(file.fileno()).st_size
                blocks = -(-self._size // BLOCK)
                if self._size <= TRAILER.size or len(hashes) != blocks * _HASH_BYTES:
                    raise self.bad("it has another length")
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except OSError as error:
            raise IntegrityError(f"cannot be read: {error.strerror}", where=str(path)) from None
        self._checked = bytearray(blocks)
        self.tables = {name: Table(self, stated) for name, stated in self._footer().items()}

    def check_all(self) -> None:
        """Read everything; IntegrityError unless every block is as it was written."""
        for block in range(len(self._checked)):
            self._check(block)

    def read(self, start: int, size: int) -> bytes:
        """These bytes, once their blocks have been checked."""
        end = start + size
        if not 0 <= start <= end <= self._size:
            raise self.bad("it points outside itself")
        for block in range(start // BLOCK, -(-end // BLOCK)):
            if not self._checked[block]:
                self._check(block)
        return self._map[start:end]

    def bad(self, what: str) -> IntegrityError:
        """The error that names the file."""
        return IntegrityError(f"is not as it was written: {what}", where=str(self.path))

    def _check(self, block: int) -> None:
        content = self._map[block * BLOCK : (block + 1) * BLOCK]
        if sha256(content).digest() != self._hashes[block * _HASH_BYTES : (block + 1) * _HASH_BYTES]:
            raise self.bad(f"the block at byte {block * BLOCK:,} has another hash")
        self._checked[block] = 1

    def _footer(self) -> dict[str, dict[str, int]]:
        length, magic = TRAILER.unpack(self.read(self._size - TRAILER.size, TRAILER.size))
        if magic != MAGIC or length > min(self._size - TRAILER.size, _LONGEST_FOOTER):
            raise self.bad("it does not end as it should")
        try:
            footer: Any = json.loads(self.read(self._size - TRAILER.size - length, length))
            if footer["format"] != FORMAT:
                raise self.bad(f"it is of format {footer['format']}")
            tables: dict[str, dict[str, int]] = footer["tables"]
            return {name: {field: int(stated[field]) for field in Table.FIELDS} for name, stated in tables.items()}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise self.bad("it does not say what is where") from None


class Table:
    """The lines of one table, by key."""

    FIELDS: Final = ("entries", "lines", "places", "hashes", "numbers", "buckets", "bits")

    def __init__(self, file: Lookup, stated: dict[str, int]) -> None:
        self._file = file
        self._entries, self._lines, self._places, self._hashes, self._numbers, self._buckets, self._bits = (
            stated[field] for field in self.FIELDS
        )
        if not 0 <= self._bits <= _MOST_BITS or self._entries < 0:
            raise file.bad("a table has an impossible size")

    def __len__(self) -> int:
        return self._entries

    def keys(self) -> Iterator[str]:
        """All keys, in order."""
        return (key for key, _ in self.items())

    def items(self) -> Iterator[tuple[str, bytes]]:
        """All keys with their values, in order."""
        for number in range(self._entries):
            key, tab, value = self._line(number).partition(b"\t")
            if not tab:
                raise self._file.bad("a line has no key")
            try:
                yield key.decode(), value
            except UnicodeDecodeError:
                raise self._file.bad("a key is no text") from None

    def get(self, key: str) -> bytes | None:
        """The value under this key, or None."""
        wanted = hash_of(key)
        bucket = wanted >> (64 - self._bits)
        first, last = _TWO_BUCKETS.unpack(self._file.read(self._buckets + 4 * bucket, 8))
        if not first <= last <= self._entries:
            raise self._file.bad("a table points outside itself")
        hashes = self._file.read(self._hashes + 8 * first, 8 * (last - first))
        packed, prefix = wanted.to_bytes(8, "little"), key.encode("utf-8", "surrogatepass") + b"\t"
        at = hashes.find(packed)
        while at >= 0:
            if at % 8 == 0:
                (number,) = _NUMBER.unpack(self._file.read(self._numbers + 4 * (first + at // 8), 4))
                line = self._line(number)
                if line.startswith(prefix):
                    return line[len(prefix) :]
            at = hashes.find(packed, at + 1)
        return None

    def _line(self, number: int) -> bytes:
        """One line without its end."""
        if number >= self._entries:
            raise self._file.bad("a table points outside itself")
        start, end = _TWO_PLACES.unpack(self._file.read(self._places + 8 * number, 16))
        if not start < end or end - start > LONGEST_LINE:
            raise self._file.bad("a line has no length")
        line = self._file.read(self._lines + start, end - start)
        if line[-1:] != b"\n":
            raise self._file.bad("a line does not end")
        return line[:-1]
