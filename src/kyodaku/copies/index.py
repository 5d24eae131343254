# SPDX-License-Identifier: Apache-2.0
"""The index of references, opened for searching: immutable, mapped into memory, shared by any number of processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies._codes import APPROXIMATE_FROM, ApproximateCodes, CodeIndex, ExactCodes, use_threads
from kyodaku.copies._manifest import Listed, Manifest, check_content
from kyodaku.copies._near import Part
from kyodaku.copies._search import find
from kyodaku.copies._searched import Searched, live_in, opened_segments
from kyodaku.copies._segment import Segment, open_segment
from kyodaku.copies.background import Background, background_of
from kyodaku.copies.calibration import Calibration, load_calibration
from kyodaku.copies.descriptor import content_of
from kyodaku.copies.fingerprint import Fingerprint
from kyodaku.copies.match import Match, SearchResult
from kyodaku.copies.query import QueryFingerprint
from kyodaku.errors import UsageError

__all__ = ["Kind", "ReferenceIndex", "open_index"]

Kind = Literal["auto", "exact", "approximate"]


@dataclass(frozen=True, kw_only=True)
class ReferenceIndex(Searched[Part]):
    """References that can be searched; later changes in the directory do not show."""

    calibration: Calibration

    @cached_property
    def codes(self) -> int:
        """The codes that are searched."""
        return sum(int(np.diff(part.segment.starts)[part.live].sum()) for part in self.parts)

    @cached_property
    def background(self) -> Background | None:
        """The strangers that frames are held against, if the descriptor has some and the calibration uses them."""
        return background_of(self.descriptor) if self.calibration.nearest else None

    def search(self, query: QueryFingerprint | Fingerprint) -> tuple[Match, ...]:
        """What the query shows of the references, best first, down to the calibration's review threshold."""
        return self.find(query).matches

    def find(self, query: QueryFingerprint | Fingerprint, *, least_score: float | None = None) -> SearchResult:
        """As `search`, with another least score, and with what was left out when very much looked alike."""
        asked = QueryFingerprint.of(query) if isinstance(query, Fingerprint) else query
        if asked.descriptor != self.descriptor:
            raise UsageError(f"the query was made with {asked.descriptor}, and this index holds {self.descriptor}")
        least = self.calibration.review if least_score is None else least_score
        return find(
            asked, self.parts, self.calibration, codes=self.codes, least_score=least, background=self.background
        )


def open_index(
    directory: Path,
    kind: Kind = "auto",
    *,
    calibration: Calibration | None = None,
    verify: bool = True,
    threads: int = 1,
    works: Mapping[str, str] | None = None,
) -> ReferenceIndex:
    """Open the index in a directory, as it is now; `works` says which references show the same work.

    `kind` says how large segments are searched: `exact` scans them, `approximate` reads their inverted files where
    they have one and then compares the query with the whole of every reference that it led to, `auto` does so from
    half a million codes on. `verify` compares every file with its hash (a second for each gigabyte): a process whose
    parent did may pass False; sizes and headers are checked in any case. `IntegrityError` names the file that is
    missing, cut off, altered or of another descriptor, or the index whose codes were made with other weights of the
    same name. `threads` are those of one search in this process.
    """
    use_threads(threads)

    def open_one(path: Path, listed: Listed, manifest: Manifest) -> Segment:
        return open_segment(path, sha256=listed.sha256, descriptor=manifest.descriptor, verify=verify)

    manifest, segments = opened_segments(directory, open_one)
    check_content(directory, manifest, content_of(manifest.descriptor))
    used = load_calibration(manifest.descriptor) if calibration is None else calibration
    if used.descriptor != manifest.descriptor:
        raise UsageError(f"the calibration is for {used.descriptor}, and this index holds {manifest.descriptor}")
    numbers: dict[str, int] = {}
    parts = [
        Part(
            segment=segment,
            codes=_code_index(segment, kind),
            live=live_in(segment, listed),
            groups=_groups(segment, works or {}, numbers),
        )
        for segment, listed in zip(segments, manifest.segments, strict=True)
    ]
    return ReferenceIndex(descriptor=manifest.descriptor, calibration=used, parts=tuple(parts))


def _code_index(segment: Segment, kind: Kind) -> CodeIndex:
    if kind == "exact" or segment.lists is None or (kind == "auto" and len(segment.codes) < APPROXIMATE_FROM):
        return ExactCodes(segment.codes)
    return ApproximateCodes(segment.codes, segment.lists)


def _groups(segment: Segment, works: Mapping[str, str], numbers: dict[str, int]) -> NDArray[np.int64]:
    """The work of each reference as a number; a reference of no known work stands for itself."""
    names = (works.get(entry.id, entry.id) for entry in segment.entries)
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=np.int64)
