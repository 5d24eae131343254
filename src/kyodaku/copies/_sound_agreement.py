# SPDX-License-Identifier: Apache-2.0
"""How well a stretch of a reference agrees with a stretch of a query, landmark by landmark, in nats.

A guess from votes is made exact: of all pairs of landmarks near its line, those that agree on one shift in time, one
pace and one shift in pitch are the most. Then each landmark that the reference has on that line was either found in the
query or not. For a copy that survives much the chance of being found is about a half. For anything else it follows from
how many landmarks the query has at that moment and how common their pitch is in it: beats that fall together, and music
in one key, prove nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies._runs import spread
from kyodaku.copies._sound_peaks import BANDS

__all__ = ["Agreement", "Stretch", "agreement"]

Values = NDArray[np.float64]
Places = NDArray[np.int64]

_NEAR_FRAMES: Final = 34.0
"""How far a guess may be off at either end of a stretch."""
_PITCHES: Final = 5
"""Bands up or down: 5 % of speed are 2.5, a semitone is 3."""
_PACES: Final = np.arange(-16, 17) * 0.0025
"""Around the guessed speed: from one level of pace to the next."""
_BIN_FRAMES: Final = 2.0
FOUND_FRAMES: Final = 2.0
FOUND_BANDS: Final = 1.0
"""A landmark counts as found so near to where it should be."""
_LEAST_CHANCE: Final = 0.03
_MOST_CHANCE: Final = 0.6
_SURVIVAL: Final = 0.45
"""Of the landmarks that are not there by chance, how many a copy that is still one has kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """Landmarks by time, and from where to where they were looked for; in frames."""

    frames: Values
    bands: Values
    start: float
    end: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """An exact line, and the landmarks of the reference along it: `reference frame = speed * query frame + offset`."""

    speed: float
    offset: float
    pitch: float
    """Bands by which the query is higher."""
    times: Values
    """Query frames at which the reference's landmarks should be, rising."""
    found: NDArray[np.bool_]
    nats: Values


def agreement(
    query: Stretch, frames: Values, bands: Values, speed: float, offset: float, *, pitch: float = 0.0
) -> Agreement | None:
    """Measure the line near a guess, against the reference's landmarks; None where there is nothing to measure."""
    seen = _agreement(query, frames, bands + pitch, speed, offset)
    return None if seen is None else replace(seen, pitch=seen.pitch + pitch)


def _agreement(query: Stretch, frames: Values, bands: Values, speed: float, offset: float) -> Agreement | None:
    middle = (query.start + query.end) / 2
    q, r = _pairs(query, frames, bands, speed, offset)
    if len(q) < 2:
        return None
    speed, centre, pitch = _exact(query.frames[q] - middle, frames[r], query.bands[q] - bands[r], speed)
    offset = centre - speed * middle
    offset, pitch = _settled(query, frames, bands, (speed, offset, pitch))
    return _measured(query, frames, bands, (speed, offset, pitch))


def _pairs(query: Stretch, frames: Values, bands: Values, speed: float, offset: float) -> tuple[Places, Places]:
    """Numbers of landmarks of query and reference that lie near the line and near in pitch."""
    expected = (frames - offset) / speed
    low = np.searchsorted(query.frames, expected - _NEAR_FRAMES)
    high = np.searchsorted(query.frames, expected + _NEAR_FRAMES)
    q, r = spread(low, high)
    near = np.abs(query.bands[q] - bands[r]) <= _PITCHES + 0.5
    return q[near], r[near]


def _exact(q: Values, r: Values, pitch: Values, speed: float) -> tuple[float, float, float]:
    """Speed, reference frame at the stretch's middle, and pitch on which the most pairs agree."""
    speeds = speed * (1 + _PACES)
    shift = np.floor((r - speeds[:, None] * q) / _BIN_FRAMES).astype(np.int64)
    lowest = int(shift.min())
    across = int(shift.max()) - lowest + 2
    level = np.rint(pitch).astype(np.int64) + _PITCHES + 1
    levels = 2 * _PITCHES + 3
    cells = (np.arange(len(speeds))[:, None] * across + shift - lowest) * levels + level
    counts = np.bincount(cells.ravel(), minlength=len(speeds) * across * levels).reshape(len(speeds), across, levels)
    votes = counts[:, :-1] + counts[:, 1:]
    votes = votes[:, :, :-2] + votes[:, :, 1:-1] + votes[:, :, 2:]
    plain = 1.0 - 0.002 * np.abs(np.arange(len(speeds)) - len(speeds) // 2)[:, None, None]
    pace, place, high = np.unravel_index(int(np.argmax(votes * plain)), votes.shape)
    return float(speeds[pace]), float((place + 1 + lowest) * _BIN_FRAMES), float(high - _PITCHES)


def _settled(query: Stretch, frames: Values, bands: Values, line: tuple[float, float, float]) -> tuple[float, float]:
    """Offset and pitch to the fraction: the medians of the pairs that agree."""
    speed, offset, pitch = line
    low = np.searchsorted(query.frames, (frames - offset - 2 * FOUND_FRAMES) / speed)
    high = np.searchsorted(query.frames, (frames - offset + 2 * FOUND_FRAMES) / speed)
    q, r = spread(low, high)
    higher = query.bands[q] - bands[r]
    same = np.abs(higher - pitch) <= 1.5 * FOUND_BANDS
    if not same.any():
        return offset, pitch
    return float(np.median((frames[r] - speed * query.frames[q])[same])), float(np.median(higher[same]))


def _measured(query: Stretch, frames: Values, bands: Values, line: tuple[float, float, float]) -> Agreement | None:
    speed, offset, pitch = line
    expected = (frames - offset) / speed
    inside = (expected >= query.start) & (expected < query.end)
    expected, there = expected[inside], bands[inside] + pitch
    if not len(expected):
        return None
    reach = FOUND_FRAMES / speed
    low = np.searchsorted(query.frames, expected - reach)
    high = np.searchsorted(query.frames, expected + reach, side="right")
    q, r = spread(low, high)
    found = np.zeros(len(expected), dtype=bool)
    found[r[np.abs(query.bands[q] - there[r]) <= FOUND_BANDS]] = True
    chance = _chances(high - low, _shares(query)[np.clip(np.rint(there).astype(np.int64), 0, BANDS - 1)])
    expects = chance + (1 - chance) * _SURVIVAL
    nats = np.where(found, np.log(expects / chance), np.log((1 - expects) / (1 - chance)))
    return Agreement(speed=speed, offset=offset, pitch=pitch, times=expected, found=found, nats=nats)


def _shares(query: Stretch) -> Values:
    """For each band the share of the stretch's landmarks that would be taken for one there; half of it as if even."""
    counts = np.bincount(np.clip(np.rint(query.bands).astype(np.int64), 0, BANDS - 1), minlength=BANDS)
    padded = np.pad(counts, 1).astype(np.float64)
    near = padded[:-2] + padded[1:-1] + padded[2:]
    shares: Values = (near / max(1, len(query.bands)) + near.sum() / max(1, len(query.bands)) / BANDS) / 2
    return shares


def _chances(at_that_time: Places, share: Values) -> Values:
    """How probably one of so many landmarks that the query has at a moment has a pitch by chance.

    Given the moment: music of one tempo has its beats together, and on a beat every pitch has its landmark.
    """
    chances: Values = np.clip(1 - np.exp(-at_that_time * share), _LEAST_CHANCE, _MOST_CHANCE)
    return chances
