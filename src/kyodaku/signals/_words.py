# SPDX-License-Identifier: Apache-2.0
"""Strangers' words made fit for one line of a terminal, a table or JSON; and their addresses, which nobody fetches."""

from __future__ import annotations

import unicodedata
from typing import Final
from urllib.parse import urljoin, urlsplit

__all__ = ["address", "address_in", "clean"]

_ADDRESS_CHARACTERS: Final = 2000
"""Longer than any browser was sure to take; the rest of an address carries tracking, not terms."""

_SPACES: Final = "\t\n\v\f\r\x85\u2028\u2029"
_UNSHOWN: Final = ("Cc", "Cf", "Cs", "Co", "Cn")
"""Control characters, and those that turn the direction of a line or cannot be encoded."""


def clean(text: str, length: int) -> str:
    """One line of at most `length` characters that can be shown and stored anywhere."""
    cut = text[: 4 * length].translate(_TO_SPACE)  # hostile texts are long: look at no more than may be needed
    shown = "".join(character for character in cut if unicodedata.category(character) not in _UNSHOWN)
    line = " ".join(shown.split())
    return line if len(line) <= length else f"{line[: length - 1].rstrip()}…"


def address(text: str | None, base: str | None = None) -> str | None:
    """An http, https or mailto address, made absolute by `base` if need be; None for anything else.

    Addresses that hide where they lead (a user's name before the host) or are broken by spaces count as none.
    """
    if text is None or not text.strip() or len(text) > _ADDRESS_CHARACTERS:
        return None
    try:
        whole = urljoin(base, text.strip()) if base else text.strip()
        parts = urlsplit(whole)
        host = parts.hostname
        _ = parts.port  # raises if it is none
    except ValueError:
        return None
    if any(character.isspace() or unicodedata.category(character) in _UNSHOWN for character in whole):
        return None
    if parts.scheme == "mailto":
        return whole if "@" in parts.path and not parts.netloc else None
    return whole if parts.scheme in ("http", "https") and host and "@" not in parts.netloc else None


def address_in(text: str) -> str | None:
    """The first address among the words of a sentence."""
    words = (word.strip("()<>[]\"'.,;") for word in text.split())
    return next((found for word in words if (found := address(word)) is not None), None)


_TO_SPACE: Final = dict.fromkeys(map(ord, _SPACES), " ")
