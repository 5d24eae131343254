# SPDX-License-Identifier: Apache-2.0
"""Why a match was found, frame by frame, for people who must decide by it and for machines that check it.

```python
for match in index.search(query):
    evidence = evidence_of(match, query, index)
    evidence.agreeing, evidence.sampled       # 31 of the 32 frames that were looked at in this span
    evidence.frames[0].likeness               # how alike this one is to the reference at that moment
    evidence.frames[0].other                  # and to the most alike frame of any other work
```

Everything is measured anew from the fingerprints, by the line that the match lies on: it says what supports a match
and what speaks against it, and takes no part in finding any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies import _evidence
from kyodaku.copies._likeness import (
    Floats,
    Ints,
    NearestFrame,
    least_likeness,
    likenesses,
    nearest_frames,
    place_of,
    stored,
    table,
)
from kyodaku.copies._near import Place, look, near
from kyodaku.copies._segment import Reference
from kyodaku.copies.descriptor import Pixels, get_descriptor
from kyodaku.copies.fingerprint import Fingerprint
from kyodaku.copies.index import ReferenceIndex
from kyodaku.copies.match import Match
from kyodaku.copies.query import QueryFingerprint
from kyodaku.copies.views import VIEWS, canonical

__all__ = [
    "FrameEvidence",
    "MatchEvidence",
    "NearestFrame",
    "SimilarityMatrix",
    "candidates",
    "counts_from",
    "evidence_of",
    "likeness_to_stored",
    "line_of",
    "nearest_of_all",
    "shown_by",
    "similarity_matrix",
]

MOST_FRAMES: Final = 512
"""Of a longer span so many frames, evenly spread, are told one by one: four minutes at two a second."""
_MOST_COMPARED: Final = 96
"""Frames for which the most alike frame of any other work is sought: 0.2 s with half a million codes."""
_TOLERANCE_S: Final = 0.35
"""Seconds that a frame may lie off its line besides half a sampling step of the reference, as in the search."""
_EDGE_S: Final = 1e-3
"""A match's times are rounded to this."""
_MOST_SAMPLES: Final = 1_536
"""Frames on either side of a similarity matrix: 12 minutes at 2 a second."""
_HELD_S: Final = 0.6
"""A sample stands for the time around it, up to so far away, if there is no nearer one: 2 a second and some."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameEvidence:
    """A sampled frame of the query within a match; times in seconds from the first frame of each medium."""

    q_time: float
    line_time: float
    """Where in the reference the match's line puts it."""
    r_time: float | None
    """The most alike stored frame of the reference near there; None where the reference has none that says anything."""
    likeness: float | None
    """To that frame: a cosine, 1 for the same picture."""
    least: float
    """As alike as this it must be to agree: more, where it is like several other works as well."""
    agrees: bool
    """Whether it is."""
    other: NearestFrame | None
    """The most alike frame of any other work, at any moment; None where it was not sought, or nothing was near."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MatchEvidence:
    """What supports a match."""

    match: Match
    offset_s: float
    """With the match's speed its line: `reference time = speed * query time + offset_s`."""
    tolerance_s: float
    """How far off the line, in reference time, a frame was sought."""
    least_likeness: float
    """How alike frames must be for the span to be found, if all of them were so; more where `FrameEvidence` says so."""
    finer: bool
    """Whether likeness was measured by the finer form; else it is the cosine that codes stand for."""
    sampled: int
    """Frames of the query in this span with enough to see."""
    agreeing: int
    blank: int
    """Frames of the query in this span with too little to see to be compared."""
    frames: tuple[FrameEvidence, ...]
    """All of these, or `MOST_FRAMES` of them, evenly spread."""
    rival: Match | None
    """The best match of another work at the same moment, however improbable; None if there was none at all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SimilarityMatrix:
    """How alike each moment of the query is to each moment of a reference; both axes are regular in time."""

    q_start: float
    q_step: float
    r_start: float
    r_step: float
    values: Floats
    """`(query, reference)`; NaN where either side shows too little to be compared."""


def candidates(query: QueryFingerprint, index: ReferenceIndex) -> tuple[Match, ...]:
    """All spans that the query could be aligned with, best first, however improbable they are as copies."""
    return index.find(query, least_score=0.0).matches


def counts_from(query: QueryFingerprint, index: ReferenceIndex) -> float:
    """How alike the frames of a query, as a whole, must be to some reference's to be found."""
    seen = query.views[next(iter(query.views))]
    return least_likeness(index, seen.codes[seen.quality >= index.calibration.minimum_quality])


