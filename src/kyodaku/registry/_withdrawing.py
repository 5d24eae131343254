# SPDX-License-Identifier: Apache-2.0
"""Whether a statement is withdrawn as far as a work goes: for everyone for whom it was made, and altogether.

A revocation may name less than the statement does, may end, and may come from one of several for whom an agent spoke.
What is withdrawn in part only still stands, and is shown so: the law looks at the rest use by use. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from kyodaku.registry.reports import Declaration
from kyodaku.rights import ALL, ANYONE, WORLD

__all__ = ["Around", "since", "withdrawn"]

_YES: Final = frozenset({"grant", "offer"})
"""These go as a whole; of a no goes what the revocation names."""
_EVERYTHING: Final = {
    "to": ANYONE, "acts": ALL, "purposes": ALL, "models": ALL, "media": ALL, "territories": WORLD,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Around:
    """A work at a moment: itself, its wholes and `ALL`; its holders; and who had a mandate from which of them."""

    works: Collection[str]
    holders: Collection[str]
    agents: Collection[tuple[str, str]]
    """Pairs of agent and principal."""

    def speaks_for(self, party: str) -> set[str]:
        """For which holders the party says something."""
        return {party, *(principal for agent, principal in self.agents if agent == party)} & {*self.holders}


def since(said: Declaration) -> datetime:
    """When a statement takes effect."""
    return said.effective_from or said.recorded_at


def withdrawn(
    said: Declaration, revocations: Iterable[Declaration], around: Around, at: datetime
) -> tuple[bool, str | None]:
    """Whether the statement is withdrawn altogether at that moment, and by which revocation, or by which in part."""
    in_force = [
        each
        for each in sorted(revocations, key=since)
        if since(each) <= at and (each.effective_until is None or at < each.effective_until)
    ]
    whole = [each for each in in_force if _is_whole(each, said, around)]
    left = around.speaks_for(said.body["by"])
    if not left:  # a licensee, or who held it once: that the revocation was theirs to make was asked when it was made
        return (True, whole[0].id) if whole else (False, in_force[0].id if in_force else None)
    for each in whole:
        by = each.body["by"]
        left -= around.speaks_for(said.body["by"]) if by == said.body["by"] else around.speaks_for(by)
        if not left:
            return True, each.id
    return False, in_force[0].id if in_force else None


def _is_whole(revocation: Declaration, said: Declaration, around: Around) -> bool:
    """Whether the revocation reaches as far as the statement, in this work."""
    if said.body["kind"] in _YES:
        return True
    return not {*around.works}.isdisjoint(revocation.body["works"]) and all(
        word in revocation.body[name] or {*said.body[name]} <= {*revocation.body[name]}
        for name, word in _EVERYTHING.items()
    )
