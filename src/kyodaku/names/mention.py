# SPDX-License-Identifier: Apache-2.0
"""What was found: one place in a user's text that names or describes a registered work, character or person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from kyodaku.names.entry import EntryKind

__all__ = ["HOW", "Band", "How", "Mention"]

Band = Literal["match", "review"]
How = Literal[
    "exact",  # as registered, after normalising
    "context",  # a name that is also a plain word, restored by what stands around it
    "joined",  # its words run together, or cut elsewhere
    "spaced",  # its letters set apart by spaces or signs
    "leet",  # digits and signs for letters
    "repeats",  # letters doubled or drawn out
    "emoji",  # pictures among its letters
    "typo",  # one letter off
    "reversed",  # written backwards
    "sound",  # another spelling of the same sound, or a spoonerism
    "description",  # its traits, without its name
    "embedding",  # its description, by the user's own sentence model
]
HOW: Final[tuple[How, ...]] = (
    *("exact", "context", "joined", "spaced", "leet", "repeats"),
    *("emoji", "typo", "reversed", "sound", "description", "embedding"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """One mention of one entry.

    `start` and `end` count code points of the text as the user wrote it, and `quoted` is that span. `confidence` lies
    in 0..1. `band` says what a gate may do with it: a `match` may decide, a `review` only routes. `name` is the
    registered name that was found; a description has none and says the empty string, because traits are the holder's.
    """

    work: str
    kind: EntryKind
    start: int
    end: int
    quoted: str
    how: How
    confidence: float
    band: Band
    name: str
