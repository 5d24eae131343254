# SPDX-License-Identifier: Apache-2.0
"""Every system is asked every question, by several processes: each has the system and opens its indexes."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

from kyodaku.bench._processes import cpu_seconds
from kyodaku.bench.collection import Collection
from kyodaku.bench.copies import Clip, Costs, Outcome, Trial
from kyodaku.bench.queries import Query
from kyodaku.bench.split import FOLDS, Fold, folds
from kyodaku.bench.systems import Crowded, Found, Index, Pictured, System, Unreadable
from kyodaku.examine import SAMPLES_PER_SECOND

__all__ = ["ask"]

Shelf: TypeAlias = Mapping[Fold, Index]
"""Both halves as one system keeps them."""
Job = TypeVar("Job")
Done = TypeVar("Done")


def ask(
    make: Callable[[], System],
    collection: Collection,
    asked: Sequence[Trial],
    directory: Path,
    *,
    crowds: Sequence[int] = (0,),
    drawn: Iterable[Clip] = (),
    workers: int = 1,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> list[Outcome]:
    """Register both halves with one system, ask it about every trial, then about clips in which nothing is to be found.

    One outcome for each of the `crowds` of drawn codes beside the references; those that the system cannot be given
    are left out. Each query is described once. `directory` is for the indexes. With several `workers`, `make` and the
    clips are sent to other processes.
    """
    system, began = make(), time.monotonic()
    crowds = [crowd for crowd in crowds if not crowd or isinstance(system, Crowded)]
    tally = _Tally(crowds)
    with _desks(make, (), workers) as each:
        described = _references(collection, each, tally)
    shelves = _shelves(system, collection, described, directory, crowds)
    with _desks(make, shelves, workers) as each:
        by_query = _by_query(asked)
        for done, ((query, both), told) in enumerate(zip(by_query, each(_query, by_query), strict=True), start=1):
            tally.add(query, both, told)
            progress(done, len(by_query))
        if isinstance(system, Pictured):
            tally.drawn.extend(each(_clip, enumerate(drawn)))
    return tally.outcomes(system, shelves, time.monotonic() - began)


def _references(collection: Collection, each: _Each, tally: _Tally) -> dict[str, Any]:
    """The description of every film that the system can read."""
    films = collection.of_role("work", "generated")
    described = {}
    for film, (made, seconds) in zip(films, each(_reference, [film.path for film in films]), strict=True):
        tally.reference_s += film.duration_s
        tally.reference_cpu_s += seconds
        if made is None:
            tally.unreadable += 1
        else:
            described[film.id] = made
    return described


def _shelves(
    system: System, collection: Collection, described: Mapping[str, Any], directory: Path, crowds: Sequence[int]
) -> list[Shelf]:
    films = collection.of_role("work", "generated")
    half = folds(film.work for film in films)
    kept: dict[Fold, dict[str, Any]] = {fold: {} for fold in FOLDS}
    for film in films:
        if film.id in described:
            kept[half[film.work]][film.id] = described[film.id]
    shelves: list[Shelf] = []
    for crowd in crowds:
        if isinstance(system, Crowded) and crowd:
            folder = directory / f"crowd-{crowd}"
            shelves.append({fold: system.crowded_index(kept[fold], folder, codes=crowd) for fold in FOLDS})
        else:
            shelves.append({fold: system.index(kept[fold], directory / fold) for fold in FOLDS})
    return shelves


def _by_query(asked: Sequence[Trial]) -> list[tuple[Query, list[Trial]]]:
    grouped: dict[str, tuple[Query, list[Trial]]] = {}
    for trial in asked:
        grouped.setdefault(trial.query.id, (trial.query, []))[1].append(trial)
    return list(grouped.values())


# --- the processes ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Desk:
    """A system and its shelves, in the process in which it is asked."""

    system: System
    shelves: Sequence[Shelf]

    def described(self, path: Path, *, query: bool) -> tuple[Any, float]:
        """The description, None if the system cannot read the file, and the processor seconds of all its processes."""
        before = cpu_seconds(os.getpid())
        try:
            made = self.system.describe(path, query=query)
        except Unreadable:
            made = None
        return made, cpu_seconds(os.getpid()) - before


@dataclass(frozen=True, slots=True)
class _Told:
    """What was found for one query: on each shelf for each trial; and processor seconds, of searching by shelf."""

    answers: Sequence[Sequence[tuple[Found, ...]]]
    described_cpu_s: float
    searched_cpu_s: Sequence[float]
    readable: bool = True


_SEATED: Final[list[_Desk]] = []
"""The desk of this process."""


def _sit_down(make: Callable[[], System], shelves: Sequence[Shelf]) -> None:
    _SEATED[:] = [_Desk(make(), shelves)]


_Each: TypeAlias = Callable[[Callable[[_Desk, Any], Any], Iterable[Any]], Iterator[Any]]
"""Does something at a desk for each of some things, in their order."""


@contextmanager
def _desks(make: Callable[[], System], shelves: Sequence[Shelf], workers: int) -> Iterator[_Each]:
    if workers == 1:
        desk = _Desk(make(), shelves)
        yield lambda work, things: (work(desk, thing) for thing in things)
        return
    context = multiprocessing.get_context("spawn")  # a fork would share the threads of libraries, and their locks
    with _one_thread_each(), ProcessPoolExecutor(workers, context, _sit_down, (make, shelves)) as pool:
        yield lambda work, things: pool.map(_seated, ((work, thing) for thing in things))


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """For processes begun meanwhile: with as many as processors, threads of each would only wait for one another.

    Measured on two processors: a product of matrices took nine times the processor time.
    """
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ |= dict.fromkeys(names, "1")
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _seated(job: tuple[Callable[[_Desk, Job], Done], Job]) -> Done:
    work, thing = job
    return work(_SEATED[0], thing)


def _reference(desk: _Desk, path: Path) -> tuple[Any, float]:
    return desk.described(path, query=False)


def _query(desk: _Desk, job: tuple[Query, Sequence[Trial]]) -> _Told:
    """A query that could not be read is not searched for: nothing is found in it."""
    query, both = job
    made, seconds = desk.described(query.path, query=True)
    if made is None:
        return _Told([[()] * len(both)] * len(desk.shelves), seconds, [0.0] * len(desk.shelves), readable=False)
    answers, searched = [], []
    for shelf in desk.shelves:
        before = time.process_time()  # searches run in this process, and are too short to be read off /proc
        answers.append([tuple(shelf[trial.fold].search(made)) for trial in both])
        searched.append(time.process_time() - before)
    return _Told(answers, seconds, searched)


def _clip(desk: _Desk, job: tuple[int, Clip]) -> list[tuple[Found, ...]]:
    """Clips take turns between the halves."""
    number, clip = job
    assert isinstance(desk.system, Pictured)
    described = desk.system.describe_pictures(clip(desk.system.pictures_per_second))
    return [tuple(shelf[FOLDS[number % len(FOLDS)]].search(described)) for shelf in desk.shelves]


# --- the sum ----------------------------------------------------------------------------------------------------------
@dataclass(slots=True)
class _Tally:
    """Answers by shelf, hours of media and processor seconds; what was described for one shelf counts for all."""

    crowds: Sequence[int]
    answers: list[dict[str, tuple[Found, ...]]] = field(init=False)
    searched_cpu_s: list[float] = field(init=False)
    drawn: list[list[tuple[Found, ...]]] = field(default_factory=list)
    reference_s: float = 0.0
    reference_cpu_s: float = 0.0
    query_s: float = 0.0
    query_cpu_s: float = 0.0
    searches: int = 0
    unreadable: int = 0

    def __post_init__(self) -> None:
        self.answers = [{} for _ in self.crowds]
        self.searched_cpu_s = [0.0 for _ in self.crowds]

    def add(self, query: Query, both: Sequence[Trial], told: _Told) -> None:
        """Take in what was said of one query."""
        self.query_s += query.duration_s
        self.query_cpu_s += told.described_cpu_s
        self.unreadable += not told.readable
        self.searches += len(both) if told.readable else 0
        for number, answers in enumerate(told.answers):
            self.answers[number].update((trial.id, found) for trial, found in zip(both, answers, strict=True))
            self.searched_cpu_s[number] += told.searched_cpu_s[number]

    def outcomes(self, system: System, shelves: Sequence[Shelf], wall_s: float) -> list[Outcome]:
        """One for each shelf."""
        return [
            Outcome(
                system=system.name,
                threshold=system.threshold,
                answers=self.answers[number],
                costs=self._costs(number, shelf, wall_s),
                drawn=tuple(found[number] for found in self.drawn),
                crowd=self.crowds[number],
            )
            for number, shelf in enumerate(shelves)
        ]

    def _costs(self, number: int, shelf: Shelf, wall_s: float) -> Costs:
        drawn_hours = len(shelf) * self.crowds[number] / SAMPLES_PER_SECOND / 3600
        return Costs(
            reference_hours=self.reference_s / 3600,
            reference_cpu_s=self.reference_cpu_s,
            query_hours=self.query_s / 3600,
            query_cpu_s=self.query_cpu_s,
            searches=self.searches,
            search_cpu_s=self.searched_cpu_s[number],
            stored_bytes=sum(index.stored_bytes for index in shelf.values()),
            fine_bytes=sum(index.fine_bytes for index in shelf.values()),
            stored_hours=self.reference_s / 3600 + drawn_hours,
            unreadable=self.unreadable,
            wall_s=wall_s,
        )
