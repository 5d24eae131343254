# SPDX-License-Identifier: Apache-2.0
"""The sound of a medium as a second witness: searched for by track, and joined to what the pictures say."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from kyodaku.copies.sound import SoundIndex, SoundMatch, with_sound_company
from kyodaku.examine.findings import WorkMatch
from kyodaku.examine.hearing import Listened

__all__ = ["heard_in", "joined"]

_APART_S: Final = 1.0
"""Pictures and sound are of one line when, where both are seen, they show times of the reference so close together."""
_PACE: Final = 0.06
_COMMON: Final = 0.3
"""The share of the shorter span in which the other witness must speak as well."""
_LOGIT: Final = 30.0
_TOO_MANY: Final = "too_large: more references sound like this than can be listed"


def heard_in(
    listened: Listened, index: SoundIndex, works: Mapping[str, str]
) -> tuple[tuple[WorkMatch, ...], str | None]:
    """Which works the tracks play, best first, each span once; and why it may not be all."""
    found: list[SoundMatch] = []
    complete = True
    for track in (*listened.tracks, *listened.sides):
        result = index.find(track)
        complete = complete and result.complete
        found += with_sound_company(result.matches, works.__getitem__, index.calibration)
    found.sort(key=lambda match: -match.evidence)
    matches: list[WorkMatch] = []
    for match in found:
        told = WorkMatch.of(match, works[match.reference])
        if not any(_is_same(told, other) for other in matches):
            matches.append(told)
    return tuple(matches), None if complete else _TOO_MANY


def _is_same(one: WorkMatch, other: WorkMatch) -> bool:
    """Whether another match of the work, as from another track, says at least as much of the same span."""
    inside = other.q_start - _APART_S <= one.q_start and one.q_end <= other.q_end + _APART_S
    return one.work == other.work and inside and _on_one_line(one, other)


def joined(seen: Sequence[WorkMatch], heard: Iterable[WorkMatch]) -> tuple[WorkMatch, ...]:
    """The findings of both witnesses, best first: where they tell of one work on one line, as one match.

    The joined span is the union of both, the reference is that of the pictures, and the score is what two independent
    witnesses make together (their odds multiplied). The band is that of the surer witness.
    """
    told = list(seen)
    alone: list[WorkMatch] = []
    for one in heard:
        place = next((number for number, other in enumerate(told) if _agree(other, one)), None)
        if place is None:
            alone.append(one)
        else:
            told[place] = _both(told[place], one)
    return tuple(sorted([*told, *alone], key=lambda match: (-match.score, match.q_start, match.reference)))


def _agree(seen: WorkMatch, heard: WorkMatch) -> bool:
    common = min(seen.q_end, heard.q_end) - max(seen.q_start, heard.q_start)
    shorter = min(seen.q_end - seen.q_start, heard.q_end - heard.q_start)
    return seen.work == heard.work and common >= _COMMON * shorter and _on_one_line(seen, heard)


def _on_one_line(one: WorkMatch, other: WorkMatch) -> bool:
    middle = (max(one.q_start, other.q_start) + min(one.q_end, other.q_end)) / 2
    apart = abs(_shown_at(one, middle) - _shown_at(other, middle))
    return apart <= _APART_S and abs(math.log(_pace(one) / _pace(other))) <= 2 * _PACE


def _shown_at(match: WorkMatch, moment: float) -> float:
    return match.r_start + (moment - match.q_start) * _pace(match)


def _pace(match: WorkMatch) -> float:
    return max(match.r_end - match.r_start, 1e-3) / max(match.q_end - match.q_start, 1e-3)


def _both(seen: WorkMatch, heard: WorkMatch) -> WorkMatch:
    start, end = min(seen.q_start, heard.q_start), max(seen.q_end, heard.q_end)
    band = "match" if "match" in (seen.band, heard.band) else seen.band
    odds = min(_logit(seen.score) + max(_logit(heard.score), 0.0), _LOGIT)
    return replace(
        seen,
        q_start=start,
        q_end=end,
        r_start=round(min(seen.r_start, heard.r_start), 3),
        r_end=round(max(seen.r_end, heard.r_end), 3),
        score=max(seen.score, heard.score, round(1 / (1 + math.exp(-odds)), 4)),
        band=band,
        witness="both",
    )


def _logit(score: float) -> float:
    return math.log(max(score, 1e-6) / max(1 - score, 1e-6))
