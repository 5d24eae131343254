# SPDX-License-Identifier: Apache-2.0
"""Where a holder stands towards a use: its latest statement in force, its own word before that of its agents."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from kyodaku.rights._book import Book, in_period
from kyodaku.rights._holders import predecessors
from kyodaku.rights._scope import answers, touches, uncovered
from kyodaku.rights.vocabulary import ALL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from kyodaku.rights.statements import Permission
    from kyodaku.rights.uses import Use

__all__ = ["NOES", "STATEMENTS", "Asking", "Stance"]

STATEMENTS: Final = (
    "own",  # the holder is the developer
    "grant",
    "grant_with_duties",
    "conditional_grant",
    "granted_elsewhere",  # granted, though the same use was granted to another exclusively, no later
    "late_grant",  # effective before the use, recorded after it, without proof
    "revoked",
    "not_yet",
    "expired",
    "offer",
    "out_of_scope",
    "ruling",  # silent, and a ruling stands in
    "silence",
    "reservation",
    "refusal",
    "objection",
)
"""Where a holder can stand, in the words of the regime tables."""

NOES: Final = ("objection", "refusal", "reservation")


@dataclass(frozen=True, slots=True)
class Stance:
    """Where a holder stands, by which statement, withdrawn by which revocation, short of the use in what."""

    statement: str
    permission: Permission | None = None
    revocation: Permission | None = None
    beyond: tuple[str, ...] = ()

    @property
    def is_yes(self) -> bool:
        """Whether the holder agreed to the use, with or without duties."""
        return self.statement in {"own", "grant", "grant_with_duties"}


@dataclass(frozen=True, slots=True)
class Asking:
    """One holder is asked about one work.

    `own` are the holder's statements, with those of whom it acquired its share from; `agents'` those made for it under
    a mandate. Both in the order of their ids.
    """

    holder: str
    work: str
    use: Use
    book: Book
    own: tuple[Permission, ...]
    agents: tuple[Permission, ...]
    earlier: Mapping[str, datetime]

    @classmethod
    def of(cls, holder: str, work: str, use: Use, book: Book) -> Asking:
        """Collect what was said by and for the holder."""
        empty = cls(holder, work, use, book, (), (), predecessors(holder, book.works[work]))
        own, agents = [], []
        for statement in book.about(work):
            if empty._speaks_itself(statement):
                own.append(statement)
            elif empty._is_spoken_for(statement):
                agents.append(statement)
        return cls(holder, work, use, book, tuple(own), tuple(agents), empty.earlier)

    def alone(self) -> Asking:
        """As of a party that holds nothing: what it says itself of works that it names, and nothing said for it."""
        named = tuple(said for said in self.own if said.kind not in NOES or ALL not in said.works)
        return replace(self, own=named, agents=())

    def stance(self, place: str) -> Stance:
        """Where the holder stands in one territory."""
        if self.holder == self.use.developer:
            return Stance("own")
        return self._settled(self.own, place) or self._settled(self.agents, place) or self._open(place)

    # --- whose word -----------------------------------------------------------------------------------------------

    def _speaks_itself(self, statement: Permission) -> bool:
        until = self.earlier.get(statement.by)
        return statement.by == self.holder or (until is not None and statement.known_at < until)

    def _is_spoken_for(self, statement: Permission) -> bool:
        """Whether the speaker had a mandate for this when it spoke, and the mandate was known before the use."""
        said = statement.known_at
        return any(
            mandate.agent == statement.by
            and mandate.recorded_at <= self.use.at
            and in_period(mandate.valid_from, mandate.valid_until, said)
            and in_period(None, mandate.revoked_at, said)
            and not {ALL, statement.kind}.isdisjoint(mandate.may)
            and not {ALL, self.use.act}.isdisjoint(mandate.acts)
            and self.book.is_about(mandate.works, self.work)
            for mandate in self.book.mandates.get(self.holder, ())
        )

    # --- what it amounts to ---------------------------------------------------------------------------------------

    def _settled(self, voices: tuple[Permission, ...], place: str) -> Stance | None:
        """A no that stands, else a grant in force, else a withdrawn grant; None if these statements settle nothing."""
        in_force = [voice for voice in voices if self._is_in_force(voice)]
        covering = [voice for voice in in_force if voice.kind == "grant" and not uncovered(voice, self.use, place)]
        grants = [grant for grant in covering if self._revocation(grant) is None]
        noes = [
            voice
            for voice in in_force
            if voice.kind in NOES
            and touches(voice, self.use, place)
            and self._revocation(voice) is None
            and not any(answers(grant, voice, self.book.near(self.work)) for grant in grants)
        ]
        if noes:
            worst = min(noes, key=lambda voice: (NOES.index(voice.kind), voice.known_at, voice.id))
            return Stance(worst.kind, worst)
        if grants:
            return min((_granted(grant) for grant in grants), key=lambda held: STATEMENTS.index(held.statement))
        return Stance("revoked", covering[0], self._revocation(covering[0])) if covering else None

    def _open(self, place: str) -> Stance:
        """Nobody said yes or no in time: what comes nearest to a grant, or silence.

        Of grants that stop short of the use only those to this developer are told: what others were granted is none of
        its business.
        """
        at = self.use.at
        nearest: list[tuple[int, int, str, Stance]] = []
        for voice in (*self.own, *self.agents):
            beyond = uncovered(voice, self.use, place)
            if voice.kind not in {"grant", "offer"} or "developer" in beyond or self._revocation(voice) is not None:
                continue
            effective = in_period(voice.effective_from, voice.effective_until, at)
            if beyond:
                statement = "out_of_scope" if voice.kind == "grant" and self._is_in_force(voice) else None
            elif voice.kind == "offer":
                statement = "offer" if self._is_in_force(voice) else None
            elif effective:
                statement = "late_grant"
            elif voice.known_at <= at:
                statement = "not_yet" if at < voice.effective_from else "expired"
            else:
                statement = None
            if statement:
                found = Stance(statement, voice, beyond=beyond)
                nearest.append((STATEMENTS.index(statement), len(beyond), voice.id, found))
        return min(nearest)[3] if nearest else Stance("silence")

    def _is_in_force(self, voice: Permission) -> bool:
        """Prior means prior: it existed, and had effect, before the use."""
        at = self.use.at
        return voice.known_at <= at and in_period(voice.effective_from, voice.effective_until, at)

    def _revocation(self, voice: Permission) -> Permission | None:
        """The revocation in force that withdraws the statement, if whoever made it could."""
        candidates: Iterable[Permission] = self.book.revocations.get(voice.id, ())
        return next((held for held in candidates if self._is_in_force(held) and self._may_revoke(held, voice)), None)

    def _may_revoke(self, revocation: Permission, voice: Permission) -> bool:
        """The holder withdraws anything said for it; its agent any grant, but of refusals only its own."""
        if self._speaks_itself(revocation):
            return True
        return (voice.kind not in NOES or voice.by == revocation.by) and self._is_spoken_for(revocation)


def _granted(grant: Permission) -> Stance:
    if grant.conditions:
        return Stance("conditional_grant", grant)
    return Stance("grant_with_duties" if grant.duties else "grant", grant)
