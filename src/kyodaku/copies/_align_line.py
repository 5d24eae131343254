# SPDX-License-Identifier: Apache-2.0
"""Lines in the plane of query and reference time: who speaks for one, how far it runs, where exactly it lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from kyodaku.copies._align_types import FASTEST, SLOWEST, Clock, Floats, Hits, Line, Places, Settings

__all__ = ["Run", "best_run", "followed"]

_ROUNDS: Final = 8
"""A line that still grows after so many fits grows by a frame at a time."""
_SLACK: Final = 0.5
"""The share of its weight that a hit loses at the edge of the tolerance: where much is near, one line is right."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """The stretch of a line that has the most to say for it."""

    line: Line
    frames: Places
    hits: Places
    gain: float


def best_run(line: Line, hits: Hits, clock: Clock, settings: Settings) -> Run:
    """The run of frames with the largest sum of what agrees, less what was passed over, with no gap too long."""
    frames, chosen, weights = _best_of_each_frame(line, hits, clock, settings.tolerance_s)
    if not len(frames):
        return Run(line=line, frames=frames, hits=chosen, gain=0.0)
    gains = weights * clock.worth[frames]
    costs = np.concatenate([[0.0], np.cumsum(clock.worth * settings.absence)])
    passed = costs[frames[1:]] - costs[frames[:-1] + 1]
    torn = (np.diff(clock.times[frames]) > settings.longest_gap_s) & (np.diff(frames) > 1)
    first, last, gain = largest_sum(gains, np.where(torn, gains.sum() + 1, passed))
    return Run(line=line, frames=frames[first : last + 1], hits=chosen[first : last + 1], gain=gain)


def _best_of_each_frame(line: Line, hits: Hits, clock: Clock, tolerance: float) -> tuple[Places, Places, Floats]:
    """The frames with a hit within the tolerance, rising; for each the best hit, and its weight so far off the line."""
    distance = np.abs(hits.times - (line.speed * clock.times[hits.frames] + line.offset))
    near = np.flatnonzero(distance <= tolerance)
    weights = hits.weights[near] * (1 - _SLACK * (distance[near] / tolerance) ** 2)
    order = np.lexsort((-weights, hits.frames[near]))
    frames, first = np.unique(hits.frames[near[order]], return_index=True)
    return frames, near[order[first]], weights[order[first]]


def largest_sum(gains: Floats, costs_between: Floats) -> tuple[int, int, float]:
    """First and last position, and sum, of the run with the largest sum of gains less the costs between (Kadane)."""
    up_to = np.cumsum(gains - np.concatenate([[0.0], costs_between]))
    before = up_to - gains
    least = np.minimum.accumulate(before)
    starts = np.concatenate([[True], before[1:] < least[:-1]])
    sums = up_to - least
    last = int(np.argmax(sums))
    first = int(np.flatnonzero(starts[: last + 1])[-1])
    return first, last, float(sums[last])


def followed(line: Line, hits: Hits, clock: Clock, settings: Settings) -> Run:
    """Fit the line to its run as long as the run does not lose by it; then take speed 1 if that is the likelier."""
    best = best_run(line, hits, clock, settings)
    if not len(best.frames):
        return best
    for _ in range(_ROUNDS):
        following = best_run(_fitted(best, hits, clock), hits, clock, settings)
        if following.gain < best.gain or following.line == best.line:
            break
        best = following
    if best.line.speed != 1:
        residuals = hits.times[best.hits] - clock.times[best.frames]
        plain = best_run(Line(speed=1.0, offset=float(np.median(residuals))), hits, clock, settings)
        if plain.gain >= best.gain * best.line.plausibility:
            return plain
    return best


def _fitted(run: Run, hits: Hits, clock: Clock) -> Line:
    """Least squares through the run's points, by weight, within the speeds that count."""
    q, r, weights = clock.times[run.frames], hits.times[run.hits], hits.weights[run.hits]
    q_mean, r_mean = np.average(q, weights=weights), np.average(r, weights=weights)
    spread = np.average((q - q_mean) ** 2, weights=weights)
    if spread == 0:
        return Line(speed=run.line.speed, offset=float(r_mean - run.line.speed * q_mean))
    slope = np.average((q - q_mean) * (r - r_mean), weights=weights) / spread
    speed = float(np.clip(slope, SLOWEST, FASTEST))
    return Line(speed=speed, offset=float(r_mean - speed * q_mean))
