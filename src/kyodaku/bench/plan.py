# SPDX-License-Identifier: Apache-2.0
"""What will be asked: which copies of which works, decided by a seed before anything is rendered.

Every choice has a chance of its own, seeded by the names of the family, of its level and of the film: adding a family,
a level or a film changes no other question.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from kyodaku.bench.collection import Collection, Film
from kyodaku.bench.split import Side, series_of, sides
from kyodaku.edits import EDITS, Edit, edit, needs_other, random_chain

__all__ = ["CLIP_LENGTHS", "SERIES", "Excerpt", "Question", "Sizes", "one_side", "plan_questions"]

LENGTHS: Final[Mapping[str, float]] = {"reorder": 16.0, "insert": 16.0, "compilation": 16.0, "excerpt": np.inf}
"""Seconds of the source that edits of time start from; all others start from `LENGTH`."""
LENGTH: Final = 8.0
"""Between the 4 to 10 s at which films are cut for training sets."""
SHORTEST: Final = 4.0
"""Seconds that a sped-up copy lasts at least, and twice that at most."""
CLIP_LENGTHS: Final = (1.0, 2.0, 4.0, 8.0)
"""Seconds of unedited clips; 4 s is a common length of anonymous stream segments."""
CLIP: Final = 4.0
"""Seconds of each work in a compilation of several."""
SERIES: Final = "series"
"""The family of clips of generated series: films that share figures and a first frame, and are not copies."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sizes:
    """How much is asked.

    Works for each edit at each level; excerpts of each work at each length; for each work chains, compilations and
    plain clips of each length; clips of each length of each film that only stands by as a stranger.
    """

    per_edit: int = 10
    excerpts: int = 3
    chains: int = 3
    compilations: int = 2
    clips: int = 8
    strangers: int = 1


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
    collection: Collection,
    sizes: Sizes | None = None,
    *,
    seed: int = 0,
    side: Side = "held-out",
    untouched: bool = False,
) -> tuple[Question, ...]:
    """All questions on the works of one side.

    For the side `held-out` also the natural copies, and clips of all other films that show what is found where nothing
    is; for `tuning` nothing but the films of that side. `untouched` says that nothing was ever tuned on this
    collection: then every work is held out. The same collection, sizes and seed give the same questions.
    """
    sizes = sizes or Sizes()
    side_of = _sides(collection, untouched=untouched)
    mine = [film for film in collection.of_role("work", "generated") if side_of[film.work] == side]
    deck = _Deck([film for film in mine if film.role == "work"], side, seed)
    asked = [*_edits(deck, sizes), *_chains(deck, sizes), *_several(deck, sizes), *_exact(deck)]
    if side == "held-out":
        asked += _natural(collection)
    generated = Counter(series_of(film.work) for film in collection.of_role("generated"))
    for film in collection.of_role("work", "generated") if side == "held-out" else mine:
        one = _Deck([film], side_of[film.work], seed)
        if film.role == "generated" and generated[series_of(film.work)] > 1:
            asked += _series(one, film, sizes.strangers)
        else:
            own = side_of[film.work] == side and film.role == "work"
            asked += _clips(one, film, sizes.clips if own else sizes.strangers)
    return tuple(asked)


def one_side(collection: Collection, side: Side) -> Collection:
    """What may be looked at for a run on one side: for `tuning` only its own films, for `held-out` everything.

    What is tuned never sees a held-out film, not even as a stranger.
    """
    if side == "held-out":
        return collection
    side_of = _sides(collection, untouched=False)
    films = tuple(film for film in collection.of_role("work", "generated") if side_of[film.work] == side)
    return Collection(folder=collection.folder, films=films)


def _sides(collection: Collection, *, untouched: bool) -> Mapping[str, Side]:
    works = {film.work for film in collection.of_role("work", "generated")}
    if untouched:
        return dict.fromkeys(works, "held-out")
    return sides(works, {collection.by_id[span.reference].work for span in collection.copies})


class _Deck:
    """The works of one side, and the chances by which they are dealt."""

    def __init__(self, films: Sequence[Film], side: Side, seed: int) -> None:
        self.films = films
        self.side: Side = side
        self._seed = seed

    def chance(self, *names: object) -> np.random.Generator:
        """A generator that depends on these names and on the seed alone."""
        text = "\0".join(map(str, (self._seed, *names)))
        return np.random.default_rng(list(hashlib.sha256(text.encode()).digest()[:16]))

    def deal(self, name: str, count: int, at_least_s: float = 0.0) -> list[Film]:
        """`count` different films, fewer if there are not as many that last long enough; another order for each name.

        Each film has a rank of its own: one film more pushes out the last, and leaves the others where they were.
        """
        fit = [film for film in self.films if film.duration_s >= at_least_s]
        return sorted(fit, key=lambda film: self.chance("deal", name, film.id).random())[:count]

    def other(self, film: Film, *names: object) -> Film | None:
        """A film of another series."""
        fit = [other for other in self.films if series_of(other.work) != series_of(film.work)]
        return min(fit, key=lambda other: self.chance("other", *names, film.id, other.id).random(), default=None)

    def ask(
        self, film: Film, wanted: Edit, family: str, strength: str, *, number: int = 0, length_s: float | None = None
    ) -> Question | None:
        """An edit of some seconds from anywhere in the film; None where the edit needs another film, and none is."""
        chance = self.chance(family, strength, film.id, number)
        beside = self.other(film, family, strength, number) if needs_other(wanted) else None
        if needs_other(wanted) and beside is None:
            return None
        return Question(
            family=family,
            strength=strength,
            side=self.side,
            seed=int(chance.integers(1 << 31)),
            excerpts=(excerpt(film, length_s or _length(wanted), chance),),
            edit=wanted,
            other=beside,
        )


