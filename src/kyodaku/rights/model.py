# SPDX-License-Identifier: Apache-2.0
"""What is recorded: parties, works, shares, mandates and the statements of holders. Immutable and checked when made.

    Party ──holds── Share ──in── Work ──part of / derived from── Work
      │                            │
      └──acts for── Mandate        └──is named by── Permission

Fields that hold several values are tuples in a fixed order without repetition, whatever order they were given in; a
bare word counts as a tuple of one. Every moment is UTC. Wrong values raise `UsageError` naming the record.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from kyodaku.errors import UsageError
from kyodaku.rights import _check as check
from kyodaku.rights.vocabulary import (
    ACTS,
    ALL,
    ANYONE,
    MEDIA,
    PARTY_KINDS,
    PERMISSION_KINDS,
    PROOF_KINDS,
    PROTECTIVE_KINDS,
    RIGHTS,
    WORLD,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["Mandate", "Party", "Permission", "Proof", "Share", "Term", "Work"]


def _put(record: object, **values: Any) -> None:
    for name, value in values.items():
        object.__setattr__(record, name, value)


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
        _put(self, name=check.Texts(self.name, where=where))


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """A party owns rights in a work, for a territory and a period.

    `acquired_from` names the party that transferred the share. Its grants then bind the new holder (Art. 63-2), and
    unless the deed expressly included them, the rights of Arts. 27 and 28 are presumed to have stayed with it
    (Art. 61(2)): it must be asked too. `portion` is for the record; a small portion can say no like a large one.
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
        portion = None if self.portion is None else Fraction(self.portion)
        territory = check.countries(self.territory, where=where)
        _put(self, rights=rights, territory=territory, valid_from=since, valid_until=until, portion=portion)


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """The term of protection ends, in these territories, at this moment (Japan: Arts. 51 to 54, 57)."""

    until: datetime
    territory: tuple[str, ...] = (WORLD,)

    def __post_init__(self) -> None:
        until = check.instant(self.until, where="term")
        _put(self, until=until, territory=check.countries(self.territory, where="term"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """A protected thing: a film, series, episode, manga, character, piece of music, design.

    `part_of` points to the wholes (episode → series), `derived_from` to the originals (anime → manga). A part does not
    inherit the shares of its whole: who holds it is stated for it. A work without shares has no known holder.
    """

    id: str
    kind: str
    title: Mapping[str, str] = field(default_factory=dict)
    part_of: tuple[str, ...] = ()
    derived_from: tuple[str, ...] = ()
    shares: tuple[Share, ...] = ()
    terms: tuple[Term, ...] = ()

    def __post_init__(self) -> None:
        where = f"work {self.id}"
        check.ident(self.id, where="work")
        check.ident(self.kind, where=f"{where}: kind")
        _put(
            self,
            title=check.Texts(self.title, where=where),
            part_of=check.idents(self.part_of, where=where),
            derived_from=check.idents(self.derived_from, where=where),
            shares=tuple(sorted(set(self.shares), key=repr)),
            terms=tuple(sorted(set(self.terms), key=repr)),
        )
        if self.id in self.part_of or self.id in self.derived_from:
            raise UsageError("a work is not part of, or derived from, itself", where=where)


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """Evidence, already verified by whoever passes it on, that a record existed at an earlier moment than its entry."""

    kind: str
    reference: str
    at: datetime

    def __post_init__(self) -> None:
        check.one_of(self.kind, PROOF_KINDS, what="kind of proof", where="proof")
        check.ident(self.reference, where="proof")
        _put(self, at=check.instant(self.at, where="proof"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Mandate:
    """A party (`agent`: an association, a managing member) speaks for another (`principal`).

    `may` lists the kinds of statement it covers. Left out, it covers those that preserve the right, and no grant:
    power to license is given expressly. A mandate for a whole covers its parts.
    """

    id: str
    agent: str
    principal: str
    may: tuple[str, ...] = PROTECTIVE_KINDS
    acts: tuple[str, ...] = (ALL,)
    works: tuple[str, ...] = (ALL,)
    recorded_at: datetime
    valid_from: datetime
    valid_until: datetime | None = None
    revoked_at: datetime | None = None

    def __post_init__(self) -> None:
        where = f"mandate {self.id}"
        for value in (self.id, self.agent, self.principal):
            check.ident(value, where=where)
        if self.agent == self.principal:
            raise UsageError("a party needs no mandate from itself", where=where)
        _put(
            self,
            may=check.words(self.may, PERMISSION_KINDS, what="kind of statement", where=where),
            acts=check.words(self.acts, ACTS, what="act", where=where),
            works=check.idents(self.works, where=where, everything=ALL),
            recorded_at=check.instant(self.recorded_at, where=where),
            valid_from=check.instant(self.valid_from, where=where),
            valid_until=check.maybe_instant(self.valid_until, where=where),
            revoked_at=check.maybe_instant(self.revoked_at, where=where),
        )
        check.period(self.valid_from, self.valid_until, where=where)


@dataclass(frozen=True, kw_only=True, slots=True)
class Permission:
    """A statement by a holder about uses; never edited, only followed by another.

    `by` speaks `to` the named parties or `ANYONE`. `works` are ids, or `ALL`: whatever the speaker holds, or may speak
    for. `duties` must be fulfilled in the use (attribution, reporting, a fee); `conditions` must be met before it, and
    as no machine can tell whether they were, a person decides. `effective_until` is the first moment it no longer
    holds. A revocation names in `revokes` the one statement it withdraws, and is final.

    A grant or an offer names its grantees, acts and works. In any other statement an omitted dimension means all of it:
    what a refusal leaves open is refused.
    """

    id: str
    kind: str
    by: str
    to: tuple[str, ...] = ()
    works: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()
    purposes: tuple[str, ...] = (ALL,)
    territories: tuple[str, ...] = (WORLD,)
    models: tuple[str, ...] = (ALL,)
    media: tuple[str, ...] = (ALL,)
    conditions: tuple[str, ...] = ()
    duties: tuple[str, ...] = ()
    recorded_at: datetime
    effective_from: datetime
    effective_until: datetime | None = None
    revokes: str | None = None
    proof: Proof | None = None

    def __post_init__(self) -> None:
        where = f"statement {self.id}"
        for value in (self.id, self.by):
            check.ident(value, where=where)
        check.one_of(self.kind, PERMISSION_KINDS, what="kind of statement", where=where)
        _put(
            self,
            purposes=check.idents(self.purposes, where=where, everything=ALL),
            territories=check.countries(self.territories, where=where),
            models=check.idents(self.models, where=where, everything=ALL),
            media=check.words(self.media, MEDIA, what="medium", where=where),
            conditions=check.lines(self.conditions, where=where),
            duties=check.lines(self.duties, where=where),
            recorded_at=check.instant(self.recorded_at, where=where),
            effective_from=check.instant(self.effective_from, where=where),
            effective_until=check.maybe_instant(self.effective_until, where=where),
        )
        check.period(self.effective_from, self.effective_until, where=where)
        self._normalise_scope(where)
        self._check_revokes(where)

    def _normalise_scope(self, where: str) -> None:
        licence = self.kind in {"grant", "offer"}
        scope = {
            "to": check.idents(self.to, where=where, everything=ANYONE),
            "acts": check.words(self.acts, ACTS, what="act", where=where),
            "works": check.idents(self.works, where=where, everything=ALL),
        }
        defaults = {"to": ANYONE, "acts": ALL, "works": None if self.kind != "revocation" else ALL}
        for name, value in scope.items():
            default = None if licence else defaults[name]
            if not value and default is None:
                raise UsageError(f"{self.kind} without {name!r}", where=where, hint="say it, so that nobody guesses")
            _put(self, **{name: value or (default,)})
        for name in ("purposes", "models", "media"):
            if not getattr(self, name):
                raise UsageError(f"{name!r} is empty", where=where, hint=f"leave it out for {ALL}")

    def _check_revokes(self, where: str) -> None:
        if (self.kind == "revocation") != (self.revokes is not None):
            raise UsageError("a revocation, and nothing else, names in 'revokes' what it withdraws", where=where)
        if self.revokes is not None:
            check.ident(self.revokes, where=where)

    @property
    def known_at(self) -> datetime:
        """When it verifiably existed: when recorded, or when an earlier proof says."""
        return self.recorded_at if self.proof is None else min(self.recorded_at, self.proof.at)
