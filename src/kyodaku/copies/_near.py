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
from kyodaku.copies.background import Background
from kyodaku.copies.calibration import Calibration
from kyodaku.copies.descriptor import Codes
from kyodaku.copies.fingerprint import Fingerprint
from kyodaku.copies.views import View

__all__ = ["Found", "Look", "Part", "Place", "Weighed", "look", "measured", "near", "promising", "weighed"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_MOST_HITS: Final = 8192
"""Near codes of one frame that are looked at: enough for thousands of references with the same picture."""
_MOST_REFERENCES: Final = 256
"""References that are aligned with one view of a query: about a millisecond each."""
_MOST_MEASURED: Final = 64
"""The same where the whole of each is measured by the finer form: some milliseconds for an hour of film."""
_OF_A_WORK: Final = 4
"""References of one work that come before the next work's."""
_MIGHT: Final = 0.35
"""A reference that is not measured is counted as left out from this share of what all needed frames could say."""
_FILLING: Final = 4
"""A reference that has this part of a frame's places is a still scene, found well enough."""
_ROUNDS: Final = 8
"""Times that more is asked for where everything found is close: after that a frame is counted as not looked at."""
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
    groups: NDArray[np.int64]
    """`(references,)`: a number for the work that each shows."""

    def numbers(self, row: Ints) -> Ints:
        """The reference of each row."""
        found: Ints = np.searchsorted(self.segment.starts, row, side="right") - 1
        return found


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
    def group(self) -> int:
        """The number of the work that it shows."""
        return int(self.part.groups[self.number])

    @property
    def is_still(self) -> bool:
        """A still has no time of its own: it is at every moment of the query at which it is seen."""
        return len(self.times) == 1 and self.entry.duration_s <= _STILL_S

    @property
    def first_row(self) -> int:
        return int(self.part.segment.starts[self.number])

    @property
    def codes(self) -> Codes:
        return self.part.segment.codes[self.part.segment.rows_of(self.number)]

    def some_codes(self, rows: Ints) -> Codes:
        """Those of some rows of the reference."""
        return self.part.segment.codes[rows + self.first_row]

    @property
    def fine(self) -> _measure.Fine | None:
        return self.part.segment.fine_of(self.number)

    @property
    def times(self) -> NDArray[np.float32]:
        return self.part.segment.times[self.part.segment.rows_of(self.number)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """Near frames in all references; parallel arrays, by reference and frame."""

    reference: Ints
    """The position of the part in the high bits, the number of the reference in it in the low ones."""
    frame: Ints
    row: Ints
    """In the part."""
    group: Ints
    """The number of the work that the reference shows."""
    evidence: Floats
    lift: Floats
    """`(frames of the query,)`: what each has in common with several works and strangers (`_measure.lifts`) ..."""
    shared: Floats
    """... and how much of it is not for the strangers alone."""
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
    shared: Floats
    """`(frames of the query,)`: what was taken off the cosines because of other works."""


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


def near(seen: Look, parts: Sequence[Part], calibration: Calibration, background: Background | None = None) -> Found:
    """Near frames everywhere, with what each says by its distance and by how many references show the same."""
    finer = bool(calibration.nearest)
    every = [_in_part(seen, position, part, calibration, finer=finer) for position, part in enumerate(parts)]
    reference, frame, row, group, distance, cosine = _joined([found for found, _ in every])
    lift: Floats = np.zeros(len(seen.codes))
    alone: Floats = lift
    if finer:
        lift, alone = _lifted(seen, (frame, group, cosine), calibration, background)
        distance = _measure.steps(cosine - lift[frame])
    evidence = calibration.evidence_of(distance)
    evidence = evidence * _rarity(reference, frame, evidence, seen, calibration)[frame]
    order = np.lexsort((frame, reference))
    order = order[evidence[order] > 0]
    return Found(
        reference=reference[order],
        frame=frame[order],
        row=row[order],
        group=group[order],
        evidence=evidence[order],
        lift=lift,
        shared=lift - alone,
        omitted=sum(omitted for _, omitted in every),
    )


def _lifted(
    seen: Look, found: tuple[Ints, Ints, Floats], calibration: Calibration, background: Background | None
) -> tuple[Floats, Floats]:
    """For each frame of the query what it has in common with others, and with the strangers among them alone."""
    strangers = None
    if background is not None and seen.fine is not None:
        strangers = background.most_alike(seen.fine, _measure.COMPANY)
    nothing = (_NONE, _NONE, np.zeros(0))
    lift, alone = (
        _measure.lifts(len(seen.codes), *some, base=calibration.base, cap=calibration.cap, strangers=strangers)
        for some in (found, nothing)
    )
    return lift, alone


_Columns = tuple[Ints, Ints, Ints, Ints, Ints, Floats]
"""Of pairs: reference, frame, row, group of the reference, Hamming distance, cosine by the finer form."""


def _joined(parts: Sequence[_Columns]) -> _Columns:
    reference, frame, row, group, distance, cosine = zip((*[_NONE] * 5, np.zeros(0)), *parts, strict=True)
    return (
        np.concatenate(reference),
        np.concatenate(frame),
        np.concatenate(row),
        np.concatenate(group),
        np.concatenate(distance),
        np.concatenate(cosine),
    )


def _in_part(seen: Look, position: int, part: Part, calibration: Calibration, *, finer: bool) -> tuple[_Columns, int]:
    """What of a part is worth looking at, and how many pairs were left out that might have been."""
    if finer:
        pairs = _nearest(seen.codes, part, calibration)
    else:
        pairs = part.codes.near(seen.codes, radius=calibration.radius, limit=_MOST_HITS)
    number = part.numbers(pairs.row)
    live = part.live[number]
    frame, row, distance, number = pairs.query[live], pairs.row[live], pairs.distance[live], number[live]
    cosine = measured(seen.fine, part, frame, row, distance) if finer else np.zeros(len(row))
    columns = ((position << _SHIFT) + number, frame, row, part.groups[number], distance, cosine)
    return columns, pairs.omitted


def _nearest(codes: Codes, part: Part, calibration: Calibration) -> Near:
    """The nearest rows of each frame, of however many references it takes until the rest are further away.

    Many frames of one reference, or many references of the same pictures, would fill the nearest few: whose work is
    left out must not be chance, nor anyone's choice. So while a frame has nothing but close rows, what comes after the
    references that were found is asked for as well; these are measured as a whole later on.
    """
    live, asked = part.live.copy(), np.arange(len(codes))
    parts: list[Ints] = []
    for _ in range(_ROUNDS):
        among = None if live.all() else part.segment.rows(live)
        pairs = part.codes.nearest(codes[asked], k=calibration.nearest, radius=calibration.reach, among=among)
        close = np.bincount(pairs.query[pairs.distance <= calibration.surely], minlength=len(asked))
        parts.append(np.stack([asked[pairs.query], pairs.row, pairs.distance]))
        asked = asked[close >= calibration.nearest]
        live &= ~_found_enough(np.concatenate(parts, axis=1), part, calibration)
        if not len(asked) or not live.any():
            asked = asked[:0]
            break
    query, row, distance = np.unique(np.concatenate(parts, axis=1), axis=1)
    return Near(query=query, row=row, distance=distance, omitted=len(asked))


def _found_enough(pairs: Ints, part: Part, calibration: Calibration) -> NDArray[np.bool_]:
    """`(references,)`: which of them were found in enough frames to be measured, or fill a frame's places alone."""
    number = part.numbers(pairs[1])
    seats, rows = np.unique(np.stack([number, pairs[0]]), axis=1, return_counts=True)
    frames = np.bincount(seats[0], minlength=len(part.live))
    filling = np.zeros(len(part.live), dtype=bool)
    filling[seats[0, rows * _FILLING >= calibration.nearest]] = True
    enough: NDArray[np.bool_] = filling | (frames >= calibration.corroboration)
    return enough


def measured(fine: _measure.Fine | None, part: Part, frame: Ints, row: Ints, distance: Ints) -> Floats:
    """The cosine of each pair by the finer form, or as the codes' distance says where one side has none."""
    cosine = _measure.from_hamming(distance, part.segment.codes.shape[1] * 8)
    if fine is None or part.segment.fine is None:
        return cosine
    has = part.segment.finer[part.numbers(row)]
    cosine[has] = _measure.cosines(fine, part.segment.fine, frame[has], row[has])
    return cosine


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
    references, first, group = np.unique(found.reference, return_index=True, return_inverse=True)
    hits = Hits(frames=found.frame, times=_times(found, parts), weights=found.evidence)
    promise = promises(group, hits, seen.clock, _COARSE_S)
    if calibration.nearest:
        return _most_promising(references, found.group[first], promise, seen, calibration)
    enough = _PROMISE * math.sqrt(least_evidence * calibration.evidence[0] * calibration.needed(seen.different))
    able = np.flatnonzero(promise >= min(enough, calibration.evidence[0] / 2))
    ordered = references[able[np.argsort(-promise[able], kind="stable")]].tolist()
    return ordered[:_MOST_REFERENCES], ordered[_MOST_REFERENCES:]


def _most_promising(
    references: Ints, groups: Ints, promise: Floats, seen: Look, calibration: Calibration
) -> tuple[list[int], list[int]]:
    """The best few of each work, and of all; those that might match and are more than these count as left out.

    Candidates are only the nearest, so that few of a copy's frames may be among them.
    """
    order = np.argsort(-promise, kind="stable")
    able = order[promise[order] >= _STRIKING * calibration.evidence[0]]
    first = np.argsort(groups[able], kind="stable")
    starts = np.searchsorted(groups[able][first], groups[able][first])
    rank = np.empty(len(able), dtype=np.int64)
    rank[first] = np.arange(len(able)) - starts
    kept = able[np.argsort(np.maximum(rank - _OF_A_WORK, 0), kind="stable")]
    sure = calibration.evidence[0] * calibration.needed(seen.different) * _MIGHT
    left_out = kept[_MOST_MEASURED:]
    chosen: list[int] = references[kept[:_MOST_MEASURED]].tolist()
    return chosen, references[left_out[promise[left_out] >= sure]].tolist()


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
        distance = _measure.hamming(seen.codes[frame], place.some_codes(row))
        evidence = found.evidence[first:last]
    else:
        frame, row, distance = _all_of(seen, place, found.lift, calibration)
        evidence = calibration.evidence_of(distance)
        says = evidence > 0
        frame, row, distance, evidence = frame[says], row[says], distance[says], evidence[says]
    weights = evidence * (1 - _NEARNESS * distance / calibration.radius)
    best = np.zeros(len(seen.codes))
    np.maximum.at(best, frame, weights)
    times = seen.clock.times[frame] if place.is_still else place.times[row].astype(np.float64)
    hits = Hits(frames=frame, times=times, weights=weights * (weights / best[frame]) ** _SHARPNESS)
    return Weighed(hits=hits, rows=row, distance=distance, evidence=evidence, shared=found.shared)


def _all_of(seen: Look, place: Place, lift: Floats, calibration: Calibration) -> tuple[Ints, Ints, Ints]:
    """Frames of the query and rows of a reference that are within the radius of each other, and how far."""
    fine = place.fine
    if seen.fine is not None and fine is not None:
        return _measure.within(seen.fine, fine, lift, calibration.radius)
    pairs = ExactCodes(place.codes).near(seen.codes, radius=calibration.reach or calibration.radius, limit=_MOST_HITS)
    if not calibration.nearest:
        return pairs.query, pairs.row, pairs.distance
    cosine = _measure.from_hamming(pairs.distance, seen.codes.shape[1] * 8)
    return pairs.query, pairs.row, _measure.steps(cosine - lift[pairs.query])
