# SPDX-License-Identifier: Apache-2.0
"""Every system is asked every question; what it answered and what it cost."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

from kyodaku.bench._processes import cpu_seconds
from kyodaku.bench.collection import Collection, Film
from kyodaku.bench.plan import SERIES
from kyodaku.bench.queries import Query
from kyodaku.bench.split import FOLDS, Fold, Side, folds, series_of
from kyodaku.bench.systems import Crowded, Found, Index, Picture, Pictured, System, Unreadable
from kyodaku.examine import SAMPLES_PER_SECOND

__all__ = ["Clip", "Costs", "Kind", "Outcome", "Trial", "ask", "trials"]

Kind: TypeAlias = Literal["copy", "clean"]
Clip: TypeAlias = Callable[[float], Iterable[tuple[float, Picture]]]
"""A clip that is drawn when it is asked for, at so many pictures a second."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """One query in one half: a `copy` when one of its targets is registered there, `clean` when nothing of it is.

    `targets` are the films to be found, `beside` those that count neither way.
    """

    fold: Fold
    query: Query
    kind: Kind
    targets: frozenset[str]
    beside: frozenset[str]

    @property
    def id(self) -> str:
        """Tells it from all others."""
        return f"{self.fold}/{self.query.id}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Costs:
    """What one system took; seconds are processor seconds of all its processes.

    The `stored_bytes` are of `stored_hours` of references, drawn ones among them; `fine_bytes` of them are a finer form
    that is only looked at where codes led.
    """

    reference_hours: float
    reference_cpu_s: float
    query_hours: float
    query_cpu_s: float
    searches: int
    search_cpu_s: float
    stored_bytes: int
    unreadable: int
    wall_s: float
    fine_bytes: int = 0
    stored_hours: float = 0.0

    @property
    def bytes_per_second(self) -> float:
        """What has to be kept for a second of reference, without the finer form."""
        return (self.stored_bytes - self.fine_bytes) / (3600 * self.stored_hours) if self.stored_hours else 0.0

    @property
    def fine_bytes_per_second(self) -> float:
        """What the finer form takes beside it."""
        return self.fine_bytes / (3600 * self.stored_hours) if self.stored_hours else 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """All answers of one system, by trial, and their price.

    `drawn` has the answers about each clip that code drew, in which nothing is to be found; `crowd` says how many drawn
    codes stood beside the references.
    """

    system: str
    threshold: float
    answers: Mapping[str, tuple[Found, ...]]
    costs: Costs
    drawn: tuple[tuple[Found, ...], ...] = ()
    crowd: int = 0


def trials(collection: Collection, queries: Sequence[Query], *, side: Side = "held-out") -> tuple[Trial, ...]:
    """Each query in both halves; those of another side only as strangers, or as clips of a generated series."""
    films = collection.of_role("work", "generated")
    half = folds(film.work for film in films)
    return tuple(
        trial
        for query in queries
        for fold in FOLDS
        for trial in _trial(query, fold, films, half)
        if trial.kind == "clean" or query.side == side or query.family == SERIES
    )


def _trial(query: Query, fold: Fold, films: Sequence[Film], half: Mapping[str, Fold]) -> Iterator[Trial]:
    registered = {film.id: film for film in films if half[film.work] == fold}
    targets = frozenset(span.reference for span in query.targets if span.reference in registered)
    related = {series_of(query.work), *(series_of(registered[name].work) for name in targets)}
    beside = {name for name, film in registered.items() if name in query.beside or _may_share(film, related)} - targets
    if not targets and beside:
        return
    kind: Kind = "copy" if targets else "clean"
    yield Trial(fold=fold, query=query, kind=kind, targets=targets, beside=frozenset(beside))


def _may_share(film: Film, series: Container[str]) -> bool:
    """Whether the film may show the same shots as others of its series: a trailer and its film do.

    Generated clips of a series are made one by one: they are alike, and that is what makes them the hardest strangers.
    """
    return film.role != "generated" and series_of(film.work) in series


def ask(
    system: System,
    collection: Collection,
    asked: Sequence[Trial],
    directory: Path,
    *,
    crowds: Sequence[int] = (0,),
    drawn: Iterable[Clip] = (),
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> list[Outcome]:
    """Register both halves with one system, ask it about every trial, then about clips in which nothing is to be found.

    One outcome for each of the `crowds` of drawn codes beside the references; those that the system cannot be given
    are left out. Each query is described once. `directory` is for the indexes.
    """
    shelves = _shelves(system, collection, directory, [crowd for crowd in crowds if not crowd or _takes_crowds(system)])
    by_query = _by_query(asked)
    for done, (query, both) in enumerate(by_query, start=1):
        described = shelves[0].meter.query(system, query)
        for shelf in shelves:
            for trial in both:
                shelf.answers[trial.id] = shelf.meter.search(shelf.indexes[trial.fold], described)
        progress(done, len(by_query))
    if isinstance(system, Pictured):
        _ask_about_drawn(system, shelves, drawn)
    return [_outcome(system, shelf, shelves[0]) for shelf in shelves]


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Both halves as one system keeps them, with so many drawn codes beside, and what it answered from there."""

    crowd: int
    indexes: Mapping[Fold, Index]
    meter: _Meter
    answers: dict[str, tuple[Found, ...]] = field(default_factory=dict)
    drawn: list[tuple[Found, ...]] = field(default_factory=list)


