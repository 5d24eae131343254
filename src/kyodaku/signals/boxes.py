# SPDX-License-Identifier: Apache-2.0
"""Where a media file keeps what it says of itself: its packets of XMP, and whether it carries C2PA.

A few reads a file, whatever its size: only the heads of boxes, chunks and segments are looked at. ISO base media (MP4,
MOV, HEIF, AVIF), JPEG, PNG, RIFF (WebP, AVI, WAV). Matroska and WebM have no place for either: a sidecar speaks.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final, TypeAlias

__all__ = ["MAX_XMP", "Inside", "Packet", "look_inside"]

MAX_XMP: Final = 4 << 20
"""Of one packet; the largest that editing programs write are histories of a few hundred kilobytes."""
_MOST_PARTS: Final = 100_000
"""Boxes, chunks and segments in all: an hour in fragments of a tenth of a second has 72,000."""
_MOST_PACKETS: Final = 16
_MOST_HELD: Final = 8 << 20
"""Bytes of all long packets in a JPEG while their pieces are gathered."""

_XMP_UUID: Final = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_XMP_ITEM: Final = b"application/rdf+xml"
_C2PA_UUID: Final = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_XMP: Final = b"XML:com.adobe.xmp\0"
_PNG_OTHER: Final = (_PNG_XMP, b"Raw profile type xmp\0")
"""The second is ImageMagick's."""
_JPEG_XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"
_JPEG_MORE: Final = b"http://ns.adobe.com/xmp/extension/\0"


@dataclass(frozen=True, kw_only=True, slots=True)
class Packet:
    """A packet of XMP, and the byte of the file at which it stands."""

    data: bytes
    at: int
    where: str


_Piece: TypeAlias = tuple[int, int, bytes, int]
"""Of a long packet in a JPEG: offset in it, its whole length, the piece, the byte of the file."""


class _Pieces(dict[bytes, list[_Piece]]):
    """By the packet's digest; `held` are the bytes of all."""

    held = 0


@dataclass(kw_only=True, slots=True)
class Inside:
    """What was found: packets, the byte at which C2PA begins, and why not all could be looked at, if so.

    `kind` is the media type of the container, None for one that is not known.
    """

    kind: str | None = None
    packets: list[Packet] = field(default_factory=list)
    c2pa_at: int | None = None
    fault: str | None = None
    _looked_at: int = 0

    def look_at_one_more(self) -> None:
        """Count a box, chunk or segment; raises when there are too many, however they are nested."""
        self._looked_at += 1
        if self._looked_at > _MOST_PARTS:
            raise _Fault(f"more than {_MOST_PARTS:,} parts")

    @property
    def is_silent(self) -> bool:
        """Whether there is nothing to read and nothing hidden."""
        return not self.packets and self.c2pa_at is None and self.fault is None


class _Fault(Exception):  # noqa: N818 - a fault of the file, told in one line
    """Why not all of the file could be looked at."""


def look_inside(file: BinaryIO) -> Inside:
    """Look at a seekable file from its beginning; never raises for what it holds."""
    found = Inside()
    try:
        size = file.seek(0, 2)
        file.seek(0)
        walk, found.kind = _walk(file, size)
        if walk is not None:
            walk(file, size, found)
    except _Fault as fault:
        found.fault = str(fault)
    except OSError as error:
        found.fault = f"it cannot be read: {error.strerror}"
    return found


def _walk(file: BinaryIO, size: int) -> tuple[Callable[[BinaryIO, int, Inside], None] | None, str | None]:
    head = file.read(16)
    if head.startswith(b"\xff\xd8"):
        return _jpeg, "image/jpeg"
    if head.startswith(_PNG):
        return _png, "image/png"
    if head[:4] == b"RIFF" and head[8:12] in _RIFF:
        return _riff, _RIFF[head[8:12]]
    if _is_iso(file, size):
        return _iso, _BRANDS.get(head[8:12] if head[4:8] == b"ftyp" else b"", "video/mp4")
    return None, None


_RIFF: Final = {b"WEBP": "image/webp", b"AVI ": "video/avi", b"WAVE": "audio/wav"}
_BRANDS: Final = {
    b"qt  ": "video/quicktime",
    b"heic": "image/heic",
    b"mif1": "image/heif",
    b"avif": "image/avif",
    b"M4A ": "audio/mp4",
}


# --- ISO base media ---------------------------------------------------------------------------------------------------
_ISO_KINDS: Final = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"wide", b"skip", b"pnot", b"uuid"})
_MOST_BEFORE: Final = 100
"""Boxes of other kinds before the first of these (segments begin with `styp`, `sidx` or `moof`); players pass over
any, so that one put before the rest must not hide it."""


