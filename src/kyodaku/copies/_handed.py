# SPDX-License-Identifier: Apache-2.0
"""Whether a copy is mirrored, where the descriptor describes a picture and its mirror image nearly alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from kyodaku.copies import _measure
from kyodaku.copies._near import Place
from kyodaku.copies.match import Match
from kyodaku.copies.query import KeptFrames
from kyodaku.copies.views import VIEWS

__all__ = ["with_hand"]

_FRAMES: Final = 4
"""Frames asked, a millisecond and a half each way: a wrong hand is off by a tenth of a cosine in nearly every one."""


def with_hand(match: Match, kept: KeptFrames, place: Place) -> Match:
    """The match, said to be mirrored if mirrored frames are more like the reference's; as it is where none are kept."""
    fine = place.fine
    shown = kept.within(match.view, match.q_start, match.q_end, _FRAMES)
    if not shown or fine is None or VIEWS[match.view].mirrored:
        return match
    moments = [match.r_start + match.speed * (time - match.q_start) for time, _ in shown]
    rows = np.array([int(np.abs(place.times - moment).argmin()) for moment in moments])
    pictures = [picture for _, picture in shown]
    straight, turned = (
        _measure.cosines(kept.fine(some), fine, np.arange(len(rows)), rows).mean()
        for some in (pictures, [np.ascontiguousarray(picture[:, ::-1]) for picture in pictures])
    )
    return replace(match, mirrored=bool(turned > straight))
