# SPDX-License-Identifier: Apache-2.0
"""Frames for the report, read through the same sandboxed decoder as everything else; a missing picture is None."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from kyodaku.copies.descriptor import Pixels
from kyodaku.examine import sha256_of
from kyodaku.media import Decoder, Sampling, encode_jpeg
from kyodaku.training.report.timeline import clock

__all__ = ["Pair", "Pictures", "Source", "data_url", "frames_at", "pair_times"]

SIDE = 236
"""The width at which the page shows a frame; 60 matches of three pairs stay under three megabytes."""
QUALITY = 72


@dataclass(frozen=True, slots=True)
class Pair:
    """A frame of the clip and the aligned frame of the reference, as data URLs, with their times as text."""

    q_time: str
    r_time: str
    query: str | None
    reference: str | None


class Source(NamedTuple):
    """A medium and the hash it had when it was examined or registered."""

    path: str | Path | None
    sha256: str | None


class Pictures:
    """Takes frames out of media that are at hand, and still what they were: another film's pictures prove nothing."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._hash = lru_cache(maxsize=4096)(sha256_of)

    def pairs(self, match: Mapping[str, Any], query: Source, reference: Source) -> list[Pair]:
        """Aligned frames at a few moments of `match`; those of a medium that is gone or changed are missing."""
        moments = pair_times(match)
        queries = self._frames(self._unchanged(query), [q for q, _ in moments])
        references = self._frames(self._unchanged(reference), [r for _, r in moments])
        pairs = zip(moments, queries, references, strict=True)
        return [Pair(clock(q), clock(r), shown, known) for (q, r), shown, known in pairs if shown or known]

    def _unchanged(self, source: Source) -> str | Path | None:
        known = source.path is not None and source.sha256 is not None
        return source.path if known and self._hash(source.path) == source.sha256 else None

    def _frames(self, path: str | Path | None, times: Sequence[float]) -> list[str | None]:
        """One data URL for each time, None where there is no frame."""
        found = [None] * len(times) if path is None else frames_at(self._decoder, path, times, max_side=2 * SIDE)
        return [None if pixels is None else data_url(pixels) for pixels in found]


def frames_at(decoder: Decoder, path: str | Path, times: Sequence[float], *, max_side: int) -> list[Pixels | None]:
    """The pictures on screen at these times, in whatever order they come; None for all where nothing can be read."""
    wanted = tuple(sorted(set(times)))
    frames = list(decoder.sample(path, Sampling(mode="at", at=wanted, max_side=max_side))) if wanted else []
    if not frames:
        return [None] * len(times)
    return [min(frames, key=lambda frame: abs(frame.time_s - time)).pixels for time in times]


def pair_times(match: Mapping[str, Any], count: int = 3) -> list[tuple[float, float]]:
    """Times (query, reference) spread over a match; its middle alone when it is short."""
    q_length, r_length = match["q_end"] - match["q_start"], match["r_end"] - match["r_start"]
    places = [0.5] if q_length < 1.0 else [(number + 0.5) / count for number in range(count)]
    return [(match["q_start"] + place * q_length, match["r_start"] + place * r_length) for place in places]


def data_url(pixels: Pixels, *, side: int = SIDE) -> str:
    """A picture as a JPEG in a URL, its longer side at most `side`."""
    return "data:image/jpeg;base64," + b64encode(encode_jpeg(pixels, quality=QUALITY, max_side=side)).decode()
