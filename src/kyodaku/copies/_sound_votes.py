# SPDX-License-Identifier: Apache-2.0
"""Votes of hashes: which stretch of which reference, how much faster, may be what a stretch of a query plays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies._sound_hash import probed, query_triples
from kyodaku.copies._sound_peaks import BLOCK_FRAMES
from kyodaku.copies._sound_segment import FRAMES_A_PLACE, INTERVALS, SoundSegment

__all__ = ["FASTEST", "SLOWEST", "Guess", "Guesses", "Landmarks", "SoundPart", "guesses"]

Values = NDArray[np.float64]
Places = NDArray[np.int64]
Landmarks = tuple[Values, Values, Places]
"""Frames, bands and ranks, by time."""

SLOWEST: Final = 0.75
FASTEST: Final = 1.34
"""How fast a reference may go by in a query: `atempo` of 0.8 to 1.25, and what intervals are rounded by."""
_LEVEL: Final = 1.05
"""From one pace to the next."""
_LEVELS: Final = 5
_BIN_FRAMES: Final = 32
_LEAST_VOTES: Final = 3.0
_MEASURED: Final = 24
"""For one stretch of the query: the strongest are measured, ..."""
_STRONG: Final = 12.0
_MOST_MEASURED: Final = 256
"""... and more of them if they have so many votes, and half of what the strongest has: an opening that many share."""
_MOST_CELLS: Final = 4096
_MOST_OF_ONE: Final = 4
_COMMON_TIMES: Final = 64
_COMMON: Final = 1024
"""A hash with more places than this, and than so many times the usual number, is everyone's and says nothing."""
_MANY: Final = 400_000
_COARSE_FRAMES: Final = 1024
_MOST_COARSE: Final = 4000


@dataclass(frozen=True, kw_only=True, slots=True)
class SoundPart:
    """A segment and which of its references are still there."""

    segment: SoundSegment
    live: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class Guess:
    """A line that votes speak for: `reference frame = speed * query frame + offset`."""

    part: int
    reference: int
    """Number in the part's segment."""
    speed: float
    offset: float
    votes: float


@dataclass(frozen=True, kw_only=True, slots=True)
class _Hits:
    query: Values
    place: Values
    speed: Values
    omitted: int

    def taken(self, which: NDArray[np.bool_]) -> _Hits:
        return _Hits(query=self.query[which], place=self.place[which], speed=self.speed[which], omitted=self.omitted)


@dataclass(frozen=True, kw_only=True, slots=True)
class Guesses:
    """The likeliest lines for a stretch of a query, best first, and what was left out."""

    lines: tuple[Guess, ...] = ()
    hits_omitted: int = 0
    """Places of hashes that are too common to be looked at."""
    lines_omitted: int = 0
    """Lines with votes enough, beyond what is measured."""


def guesses(landmarks: Landmarks, parts: Sequence[SoundPart]) -> Guesses:
    """The lines that a stretch of a query may be on."""
    triples = query_triples(*landmarks)
    if not len(triples.anchors):
        return Guesses()
    keys, owners = probed(triples)
    order = np.argsort(keys, kind="stable")
    keys, owners = keys[order], owners[order]
    anchors = landmarks[0][triples.anchors]
    found: list[Guess] = []
    omitted = 0
    for number, part in enumerate(parts):
        hits = _hits(part.segment, keys, owners, anchors, triples.interval)
        omitted += hits.omitted
        found += [guess for guess in _elected(hits, number, part.segment) if part.live[guess.reference]]
    found.sort(key=lambda guess: -guess.votes)
    strong = sum(guess.votes >= max(_STRONG, found[0].votes / 2) for guess in found)
    return Guesses(
        lines=tuple(found[: max(_MEASURED, min(strong, _MOST_MEASURED))]),
        hits_omitted=omitted,
        lines_omitted=max(0, strong - _MOST_MEASURED),
    )


