# SPDX-License-Identifier: Apache-2.0
"""The facts of one decision, indexed for the questions that a decision asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kyodaku.rights._closure import children_of, touched, wholes
from kyodaku.rights.vocabulary import ALL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from kyodaku.rights.facts import Facts
    from kyodaku.rights.statements import Mandate, Permission
    from kyodaku.rights.works import Party, Work

__all__ = ["Book", "in_period"]


def in_period(since: datetime | None, until: datetime | None, at: datetime) -> bool:
    """Whether a moment lies in the period; its end is the first moment outside."""
    return (since is None or since <= at) and (until is None or at < until)


@dataclass(frozen=True, slots=True)
class Book:
    """Works, parties and statements by id; mandates by whom they speak for; revocations by what they withdraw."""

    works: Mapping[str, Work]
    parts: Mapping[str, tuple[str, ...]]
    parties: Mapping[str, Party]
    permissions: Mapping[str, Permission]
    mandates: Mapping[str, tuple[Mandate, ...]]
    revocations: Mapping[str, tuple[Permission, ...]]
    _distances: dict[str, dict[str, int]] = field(default_factory=dict)
    _about: dict[str, tuple[Permission, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, facts: Facts) -> Book:
        """Index the facts."""
        revocations: dict[str, list[Permission]] = {}
        for statement in facts.permissions:
            if statement.revokes is not None:
                revocations.setdefault(statement.revokes, []).append(statement)
        mandates: dict[str, list[Mandate]] = {}
        for mandate in facts.mandates:
            mandates.setdefault(mandate.principal, []).append(mandate)
        return cls(
            works={work.id: work for work in facts.works},
            parts=children_of(facts.works),
            parties={party.id: party for party in facts.parties},
            permissions={statement.id: statement for statement in facts.permissions},
            mandates={party: tuple(held) for party, held in mandates.items()},
            revocations={statement: tuple(held) for statement, held in revocations.items()},
        )

    def touched(self, found: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Every work that a use of the found works touches, with its roles."""
        return touched(found, self.works, lambda work: self.parts.get(work, ()))

    def near(self, work: str) -> dict[str, int]:
        """The work and its wholes, with their distances: a statement about any of them is about the work."""
        if work not in self._distances:
            self._distances[work] = wholes(work, self.works)
        return self._distances[work]

    def is_about(self, named: Iterable[str], work: str) -> bool:
        """Whether works named in a statement or mandate include this one."""
        near = self.near(work)
        return any(held == ALL or held in near for held in named)

    def about(self, work: str) -> tuple[Permission, ...]:
        """Every statement about the work, revocations aside, in the order of their ids."""
        if work not in self._about:
            said = (held for held in self.permissions.values() if held.kind != "revocation")
            self._about[work] = tuple(held for held in said if self.is_about(held.works, work))
        return self._about[work]
