# SPDX-License-Identifier: Apache-2.0
"""WARC files (ISO 28500), as crawlers write them: replies by their address, plain or one gzip member a record.

Addresses are compared in one spelling, http and https alike. What leads elsewhere is followed within the files; what is
kept elsewhere (`revisit` of a record that is not here) or was cut off is there, and cannot be read.
"""

from __future__ import annotations

import gzip
import http.client
import io
import re
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import urljoin

from kyodaku.errors import KyodakuError, UsageError
from kyodaku.examine._captures import LARGEST, Capture, moment_of
from kyodaku.signals._hosts import site_of
from kyodaku.signals._paths import request_path

__all__ = ["WarcCaptures", "unpacked"]

_HEAD: Final = 64 << 10
"""Bytes of a record's own header lines; they have a dozen."""

_END: Final = 64
"""Bytes after a record's block: two line ends, and some more from careless writers."""

_LINE: Final = 16 << 10
_HEADERS_SHOWN: Final = 500
_MOST_OF_ONE: Final = 1000
"""Captures of one address that are looked at; a crawl has one, a daily crawl of three years a thousand."""
_MOST_RECENT: Final = 8
"""Addresses whose captures are held: the next clip is often from the same site, whose files are five."""
_MOST_HOPS: Final = 5
"""As many redirects as RFC 9309 (section 2.3.1.2) asks a crawler to follow."""

_KINDS: Final = frozenset({"response", "revisit", "resource"})
_NOT_HERE: Final = "what it holds is in another record, which is not here"

_DIGEST: Final = 12
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_LATER_HTTP: Final = re.compile(rb"HTTP/[23](?:\.0)? ")


@dataclass(frozen=True, slots=True)
class WarcCaptures:
    """Replies in WARC files by their address; only places are held in memory."""

    files: tuple[Path, ...]
    _places: Mapping[bytes, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    _recent: dict[str, list[Capture]] = field(default_factory=dict)
    _originals: dict[bytes, dict[str, tuple[int, int]]] = field(default_factory=dict)
    _kept: set[bytes] = field(default_factory=set)
    """Of the addresses as they stand, with http or https: what leads from the one to the other has not arrived yet."""

    @classmethod
    def open(cls, files: tuple[Path, ...]) -> WarcCaptures:
        """Reads the files once, for where each reply is; UsageError for what is no WARC, or one that ends too early."""
        made = cls(files)
        for number, path in enumerate(files):
            try:
                with path.open("rb") as file:
                    for place, head in _records(file):
                        if head.get("warc-type", "").lower() in _KINDS and "warc-target-uri" in head:
                            made._places[_key(head["warc-target-uri"])].append((number, place))
                            made._kept.add(_exactly(head["warc-target-uri"]))
            except OSError as error:
                raise UsageError(f"cannot be read: {error.strerror or error}", where=str(path)) from error
            except (_Faulty, EOFError, zlib.error, ValueError) as error:
                hint = "what it kept cannot be told: leave it out, or take a whole one"
                raise UsageError(
                    f"this is no WARC that can be read to its end ({error})", where=str(path), hint=hint
                ) from None
        return made

    def captures(self, url: str) -> list[Capture]:
        """The replies that were kept of an address, and of those to which these lead."""
        if url not in self._recent:
            found = self._captures(url)
            if sum(len(capture.body) for capture in found) > LARGEST:
                return found
            if len(self._recent) >= _MOST_RECENT:
                del self._recent[next(iter(self._recent))]
            self._recent[url] = found
        return self._recent[url]

    def _captures(self, url: str) -> list[Capture]:
        found: list[Capture] = []
        asked, seen = [url], {_key(url)}
        for _ in range(_MOST_HOPS + 1):
            here = [self._followed(capture) for each in asked for capture in self._of(each)]
            found += here
            targets = dict.fromkeys(_target(capture) or "" for capture in here if capture.moved)
            asked = [target for target in targets if _key(target) not in seen]
            seen.update(map(_key, asked))
        found += [Capture(where=each, url=each, fault=f"more than {_MOST_HOPS} redirects") for each in asked]
        leads_on = all(capture.moved for capture in found)  # in a circle
        return [replace(capture, moved=False) for capture in found] if leads_on else found

    def _followed(self, capture: Capture) -> Capture:
        target = _target(capture)
        return capture if target is None or _exactly(target) not in self._kept else replace(capture, moved=True)

    def _of(self, url: str) -> list[Capture]:
        places = self._places.get(_key(url), ())
        found = [self._capture(*place, url) for place in places[:_MOST_OF_ONE]]
        if len(places) > _MOST_OF_ONE:
            why = f"more than {_MOST_OF_ONE} captures: the rest was not read"
            found.append(Capture(where=url, url=url, fault=why))
        return found

    def _capture(self, number: int, place: int, url: str) -> Capture:
        where = f"{self.files[number].name} at byte {place}"
        head, block = self._record(number, place)
        capture = _reply(block, where, url, head)
        if head.get("warc-type", "").lower() != "revisit":
            return capture
        kept = self._visited(url, head)
        if kept is None:
            return replace(capture, body=b"", fault=_NOT_HERE, status=None)
        headers = (*capture.headers, *kept.headers)
        return replace(kept, where=where, url=url, headers=headers, fetched_at=capture.fetched_at)

    def _visited(self, url: str, head: Mapping[str, str]) -> Capture | None:
        """The reply that a `revisit` says it is the same as: by its digest or, without one, by its moment."""
        key = _key(head.get("warc-refers-to-target-uri", url))
        if key not in self._originals:
            known: dict[str, tuple[int, int]] = {}
            for place in self._places.get(key, ())[:_MOST_OF_ONE]:
                first, _ = self._record(*place)
                if first.get("warc-type", "").lower() != "revisit":
                    known |= {first[name]: place for name in ("warc-payload-digest", "warc-date") if name in first}
            self._originals[key] = known
        told = head.get("warc-payload-digest") or head.get("warc-refers-to-date") or ""
        original = self._originals[key].get(told)
        if original is None:
            return None
        first, block = self._record(*original)
        return _reply(block, "", url, first)

    def _record(self, number: int, place: int) -> tuple[Mapping[str, str], bytes]:
        path = self.files[number]
        try:
            with path.open("rb") as file:
                return _record_at(file, place)
        except (OSError, _Faulty, EOFError, zlib.error, ValueError) as error:
            raise KyodakuError(f"the WARC changed while it was used ({error})", where=str(path)) from None


class _Faulty(Exception):  # noqa: N818 - the reason, for the error that names the file
    pass


def _key(url: str) -> bytes:
    plain = url.strip().strip("<>")
    return _digest(f"{site}{request_path(plain)}" if (site := site_of(plain)) else plain)


def _exactly(url: str) -> bytes:
    plain = url.strip().strip("<>")
    return _digest(f"{plain.partition(':')[0].lower()}:{site_of(plain)}{request_path(plain)}")


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST).digest()


