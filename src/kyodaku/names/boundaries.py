# SPDX-License-Identifier: Apache-2.0
"""Where a name may begin and end: each script has its own rule.

Alphabets: between words (the stream sees to it). Katakana: the whole run, or what is left of it is words. Hiragana:
what stands beside is a particle or not hiragana. Chinese characters: names of three or more stand anywhere, since
nothing separates Chinese words. Hangul: the left side only, because particles follow; after short names, nothing but
particles.
"""

from __future__ import annotations

import re
from typing import Final

from kyodaku.names.words import words

__all__ = ["bounded"]

_KATAKANA: Final = re.compile("[\u30a1-\u30fa\u30fc-\u30fe]*")
_KATAKANA_LETTERS: Final = "".join(map(chr, range(0x30A1, 0x30FF))).replace("・", "")
_HIRAGANA_BEFORE: Final = re.compile("(?:^|[^\u3041-\u3096ー]|[のはがをにとでもへやか]|[うくすつぬぶむるたいて])$")
_HIRAGANA_AFTER: Final = re.compile(
    "(?:$|[^\u3041-\u3096ー]|[のはがをにとでもへやかさも]|から|まで|より|など|って|っぽ|という|みたい|らしい|だ|です|たち|さん|ちゃん|くん|さま|ごっこ|ふう)"
)
_HANGUL: Final = re.compile("[\uac00-\ud7a3]")
_HANGUL_PARTICLES: Final = re.compile(
    "(?:$|[^\uac00-\ud7a3]|(?:이|가|을|를|은|는|의|에|와|과|도|로|으로|랑|이랑|하고|처럼|같은|같이|만|까지|부터|에서|에게|한테|께|풍|식|들|님|씨)(?:$|[^\uac00-\ud7a3]|[는은도의만]))"
)
_KATAKANA_ENDINGS: Final = frozenset({"チャン", "サン", "クン", "サマ", "ズ", "ー", "ーー", "ーーー", "ッ"})
"""What is hung on a name in katakana: titles, the plural, a drawl."""
_FREE_HIRAGANA: Final = 5
"""Hiragana letters of a name that needs no particle beside it: no ordinary words make such a run by chance."""
_FREE_HANGUL: Final = 3
_REACH: Final = 12
"""Characters looked at on either side."""


def bounded(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]` of a normalised text may be a name of its own."""
    first = text[start]
    before, after = text[max(0, start - _REACH) : start], text[end : end + _REACH]
    return _begins(first, before, end - start) and _ends(text[start:end], after)


def _begins(first: str, before: str, length: int) -> bool:
    if _is_katakana(first):
        rest = _KATAKANA.fullmatch
        tail = before[len(before.rstrip(_KATAKANA_LETTERS)) :]
        return not tail or (rest(tail) is not None and tail in words())
    if _is_hiragana(first):
        return length >= _FREE_HIRAGANA or _HIRAGANA_BEFORE.search(before) is not None
    if _HANGUL.match(first):
        return not before or _HANGUL.match(before[-1]) is None
    return True


def _ends(name: str, after: str) -> bool:
    last, length = name[-1], len(name)
    if _is_katakana(last):
        found = _KATAKANA.match(after)
        tail = found.group() if found else ""
        return not tail or tail in words() or (tail in _KATAKANA_ENDINGS and name + tail not in words())
    if _is_hiragana(last):
        return length >= _FREE_HIRAGANA or _HIRAGANA_AFTER.match(after) is not None
    if _HANGUL.match(last):
        return length >= _FREE_HANGUL or _HANGUL_PARTICLES.match(after) is not None
    return True


def _is_katakana(character: str) -> bool:
    return "\u30a1" <= character <= "\u30fa" or character in "ー\u30fd\u30fe"


def _is_hiragana(character: str) -> bool:
    return "\u3041" <= character <= "\u3096"
