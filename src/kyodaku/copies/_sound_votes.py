# SPDX-License-Identifier: Apache-2.0
"""Votes of hashes: which stretch of which reference, how much faster, may be what a stretch of a query plays."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies._sound_hits import Asked, Hits, Landmarks, SoundPart, hits_in, reference_of
from kyodaku.copies._sound_peaks import BLOCK_FRAMES

__all__ = ["Guess", "Guesses", "guesses"]

Values = NDArray[np.float64]
Places = NDArray[np.int64]

_LEVEL: Final = 1.05
"""From one pace to the next."""
_LEVELS: Final = 15
_BIN_FRAMES: Final = 32
_PLACE_BITS: Final = np.uint64(29)
"""A segment has 2^28 frames at the most (`MOST_BLOCKS`), and 2^30 cells."""
_LEAST_VOTES: Final = 3
_PITCHES: Final = ((0.0, 4.0), (-6.0, 4.0), (6.0, 4.0))
"""Bands by which the query is higher, and how far about: hits of one pitch vote together, and most films are as they
were."""
_MEASURED: Final = 32
"""For one stretch of the query: the strongest are measured, ..."""
_STRONG: Final = 12
_MOST_MEASURED: Final = 256
"""... and more of them if they have so many votes, which chance seldom gives: an opening that many share, or a copy
beside many that are nearer. A line costs a millisecond."""
_CELLS_OF_ONE: Final = 64
_MOST_CELLS: Final = 4096
_MOST_OF_ONE: Final = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Guess:
    """A line that votes speak for: `reference frame = speed * query frame + offset`."""

    part: int
    reference: int
    """Number in the part's segment."""
    speed: float
    offset: float
    pitch: float
    """Bands by which the query is higher, about."""
    votes: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Guesses:
    """The likeliest lines for a stretch of a query, and what was left out."""

    lines: tuple[Guess, ...] = ()
    hits_omitted: int = 0
    """Places of hashes that are too common to be looked at."""
    lines_omitted: int = 0
    """References with lines of so many votes that they had to be measured, and none was."""
    is_dull: bool = False
    """Whether most of the stretch is of hashes that are too common to be looked at."""


def guesses(landmarks: Landmarks, parts: Sequence[SoundPart]) -> Guesses:
    """The lines that a stretch of a query may be on."""
    asked = Asked.of(landmarks)
    found: list[Guess] = []
    hits_omitted = lines_omitted = 0
    is_dull = False
    for number, part in enumerate(parts):
        hits = hits_in(part, asked)
        lines, passed_over = _elected(hits, number, part)
        found += lines
        hits_omitted += hits.omitted
        lines_omitted += hits.crowds_omitted + passed_over
        is_dull |= hits.is_dull
    likeliest, unmeasured = _worth_measuring(found)
    return Guesses(
        lines=likeliest, hits_omitted=hits_omitted, lines_omitted=lines_omitted + unmeasured, is_dull=is_dull
    )


def _worth_measuring(found: list[Guess]) -> tuple[tuple[Guess, ...], int]:
    """The strongest lines, the first of each reference before any second one; and how many have none among them."""
    found.sort(key=lambda guess: -guess.votes)
    strong = [guess for guess in found if guess.votes >= _STRONG]
    before: Counter[tuple[int, int]] = Counter()
    ranked: list[tuple[int, Guess]] = []
    for guess in strong:
        ranked.append((before[guess.part, guess.reference], guess))
        before[guess.part, guess.reference] += 1
    ranked.sort(key=lambda each: each[0])
    first = [guess for _, guess in ranked[:_MOST_MEASURED]]
    weak = found[len(strong) : max(_MEASURED, len(strong))]
    return (*first, *weak), max(0, len(before) - _MOST_MEASURED)


