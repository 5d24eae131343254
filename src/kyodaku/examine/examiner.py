# SPDX-License-Identifier: Apache-2.0
"""The way of a clip: bytes to frames to descriptors to matches, once, in this order."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import stat
from types import TracebackType
from typing import Any, Self

from kyodaku.copies import Fingerprint, QueryFingerprint, ReferenceIndex, fingerprint, query_fingerprint
from kyodaku.errors import UsageError
from kyodaku.examine.findings import Findings, WorkMatch
from kyodaku.media import Decoder, Limits, MediaError, MediaInfo, Sampled, Sampling
from kyodaku.registry import Snapshot

__all__ = ["SAMPLES_PER_SECOND", "Examiner", "file_state", "matcher_id", "require_references", "sha256_of"]

SAMPLES_PER_SECOND = 2.0
"""How often a medium is looked at, references and queries alike. At 2 a second the nearest reference frame is never
more than a quarter of a second away, within which real films rarely change; see docs/benchmarks.md."""


_TOO_MANY = "too_large: more references resemble this than can be compared with it; what is listed may not be all"


class Examiner:
    """Examines media against one snapshot, through one sandboxed decoder; use it as a context manager."""

    def __init__(self, snapshot: Snapshot | None = None, *, limits: Limits | None = None) -> None:
        self._snapshot = snapshot
        self._decoder = Decoder(limits or Limits())
        self._sampling = Sampling(mode="interval", fps=SAMPLES_PER_SECOND)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def examine(self, path: str | os.PathLike[str]) -> Findings:
        """What `path` is and which registered works it shows; never raises for what the medium is."""
        before = file_state(path)
        query, sampled = self._describe_query(path)
        matches, fault = self._search(query) if sampled.frames else (None, None)
        sha256 = sha256_of(path)
        if before != file_state(path):
            return Findings.failed("corrupt: the file changed while it was examined")
        return Findings(
            matches=matches,
            error=_fault(sampled) or fault,
            sha256=sha256,
            duration_s=round(sampled.duration_s, 3) if sampled.info else None,
            frames=sampled.frames,
            skipped_packets=sampled.skipped_packets,
            truncated=sampled.truncated,
            file=before,
            media=_as_record(sampled.info),
        )

    def fingerprint(self, path: str | os.PathLike[str]) -> tuple[Fingerprint | MediaError, Sampled]:
        """The reference fingerprint of `path`, or why there is none; a medium read only in part gives the error."""
        stream = self._decoder.sample(path, self._sampling)
        made = fingerprint((frame.time_s, frame.pixels) for frame in stream)
        sampled = stream.result
        if sampled.error is not None:
            return sampled.error, sampled
        return dataclasses.replace(made, duration_s=max(made.duration_s, sampled.duration_s)), sampled

    def close(self) -> None:
        """Ends the decoder's process."""
        self._decoder.close()

    def _describe_query(self, path: str | os.PathLike[str]) -> tuple[QueryFingerprint, Sampled]:
        stream = self._decoder.sample(path, self._sampling)
        query = query_fingerprint((frame.time_s, frame.pixels) for frame in stream)
        return query, stream.result

    def _search(self, query: QueryFingerprint) -> tuple[tuple[WorkMatch, ...], str | None]:
        """Matches, and why they may not be all of them."""
        if self._snapshot is None:
            return (), None
        references, works = self._snapshot.references, self._snapshot.reference_works
        found = references.find(query)
        matches = tuple(
            WorkMatch.of(match, works[match.reference], references.calibration.band(match.score))
            for match in found.matches
        )
        return matches, None if found.complete else _TOO_MANY


def require_references(snapshot: Snapshot) -> None:
    """Raises `UsageError` for a snapshot in which nothing could be recognised: everything would look like nobody's."""
    if not snapshot.reference_works:
        hint = "register some: kyodaku reference add WORK MEDIA"
        raise UsageError("no reference is registered, so no work could be recognised", hint=hint)


def matcher_id(references: ReferenceIndex) -> str:
    """Names how media are matched: whatever changes a match changes this."""
    used = references.calibration
    digest = hashlib.sha256(used.to_json().encode()).hexdigest()[:16]
    return f"{used.descriptor} sampled {SAMPLES_PER_SECOND}/s, match {used.match}, review {used.review}, {digest}"


def file_state(path: str | os.PathLike[str]) -> tuple[int, int, int] | None:
    """Size, time of change in nanoseconds and inode of a file; None when there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116 - a name may be no text
    except (OSError, ValueError):
        return None
    return status.st_size, status.st_mtime_ns, status.st_ino


def sha256_of(path: str | os.PathLike[str]) -> str | None:
    """The hash of a regular file's bytes as lower-case hex; None when it cannot be read."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # non-blocking: a FIFO must not hold us
    except (OSError, ValueError):
        return None
    try:
        return _digest(handle) if stat.S_ISREG(os.fstat(handle).st_mode) else None
    except OSError:
        return None
    finally:
        os.close(handle)


def _digest(handle: int) -> str:
    with os.fdopen(handle, "rb", closefd=False) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fault(sampled: Sampled) -> str | None:
    """Why the medium was not examined as a whole; None when it was."""
    if sampled.error is not None:
        return str(sampled.error)
    streams = sampled.info.video_streams if sampled.info else 1
    if streams > 1:  # what nobody looked at is unknown, and a trainer may read any of them
        return f"unsupported: the file holds {streams} films and only the first was examined; split it"
    return None


def _as_record(info: MediaInfo | None) -> dict[str, Any] | None:
    return None if info is None else dataclasses.asdict(info)
