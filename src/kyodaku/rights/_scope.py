# SPDX-License-Identifier: Apache-2.0
"""Does a statement speak about this use? Asked in two ways, because doubt always counts for the holder.

A *grant* must **cover** the use: whole, in every dimension (Art. 63(2): within the manner and conditions authorised). A
refusal, reservation or objection need only **touch** it: share any part of it.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from kyodaku.rights.vocabulary import ALL, ANYONE, WORLD

if TYPE_CHECKING:
    from kyodaku.rights.statements import Permission
    from kyodaku.rights.uses import Use

__all__ = ["answers", "is_earlier", "overlaps", "touches", "uncovered"]

MOVING_PICTURES: Final = frozenset({"video", "animation"})
"""Two names that one film may go by: a no that names the one is a no to the other."""

BEYOND = 1_000_000
"""How far from a work a statement about a whole catalogue is: further than any whole."""


def uncovered(grant: Permission, use: Use, territory: str) -> tuple[str, ...]:
    """The dimensions in which the grant does not reach as far as the use in this territory; none: it covers it."""
    covered = {
        "developer": ANYONE in grant.to or use.developer in grant.to,
        "act": ALL in grant.acts or use.act in grant.acts,
        "purpose": ALL in grant.purposes or use.purpose in grant.purposes,
        "model": ALL in grant.models or use.model in grant.models,
        "territory": WORLD in grant.territories or territory in grant.territories,
        "media": ALL in grant.media or set(use.media) <= set(grant.media),
    }
    return tuple(dimension for dimension, held in covered.items() if not held)


def touches(statement: Permission, use: Use, territory: str) -> bool:
    """Whether a refusal, reservation or objection speaks about any part of the use in this territory."""
    return _meet(statement.to, (use.developer,), ANYONE) and overlaps(statement, use, territory)


def overlaps(statement: Permission, use: Use, territory: str) -> bool:
    """Whether a statement, to whomever it is made, speaks about any part of the use in this territory."""
    return (
        (ALL in statement.acts or use.act in statement.acts)
        and _meet(statement.purposes, (use.purpose,), ALL)
        and _meet(statement.territories, (territory,), WORLD)
        and _meet(_with_its_kin(statement.media), use.media, ALL)
        and (
            _meet(statement.models, (use.model,), ALL) or any(_same_model(name, use.model) for name in statement.models)
        )
    )


def _meet(ours: tuple[str, ...], theirs: tuple[str, ...], everything: str) -> bool:
    return everything in ours or everything in theirs or not set(map(_loose, ours)).isdisjoint(map(_loose, theirs))


def _with_its_kin(media: tuple[str, ...]) -> tuple[str, ...]:
    return media if MOVING_PICTURES.isdisjoint(media) else (*media, *sorted(MOVING_PICTURES))


@lru_cache(maxsize=4096)
def _loose(name: str) -> str:
    """A name as a no means it: in whatever capitals and width of letters it is written."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def _same_model(one: str, other: str) -> bool:
    """`video-1` and `video-1@2`: where one names no version, it means every version."""
    name, _, version = _loose(one).partition("@")
    other_name, _, other_version = _loose(other).partition("@")
    return name == other_name and (not (version and other_version) or version == other_version)


def answers(grant: Permission, refusal: Permission, distances: dict[str, int]) -> bool:
    """Whether a grant by the same party lifts its refusal: it is the later word, and no less particular.

    Later: in neither of its two times (known, effective) earlier, and in one of them later. No less particular: it
    names the developer if the refusal does, and a work at least as near (a grant for a series does not lift a refusal
    that names the episode).
    """
    later = is_earlier(refusal, grant)
    names_developer = ANYONE not in grant.to or ANYONE in refusal.to
    return later and names_developer and _distance(grant, distances) <= _distance(refusal, distances)


def is_earlier(one: Permission, other: Permission) -> bool:
    """Whether a statement came first: in neither of its two times (known, effective) later, and in one earlier."""
    times, others = (one.known_at, one.effective_from), (other.known_at, other.effective_from)
    return times != others and times[0] <= others[0] and times[1] <= others[1]


def _distance(statement: Permission, distances: dict[str, int]) -> int:
    return min((distances[work] for work in statement.works if work in distances), default=BEYOND)
