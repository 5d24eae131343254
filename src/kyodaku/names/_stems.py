# SPDX-License-Identifier: Apache-2.0
"""Sentences, and in each the stems that two descriptions of one thing would share."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterator
from typing import Final

from kyodaku.names.words import ranks

__all__ = ["rarity", "sentences", "stems", "trait_stems"]

_SENTENCE: Final = re.compile(r"[^.;!?\n。！？；]+")
_PIECE: Final = re.compile(
    "[^\\W\\d_\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3]+|[\u30a1-\u30fa\u30fc]+|[\u3400-\u9fff\u3005]+|[\uac00-\ud7a3]+"
)
_HAN: Final = re.compile("[\u3400-\u9fff\u3005]")
_HANGUL: Final = re.compile("[\uac00-\ud7a3]")
_ENDINGS: Final = ("ingly", "edly", "ing", "ies", "ied", "es", "ed", "ly", "s", "y", "e")
_STOP_WORDS: Final = """
a an the of in on at to with and or is are was were be been has have had who that this which it its
his her their he she they him them for from by as into over under up down out very one two some any
all no not like look looks looking wear wears wearing worn carry carries carrying hold holds holding
always often never big man woman girl boy person people character someone standing walking
"""
_STOP: Final = frozenset(_STOP_WORDS.split())
_UNLISTED_RANK: Final = 40_000
_MAX_WORD: Final = 64
"""Letters of the longest word that is looked at."""
_CJK_RANK: Final = 3_000
"""Where a pair of Chinese characters stands among words by frequency, for want of a count: above the middle."""


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Where each sentence of a normalised text begins and ends."""
    for found in _SENTENCE.finditer(text):
        yield found.span()


@functools.lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


def stems(text: str) -> set[str]:
    """The stems of a prompt's sentence, in normal form."""
    return set(_stems(text, single=True))


def trait_stems(text: str) -> set[str]:
    """The stems of a trait, which all count towards it."""
    return set(_stems(text, single=False))


def _stems(text: str, *, single: bool) -> Iterator[str]:
    for piece in _PIECE.findall(text):
        if len(piece) > _MAX_WORD and not _HAN.match(piece):
            continue
        if _HAN.match(piece) or _HANGUL.match(piece):
            if single or len(piece) == 1:
                yield from piece
            yield from (piece[i : i + 2] for i in range(len(piece) - 1))
        elif piece not in _STOP and len(piece) > 1:
            yield _stem(piece)


@functools.cache
def _stem_ranks() -> dict[str, int]:
    found: dict[str, int] = {}
    for word, rank in ranks().items():
        found.setdefault(_stem(word), rank)
    return found


def rarity(stem: str) -> float:
    """How much an ordinary prompt's use of a stem says: about 1 for "red", 5 for "epaulette"."""
    rank = _stem_ranks().get(stem, _UNLISTED_RANK) if stem.isascii() else _CJK_RANK
    return math.log(rank + 3) / 2
