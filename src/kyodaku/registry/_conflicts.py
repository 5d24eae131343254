# SPDX-License-Identifier: Apache-2.0
"""What of a work's declarations cannot all be right. Pure: bodies in, conflicts out; nothing is resolved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Any, Final, TypeAlias

from kyodaku.registry._codec import Body
from kyodaku.registry.views import Conflict
from kyodaku.rights import ALL, WORLD
from kyodaku.rights.vocabulary import COPYRIGHTS

__all__ = ["Said", "conflicts_of_grants", "conflicts_of_shares", "holders_left_out"]

_EVER: Final = datetime.min.replace(tzinfo=UTC)
_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_Share: TypeAlias = Mapping[str, Any]
_Period: TypeAlias = tuple[datetime, datetime]
_Excess: TypeAlias = tuple[_Period, tuple[int, ...], Fraction]


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """A statement with the period in which it counts: until it ends or is revoked."""

    body: Body
    recorded_at: datetime
    since: datetime
    until: datetime | None


# --- shares ---------------------------------------------------------------------------------------------------------
def conflicts_of_shares(work: Body) -> Iterator[Conflict]:
    """Of the shares that one declaration of a work states."""
    shares: list[_Share] = work.get("shares", [])
    yield from _transferred_twice(shares)
    stated = tuple([share["portion"] for share in shares if "portion" in share])
    if stated and (_total(stated) > 1 or (_total(stated) == 1 and len(stated) < len(shares))):  # else nothing is over
        yield from _overclaimed(shares)


def _overclaimed(shares: Sequence[_Share]) -> Iterator[Conflict]:
    """Where the portions of a right come to too much: for each set of shares that meet, the rights, places and time."""
    found: dict[tuple[tuple[int, ...], Fraction], dict[str, set[Any]]] = {}
    known: dict[tuple[int, ...], list[_Excess]] = {}
    for right in sorted({right for share in shares for right in _rights(share)}):
        for place in sorted({WORLD, *(place for share in shares for place in share["territory"])}):
            those = tuple(i for i, share in enumerate(shares) if right in _rights(share) and _is_in(place, share))
            if those not in known:  # most rights, in most places, are the same holders'
                known[those] = list(_excesses(shares, those))
            for period, at, total in known[those]:
                kept = found.setdefault((at, total), {"rights": set(), "places": set(), "periods": set()})
                kept["rights"].add(right)
                kept["places"].add(place)
                kept["periods"].add(period)
    for (at, total), kept in sorted(found.items()):
        since, until = _around(kept["periods"])
        yield Conflict(
            kind="overclaimed",
            parties=tuple(sorted({shares[i]["party"] for i in at})),
            rights=_said_rights(kept["rights"]),
            territories=(WORLD,) if WORLD in kept["places"] else tuple(sorted(kept["places"])),
            valid_from=_said(since),
            valid_until=_said(until),
            detail=f"{total}" if total > 1 else "1, and more",
        )


def _excesses(shares: Sequence[_Share], those: Iterable[int]) -> Iterator[_Excess]:
    """The stretches of time, between one beginning or end and the next, in which those shares come to too much."""
    begins: defaultdict[datetime, set[int]] = defaultdict(set)
    ends: defaultdict[datetime, set[int]] = defaultdict(set)
    for i in those:
        since, until = _period(shares[i])
        begins[since].add(i)
        ends[until].add(i)
    holding: set[int] = set()
    total = Fraction(0)
    for since, until in pairwise(sorted({*begins, *ends})):
        over, begun = ends.get(since, set()), begins.get(since, set())
        total += sum(map(_stated, (shares[i] for i in begun))) - sum(map(_stated, (shares[i] for i in over)))
        holding = (holding - over) | begun
        if total > 1 or (total == 1 and any("portion" not in shares[i] for i in holding)):
            yield (since, until), tuple(sorted(holding)), total


def _stated(share: _Share) -> Fraction:
    return _portion(share.get("portion", "0"))


def _transferred_twice(shares: Sequence[_Share]) -> Iterator[Conflict]:
    acquired = [share for share in shares if "acquired_from" in share]
    for one, other in combinations(acquired, 2):
        if one["acquired_from"] != other["acquired_from"] or one["party"] == other["party"]:
            continue
        rights = _rights(one) & _rights(other)
        places = _common(one["territory"], other["territory"])
        period = _overlap(_period(one), _period(other))
        parts = [_portion(share["portion"]) for share in (one, other) if "portion" in share]
        if rights and places and period and (len(parts) < 2 or sum(parts) > 1):
            yield Conflict(
                kind="transferred_twice",
                parties=tuple(sorted((one["party"], other["party"]))),
                rights=_said_rights(rights),
                territories=places,
                valid_from=_said(period[0]),
                valid_until=_said(period[1]),
                detail=one["acquired_from"],
            )


def holders_left_out(declared: Sequence[tuple[int, Body]]) -> Iterator[Conflict]:
    """Holders of earlier declarations of a work (oldest first), whom the latest leaves out without a successor."""
    *earlier, (_, latest) = declared
    now = {holder for share in latest.get("shares", ()) for holder in (share["party"], share.get("acquired_from"))}
    last: dict[str, int] = {share["party"]: index for index, body in earlier for share in body.get("shares", ())}
    for party in sorted(last.keys() - now):
        yield Conflict(kind="no_longer_named", parties=(party,), detail=str(last[party]))


# --- grants ---------------------------------------------------------------------------------------------------------
def conflicts_of_grants(statements: Iterable[Said]) -> Iterator[Conflict]:
    """Grants to others of what their speaker granted exclusively, later than that and while it counts."""
    grants = [each for each in statements if each.body["kind"] == "grant"]
    exclusive = [each for each in grants if each.body.get("exclusive")]
    for one, other in ((one, other) for one in exclusive for other in grants if other is not one):
        if other.body.get("exclusive") and _order(other) < _order(one):
            continue  # of two that are exclusive, the earlier looks at the later
        period = _overlap((one.since, one.until or _NEVER), (other.since, other.until or _NEVER))
        places = _common(one.body["territories"], other.body["territories"])
        if period and places and _clash(one.body, other.body):
            yield Conflict(
                kind="granted_elsewhere",
                parties=tuple(sorted({*one.body["to"], *other.body["to"]})),
                territories=places,
                valid_from=_said(period[0]),
                valid_until=_said(period[1]),
                statements=(one.body["id"], other.body["id"]),
                detail=one.body["by"],
            )


def _order(said: Said) -> tuple[datetime, str]:
    return said.recorded_at, said.body["id"]


def _clash(exclusive: Body, other: Body) -> bool:
    """Whether the same speaker grants somebody else some of the same."""
    return (
        exclusive["by"] == other["by"]
        and not {*other["to"]} <= {*exclusive["to"]}
        and all(_meet(exclusive[name], other[name]) for name in ("acts", "purposes", "models", "media"))
    )


# --- scopes ---------------------------------------------------------------------------------------------------------
def _rights(share: _Share) -> frozenset[str]:
    return frozenset(COPYRIGHTS if ALL in share["rights"] else share["rights"])


def _said_rights(rights: Iterable[str]) -> tuple[str, ...]:
    found = {*rights}
    return (ALL,) if found >= {*COPYRIGHTS} else tuple(sorted(found))


def _is_in(place: str, share: _Share) -> bool:
    return WORLD in share["territory"] or place in share["territory"]


def _common(one: Iterable[str], other: Iterable[str]) -> tuple[str, ...]:
    several, others = {*one}, {*other}
    if WORLD in several:
        return tuple(sorted(others))
    return tuple(sorted(several if WORLD in others else several & others))


def _meet(one: Iterable[str], other: Iterable[str]) -> bool:
    several, others = {*one}, {*other}
    return ALL in several | others or not several.isdisjoint(others)


def _period(share: _Share) -> _Period:
    since, until = share.get("valid_from"), share.get("valid_until")
    return datetime.fromisoformat(since) if since else _EVER, datetime.fromisoformat(until) if until else _NEVER


def _overlap(one: _Period, other: _Period) -> _Period | None:
    since, until = max(one[0], other[0]), min(one[1], other[1])
    return (since, until) if since < until else None


def _around(periods: Iterable[_Period]) -> _Period:
    several = list(periods)
    return min(begin for begin, _ in several), max(end for _, end in several)


def _said(moment: datetime) -> datetime | None:
    return None if moment in (_EVER, _NEVER) else moment


@lru_cache(maxsize=10_000)
def _total(portions: tuple[str, ...]) -> Fraction:
    return sum(map(_portion, portions), Fraction(0))


@lru_cache(maxsize=10_000)
def _portion(text: str) -> Fraction:
    return Fraction(text)
