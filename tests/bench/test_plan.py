# SPDX-License-Identifier: Apache-2.0
"""What is asked, and that tuning works are never copied from."""

from __future__ import annotations

from collections import Counter

from kyodaku.bench.collection import Collection
from kyodaku.bench.plan import Sizes, plan_questions
from kyodaku.bench.split import series_of, sides
from kyodaku.edits import EDITS, needs_other

SIZES = Sizes(per_edit=2, chains=2, compilations=1, clips=2, strangers=1)


def test_the_same_seed_asks_the_same_questions(collection: Collection) -> None:
    assert plan_questions(collection, SIZES, seed=4) == plan_questions(collection, SIZES, seed=4)
    assert plan_questions(collection, SIZES, seed=4) != plan_questions(collection, SIZES, seed=5)


def test_every_family_is_asked_at_every_strength_that_fits(collection: Collection) -> None:
    asked = plan_questions(collection, SIZES, untouched=True)
    count = Counter((question.family, question.strength) for question in asked)
    for family in EDITS.values():
        for strength in family.levels:
            too_long = family.name == "excerpt" and family.at(strength)["seconds"] > 9
            assert count[family.name, strength] == (0 if too_long else 2)
    families = {question.family for question in asked}
    assert families == {*EDITS, "chain", "several", "exact", "natural", "clip"}


def test_only_held_out_works_are_edited(collection: Collection) -> None:
    works = {film.work for film in collection.of_role("work", "generated")}
    side = sides(works, {"first_a"})
    assert set(side.values()) == {"held-out", "tuning"}
    for question in plan_questions(collection, SIZES):
        if question.family not in {"clip", "natural"}:
            assert {side[excerpt.film.work] for excerpt in question.excerpts} == {"held-out"}
        if question.family == "clip":
            assert question.side == side[question.work]


def test_generated_clips_are_only_ever_plain_clips(collection: Collection) -> None:
    asked = plan_questions(collection, SIZES, untouched=True)
    assert {q.family for q in asked if q.excerpts[0].film.role == "generated"} == {"clip"}


def test_all_works_are_asked_about_when_nothing_was_tuned_on_them(collection: Collection) -> None:
    asked = plan_questions(collection, SIZES, untouched=True)
    assert {question.side for question in asked} == {"held-out"}
    exact = {question.work for question in asked if question.family == "exact"}
    assert exact == {film.work for film in collection.of_role("work")}


def test_works_take_turns(collection: Collection) -> None:
    asked = plan_questions(collection, SIZES, untouched=True)
    count = Counter(q.work for q in asked if q.family in EDITS)
    assert max(count.values()) - min(count.values()) <= 0.3 * max(count.values())


def test_the_film_beside_is_of_another_series(collection: Collection) -> None:
    for question in plan_questions(collection, SIZES, untouched=True):
        beside = question.edit is not None and needs_other(question.edit)
        assert (question.other is not None) == beside
        if question.other:
            assert series_of(question.other.work) != series_of(question.work)


def test_excerpts_lie_within_their_films(collection: Collection) -> None:
    for question in plan_questions(collection, SIZES, untouched=True):
        for excerpt in question.excerpts:
            assert excerpt.start_s >= 0
            assert excerpt.start_s + (excerpt.duration_s or 0) <= excerpt.film.duration_s
