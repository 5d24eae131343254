# SPDX-License-Identifier: Apache-2.0
"""Keys under which spellings of one sound, and words with their letters or their order shuffled, fall together."""

from __future__ import annotations

import functools
import re
from typing import Final

__all__ = ["keys"]

_RULES: Final = tuple(
    (re.compile(pattern), into)
    for pattern, into in (
        (r"ph", "f"),
        (r"^(?:kn|gn|pn)", "n"),
        (r"^wr", "r"),
        (r"^ps", "s"),
        (r"tch|ch", "C"),
        (r"sch|sh|tion|sion", "S"),
        (r"th", "t"),
        (r"ck|cc|q|c(?![eiy])", "k"),
        (r"c", "s"),
        (r"x", "ks"),
        (r"z", "s"),
        (r"gh", "g"),
        (r"wh", "w"),
        (r"v", "f"),
        (r"dge|j", "g"),
        (r"[aeiouy]+[hw]?", "a"),
        (r"(.)\1+", r"\1"),
    )
)
"""Spelling to sound, coarsely: consonants by how they sound, any vowels as one."""
_MIN_CONSONANTS: Final = 3
_MIN_LETTERS: Final = 6
_MIN_SHUFFLED: Final = 8
"""Letters of a name sought with its letters shuffled."""


@functools.lru_cache(maxsize=65_536)
def _sound(word: str) -> str:
    for pattern, into in _RULES:
        word = pattern.sub(into, word)
    return word


@functools.lru_cache(maxsize=65_536)
def keys(form: str) -> tuple[str, ...]:
    """The keys of a form of ASCII letters: none where it is too short to be told by sound."""
    words = form.split(" ")
    letters = sum(map(len, words))
    if letters < _MIN_LETTERS or not form.replace(" ", "").isalpha() or not form.isascii():
        return ()
    found = []
    sounds = sorted(map(_sound, words))
    if sum(len(s) - s.count("a") for s in sounds) >= _MIN_CONSONANTS:
        found.append("~" + " ".join(sounds))
    if letters >= _MIN_SHUFFLED:
        found.append("%" + " ".join(sorted(w[0] + "".join(sorted(w[1:])) for w in words)))
    return tuple(found)