def excerpt(film: Film, length_s: float, chance: np.random.Generator) -> Excerpt:
    """So many seconds of it from anywhere; the whole of a shorter one."""
    if film.duration_s <= length_s:
        return Excerpt(film=film)
    return Excerpt(
        film=film, start_s=round(float(chance.uniform(0, film.duration_s - length_s)), 2), duration_s=length_s
    )


def _length(wanted: Edit) -> float:
    """Seconds of the source that a copy is made from."""
    length_s = LENGTH
    for step in wanted.steps:
        if step.family == "speed":
            length_s = min(max(length_s, SHORTEST * step["factor"]), 4 * SHORTEST * step["factor"])
    known = [LENGTHS[step.family] for step in wanted.steps if step.family in LENGTHS]
    return min(known) if known else length_s


def _edits(deck: _Deck, sizes: Sizes) -> Iterator[Question]:
    for family in EDITS.values():
        for strength in family.levels:
            wanted = edit(family.name, strength)
            is_excerpt = family.name == "excerpt"
            at_least_s = wanted["seconds"] if is_excerpt else 0.0
            for film in deck.deal(wanted.name, sizes.per_edit, at_least_s):
                for number in range(sizes.excerpts if is_excerpt and film.duration_s > 1.5 * at_least_s else 1):
                    question = deck.ask(film, wanted, family.name, strength, number=number)
                    if question is not None:
                        yield question


def _chains(deck: _Deck, sizes: Sizes) -> Iterator[Question]:
    for number in range(sizes.chains):
        for film in deck.films:
            wanted = random_chain(int(deck.chance("chain", film.id, number).integers(1 << 31)))
            question = deck.ask(film, wanted, "chain", str(len(wanted.steps)), number=number)
            if question is not None:
                yield question


def _several(deck: _Deck, sizes: Sizes) -> Iterator[Question]:
    """Three works one after the other, lightly re-encoded: every one of them is to be found."""
    for number in range(sizes.compilations if len(deck.films) > 2 else 0):
        for film in deck.films:
            chance = deck.chance("several", film.id, number)
            ranked = deck.deal(f"several {film.id} {number}", len(deck.films))
            chosen = [film, *(other for other in ranked if other is not film)][:3]
            excerpts = tuple(excerpt(each, CLIP, chance) for each in chosen)
            yield Question(family="several", strength="3", side=deck.side, seed=0, excerpts=excerpts)


def _exact(deck: _Deck) -> Iterator[Question]:
    for film in deck.films:
        yield Question(family="exact", strength="whole", side=deck.side, seed=0, excerpts=(Excerpt(film=film),))


def _natural(collection: Collection) -> Iterator[Question]:
    for film in collection.of_role("natural_copy"):
        yield Question(family="natural", strength="whole", side="held-out", seed=0, excerpts=(Excerpt(film=film),))


def _clips(deck: _Deck, film: Film, count: int) -> Iterator[Question]:
    """Lightly re-encoded and otherwise as they are; of a film that is hardly longer only one of a length."""
    light = edit("reencode", "mild")
    for length_s in CLIP_LENGTHS:
        if film.duration_s >= length_s:
            for number in range(count if film.duration_s > 1.5 * length_s else min(count, 1)):
                question = deck.ask(film, light, "clip", f"{length_s:g} s", number=number, length_s=length_s)
                if question is not None:
                    yield question


def _series(deck: _Deck, film: Film, count: int) -> Iterator[Question]:
    """Clips from the start, where films of a series are most alike, and from anywhere."""
    light = edit("reencode", "mild")
    for length_s in CLIP_LENGTHS if count else ():
        if film.duration_s >= length_s:
            start = Excerpt(film=film, duration_s=length_s)
            yield Question(
                family=SERIES, strength=f"start, {length_s:g} s", side=deck.side, seed=0, excerpts=(start,), edit=light
            )
            for number in range(count if film.duration_s > 1.5 * length_s else 0):
                question = deck.ask(film, light, SERIES, f"{length_s:g} s", number=number, length_s=length_s)
                if question is not None:
                    yield question
