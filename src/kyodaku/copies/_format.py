# SPDX-License-Identifier: Apache-2.0
"""The bytes of a fingerprint file; `docs/fingerprint-file.md` documents every one of them.

A reader of files from strangers: lengths are checked before anything is allocated, what is unpacked is bounded by
what the header says and by the limits below, and whatever is off becomes one sentence.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from kyodaku.errors import IntegrityError, KyodakuError

__all__ = [
    "CONTENT",
    "LONGEST_S",
    "MAX_FILE_BYTES",
    "MAX_FRAMES",
    "content_bytes",
    "duration_from",
    "is_content",
    "microseconds",
    "pack",
    "read_file",
    "rounded",
    "unpack",
    "write_file",
]

T = TypeVar("T")
Arrays: TypeAlias = Mapping[str, NDArray[Any]]
Header: TypeAlias = dict[str, Any]

MAGIC: Final = b"\x89KYF\r\n\x1a\n"
"""Like PNG's: a high byte and both line ends, so that a transfer as text is noticed at once."""
VERSION: Final = 2
"""2 is 1 with a header that may say what the codes come of (`content`). What does not say it is written as 1: the same
bytes, and under the same name, as ever."""
_PLAIN: Final = 1
CONTENT: Final = "content"

MAX_FRAMES: Final = 500_000
"""Nearly three days at 2 frames a second; with the widest code 128 MB, the most that reading a file can ask for."""
MAX_FILE_BYTES: Final = 256 * 1024 * 1024
MAX_HEADER_BYTES: Final = 1024 * 1024
MAX_ARRAYS: Final = 64
MAX_ROW_BYTES: Final = 256
"""A frame's part of one array: a code of 2,048 bits, or 256 numbers of its finer form."""

_PREFIX: Final = struct.Struct("<8sHHI32s")
_DTYPES: Final = frozenset({"|u1", "<f4"})
_LEVEL: Final = 6

_DIGITS: Final = 64
_MICROSECONDS: Final = 1_000_000
LONGEST_S: Final = 1_000_000.0
"""Eleven days; beyond it a time is a mistake."""


def write_file(path: Path, data: bytes) -> None:
    """Write a fingerprint's bytes; an existing file is replaced."""
    try:
        path.write_bytes(data)
    except OSError as error:
        raise KyodakuError(f"the fingerprint cannot be written: {error.strerror}", where=str(path)) from None


def read_file(path: Path, parse: Callable[[bytes], T]) -> T:
    """What `parse` makes of a file's bytes; every error names the file."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise KyodakuError(f"the fingerprint cannot be read: {error.strerror}", where=str(path)) from None
    if len(data) > MAX_FILE_BYTES:
        raise KyodakuError("this file is too large to be a fingerprint", where=str(path))
    try:
        return parse(data)
    except KyodakuError as error:
        raise type(error)(error.what, where=str(path), hint=error.hint) from None


def rounded(duration_s: float) -> float:
    """A duration as it will be read back."""
    return microseconds(duration_s) / _MICROSECONDS


def microseconds(duration_s: float) -> int:
    """A duration as headers have it."""
    return round(duration_s * _MICROSECONDS)


def duration_from(header: Mapping[str, Any]) -> float | None:
    """The seconds that a header says; None where it says nothing that could be a duration."""
    duration = header.get("duration_us")
    if type(duration) is not int or not 0 <= duration <= LONGEST_S * _MICROSECONDS:
        return None
    return duration / _MICROSECONDS


def is_content(said: object) -> bool:
    """Whether this may be what a header says that codes come of: a SHA-256 in lower-case hex, or nothing."""
    return isinstance(said, str) and len(said) in {0, _DIGITS} and set(said) <= set("0123456789abcdef")


def content_bytes(header: Header, arrays: Arrays) -> bytes:
    """What a fingerprint's digest is taken over: the header without storage details, then the plain arrays by name."""
    plain = _json({**header, "arrays": [_shape_of(name, arrays[name]) for name in sorted(arrays)]})
    return b"".join([struct.pack("<I", len(plain)), plain, *(_plain(arrays[name]) for name in sorted(arrays))])


def pack(header: Header, arrays: Arrays) -> bytes:
    """A whole file; equal content gives equal bytes with the same zlib."""
    packed = {name: zlib.compress(_filtered(array), _LEVEL) for name, array in arrays.items()}
    listed = [{**_shape_of(name, arrays[name]), "bytes": len(packed[name])} for name in sorted(arrays)]
    head = _json({**header, "arrays": listed})
    body = b"".join([head, *(packed[name] for name in sorted(arrays))])
    version = VERSION if CONTENT in header else _PLAIN
    return _PREFIX.pack(MAGIC, version, 0, len(head), hashlib.sha256(body).digest()) + body


