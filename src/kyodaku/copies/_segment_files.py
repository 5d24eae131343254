# SPDX-License-Identifier: Apache-2.0
"""What every kind of segment has in common on disk: a folder that appears whole, named by the hash of its document.

`segment.json` lists each file's size and SHA-256 and each reference's id, duration and fingerprint; what else it says
is up to the kind (`kyodaku.copies._segment`, `kyodaku.copies._sound_segment`).
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from kyodaku.copies import _files
from kyodaku.errors import IntegrityError

__all__ = ["FILE", "StoredEntry", "check_files", "files_of", "published", "read_document", "reference_facts"]

FILE: Final = "segment.json"


class StoredEntry(Protocol):
    """What any segment knows of a reference."""

    @property
    def id(self) -> str:
        """The reference's id."""
        ...

    @property
    def duration_s(self) -> float:
        """How long its medium is."""
        ...

    @property
    def fingerprint(self) -> str:
        """The fingerprint's SHA-256."""
        ...


def published(parent: Path, write: Callable[[Path], Mapping[str, Any]]) -> tuple[str, str]:
    """Let `write` fill a fresh folder and give its document; the name and the document's hash once it is in place.

    Equal content gives equal names, and one that is there already stays.
    """
    fresh = parent / f".new-{secrets.token_hex(8)}"
    fresh.mkdir(parents=True)
    try:
        document = _files.canonical(write(fresh))
        _files.write_synced(fresh / FILE, document)
        _files.sync_directory(fresh)
        sha256 = hashlib.sha256(document).hexdigest()
        if not (parent / sha256[:32]).exists():
            fresh.rename(parent / sha256[:32])
            _files.sync_directory(parent)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return sha256[:32], sha256


def files_of(path: Path) -> dict[str, Any]:
    """The size and hash of every file that was written into a segment's folder."""
    return {
        file.name: {"bytes": file.stat().st_size, "sha256": _files.file_sha256(file)} for file in sorted(path.iterdir())
    }


def reference_facts(entries: Iterable[StoredEntry]) -> list[dict[str, Any]]:
    """The references as the document lists them."""
    return [
        {"id": entry.id, "duration_us": round(entry.duration_s * 1e6), "fingerprint": entry.fingerprint}
        for entry in entries
    ]


def read_document(path: Path, *, sha256: str, expected: Mapping[str, Any]) -> dict[str, Any]:
    """The document of the segment in a folder; `IntegrityError` if it is gone, another, or of another version."""
    file = path / FILE
    try:
        found = _files.file_sha256(file)
    except OSError:
        raise IntegrityError("missing from the index", where=str(file)) from None
    if found != sha256:
        raise IntegrityError("does not agree with the manifest's hash", where=str(file))
    document: dict[str, Any] = _files.read_json(file)
    if any(document.get(name) != value for name, value in expected.items()):
        raise IntegrityError("written by another version of Kyodaku", where=str(file), hint="update Kyodaku")
    return document


def check_files(path: Path, document: Mapping[str, Any], *, verify: bool) -> None:
    """Compare the size of every listed file, and with `verify` its hash; `IntegrityError` names the one that is off."""
    for name, facts in document["files"].items():
        _check_file(path / name, facts, verify=verify)


def _check_file(path: Path, facts: Mapping[str, Any], *, verify: bool) -> None:
    try:
        size = path.stat().st_size
    except OSError:
        raise IntegrityError("missing from the index", where=str(path)) from None
    if size != facts["bytes"]:
        raise IntegrityError(f"has {size} bytes and should have {facts['bytes']}", where=str(path))
    if verify and _files.file_sha256(path) != facts["sha256"]:
        raise IntegrityError("was altered: its hash does not agree", where=str(path))
