# SPDX-License-Identifier: Apache-2.0
"""Other people's systems, as their packages give them and with their makers' own settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kyodaku.bench.systems import Found, Index, Picture, Unreadable
from kyodaku.media import Decoder, Sampling

__all__ = ["PdqFrames", "Vpdq"]

Codes: TypeAlias = NDArray[np.uint8]

DISTANCE: Final = 31
"""Bits of 256 by which two frames may differ (`VPDQ_DISTANCE_THRESHOLD` of threatexchange, and PDQ's own advice)."""
QUALITY: Final = 50
"""Frames below it are left out (`VPDQ_QUALITY_THRESHOLD`)."""
QUERY_SHARE: Final = 0.8
"""Of the query's frames must be found (`VPDQ_QUERY_MATCH_THRESHOLD_PERCENT`; none is asked of the reference's)."""
BITS: Final = 256


@dataclass(frozen=True, slots=True)
class _Frames:
    """Described references: frames without those of low quality and without repetitions."""

    references: Mapping[str, Codes]
    bytes_per_frame: int
    whole: bool

    @property
    def stored_bytes(self) -> int:
        return sum(len(codes) for codes in self.references.values()) * self.bytes_per_frame

    @property
    def fine_bytes(self) -> int:
        return 0

    def search(self, query: Codes) -> Sequence[Found]:
        """Every reference, with the share of the query's frames that it holds, or with its most alike frame."""
        if not len(query):
            return []
        scores = {name: self._score(query, codes) for name, codes in self.references.items() if len(codes)}
        return [Found(name, score) for name, score in scores.items() if score > 0]

    def _score(self, query: Codes, codes: Codes) -> float:
        nearest = _distances(query, codes).min(axis=1)
        return float(np.mean(nearest <= DISTANCE)) if self.whole else 1 - float(nearest.min()) / BITS


def _distances(one: Codes, two: Codes) -> NDArray[np.int64]:
    """Hamming distances of all pairs."""
    ones, twos = one.view(np.uint64), two.view(np.uint64)
    counts: NDArray[np.int64] = np.bitwise_count(ones[:, None, :] ^ twos[None, :, :]).sum(axis=2, dtype=np.int64)
    return counts


def _kept(codes: Sequence[Codes], quality: Sequence[int]) -> Codes:
    kept = [code for code, value in zip(codes, quality, strict=True) if value >= QUALITY]
    if not kept:
        return np.zeros((0, BITS // 8), dtype=np.uint8)
    unique: Codes = np.unique(np.stack(kept), axis=0)
    return np.ascontiguousarray(unique)


class Vpdq:
    """Meta's vPDQ through the package `vpdq`: a hash a second, and the share of the query's frames that are found."""

    name = "vpdq"
    threshold = QUERY_SHARE

    def __init__(self) -> None:
        import vpdq  # noqa: PLC0415 - optional

        self._hashed = vpdq.computeHash

    def describe(self, path: Path, *, query: bool) -> Codes:
        """Its own decoder, at its own pace; `query` makes no difference."""
        del query
        try:
            features = self._hashed(str(path))
        except Exception as error:
            raise Unreadable(str(error)) from error
        codes = [np.frombuffer(bytes.fromhex(feature.hex), dtype=np.uint8) for feature in features]
        return _kept(codes, [feature.quality for feature in features])

    def index(self, references: Mapping[str, Any], directory: Path) -> Index:
        """All frames in memory; a feature is 32 bytes of hash, 1 of quality, 4 of time."""
        del directory
        return _Frames(references, BITS // 8 + 5, whole=True)


class PdqFrames:
    """Single pictures through the package `pdqhash`: two frames a second, and the one that is most alike.

    What most duplicate finders do. The frames come from Kyodaku's decoder.
    """

    name = "pdqhash frames"
    threshold = 1 - DISTANCE / BITS
    pictures_per_second = 2.0

    def __init__(self) -> None:
        import pdqhash  # noqa: PLC0415 - optional

        self._hashed = pdqhash.compute
        self._decoder = Decoder()

    def describe(self, path: Path, *, query: bool) -> Codes:
        """PDQ of every frame; `query` makes no difference."""
        del query
        stream = self._decoder.sample(path, Sampling(fps=self.pictures_per_second))
        made = self.describe_pictures((frame.time_s, frame.pixels) for frame in stream)
        if stream.result.error is not None:
            raise Unreadable(str(stream.result.error))
        return made

    def describe_pictures(self, pictures: Iterable[tuple[float, Picture]]) -> Codes:
        """PDQ of every picture."""
        hashed = [self._hashed(np.ascontiguousarray(picture)) for _, picture in pictures]
        return _kept([np.packbits(bits.astype(bool)) for bits, _ in hashed], [quality for _, quality in hashed])

    def index(self, references: Mapping[str, Any], directory: Path) -> Index:
        """All frames in memory."""
        del directory
        return _Frames(references, BITS // 8, whole=False)
