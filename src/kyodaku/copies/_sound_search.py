# SPDX-License-Identifier: Apache-2.0
"""One query's sound against all parts of an index: guesses for each stretch, measured; lines among them; matches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies._sound_agreement import Agreement, Stretch, agreement
from kyodaku.copies._sound_hits import FASTEST, SLOWEST, Landmarks, SoundPart
from kyodaku.copies._sound_peaks import FRAMES_PER_S
from kyodaku.copies._sound_print import SoundFingerprint
from kyodaku.copies._sound_votes import guesses
from kyodaku.copies.align import Clock, Hits, Settings, Span, align

__all__ = ["Found", "Searched", "found_in"]

Values = NDArray[np.float64]

STRETCH_S: Final = 12.0
"""What is looked up together: long enough for sixty votes, short enough for one pace."""
HOP_S: Final = 6.0
STEP_S: Final = 0.25
"""Ends of matches are as exact as this."""
_AROUND_S: Final = 1.0
_SETTINGS: Final = Settings(tolerance_s=0.15, absence=1.0, longest_gap_s=3.0, least_gain=6.0, most_spans=64)
_WORTH_OF_SILENCE: Final = 0.2
_LEAST_STRETCH: Final = 4.0
"""Nats: a stretch with less on its best run is not worth a line."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A line that a reference follows over a span of the query; seconds."""

    part: int
    reference: int
    q_start: float
    q_end: float
    speed: float
    offset: float
    pitch: float
    evidence: float
    landmarks: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Searched:
    """The lines of a query, and what was left out of looking for them."""

    spans: tuple[Found, ...]
    hits_omitted: int
    lines_omitted: int
    seconds_omitted: float
    """Of the query, in which most of what is heard is of hashes that are everyone's."""


@dataclass(kw_only=True, slots=True)
class _Steps:
    """What was measured of one reference, step by step of the query."""

    steps: list[int]
    times: list[float]
    nats: list[float]
    pitches: list[float]
    found: list[int]


def found_in(query: SoundFingerprint, parts: Sequence[SoundPart]) -> Searched:
    """Every span of the query that a reference follows."""
    landmarks = query.landmarks()
    clock = _clock(landmarks, query.duration_s)
    measured: defaultdict[tuple[int, int], _Steps] = defaultdict(
        lambda: _Steps(steps=[], times=[], nats=[], pitches=[], found=[])
    )
    hits_omitted = lines_omitted = 0
    dull: list[tuple[float, float]] = []
    for stretch, some in _stretches(landmarks, query.duration_s):
        likely = guesses(some, parts)
        hits_omitted += likely.hits_omitted
        lines_omitted += likely.lines_omitted
        dull += [(stretch.start, stretch.end)] * likely.is_dull
        for guess in likely.lines:
            segment = parts[guess.part].segment
            start, end = (guess.speed * at + guess.offset for at in (stretch.start, stretch.end))
            frames, bands = segment.landmarks(
                guess.reference, start / FRAMES_PER_S - _AROUND_S, end / FRAMES_PER_S + _AROUND_S
            )
            seen = agreement(stretch, frames, bands, guess.speed, guess.offset, pitch=guess.pitch)
            if seen is not None:
                _note(measured[guess.part, guess.reference], seen, len(clock.times))
    spans = [
        _found(key, span, steps)
        for key, steps in measured.items()
        if steps.steps
        for span in align(_hits(steps), clock, _SETTINGS)
        if SLOWEST <= span.line.speed <= FASTEST
    ]
    return Searched(
        spans=tuple(spans),
        hits_omitted=hits_omitted,
        lines_omitted=lines_omitted,
        seconds_omitted=_together(dull) / FRAMES_PER_S,
    )


def _together(spans: Sequence[tuple[float, float]]) -> float:
    """What spans cover, which come by their beginnings."""
    covered, until = 0.0, 0.0
    for start, end in spans:
        covered += max(0.0, end - max(start, until))
        until = max(until, end)
    return covered


def _stretches(landmarks: Landmarks, duration_s: float) -> Iterator[tuple[Stretch, Landmarks]]:
    frames, bands, ranks = landmarks
    count = max(1, int(np.ceil((duration_s - STRETCH_S) / HOP_S)) + 1)
    for number in range(count):
        start = number * HOP_S * FRAMES_PER_S
        end = start + STRETCH_S * FRAMES_PER_S
        low, high = np.searchsorted(frames, [start, end])
        rows = slice(int(low), int(high))
        if high - low >= 3:
            last = min(end, duration_s * FRAMES_PER_S)
            yield (
                Stretch(frames=frames[rows], bands=bands[rows], start=start, end=last),
                (
                    frames[rows],
                    bands[rows],
                    ranks[rows],
                ),
            )


def _clock(landmarks: Landmarks, duration_s: float) -> Clock:
    """Steps of the query; those in which nothing is to be heard cost little to pass over."""
    count = max(1, int(np.ceil(duration_s / STEP_S)))
    heard = np.bincount(np.clip((landmarks[0] / FRAMES_PER_S / STEP_S).astype(np.int64), 0, count - 1), minlength=count)
    times = (np.arange(count, dtype=np.float64) + 0.5) * STEP_S
    return Clock(times=times, worth=np.where(heard > 0, 1.0, _WORTH_OF_SILENCE))


def _note(steps: _Steps, seen: Agreement, count: int) -> None:
    """Keep the steps that speak for the line, if any run of them does at all."""
    step = np.clip((seen.times / FRAMES_PER_S / STEP_S).astype(np.int64), 0, count - 1)
    first = int(step.min())
    nats = np.bincount(step - first, weights=seen.nats)
    up_to = np.cumsum(nats)
    if (up_to - np.minimum.accumulate(np.concatenate([[0.0], up_to[:-1]]))).max() < _LEAST_STRETCH:
        return
    found = np.bincount(step - first, weights=seen.found)
    for number in np.flatnonzero(nats > 0).tolist():
        moment = (first + number + 0.5) * STEP_S
        steps.steps.append(first + number)
        steps.times.append(seen.speed * moment + seen.offset / FRAMES_PER_S)
        steps.nats.append(float(nats[number]))
        steps.pitches.append(seen.pitch)
        steps.found.append(int(found[number]))


def _hits(steps: _Steps) -> Hits:
    return Hits(frames=np.array(steps.steps, dtype=np.intp), times=np.array(steps.times), weights=np.array(steps.nats))


def _found(key: tuple[int, int], span: Span, steps: _Steps) -> Found:
    return Found(
        part=key[0],
        reference=key[1],
        q_start=int(span.frames[0]) * STEP_S,
        q_end=(int(span.frames[-1]) + 1) * STEP_S,
        speed=span.line.speed,
        offset=span.line.offset,
        pitch=float(np.median([steps.pitches[hit] for hit in span.hits.tolist()])),
        evidence=span.gain,
        landmarks=sum(steps.found[hit] for hit in span.hits.tolist()),
    )