def _is_iso(file: BinaryIO, size: int) -> bool:
    at = 0
    for _ in range(_MOST_BEFORE):
        head = _read(file, at, 16)
        if len(head) < 8:
            return False
        length, kind = struct.unpack(">I4s", head[:8])
        if kind in _ISO_KINDS:
            return True
        if length == 1 and len(head) == 16:
            length = struct.unpack(">Q", head[8:])[0]
        if length < 8 or at + length > size:
            return False
        at += length
    return True


def _iso(file: BinaryIO, size: int, found: Inside) -> None:
    for kind, at, body, end in _boxes(file, 0, size, found):
        if kind == b"uuid":
            _uuid(file, at, body, end, found)
        elif kind == b"moov":
            _in_moov(file, body, end, found)
        elif kind == b"meta":
            _items(file, body, end, at, found)


def _in_moov(file: BinaryIO, body: int, end: int, found: Inside) -> None:
    """QuickTime keeps XMP in the user data of the film."""
    for kind, at, inner, inner_end in _boxes(file, body, end, found):
        if kind == b"uuid":
            _uuid(file, at, inner, inner_end, found)
        elif kind == b"udta":
            for name, place, start, stop in _boxes(file, inner, inner_end, found, is_loose=True):
                if name == b"XMP_":
                    _take(file, start, stop, f"XMP in the user data at byte {place}", found)
        elif kind == b"meta":
            _items(file, inner, inner_end, at, found)
        elif kind == b"cmov":
            found.fault = f"what the film says of itself is packed, at byte {at}"


def _items(file: BinaryIO, body: int, end: int, at: int, found: Inside) -> None:
    """HEIF and AVIF keep XMP as an item of this type (ISO/IEC 23008-12, annex A), which is not read here."""
    if end - body > MAX_XMP or _XMP_ITEM in _read(file, body, end - body):
        found.fault = f"the items at byte {at} hold XMP, or are too many to look for it"


def _uuid(file: BinaryIO, at: int, body: int, end: int, found: Inside) -> None:
    name = _read(file, body, min(16, end - body))
    if name == _XMP_UUID:
        _take(file, body + 16, end, f"XMP in the uuid box at byte {at}", found)
    elif name == _C2PA_UUID and found.c2pa_at is None:
        found.c2pa_at = at


def _boxes(
    file: BinaryIO, at: int, end: int, found: Inside, *, is_loose: bool = False
) -> Iterator[tuple[bytes, int, int, int]]:
    """Kind, place, body and end of each box between two bytes; a list of user data may end with four zeros."""
    while at < end:
        found.look_at_one_more()
        head = _read(file, at, min(16, end - at))
        if len(head) < 8:
            if is_loose and not any(head):
                return
            raise _Fault(f"the box at byte {at} is cut off")
        length, kind = struct.unpack(">I4s", head[:8])
        body = at + 8
        if length == 1 and len(head) == 16:
            length, body = struct.unpack(">Q", head[8:])[0], at + 16
        elif length == 0:
            length = end - at
        if length < body - at or at + length > end:
            raise _Fault(f"the box at byte {at} does not end within the file")
        yield kind, at, body, at + length
        at += length


# --- pictures ---------------------------------------------------------------------------------------------------------
def _jpeg(file: BinaryIO, size: int, found: Inside) -> None:
    at, more = 2, _Pieces()
    while True:
        found.look_at_one_more()
        head = _read(file, at, 4)
        if len(head) < 4 or head[0] != 0xFF:
            raise _Fault(f"the picture's segments break off at byte {at}")
        if head[1] == 0xFF:  # fill
            at += 1
            continue
        if head[1] in (0xD9, 0xDA):  # the end, or the picture itself, after which nothing is said
            break
        if head[1] == 0x01 or 0xD0 <= head[1] <= 0xD7:
            at += 2
            continue
        length = struct.unpack(">H", head[2:])[0]
        if length < 2 or at + 2 + length > size:
            raise _Fault(f"the segment at byte {at} does not end within the file")
        _segment(file, at, length - 2, found, more)
        at += 2 + length
    for parts in more.values():
        _extended(parts, found)


