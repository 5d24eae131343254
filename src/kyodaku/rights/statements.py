# SPDX-License-Identifier: Apache-2.0
"""What is said: holders' statements about uses, and the mandates under which others speak for them.

    Party ──acts for── Mandate
      └── states ── Permission ── about ── Work

Immutable, checked and put in order when made, as in `works`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kyodaku.errors import UsageError
from kyodaku.rights import _check as check
from kyodaku.rights.vocabulary import (
    ACTS,
    ALL,
    ANYONE,
    EFFECTS,
    FORWARD,
    MEDIA,
    PERMISSION_KINDS,
    PROOF_KINDS,
    PROTECTIVE_KINDS,
    WORLD,
)

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Mandate", "Permission", "Proof"]

LICENCES = frozenset({"grant", "offer"})
"""The kinds of statement that give, or hold out, a licence."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """Evidence, already verified by whoever passes it on, that a record existed at an earlier moment than its entry."""

    kind: str
    reference: str
    at: datetime

    def __post_init__(self) -> None:
        check.one_of(self.kind, PROOF_KINDS, what="kind of proof", where="proof")
        check.ident(self.reference, where="proof")
        check.put(self, at=check.instant(self.at, where="proof"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Mandate:
    """A party (`agent`: an association, a managing member) speaks for another (`principal`).

    `may` lists the kinds of statement it covers. Left out, it covers those that preserve the right, and no grant:
    power to license is given expressly. A mandate for a whole covers its parts. A grant counts where the mandate
    reaches; a no counts as far as it lies there.
    """

    id: str
    agent: str
    principal: str
    may: tuple[str, ...] = PROTECTIVE_KINDS
    acts: tuple[str, ...] = (ALL,)
    works: tuple[str, ...] = (ALL,)
    territories: tuple[str, ...] = (WORLD,)
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
        check.put(
            self,
            may=check.words(self.may, PERMISSION_KINDS, what="kind of statement", where=where),
            acts=check.words(self.acts, ACTS, what="act", where=where),
            works=check.idents(self.works, where=where, everything=ALL),
            territories=check.countries(self.territories, where=where),
            recorded_at=check.instant(self.recorded_at, where=where),
            valid_from=check.instant(self.valid_from, where=where),
            valid_until=check.maybe_instant(self.valid_until, where=where),
            revoked_at=check.maybe_instant(self.revoked_at, where=where),
        )
        check.period(self.valid_from, self.valid_until, where=where)
        for name in ("may", "acts", "works"):
            if not getattr(self, name):
                raise UsageError(
                    f"{name!r} is empty", where=where, hint="leave it out for what it covers unless stated"
                )


@dataclass(frozen=True, kw_only=True, slots=True)
class Permission:
    """A statement by a holder about uses; never edited, only followed by another.

    `by` speaks `to` the named parties or `ANYONE`. `works` are ids, or `ALL`: whatever the speaker holds, or may speak
    for. `models` are names, or a name with its version: `video-1@2`. `duties` must be fulfilled in the use
    (attribution, reporting, a fee); `conditions` must be met before it, and as no machine can tell whether they were, a
    person decides. `effective_until` is the first moment it no longer holds.

    Of a grant or an offer: `sublicence` lets the grantee license others, `exclusive` promises that nobody else is
    granted the same, and `under` names the grant to the speaker on whose strength it licenses another's work.

    A revocation names in `revokes` the one statement it withdraws, and is final. Its `effect` is None, forward only
    (which may be written `forward`), or `purge`: copies made and models trained are to go as well. That changes no
    decision; it is for those whose runs it reaches.

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
    sublicence: bool = False
    exclusive: bool = False
    under: str | None = None
    effect: str | None = None

    def __post_init__(self) -> None:
        where = f"statement {self.id}"
        for value in (self.id, self.by):
            check.ident(value, where=where)
        check.one_of(self.kind, PERMISSION_KINDS, what="kind of statement", where=where)
        check.put(
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
        self._check_licence(where)
        self._check_revokes(where)

    def _normalise_scope(self, where: str) -> None:
        licence = self.kind in LICENCES
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
            check.put(self, **{name: value or (default,)})
        for name in ("purposes", "models", "media"):
            if not getattr(self, name):
                raise UsageError(f"{name!r} is empty", where=where, hint=f"leave it out for {ALL}")

    def _check_licence(self, where: str) -> None:
        for name in ("sublicence", "exclusive"):
            check.flag(getattr(self, name), what=name, where=where)
        if self.under is not None:
            check.ident(self.under, where=where)
            if self.under == self.id:
                raise UsageError("a sub-licence does not rest on itself", where=where)
        for name in ("sublicence", "exclusive", "under"):
            if getattr(self, name) and self.kind not in LICENCES:
                raise UsageError(f"{name!r} is said of a grant or an offer only", where=where)

    def _check_revokes(self, where: str) -> None:
        if (self.kind == "revocation") != (self.revokes is not None):
            raise UsageError("a revocation, and nothing else, names in 'revokes' what it withdraws", where=where)
        if self.revokes is not None:
            check.ident(self.revokes, where=where)
        if self.effect is not None:
            if self.kind != "revocation":
                raise UsageError("'effect' is said of a revocation only", where=where)
            effect = check.one_of(self.effect, EFFECTS, what="effect", where=where)
            check.put(self, effect=None if effect == FORWARD else effect)

    @property
    def known_at(self) -> datetime:
        """When it verifiably existed: when recorded, or when an earlier proof says."""
        return self.recorded_at if self.proof is None else min(self.recorded_at, self.proof.at)
