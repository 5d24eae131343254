# SPDX-License-Identifier: Apache-2.0
"""How far apart frames are that show the same moment, and frames of films that have nothing to do with each other.

What a distance is worth, and how rare it is among strangers, is fitted to these (`kyodaku.bench.fit`). Strangers are
counted by the ten million, and only counted: no pair is kept.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kyodaku.bench.collection import Collection
from kyodaku.bench.copies import Trial
from kyodaku.bench.metrics import Span
from kyodaku.bench.own import Kyodaku
from kyodaku.bench.queries import Query
from kyodaku.bench.split import series_of
from kyodaku.bench.systems import Unreadable
from kyodaku.copies import Descriptor, Fingerprint, QueryFingerprint
from kyodaku.copies._measure import STEPS, cosines, hamming, steps, unit
from kyodaku.copies.views import WHOLE
from kyodaku.errors import UsageError

__all__ = ["STRANGERS", "FramePairs", "frame_pairs", "paired"]

Counts: TypeAlias = NDArray[np.int64]

STRANGERS: Final = 10_000_000
"""Pairs of frames of different series: with fewer, every match pays for what is only not known to be rare. With 10^5,
that is three nats in a registry of 10^7 codes."""
_FILES_AT_ONCE: Final = 16
"""Described by a process before it is given more: each time it loads the network."""
_FRAMES_AT_ONCE: Final = 1 << 10
_ROWS_AT_ONCE: Final = 1 << 12
"""With so many frames at once, 32 MB of distances."""
_GOLDEN: Final = 0.6180339887
"""Its multiples fall into the largest gaps between those before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FramePairs:
    """How far apart the frames of many pairs are: how many pairs there are at each distance."""

    by_hamming: Counts
    """`(bits + 1,)`."""
    by_steps: Counts | None
    """`(STEPS + 1,)`, by the finer form; None where there is none."""

    @property
    def hamming(self) -> NDArray[np.int16]:
        """How many bits differ in each pair, rising."""
        return _each(self.by_hamming)

    @property
    def steps(self) -> NDArray[np.int16]:
        """How far apart each pair is by the finer form, rising."""
        if self.by_steps is None:
            raise UsageError("these frames were described without a finer form")
        return _each(self.by_steps)


def _each(counts: Counts) -> NDArray[np.int16]:
    return np.repeat(np.arange(len(counts), dtype=np.int16), counts)


