# SPDX-License-Identifier: Apache-2.0
"""What a manifest's row states about how its clip was come by: closed words, each in a column of its own.

The column `source` is older than these words and says, in most manifests, where a clip was found. So it may hold one of
the words, or any other text, which is recorded and counts for nothing. Only what looks like one of the words and is
none is a fault: a `pirated` must not pass for the name of a place.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from typing import Final

from kyodaku.rights import CIRCUMSTANCES, Circumstances
from kyodaku.rights.vocabulary import UNSTATED

__all__ = ["circumstance_fault", "circumstances_of"]

_COLUMNS: Final = ("lawful_access", "source", "reservation")
_FREE: Final = "source"
_ALIKE: Final = 0.65
"""Likeness above which a text is taken for a word misspelt: `piracy` is, `youtube` and addresses are far from it."""


def circumstances_of(claim: Mapping[str, str]) -> Circumstances:
    """What the row states; of words that are none, nothing: its fault keeps the clip from going ahead."""
    return _stated(*(word if (word := _word(claim, name)) in _words(name) else UNSTATED for name in _COLUMNS))


@cache
def _stated(*said: str) -> Circumstances:
    """Of closed words there are a few dozen combinations, and a million rows."""
    return Circumstances(**dict(zip(_COLUMNS, said, strict=True)))


def circumstance_fault(claim: Mapping[str, str]) -> str | None:
    """Why the row cannot be used: the first column that holds an unknown word, with the words it may hold."""
    for name in _COLUMNS:
        word, known = _word(claim, name), _words(name)
        if not word or word in known:
            continue
        near = get_close_matches(word, known, n=1, cutoff=_ALIKE)
        if name != _FREE:
            return f"bad_row: the column {name!r} holds {claim[name][:80]!r}; it may hold {', '.join(known)}"
        if near:
            hint = f"write {near[0]!r}, or where it was found as an address"
            return f"bad_row: the column {name!r} holds {claim[name][:80]!r}; {hint}"
    return None


def _word(claim: Mapping[str, str], name: str) -> str:
    return claim.get(name, "").strip().casefold()


def _words(name: str) -> tuple[str, ...]:
    return (*CIRCUMSTANCES[name], UNSTATED)
