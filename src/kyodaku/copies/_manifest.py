# SPDX-License-Identifier: Apache-2.0
"""The manifest: which segments make up an index, swapped in one step.

DIR/manifest.json      this file
DIR/segments/NAME/     see `kyodaku.copies._segment`
DIR/lock               held by the one process that writes
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from kyodaku.copies import _files
from kyodaku.errors import IntegrityError, KyodakuError

__all__ = ["SEGMENTS", "Listed", "Manifest", "check_content", "read_manifest", "write_manifest"]

FORMAT: Final = "kyodaku-index"
VERSION: Final = 2
_READ: Final = (1, 2)
SEGMENTS: Final = "segments"
FILE: Final = "manifest.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """A segment as the manifest knows it."""

    name: str
    sha256: str
    codes: int
    references: int
    removed: tuple[int, ...] = ()
    """Numbers, in the segment, of references that are no longer part of the index."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """The state of an index: it is what its manifest says, whatever else lies in the directory."""

    descriptor: str
    minimum_quality: int
    """Frames below it were not taken into the segments."""
    content: str = ""
    """What the descriptor's codes come of (`kyodaku.copies.descriptor.content_of`); empty in an index of version 1."""
    segments: tuple[Listed, ...] = ()


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Make this the state of the index."""
    body = {"format": FORMAT, "version": VERSION, **asdict(manifest)}
    body["sha256"] = _digest(body)
    _files.replace_file(directory / FILE, _files.canonical(body) + b"\n")


def read_manifest(directory: Path) -> Manifest:
    """The state of the index; `KyodakuError` when there is none, `IntegrityError` when it was altered."""
    path = directory / FILE
    if not path.is_file():
        raise KyodakuError("there is no index of references here", where=str(directory))
    body = _files.read_json(path)
    if not isinstance(body, dict) or body.pop("sha256", None) != _digest(body):
        raise IntegrityError("was altered: its hash does not agree", where=str(path))
    if body.pop("format", None) != FORMAT or body.pop("version", None) not in _READ:
        raise IntegrityError("written by another version of Kyodaku", where=str(path), hint="update Kyodaku")
    listed = tuple(Listed(**{**segment, "removed": tuple(segment["removed"])}) for segment in body.pop("segments"))
    return Manifest(segments=listed, **body)


def check_content(directory: Path, manifest: Manifest, content: str) -> None:
    """`IntegrityError` when an index's codes come of something else than its descriptor's name stands for here."""
    if manifest.content and content and manifest.content != content:
        raise IntegrityError(
            f"its codes were made with another {manifest.descriptor} ({manifest.content[:16]}) "
            f"than the one here ({content[:16]})",
            where=str(directory),
            hint="fingerprint its references again, or use the weights they were made with",
        )


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(_files.canonical(body)).hexdigest()
