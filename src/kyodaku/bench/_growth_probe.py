# SPDX-License-Identifier: Apache-2.0
"""A process that draws codes, builds an index of them or searches it, and says as JSON what it cost; see `growth`.

FOLDER/drawn/     the codes, and what will be asked about them: drawn before anything is measured
FOLDER/index/     the index
"""

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
NEAREST: Final = 64
REACH: Final = 100
"""Bits within which codes may be near at all: the nearest of ten million unrelated ones is."""
_SEEN: Final = 0.20
_OTHER_VIEWS: Final = (0.33, 0.42)
"""Bits turned in the views that do not show what the reference shows."""


class _Asked(Protocol):
    def ask(self, queries: Codes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Pairs of a query's number and a work that is near it."""
        ...


def draw(folder: Path, count: int, seed: int, clips: int) -> dict[str, Any]:
    """Draw the codes and the questions."""
    like = Statistics.usual(DEFAULT_DESCRIPTOR.dims)
    (folder / "drawn").mkdir(parents=True)
    works, edited, others = _questions(like, count, seed, clips)
    np.savez(folder / "drawn" / "questions.npz", works=works, edited=edited, others=others)
    shape = (count, DEFAULT_DESCRIPTOR.dims // 8)
    codes = np.lib.format.open_memmap(folder / "drawn" / "codes.npy", mode="w+", dtype=np.uint8, shape=shape)
    for number, block in enumerate(drawn_blocks(count, seed, like=like)):
        codes[number * BLOCK : number * BLOCK + len(block)] = block
    codes.flush()
    return {}


def build(folder: Path) -> dict[str, Any]:
    """Add works of `FILM` frames until all codes are in an index."""
    codes = np.load(folder / "drawn" / "codes.npy", mmap_mode="r")
    before = _own_bytes()
    with _Peak() as peak:
        began = time.perf_counter(), time.process_time()
        with IndexWriter(folder / "index", descriptor=descriptor_id(DEFAULT_DESCRIPTOR)) as writer:
            for first in range(0, len(codes), FILM):
                writer.add(f"{first // FILM:08d}", _fingerprint(np.array(codes[first : first + FILM])))
        seconds, processor = time.perf_counter() - began[0], time.process_time() - began[1]
    return {"build_s": seconds, "build_cpu_s": processor, "build_bytes": peak.most - before}


def search(folder: Path) -> dict[str, Any]:
    """What a search of the index costs and finds."""
    questions = _read(folder)
    before = memory_bytes(os.getpid())
    began = time.perf_counter()
    index = open_index(folder / "index", verify=False)
    opened = time.perf_counter() - began
    found = _measured(_Index(index), questions, timed=len(questions))
    return {"open_ms": 1000 * opened, **found, "resident_bytes": memory_bytes(os.getpid()) - before}


def scan(folder: Path, clips: int) -> dict[str, Any]:
    """The same with faiss's flat index over the same codes, held in memory."""
    questions = _read(folder)[:clips]
    before = memory_bytes(os.getpid())
    flat = _Flat(folder / "drawn" / "codes.npy")  # held until its memory was counted
    found = _measured(flat, questions, timed=1)
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
    def __init__(self, path: Path) -> None:
        codes = np.load(path, mmap_mode="r")
        self._index = faiss.IndexBinaryFlat(8 * codes.shape[1])
        for first in range(0, len(codes), BLOCK):
            self._index.add(np.array(codes[first : first + BLOCK]))

    def ask(self, queries: Codes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The nearest codes of all."""
        distance, row = self._index.search(np.ascontiguousarray(queries), NEAREST)
        query, rank = np.nonzero(distance <= REACH)
        return query, row[query, rank] // FILM


@dataclass(frozen=True, kw_only=True, slots=True)
class _Question:
    """A clip of a work that is in the index."""

    work: int
    edited: Mapping[float, Codes]
    """The whole frame, two for each moment, by the share of bits that an edit turned."""
    views: Codes
    """All views: one of them shows what the reference shows."""


def _questions(like: Statistics, count: int, seed: int, clips: int) -> tuple[NDArray[np.int64], Codes, Codes]:
    """Works, the whole frame after each edit, and the other views."""
    rng = np.random.default_rng((seed, count))
    works = rng.integers(0, max(1, count // FILM), clips)
    edited, others = [], []
    for work in works.tolist():
        block = footage(work * FILM // BLOCK, like, seed=seed)
        moments = work * FILM % BLOCK + int(rng.integers(0, FILM - MOMENTS)) + np.repeat(np.arange(MOMENTS), 2)
        shown = Footage(points=block.points[moments], shots=block.shots[moments])
        edited.append([edited_codes(shown, like, share=share, rng=rng) for share in SHARES])
        shares = np.linspace(*_OTHER_VIEWS, VIEWS - 1)
        others.append(np.concatenate([edited_codes(shown, like, share=share, rng=rng) for share in shares]))
    return works, np.array(edited), np.array(others)


def _read(folder: Path) -> list[_Question]:
    with np.load(folder / "drawn" / "questions.npz") as asked:
        return [
            _Question(
                work=int(work),
                edited=dict(zip(SHARES, edited, strict=True)),
                views=np.concatenate([edited[SHARES.index(_SEEN)], others]),
            )
            for work, edited, others in zip(asked["works"], asked["edited"], asked["others"], strict=True)
        ]


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


def _fingerprint(codes: Codes) -> Fingerprint:
    frames, rate = len(codes), 2.0
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
        self.most = _own_bytes()
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
            self.most = max(self.most, _own_bytes())


def _own_bytes() -> int:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("RssAnon"))


def main(arguments: Sequence[str]) -> None:
    """Do one of the four, and print."""
    what, folder, *numbers = arguments
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    faiss.omp_set_num_threads(1)
    does: dict[str, Callable[..., dict[str, Any]]] = {"draw": draw, "build": build, "search": search, "scan": scan}
    sys.stdout.write(json.dumps(does[what](Path(folder), *map(int, numbers))))


if __name__ == "__main__":
    main(sys.argv[1:])
