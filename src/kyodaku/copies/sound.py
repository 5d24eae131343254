# SPDX-License-Identifier: Apache-2.0
"""Sound as a second witness: the landmarks of a film's sound, an index of them, and what of it a query plays.

```python
with SoundIndexWriter(directory) as index:
    index.add("film-1/master", sound_fingerprint(blocks))          # float32 at 8,000 samples a second
for match in open_sound_index(directory).search(query_sound(blocks)):
    print(match.reference, match.q_start, match.q_end, match.r_start, match.r_end, match.score)
```

How it works, what it withstands and what it was measured to find is in `docs/sound.md`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies._manifest import Listed, Manifest
from kyodaku.copies._searched import Searched, live_in, opened_segments
from kyodaku.copies._shared import with_company
from kyodaku.copies._sound_calibration import SoundCalibration, SoundMeasured, load_sound_calibration
from kyodaku.copies._sound_file import load_fingerprints, save_fingerprints
from kyodaku.copies._sound_hits import SoundPart
from kyodaku.copies._sound_peaks import BANDS_PER_OCTAVE
from kyodaku.copies._sound_print import KEPT, SOUND_ID, TRIED, SoundFingerprint, SoundMaker, sound_fingerprint
from kyodaku.copies._sound_search import Found, found_in
from kyodaku.copies._sound_segment import SoundSegment, open_sound_segment
from kyodaku.copies._sound_writer import SoundIndexWriter
from kyodaku.copies.sound_match import SoundMatch, SoundResult
from kyodaku.errors import UsageError

__all__ = [
    "KEPT",
    "SOUND_ID",
    "TRIED",
    "SoundCalibration",
    "SoundFingerprint",
    "SoundIndex",
    "SoundIndexWriter",
    "SoundMaker",
    "SoundMatch",
    "SoundMeasured",
    "SoundResult",
    "load_fingerprints",
    "load_sound_calibration",
    "open_sound_index",
    "query_sound",
    "save_fingerprints",
    "sound_fingerprint",
    "with_sound_company",
]

_LEAST_SHARED_S: Final = 5.0
"""A jingle; what several works share for longer is a piece of music, and its holder may ask for it."""
_MOST_MATCHES: Final = 10_000
"""Beyond it a person reads no further; what was left out is counted."""


@dataclass(frozen=True, kw_only=True)
class SoundIndex(Searched[SoundPart]):
    """References that can be searched by their sound; later changes in the directory do not show."""

    calibration: SoundCalibration

    def search(self, query: SoundFingerprint) -> tuple[SoundMatch, ...]:
        """What the query plays of the references, best first, down to the calibration's review threshold."""
        return self.find(query).matches

    def find(self, query: SoundFingerprint, *, least_score: float | None = None) -> SoundResult:
        """As `search`, with another least score, and with what was left out."""
        least = self.calibration.review if least_score is None else least_score
        found = found_in(query, self.parts)
        matches = [self._match(each, query) for each in found.spans]
        matches = [match for match in matches if match.score >= least and match.r_end > match.r_start]
        matches.sort(key=lambda match: (-match.evidence, match.reference, match.q_start, match.r_start))
        return SoundResult(
            matches=tuple(matches[:_MOST_MATCHES]),
            hits_omitted=found.hits_omitted,
            seconds_omitted=found.seconds_omitted,
            lines_omitted=found.lines_omitted,
            matches_omitted=max(0, len(matches) - _MOST_MATCHES),
        )

    def _match(self, found: Found, query: SoundFingerprint) -> SoundMatch:
        entry = self.parts[found.part].segment.entries[found.reference]
        low, high = (
            min(max((at - found.offset) / found.speed, found.q_start), found.q_end) for at in (0.0, entry.duration_s)
        )
        start, end = low, min(high, max(low, query.duration_s))
        score = self.calibration.score(found.evidence)
        return SoundMatch(
            reference=entry.id,
            q_start=start,
            q_end=end,
            r_start=max(0.0, found.speed * start + found.offset),
            r_end=min(entry.duration_s, found.speed * end + found.offset),
            score=score,
            speed=found.speed,
            pitch=found.pitch * 12 / BANDS_PER_OCTAVE,
            landmarks=found.landmarks,
            evidence=found.evidence,
            band=self.calibration.band(score),
        )


def with_sound_company(
    matches: Sequence[SoundMatch], work_of: Callable[[str], object], calibration: SoundCalibration
) -> tuple[SoundMatch, ...]:
    """Each match, best first, with the references of other works that sound like its span as well.

    Where it is shorter than what one would license by itself, a person is to listen, as with pictures. However much
    less another one says counts: a voice may be over it.
    """
    return tuple(with_company(matches, work_of, calibration, least_s=_LEAST_SHARED_S, as_good=math.inf))


def query_sound(blocks: Iterable[NDArray[np.float32]]) -> SoundFingerprint:
    """A query's landmarks, twice as many as a reference's: what a second voice pushes back is still among them."""
    return sound_fingerprint(blocks, landmarks=TRIED)


def open_sound_index(
    directory: Path, *, calibration: SoundCalibration | None = None, verify: bool = True
) -> SoundIndex:
    """Open the index in a directory, as it is now.

    `verify` compares every file with its hash; sizes and headers are checked in any case. `IntegrityError` names the
    file that is missing, cut off or altered.
    """

    def open_one(path: Path, listed: Listed, manifest: Manifest) -> SoundSegment:
        _check_kind(directory, manifest)
        return open_sound_segment(path, sha256=listed.sha256, verify=verify)

    manifest, segments = opened_segments(directory, open_one)
    _check_kind(directory, manifest)
    parts = [
        SoundPart(segment=segment, live=live_in(segment, listed))
        for segment, listed in zip(segments, manifest.segments, strict=True)
    ]
    return SoundIndex(descriptor=SOUND_ID, parts=tuple(parts), calibration=calibration or load_sound_calibration())


def _check_kind(directory: Path, manifest: Manifest) -> None:
    if manifest.descriptor != SOUND_ID:
        raise UsageError(f"this index holds {manifest.descriptor}, not {SOUND_ID}", where=str(directory))
