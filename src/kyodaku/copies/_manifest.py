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

__all__ = ["SEGMENTS", "Listed", "Manifest", "read_manifest", "write_manifest"]

FORMAT: Final = "kyodaku-index"
VERSION: Final = 1
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
    if (body.pop("format", None), body.pop("version", None)) != (FORMAT, VERSION):
        raise IntegrityError("written by another version of Kyodaku", where=str(path), hint="update Kyodaku")
    listed = tuple(Listed(**{**segment, "removed": tuple(segment["removed"])}) for segment in body.pop("segments"))
    return Manifest(segments=listed, **body)


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(_files.canonical(body)).hexdigest()
