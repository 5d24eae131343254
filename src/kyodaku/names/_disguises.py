# SPDX-License-Identifier: Apache-2.0
"""A prompt's odd places, and the prompt with each kind of disguise taken off them."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from kyodaku.names._stream import MAX_UNITS, Stream
from kyodaku.names.mention import How
from kyodaku.names.words import people, words

__all__ = ["Disguised", "disguises", "odd_words"]

_WORD: Final = re.compile("[a-z]{3,}|[\u30a1-\u30fa\u30fc]{4,}|[\u0250-\u1fff]{3,}")
_SIGNS: Final = "\\d@$!|+€¡†°×¢©®○◯●〇⭕⚪⚫"
_LEET_CHUNK: Final = re.compile(rf"(?:(?<=\s)|^)(?=\S*[{_SIGNS}])[^\s\u3041-\u9fff\uac00-\ud7a3]{{2,60}}")
_HOLDS_SIGN: Final = re.compile(f"[{_SIGNS}]")
_TAIL: Final = re.compile(r"[!|.,?;:)\"'©®]+$")
_LEET_TABLES: Final = tuple(
    str.maketrans("0345789@$+€†°×¢©®○◯●〇⭕⚪⚫" + "1!|¡26", "oeastbgastetoxccr" + "o" * 7 + ones + "zg")
    for ones in ("iiii", "llll")
)
"""What digits and signs stand for; 1, ! and | pass for i and for l."""
_ORDINARY: Final = re.compile(
    r"[\d.,:/x×°%$€£¢+-]+(?:st|nd|rd|th|s|k|d|p|mm|cm|m|km|fps|hz|kg|g|am|pm|x|c|f|th-century|%|-?year-?old)?|mp[34]|\d+"
)
"""Numbers with their units, years and file types: digits at home."""
_REPEATED: Final = re.compile(r"([^\W\d_])\1")
_APART: Final = re.compile(rf"(?:(?<![^\W_])[^\W_][\W_]{{1,6}}){{{MAX_UNITS},}}[^\W_](?![^\W_])")
_EMOJI: Final = re.compile("[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
_EMOJI_WORDS: Final = re.compile(r"\b(?:FACE|HEAD|SYMBOL|SIGN|WITH|BLACK|WHITE|HEAVY|OF|EMOJI|SMILING|BALLOT|PERSON)\b")
_MIN_REVERSED: Final = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Disguised:
    """A text taken out of a disguise.

    `odd` are the places in it that were disguised, `places[i]` is where its character `i` stands in the normalised text
    (None: the same place), and `shortest` is the length of the shortest name to be believed.
    """

    text: str
    odd: Sequence[tuple[int, int]]
    how: How
    places: Sequence[int] | None = None
    shortest: int = 4
    whole: bool = True
    """Whether the letters are cut into units as they stand; else a name may begin and end at any of them."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the normalised text."""
        if self.places is None:
            return start, end
        among = self.places[start:end]
        return min(among), max(among) + 1


def odd_words(plain: Stream) -> list[tuple[int, int]]:
    """Words that no list knows."""
    known, persons = words(), people()
    return [
        found.span()
        for found in _WORD.finditer(plain.text)
        if found.group() not in known and found.group() not in persons
    ]


def disguises(text: str, odd: Sequence[tuple[int, int]], original: str) -> Iterator[Disguised]:
    """The text out of each disguise it shows signs of."""
    yield from _leet(text)
    yield from _apart(text)
    if "\u202e" in original:
        yield _mirrored(text, [(0, len(text))])
    if odd:
        if any(_REPEATED.search(text, *span) for span in odd):
            yield _single(text, odd)
        long = [span for span in odd if span[1] - span[0] >= 3]
        yield from _backwards(text, long)
    if not original.isascii() and _EMOJI.search(text):
        yield _pictures(text)


def _leet(text: str) -> Iterator[Disguised]:
    chunks, strange = [], False
    for found in _LEET_CHUNK.finditer(text):
        chunk = _TAIL.sub("", found.group())
        if _HOLDS_SIGN.search(chunk):
            chunks.append((found.start(), found.start() + len(chunk)))
            strange = strange or not _ORDINARY.fullmatch(chunk)
    if not strange:
        return
    seen = set()
    for table in _LEET_TABLES:
        parts: list[str] = []
        last = 0
        for start, end in chunks:
            parts += text[last:start], text[start:end].translate(table)
            last = end
        whole = "".join([*parts, text[last:]])
        if whole not in seen:
            seen.add(whole)
            yield Disguised(text=whole, odd=chunks, how="leet")


def _apart(text: str) -> Iterator[Disguised]:
    """Letters set one by one, put together where they are too many for one run of units."""
    for found in _APART.finditer(text):
        kept = [place for place in range(*found.span()) if text[place].isalnum()]
        letters = "".join(text[place] for place in kept)
        yield Disguised(
            text=letters, odd=[(0, len(letters))], how="spaced", places=kept, shortest=MAX_UNITS, whole=False
        )


def _single(text: str, odd: Sequence[tuple[int, int]]) -> Disguised:
    """Each letter that is repeated, once, everywhere: a name's own words may have doubles too."""
    kept = [i for i, c in enumerate(text) if not (i and c == text[i - 1] and c.isalpha())]
    at = {place: number for number, place in enumerate(kept)}
    moved = [(at[start], at[start] + sum(i in at for i in range(start, end))) for start, end in odd if start in at]
    return Disguised(text="".join(text[i] for i in kept), odd=moved, how="repeats", places=kept)


def _backwards(text: str, odd: Sequence[tuple[int, int]]) -> Iterator[Disguised]:
    """The whole text read from its end, and each odd word read from its end."""
    if not odd:
        return
    yield _mirrored(text, odd)
    if len(odd) > 1:
        letters = list(text)
        for start, end in odd:
            letters[start:end] = letters[start:end][::-1]
        yield Disguised(text="".join(letters), odd=odd, how="reversed", shortest=_MIN_REVERSED)


def _mirrored(text: str, odd: Sequence[tuple[int, int]]) -> Disguised:
    size = len(text)
    mirrored = [(size - end, size - start) for start, end in odd]
    places = range(size - 1, -1, -1)
    return Disguised(text=text[::-1], odd=mirrored, how="reversed", places=places, shortest=_MIN_REVERSED)


@functools.lru_cache(maxsize=4096)
def _picture(character: str) -> str:
    name = _EMOJI_WORDS.sub(" ", unicodedata.name(character, "").replace("-", " "))
    return " " + " ".join(name.lower().split()) + " "


def _pictures(text: str) -> Disguised:
    """Each picture as the word for it: a spider and "man"."""
    parts: list[str] = []
    places: list[int] = []
    odd: list[tuple[int, int]] = []
    length = 0
    for place, character in enumerate(text):
        drawn = _picture(character) if _EMOJI.match(character) else character
        if drawn is not character:
            odd.append((length, length + len(drawn)))
        parts.append(drawn)
        places += [place] * len(drawn)
        length += len(drawn)
    return Disguised(text="".join(parts), odd=odd, how="emoji", places=places)
