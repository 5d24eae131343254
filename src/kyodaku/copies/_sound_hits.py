# SPDX-License-Identifier: Apache-2.0
"""Where a segment has a query's hashes: all places that can speak for a line, and what was passed over to stay bounded.

No reference may drown another. One that plays the same ten seconds for hours has a thousand places for each of their
hashes, and so many hashes would be taken for everyone's; of such a hash each reference has its first few places looked
at instead. Of very many hits each reference keeps those of its fullest moments. What is passed over all the same is
counted, wherever a copy could lie in it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies._runs import spread
from kyodaku.copies._sound_hash import probed, query_triples
from kyodaku.copies._sound_peaks import BLOCK_FRAMES
from kyodaku.copies._sound_segment import FRAMES_A_PLACE, INTERVALS, SoundSegment

__all__ = ["FASTEST", "SLOWEST", "Asked", "Hits", "Landmarks", "SoundPart", "hits_in", "reference_of"]

Values = NDArray[np.float64]
Places = NDArray[np.int64]
Landmarks = tuple[Values, Values, Places]
"""Frames, bands and ranks, by time."""

SLOWEST: Final = 0.48
FASTEST: Final = 2.1
"""How fast a reference may go by in a query: half and twice as fast, and what intervals are rounded by."""
_COMMON_TIMES: Final = 64
_COMMON: Final = 1024
"""A hash with more places than this, and than so many times the usual number, is looked at by reference."""
_OF_ONE: Final = 32
"""Places of a common hash that one reference may have looked at, its first ones: the first rounds of a loop."""
_MOST_PAIRS: Final = 4_000_000
"""Pairs of a common hash and a reference that are told apart for one stretch: about a tenth of a second."""
_DULL: Final = 0.5
"""A stretch is dull when more of its triples than this have hashes that are everyone's: a copy could be among them."""
_MANY: Final = 400_000
_COARSE_FRAMES: Final = 1024
_MOST_COARSE: Final = 4000
_COARSE_OF_ONE: Final = 16
_CROWD: Final = 48
"""Hits at one moment that chance does not bring together: of real sounds in 150 drawn hours it brings 10 to 17."""
_PLACES_A_BLOCK: Final = BLOCK_FRAMES // FRAMES_A_PLACE * INTERVALS


