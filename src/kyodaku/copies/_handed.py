# SPDX-License-Identifier: Apache-2.0
"""Whether a copy is mirrored, where the descriptor describes a picture and its mirror image nearly alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from kyodaku.copies import _measure
from kyodaku.copies._near import Place
from kyodaku.copies.match import Match
from kyodaku.copies.query import KeptFrames
from kyodaku.copies.views import VIEWS

__all__ = ["Hands"]

_FRAMES: Final = 4
"""Frames asked of each match: a wrong hand is off by a tenth of a cosine in nearly every one."""
_MOST_DESCRIBED: Final = 48
"""Frames described both ways, in one search, a millisecond and a half each way. Matches that show the same moments of
the query in the same view ask the same frames; what comes after so many asks those that are described already."""


class _Both(NamedTuple):
    """One kept frame in the finer form, as it is and mirrored."""

    straight: _measure.Fine
    turned: _measure.Fine


class Hands:
    """Tells for the matches of one search whether they are mirrored."""

    def __init__(self, kept: KeptFrames) -> None:
        self._kept = kept
        self._described: dict[tuple[str, float], _Both] = {}

    def told(self, match: Match, place: Place) -> Match:
        """The match, said to be mirrored if mirrored frames are more like the reference's; as it is where none are."""
        fine = place.fine
        if fine is None or VIEWS[match.view].mirrored:
            return match
        times = self._times(match)
        if not times:
            return match
        asked = [self._both(match.view, time) for time in times]
        moments = [match.r_start + match.speed * (time - match.q_start) for time in times]
        rows = np.array([int(np.abs(place.times - moment).argmin()) for moment in moments])
        straight, turned = (
            _measure.cosines(np.stack(some), fine, np.arange(len(rows)), rows).mean()
            for some in zip(*asked, strict=True)
        )
        return replace(match, mirrored=bool(turned > straight))

    def _times(self, match: Match) -> list[float]:
        """Of the kept frames in a match's span those that are described, and others as far as there is room."""
        moments = self._kept.moments(match.q_start, match.q_end)
        known = [time for time in moments if (match.view, time) in self._described]
        wanted = min(_FRAMES - len(known), _MOST_DESCRIBED - len(self._described))
        others = [time for time in moments if (match.view, time) not in self._described]
        if wanted <= 0 or not others:
            return known[:: -(-len(known) // _FRAMES) or 1]
        return [*known, *others[:: -(-len(others) // wanted)]]

    def _both(self, view: str, time: float) -> _Both:
        if (view, time) not in self._described:
            picture = self._kept.seen(view, time)
            straight, turned = self._kept.fine([picture, np.ascontiguousarray(picture[:, ::-1])])
            self._described[view, time] = _Both(straight, turned)
        return self._described[view, time]