def _target(capture: Capture) -> str | None:
    """Where a reply sends whoever asked."""
    if capture.status not in _MOVED:
        return None
    place = next((value for name, value in capture.headers if name.lower() == "location"), None)
    try:
        return None if place is None else urljoin(capture.url, place.strip())
    except ValueError:
        return None


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
    cut = "it was cut off" if "warc-truncated" in head or head.get("warc-segment-number", "1") != "1" else None
    if head.get("warc-type", "").lower() == "resource":  # without the reply in which it came
        kind, fault = ("Content-Type", head.get("content-type", "")), cut or _too_long(block)
        return Capture(where=where, url=url, body=block[:LARGEST], fault=fault, headers=(kind,), fetched_at=moment)
    block = _LATER_HTTP.sub(b"HTTP/1.1 ", block, count=1) if _LATER_HTTP.match(block) else block
    reply = http.client.HTTPResponse(_Line(block))  # type: ignore[arg-type]
    try:
        reply.begin()
        headers = tuple(reply.getheaders()[: _HEADERS_SHOWN + 1])
        body, fault = unpacked(reply.read(LARGEST + 1), reply.headers.get("content-encoding", ""))
        cut = cut or ("it is cut off" if reply.length else None)
    except (http.client.HTTPException, OSError, ValueError, zlib.error) as error:
        why = f"the reply cannot be read: {type(error).__name__}"
        return Capture(where=where, url=url, fault=why, fetched_at=moment)
    return Capture(
        where=where, url=url, body=body, fault=fault or cut, headers=headers, status=reply.status, fetched_at=moment
    )


def _too_long(body: bytes) -> str | None:
    return f"longer than {LARGEST >> 20} MiB" if len(body) > LARGEST else None


def unpacked(body: bytes, encoding: str) -> tuple[bytes, str | None]:
    """The body of a reply without its content encoding, and why not all of it can be had, if so."""
    if len(body) > LARGEST:
        body, more = body[:LARGEST], _too_long(body)
        return (body, more) if encoding.strip().lower() in _AS_IT_IS else (b"", more)
    match encoding.strip().lower():
        case "" | "identity":
            return body, None
        case "gzip" | "x-gzip" | "deflate":
            return _inflated(body)
        case _:
            return b"", "packed in a way that is not read"


_AS_IT_IS: Final = frozenset({"", "identity"})


def _inflated(body: bytes) -> tuple[bytes, str | None]:
    """One gzip member after the other, as clients read them; zlib has one."""
    plain = bytearray()
    while body:
        unpacker = zlib.decompressobj(wbits=47)  # either of gzip and zlib, as its first bytes say
        plain += unpacker.decompress(body, LARGEST + 1 - len(plain))
        if len(plain) > LARGEST:
            return bytes(plain[:LARGEST]), f"longer than {LARGEST >> 20} MiB"
        if not unpacker.eof:
            return bytes(plain), "it is cut off"
        body = unpacker.unused_data.lstrip(b"\0")
    return bytes(plain), None
