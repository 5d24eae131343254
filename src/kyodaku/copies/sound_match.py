# SPDX-License-Identifier: Apache-2.0
"""What a search by sound gives back."""

from __future__ import annotations

from dataclasses import dataclass

from kyodaku.copies._copied_span import CopiedSpan
from kyodaku.copies._sound_print import SOUND_ID

__all__ = ["SoundMatch", "SoundResult"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SoundMatch(CopiedSpan):
    """A span of the query's sound that plays a span of a reference's."""

    pitch: float
    """Semitones by which the query is higher."""
    landmarks: int
    """Of the reference's landmarks along the span, how many the query has."""
    descriptor: str = SOUND_ID


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
