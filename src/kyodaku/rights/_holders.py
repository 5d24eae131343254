# SPDX-License-Identifier: Apache-2.0
"""Who must be asked about a work: everybody who holds a right that the act touches (Art. 65(2)), and nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from kyodaku.rights._book import in_period
from kyodaku.rights.vocabulary import ALL, COPYRIGHTS, WORLD

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from kyodaku.rights.uses import Use
    from kyodaku.rights.works import Share, Work

__all__ = ["Holding", "bystanders", "holding", "predecessors"]

_RETAINED: Final = frozenset({"adaptation", "derivative_use"})
"""Presumed to stay with the one who transfers, unless the deed names them (Art. 61(2))."""


@dataclass(frozen=True, slots=True)
class Holding:
    """Who is asked, and what is not known.

    `asked`: party → territories. Right → territories in which nobody is known to hold it (`missing`), or the portions
    recorded come to more (`overclaimed`) or less (`incomplete`) than the whole. `over`: where the term ended.
    """

    asked: Mapping[str, tuple[str, ...]]
    missing: Mapping[str, tuple[str, ...]]
    overclaimed: Mapping[str, tuple[str, ...]]
    incomplete: Mapping[str, tuple[str, ...]]
    over: tuple[str, ...]


def holding(work: Work, use: Use, rights: frozenset[str], neighbouring: frozenset[str]) -> Holding:
    """Whom the act needs at the time and in each territory of the use.

    For each of `rights` somebody must be known; holders of `neighbouring` rights are asked where any are recorded. A
    whole-world use reaches every territory of a share; a share in one country does not make its holder known elsewhere.
    """
    over = tuple(place for place in use.territory if _is_over(work, use.at, place))
    places = tuple(place for place in use.territory if place not in over)
    shares = [share for share in work.shares if in_period(share.valid_from, share.valid_until, use.at)]
    asked: dict[str, set[str]] = {}
    for share in shares:
        held = rights & _rights_of(share)
        if held:
            asked.setdefault(share.party, set()).update(_reached(share, places))
        if held & _RETAINED and share.acquired_from and not share.includes_27_28:
            asked.setdefault(share.acquired_from, set()).update(_reached(share, places))
        if neighbouring.intersection(share.rights):
            asked.setdefault(share.party, set()).update(_reached(share, use.territory))
    missing = {right: _unheld(right, shares, places) for right in sorted(rights)}
    sums = {right: _sums(right, shares, places) for right in sorted(rights)}
    sums |= {right: _sums(right, shares, use.territory) for right in sorted(neighbouring)}
    return Holding(
        asked={party: tuple(sorted(where)) for party, where in sorted(asked.items()) if where},
        missing={right: where for right, where in missing.items() if where},
        overclaimed=_where(sums, "more"),
        incomplete=_where(sums, "less"),
        over=over,
    )


def _sums(right: str, shares: list[Share], places: tuple[str, ...]) -> dict[str, str]:
    """For each place in which the stated portions of a right are not the whole: `more`, or `less`.

    An unstated portion is more than nothing and else unknown: beside the whole it is too much, beside less it may be
    the rest. A use of the whole world is of every country that a share names, and of the others.
    """
    holders = [share for share in shares if right in _rights_of(share)]
    if all(share.portion is None for share in holders):
        return {}
    if WORLD in places:
        places = tuple({WORLD, *(place for share in holders for place in share.territory)})
    found = {}
    for place in places:
        portions = [share.portion for share in holders if _is_in(place, share)]
        stated = sum((portion for portion in portions if portion is not None), Fraction(0))
        if stated > 1 or (stated == 1 and None in portions):
            found[place] = "more"
        elif portions and stated < 1 and None not in portions:
            found[place] = "less"
    return found


def _where(sums: Mapping[str, Mapping[str, str]], which: str) -> dict[str, tuple[str, ...]]:
    found = {right: tuple(sorted(at for at, held in where.items() if held == which)) for right, where in sums.items()}
    return {right: where for right, where in sorted(found.items()) if where}


def _is_over(work: Work, at: datetime, place: str) -> bool:
    return any(term.until <= at and (WORLD in term.territory or place in term.territory) for term in work.terms)


def _rights_of(share: Share) -> frozenset[str]:
    """`ALL` is all that authors have; a performer's or producer's right is named."""
    return frozenset(COPYRIGHTS if ALL in share.rights else share.rights)


def _reached(share: Share, places: Iterable[str]) -> set[str]:
    reached: set[str] = set()
    for place in places:
        if place == WORLD:
            reached.update(share.territory)
        elif _is_in(place, share):
            reached.add(place)
    return reached


def _is_in(place: str, share: Share) -> bool:
    return WORLD in share.territory or place in share.territory


def _unheld(right: str, shares: list[Share], places: tuple[str, ...]) -> tuple[str, ...]:
    holders = [share for share in shares if right in _rights_of(share)]
    return tuple(place for place in places if not any(_is_in(place, share) for share in holders))


def bystanders(work: Work, use: Use) -> set[str]:
    """Parties whose shares in the work are all over, or all lie outside the territories of the use."""
    concerned = {
        share.party
        for share in work.shares
        if in_period(None, share.valid_until, use.at) and _reached(share, use.territory)
    }
    return {share.party for share in work.shares} - concerned


def predecessors(holder: str, work: Work) -> dict[str, datetime]:
    """Who held the holder's share before it, each with the moment until which its word binds the holder (Art. 63-2)."""
    found: dict[str, datetime] = {}
    queue = [holder]
    while queue:
        party = queue.pop()
        for share in work.shares:
            source, since = share.acquired_from, share.valid_from
            if share.party == party and source and since and source != holder and source not in found:
                found[source] = min(since, found.get(party, since))
                queue.append(source)
    return found
