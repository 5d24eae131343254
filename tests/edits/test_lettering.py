# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from kyodaku import edits
from kyodaku.edits.lettering import katakana


def ink(text: str, **style: object) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    picture = Image.new("L", (400, 60))
    edits.write(ImageDraw.Draw(picture), (10, 10), text, size=32, fill=255, **style)  # type: ignore[arg-type]
    return np.asarray(picture) > 0


@pytest.mark.parametrize("text", ["ア", "ガ", "パ", "ャ", "。", "ツキノ", "moon", "Moon ツキ"])
def test_words_leave_ink_within_the_width_that_was_measured(text: str) -> None:
    columns = np.flatnonzero(ink(text).any(axis=0))
    assert columns.min() >= 8
    assert columns.max() <= 10 + edits.measure(text, 32) + 3


def test_letters_differ_from_each_other() -> None:
    letters = [ink(letter).tobytes() for letter in "アイウエオカキクケコガギグゲゴハバパヤャッツ"]
    assert len(set(letters)) == len(letters)


def test_blanks_advance_without_ink() -> None:
    assert not ink(" \u3000").any()
    assert edits.measure("\u3000", 32) > 20


def test_an_outline_makes_letters_thicker() -> None:
    assert ink("キlight", outline=128).sum() > ink("キlight").sum() * 1.3


def test_latin_is_written_in_the_built_in_font() -> None:
    assert katakana("カ")
    assert katakana("ョ")
    assert not katakana("film 1")
