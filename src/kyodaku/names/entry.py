# SPDX-License-Identifier: Apache-2.0
"""What a holder says a work is called and looks like: its names, readings, traits and descriptions.

Everything here is declared by holders, so every field has a limit; one that breaks it is told in one line.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from kyodaku.errors import UsageError

__all__ = [
    "MAX_NAMES",
    "MAX_NAME_LENGTH",
    "MAX_TRAITS",
    "Entry",
    "EntryKind",
    "Name",
    "NameKind",
    "Trait",
    "TraitGroup",
]

EntryKind = Literal["work", "character", "person"]
NameKind = Literal["title", "alias", "kana", "romaji"]
TraitGroup = Literal["body", "dress", "prop", "place", "relation", "other"]

MAX_NAME_LENGTH: Final = 200
"""Code points of one name: the longest light-novel titles have about 150."""
MAX_NAMES: Final = 400
"""Names of one entry: a film sold everywhere has one title or two in each of some hundred languages."""
MAX_TRAITS: Final = 100
MAX_TEXT_LENGTH: Final = 4_000
"""Code points of one trait or description."""

_ENTRY_KINDS: Final = frozenset({"work", "character", "person"})
_NAME_KINDS: Final = frozenset({"title", "alias", "kana", "romaji"})
_TRAIT_GROUPS: Final = frozenset({"body", "dress", "prop", "place", "relation", "other"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Name:
    """One way in which an entry is written.

    `lang` is a BCP 47 tag or None where it is unknown. `distinctive` is the holder's word that this name means this
    work wherever it stands, so that it is not demoted as a plain word; of a word that ordinary prompts are made of
    ("the", "video", の) no holder can say that.
    """

    text: str
    lang: str | None = None
    kind: NameKind = "title"
    distinctive: bool = False

    def __post_init__(self) -> None:
        if not self.text.strip() or len(self.text) > MAX_NAME_LENGTH:
            raise UsageError(f"a name has 1 to {MAX_NAME_LENGTH} characters", where=self.text[:40] or "an empty name")
        if self.kind not in _NAME_KINDS:
            raise UsageError(f"a name is one of {', '.join(sorted(_NAME_KINDS))}, not {self.kind!r}", where=self.text)


@dataclass(frozen=True, kw_only=True, slots=True)
class Trait:
    """One feature by which people describe an entry without naming it.

    `text` maps a language to a short phrase ("pointed red hat"); alternatives are separated by `|`. `weight` is what
    the holder thinks of it, above 0 and at most 10. Where any trait is `must`, a description needs one of them.
    """

    text: Mapping[str, str]
    weight: float = 1.0
    group: TraitGroup = "other"
    must: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", _texts(self.text, "a trait"))
        if not (math.isfinite(self.weight) and 0 < self.weight <= 10):
            raise UsageError(f"a trait's weight is above 0 and at most 10, not {self.weight}")
        if self.group not in _TRAIT_GROUPS:
            raise UsageError(f"a trait's group is one of {', '.join(sorted(_TRAIT_GROUPS))}, not {self.group!r}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A work, character or person as its holder declared it; `work` is the registry's id."""

    work: str
    kind: EntryKind = "work"
    names: tuple[Name, ...] = ()
    traits: tuple[Trait, ...] = ()
    descriptions: Mapping[str, str] = field(default_factory=dict)
    related: tuple[str, ...] = ()
    """Ids of entries, and plain names of studios, whose mention nearby restores an ambiguous name."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "descriptions", _texts(self.descriptions, "a description", may_be_empty=True))
        if self.kind not in _ENTRY_KINDS:
            raise UsageError(
                f"an entry is one of {', '.join(sorted(_ENTRY_KINDS))}, not {self.kind!r}", where=self.work
            )
        if len(self.names) > MAX_NAMES or len(self.traits) > MAX_TRAITS:
            raise UsageError(f"an entry has at most {MAX_NAMES} names and {MAX_TRAITS} traits", where=self.work)


def _texts(texts: Mapping[str, str], what: str, *, may_be_empty: bool = False) -> Mapping[str, str]:
    if not texts and not may_be_empty:
        raise UsageError(f"{what} needs its text in one language at least")
    for lang, text in texts.items():
        if not lang or not text.strip() or len(text) > MAX_TEXT_LENGTH:
            raise UsageError(f"{what} has a language and 1 to {MAX_TEXT_LENGTH} characters", where=lang or None)
    return MappingProxyType(dict(texts))
