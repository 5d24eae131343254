# SPDX-License-Identifier: Apache-2.0
"""Texts in both languages, made fit to be shown: nothing that a file says steers a page or a terminal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

__all__ = ["LANGUAGES", "Bilingual", "both", "hours", "joined", "number", "plain", "said"]

Bilingual = dict[str, str]
LANGUAGES: Final = ("en", "ja")

_STEERING: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
"""Control characters, and letters without width that hide or turn the text around them."""


def plain(text: str) -> str:
    r"""`text` with what would hide or turn a part of it written out as `\uNNNN`."""
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def said(en: str, ja: str) -> Bilingual:
    """A text in both languages."""
    return {"en": en, "ja": ja}


def both(text: str) -> Bilingual:
    """A text that is the same in both languages: an id, a number, a name as it was given."""
    return {"en": plain(text), "ja": plain(text)}


def joined(texts: Sequence[Bilingual]) -> Bilingual:
    """Texts in a list."""
    return said(", ".join(text["en"] for text in texts), "、".join(text["ja"] for text in texts))


def number(count: int) -> str:
    """A count for reading."""
    return f"{count:,}"


def hours(seconds: float) -> str:
    """Hours for reading: to a hundredth, and to the second below a minute's worth of them."""
    length = seconds / 3600
    return f"{length:,.1f}" if length >= 100 else f"{length:,.2f}" if length >= 1 else f"{length:,.4f}"
