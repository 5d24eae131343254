# SPDX-License-Identifier: Apache-2.0
"""Each job's folder: what was sent, the video while it is held, and the video once it may be shown.

Only `video.mp4` is ever sent to a caller, and only `release` makes one.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterable
from hashlib import file_digest
from pathlib import Path
from typing import Final

from kyodaku.errors import KyodakuError, UsageError

__all__ = ["Folders"]

_ID: Final = re.compile(r"[a-z]+_[0-9a-f]{32}")
_HELD, _SHOWN, _STAMPED = "held.mp4", "video.mp4", "stamped.mp4"
_DRAWN: Final = (".png", ".mp4")
_STRAY_S: Final = 24 * 3600.0
"""So old is no folder that is only just being filled."""


class Folders:
    """The folders of all jobs under one `root`, which only the service's user may read."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def of(self, job_id: str) -> Path:
        """The job's folder, made if need be; UsageError for what is no job's id."""
        folder = self._path(job_id)
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def held(self, job_id: str) -> Path:
        """Where the video waits for its check."""
        return self.of(job_id) / _HELD

    def unsent(self, job_id: str) -> Path | None:
        """The video of a job that is not completed: held, or released by a worker that died before it could say so."""
        return next((path for path in (self.held(job_id), self.shown(job_id)) if path.is_file()), None)

    def shown(self, job_id: str) -> Path:
        """The video that may be sent; there is a file only after `release`."""
        return self._path(job_id) / _SHOWN

    def drawn(self, job_id: str) -> list[Path]:
        """The references that were drawn anew (`redrawing`)."""
        return [path for path in sorted(self._path(job_id).glob("*.*")) if path.suffix in _DRAWN]

    def part(self, job_id: str, worker: str) -> Path:
        """Where a worker writes what it fetches: into a file of its own, which no other writes on in.

        What an earlier try left is deleted.
        """
        folder = self.of(job_id)
        for left in folder.glob("*.part"):
            left.unlink(missing_ok=True)
        return folder / f"{worker}.part"

    def take_in(self, job_id: str, name: str, pieces: Iterable[bytes]) -> Path:
        """Keep what was sent, under a name of ours."""
        path = self.of(job_id) / name
        with path.open("xb") as file:
            for piece in pieces:
                file.write(piece)
        return path

    def release(self, job_id: str, checked: Path) -> None:
        """From now on this file, which was checked, may be sent."""
        checked.replace(self.shown(job_id))
        if checked.name != _HELD:
            self.held(job_id).unlink(missing_ok=True)
        descriptor = os.open(self._path(job_id), os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def drop(self, job_id: str) -> None:
        """Delete a video that may not be shown; its hash is what remains, in the job's record."""
        folder = self.of(job_id)
        for path in (folder / _HELD, folder / _SHOWN, folder / _STAMPED, *folder.glob("*.part")):
            path.unlink(missing_ok=True)

    def remove(self, job_id: str) -> None:
        """Delete all that there is of the job."""
        shutil.rmtree(self._path(job_id), ignore_errors=True)

    def sha256(self, job_id: str) -> str:
        """The hash of the video that may be sent; KyodakuError when it is gone or cannot be read."""
        return self.sha256_of(self.shown(job_id))

    @staticmethod
    def sha256_of(video: Path) -> str:
        """The hash of a video; KyodakuError when it is gone or cannot be read."""
        try:
            with video.open("rb") as file:
                return file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise KyodakuError(f"a video cannot be read: {error.strerror}", where=video.parent.name) from error

    def sweep(self, is_known: Callable[[str], bool]) -> int:
        """Delete folders a day old of which `is_known` says that no job or character has them; how many there were.

        They are of requests and deletions in the middle of which a process was killed.
        """
        before = time.time() - _STRAY_S
        known = [path.name for path in self.root.iterdir() if _ID.fullmatch(path.name)]
        strays = [each for each in known if self._path(each).stat().st_mtime < before and not is_known(each)]
        for each in strays:
            self.remove(each)
        return len(strays)

    def _path(self, job_id: str) -> Path:
        if not _ID.fullmatch(job_id):
            raise UsageError(f"{job_id[:80]!r} is no job's id")
        return self.root / job_id
