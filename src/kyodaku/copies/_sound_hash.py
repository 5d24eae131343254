# SPDX-License-Identifier: Apache-2.0
"""From landmarks to hashes: three of them together, described so that neither pitch nor pace matters much.

Wang (2003) joins two landmarks; here an anchor and two that follow it are joined, and of the two intervals only their
ratio is kept (the idea of the quads of R. Sonnleitner and G. Widmer, "Quad-based audio fingerprinting robust to time
and frequency scaling", DAFx 2014): played faster or slower it is the same hash. The longer interval is kept beside it;
compared with the query's it tells how much faster.

A reference keeps two triples for each anchor, of the four strongest that follow it. A query tries all triples of the
six strongest, and the neighbouring values too wherever rounding may have fallen the other way.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies._sound_peaks import BANDS

__all__ = ["HASHES", "LONGEST_FRAMES", "Triples", "probed", "query_triples", "reference_triples", "rounded"]

Values = NDArray[np.float64]
Keys = NDArray[np.uint32]
Places = NDArray[np.int64]

SHORTEST_FRAMES: Final = 2
LONGEST_FRAMES: Final = 48
"""From the anchor to the others: 32 to 768 ms."""
FARTHEST_BANDS: Final = 30
_KEPT_PARTNERS: Final = 4
_KEPT: Final = ((0, 1), (2, 3))
"""By strength. Disjoint pairs: when one of them is lost, the other is not."""
_TRIED_PARTNERS: Final = 6
_TRIED: Final = tuple(combinations(range(_TRIED_PARTNERS), 2))

_ANCHOR_STEP: Final = 4.0
_ANCHOR_DOUBT: Final = 4.0
"""Bands by which the anchor may be off: two semitones are 6, of which half the anchors move by no more than a cell."""
_STEP: Final = 1.0
_DOUBT: Final = 0.3
"""Of the distance between two landmarks, in bands."""
_RATIOS: Final = 16
_RATIO_DOUBT: Final = 0.32
"""In steps: a fiftieth."""

_ANCHORS: Final = int(BANDS // _ANCHOR_STEP)
_DISTANCES: Final = 2 * FARTHEST_BANDS + 3
HASHES: Final = _ANCHORS * _DISTANCES * _DISTANCES * _RATIOS
"""How many different hashes there are: two million."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Triples:
    """Landmarks in threes."""

    anchors: Places
    """Which landmark is the first."""
    band: Values
    second: Values
    """Bands from the anchor to the earlier of the others, ..."""
    third: Values
    """... and to the later."""
    ratio: Values
    """Of the two intervals, 0 to 1."""
    interval: Values
    """Frames from the anchor to the last."""


def reference_triples(frames: Values, bands: Values, ranks: Places) -> Triples:
    """What a reference keeps: two triples for each landmark. Landmarks by time; ranks within a block, 0 strongest."""
    return _joined(frames, bands, _partners(frames, bands, ranks, _KEPT_PARTNERS), _KEPT)


def query_triples(frames: Values, bands: Values, ranks: Places) -> Triples:
    """What a query tries."""
    return _joined(frames, bands, _partners(frames, bands, ranks, _TRIED_PARTNERS), _TRIED)


def rounded(triples: Triples) -> Keys:
    """The hash of each triple."""
    fields = [np.floor(values / step) for values, step, _ in _fields(triples)]
    return _key(*fields)


def probed(triples: Triples) -> tuple[Keys, Places, Values]:
    """All hashes that each triple may have had before it was disturbed, the number of the triple of each, its pitch.

    The pitch is by how many bands the query would be higher, to the width of a cell.
    """
    options = []
    for values, step, doubt in _fields(triples):
        low, high = np.floor((values - doubt) / step), np.floor((values + doubt) / step)
        options.append((low, high, range(int(2 * doubt // step) + 2)))
    keys: list[Keys] = []
    owners: list[Places] = []
    pitches: list[Values] = []
    for choice in product(*(steps for _, _, steps in options)):
        fields = [low + step for (low, _, _), step in zip(options, choice, strict=True)]
        there = np.all([field <= high for field, (_, high, _) in zip(fields, options, strict=True)], axis=0)
        which = np.flatnonzero(there)
        keys.append(_key(*(field[which] for field in fields)))
        owners.append(which)
        pitches.append(triples.band[which] - (fields[0][which] + 0.5) * _ANCHOR_STEP)
    return np.concatenate(keys), np.concatenate(owners), np.concatenate(pitches)


def _fields(triples: Triples) -> list[tuple[Values, float, float]]:
    """Values, steps and doubts."""
    return [
        (triples.band, _ANCHOR_STEP, _ANCHOR_DOUBT),
        (triples.second, _STEP, _DOUBT),
        (triples.third, _STEP, _DOUBT),
        (triples.ratio * _RATIOS, 1.0, _RATIO_DOUBT),
    ]


def _key(anchor: Values, second: Values, third: Values, ratio: Values) -> Keys:
    limits = (
        (anchor, 0, _ANCHORS),
        (second, -FARTHEST_BANDS - 1, _DISTANCES),
        (third, -FARTHEST_BANDS - 1, _DISTANCES),
    )
    key = np.zeros(len(anchor), dtype=np.int64)
    for values, least, count in (*limits, (ratio, 0, _RATIOS)):
        key = key * count + np.clip(values.astype(np.int64) - least, 0, count - 1)
    return key.astype(np.uint32)


def _partners(frames: Values, bands: Values, ranks: Places, count: int) -> Places:
    """(landmarks, count): the strongest that follow each soon enough and near enough, strongest first; -1 for none."""
    last = np.searchsorted(frames, frames + LONGEST_FRAMES, side="right")
    own = np.arange(len(frames))
    width = int((last - own).max(initial=1))
    other = own[:, None] + np.arange(1, max(width, 2))
    inside = other < last[:, None]
    other = np.minimum(other, max(len(frames) - 1, 0))
    near = np.abs(bands[other] - bands[:, None]) <= FARTHEST_BANDS
    late = frames[other] - frames[:, None] >= SHORTEST_FRAMES
    rank = np.where(inside & near & late, ranks[other] * float(width) + np.arange(other.shape[1]), np.inf)
    order = np.argsort(rank, axis=1, kind="stable")[:, :count]
    chosen = np.where(
        np.isfinite(np.take_along_axis(rank, order, axis=1)), np.take_along_axis(other, order, axis=1), -1
    )
    padded: Places = np.pad(chosen, ((0, 0), (0, count - chosen.shape[1])), constant_values=-1)
    return padded


def _joined(frames: Values, bands: Values, partners: Places, pairs: tuple[tuple[int, int], ...]) -> Triples:
    own = np.arange(len(frames))
    anchors, seconds, thirds = [], [], []
    for first, second in pairs:
        both = (partners[:, first] >= 0) & (partners[:, second] >= 0)
        anchors.append(own[both])
        seconds.append(partners[both, first])
        thirds.append(partners[both, second])
    anchor, one, two = np.concatenate(anchors), np.concatenate(seconds), np.concatenate(thirds)
    earlier, later = np.minimum(one, two), np.maximum(one, two)
    interval = frames[later] - frames[anchor]
    return Triples(
        anchors=anchor,
        band=bands[anchor],
        second=bands[earlier] - bands[anchor],
        third=bands[later] - bands[anchor],
        ratio=(frames[earlier] - frames[anchor]) / interval,
        interval=interval,
    )
