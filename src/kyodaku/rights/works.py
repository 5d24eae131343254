# SPDX-License-Identifier: Apache-2.0
"""What there is and whose it is: parties, works, shares in them, their term, and what their authors agreed to.

    Party ──holds── Share ──in── Work ──part of / derived from── Work
                                   └── MoralRecord ── its author

Immutable and checked when made. Fields that hold several values are tuples in a fixed order without repetition,
whatever order they were given in; a bare word counts as a tuple of one. Every moment is UTC. Wrong values raise
`UsageError` naming the record.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeVar

from kyodaku.errors import UsageError
from kyodaku.rights import _check as check
from kyodaku.rights.vocabulary import ACTS, ALL, PARTY_KINDS, RIGHTS, WORLD

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["MoralRecord", "Party", "Share", "Term", "Work"]

_Held = TypeVar("_Held")

_IDENTIFIER: Final = re.compile(r"[a-z][a-z0-9+.-]*:\S(?:.*\S)?")
"""`scheme:value`, as `eidr:10.5240/...`; whether the value is a sound one is the registry's to check."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Party:
    """A person or organisation: holder, association, committee or developer."""

    id: str
    kind: str = "holder"
    name: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        where = f"party {self.id}"
        check.ident(self.id, where="party")
        check.one_of(self.kind, PARTY_KINDS, what="kind of party", where=where)
        check.put(self, name=check.Texts(self.name, where=where))


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """A party owns rights in a work, for a territory and a period.

    `acquired_from` names the party that transferred the share. Its grants then bind the new holder (Art. 63-2), and
    unless the deed expressly included them, the rights of Arts. 27 and 28 are presumed to have stayed with it
    (Art. 61(2)): it must be asked too. A small `portion` can say no like a large one; together they show whether a
    co-owner is missing, or one too many is recorded.
    """

    party: str
    rights: tuple[str, ...] = (ALL,)
    portion: Fraction | None = None
    territory: tuple[str, ...] = (WORLD,)
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    acquired_from: str | None = None
    includes_27_28: bool = False

    def __post_init__(self) -> None:
        where = f"share of {self.party}"
        check.ident(self.party, where="share")
        rights = check.words(self.rights, RIGHTS, what="right", where=where)
        since = check.maybe_instant(self.valid_from, where=where)
        until = check.maybe_instant(self.valid_until, where=where)
        check.period(since, until, where=where)
        if not rights:
            raise UsageError("a share of no right", where=where, hint=f"name rights, or {ALL}")
        if self.portion is not None and not 0 < self.portion <= 1:
            raise UsageError(f"portion {self.portion} is not above 0 and at most 1", where=where)
        if self.acquired_from is not None:
            check.ident(self.acquired_from, where=where)
        portion = None if self.portion is None else Fraction(str(self.portion))  # 0.1 is a tenth
        territory = check.countries(self.territory, where=where)
        check.put(self, rights=rights, territory=territory, valid_from=since, valid_until=until, portion=portion)


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """The term of protection ends, in these territories, at this moment (Japan: Arts. 51 to 54, 57)."""

    until: datetime
    territory: tuple[str, ...] = (WORLD,)

    def __post_init__(self) -> None:
        until = check.instant(self.until, where="term")
        check.put(self, until=until, territory=check.countries(self.territory, where="term"))


@dataclass(frozen=True, kw_only=True, slots=True)
class MoralRecord:
    """What is on file about an author's moral rights (Japan: Arts. 18 to 20, 60), which no share in a work includes.

    `author` is a party's id or a name. `consent` says that the author consents, or agreed not to assert its rights
    (不行使特約), for these acts; a record without it names an author who did not. `attribution` is how the author is to
    be named, `source` the document that shows all this, `approver` the party that approves for the author.
    """

    author: str
    consent: bool = False
    acts: tuple[str, ...] = (ALL,)
    attribution: str = ""
    source: str = ""
    approver: str | None = None

    def __post_init__(self) -> None:
        check.ident(self.author, where="moral rights: author")
        where = f"moral rights of {self.author}"
        if self.approver is not None:
            check.ident(self.approver, where=where)
        acts = check.words(self.acts, ACTS, what="act", where=where)
        if not acts:
            raise UsageError("'acts' is empty", where=where, hint=f"leave it out for {ALL}")
        check.flag(self.consent, what="consent", where=where)
        check.lines([text for text in (self.attribution, self.source) if text != ""], where=where)
        check.put(self, acts=acts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """A protected thing: a film, series, episode, manga, character, piece of music, design.

    `part_of` points to the wholes (episode → series), `derived_from` to the originals (anime → manga). A part does not
    inherit the shares of its whole: who holds it is stated for it. A work without shares has no known holder, one
    without a `moral` record no known author. `identifiers` are `scheme:value`: `eidr:`, `isan:`, `iscc:`, `isrc:`,
    `iswc:`.
    """

    id: str
    kind: str
    title: Mapping[str, str] = field(default_factory=dict)
    part_of: tuple[str, ...] = ()
    derived_from: tuple[str, ...] = ()
    shares: tuple[Share, ...] = ()
    terms: tuple[Term, ...] = ()
    moral: tuple[MoralRecord, ...] = ()
    identifiers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        where = f"work {self.id}"
        check.ident(self.id, where="work")
        check.ident(self.kind, where=f"{where}: kind")
        identifiers = check.idents(self.identifiers, where=f"{where}: identifiers")
        for value in identifiers:
            if not _IDENTIFIER.fullmatch(value):
                hint = "the scheme in small letters, a colon and the value: eidr:10.5240/..."
                raise UsageError(f"{value!r} is not an identifier", where=where, hint=hint)
        check.put(
            self,
            title=check.Texts(self.title, where=where),
            part_of=check.idents(self.part_of, where=where),
            derived_from=check.idents(self.derived_from, where=where),
            shares=_ordered(self.shares),
            terms=_ordered(self.terms),
            moral=_ordered(self.moral),
            identifiers=identifiers,
        )
        if self.id in self.part_of or self.id in self.derived_from:
            raise UsageError("a work is not part of, or derived from, itself", where=where)


def _ordered(records: tuple[_Held, ...]) -> tuple[_Held, ...]:
    """Without repetition, in the order of what they say."""
    return tuple(sorted(set(records), key=repr)) if len(records) > 1 else tuple(records)
