# SPDX-License-Identifier: Apache-2.0
"""The ways a name hides, one stage each, and the guard that keeps each stage off ordinary words.

Every stage but the first wants something odd in the very letters it reads: a word no list knows, a digit in a word, a
picture between letters. Without that guard one letter's licence alone fires on every ninth ordinary prompt ("beach",
"across", "person a"). A text with nothing odd in it costs the first stage only.
"""

from __future__ import annotations

import itertools
import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from kyodaku.names import _sound
from kyodaku.names._built import MIN_SOUGHT, NEVER_MISSPELT, Built
from kyodaku.names._disguises import Disguised, disguises, odd_words
from kyodaku.names._forms import collapsed, spaced_normal, squash
from kyodaku.names._hit import Hit
from kyodaku.names._inside import covert, is_plural, plural_runs, within
from kyodaku.names._stream import FIRST_CJK, KATAKANA, MAX_CODES, MAX_UNITS, Ints, Stream, stream
from kyodaku.names.alias_table import form_hashes, without
from kyodaku.names.boundaries import bounded
from kyodaku.names.mention import How
from kyodaku.names.words import common, words

__all__ = ["MAX_TIMES", "Hit", "search"]

MAX_TIMES: Final = 20
"""Mentions of one name in one text. Names are never cut off for being many: the last may be the one that is refused."""
_TYPO_UNITS: Final = 5
_MIN_TYPO, _MAX_TYPO = 5, 25
_LONG_EDITS: Final = 2
_SOUND_UNITS: Final = 4
_MAX_SOUND_RUNS: Final = 512
"""Runs of one text of 8,000 characters compared by sound, the shortest first; a prompt has some ten."""
_SOUND_LIKENESS: Final = 62.0
"""How like the spellings of one sound must still be (rapidfuzz ratio, 0..100)."""
_SOUND_LIKENESS_OF_ONE: Final = 80.0
"""The same for a name of one word, which has more neighbours."""
_TURNED_ROUND: Final = 0.9
"""Surname and given name the other way round, as people of other countries write them."""
_OVERLAP: Final = 400
"""Characters that two pieces of a disguise's text share: twice the longest name."""
_LONGEST_APART: Final = 64
"""Letters of the longest name that is sought set letter by letter among other single letters."""
_LONG_ENOUGH: Final = 8
_EMOJI: Final = re.compile("[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
_BY_CHANCE: Final = 0.6
"""For review: the letters of a name, in what may not be one."""
_CLAUSE: Final = re.compile(r"[.,;:!?。、，！？]\s")
_HAN: Final = re.compile("[\u3400-\u9fff]")
_HIRAGANA: Final = re.compile("[\u3041-\u3096]")
_HAN_ENDINGS: Final = frozenset("編篇版風系達様君氏展的役像顔姿型人")
"""Characters that follow a Japanese name and leave it one."""
_CJK: Final = re.compile("[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3]")


def search(built: Built, text: str, original: str, breaks: list[int]) -> list[Hit]:
    """Every form in a normalised text of at most `_stream.MAX_CODES` characters, by every stage that has cause."""
    plain = stream(text, breaks)
    hits = [*_exact(built, plain), *covert(built, plain)]
    odd = odd_words(plain)
    if odd:
        odd = _uncovered(odd, hits)
    if odd:
        starts, ends = _short_runs(plain, odd)
        hits += _typos(built, plain, starts, ends)
        hits += _sounds(built, plain, starts, ends)
        hits += _long(built, plain)
        hits += within(built, plain, odd)
    for disguised in disguises(text, odd, original):
        hits += _disguised(built, disguised)
    return hits


def _uncovered(spans: Sequence[tuple[int, int]], hits: Sequence[Hit]) -> list[tuple[int, int]]:
    """The places that no hit covers."""
    order = sorted((hit.start, hit.end) for hit in hits)
    furthest = list(itertools.accumulate((end for _, end in order), max))
    left = []
    for start, end in spans:
        before = bisect_right(order, (start, math.inf))
        if not before or furthest[before - 1] < end:
            left.append((start, end))
    return left


def _exact(built: Built, plain: Stream) -> Iterator[Hit]:
    starts, ends = plain.runs()
    told: Counter[int] = Counter()
    count = len(starts)
    more_starts, more_ends, cuts = plural_runs(plain)
    starts, ends = np.concatenate([starts, more_starts]), np.concatenate([ends, more_ends])
    for run, form in built.exact.find(plain.run_hashes(starts, ends)):
        if told[form] >= MAX_TIMES:
            continue
        registered = built.form_texts[form]
        first, last = _whole(plain, int(starts[run]), squash(registered))
        if last == first:
            continue
        start, end = int(plain.places[first]), int(plain.places[last - 1]) + 1
        if run >= count:
            whole = end + int(cuts[run - count])
            if last == int(ends[run]) and is_plural(plain.text[start:end], plain.text[end:whole], registered):
                told[form] += 1
                yield Hit(start=start, end=whole, form=form, how="exact", confidence=1.0)
            continue
        if not bounded(plain.text, start, end):
            continue
        said = spaced_normal(plain.text[start:end])
        how: How | None = "exact"
        if said != registered:
            short = last - first < MIN_SOUGHT and not _CJK.search(said)
            how = None if short else _cut_otherwise(plain.text[start:end], said, registered)
        if how is not None:
            confidence = 1.0 if how == "exact" else 0.93
            if _may_be_chance(plain.text, start, end, built.alias_text(form), registered):
                confidence = _BY_CHANCE
            told[form] += 1
            yield Hit(start=start, end=end, form=form, how=how, confidence=confidence)


def _whole(seen: Stream, first: int, letters: str) -> tuple[int, int]:
    """Where a name's letters stand if they do so from here, to its very end; an empty run if not."""
    last = first + len(letters)
    return (first, last) if seen.letters(first, last) == letters else (first, first)


def _cut_otherwise(quoted: str, said: str, registered: str) -> How | None:  # noqa: PLR0911 - one answer a line
    """How the letters of a name, cut into other words, are a disguise; None where they are words by chance."""
    pieces, words_of = said.split(), registered.split()
    if _CJK.search(said):
        if len(squash(said)) < 3 and len(pieces) > len(words_of):
            return None
        return "exact" if squash(said)[: len(quoted)] == quoted else "spaced"
    if len(pieces) > len(words_of) > 1 and len(registered) >= _LONG_ENOUGH and _cut_within(pieces, words_of):
        return "spaced"
    if len(pieces) > len(words_of) and _set_apart(pieces):
        return "spaced"
    strange = any(piece not in words() for piece in pieces)
    if _EMOJI.search(quoted) and (strange or len(pieces) > len(words_of)):
        return "emoji"
    if strange:
        return "spaced" if len(pieces) > len(words_of) else "joined"
    return None


def _may_be_chance(text: str, start: int, end: int, alias: str, registered: str) -> bool:
    """Whether plain words stand in two sentences or clauses, or a Japanese name goes on as a longer word."""
    if " " in registered:
        parted = _CLAUSE.search(text, start, end) is not None and _CLAUSE.search(alias) is None
        return parted and all(word in words() for word in registered.split())
    return bool(
        _HAN.match(registered[-1])
        and _HAN.match(text[end : end + 1])
        and _HIRAGANA.search(registered)
        and text[end] not in _HAN_ENDINGS
    )


def _cut_within(pieces: Sequence[str], words_of: Sequence[str]) -> bool:
    """Whether the pieces are those of one word after another: "clock work fox", not "person a"."""
    ends, said = set(), 0
    for piece in pieces:
        said += len(piece)
        ends.add(said)
    meant = 0
    for word in words_of:
        meant += len(word)
        if meant not in ends:
            return False
    return True


def _set_apart(pieces: Sequence[str]) -> bool:
    """Letters one by one: nobody writes three in a row by chance."""
    singles = sum(len(piece) == 1 for piece in pieces)
    return singles >= 3 and singles >= len(pieces) - 1


def _disguised(built: Built, disguised: Disguised) -> Iterator[Hit]:
    """Names in a text that was taken out of its disguise, where its letters were odd."""
    for begin in range(0, len(disguised.text), MAX_CODES - _OVERLAP):  # a picture's words are longer than the picture
        stop = begin + MAX_CODES
        odd = [(a - begin, b - begin) for a, b in disguised.odd if begin <= a and b <= stop] or (
            [(0, min(len(disguised.text), stop) - begin)] if not disguised.whole else []
        )
        if odd:
            yield from _in_window(built, disguised, begin, odd)


def _in_window(built: Built, disguised: Disguised, begin: int, odd: Sequence[tuple[int, int]]) -> Iterator[Hit]:
    seen = stream(disguised.text[begin : begin + MAX_CODES])
    if not len(seen.codes):
        return
    starts, ends = seen.runs_over(odd, MAX_UNITS) if disguised.whole else _any_runs(len(seen.codes))
    hashes = seen.run_hashes(starts, ends)
    found = built.exact.find(hashes)
    if disguised.how == "repeats":
        found = found + built.repeats.find(hashes)
    for run, form in found:
        registered = built.form_texts[form]
        registered = collapsed(registered) if disguised.how == "repeats" else squash(registered)
        first, last = _whole(seen, int(starts[run]), registered)
        if last == first or len(registered) < max(MIN_SOUGHT, disguised.shortest):
            continue
        start, end = int(seen.places[first]), int(seen.places[last - 1]) + 1
        if bounded(seen.text, start, end) and _same_cut(seen.text[start:end], built.form_texts[form]):
            real = disguised.span(begin + start, begin + end)
            yield Hit(start=real[0], end=real[1], form=form, how=disguised.how, confidence=0.9)


def _any_runs(count: int) -> tuple[Ints, Ints]:
    """Every run of so many letters as make a name longer than a run of units has letters."""
    lengths = np.arange(MAX_UNITS + 1, _LONGEST_APART + 1)
    starts = np.repeat(np.arange(count), len(lengths))
    ends = starts + np.tile(lengths, count)
    return starts[ends <= count], ends[ends <= count]


def _same_cut(quoted: str, registered: str) -> bool:
    said = spaced_normal(quoted)
    return said == registered or len(said.split()) <= len(registered.split()) or _set_apart(said.split())


def _typos(built: Built, plain: Stream, starts: Ints, ends: Ints) -> Iterator[Hit]:
    if not len(starts):
        return
    whole = plain.run_hashes(starts, ends)
    run, cut = without(plain.sums, starts, ends)
    found = {(at, form) for at, form in built.typos.find(whole)}
    found |= {(int(run[at]), form) for table in (built.exact, built.typos) for at, form in table.find(cut)}
    for at, form in sorted(found):
        first, last = int(starts[at]), int(ends[at])
        letters, registered = plain.letters(first, last), squash(built.form_texts[form])
        if len(registered) < _MIN_TYPO or built.form_flags[form] & NEVER_MISSPELT:
            continue
        if OSA.distance(letters, registered, score_cutoff=1) != 1:
            continue
        start, end = int(plain.places[first]), int(plain.places[last - 1]) + 1
        if _typed(plain.text[start:end], built.form_texts[form]):
            confidence = 0.9 if len(registered) >= 6 else 0.7
            yield Hit(start=start, end=end, form=form, how="typo", confidence=confidence)


def _typed(quoted: str, registered: str) -> bool:
    """Whether the letter is off in a word that no list knows, the others being as registered."""
    said, meant = spaced_normal(quoted).split(), registered.split()
    if len(said) != len(meant):
        return all(word not in words() for word in said) and len(registered) >= 6
    wrong = [(a, b) for a, b in zip(said, meant, strict=True) if a != b]
    return all(a not in words() and len(a) >= 3 for a, _ in wrong) and not _plural(wrong)


def _plural(wrong: Sequence[tuple[str, str]]) -> bool:
    """A plain word's plural or past is not that word misspelt."""
    return any(a.rstrip("sd") == b.rstrip("sd") and b in words() for a, b in wrong)


def _short_runs(plain: Stream, odd: Sequence[tuple[int, int]]) -> tuple[Ints, Ints]:
    """Runs of words of an alphabet that hold an odd one, and odd katakana words whole."""
    spans = np.array(odd, np.int64)
    long = spans[:, 1] - spans[:, 0]
    is_kana = plain.kinds[np.searchsorted(plain.places, spans[:, 0])] == KATAKANA
    kana = spans[is_kana & (long >= _MIN_TYPO - 1) & (long <= _MAX_TYPO)]
    rest = spans[~is_kana]
    starts, ends = np.zeros(0, np.int64), np.zeros(0, np.int64)
    if len(rest):
        starts, ends = plain.runs_over(rest, _TYPO_UNITS)
        lengths = ends - starts
        cjk = np.concatenate([[0], np.cumsum(plain.kinds >= FIRST_CJK)])
        fit = (lengths >= _MIN_TYPO - 1) & (lengths <= _MAX_TYPO) & (cjk[ends] == cjk[starts])
        starts, ends = starts[fit], ends[fit]
    if len(kana):
        bounds = np.searchsorted(plain.places, kana.ravel()).reshape(-1, 2)
        starts, ends = np.concatenate([starts, bounds[:, 0]]), np.concatenate([ends, bounds[:, 1]])
    return starts, ends


def _long(built: Built, plain: Stream) -> Iterator[Hit]:
    """Long names of which one half stands as registered and the other is a letter or two off."""
    if not len(built.halves.hashes):
        return
    starts, ends = plain.runs()
    borders = set(plain.units.tolist())
    for run, value in built.halves.find(plain.run_hashes(starts, ends)):
        registered = squash(built.form_texts[value // 2])
        for first, last in _spans(int(starts[run]), int(ends[run]), len(registered), second=bool(value % 2)):
            if first not in borders or last not in borders:
                continue
            if 1 <= OSA.distance(plain.letters(first, last), registered, score_cutoff=_LONG_EDITS) <= _LONG_EDITS:
                start, end = int(plain.places[first]), int(plain.places[last - 1]) + 1
                yield Hit(start=start, end=end, form=value // 2, how="typo", confidence=0.85)


def _spans(first: int, last: int, length: int, *, second: bool) -> list[tuple[int, int]]:
    """Where the whole name would stand, a few letters more or less, if this is its first or second half."""
    spread = range(-_LONG_EDITS, _LONG_EDITS + 1)
    if second:
        return [(max(0, last - length - more), last) for more in spread]
    return [(first, first + length + more) for more in spread]


def _sounds(built: Built, plain: Stream, starts: Ints, ends: Ints) -> Iterator[Hit]:
    if not len(built.sounds.hashes):
        return
    keyed: list[tuple[str, int, int]] = []
    if len(starts) > _MAX_SOUND_RUNS:
        shortest = np.argsort(ends - starts, kind="stable")[:_MAX_SOUND_RUNS]
        starts, ends = starts[shortest], ends[shortest]
    for first, last in zip(starts.tolist(), ends.tolist(), strict=True):
        start, end = int(plain.places[first]), int(plain.places[last - 1]) + 1
        said = spaced_normal(plain.text[start:end])
        if said.count(" ") < _SOUND_UNITS:
            keyed += [(key, start, end) for key in _sound.keys(said)]
    if not keyed:
        return
    for at, form in built.sounds.find(form_hashes([key for key, _, _ in keyed])):
        key, start, end = keyed[at]
        registered = built.form_texts[form]
        if key in _sound.keys(registered):
            hit = _sounded(plain.text[start:end], registered, key)
            if hit:
                yield Hit(start=start, end=end, form=form, how="sound", confidence=hit)


def _sounded(quoted: str, registered: str, key: str) -> float | None:
    said = spaced_normal(quoted).split()
    meant = registered.split()
    changed = [word for word in said if word not in meant]
    if not changed and said != meant and any(word not in words() for word in said):
        return _TURNED_ROUND
    if not changed or any(word in common() for word in changed):
        return None
    likeness = fuzz.ratio(" ".join(sorted(said)), " ".join(sorted(meant)))
    if likeness < _SOUND_LIKENESS or (key[0] == "~" and said[0][0] != meant[0][0] and likeness < 75):
        return None
    if len(meant) == 1 and likeness < _SOUND_LIKENESS_OF_ONE:
        return None
    return 0.75 if len(registered) >= 8 and likeness >= 75 else 0.6