def shown_by(query: QueryFingerprint, view: str) -> Fingerprint | None:
    """The query as it was looked at in this way, whenever that was."""
    return query.views[view] if view in query.views else query.further.get(view)


def line_of(match: Match) -> float:
    """The offset of a match's line; a span that was cut at the reference's first frame is taken from its other end."""
    if match.r_start > 0:
        return match.r_start - match.speed * match.q_start
    return match.r_end - match.speed * match.q_end


def evidence_of(
    match: Match, query: QueryFingerprint, index: ReferenceIndex, *, others: Sequence[Match] = ()
) -> MatchEvidence:
    """What the frames of a match say; `others` are the spans (`candidates`) among which a rival is sought."""
    place, used = place_of(index, match.reference), index.calibration
    reference = stored(place)
    seen = shown_by(query, match.view)
    seen = query.views[next(iter(query.views))] if seen is None else seen
    inside = np.flatnonzero((seen.times >= match.q_start - _EDGE_S) & (seen.times <= match.q_end + _EDGE_S))
    clear = inside[seen.quality[inside] >= used.minimum_quality]
    tolerance = _TOLERANCE_S + _evidence.usual_step(reference.times) / 2
    rows, likeness = _along(match, seen, clear, reference, tolerance=tolerance, still=place.is_still)
    enough = least_likeness(index, seen.codes[clear])
    least = enough + _in_common(seen, clear, match.view, index)
    agrees = likeness >= least
    told = _spread(len(clear), MOST_FRAMES)
    compared = _spread(len(told), _MOST_COMPARED)
    nearest = dict(
        zip(compared.tolist(), nearest_frames(index, seen, clear[told[compared]], without=place), strict=True)
    )
    return MatchEvidence(
        match=match,
        offset_s=round(line_of(match), 3),
        tolerance_s=round(tolerance, 3),
        least_likeness=round(enough, 4),
        finer=seen.fine is not None and reference.fine is not None,
        sampled=len(clear),
        agreeing=int(agrees.sum()),
        blank=len(inside) - len(clear),
        frames=tuple(
            FrameEvidence(
                q_time=float(seen.times[clear[at]]),
                line_time=match.speed * float(seen.times[clear[at]]) + line_of(match),
                r_time=None if rows[at] < 0 else float(reference.times[rows[at]]),
                likeness=None if rows[at] < 0 else float(likeness[at]),
                least=float(least[at]),
                agrees=bool(agrees[at]),
                other=nearest.get(number),
            )
            for number, at in enumerate(told.tolist())
        ),
        rival=_rival(match, place, others, index),
    )


def nearest_of_all(query: QueryFingerprint, index: ReferenceIndex) -> list[tuple[float, NearestFrame | None]]:
    """For frames of the query, evenly spread, the most alike frame of any reference: what a clip is nearest to."""
    seen, used = query.views[next(iter(query.views))], index.calibration
    clear = np.flatnonzero(seen.quality >= used.minimum_quality)
    some = clear[_spread(len(clear), _MOST_COMPARED)]
    return list(zip(seen.times[some].astype(float).tolist(), nearest_frames(index, seen, some), strict=True))


def likeness_to_stored(reference: str, time_s: float, picture: Pixels, index: ReferenceIndex) -> float | None:
    """How alike a picture is to what was registered of a reference at this time; None if nothing was.

    So a medium that somebody says is the reference can be told from one that is not.
    """
    known = stored(place_of(index, reference))
    if not len(known.times):
        return None
    seen = get_descriptor(index.descriptor).describe([canonical(picture)])
    row = int(np.abs(known.times.astype(np.float64) - time_s).argmin())
    whole = Fingerprint(
        descriptor=index.descriptor,
        duration_s=0.0,
        times=np.zeros(1, dtype=np.float32),
        codes=seen.codes,
        quality=seen.quality,
        fine=seen.fine,
    )
    return float(likenesses(whole, np.array([0]), known, np.array([row]))[0])


