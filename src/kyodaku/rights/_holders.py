# SPDX-License-Identifier: Apache-2.0
"""Who must be asked about a work: everybody who holds a right that the act touches (Art. 65(2)), and nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from kyodaku.rights._book import in_period
from kyodaku.rights.vocabulary import ALL, COPYRIGHTS, WORLD

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kyodaku.rights.uses import Use
    from kyodaku.rights.works import Share, Work

__all__ = ["Former", "Holding", "Line", "bystanders", "holding"]

_END_OF_TIME: Final = datetime.max.replace(tzinfo=UTC)


class Former(NamedTuple):
    """Who held a share before, and until when its no counts for it, and if it `binds`, its yes (Art. 63-2)."""

    party: str
    until: datetime
    binds: bool


Line: TypeAlias = tuple[Former, ...]
"""The former holders of a share, the last first."""

_RETAINED: Final = frozenset({"adaptation", "derivative_use"})
"""Presumed to stay with the one who transfers, unless the deed names them (Art. 61(2))."""


@dataclass(frozen=True, slots=True)
class Holding:
    """Who is asked, and what is not known.

    `asked`: party → territories, once for each line of former holders that its shares have: what one of these granted
    binds the party in what it had from there, and in nothing else. `together`: party → all who are asked for a right
    that it holds too. `keepers`: who has only what it did not name when it passed its share on (Art. 61(2)).

    Right → territories in which nobody is known to hold it (`missing`), or the portions recorded come to more
    (`overclaimed`) or less (`incomplete`) than the whole. `over`: where the term ended.
    """

    asked: Mapping[tuple[str, Line], tuple[str, ...]]
    together: Mapping[str, frozenset[str]]
    keepers: frozenset[str]
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
    asked: dict[tuple[str, Line], set[str]] = {}
    held_by: dict[str, set[str]] = {}
    kept_by: set[str] = set()
    for share in shares:
        held = rights & _rights_of(share)
        performed = neighbouring.intersection(share.rights)
        keepers = _keepers(share, work) if held & _RETAINED else {}
        held_by.setdefault(share.party, set()).update(performed, held - _RETAINED if keepers else held)
        holder = (share.party, _line(share.party, (share,), work))
        if held:
            asked.setdefault(holder, set()).update(_reached(share, places))
        for keeper in keepers.items():
            asked.setdefault(keeper, set()).update(_reached(share, places))
            held_by.setdefault(keeper[0], set()).update(held & _RETAINED)
            kept_by.add(keeper[0])
        if performed:
            asked.setdefault(holder, set()).update(_reached(share, use.territory))
    missing = {right: _unheld(right, shares, places) for right in sorted(rights)}
    sums = {right: _sums(right, shares, places) for right in sorted(rights)}
    sums |= {right: _sums(right, shares, use.territory) for right in sorted(neighbouring)}
    return Holding(
        asked={holder: tuple(sorted(where)) for holder, where in sorted(asked.items()) if where},
        together={party: frozenset(_sharing(party, held_by)) for party in held_by},
        keepers=frozenset(kept_by.difference(share.party for share in shares)),
        missing={right: where for right, where in missing.items() if where},
        overclaimed=_where(sums, "more"),
        incomplete=_where(sums, "less"),
        over=over,
    )


def _sharing(party: str, held_by: Mapping[str, set[str]]) -> set[str]:
    return {other for other, rights in held_by.items() if other != party and not rights.isdisjoint(held_by[party])}


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
    """Whether every term that counts in the place has ended.

    There the terms that name it count, before those of the whole world; for the whole world all do.
    """
    named = [term for term in work.terms if place in term.territory]
    general = [term for term in work.terms if WORLD in term.territory]
    counting = work.terms if place == WORLD and general else named or general
    return bool(counting) and all(term.until <= at for term in counting)


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


def _line(party: str, shares: tuple[Share, ...], work: Work) -> Line:
    """Where a party's shares came from, and before that; from where the hands part, no single one could grant."""
    found: dict[str, Former] = {}
    held, binds = shares, True
    while held:
        given = [(share.acquired_from, share.valid_from) for share in held]
        binds = binds and len({source for source, _ in given}) == 1
        new = sorted({source for source, since in given if source and since} - {party, *found})
        for source in new:
            until = min(since for name, since in given if since and name == source)
            found[source] = Former(source, min([until, *(former.until for former in found.values())]), binds)
        held = tuple(share for source in new for share in _held_before(found[source], shares, work))
    return tuple(found.values())


def _held_before(former: Former, shares: tuple[Share, ...], work: Work) -> tuple[Share, ...]:
    """The former holder's shares out of which these may have come."""
    return tuple(
        earlier
        for earlier in work.shares
        if earlier.party == former.party
        and (earlier.valid_from is None or earlier.valid_from < former.until)
        and any(_overlap(earlier, share) for share in shares)
    )


def _overlap(one: Share, other: Share) -> bool:
    return not _all_rights_of(one).isdisjoint(_all_rights_of(other)) and (
        WORLD in one.territory or any(_is_in(place, other) for place in one.territory)
    )


def _all_rights_of(share: Share) -> frozenset[str]:
    return _rights_of(share).union(share.rights)


def _keepers(share: Share, work: Work) -> dict[str, Line]:
    """Everybody through whose hands the share went and who did not name Arts. 27 and 28 when passing it on."""
    found: dict[str, Line] = {}
    seen = {share}
    queue = [share]
    while queue:
        held = queue.pop()
        if held.acquired_from is None:
            continue
        former = Former(held.acquired_from, held.valid_from or _END_OF_TIME, binds=True)
        before = _held_before(former, (share,), work)
        if not held.includes_27_28:
            found[former.party] = _line(former.party, before, work)
        queue.extend(set(before) - seen)
        seen.update(before)
    return found
