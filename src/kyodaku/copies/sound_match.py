# SPDX-License-Identifier: Apache-2.0
"""What a search by sound gives back."""

from __future__ import annotations

from dataclasses import dataclass

from kyodaku.copies._curve import Band
from kyodaku.copies._sound_print import SOUND_ID

__all__ = ["SoundMatch", "SoundResult"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SoundMatch:
    """A span of the query's sound that plays a span of a reference's; seconds from the beginning of each."""

    reference: str
    q_start: float
    q_end: float
    r_start: float
    r_end: float
    score: float
    """How probably this is a copy, 0 to 1, by the calibration's curve."""
    speed: float
    """How fast the reference goes by in the query."""
    pitch: float
    """Semitones by which the query is higher."""
    landmarks: int
    """Of the reference's landmarks along the span, how many the query has."""
    evidence: float
    """Nats in favour, from which the score comes."""
    band: Band
    descriptor: str = SOUND_ID
    shared_with: tuple[str, ...] = ()
    """References of other works that sound the same at this moment, when several do: an opening, a jingle."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SoundResult:
    """Matches, best first, and what was left out to keep the search bounded."""

    matches: tuple[SoundMatch, ...]
    hits_omitted: int
    """Places of hashes that are too common to say anything: they were not looked at."""
    seconds_omitted: float
    """Of the query, that sound like so many references at once that most of their places were not looked at."""
    lines_omitted: int
    """References, counted anew every few seconds, that could have matched and were not measured."""
    matches_omitted: int

    @property
    def complete(self) -> bool:
        """Whether everything that could have matched was measured and is listed."""
        return not (self.lines_omitted or self.matches_omitted or self.seconds_omitted)