@dataclass(frozen=True, kw_only=True, slots=True)
class SoundPart:
    """A segment and which of its references are still there."""

    segment: SoundSegment
    live: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A stretch's triples and every hash that each of them may have."""

    keys: NDArray[np.uint32]
    """Rising."""
    owners: Places
    """The triple of each."""
    pitches: Values
    """Bands by which the query is higher if it is this hash."""
    anchors: Values
    """Frames of the query, by triple."""
    intervals: Values

    @classmethod
    def of(cls, landmarks: Landmarks) -> Asked:
        """What is looked up for some landmarks."""
        triples = query_triples(*landmarks)
        keys, owners, pitches = probed(triples)
        order = np.argsort(keys, kind="stable")
        return cls(
            keys=keys[order],
            owners=owners[order],
            pitches=pitches[order],
            anchors=landmarks[0][triples.anchors],
            intervals=triples.interval,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Hits:
    """Places of a segment that agree with a query's: frames of both, the pace of their intervals, and the pitch."""

    query: Values
    place: Places
    speed: Values
    pitch: Values
    omitted: int = 0
    """Places of hashes that are too common to be looked at."""
    is_dull: bool = False
    """Whether so much of the stretch was passed over that a copy could have been."""
    crowds_omitted: int = 0
    """Moments with more hits than chance brings, beyond what is looked at."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Runs:
    """Places that follow each other in the segment, each run for one hash that was asked."""

    asked: Places
    starts: Places
    counts: Places


def hits_in(part: SoundPart, asked: Asked) -> Hits:
    """Every place where a live reference has one of these hashes and plays it at a pace that is looked for."""
    segment = part.segment
    if not len(segment.hashes):
        return Hits(query=np.zeros(0), place=np.zeros(0, np.int64), speed=np.zeros(0), pitch=np.zeros(0))
    at = np.minimum(np.searchsorted(segment.hashes, asked.keys), len(segment.hashes) - 1)
    known = np.flatnonzero(segment.hashes[at] == asked.keys)
    at = at[known]
    counts = segment.starts[at + 1] - segment.starts[at]
    most = max(_COMMON, _COMMON_TIMES * len(segment.places) // len(segment.hashes))
    common = counts > most
    several, looked_at = _by_reference(part, at[common], known[common], most)
    plain = _Runs(asked=known[~common], starts=segment.starts[at[~common]], counts=counts[~common])
    hits = _read(part, [plain, several], asked)
    everyones = np.unique(asked.owners[known[common][~looked_at]])
    hits = replace(
        hits,
        omitted=int(counts.sum() - plain.counts.sum() - several.counts.sum()),
        is_dull=len(everyones) > _DULL * len(np.unique(asked.owners[known])),
    )
    return _uncrowded(hits, part) if len(hits.query) > _MANY else hits


def _by_reference(part: SoundPart, at: Places, asked: Places, most: int) -> tuple[_Runs, NDArray[np.bool_]]:
    """Of common hashes a few places of each reference; and for which of those asked they were looked at.

    The fewer the more references have the hash, so that never more than `most` are read. What more references than
    that have is everyone's.
    """
    hashes, which = np.unique(at, return_inverse=True)
    # in the type of the places, else each search would copy them; what is cut from the last one is in an empty block
    edges = np.minimum(part.segment.firsts * _PLACES_A_BLOCK, 2**32 - 1).astype(np.uint32)
    firsts, lasts = edges[:-1][part.live], edges[1:][part.live]
    found: list[tuple[Places, Places]] = []
    for number in hashes[: _MOST_PAIRS // max(1, len(firsts))].tolist():
        start, end = int(part.segment.starts[number]), int(part.segment.starts[number + 1])
        places = part.segment.places[start:end]
        low, high = np.searchsorted(places, firsts), np.searchsorted(places, lasts)
        theirs = np.flatnonzero(high > low)
        share = min(_OF_ONE, most // max(1, len(theirs)))
        found.append((low[theirs] + start, np.minimum(high - low, share)[theirs]))
    return _repeated(found, which, asked)


def _repeated(found: list[tuple[Places, Places]], which: Places, asked: Places) -> tuple[_Runs, NDArray[np.bool_]]:
    """The runs of each hash for every time that it was asked."""
    none = np.zeros(0, np.int64)
    lengths = np.array([len(starts) if counts.any() else 0 for starts, counts in found], dtype=np.int64)
    ends = np.cumsum(lengths)
    starts = np.concatenate([none, *(starts for (starts, _), length in zip(found, lengths, strict=True) if length)])
    counts = np.concatenate([none, *(counts for (_, counts), length in zip(found, lengths, strict=True) if length)])
    looked_at = which < len(found)
    looked_at[looked_at] = lengths[which[looked_at]] > 0
    chosen = which[looked_at]
    rows, owner = spread(ends[chosen] - lengths[chosen], ends[chosen])
    return _Runs(asked=asked[looked_at][owner], starts=starts[rows], counts=counts[rows]), looked_at


def _read(part: SoundPart, several: list[_Runs], asked: Asked) -> Hits:
    numbers, starts, counts = (
        np.concatenate([getattr(runs, name) for runs in several]) for name in ("asked", "starts", "counts")
    )
    rows, run = spread(starts, starts + counts)
    number = numbers[run]
    owner = asked.owners[number]
    places = part.segment.places[rows]
    speed = (places % INTERVALS) / asked.intervals[owner]
    wanted = np.flatnonzero((speed >= SLOWEST) & (speed <= FASTEST))
    if not part.live.all():
        wanted = wanted[part.live[reference_of(part.segment, places[wanted] // _PLACES_A_BLOCK)]]
    place = (places[wanted] // INTERVALS).astype(np.int64) * FRAMES_A_PLACE + FRAMES_A_PLACE // 2
    return Hits(
        query=asked.anchors[owner[wanted]], place=place, speed=speed[wanted], pitch=asked.pitches[number[wanted]]
    )


def reference_of(segment: SoundSegment, blocks: NDArray[np.integer]) -> Places:
    """Which reference a block of the segment is of."""
    return np.searchsorted(segment.firsts, blocks, side="right") - 1


def _uncrowded(hits: Hits, part: SoundPart) -> Hits:
    """Of very many hits those that fall where most fall: a line's lie within seconds, chance is everywhere."""
    coarse = hits.place // _COARSE_FRAMES
    counts = np.bincount(coarse)
    counts = counts + np.append(counts[1:], 0)
    moments = np.flatnonzero(counts)
    reference = reference_of(part.segment, moments * (_COARSE_FRAMES // BLOCK_FRAMES))
    order = np.lexsort((-counts[moments], reference))
    rank = np.arange(len(order)) - np.searchsorted(reference[order], reference[order])
    fullest = moments[order[rank < _COARSE_OF_ONE]]
    fullest = fullest[np.argsort(-counts[fullest], kind="stable")]
    chosen, left = fullest[:_MOST_COARSE], fullest[_MOST_COARSE:]
    full = np.zeros(len(counts) + 1, dtype=bool)
    full[chosen] = True
    full[chosen + 1] = True
    kept = full[coarse]
    return replace(
        hits,
        query=hits.query[kept],
        place=hits.place[kept],
        speed=hits.speed[kept],
        pitch=hits.pitch[kept],
        crowds_omitted=int((counts[left] >= _CROWD).sum()),
    )
