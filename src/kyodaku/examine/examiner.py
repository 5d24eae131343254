# SPDX-License-Identifier: Apache-2.0
"""The way of a clip: bytes to frames to descriptors to matches, once, in this order."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from kyodaku.copies import (
    DEFAULT_DESCRIPTOR,
    Descriptor,
    Fingerprint,
    QueryFingerprint,
    ReferenceSet,
    fingerprint,
    get_descriptor,
)
from kyodaku.copies.sound import SoundFingerprint
from kyodaku.errors import UsageError
from kyodaku.examine.findings import Findings, WorkMatch
from kyodaku.examine.hearing import Listened, listen, listen_for_reference
from kyodaku.examine.listening import heard_in, joined
from kyodaku.examine.looking import LOOKS_PER_SECOND, SAMPLES_PER_SECOND, QueryLooker
from kyodaku.examine.signals import SignalReader
from kyodaku.media import Decoder, Heard, Limits, MediaError, MediaInfo, Sampled, Sampling
from kyodaku.registry import Snapshot

__all__ = ["Examiner", "Looked", "file_state", "matcher_id", "require_references", "sha256_of"]

_TOO_MANY = "too_large: more references resemble this than can be compared with it; what is listed may not be all"


@dataclass(frozen=True, kw_only=True, slots=True)
class Looked:
    """What was found in a medium, and the descriptions of it by which it was found: one for each descriptor."""

    findings: Findings
    queries: tuple[QueryFingerprint, ...] = ()
    sounds: tuple[SoundFingerprint, ...] = ()
    """One for each sound track, if there are references of sound to compare it with."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    """Matches, why they may not be all of them, and what nothing could be compared of."""

    matches: tuple[WorkMatch, ...] | None = None
    fault: str | None = None
    unseen: float = 0.0
    parts_omitted: int = 0


class Examiner:
    """Examines media against one snapshot, through one sandboxed decoder; use it as a context manager."""

    def __init__(
        self,
        snapshot: Snapshot | None = None,
        *,
        limits: Limits | None = None,
        signals: SignalReader | None = None,
    ) -> None:
        self._snapshot = snapshot
        self._signals = signals or SignalReader()
        self._decoder = Decoder(limits or Limits())
        self._sampling = Sampling(mode="interval", fps=SAMPLES_PER_SECOND)
        self._closely = Sampling(mode="interval", fps=LOOKS_PER_SECOND)
        names = snapshot.references.descriptors if snapshot else ()
        self._descriptors = [get_descriptor(name) for name in names] or [DEFAULT_DESCRIPTOR]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def examine(self, path: str | os.PathLike[str], claim: Mapping[str, str] | None = None) -> Findings:
        """What `path` is, which registered works it shows and what it says of itself; never raises for what it is.

        `claim` is the manifest's row, whose columns may hold signals and the address that the medium is from.
        """
        return self.look(path, claim).findings

    def look(self, path: str | os.PathLike[str], claim: Mapping[str, str] | None = None) -> Looked:
        """As `examine`, with the descriptions that were searched for: for who has to explain what was found."""
        before = file_state(path)
        queries, sampled = self._describe_query(path)
        listened = self._listen(path, sampled)
        found = self._search(queries, listened) if sampled.frames or listened.tracks else _Found()
        sha256 = sha256_of(path)
        said = self._signals.read(path, claim)
        if before != file_state(path):
            return Looked(findings=Findings.failed("corrupt: the file changed while it was examined"))
        findings = Findings(
            matches=found.matches,
            error=_fault(sampled) or listened.error or found.fault,
            sha256=sha256,
            duration_s=round(sampled.duration_s, 3) if sampled.info else None,
            frames=sampled.frames,
            skipped_packets=sampled.skipped_packets,
            truncated=sampled.truncated,
            unseen=found.unseen if sampled.frames else 0.0,
            parts_omitted=found.parts_omitted,
            sound=listened.hearing,
            file=before,
            media=_as_record(sampled.info),
            signals=said.signals,
            fetched_at=said.fetched_at,
        )
        return Looked(findings=findings, queries=queries, sounds=listened.tracks)

    def fingerprint(
        self, path: str | os.PathLike[str], *, descriptor: Descriptor = DEFAULT_DESCRIPTOR
    ) -> tuple[Fingerprint | MediaError, Sampled]:
        """The reference fingerprint of `path`, or why there is none; a medium read only in part gives the error."""
        stream = self._decoder.sample(path, self._sampling)
        made = fingerprint(((frame.time_s, frame.pixels) for frame in stream), descriptor=descriptor)
        sampled = stream.result
        if sampled.error is not None:
            return sampled.error, sampled
        return dataclasses.replace(made, duration_s=max(made.duration_s, sampled.duration_s)), sampled

    def sound_fingerprints(self, path: str | os.PathLike[str]) -> tuple[tuple[SoundFingerprint, ...], Heard]:
        """The reference fingerprints of the sound tracks of `path`, silent ones aside, and how the listening ended."""
        return listen_for_reference(self._decoder, path)

    def close(self) -> None:
        """Ends the decoder's process, and the one that reads signals."""
        self._decoder.close()
        self._signals.close()

    def _describe_query(self, path: str | os.PathLike[str]) -> tuple[tuple[QueryFingerprint, ...], Sampled]:
        """One description for each descriptor that references were made with, in one pass over the frames."""
        stream = self._decoder.sample(path, self._closely)
        lookers = [QueryLooker(descriptor) for descriptor in self._descriptors]
        for frame in stream:
            for each in lookers:
                each.take(frame.time_s, frame.pixels)
        return tuple(each.finished() for each in lookers), stream.result

    def _listen(self, path: str | os.PathLike[str], sampled: Sampled) -> Listened:
        """The sound, where there is any reference to compare it with and the file may have some."""
        if self._snapshot is None or self._snapshot.references.sound is None:
            return Listened()
        if sampled.info is not None and not sampled.info.has_audio:
            return Listened(hearing="none")
        return listen(self._decoder, path)

    def _search(self, queries: Sequence[QueryFingerprint], listened: Listened) -> _Found:
        if self._snapshot is None:
            return _Found(matches=())
        works = self._snapshot.reference_works
        found = self._snapshot.references.find(queries)
        matches = tuple(WorkMatch.of(match, works[match.reference]) for match in found.matches)
        seen = _Found(
            matches=matches,
            fault=None if found.complete else _TOO_MANY,
            unseen=found.unseen,
            parts_omitted=found.parts_omitted,
        )
        sound = self._snapshot.references.sound
        if sound is None or not listened.tracks:
            return seen
        heard, left_out = heard_in(listened, sound, works)
        return dataclasses.replace(seen, matches=joined(matches, heard), fault=seen.fault or left_out)