def _hits(segment: SoundSegment, keys: NDArray[np.uint32], owners: Places, anchors: Values, interval: Values) -> _Hits:
    """Every place where the reference has one of these hashes and plays it at a pace that is looked for."""
    at = np.searchsorted(segment.hashes, keys)
    at = np.minimum(at, max(len(segment.hashes) - 1, 0))
    known = np.flatnonzero(segment.hashes[at] == keys) if len(segment.hashes) else np.zeros(0, np.intp)
    at = at[known]
    starts = segment.starts[at]
    counts = segment.starts[at + 1] - starts if len(at) else starts
    common = counts > max(_COMMON, _COMMON_TIMES * len(segment.places) / max(1, len(segment.hashes)))
    omitted = int(counts[common].sum())
    known, starts, counts = known[~common], starts[~common], counts[~common]
    owner = np.repeat(owners[known], counts)
    first = np.repeat(starts - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts) if len(counts) else counts
    places = segment.places[first + np.arange(len(owner))]
    speed = (places % INTERVALS) / interval[owner]
    hits = _Hits(
        query=anchors[owner],
        place=(places // INTERVALS).astype(np.float64) * FRAMES_A_PLACE + FRAMES_A_PLACE / 2,
        speed=speed,
        omitted=omitted,
    )
    hits = hits.taken((speed >= SLOWEST) & (speed <= FASTEST))
    return _crowded(hits) if len(hits.query) > _MANY else hits


def _crowded(hits: _Hits) -> _Hits:
    """Of very many hits those that fall where most fall: a line's lie within seconds, chance is everywhere."""
    coarse = (hits.place // _COARSE_FRAMES).astype(np.int64)
    counts = np.bincount(coarse)
    counts = counts + np.append(counts[1:], 0)
    least = np.sort(counts)[-min(_MOST_COARSE, len(counts))]
    full = np.zeros(len(counts) + 1, dtype=bool)
    chosen = np.flatnonzero(counts >= max(least, 1))[: 4 * _MOST_COARSE]
    full[chosen] = True
    full[chosen + 1] = True
    return hits.taken(full[coarse])


def _elected(hits: _Hits, part: int, segment: SoundSegment) -> Iterator[Guess]:
    """The lines with the most votes; a hit votes for its pace and the next ones, intervals being so short."""
    if not len(hits.query):
        return
    level = np.rint(np.log(hits.speed) / np.log(_LEVEL)).astype(np.int64)
    levels = (level[None, :] + np.array([[-1], [0], [1]])).ravel()
    query, place = np.tile(hits.query, 3), np.tile(hits.place, 3)
    inside = np.abs(levels) <= _LEVELS
    levels, query, place = levels[inside], query[inside], place[inside]
    bins = np.floor((place - _LEVEL**levels * query) / _BIN_FRAMES).astype(np.int64)
    lowest = int(bins.min())
    across = int(bins.max()) - lowest + 3
    cells, owner, votes = np.unique(
        (levels + _LEVELS) * across + bins - lowest, return_inverse=True, return_counts=True
    )
    places = np.bincount(owner, weights=place)
    beside = np.append(np.diff(cells) == 1, False)
    both = votes + np.where(beside, np.append(votes[1:], 0), 0)
    mean = (places + np.where(beside, np.append(places[1:], 0), 0)) / both
    yield from _best(
        _Cells(cells=cells, votes=both.astype(np.float64), places=mean, across=across, lowest=lowest), part, segment
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Cells:
    """Where votes fell: pace times `across` plus bin from `lowest`, how many, and where in the segment on average."""

    cells: Places
    votes: Values
    places: Values
    across: int
    lowest: int


def _best(cast: _Cells, part: int, segment: SoundSegment) -> Iterator[Guess]:
    order = np.argsort(-cast.votes, kind="stable")[:_MOST_CELLS]
    taken: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
    for cell in order[cast.votes[order] >= _LEAST_VOTES].tolist():
        place = float(cast.places[cell])
        level = int(cast.cells[cell] // cast.across) - _LEVELS
        reference = int(np.searchsorted(segment.firsts, place // BLOCK_FRAMES, side="right")) - 1
        lines = taken[reference]
        alike = any(abs(near - level) <= 2 and abs(place - mean) < 2 * _BIN_FRAMES for near, mean in lines)
        if alike or len(lines) >= _MOST_OF_ONE:
            continue
        lines.append((level, place))
        offset = float((cast.cells[cell] % cast.across + cast.lowest + 1) * _BIN_FRAMES)
        yield Guess(
            part=part,
            reference=reference,
            speed=_LEVEL**level,
            offset=offset - float(segment.firsts[reference]) * BLOCK_FRAMES - 0.5,
            votes=float(cast.votes[cell]),
        )
