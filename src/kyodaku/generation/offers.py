# SPDX-License-Identifier: Apache-2.0
"""What a holder offers for the works that were asked for: the way from a refusal to a licence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from kyodaku.rights import ALL, ANYONE, WORLD, Facts, Permission, Use

__all__ = ["Offer", "offers_for"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """An offer in force that is open to the developer: `terms` are conditions and duties, in the holder's words."""

    permission: str
    party: str
    works: tuple[str, ...]
    terms: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready record."""
        listed = {"works": list(self.works), "terms": list(self.terms)}
        return {"permission": self.permission, "party": self.party, **listed}


def offers_for(use: Use, facts: Facts) -> tuple[Offer, ...]:
    """The offers among the facts that the developer could take up for this use."""
    revoked = {
        said.revokes for said in facts.permissions if said.kind == "revocation" and said.effective_from <= use.at
    }
    return tuple(_told(said) for said in _open(use, facts.permissions) if said.id not in revoked)


def _open(use: Use, statements: Iterable[Permission]) -> Iterator[Permission]:
    acts, asked = {use.act, *(each.act for each in use.also)}, set(use.territory)
    for said in statements:
        is_for = {use.developer, ANYONE} & set(said.to) and acts & {*said.acts, *(acts if ALL in said.acts else ())}
        is_there = WORLD in {*said.territories, *asked} or asked & set(said.territories)
        holds = said.effective_from <= use.at and (said.effective_until is None or use.at < said.effective_until)
        if said.kind == "offer" and is_for and is_there and holds:
            yield said


def _told(said: Permission) -> Offer:
    return Offer(permission=said.id, party=said.by, works=said.works, terms=(*said.conditions, *said.duties))
