# SPDX-License-Identifier: Apache-2.0
"""How alike frames are, on one scale for every descriptor, and how alike the nearest frames of other works are.

The scale is the cosine: of the finer form where both sides have one, else the cosine that their codes stand for. It is
1 for the same picture; what it is for pictures of different films depends on the descriptor, and is never 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies import _evidence, _measure
from kyodaku.copies._near import Part, Place, measured
from kyodaku.copies._segment import Reference
from kyodaku.copies.descriptor import Codes
from kyodaku.copies.fingerprint import Fingerprint
from kyodaku.copies.index import ReferenceIndex
from kyodaku.errors import UsageError

__all__ = ["NearestFrame", "least_likeness", "likenesses", "nearest_frames", "place_of", "stored", "table"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_ROWS_AT_ONCE: Final = 128
"""Of a table: 128 x 4,096 codes of 256 bits are 16 MB of words."""
_NEAREST: Final = 8
"""Of the codes nearest to a frame so many are measured by the finer form."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NearestFrame:
    """A frame of some reference that is like a frame of the query."""

    reference: str
    time_s: float
    likeness: float


def place_of(index: ReferenceIndex, reference: str) -> Place:
    """Where a reference is stored; `UsageError` if it is not in the index."""
    for part in index.parts:
        for number, entry in enumerate(part.segment.entries):
            if entry.id == reference and part.live[number]:
                return Place(part=part, number=number)
    raise UsageError("there is no such reference", where=reference)


def stored(place: Place) -> Reference:
    """What is stored of a reference."""
    return place.part.segment.reference(place.number)


def least_likeness(index: ReferenceIndex, codes: Codes) -> float:
    """How alike frames with these codes must be, at least, to be found: each, or, by a finer form, on average.

    With a finer form a span is judged by its mean likeness and by how many different pictures it has.
    """
    used = index.calibration
    if used.nearest or not index.parts:
        least = 1 - used.radius / _measure.STEPS
        if not used.likeness:
            return least
        pictures = max(1.0, _evidence.different_frames(codes, used.alike))
        enough = (used.evidence_at(used.review) - used.pictures * math.log(pictures)) / used.likeness
        return min(max(least, enough), 1.0)
    bits = index.parts[0].segment.codes.shape[1] * 8
    return float(_measure.from_hamming(np.array([used.radius]), bits)[0])


def likenesses(seen: Fingerprint, frames: Ints, reference: Reference, rows: Ints) -> Floats:
    """Of each pair of a frame and a row."""
    if seen.fine is not None and reference.fine is not None:
        return _measure.cosines(seen.fine, reference.fine, frames, rows)
    apart = _measure.hamming(seen.codes[frames], reference.codes[rows])
    return _measure.from_hamming(apart, seen.codes.shape[1] * 8)


def table(seen: Fingerprint, frames: Ints, reference: Reference, rows: Ints) -> Floats:
    """Of each frame with each row, `(frames, rows)`."""
    if seen.fine is not None and reference.fine is not None:
        return (_measure.unit(seen.fine[frames]) @ _measure.unit(reference.fine[rows]).T).astype(np.float64)
    made = np.zeros((len(frames), len(rows)))
    for first in range(0, len(frames), _ROWS_AT_ONCE):
        some = frames[first : first + _ROWS_AT_ONCE]
        query, row = np.repeat(some, len(rows)), np.tile(rows, len(some))
        made[first : first + len(some)] = likenesses(seen, query, reference, row).reshape(len(some), len(rows))
    return made


def nearest_frames(
    index: ReferenceIndex, seen: Fingerprint, frames: Ints, *, without: Place | None = None
) -> list[NearestFrame | None]:
    """For each frame the most alike frame of any reference, or of those of other works than `without` shows."""
    best: list[NearestFrame | None] = [None] * len(frames)
    codes = np.ascontiguousarray(seen.codes[frames])
    group = None if without is None else int(without.part.groups[without.number])
    for part in index.parts:
        chosen = part.live if group is None else part.live & (part.groups != group)
        for position, found in _nearest_in(part, chosen, seen, frames, codes):
            known = best[position]
            if known is None or found.likeness > known.likeness:
                best[position] = found
    return best


def _nearest_in(
    part: Part, chosen: NDArray[np.bool_], seen: Fingerprint, frames: Ints, codes: Codes
) -> list[tuple[int, NearestFrame]]:
    """By position in `frames`, the most alike of the rows whose codes are nearest."""
    if not chosen.any() or not len(frames):
        return []
    bits = codes.shape[1] * 8
    finer = seen.fine is not None and part.segment.fine is not None
    wanted = _NEAREST if finer else 1
    near = part.codes.nearest(codes, k=wanted, radius=bits // 2, among=part.segment.rows(chosen))
    cosine = measured(seen.fine, part, frames[near.query], near.row, near.distance)
    order = np.lexsort((-cosine, near.query))
    _, first = np.unique(near.query[order], return_index=True)
    number = part.numbers(near.row)
    return [
        (
            int(near.query[at]),
            NearestFrame(
                reference=part.segment.entries[int(number[at])].id,
                time_s=float(part.segment.times[near.row[at]]),
                likeness=float(cosine[at]),
            ),
        )
        for at in order[first]
    ]
