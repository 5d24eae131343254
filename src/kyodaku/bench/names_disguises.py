# SPDX-License-Identifier: Apache-2.0
"""Disguises in which people put names, for measuring how many of them are seen through."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Final

__all__ = ["EVERY", "JAPANESE", "LATIN", "PLAIN", "Disguise"]

Disguise = Callable[[str, random.Random], str | None]
"""A name and a source of chance to the name disguised; None where it cannot be."""

_CYRILLIC: Final = str.maketrans("aceopxyiABCEHKMOPTX", "асеорхуіАВСЕНКМОРТХ")
_LEET: Final = str.maketrans("aeiostAEIOST", "431057431057")
_ACCENTED: Final = {"a": "á", "e": "é", "i": "ï", "o": "ô", "u": "ü", "n": "ñ", "c": "ç"}
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_TO_HIRAGANA: Final = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
_HALF: Final = {unicodedata.normalize("NFKC", chr(code)): chr(code) for code in range(0xFF66, 0xFF9E)}


def _wide(name: str, _: random.Random) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in name)


def _invisible(name: str, _: random.Random) -> str:
    return "\u200b".join(name)


def _bold(name: str, _: random.Random) -> str:
    return "".join(
        chr(0x1D400 + ord(c) - 65) if "A" <= c <= "Z" else chr(0x1D41A + ord(c) - 97) if "a" <= c <= "z" else c
        for c in name
    )


def _accents(name: str, _: random.Random) -> str | None:
    return _changed(name, "".join(_ACCENTED.get(c, c) for c in name))


def _changed(name: str, made: str) -> str | None:
    return made if made != name else None


def _joined(name: str, _: random.Random) -> str | None:
    return _changed(name, re.sub(r"[\s-]+", "", name))


def _middle(name: str, chance: random.Random) -> int | None:
    """A letter inside the longest word, not its first."""
    word = max(re.finditer(r"[A-Za-z]+", name), key=lambda found: len(found.group()), default=None)
    if word is None or len(word.group()) < 5 or sum(c.isalpha() for c in name) < 5:
        return None
    return chance.randrange(word.start() + 1, word.end() - 1)


def _repeated(name: str, chance: random.Random) -> str | None:
    at = _middle(name, chance)
    return None if at is None else name[:at] + name[at] * chance.choice((2, 3)) + name[at + 1 :]


def _other_letter(name: str, chance: random.Random) -> str | None:
    at = _middle(name, chance)
    return None if at is None else name[:at] + chance.choice(_LETTERS.replace(name[at].lower(), "")) + name[at + 1 :]


def _letter_left_out(name: str, chance: random.Random) -> str | None:
    at = _middle(name, chance)
    return None if at is None else name[:at] + name[at + 1 :]


def _letters_swapped(name: str, chance: random.Random) -> str | None:
    at = _middle(name, chance)
    return None if at is None else _changed(name, name[:at] + name[at + 1] + name[at] + name[at + 2 :])


def _picture(name: str, chance: random.Random) -> str | None:
    at = _middle(name, chance)
    return None if at is None else name[:at] + chance.choice("⚡🔥✨🌊") + name[at:]


def _half_width(name: str, _: random.Random) -> str | None:
    parts = unicodedata.normalize("NFD", name).replace("\u3099", "ﾞ").replace("\u309a", "ﾟ")
    return _changed(name, "".join(_HALF.get(c, c) for c in parts))


def _hiragana(name: str, _: random.Random) -> str | None:
    return _changed(name, name.translate(_TO_HIRAGANA))


PLAIN: Final[Mapping[str, Disguise]] = {
    "as registered": lambda name, _: name,
    "capitals": lambda name, _: _changed(name, name.upper()),
    "lower case": lambda name, _: _changed(name, name.lower()),
    "possessive": lambda name, _: name + "'s" if name.isascii() else None,
}
LATIN: Final[Mapping[str, Disguise]] = {
    "full width": _wide,
    "zero width": _invisible,
    "mathematical bold": _bold,
    "accents": _accents,
    "Cyrillic look-alikes": lambda name, _: _changed(name, name.translate(_CYRILLIC)),
    "spaced letters": lambda name, _: " ".join(name.replace(" ", "")),
    "dotted letters": lambda name, _: ".".join(name.replace(" ", "")),
    "joined words": _joined,
    "leet": lambda name, _: _changed(name, name.translate(_LEET)),
    "repeated letters": _repeated,
    "one letter other": _other_letter,
    "one letter left out": _letter_left_out,
    "two letters swapped": _letters_swapped,
    "picture inside": _picture,
    "reversed": lambda name, _: name[::-1] if len(name) >= 5 else None,
}
JAPANESE: Final[Mapping[str, Disguise]] = {
    "half width": _half_width,
    "zero width": _invisible,
    "middle dots": lambda name, _: "・".join(name),
    "in hiragana": _hiragana,
    "spaced letters": lambda name, _: " ".join(name),
}
EVERY: Final = {"en": {**PLAIN, **LATIN}, "ja": {"as registered": PLAIN["as registered"], **JAPANESE}}
