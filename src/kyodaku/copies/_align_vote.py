# SPDX-License-Identifier: Apache-2.0
"""Voting for lines: every likeness votes for the offset that it implies at each speed."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies._align_types import FASTEST, SLOWEST, Clock, Floats, Hits, Line, Places

__all__ = ["elected", "promises"]

_MOST_VOTERS: Final = 4096
"""Of more hits than this, in one reference, every so-many-th votes: a line among them has points enough."""
_STEP: Final = 1.04
"""From one speed to the next: over 20 s a line drifts by less than a bin."""


_COARSE_STEP: Final = 1.16
_MOST_BALLOTS: Final = 1_000_000
"""Sorted in a tenth of a second; beyond it references are compared by the most that they could get, without lines."""


def _speeds(step: float) -> Floats:
    """1 first, then ever further from it, so that of equal lines the plainest wins."""
    steps = np.arange(1, int(np.log(FASTEST) / np.log(step)) + 1)
    faster = np.append(step**steps, FASTEST)
    slower = np.append(1 / step**steps, SLOWEST)
    return np.concatenate([[1.0], np.stack([faster, slower], axis=1).ravel()])


_SPEEDS: Final = _speeds(_STEP)
_COARSE_SPEEDS: Final = _speeds(_COARSE_STEP)
_PLAUSIBILITY: Final = np.array([Line(speed=speed, offset=0.0).plausibility for speed in _SPEEDS.tolist()])


def promises(groups: NDArray[np.int64], hits: Hits, clock: Clock, tolerance: float) -> Floats:
    """For each group of hits, numbered from 0, about how many votes its best line will get, and never much less.

    All groups are counted at once, at fewer speeds and in wider bins than in an election: it costs a fraction of one
    election for each, and most references that have a frame or two by chance need none.
    """
    weights = hits.weights * clock.worth[hits.frames]
    if len(groups) * len(_COARSE_SPEEDS) > _MOST_BALLOTS:
        owner, most = _strongest_votes(groups, hits.frames, weights)
        reached: Floats = np.bincount(owner, most).astype(np.float64)
        return reached
    offsets = hits.times - _COARSE_SPEEDS[:, None] * clock.times[hits.frames]
    bins = np.floor(offsets / (2 * tolerance)).astype(np.int64)
    across = int(bins.max()) - int(bins.min()) + 2
    speeds = np.arange(len(_COARSE_SPEEDS))[:, None]
    places = (groups * len(_COARSE_SPEEDS) + speeds) * across + bins - int(bins.min())
    times = len(_COARSE_SPEEDS)
    place, votes = _strongest_votes(places.ravel(), np.tile(hits.frames, times), np.tile(weights, times))
    best = np.zeros(int(groups.max()) + 1)
    np.maximum.at(best, place // (across * times), votes + _next_votes(place, votes))
    return best


def elected(hits: Hits, clock: Clock, tolerance: float) -> Line:
    """The line with the most votes; a frame has one vote at each place, its strongest."""
    some = np.arange(0, len(hits.frames), -(-len(hits.frames) // _MOST_VOTERS))
    frames, q = hits.frames[some], clock.times[hits.frames[some]]
    weights = hits.weights[some] * clock.worth[frames]
    offsets = hits.times[some] - _SPEEDS[:, None] * q[None, :]
    bins = np.floor(offsets / tolerance).astype(np.int64)
    lowest = int(bins.min())
    across = int(bins.max()) - lowest + 2
    places = np.arange(len(_SPEEDS))[:, None] * across + (bins - lowest)
    place, votes = _strongest_votes(places.ravel(), np.tile(frames, len(_SPEEDS)), np.tile(weights, len(_SPEEDS)))
    return _winner(place, votes, across, lowest, tolerance)


def _strongest_votes(places: NDArray[np.int64], frames: Places, weights: Floats) -> tuple[NDArray[np.int64], Floats]:
    """The occupied places, rising, and the sum over frames of each frame's strongest vote there."""
    most = int(frames.max()) + 1
    ballots = places * most + frames
    order = np.argsort(ballots, kind="stable")
    ballots = ballots[order]
    first = np.flatnonzero(np.diff(ballots, prepend=ballots[0] - 1))
    strongest = np.maximum.reduceat(weights[order], first)
    owners = ballots[first] // most
    start = np.flatnonzero(np.diff(owners, prepend=owners[0] - 1))
    return owners[start], np.add.reduceat(strongest, start)


def _winner(place: NDArray[np.int64], votes: Floats, across: int, lowest: int, tolerance: float) -> Line:
    """A line's points fall on both sides of a border between bins: each bin counts with the next."""
    neighbour = _next_votes(place, votes)
    best = int(np.argmax((votes + neighbour) * _PLAUSIBILITY[place // across]))
    middle = (votes[best] * 0.5 + neighbour[best] * 1.5) / (votes[best] + neighbour[best])
    speed = float(_SPEEDS[place[best] // across])
    return Line(speed=speed, offset=float((place[best] % across + lowest + middle) * tolerance))


def _next_votes(place: NDArray[np.int64], votes: Floats) -> Floats:
    """For each place the votes of the next one; a place more than there are bins keeps speeds and groups apart."""
    adjacent = np.append(np.diff(place) == 1, False)
    return np.where(adjacent, np.append(votes[1:], 0.0), 0.0)
