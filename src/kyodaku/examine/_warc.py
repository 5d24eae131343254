# SPDX-License-Identifier: Apache-2.0
"""WARC files (ISO 28500), as crawlers write them: replies by their address, plain or one gzip member a record."""

from __future__ import annotations

import gzip
import http.client
import io
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, Final

from kyodaku.errors import KyodakuError, UsageError
from kyodaku.examine._captures import LARGEST, Capture, moment_of

__all__ = ["WarcCaptures", "unpacked"]

_HEAD: Final = 64 << 10
"""Bytes of a record's own header lines; they have a dozen."""

_END: Final = 64
"""Bytes after a record's block: two line ends, and some more from careless writers."""

_LINE: Final = 16 << 10
_HEADERS_SHOWN: Final = 500
_MOST_OF_ONE: Final = 50
"""Captures of one address that are looked at; a crawl has one."""

_DIGEST: Final = 12


@dataclass(frozen=True, slots=True)
class WarcCaptures:
    """Replies in WARC files by their address; only places are held in memory."""

    files: tuple[Path, ...]
    _places: Mapping[bytes, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def open(cls, files: tuple[Path, ...]) -> WarcCaptures:
        """Reads the files once, for where each reply is; UsageError for what is no WARC, or one that ends too early."""
        made = cls(files)
        for number, path in enumerate(files):
            try:
                with path.open("rb") as file:
                    for place, head in _records(file):
                        if head.get("warc-type") == "response" and "warc-target-uri" in head:
                            made._places[_key(head["warc-target-uri"])].append((number, place))
            except OSError as error:
                raise UsageError(f"cannot be read: {error.strerror or error}", where=str(path)) from error
            except (_Faulty, EOFError, zlib.error, ValueError) as error:
                hint = "what it kept cannot be told: leave it out, or take a whole one"
                raise UsageError(
                    f"this is no WARC that can be read to its end ({error})", where=str(path), hint=hint
                ) from None
        return made

    def captures(self, url: str) -> list[Capture]:
        """The replies that were kept of an address."""
        places = self._places.get(_key(url), ())
        return [self._capture(self.files[number], place, url) for number, place in places[:_MOST_OF_ONE]]

    def _capture(self, path: Path, place: int, url: str) -> Capture:
        where = f"{path.name} at byte {place}"
        try:
            with path.open("rb") as file:
                head, block = _record_at(file, place)
        except (OSError, _Faulty, EOFError, zlib.error, ValueError) as error:
            raise KyodakuError(f"the WARC changed while it was used ({error})", where=str(path)) from None
        return _reply(block, where, url, head)


class _Faulty(Exception):  # noqa: N818 - the reason, for the error that names the file
    pass


def _key(url: str) -> bytes:
    return blake2b(url.strip().strip("<>").encode("utf-8", "surrogateescape"), digest_size=_DIGEST).digest()


# --- records ----------------------------------------------------------------------------------------------------------
def _records(file: BinaryIO) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Each record's place in the file, and its header."""
    if file.read(2) == b"\x1f\x8b":
        yield from _packed(file)
        return
    file.seek(0)
    while (place := _next_place(file)) is not None:
        head = _head(file)
        length = _length(head)
        yield place, head
        end = file.seek(length, io.SEEK_CUR)
        if end > file.seek(0, io.SEEK_END):
            raise _Faulty("it ends within a record")
        file.seek(end)


def _next_place(file: BinaryIO) -> int | None:
    """Where the next record begins, past the empty lines between records."""
    while True:
        place = file.tell()
        byte = file.read(1)
        if not byte:
            return None
        if byte not in b"\r\n":
            file.seek(place)
            return place


def _packed(file: BinaryIO) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Records that are a gzip member each: every member is unpacked as far as its header, and passed over."""
    place = 0
    while True:
        file.seek(place)
        if not file.read(1):
            return
        file.seek(place)
        taken, begin, size = _member(file)
        with io.BytesIO(begin) as inner:
            if _next_place(inner) is not None:
                head = _head(inner)
                if inner.tell() + _length(head) + _END < size:
                    raise _Faulty("its records are packed together: unpack it")
                yield place, head
        place += taken


def _member(file: BinaryIO) -> tuple[int, bytes, int]:
    """How long the gzip member that begins here is, its first bytes unpacked, and how many there are."""
    unpacker, begin, taken, size = zlib.decompressobj(wbits=31), b"", 0, 0
    while not unpacker.eof:
        chunk = unpacker.unconsumed_tail or file.read(1 << 16)
        if not chunk:
            raise _Faulty("it ends within a record")
        fed = 0 if unpacker.unconsumed_tail else len(chunk)
        out = unpacker.decompress(chunk, 1 << 20)
        taken += fed
        size += len(out)
        begin += out[: max(0, _HEAD - len(begin))]
    return taken - len(unpacker.unused_data), begin, size


def _record_at(file: BinaryIO, place: int) -> tuple[Mapping[str, str], bytes]:
    file.seek(place)
    packed = file.read(2) == b"\x1f\x8b"
    file.seek(place)
    stream: BinaryIO = gzip.GzipFile(fileobj=file) if packed else file  # type: ignore[assignment]
    if _next_place(stream) is None:
        raise _Faulty("there is no record")
    head = _head(stream)
    return head, stream.read(min(_length(head), LARGEST + _HEAD))


def _head(file: BinaryIO) -> Mapping[str, str]:
    if not file.readline(_LINE).startswith(b"WARC/1."):
        raise _Faulty("a record does not begin with WARC/1.")
    head: dict[str, str] = {}
    size = 0
    while line := file.readline(_LINE).strip():
        name, _, value = line.decode("utf-8", "replace").partition(":")
        head[name.strip().lower()] = value.strip()
        size += len(line)
        if size > _HEAD:
            raise _Faulty("a record's header is too long")
    return head


def _length(head: Mapping[str, str]) -> int:
    length = head.get("content-length", "")
    if not (length.isascii() and length.isdigit() and len(length) < 16):
        raise _Faulty("a record without its length")
    return int(length)


# --- replies ----------------------------------------------------------------------------------------------------------
class _Line:
    """The bytes of a reply, for `http.client` to read as if they came over a line."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, *_: object) -> BinaryIO:
        return io.BytesIO(self._data)


def _reply(block: bytes, where: str, url: str, head: Mapping[str, str]) -> Capture:
    moment = moment_of(head.get("warc-date"))
    reply = http.client.HTTPResponse(_Line(block))  # type: ignore[arg-type]
    try:
        reply.begin()
        headers = tuple(reply.getheaders()[: _HEADERS_SHOWN + 1])
        body, fault = unpacked(reply.read(LARGEST + 1), reply.headers.get("content-encoding", ""))
    except (http.client.HTTPException, OSError, ValueError, zlib.error) as error:
        why = f"the reply cannot be read: {type(error).__name__}"
        return Capture(where=where, url=url, fault=why, fetched_at=moment)
    return Capture(
        where=where, url=url, body=body, fault=fault, headers=headers, status=reply.status, fetched_at=moment
    )


def unpacked(body: bytes, encoding: str) -> tuple[bytes, str | None]:
    """The body of a reply without its content encoding, or why it cannot be had."""
    if len(body) > LARGEST:
        return b"", f"longer than {LARGEST >> 20} MiB"
    match encoding.strip().lower():
        case "" | "identity":
            return body, None
        case "gzip" | "x-gzip" | "deflate":
            unpacker = zlib.decompressobj(wbits=47)  # either of gzip and zlib, as its first bytes say
            plain = unpacker.decompress(body, LARGEST + 1)
            return (plain, None) if len(plain) <= LARGEST else (b"", f"longer than {LARGEST >> 20} MiB")
        case _:
            return b"", "packed in a way that is not read"
