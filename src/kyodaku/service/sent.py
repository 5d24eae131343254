# SPDX-License-Identifier: Apache-2.0
"""Files that came with a request: read in pieces, and kept under names of ours until they are examined."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

from starlette.datastructures import UploadFile

from kyodaku.generation.folders import Folders

__all__ = ["SENT", "keep_sent", "sha256_of"]

SENT: Final = ".sent"
"""What has this suffix is as it was sent, and is never handed on."""
_PIECE: Final = 1 << 20


def keep_sent(folders: Folders, job_id: str, name: str, file: UploadFile | bytes) -> Path:
    """Keep what was sent in a job's folder."""
    return folders.take_in(job_id, f"{name}{SENT}", _pieces(file))


def sha256_of(file: UploadFile | bytes) -> str:
    """The hash of what was sent, in hex."""
    digest = sha256()
    for piece in _pieces(file):
        digest.update(piece)
    return digest.hexdigest()


def _pieces(file: UploadFile | bytes) -> Iterator[bytes]:
    if isinstance(file, bytes):
        yield file
        return
    file.file.seek(0)
    while piece := file.file.read(_PIECE):
        yield piece
