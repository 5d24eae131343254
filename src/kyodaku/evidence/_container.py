# SPDX-License-Identifier: Apache-2.0
"""The file of a pack: a zip that every tool opens, and that has one spelling.

Stored, not compressed (what a compressor writes changes with its version), in the order of the names, without dates. So
a reader writes again what it read and compares: a bit that was flipped anywhere, also where no tool looks, shows.
"""

from __future__ import annotations

import io
import os
import re
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from kyodaku.errors import IntegrityError, KyodakuError, UsageError
from kyodaku.ledger import write_atomically

__all__ = ["MAX_BYTES", "MAX_FILES", "packed", "read_pack", "unpacked", "write_pack"]

MAX_BYTES: Final = 1 << 30
"""A pack is read whole before anything in it is believed; 1 GiB holds some 300,000 decisions."""
MAX_FILES: Final = 10_000
"""A few for each run that is told of."""
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}(?:/[a-z0-9][a-z0-9._-]{0,99}){0,3}")
"""Relative, in small letters: the same file on every file system, and none outside the folder it is unpacked to."""
_DATE: Final = (1980, 1, 1, 0, 0, 0)
_MODE: Final = 0o644 << 16
_UNIX: Final = 3
_END: Final = struct.Struct("<4s8xL6x")
"""The end of a zip without a comment: its signature, and how long the list of files before it is."""
_LONGEST_PLACE: Final = 46 + 403
"""Bytes of that list for one file: what is said of it, and the longest name."""


def packed(files: Mapping[str, bytes]) -> bytes:
    """The zip of these files; ValueError for a name that a pack may not hold."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} cannot be in a pack")
            place = zipfile.ZipInfo(name, _DATE)
            place.create_system, place.external_attr = _UNIX, _MODE
            archive.writestr(place, files[name])
    return made.getvalue()


def unpacked(content: bytes) -> dict[str, bytes]:
    """The files of a pack by name; IntegrityError unless `packed` would write the same."""
    try:
        _require_small_directory(content)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            places = archive.infolist()
            _require_plain(places, len(content))
            files = {place.filename: archive.read(place) for place in places}
        if packed(files) == content:
            return files
    except (zipfile.BadZipFile, ValueError, EOFError, OSError, RuntimeError, LookupError, OverflowError, struct.error):
        pass
    raise IntegrityError("this is not a pack as it was written: it was altered, or cut short")


def read_pack(path: Path) -> dict[str, bytes]:
    """The files of the pack at `path`; `UsageError` when there is none, IntegrityError when it is none."""
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for without end
            raise UsageError("the pack is no plain file", where=str(path))
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size > MAX_BYTES:
                raise IntegrityError(f"a pack has at most {MAX_BYTES:,} bytes", where=str(path))
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"the pack cannot be read: {error.strerror}", where=str(path)) from None
    try:
        return unpacked(content)
    except IntegrityError as error:
        raise IntegrityError(error.what, where=str(path)) from None


def write_pack(path: Path, files: Mapping[str, bytes]) -> int:
    """Write the pack, whole or not at all, and return how many bytes it has."""
    if sum(map(len, files.values())) > MAX_BYTES - (1 << 20) or len(files) > MAX_FILES:
        hint = "prove a decision, or fewer runs"
        raise KyodakuError(f"the pack would have more than {MAX_BYTES:,} bytes", where=str(path), hint=hint)
    content = packed(files)
    try:
        write_atomically(path, content)
    except OSError as error:
        raise KyodakuError(f"the pack could not be written: {error.strerror}", where=str(path)) from None
    return len(content)


def _require_small_directory(content: bytes) -> None:
    """The list of files stands at the end, with its own length; each file in it would take 500 bytes of memory."""
    signature, length = _END.unpack(content[-_END.size :])
    if signature != b"PK\x05\x06" or length > MAX_FILES * _LONGEST_PLACE or content[-42:-38] == b"PK\x06\x07":
        raise ValueError  # the last: a list for more files than this, elsewhere


def _require_plain(places: list[zipfile.ZipInfo], size: int) -> None:
    """Nothing that would unpack to more than is there, or under another name."""
    stored = all(
        place.compress_type == zipfile.ZIP_STORED and place.compress_size == place.file_size for place in places
    )
    named = all(_NAME.fullmatch(place.filename) for place in places)
    if not stored or not named or len(places) > MAX_FILES or sum(place.file_size for place in places) > size:
        raise ValueError