def unpack(data: bytes, wanted: Sequence[str], optional: Sequence[str] = ()) -> tuple[Header, dict[str, NDArray[Any]]]:
    """The header and the wanted arrays; others are skipped unread, so that later versions may add some."""
    length = _checked_prefix(data)
    header = _checked_header(data[_PREFIX.size : _PREFIX.size + length])
    arrays: dict[str, NDArray[Any]] = {}
    at = _PREFIX.size + length
    for entry in header.pop("arrays"):
        stored = data[at : at + entry["bytes"]]
        at += entry["bytes"]
        if entry["name"] in wanted or entry["name"] in optional:
            arrays[entry["name"]] = _restored(stored, entry)
    if at != len(data):
        raise KyodakuError("this fingerprint's lengths do not add up to its size")
    missing = sorted(set(wanted) - set(arrays))
    if missing:
        raise KyodakuError(f"this fingerprint lacks {missing[0]!r}")
    return header, arrays


def _json(document: Header) -> bytes:
    """Canonical JSON: only text and whole numbers occur, for which sorted keys and no blanks are RFC 8785."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def _shape_of(name: str, array: NDArray[Any]) -> Header:
    return {"name": name, "dtype": array.dtype.newbyteorder("<").str, "shape": list(array.shape)}


def _plain(array: NDArray[Any]) -> bytes:
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).tobytes()


def _filtered(array: NDArray[Any]) -> bytes:
    """Each row xor the row before, then all first bytes, all second bytes, ...: still scenes become runs of zeros."""
    rows = _rows(_plain(array), len(array))
    rows[1:] ^= rows[:-1].copy()
    return np.ascontiguousarray(rows.T).tobytes()


def _rows(plain: bytes, count: int) -> NDArray[np.uint8]:
    return np.frombuffer(plain, dtype=np.uint8).reshape(count, -1 if count else 0).copy()


def _checked_prefix(data: bytes) -> int:
    """The header's length, once magic, version, size and hash agree."""
    if not data.startswith(MAGIC):
        raise KyodakuError("this is not a Kyodaku fingerprint")
    if len(data) < _PREFIX.size:
        raise KyodakuError("this fingerprint is cut off in its first bytes")
    _, version, reserved, length, digest = _PREFIX.unpack_from(data)
    if version not in (_PLAIN, VERSION) or reserved != 0:
        what = f"this fingerprint has format {version}, and only formats {_PLAIN} and {VERSION} can be read"
        raise KyodakuError(what, hint="update Kyodaku")
    if length > MAX_HEADER_BYTES:
        raise KyodakuError("this fingerprint's header is too long to be one")
    if hashlib.sha256(memoryview(data)[_PREFIX.size :]).digest() != digest:
        raise IntegrityError("this fingerprint is truncated or was altered: its hash does not agree")
    return int(length)


def _checked_header(raw: bytes) -> Header:
    try:
        header = json.loads(raw)
    except (ValueError, RecursionError):
        raise KyodakuError("this fingerprint's header is not JSON") from None
    entries = header.get("arrays") if isinstance(header, dict) else None
    if not isinstance(entries, list) or len(entries) > MAX_ARRAYS or not all(map(_sound_entry, entries)):
        raise KyodakuError("this fingerprint's list of arrays is not sound")
    assert isinstance(header, dict)
    return header


def _sound_entry(entry: object) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("name"), str)
        and entry.get("dtype") in _DTYPES
        and _sound_shape(entry.get("shape"))
        and _whole(entry.get("bytes"), MAX_FILE_BYTES)
    )


def _sound_shape(shape: object) -> bool:
    return (
        isinstance(shape, list)
        and 1 <= len(shape) <= 2
        and _whole(shape[0], MAX_FRAMES)
        and all(_whole(width, MAX_ROW_BYTES) for width in shape[1:])
    )


def _whole(value: object, most: int) -> bool:
    return type(value) is int and 0 <= value <= most


def _restored(stored: bytes, entry: Header) -> NDArray[Any]:
    dtype, shape = np.dtype(entry["dtype"]), tuple(entry["shape"])
    size = dtype.itemsize * int(np.prod(shape, dtype=np.int64))
    reader = zlib.decompressobj()
    try:
        filtered = reader.decompress(stored, size + 1)
    except zlib.error:
        raise KyodakuError(f"this fingerprint's {entry['name']!r} cannot be unpacked") from None
    if len(filtered) != size or not reader.eof or reader.unused_data or reader.unconsumed_tail:
        raise KyodakuError(f"this fingerprint's {entry['name']!r} has another size than its header says")
    planes = np.frombuffer(filtered, dtype=np.uint8).reshape(size // shape[0] if shape[0] else 0, shape[0])
    rows = np.bitwise_xor.accumulate(np.ascontiguousarray(planes.T), axis=0)
    return rows.reshape(-1).view(dtype).reshape(shape)
