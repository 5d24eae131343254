# SPDX-License-Identifier: Apache-2.0
"""Names with something on them or in them: an ending, other words run together with them, a letter blotted out."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from kyodaku.names._built import Built
from kyodaku.names._forms import spaced_normal, squash
from kyodaku.names._hit import Hit
from kyodaku.names._stream import HANGUL, LETTER, Ints, Stream, stream
from kyodaku.names.alias_table import without
from kyodaku.names.ambiguous import PERSON, PLAIN, SHORT
from kyodaku.names.words import common, words

__all__ = ["covert", "is_plural", "plural_runs", "within"]

_S, _E = ord("s"), ord("e")
_MIN_ENDED: Final = 4
"""Letters of the shortest word whose plural is taken for one."""
_ENDED_WORDS: Final = 4
"""Words of the longest name that is sought in the plural."""
_ADDED: Final = "s es ed ish esque chan kun san sama neo verse core fan fans fanart like x xx tv hq"
_AFFIXES: Final = frozenset(_ADDED.split(" "))
"""What people hang on names without a space."""
_MIN_WITHIN, _SURE_WITHIN, _MAX_WORD = 6, 8, 48
"""Letters of a name sought within a word, of one that is known there whatever is beside it, and of the word."""
_NO_NAME: Final = PLAIN | PERSON | SHORT
_BLOTS: Final = "○◯〇●×✕✖※☆★■□*"
"""Signs that Japanese, Chinese and Korean writers put for a letter which they would rather not write."""
_BLOT: Final = re.compile(f"[{_BLOTS}]")
_BLOTTED: Final = re.compile(
    f"(?<=[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3])[{_BLOTS}]|[{_BLOTS}](?=[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3])"
)
_BLOT_REACH: Final = 12
"""Letters before and after a blot."""
_MIN_SEEN: Final = 4
"""Letters that must be left of a name with a blot in it."""
_HANGUL_WORD: Final = re.compile("[\uac00-\ud7a3]{5,}")
_MAX_HANGUL: Final = 12


def plural_runs(plain: Stream) -> tuple[Ints, Ints, Ints]:
    """Runs of words of which the last is a plural, without its ending, and how many letters that has."""
    ends = plain.units[1:]
    last = plain.codes[ends - 1] == _S if len(plain.codes) else np.zeros(0, np.bool_)
    rows = np.flatnonzero(last & (ends - plain.units[:-1] >= _MIN_ENDED))
    if not len(rows):
        return rows, rows, rows
    longer = rows[plain.codes[ends[rows] - 2] == _E]
    cuts = np.repeat([1, 2], [len(rows), len(longer)])
    rows = np.concatenate([rows, longer])
    starts = plain.units[np.maximum(rows[:, None] - np.arange(_ENDED_WORDS), 0)]
    return starts.ravel(), np.repeat(ends[rows] - cuts, _ENDED_WORDS), np.repeat(cuts, _ENDED_WORDS)


def is_plural(said: str, ending: str, registered: str) -> bool:
    """Whether words without the ending of their plural are a name, and not with it another word."""
    return spaced_normal(said) == registered and (" " in registered or said + ending not in words())


@functools.lru_cache(maxsize=64)
def _pieces(length: int) -> tuple[Ints, Ints]:
    """Every piece of a word of so many letters that may be a name, but not the word."""
    pairs = [
        (a, b)
        for a in range(length)
        for b in range(a + _MIN_WITHIN, length + 1)
        if b - a < length and a != 1 and (a == 0 or b == length or length - b > 0)
    ]
    return np.array([a for a, _ in pairs], np.int64), np.array([b for _, b in pairs], np.int64)


def within(built: Built, plain: Stream, odd: Sequence[tuple[int, int]]) -> Iterator[Hit]:
    """Names that other words are run together with, in words that no list knows."""
    spans = [(a, b) for a, b in odd if _MIN_WITHIN < b - a <= _MAX_WORD]
    if not spans:
        return
    begins = np.searchsorted(plain.places, [a for a, _ in spans])
    pieces = [_pieces(b - a) for a, b in spans]
    counts = [len(starts) for starts, _ in pieces]
    base = np.repeat(begins, counts)
    word = np.repeat(np.arange(len(spans)), counts)
    starts = base + np.concatenate([starts for starts, _ in pieces])
    ends = base + np.concatenate([ends for _, ends in pieces])
    fit = (ends <= len(plain.codes)) & (plain.kinds[np.minimum(begins, len(plain.codes) - 1)][word] == LETTER)
    starts, ends, word = starts[fit], ends[fit], word[fit]
    for run, form in built.exact.find(plain.run_hashes(starts, ends)):
        registered = squash(built.form_texts[form])
        if built.form_flags[form] & _NO_NAME or plain.letters(int(starts[run]), int(ends[run])) != registered:
            continue
        start, end = int(plain.places[starts[run]]), int(plain.places[ends[run] - 1]) + 1
        begin, stop = spans[int(word[run])]
        known = _is_added(plain.text[begin:start]) and _is_added(plain.text[end:stop])
        if known or len(registered) >= _SURE_WITHIN:
            confidence = 0.9 if known and len(registered) >= _SURE_WITHIN else 0.7
            yield Hit(start=start, end=end, form=form, how="joined", confidence=confidence)


def _is_added(rest: str) -> bool:
    return not rest or rest in _AFFIXES or (len(rest) > 2 and rest in common())


def covert(built: Built, plain: Stream) -> Iterator[Hit]:
    """Names with one letter blotted out, or in Hangul with one syllable other inside."""
    if plain.text.isascii() or not len(built.typos.hashes):
        return
    if _BLOT.search(plain.text) and (blots := [found.start() for found in _BLOTTED.finditer(plain.text)]):
        yield from _blotted(built, plain.text, blots)
    yield from _syllable_off(built, plain)


def _blotted(built: Built, text: str, blots: Sequence[int]) -> Iterator[Hit]:
    letters = list(text)
    for place in blots:
        letters[place] = " "
    seen = stream("".join(letters))
    at = np.searchsorted(seen.places, np.array(blots))
    reach = np.arange(_BLOT_REACH + 1)
    before, after = (side.ravel() for side in np.meshgrid(reach, reach))
    enough = before + after >= _MIN_SEEN
    before, after = before[enough], after[enough]
    starts, ends = (at[:, None] - before).ravel(), (at[:, None] + after).ravel()
    blot = np.repeat(np.arange(len(blots)), len(before))
    inside = (starts >= 0) & (ends <= len(seen.codes))
    starts, ends, blot = starts[inside], ends[inside], blot[inside]
    for run, form in built.typos.find(seen.run_hashes(starts, ends)):
        first, last, place = int(starts[run]), int(ends[run]), blots[int(blot[run])]
        registered, left = squash(built.form_texts[form]), int(at[blot[run]]) - first
        said = seen.letters(first, last)
        if len(registered) != len(said) + 1 or registered[:left] + registered[left + 1 :] != said:
            continue
        start, end = min(int(seen.places[first]), place), max(int(seen.places[last - 1]), place) + 1
        if end - start == len(registered):
            yield Hit(start=start, end=end, form=form, how="leet", confidence=0.9 if 0 < left < len(said) else 0.7)


def _syllable_off(built: Built, plain: Stream) -> Iterator[Hit]:
    """Names in Hangul of which one syllable is other, not the first or last; particles may follow."""
    found = [span for each in _HANGUL_WORD.finditer(plain.text) for span in _beginnings(*each.span())]
    if not found:
        return
    bounds = np.searchsorted(plain.places, np.array(found, np.int64))
    starts, ends = bounds[:, 0], bounds[:, 1]
    if (plain.kinds[starts] != HANGUL).any():
        return
    run, cut = without(plain.sums, starts, ends)
    for at, form in {(int(run[at]), form) for at, form in built.typos.find(cut)}:
        said, registered = plain.letters(int(starts[at]), int(ends[at])), built.form_texts[form]
        if built.form_flags[form] & _NO_NAME or len(said) != len(registered):
            continue
        off = [place for place, (a, b) in enumerate(zip(said, registered, strict=True)) if a != b]
        if len(off) == 1 and 0 < off[0] < len(said) - 1:
            start, end = found[at]
            yield Hit(start=start, end=end, form=form, how="typo", confidence=0.7)


def _beginnings(start: int, end: int) -> Iterator[tuple[int, int]]:
    return ((start, stop) for stop in range(start + 5, min(end, start + _MAX_HANGUL) + 1))
