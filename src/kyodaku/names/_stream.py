# SPDX-License-Identifier: Apache-2.0
"""A normalised text as letters without what separates them, cut into units, with a hash for every run of units.

A unit is a word of an alphabet, a number, or one character of Chinese, Japanese or Korean. The hash of a run is that of
its letters (Karp and Rabin's rolling hash, modulo 2^64): two look-ups and a product, whatever its length, so all runs
of a prompt are hashed in a few array operations. Equal hashes are compared letter by letter afterwards.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["MAX_CODES", "MAX_UNITS", "Stream", "codes_of", "hash_of", "letter_values", "powers", "stream"]

MAX_UNITS: Final = 16
"""Units of one run. A longer name is found by its first 16: no two works share so much by chance."""
MAX_CODES: Final = 8_192
"""Letters of one stream; a longer text is read in overlapping pieces."""

SEPARATOR, LETTER, DIGIT, HIRAGANA, KATAKANA, HAN, HANGUL, APOSTROPHE = range(8)
FIRST_CJK: Final = HIRAGANA

_BASE: Final = 0x9E3779B97F4A7C15  # odd, hence invertible modulo 2^64
_MIX: Final = np.uint64(0xD6E8FEB86659FD93)
U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]


@functools.cache
def powers() -> tuple[U64, U64]:
    """The base's powers, and its inverse's."""
    count, mask = MAX_CODES + 1, (1 << 64) - 1
    inverse = pow(_BASE, -1, 1 << 64)
    up, down, rows = 1, 1, np.empty((2, count), np.uint64)
    for place in range(count):
        rows[0, place], rows[1, place] = up, down
        up, down = up * _BASE & mask, down * inverse & mask
    return rows[0], rows[1]


@functools.cache
def _classes() -> npt.NDArray[np.uint8]:
    """The class of each character of the basic plane, and of the next two at their ends."""
    table = np.array([_class_of(chr(code)) for code in range(0x10000)], np.uint8)
    table.flags.writeable = False
    return table


def _class_of(character: str) -> int:  # noqa: PLR0911 - one answer a line
    code = ord(character)
    if character in "'\u2019\u02bc\u2018\u00b4`":
        return APOSTROPHE
    if 0x3041 <= code <= 0x3096 or code in {0x309D, 0x309E}:
        return HIRAGANA
    if 0x30A1 <= code <= 0x30FA or code in {0x30FC, 0x30FD, 0x30FE} or 0x31F0 <= code <= 0x31FF:
        return KATAKANA
    if code in {0x3005, 0x3006, 0x3007} or 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or code >= 0x20000:
        return HAN
    if 0xAC00 <= code <= 0xD7A3 or 0x3131 <= code <= 0x318E:
        return HANGUL
    category = unicodedata.category(character)
    if category[0] == "N":
        return DIGIT
    return LETTER if category[0] in "LM" else SEPARATOR


def codes_of(text: str) -> npt.NDArray[np.uint32]:
    """The text's code points."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def letter_values(codes: npt.NDArray[np.uint32]) -> U64:
    """One 64-bit value a letter, spread so that near letters are far apart."""
    values = (codes.astype(np.uint64) + np.uint64(1)) * _MIX
    return values ^ (values >> np.uint64(29))


def hash_of(text: str) -> int:
    """The hash of one run of letters: what `Stream.run_hashes` gives for it."""
    values = letter_values(codes_of(text))
    return int((values * powers()[0][: len(values)]).sum(dtype=np.uint64))


