# SPDX-License-Identifier: Apache-2.0
"""What will be asked: which copies of which works, decided by a seed before anything is rendered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from kyodaku.bench.collection import Collection, Film
from kyodaku.bench.split import Side, series_of, sides
from kyodaku.edits import EDITS, Edit, edit, needs_other, random_chain

__all__ = ["Excerpt", "Question", "Sizes", "plan_questions"]

LENGTHS: Final[Mapping[str, float]] = {"reorder": 16.0, "insert": 16.0, "compilation": 16.0, "excerpt": np.inf}
"""Seconds of the source that edits of time start from; all others start from `LENGTH`."""
LENGTH: Final = 8.0
"""Between the 4 to 10 s at which films are cut for training sets."""
CLIP: Final = 4.0
"""Seconds of an unedited clip: a common length of anonymous stream segments."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sizes:
    """How much is asked.

    Works for each edit at each strength; for each held-out work chains, compilations and plain clips; for each other
    film plain clips.
    """

    per_edit: int = 10
    chains: int = 3
    compilations: int = 1
    clips: int = 24
    strangers: int = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Excerpt:
    """Some seconds of a film."""

    film: Film
    start_s: float = 0.0
    duration_s: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """One query to be made.

    With an `edit` it is that edit of the first excerpt; without one the excerpts follow each other, and a whole film
    alone is asked as it is. The works of `excerpts` are what is to be found; `other` is a film laid beside or around
    them and earns and costs nothing.
    """

    family: str
    strength: str
    side: Side
    seed: int
    excerpts: tuple[Excerpt, ...]
    edit: Edit | None = None
    other: Film | None = None

    @property
    def work(self) -> str:
        """The work that it is mainly about."""
        return self.excerpts[0].film.work


def plan_questions(
    collection: Collection, sizes: Sizes | None = None, *, seed: int = 0, untouched: bool = False
) -> tuple[Question, ...]:
    """All questions on the held-out works, and clips of all other films that show what is found where nothing is.

    `untouched` says that nothing was ever tuned on this collection: then every work is held out. The same collection,
    sizes and seed give the same questions.
    """
    sizes = sizes or Sizes()
    works = {film.work for film in collection.of_role("work", "generated")}
    side = sides(works, {collection.by_id[span.reference].work for span in collection.copies})
    if untouched:
        side = dict.fromkeys(works, "held-out")
    deck = _Deck([film for film in collection.of_role("work") if side[film.work] == "held-out"], seed)
    asked = [
        *_edits(deck, sizes),
        *_chains(deck, sizes),
        *_compilations(deck, sizes),
        *_exact(deck),
        *_natural(collection),
    ]
    for film in collection.of_role("work", "generated"):
        held_out = side[film.work] == "held-out"
        asked += _clips(film, side[film.work], sizes.clips if held_out else sizes.strangers, seed)
    return tuple(asked)


class _Deck:
    """The held-out works in an order of the seed's; dealt round and round, so that all are asked equally often."""

    def __init__(self, films: Sequence[Film], seed: int) -> None:
        self.random = np.random.default_rng([seed, 0xDEC])
        self.films = [films[i] for i in self.random.permutation(len(films))]
        self._next = 0

    def deal(self, count: int, at_least_s: float = 0.0) -> Iterator[Film]:
        """The next `count` different films, fewer if there are not as many that last long enough."""
        fit = [film for film in self._turned() if film.duration_s >= at_least_s][:count]
        self._next += count
        yield from fit

    def other(self, film: Film) -> Film | None:
        """The next film of another series."""
        self._next += 1
        return next((other for other in self._turned() if series_of(other.work) != series_of(film.work)), None)

    def excerpt(self, film: Film, length_s: float) -> Excerpt:
        """So many seconds of it from anywhere; the whole of a shorter one."""
        if film.duration_s <= length_s:
            return Excerpt(film=film)
        start_s = round(float(self.random.uniform(0, film.duration_s - length_s)), 2)
        return Excerpt(film=film, start_s=start_s, duration_s=length_s)

    def seed(self) -> int:
        """A seed for one edit."""
        return int(self.random.integers(1 << 31))

    def _turned(self) -> list[Film]:
        at = self._next % len(self.films) if self.films else 0
        return self.films[at:] + self.films[:at]


def _edits(deck: _Deck, sizes: Sizes) -> Iterator[Question]:
    for family in EDITS.values():
        for strength in family.levels:
            wanted = edit(family.name, strength)
            at_least_s = wanted["seconds"] if family.name == "excerpt" else 0.0
            for film in deck.deal(sizes.per_edit, at_least_s):
                question = _edited(deck, film, wanted, family.name, strength)
                if question is not None:
                    yield question


def _edited(deck: _Deck, film: Film, wanted: Edit, family: str, strength: str) -> Question | None:
    other = deck.other(film) if needs_other(wanted) else None
    if needs_other(wanted) and other is None:
        return None
    length_s = min(LENGTHS.get(step.family, LENGTH) for step in wanted.steps)
    return Question(
        family=family,
        strength=strength,
        side="held-out",
        seed=deck.seed(),
        excerpts=(deck.excerpt(film, length_s),),
        edit=wanted,
        other=other,
    )


def _chains(deck: _Deck, sizes: Sizes) -> Iterator[Question]:
    for _ in range(sizes.chains):
        for film in deck.deal(len(deck.films)):
            wanted = random_chain(deck.seed())
            question = _edited(deck, film, wanted, "chain", str(len(wanted.steps)))
            if question is not None:
                yield question


def _compilations(deck: _Deck, sizes: Sizes) -> Iterator[Question]:
    """Three works one after the other, lightly re-encoded: every one of them is to be found."""
    for _ in range(sizes.compilations if len(deck.films) > 2 else 0):
        for film in deck.deal(len(deck.films)):
            others = [other for other in deck.films if other is not film]
            chosen = [film, *(others[i] for i in deck.random.permutation(len(others))[:2])]
            excerpts = tuple(deck.excerpt(each, CLIP) for each in chosen)
            yield Question(family="several", strength="3", side="held-out", seed=0, excerpts=excerpts)


def _exact(deck: _Deck) -> Iterator[Question]:
    for film in deck.films:
        yield Question(family="exact", strength="whole", side="held-out", seed=0, excerpts=(Excerpt(film=film),))


def _natural(collection: Collection) -> Iterator[Question]:
    for film in collection.of_role("natural_copy"):
        yield Question(family="natural", strength="whole", side="held-out", seed=0, excerpts=(Excerpt(film=film),))


def _clips(film: Film, side: Side, count: int, seed: int) -> Iterator[Question]:
    """Lightly re-encoded and otherwise as they are; of a film that is hardly longer only one."""
    deck = _Deck([film], seed)
    light = edit("reencode", "mild")
    for _ in range(count if film.duration_s > 1.5 * CLIP else min(count, 1)):
        excerpts = (deck.excerpt(film, CLIP),)
        yield Question(
            family="clip", strength=f"{CLIP:g} s", side=side, seed=deck.seed(), excerpts=excerpts, edit=light
        )
