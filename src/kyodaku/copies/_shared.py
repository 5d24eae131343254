# SPDX-License-Identifier: Apache-2.0
"""Shared spans: what several works show at the same moment of a query, such as an opening, an eyecatch or a logo.

Episodes begin with the same seconds, and clips that were generated from one picture begin with it. Such a span says
that something shared was copied, not which of the works was. It is found in all of them and stays so, each match naming
the others; where it is shorter than what one would license by itself, a person is to look and nothing is decided.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from kyodaku.copies.calibration import Calibration
from kyodaku.copies.match import Match

__all__ = ["LEAST_SHARED_S", "with_company"]

LEAST_SHARED_S: Final = 2.0
"""Seconds below which a span that several works share is for a person to judge: a cut, a first frame, a logo."""

_WORKS: Final = 2
"""So many other works must show it: one other may be the same film under another name, whose holder must be found."""
_COVER: Final = 0.6
"""The share of a match's span that another work's match must cover."""
_AS_GOOD: Final = 3.0
"""Nats by which the other match may be worse: a factor of twenty in the odds."""
_MOST_NAMED: Final = 16
_BELOW: Final = 0.01
"""Nats: just below the match threshold."""


def with_company(matches: Sequence[Match], work_of: Callable[[str], object], calibration: Calibration) -> list[Match]:
    """Each match with the references of other works that show its span as well, and its score lowered if need be."""
    return [_with_company(match, matches, work_of, calibration) for match in matches]


def _with_company(
    match: Match, matches: Sequence[Match], work_of: Callable[[str], object], calibration: Calibration
) -> Match:
    others: dict[object, str] = {}
    for other in matches:
        work = work_of(other.reference)
        if work != work_of(match.reference) and work not in others and _shows_as_well(other, match):
            others[work] = other.reference
    if len(others) < _WORKS:
        return match
    named = replace(match, shared_with=tuple(sorted(others.values())[:_MOST_NAMED]))
    if match.band != "match" or match.q_end - match.q_start >= LEAST_SHARED_S:
        return named
    evidence = calibration.evidence_at(calibration.match) - _BELOW
    return replace(named, evidence=evidence, score=round(calibration.score(evidence), 6), band="review")


def _shows_as_well(other: Match, match: Match) -> bool:
    common = min(other.q_end, match.q_end) - max(other.q_start, match.q_start)
    return common >= _COVER * (match.q_end - match.q_start) and other.evidence >= match.evidence - _AS_GOOD