def _takes_crowds(system: System) -> bool:
    return isinstance(system, Crowded)


def _shelves(system: System, collection: Collection, directory: Path, crowds: Sequence[int]) -> list[_Shelf]:
    meter = _Meter()
    films = collection.of_role("work", "generated")
    half = folds(film.work for film in films)
    described = {film.id: meter.reference(system, film) for film in films}
    kept: dict[Fold, dict[str, Any]] = {fold: {} for fold in FOLDS}
    for film in films:
        if described[film.id] is not None:
            kept[half[film.work]][film.id] = described[film.id]
    shelves: list[_Shelf] = []
    for crowd in crowds:
        if isinstance(system, Crowded) and crowd:
            folder = directory / f"crowd-{crowd}"
            indexes = {fold: system.crowded_index(kept[fold], folder, codes=crowd) for fold in FOLDS}
        else:
            indexes = {fold: system.index(kept[fold], directory / fold) for fold in FOLDS}
        shelves.append(_Shelf(crowd, indexes, _Meter() if shelves else meter))
    return shelves


def _ask_about_drawn(system: Pictured, shelves: Sequence[_Shelf], drawn: Iterable[Clip]) -> None:
    """Clips take turns between the halves."""
    for number, clip in enumerate(drawn):
        described = system.describe_pictures(clip(system.pictures_per_second))
        for shelf in shelves:
            found = shelf.indexes[FOLDS[number % len(FOLDS)]].search(described)
            shelf.drawn.append(tuple(found))


def _outcome(system: System, shelf: _Shelf, first: _Shelf) -> Outcome:
    """What was described for the first shelf counts for all."""
    described = first.meter.costs()
    crowd_hours = len(shelf.indexes) * shelf.crowd / SAMPLES_PER_SECOND / 3600
    return Outcome(
        system=system.name,
        threshold=system.threshold,
        answers=shelf.answers,
        costs=replace(
            described,
            stored_bytes=sum(index.stored_bytes for index in shelf.indexes.values()),
            fine_bytes=sum(index.fine_bytes for index in shelf.indexes.values()),
            stored_hours=described.reference_hours + crowd_hours,
            **shelf.meter.searched,
        ),
        drawn=tuple(shelf.drawn),
        crowd=shelf.crowd,
    )


def _by_query(asked: Sequence[Trial]) -> list[tuple[Query, list[Trial]]]:
    grouped: dict[str, tuple[Query, list[Trial]]] = {}
    for trial in asked:
        grouped.setdefault(trial.query.id, (trial.query, []))[1].append(trial)
    return list(grouped.values())


class _Meter:
    """Adds up hours of media and processor seconds."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._seconds = dict.fromkeys(("reference", "query", "search"), 0.0)
        self._media_s = dict.fromkeys(("reference", "query"), 0.0)
        self._searches = 0
        self._unreadable = 0

    def reference(self, system: System, film: Film) -> Any:
        """The description of a reference; None if the system cannot read it."""
        self._media_s["reference"] += film.duration_s
        return self._described(system, film.path, "reference")

    def query(self, system: System, query: Query) -> Any:
        """The description of a query; None if the system cannot read it."""
        self._media_s["query"] += query.duration_s
        return self._described(system, query.path, "query")

    def search(self, index: Index, described: Any) -> tuple[Found, ...]:
        """What the index finds; nothing in a query that could not be read."""
        if described is None:
            return ()
        self._searches += 1
        before = time.process_time()  # searches run in this process, and are too short to be read off /proc
        found = tuple(index.search(described))
        self._seconds["search"] += time.process_time() - before
        return found

    @property
    def searched(self) -> dict[str, Any]:
        """What searching took."""
        return {"searches": self._searches, "search_cpu_s": self._seconds["search"]}

    def costs(self) -> Costs:
        """The sums; what is stored is for others to say."""
        return Costs(
            reference_hours=self._media_s["reference"] / 3600,
            reference_cpu_s=self._seconds["reference"],
            query_hours=self._media_s["query"] / 3600,
            query_cpu_s=self._seconds["query"],
            stored_bytes=0,
            unreadable=self._unreadable,
            wall_s=time.monotonic() - self._began,
            **self.searched,
        )

    def _described(self, system: System, path: Path, what: Literal["reference", "query"]) -> Any:
        before = cpu_seconds(os.getpid())
        try:
            return system.describe(path, query=what == "query")
        except Unreadable:
            self._unreadable += 1
            return None
        finally:
            self._seconds[what] += cpu_seconds(os.getpid()) - before
