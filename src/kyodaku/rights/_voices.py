# SPDX-License-Identifier: Apache-2.0
"""Whose word a statement is: the holder's own, a former holder's, an agent's, or a licensee's who may license others.

holder ── grants, with sublicence ──► licensee ── grants under it ──► developer
  ▲
  └── speaks for ── agent, within its mandate
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from kyodaku.rights._book import Book, in_period
from kyodaku.rights.vocabulary import ALL, ANYONE, WORLD

if TYPE_CHECKING:
    from kyodaku.rights._holders import Line
    from kyodaku.rights.statements import Mandate, Permission
    from kyodaku.rights.uses import Use

__all__ = ["AGENT", "FORMER", "NOES", "OWN", "SUBLICENCE", "Hearing", "Voice"]

Through = Literal["own", "former", "agent", "sublicence"]

OWN: Final = "own"
FORMER: Final = "former"
AGENT: Final = "agent"
SUBLICENCE: Final = "sublicence"

NOES: Final = ("objection", "refusal", "reservation")
"""The kinds of statement that are a no, the weightiest first."""

LONGEST_CHAIN: Final = 16
"""Licences under licences that are followed; no real chain is near it, and a longer one rests on nothing."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A statement that counts as a holder's word, and how it does.

    `under` are the grants that a sub-licence rests on, the nearest first; the last of them is the holder's word.
    `rests` says whether each of them lets its grantee license others, and was there first.
    """

    said: Permission
    through: Through = OWN
    under: tuple[Permission, ...] = ()
    rests: bool = True

    @property
    def root(self) -> Permission:
        """What was said by or for the holder itself."""
        return self.under[-1] if self.under else self.said

    @property
    def all_said(self) -> tuple[Permission, ...]:
        """The statement and all that it rests on."""
        return (self.said, *self.under)


@dataclass(frozen=True, slots=True)
class Hearing:
    """One holder is asked about one work, as far as it had its shares from `line`: who may say something for it."""

    holder: str
    work: str
    use: Use
    book: Book
    line: Line = ()

    def voices(self, place: str) -> tuple[tuple[Voice, ...], tuple[Voice, ...]]:
        """What the holder, and who held its share before, said; what was said for it. In the order of ids."""
        own: list[Voice] = []
        agents: list[Voice] = []
        has_agents = self.holder in self.book.mandates
        for said in self.book.about(self.work):
            if self.is_own(said):
                own.append(Voice(said, OWN if said.by == self.holder else FORMER))
            elif said.under is None:
                if has_agents and self.is_mandated(said, place):
                    agents.append(Voice(said, AGENT))
            elif under := self._under(said):
                voice = Voice(said, SUBLICENCE, under, _rests(said, under))
                if self.is_own(voice.root):
                    own.append(voice)
                elif self.is_mandated(voice.root, place):
                    agents.append(voice)
        return tuple(own), tuple(agents)

    def is_own(self, said: Permission) -> bool:
        """Whether the holder, or somebody who held its share at the time, said it."""
        return said.by == self.holder or any(
            said.by == former.party and said.known_at < former.until and (former.binds or said.kind in NOES)
            for former in self.line
        )

    def is_mandated(self, said: Permission, place: str, *, partly: bool | None = None) -> bool:
        """Whether the speaker had a mandate for this when it spoke, and the mandate was known before the use.

        A mandate must reach the whole place, or for what only limits the use (`partly`; by default: any no) part of it.
        """
        if partly is None:
            partly = said.kind not in {"grant", "offer"}
        return any(
            mandate.agent == said.by and self._is_within(mandate, said) and _reaches(mandate, place, partly=partly)
            for mandate in self.book.mandates.get(self.holder, ())
        )

    def _is_within(self, mandate: Mandate, said: Permission) -> bool:
        at = said.known_at
        return (
            mandate.recorded_at <= self.use.at
            and in_period(mandate.valid_from, mandate.valid_until, at)
            and in_period(None, mandate.revoked_at, at)
            and not {ALL, said.kind}.isdisjoint(mandate.may)
            and not {ALL, self.use.act}.isdisjoint(mandate.acts)
            and self.book.is_about(mandate.works, self.work)
        )

    def _under(self, said: Permission) -> tuple[Permission, ...]:
        """The grants about this work that a statement rests on, as far as they are known; a circle is cut."""
        chain = [said]
        while chain[-1].under is not None and len(chain) <= LONGEST_CHAIN:
            parent = self.book.permissions.get(chain[-1].under)
            if parent is None or parent in chain or parent.kind != "grant":
                break
            if not self.book.is_about(parent.works, self.work):
                break
            chain.append(parent)
        return tuple(chain[1:])


def _rests(said: Permission, under: tuple[Permission, ...]) -> bool:
    """Whether each grant in the chain was made by one who might: licensed with sublicence, and licensed before."""
    below = (said, *under[:-1])
    return under[-1].under is None and all(
        parent.sublicence and (ANYONE in parent.to or child.by in parent.to) and parent.known_at <= child.known_at
        for child, parent in zip(below, under, strict=True)
    )


def _reaches(mandate: Mandate, place: str, *, partly: bool) -> bool:
    return WORLD in mandate.territories or place in mandate.territories or (partly and place == WORLD)