@dataclass(frozen=True, kw_only=True, slots=True)
class Stream:
    """The letters of a text (`codes`), where each stands in it (`places`), and what kind it is (`kinds`).

    `units` are the letters at which a unit begins, and at the end the number of letters. `sums[i]` is the hash of the
    first `i` letters.
    """

    text: str
    codes: npt.NDArray[np.uint32]
    places: Ints
    kinds: npt.NDArray[np.uint8]
    units: Ints
    sums: U64

    def letters(self, start: int, end: int) -> str:
        """Letters from one place to another, as text."""
        return self.codes[start:end].tobytes().decode("utf-32-le", "replace")

    def runs(self) -> tuple[Ints, Ints]:
        """Every run of 1 to `MAX_UNITS` units: where its letters begin and end."""
        count = len(self.units) - 1
        first, after = (_pairs if count <= _REMEMBERED else _pairs.__wrapped__)(count)
        return self.units[first], self.units[after]

    def runs_over(self, spans: Sequence[tuple[int, int]], most: int) -> tuple[Ints, Ints]:
        """Every run of 1 to `most` units that holds a unit of these spans of the text."""
        firsts, lasts = np.searchsorted(self.places, np.array(spans, np.int64).reshape(-1, 2).T)
        lo = np.searchsorted(self.units, firsts, side="right") - 1
        hi = np.searchsorted(self.units, np.maximum(lasts, firsts + 1))
        lengths = np.maximum(hi - lo, 0)
        offsets = np.repeat(np.cumsum(lengths) - lengths, lengths)
        touched = np.unique(np.repeat(lo, lengths) + np.arange(int(lengths.sum())) - offsets)
        before, after = _around(most)
        begin, end = touched[:, None] - before, touched[:, None] + after
        inside = (begin >= 0) & (end < len(self.units))
        if len(touched) > 1:  # the same run may hold two of them: it is told of the first
            previous = np.concatenate([[-1], touched[:-1]])[:, None]
            inside &= begin > previous
        return self.units[begin[inside]], self.units[end[inside]]

    def run_hashes(self, starts: Ints, ends: Ints) -> U64:
        """The hash of each run."""
        return (self.sums[ends] - self.sums[starts]) * powers()[1][starts]


@functools.cache
def _around(most: int) -> tuple[Ints, Ints]:
    """How many units before one a run of at most so many may begin, and how many after it end."""
    pairs = [(before, after) for before in range(most) for after in range(1, most - before + 1)]
    return np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])


_REMEMBERED: Final = 512
"""Pairs are kept for texts of up to so many units: 8,000 pairs."""


@functools.lru_cache(maxsize=128)
def _pairs(count: int) -> tuple[Ints, Ints]:
    """(unit, end unit) of every run among `count` units."""
    first = np.repeat(np.arange(count), np.minimum(MAX_UNITS, count - np.arange(count)))
    begun = np.searchsorted(first, np.arange(count))
    after = first + 1 + (np.arange(len(first)) - begun[first])
    return first, after


def stream(text: str, breaks: list[int] | None = None) -> Stream:
    """The stream of a normalised text of at most `MAX_CODES` characters; units begin at `breaks`, too."""
    codes = codes_of(text)
    kinds = _classes()[np.minimum(codes, 0xFFFF)]
    if len(codes) and int(codes.max()) > 0xFFFF:
        astral = np.flatnonzero(codes > 0xFFFF)
        kinds[astral] = [_class_of(chr(code)) for code in codes[astral].tolist()]
    places = np.flatnonzero((kinds != SEPARATOR) & (kinds != APOSTROPHE))
    codes, kinds = codes[places], kinds[places]
    begins = np.ones(len(places) + 1, np.bool_)
    begins[1:-1] = (np.diff(places) > 1) | (np.diff(kinds.astype(np.int8)) != 0) | (kinds[1:] >= FIRST_CJK)
    if breaks:
        begins[np.searchsorted(places, breaks)] = True
    sums = np.zeros(len(places) + 1, np.uint64)
    np.cumsum(letter_values(codes) * powers()[0][: len(codes)], out=sums[1:])
    units = np.flatnonzero(begins) if len(places) else np.zeros(1, np.int64)
    return Stream(text=text, codes=codes, places=places, kinds=kinds, units=units, sums=sums)
