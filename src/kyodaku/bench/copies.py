# SPDX-License-Identifier: Apache-2.0
"""Every system is asked every question; what it answered and what it cost."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from kyodaku.bench._processes import cpu_seconds
from kyodaku.bench.collection import Collection, Film
from kyodaku.bench.plan import SERIES
from kyodaku.bench.queries import Query
from kyodaku.bench.split import FOLDS, Fold, Side, folds, series_of
from kyodaku.bench.systems import Found, Index, System, Unreadable

__all__ = ["Costs", "Kind", "Outcome", "Trial", "ask", "trials"]

Kind: TypeAlias = Literal["copy", "clean"]


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
    """What one system took; seconds are processor seconds of all its processes."""

    reference_hours: float
    reference_cpu_s: float
    query_hours: float
    query_cpu_s: float
    searches: int
    search_cpu_s: float
    stored_bytes: int
    unreadable: int
    wall_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """All answers of one system, by trial, and their price."""

    system: str
    threshold: float
    answers: Mapping[str, tuple[Found, ...]]
    costs: Costs


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
    progress: Callable[[int, int], None] | None = None,
) -> Outcome:
    """Register both halves with one system, then ask it about every trial; `directory` is for its index."""
    meter = _Meter()
    films = collection.of_role("work", "generated")
    half = folds(film.work for film in films)
    described = {film.id: meter.reference(system, film) for film in films}
    indexes: dict[Fold, Index] = {}
    for fold in FOLDS:
        kept = {
            film.id: described[film.id] for film in films if half[film.work] == fold and described[film.id] is not None
        }
        indexes[fold] = system.index(kept, directory / fold)
    answers: dict[str, tuple[Found, ...]] = {}
    by_query = _by_query(asked)
    for done, (query, both) in enumerate(by_query, start=1):
        described_query = meter.query(system, query)
        for trial in both:
            answers[trial.id] = meter.search(indexes[trial.fold], described_query)
        if progress is not None:
            progress(done, len(by_query))
    stored = sum(index.stored_bytes for index in indexes.values())
    return Outcome(
        system=system.name, threshold=system.threshold, answers=answers, costs=meter.costs(stored_bytes=stored)
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

    def costs(self, *, stored_bytes: int) -> Costs:
        """The sums."""
        return Costs(
            reference_hours=self._media_s["reference"] / 3600,
            reference_cpu_s=self._seconds["reference"],
            query_hours=self._media_s["query"] / 3600,
            query_cpu_s=self._seconds["query"],
            searches=self._searches,
            search_cpu_s=self._seconds["search"],
            stored_bytes=stored_bytes,
            unreadable=self._unreadable,
            wall_s=time.monotonic() - self._began,
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
