# SPDX-License-Identifier: Apache-2.0
"""What is asked, and that tuning works are never copied from."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from kyodaku.bench.collection import Collection
from kyodaku.bench.plan import CLIP_LENGTHS, Question, Sizes, one_side, plan_questions
from kyodaku.bench.split import series_of, sides
from kyodaku.edits import EDITS, Family, needs_other

SIZES = Sizes(per_edit=2, excerpts=1, chains=2, compilations=1, clips=2, strangers=1)


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
    assert families == {*EDITS, "chain", "several", "exact", "natural", "clip", "series"}


def test_only_held_out_works_are_edited(collection: Collection) -> None:
    works = {film.work for film in collection.of_role("work", "generated")}
    side = sides(works, {"first_a"})
    assert set(side.values()) == {"held-out", "tuning"}
    for question in plan_questions(collection, SIZES):
        if question.family not in {"clip", "natural", "series"}:
            assert {side[excerpt.film.work] for excerpt in question.excerpts} == {"held-out"}
        if question.family == "clip":
            assert question.side == side[question.work]


def test_generated_clips_are_only_ever_plain_clips_of_their_series(collection: Collection) -> None:
    asked = plan_questions(collection, SIZES, untouched=True)
    series = [q for q in asked if q.excerpts[0].film.role == "generated"]
    assert {q.family for q in series} == {"series"}
    from_start = {(q.work, q.excerpts[0].duration_s) for q in series if q.strength.startswith("start")}
    assert from_start == {(work, length) for work in ("made_1", "made_2") for length in CLIP_LENGTHS}


def test_clips_have_every_length(collection: Collection) -> None:
    asked = plan_questions(collection, SIZES, untouched=True)
    lengths = Counter(q.excerpts[0].duration_s for q in asked if q.family == "clip" and q.work == "second")
    assert lengths == {1.0: 2, 2.0: 2, 4.0: 2, 8.0: 1}


def without(asked: tuple[Question, ...], *families: str) -> list[Question]:
    return [question for question in asked if question.family not in families]


def test_one_family_more_changes_no_other_question(collection: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    before = plan_questions(collection, SIZES, untouched=True)
    more = Family(name="melt", group="quality", about="heat", levels={"mild": {"heat": 1}, "medium": {"heat": 2}})
    monkeypatch.setattr("kyodaku.bench.plan.EDITS", {"melt": more, **EDITS})
    monkeypatch.setattr("kyodaku.edits.families.EDITS", {"melt": more, **EDITS})
    after = plan_questions(collection, SIZES, untouched=True)
    assert sum(question.family == "melt" for question in after) == 4
    assert without(after, "melt", "chain") == without(before, "chain")


def test_one_film_more_moves_no_excerpt_of_the_others(collection: Collection) -> None:
    before = set(plan_questions(collection, Sizes(per_edit=9), untouched=True))
    more = replace(collection.by_id["third.mp4"], id="more.mp4", work="more")
    grown = replace(collection, films=(*collection.films, more))
    after = {q for q in plan_questions(grown, Sizes(per_edit=9), untouched=True) if q.work != "more"}
    beside = {"several", "pip", "split", "compilation", "insert"}
    assert {q for q in before if q.family not in beside} == {q for q in after if q.family not in beside}


def test_the_tuning_side_sees_no_held_out_film(collection: Collection) -> None:
    works = {film.work for film in collection.of_role("work", "generated")}
    side = sides(works, {"first_a"})
    part = one_side(collection, "tuning")
    asked = plan_questions(part, SIZES, side="tuning")
    shown = {excerpt.film.work for question in asked for excerpt in question.excerpts}
    shown |= {question.other.work for question in asked if question.other}
    assert shown == {film.work for film in part.films} == {work for work in works if side[work] == "tuning"}
    assert {question.side for question in asked} == {"tuning"}
    assert "natural" not in {question.family for question in asked}
    assert one_side(collection, "held-out") is collection


def test_speeds_start_from_enough_to_leave_something_to_see(collection: Collection) -> None:
    asked = plan_questions(collection, SIZES, untouched=True)
    lengths = {q.strength: q.excerpts[0].duration_s for q in asked if q.family == "speed"}
    assert lengths["quarter"] == 4.0
    assert lengths["mild"] == 8.0
    assert lengths["fourfold"] is None  # all of a film of 9 s


def test_all_works_are_asked_about_when_nothing_was_tuned_on_them(collection: Collection) -> None:
    asked = plan_questions(collection, SIZES, untouched=True)
    assert {question.side for question in asked} == {"held-out"}
    exact = {question.work for question in asked if question.family == "exact"}
    assert exact == {film.work for film in collection.of_role("work")}


def test_works_take_turns(collection: Collection) -> None:
    asked = plan_questions(collection, SIZES, untouched=True)
    count = Counter(q.work for q in asked if q.family in EDITS)
    assert set(count) == {film.work for film in collection.of_role("work")}
    assert max(count.values()) < 2 * min(count.values())


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
