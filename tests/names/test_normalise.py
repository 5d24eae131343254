# SPDX-License-Identifier: Apache-2.0
"""One spelling, and the way back to the user's own text."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kyodaku.names.normalise import normalise

ANY = st.text(st.characters(codec=None, exclude_categories=()), max_size=60)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("PIKELO", "pikelo"),
        ("Straße ﬁlm Ⅳ", "strasse film iv"),
        ("ハ\u3099トル", "バトル"),
        ("ﾊﾞﾄﾙ", "バトル"),
        ("ハトル", "ハトル"),
        ("\u1112\u1161\u11ab글", "한글"),
        ("рikеlо", "pikelo"),
        ("ѕсоре", "scope"),
        ("привет сор", "привет сор"),  # Russian, of which one word happens to be look-alikes alone
        ("Ёлка é", "елка e"),
        ("ᴘɪᴋᴇʟᴏ", "pikelo"),
        ("一个人", "一个人"),
        ("ロ口囗", "ロ口囗"),  # look-alikes among themselves, never mapped
        ("a\u200bb\u00adc\ufe0f\U000e0041", "abc"),
        ("\u202eabc\u202c", "abc"),
        ("x\ud800y", "x\ufffdy"),
        ("a\tb\u3000c", "a b c"),
    ],
)
def test_disguises_of_unicode_come_off(text: str, normal: str) -> None:
    assert normalise(text).text == normal


@given(ANY)
@settings(max_examples=300, deadline=None)
def test_every_character_points_at_its_source(text: str) -> None:
    normal = normalise(text)
    spans = [normal.source(place, place + 1) for place in range(len(normal.text))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert [start for start, _ in spans] == sorted(start for start, _ in spans)


@given(ANY)
@settings(max_examples=200, deadline=None)
def test_what_is_normal_stays_composed_and_without_invisibles(text: str) -> None:
    normal = normalise(text).text
    assert not any(unicodedata.category(c) in {"Cf", "Cs"} for c in normal)
    assert normalise(normal).text == normalise(normalise(normal).text).text


@pytest.mark.parametrize(
    "text", ["a" + "\u0301" * 100_000, "カ" + "\u3099" * 100_000, "\u1112" * 100_000, "а" * 1_000_000]
)
def test_floods_of_marks_cost_what_their_length_costs(text: str) -> None:
    begun = time.process_time()
    normalise(text)
    assert time.process_time() - begun < 5
