# SPDX-License-Identifier: Apache-2.0
"""Near frames: those of the references that look like frames of the query, and the references that they speak for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies import _evidence, _measure
from kyodaku.copies._align_vote import promises
from kyodaku.copies._codes import CodeIndex, ExactCodes, Near
from kyodaku.copies._segment import Entry, Segment
from kyodaku.copies.align import Clock, Hits
from kyodaku.copies.calibration import Calibration
from kyodaku.copies.descriptor import Codes
from kyodaku.copies.fingerprint import Fingerprint
from kyodaku.copies.views import View

__all__ = ["Found", "Look", "Part", "Place", "Weighed", "look", "near", "promising", "weighed"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_MOST_HITS: Final = 8192
"""Near codes of one frame that are looked at: enough for thousands of references with the same picture."""
_MOST_REFERENCES: Final = 256
"""References that are aligned with one view of a query: about a millisecond each."""
_STRIKING: Final = 0.5
"""A frame is found in a reference, for the purpose of counting references, with this share of the most evidence."""
_NEARNESS: Final = 0.7
"""The share of its weight that a hit at the radius loses against one at distance 0 when lines are sought."""
_SHARPNESS: Final = 3
"""A hit counts by this power of its share in its frame's best hit: in a slow scene one moment is most alike."""
_PROMISE: Final = 0.5
"""A reference is aligned if its promise is this share of what a match needs: votes are counted coarsely."""
_COARSE_S: Final = 0.6
"""Half the width of the bins in which promises are counted, in reference time."""
_STILL_S: Final = 1.0
"""One frame of something longer is a dark film with one bright moment."""