def similarity_matrix(
    reference: str,
    views: Sequence[str],
    query: QueryFingerprint,
    index: ReferenceIndex,
    *,
    q_span: tuple[float, float],
    r_span: tuple[float, float],
    most: int = 240,
) -> SimilarityMatrix:
    """The most alike of the query's views at each pair of moments, at most `most` on either axis."""
    shown = [one for one in (shown_by(query, view) for view in dict.fromkeys(views)) if one is not None]
    known = stored(place_of(index, reference))
    rows = _within(known.times, r_span)
    r_step = _step(known.times[rows], r_span, most)
    q_step = _step(shown[0].times[_within(shown[0].times, q_span)], q_span, most) if shown else 1.0
    values = np.full((_count(q_span, q_step), _count(r_span, r_step)), np.nan)
    for seen in shown:
        frames = _within(seen.times, q_span)
        likeness = table(seen, frames, known, rows)
        likeness[seen.quality[frames] < index.calibration.minimum_quality] = np.nan
        pooled = _pooled(likeness, seen.times[frames], q_span[0], q_step, values.shape[0])
        pooled = _pooled(pooled.T, known.times[rows], r_span[0], r_step, values.shape[1]).T
        values = np.fmax(values, pooled)
    return SimilarityMatrix(q_start=q_span[0], q_step=q_step, r_start=r_span[0], r_step=r_step, values=values)


def _along(
    match: Match, seen: Fingerprint, frames: Ints, reference: Reference, *, tolerance: float, still: bool
) -> tuple[Ints, Floats]:
    """For each frame the most alike row near the line, and how alike it is; row -1 where there is none."""
    best, likeness = np.full(len(frames), -1, dtype=np.int64), np.full(len(frames), -1.0)
    at = match.speed * seen.times[frames].astype(np.float64) + line_of(match)
    every = np.zeros(len(frames), dtype=np.int64)
    first = every if still else np.searchsorted(reference.times, at - tolerance)
    last = every + len(reference.times) if still else np.searchsorted(reference.times, at + tolerance, side="right")
    for number, (start, end) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        if start < end:
            rows = np.arange(start, end)
            values = likenesses(seen, np.repeat(frames[number], len(rows)), reference, rows)
            best[number], likeness[number] = rows[int(values.argmax())], values.max()
    return best, likeness


def _in_common(seen: Fingerprint, frames: Ints, view: str, index: ReferenceIndex) -> Floats:
    """What each frame has in common with several works and strangers, as in the search: it says nothing of any."""
    if not index.calibration.nearest or not len(frames):
        return np.zeros(len(frames))
    some = Fingerprint(
        descriptor=seen.descriptor,
        duration_s=seen.duration_s,
        times=seen.times[frames],
        codes=seen.codes[frames],
        quality=seen.quality[frames],
        fine=None if seen.fine is None else seen.fine[frames],
    )
    return near(look(VIEWS[view], some, index.calibration), index.parts, index.calibration, index.background).lift


def _rival(match: Match, place: Place, others: Sequence[Match], index: ReferenceIndex) -> Match | None:
    group = int(place.part.groups[place.number])
    overlapping = [
        other
        for other in others
        if min(other.q_end, match.q_end) - max(other.q_start, match.q_start) > 0 and other.reference != match.reference
    ]
    for other in sorted(overlapping, key=lambda one: -one.evidence):
        found = place_of(index, other.reference)
        if int(found.part.groups[found.number]) != group:
            return other
    return None


def _spread(count: int, most: int) -> Ints:
    """Positions of at most so many, evenly spread, the first and the last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))


def _within(times: NDArray[np.float32], span: tuple[float, float]) -> Ints:
    """Positions of the samples in a span, or of some of them, evenly spread."""
    inside = np.flatnonzero((times >= span[0] - _EDGE_S) & (times <= span[1] + _EDGE_S))
    return inside[_spread(len(inside), _MOST_SAMPLES)]


def _step(times: NDArray[np.float32], span: tuple[float, float], most: int) -> float:
    usual = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    return max(usual, (span[1] - span[0]) / most, _EDGE_S)


def _count(span: tuple[float, float], step: float) -> int:
    return max(1, int(np.ceil((span[1] - span[0]) / step - _EDGE_S)))


def _pooled(values: Floats, times: NDArray[np.float32], start: float, step: float, count: int) -> Floats:
    """Rows by time brought to a regular axis: the greatest of several, the nearest where there is none."""
    made = np.full((count, values.shape[1]), np.nan)
    if not len(times):
        return made
    cell = np.clip(((times.astype(np.float64) - start) / step + _EDGE_S).astype(np.int64), 0, count - 1)
    np.fmax.at(made, cell, values)
    middle = start + (np.arange(count) + 0.5) * step
    nearest = np.abs(times[None, :].astype(np.float64) - middle[:, None])
    empty = np.flatnonzero(~np.isin(np.arange(count), cell) & (nearest.min(axis=1) <= max(_HELD_S, step)))
    made[empty] = values[nearest[empty].argmin(axis=1)]
    return made
