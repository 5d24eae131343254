# SPDX-License-Identifier: Apache-2.0
"""`noai`, `noimageai` and `noml`, among the words of `X-Robots-Tag` and `<meta name="robots">`.

A convention of 2022 without a specification: a no to training, of everything or of pictures, and so of films. The words
count wherever they stand and whichever robot they are addressed to. There is no word for yes.
"""

from __future__ import annotations

import re
from typing import Final

from kyodaku.signals.signal import Origin, Signal, say, unreadable

__all__ = ["REVISION", "WORDS", "read_noai"]

REVISION: Final = "2022"
WORDS: Final = ("noai", "noimageai", "noml")

_VALUE_CHARACTERS: Final = 8192
_ACTS: Final = ("train_gen", "train_nongen")


def read_noai(value: str, origin: Origin) -> list[Signal]:
    """The signals among the words of one header line or one element's `content`."""
    if len(value) > _VALUE_CHARACTERS:
        return unreadable("noai", REVISION, origin, "too long to be a list of words", text=value)
    words = re.split(r"[\s,;:\"']+", value.lower())
    return say("deny", _ACTS, "noai", REVISION, origin, text=value) if set(words) & set(WORDS) else []
