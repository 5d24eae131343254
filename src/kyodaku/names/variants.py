# SPDX-License-Identifier: Apache-2.0
"""The ways in which one registered name is written: kana both ways, romaji, simplified and traditional Chinese.

Kana are folded name by name, never over the whole text: folding a text would turn the particle が into ガ and run it
together with the name before it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from typing import Final

from kyodaku.names._forms import spaced
from kyodaku.names.entry import Name

__all__ = ["BARE", "HIRAGANA", "ROMAJI", "forms"]

HIRAGANA: Final = 1
"""Flag: written in hiragana, though registered in katakana."""
ROMAJI: Final = 2
"""Flag: spelt in Latin letters from a kana reading."""
BARE: Final = 4
"""Flag: without the article that it is registered with."""

_ARTICLE: Final = re.compile("(?:the|an?) (?=.{3})")

_KANA: Final = re.compile("[\u3041-\u3096\u30a1-\u30fa\u30fc]")
_KATAKANA: Final = re.compile("[\u30a1-\u30f6]")
_HIRAGANA: Final = re.compile("[\u3041-\u3096]")
_HAN: Final = re.compile("[\u3400-\u9fff]")
_ONLY_KANA: Final = re.compile("[\u3041-\u3096\u30a1-\u30fa\u30fc ]+")
_TO_HIRAGANA: Final = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
_TO_KATAKANA: Final = {code: code + 0x60 for code in range(0x3041, 0x3097)}

_LONG: Final = re.compile(r"ou|oo|uu")
_MIN_ROMAJI: Final = 4
"""Letters of the shortest romaji spelling made by rule: below, it is a word of some language."""
_V_AS_B: Final = (("ヴァ", "バ"), ("ヴィ", "ビ"), ("ヴェ", "ベ"), ("ヴォ", "ボ"), ("ヴ", "ブ"))
_MIN_PLAIN_B: Final = 4
_OTHER_ROMANISATION: Final = (("shi", "si"), ("chi", "ti"), ("tsu", "tu"), ("fu", "hu"), ("ji", "zi"))
"""Hepburn's and Kunrei's spellings of the same kana."""


def forms(name: Name) -> dict[str, int]:
    """Every form of a name, the registered one first, with the flags that say how it was made."""
    base = spaced(name.text)
    found = {base: 0} if base else {}
    for form, flags in _made(base, name):
        if form and form not in found:
            found[form] = flags
    return found


def _made(base: str, name: Name) -> Iterator[tuple[str, int]]:
    if base.isascii():
        if "&" in name.text:
            yield spaced(name.text.replace("&", " and ")), 0
        if " and " in base:
            yield base.replace(" and ", " "), 0
        if _ARTICLE.match(base):  # so people speak of it in mid-sentence
            yield _ARTICLE.sub("", base, count=1), BARE
        return
    if _KANA.search(base):
        yield from _kana(base)
        if _ONLY_KANA.fullmatch(base):
            yield from ((form, ROMAJI) for form in _romaji(base))
    elif _HAN.search(base) and (name.lang is None or name.lang.startswith("zh")):
        yield _chinese("s2t")(base), 0
        yield _chinese("t2s")(base), 0


def _kana(base: str) -> Iterator[tuple[str, int]]:
    if _KATAKANA.search(base):
        yield base.translate(_TO_HIRAGANA), HIRAGANA
    if _HIRAGANA.search(base):
        yield base.translate(_TO_KATAKANA), 0
    if base.endswith("ー"):
        yield base.removesuffix("ー"), 0
    if "ヴ" in base and len(plain := _plain_b(base)) >= _MIN_PLAIN_B:
        yield plain, 0


def _plain_b(base: str) -> str:
    """With the sounds of B for those of V, as most people say and write them."""
    for foreign, usual in _V_AS_B:
        base = base.replace(foreign, usual)
    return base


@functools.cache
def _chinese(direction: str) -> Callable[[str], str]:
    import opencc  # noqa: PLC0415 - its tables take a second to load, for registries with Chinese names

    convert: Callable[[str], str] = opencc.OpenCC(direction).convert
    return convert


def _romaji(base: str) -> Iterator[str]:
    import jaconv  # noqa: PLC0415 - only where a kana reading is registered

    spelt = spaced(jaconv.kana2alphabet(base.translate(_TO_HIRAGANA).replace("ー", "")))
    if not spelt.isascii() or len(spelt) < _MIN_ROMAJI:
        return
    yield spelt
    short = _LONG.sub(lambda found: found.group()[0], spelt)
    yield short
    kunrei = short
    for hepburn, other in _OTHER_ROMANISATION:
        kunrei = kunrei.replace(hepburn, other)
    yield kunrei
