# SPDX-License-Identifier: Apache-2.0
"""Canonical JSON read back: the same bytes again, or refused."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kyodaku.errors import UsageError
from kyodaku.rights import (
    RECORDS,
    REGIMES,
    Facts,
    Finding,
    Shelf,
    Use,
    canonical,
    decide,
    facts_from_json,
    load_regime,
    use_from_json,
)
from support.law import make_statement, make_use, make_work
from support.worlds import uses, worlds

moderately = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])

FACTS = Facts(
    works=(make_work("studio"),),
    permissions=(make_statement("grant", "studio"),),
    found=(Finding(work="film", reference="r-1", score=1.0, q_start=0.5, q_end=3),),
    subject="sha256:00",
)


def as_json(record: Facts | Use) -> Any:
    return json.loads(canonical(record))


@moderately
@given(worlds(acyclic=False))
def test_facts_read_back_are_the_same_bytes(facts: Facts) -> None:
    again = facts_from_json(as_json(facts))
    assert again == facts
    assert canonical(again) == canonical(facts)


@moderately
@given(uses)
def test_a_use_read_back_is_the_same_bytes(use: Use) -> None:
    assert canonical(use_from_json(as_json(use))) == canonical(use)


@moderately
@given(worlds(), uses, st.sampled_from(REGIMES))
def test_what_is_read_back_is_decided_alike(facts: Facts, use: Use, name: str) -> None:
    regime = load_regime(name)
    again = decide(use_from_json(as_json(use)), facts_from_json(as_json(facts)), regime)
    assert again == decide(use, facts, regime)


@moderately
@given(worlds(acyclic=False))
def test_facts_may_take_their_records_from_a_shelf(facts: Facts) -> None:
    said = as_json(facts)
    shelf = Shelf.from_json({name: said.pop(name) for name in RECORDS if name in said})
    said |= {name: list(range(len(held))) for name, held in shelf.records.items()}
    assert facts_from_json(said, shelf=shelf) == facts


# --- hostile input ----------------------------------------------------------------------------------------------------
def changed(*path: Any, to: Any) -> Any:
    said = deepcopy(as_json(FACTS))
    inner = said
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = to
    return said


@pytest.mark.parametrize(
    "said",
    [
        None,
        [],
        "facts",
        changed("unknown", to=1),
        changed("works", to={}),
        changed("works", 0, "id", to=7),
        changed("works", 0, "kind", to=None),
        changed("works", 0, "title", to={}),
        changed("works", 0, "title", to={"en": 1}),
        changed("works", 0, "shares", 0, "portion", to="1/0"),
        changed("works", 0, "shares", 0, "portion", to="2/4"),
        changed("works", 0, "shares", 0, "portion", to="1e9999999"),
        changed("works", 0, "shares", 0, "portion", to="9" * 5000),
        changed("works", 0, "shares", 0, "includes_27_28", to=1),
        changed("permissions", 0, "recorded_at", to="2026-01-01T00:00:00+00:00"),
        changed("permissions", 0, "recorded_at", to="2026-01-01"),
        changed("permissions", 0, "recorded_at", to=5),
        changed("permissions", 0, "acts", to=["train", "collect"]),
        changed("permissions", 0, "kind", to="wish"),
        changed("found", 0, "score", to=True),
        changed("found", 0, "score", to="1"),
        changed("found", 0, "score", to=float("nan")),
        changed("found", 0, "score", to=10**400),
        changed("found", 0, "score", to=0.123456),
        changed("found", 0, "work", to="\ud800"),
        changed("examined", to=True),
        changed("examined", to=0),
        changed("error", to="\ud800"),
        changed("basis", to={"detail": "no kind"}),
    ],
)
def test_what_is_not_as_it_would_be_written_is_refused(said: Any) -> None:
    with pytest.raises(UsageError):
        facts_from_json(said)


def test_nesting_without_end_is_refused() -> None:
    deep: Any = "film"
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(UsageError):
        facts_from_json(changed("works", to=deep))
    with pytest.raises(UsageError):
        facts_from_json(changed("works", 0, "part_of", to=deep))


@pytest.mark.parametrize("numbers", [[1], [-1], [True], ["0"], [0, 0], {}, None])
def test_a_shelf_gives_what_is_on_it_once(numbers: Any) -> None:
    said = as_json(FACTS)
    shelf = Shelf.from_json({"works": said.pop("works")})
    with pytest.raises(UsageError):
        facts_from_json(said | {"works": numbers, "permissions": []}, shelf=shelf)


def test_a_shelf_holds_known_kinds_of_records() -> None:
    for said in ({"plays": []}, [], {"works": {}}, {"works": [{"id": "film"}]}):
        with pytest.raises(UsageError):
            Shelf.from_json(said)


def test_a_use_that_is_spelt_otherwise_is_refused() -> None:
    said = as_json(make_use())
    for other in (said | {"purpose": "all"}, said | {"at": "2026"}, {**said, "act": "trian"}, {"act": "train"}):
        with pytest.raises(UsageError):
            use_from_json(other)
    assert use_from_json(said) == replace(make_use())
