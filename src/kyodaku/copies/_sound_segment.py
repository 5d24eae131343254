# SPDX-License-Identifier: Apache-2.0
"""Segments of sound: some references' landmarks, and where each hash of theirs occurs, written once and mapped.

SEGMENT/moments.npy    (blocks, landmarks) uint8, by reference and time: `SoundFingerprint.moments`
SEGMENT/bands.npy      (blocks, landmarks) uint8
SEGMENT/firsts.npy     (references + 1,) int64: where each reference's blocks begin
SEGMENT/hashes.npy     (different hashes,) uint32, rising
SEGMENT/starts.npy     (different hashes + 1,) int64: where each hash's places begin
SEGMENT/places.npy     (triples,) uint32: 64 * (time of the anchor in 4 frames) + frames from the anchor to the last
SEGMENT/segment.json   the descriptor, each file's size and SHA-256, each reference's id, duration and fingerprint
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies import _files
from kyodaku.copies._segment_files import FILE, check_files, files_of, published, read_document, reference_facts
from kyodaku.copies._sound_hash import LONGEST_FRAMES, reference_triples, rounded
from kyodaku.copies._sound_peaks import BLOCK_FRAMES, FRAMES_PER_S
from kyodaku.copies._sound_print import KEPT, SOUND_ID, SoundFingerprint
from kyodaku.errors import IntegrityError

__all__ = [
    "FRAMES_A_PLACE",
    "INTERVALS",
    "MOST_BLOCKS",
    "SoundEntry",
    "SoundReference",
    "SoundSegment",
    "open_sound_segment",
    "write_sound_segment",
]

FORMAT: Final = "kyodaku-sound-segment"
VERSION: Final = 1
FRAMES_A_PLACE: Final = 4
INTERVALS: Final = 64
assert LONGEST_FRAMES < INTERVALS
MOST_BLOCKS: Final = 2**32 // INTERVALS * FRAMES_A_PLACE // BLOCK_FRAMES
"""What a place can point into: 1,193 hours. More references make another segment."""
GAP_BLOCKS: Final = 1
"""Empty blocks between references, so that no triple of the query's can reach over."""

_ARRAYS: Final[dict[str, tuple[type[np.generic], int]]] = {
    "moments.npy": (np.uint8, 2),
    "bands.npy": (np.uint8, 2),
    "firsts.npy": (np.int64, 1),
    "hashes.npy": (np.uint32, 1),
    "starts.npy": (np.int64, 1),
    "places.npy": (np.uint32, 1),
}
_CHUNK: Final = 256
"""Blocks hashed together: four minutes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SoundEntry:
    """What a segment knows of a reference besides its landmarks."""

    id: str
    duration_s: float
    fingerprint: str
    """The fingerprint's SHA-256."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SoundReference:
    """A reference with its landmarks."""

    entry: SoundEntry
    moments: NDArray[np.uint8]
    bands: NDArray[np.uint8]

    @classmethod
    def of(cls, reference_id: str, made: SoundFingerprint) -> SoundReference:
        """A fingerprint under an id."""
        kept = made.strongest(KEPT)
        pad = ((0, 0), (0, KEPT - kept.bands.shape[1]))
        entry = SoundEntry(id=reference_id, duration_s=made.duration_s, fingerprint=made.sha256)
        return cls(entry=entry, moments=np.pad(kept.moments, pad), bands=np.pad(kept.bands, pad, constant_values=255))


