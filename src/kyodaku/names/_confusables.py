# SPDX-License-Identifier: Apache-2.0
"""Letters of other scripts that pass for Latin ones, put back where they pass and left where they belong.

A letter is put back only within a word that mixes scripts, or in a word made of look-alikes alone in a text that has
no real word of that script. Chinese, Japanese and Korean characters are never touched.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping
from typing import Final

__all__ = ["resolve"]

_SUSPECT: Final = re.compile(
    "[\u0180-\u02ff\u0370-\u03ff\u0400-\u052f\u0531-\u058f\u05d0-\u05ea\u0660-\u0669\u13a0-\u13ff\u1400-\u167f"
    "\u1c80-\u1c8f\u1d00-\u1dbf\u2c80-\u2cff\u2d30-\u2d7f\ua4d0-\ua4ff\ua640-\ua69f\uab70-\uabbf"
    "\U00010280-\U0001044f\U000118a0-\U000118ff\U00016f00-\U00016f9f]"
)
"""Alphabets that have look-alikes of Latin letters; marks, symbols and the scripts of East Asia are none."""
_WORD: Final = re.compile("[\\w\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]+")
_EXTRA: Final = {"к": "k", "т": "t", "м": "m", "н": "h", "в": "b", "α": "a", "β": "b", "ε": "e", "ι": "i", "κ": "k"} | {
    "ν": "v", "ο": "o", "ρ": "p", "τ": "t", "υ": "u", "χ": "x", "η": "n", "ω": "w", "γ": "y", "і": "i", "ո": "n"
}  # fmt: skip
"""What people take for Latin and Unicode's list, made for whole fonts, leaves out."""
_TURNED: Final = {"я": "r", "и": "n", "й": "n", "є": "e", "э": "e", "ә": "e", "ш": "w", "щ": "w", "ц": "u"} | {
    "ч": "y", "п": "n", "г": "r", "б": "b", "ъ": "b", "ь": "b", "ө": "o", "ғ": "f", "д": "a", "ж": "x", "ф": "o"
}  # fmt: skip
"""Letters that posters put for Latin ones which they look like from afar: within a word that mixes scripts alone."""


@functools.cache
def _latin() -> Mapping[str, str]:
    """Character to the ASCII letter it passes for (Unicode's confusables.txt, as confusable_homoglyphs has it)."""
    from confusable_homoglyphs import confusables  # noqa: PLC0415 - a megabyte of JSON, for the texts that need it

    table = dict(_EXTRA)
    for character, others in confusables.confusables_data.items():
        if len(character) == 1 and _SUSPECT.match(character):
            letters = [o["c"] for o in others if len(o["c"]) == 1 and o["c"].isascii() and o["c"].isalpha()]
            if letters:
                table.setdefault(character, letters[0])
    return table


def resolve(text: str) -> str:
    """The text with look-alikes put back; as long as it was, character for character."""
    if not _SUSPECT.search(text):
        return text
    latin = _latin()
    words = [found for found in _WORD.finditer(text) if _SUSPECT.search(found.group())]
    real = {_script(c) for w in words if not _mixed(w.group()) for c in w.group() if c.isalpha() and c not in latin}
    parts: list[str] = []
    last = 0
    for found in words:
        word = found.group()
        mixed = _mixed(word)
        if mixed or not any(_script(c) in real for c in word if _SUSPECT.match(c)):
            parts += text[last : found.start()], _put_back(word, latin, mixed=mixed)
            last = found.end()
    parts.append(text[last:])
    return "".join(parts)


def _put_back(word: str, latin: Mapping[str, str], *, mixed: bool) -> str:
    put = (latin.get(c) or (_TURNED.get(c.lower(), c) if mixed else c) if _SUSPECT.match(c) else c for c in word)
    return "".join(put)


def _mixed(word: str) -> bool:
    return any(c.isascii() and c.isalpha() for c in word)


@functools.lru_cache(maxsize=8192)
def _script(character: str) -> str:
    return unicodedata.name(character, "?").split()[0]
