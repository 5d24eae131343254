# SPDX-License-Identifier: Apache-2.0
"""A process that builds an index of drawn codes, or searches one, and says as JSON what it cost; see `growth`."""

from __future__ import annotations

import json
import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self, TypeAlias

import faiss
import numpy as np
from numpy.typing import NDArray

from kyodaku.bench._processes import memory_bytes
from kyodaku.bench.drawn_codes import BLOCK, FILM, Footage, Statistics, drawn_blocks, edited_codes, footage
from kyodaku.copies import DEFAULT_DESCRIPTOR, Fingerprint, IndexWriter, ReferenceIndex, descriptor_id, open_index

__all__ = ["SHARES", "main"]

Codes: TypeAlias = NDArray[np.uint8]

SHARES: Final = (0.05, 0.10, 0.20, 0.25, 0.28)
"""Bits turned by edits: 5 to 10 % by re-encoding, tone and small crops, 20 to 28 % by crops to a half and insets."""
MOMENTS: Final = 20
"""Of a clip of 10 s, in a reference at two frames a second; the clip itself is seen at four."""
VIEWS: Final = 10
FOUND_FROM: Final = 3
"""Moments at which the right reference must be among the nearest: it is then compared with the whole clip anyway."""
NEAREST: Final = 16
REACH: Final = 100
"""Bits within which codes may be near at all: the nearest of ten million unrelated ones is."""
_OTHER_VIEWS: Final = (0.33, 0.42)
"""Bits turned in the views that do not show what the reference shows."""