@dataclass(frozen=True, kw_only=True, slots=True)
class SoundSegment:
    """An opened segment; the arrays are mapped, not loaded."""

    name: str
    sha256: str
    entries: tuple[SoundEntry, ...]
    moments: NDArray[np.uint8]
    bands: NDArray[np.uint8]
    firsts: NDArray[np.int64]
    hashes: NDArray[np.uint32]
    starts: NDArray[np.int64]
    places: NDArray[np.uint32]

    def reference(self, number: int) -> SoundReference:
        """One reference by its number in the segment."""
        rows = slice(int(self.firsts[number]), int(self.firsts[number + 1]) - GAP_BLOCKS)
        return SoundReference(entry=self.entries[number], moments=self.moments[rows], bands=self.bands[rows])

    def references(self, removed: Iterable[int] = ()) -> list[SoundReference]:
        """All references but the removed ones, as they were written."""
        gone = set(removed)
        return [self.reference(number) for number in range(len(self.entries)) if number not in gone]

    def landmarks(self, number: int, start_s: float, end_s: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Frames (from the reference's beginning, by time) and bands of the landmarks in a stretch of a reference."""
        first, last = int(self.firsts[number]), int(self.firsts[number + 1])
        low = min(max(int(start_s * FRAMES_PER_S // BLOCK_FRAMES), 0), last - first)
        high = min(max(int(end_s * FRAMES_PER_S // BLOCK_FRAMES) + 1, low), last - first)
        rows = slice(first + low, first + high)
        seen = SoundFingerprint(duration_s=(high - low + 1) * 2.0, moments=self.moments[rows], bands=self.bands[rows])
        frames, bands, _ = seen.landmarks()
        return frames + low * BLOCK_FRAMES, bands


def write_sound_segment(parent: Path, references: Sequence[SoundReference]) -> tuple[str, str, int]:
    """Write a segment below `parent`: its name, the hash of its `segment.json`, and how many triples it holds."""
    triples = 0

    def write(path: Path) -> dict[str, Any]:
        nonlocal triples
        triples = _write_arrays(path, references)
        return {
            "format": FORMAT,
            "version": VERSION,
            "descriptor": SOUND_ID,
            "files": files_of(path),
            "references": reference_facts(reference.entry for reference in references),
        }

    name, sha256 = published(parent, write)
    return name, sha256, triples


def open_sound_segment(path: Path, *, sha256: str, verify: bool) -> SoundSegment:
    """Map a segment; `IntegrityError` names the file that is missing, cut off or changed.

    Sizes and headers are always checked, whole files against their hashes only with `verify`.
    """
    expected = {"format": FORMAT, "version": VERSION, "descriptor": SOUND_ID}
    document = read_document(path, sha256=sha256, expected=expected)
    if set(document["files"]) != set(_ARRAYS):
        raise IntegrityError("lists other files than a segment has", where=str(path / FILE))
    check_files(path, document, verify=verify)
    arrays = {name.removesuffix(".npy"): _files.map_array(path / name, *form) for name, form in _ARRAYS.items()}
    entries = tuple(
        SoundEntry(id=item["id"], duration_s=item["duration_us"] / 1e6, fingerprint=item["fingerprint"])
        for item in document["references"]
    )
    firsts, starts = np.array(arrays["firsts"]), arrays["starts"]
    fits = (
        len(firsts) == len(entries) + 1
        and firsts[-1] == len(arrays["bands"]) == len(arrays["moments"])
        and len(starts) == len(arrays["hashes"]) + 1
        and starts[-1] == len(arrays["places"])
    )
    if not fits:
        raise IntegrityError("its files belong to different segments", where=str(path))
    return SoundSegment(name=path.name, sha256=sha256, entries=entries, **{**arrays, "firsts": firsts})


def _write_arrays(path: Path, references: Sequence[SoundReference]) -> int:
    firsts = np.cumsum([0, *(len(reference.bands) + GAP_BLOCKS for reference in references)], dtype=np.int64)
    hashes, places = _hashed(references, firsts)
    different, starts = np.unique(hashes, return_index=True)
    arrays: dict[str, NDArray[Any]] = {
        "moments.npy": _stacked([reference.moments for reference in references], 0),
        "bands.npy": _stacked([reference.bands for reference in references], 255),
        "firsts.npy": firsts,
        "hashes.npy": different,
        "starts.npy": np.append(starts, len(hashes)).astype(np.int64),
        "places.npy": places,
    }
    for name, array in arrays.items():
        _files.write_array(path / name, _ARRAYS[name][0], array.shape, [array])
    return len(places)


def _stacked(parts: Iterable[NDArray[np.uint8]], empty: int) -> NDArray[np.uint8]:
    gap = np.full((GAP_BLOCKS, KEPT), empty, dtype=np.uint8)
    return np.concatenate([np.zeros((0, KEPT), np.uint8), *(array for part in parts for array in (part, gap))])


def _hashed(
    references: Sequence[SoundReference], firsts: NDArray[np.int64]
) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """All triples of all references, by hash and then by place."""
    found = [
        hashed
        for reference, first in zip(references, firsts.tolist(), strict=False)
        for hashed in _triples(reference, first)
    ]
    hashes = np.concatenate([np.zeros(0, np.uint32), *(hashes for hashes, _ in found)])
    places = np.concatenate([np.zeros(0, np.uint32), *(places for _, places in found)])
    joined = np.sort(hashes.astype(np.uint64) << np.uint64(32) | places)
    return (joined >> np.uint64(32)).astype(np.uint32), (joined & np.uint64(2**32 - 1)).astype(np.uint32)


def _triples(reference: SoundReference, first: int) -> Iterator[tuple[NDArray[np.uint32], NDArray[np.uint32]]]:
    """A reference's hashes and places by parts: each anchor in its part, its partners from the next block too."""
    for at in range(0, len(reference.bands), _CHUNK):
        rows = slice(at, at + _CHUNK + 1)
        part = SoundFingerprint(
            duration_s=2.0 * (_CHUNK + 1), moments=reference.moments[rows], bands=reference.bands[rows]
        )
        frames, bands, ranks = part.landmarks()
        triples = reference_triples(frames, bands, ranks)
        own = frames[triples.anchors] < _CHUNK * BLOCK_FRAMES - 0.5
        time = frames[triples.anchors] + 0.5 + (first + at) * BLOCK_FRAMES
        places = (time // FRAMES_A_PLACE).astype(np.int64) * INTERVALS + np.rint(triples.interval).astype(np.int64)
        yield rounded(triples)[own], places[own].astype(np.uint32)