def frame_pairs(
    descriptor: Descriptor,
    collection: Collection,
    asked: Sequence[Trial],
    *,
    minimum_quality: int,
    workers: int = 1,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> tuple[FramePairs, FramePairs]:
    """Pairs of frames that truly show the same moment, and pairs of frames of different series.

    From the queries of these trials: each frame, seen as a whole, with the frame of the film that was sampled nearest
    to the true moment, and with all frames, or evenly spaced ones, of films of series that the query shows nothing of.
    """
    films = collection.of_role("work", "generated")
    queries = list({trial.query.id: trial.query for trial in asked}.values())
    jobs = [*((film.path, False) for film in films), *((query.path, True) for query in queries)]
    made = []
    for done, described in enumerate(_described(descriptor, jobs, workers), start=1):
        made.append(described)
        progress(done, len(jobs))
    references = {film.id: one for film, one in zip(films, made, strict=False) if one is not None}
    looked = [(query, one) for query, one in zip(queries, made[len(films) :], strict=True) if one is not None]
    works = {film.id: film.work for film in collection.films}
    return paired(references, looked, works, minimum_quality=minimum_quality)


def paired(
    references: Mapping[str, Fingerprint],
    looked: Sequence[tuple[Query, Fingerprint]],
    works: Mapping[str, str],
    *,
    minimum_quality: int,
    pairs: int = STRANGERS,
) -> tuple[FramePairs, FramePairs]:
    """As `frame_pairs`, of what was described: films, and queries seen as a whole; `works` of all films.

    Of strangers at most about so many `pairs`, the same each time.
    """
    every = _Frames.of(references, works, minimum_quality)
    same, other = (_Tally(every.codes.shape[1] * 8, finer=every.fine is not None) for _ in range(2))
    strangers = []
    for query, made in looked:
        for span in query.targets:
            if (film := references.get(span.reference)) is not None:
                alike = [
                    (frame, row)
                    for frame, row in _moments(made, film, span)
                    if min(made.quality[frame], film.quality[row]) >= minimum_quality
                ]
                same.add(made, film, np.array(alike, dtype=np.int64).reshape(-1, 2))
        own = {series_of(query.work), *(series_of(works[film]) for film in _films_in(query) if film in works)}
        strangers.append((made, np.flatnonzero(made.quality >= minimum_quality), every.rows_without(own)))
    share = pairs / max(pairs, sum(len(frames) * len(rows) for _, frames, rows in strangers))
    for number, (made, frames, rows) in enumerate(strangers):
        other.add_all(made, frames, every, _evenly(rows, share, number))
    return same.pairs(), other.pairs()


def _evenly(rows: NDArray[np.int64], share: float, number: int) -> NDArray[np.int64]:
    """A share of the rows, beginning elsewhere for each number."""
    count = round(share * len(rows))
    begin = number * _GOLDEN % 1
    return rows[((np.arange(count) + begin) * (len(rows) / max(count, 1))).astype(np.int64)]


def _films_in(query: Query) -> set[str]:
    return {span.reference for span in query.targets} | query.beside


def _described(descriptor: Descriptor, jobs: Sequence[tuple[Path, bool]], workers: int) -> Iterator[Fingerprint | None]:
    parts = [jobs[first : first + _FILES_AT_ONCE] for first in range(0, len(jobs), _FILES_AT_ONCE)]
    if workers == 1:
        yield from (made for part in parts for made in _whole_views(descriptor, part))
        return
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        yield from (made for several in pool.map(partial(_whole_views, descriptor), parts) for made in several)


def _whole_views(descriptor: Descriptor, jobs: Sequence[tuple[Path, bool]]) -> list[Fingerprint | None]:
    """One for each file; None for one that cannot be read."""
    system = Kyodaku(descriptor)
    found: list[Fingerprint | None] = []
    for path, query in jobs:
        try:
            made = system.describe(path, query=query)
        except Unreadable:
            found.append(None)
        else:
            found.append(made.views[WHOLE.name] if isinstance(made, QueryFingerprint) else made)
    return found


def _moments(query: Fingerprint, film: Fingerprint, span: Span) -> Iterator[tuple[int, int]]:
    pace = (span.r_end - span.r_start) / (span.q_end - span.q_start)
    for frame, time in enumerate(query.times.tolist()):
        if span.q_start <= time < span.q_end and len(film.times):
            wanted = span.r_start + (time - span.q_start) * pace
            yield frame, int(np.abs(film.times - wanted).argmin())


@dataclass(frozen=True, kw_only=True, slots=True)
class _Frames:
    """The frames of all films that show enough, side by side."""

    codes: NDArray[np.uint8]
    fine: NDArray[np.int8] | None
    series: NDArray[np.str_]
    """Of each row's work."""

    def rows_without(self, series: AbstractSet[str]) -> NDArray[np.int64]:
        """The rows of films of other series."""
        return np.flatnonzero(~np.isin(self.series, list(series)))

    @classmethod
    def of(cls, references: Mapping[str, Fingerprint], works: Mapping[str, str], minimum_quality: int) -> _Frames:
        seen = [(name, made, made.quality >= minimum_quality) for name, made in references.items()]
        if not seen:
            raise UsageError("there are no films to compare frames with")
        fine = [made.fine[rows] for _, made, rows in seen if made.fine is not None]
        return cls(
            codes=np.concatenate([made.codes[rows] for _, made, rows in seen]),
            fine=np.concatenate(fine) if len(fine) == len(seen) else None,
            series=np.repeat([series_of(works[name]) for name, *_ in seen], [int(rows.sum()) for *_, rows in seen]),
        )


class _Tally:
    """Counts pairs by their distances."""

    def __init__(self, bits: int, *, finer: bool) -> None:
        self._hamming: Counts = np.zeros(bits + 1, dtype=np.int64)
        self._steps: Counts | None = np.zeros(STEPS + 1, dtype=np.int64) if finer else None

    def add(self, one: Fingerprint, two: Fingerprint, pairs: NDArray[np.int64]) -> None:
        """Pairs of a frame of each."""
        left, right = pairs.T
        _count(self._hamming, hamming(one.codes[left], two.codes[right]))
        if self._steps is not None and one.fine is not None and two.fine is not None:
            _count(self._steps, steps(cosines(one.fine, two.fine, left, right)))

    def add_all(self, one: Fingerprint, frames: NDArray[np.int64], every: _Frames, rows: NDArray[np.int64]) -> None:
        """Each of the frames with each of the rows."""
        for first in range(0, len(frames), _FRAMES_AT_ONCE):
            for start in range(0, len(rows), _ROWS_AT_ONCE):
                self._add(one, frames[first : first + _FRAMES_AT_ONCE], every, rows[start : start + _ROWS_AT_ONCE])

    def _add(self, one: Fingerprint, frames: NDArray[np.int64], every: _Frames, rows: NDArray[np.int64]) -> None:
        left, right = (np.ascontiguousarray(codes).view(np.uint64) for codes in (one.codes[frames], every.codes[rows]))
        apart = np.zeros((len(left), len(right)), dtype=np.int64)
        for word in range(left.shape[1]):
            apart += np.bitwise_count(left[:, None, word] ^ right[None, :, word])
        _count(self._hamming, apart)
        if self._steps is not None and one.fine is not None and every.fine is not None:
            _count(self._steps, steps(unit(one.fine[frames]) @ unit(every.fine[rows]).T))

    def pairs(self) -> FramePairs:
        """What was counted."""
        return FramePairs(by_hamming=self._hamming, by_steps=self._steps)


def _count(counts: Counts, distances: NDArray[np.int64]) -> None:
    counts += np.bincount(distances.ravel(), minlength=len(counts))
