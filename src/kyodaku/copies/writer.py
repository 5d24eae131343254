# SPDX-License-Identifier: Apache-2.0
"""Adding references to an index of pictures and taking them out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from kyodaku.copies._codes import APPROXIMATE_FROM
from kyodaku.copies._manifest import SEGMENTS, Listed, Manifest
from kyodaku.copies._segment import Entry, Reference, Segment, open_segment, write_segment
from kyodaku.copies._segment_writer import SegmentWriter
from kyodaku.copies.calibration import load_calibration
from kyodaku.copies.descriptor import content_of, descriptor_id, get_descriptor
from kyodaku.copies.fingerprint import Fingerprint
from kyodaku.copies.frame import DEFAULT_DESCRIPTOR
from kyodaku.errors import UsageError

__all__ = ["IndexWriter"]

_FLUSH_BYTES: Final = 64_000_000
"""What is held in memory before a segment is written."""
_MOST_FLUSHED: Final = 32
"""Segments that one session writes before it merges them: every file that is mapped keeps a handle open."""


class IndexWriter(SegmentWriter[Fingerprint, Reference]):
    """Changes one index; a context manager that commits when it is left without an exception.

        with IndexWriter(directory) as index:
            index.add("film-1/master", fingerprint)

    The directory is made if it is not there. One process writes at a time (`KyodakuError` for a second one); readers
    are never disturbed, they see the state of when they opened the index.
    """

    def __init__(
        self,
        directory: Path,
        *,
        descriptor: str = descriptor_id(DEFAULT_DESCRIPTOR),
        approximate_from: int = APPROXIMATE_FROM,
    ) -> None:
        minimum = load_calibration(descriptor).minimum_quality
        super().__init__(
            directory, Manifest(descriptor=descriptor, minimum_quality=minimum, content=content_of(descriptor))
        )
        self._bits = get_descriptor(descriptor).dims
        self._approximate_from = approximate_from
        self._plain: set[str] = set()
        self._fine_dims = 0

    def _check(self, reference_id: str, fingerprint: Fingerprint) -> None:
        if fingerprint.descriptor != self._manifest.descriptor:
            raise UsageError(
                f"made with {fingerprint.descriptor}, and this index holds {self._manifest.descriptor}",
                where=reference_id,
            )
        made, wanted = fingerprint.content, self._manifest.content
        if made and wanted and made != wanted:
            raise UsageError(
                f"made with another {fingerprint.descriptor} ({made[:16]}) than this index's ({wanted[:16]})",
                where=reference_id,
                hint="fingerprint the medium again with this version of Kyodaku",
            )

    def _held(self, reference_id: str, fingerprint: Fingerprint) -> Reference:
        self._check_fine(reference_id, fingerprint)
        seen = fingerprint.quality >= self._manifest.minimum_quality
        fine = fingerprint.fine
        entry = Entry(
            id=reference_id,
            duration_s=fingerprint.duration_s,
            fingerprint=fingerprint.sha256,
            fine=fine is not None,
        )
        return Reference(
            entry=entry,
            codes=fingerprint.codes[seen],
            times=fingerprint.times[seen],
            fine=None if fine is None else fine[seen],
        )

    def _check_fine(self, reference_id: str, fingerprint: Fingerprint) -> None:
        """The finer forms of one index must be comparable; a reference without one is as welcome as ever."""
        if fingerprint.fine is None:
            return
        dims = fingerprint.fine.shape[1]
        if self._fine_dims not in (0, dims):
            raise UsageError(
                f"its finer form has {dims} values a frame, and this index holds {self._fine_dims}", where=reference_id
            )
        self._fine_dims = dims

    def _size(self, reference: Reference) -> int:
        fine = 0 if reference.fine is None else reference.fine.nbytes
        return reference.codes.nbytes + reference.times.nbytes + fine

    def _is_full(self, size: int) -> bool:
        return size >= _FLUSH_BYTES

    def _gather(self) -> None:
        """Segments that will be merged at the end need no inverted files."""
        flushed = [listed for listed in self._manifest.segments if listed.name in self._plain]
        if len(flushed) >= _MOST_FLUSHED:
            others = [listed for listed in self._manifest.segments if listed not in flushed]
            merged = self._merged(flushed, provisional=True)
            self._manifest = replace(self._manifest, segments=(*others, merged))

    def _opened(self, listed: Listed) -> Segment:
        path = self._directory / SEGMENTS / listed.name
        return open_segment(path, sha256=listed.sha256, descriptor=self._manifest.descriptor, verify=False)

    def _references(self, listed: Listed) -> list[Reference]:
        return self._opened(listed).references(listed.removed)

    def _look_up(self, listed: Listed) -> None:
        segment = self._opened(listed)
        self._learn(listed, segment.entries)
        if segment.fine is not None:
            self._fine_dims = segment.fine.shape[1]
        if segment.lists is None:
            self._plain.add(listed.name)

    def _is_complete(self, listed: Listed) -> bool:
        return listed.codes < self._approximate_from or listed.name not in self._plain

    def _write(self, references: Sequence[Reference], *, provisional: bool) -> Listed:
        name, sha256 = write_segment(
            self._directory / SEGMENTS,
            references,
            descriptor=self._manifest.descriptor,
            bits=self._bits,
            approximate_from=None if provisional else self._approximate_from,
        )
        codes = sum(len(reference.codes) for reference in references)
        if provisional or codes < self._approximate_from:
            self._plain.add(name)
        return Listed(name=name, sha256=sha256, codes=codes, references=len(references))
