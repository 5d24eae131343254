# SPDX-License-Identifier: Apache-2.0
"""Who is kept for the report, and who is registered when."""

from __future__ import annotations

import hashlib
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from kyodaku.bench.split import folds, series_of, sides

words = st.text("abcdefgh", min_size=1, max_size=3)
works = st.sets(st.one_of(words, st.tuples(words, words).map("_".join)), max_size=20)


def odd(work: str) -> bool:
    return hashlib.sha256(work.encode()).digest()[0] % 2 == 1


@settings(deadline=None)
@given(works)
def test_a_work_is_held_out_when_its_whole_series_hashes_odd(ids: set[str]) -> None:
    side = sides(ids)
    for work in ids:
        members = {other for other in ids if series_of(other) == series_of(work)}
        assert (side[work] == "held-out") == all(map(odd, members))


@settings(deadline=None)
@given(works, st.data())
def test_series_with_natural_copies_are_held_out(ids: set[str], data: st.DataObject) -> None:
    copied = data.draw(st.sets(st.sampled_from(sorted(ids)))) if ids else set()
    side = sides(ids, copied)
    assert all(side[work] == "held-out" for work in ids if series_of(work) in {series_of(c) for c in copied})


@settings(deadline=None)
@given(works, words)
def test_a_new_work_of_its_own_moves_no_other_to_another_side(ids: set[str], new: str) -> None:
    if new in {series_of(work) for work in ids}:
        return
    assert {work: side for work, side in sides({*ids, new}).items() if work != new} == sides(ids)


@settings(deadline=None)
@given(works)
def test_the_halves_are_equal_and_do_not_depend_on_the_order(ids: set[str]) -> None:
    half = folds(sorted(ids))
    assert half == folds(sorted(ids, reverse=True))
    assert set(half) == ids
    count = Counter(half.values())
    assert 0 <= count["A"] - count["B"] <= 1


def test_a_series_is_what_stands_before_the_first_underscore() -> None:
    assert [series_of(work) for work in ("toys_pig", "toys_elf_2", "river")] == ["toys", "toys", "river"]
