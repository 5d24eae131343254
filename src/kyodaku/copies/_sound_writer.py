# SPDX-License-Identifier: Apache-2.0
"""Adding sound to an index and taking it out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from kyodaku.copies._manifest import SEGMENTS, Listed, Manifest
from kyodaku.copies._segment_writer import SegmentWriter
from kyodaku.copies._sound_print import SOUND_ID, SoundFingerprint
from kyodaku.copies._sound_segment import (
    GAP_BLOCKS,
    MOST_BLOCKS,
    SoundReference,
    SoundSegment,
    open_sound_segment,
    write_sound_segment,
)
from kyodaku.errors import UsageError

__all__ = ["SoundIndexWriter"]

_FLUSH_BLOCKS: Final = 100_000
"""Held in memory before a segment is written: 28 hours, 6 MB."""
_MERGED_BLOCKS: Final = 1_000_000
"""Segments larger than this together stay apart: sorting their triples would take gigabytes."""


class SoundIndexWriter(SegmentWriter[SoundFingerprint, SoundReference]):
    """Changes one index of sound; a context manager that commits when it is left without an exception.

        with SoundIndexWriter(directory) as index:
            index.add("film-1/master", sound_fingerprint(blocks))

    One process writes at a time; readers are never disturbed, they see the state of when they opened the index.
    """

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, Manifest(descriptor=SOUND_ID, minimum_quality=0))
        self._blocks: dict[str, int] = {}

    def _check(self, reference_id: str, fingerprint: SoundFingerprint) -> None:
        if len(fingerprint.bands) + GAP_BLOCKS > MOST_BLOCKS:
            raise UsageError("this sound is longer than an index can hold", where=reference_id)

    def _held(self, reference_id: str, fingerprint: SoundFingerprint) -> SoundReference:
        return SoundReference.of(reference_id, fingerprint)

    def _size(self, reference: SoundReference) -> int:
        return len(reference.bands) + GAP_BLOCKS

    def _is_full(self, size: int) -> bool:
        return size >= _FLUSH_BLOCKS

    def _may_join(self, run: Sequence[Listed]) -> bool:
        return sum(self._blocks[listed.name] for listed in run) <= _MERGED_BLOCKS

    def _opened(self, listed: Listed) -> SoundSegment:
        return open_sound_segment(self._directory / SEGMENTS / listed.name, sha256=listed.sha256, verify=False)

    def _references(self, listed: Listed) -> list[SoundReference]:
        return self._opened(listed).references(listed.removed)

    def _look_up(self, listed: Listed) -> None:
        segment = self._opened(listed)
        self._learn(listed, segment.entries)
        self._blocks[listed.name] = len(segment.bands)

    def _write(self, references: Sequence[SoundReference], *, provisional: bool) -> Listed:  # noqa: ARG002 - all are whole
        name, sha256, triples = write_sound_segment(self._directory / SEGMENTS, references)
        self._blocks[name] = sum(map(self._size, references))
        return Listed(name=name, sha256=sha256, codes=triples, references=len(references))
