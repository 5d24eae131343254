# SPDX-License-Identifier: Apache-2.0
"""Where a holder stands towards a use: its latest statement in force, its own word before that of its agents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kyodaku.rights._book import Book, in_period
from kyodaku.rights._scope import answers, is_earlier, overlaps, touches, uncovered
from kyodaku.rights._voices import NOES, SUBLICENCE, Hearing, Voice
from kyodaku.rights.vocabulary import ALL, ANYONE

if TYPE_CHECKING:
    from kyodaku.rights.statements import Permission
    from kyodaku.rights.uses import Use

__all__ = ["STATEMENTS", "Asking", "Stance"]

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


@dataclass(frozen=True, slots=True)
class Stance:
    """Where a holder stands, by which statement, withdrawn by which revocation, short of the use in what."""

    statement: str
    voice: Voice | None = None
    revocation: Permission | None = None
    beyond: tuple[str, ...] = ()

    @property
    def is_yes(self) -> bool:
        """Whether the holder agreed to the use, with or without duties."""
        return self.statement in {"own", "grant", "grant_with_duties"}


@dataclass(frozen=True, slots=True)
class Asking:
    """A hearing in one territory: `own` voices of the holder, and `agents'`."""

    hearing: Hearing
    place: str
    own: tuple[Voice, ...]
    agents: tuple[Voice, ...]

    @classmethod
    def of(cls, hearing: Hearing, place: str) -> Asking:
        """Collect what was said by and for the holder."""
        return cls(hearing, place, *hearing.voices(place))

    def stance(self) -> Stance:
        """Where the holder stands."""
        if self.hearing.holder == self._use.developer:
            return Stance("own")
        return self._settled(self.own) or self._settled(self.agents) or self._open()

    def objection(self) -> Permission | None:
        """The no of a party that holds nothing: what it says itself about works that it names."""
        if self.hearing.holder == self._use.developer:
            return None
        named = tuple(voice for voice in self.own if voice.said.kind not in NOES or ALL not in voice.said.works)
        found = self._settled(named)
        return found.voice.said if found and found.voice and found.statement in NOES else None

    @property
    def _use(self) -> Use:
        return self.hearing.use

    @property
    def _book(self) -> Book:
        return self.hearing.book

    # --- what it amounts to ---------------------------------------------------------------------------------------

    def _settled(self, voices: tuple[Voice, ...]) -> Stance | None:
        """A no that stands, else a grant in force, else a withdrawn grant; None if these voices settle nothing."""
        in_force = [voice for voice in voices if self._is_in_force(voice.said)]
        covering = [voice for voice in in_force if voice.said.kind == "grant" and not self._short(voice)]
        grants = [voice for voice in covering if self._revocation(voice) is None]
        noes = [
            voice.said
            for voice in in_force
            if voice.said.kind in NOES
            and touches(voice.said, self._use, self.place)
            and self._revocation(voice) is None
            and not any(self._lifts(grant, voice.said) for grant in grants)
        ]
        if noes:
            worst = min(noes, key=lambda said: (NOES.index(said.kind), said.known_at, said.id))
            return Stance(worst.kind, next(voice for voice in in_force if voice.said is worst))
        if grants:
            free = [voice for voice in grants if not self._is_taken(voice)]
            if not free:
                return Stance("granted_elsewhere", grants[0])
            return min((_granted(voice) for voice in free), key=lambda held: STATEMENTS.index(held.statement))
        return Stance("revoked", covering[0], self._revocation(covering[0])) if covering else None

    def _open(self) -> Stance:
        """Nobody said yes or no in time: what comes nearest to a grant, or silence.

        Of grants that stop short of the use only those to this developer are told: what others were granted is none of
        its business.
        """
        nearest: list[tuple[int, int, str, Stance]] = []
        for voice in (*self.own, *self.agents):
            beyond = self._short(voice)
            if "developer" in beyond or voice.said.kind in NOES or self._revocation(voice) is not None:
                continue
            statement = self._nearly(voice.said, short=bool(beyond))
            if statement:
                found = Stance(statement, voice, beyond=beyond)
                nearest.append((STATEMENTS.index(statement), len(beyond), voice.said.id, found))
        return min(nearest)[3] if nearest else Stance("silence")

    def _nearly(self, said: Permission, *, short: bool) -> str | None:
        """What a grant or offer that does not settle the matter comes to."""
        if short or said.kind == "offer":
            nearly = "out_of_scope" if said.kind == "grant" else None if short else "offer"
            return nearly if self._is_in_force(said) else None
        if in_period(said.effective_from, said.effective_until, self._use.at):
            return "late_grant"
        if said.known_at > self._use.at:
            return None
        return "not_yet" if self._use.at < said.effective_from else "expired"

    # --- one statement --------------------------------------------------------------------------------------------

    def _is_in_force(self, said: Permission) -> bool:
        """Prior means prior: it existed, and had effect, before the use."""
        at = self._use.at
        return said.known_at <= at and in_period(said.effective_from, said.effective_until, at)

    def _short(self, voice: Voice) -> tuple[str, ...]:
        """In what a grant stops short of the use; a sub-licence also where what it rests on does.

        What a developer says itself, for whomever, is no grant to it: Art. 63(1) is of licences to others, and an agent
        may not deal with itself (Civil Code, Art. 108(1)).
        """
        beyond = uncovered(voice.said, self._use, self.place)
        if any(said.by == self._use.developer for said in voice.all_said):
            beyond = (*beyond, "developer")
        return beyond if voice.rests and all(map(self._carries, voice.under)) else (*beyond, SUBLICENCE)

    def _carries(self, grant: Permission) -> bool:
        """Whether a grant to another reaches the use, but for who makes it."""
        return self._is_in_force(grant) and not set(uncovered(grant, self._use, self.place)) - {"developer"}

    def _lifts(self, grant: Voice, refusal: Permission) -> bool:
        """Whether a grant lifts a refusal; one under a grant to another lifts none that names the developer."""
        by_name = ANYONE not in refusal.to
        return answers(grant.root, refusal, self._book.near(self.hearing.work)) and not (grant.under and by_name)

    def _is_taken(self, voice: Voice) -> bool:
        """Whether somebody in the chain had granted the same to another, exclusively and no later."""
        return any(
            other.said.exclusive
            and other.said.kind == "grant"
            and {ANYONE, self._use.developer}.isdisjoint(other.said.to)
            and other.said not in voice.all_said
            and self._is_in_force(other.said)
            and overlaps(other.said, self._use, self.place)
            and self._revocation(other) is None
            and any(
                (mine.by == other.said.by or (mine is voice.root and not other.under))
                and not is_earlier(mine, other.said)
                for mine in voice.all_said
            )
            for other in (*self.own, *self.agents)
        )

    # --- withdrawn ------------------------------------------------------------------------------------------------

    def _revocation(self, voice: Voice) -> Permission | None:
        """The revocation in force that withdraws the statement, or one it rests on, if whoever made it could."""
        candidates: Iterable[tuple[Permission, Permission]] = (
            (held, said) for said in voice.all_said for held in self._book.revocations.get(said.id, ())
        )
        return next(
            (
                held
                for held, said in candidates
                if self._is_in_force(held) and self._reaches(held, said) and self._may(held, said, voice)
            ),
            None,
        )

    def _reaches(self, revocation: Permission, said: Permission) -> bool:
        """Whether it withdraws the statement for this use: a yes goes as a whole, of a no only what it names."""
        if said.kind not in NOES:
            return True
        is_about = self._book.is_about(revocation.works, self.hearing.work)
        return is_about and not uncovered(revocation, self._use, self.place)

    def _may(self, revocation: Permission, said: Permission, voice: Voice) -> bool:
        """The holder withdraws all said for it, a licensee its licences, an agent grants and its own refusals."""
        if self.hearing.is_own(revocation) or (voice.under and revocation.by == said.by):
            return True
        is_no = said.kind in NOES
        may_speak = self.hearing.is_mandated(revocation, self.place, partly=not is_no)
        return may_speak and (not is_no or said.by == revocation.by)


def _granted(voice: Voice) -> Stance:
    if any(said.conditions for said in voice.all_said):
        return Stance("conditional_grant", voice)
    return Stance("grant_with_duties" if any(said.duties for said in voice.all_said) else "grant", voice)
