# SPDX-License-Identifier: Apache-2.0
"""Shared spans: what several works show at the same moment of a query, such as an opening, an eyecatch or a logo.

Episodes begin with the same seconds, and clips that were generated from one picture begin with it. Such a span says
that something shared was copied, not which of the works was. It is found in all of them and stays so, each match naming
the others; where it is shorter than what one would license by itself, a person is to look and nothing is decided.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final, TypeVar

from kyodaku.copies._copied_span import CopiedSpan
from kyodaku.copies._curve import Curve

__all__ = ["LEAST_SHARED_S", "with_company"]

AnyMatch = TypeVar("AnyMatch", bound=CopiedSpan)

LEAST_SHARED_S: Final = 2.0
"""Seconds below which a span that several works share is for a person to judge: a cut, a first frame, a logo."""

_WORKS: Final = 2
"""So many other works must show it: one other may be the same film under another name, whose holder must be found."""
_COVER: Final = 0.6
"""The share of a match's span that another work's match must cover."""
AS_GOOD: Final = 3.0
"""Nats by which the other match may be worse: a factor of twenty in the odds."""
_MOST_NAMED: Final = 16
_MOST_LOOKED_AT: Final = 256
"""Of the matches at one moment of the query."""
_COMES, _IS_HALFWAY, _GOES = range(3)
_BELOW: Final = 0.01
"""Nats: just below the match threshold."""


def with_company(
    matches: Sequence[AnyMatch],
    work_of: Callable[[str], object],
    curve: Curve,
    *,
    least_s: float = LEAST_SHARED_S,
    as_good: float = AS_GOOD,
) -> list[AnyMatch]:
    """Each match with the references of other works that show its span as well, and its score lowered if need be.

    `matches` come best first. Of very many, the best of those at a match's middle are looked at, and named. A span
    that is shorter than `least_s` is lowered, and another one counts that has `as_good` nats less at most.
    """
    works = [work_of(match.reference) for match in matches]
    return [
        _named(match, [matches[other].reference for other in others], curve, least_s)
        for match, others in zip(matches, _company(matches, works, as_good), strict=True)
    ]


def _company(matches: Sequence[CopiedSpan], works: Sequence[object], as_good: float) -> list[list[int]]:
    """For each match the best match of each other work that shows its span as well.

    What covers more than half of a span covers its middle: so matches come and go along the query's time, and each
    middle meets those that are there.
    """
    events = sorted(
        event
        for number, match in enumerate(matches)
        for event in (
            (match.q_start, _COMES, number),
            ((match.q_start + match.q_end) / 2, _IS_HALFWAY, number),
            (match.q_end, _GOES, number),
        )
    )
    there: list[int] = []
    found: list[list[int]] = [[] for _ in matches]
    for _, what, number in events:
        if what == _COMES:
            insort(there, number)
        elif what == _GOES:
            del there[bisect_left(there, number)]
        else:
            found[number] = _showing_as_well(number, there, matches, works, matches[number].evidence - as_good)
    return found


def _showing_as_well(
    number: int, there: Sequence[int], matches: Sequence[CopiedSpan], works: Sequence[object], least: float
) -> list[int]:
    others: dict[object, int] = {}
    for other in islice(there, _MOST_LOOKED_AT):
        if matches[other].evidence < least or len(others) == _MOST_NAMED:
            break
        if works[other] != works[number] and works[other] not in others and _covers(matches[other], matches[number]):
            others[works[other]] = other
    return list(others.values())


def _named(match: AnyMatch, others: Sequence[str], curve: Curve, least_s: float) -> AnyMatch:
    if len(others) < _WORKS:
        return match
    named = replace(match, shared_with=tuple(sorted(others)))
    if match.band != "match" or match.q_end - match.q_start >= least_s:
        return named
    evidence = curve.evidence_at(curve.match) - _BELOW
    return replace(named, evidence=evidence, score=round(curve.score(evidence), 6), band="review")


def _covers(other: CopiedSpan, match: CopiedSpan) -> bool:
    common = min(other.q_end, match.q_end) - max(other.q_start, match.q_start)
    return common >= _COVER * (match.q_end - match.q_start)
