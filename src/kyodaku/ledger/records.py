# SPDX-License-Identifier: Apache-2.0
"""What an entry says: canonical JSON (RFC 8785) with the hash of what happened, never its contents."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import file_digest, sha256
from json.encoder import encode_basestring
from pathlib import Path
from secrets import token_bytes
from typing import Any, Final

import rfc8785

from kyodaku.errors import IntegrityError

__all__ = ["SALT_BYTES", "commitment", "file_sha256", "instant", "new_salt", "parse_record", "record"]

SALT_BYTES: Final = 16
"""128 bits, as many as it takes that no salt is ever guessed or met twice."""
_COMMITMENT: Final = b"kyodaku commitment v1\n"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_REQUIRED = ("sha256", "subject", "time", "type")


def record(kind: str, /, *, time: datetime, subject: str, sha256: str, **more: str | int | bool | None) -> bytes:
    """An entry of type `kind`: at `time` (timezone-aware), about `subject` (an id), contents hashing to `sha256` (hex).

    `more` holds further metadata. Whatever law may one day have erased (names, texts, terms) stays out: a log forgets
    nothing. Raises ValueError for a naive time or a malformed hash.
    """
    if time.tzinfo is None:
        raise ValueError("a time without a time zone is ambiguous")
    if not _SHA256.fullmatch(sha256):
        raise ValueError(f"{sha256!r} is not a SHA-256 in lower-case hex")
    return _canonical({**more, "type": kind, "time": instant(time), "subject": subject, "sha256": sha256})


def parse_record(entry: bytes) -> Mapping[str, Any]:
    """Read an entry; IntegrityError unless it is canonical JSON with the four fields that every record has."""
    try:
        fields = json.loads(entry)
        if (
            isinstance(fields, dict)
            and all(isinstance(fields.get(name), str) for name in _REQUIRED)
            and _canonical(fields) == entry
        ):
            return fields
    except (ValueError, RecursionError):
        pass
    raise IntegrityError("this entry is not a record: expected canonical JSON with type, time, subject and sha256")


def commitment(contents: bytes, salt: bytes) -> str:
    """What an entry may say of contents that can be guessed: their salted hash, in hex.

    It binds to the contents as a hash does. Without the salt nobody can try whether it is that of "Taro Yamada"; so
    once contents and salt are erased, what is left in the log tells nothing.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes")
    return sha256(_COMMITMENT + salt + contents).hexdigest()


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's contents, in lower-case hex, as records and attestations name it."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def new_salt() -> bytes:
    """A salt that nobody can guess."""
    return token_bytes(SALT_BYTES)


@lru_cache(maxsize=100)
def instant(time: datetime) -> str:
    """RFC 3339 in UTC; fractions of a second only where there are any."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _canonical(fields: Mapping[str, Any]) -> bytes:
    """RFC 8785; of text alone, of which most entries are made, in a tenth of the time."""
    try:
        return f"{{{','.join([label + encode_basestring(fields[name]) for name, label in _labels(*fields)])}}}".encode()
    except TypeError:  # a field that is no text
        return rfc8785.dumps(dict(fields))


@lru_cache(maxsize=100)
def _labels(*names: str) -> tuple[tuple[str, str], ...]:
    """The names in the order of RFC 8785, that of UTF-16, each as it is written."""
    ordered = sorted(names, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    return tuple((name, f"{encode_basestring(name)}:") for name in ordered)
