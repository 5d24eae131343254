# SPDX-License-Identifier: Apache-2.0
"""Adding sound to an index and taking it out, in the way of `kyodaku.copies.writer`: segments, merges, one manifest."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from kyodaku.copies._manifest import SEGMENTS, Listed, Manifest, read_manifest, write_manifest
from kyodaku.copies._sound_print import SOUND_ID, SoundFingerprint
from kyodaku.copies._sound_segment import (
    GAP_BLOCKS,
    MOST_BLOCKS,
    SoundReference,
    SoundSegment,
    open_sound_segment,
    write_sound_segment,
)
from kyodaku.copies.writer import _check_id, _locked
from kyodaku.errors import UsageError

__all__ = ["SoundIndexWriter"]

_FLUSH_BLOCKS: Final = 100_000
"""Held in memory before a segment is written: 28 hours, 6 MB."""
_GROWTH: Final = 4
"""A segment is merged with the next unless it is so many times larger: n additions leave about log4(n) segments."""
_OVERHEAD: Final = 64
_MERGED_BLOCKS: Final = 1_000_000
"""Segments larger than this together stay apart: sorting their triples would take gigabytes."""


class SoundIndexWriter:
    """Changes one index of sound; a context manager that commits when it is left without an exception.

        with SoundIndexWriter(directory) as index:
            index.add("film-1/master", sound_fingerprint(blocks))

    One process writes at a time; readers are never disturbed, they see the state of when they opened the index.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._manifest = Manifest(descriptor=SOUND_ID, minimum_quality=0)
        self._known: dict[str, str] = {}
        self._fresh: list[SoundReference] = []
        self._fresh_blocks = 0
        self._blocks: dict[str, int] = {}
        self._lock: IO[bytes] | None = None

    def __enter__(self) -> Self:
        (self._directory / SEGMENTS).mkdir(parents=True, exist_ok=True)
        self._lock = _locked(self._directory / "lock")
        try:
            self._load()
        except BaseException:
            self._lock.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._lock is not None
        try:
            if kind is None:
                self.commit()
        finally:
            self._lock.close()

    def add(self, reference_id: str, fingerprint: SoundFingerprint) -> None:
        """Add a reference; the same one twice is no error, another fingerprint under a known id is `UsageError`."""
        _check_id(reference_id)
        if len(fingerprint.bands) + GAP_BLOCKS > MOST_BLOCKS:
            raise UsageError("this sound is longer than an index can hold", where=reference_id)
        if reference_id in self._known:
            if self._known[reference_id] == fingerprint.sha256:
                return
            raise UsageError("this id is taken by another fingerprint", where=reference_id, hint="remove it first")
        blocks = len(fingerprint.bands) + GAP_BLOCKS
        if self._fresh and self._fresh_blocks + blocks > _FLUSH_BLOCKS:
            self.commit()
        self._known[reference_id] = fingerprint.sha256
        self._fresh.append(SoundReference.of(reference_id, fingerprint))
        self._fresh_blocks += blocks

    def remove(self, reference_id: str) -> None:
        """Take a reference out (`UsageError` if it is not there); its bytes leave the disk when segments merge."""
        if reference_id not in self._known:
            raise UsageError("there is no such reference", where=reference_id)
        self.commit()
        del self._known[reference_id]
        self._manifest = replace(
            self._manifest, segments=tuple(self._without(listed, reference_id) for listed in self._manifest.segments)
        )
        self._save()

    def commit(self) -> None:
        """Make what was added part of the index, durably; readers who open it from now on see it."""
        if not self._fresh:
            return
        written = self._written(self._fresh)
        self._fresh, self._fresh_blocks = [], 0
        segments = [*self._manifest.segments, written]
        while len(segments) > 1 and self._to_be_merged(segments[-2], segments[-1]):
            second, first = segments.pop(), segments.pop()
            segments.append(self._merged(first, second))
        self._manifest = replace(self._manifest, segments=tuple(segments))
        self._save()

    def _to_be_merged(self, first: Listed, second: Listed) -> bool:
        together = self._blocks[first.name] + self._blocks[second.name]
        return together <= _MERGED_BLOCKS and _weight(first) < _GROWTH * _weight(second)

    def _load(self) -> None:
        if not any((self._directory / SEGMENTS).iterdir()) and not (self._directory / "manifest.json").exists():
            write_manifest(self._directory, self._manifest)
        found = read_manifest(self._directory)
        if replace(found, segments=()) != self._manifest:
            raise UsageError(f"holds {found.descriptor}, not {SOUND_ID}", where=str(self._directory))
        self._manifest = found
        for listed in found.segments:
            segment = self._opened(listed)
            self._blocks[listed.name] = len(segment.bands)
            for reference in segment.references(listed.removed):
                self._known[reference.entry.id] = reference.entry.fingerprint

    def _opened(self, listed: Listed) -> SoundSegment:
        return open_sound_segment(self._directory / SEGMENTS / listed.name, sha256=listed.sha256, verify=False)

    def _written(self, references: list[SoundReference]) -> Listed:
        name, sha256, triples = write_sound_segment(self._directory / SEGMENTS, references)
        self._blocks[name] = sum(len(reference.bands) + GAP_BLOCKS for reference in references)
        return Listed(name=name, sha256=sha256, codes=triples, references=len(references))

    def _merged(self, first: Listed, second: Listed) -> Listed:
        return self._written(
            [reference for listed in (first, second) for reference in self._opened(listed).references(listed.removed)]
        )

    def _without(self, listed: Listed, reference_id: str) -> Listed:
        ids = [entry.id for entry in self._opened(listed).entries]
        numbers = [number for number, known in enumerate(ids) if known == reference_id]
        return replace(listed, removed=tuple(sorted({*listed.removed, *numbers})))

    def _save(self) -> None:
        """Swap the manifest, then sweep up: what it does not name was merged away or was left by a crash."""
        write_manifest(self._directory, self._manifest)
        named = {listed.name for listed in self._manifest.segments}
        for path in (self._directory / SEGMENTS).iterdir():
            if path.name not in named:
                shutil.rmtree(path, ignore_errors=True)


def _weight(listed: Listed) -> int:
    return listed.codes + _OVERHEAD * listed.references
