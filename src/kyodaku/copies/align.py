# SPDX-License-Identifier: Apache-2.0
"""From frames that look alike to spans that run alike: pure arithmetic on times.

When a stretch of a query shows a stretch of a reference, the pairs of times at which frames look alike lie on a line
`reference time = speed * query time + offset`. Chance likeness is scattered. Lines are voted for (`_align_vote`), the
best is fitted and cut to the run of frames that speaks for it (`_align_line`), and what lies before and after it in the
query is asked again, each by itself: so a cut-up, re-ordered or looped copy becomes several spans, and none of them
reaches over another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kyodaku.copies._align_line import Run, followed
from kyodaku.copies._align_types import FASTEST, SLOWEST, Clock, Hits, Line, Places, Settings
from kyodaku.copies._align_vote import elected

__all__ = ["FASTEST", "SLOWEST", "Clock", "Hits", "Line", "Settings", "Span", "align"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A run of frames on one line."""

    line: Line
    frames: Places
    """Positions in the clock of the frames that agree, rising."""
    hits: Places
    """For each of them, the hit that agrees best."""
    gain: float
    """Weights times worth, less what was passed over."""


def align(hits: Hits, clock: Clock, settings: Settings) -> tuple[Span, ...]:
    """The spans in which the query follows the reference, by query time; they do not overlap in it."""
    spans: list[Span] = []
    parts = [np.arange(len(hits.frames))]
    while parts and len(spans) < settings.most_spans:
        part = parts.pop()
        run = _strongest(hits.taken(part), clock, settings)
        if run is not None and run.gain >= settings.least_gain:
            spans.append(Span(line=run.line, frames=run.frames, hits=part[run.hits], gain=run.gain))
            frames = hits.frames[part]
            parts += [part[frames > run.frames[-1]], part[frames < run.frames[0]]]
    return _joined(sorted(spans, key=lambda span: int(span.frames[0])), clock, settings)


def _strongest(hits: Hits, clock: Clock, settings: Settings) -> Run | None:
    """The best run on the line with the most votes, after following it as far as it goes."""
    if not len(hits.frames):
        return None
    line = elected(hits, clock, settings.tolerance_s)
    return followed(line, hits, clock, settings)


def _joined(spans: Sequence[Span], clock: Clock, settings: Settings) -> tuple[Span, ...]:
    """Neighbours on one line become one span: a run that was cut by a frame or two of something else."""
    joined: list[Span] = []
    for span in spans:
        if joined and _continues(joined[-1], span, clock, settings):
            before = joined.pop()
            longer = before if before.gain >= span.gain else span
            span = Span(  # noqa: PLW2901 - the neighbours' union takes the place of both
                line=longer.line,
                frames=np.concatenate([before.frames, span.frames]),
                hits=np.concatenate([before.hits, span.hits]),
                gain=before.gain + span.gain,
            )
        joined.append(span)
    return tuple(joined)


def _continues(before: Span, after: Span, clock: Clock, settings: Settings) -> bool:
    """Whether two neighbours lie on each other's lines, with a gap that a run may have."""
    last, first = before.frames[-1], after.frames[0]
    end, start = clock.times[last], clock.times[first]
    apart = max(abs(before.line.at(start) - after.line.at(start)), abs(before.line.at(end) - after.line.at(end)))
    return bool(apart <= settings.tolerance_s and (first == last + 1 or start - end <= settings.longest_gap_s))