def _elected(hits: Hits, number: int, part: SoundPart) -> tuple[list[Guess], int]:
    """The lines with the most votes; a hit votes for its pace and the next ones, intervals being so short.

    And how many references have some and none of them was looked at.
    """
    if not len(hits.query):
        return [], 0
    ballots = [_ballots(hits, *pitch) for pitch in _PITCHES]
    levels, query, place = (np.concatenate(part) for part in zip(*ballots, strict=True))
    kinds = np.repeat(np.arange(len(ballots)), [len(ballot[0]) for ballot in ballots])
    bins = np.floor((place - _LEVEL**levels * query) / _BIN_FRAMES).astype(np.int64)
    lowest = int(bins.min())
    across = int(bins.max()) - lowest + 3
    rows = kinds * (2 * _LEVELS + 1) + levels + _LEVELS
    cells, votes, places = _counted(rows * across + bins - lowest, place)
    beside = np.append(np.diff(cells) == 1, False)
    both = votes + np.where(beside, np.append(votes[1:], 0), 0)
    mean = (places + np.where(beside, np.append(places[1:], 0), 0)) / both
    reference = reference_of(part.segment, (mean // BLOCK_FRAMES).astype(np.int64))
    return _best(
        _Cells(cells=cells, votes=both, places=mean, references=reference, across=across, lowest=lowest), number, part
    )


def _counted(cells: Places, places: Places) -> tuple[Places, Places, Values]:
    """The cells that have votes, rising, how many, and the sum of their places; sorted as one number each."""
    both = cells.astype(np.uint64) << _PLACE_BITS | places.astype(np.uint64)
    both.sort()
    sorted_cells = (both >> _PLACE_BITS).astype(np.int64)
    starts = np.flatnonzero(np.diff(sorted_cells, prepend=-1))
    votes = np.diff(starts, append=len(both))
    sums = np.add.reduceat((both & ((np.uint64(1) << _PLACE_BITS) - np.uint64(1))).astype(np.float64), starts)
    return sorted_cells[starts], votes, sums


def _ballots(hits: Hits, pitch: float, reach: float) -> tuple[Places, Values, Places]:
    """What hits of about one pitch vote for: pace, and the frames of query and segment."""
    near = np.abs(hits.pitch - pitch) <= reach
    level = np.rint(np.log(hits.speed[near]) / np.log(_LEVEL)).astype(np.int64)
    levels = (level[None, :] + np.array([[-1], [0], [1]])).ravel()
    inside = np.abs(levels) <= _LEVELS
    query, place = np.tile(hits.query[near], 3), np.tile(hits.place[near], 3)
    return levels[inside], query[inside], place[inside]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Cells:
    """Where votes fell: pitch and pace times `across` plus bin from `lowest`; how many; their mean place."""

    cells: Places
    votes: Places
    places: Values
    references: Places
    across: int
    lowest: int

    def strongest(self) -> Places:
        """Numbers of the cells with the most votes, of each reference so many and no more: best first."""
        enough = np.flatnonzero(self.votes >= _LEAST_VOTES)
        order = enough[np.lexsort((-self.votes[enough], self.references[enough]))]
        ordered = self.references[order]
        rank = np.arange(len(order)) - np.searchsorted(ordered, ordered)
        few = np.sort(order[rank < _CELLS_OF_ONE])
        best: Places = few[np.argsort(-self.votes[few], kind="stable")]
        return best


def _best(cast: _Cells, number: int, part: SoundPart) -> tuple[list[Guess], int]:
    strongest = cast.strongest()
    looked_at, left = strongest[:_MOST_CELLS], strongest[_MOST_CELLS:]
    taken: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
    found: list[Guess] = []
    for cell in looked_at.tolist():
        place = float(cast.places[cell])
        kind, row = divmod(int(cast.cells[cell] // cast.across), 2 * _LEVELS + 1)
        level = row - _LEVELS
        reference = int(cast.references[cell])
        lines = taken[reference]
        alike = any(abs(near - level) <= 2 and abs(place - mean) < 2 * _BIN_FRAMES for near, mean in lines)
        if alike or len(lines) >= _MOST_OF_ONE:
            continue
        lines.append((level, place))
        offset = float((cast.cells[cell] % cast.across + cast.lowest + 1) * _BIN_FRAMES)
        found.append(
            Guess(
                part=number,
                reference=reference,
                speed=_LEVEL**level,
                offset=offset - float(part.segment.firsts[reference]) * BLOCK_FRAMES - 0.5,
                pitch=_PITCHES[kind][0],
                votes=float(cast.votes[cell]),
            )
        )
    passed_over = set(cast.references[left[cast.votes[left] >= _STRONG]].tolist()).difference(taken)
    return found, len(passed_over)