def _segment(file: BinaryIO, at: int, length: int, found: Inside, more: _Pieces) -> None:
    marker = _read(file, at + 1, 1)[0]
    if marker == 0xE1:
        body = _read(file, at + 4, length)
        if body.startswith(_JPEG_XMP):
            _keep(Packet(data=body[len(_JPEG_XMP) :], at=at, where=f"XMP in the segment at byte {at}"), found)
        elif body.startswith(_JPEG_MORE) and len(body) >= len(_JPEG_MORE) + 40:
            rest = body[len(_JPEG_MORE) :]
            total, offset = struct.unpack(">II", rest[32:40])
            more.held += len(rest)
            if more.held > _MOST_HELD:
                raise _Fault(f"more than {_MOST_HELD >> 20} MiB of long packets of XMP")
            more.setdefault(rest[:32], []).append((offset, total, rest[40:], at))
    elif marker == 0xEB and found.c2pa_at is None and _read(file, at + 4, 2) == b"JP":
        found.c2pa_at = at


def _extended(parts: list[_Piece], found: Inside) -> None:
    """A long packet, told in pieces: whole, or not known."""
    total = parts[0][1]
    if total > MAX_XMP:
        raise _Fault(f"a packet of XMP of {total:,} bytes")
    whole, reached = bytearray(), 0
    for offset, said, data, _ in sorted(parts):
        if offset != reached or said != total:
            raise _Fault("pieces of a long packet of XMP are missing")
        whole += data
        reached += len(data)
    if reached != total:
        raise _Fault("pieces of a long packet of XMP are missing")
    at = parts[0][3]
    _keep(Packet(data=bytes(whole), at=at, where=f"XMP in segments from byte {at}"), found)


def _png(file: BinaryIO, size: int, found: Inside) -> None:
    at = len(_PNG)
    while True:
        found.look_at_one_more()
        head = _read(file, at, 8)
        if len(head) < 8:
            raise _Fault(f"the picture's chunks break off at byte {at}")
        length, kind = struct.unpack(">I4s", head)
        if at + 12 + length > size:
            raise _Fault(f"the chunk at byte {at} does not end within the file")
        if kind == b"iTXt":
            _international_text(file, at, length, found)
        elif kind in (b"tEXt", b"zTXt") and _read(file, at + 8, min(length, 32)).startswith(_PNG_OTHER):
            found.fault = f"the text at byte {at} holds XMP in a form that is not read"
        elif kind == b"caBX" and found.c2pa_at is None:
            found.c2pa_at = at
        elif kind == b"IEND":
            return
        at += 12 + length


def _international_text(file: BinaryIO, at: int, length: int, found: Inside) -> None:
    if _read(file, at + 8, min(length, len(_PNG_XMP))) != _PNG_XMP:
        return
    if length > MAX_XMP:
        raise _Fault(f"a packet of XMP of {length:,} bytes")
    body = _read(file, at + 8, length)[len(_PNG_XMP) :]
    packed = body[:1] == b"\x01"
    parts = body[2:].split(b"\0", 2)  # language, translated keyword, text
    if len(parts) < 3:
        raise _Fault(f"the text at byte {at} is cut off")
    text = _inflated(parts[2], at) if packed else parts[2]
    _keep(Packet(data=text, at=at, where=f"XMP in the chunk at byte {at}"), found)


def _inflated(data: bytes, at: int) -> bytes:
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(data, MAX_XMP)
    except zlib.error:
        raise _Fault(f"the text at byte {at} cannot be unpacked") from None
    if not inflater.eof:
        raise _Fault(f"the text at byte {at} does not end, or is too long")
    return text


def _riff(file: BinaryIO, size: int, found: Inside) -> None:
    at = 12
    while at + 8 <= size:
        found.look_at_one_more()
        kind, length = struct.unpack("<4sI", _read(file, at, 8))
        if at + 8 + length > size:
            raise _Fault(f"the chunk at byte {at} does not end within the file")
        if kind in (b"XMP ", b"_PMX"):
            _take(file, at + 8, at + 8 + length, f"XMP in the chunk at byte {at}", found)
        elif kind == b"C2PA" and found.c2pa_at is None:
            found.c2pa_at = at
        at += 8 + length + length % 2


# --- all --------------------------------------------------------------------------------------------------------------
def _take(file: BinaryIO, start: int, end: int, where: str, found: Inside) -> None:
    if end - start > MAX_XMP:
        raise _Fault(f"a packet of XMP of {end - start:,} bytes")
    _keep(Packet(data=_read(file, start, end - start), at=start, where=where), found)


def _keep(packet: Packet, found: Inside) -> None:
    if len(found.packets) >= _MOST_PACKETS:
        raise _Fault(f"more than {_MOST_PACKETS} packets of XMP")
    found.packets.append(packet)


def _read(file: BinaryIO, at: int, length: int) -> bytes:
    file.seek(at)
    return file.read(length)