_SHIFT: Final = 32
_NONE: Final = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A segment ready to be searched."""

    segment: Segment
    codes: CodeIndex
    live: NDArray[np.bool_]
    """`(references,)`: which of them are part of the index."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """One view of the query: the frames that say something."""

    view: View
    codes: Codes
    fine: _measure.Fine | None
    """With `codes`, where the query and the descriptor have a finer form."""
    clock: Clock
    different: float
    """How many different pictures there are."""
    step_s: float
    duration_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """One reference, where it is stored."""

    part: Part
    number: int

    @property
    def entry(self) -> Entry:
        return self.part.segment.entries[self.number]

    @property
    def is_still(self) -> bool:
        """A still has no time of its own: it is at every moment of the query at which it is seen."""
        return len(self.times) == 1 and self.entry.duration_s <= _STILL_S

    @property
    def first_row(self) -> int:
        return int(self.part.segment.starts[self.number])

    @property
    def codes(self) -> Codes:
        return self.part.segment.reference(self.number).codes

    @property
    def fine(self) -> _measure.Fine | None:
        return self.part.segment.reference(self.number).fine

    @property
    def times(self) -> NDArray[np.float32]:
        return self.part.segment.reference(self.number).times


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """Near frames in all references; parallel arrays, by reference and frame."""

    reference: Ints
    """The position of the part in the high bits, the number of the reference in it in the low ones."""
    frame: Ints
    row: Ints
    """In the part."""
    evidence: Floats
    omitted: int

    def place(self, reference: int, parts: Sequence[Part]) -> Place:
        """Where a reference is stored."""
        return Place(part=parts[reference >> _SHIFT], number=reference & ((1 << _SHIFT) - 1))


@dataclass(frozen=True, kw_only=True, slots=True)
class Weighed:
    """The hits in one reference: as alignment wants them, and what each says."""

    hits: Hits
    """Weighed for alignment: what is nearer is better, also where the evidence is the same."""
    rows: Ints
    """In the reference."""
    distance: Ints
    evidence: Floats


def look(view: View, fingerprint: Fingerprint, calibration: Calibration) -> Look:
    """What of a view can be searched for: frames with too little to see are left out."""
    seen = np.flatnonzero(fingerprint.quality >= calibration.minimum_quality)
    codes = np.ascontiguousarray(fingerprint.codes[seen])
    return Look(
        view=view,
        codes=codes,
        fine=None if fingerprint.fine is None else fingerprint.fine[seen],
        clock=Clock(times=fingerprint.times[seen].astype(np.float64), worth=_evidence.worths(codes, calibration.alike)),
        different=_evidence.different_frames(codes, calibration.alike),
        step_s=_evidence.usual_step(fingerprint.times),
        duration_s=fingerprint.duration_s,
    )


def near(seen: Look, parts: Sequence[Part], calibration: Calibration) -> Found:
    """Near frames everywhere, with what each says by its distance and by how many references show the same."""
    nothing = Found(reference=_NONE, frame=_NONE, row=_NONE, evidence=np.zeros(0), omitted=0)
    every = [nothing, *(_near_in_part(seen, position, part, calibration) for position, part in enumerate(parts))]
    reference, frame = np.concatenate([one.reference for one in every]), np.concatenate([one.frame for one in every])
    evidence = np.concatenate([one.evidence for one in every])
    evidence = evidence * _rarity(reference, frame, evidence, seen, calibration)[frame]
    order = np.lexsort((frame, reference))
    return Found(
        reference=reference[order],
        frame=frame[order],
        row=np.concatenate([one.row for one in every])[order],
        evidence=evidence[order],
        omitted=sum(one.omitted for one in every),
    )


def _near_in_part(seen: Look, position: int, part: Part, calibration: Calibration) -> Found:
    pairs = _candidates(seen, part.codes, calibration)
    distance = _measured(seen, part.segment, pairs, calibration)
    evidence = calibration.evidence_of(distance)
    number = np.searchsorted(part.segment.starts, pairs.row, side="right") - 1
    useful = part.live[number] & (evidence > 0)
    return Found(
        reference=((position << _SHIFT) + number)[useful],
        frame=pairs.query[useful],
        row=pairs.row[useful],
        evidence=evidence[useful],
        omitted=pairs.omitted,
    )


def _candidates(seen: Look, codes: CodeIndex, calibration: Calibration) -> Near:
    """What is worth measuring: all that is within the radius, or the nearest where a finer form will tell."""
    if calibration.nearest and seen.fine is not None:
        return codes.nearest(seen.codes, k=calibration.nearest, radius=calibration.reach)
    return codes.near(seen.codes, radius=calibration.radius, limit=_MOST_HITS)


def _measured(seen: Look, segment: Segment, pairs: Near, calibration: Calibration) -> Ints:
    """The distances of pairs by the finer form where there is one."""
    if seen.fine is None or segment.fine is None:
        return pairs.distance
    return _measure.of_pairs(seen.fine, segment.fine, pairs.query, pairs.row, calibration.radius)


def _rarity(reference: Ints, frame: Ints, evidence: Floats, seen: Look, calibration: Calibration) -> Floats:
    """For each frame of the query a weight that falls with the number of references in which it was clearly found."""
    clear = evidence >= _STRIKING * calibration.evidence[0]
    pairs = np.unique(np.stack([frame[clear], reference[clear]]), axis=1)
    return _evidence.commonness(np.bincount(pairs[0], minlength=len(seen.codes)))


def promising(
    found: Found, seen: Look, parts: Sequence[Part], calibration: Calibration, *, least_evidence: float
) -> tuple[list[int], list[int]]:
    """References whose frames could add up to a match, the most promising first; and those beyond the limit."""
    if not len(found.reference):
        return [], []
    references, group = np.unique(found.reference, return_inverse=True)
    hits = Hits(frames=found.frame, times=_times(found, parts), weights=found.evidence)
    promise = promises(group, hits, seen.clock, _COARSE_S)
    enough = _PROMISE * math.sqrt(least_evidence * calibration.evidence[0] * calibration.needed(seen.different))
    able = np.flatnonzero(promise >= min(enough, calibration.evidence[0] / 2))
    ordered = references[able[np.argsort(-promise[able], kind="stable")]].tolist()
    return ordered[:_MOST_REFERENCES], ordered[_MOST_REFERENCES:]


def _times(found: Found, parts: Sequence[Part]) -> Floats:
    times = np.empty(len(found.row))
    for position, part in enumerate(parts):
        own = found.reference >> _SHIFT == position
        times[own] = part.segment.times[found.row[own]]
    return times


def weighed(found: Found, reference: int, seen: Look, place: Place, calibration: Calibration) -> Weighed:
    """The hits in one reference; where not all of it was compared, the query is now compared with the whole."""
    if place.part.codes.exact and not calibration.nearest:
        first, last = np.searchsorted(found.reference, [reference, reference + 1])
        frame, row = found.frame[first:last], found.row[first:last] - place.first_row
        distance = _measure.hamming(seen.codes[frame], place.codes[row])
        evidence = found.evidence[first:last]
    else:
        frame, row, distance = _all_of(seen, place, calibration)
        evidence = calibration.evidence_of(distance)
        says = evidence > 0
        frame, row, distance, evidence = frame[says], row[says], distance[says], evidence[says]
    weights = evidence * (1 - _NEARNESS * distance / calibration.radius)
    best = np.zeros(len(seen.codes))
    np.maximum.at(best, frame, weights)
    times = seen.clock.times[frame] if place.is_still else place.times[row].astype(np.float64)
    hits = Hits(frames=frame, times=times, weights=weights * (weights / best[frame]) ** _SHARPNESS)
    return Weighed(hits=hits, rows=row, distance=distance, evidence=evidence)


def _all_of(seen: Look, place: Place, calibration: Calibration) -> tuple[Ints, Ints, Ints]:
    """Frames of the query and rows of a reference that are within the radius of each other, and how far."""
    fine = place.fine
    if seen.fine is not None and fine is not None:
        return _measure.within(seen.fine, fine, calibration.radius)
    pairs = ExactCodes(place.codes).near(seen.codes, radius=calibration.radius, limit=_MOST_HITS)
    return pairs.query, pairs.row, pairs.distance
