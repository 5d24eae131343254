# SPDX-License-Identifier: Apache-2.0
"""A title that begins with an article is spoken of without it."""

from __future__ import annotations

import pytest

from kyodaku.names import NamesIndex
from kyodaku.names.entry import Entry, Name


@pytest.fixture(scope="module")
def index() -> NamesIndex:
    titles = {"fox": "The Clockwork Fox", "zorblax": "The Zorblax", "pond": "A Pond of Quillowmere", "of": "The Of"}
    return NamesIndex.build(
        [Entry(work=work, kind="work", names=(Name(text=title, kind="title"),)) for work, title in titles.items()]
    )


def found(index: NamesIndex, text: str) -> list[tuple[str, str, str]]:
    return [(mention.work, mention.quoted, mention.band) for mention in index.find(text)]


@pytest.mark.parametrize(
    ("text", "quoted", "band"),
    [
        ("the clockwork fox dances", "the clockwork fox", "match"),
        ("Clockwork Fox dances", "Clockwork Fox", "review"),
        ("we see Clockwork Fox dance", "Clockwork Fox", "review"),
        ("a scene from the movie clockwork fox", "clockwork fox", "review"),
        ("Cl0ckw0rk F0x", "Cl0ckw0rk F0x", "review"),
        ("Clockwork F o x in snow", "Clockwork F o x", "review"),
    ],
)
def test_plain_words_without_their_article_count_in_context(
    index: NamesIndex, text: str, quoted: str, band: str
) -> None:
    assert found(index, text) == [("fox", quoted, band)]


@pytest.mark.parametrize("text", ["a clockwork fox dances", "an old clockwork fox", "A Clockwork Fox In The Snow, 4K"])
def test_any_clockwork_fox_may_be_meant(index: NamesIndex, text: str) -> None:
    assert found(index, text) == []


def test_a_word_of_its_own_needs_no_article_and_is_told_once(index: NamesIndex) -> None:
    assert found(index, "zorblax runs past the zorblax") == [
        ("zorblax", "zorblax", "match"),
        ("zorblax", "the zorblax", "match"),
    ]
    assert found(index, "by the pond of quillowmere") == [("pond", "pond of quillowmere", "match")]


def test_no_stub_is_left_of_a_short_title(index: NamesIndex) -> None:
    assert found(index, "a film of a harbour") == []
    assert index.demoted() == [] or ("fox", "The Clockwork Fox") not in index.demoted()