def require_references(snapshot: Snapshot) -> None:
    """Raises `UsageError` for a snapshot in which nothing could be recognised: everything would look like nobody's."""
    if not snapshot.reference_works:
        hint = "register some: kyodaku reference add WORK MEDIA"
        raise UsageError("no reference is registered, so no work could be recognised", hint=hint)


def matcher_id(references: ReferenceSet) -> str:
    """Names how media are matched: whatever changes a match changes this."""
    parts = [
        f"{used.descriptor} sampled {SAMPLES_PER_SECOND}/s and {LOOKS_PER_SECOND}/s, "
        f"match {used.match}, review {used.review}, "
        f"{hashlib.sha256(f'{_network_of(used.descriptor)} {used.to_json()}'.encode()).hexdigest()[:16]}"
        for used in references.calibrations
    ]
    if references.sound is not None:
        heard = references.sound.calibration
        how = hashlib.sha256(heard.to_json().encode()).hexdigest()[:16]
        parts.append(f"{heard.descriptor}, match {heard.match}, review {heard.review}, {how}")
    return "; ".join(parts)


def _network_of(descriptor: str) -> str:
    """What codes come of, and the strangers they are held against; nothing where there are neither."""
    card = getattr(get_descriptor(descriptor), "card", None)
    if card is None:
        return ""
    return f"{card.content} {card.background.sha256 if card.background else ''}"


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
