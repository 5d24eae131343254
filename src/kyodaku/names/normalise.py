# SPDX-License-Identifier: Apache-2.0
"""One spelling for one text: Unicode's disguises taken off, and every character still pointing at the user's own.

Order: look-alikes of Latin letters -> NFKC -> invisible characters out -> case folded -> marks below U+3000 off -> NFC.
Each character is treated alone through a table, so the cost is linear whatever the text holds: no run of marks is
sorted. Only kana voicing marks and Hangul letters join with the character before them, pair by pair.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from kyodaku.names import _confusables

__all__ = ["Normalised", "normalise", "squashed"]

_MARKS_END: Final = 0x3000
"""Marks from here on are kana voicing marks, which tell ハ from バ; those below only decorate."""
_IGNORABLE: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
"""Default-ignorable characters that are not of category Cf (DerivedCoreProperties.txt, Unicode 16)."""
_JOINING: Final = re.compile(
    "[\u3041-\u30ff][\u3099\u309a]+|[\u3099\u309a]+"  # voicing marks
    "|[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?"  # Hangul letters
)
_SPELT: Final = str.maketrans(
    "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢøłđħıŧĸ℮ꬽ",
    "abcdefghijklmnoprstuvwyzoldhitkeo",
)
"""Small capitals and barred letters, which have no decomposition."""
_MARKS_OF_TRADE: Final = frozenset("\u2120\u2122\U0001f16a\U0001f16b\U0001f16c")
"""Signs set behind a name, whose decomposition would be two more letters of it."""
_SPACING_VOICE: Final = {"\u309b": "\u3099", "\u309c": "\u309a"}
"""Kana voicing marks that stand on their own, to those that join."""
_LETTER_BLOCKS: Final = (0x1F150, 0x1F170, 0x1F1E6)
"""Letters on black discs, on black squares and of flags: 26 each, from A."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Normalised:
    """A text in one spelling.

    `offsets[i]` is the place of `text[i]` in the user's text, of `length` characters; None where the two agree.
    """

    text: str
    offsets: list[int] | None
    length: int

    def source(self, start: int, end: int) -> tuple[int, int]:
        """The span of the user's text that `text[start:end]` was made from."""
        if self.offsets is None:
            return start, end
        following = self.offsets[end] if end < len(self.offsets) else self.length
        return self.offsets[start], max(following, self.offsets[end - 1] + 1)  # with the marks that were taken off it


class _Spellings(dict[str, str]):
    """A character's normal form, worked out when it is first met."""

    def __missing__(self, character: str) -> str:
        form = _spelt(character)
        if len(self) < 0x20000:  # as many as are assigned; no text can make it grow beyond
            self[character] = form
        return form


def _spelt(character: str) -> str:  # noqa: PLR0911 - one answer a line
    code = ord(character)
    for block in _LETTER_BLOCKS:
        if block <= code < block + 26:
            return chr(ord("a") + code - block)
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"
    if category in {"Cf", "Me"} or _IGNORABLE.match(character):
        return ""
    if category in {"Cc", "Zs", "Zl", "Zp"} or character in _MARKS_OF_TRADE:
        return " "
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if character in _SPACING_VOICE:
        return _SPACING_VOICE[character]
    form = unicodedata.normalize("NFKC", character).casefold().translate(_SPELT)
    kept = [c for c in unicodedata.normalize("NFD", form) if ord(c) >= _MARKS_END or unicodedata.category(c) != "Mn"]
    return unicodedata.normalize("NFC", "".join(kept))


_SPELLINGS: Final = _Spellings()
_NON_ASCII_JOINED: Final = re.compile("[\u3099\u309a\u1100-\u1112]")


def normalise(text: str) -> Normalised:
    """The text in one spelling, with the way back."""
    if text.isascii():
        return Normalised(text=text.lower(), offsets=None, length=len(text))
    text = _confusables.resolve(text)
    forms = list(map(_SPELLINGS.__getitem__, text))
    joined = "".join(forms)
    if len(joined) == len(text) and all(forms):
        offsets = None
    else:
        offsets = [place for place, form in enumerate(forms) for _ in form]
    if _NON_ASCII_JOINED.search(joined):
        return _composed(joined, offsets, len(text))
    return Normalised(text=joined, offsets=offsets, length=len(text))


def _composed(text: str, offsets: list[int] | None, length: int) -> Normalised:
    places = list(range(len(text))) if offsets is None else offsets
    parts: list[str] = []
    kept: list[int] = []
    last = 0
    for found in _JOINING.finditer(text):
        parts.append(text[last : found.start()])
        kept.extend(places[last : found.start()])
        whole = unicodedata.normalize("NFC", found.group()[:3]).strip("\u3099\u309a")
        parts.append(whole)
        kept.extend([places[found.start()]] * len(whole))
        last = found.end()
    parts.append(text[last:])
    kept.extend(places[last:])
    return Normalised(text="".join(parts), offsets=kept, length=length)


_SEPARATORS: Final = re.compile(r"[\W_]+")


@functools.lru_cache(maxsize=4096)
def squashed(text: str) -> str:
    """Letters and digits of the normal form alone."""
    return _SEPARATORS.sub("", normalise(text).text)
