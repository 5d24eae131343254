# SPDX-License-Identifier: Apache-2.0
"""`noai`, `noimageai` and `noml`, among the words of `X-Robots-Tag` and `<meta name="robots">`.

A convention without a specification. DeviantArt, where it began in 2022, forbids by `noai` and `noimageai` to train an
artificial intelligence with what is so labelled, and to give it to one as input; `noml` forbids training. What is said
of pictures is said of films. The words count wherever they stand and whichever robot they are addressed to; there is
none for yes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from kyodaku.signals.signal import Origin, Signal, say, unreadable

__all__ = ["REVISION", "read_noai"]

REVISION: Final = "2022"

_VALUE_CHARACTERS: Final = 8192
_TRAINING: Final = ("train_gen", "train_nongen")
_ACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "noai": (*_TRAINING, "input"),
    "noimageai": (*_TRAINING, "input"),
    "noml": _TRAINING,
}


def read_noai(value: str, origin: Origin) -> list[Signal]:
    """The signals among the words of one header line or one element's `content`."""
    if len(value) > _VALUE_CHARACTERS:
        return unreadable("noai", REVISION, origin, "too long to be a list of words", text=value)
    words = re.split(r"[\s,;:\"']+", value.lower())
    acts = [act for word in words for act in _ACTS.get(word, ())]
    return say("deny", acts, "noai", REVISION, origin, text=value)
