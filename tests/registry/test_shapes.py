# SPDX-License-Identifier: Apache-2.0
"""A statement like one that was judged before comes out as if it had been judged itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kyodaku.registry import _importing as importing
from kyodaku.registry._shapes import Shapes
from kyodaku.registry.documents import Document

NOW = datetime(2026, 1, 1, tzinfo=UTC)
IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=3) | st.sampled_from(
    ["all", "anyone", "world", " a", "a\u0007", "\U00020bb7", "\ue000", '"', "\\", "x" * 201]
)
LISTS = IDS | st.lists(IDS, max_size=3)
WORDS = st.sampled_from(["train", "mine", "all", "trian"])
ITEM = st.fixed_dictionaries(
    {"kind": st.sampled_from(["grant", "refusal", "offer", "revocation", "objection", "gift"]), "by": IDS},
    optional={
        "id": IDS,
        "to": LISTS,
        "works": LISTS,
        "acts": WORDS | st.lists(WORDS, max_size=2),
        "revokes": IDS,
        "under": IDS,
        "conditions": st.lists(st.sampled_from(["a deposit", "b\nc", "é"]), max_size=2),
        "models": st.sampled_from(["video-1", ["video-1@2", "all"], []]),
        "territories": st.sampled_from(["JP", ["US", "JP"], "UK", ["world", "JP"]]),
        "exclusive": st.sampled_from([True, False, 1, "true"]),
        "effective_from": st.sampled_from(["2026-05-01T09:00:00+09:00", "2026-05-01T00:00:00", "2020-01-01T00:00:00Z"]),
        "effective_until": st.sampled_from(["2026-05-01T00:00:00Z", "2030-01-01T00:00:00Z", None]),
        "effect": st.sampled_from(["purge", "forward", "undo"]),
    },
)
NEW_IDS = st.lists(IDS, min_size=20, max_size=20)


def renamed(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [ids.get(each, each) for each in value]
    return ids.get(value, value)


def judged(*items: dict[str, Any]) -> Any:
    """What becomes of the last of some statements, and what is wrong with it."""
    drafted = importing.draft([Document(name="x", value={"permissions": list(items)})], NOW)
    last = len(items) - 1
    faults = [fault[1:] for fault in drafted.faults if fault[1][1] == last and "a second time" not in fault[2]]
    formed = [(each.id, each.body, each.text, each.digest) for each in drafted.candidates if each.path[1] == last]
    return formed, [(place[2:], *rest) for place, *rest in faults]


@given(ITEM, NEW_IDS)
@settings(max_examples=200)
def test_a_statement_comes_out_the_same_after_one_of_its_shape(item: dict[str, Any], names: list[str]) -> None:
    named = ("id", "by", "to", "works", "revokes", "under")
    ids: dict[str, str] = {}
    for name in named:
        value = item.get(name, [])
        for each in [value] if isinstance(value, str) else value:
            ids.setdefault(each, names[len(ids)])
    other = {name: renamed(value, ids) if name in named else value for name, value in item.items()}
    assert judged(item, other) == judged(other)
    assert judged(item, item, other) == judged(other)


def test_an_item_of_a_list_is_never_taken_for_another_field() -> None:
    good = {"kind": "grant", "by": "a", "to": ["b"], "works": ["w"], "acts": ["train"], "media": ["video"]}
    bad = {"kind": "grant", "by": "a", "to": ["b"], "works": ["w"], "acts": ["train", None, "media", "video"]}
    assert judged(good, bad) == judged(bad)


def test_the_shape_is_used_where_it_may_be() -> None:
    grant = {"kind": "grant", "by": "a", "to": ["b"], "works": ["w", "v"], "acts": ["train"]}
    (shape, _) = Shapes().formed(grant)
    assert shape == Shapes().formed({**grant, "by": "x", "works": ["y", "z"]})[0]
    for change in (
        {"by": "w"},  # the same as another
        {"by": "all"},
        {"by": ["a"]},
        {"works": "all"},
        {"works": ["w", "all"]},
        {"works": ["w"]},
        {"works": []},
        {"works": ["w", 1]},
        {"works": ["w", ["v"]]},
        {"acts": ["mine"]},
        {"acts": [["train"]]},
        {"acts": {"train": True}},
        {"acts": ["train", None, "media", "video"]},
        {"acts": ["train"], "media": ["video"]},
        {"id": "g-1"},
        {"by": " a"},
        {"works": [f"w-{i}" for i in range(1000)]},
    ):
        assert Shapes().formed({**grant, **change})[0] != shape


@pytest.mark.parametrize("item", ["a", None, 1, ["kind"]])
def test_what_is_no_statement_has_no_shape(item: object) -> None:
    assert Shapes().formed(item) == (None, None)


def test_more_shapes_than_are_kept_are_judged_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kyodaku.registry._shapes._MAX_SHAPES", 2)
    items = [
        {"kind": "grant", "by": f"a-{i}", "to": "b", "works": "w", "acts": "train", "models": f"m-{i % 5}"}
        for i in range(20)
    ]
    assert [judged(*items[: i + 1])[0] for i in range(20)] == [judged(item)[0] for item in items]
