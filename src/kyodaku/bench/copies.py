# SPDX-License-Identifier: Apache-2.0
"""What a system is asked, what it answered, and what that cost."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from kyodaku.bench.collection import Collection, Film
from kyodaku.bench.plan import SERIES
from kyodaku.bench.queries import Query
from kyodaku.bench.split import FOLDS, Fold, Side, folds, series_of
from kyodaku.bench.systems import Found, Picture

__all__ = ["Clip", "Costs", "Kind", "Outcome", "Trial", "trials"]

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