class _Asked(Protocol):
    def ask(self, queries: Codes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Pairs of a query's number and a work that is near it."""
        ...


def build(folder: Path, count: int, seed: int) -> dict[str, Any]:
    """Add works of `FILM` frames until there are so many codes; drawing them is not counted."""
    like = Statistics.usual(DEFAULT_DESCRIPTOR.dims)
    drawing, number = 0.0, 0
    with _Peak() as peak:
        began = mark = time.perf_counter()
        with IndexWriter(folder) as writer:
            for block in drawn_blocks(count, seed, like=like):
                drawing += time.perf_counter() - mark
                for first in range(0, len(block), FILM):
                    writer.add(f"{number:08d}", _fingerprint(block[first : first + FILM], 2.0))
                    number += 1
                mark = time.perf_counter()
        seconds = time.perf_counter() - began - drawing
    return {"build_s": seconds, "build_bytes": peak.most}


def search(folder: Path, count: int, seed: int, clips: int) -> dict[str, Any]:
    """What a search of the index costs and finds."""
    questions = _questions(count, seed, clips)
    before = memory_bytes(os.getpid())
    began = time.perf_counter()
    index = open_index(folder, verify=False)
    opened = time.perf_counter() - began
    found = _measured(_Index(index), questions, timed=clips)
    return {"open_ms": 1000 * opened, **found, "resident_bytes": memory_bytes(os.getpid()) - before}


def scan(folder: Path, count: int, seed: int, clips: int) -> dict[str, Any]:
    """The same with faiss's flat index over the same codes, held in memory."""
    questions = _questions(count, seed, clips)
    before = memory_bytes(os.getpid())
    found = _measured(_Flat(folder), questions, timed=1)
    return {**found, "resident_bytes": memory_bytes(os.getpid()) - before}


class _Index:
    def __init__(self, index: ReferenceIndex) -> None:
        self._parts = index.parts

    def ask(self, queries: Codes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """As any search begins: the nearest codes in each part, and which references these are of."""
        query, work = [], []
        for part in self._parts:
            near = part.codes.nearest(queries, k=NEAREST, radius=REACH)
            numbers = np.searchsorted(part.segment.starts, near.row, side="right") - 1
            names = {int(number): int(part.segment.entries[number].id) for number in np.unique(numbers)}
            query.append(near.query)
            work.append(np.array([names[number] for number in numbers.tolist()], dtype=np.int64))
        return np.concatenate(query), np.concatenate(work)


class _Flat:
    def __init__(self, folder: Path) -> None:
        index = open_index(folder, verify=False)
        self._index = faiss.IndexBinaryFlat(DEFAULT_DESCRIPTOR.dims)
        works = []
        for part in index.parts:
            self._index.add(np.ascontiguousarray(part.segment.codes))
            works.append(np.repeat([int(entry.id) for entry in part.segment.entries], np.diff(part.segment.starts)))
        self._works = np.concatenate(works).astype(np.int32)

    def ask(self, queries: Codes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The nearest codes of all."""
        distance, row = self._index.search(np.ascontiguousarray(queries), NEAREST)
        query, rank = np.nonzero(distance <= REACH)
        return query, self._works[row[query, rank]].astype(np.int64)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Question:
    """A clip of a work that is in the index."""

    work: int
    edited: Mapping[float, Codes]
    """The whole frame, two for each moment, by the share of bits that an edit turned."""
    views: Codes
    """All views: one of them shows what the reference shows."""


def _questions(count: int, seed: int, clips: int) -> list[_Question]:
    like = Statistics.usual(DEFAULT_DESCRIPTOR.dims)
    rng = np.random.default_rng((seed, count))
    made = []
    for _ in range(clips):
        work = int(rng.integers(0, max(1, count // FILM)))
        block = footage(work * FILM // BLOCK, like, seed=seed)
        moments = work * FILM % BLOCK + int(rng.integers(0, FILM - MOMENTS)) + np.repeat(np.arange(MOMENTS), 2)
        shown = Footage(points=block.points[moments], shots=block.shots[moments])
        edited = {share: edited_codes(shown, like, share=share, rng=rng) for share in SHARES}
        others = [edited_codes(shown, like, share=share, rng=rng) for share in np.linspace(*_OTHER_VIEWS, VIEWS - 1)]
        made.append(_Question(work=work, edited=edited, views=np.concatenate([edited[SHARES[2]], *others])))
    return made


def _measured(asked: _Asked, questions: Sequence[_Question], *, timed: int) -> dict[str, Any]:
    found = {share: [_moments(asked, question, share) for question in questions] for share in SHARES}
    whole = np.array([_timed(asked, question.edited[SHARES[1]]) for question in questions[:timed]])
    views = np.array([_timed(asked, question.views) for question in questions[:timed]])
    return {
        "whole_ms": 1000 * float(np.median(whole[:, 0])),
        "views_ms": 1000 * float(np.median(views[:, 0])),
        "views_worst_ms": 1000 * float(np.max(views[:, 0])),
        "views_clock_ms": 1000 * float(np.median(views[:, 1])),
        "frames": {f"{share:.2f}": float(np.mean(moments)) / MOMENTS for share, moments in found.items()},
        "clips": {f"{share:.2f}": float(np.mean(np.array(m) >= FOUND_FROM)) for share, m in found.items()},
    }


def _moments(asked: _Asked, question: _Question, share: float) -> int:
    """Moments of the clip at which its work is among the nearest."""
    query, work = asked.ask(question.edited[share])
    return len(np.unique(query[work == question.work] // 2))


def _timed(asked: _Asked, queries: Codes) -> tuple[float, float]:
    """Processor seconds, which other jobs on the machine do not stretch, and seconds by the clock."""
    began, clock = time.process_time(), time.perf_counter()
    asked.ask(queries)
    return time.process_time() - began, time.perf_counter() - clock


def _fingerprint(codes: Codes, rate: float) -> Fingerprint:
    frames = len(codes)
    return Fingerprint(
        descriptor=descriptor_id(DEFAULT_DESCRIPTOR),
        duration_s=frames / rate,
        times=(np.arange(frames) / rate).astype(np.float32),
        codes=codes,
        quality=np.full(frames, 100, dtype=np.uint8),
    )


class _Peak:
    """The most memory of its own, pages of files not counted, that this process had in a `with` block."""

    def __enter__(self) -> Self:
        self.most = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(0.1):
            status = Path("/proc/self/status").read_text()
            own = next(line for line in status.splitlines() if line.startswith("RssAnon"))
            self.most = max(self.most, int(own.split()[1]) * 1024)


def main(arguments: Sequence[str]) -> None:
    """Do one of the three, and print."""
    what, folder, *numbers = arguments
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    faiss.omp_set_num_threads(1)
    does: dict[str, Callable[..., dict[str, Any]]] = {"build": build, "search": search, "scan": scan}
    sys.stdout.write(json.dumps(does[what](Path(folder), *map(int, numbers))))


if __name__ == "__main__":
    main(sys.argv[1:])
