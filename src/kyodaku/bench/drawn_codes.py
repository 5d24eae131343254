# SPDX-License-Identifier: Apache-2.0
"""Codes of films that do not exist: as many as are wanted, from a seed, with the statistics of real ones.

Uniformly random bits are the wrong haystack: no two of their codes are ever alike, and an inverted file finds nothing
in them. Codes of real films are alike within a shot, by scene, by style and by chance, since few directions carry
most of what a descriptor says. Here a frame is a point that moves: works around styles, shots around works, frames
along a random walk from the shot's first; some shots stand still, some come again in their work, some (logos, plain
backgrounds) in any work. The point's shadow on the bits' directions gives the code.

Measured with a learned descriptor of 256 sign bits on films at two frames a second, and with what is drawn here:

======================================  =============  ============
distance in bits                        films          drawn
======================================  =============  ============
frames of different works, mean and sd  125, 11        123, 13
the nearest 1 in 10,000 of them         74             74
half a second apart, 5 / 50 / 95 %      1 / 34 / 116   1 / 27 / 115
four seconds apart, 5 / 50 / 95 %       24 / 81 / 134  21 / 105 / 136
======================================  =============  ============
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kyodaku.errors import UsageError

__all__ = [
    "BLOCK",
    "FILM",
    "Footage",
    "Statistics",
    "drawn_blocks",
    "drawn_codes",
    "edited_codes",
    "footage",
]

Codes: TypeAlias = NDArray[np.uint8]
Floats: TypeAlias = NDArray[np.float32]

FILM: Final = 1024
"""Frames of a work: eight and a half minutes at two a second."""
BLOCK: Final = 64 * FILM
"""Frames that are drawn at once, from one seed: 25 MB as points."""

_DIMENSIONS: Final = 96
"""Of the points. The 64 strongest directions carry 95 % of what the descriptor says of films."""
_FALL: Final = 2.5
_FROM: Final = 40
"""How fast the share of a direction falls with its rank: about fifty directions count."""
_LEANING: Final = 0.25
"""By how much bits are one-sided: a bit is set in 22 to 72 % of the frames, a few in fewer or more."""
_WORK: Final = 0.25
_STYLE: Final = 0.08
_STYLES: Final = 40
"""What frames of one work have in common, how much of it is style, and how many styles there are."""
_CUT: Final = 1 / 8
_PACE: Final = 0.8
_PACES: Final = 0.9
"""The usual step of the random walk in half a second, and how much it differs between shots (of its logarithm)."""
_STILL: Final = 0.12
_STILL_PACE: Final = 0.02
_AGAIN: Final = 0.03
_BEFORE: Final = 60
"""Shots that show an earlier one of the last so many again, within their work as a rule."""
_STOCK: Final = 0.01
_STOCKS: Final = 64
_LASTING: Final = 0.7
"""An edit moves all frames of a shot in one direction for the most part: a crop cuts off the same things."""
_STYLE_SEED: Final = 1
_STOCK_SEED: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Statistics:
    """How points become codes."""

    spectrum: Floats
    """`(dimensions,)`: each dimension's share in the variance, in all 1."""
    directions: Floats
    """`(dimensions, bits)`: where each dimension of a point of length 1 points to."""
    mean: Floats
    """`(bits,)`: above zero a bit is set."""

    @classmethod
    def usual(cls, bits: int = 256) -> Statistics:
        """Statistics as a learned descriptor has them, along directions of no meaning."""
        rng = np.random.default_rng(bits)
        spectrum = (1 + np.arange(_DIMENSIONS) / _FROM) ** -_FALL
        spectrum /= spectrum.sum()
        directions = rng.standard_normal((_DIMENSIONS, bits))
        directions /= np.sqrt((spectrum[:, None] * directions**2).sum(axis=0))
        mean = _LEANING * rng.standard_normal(bits)
        return cls(
            spectrum=spectrum.astype(np.float32),
            directions=directions.astype(np.float32),
            mean=mean.astype(np.float32),
        )

    @classmethod
    def of(cls, vectors: NDArray[np.generic]) -> Statistics:
        """Those of given descriptors, `(frames, bits)`, of which the signs are the codes: drawn codes get near them."""
        if vectors.ndim != 2 or len(vectors) < 2:
            raise UsageError("statistics need the descriptors of several frames")
        values = vectors.astype(np.float64)
        mean = values.mean(axis=0)
        variances, directions = np.linalg.eigh(np.cov(values - mean, rowvar=False))
        strongest = np.argsort(-variances)[:_DIMENSIONS]
        total = max(float(variances[strongest].clip(0).sum()), 1e-12)
        return cls(
            spectrum=(variances[strongest].clip(0) / total).astype(np.float32),
            directions=(np.sqrt(total) * directions[:, strongest].T).astype(np.float32),
            mean=mean.astype(np.float32),
        )

    def codes(self, points: Floats) -> Codes:
        """The codes of some points."""
        return np.packbits(points @ self.directions > -self.mean, axis=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Footage:
    """A block of frames of works of `FILM` frames each, half a second apart."""

    points: Floats
    """`(frames, dimensions)`, of length 1."""
    shots: NDArray[np.int64]
    """`(frames,)`, rising."""

    def part(self, first: int, count: int) -> Footage:
        """Some consecutive frames."""
        return Footage(points=self.points[first : first + count], shots=self.shots[first : first + count])


def footage(number: int, like: Statistics, *, seed: int = 0, frames: int = BLOCK) -> Footage:
    """Block `number` of all that a seed can give; always the same, and from its first frame on for fewer frames."""
    rng = np.random.default_rng((seed, number))
    cuts = rng.random(BLOCK) < _CUT
    cuts[::FILM] = True
    first = np.flatnonzero(cuts)
    shots = np.cumsum(cuts) - 1
    steps = rng.standard_normal((BLOCK, len(like.spectrum)), dtype=np.float32)
    steps *= _paces(rng, len(first))[shots][:, None]
    steps[first] = 0
    walk = np.cumsum(steps, axis=0, out=steps)
    walk -= (walk[first] - _shots(rng, first, seed, len(like.spectrum)))[shots]
    return Footage(points=_shaped(walk[:frames], like), shots=shots[:frames])


def _shots(rng: np.random.Generator, first: NDArray[np.int64], seed: int, dimensions: int) -> Floats:
    """Where each shot begins."""
    works = BLOCK // FILM
    styles = np.random.default_rng((seed, 0, _STYLE_SEED)).standard_normal((_STYLES, dimensions), dtype=np.float32)
    stock = np.random.default_rng((seed, 0, _STOCK_SEED)).standard_normal((_STOCKS, dimensions), dtype=np.float32)
    work = math.sqrt(_WORK - _STYLE) * rng.standard_normal((works, dimensions), dtype=np.float32)
    work += math.sqrt(_STYLE) * styles[rng.integers(0, _STYLES, works)]
    places: Floats = work[first // FILM]
    places += math.sqrt(1 - _WORK) * rng.standard_normal((len(first), dimensions), dtype=np.float32)
    again = np.flatnonzero(rng.random(len(first)) < _AGAIN)
    places[again] = places[np.maximum(0, again - rng.integers(1, _BEFORE, len(again)))]
    common = np.flatnonzero(rng.random(len(first)) < _STOCK)
    places[common] = stock[rng.integers(0, _STOCKS, len(common))]
    return places


def _paces(rng: np.random.Generator, shots: int) -> Floats:
    paces: Floats = _PACE * np.exp(_PACES * rng.standard_normal(shots, dtype=np.float32))
    paces[rng.random(shots) < _STILL] = _STILL_PACE
    return paces


def _shaped(normal: Floats, like: Statistics) -> Floats:
    """Points of length 1 from normally distributed ones."""
    points: Floats = normal * np.sqrt(like.spectrum)
    points /= np.maximum(np.sqrt(np.einsum("ij,ij->i", points, points)), 1e-6)[:, None]
    return points


def edited_codes(shown: Footage, like: Statistics, *, share: float, rng: np.random.Generator) -> Codes:
    """The codes of frames after an edit that turns about this share of the bits of each.

    Not of every frame alike, and the bits that were nearly the other way first: as edits do.
    """
    _, shot = np.unique(shown.shots, return_inverse=True)
    dimensions = shown.points.shape[1]
    lasting = rng.standard_normal((int(shot.max(initial=0)) + 1, dimensions), dtype=np.float32)[shot]
    passing = rng.standard_normal(shown.points.shape, dtype=np.float32)
    elsewhere = _shaped(math.sqrt(_LASTING) * lasting + math.sqrt(1 - _LASTING) * passing, like)
    angle = math.pi * share  # the share of random planes that pass between two points is their angle by pi
    return like.codes(math.cos(angle) * shown.points + math.sin(angle) * elsewhere)


def drawn_blocks(count: int, seed: int = 0, *, like: Statistics | None = None) -> Iterator[Codes]:
    """So many codes, in blocks of whole works: as many as wanted never need to be in memory at once."""
    statistics = Statistics.usual() if like is None else like
    for number, first in enumerate(range(0, count, BLOCK)):
        yield statistics.codes(footage(number, statistics, seed=seed, frames=min(BLOCK, count - first)).points)


def drawn_codes(count: int, seed: int = 0, *, like: Statistics | None = None) -> Codes:
    """So many codes of films that do not exist; `like` turns them towards given descriptors."""
    statistics = Statistics.usual() if like is None else like
    empty = np.zeros((0, statistics.directions.shape[1] // 8), dtype=np.uint8)
    return np.concatenate([empty, *drawn_blocks(count, seed, like=statistics)])
